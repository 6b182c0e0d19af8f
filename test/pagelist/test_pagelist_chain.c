/* SPDX-License-Identifier: MIT */
/*
 * Slices and chains of page lists.
 * Floor: pagelist.
 */
#include <iolas/pagelist.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#define PAGE UINT64_C(4096)

static struct counting_host host;
static struct iolas_pagelist *list;

static struct iolas_pagelist *new_list(unsigned page_lg2)
{
	struct iolas_pagelist *fresh;

	CHECK_EQ(iolas_pagelist_create(&host.table, page_lg2, &fresh),
		 IOLAS_OK);
	return fresh;
}

/* Pages 16, 17, 1, 40..49; data from byte 100 to 60 bytes before the end. */
static int start(void **state)
{
	(void)state;
	counting_host_init(&host);
	list = new_list(12);
	CHECK_EQ(iolas_pagelist_append_run(list, 16 * PAGE, 2 * PAGE),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, 40 * PAGE, 10 * PAGE),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 100, 13 * PAGE - 160),
		 IOLAS_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	iolas_pagelist_destroy(list);
	counting_host_fini(&host);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

static void a_slice_holds_just_the_pages_it_needs(void **state)
{
	struct iolas_pagelist *slice;
	struct iolas_run run;

	(void)state;
	/* Data bytes from the last of page 17 to the first of page 40. */
	CHECK_EQ(iolas_pagelist_slice(list, 2 * PAGE - 101, PAGE + 2, &slice),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_page_count(slice), 3);
	CHECK_EQ(iolas_pagelist_run_count(slice), 3);
	CHECK_EQ(iolas_pagelist_byte_offset(slice), PAGE - 1);
	CHECK_EQ(iolas_pagelist_byte_count(slice), PAGE + 2);
	CHECK_EQ(iolas_pagelist_run_at(slice, 0, &run), IOLAS_OK);
	CHECK(run.pa == 18 * PAGE - 1 && run.len == 1);
	CHECK_EQ(iolas_pagelist_run_at(slice, 1, &run), IOLAS_OK);
	CHECK(run.pa == PAGE && run.len == PAGE);
	CHECK_EQ(iolas_pagelist_run_at(slice, PAGE + 1, &run), IOLAS_OK);
	CHECK(run.pa == 40 * PAGE && run.len == 1);
	iolas_pagelist_destroy(slice);
}

static void a_slice_outlives_its_source(void **state)
{
	struct iolas_pagelist *slice;
	uint64_t pfns[2];

	(void)state;
	CHECK_EQ(iolas_pagelist_slice(list, 5 * PAGE, 100, &slice), IOLAS_OK);
	iolas_pagelist_clear(list);
	CHECK_EQ(iolas_pagelist_page_count(slice), 1);
	CHECK_EQ(iolas_pagelist_frames(slice, 0, pfns, 1), IOLAS_OK);
	CHECK_EQ(pfns[0], 42);
	CHECK_EQ(iolas_pagelist_byte_offset(slice), 100);
	CHECK(iolas_pagelist_next(slice) == NULL);
	iolas_pagelist_destroy(slice);
}

static void a_slice_of_everything_is_the_same_list(void **state)
{
	const uint64_t bytes = iolas_pagelist_byte_count(list);
	struct iolas_pagelist *slice;

	(void)state;
	CHECK_EQ(iolas_pagelist_slice(list, 0, bytes, &slice), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_byte_count(slice), bytes);
	CHECK_EQ(iolas_pagelist_byte_offset(slice), 100);
	CHECK_EQ(iolas_pagelist_page_count(slice), 13);
	CHECK_EQ(iolas_pagelist_run_count(slice), 3);
	iolas_pagelist_destroy(slice);
}

static void a_slice_past_the_data_is_refused(void **state)
{
	const uint64_t bytes = iolas_pagelist_byte_count(list);
	struct iolas_pagelist *slice = list;

	(void)state;
	CHECK_EQ(iolas_pagelist_slice(list, 0, bytes + 1, &slice),
		 IOLAS_ERANGE);
	CHECK(slice == NULL);
	CHECK_EQ(iolas_pagelist_slice(list, bytes, 1, &slice), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_slice(list, bytes - 1, UINT64_MAX, &slice),
		 IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_slice(list, UINT64_MAX, 1, &slice),
		 IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_slice(list, 0, 0, &slice), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_slice(NULL, 0, 1, &slice), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_slice(list, 0, 1, NULL), IOLAS_EINVAL);
}

static void a_chain_adds_up(void **state)
{
	struct iolas_pagelist *second = new_list(12);
	struct iolas_pagelist *third = new_list(12);
	const uint64_t bytes = iolas_pagelist_byte_count(list);
	uint64_t sum;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(third, 0, 3 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain(list, second), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain(second, third), IOLAS_OK);
	CHECK(iolas_pagelist_next(list) == second);
	CHECK_EQ(iolas_pagelist_chain_bytes(list, &sum), IOLAS_OK);
	CHECK_EQ(sum, bytes + 3 * PAGE);
	CHECK_EQ(iolas_pagelist_byte_count(list), bytes);
	iolas_pagelist_clear(list);
	CHECK(iolas_pagelist_next(list) == second);
	CHECK_EQ(iolas_pagelist_chain(list, NULL), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain_bytes(list, &sum), IOLAS_OK);
	CHECK_EQ(sum, 0);
	iolas_pagelist_destroy(third);
	iolas_pagelist_destroy(second);
}

static void a_chain_never_runs_in_a_circle(void **state)
{
	struct iolas_pagelist *second = new_list(12);
	struct iolas_pagelist *third = new_list(12);

	(void)state;
	CHECK_EQ(iolas_pagelist_chain(list, list), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_chain(list, second), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain(second, third), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain(third, list), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_chain(third, second), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_chain(second, list), IOLAS_EINVAL);
	CHECK(iolas_pagelist_next(second) == third);
	CHECK(iolas_pagelist_next(third) == NULL);
	/* Skipping one of them makes no circle. */
	CHECK_EQ(iolas_pagelist_chain(list, third), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain(list, second), IOLAS_OK);
	iolas_pagelist_destroy(third);
	iolas_pagelist_destroy(second);
}

static void a_chain_has_one_page_size(void **state)
{
	struct iolas_pagelist *other = new_list(14);

	(void)state;
	CHECK_EQ(iolas_pagelist_chain(list, other), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_chain(NULL, list), IOLAS_EINVAL);
	CHECK(iolas_pagelist_next(list) == NULL);
	iolas_pagelist_destroy(other);
}

static void a_chain_of_2_to_the_64_bytes_is_out_of_range(void **state)
{
	struct iolas_pagelist *second = new_list(12);
	struct iolas_pagelist *third = new_list(12);
	uint64_t sum = 7;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(second, 0, UINT64_C(1) << 63),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(third, 0, UINT64_C(1) << 63),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain(second, third), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_chain_bytes(second, &sum), IOLAS_ERANGE);
	CHECK_EQ(sum, 7);
	CHECK_EQ(iolas_pagelist_chain_bytes(third, &sum), IOLAS_OK);
	CHECK_EQ(sum, UINT64_C(1) << 63);
	CHECK_EQ(iolas_pagelist_chain_bytes(NULL, &sum), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_chain_bytes(third, NULL), IOLAS_EINVAL);
	iolas_pagelist_destroy(third);
	iolas_pagelist_destroy(second);
}

RUN_CASES(LISTED(a_slice_holds_just_the_pages_it_needs),
	  LISTED(a_slice_outlives_its_source),
	  LISTED(a_slice_of_everything_is_the_same_list),
	  LISTED(a_slice_past_the_data_is_refused), LISTED(a_chain_adds_up),
	  LISTED(a_chain_never_runs_in_a_circle),
	  LISTED(a_chain_has_one_page_size),
	  LISTED(a_chain_of_2_to_the_64_bytes_is_out_of_range))
