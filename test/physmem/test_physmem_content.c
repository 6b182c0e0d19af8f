/* SPDX-License-Identifier: MIT */
/*
 * What is in pages when they come out: zeroes if asked for, old bytes or poison
 * otherwise, and the count of pages written after their free.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

static struct fixture f;

static int start(void **state)
{
	(void)state;
	fixture_init(&f);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_fini(&f);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

static const struct iolas_physmem_region layout[] = {
	REGION(16, 16, 0),
	REGION(32, 16, 0),
	REGION(4096, 2048, 1),
};

static bool is_full_of(const unsigned char *bytes, unsigned char value,
		       uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static uint64_t hits(struct iolas_physmem *mem)
{
	return read_stats(mem, IOLAS_NODE_ANY).poison_hits;
}

static void zeroes_come_only_when_asked_for(void **state)
{
	struct iolas_physmem *mem = make(&f, layout, COUNT(layout), 0);
	struct iolas_physmem_request zero = any_request();
	unsigned char *ptr;
	iolas_pa pa;

	(void)state;
	zero.flags = IOLAS_PHYSMEM_ZERO;
	CHECK_EQ(iolas_physmem_alloc(mem, 2 * PAGE, NULL, &pa), IOLAS_OK);
	ptr = iolas_physmem_ptr(mem, pa, 2 * PAGE);
	memset(ptr, 7, 2 * PAGE);
	CHECK_EQ(iolas_physmem_free(mem, pa, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc(mem, 2 * PAGE, NULL, &pa), IOLAS_OK);
	CHECK(is_full_of(ptr, 7, 2 * PAGE));
	CHECK_EQ(iolas_physmem_free(mem, pa, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, &zero, &pa), IOLAS_OK);
	CHECK(is_full_of(ptr, 0, PAGE));
	CHECK(is_full_of(ptr + PAGE, 7, PAGE));
	CHECK_EQ(iolas_physmem_free(mem, pa, PAGE), IOLAS_OK);
	CHECK_EQ(f.backing.zero_calls, 0);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void check_zeroed_block(struct iolas_physmem *mem, uint64_t len)
{
	struct iolas_physmem_request zero = any_request();
	unsigned char *ptr = iolas_physmem_ptr(mem, 4096 * PAGE, 2048 * PAGE);
	iolas_pa pa;

	zero.flags = IOLAS_PHYSMEM_ZERO;
	zero.node = 1;
	memset(ptr, 7, 2048 * PAGE);
	CHECK_EQ(iolas_physmem_alloc(mem, len, &zero, &pa), IOLAS_OK);
	CHECK_EQ(pa, 4096 * PAGE);
	CHECK(is_full_of(ptr, 0, len));
	CHECK(is_full_of(ptr + len, 7, 2048 * PAGE - len));
	CHECK_EQ(iolas_physmem_free(mem, pa, len), IOLAS_OK);
}

static void much_memory_is_zeroed_by_the_backing(void **state)
{
	struct iolas_physmem *mem = make(&f, layout, COUNT(layout), 0);

	(void)state;
	check_zeroed_block(mem, MI - PAGE);
	CHECK_EQ(f.backing.zero_calls, 0);
	check_zeroed_block(mem, 2 * MI);
	CHECK_EQ(f.backing.zero_calls, 1);
	/* A backing that refuses is helped out. */
	counting_backing_fail_at(&f.backing, 1);
	check_zeroed_block(mem, 2 * MI);
	CHECK_EQ(f.backing.zero_calls, 2);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	f.backing.table.zero = NULL;
	mem = make(&f, layout, COUNT(layout), 0);
	check_zeroed_block(mem, 2 * MI);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

/* Single pages among others' pages, enough of them to go the backing's way. */
static void scattered_pages_are_zeroed_one_by_one(void **state)
{
	struct iolas_physmem *mem = make(&f, layout, COUNT(layout), 0);
	struct iolas_physmem_request r = any_request();
	struct iolas_pagelist *list = make_list(&f);
	unsigned char *ptr = iolas_physmem_ptr(mem, 4096 * PAGE, 2048 * PAGE);
	uint64_t pfns[512];

	(void)state;
	/* Half of the pages are untouched holes of the backing. */
	memset(ptr + 1024 * PAGE, 7, 1024 * PAGE);
	r.flags = IOLAS_PHYSMEM_ZERO;
	r.node = 1;
	r.where.flags = IOLAS_PLACE_RANDOM;
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 512, &r, list), IOLAS_OK);
	CHECK(f.backing.zero_calls > 100);
	CHECK_EQ(iolas_pagelist_frames(list, 0, pfns, 512), IOLAS_OK);
	for (unsigned i = 0; i < 512; i++) {
		unsigned char *page = ptr + (pfns[i] - 4096) * PAGE;

		CHECK(is_full_of(page, 0, PAGE));
		memset(page, 9, PAGE);
	}
	for (uint64_t page = 1024; page < 2048; page++)
		CHECK(ptr[page * PAGE] == 7 || ptr[page * PAGE] == 9);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	iolas_pagelist_destroy(list);
}

static void freed_blocks_are_poisoned(void **state)
{
	struct iolas_physmem *mem =
		make(&f, layout, COUNT(layout), IOLAS_PHYSMEM_POISON);
	unsigned char *ptr = iolas_physmem_ptr(mem, 16 * PAGE, 16 * PAGE);
	iolas_pa pa;

	(void)state;
	CHECK_EQ(iolas_physmem_alloc(mem, 3 * PAGE, NULL, &pa), IOLAS_OK);
	CHECK(is_full_of(ptr, 0, 3 * PAGE));
	CHECK_EQ(iolas_physmem_free(mem, pa, 3 * PAGE), IOLAS_OK);
	CHECK(is_full_of(ptr, IOLAS_PHYSMEM_POISON_BYTE, 3 * PAGE));
	CHECK(is_full_of(ptr + 3 * PAGE, 0, 13 * PAGE));
	/* A refused free poisons nothing. */
	CHECK_EQ(iolas_physmem_alloc(mem, 2 * PAGE, NULL, &pa), IOLAS_OK);
	memset(ptr, 1, 2 * PAGE);
	CHECK_EQ(iolas_physmem_free(mem, pa, PAGE), IOLAS_ENOENT);
	CHECK(is_full_of(ptr, 1, 2 * PAGE));
	CHECK_EQ(iolas_physmem_free(mem, pa, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(hits(mem), 0);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void writes_after_free_are_counted_by_page(void **state)
{
	struct iolas_physmem *mem =
		make(&f, layout, COUNT(layout), IOLAS_PHYSMEM_POISON);
	unsigned char *ptr = iolas_physmem_ptr(mem, 4096 * PAGE, 2048 * PAGE);
	struct iolas_physmem_request r = any_request();
	iolas_pa pa;

	(void)state;
	r.node = 1;
	CHECK_EQ(iolas_physmem_alloc(mem, 1000 * PAGE, &r, &pa), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free(mem, pa, 1000 * PAGE), IOLAS_OK);
	ptr[0] = 1;
	ptr[1] = 2;
	ptr[63 * PAGE + PAGE - 1] = 3;
	ptr[64 * PAGE] = 4;
	ptr[999 * PAGE + 17] = 5;
	ptr[1000 * PAGE] = 6; /* never allocated: nobody's page, not watched */
	CHECK_EQ(iolas_physmem_alloc(mem, 64 * PAGE, &r, &pa), IOLAS_OK);
	CHECK_EQ(hits(mem), 2);
	CHECK_EQ(iolas_physmem_alloc(mem, 950 * PAGE, &r, &pa), IOLAS_OK);
	CHECK_EQ(hits(mem), 4);
	/* Counted once: the page is somebody's again. */
	CHECK_EQ(iolas_physmem_free(mem, 4096 * PAGE, 64 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc(mem, 64 * PAGE, &r, &pa), IOLAS_OK);
	CHECK_EQ(hits(mem), 4);
	iolas_physmem_destroy_all(mem);
}

static void scattered_pages_are_poisoned_too(void **state)
{
	struct iolas_physmem *mem =
		make(&f, layout, COUNT(layout), IOLAS_PHYSMEM_POISON);
	struct iolas_pagelist *list = make_list(&f);
	struct iolas_physmem_request zero = any_request();
	unsigned char *low = iolas_physmem_ptr(mem, 16 * PAGE, 16 * PAGE);
	unsigned char *high = iolas_physmem_ptr(mem, 32 * PAGE, 16 * PAGE);

	(void)state;
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 20, NULL, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK(is_full_of(low, IOLAS_PHYSMEM_POISON_BYTE, 16 * PAGE));
	CHECK(is_full_of(high, IOLAS_PHYSMEM_POISON_BYTE, 4 * PAGE));
	low[5 * PAGE] = 0;
	high[3 * PAGE + 1] = 0;
	high[4 * PAGE] = 1;
	iolas_pagelist_clear(list);
	zero.flags = IOLAS_PHYSMEM_ZERO;
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 18, &zero, list), IOLAS_OK);
	CHECK_EQ(hits(mem), 1);
	CHECK(is_full_of(low, 0, 16 * PAGE));
	CHECK(is_full_of(high, 0, 2 * PAGE));
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 2, NULL, list), IOLAS_OK);
	CHECK_EQ(hits(mem), 2);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	iolas_pagelist_destroy(list);
}

RUN_CASES(LISTED(zeroes_come_only_when_asked_for),
	  LISTED(much_memory_is_zeroed_by_the_backing),
	  LISTED(scattered_pages_are_zeroed_one_by_one),
	  LISTED(freed_blocks_are_poisoned),
	  LISTED(writes_after_free_are_counted_by_page),
	  LISTED(scattered_pages_are_poisoned_too))
