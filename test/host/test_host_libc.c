/* SPDX-License-Identifier: MIT */
/*
 * The libc host: chunks are exactly what was asked for and leave nothing
 * mapped, the log writes whole lines, the clock only goes forward, and the
 * process-wide barrier never fails silently.
 * Floor: host.
 */
#include <iolas/host.h>

#include "base/asan.h"

#include "harness/check.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static void *take(size_t bytes, size_t align, iolas_pa *pa)
{
	const struct iolas_host *host = iolas_host_libc();

	return host->chunk_alloc(host->user, bytes, align, pa);
}

static void give(void *chunk, size_t bytes)
{
	const struct iolas_host *host = iolas_host_libc();

	host->chunk_free(host->user, chunk, bytes);
}

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static bool is_mapped(const void *page)
{
	unsigned char seen;

	return mincore((void *)(uintptr_t)page, 1, &seen) == 0;
}

static void check_chunk(size_t bytes, size_t align)
{
	const size_t page = page_bytes();
	const size_t pages = (bytes + page - 1) / page;
	iolas_pa pa = 0;
	unsigned char *chunk = take(bytes, align, &pa);

	CHECK(chunk && pa == (uintptr_t)chunk);
	CHECK(pa % align == 0);
	memset(chunk, 0xff, bytes);
	give(chunk, bytes);
	for (size_t i = 0; i < pages; i++)
		CHECK(!is_mapped(chunk + i * page));
}

static void chunks_of_every_shape_come_and_go_whole(void **state)
{
	static const size_t sizes[] = { 1,	 64,	     4095,     4096,
					4097,	 61496,	     64 * KIB, MIB,
					2 * MIB, 5 * MIB + 1 };

	(void)state;
	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
		for (size_t align = 1; align <= MIB; align *= 2)
			check_chunk(sizes[s], align);
}

/* What is mapped into this process; -1 when nobody can say. */
static long mapped_bytes(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = -1;

	if (statm && fscanf(statm, "%ld", &pages) != 1)
		pages = -1;
	if (statm)
		fclose(statm);
	return pages < 0 ? -1 : pages * (long)page_bytes();
}

static void what_alignment_took_too_much_is_given_back(void **state)
{
	enum { CHUNKS = 64 };
	void *chunk[CHUNKS];
	const long before = mapped_bytes();
	iolas_pa pa;

	(void)state;
	if (before < 0)
		SKIP("no /proc/self/statm");
	for (unsigned i = 0; i < CHUNKS; i++) {
		chunk[i] = take(64 * KIB, MIB, &pa);
		CHECK(chunk[i]);
	}
	/* 4 MiB of chunks; with the alignment's share it would be 64. */
	CHECK(mapped_bytes() - before < (long)(16 * MIB));
	for (unsigned i = 0; i < CHUNKS; i++)
		give(chunk[i], 64 * KIB);
	CHECK(mapped_bytes() - before < (long)MIB);
}

static void behind_a_chunk_is_out_of_bounds_for_the_sanitizer(void **state)
{
#if IOLAS__ASAN
	iolas_pa pa;
	unsigned char *chunk = take(100, 64, &pa);

	(void)state;
	CHECK(chunk && !__asan_address_is_poisoned(chunk + 99));
	CHECK(__asan_address_is_poisoned(chunk + 104));
	CHECK(__asan_address_is_poisoned(chunk + page_bytes() - 1));
	give(chunk, 100);
	CHECK(!__asan_address_is_poisoned(chunk + 104));
#else
	(void)state;
	SKIP("not built with AddressSanitizer");
#endif
}

static void impossible_chunks_are_refused(void **state)
{
	iolas_pa pa = 42;

	(void)state;
	CHECK(!take(0, 64, &pa));
	CHECK(!take(64, 0, &pa));
	CHECK(!take(64, 96, &pa));
	CHECK(!take(SIZE_MAX, 64, &pa));
	CHECK(!take(SIZE_MAX - 8191, MIB, &pa));
	CHECK(!take((size_t)1 << 62, 4096, &pa));
	CHECK(!take((size_t)1 << 62, MIB, &pa));
	CHECK_EQ(pa, 42);
}

static void physical_addresses_are_pointers(void **state)
{
	const struct iolas_host *host = iolas_host_libc();
	iolas_pa pa;
	void *chunk = take(100, 64, &pa);

	(void)state;
	CHECK(host->flags == IOLAS_HOST_LINEAR && host->pa_bias == 0);
	CHECK(host->pa_to_ptr(host->user, pa, 100) == chunk);
	give(chunk, 100);
}

static void the_clock_only_goes_forward(void **state)
{
	const struct iolas_host *host = iolas_host_libc();
	uint64_t then = host->clock_ns(host->user);

	(void)state;
	CHECK(then > 0);
	for (unsigned i = 0; i < 10000; i++) {
		const uint64_t now = host->clock_ns(host->user);

		CHECK(now >= then);
		then = now;
	}
}

static void a_line_of_log_is_one_line_on_stderr(void **state)
{
	static const char *const want = "iolas: error: one\n"
					"iolas: warning: two\n"
					"iolas: three\n"
					"iolas: four\n";
	const struct iolas_host *host = iolas_host_libc();
	const int kept = dup(STDERR_FILENO);
	char got[200] = { 0 };
	int ends[2];

	(void)state;
	CHECK(kept >= 0 && pipe(ends) == 0);
	CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	host->log(host->user, IOLAS_LOG_ERROR, "one");
	host->log(host->user, IOLAS_LOG_WARNING, "two");
	host->log(host->user, IOLAS_LOG_INFO, "three");
	host->log(host->user, 77, "four");
	dup2(kept, STDERR_FILENO);
	close(ends[1]);
	CHECK(read(ends[0], got, sizeof(got) - 1) == (ssize_t)strlen(want));
	CHECK_STR(got, want);
	close(ends[0]);
	close(kept);
}

static void a_closed_stderr_is_nobodys_problem(void **state)
{
	const struct iolas_host *host = iolas_host_libc();
	const int kept = dup(STDERR_FILENO);

	(void)state;
	CHECK(kept >= 0);
	close(STDERR_FILENO);
	host->log(host->user, IOLAS_LOG_ERROR, "into the void");
	CHECK(dup2(kept, STDERR_FILENO) == STDERR_FILENO);
	close(kept);
}

static void waiting_spins_first_and_then_yields(void **state)
{
	const struct iolas_host *host = iolas_host_libc();

	(void)state;
	for (unsigned turn = 0; turn < 200; turn++)
		host->relax(host->user, turn);
	host->relax(host->user, UINT32_MAX);
}

/* Runs @body in a child; the answer is what waitpid says. */
static int in_a_child(int (*body)(void))
{
	pid_t child;
	int status = 0;

	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		exit(body()); /* not _exit: what it ran counts for coverage */
	CHECK(waitpid(child, &status, 0) == child);
	return status;
}

static bool ended_with(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

/* Answers of a child whose kernel cannot filter system calls. */
#define NO_FILTER 99

/* From now on membarrier with @command fails; with -1, every one does. */
static bool forbid_membarrier(int command)
{
	struct sock_filter any[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)command, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 6, any };

	if (command < 0) /* never mind which command */
		any[3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						      0, 0, 1);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool has_membarrier(void)
{
	const long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return known > 0 && known & MEMBARRIER_CMD_PRIVATE_EXPEDITED;
}

static void the_barrier_is_there_where_the_kernel_has_it(void **state)
{
	const struct iolas_host *host = iolas_host_libc();

	(void)state;
	if (!has_membarrier())
		SKIP("the kernel has no private expedited membarrier");
	CHECK(host->barrier_all);
	host->barrier_all(host->user);
	CHECK(iolas_host_libc() == host);
}

static int barrier_of_the_parents_table(void)
{
	/* The pointer a parent keeps in its objects. */
	const struct iolas_host *host = iolas_host_libc();
	pid_t child = fork();
	int status = 1;

	if (child == 0) {
		host->barrier_all(host->user);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	return ended_with(status, 0) ? 0 : 2;
}

static void a_child_after_fork_has_the_barrier_too(void **state)
{
	(void)state;
	if (!iolas_host_libc()->barrier_all)
		SKIP("the kernel has no private expedited membarrier");
	CHECK(ended_with(in_a_child(barrier_of_the_parents_table), 0));
}

static int table_without_membarrier(void)
{
	if (!forbid_membarrier(-1))
		return NO_FILTER;
	return iolas_host_libc()->barrier_all ? 1 : 0;
}

static void without_membarrier_there_is_no_barrier(void **state)
{
	const int status = in_a_child(table_without_membarrier);

	(void)state;
	if (ended_with(status, NO_FILTER))
		SKIP("the kernel does not filter system calls");
	CHECK(ended_with(status, 0));
}

static int lose_the_expedited_form(void)
{
	const struct iolas_host *host = iolas_host_libc();

	if (!forbid_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
		return NO_FILTER;
	host->barrier_all(host->user);
	return 0;
}

static int lose_every_form(void)
{
	const struct iolas_host *host = iolas_host_libc();
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGABRT, SIG_DFL);
	if (!forbid_membarrier(-1))
		return NO_FILTER;
	host->barrier_all(host->user);
	return 0; /* and a reader might now meet reused memory */
}

static void a_promised_barrier_is_never_skipped(void **state)
{
	int status;

	(void)state;
	if (!iolas_host_libc()->barrier_all)
		SKIP("the kernel has no private expedited membarrier");
	status = in_a_child(lose_the_expedited_form);
	if (ended_with(status, NO_FILTER))
		SKIP("the kernel does not filter system calls");
	CHECK(ended_with(status, 0));
	status = in_a_child(lose_every_form);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static int use_a_copy(void)
{
	iolas_pa pa;
	unsigned char *chunk = take(64 * KIB, 4096, &pa);
	pid_t child;
	int status = 1;

	if (!chunk)
		return 1;
	chunk[0] = 1;
	child = fork();
	if (child == 0) {
		chunk[0]++;
		give(chunk, 64 * KIB);
		_exit(is_mapped(chunk) ? 1 : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 2;
	return ended_with(status, 0) && chunk[0] == 1 ? 0 : 3;
}

static void a_child_after_fork_has_its_own_chunks(void **state)
{
	(void)state;
	CHECK(ended_with(in_a_child(use_a_copy), 0));
}

static void threads_have_names_of_their_own(void **state)
{
	const struct iolas_host *host = iolas_host_libc();

	(void)state;
	CHECK(host->thread_id(host->user) != 0);
	CHECK_EQ(host->thread_id(host->user), host->thread_id(host->user));
}

RUN_CASES(CASE(chunks_of_every_shape_come_and_go_whole),
	  CASE(what_alignment_took_too_much_is_given_back),
	  CASE(behind_a_chunk_is_out_of_bounds_for_the_sanitizer),
	  CASE(impossible_chunks_are_refused),
	  CASE(physical_addresses_are_pointers),
	  CASE(the_clock_only_goes_forward),
	  CASE(a_line_of_log_is_one_line_on_stderr),
	  CASE(a_closed_stderr_is_nobodys_problem),
	  CASE(waiting_spins_first_and_then_yields),
	  CASE(the_barrier_is_there_where_the_kernel_has_it),
	  CASE(a_child_after_fork_has_the_barrier_too),
	  CASE(without_membarrier_there_is_no_barrier),
	  CASE(a_promised_barrier_is_never_skipped),
	  CASE(a_child_after_fork_has_its_own_chunks),
	  CASE(threads_have_names_of_their_own))
