/* SPDX-License-Identifier: MIT */
/*
 * Slab: one lock, one list of freed objects, chunks that are only ever given
 * back all at once.  A chunk's header stands behind its objects, so that these
 * start at the chunk's own alignment:
 *
 *     base                                   base + count * object_bytes
 *     | object | object | ... | object | header |
 *
 *     idle_count == freed objects + fresh ones + those of spare chunks
 */
#include "slab/slab_priv.h"

#include "base/asan.h"
#include "slab/slab_index.h"

#include <string.h>

#define FIRST_CHUNK_BYTES (64u << 10)
#define LAST_CHUNK_BYTES  (2u << 20)
#define LEAST_ALIGN	  8u
#define CHUNK_ALIGN	  64u

/* Objects that a chunk of about @want bytes holds; at least one. */
static uint32_t objects_in(const struct iolas__slab *slab, uint32_t want)
{
	const uint32_t room = want - (uint32_t)sizeof(struct iolas__slab_chunk);
	const uint32_t count = room / slab->object_bytes;

	return count ? count : 1;
}

static uint32_t chunk_objects(const struct iolas__slab *slab,
			      const struct iolas__slab_chunk *chunk)
{
	return (uint32_t)((const unsigned char *)chunk - chunk->base) /
	       slab->object_bytes;
}

/* A chunk for @count objects, linked nowhere yet. */
static struct iolas__slab_chunk *take_chunk(const struct iolas__slab *slab,
					    uint32_t count)
{
	const size_t objects = (size_t)count * slab->object_bytes;
	const size_t bytes = objects + sizeof(struct iolas__slab_chunk);
	struct iolas__slab_chunk *chunk;
	unsigned char *base;
	iolas_pa pa = 0;

	base = iolas__host_chunk_alloc(
		slab->host, bytes,
		slab->align > CHUNK_ALIGN ? slab->align : CHUNK_ALIGN, &pa);
	if (!base)
		return NULL;
	chunk = (struct iolas__slab_chunk *)(void *)(base + objects);
	*chunk = (struct iolas__slab_chunk){
		.base = base,
		.bytes = bytes,
		.pa = pa,
	};
	iolas__asan_poison(base, objects);
	return chunk;
}

/*
 * Adds one chunk to the spare ones.  A host that has no contiguous memory of
 * the size we would like is asked for half of it, down to the first size.
 */
static bool grow(struct iolas__slab *slab)
{
	uint32_t want = slab->next_chunk_bytes;
	struct iolas__slab_chunk *chunk =
		take_chunk(slab, objects_in(slab, want));

	while (!chunk && want > FIRST_CHUNK_BYTES) {
		want >>= 1;
		chunk = take_chunk(slab, objects_in(slab, want));
	}
	if (!chunk)
		return false;
	chunk->next = slab->chunks;
	slab->chunks = chunk;
	slab_index_add(&slab->index, chunk);
	chunk->next_spare = slab->spare;
	slab->spare = chunk;
	slab->idle_count += chunk_objects(slab, chunk);
	slab->chunk_bytes += chunk->bytes;
	slab->next_chunk_bytes =
		want < LAST_CHUNK_BYTES ? want << 1 : LAST_CHUNK_BYTES;
	return true;
}

static void *pop_freed(struct iolas__slab *slab)
{
	void *object = slab->free_list;

	iolas__asan_unpoison(object, slab->object_bytes);
	memcpy(&slab->free_list, object, sizeof(slab->free_list));
	return object;
}

/* There is a fresh object or a spare chunk. */
static void *cut_fresh(struct iolas__slab *slab)
{
	void *object;

	if (slab->fresh == slab->fresh_end) {
		struct iolas__slab_chunk *chunk = slab->spare;

		slab->spare = chunk->next_spare;
		slab->fresh = chunk->base;
		slab->fresh_end = (unsigned char *)chunk;
	}
	object = slab->fresh;
	slab->fresh += slab->object_bytes;
	iolas__asan_unpoison(object, slab->object_bytes);
	return object;
}

/* 0 when the object is not ours: the caller broke the contract. */
static iolas_pa find_pa(const struct iolas__slab *slab, const void *object)
{
	const unsigned char *at = object;
	const struct iolas__slab_chunk *chunk;

	if (slab->host->flags & IOLAS_HOST_LINEAR)
		return (iolas_pa)(uintptr_t)at - slab->host->pa_bias;
	chunk = slab_index_find(slab->index, object);
	return chunk ? chunk->pa + (iolas_pa)(at - chunk->base) : 0;
}

void iolas__slab_init(struct iolas__slab *slab, const struct iolas_host *host,
		      uint32_t object_bytes, uint32_t align)
{
	memset(slab, 0, sizeof(*slab));
	slab->host = host;
	slab->align = align < LEAST_ALIGN ? LEAST_ALIGN : align;
	slab->object_bytes =
		(object_bytes + slab->align - 1) & ~(slab->align - 1);
	slab->next_chunk_bytes = FIRST_CHUNK_BYTES;
}

void iolas__slab_fini(struct iolas__slab *slab)
{
	struct iolas__slab_chunk *chunk = slab->chunks;

	while (chunk) {
		struct iolas__slab_chunk *next = chunk->next;

		/* The host's memory is the host's again, readable as it was. */
		iolas__asan_unpoison(chunk->base, chunk->bytes & ~(size_t)7);
		slab->host->chunk_free(slab->host->user, chunk->base,
				       chunk->bytes);
		chunk = next;
	}
	iolas__slab_init(slab, slab->host, slab->object_bytes, slab->align);
}

void *iolas__slab_alloc(struct iolas__slab *slab, iolas_pa *pa)
{
	void *object = NULL;

	iolas__lock_acquire(slab->host, &slab->lock);
	if (slab->free_list) {
		object = pop_freed(slab);
	} else if (slab->idle_count || grow(slab)) {
		object = cut_fresh(slab);
	}
	if (object) {
		slab->idle_count--;
		slab->object_count++;
		if (pa)
			*pa = find_pa(slab, object);
	}
	iolas__lock_release(&slab->lock);
	return object;
}

void iolas__slab_free(struct iolas__slab *slab, void *object)
{
	if (!object)
		return;
	iolas__lock_acquire(slab->host, &slab->lock);
	memcpy(object, &slab->free_list, sizeof(slab->free_list));
	iolas__asan_poison(object, slab->object_bytes);
	slab->free_list = object;
	slab->object_count--;
	slab->idle_count++;
	iolas__lock_release(&slab->lock);
}

int iolas__slab_reserve(struct iolas__slab *slab, uint64_t count)
{
	int status = IOLAS_OK;

	iolas__lock_acquire(slab->host, &slab->lock);
	while (slab->idle_count < count)
		if (!grow(slab)) {
			status = IOLAS_ENOMEM;
			break;
		}
	iolas__lock_release(&slab->lock);
	return status;
}

iolas_pa iolas__slab_pa(struct iolas__slab *slab, const void *object)
{
	iolas_pa pa;

	iolas__lock_acquire(slab->host, &slab->lock);
	pa = find_pa(slab, object);
	iolas__lock_release(&slab->lock);
	return pa;
}

void iolas__slab_usage(struct iolas__slab *slab, uint64_t *object_count,
		       uint64_t *chunk_bytes)
{
	iolas__lock_acquire(slab->host, &slab->lock);
	*object_count = slab->object_count;
	*chunk_bytes = slab->chunk_bytes;
	iolas__lock_release(&slab->lock);
}
