/* SPDX-License-Identifier: MIT */
/*
 * Explain, case by case: what binds, what stands in the way, what would help.
 * The general proof is in test_range_model; these are the sentences that a
 * reader can check by hand.  One page is 4 KiB.
 * Floor: range.
 */
#include <iolas/range.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#define PAGE UINT64_C(4096)

static struct counting_host host;
static struct iolas_space *space;
static struct iolas_range_constraints c;

/* 16 pages; a live one at 4, a window over 10 and 11. */
static void setup(void)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = 16 * PAGE - 1,
		.granule_lg2 = 12,
	};
	iolas_iova iova;

	counting_host_init(&host);
	CHECK_EQ(iolas_range_create(&host.table, &config, &space), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 10 * PAGE, 12 * PAGE - 1),
		 IOLAS_OK);
	c = (struct iolas_range_constraints){
		.struct_size = sizeof(c),
		.flags = IOLAS_PLACE_EXPLICIT,
		.at = 4 * PAGE,
	};
	CHECK_EQ(iolas_range_alloc(space, PAGE, &c, &iova), IOLAS_OK);
	c.flags = IOLAS_PLACE_LOW;
	c.at = 0;
}

static void finish(void)
{
	iolas_range_destroy_all(space);
	counting_host_fini(&host);
}

static struct iolas_range_explanation why(uint64_t pages)
{
	struct iolas_range_explanation e = { .struct_size = sizeof(e) };
	iolas_iova iova;

	CHECK_EQ(iolas_range_explain(space, pages * PAGE, &c, &e), IOLAS_OK);
	if (e.has_relaxed) {
		CHECK_EQ(iolas_range_alloc(space, pages * PAGE, &e.relaxed,
					   &iova),
			 IOLAS_OK);
		CHECK_EQ(iova, e.relaxed_iova);
		CHECK_EQ(iolas_range_free(space, iova, pages * PAGE), IOLAS_OK);
	}
	return e;
}

static void a_request_that_succeeds_is_bound_by_nothing(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_NONE);
	CHECK_EQ(e.relaxed_iova, 5 * PAGE);
	CHECK_EQ(e.run_first, 5 * PAGE);
	CHECK_EQ(e.run_last, 10 * PAGE - 1);
	finish();
}

static void too_long_is_told_with_the_largest_run_and_its_end(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	e = why(6);
	CHECK_EQ(e.binding, IOLAS_BIND_LENGTH);
	CHECK_EQ(e.has_relaxed, 0);
	CHECK_EQ(e.run_first, 5 * PAGE);
	CHECK_EQ(e.run_last, 10 * PAGE - 1);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_RESERVED);
	CHECK_EQ(e.holder.first, 10 * PAGE);
	CHECK_EQ(e.holder.last, 12 * PAGE - 1);
	finish();
}

static void limits_are_moved_no_further_than_needed(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.last = 4 * PAGE - 1;
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_LAST);
	CHECK_EQ(e.relaxed.last, 10 * PAGE - 1);
	CHECK_EQ(e.run_last, 4 * PAGE - 1);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_FREE);
	c.first = 6 * PAGE;
	c.last = UINT64_MAX;
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_FIRST);
	CHECK_EQ(e.relaxed.first, 5 * PAGE);
	c.last = 9 * PAGE - 1;
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_WINDOW);
	CHECK_EQ(e.relaxed.first, 5 * PAGE);
	CHECK_EQ(e.relaxed.last, 10 * PAGE - 1);
	CHECK_EQ(e.run_first, 6 * PAGE);
	CHECK_EQ(e.run_last, 9 * PAGE - 1);
	finish();
}

static void an_alignment_is_halved_until_it_fits(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.align = 8 * PAGE;
	e = why(4);
	CHECK_EQ(e.binding, IOLAS_BIND_NONE); /* at 0 */
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_ALIGN);
	CHECK_EQ(e.relaxed.align, PAGE);
	CHECK_EQ(e.run_first, 0);
	CHECK_EQ(e.run_last, 4 * PAGE - 1);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_RESERVED); /* of the 5 pages */
	c.align = 24 * PAGE;
	c.first = PAGE;
	c.last = UINT64_MAX;
	e = why(4);
	CHECK_EQ(e.binding, IOLAS_BIND_FIRST); /* 0 is a multiple */
	CHECK_EQ(e.relaxed.first, 0);
	CHECK_EQ(iolas_range_reserve(space, 0, 3 * PAGE - 1), IOLAS_OK);
	e = why(4); /* at 5, 6 and 12; 24 is 3 * 8 */
	CHECK_EQ(e.binding, IOLAS_BIND_ALIGN);
	CHECK_EQ(e.relaxed.align, 12 * PAGE);
	e = why(5); /* at 5 only */
	CHECK_EQ(e.binding, IOLAS_BIND_ALIGN);
	CHECK_EQ(e.relaxed.align, PAGE);
	c.first = 6 * PAGE;
	c.last = 11 * PAGE - 1;
	e = why(4); /* at 6 */
	CHECK_EQ(e.binding, IOLAS_BIND_ALIGN);
	CHECK_EQ(e.relaxed.align, 6 * PAGE);
	finish();
}

static void a_boundary_is_doubled_until_it_fits(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.boundary = 2 * PAGE;
	e = why(3);
	CHECK_EQ(e.binding, IOLAS_BIND_BOUNDARY);
	CHECK_EQ(e.relaxed.boundary, 4 * PAGE);
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_BOUNDARY);
	CHECK_EQ(e.relaxed.boundary, 16 * PAGE); /* 5..9 crosses 8 */
	finish();
}

static void a_guard_is_shortened_to_what_is_left(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.guard = 3 * PAGE;
	e = why(3);
	CHECK_EQ(e.binding, IOLAS_BIND_GUARD);
	CHECK_EQ(e.relaxed.guard, 2 * PAGE);
	CHECK_EQ(e.relaxed_iova, 5 * PAGE);
	CHECK_EQ(e.run_last - e.run_first, 2 * PAGE - 1);
	finish();
}

static void
a_taken_address_is_told_with_its_holder_and_the_nearest(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.flags = IOLAS_PLACE_EXPLICIT;
	c.at = 4 * PAGE;
	e = why(1);
	CHECK_EQ(e.binding, IOLAS_BIND_AT);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_LIVE);
	CHECK_EQ(e.holder.first, 4 * PAGE);
	CHECK_EQ(e.relaxed.at, 3 * PAGE); /* the lower of two neighbours */
	c.at = 8 * PAGE;
	e = why(3);
	CHECK_EQ(e.binding, IOLAS_BIND_AT);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_RESERVED);
	CHECK_EQ(e.relaxed.at, 7 * PAGE);
	CHECK_EQ(e.run_first, 8 * PAGE);
	CHECK_EQ(e.run_last, 10 * PAGE - 1);
	c.at = 99 * PAGE;
	e = why(1);
	CHECK_EQ(e.binding, IOLAS_BIND_AT);
	CHECK_EQ(e.relaxed.at, 15 * PAGE);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_FREE);
	c.at = 3 * PAGE;
	c.align = 2 * PAGE;
	e = why(1);
	CHECK_EQ(e.binding, IOLAS_BIND_ALIGN);
	CHECK_EQ(e.relaxed.align, PAGE);
	finish();
}

static void several_together_are_loosened_together(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.last = 4 * PAGE - 1;
	c.boundary = 4 * PAGE;
	c.align = 4 * PAGE;
	e = why(5);
	CHECK_EQ(e.binding, IOLAS_BIND_COMBINED);
	CHECK_EQ(e.has_relaxed, 1);
	CHECK_EQ(e.relaxed.last, 10 * PAGE - 1);
	CHECK_EQ(e.relaxed.boundary, 16 * PAGE);
	CHECK_EQ(e.relaxed.align, PAGE);
	finish();
}

static void a_guard_is_told_as_a_guard(void **state)
{
	struct iolas_range_explanation e;
	iolas_iova iova;

	(void)state;
	setup();
	c.guard = PAGE;
	CHECK_EQ(iolas_range_alloc(space, 2 * PAGE, &c, &iova), IOLAS_OK);
	c.guard = 0;
	c.flags = IOLAS_PLACE_EXPLICIT;
	c.at = 2 * PAGE;
	e = why(1);
	CHECK_EQ(e.binding, IOLAS_BIND_AT);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_GUARD);
	CHECK_EQ(e.holder.first, 2 * PAGE);
	CHECK_EQ(e.holder.last, 3 * PAGE - 1);
	finish();
}

static void a_full_window_names_what_fills_it(void **state)
{
	struct iolas_range_explanation e;

	(void)state;
	setup();
	c.first = 4 * PAGE;
	c.last = 5 * PAGE - 1;
	e = why(1);
	CHECK_EQ(e.binding, IOLAS_BIND_FIRST);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_LIVE);
	CHECK(e.run_first > e.run_last);
	c.first = 20 * PAGE;
	c.last = 30 * PAGE;
	e = why(1);
	CHECK_EQ(e.binding, IOLAS_BIND_FIRST);
	CHECK_EQ(e.relaxed.first, 15 * PAGE);
	CHECK_EQ(e.holder.kind, IOLAS_RANGE_FREE);
	CHECK(e.holder.first > e.holder.last);
	finish();
}

RUN_CASES(CASE(a_request_that_succeeds_is_bound_by_nothing),
	  CASE(too_long_is_told_with_the_largest_run_and_its_end),
	  CASE(limits_are_moved_no_further_than_needed),
	  CASE(an_alignment_is_halved_until_it_fits),
	  CASE(a_boundary_is_doubled_until_it_fits),
	  CASE(a_guard_is_shortened_to_what_is_left),
	  CASE(a_taken_address_is_told_with_its_holder_and_the_nearest),
	  CASE(several_together_are_loosened_together),
	  CASE(a_guard_is_told_as_a_guard),
	  CASE(a_full_window_names_what_fills_it))
