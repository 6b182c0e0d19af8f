/* SPDX-License-Identifier: MIT */
/*
 * Which chunk does an object belong to?  A treap of chunk headers, ordered by
 * address, heap-ordered by a hash of it: balanced in expectation however the
 * host hands out addresses.  Chunks are only added; the tree is forgotten as a
 * whole.  Needed where physical addresses are not pointers minus a constant.
 */
#ifndef IOLAS_SLAB_SLAB_INDEX_H
#define IOLAS_SLAB_SLAB_INDEX_H

#include <iolas/base.h>

/* Stands behind the objects of its chunk: base <= object < header. */
struct iolas__slab_chunk {
	struct iolas__slab_chunk *next;	      /* all chunks of the slab */
	struct iolas__slab_chunk *next_spare; /* of those, the untouched ones */
	struct iolas__slab_chunk *below;      /* index: lower addresses */
	struct iolas__slab_chunk *above;      /* index: higher addresses */
	unsigned char *base;
	iolas_pa pa;  /* of base */
	size_t bytes; /* as taken from the host */
};

/*
 * Mixes every bit of the address into every bit of the rank.  One product is
 * not enough: on evenly spaced addresses its values are evenly spaced too, and
 * the tree comes out many times as high.  Each step can be undone, so distinct
 * addresses get distinct ranks.
 */
static inline uint64_t slab_index_rank(const struct iolas__slab_chunk *chunk)
{
	uint64_t rank = (uint64_t)(uintptr_t)chunk;

	rank = (rank ^ (rank >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	rank = (rank ^ (rank >> 27)) * UINT64_C(0x94d049bb133111eb);
	return rank ^ (rank >> 31);
}

static inline void slab_index_add(struct iolas__slab_chunk **root,
				  struct iolas__slab_chunk *chunk)
{
	struct iolas__slab_chunk **link = root;
	struct iolas__slab_chunk **below = &chunk->below;
	struct iolas__slab_chunk **above = &chunk->above;
	struct iolas__slab_chunk *split;

	/* Down past everybody of higher rank: they stay above us. */
	while (*link && slab_index_rank(*link) > slab_index_rank(chunk))
		link = (*link)->base < chunk->base ? &(*link)->above
						   : &(*link)->below;
	split = *link;
	*link = chunk;
	/* What hung here is cut along our address into our two sides. */
	while (split) {
		if (split->base < chunk->base) {
			*below = split;
			below = &split->above;
			split = *below;
		} else {
			*above = split;
			above = &split->below;
			split = *above;
		}
	}
	*below = NULL;
	*above = NULL;
}

/* The chunk that @object lies in; NULL when there is none. */
static inline struct iolas__slab_chunk *
slab_index_find(struct iolas__slab_chunk *root, const void *object)
{
	const unsigned char *at = object;

	while (root) {
		if (at < root->base)
			root = root->below;
		else if (at >= (const unsigned char *)root)
			root = root->above;
		else
			break;
	}
	return root;
}

#endif /* IOLAS_SLAB_SLAB_INDEX_H */
