/* SPDX-License-Identifier: MIT */
/*
 * Scattered pages: taken all or none, freed in any grouping, and never mixed
 * up with blocks.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

static struct fixture f;
static struct iolas_physmem *mem;
static struct iolas_pagelist *list;

/* Pages 16..31 node 0, 32..47 node 1 touching it, 64..127 node 0. */
static const struct iolas_physmem_region layout[] = {
	REGION(16, 16, 0),
	REGION(32, 16, 1),
	REGION(64, 64, 0),
};

static int start(void **state)
{
	(void)state;
	fixture_init(&f);
	mem = make(&f, layout, COUNT(layout), 0);
	list = make_list(&f);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	iolas_pagelist_destroy(list);
	iolas_physmem_destroy_all(mem);
	fixture_fini(&f);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

static void check_pages(uint64_t count,
			const struct iolas_physmem_request *request)
{
	CHECK_EQ(iolas_physmem_alloc_pages(mem, count, request, list),
		 IOLAS_OK);
}

static void check_refused(uint64_t count,
			  const struct iolas_physmem_request *request,
			  int status)
{
	const uint64_t pages = iolas_pagelist_page_count(list);
	const uint64_t bytes = iolas_pagelist_byte_count(list);
	const uint64_t runs = iolas_pagelist_run_count(list);
	const uint64_t before = free_pages(mem);

	CHECK_EQ(iolas_physmem_alloc_pages(mem, count, request, list), status);
	CHECK_EQ(iolas_pagelist_page_count(list), pages);
	CHECK_EQ(iolas_pagelist_byte_count(list), bytes);
	CHECK_EQ(iolas_pagelist_run_count(list), runs);
	CHECK_EQ(free_pages(mem), before);
}

static void check_frame(uint64_t index, uint64_t pfn)
{
	uint64_t seen;

	CHECK_EQ(iolas_pagelist_frames(list, index, &seen, 1), IOLAS_OK);
	CHECK_EQ(seen, pfn);
}

/* Frees a list of its own made of these frames. */
static int free_frames(const uint64_t *pfns, uint64_t count)
{
	struct iolas_pagelist *some = make_list(&f);
	int status;

	CHECK_EQ(iolas_pagelist_append_frames(some, pfns, count), IOLAS_OK);
	status = iolas_physmem_free_pages(mem, some);
	iolas_pagelist_destroy(some);
	return status;
}

static void low_pages_make_few_runs(void **state)
{
	(void)state;
	check_pages(40, NULL);
	/* The list joins pages of touching regions; blocks never do. */
	CHECK_EQ(iolas_pagelist_run_count(list), 2);
	check_frame(0, 16);
	check_frame(31, 47);
	check_frame(32, 64);
	CHECK_EQ(free_pages(mem), 96 - 40);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_page_count(list), 40);
	CHECK_EQ(free_pages(mem), 96);
}

static void pages_are_appended(void **state)
{
	(void)state;
	check_pages(2, NULL);
	check_pages(3, NULL);
	CHECK_EQ(iolas_pagelist_page_count(list), 5);
	CHECK_EQ(iolas_pagelist_run_count(list), 1);
	CHECK_EQ(iolas_pagelist_byte_count(list), 5 * PAGE);
}

static void all_or_none(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	check_pages(3, NULL);
	check_refused(94, NULL, IOLAS_ENOSPC);
	check_refused(TOP >> 13, NULL, IOLAS_ENOSPC);
	r.where.last = 24 * PAGE - 1;
	check_refused(6, &r, IOLAS_ENOSPC);
	check_pages(5, &r);
	r = any_request();
	r.node = 1;
	check_refused(17, &r, IOLAS_ENOSPC);
	check_pages(16, &r);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 96);
}

static void a_wished_node_comes_first_then_the_others(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	r.node = 1;
	r.flags = IOLAS_PHYSMEM_NODE_HINT;
	check_pages(18, &r);
	check_frame(0, 32);
	check_frame(15, 47);
	check_frame(16, 16);
	check_frame(17, 17);
}

static void high_pages_come_from_the_top(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	r.where.flags = IOLAS_PLACE_HIGH;
	check_pages(65, &r);
	/* Neighbours are kept upwards, so that they make a run. */
	CHECK_EQ(iolas_pagelist_run_count(list), 2);
	check_frame(0, 47);
	check_frame(1, 64);
	check_frame(64, 127);
}

static void random_pages_are_scattered_and_equal_seeds_agree(void **state)
{
	struct iolas_physmem_request r = any_request();
	uint64_t first[96], second[96];

	(void)state;
	r.where.flags = IOLAS_PLACE_RANDOM;
	r.where.seed = 7;
	check_pages(96, &r);
	CHECK_EQ(free_pages(mem), 0);
	CHECK(iolas_pagelist_run_count(list) > 48);
	CHECK_EQ(iolas_pagelist_frames(list, 0, first, 96), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	iolas_pagelist_clear(list);
	check_pages(96, &r);
	CHECK_EQ(iolas_pagelist_frames(list, 0, second, 96), IOLAS_OK);
	CHECK_MEM(first, second, sizeof(first));
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	iolas_pagelist_clear(list);
	r.where.seed = 8;
	check_pages(96, &r);
	CHECK_EQ(iolas_pagelist_frames(list, 0, second, 96), IOLAS_OK);
	CHECK(memcmp(first, second, sizeof(first)) != 0);
}

static void limits_count_whole_pages(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	r.where.first = 30 * PAGE + 1;
	r.where.last = 34 * PAGE - 2;
	check_refused(3, &r, IOLAS_ENOSPC);
	check_pages(2, &r);
	check_frame(0, 31);
	check_frame(1, 32);
}

static void pages_go_back_in_any_grouping(void **state)
{
	const uint64_t middle[] = { 20, 30, 21 };
	const uint64_t edge[] = { 31, 32 };
	const uint64_t rest[] = { 16, 17, 18, 19, 22, 23, 24, 25,
				  26, 27, 28, 29, 33, 34, 35 };

	(void)state;
	check_pages(20, NULL);
	CHECK_EQ(free_frames(middle, 3), IOLAS_OK);
	CHECK_EQ(free_frames(edge, 2), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 96 - 15);
	CHECK_EQ(free_frames(middle, 1), IOLAS_ENOENT);
	CHECK_EQ(free_frames(rest, 15), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 96);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).largest_pages, 64);
}

static void a_wrong_page_frees_none(void **state)
{
	const uint64_t twice[] = { 16, 18, 17, 18 };
	const uint64_t never[] = { 16, 17, 90 };
	const uint64_t outside[] = { 16, 17, 48 };
	const uint64_t beyond[] = { 16, TOP >> 12 };
	const uint64_t right[] = { 18, 17, 16 };

	(void)state;
	check_pages(3, NULL);
	CHECK_EQ(free_frames(twice, 4), IOLAS_ENOENT);
	CHECK_EQ(free_frames(never, 3), IOLAS_ENOENT);
	CHECK_EQ(free_frames(outside, 3), IOLAS_ENOENT);
	CHECK_EQ(free_frames(beyond, 2), IOLAS_ENOENT);
	CHECK_EQ(free_pages(mem), 93);
	CHECK_EQ(free_frames(right, 3), IOLAS_OK);
	CHECK_EQ(free_frames(right, 3), IOLAS_ENOENT);
	CHECK_EQ(free_pages(mem), 96);
}

static void a_run_with_a_dead_page_inside_frees_none(void **state)
{
	struct iolas_pagelist *run = make_list(&f);
	const uint64_t one[] = { 25 };

	(void)state;
	check_pages(16, NULL);
	CHECK_EQ(free_frames(one, 1), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(run, 16 * PAGE, 16 * PAGE),
		 IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, run), IOLAS_ENOENT);
	CHECK_EQ(free_pages(mem), 96 - 15);
	iolas_pagelist_clear(run);
	CHECK_EQ(iolas_pagelist_append_run(run, 16 * PAGE, 9 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(run, 26 * PAGE, 6 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, run), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 96);
	iolas_pagelist_destroy(run);
}

static void blocks_and_pages_do_not_mix(void **state)
{
	const uint64_t block[] = { 19 };
	iolas_pa pa;

	(void)state;
	check_pages(3, NULL);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, NULL, &pa), IOLAS_OK);
	CHECK_EQ(pa, 19 * PAGE);
	CHECK_EQ(free_frames(block, 1), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 3 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, pa, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 96);
}

static void an_empty_list_frees_nothing(void **state)
{
	(void)state;
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 96);
}

static void bad_input_is_refused(void **state)
{
	struct iolas_pagelist *other;
	struct iolas_physmem_request r;

	(void)state;
	CHECK_EQ(iolas_physmem_alloc_pages(NULL, 1, NULL, list), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 1, NULL, NULL), IOLAS_EINVAL);
	check_refused(0, NULL, IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_create(&f.host.table, 14, &other), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 1, NULL, other), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_free_pages(mem, other), IOLAS_EINVAL);
	iolas_pagelist_destroy(other);
	CHECK_EQ(iolas_physmem_free_pages(mem, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_free_pages(NULL, list), IOLAS_EINVAL);
	r = any_request();
	r.where.align = 2 * PAGE;
	check_refused(1, &r, IOLAS_EINVAL);
	r = any_request();
	r.where.guard = PAGE;
	check_refused(1, &r, IOLAS_EINVAL);
	r = any_request();
	r.where.flags = IOLAS_PLACE_EXPLICIT;
	check_refused(1, &r, IOLAS_EINVAL);
	r = any_request();
	r.flags = 64;
	check_refused(1, &r, IOLAS_EINVAL);
}

static void a_list_that_cannot_grow_gets_no_pages(void **state)
{
	(void)state;
	check_pages(1, NULL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, 10), IOLAS_OK);
	check_refused(1, NULL, IOLAS_EBUSY);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, PAGE), IOLAS_OK);
	check_refused(TOP >> 12, NULL, IOLAS_ERANGE);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
}

static void a_refused_call_keeps_offset_and_count(void **state)
{
	(void)state;
	check_pages(2, NULL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 100, 2 * PAGE - 100), IOLAS_OK);
	check_refused(1000, NULL, IOLAS_ENOSPC);
	CHECK_EQ(iolas_pagelist_byte_offset(list), 100);
	check_pages(1, NULL);
	CHECK_EQ(iolas_pagelist_byte_count(list), 3 * PAGE - 100);
}

/* The largest memory descriptor list: 4 GiB less a page. */
static void a_million_pages_come_and_go(void **state)
{
	const struct iolas_physmem_region big[] = { REGION(TI / PAGE,
							   5 * GI / PAGE, 0) };
	const uint64_t count = IS_SANITIZED ? 65535 : 1048575;
	struct iolas_physmem *vast = make(&f, big, 1, 0);

	(void)state;
	CHECK_EQ(iolas_physmem_alloc_pages(vast, count, NULL, list), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_run_count(list), 1);
	CHECK_EQ(iolas_pagelist_byte_count(list), count * PAGE);
	CHECK_EQ(iolas_physmem_free_pages(vast, list), IOLAS_OK);
	CHECK_EQ(read_stats(vast, 0).largest_pages, 5 * GI / PAGE);
	CHECK_EQ(iolas_physmem_destroy(vast), IOLAS_OK);
}

RUN_CASES(LISTED(low_pages_make_few_runs), LISTED(pages_are_appended),
	  LISTED(all_or_none),
	  LISTED(a_wished_node_comes_first_then_the_others),
	  LISTED(high_pages_come_from_the_top),
	  LISTED(random_pages_are_scattered_and_equal_seeds_agree),
	  LISTED(limits_count_whole_pages),
	  LISTED(pages_go_back_in_any_grouping),
	  LISTED(a_wrong_page_frees_none),
	  LISTED(a_run_with_a_dead_page_inside_frees_none),
	  LISTED(blocks_and_pages_do_not_mix),
	  LISTED(an_empty_list_frees_nothing), LISTED(bad_input_is_refused),
	  LISTED(a_list_that_cannot_grow_gets_no_pages),
	  LISTED(a_refused_call_keeps_offset_and_count),
	  LISTED(a_million_pages_come_and_go))
