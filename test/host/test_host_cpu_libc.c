/* SPDX-License-Identifier: MIT */
/*
 * Numbers of threads: one each, none twice at a time, back at exit.
 * Floor: host.  Tools: TSan-clean.
 */
#include "host/host_cpu_libc.h"

#include "harness/check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBERS 64

static pthread_barrier_t all_in;
static pthread_barrier_t all_out;
static unsigned number_of[NUMBERS + 8];

static void *stay(void *arg)
{
	unsigned *number = arg;

	*number = iolas__libc_cpu_enter(NULL);
	CHECK_ANY_THREAD(iolas__libc_cpu_enter(NULL) == *number);
	pthread_barrier_wait(&all_in);
	pthread_barrier_wait(&all_out);
	return NULL;
}

/* @count threads at once; their numbers stand in number_of[]. */
static void run(unsigned count)
{
	pthread_t thread[NUMBERS + 8];

	CHECK_EQ(pthread_barrier_init(&all_in, NULL, count), 0);
	CHECK_EQ(pthread_barrier_init(&all_out, NULL, count), 0);
	for (unsigned i = 0; i < count; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, stay, &number_of[i]),
			 0);
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&all_in);
	pthread_barrier_destroy(&all_out);
}

static void threads_that_live_together_have_numbers_of_their_own(void **state)
{
	uint64_t seen = 0;

	(void)state;
	run(8);
	for (unsigned i = 0; i < 8; i++) {
		CHECK(number_of[i] < NUMBERS);
		CHECK((seen >> number_of[i] & 1) == 0);
		seen |= UINT64_C(1) << number_of[i];
	}
}

static void when_all_are_out_the_rest_goes_without(void **state)
{
	unsigned without = 0;

	(void)state;
	run(NUMBERS + 8);
	for (unsigned i = 0; i < NUMBERS + 8; i++)
		without += number_of[i] == UINT32_MAX;
	/* The main thread may hold one too. */
	CHECK(without == 8 || without == 9);
}

static void an_exiting_thread_gives_its_number_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4 * NUMBERS; i++) {
		run(1);
		CHECK(number_of[0] < NUMBERS);
	}
}

#define SHORT 400

/* Plain bytes: ThreadSanitizer sees any order that the number does not give. */
static unsigned long visits[NUMBERS];

static void *visit(void *arg)
{
	const unsigned number = iolas__libc_cpu_enter(NULL);

	(void)arg;
	CHECK_ANY_THREAD(number < NUMBERS);
	visits[number]++;
	return NULL;
}

static void
what_a_holder_stored_comes_before_its_next_holders_first_look(void **state)
{
	unsigned long sum = 0;

	(void)state;
	for (unsigned i = 0; i < SHORT / 40; i++) {
		pthread_t thread[40];

		/* Not joined one by one: that would be an order of its own. */
		for (unsigned k = 0; k < 40; k++)
			CHECK_EQ(pthread_create(&thread[k], NULL, visit, NULL),
				 0);
		for (unsigned k = 0; k < 40; k++)
			pthread_join(thread[k], NULL);
	}
	for (unsigned i = 0; i < NUMBERS; i++)
		sum += visits[i];
	CHECK_EQ(sum, SHORT);
}

static void a_child_keeps_its_number_and_frees_the_others(void **state)
{
	const unsigned mine = iolas__libc_cpu_enter(NULL);
	pid_t child;
	int status;

	(void)state;
	CHECK(mine < NUMBERS);
	fflush(NULL); /* a sanitizer's _exit() writes buffers out again */
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		unsigned number = iolas__libc_cpu_enter(NULL);

		_exit(number == mine ? 0 : 1);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

RUN_CASES(CASE(threads_that_live_together_have_numbers_of_their_own),
	  CASE(when_all_are_out_the_rest_goes_without),
	  CASE(an_exiting_thread_gives_its_number_back),
	  CASE(what_a_holder_stored_comes_before_its_next_holders_first_look),
	  CASE(a_child_keeps_its_number_and_frees_the_others))
