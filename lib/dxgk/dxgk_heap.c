/* SPDX-License-Identifier: MIT */
/*
 * The heap behind the library's records: a bump pointer in chunks of 64 KiB, a
 * free list per power of two, and a chunk each for what is larger.
 */
#include "dxgk/dxgk_heap.h"

#include <stdint.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 << 10)
#define CLASS_LG2   5 /* smallest: 32 bytes, head included */
#define CLASS_LARGE DXGK_HEAP_CLASSES

/* In front of each piece; keeps pieces 16-byte aligned. */
struct piece_head {
	struct iolas__dxgk_heap_chunk *chunk; /* of a large piece */
	uint32_t class_index;
	uint32_t reserved;
};

_Static_assert(sizeof(struct piece_head) == 16, "pieces stay aligned");

struct iolas__dxgk_heap_chunk {
	struct iolas__dxgk_heap_chunk *next;
	struct iolas__dxgk_heap_chunk *prev;
	size_t bytes;
	size_t reserved;
};

struct iolas__dxgk_heap_free {
	struct iolas__dxgk_heap_free *next;
};

void iolas__dxgk_heap_init(struct iolas__dxgk_heap *heap,
			   const struct iolas_host *host)
{
	memset(heap, 0, sizeof(*heap));
	heap->host = host;
	pthread_mutex_init(&heap->lock, NULL);
}

void iolas__dxgk_heap_fini(struct iolas__dxgk_heap *heap)
{
	while (heap->chunks) {
		struct iolas__dxgk_heap_chunk *chunk = heap->chunks;

		heap->chunks = chunk->next;
		heap->host->chunk_free(heap->host->user, chunk, chunk->bytes);
	}
	pthread_mutex_destroy(&heap->lock);
}

static struct iolas__dxgk_heap_chunk *take_chunk(struct iolas__dxgk_heap *heap,
						 size_t bytes)
{
	struct iolas__dxgk_heap_chunk *chunk;
	iolas_pa pa;

	chunk = heap->host->chunk_alloc(heap->host->user, bytes, 64, &pa);
	if (!chunk)
		return NULL;
	chunk->bytes = bytes;
	chunk->prev = NULL;
	chunk->next = heap->chunks;
	if (chunk->next)
		chunk->next->prev = chunk;
	heap->chunks = chunk;
	return chunk;
}

static void give_chunk(struct iolas__dxgk_heap *heap,
		       struct iolas__dxgk_heap_chunk *chunk)
{
	if (chunk->prev)
		chunk->prev->next = chunk->next;
	else
		heap->chunks = chunk->next;
	if (chunk->next)
		chunk->next->prev = chunk->prev;
	heap->host->chunk_free(heap->host->user, chunk, chunk->bytes);
}

static struct piece_head *take_large(struct iolas__dxgk_heap *heap,
				     size_t bytes)
{
	size_t whole = bytes + sizeof(struct iolas__dxgk_heap_chunk);
	struct iolas__dxgk_heap_chunk *chunk;
	struct piece_head *head;

	if (whole < bytes || whole > SIZE_MAX - 4095)
		return NULL;
	chunk = take_chunk(heap, (whole + 4095) & ~(size_t)4095);
	if (!chunk)
		return NULL;
	head = (struct piece_head *)(chunk + 1);
	head->chunk = chunk;
	head->class_index = CLASS_LARGE;
	return head;
}

static struct piece_head *take_small(struct iolas__dxgk_heap *heap,
				     uint32_t class_index)
{
	size_t bytes = (size_t)1 << (class_index + CLASS_LG2);
	struct iolas__dxgk_heap_free *idle = heap->idle[class_index];
	struct piece_head *head = (struct piece_head *)idle;

	if (idle) {
		heap->idle[class_index] = idle->next;
	} else {
		if (heap->fresh_bytes < bytes) {
			struct iolas__dxgk_heap_chunk *chunk;

			chunk = take_chunk(heap, CHUNK_BYTES);
			if (!chunk)
				return NULL;
			heap->fresh = (unsigned char *)(chunk + 1);
			heap->fresh_bytes = CHUNK_BYTES - sizeof(*chunk);
		}
		head = (struct piece_head *)heap->fresh;
		heap->fresh += bytes;
		heap->fresh_bytes -= bytes;
	}
	head->chunk = NULL;
	head->class_index = class_index;
	return head;
}

void *iolas__dxgk_alloc(struct iolas__dxgk_heap *heap, size_t bytes)
{
	size_t whole = bytes + sizeof(struct piece_head);
	struct piece_head *head = NULL;
	uint32_t class_index = 0;

	if (whole < bytes)
		return NULL;
	while (class_index < DXGK_HEAP_CLASSES - 1 &&
	       (size_t)1 << (class_index + CLASS_LG2) < whole)
		class_index++;
	pthread_mutex_lock(&heap->lock);
	if (++heap->requests != heap->fail_at) {
		if (class_index < DXGK_HEAP_CLASSES - 1)
			head = take_small(heap, class_index);
		else
			head = take_large(heap, whole);
	}
	heap->live_count += head != NULL;
	pthread_mutex_unlock(&heap->lock);
	return head ? memset(head + 1, 0, bytes) : NULL;
}

void iolas__dxgk_free(struct iolas__dxgk_heap *heap, void *piece)
{
	struct piece_head *head = piece;
	uint32_t class_index;

	if (!piece)
		return;
	head--;
	class_index = head->class_index;
	pthread_mutex_lock(&heap->lock);
	heap->live_count--;
	if (class_index == CLASS_LARGE) {
		give_chunk(heap, head->chunk);
	} else {
		struct iolas__dxgk_heap_free *idle = (void *)head;

		idle->next = heap->idle[class_index];
		heap->idle[class_index] = idle;
	}
	pthread_mutex_unlock(&heap->lock);
}

void iolas__dxgk_heap_fail_at(struct iolas__dxgk_heap *heap, uint64_t nth)
{
	pthread_mutex_lock(&heap->lock);
	heap->requests = 0;
	heap->fail_at = nth;
	pthread_mutex_unlock(&heap->lock);
}
