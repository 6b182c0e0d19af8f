/* SPDX-License-Identifier: MIT */
/*
 * Walking a memory: every kind of stretch has its name, and the stretches cover
 * everything from 0 to the highest byte without a gap.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

static struct fixture f;
static struct iolas_physmem *mem;

static const struct iolas_physmem_region layout[] = {
	REGION(16, 16, 3),
	REGION(32, 16, 4),
	REGION(64, 16, 5),
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
	iolas_physmem_destroy_all(mem);
	fixture_fini(&f);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

/* The stretch at page @page is pages @first to @last. */
static void check_at(uint64_t page, uint32_t kind, uint64_t first,
		     uint64_t last, uint32_t node)
{
	struct iolas_physmem_info info = { .struct_size = sizeof(info) };

	CHECK_EQ(iolas_physmem_next(mem, page * PAGE + 7, &info), IOLAS_OK);
	CHECK_EQ(info.kind, kind);
	CHECK_EQ(info.first, first * PAGE);
	CHECK_EQ(info.last, last * PAGE + (PAGE - 1));
	CHECK_EQ(info.node, node);
	CHECK_EQ(info.struct_size, sizeof(info));
}

static void take(uint64_t page, uint64_t pages, uint64_t guard)
{
	struct iolas_physmem_request r = any_request();
	iolas_pa pa;

	r.where.flags = IOLAS_PLACE_EXPLICIT;
	r.where.at = page * PAGE;
	r.where.guard = guard * PAGE;
	CHECK_EQ(iolas_physmem_alloc(mem, pages * PAGE, &r, &pa), IOLAS_OK);
}

static void an_empty_memory_is_regions_and_holes(void **state)
{
	(void)state;
	check_at(0, IOLAS_PAGES_ABSENT, 0, 15, IOLAS_NODE_ANY);
	check_at(15, IOLAS_PAGES_ABSENT, 0, 15, IOLAS_NODE_ANY);
	check_at(16, IOLAS_PAGES_FREE, 16, 31, 3);
	check_at(32, IOLAS_PAGES_FREE, 32, 47, 4);
	check_at(48, IOLAS_PAGES_ABSENT, 48, 63, IOLAS_NODE_ANY);
	check_at(63, IOLAS_PAGES_ABSENT, 48, 63, IOLAS_NODE_ANY);
	check_at(79, IOLAS_PAGES_FREE, 64, 79, 5);
}

static void every_kind_of_page_has_its_name(void **state)
{
	struct iolas_physmem_request r = any_request();
	struct iolas_pagelist *list = make_list(&f);

	(void)state;
	take(18, 3, 2);
	r.node = 4;
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 2, &r, list), IOLAS_OK);
	check_at(16, IOLAS_PAGES_FREE, 16, 17, 3);
	check_at(19, IOLAS_PAGES_BLOCK, 18, 20, 3);
	check_at(21, IOLAS_PAGES_GUARD, 21, 22, 3);
	check_at(23, IOLAS_PAGES_FREE, 23, 31, 3);
	check_at(32, IOLAS_PAGES_SCATTERED, 32, 32, 4);
	check_at(33, IOLAS_PAGES_SCATTERED, 33, 33, 4);
	check_at(34, IOLAS_PAGES_FREE, 34, 47, 4);
	CHECK_EQ(iolas_physmem_fragment(mem, 1000, 0), IOLAS_OK);
	check_at(16, IOLAS_PAGES_FRAGMENT, 16, 17, 3);
	check_at(40, IOLAS_PAGES_FRAGMENT, 34, 47, 4);
	check_at(79, IOLAS_PAGES_FRAGMENT, 64, 79, 5);
	iolas_pagelist_destroy(list);
}

static void a_walk_leaves_nothing_out(void **state)
{
	struct iolas_physmem_info info = { .struct_size = sizeof(info) };
	uint64_t pages[6] = { 0 };
	iolas_pa at = 0;

	(void)state;
	take(20, 2, 1);
	take(70, 10, 0);
	CHECK_EQ(iolas_physmem_fragment(mem, 300, 9), IOLAS_OK);
	for (;;) {
		CHECK_EQ(iolas_physmem_next(mem, at, &info), IOLAS_OK);
		CHECK_EQ(info.first, at);
		pages[info.kind] += (info.last - info.first + 1) / PAGE;
		if (info.last == 80 * PAGE - 1)
			break;
		at = info.last + 1;
	}
	CHECK_EQ(pages[IOLAS_PAGES_ABSENT], 32);
	CHECK_EQ(pages[IOLAS_PAGES_BLOCK], 12);
	CHECK_EQ(pages[IOLAS_PAGES_GUARD], 1);
	CHECK_EQ(pages[IOLAS_PAGES_FRAGMENT], 35 * 300 / 1000);
	CHECK_EQ(pages[IOLAS_PAGES_FREE], free_pages(mem));
	CHECK_EQ(iolas_physmem_next(mem, 80 * PAGE, &info), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_next(mem, TOP, &info), IOLAS_ENOENT);
}

static void bad_input_is_refused(void **state)
{
	struct iolas_physmem_info info = { .struct_size = sizeof(info) };

	(void)state;
	CHECK_EQ(iolas_physmem_next(NULL, 0, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_next(mem, 0, NULL), IOLAS_EINVAL);
	info.struct_size = 4;
	CHECK_EQ(iolas_physmem_next(mem, 0, &info), IOLAS_EINVAL);
}

RUN_CASES(LISTED(an_empty_memory_is_regions_and_holes),
	  LISTED(every_kind_of_page_has_its_name),
	  LISTED(a_walk_leaves_nothing_out), LISTED(bad_input_is_refused))
