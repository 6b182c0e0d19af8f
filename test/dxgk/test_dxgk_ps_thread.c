/* SPDX-License-Identifier: MIT */
/*
 * System threads: they run, end, are waited for, and are counted.
 * Floor: dxgk.  Tools: TSan-clean.
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_loader.h"
#include "dxgk_rig.h"

/* What a thread and its maker share. */
struct shared {
	KEVENT go;
	LONG value;
	KIRQL irql;
	struct rig *rig;
	struct iolas_dxgk_adapter *context;
	NTSTATUS after;
	KMUTEX mutex;
	KSPIN_LOCK lock;
};

static PVOID wait_and_close(HANDLE handle)
{
	PVOID object = NULL;

	CHECK_EQ(ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType,
					   KernelMode, &object, NULL),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwClose(handle), STATUS_SUCCESS);
	CHECK_EQ(KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
				       NULL),
		 STATUS_SUCCESS);
	return object;
}

static VOID NTAPI add_and_end(PVOID context)
{
	struct shared *shared = context;

	KeWaitForSingleObject(&shared->go, Executive, KernelMode, FALSE, NULL);
	shared->irql = KeGetCurrentIrql();
	shared->context = iolas__dxgk_context();
	__atomic_fetch_add(&shared->value, 1, __ATOMIC_RELEASE);
	PsTerminateSystemThread(STATUS_SUCCESS);
	CHECK_ANY_THREAD(false && "never reached");
}

static VOID NTAPI add_and_return(PVOID context)
{
	struct shared *shared = context;

	shared->value++;
}

static void a_thread_runs_ends_and_is_waited_for(void **state)
{
	LARGE_INTEGER poll = { .QuadPart = 0 };
	struct shared shared = { .irql = 9 };
	struct iolas_dxgk_adapter *before;
	struct rig rig;
	HANDLE handle;
	CLIENT_ID id;
	PVOID object;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	KeInitializeEvent(&shared.go, NotificationEvent, FALSE);
	before = iolas__dxgk_set_context(rig.adapter);
	CHECK_EQ(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL,
				      &id, add_and_end, &shared),
		 STATUS_SUCCESS);
	iolas__dxgk_set_context(before);
	CHECK_EQ(ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL,
					   KernelMode, &object, NULL),
		 STATUS_SUCCESS);
	/* It cannot have ended: it waits for us. */
	CHECK_EQ(KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
				       &poll),
		 STATUS_TIMEOUT);
	ObDereferenceObject(object);
	KeSetEvent(&shared.go, 0, FALSE);
	object = wait_and_close(handle);
	CHECK_EQ(shared.value, 1);
	CHECK_EQ(shared.irql, PASSIVE_LEVEL);
	CHECK(shared.context == rig.adapter);
	/* An ended thread stays signalled. */
	CHECK_EQ(KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
				       &poll),
		 STATUS_SUCCESS);
	CHECK_EQ(ObDereferenceObject(object), 0);
	iolas__dxgk_pool_report(rig.machine);
	rig_down(&rig);
}

static void a_routine_that_returns_ends_its_thread(void **state)
{
	struct shared shared = { .value = 0 };
	struct rig rig;
	HANDLE handle;

	(void)state;
	rig_machine(&rig, NULL);
	for (LONG i = 1; i <= 20; i++) {
		CHECK_EQ(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL,
					      NULL, NULL, add_and_return,
					      &shared),
			 STATUS_SUCCESS);
		ObDereferenceObject(wait_and_close(handle));
		CHECK_EQ(shared.value, i);
	}
	rig_down(&rig);
}

static VOID NTAPI end_badly(PVOID context)
{
	struct shared *shared = context;
	KIRQL irql;

	KeWaitForSingleObject(&shared->mutex, Executive, KernelMode, FALSE,
			      NULL);
	KeAcquireSpinLock(&shared->lock, &irql);
}

static void a_thread_that_ends_with_things_held_is_told(void **state)
{
	struct shared shared = { .value = 0 };
	struct rig rig;
	HANDLE handle;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeMutex(&shared.mutex, 0);
	KeInitializeSpinLock(&shared.lock);
	CHECK_EQ(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL,
				      NULL, end_badly, &shared),
		 STATUS_SUCCESS);
	ObDereferenceObject(wait_and_close(handle));
	CHECK_EQ(rig_last(&rig).rule, IOLAS_DXGK_RULE_THREAD);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 3);
	iolas_dxgk_violations_clear(rig.machine);
	rig_down(&rig);
}

static void references_are_counted_and_one_too_many_is_told(void **state)
{
	struct shared shared = { .value = 0 };
	PVOID one, two;
	struct rig rig;
	HANDLE handle;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL,
				      NULL, add_and_return, &shared),
		 STATUS_SUCCESS);
	CHECK_EQ(ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType,
					   KernelMode, &two, NULL),
		 STATUS_SUCCESS);
	one = wait_and_close(handle);
	CHECK(one == two);
	ObDereferenceObject(one);
	CHECK_EQ(ObDereferenceObject(two), 0);
	rig_expect_none(&rig);
	ObDereferenceObject(two);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT_REFERENCE);
	ObDereferenceObject(NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT_REFERENCE);
	ObDereferenceObject(&rig);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT_REFERENCE);
	CHECK_EQ(ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL,
					   KernelMode, &one, NULL),
		 STATUS_INVALID_HANDLE);
	CHECK(!one);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	rig_down(&rig);
}

static void other_types_and_kinds_do_not_match(void **state)
{
	struct shared shared = { .value = 0 };
	struct rig rig;
	HANDLE handle;
	PVOID object;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL,
				      NULL, add_and_return, &shared),
		 STATUS_SUCCESS);
	CHECK_EQ(ObReferenceObjectByHandle(handle, SYNCHRONIZE,
					   *ExEventObjectType, KernelMode,
					   &object, NULL),
		 STATUS_OBJECT_TYPE_MISMATCH);
	CHECK_EQ(ObReferenceObjectByHandle(rig.handle, SYNCHRONIZE, NULL,
					   KernelMode, &object, NULL),
		 STATUS_OBJECT_TYPE_MISMATCH);
	ObDereferenceObject(wait_and_close(handle));
	rig_down(&rig);
}

static void what_is_left_of_threads_is_told_at_unload(void **state)
{
	LARGE_INTEGER tick = { .QuadPart = -10000 };
	struct shared shared = { .value = 0 };
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	struct rig rig;
	HANDLE handle;
	PVOID object;
	bool saw_running = false, saw_handle = false, saw_reference = false;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeEvent(&shared.go, NotificationEvent, FALSE);
	CHECK_EQ(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL,
				      NULL, add_and_end, &shared),
		 STATUS_SUCCESS);
	CHECK_EQ(ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL,
					   KernelMode, &object, NULL),
		 STATUS_SUCCESS);
	iolas__dxgk_pool_report(rig.machine);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 3);
	for (uint64_t i = 0; i < 3; i++) {
		CHECK_EQ(iolas_dxgk_violation_get(rig.machine, i, &v),
			 IOLAS_OK);
		saw_running |= v.rule == IOLAS_DXGK_RULE_THREAD;
		saw_handle |= v.rule == IOLAS_DXGK_RULE_KEY_HANDLE;
		saw_reference |= v.rule == IOLAS_DXGK_RULE_OBJECT_REFERENCE;
	}
	CHECK(saw_running && saw_handle && saw_reference);
	iolas_dxgk_violations_clear(rig.machine);
	CHECK_EQ(ZwClose(handle), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	/* It uses what we own until it has added. */
	KeSetEvent(&shared.go, 0, FALSE);
	while (__atomic_load_n(&shared.value, __ATOMIC_ACQUIRE) == 0)
		KeDelayExecutionThread(KernelMode, FALSE, &tick);
	rig_down(&rig);
}

static void bad_arguments_are_refused(void **state)
{
	const struct iolas_dxgk_fault_plan plan = {
		.struct_size = sizeof(plan),
		.call = "PsCreateSystemThread",
		.status = STATUS_NO_MEMORY,
	};
	struct rig rig;
	HANDLE handle;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(PsCreateSystemThread(NULL, 0, NULL, NULL, NULL, add_and_return,
				      NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, NULL, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(PsTerminateSystemThread(STATUS_SUCCESS),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(ObReferenceObjectByHandle(NULL, 0, NULL, KernelMode, NULL,
					   NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	CHECK_EQ(PsCreateSystemThread(&handle, 0, NULL, NULL, NULL,
				      add_and_return, NULL),
		 STATUS_INVALID_DEVICE_STATE);
	KeLowerIrql(irql);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	iolas_dxgk_plan_fault(rig.machine, &plan);
	CHECK_EQ(PsCreateSystemThread(&handle, 0, NULL, NULL, NULL,
				      add_and_return, NULL),
		 STATUS_NO_MEMORY);
	rig_down(&rig);
}

RUN_CASES(CASE(a_thread_runs_ends_and_is_waited_for),
	  CASE(a_routine_that_returns_ends_its_thread),
	  CASE(a_thread_that_ends_with_things_held_is_told),
	  CASE(references_are_counted_and_one_too_many_is_told),
	  CASE(other_types_and_kinds_do_not_match),
	  CASE(what_is_left_of_threads_is_told_at_unload),
	  CASE(bad_arguments_are_refused))
