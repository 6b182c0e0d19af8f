/* SPDX-License-Identifier: MIT */
/*
 * Contiguous blocks: limits, alignment, boundary, nodes, placement, and what
 * free refuses.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

static struct fixture f;
static struct iolas_physmem *mem;

/*
 * Pages  16..31  node 0
 *        32..47  node 1, touching the first
 *        64..127 node 0, after a hole
 *        2^28..2^28+15 (from 1 TiB on) node 2
 */
static const struct iolas_physmem_region layout[] = {
	REGION(64, 64, 0),
	REGION(UINT64_C(1) << 28, 16, 2),
	REGION(16, 16, 0),
	REGION(32, 16, 1),
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

static void check_alloc(uint64_t pages,
			const struct iolas_physmem_request *request,
			uint64_t first_page)
{
	iolas_pa pa = 1;

	CHECK_EQ(iolas_physmem_alloc(mem, pages * PAGE, request, &pa),
		 IOLAS_OK);
	CHECK_EQ(pa / PAGE, first_page);
	CHECK_EQ(pa % PAGE, 0);
}

static void check_refused(uint64_t pages,
			  const struct iolas_physmem_request *request,
			  int status)
{
	const uint64_t before = free_pages(mem);
	iolas_pa pa = 1;

	CHECK_EQ(iolas_physmem_alloc(mem, pages * PAGE, request, &pa), status);
	CHECK_EQ(pa, 1);
	CHECK_EQ(free_pages(mem), before);
}

static void low_memory_is_taken_first(void **state)
{
	(void)state;
	check_alloc(1, NULL, 16);
	check_alloc(15, NULL, 17);
	check_alloc(1, NULL, 32);
	check_alloc(17, NULL, 64);
}

static void high_placement_takes_the_highest_address(void **state)
{
	struct iolas_physmem_request high = any_request();

	(void)state;
	high.where.flags = IOLAS_PLACE_HIGH;
	check_alloc(16, &high, UINT64_C(1) << 28);
	check_alloc(1, &high, 127);
	check_alloc(63, &high, 64);
	check_alloc(16, &high, 32);
	check_alloc(2, &high, 30);
}

static void a_block_never_spans_two_regions(void **state)
{
	struct iolas_physmem_request at = any_request();

	(void)state;
	at.where.first = 16 * PAGE;
	at.where.last = 48 * PAGE - 1;
	check_refused(17, &at, IOLAS_ENOSPC);
	at = any_request();
	at.where.flags = IOLAS_PLACE_EXPLICIT;
	at.where.at = 31 * PAGE;
	check_refused(2, &at, IOLAS_ENOSPC);
	check_alloc(1, &at, 31);
	check_refused(1, &at, IOLAS_ENOSPC);
	at.where.at = 48 * PAGE; /* the hole */
	check_refused(1, &at, IOLAS_ENOSPC);
}

static void limits_are_inclusive_and_count_whole_pages(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	/* Page p fits if p * 4096 >= first and p * 4096 + 4095 <= last. */
	r.where.first = 16 * PAGE + 1;
	r.where.last = 18 * PAGE - 1;
	check_alloc(1, &r, 17);
	check_refused(1, &r, IOLAS_ENOSPC);
	r.where.first = 20 * PAGE;
	r.where.last = 21 * PAGE - 2;
	check_refused(1, &r, IOLAS_ENOSPC);
	r.where.last = 21 * PAGE - 1;
	check_alloc(1, &r, 20);
	/* 16 MiB device: nothing above 0xffffff. */
	r = any_request();
	r.where.flags = IOLAS_PLACE_HIGH;
	r.where.last = 0xffffff;
	check_alloc(1, &r, 127);
	/* The ends of 64 bits. */
	r.where.first = TOP;
	r.where.last = TOP;
	check_refused(1, &r, IOLAS_ENOSPC);
	r.where.first = 0;
	r.where.last = 1;
	check_refused(1, &r, IOLAS_ENOSPC);
	r.where.first = 16 * PAGE;
	r.where.last = 16 * PAGE;
	check_refused(1, &r, IOLAS_ENOSPC);
}

static void alignment_and_boundary_hold(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	check_alloc(1, NULL, 16);
	r.where.align = 8 * PAGE;
	check_alloc(3, &r, 24);
	r.where.align = 3 * PAGE;
	check_alloc(2, &r, 18);
	r = any_request();
	r.where.boundary = 4 * PAGE;
	r.where.first = 67 * PAGE;
	r.where.last = TOP;
	check_alloc(1, &r, 67);
	check_alloc(3, &r, 68);
	check_alloc(2, &r, 72);
	check_alloc(1, &r, 71);
	check_refused(5, &r, IOLAS_ENOSPC);
}

static void a_guard_stays_free_of_others(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	r.where.guard = 2 * PAGE;
	check_alloc(1, &r, 16);
	check_alloc(1, NULL, 19);
	CHECK_EQ(free_pages(mem), 112 - 4);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, PAGE), IOLAS_OK);
	check_alloc(3, NULL, 16);
}

static void a_node_is_a_demand_or_a_wish(void **state)
{
	struct iolas_physmem_request r = any_request();

	(void)state;
	r.node = 1;
	check_alloc(16, &r, 32);
	check_refused(1, &r, IOLAS_ENOSPC);
	r.flags = IOLAS_PHYSMEM_NODE_HINT;
	check_alloc(1, &r, 16);
	r.node = 2;
	check_alloc(1, &r, UINT64_C(1) << 28);
	r.node = 3; /* no such memory */
	check_alloc(1, &r, 17);
	r.flags = 0;
	check_refused(1, &r, IOLAS_ENOSPC);
	r.node = IOLAS_NODE_ANY;
	r.flags = IOLAS_PHYSMEM_NODE_HINT;
	check_alloc(1, &r, 18);
}

static void best_fit_takes_the_tightest_hole_of_all_regions(void **state)
{
	struct iolas_physmem_request best = any_request();
	struct iolas_physmem_request at = any_request();

	(void)state;
	best.where.flags = IOLAS_PLACE_BEST;
	at.where.flags = IOLAS_PLACE_EXPLICIT;
	/* Holes: 16..31 whole, 36..47 (12), 64..99 and 106..127, 16 high. */
	at.where.at = 32 * PAGE;
	check_alloc(4, &at, 32);
	at.where.at = 100 * PAGE;
	check_alloc(6, &at, 100);
	check_alloc(11, &best, 36);
	check_alloc(13, &best, 16);
	check_alloc(1, &best, 47);
	check_alloc(20, &best, 106);
	check_alloc(2, &best, 126);
	check_alloc(3, &best, 29);
	check_alloc(1, &best, UINT64_C(1) << 28);
	check_refused(65, &best, IOLAS_ENOSPC);
}

static void equal_seeds_place_equally(void **state)
{
	struct iolas_physmem_request r = any_request();
	iolas_pa first[24], second[24];
	unsigned differ = 0;

	(void)state;
	r.where.flags = IOLAS_PLACE_RANDOM;
	for (unsigned i = 0; i < 24; i++) {
		r.where.seed = i;
		CHECK_EQ(iolas_physmem_alloc(mem, PAGE, &r, &first[i]),
			 IOLAS_OK);
	}
	for (unsigned i = 0; i < 24; i++)
		CHECK_EQ(iolas_physmem_free(mem, first[i], PAGE), IOLAS_OK);
	for (unsigned i = 0; i < 24; i++) {
		r.where.seed = i;
		CHECK_EQ(iolas_physmem_alloc(mem, PAGE, &r, &second[i]),
			 IOLAS_OK);
		differ += i && second[i] != second[i - 1] + PAGE;
	}
	CHECK_MEM(first, second, sizeof(first));
	/* Low first would give all but one neighbour. */
	CHECK(differ > 12);
}

static void random_placement_finds_the_last_page(void **state)
{
	struct iolas_physmem_request r = any_request();
	iolas_pa pa;

	(void)state;
	r.where.flags = IOLAS_PLACE_RANDOM;
	for (unsigned i = 0; i < 112; i++) {
		r.where.seed = 99 * i;
		CHECK_EQ(iolas_physmem_alloc(mem, PAGE, &r, &pa), IOLAS_OK);
	}
	CHECK_EQ(free_pages(mem), 0);
	check_refused(1, &r, IOLAS_ENOSPC);
}

static void free_takes_exactly_what_was_given(void **state)
{
	(void)state;
	check_alloc(4, NULL, 16);
	check_alloc(4, NULL, 20);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 3 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 5 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 8 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 17 * PAGE, 3 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 24 * PAGE, 4 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 48 * PAGE, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 47 * PAGE, 2 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, TOP - PAGE + 1, PAGE), IOLAS_ENOENT);
	CHECK_EQ(free_pages(mem), 112 - 8);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 4 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 4 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_free(mem, 20 * PAGE, 4 * PAGE), IOLAS_OK);
	CHECK_EQ(free_pages(mem), 112);
}

static void malformed_requests_are_refused(void **state)
{
	struct {
		struct iolas_physmem_request request;
		uint64_t tail;
	} longer = { any_request(), 1 };
	struct iolas_physmem_request r;
	iolas_pa pa;

	(void)state;
	CHECK_EQ(iolas_physmem_alloc(NULL, PAGE, NULL, &pa), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, NULL, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_alloc(mem, 0, NULL, &pa), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE + 1, NULL, &pa), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_alloc(mem, TOP - PAGE + 1, NULL, &pa),
		 IOLAS_ENOSPC);
#define REFUSED(change)                             \
	do {                                        \
		r = any_request();                  \
		change;                             \
		check_refused(1, &r, IOLAS_EINVAL); \
	} while (0)
	REFUSED(r.struct_size = 0);
	REFUSED(r.struct_size -= 8);
	REFUSED(r.flags = 4);
	REFUSED(r.reserved = 1);
	REFUSED(r.node = 64);
	REFUSED(r.where.struct_size -= 8);
	REFUSED(r.where.struct_size += 8); /* more than the request holds */
	REFUSED(r.where.struct_size = 0; r.where.seed = 1);
	REFUSED(r.where.flags = 6);
	REFUSED(r.where.flags = 8);
	REFUSED(r.where.align = 5);
	REFUSED(r.where.guard = 5);
	REFUSED(r.where.boundary = 2048);
	REFUSED(r.where.boundary = 3 * PAGE);
	REFUSED(r.where.first = 2; r.where.last = 1);
	REFUSED(r.where.flags = IOLAS_PLACE_EXPLICIT; r.where.at = 5);
	longer.request.struct_size = sizeof(longer);
	check_refused(1, &longer.request, IOLAS_EINVAL);
	longer.tail = 0;
	check_alloc(1, &longer.request, 16);
	r = any_request();
	r.where.struct_size = 0; /* no constraints */
	check_alloc(1, &r, 17);
}

static void a_broken_free_is_refused(void **state)
{
	(void)state;
	check_alloc(1, NULL, 16);
	CHECK_EQ(iolas_physmem_free(NULL, 16 * PAGE, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE + 1, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_free(mem, 16 * PAGE, PAGE), IOLAS_OK);
}

RUN_CASES(LISTED(low_memory_is_taken_first),
	  LISTED(high_placement_takes_the_highest_address),
	  LISTED(a_block_never_spans_two_regions),
	  LISTED(limits_are_inclusive_and_count_whole_pages),
	  LISTED(alignment_and_boundary_hold),
	  LISTED(a_guard_stays_free_of_others),
	  LISTED(a_node_is_a_demand_or_a_wish),
	  LISTED(best_fit_takes_the_tightest_hole_of_all_regions),
	  LISTED(equal_seeds_place_equally),
	  LISTED(random_placement_finds_the_last_page),
	  LISTED(free_takes_exactly_what_was_given),
	  LISTED(malformed_requests_are_refused),
	  LISTED(a_broken_free_is_refused))
