/* SPDX-License-Identifier: MIT */
/*
 * Floor 1, host: what the embedder lends.  The library allocates, prints,
 * waits and reads clocks through this table only, so that each failure can be
 * provoked and so that the core runs where there is no libc.
 */
#ifndef IOLAS_HOST_H
#define IOLAS_HOST_H

#include <iolas/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Levels for log(). */
#define IOLAS_LOG_ERROR	  0
#define IOLAS_LOG_WARNING 1
#define IOLAS_LOG_INFO	  2

/*
 * Physical addresses of chunks are pointers minus a constant:
 *     pa == (uint64_t)(uintptr_t)pointer - pa_bias
 * for every chunk that chunk_alloc returns.  Walks then add instead of calling
 * pa_to_ptr.
 */
#define IOLAS_HOST_LINEAR 0x1u

/**
 * struct iolas_host - the embedder's table
 * @struct_size: sizeof(struct iolas_host) as the embedder compiled it
 * @flags:       IOLAS_HOST_...
 * @user:        first argument of every callback
 * @pa_bias:     see IOLAS_HOST_LINEAR; 0 otherwise
 * @chunk_alloc: @bytes of memory, contiguous in @user's physical space, at
 *               *@pa; pointer and *@pa are aligned to @align (a power of two,
 *               at most 1 MiB).  The contents are undefined.  NULL when there
 *               is none; a chunk that is not as asked for is given back and
 *               taken for none.  Required.
 * @chunk_free:  takes back exactly what chunk_alloc gave: same address, same
 *               bytes.  Required.
 * @pa_to_ptr:   pointer to @bytes of chunk memory at @pa; the range lies
 *               inside one chunk.  Required unless IOLAS_HOST_LINEAR.
 * @cache_flush: writes the cache lines of [@addr, @addr + @bytes) back to
 *               where a non-coherent walker sees them.  NULL: walkers are
 *               coherent.
 * @clock_ns:    monotonic time.  NULL: there is no clock; bounds in time are
 *               then not enforced and say so.
 * @log:         one line of text without newline.  NULL: discarded.
 * @relax:       called in waiting loops, @turn counting from 0.  NULL: a CPU
 *               pause.  May yield or sleep.
 * @cpu_enter:   a number that the caller alone has until @cpu_leave, whatever
 *               runs in between: a thread's own, or a CPU's with preemption
 *               off.  A caller inside may enter again and gets the same number.
 *               UINT32_MAX: none is left.  Small numbers are best: the library
 *               has 64 lanes, and callers without one share the rest.  NULL:
 *               the library behaves the same at the price of a locked
 *               instruction per section.
 * @cpu_leave:   undoes one @cpu_enter that gave a number.  NULL: nothing to do
 * @barrier_all: full memory barrier on every CPU that runs a thread of this
 *               program (membarrier, FlushProcessWriteBuffers).  NULL: readers
 *               pay for a fence of their own instead.
 * @thread_id:   a number, not 0, that no other thread inside the library has.
 *               NULL: a call that waits for the callback it was made from is
 *               not told IOLAS_EDEADLK and waits for ever.
 *
 * Threads: every callback may be called from any thread that is inside the
 *          library, several at a time.
 * Memory:  the library copies the table at create; what @user points at must
 *          outlive every object made from it.
 * Callbacks never run with a lock of the library held, except chunk_alloc and
 * chunk_free (which may be called under the slab's refill lock and must not
 * call back into the library) and relax.
 */
struct iolas_host {
	uint32_t struct_size;
	uint32_t flags;
	void *user;
	uint64_t pa_bias;
	void *(*chunk_alloc)(void *user, size_t bytes, size_t align,
			     iolas_pa *pa);
	void (*chunk_free)(void *user, void *chunk, size_t bytes);
	void *(*pa_to_ptr)(void *user, iolas_pa pa, size_t bytes);
	void (*cache_flush)(void *user, const void *addr, size_t bytes);
	uint64_t (*clock_ns)(void *user);
	void (*log)(void *user, int level, const char *text);
	void (*relax)(void *user, unsigned turn);
	unsigned (*cpu_enter)(void *user);
	void (*cpu_leave)(void *user, unsigned cpu);
	void (*barrier_all)(void *user);
	uint64_t (*thread_id)(void *user);
};

/**
 * iolas_host_libc() - the table of a hosted program without jemalloc
 *
 * Chunks come from anonymous mmap; physical addresses of page tables are
 * pointers (IOLAS_HOST_LINEAR, bias 0); the log goes to stderr; the clock is
 * CLOCK_MONOTONIC; barrier_all is membarrier where the kernel has it.
 *
 * Chunks are private to the process: after fork the child uses and destroys
 * copies of all objects that no other thread was inside of at that moment.
 *
 * Threads: any.
 * Memory:  static; never freed.
 * Since:   0.1
 *
 * Return: the table, never NULL.  Absent (a link error) in freestanding builds.
 */
IOLAS_API const struct iolas_host *iolas_host_libc(void);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_HOST_H */
