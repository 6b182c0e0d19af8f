/* SPDX-License-Identifier: MIT */
/*
 * Random work on physical memory against the model that tries every page:
 * blocks and scattered pages under every kind of limit, wrong frees, writes
 * after free, counters.
 * Floor: physmem.  Tools: seeded; the seed is printed.
 */
#include "physmem_fixture.h"

#include "harness/rng.h"
#include "model/physmem_model.h"

#define STEPS 6000u
#define HELD  200u

static struct fixture f;
static struct physmem_model model;
static struct iolas_physmem *mem;

struct block {
	uint64_t base;
	uint64_t pages;
};

static struct block blocks[HELD];
static unsigned block_count;
static uint64_t held[PHYSMEM_MODEL_PAGES]; /* scattered pages */
static unsigned held_count;

/* In address order: touching regions, holes, three nodes, the top of space. */
static const struct iolas_physmem_region layout[] = {
	REGION(0, 8, 1),	  REGION(16, 60, 0),
	REGION(76, 40, 1),	  REGION(200, 64, 0),
	REGION(TI / PAGE, 50, 2), REGION((TOP >> 12) - 29, 30, 2),
};

/* An address near the memory, or an end of a region, often not aligned. */
static uint64_t some_address(struct rng *rng)
{
	const struct iolas_physmem_region *r =
		&layout[rng_below(rng, COUNT(layout))];
	const uint64_t at = r->first + rng_below(rng, r->last - r->first);

	switch (rng_below(rng, 5)) {
	case 0:
		return at & ~(PAGE - 1);
	case 1:
		return at | (PAGE - 1);
	case 2:
		return r->last;
	case 3:
		return r->first;
	default:
		return at;
	}
}

static void some_limits(struct rng *rng, struct iolas_range_constraints *c)
{
	if (rng_below(rng, 2)) {
		const uint64_t a = some_address(rng);
		const uint64_t b = some_address(rng);

		c->first = rng_below(rng, 3) ? (a < b ? a : b) : 0;
		c->last = rng_below(rng, 3) ? (a < b ? b : a) : TOP;
	}
	c->seed = rng_next(rng);
}

static struct iolas_physmem_request some_request(struct rng *rng)
{
	struct iolas_physmem_request r = any_request();

	r.flags = (uint32_t)rng_below(rng, 4); /* zeroes, hint */
	if (rng_below(rng, 2))
		r.node = (uint32_t)rng_below(rng, 4);
	some_limits(rng, &r.where);
	return r;
}

static void alloc_block(struct rng *rng)
{
	struct iolas_physmem_request r = some_request(rng);
	const uint64_t pages = 1 + rng_below(rng, rng_below(rng, 3) ? 8 : 64);
	uint64_t base = 0;
	bool wished;
	iolas_pa pa = 1;
	int status;

	r.where.flags = (uint32_t)rng_below(rng, 6);
	if (rng_below(rng, 3) == 0)
		r.where.align = PAGE * (1 + rng_below(rng, 9));
	if (rng_below(rng, 3) == 0)
		r.where.boundary = PAGE << rng_below(rng, 6);
	if (rng_below(rng, 4) == 0)
		r.where.guard = PAGE * rng_below(rng, 3);
	if (r.where.flags == IOLAS_PLACE_EXPLICIT)
		r.where.at = some_address(rng) & ~(PAGE - 1);
	status = physmem_model_place(&model, pages, &r, &base, &wished);
	CHECK_EQ(iolas_physmem_alloc(mem, pages * PAGE, &r, &pa), status);
	if (status != IOLAS_OK) {
		CHECK_EQ(pa, 1);
		return;
	}
	if (r.where.flags == IOLAS_PLACE_RANDOM) {
		CHECK(physmem_model_fits_at(&model, pages, &r.where,
					    pa / PAGE));
		if (r.node != IOLAS_NODE_ANY)
			CHECK_EQ(physmem_model_at(&model, pa / PAGE)->node ==
					 r.node,
				 wished);
	} else {
		CHECK_EQ(pa / PAGE, base);
	}
	physmem_model_take(&model, pages, r.where.guard / PAGE, pa / PAGE);
	CHECK(block_count < HELD);
	blocks[block_count++] = (struct block){ pa / PAGE, pages };
}

static void free_block(struct rng *rng)
{
	struct block b = { some_address(rng) / PAGE, 1 + rng_below(rng, 4) };
	unsigned at = 0;
	int status;

	if (block_count && rng_below(rng, 4)) {
		at = (unsigned)rng_below(rng, block_count);
		b = blocks[at];
		if (rng_below(rng, 8) == 0)
			b.pages += 1;
		if (rng_below(rng, 8) == 0)
			b.base = (b.base + 1) & (TOP / PAGE);
	}
	status = physmem_model_free(&model, b.base, b.pages);
	CHECK_EQ(iolas_physmem_free(mem, b.base * PAGE, b.pages * PAGE),
		 status);
	if (status != IOLAS_OK)
		return;
	for (at = 0; blocks[at].base != b.base; at++)
		;
	blocks[at] = blocks[--block_count];
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The new pages are the right ones, or for random placement possible ones. */
static void check_picked(const struct iolas_physmem_request *r,
			 const uint64_t *expected, uint64_t *seen,
			 uint64_t count)
{
	uint64_t of_node = 0, free_of_node = 0;

	qsort(seen, (size_t)count, sizeof(*seen), by_number);
	if (r->where.flags != IOLAS_PLACE_RANDOM) {
		CHECK_MEM(seen, expected, (size_t)count * sizeof(*seen));
		return;
	}
	for (uint64_t i = 0; i < count; i++) {
		const struct physmem_model_page *page =
			physmem_model_at(&model, seen[i]);

		CHECK(page && physmem_model_page_fits(page, &r->where));
		CHECK(i == 0 || seen[i] != seen[i - 1]);
		of_node += page->node == r->node;
	}
	/* Of the wished node as many as there are: the model's pages say. */
	for (uint64_t i = 0; i < count; i++)
		free_of_node +=
			physmem_model_at(&model, expected[i])->node == r->node;
	CHECK_EQ(of_node, r->node == IOLAS_NODE_ANY ? 0 : free_of_node);
}

static void alloc_pages(struct rng *rng)
{
	static const uint32_t places[] = { IOLAS_PLACE_DEFAULT, IOLAS_PLACE_LOW,
					   IOLAS_PLACE_HIGH,
					   IOLAS_PLACE_RANDOM };
	struct iolas_physmem_request r = some_request(rng);
	const uint64_t count = 1 + rng_below(rng, rng_below(rng, 3) ? 8 : 100);
	struct iolas_pagelist *list = make_list(&f);
	uint64_t expected[PHYSMEM_MODEL_PAGES], seen[128];
	int status;

	r.where.flags = places[rng_below(rng, 4)];
	status = physmem_model_pick(&model, count, &r, expected);
	CHECK_EQ(iolas_physmem_alloc_pages(mem, count, &r, list), status);
	CHECK_EQ(iolas_pagelist_page_count(list),
		 status == IOLAS_OK ? count : 0);
	if (status == IOLAS_OK) {
		CHECK_EQ(iolas_pagelist_frames(list, 0, seen, count), IOLAS_OK);
		check_picked(&r, expected, seen, count);
		for (uint64_t i = 0; i < count; i++) {
			physmem_model_take_page(&model, seen[i]);
			held[held_count++] = seen[i];
		}
	}
	iolas_pagelist_destroy(list);
}

static void free_some_pages(struct rng *rng)
{
	uint64_t numbers[64];
	const uint64_t count = 1 + rng_below(rng, 64);
	struct iolas_pagelist *list = make_list(&f);
	int status;

	if (!held_count)
		numbers[0] = some_address(rng) / PAGE;
	/* From here on upwards: distinct unless it wraps, often runs. */
	for (uint64_t i = 0, at = rng_below(rng, held_count + 1);
	     i < count && held_count; i++)
		numbers[i] = held[(at + i) % held_count];
	if (rng_below(rng, 6) == 0)
		numbers[0] = some_address(rng) / PAGE;
	CHECK_EQ(iolas_pagelist_append_frames(list, numbers,
					      held_count ? count : 1),
		 IOLAS_OK);
	status = physmem_model_free_pages(&model, numbers,
					  held_count ? count : 1);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), status);
	iolas_pagelist_destroy(list);
	if (status != IOLAS_OK)
		return;
	for (unsigned i = 0; i < held_count;) {
		if (physmem_model_at(&model, held[i])->kind !=
		    PHYSMEM_MODEL_SCATTERED)
			held[i] = held[--held_count];
		else
			i++;
	}
}

/* A write to any page; to a poisoned free one it is a hit later on. */
static void write_somewhere(struct rng *rng)
{
	const uint64_t at = some_address(rng);
	unsigned char *ptr = iolas_physmem_ptr(mem, at, 1);

	CHECK(ptr != NULL);
	if (*ptr == 0x11)
		return;
	*ptr = 0x11;
	physmem_model_at(&model, at / PAGE)->is_dirty = true;
}

static void compare(void)
{
	static const uint32_t nodes[] = { 0, 1, 2, 3, IOLAS_NODE_ANY };

	for (unsigned i = 0; i < COUNT(nodes); i++) {
		const struct iolas_physmem_stats seen =
			read_stats(mem, nodes[i]);
		struct iolas_physmem_stats s;

		physmem_model_stats(&model, nodes[i], &s);
		CHECK_EQ(seen.total_pages, s.total_pages);
		CHECK_EQ(seen.free_pages, s.free_pages);
		CHECK_EQ(seen.largest_pages, s.largest_pages);
		CHECK_EQ(seen.poison_hits, s.poison_hits);
		CHECK_EQ(seen.highest, s.highest);
	}
}

static void step(struct rng *rng)
{
	switch (rng_below(rng, 8)) {
	case 0:
	case 1:
		if (block_count < HELD)
			alloc_block(rng);
		break;
	case 2:
		alloc_pages(rng);
		break;
	case 3:
	case 4:
		free_block(rng);
		break;
	case 5:
	case 6:
		free_some_pages(rng);
		break;
	default:
		write_somewhere(rng);
		break;
	}
}

static void run(struct rng *rng, uint32_t flags)
{
	fixture_init(&f);
	block_count = held_count = 0;
	physmem_model_init(&model, layout, COUNT(layout), flags != 0);
	mem = make(&f, layout, COUNT(layout), flags);
	for (unsigned i = 0; i < STEPS; i++) {
		step(rng);
		compare();
	}
	iolas_physmem_destroy_all(mem);
	fixture_fini(&f);
}

static void random_work_agrees_with_the_model(void **state)
{
	struct rng rng = rng_seed(0x9d5a11);

	(void)state;
	run(&rng, 0);
}

static void random_work_on_poisoned_memory_agrees_too(void **state)
{
	struct rng rng = rng_seed(0x9d5a12);

	(void)state;
	run(&rng, IOLAS_PHYSMEM_POISON);
	CHECK(model.poison_hits > 0);
}

RUN_CASES(CASE(random_work_agrees_with_the_model),
	  CASE(random_work_on_poisoned_memory_agrees_too))
