/* SPDX-License-Identifier: MIT */
/*
 * Events, mutexes and semaphores: making them and signalling them.
 */
#include "dxgk/dxgk_kernel.h"

/* Makes the header of an object that has room for it. */
static bool make(const struct iolas__dxgk_call *call, DISPATCHER_HEADER *header,
		 UCHAR type, LONG state)
{
	if (!header || (uintptr_t)header % sizeof(void *) != 0) {
		iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "%p has no room for an object",
					  (void *)header);
		return false;
	}
	iolas__dxgk_dispatcher_lock();
	iolas__dxgk_object_init(header, type, state);
	iolas__dxgk_dispatcher_unlock();
	return true;
}

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
	DXGK_CALL("KeInitializeEvent");

	if (Type != NotificationEvent && Type != SynchronizationEvent)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "%d is no type of event", (int)Type);
	make(&call, Event ? &Event->Header : NULL,
	     Type == SynchronizationEvent ? DXGK_EVENT_SYNC : DXGK_EVENT_NOTIFY,
	     State != 0);
}

/* Changes an event's state; the one before, 0 if it is none. */
static LONG change(const struct iolas__dxgk_call *call, PRKEVENT event,
		   LONG state)
{
	LONG before = 0;
	bool is_event;

	iolas__dxgk_dispatcher_lock();
	is_event = iolas__dxgk_object_is(event ? &event->Header : NULL,
					 DXGK_EVENT_NOTIFY, DXGK_EVENT_SYNC);
	if (is_event) {
		before = event->Header.SignalState;
		event->Header.SignalState = state;
		if (state && !before)
			iolas__dxgk_object_signal(&event->Header);
	}
	iolas__dxgk_dispatcher_unlock();
	if (!is_event)
		iolas__dxgk_object_bad(call, event, "an event");
	return before;
}

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
	DXGK_CALL("KeSetEvent");

	(void)Increment;
	iolas__dxgk_kernel_irql(&call,
				Wait ? IOLAS_DXGK_APC : IOLAS_DXGK_DISPATCH);
	return change(&call, Event, 1);
}

LONG NTAPI KeResetEvent(PRKEVENT Event)
{
	DXGK_CALL("KeResetEvent");

	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_DISPATCH);
	return change(&call, Event, 0);
}

VOID NTAPI KeClearEvent(PRKEVENT Event)
{
	DXGK_CALL("KeClearEvent");

	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_DISPATCH);
	change(&call, Event, 0);
}

LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
	DXGK_CALL("KeReadStateEvent");
	LONG state = 0;
	bool is_event;

	iolas__dxgk_dispatcher_lock();
	is_event = iolas__dxgk_object_is(Event ? &Event->Header : NULL,
					 DXGK_EVENT_NOTIFY, DXGK_EVENT_SYNC);
	if (is_event)
		state = Event->Header.SignalState;
	iolas__dxgk_dispatcher_unlock();
	if (!is_event)
		iolas__dxgk_object_bad(&call, Event, "an event");
	return state;
}

VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
	DXGK_CALL("KeInitializeMutex");

	(void)Level;
	if (!make(&call, Mutex ? &Mutex->Header : NULL, DXGK_OBJECT_MUTEX, 1))
		return;
	InitializeListHead(&Mutex->MutantListEntry);
	Mutex->OwnerThread = NULL;
	Mutex->Abandoned = FALSE;
	Mutex->ApcDisable = 1;
}

LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
	DXGK_CALL("KeReleaseMutex");
	const PKTHREAD self = (PKTHREAD)(uintptr_t)iolas__dxgk_thread_number();
	bool is_mutex, is_owner = false;
	LONG before = 0;

	iolas__dxgk_kernel_irql(&call,
				Wait ? IOLAS_DXGK_APC : IOLAS_DXGK_DISPATCH);
	iolas__dxgk_dispatcher_lock();
	is_mutex = iolas__dxgk_object_is(Mutex ? &Mutex->Header : NULL,
					 DXGK_OBJECT_MUTEX, DXGK_OBJECT_MUTEX);
	if (is_mutex) {
		is_owner = Mutex->OwnerThread == self;
		before = Mutex->Header.SignalState;
	}
	if (is_owner && ++Mutex->Header.SignalState == 1) {
		Mutex->OwnerThread = NULL;
		iolas__dxgk_object_signal(&Mutex->Header);
	}
	iolas__dxgk_dispatcher_unlock();
	if (is_owner)
		iolas__dxgk_mutexes_count(-1);
	else if (is_mutex)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_MUTEX_OWNER,
					  "this thread does not hold %p",
					  (void *)Mutex);
	else
		iolas__dxgk_object_bad(&call, Mutex, "a mutex");
	return before;
}

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
	DXGK_CALL("KeInitializeSemaphore");

	if (Limit <= 0 || Count < 0 || Count > Limit)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "count %d, limit %d", Count, Limit);
	if (make(&call, Semaphore ? &Semaphore->Header : NULL,
		 DXGK_OBJECT_SEMAPHORE, Count))
		Semaphore->Limit = Limit;
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment,
			      LONG Adjustment, BOOLEAN Wait)
{
	DXGK_CALL("KeReleaseSemaphore");
	bool is_semaphore, fits = false;
	LONG before = 0;

	(void)Increment;
	iolas__dxgk_kernel_irql(&call,
				Wait ? IOLAS_DXGK_APC : IOLAS_DXGK_DISPATCH);
	iolas__dxgk_dispatcher_lock();
	is_semaphore = iolas__dxgk_object_is(
		Semaphore ? &Semaphore->Header : NULL, DXGK_OBJECT_SEMAPHORE,
		DXGK_OBJECT_SEMAPHORE);
	if (is_semaphore) {
		before = Semaphore->Header.SignalState;
		fits = Adjustment > 0 &&
		       Adjustment <= Semaphore->Limit - before;
	}
	if (fits) {
		Semaphore->Header.SignalState += Adjustment;
		iolas__dxgk_object_signal(&Semaphore->Header);
	}
	iolas__dxgk_dispatcher_unlock();
	if (!is_semaphore)
		iolas__dxgk_object_bad(&call, Semaphore, "a semaphore");
	else if (!fits)
		iolas__dxgk_kernel_report(
			&call, IOLAS_DXGK_RULE_SEMAPHORE_LIMIT,
			"%p stands at %d of %d and is released by %d",
			(void *)Semaphore, before, Semaphore->Limit,
			Adjustment);
	return before;
}
