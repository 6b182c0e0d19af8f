/* SPDX-License-Identifier: MIT */
/*
 * The lock: one holder, the last holder's writes are the next one's, and
 * waiting goes through the host.  What it protects are plain variables, so
 * that ThreadSanitizer sees an order that is missing.
 * Floor: host.  Tools: TSan kills either order weakened to relaxed.
 */
#include "host/host_priv.h"

#include "harness/check.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 20000 };

static struct iolas__lock lock;
static const struct iolas_host *host;
static uint64_t guarded[2];

static void *add_under_the_lock(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		iolas__lock_acquire(host, &lock);
		CHECK_ANY_THREAD(guarded[0] == guarded[1]);
		guarded[0]++;
		guarded[1]++;
		iolas__lock_release(&lock);
	}
	return NULL;
}

static void no_two_threads_are_inside(void **state)
{
	pthread_t thread[THREADS];

	(void)state;
	host = iolas_host_libc();
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, add_under_the_lock,
				     NULL) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	CHECK_EQ(guarded[0], (uint64_t)THREADS * ROUNDS);
	CHECK_EQ(guarded[1], guarded[0]);
}

static void a_free_lock_is_taken_without_the_host(void **state)
{
	struct iolas__lock own = { 0 };
	unsigned turns = 0;
	const struct iolas_host silent = { .user = &turns };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		iolas__lock_acquire(&silent, &own);
		CHECK(atomic_load(&own.is_held) == 1);
		iolas__lock_release(&own);
		CHECK(atomic_load(&own.is_held) == 0);
	}
}

enum { PATIENCE = 10 };

/* Lets the waiter through after PATIENCE turns, each one higher. */
static void release_after_some_turns(void *user, unsigned turn)
{
	unsigned *turns = user;

	CHECK_EQ(turn, *turns);
	if (++*turns == PATIENCE)
		iolas__lock_release(&lock);
}

static void a_waiter_asks_the_host_turn_by_turn(void **state)
{
	unsigned turns = 0;
	const struct iolas_host counting = {
		.user = &turns,
		.relax = release_after_some_turns,
	};

	(void)state;
	iolas__lock_acquire(&counting, &lock);
	CHECK_EQ(turns, 0);
	iolas__lock_acquire(&counting, &lock);
	CHECK_EQ(turns, PATIENCE);
	iolas__lock_release(&lock);
}

RUN_CASES(CASE(no_two_threads_are_inside),
	  CASE(a_free_lock_is_taken_without_the_host),
	  CASE(a_waiter_asks_the_host_turn_by_turn))
