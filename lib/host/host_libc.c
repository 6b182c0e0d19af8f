/* SPDX-License-Identifier: MIT */
/*
 * The table of a hosted program without jemalloc: chunks straight from mmap,
 * the log on stderr, process-wide barriers from membarrier.  Two constant
 * tables and no variables: registering with membarrier twice is harmless, so
 * there is nothing to remember.
 */
#include <iolas/host.h>

#include "host/host_cpu_libc.h"
#include "base/asan.h"
#include "base/bits.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/membarrier.h>
#include <sys/syscall.h>
#endif

#define SPINS_BEFORE_YIELD 64

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* @bytes up to whole pages; 0 when there is no such size. */
static size_t whole_pages(size_t bytes, size_t page)
{
	size_t sum;

	if (__builtin_add_overflow(bytes, page - 1, &sum))
		return 0;
	return sum & ~(page - 1);
}

/*
 * Private mappings: after fork the child has its own copy of every chunk, so
 * it may go on using or destroy its objects without the parent noticing.
 */
static char *map_pages(size_t bytes)
{
	void *chunk = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return chunk == MAP_FAILED ? NULL : chunk;
}

/* Maps @align too much, then gives back what stands before and behind. */
static char *map_aligned(size_t bytes, size_t align, size_t page)
{
	size_t whole, head, tail;
	char *start;

	if (align <= page)
		return map_pages(bytes);
	if (__builtin_add_overflow(bytes, align - page, &whole))
		return NULL;
	start = map_pages(whole);
	if (!start)
		return NULL;
	head = (size_t)(-(uintptr_t)start & (align - 1));
	tail = whole - head - bytes;
	if (head)
		munmap(start, head);
	if (tail)
		munmap(start + head + bytes, tail);
	return start + head;
}

/*
 * What the last page has behind @bytes is nobody's, but for the rest of the
 * sanitizer's last granule of 8.
 */
static size_t owned_bytes(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

static void *libc_chunk_alloc(void *user, size_t bytes, size_t align,
			      iolas_pa *pa)
{
	const size_t page = page_bytes();
	const size_t rounded = whole_pages(bytes, page);
	char *chunk;

	(void)user;
	if (rounded == 0 || !iolas__is_pow2(align))
		return NULL;
	chunk = map_aligned(rounded, align, page);
	if (!chunk)
		return NULL;
	iolas__asan_poison(chunk + owned_bytes(bytes),
			   rounded - owned_bytes(bytes));
	*pa = (iolas_pa)(uintptr_t)chunk;
	return chunk;
}

static void libc_chunk_free(void *user, void *chunk, size_t bytes)
{
	const size_t rounded = whole_pages(bytes, page_bytes());

	(void)user;
	/* Whoever maps these addresses next finds them readable. */
	iolas__asan_unpoison(chunk, rounded);
	munmap(chunk, rounded);
}

static void *libc_pa_to_ptr(void *user, iolas_pa pa, size_t bytes)
{
	(void)user;
	(void)bytes;
	return (void *)(uintptr_t)pa;
}

static uint64_t libc_clock_ns(void *user)
{
	struct timespec now;

	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)now.tv_nsec;
}

/* One writev per line: no buffer, no allocation, lines stay whole. */
static void libc_log(void *user, int level, const char *text)
{
	static const char *const prefix[] = { "iolas: error: ",
					      "iolas: warning: ", "iolas: " };
	const char *head =
		prefix[level >= IOLAS_LOG_ERROR && level <= IOLAS_LOG_INFO
			       ? level
			       : IOLAS_LOG_INFO];
	const struct iovec parts[] = {
		{ (void *)(uintptr_t)head, strlen(head) },
		{ (void *)(uintptr_t)text, strlen(text) },
		{ (void *)(uintptr_t) "\n", 1 },
	};

	(void)user;
	/* A log that cannot be written has nobody to be reported to. */
	if (writev(STDERR_FILENO, parts, 3) < 0)
		return;
}

static void libc_relax(void *user, unsigned turn)
{
	(void)user;
	if (turn < SPINS_BEFORE_YIELD) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#endif
	} else {
		sched_yield();
	}
}

/*
 * The address of the thread's control block:
 * unique while the thread lives.
 */
static uint64_t libc_thread_id(void *user)
{
	(void)user;
	return (uint64_t)(uintptr_t)pthread_self();
}

#define LIBC_TABLE                                                            \
	.struct_size = sizeof(struct iolas_host), .flags = IOLAS_HOST_LINEAR, \
	.chunk_alloc = libc_chunk_alloc, .chunk_free = libc_chunk_free,       \
	.pa_to_ptr = libc_pa_to_ptr, .clock_ns = libc_clock_ns,               \
	.log = libc_log, .relax = libc_relax, .thread_id = libc_thread_id,    \
	.cpu_enter = iolas__libc_cpu_enter

/* Without membarrier readers pay for a fence of their own. */
static const struct iolas_host table_without_barrier = { LIBC_TABLE };

#ifdef __linux__

static int membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

/*
 * Readers have relied on this call since the table was handed out, so failing
 * is not an answer.  The expedited form can be refused later only to a process
 * that lost its registration (a child of some kernels' fork); the global form
 * needs none.  A process that has since forbidden itself both system calls
 * ends here rather than reuse memory under a reader.
 */
static void libc_barrier_all(void *user)
{
	(void)user;
	if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
		return;
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
	    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
		return;
	if (membarrier(MEMBARRIER_CMD_SHARED) != 0)
		abort();
}

static const struct iolas_host table_with_barrier = {
	LIBC_TABLE,
	.barrier_all = libc_barrier_all,
};

const struct iolas_host *iolas_host_libc(void)
{
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0)
		return &table_with_barrier;
	return &table_without_barrier;
}

#else

const struct iolas_host *iolas_host_libc(void)
{
	return &table_without_barrier;
}

#endif
