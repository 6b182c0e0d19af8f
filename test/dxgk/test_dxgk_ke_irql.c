/* SPDX-License-Identifier: MIT */
/*
 * IRQL, spin locks, interlocked lists, time, and the end of the machine.
 * Floor: dxgk.  Tools: TSan-clean.
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk_rig.h"

#include <pthread.h>

static void irql_goes_up_and_comes_back(void **state)
{
	struct rig rig;
	KIRQL one = 9, two = 9;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
	KeRaiseIrql(APC_LEVEL, &one);
	KeRaiseIrql(DISPATCH_LEVEL, &two);
	CHECK(one == PASSIVE_LEVEL && two == APC_LEVEL);
	CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
	CHECK_EQ(iolas_dxgk_irql(), DISPATCH_LEVEL);
	KeRaiseIrql(APC_LEVEL, &one);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL_ORDER);
	CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
	KeLowerIrql(two);
	KeLowerIrql(DISPATCH_LEVEL);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL_ORDER);
	CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
	KeLowerIrql(PASSIVE_LEVEL);
	KeRaiseIrql(PASSIVE_LEVEL, NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

struct shared {
	KSPIN_LOCK lock;
	LIST_ENTRY list;
	int value;
};

static void *add(void *argument)
{
	struct shared *shared = argument;

	for (int i = 0; i < 2000; i++) {
		KIRQL irql;

		KeAcquireSpinLock(&shared->lock, &irql);
		CHECK_ANY_THREAD(irql == PASSIVE_LEVEL);
		CHECK_ANY_THREAD(KeGetCurrentIrql() == DISPATCH_LEVEL);
		shared->value++;
		KeReleaseSpinLock(&shared->lock, irql);
		CHECK_ANY_THREAD(KeGetCurrentIrql() == PASSIVE_LEVEL);
	}
	return NULL;
}

static void a_spin_lock_excludes_at_dispatch_level(void **state)
{
	struct shared shared = { .value = 0 };
	pthread_t threads[4];

	(void)state;
	KeInitializeSpinLock(&shared.lock);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, add, &shared));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(shared.value, 8000);
	CHECK_EQ(shared.lock, 0);
}

static void taking_a_spin_lock_again_is_told_and_does_not_hang(void **state)
{
	KSPIN_LOCK lock;
	struct rig rig;
	KIRQL one, two;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeSpinLock(&lock);
	KeAcquireSpinLock(&lock, &one);
	KeAcquireSpinLock(&lock, &two);
	CHECK_EQ(two, DISPATCH_LEVEL);
	rig_expect(&rig, IOLAS_DXGK_RULE_SPIN_LOCK);
	KeReleaseSpinLock(&lock, two);
	KeReleaseSpinLock(&lock, one);
	rig_expect(&rig, IOLAS_DXGK_RULE_SPIN_LOCK);
	CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
	rig_down(&rig);
}

static void a_spin_lock_never_initialised_is_told(void **state)
{
	KSPIN_LOCK lock;
	struct rig rig;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	memset(&lock, IOLAS_DXGK_POISON, sizeof(lock));
	KeAcquireSpinLock(&lock, &irql);
	rig_expect(&rig, IOLAS_DXGK_RULE_SPIN_LOCK);
	KeReleaseSpinLock(&lock, irql);
	KeAcquireSpinLock(NULL, &irql);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(irql, PASSIVE_LEVEL);
	KeReleaseSpinLock(NULL, irql);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

static void *take(void *argument)
{
	KIRQL irql;

	KeAcquireSpinLock((PKSPIN_LOCK)argument, &irql);
	return NULL;
}

static void a_spin_lock_of_another_thread_is_not_ours_to_release(void **state)
{
	pthread_t thread;
	KSPIN_LOCK lock;
	struct rig rig;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeSpinLock(&lock);
	CHECK(!pthread_create(&thread, NULL, take, &lock));
	pthread_join(thread, NULL);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	KeReleaseSpinLock(&lock, irql);
	CHECK(strstr(rig_last(&rig).text, "another thread"));
	rig_expect(&rig, IOLAS_DXGK_RULE_SPIN_LOCK);
	rig_down(&rig);
}

static void the_dpc_level_forms_leave_irql_alone(void **state)
{
	KSPIN_LOCK lock;
	struct rig rig;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeSpinLock(&lock);
	KeAcquireSpinLockAtDpcLevel(&lock);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL_ORDER);
	KeReleaseSpinLockFromDpcLevel(&lock);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	KeAcquireSpinLockAtDpcLevel(&lock);
	CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
	KeLowerIrql(irql);
	rig_expect(&rig, IOLAS_DXGK_RULE_SPIN_LOCK);
	KeReleaseSpinLockFromDpcLevel(&lock);
	CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
	rig_down(&rig);
}

struct item {
	LIST_ENTRY link;
	int number;
};

static void *move(void *argument)
{
	struct shared *shared = argument;

	for (int i = 0; i < 1000; i++) {
		PLIST_ENTRY entry = ExInterlockedRemoveHeadList(&shared->list,
								&shared->lock);

		if (!entry)
			continue;
		CONTAINING_RECORD(entry, struct item, link)->number++;
		if (i & 1)
			ExInterlockedInsertTailList(&shared->list, entry,
						    &shared->lock);
		else
			ExInterlockedInsertHeadList(&shared->list, entry,
						    &shared->lock);
	}
	return NULL;
}

static void interlocked_lists_lose_nothing(void **state)
{
	struct shared shared = { .value = 0 };
	struct item items[3] = { { .number = 0 } };
	pthread_t threads[3];
	int total = 0;

	(void)state;
	KeInitializeSpinLock(&shared.lock);
	InitializeListHead(&shared.list);
	CHECK(!ExInterlockedInsertTailList(&shared.list, &items[0].link,
					   &shared.lock));
	CHECK(ExInterlockedInsertTailList(&shared.list, &items[1].link,
					  &shared.lock) == &items[0].link);
	CHECK(ExInterlockedInsertHeadList(&shared.list, &items[2].link,
					  &shared.lock) == &items[0].link);
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, move, &shared));
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 3; i++) {
		PLIST_ENTRY entry =
			ExInterlockedRemoveHeadList(&shared.list, &shared.lock);

		CHECK(entry);
		total += CONTAINING_RECORD(entry, struct item, link)->number;
	}
	CHECK(IsListEmpty(&shared.list));
	CHECK(total > 0 && total <= 3000);
}

static void insert_twice(void *argument)
{
	struct shared *shared = argument;
	struct item item;

	InsertTailList(&shared->list, &item.link);
	RemoveEntryList(&item.link);
	shared->value = 1;
	RemoveEntryList(&item.link);
	shared->value = 2;
}

static void a_corrupted_list_stops_the_machine(void **state)
{
	struct iolas_dxgk_bugcheck bugcheck = { .struct_size =
							sizeof(bugcheck) };
	struct item other[2];
	struct shared shared = { .value = 0 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	InitializeListHead(&shared.list);
	/* A second removal after another insertion would lose that one. */
	InsertTailList(&shared.list, &other[0].link);
	CHECK_EQ(iolas_dxgk_guard_run(insert_twice, &shared, &bugcheck),
		 IOLAS_EFAULT);
	CHECK_EQ(shared.value, 1);
	CHECK_EQ(bugcheck.code, 0x139);
	CHECK_EQ(bugcheck.parameter[0], FAST_FAIL_CORRUPT_LIST_ENTRY);
	CHECK_EQ(rig_last(&rig).bugcheck, 0x139);
	CHECK_EQ(rig_last(&rig).subcode, 3);
	rig_expect(&rig, IOLAS_DXGK_RULE_LIST_CORRUPT);
	rig_down(&rig);
}

static void stop(void *argument)
{
	KIRQL irql;

	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	KeBugCheckEx(0xdead, (ULONG_PTR)argument, 2, 3, 4);
}

static void return_quietly(void *argument)
{
	*(int *)argument = 1;
}

static void stop_inside(void *argument)
{
	struct iolas_dxgk_bugcheck bugcheck = { .struct_size =
							sizeof(bugcheck) };

	CHECK_EQ(iolas_dxgk_guard_run(stop, argument, &bugcheck), IOLAS_EFAULT);
	CHECK_EQ(bugcheck.parameter[0], (uintptr_t)argument);
	KeBugCheck(7);
}

static void a_bug_check_comes_back_to_the_guard(void **state)
{
	struct iolas_dxgk_bugcheck bugcheck = { .struct_size =
							sizeof(bugcheck) };
	struct rig rig;
	int ran = 0;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_guard_run(stop, &rig, &bugcheck), IOLAS_EFAULT);
	CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
	CHECK_EQ(bugcheck.code, 0xdead);
	CHECK_EQ(bugcheck.parameter[3], 4);
	CHECK_EQ(rig_last(&rig).bugcheck, 0xdead);
	rig_expect(&rig, IOLAS_DXGK_RULE_BUG_CHECK);
	CHECK_EQ(iolas_dxgk_guard_run(return_quietly, &ran, &bugcheck),
		 IOLAS_OK);
	CHECK(ran == 1 && bugcheck.code == 0xdead);
	/* Guards nest. */
	CHECK_EQ(iolas_dxgk_guard_run(stop_inside, &ran, &bugcheck),
		 IOLAS_EFAULT);
	CHECK_EQ(bugcheck.code, 7);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 2);
	iolas_dxgk_violations_clear(rig.machine);
	CHECK_EQ(iolas_dxgk_guard_run(NULL, NULL, NULL), IOLAS_EINVAL);
	bugcheck.struct_size = 1;
	CHECK_EQ(iolas_dxgk_guard_run(stop, NULL, &bugcheck), IOLAS_EINVAL);
	rig_down(&rig);
}

static void stop_with_a_lock(void *argument)
{
	KIRQL irql;

	KeAcquireSpinLock((PKSPIN_LOCK)argument, &irql);
	KeBugCheck(1);
}

static void a_lock_held_at_the_end_is_not_held_against_the_thread(void **state)
{
	KSPIN_LOCK lock;
	struct rig rig;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	KeInitializeSpinLock(&lock);
	CHECK_EQ(iolas_dxgk_guard_run(stop_with_a_lock, &lock, NULL),
		 IOLAS_EFAULT);
	rig_expect(&rig, IOLAS_DXGK_RULE_BUG_CHECK);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	KeLowerIrql(irql);
	rig_down(&rig);
}

static void time_runs_forward_and_in_step(void **state)
{
	LARGE_INTEGER delay = { .QuadPart = -200000 };
	LARGE_INTEGER frequency, before, after, tick_before, tick_after;
	ULONGLONG start = KeQueryInterruptTime();

	(void)state;
	KeQueryTickCount(&tick_before);
	before = KeQueryPerformanceCounter(&frequency);
	CHECK_EQ(KeDelayExecutionThread(KernelMode, FALSE, &delay),
		 STATUS_SUCCESS);
	after = KeQueryPerformanceCounter(NULL);
	KeQueryTickCount(&tick_after);
	CHECK(KeQueryInterruptTime() - start >= 200000);
	CHECK((uint64_t)(after.QuadPart - before.QuadPart) * 50 >=
	      (uint64_t)frequency.QuadPart);
	/* 20 ms hold at least one whole tick of 15.6 ms. */
	CHECK(tick_after.QuadPart > tick_before.QuadPart);
	CHECK_EQ(KeQueryTimeIncrement(), 156250);
	start = KeQueryInterruptTime();
	KeStallExecutionProcessor(300);
	CHECK(KeQueryInterruptTime() - start >= 3000);
	delay.QuadPart = 0;
	CHECK_EQ(KeDelayExecutionThread(KernelMode, FALSE, &delay),
		 STATUS_SUCCESS);
}

static void a_delay_is_for_low_irqls(void **state)
{
	LARGE_INTEGER delay = { .QuadPart = -1 };
	struct rig rig;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	CHECK_EQ(KeDelayExecutionThread(KernelMode, FALSE, &delay),
		 STATUS_UNSUCCESSFUL);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	KeLowerIrql(irql);
	CHECK_EQ(KeDelayExecutionThread(KernelMode, FALSE, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

struct port {
	uint64_t number;
	uint32_t width;
	uint32_t value;
};

static uint32_t read_port(void *user, uint64_t number, uint32_t width)
{
	struct port *port = user;

	port->number = number;
	port->width = width;
	return 0x12345678;
}

static void write_port(void *user, uint64_t number, uint32_t width,
		       uint32_t value)
{
	struct port *port = user;

	port->number = number;
	port->width = width;
	port->value = value;
}

static void ports_reach_their_hook(void **state)
{
	struct port port = { .number = 0 };
	struct iolas_dxgk_ports ports = { .struct_size = sizeof(ports),
					  .user = &port,
					  .read = read_port,
					  .write = write_port };
	const uintptr_t number = 0x3c4;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(READ_PORT_UCHAR((PUCHAR)number), 0xff);
	rig_expect(&rig, IOLAS_DXGK_RULE_PORT);
	WRITE_PORT_ULONG((PULONG)number, 1);
	rig_expect(&rig, IOLAS_DXGK_RULE_PORT);
	CHECK_EQ(iolas_dxgk_ports_set(rig.machine, &ports), IOLAS_OK);
	CHECK_EQ(READ_PORT_UCHAR((PUCHAR)number), 0x78);
	CHECK(port.number == 0x3c4 && port.width == 1);
	CHECK_EQ(READ_PORT_USHORT((PUSHORT)number), 0x5678);
	CHECK_EQ(port.width, 2);
	CHECK_EQ(READ_PORT_ULONG((PULONG)number), 0x12345678);
	CHECK_EQ(port.width, 4);
	WRITE_PORT_UCHAR((PUCHAR)(number + 1), 0xab);
	CHECK(port.value == 0xab && port.width == 1 && port.number == 0x3c5);
	WRITE_PORT_USHORT((PUSHORT)number, 0xabcd);
	CHECK(port.value == 0xabcd && port.width == 2);
	WRITE_PORT_ULONG((PULONG)number, 0xabcdef01);
	CHECK(port.value == 0xabcdef01 && port.width == 4);
	ports.width = 1;
	CHECK_EQ(iolas_dxgk_ports_set(rig.machine, &ports), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_ports_set(NULL, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_ports_set(rig.machine, NULL), IOLAS_OK);
	CHECK_EQ(READ_PORT_ULONG((PULONG)number), UINT32_MAX);
	rig_expect(&rig, IOLAS_DXGK_RULE_PORT);
	rig_down(&rig);
}

RUN_CASES(CASE(irql_goes_up_and_comes_back),
	  CASE(a_spin_lock_excludes_at_dispatch_level),
	  CASE(taking_a_spin_lock_again_is_told_and_does_not_hang),
	  CASE(a_spin_lock_never_initialised_is_told),
	  CASE(a_spin_lock_of_another_thread_is_not_ours_to_release),
	  CASE(the_dpc_level_forms_leave_irql_alone),
	  CASE(interlocked_lists_lose_nothing),
	  CASE(a_corrupted_list_stops_the_machine),
	  CASE(a_bug_check_comes_back_to_the_guard),
	  CASE(a_lock_held_at_the_end_is_not_held_against_the_thread),
	  CASE(time_runs_forward_and_in_step), CASE(a_delay_is_for_low_irqls),
	  CASE(ports_reach_their_hook))
