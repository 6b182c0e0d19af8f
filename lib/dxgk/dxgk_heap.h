/* SPDX-License-Identifier: MIT */
/*
 * Memory for the library's own bookkeeping, cut from chunks of the host table,
 * so that each failure can be provoked and all of it goes back at once.  Size
 * classes are powers of two; large pieces are chunks of their own.
 */
#ifndef IOLAS_DXGK_DXGK_HEAP_H
#define IOLAS_DXGK_DXGK_HEAP_H

#include <iolas/host.h>

#include <pthread.h>

#define DXGK_HEAP_CLASSES 12 /* 32 bytes .. 64 KiB */

struct iolas__dxgk_heap_chunk;
struct iolas__dxgk_heap_free;

struct iolas__dxgk_heap {
	const struct iolas_host *host; /* outlives the heap */
	pthread_mutex_t lock;
	struct iolas__dxgk_heap_chunk *chunks;
	struct iolas__dxgk_heap_free *idle[DXGK_HEAP_CLASSES];
	unsigned char *fresh; /* unused part of the newest chunk */
	size_t fresh_bytes;
	uint64_t live_count;
	uint64_t requests; /* since the last _fail_at() */
	uint64_t fail_at;  /* that request, from 1, is refused; 0: none */
};

void iolas__dxgk_heap_init(struct iolas__dxgk_heap *heap,
			   const struct iolas_host *host);
/* Gives everything back, live or not. */
void iolas__dxgk_heap_fini(struct iolas__dxgk_heap *heap);

/* Zeroed, 16-byte aligned; NULL: none left.  @bytes may be 0. */
void *iolas__dxgk_alloc(struct iolas__dxgk_heap *heap, size_t bytes);
/* NULL is ignored. */
void iolas__dxgk_free(struct iolas__dxgk_heap *heap, void *piece);

/* For tests: refuse the @nth request from now on, counting from 1; 0: none. */
void iolas__dxgk_heap_fail_at(struct iolas__dxgk_heap *heap, uint64_t nth);

#endif /* IOLAS_DXGK_DXGK_HEAP_H */
