/* SPDX-License-Identifier: MIT */
/*
 * Events, mutexes, semaphores and waits.  Lower bounds of time only: a busy
 * machine may always be slower.
 * Floor: dxgk.  Tools: TSan-clean.
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk_rig.h"

#include <pthread.h>

#define MS (-10 * 1000ll) /* relative, in units of 100 ns */

static LARGE_INTEGER units(LONGLONG value)
{
	return (LARGE_INTEGER){ .QuadPart = value };
}

static NTSTATUS wait_one(PVOID object)
{
	return KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
				     NULL);
}

static NTSTATUS wait_until(PVOID object, LONGLONG value)
{
	LARGE_INTEGER timeout = units(value);

	return KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
				     &timeout);
}

static NTSTATUS poll(PVOID object)
{
	return wait_until(object, 0);
}

/* Two threads count in turns; plain variables, so that TSan judges events. */
struct turns {
	KEVENT ping;
	KEVENT pong;
	int count;
	int last;
};

static void *answer(void *argument)
{
	struct turns *turns = argument;

	for (int i = 0; i < 500; i++) {
		CHECK_ANY_THREAD(wait_one(&turns->ping) == STATUS_SUCCESS);
		CHECK_ANY_THREAD(turns->last == 1);
		turns->last = 2;
		turns->count++;
		KeSetEvent(&turns->pong, IO_NO_INCREMENT, FALSE);
	}
	return NULL;
}

static void two_threads_hand_over_through_events(void **state)
{
	struct turns turns = { .count = 0 };
	pthread_t thread;

	(void)state;
	KeInitializeEvent(&turns.ping, SynchronizationEvent, FALSE);
	KeInitializeEvent(&turns.pong, SynchronizationEvent, FALSE);
	CHECK(!pthread_create(&thread, NULL, answer, &turns));
	for (int i = 0; i < 500; i++) {
		turns.last = 1;
		turns.count++;
		KeSetEvent(&turns.ping, IO_NO_INCREMENT, FALSE);
		CHECK_EQ(wait_one(&turns.pong), STATUS_SUCCESS);
		CHECK_EQ(turns.last, 2);
	}
	pthread_join(thread, NULL);
	CHECK_EQ(turns.count, 1000);
}

static void events_keep_or_lose_their_state_by_their_type(void **state)
{
	KEVENT notify, sync;

	(void)state;
	KeInitializeEvent(&notify, NotificationEvent, FALSE);
	KeInitializeEvent(&sync, SynchronizationEvent, TRUE);
	CHECK_EQ(poll(&notify), STATUS_TIMEOUT);
	CHECK_EQ(KeSetEvent(&notify, 0, FALSE), 0);
	CHECK_EQ(KeSetEvent(&notify, 0, FALSE), 1);
	CHECK_EQ(poll(&notify), STATUS_SUCCESS);
	CHECK_EQ(poll(&notify), STATUS_SUCCESS);
	CHECK_EQ(KeReadStateEvent(&notify), 1);
	CHECK_EQ(KeResetEvent(&notify), 1);
	CHECK_EQ(KeResetEvent(&notify), 0);
	CHECK_EQ(poll(&notify), STATUS_TIMEOUT);
	CHECK_EQ(poll(&sync), STATUS_SUCCESS);
	CHECK_EQ(poll(&sync), STATUS_TIMEOUT);
	KeSetEvent(&sync, 0, FALSE);
	KeClearEvent(&sync);
	CHECK_EQ(KeReadStateEvent(&sync), 0);
}

static void a_wait_ends_no_sooner_than_its_timeout(void **state)
{
	LARGE_INTEGER now;
	ULONGLONG before;
	KEVENT event;

	(void)state;
	KeInitializeEvent(&event, NotificationEvent, FALSE);
	before = KeQueryInterruptTime();
	CHECK_EQ(wait_until(&event, 20 * MS), STATUS_TIMEOUT);
	CHECK(KeQueryInterruptTime() - before >= 200000);
	/* A time of day; the clock behind it may be set meanwhile. */
	KeQuerySystemTime(&now);
	before = KeQueryInterruptTime();
	CHECK_EQ(wait_until(&event, now.QuadPart + 200000), STATUS_TIMEOUT);
	CHECK(KeQueryInterruptTime() - before >= 100000);
	/* One that is past. */
	CHECK_EQ(wait_until(&event, 1), STATUS_TIMEOUT);
}

struct crowd {
	KEVENT event;
	KSEMAPHORE ready;
	int woken;
};

static void *stand_in_line(void *argument)
{
	struct crowd *crowd = argument;

	KeReleaseSemaphore(&crowd->ready, 0, 1, FALSE);
	CHECK_ANY_THREAD(wait_one(&crowd->event) == STATUS_SUCCESS);
	__atomic_fetch_add(&crowd->woken, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Each set lets one thread through a synchronization event. */
static void a_synchronization_event_lets_one_through(void **state)
{
	struct crowd crowd = { .woken = 0 };
	LARGE_INTEGER tick = units(MS);
	pthread_t threads[4];

	(void)state;
	KeInitializeEvent(&crowd.event, SynchronizationEvent, FALSE);
	KeInitializeSemaphore(&crowd.ready, 0, 4);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, stand_in_line,
				      &crowd));
	for (int i = 0; i < 4; i++)
		wait_one(&crowd.ready);
	for (int i = 1; i <= 4; i++) {
		KeSetEvent(&crowd.event, 0, FALSE);
		while (__atomic_load_n(&crowd.woken, __ATOMIC_RELAXED) < i)
			KeDelayExecutionThread(KernelMode, FALSE, &tick);
		CHECK_EQ(__atomic_load_n(&crowd.woken, __ATOMIC_RELAXED), i);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* Who stands in line when an event is set is through, cleared or not. */
static void a_pulse_wakes_all_who_wait(void **state)
{
	struct crowd crowd = { .woken = 0 };
	LARGE_INTEGER tick = units(20 * MS);
	pthread_t threads[4];

	(void)state;
	KeInitializeEvent(&crowd.event, NotificationEvent, FALSE);
	KeInitializeSemaphore(&crowd.ready, 0, 4);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, stand_in_line,
				      &crowd));
	for (int i = 0; i < 4; i++)
		wait_one(&crowd.ready);
	/* Late ones meet the next pulse. */
	while (__atomic_load_n(&crowd.woken, __ATOMIC_RELAXED) < 4) {
		KeDelayExecutionThread(KernelMode, FALSE, &tick);
		KeSetEvent(&crowd.event, 0, FALSE);
		KeResetEvent(&crowd.event);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void
wait_any_takes_the_first_and_wait_all_takes_none_or_all(void **state)
{
	LARGE_INTEGER zero = units(0);
	KEVENT one, two;
	PVOID objects[3];
	KSEMAPHORE three;

	(void)state;
	KeInitializeEvent(&one, SynchronizationEvent, FALSE);
	KeInitializeEvent(&two, SynchronizationEvent, TRUE);
	KeInitializeSemaphore(&three, 2, 5);
	objects[0] = &one;
	objects[1] = &two;
	objects[2] = &three;
	CHECK_EQ(KeWaitForMultipleObjects(3, objects, WaitAll, Executive,
					  KernelMode, FALSE, &zero, NULL),
		 STATUS_TIMEOUT);
	CHECK_EQ(KeReadStateEvent(&two), 1);
	CHECK_EQ(KeWaitForMultipleObjects(3, objects, WaitAny, Executive,
					  KernelMode, FALSE, &zero, NULL),
		 STATUS_WAIT_0 + 1);
	CHECK_EQ(KeReadStateEvent(&two), 0);
	CHECK_EQ(KeWaitForMultipleObjects(3, objects, WaitAny, Executive,
					  KernelMode, FALSE, NULL, NULL),
		 STATUS_WAIT_0 + 2);
	KeSetEvent(&one, 0, FALSE);
	KeSetEvent(&two, 0, FALSE);
	CHECK_EQ(KeWaitForMultipleObjects(3, objects, WaitAll, Executive,
					  KernelMode, FALSE, NULL, NULL),
		 STATUS_WAIT_0);
	CHECK_EQ(KeReadStateEvent(&one), 0);
	CHECK_EQ(KeReadStateEvent(&two), 0);
	CHECK_EQ(poll(&three), STATUS_TIMEOUT);
}

static void *set_both(void *argument)
{
	PVOID *objects = argument;
	LARGE_INTEGER tick = units(5 * MS);

	KeSetEvent(objects[1], 0, FALSE);
	KeDelayExecutionThread(KernelMode, FALSE, &tick);
	KeSetEvent(objects[0], 0, FALSE);
	return NULL;
}

static void a_waiting_thread_waits_for_all_of_them(void **state)
{
	KEVENT events[2];
	PVOID objects[2] = { &events[0], &events[1] };
	pthread_t thread;

	(void)state;
	for (int turn = 0; turn < 5; turn++) {
		KeInitializeEvent(&events[0], SynchronizationEvent, FALSE);
		KeInitializeEvent(&events[1], SynchronizationEvent, FALSE);
		CHECK(!pthread_create(&thread, NULL, set_both, objects));
		CHECK_EQ(KeWaitForMultipleObjects(2, objects, WaitAll,
						  Executive, KernelMode, FALSE,
						  NULL, NULL),
			 STATUS_SUCCESS);
		CHECK_EQ(KeReadStateEvent(&events[0]), 0);
		CHECK_EQ(KeReadStateEvent(&events[1]), 0);
		pthread_join(thread, NULL);
	}
}

static void wait_counts_are_limited(void **state)
{
	LARGE_INTEGER zero = units(0);
	KWAIT_BLOCK *blocks = (KWAIT_BLOCK *)(void *)&zero; /* not looked at */
	PVOID objects[65];
	KEVENT events[65];
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (int i = 0; i < 65; i++) {
		KeInitializeEvent(&events[i], NotificationEvent, i == 63);
		objects[i] = &events[i];
	}
	CHECK_EQ(KeWaitForMultipleObjects(64, objects, WaitAny, Executive,
					  KernelMode, FALSE, &zero, blocks),
		 STATUS_WAIT_0 + 63);
	rig_expect_none(&rig);
	CHECK_EQ(KeWaitForMultipleObjects(65, objects, WaitAny, Executive,
					  KernelMode, FALSE, &zero, blocks),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_WAIT_COUNT);
	CHECK_EQ(KeWaitForMultipleObjects(0, objects, WaitAny, Executive,
					  KernelMode, FALSE, &zero, blocks),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_WAIT_COUNT);
	CHECK_EQ(KeWaitForMultipleObjects(4, objects, WaitAny, Executive,
					  KernelMode, FALSE, &zero, NULL),
		 STATUS_TIMEOUT);
	rig_expect(&rig, IOLAS_DXGK_RULE_WAIT_COUNT);
	objects[1] = objects[0];
	CHECK_EQ(KeWaitForMultipleObjects(2, objects, WaitAll, Executive,
					  KernelMode, FALSE, &zero, NULL),
		 STATUS_INVALID_PARAMETER_MIX);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

struct counter {
	KMUTEX mutex;
	int value;
};

static void *count_up(void *argument)
{
	struct counter *counter = argument;

	for (int i = 0; i < 1000; i++) {
		CHECK_ANY_THREAD(wait_one(&counter->mutex) == STATUS_SUCCESS);
		CHECK_ANY_THREAD(poll(&counter->mutex) == STATUS_SUCCESS);
		counter->value++;
		KeReleaseMutex(&counter->mutex, FALSE);
		KeReleaseMutex(&counter->mutex, FALSE);
	}
	return NULL;
}

static void a_mutex_excludes_others_and_lets_its_owner_in_again(void **state)
{
	struct counter counter = { .value = 0 };
	pthread_t threads[3];

	(void)state;
	KeInitializeMutex(&counter.mutex, 0);
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, count_up, &counter));
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(counter.value, 3000);
	/* 1 is free; each acquisition of the owner counts down. */
	CHECK_EQ(poll(&counter.mutex), STATUS_SUCCESS);
	CHECK_EQ(poll(&counter.mutex), STATUS_SUCCESS);
	CHECK_EQ(KeReleaseMutex(&counter.mutex, FALSE), -1);
	CHECK_EQ(KeReleaseMutex(&counter.mutex, FALSE), 0);
}

static void *take_it(void *argument)
{
	CHECK_ANY_THREAD(poll(argument) == STATUS_SUCCESS);
	return NULL;
}

static void a_mutex_is_released_by_its_owner_only(void **state)
{
	pthread_t thread;
	struct rig rig;
	KMUTEX mutex;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeMutex(&mutex, 0);
	KeReleaseMutex(&mutex, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_MUTEX_OWNER);
	CHECK(!pthread_create(&thread, NULL, take_it, &mutex));
	pthread_join(thread, NULL);
	CHECK_EQ(KeReleaseMutex(&mutex, FALSE), 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_MUTEX_OWNER);
	CHECK_EQ(poll(&mutex), STATUS_TIMEOUT);
	rig_down(&rig);
}

static void a_semaphore_counts_to_its_limit(void **state)
{
	KSEMAPHORE semaphore;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeSemaphore(&semaphore, 1, 3);
	CHECK_EQ(KeReleaseSemaphore(&semaphore, 0, 2, FALSE), 1);
	CHECK_EQ(KeReleaseSemaphore(&semaphore, 0, 1, FALSE), 3);
	rig_expect(&rig, IOLAS_DXGK_RULE_SEMAPHORE_LIMIT);
	CHECK_EQ(KeReleaseSemaphore(&semaphore, 0, 0, FALSE), 3);
	rig_expect(&rig, IOLAS_DXGK_RULE_SEMAPHORE_LIMIT);
	CHECK_EQ(KeReleaseSemaphore(&semaphore, 0, INT32_MAX, FALSE), 3);
	rig_expect(&rig, IOLAS_DXGK_RULE_SEMAPHORE_LIMIT);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(poll(&semaphore), STATUS_SUCCESS);
	CHECK_EQ(poll(&semaphore), STATUS_TIMEOUT);
	KeInitializeSemaphore(&semaphore, 4, 3);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

static void waiting_above_apc_level_is_told_and_does_not_hang(void **state)
{
	struct rig rig;
	KEVENT event;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeEvent(&event, NotificationEvent, FALSE);
	KeRaiseIrql(APC_LEVEL, &irql);
	CHECK_EQ(wait_until(&event, MS), STATUS_TIMEOUT);
	rig_expect_none(&rig);
	KeRaiseIrql(DISPATCH_LEVEL, &(KIRQL){ 0 });
	CHECK_EQ(poll(&event), STATUS_TIMEOUT);
	rig_expect_none(&rig);
	CHECK_EQ(wait_one(&event), STATUS_UNSUCCESSFUL);
	rig_expect(&rig, IOLAS_DXGK_RULE_WAIT_IRQL);
	CHECK_EQ(wait_until(&event, MS), STATUS_UNSUCCESSFUL);
	rig_expect(&rig, IOLAS_DXGK_RULE_WAIT_IRQL);
	KeSetEvent(&event, 0, FALSE);
	CHECK_EQ(wait_one(&event), STATUS_SUCCESS);
	rig_expect(&rig, IOLAS_DXGK_RULE_WAIT_IRQL);
	KeRaiseIrql(HIGH_LEVEL, &(KIRQL){ 0 });
	CHECK_EQ(poll(&event), STATUS_SUCCESS);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	KeLowerIrql(irql);
	rig_down(&rig);
}

static void what_is_no_object_is_told(void **state)
{
	KSEMAPHORE semaphore;
	KEVENT zeroed;
	struct rig rig;
	KTIMER timer;
	KMUTEX mutex;

	(void)state;
	rig_machine(&rig, NULL);
	memset(&zeroed, 0, sizeof(zeroed));
	memset(&mutex, IOLAS_DXGK_POISON, sizeof(mutex));
	memset(&timer, 0, sizeof(timer));
	KeInitializeSemaphore(&semaphore, 1, 1);
	KeSetEvent(&zeroed, 0, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeSetEvent((PKEVENT)(void *)&semaphore, 0, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeSetEvent(NULL, 0, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeReadStateEvent(NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeReleaseMutex(&mutex, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeReleaseSemaphore(NULL, 0, 1, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	CHECK_EQ(wait_one(NULL), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	CHECK_EQ(wait_one(&zeroed), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeInitializeEvent(NULL, NotificationEvent, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	KeInitializeMutex(NULL, 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	KeSetTimer(&timer, units(0), NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	KeCancelTimer(NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_OBJECT);
	rig_down(&rig);
}

struct guarded {
	FAST_MUTEX mutex;
	int value;
};

static void *add_guarded(void *argument)
{
	struct guarded *guarded = argument;

	for (int i = 0; i < 1000; i++) {
		ExAcquireFastMutex(&guarded->mutex);
		CHECK_ANY_THREAD(KeGetCurrentIrql() == APC_LEVEL);
		guarded->value++;
		ExReleaseFastMutex(&guarded->mutex);
	}
	CHECK_ANY_THREAD(KeGetCurrentIrql() == PASSIVE_LEVEL);
	return NULL;
}

static void a_fast_mutex_excludes_at_apc_level(void **state)
{
	struct guarded guarded = { .value = 0 };
	pthread_t threads[3];

	(void)state;
	ExInitializeFastMutex(&guarded.mutex);
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, add_guarded,
				      &guarded));
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(guarded.value, 3000);
}

RUN_CASES(CASE(two_threads_hand_over_through_events),
	  CASE(events_keep_or_lose_their_state_by_their_type),
	  CASE(a_wait_ends_no_sooner_than_its_timeout),
	  CASE(a_synchronization_event_lets_one_through),
	  CASE(a_pulse_wakes_all_who_wait),
	  CASE(wait_any_takes_the_first_and_wait_all_takes_none_or_all),
	  CASE(a_waiting_thread_waits_for_all_of_them),
	  CASE(wait_counts_are_limited),
	  CASE(a_mutex_excludes_others_and_lets_its_owner_in_again),
	  CASE(a_mutex_is_released_by_its_owner_only),
	  CASE(a_semaphore_counts_to_its_limit),
	  CASE(waiting_above_apc_level_is_told_and_does_not_hang),
	  CASE(what_is_no_object_is_told),
	  CASE(a_fast_mutex_excludes_at_apc_level))
