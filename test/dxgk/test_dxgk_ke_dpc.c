/* SPDX-License-Identifier: MIT */
/*
 * Deferred calls and timers.  Lower bounds of time only.
 * Floor: dxgk.  Tools: TSan-clean.
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_priv.h"
#include "dxgk_rig.h"

#include <pthread.h>

#define MS (-10 * 1000ll)

/* What a routine saw; read after its event. */
struct seen {
	KEVENT done;
	KEVENT hold;
	int count;
	KIRQL irql;
	pthread_t thread;
	PVOID argument1;
	PVOID argument2;
	PKDPC dpc;
	struct iolas_dxgk_adapter *context;
	ULONGLONG when;
	int order[8];
};

static VOID NTAPI note(PKDPC dpc, PVOID context, PVOID argument1,
		       PVOID argument2)
{
	struct seen *seen = context;

	seen->count++;
	seen->irql = KeGetCurrentIrql();
	seen->thread = pthread_self();
	seen->argument1 = argument1;
	seen->argument2 = argument2;
	seen->dpc = dpc;
	seen->context = iolas__dxgk_context();
	seen->when = KeQueryInterruptTime();
	KeSetEvent(&seen->done, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS wait_one(PVOID object)
{
	return KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
				     NULL);
}

static void a_dpc_runs_at_dispatch_level_on_another_thread(void **state)
{
	struct seen seen = { .count = 0 };
	struct iolas_dxgk_adapter *before;
	struct rig rig;
	KDPC dpc;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	KeInitializeEvent(&seen.done, SynchronizationEvent, FALSE);
	KeInitializeDpc(&dpc, note, &seen);
	before = iolas__dxgk_set_context(rig.adapter);
	CHECK(KeInsertQueueDpc(&dpc, &rig, &dpc));
	iolas__dxgk_set_context(before);
	CHECK_EQ(wait_one(&seen.done), STATUS_SUCCESS);
	CHECK_EQ(seen.count, 1);
	CHECK_EQ(seen.irql, DISPATCH_LEVEL);
	CHECK(!pthread_equal(seen.thread, pthread_self()));
	CHECK(seen.argument1 == &rig && seen.argument2 == &dpc);
	CHECK(seen.dpc == &dpc);
	CHECK(seen.context == rig.adapter);
	CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
	rig_down(&rig);
}

static VOID NTAPI hold(PKDPC dpc, PVOID context, PVOID argument1,
		       PVOID argument2)
{
	struct seen *seen = context;
	LARGE_INTEGER zero = { .QuadPart = 0 };

	(void)dpc;
	(void)argument1;
	(void)argument2;
	KeSetEvent(&seen->done, 0, FALSE);
	while (KeWaitForSingleObject(&seen->hold, Executive, KernelMode, FALSE,
				     &zero) == STATUS_TIMEOUT)
		KeStallExecutionProcessor(10);
}

/* With the worker held, what is queued stays queued. */
static void a_dpc_is_queued_once_and_can_be_taken_back(void **state)
{
	struct seen holder = { .count = 0 }, seen = { .count = 0 };
	KDPC first, dpc;

	(void)state;
	KeInitializeEvent(&holder.done, SynchronizationEvent, FALSE);
	KeInitializeEvent(&holder.hold, SynchronizationEvent, FALSE);
	KeInitializeEvent(&seen.done, NotificationEvent, FALSE);
	KeInitializeDpc(&first, hold, &holder);
	KeInitializeDpc(&dpc, note, &seen);
	CHECK(KeInsertQueueDpc(&first, NULL, NULL));
	wait_one(&holder.done);
	CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, NULL));
	CHECK(!KeInsertQueueDpc(&dpc, (PVOID)2, NULL));
	CHECK(KeRemoveQueueDpc(&dpc));
	CHECK(!KeRemoveQueueDpc(&dpc));
	CHECK(KeInsertQueueDpc(&dpc, (PVOID)3, NULL));
	/* The running one may be queued again. */
	CHECK(KeInsertQueueDpc(&first, NULL, NULL));
	KeSetEvent(&holder.hold, 0, FALSE);
	wait_one(&holder.done);
	KeSetEvent(&holder.hold, 0, FALSE);
	KeFlushQueuedDpcs();
	CHECK_EQ(seen.count, 1);
	CHECK(seen.argument1 == (PVOID)3);
}

static VOID NTAPI put_in_order(PKDPC dpc, PVOID context, PVOID argument1,
			       PVOID argument2)
{
	struct seen *seen = context;

	(void)dpc;
	(void)argument2;
	seen->order[seen->count++] = (int)(uintptr_t)argument1;
}

static void a_flush_waits_for_all_that_were_queued(void **state)
{
	struct seen seen = { .count = 0 };
	KDPC dpcs[8];

	(void)state;
	for (uintptr_t i = 0; i < 8; i++) {
		KeInitializeDpc(&dpcs[i], put_in_order, &seen);
		CHECK(KeInsertQueueDpc(&dpcs[i], (PVOID)i, NULL));
	}
	KeFlushQueuedDpcs();
	CHECK_EQ(seen.count, 8);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(seen.order[i], i);
}

static VOID NTAPI misbehave(PKDPC dpc, PVOID context, PVOID argument1,
			    PVOID argument2)
{
	KEVENT *never = context;
	KIRQL irql;

	(void)dpc;
	(void)argument1;
	(void)argument2;
	CHECK_ANY_THREAD(wait_one(never) == STATUS_UNSUCCESSFUL);
	KeFlushQueuedDpcs();
	KeRaiseIrql(HIGH_LEVEL, &irql);
}

static void a_dpc_that_waits_or_changes_irql_is_told(void **state)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	static const uint32_t rules[] = { IOLAS_DXGK_RULE_WAIT_IRQL,
					  IOLAS_DXGK_RULE_IRQL,
					  IOLAS_DXGK_RULE_IRQL_ORDER };
	struct rig rig;
	KEVENT never;
	KDPC dpc;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeEvent(&never, NotificationEvent, FALSE);
	KeInitializeDpc(&dpc, misbehave, &never);
	KeInsertQueueDpc(&dpc, NULL, NULL);
	KeFlushQueuedDpcs();
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 3);
	for (uint64_t i = 0; i < 3; i++) {
		CHECK_EQ(iolas_dxgk_violation_get(rig.machine, i, &v),
			 IOLAS_OK);
		CHECK_EQ(v.rule, rules[i]);
	}
	iolas_dxgk_violations_clear(rig.machine);
	KeInitializeDpc(NULL, note, NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	memset(&dpc, 0, sizeof(dpc));
	CHECK(!KeInsertQueueDpc(&dpc, NULL, NULL));
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	CHECK(!KeRemoveQueueDpc(NULL));
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	rig_down(&rig);
}

static LARGE_INTEGER units(LONGLONG value)
{
	return (LARGE_INTEGER){ .QuadPart = value };
}

static void a_timer_is_signalled_no_sooner_than_due(void **state)
{
	LARGE_INTEGER zero = units(0);
	ULONGLONG before;
	KTIMER notify, sync;

	(void)state;
	KeInitializeTimer(&notify);
	KeInitializeTimerEx(&sync, SynchronizationTimer);
	before = KeQueryInterruptTime();
	CHECK(!KeSetTimer(&notify, units(20 * MS), NULL));
	CHECK(!KeSetTimer(&sync, units(10 * MS), NULL));
	CHECK_EQ(wait_one(&sync), STATUS_SUCCESS);
	CHECK(KeQueryInterruptTime() - before >= 100000);
	CHECK_EQ(wait_one(&notify), STATUS_SUCCESS);
	CHECK(KeQueryInterruptTime() - before >= 200000);
	CHECK_EQ(wait_one(&notify), STATUS_SUCCESS);
	CHECK_EQ(KeWaitForSingleObject(&sync, Executive, KernelMode, FALSE,
				       &zero),
		 STATUS_TIMEOUT);
	CHECK(!KeCancelTimer(&notify));
	/* Set again: not signalled until then; cancelled: never. */
	CHECK(!KeSetTimer(&notify, units(-INT64_MAX), NULL));
	CHECK_EQ(KeWaitForSingleObject(&notify, Executive, KernelMode, FALSE,
				       &zero),
		 STATUS_TIMEOUT);
	CHECK(KeSetTimer(&notify, units(10000 * MS), NULL));
	CHECK(KeCancelTimer(&notify));
	CHECK(!KeCancelTimer(&notify));
}

static void a_timer_queues_its_dpc(void **state)
{
	struct seen seen = { .count = 0 };
	ULONGLONG before;
	KTIMER timer;
	KDPC dpc;

	(void)state;
	KeInitializeEvent(&seen.done, SynchronizationEvent, FALSE);
	KeInitializeDpc(&dpc, note, &seen);
	KeInitializeTimer(&timer);
	before = KeQueryInterruptTime();
	KeSetTimer(&timer, units(5 * MS), &dpc);
	wait_one(&seen.done);
	CHECK(seen.when - before >= 50000);
	CHECK_EQ(seen.irql, DISPATCH_LEVEL);
	CHECK_EQ(seen.count, 1);
}

static void a_periodic_timer_expires_again_and_again(void **state)
{
	struct seen seen = { .count = 0 };
	ULONGLONG before;
	KTIMER timer;
	KDPC dpc;

	(void)state;
	KeInitializeEvent(&seen.done, SynchronizationEvent, FALSE);
	KeInitializeDpc(&dpc, note, &seen);
	KeInitializeTimerEx(&timer, SynchronizationTimer);
	before = KeQueryInterruptTime();
	KeSetTimerEx(&timer, units(3 * MS), 4, &dpc);
	for (int i = 1; i <= 3; i++)
		CHECK_EQ(wait_one(&timer), STATUS_SUCCESS);
	/* 3, 7 and 11 ms. */
	CHECK(KeQueryInterruptTime() - before >= 110000);
	CHECK(KeCancelTimer(&timer));
	KeFlushQueuedDpcs();
	CHECK(seen.count >= 1);
}

/* Soonest first, whatever the order they were set in. */
static void timers_expire_in_order(void **state)
{
	static const int delay[] = { 30, 10, 20, 40 };
	static const int rank[] = { 1, 2, 0, 3 };
	struct seen seen = { .count = 0 };
	KTIMER timers[4];
	KDPC dpcs[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		KeInitializeDpc(&dpcs[i], put_in_order, &seen);
		KeInitializeTimer(&timers[i]);
	}
	for (int i = 0; i < 4; i++)
		KeSetTimer(&timers[i], units(delay[i] * MS), &dpcs[i]);
	for (int i = 0; i < 4; i++)
		wait_one(&timers[i]);
	KeFlushQueuedDpcs();
	CHECK_EQ(seen.count, 4);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(seen.order[i], 0); /* a timer's DPC has no arguments */
	/* Each one that has expired had those before it expired. */
	for (int i = 0; i < 4; i++)
		KeSetTimer(&timers[i], units(delay[i] * MS), NULL);
	for (int i = 0; i < 4; i++) {
		LARGE_INTEGER zero = units(0);

		wait_one(&timers[rank[i]]);
		for (int k = 0; k < i; k++)
			CHECK_EQ(KeWaitForSingleObject(&timers[rank[k]],
						       Executive, KernelMode,
						       FALSE, &zero),
				 STATUS_SUCCESS);
	}
}

/* An adapter goes with its timers; what it had queued has run. */
static void an_adapter_leaves_no_timer_and_no_dpc(void **state)
{
	struct seen seen = { .count = 0 };
	struct iolas_dxgk_adapter *before;
	struct rig rig;
	KTIMER timer;
	KDPC dpc, late;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	KeInitializeEvent(&seen.done, NotificationEvent, FALSE);
	KeInitializeDpc(&dpc, note, &seen);
	KeInitializeDpc(&late, put_in_order, NULL);
	KeInitializeTimer(&timer);
	before = iolas__dxgk_set_context(rig.adapter);
	KeSetTimer(&timer, units(10000 * MS), &late);
	KeInsertQueueDpc(&dpc, NULL, NULL);
	iolas__dxgk_set_context(before);
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_OK);
	rig.adapter = NULL;
	CHECK_EQ(seen.count, 1);
	CHECK(strstr(rig_last(&rig).text, "1 timers"));
	rig_expect(&rig, IOLAS_DXGK_RULE_QUEUED_FREED);
	CHECK(!KeCancelTimer(&timer));
	rig_down(&rig);
}

/* Pool that is freed takes a queued DPC out of the queue. */
static void a_dpc_in_freed_pool_never_runs(void **state)
{
	struct seen holder = { .count = 0 };
	KDPC first, *dpc;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	dpc = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*dpc), 0x74736574);
	KeInitializeEvent(&holder.done, SynchronizationEvent, FALSE);
	KeInitializeEvent(&holder.hold, SynchronizationEvent, FALSE);
	KeInitializeDpc(&first, hold, &holder);
	KeInitializeDpc(dpc, put_in_order, NULL);
	CHECK(KeInsertQueueDpc(&first, NULL, NULL));
	wait_one(&holder.done);
	CHECK(KeInsertQueueDpc(dpc, NULL, NULL));
	ExFreePool(dpc);
	CHECK(strstr(rig_last(&rig).text, "1 DPCs"));
	rig_expect(&rig, IOLAS_DXGK_RULE_QUEUED_FREED);
	KeSetEvent(&holder.hold, 0, FALSE);
	KeFlushQueuedDpcs();
	rig_down(&rig);
}

static void bad_timers_are_told(void **state)
{
	struct rig rig;
	KTIMER timer;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeTimer(NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	KeInitializeTimerEx(&timer, (TIMER_TYPE)7);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	KeInitializeTimer(&timer);
	KeSetTimerEx(&timer, units(0), -1, NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	rig_down(&rig);
}

RUN_CASES(CASE(a_dpc_runs_at_dispatch_level_on_another_thread),
	  CASE(a_dpc_is_queued_once_and_can_be_taken_back),
	  CASE(a_flush_waits_for_all_that_were_queued),
	  CASE(a_dpc_that_waits_or_changes_irql_is_told),
	  CASE(a_timer_is_signalled_no_sooner_than_due),
	  CASE(a_timer_queues_its_dpc),
	  CASE(a_periodic_timer_expires_again_and_again),
	  CASE(timers_expire_in_order),
	  CASE(an_adapter_leaves_no_timer_and_no_dpc),
	  CASE(a_dpc_in_freed_pool_never_runs), CASE(bad_timers_are_told))
