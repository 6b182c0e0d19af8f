/* SPDX-License-Identifier: MIT */
/*
 * The simulated IRQL as drivers raise and lower it, and spin locks, which are
 * words in the driver's storage (spec/dxgk-miniport.md, section 5).
 *
 * A spin lock's word, 0 when it is free:
 *
 *	63        40 39                  0
 *	+-----------+---------------------+
 *	| mark      | number of the owner |
 *	+-----------+---------------------+
 *
 * A word without the mark was never initialised.
 */
#include "dxgk/dxgk_kernel.h"

#include <sched.h>

#define LOCK_MARK	(UINT64_C(0x5cafe1) << 40)
#define LOCK_OWNER_MASK ((UINT64_C(1) << 40) - 1)
#define SPIN_TURNS	64

_Static_assert(sizeof(KSPIN_LOCK) == sizeof(uint64_t), "64-bit hosts");

static _Thread_local int spin_locks_held;

int iolas__dxgk_spin_locks_held(void)
{
	return spin_locks_held;
}

void iolas__dxgk_spin_locks_count(int change)
{
	spin_locks_held += change;
}

KIRQL NTAPI KeGetCurrentIrql(VOID)
{
	return iolas__dxgk_irql(iolas__dxgk_kernel_machine());
}

VOID NTAPI KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
	DXGK_CALL("KeRaiseIrql");
	uint8_t before = iolas_dxgk_irql();

	if (OldIrql)
		*OldIrql = before;
	else
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "OldIrql is NULL");
	if (NewIrql < before || NewIrql > HIGH_LEVEL)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_IRQL_ORDER,
					  "raised from %u to %u", before,
					  NewIrql);
	else
		iolas_dxgk_set_irql(NewIrql);
}

VOID NTAPI KeLowerIrql(KIRQL NewIrql)
{
	DXGK_CALL("KeLowerIrql");
	uint8_t before = iolas_dxgk_irql();

	if (NewIrql > before)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_IRQL_ORDER,
					  "lowered from %u to %u", before,
					  NewIrql);
	else if (NewIrql < DISPATCH_LEVEL && spin_locks_held)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_SPIN_LOCK,
					  "lowered to %u with a spin lock held",
					  NewIrql);
	if (NewIrql <= before)
		iolas_dxgk_set_irql(NewIrql);
}

static uint64_t own_word(void)
{
	return LOCK_MARK | (iolas__dxgk_thread_number() & LOCK_OWNER_MASK);
}

static bool is_marked(uint64_t word)
{
	return (word & ~LOCK_OWNER_MASK) == LOCK_MARK;
}

/*
 * What the word held before it became ours; 0 is the usual case.  Waits while
 * another thread's mark is in it.
 */
static uint64_t take_word(PKSPIN_LOCK lock)
{
	const uint64_t mine = own_word();

	for (unsigned turn = 0;; turn++) {
		uint64_t seen = __atomic_load_n(lock, __ATOMIC_RELAXED);

		if (seen == mine)
			return seen;
		/*
		 * Acquire: what the last owner wrote is visible from here on.
		 * Pairs with the release in put_word().  Relaxed load above: a
		 * guess, checked by the exchange.
		 */
		if (!is_marked(seen) &&
		    __atomic_compare_exchange_n(lock, &seen, mine, false,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return seen;
		if (turn < SPIN_TURNS)
			YieldProcessor();
		else
			sched_yield();
	}
}

static void acquire(const struct iolas__dxgk_call *call, PKSPIN_LOCK lock)
{
	uint64_t before = take_word(lock);

	if (before && before == own_word()) {
		iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_SPIN_LOCK,
					  "this thread holds %p already",
					  (void *)lock);
		return;
	}
	spin_locks_held++;
	if (before)
		iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_SPIN_LOCK,
					  "%p was never initialised: it holds "
					  "0x%llx",
					  (void *)lock,
					  (unsigned long long)before);
}

static void release(const struct iolas__dxgk_call *call, PKSPIN_LOCK lock)
{
	/* Release: what we wrote is visible to the next owner's acquire. */
	uint64_t before = __atomic_exchange_n(lock, 0, __ATOMIC_RELEASE);

	if (before == own_word())
		spin_locks_held--;
	else
		iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_SPIN_LOCK,
					  "%p is held by %s", (void *)lock,
					  before ? "another thread" : "nobody");
}

static bool no_lock(const struct iolas__dxgk_call *call, PKSPIN_LOCK lock)
{
	if (lock && (uintptr_t)lock % sizeof(*lock) == 0)
		return false;
	iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
				  "%p is no spin lock", (void *)lock);
	return true;
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
	DXGK_CALL("KeAcquireSpinLock");
	uint8_t before = iolas_dxgk_irql();

	if (no_lock(&call, SpinLock))
		return before;
	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_DISPATCH);
	if (before < DISPATCH_LEVEL)
		iolas_dxgk_set_irql(DISPATCH_LEVEL);
	acquire(&call, SpinLock);
	return before;
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
	DXGK_CALL("KeReleaseSpinLock");
	uint8_t before = iolas_dxgk_irql();

	if (no_lock(&call, SpinLock))
		return;
	release(&call, SpinLock);
	if (before < DISPATCH_LEVEL || NewIrql > before)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_IRQL_ORDER,
					  "at IRQL %u, back to %u", before,
					  NewIrql);
	if (NewIrql <= before)
		iolas_dxgk_set_irql(NewIrql);
}

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
	DXGK_CALL("KeAcquireSpinLockAtDpcLevel");

	if (no_lock(&call, SpinLock))
		return;
	if (KeGetCurrentIrql() < DISPATCH_LEVEL)
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_IRQL_ORDER,
					  "called at IRQL %u, below DISPATCH",
					  KeGetCurrentIrql());
	acquire(&call, SpinLock);
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
	DXGK_CALL("KeReleaseSpinLockFromDpcLevel");

	if (!no_lock(&call, SpinLock))
		release(&call, SpinLock);
}
