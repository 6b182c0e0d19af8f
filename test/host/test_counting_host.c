/* SPDX-License-Identifier: MIT */
/*
 * The counting host itself: it refuses what it was told to, and its books are
 * right.  Everything else in the suite leans on it.
 * Floor: host.
 */
#include "base/asan.h"

#include "harness/check.h"
#include "harness/counting_host.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void *take(struct counting_host *host, size_t bytes, iolas_pa *pa)
{
	return host->table.chunk_alloc(host->table.user, bytes, 4096, pa);
}

static void give(struct counting_host *host, void *chunk, size_t bytes)
{
	host->table.chunk_free(host->table.user, chunk, bytes);
}

static void chunks_are_counted_and_full_of_the_pattern(void **state)
{
	struct counting_host host;
	iolas_pa pa;
	unsigned char *chunk;

	(void)state;
	counting_host_init(&host);
	chunk = take(&host, 10000, &pa);
	CHECK(chunk && pa == (uintptr_t)chunk);
	CHECK(chunk[0] == COUNTING_HOST_POISON);
	CHECK(chunk[9999] == COUNTING_HOST_POISON);
	CHECK_EQ(host.live_chunks, 1);
	CHECK_EQ(host.live_bytes, 10000);
	CHECK(!counting_host_is_empty(&host));
	give(&host, chunk, 10000);
	CHECK(counting_host_is_empty(&host));
	CHECK_EQ(host.peak_bytes, 10000);
	counting_host_fini(&host);
}

static void the_nth_request_is_refused_and_no_other(void **state)
{
	struct counting_host host;
	iolas_pa pa;
	void *a, *b;

	(void)state;
	counting_host_init(&host);
	counting_host_fail_at(&host, 2);
	a = take(&host, 64, &pa);
	CHECK(a);
	CHECK(!take(&host, 64, &pa));
	b = take(&host, 64, &pa);
	CHECK(b);
	CHECK(host.requests == 3 && host.refused == 1);
	counting_host_fail_from(&host, 1);
	CHECK(!take(&host, 64, &pa) && !take(&host, 64, &pa));
	give(&host, a, 64);
	give(&host, b, 64);
	counting_host_fini(&host);
}

static void scattered_addresses_lead_back_to_their_chunks(void **state)
{
	struct counting_host host;
	unsigned char *chunk[300];
	iolas_pa pa[300];

	(void)state;
	counting_host_init_scattered(&host);
	for (unsigned i = 0; i < 300; i++) {
		chunk[i] = take(&host, 4096 + i, &pa[i]);
		CHECK(chunk[i] && pa[i] >= COUNTING_HOST_FIRST_PA);
		CHECK(pa[i] % (1u << 20) == 0);
	}
	for (unsigned i = 0; i < 300; i++) {
		CHECK(host.table.pa_to_ptr(&host, pa[i], 4096 + i) == chunk[i]);
		CHECK(host.table.pa_to_ptr(&host, pa[i] + 100, 8) ==
		      chunk[i] + 100);
		for (unsigned j = 0; j < i; j++)
			CHECK(pa[i] != pa[j]);
	}
	for (unsigned i = 0; i < 300; i++)
		give(&host, chunk[i], 4096 + i);
	counting_host_fini(&host);
}

/* Takes three chunks, the third only if it can be had. */
static int take_three(struct counting_host *host, void *arg)
{
	iolas_pa pa;
	void *a = take(host, 100, &pa);
	void *b = a ? take(host, 200, &pa) : NULL;
	void *c = b ? take(host, 300, &pa) : NULL;

	++*(unsigned *)arg;
	if (c)
		give(host, c, 300);
	if (b)
		give(host, b, 200);
	if (a)
		give(host, a, 100);
	return b ? IOLAS_OK : IOLAS_ENOMEM;
}

static void each_request_is_refused_in_turn(void **state)
{
	struct counting_host host;
	unsigned attempts = 0;

	(void)state;
	counting_host_init_scattered(&host);
	CHECK_EQ(counting_host_fail_each(&host, take_three, &attempts), 3);
	/* n == 1, 2, 3 and the undisturbed 4, each in both ways. */
	CHECK_EQ(attempts, 8);
	counting_host_fini(&host);
}

/* true when @deed ends its program with abort(). */
static bool ends_the_program(void (*deed)(void))
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		deed();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void give_back_a_part(void)
{
	struct counting_host host;
	iolas_pa pa;

	counting_host_init(&host);
	give(&host, take(&host, 8192, &pa), 4096);
}

static void forget_a_chunk(void)
{
	struct counting_host host;
	iolas_pa pa;

	counting_host_init(&host);
	take(&host, 64, &pa);
	counting_host_fini(&host);
}

static void take_a_pointer_for_an_address(void)
{
	struct counting_host host;
	iolas_pa pa;
	void *chunk;

	counting_host_init_scattered(&host);
	chunk = take(&host, 64, &pa);
	host.table.pa_to_ptr(&host, (iolas_pa)(uintptr_t)chunk, 64);
}

static void reach_behind_a_chunk(void)
{
	struct counting_host host;
	iolas_pa pa;

	counting_host_init_scattered(&host);
	take(&host, 64, &pa);
	host.table.pa_to_ptr(&host, pa + 60, 8);
}

static int keep_one(struct counting_host *host, void *arg)
{
	iolas_pa pa;

	(void)arg;
	return take(host, 64, &pa) ? IOLAS_OK : IOLAS_ENOMEM;
}

static void leave_a_chunk_behind(void)
{
	struct counting_host host;

	counting_host_init(&host);
	counting_host_fail_each(&host, keep_one, NULL);
}

static int hide_the_refusal(struct counting_host *host, void *arg)
{
	iolas_pa pa;
	void *chunk = take(host, 64, &pa);

	(void)arg;
	if (!chunk)
		return IOLAS_EINVAL;
	give(host, chunk, 64);
	return IOLAS_OK;
}

static void answer_with_a_wrong_status(void)
{
	struct counting_host host;

	counting_host_init(&host);
	counting_host_fail_each(&host, hide_the_refusal, NULL);
}

static void what_breaks_the_books_ends_the_program(void **state)
{
	(void)state;
	CHECK(ends_the_program(give_back_a_part) || IOLAS__ASAN);
	CHECK(ends_the_program(forget_a_chunk));
	CHECK(ends_the_program(take_a_pointer_for_an_address));
	CHECK(ends_the_program(reach_behind_a_chunk));
	CHECK(ends_the_program(leave_a_chunk_behind));
	CHECK(ends_the_program(answer_with_a_wrong_status));
}

RUN_CASES(CASE(chunks_are_counted_and_full_of_the_pattern),
	  CASE(the_nth_request_is_refused_and_no_other),
	  CASE(scattered_addresses_lead_back_to_their_chunks),
	  CASE(each_request_is_refused_in_turn),
	  CASE(what_breaks_the_books_ends_the_program))
