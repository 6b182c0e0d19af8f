/* SPDX-License-Identifier: MIT */
/*
 * The dispatcher: threads that wait for objects in the driver's storage.  One
 * lock for the process and one line of waiting threads, first come first
 * served.  Who signals an object satisfies the waits at once, so a pulse (set,
 * then clear) wakes everybody who stood in line, as on Windows.
 */
#include "dxgk/dxgk_kernel.h"

#include <time.h>

#define WAIT_LIMIT    64 /* objects per wait */
#define WAIT_BLOCKS   3	 /* ... without a WaitBlockArray */
#define NS_PER_SECOND UINT64_C(1000000000)

struct waiter {
	struct waiter *next;
	struct waiter *prev;
	DISPATCHER_HEADER **objects;
	ULONG count;
	bool is_all;
	bool is_done;
	int mutexes; /* that the wait took */
	uint64_t thread;
	NTSTATUS result;
	pthread_cond_t cond;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiter *first_waiter;
static struct waiter *last_waiter;
static _Thread_local int mutexes_held;

void iolas__dxgk_dispatcher_lock(void)
{
	pthread_mutex_lock(&lock);
}

void iolas__dxgk_dispatcher_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void iolas__dxgk_dispatcher_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

void iolas__dxgk_dispatcher_sleep(pthread_cond_t *cond, uint64_t deadline)
{
	const struct timespec until = {
		.tv_sec = (time_t)(deadline / NS_PER_SECOND),
		.tv_nsec = (long)(deadline % NS_PER_SECOND),
	};

	if (deadline)
		pthread_cond_timedwait(cond, &lock, &until);
	else
		pthread_cond_wait(cond, &lock);
}

int iolas__dxgk_mutexes_held(void)
{
	return mutexes_held;
}

void iolas__dxgk_mutexes_count(int change)
{
	mutexes_held += change;
}

void iolas__dxgk_object_init(DISPATCHER_HEADER *header, UCHAR type, LONG state)
{
	header->Type = type;
	header->Signalling = 0;
	header->Size = 0;
	header->Reserved1 = DXGK_OBJECT_MARK;
	header->SignalState = state;
	InitializeListHead(&header->WaitListHead);
}

bool iolas__dxgk_object_is(const DISPATCHER_HEADER *header, UCHAR first,
			   UCHAR last)
{
	return header && (uintptr_t)header % sizeof(LONG) == 0 &&
	       header->Reserved1 == DXGK_OBJECT_MARK && header->Type >= first &&
	       header->Type <= last;
}

void iolas__dxgk_object_bad(const struct iolas__dxgk_call *call,
			    const void *object, const char *what)
{
	iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_OBJECT,
				  "%p is not %s, or was never initialised",
				  object, what);
}

static KMUTANT *mutex_of(DISPATCHER_HEADER *header)
{
	return CONTAINING_RECORD(header, KMUTANT, Header);
}

static PKTHREAD owner_of(uint64_t thread)
{
	return (PKTHREAD)(uintptr_t)thread;
}

static bool is_ready(DISPATCHER_HEADER *object, uint64_t thread)
{
	return object->SignalState > 0 ||
	       (object->Type == DXGK_OBJECT_MUTEX &&
		mutex_of(object)->OwnerThread == owner_of(thread));
}

/* The wait takes what it waited for. */
static void consume(struct waiter *waiter, DISPATCHER_HEADER *object)
{
	switch (object->Type) {
	case DXGK_EVENT_SYNC:
	case DXGK_TIMER_SYNC:
		object->SignalState = 0;
		break;
	case DXGK_OBJECT_SEMAPHORE:
		object->SignalState--;
		break;
	case DXGK_OBJECT_MUTEX:
		object->SignalState--;
		mutex_of(object)->OwnerThread = owner_of(waiter->thread);
		waiter->mutexes++;
		break;
	default:
		break;
	}
}

/* Satisfies the wait if that is possible now. */
static bool satisfy(struct waiter *waiter)
{
	ULONG ready = 0;

	for (ULONG i = 0; i < waiter->count; i++) {
		bool is_on = is_ready(waiter->objects[i], waiter->thread);

		ready += is_on;
		if (is_on && !waiter->is_all) {
			consume(waiter, waiter->objects[i]);
			waiter->result = STATUS_WAIT_0 + (NTSTATUS)i;
			return true;
		}
	}
	if (!waiter->is_all || ready != waiter->count)
		return false;
	for (ULONG i = 0; i < waiter->count; i++)
		consume(waiter, waiter->objects[i]);
	waiter->result = STATUS_WAIT_0;
	return true;
}

static void join_line(struct waiter *waiter)
{
	waiter->next = NULL;
	waiter->prev = last_waiter;
	if (last_waiter)
		last_waiter->next = waiter;
	else
		first_waiter = waiter;
	last_waiter = waiter;
}

static void leave_line(struct waiter *waiter)
{
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		first_waiter = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	else
		last_waiter = waiter->prev;
}

static bool waits_for(const struct waiter *waiter, const void *at, size_t bytes)
{
	for (ULONG i = 0; i < waiter->count; i++)
		if ((uintptr_t)waiter->objects[i] - (uintptr_t)at < bytes)
			return true;
	return false;
}

void iolas__dxgk_object_signal(DISPATCHER_HEADER *header)
{
	struct waiter *next;

	for (struct waiter *waiter = first_waiter;
	     waiter && header->SignalState > 0; waiter = next) {
		next = waiter->next;
		if (!waits_for(waiter, header, 1) || !satisfy(waiter))
			continue;
		leave_line(waiter);
		waiter->is_done = true;
		pthread_cond_signal(&waiter->cond);
	}
}

uint64_t iolas__dxgk_waiters_in(const void *at, size_t bytes)
{
	uint64_t count = 0;

	for (struct waiter *waiter = first_waiter; waiter;
	     waiter = waiter->next)
		count += waits_for(waiter, at, bytes);
	return count;
}

/* Lock held.  @deadline 0: for ever. */
static NTSTATUS stand_in_line(struct waiter *waiter, uint64_t deadline)
{
	iolas__dxgk_dispatcher_cond(&waiter->cond);
	join_line(waiter);
	while (!waiter->is_done) {
		if (deadline && iolas__dxgk_now_ns() >= deadline) {
			leave_line(waiter);
			waiter->result = STATUS_TIMEOUT;
			break;
		}
		iolas__dxgk_dispatcher_sleep(&waiter->cond, deadline);
	}
	pthread_cond_destroy(&waiter->cond);
	return waiter->result;
}

/* The first of the objects that is none, or NULL; lock held. */
static const void *find_bad(const struct waiter *waiter, bool *is_bad)
{
	for (ULONG i = 0; i < waiter->count; i++) {
		if (iolas__dxgk_object_is(waiter->objects[i], 1,
					  DXGK_OBJECT_TYPE_COUNT - 1))
			continue;
		*is_bad = true;
		return waiter->objects[i];
	}
	*is_bad = false;
	return NULL;
}

/* May the thread wait as long as it asks?  Reported if not. */
static bool may_wait(const struct iolas__dxgk_call *call,
		     const LARGE_INTEGER *timeout)
{
	uint8_t irql = KeGetCurrentIrql();

	if (timeout && timeout->QuadPart == 0) {
		iolas__dxgk_kernel_irql(call, IOLAS_DXGK_DISPATCH);
		return false;
	}
	if (irql <= APC_LEVEL)
		return true;
	iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_WAIT_IRQL,
				  "waits at IRQL %u", irql);
	return false;
}

static NTSTATUS wait_for(const struct iolas__dxgk_call *call,
			 struct waiter *waiter, const LARGE_INTEGER *timeout)
{
	const bool is_poll = timeout && timeout->QuadPart == 0;
	const bool may = may_wait(call, timeout);
	const void *bad;
	bool is_bad;

	waiter->thread = iolas__dxgk_thread_number();
	iolas__dxgk_dispatcher_lock();
	bad = find_bad(waiter, &is_bad);
	if (is_bad) {
		iolas__dxgk_dispatcher_unlock();
		iolas__dxgk_object_bad(call, bad, "an object to wait for");
		return STATUS_INVALID_PARAMETER;
	}
	if (!satisfy(waiter)) {
		if (may)
			stand_in_line(waiter,
				      timeout ? iolas__dxgk_deadline(
							timeout->QuadPart)
					      : 0);
		else
			waiter->result =
				is_poll ? STATUS_TIMEOUT : STATUS_UNSUCCESSFUL;
	}
	iolas__dxgk_dispatcher_unlock();
	/* The objects may be gone by now. */
	mutexes_held += waiter->mutexes;
	return waiter->result;
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
				     KPROCESSOR_MODE WaitMode,
				     BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
	DXGK_CALL("KeWaitForSingleObject");
	DISPATCHER_HEADER *object = Object;
	struct waiter waiter = { .objects = &object, .count = 1 };

	(void)WaitReason;
	(void)WaitMode;
	(void)Alertable;
	return wait_for(&call, &waiter, Timeout);
}

static bool has_twice(PVOID objects[], ULONG count)
{
	for (ULONG i = 0; i < count; i++)
		for (ULONG k = i + 1; k < count; k++)
			if (objects[i] == objects[k])
				return true;
	return false;
}

NTSTATUS NTAPI KeWaitForMultipleObjects(
	ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
	KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
	PLARGE_INTEGER Timeout, PKWAIT_BLOCK WaitBlockArray)
{
	DXGK_CALL("KeWaitForMultipleObjects");
	struct waiter waiter = { .objects = (DISPATCHER_HEADER **)Object,
				 .count = Count,
				 .is_all = WaitType == WaitAll };

	(void)WaitReason;
	(void)WaitMode;
	(void)Alertable;
	if (!Count || Count > WAIT_LIMIT || !Object ||
	    (WaitType != WaitAll && WaitType != WaitAny)) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_WAIT_COUNT,
					  "%u objects at %p", Count,
					  (void *)Object);
		return STATUS_INVALID_PARAMETER;
	}
	if (Count > WAIT_BLOCKS && !WaitBlockArray)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_WAIT_COUNT,
					  "%u objects without a WaitBlockArray",
					  Count);
	if (waiter.is_all && has_twice(Object, Count)) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "one object stands there twice");
		return STATUS_INVALID_PARAMETER_MIX;
	}
	return wait_for(&call, &waiter, Timeout);
}
