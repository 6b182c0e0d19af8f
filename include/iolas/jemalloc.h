/* SPDX-License-Identifier: MIT */
/*
 * libiolas-jemalloc: a host table whose chunks come from a jemalloc arena of
 * their own.  A separate library, because linking jemalloc replaces the malloc
 * of the whole program; libiolas itself never does.
 */
#ifndef IOLAS_JEMALLOC_H
#define IOLAS_JEMALLOC_H

#include <iolas/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * iolas_host_jemalloc() - the table of a hosted program that uses jemalloc
 *
 * One arena serves the process; the first successful call makes it.  Nothing
 * else allocates from it and no thread caches anything of it, so its
 * statistics are those of the library's objects.  jemalloc keeps its own
 * records outside the arena.  Everything but chunks is as in
 * iolas_host_libc(), physical addresses being pointers included.
 *
 * Threads: any; racing first calls make one arena.
 * Memory:  static; the arena stays until the process ends.  After fork the
 *          child goes on with its copy.
 * Since:   0.1
 *
 * Return: the table, or NULL while jemalloc cannot make an arena; a later call
 * tries again.
 */
IOLAS_API const struct iolas_host *iolas_host_jemalloc(void);

/**
 * struct iolas_jemalloc_stats - the arena in numbers, bytes unless said
 * @struct_size:    sizeof(struct iolas_jemalloc_stats), set by the caller
 * @arena_index:    jemalloc's number of the arena, for its own mallctl names
 * @allocated:      in live chunks, rounded up to jemalloc's size classes
 * @active:         in pages that hold live chunks
 * @dirty:          in unused pages not yet given back to the system
 * @mapped:         in address space in use or ready for use
 * @retained:       in address space kept although its pages were given back
 * @resident:       in physical memory, at most; the arena's records included
 * @metadata:       in the arena's records
 * @alloc_count:    chunks taken since the arena was made
 * @free_count:     chunks given back since
 */
struct iolas_jemalloc_stats {
	uint32_t struct_size;
	uint32_t arena_index;
	uint64_t allocated;
	uint64_t active;
	uint64_t dirty;
	uint64_t mapped;
	uint64_t retained;
	uint64_t resident;
	uint64_t metadata;
	uint64_t alloc_count;
	uint64_t free_count;
};

/**
 * iolas_host_jemalloc_stats() - read the arena's statistics
 * @stats: result; struct_size set by the caller
 *
 * Advances jemalloc's statistics epoch, which is the program's as a whole.
 *
 * Threads: any; the numbers are a snapshot only while nobody allocates.
 * Memory:  takes nothing but, on a first call, the arena.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (@stats is NULL or its struct_size wrong),
 * IOLAS_ENOTSUP (jemalloc was built without statistics), IOLAS_ENOMEM (there
 * is no arena).  @stats is unchanged on failure.
 */
IOLAS_API int iolas_host_jemalloc_stats(struct iolas_jemalloc_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_JEMALLOC_H */
