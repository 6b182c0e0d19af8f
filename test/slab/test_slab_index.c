/* SPDX-License-Identifier: MIT */
/*
 * The index of chunks by address: right for every byte, and shallow in
 * whatever order the host hands addresses out.
 * Floor: slab.
 */
#include "slab/slab_index.h"

#include "harness/check.h"
#include "harness/rng.h"

#include <stdbool.h>
#include <string.h>

enum { CHUNKS = 1000, OBJECT_BYTES = 64, GAP_BYTES = 32 };

/* A chunk as the slab lays it out, and a gap that belongs to nobody. */
struct cell {
	unsigned char objects[OBJECT_BYTES];
	struct iolas__slab_chunk header;
	unsigned char gap[GAP_BYTES];
};

static struct cell cell[CHUNKS];

static void add(struct iolas__slab_chunk **root, unsigned at)
{
	memset(&cell[at].header, 0, sizeof(cell[at].header));
	cell[at].header.base = cell[at].objects;
	slab_index_add(root, &cell[at].header);
}

static unsigned height(const struct iolas__slab_chunk *root)
{
	unsigned below, above;

	if (!root)
		return 0;
	below = height(root->below);
	above = height(root->above);
	return 1 + (below > above ? below : above);
}

/* Every byte of every cell that was added, and of those that were not. */
static void check_all_bytes(struct iolas__slab_chunk *root, const bool *is_in)
{
	for (unsigned at = 0; at < CHUNKS; at++) {
		struct cell *c = &cell[at];

		for (unsigned i = 0; i < OBJECT_BYTES; i++)
			CHECK(slab_index_find(root, &c->objects[i]) ==
			      (is_in[at] ? &c->header : NULL));
		CHECK(!slab_index_find(root, &c->header));
		for (unsigned i = 0; i < GAP_BYTES; i++)
			CHECK(!slab_index_find(root, &c->gap[i]));
	}
}

/*
 * A random tree of n nodes is higher than 4 log2 n with a probability that
 * nobody lives to see: 40 for 1000 chunks, against 1000 for a list.
 */
static void check_height(const struct iolas__slab_chunk *root)
{
	CHECK(height(root) <= 40);
}

static void rising_addresses_make_no_list(void **state)
{
	struct iolas__slab_chunk *root = NULL;
	bool is_in[CHUNKS];

	(void)state;
	for (unsigned at = 0; at < CHUNKS; at++) {
		add(&root, at);
		is_in[at] = true;
	}
	check_height(root);
	check_all_bytes(root, is_in);
}

static void falling_addresses_make_no_list(void **state)
{
	struct iolas__slab_chunk *root = NULL;
	bool is_in[CHUNKS];

	(void)state;
	for (unsigned at = CHUNKS; at-- > 0;) {
		add(&root, at);
		is_in[at] = true;
	}
	check_height(root);
	check_all_bytes(root, is_in);
}

static void every_chunk_is_found_while_the_index_grows(void **state)
{
	struct rng rng = rng_seed(4);
	struct iolas__slab_chunk *root = NULL;
	bool is_in[CHUNKS] = { false };

	(void)state;
	check_all_bytes(root, is_in);
	for (unsigned step = 0; step < CHUNKS / 2; step++) {
		unsigned at = (unsigned)rng_below(&rng, CHUNKS);

		while (is_in[at])
			at = (at + 1) % CHUNKS;
		add(&root, at);
		is_in[at] = true;
		if (step % 100 == 0)
			check_all_bytes(root, is_in);
	}
	check_height(root);
	check_all_bytes(root, is_in);
}

RUN_CASES(CASE(rising_addresses_make_no_list),
	  CASE(falling_addresses_make_no_list),
	  CASE(every_chunk_is_found_while_the_index_grows))
