/* SPDX-License-Identifier: MIT */
/*
 * Numbers for threads.  A thread takes one at its first call and keeps it until
 * it exits; 64 threads have one at a time, the others go without.  That is a
 * CPU slot as host.h wants it: nobody else has the number meanwhile.
 */
#include "host/host_cpu_libc.h"

#include "base/atomics.h"
#include "base/bits.h"

#include <pthread.h>

#define NONE UINT32_MAX

/* The bits of numbers that are out. */
static _Atomic(uint64_t) taken;
static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_exit_key;

/*
 * Number + 1; 0: not asked for yet.  Initial-exec: one load, and a few bytes
 * of the static block that every dlopen has room for.
 */
static _Thread_local unsigned mine __attribute__((tls_model("initial-exec")));

static void give_back(void *value)
{
	const unsigned number = (unsigned)(uintptr_t)value - 1;

	mine = 0;
	/*
	 * Release: the thread's last stores to what the number stood for come
	 * before its next holder's first; pairs with the acquire in take().
	 */
	iolas__fetch_and_release(&taken, ~(UINT64_C(1) << number));
}

/* The child has one thread: the numbers of the others are free. */
static void after_fork(void)
{
	/* Relaxed: there is nobody else. */
	iolas__store_relaxed(&taken, mine ? UINT64_C(1) << (mine - 1) : 0);
}

static void prepare(void)
{
	has_exit_key = pthread_key_create(&exit_key, give_back) == 0 &&
		       pthread_atfork(NULL, NULL, after_fork) == 0;
}

/* Relaxed look, then acquire: the last holder is done with the number. */
static unsigned take(void)
{
	uint64_t seen = iolas__load_relaxed(&taken);
	unsigned number;

	do {
		if (~seen == 0)
			return NONE;
		number = iolas__ctz64(~seen);
	} while (!iolas__cas_acquire_relaxed(&taken, &seen,
					     seen | UINT64_C(1) << number));
	return number;
}

/* A number that could not be given back at exit is not taken. */
static unsigned first_call(void)
{
	unsigned number;

	pthread_once(&once, prepare);
	if (!has_exit_key)
		return NONE;
	number = take();
	if (number == NONE)
		return NONE;
	if (pthread_setspecific(exit_key, (void *)(uintptr_t)(number + 1))) {
		give_back((void *)(uintptr_t)(number + 1));
		return NONE;
	}
	mine = number + 1;
	return number;
}

unsigned iolas__libc_cpu_enter(void *user)
{
	(void)user;
	return mine ? mine - 1 : first_call();
}
