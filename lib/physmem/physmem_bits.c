/* SPDX-License-Identifier: MIT */
/*
 * One bit per page: walking the tree, and word-wise work on runs of bits.
 */
#include "physmem/physmem_bits.h"

#include <string.h>

#define TABLE_MASK ((UINT64_C(1) << IOLAS__BITS_TABLE_LG2) - 1)

void iolas__page_bits_init(struct iolas__page_bits *bits,
			   struct iolas__slab *nodes, uint64_t page_count)
{
	unsigned lg2 = IOLAS__BITS_LEAF_LG2;

	bits->nodes = nodes;
	bits->root = NULL;
	bits->depth = 0;
	for (; lg2 < 64 && (page_count - 1) >> lg2; bits->depth++)
		lg2 += IOLAS__BITS_TABLE_LG2;
}

static uint64_t table_index(uint64_t page, unsigned depth)
{
	return page >> (IOLAS__BITS_LEAF_LG2 +
			(depth - 1) * IOLAS__BITS_TABLE_LG2) &
	       TABLE_MASK;
}

/* The word with the bit of @page, or NULL. */
static uint64_t *find_word(const struct iolas__page_bits *bits, uint64_t page)
{
	void *node = bits->root;

	for (unsigned depth = bits->depth; node && depth; depth--)
		node = ((void **)node)[table_index(page, depth)];
	if (!node)
		return NULL;
	return &((uint64_t *)node)[page >> 6 & TABLE_MASK];
}

/* The link stays NULL when there is no memory. */
static void *follow_or_make(struct iolas__page_bits *bits, void **link)
{
	if (!*link) {
		*link = iolas__slab_alloc(bits->nodes, NULL);
		if (*link)
			memset(*link, 0, IOLAS__BITS_NODE_BYTES);
	}
	return *link;
}

static int make_leaf(struct iolas__page_bits *bits, uint64_t page)
{
	void **link = &bits->root;

	for (unsigned depth = bits->depth; depth; depth--) {
		void **table = follow_or_make(bits, link);

		if (!table)
			return IOLAS_ENOMEM;
		link = &table[table_index(page, depth)];
	}
	return follow_or_make(bits, link) ? IOLAS_OK : IOLAS_ENOMEM;
}

int iolas__page_bits_reserve(struct iolas__page_bits *bits, uint64_t first,
			     uint64_t last)
{
	const uint64_t last_leaf = last >> IOLAS__BITS_LEAF_LG2;

	for (uint64_t leaf = first >> IOLAS__BITS_LEAF_LG2; leaf <= last_leaf;
	     leaf++)
		if (make_leaf(bits, leaf << IOLAS__BITS_LEAF_LG2) != IOLAS_OK)
			return IOLAS_ENOMEM;
	return IOLAS_OK;
}

bool iolas__page_bits_test(const struct iolas__page_bits *bits, uint64_t page)
{
	const uint64_t *word = find_word(bits, page);

	return word && (*word >> (page & 63) & 1);
}

/* Bits of the word of @first that belong to the @count from @first on. */
static uint64_t word_mask(uint64_t first, uint64_t count, uint64_t *n)
{
	*n = iolas__min64(count, 64 - (first & 63));
	return (UINT64_MAX >> (64 - *n)) << (first & 63);
}

void iolas__page_bits_set(struct iolas__page_bits *bits, uint64_t first,
			  uint64_t count)
{
	for (uint64_t n; count; first += n, count -= n) {
		const uint64_t mask = word_mask(first, count, &n);

		*find_word(bits, first) |= mask;
	}
}

uint64_t iolas__page_bits_clear(struct iolas__page_bits *bits, uint64_t first,
				uint64_t count)
{
	uint64_t done = 0;

	for (uint64_t n; done < count; done += n) {
		const uint64_t page = first + done;
		uint64_t mask = word_mask(page, count - done, &n);
		uint64_t *word = find_word(bits, page);

		if (!word)
			return done;
		if ((*word & mask) != mask) {
			/* The set bits in front of the first clear one. */
			n = iolas__ctz64(~*word & mask) - (page & 63);
			mask &= iolas__mask((unsigned)((page & 63) + n));
			*word &= ~mask;
			return done + n;
		}
		*word &= ~mask;
	}
	return done;
}

uint64_t iolas__page_bits_take(struct iolas__page_bits *bits, uint64_t first,
			       uint64_t count, uint64_t *seen)
{
	uint64_t n;
	const uint64_t mask = word_mask(first, count, &n);
	uint64_t *word = find_word(bits, first);

	*seen = 0;
	if (word) {
		*seen = (*word & mask) >> (first & 63);
		*word &= ~mask;
	}
	return n;
}
