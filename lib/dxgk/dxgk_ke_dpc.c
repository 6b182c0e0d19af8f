/* SPDX-License-Identifier: MIT */
/*
 * Deferred calls: a queue in the driver's storage, run by one worker thread at
 * DISPATCH_LEVEL, in order, never inside the caller.  The worker starts with
 * the first that needs it and also expires timers.
 */
#include "dxgk/dxgk_kernel.h"

/* KDPC.Importance and .Number: initialised, and in the queue or not. */
#define DPC_TYPE   0x13
#define DPC_MARK   0x6b
#define DPC_IDLE   0
#define DPC_QUEUED 1

static LIST_ENTRY queue = { &queue, &queue };
static pthread_cond_t worker_wakes;
static bool has_worker;
static _Thread_local bool is_worker;

/* The links stand in the driver's storage: no check that would stop us. */
static void unlink_entry(LIST_ENTRY *entry)
{
	entry->Blink->Flink = entry->Flink;
	entry->Flink->Blink = entry->Blink;
}

static bool is_dpc(const KDPC *dpc)
{
	return dpc && dpc->Type == DPC_TYPE && dpc->Importance == DPC_MARK;
}

static void run(const KDPC *dpc, PKDPC self)
{
	static const struct iolas__dxgk_call call = { "KDEFERRED_ROUTINE",
						      NULL };
	uint8_t irql;

	iolas__dxgk_set_context(dpc->DpcData);
	iolas_dxgk_set_irql(DISPATCH_LEVEL);
	dpc->DeferredRoutine(self, dpc->DeferredContext, dpc->SystemArgument1,
			     dpc->SystemArgument2);
	irql = iolas_dxgk_set_irql(PASSIVE_LEVEL);
	if (irql != DISPATCH_LEVEL)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_IRQL_ORDER,
					  "returned at IRQL %u", irql);
	if (iolas__dxgk_spin_locks_held())
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_SPIN_LOCK,
					  "returned with a spin lock held");
	iolas__dxgk_set_context(NULL);
}

static void *work(void *unused)
{
	(void)unused;
	is_worker = true;
	iolas__dxgk_dispatcher_lock();
	for (;;) {
		uint64_t due = iolas__dxgk_timers_run();
		PKDPC dpc;
		KDPC copy;

		if (queue.Flink == &queue) {
			iolas__dxgk_dispatcher_sleep(&worker_wakes, due);
			continue;
		}
		dpc = CONTAINING_RECORD(queue.Flink, KDPC, DpcListEntry);
		unlink_entry(&dpc->DpcListEntry);
		dpc->Number = DPC_IDLE;
		/* The routine may free the KDPC or queue it again. */
		copy = *dpc;
		iolas__dxgk_dispatcher_unlock();
		run(&copy, dpc);
		iolas__dxgk_dispatcher_lock();
	}
	return NULL;
}

bool iolas__dxgk_worker_wake(void)
{
	pthread_t thread;

	if (!has_worker) {
		iolas__dxgk_dispatcher_cond(&worker_wakes);
		if (pthread_create(&thread, NULL, work, NULL))
			return false;
		pthread_detach(thread);
		has_worker = true;
	}
	pthread_cond_signal(&worker_wakes);
	return true;
}

bool iolas__dxgk_dpc_insert(PKDPC dpc, PVOID argument1, PVOID argument2)
{
	if (!is_dpc(dpc) || dpc->Number == DPC_QUEUED ||
	    !iolas__dxgk_worker_wake())
		return false;
	dpc->Number = DPC_QUEUED;
	dpc->SystemArgument1 = argument1;
	dpc->SystemArgument2 = argument2;
	dpc->DpcListEntry.Flink = &queue;
	dpc->DpcListEntry.Blink = queue.Blink;
	queue.Blink->Flink = &dpc->DpcListEntry;
	queue.Blink = &dpc->DpcListEntry;
	return true;
}

bool iolas__dxgk_queues_forget(const void *at, size_t bytes, uint64_t *timers,
			       uint64_t *dpcs, uint64_t *waiters)
{
	LIST_ENTRY *next;

	*dpcs = 0;
	iolas__dxgk_dispatcher_lock();
	*timers = iolas__dxgk_timers_forget(at, bytes);
	*waiters = iolas__dxgk_waiters_in(at, bytes);
	for (LIST_ENTRY *entry = queue.Flink; entry != &queue; entry = next) {
		PKDPC dpc = CONTAINING_RECORD(entry, KDPC, DpcListEntry);

		next = entry->Flink;
		if ((uintptr_t)dpc - (uintptr_t)at >= bytes)
			continue;
		unlink_entry(entry);
		dpc->Number = DPC_IDLE;
		(*dpcs)++;
	}
	iolas__dxgk_dispatcher_unlock();
	return *timers || *dpcs || *waiters;
}

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
			   PVOID DeferredContext)
{
	DXGK_CALL("KeInitializeDpc");

	if (!Dpc || !DeferredRoutine) {
		iolas__dxgk_kernel_report(
			&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
			"DPC %p with routine %p", (void *)Dpc,
			(const void *)(DeferredRoutine ? "set" : NULL));
		return;
	}
	iolas__dxgk_dispatcher_lock();
	*Dpc = (KDPC){ .Type = DPC_TYPE,
		       .Importance = DPC_MARK,
		       .Number = DPC_IDLE,
		       .DeferredRoutine = DeferredRoutine,
		       .DeferredContext = DeferredContext };
	iolas__dxgk_dispatcher_unlock();
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1,
			       PVOID SystemArgument2)
{
	DXGK_CALL("KeInsertQueueDpc");
	bool is_good, is_new = false;

	iolas__dxgk_dispatcher_lock();
	is_good = is_dpc(Dpc);
	if (is_good)
		is_new = iolas__dxgk_dpc_insert(Dpc, SystemArgument1,
						SystemArgument2);
	/* Whose driver it is: the routine runs in that context. */
	if (is_new)
		Dpc->DpcData = iolas__dxgk_context();
	iolas__dxgk_dispatcher_unlock();
	if (!is_good)
		iolas__dxgk_object_bad(&call, Dpc, "a DPC");
	return is_new;
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc)
{
	DXGK_CALL("KeRemoveQueueDpc");
	bool is_good, was_queued = false;

	iolas__dxgk_dispatcher_lock();
	is_good = is_dpc(Dpc);
	if (is_good && Dpc->Number == DPC_QUEUED) {
		was_queued = true;
		unlink_entry(&Dpc->DpcListEntry);
		Dpc->Number = DPC_IDLE;
	}
	iolas__dxgk_dispatcher_unlock();
	if (!is_good)
		iolas__dxgk_object_bad(&call, Dpc, "a DPC");
	return was_queued;
}

static VOID NTAPI reach_end(PKDPC dpc, PVOID context, PVOID argument1,
			    PVOID argument2)
{
	(void)dpc;
	(void)argument1;
	(void)argument2;
	KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

/* One worker, one order: behind this one, all before it have run. */
static void flush(void)
{
	KEVENT is_reached;
	KDPC last;

	KeInitializeEvent(&is_reached, NotificationEvent, FALSE);
	KeInitializeDpc(&last, reach_end, &is_reached);
	if (KeInsertQueueDpc(&last, NULL, NULL))
		KeWaitForSingleObject(&is_reached, Executive, KernelMode, FALSE,
				      NULL);
}

VOID NTAPI KeFlushQueuedDpcs(VOID)
{
	DXGK_CALL("KeFlushQueuedDpcs");

	if (iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_PASSIVE) && !is_worker)
		flush();
}

void iolas__dxgk_queues_leave(struct iolas_dxgk_adapter *adapter)
{
	static const struct iolas__dxgk_call call = { "DxgkDdiRemoveDevice",
						      NULL };
	uint64_t count;
	bool is_busy;

	iolas__dxgk_dispatcher_lock();
	count = iolas__dxgk_timers_leave(adapter);
	is_busy = has_worker && !is_worker;
	iolas__dxgk_dispatcher_unlock();
	if (is_busy && KeGetCurrentIrql() <= APC_LEVEL)
		flush();
	if (count)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_QUEUED_FREED },
			"%llu timers with a DPC are still set",
			(unsigned long long)count);
}
