/* SPDX-License-Identifier: MIT */
/*
 * Pre-fragmentation: exact share, equal seeds, nobody else's pages, all back.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

static struct fixture f;
static struct iolas_physmem *mem;

static const struct iolas_physmem_region layout[] = {
	REGION(16, 1000, 0),
	REGION(4096, 1000, 1),
};

static int start(void **state)
{
	(void)state;
	fixture_init(&f);
	mem = make(&f, layout, COUNT(layout), 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	fixture_fini(&f);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

/* Which pages are free: all that can be had, given back again. */
static void read_free(struct iolas_physmem *of, unsigned char *is_free,
		      uint64_t count)
{
	const uint64_t free_count = free_pages(of);
	struct iolas_pagelist *list = make_list(&f);
	uint64_t pfn;

	memset(is_free, 0, count);
	if (free_count)
		CHECK_EQ(iolas_physmem_alloc_pages(of, free_count, NULL, list),
			 IOLAS_OK);
	for (uint64_t i = 0; i < free_count; i++) {
		CHECK_EQ(iolas_pagelist_frames(list, i, &pfn, 1), IOLAS_OK);
		is_free[pfn] = 1;
	}
	CHECK_EQ(iolas_physmem_free_pages(of, list), IOLAS_OK);
	iolas_pagelist_destroy(list);
}

static void exactly_the_asked_share_is_taken(void **state)
{
	static const unsigned shares[] = { 0, 1, 3, 250, 500, 999, 1000 };

	(void)state;
	for (unsigned i = 0; i < COUNT(shares); i++) {
		const uint64_t taken = 2000u * shares[i] / 1000;

		CHECK_EQ(iolas_physmem_fragment(mem, shares[i], i), IOLAS_OK);
		CHECK_EQ(free_pages(mem), 2000 - taken);
		CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).fragment_pages, taken);
		CHECK_EQ(read_stats(mem, 0).fragment_pages +
				 read_stats(mem, 1).fragment_pages,
			 taken);
		iolas_physmem_defragment(mem);
		CHECK_EQ(free_pages(mem), 2000);
		CHECK_EQ(read_stats(mem, 0).largest_pages, 1000);
	}
}

static void long_runs_become_rare(void **state)
{
	(void)state;
	CHECK_EQ(iolas_physmem_fragment(mem, 500, 42), IOLAS_OK);
	/* 1000 of 2000 at random: a free run of 100 has chance 2^-100. */
	CHECK(read_stats(mem, IOLAS_NODE_ANY).largest_pages < 100);
	CHECK(read_stats(mem, 0).free_pages > 400);
	CHECK(read_stats(mem, 1).free_pages > 400);
	iolas_physmem_defragment(mem);
}

static void equal_seeds_fragment_equally(void **state)
{
	static unsigned char first[8192], second[8192];
	struct iolas_physmem *twin = make(&f, layout, COUNT(layout), 0);

	(void)state;
	CHECK_EQ(iolas_physmem_fragment(mem, 300, 7), IOLAS_OK);
	CHECK_EQ(iolas_physmem_fragment(twin, 300, 7), IOLAS_OK);
	read_free(mem, first, sizeof(first));
	read_free(twin, second, sizeof(second));
	CHECK_MEM(first, second, sizeof(first));
	iolas_physmem_defragment(twin);
	CHECK_EQ(iolas_physmem_fragment(twin, 300, 8), IOLAS_OK);
	read_free(twin, second, sizeof(second));
	CHECK(memcmp(first, second, sizeof(first)) != 0);
	iolas_physmem_defragment(mem);
	CHECK_EQ(iolas_physmem_destroy(twin), IOLAS_OK);
}

static void what_is_in_use_stays_in_use(void **state)
{
	struct iolas_physmem_request high = any_request();
	struct iolas_pagelist *list = make_list(&f);
	iolas_pa pa;

	(void)state;
	high.where.flags = IOLAS_PLACE_HIGH;
	CHECK_EQ(iolas_physmem_alloc(mem, 100 * PAGE, &high, &pa), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 100, NULL, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_fragment(mem, 1000, 1), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 0);
	CHECK_EQ(iolas_physmem_free(mem, pa, 100 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 200);
	iolas_physmem_defragment(mem);
	CHECK_EQ(free_pages(mem), 2000);
	iolas_pagelist_destroy(list);
}

static void nobody_frees_a_fragment(void **state)
{
	struct iolas_pagelist *list = make_list(&f);

	(void)state;
	CHECK_EQ(iolas_physmem_fragment(mem, 1000, 1), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 1000 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_pagelist_append_run(list, 16 * PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_ENOENT);
	CHECK_EQ(free_pages(mem), 0);
	iolas_physmem_defragment(mem);
	iolas_pagelist_destroy(list);
}

static void fragments_add_up_and_touch(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++)
		CHECK_EQ(iolas_physmem_fragment(mem, 500, i), IOLAS_OK);
	/* 2000, halved eight times, what is taken rounded down. */
	CHECK_EQ(free_pages(mem), 8);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).fragment_pages, 1992);
	iolas_physmem_defragment(mem);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).fragment_pages, 0);
	CHECK_EQ(free_pages(mem), 2000);
	iolas_physmem_defragment(mem);
	CHECK_EQ(free_pages(mem), 2000);
}

static void a_large_machine_is_fragmented_in_stretches(void **state)
{
	const struct iolas_physmem_region big[] = {
		REGION(TI / PAGE, 8 * GI / PAGE, 0),
	};
	const uint64_t pages = 8 * GI / PAGE;
	struct iolas_physmem *vast = make(&f, big, 1, 0);

	(void)state;
	CHECK_EQ(iolas_physmem_fragment(vast, 20, 3), IOLAS_OK);
	CHECK_EQ(free_pages(vast), pages - pages / 50);
	/* Pairs of pages: a pair stays free with chance 0.98. */
	CHECK(read_stats(vast, 0).largest_pages < 4096);
	iolas_physmem_defragment(vast);
	CHECK_EQ(free_pages(vast), pages);
	CHECK_EQ(iolas_physmem_destroy(vast), IOLAS_OK);
}

static void fragments_are_poisoned_when_they_come_back(void **state)
{
	struct iolas_physmem *watched =
		make(&f, layout, COUNT(layout), IOLAS_PHYSMEM_POISON);
	unsigned char *ptr = iolas_physmem_ptr(watched, 16 * PAGE, PAGE);
	iolas_pa pa;

	(void)state;
	CHECK_EQ(iolas_physmem_alloc(watched, PAGE, NULL, &pa), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free(watched, pa, PAGE), IOLAS_OK);
	CHECK_EQ(*ptr, IOLAS_PHYSMEM_POISON_BYTE);
	CHECK_EQ(iolas_physmem_fragment(watched, 1000, 1), IOLAS_OK);
	iolas_physmem_defragment(watched);
	*ptr = 1;
	CHECK_EQ(iolas_physmem_alloc(watched, PAGE, NULL, &pa), IOLAS_OK);
	CHECK_EQ(read_stats(watched, 0).poison_hits, 1);
	iolas_physmem_destroy_all(watched);
}

static void bad_input_is_refused(void **state)
{
	(void)state;
	CHECK_EQ(iolas_physmem_fragment(NULL, 1, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_fragment(mem, 1001, 1), IOLAS_EINVAL);
	iolas_physmem_defragment(NULL);
	iolas_physmem_defragment(mem);
	CHECK_EQ(free_pages(mem), 2000);
}

RUN_CASES(LISTED(exactly_the_asked_share_is_taken),
	  LISTED(long_runs_become_rare), LISTED(equal_seeds_fragment_equally),
	  LISTED(what_is_in_use_stays_in_use), LISTED(nobody_frees_a_fragment),
	  LISTED(fragments_add_up_and_touch),
	  LISTED(a_large_machine_is_fragmented_in_stretches),
	  LISTED(fragments_are_poisoned_when_they_come_back),
	  LISTED(bad_input_is_refused))
