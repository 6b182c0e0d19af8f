/* SPDX-License-Identifier: MIT */
/*
 * Timers: a list in the driver's storage, soonest first, expired by the worker
 * of dxgk_ke_dpc.c.  Expiring signals the timer and queues its DPC.
 */
#include "dxgk/dxgk_kernel.h"

#define NS_PER_MS UINT64_C(1000000)

static LIST_ENTRY timers = { &timers, &timers };

static PKTIMER timer_at(LIST_ENTRY *entry)
{
	return CONTAINING_RECORD(entry, KTIMER, TimerListEntry);
}

/* Header.Signalling says that the timer stands in the list. */
static bool is_set(const KTIMER *timer)
{
	return timer->Header.Signalling != 0;
}

static void leave(PKTIMER timer)
{
	timer->TimerListEntry.Blink->Flink = timer->TimerListEntry.Flink;
	timer->TimerListEntry.Flink->Blink = timer->TimerListEntry.Blink;
	timer->Header.Signalling = 0;
}

static void enter(PKTIMER timer)
{
	LIST_ENTRY *after = timers.Flink;

	while (after != &timers &&
	       timer_at(after)->DueTime.QuadPart <= timer->DueTime.QuadPart)
		after = after->Flink;
	timer->TimerListEntry.Flink = after;
	timer->TimerListEntry.Blink = after->Blink;
	after->Blink->Flink = &timer->TimerListEntry;
	after->Blink = &timer->TimerListEntry;
	timer->Header.Signalling = 1;
}

static void expire(PKTIMER timer)
{
	leave(timer);
	timer->Header.SignalState = 1;
	if (timer->Period) {
		timer->DueTime.QuadPart += timer->Period * NS_PER_MS;
		enter(timer);
	}
	if (timer->Dpc)
		iolas__dxgk_dpc_insert(timer->Dpc, NULL, NULL);
	/* Last: who waited may free the timer. */
	iolas__dxgk_object_signal(&timer->Header);
}

uint64_t iolas__dxgk_timers_run(void)
{
	while (timers.Flink != &timers) {
		PKTIMER timer = timer_at(timers.Flink);

		if (timer->DueTime.QuadPart > iolas__dxgk_now_ns())
			return timer->DueTime.QuadPart;
		expire(timer);
	}
	return 0;
}

uint64_t iolas__dxgk_timers_forget(const void *at, size_t bytes)
{
	LIST_ENTRY *next;
	uint64_t count = 0;

	for (LIST_ENTRY *entry = timers.Flink; entry != &timers; entry = next) {
		next = entry->Flink;
		if ((uintptr_t)timer_at(entry) - (uintptr_t)at >= bytes)
			continue;
		leave(timer_at(entry));
		count++;
	}
	return count;
}

uint64_t iolas__dxgk_timers_leave(const struct iolas_dxgk_adapter *adapter)
{
	LIST_ENTRY *next;
	uint64_t count = 0;

	for (LIST_ENTRY *entry = timers.Flink; entry != &timers; entry = next) {
		PKTIMER timer = timer_at(entry);

		next = entry->Flink;
		if (!timer->Dpc || timer->Dpc->DpcData != adapter)
			continue;
		leave(timer);
		count++;
	}
	return count;
}

VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
	KeInitializeTimerEx(Timer, NotificationTimer);
}

VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
	DXGK_CALL("KeInitializeTimerEx");

	if (!Timer || (uintptr_t)Timer % sizeof(void *) != 0 ||
	    (Type != NotificationTimer && Type != SynchronizationTimer)) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "timer %p of type %d", (void *)Timer,
					  (int)Type);
		return;
	}
	iolas__dxgk_dispatcher_lock();
	*Timer = (KTIMER){ .Dpc = NULL };
	iolas__dxgk_object_init(&Timer->Header,
				Type == SynchronizationTimer
					? DXGK_TIMER_SYNC
					: DXGK_TIMER_NOTIFY,
				0);
	iolas__dxgk_dispatcher_unlock();
}

static bool is_timer(const KTIMER *timer)
{
	return iolas__dxgk_object_is(timer ? &timer->Header : NULL,
				     DXGK_TIMER_NOTIFY, DXGK_TIMER_SYNC);
}

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
	return KeSetTimerEx(Timer, DueTime, 0, Dpc);
}

BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period,
			   PKDPC Dpc)
{
	DXGK_CALL("KeSetTimerEx");
	bool is_good, was_set = false, is_running = false;

	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_DISPATCH);
	iolas__dxgk_dispatcher_lock();
	is_good = is_timer(Timer) && Period >= 0;
	if (is_good) {
		was_set = is_set(Timer);
		if (was_set)
			leave(Timer);
		Timer->Header.SignalState = 0;
		Timer->DueTime.QuadPart =
			iolas__dxgk_deadline(DueTime.QuadPart);
		Timer->Period = (ULONG)Period;
		Timer->Dpc = Dpc;
		if (Dpc)
			Dpc->DpcData = iolas__dxgk_context();
		enter(Timer);
		is_running = iolas__dxgk_worker_wake();
	}
	iolas__dxgk_dispatcher_unlock();
	if (!is_good)
		iolas__dxgk_object_bad(&call, Timer,
				       Period < 0 ? "set with a good period"
						  : "a timer");
	else if (!is_running)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "no thread can be started for %p",
					  (void *)Timer);
	return was_set;
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
	DXGK_CALL("KeCancelTimer");
	bool is_good, was_set = false;

	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_DISPATCH);
	iolas__dxgk_dispatcher_lock();
	is_good = is_timer(Timer);
	if (is_good) {
		was_set = is_set(Timer);
		if (was_set)
			leave(Timer);
	}
	iolas__dxgk_dispatcher_unlock();
	if (!is_good)
		iolas__dxgk_object_bad(&call, Timer, "a timer");
	return was_set;
}
