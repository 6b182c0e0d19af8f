/* SPDX-License-Identifier: MIT */
/*
 * Filling page lists and finding runs in them: joining, limits of 64 bits,
 * and where the data lie.
 * Floor: pagelist.
 */
#include <iolas/pagelist.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#define PAGE	      UINT64_C(4096)
#define LG2	      12u
#define TOP	      UINT64_MAX
#define GI	      (UINT64_C(1) << 30)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct counting_host host;
static struct iolas_pagelist *list;

static int start(void **state)
{
	(void)state;
	counting_host_init(&host);
	return iolas_pagelist_create(&host.table, LG2, &list);
}

static int stop(void **state)
{
	(void)state;
	iolas_pagelist_destroy(list);
	counting_host_fini(&host);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

static void check_shape(uint64_t pages, uint64_t runs, uint64_t bytes)
{
	CHECK_EQ(iolas_pagelist_page_count(list), pages);
	CHECK_EQ(iolas_pagelist_run_count(list), runs);
	CHECK_EQ(iolas_pagelist_byte_count(list), bytes);
}

static void check_run_at(uint64_t offset, iolas_pa pa, uint64_t len)
{
	struct iolas_run run;

	CHECK_EQ(iolas_pagelist_run_at(list, offset, &run), IOLAS_OK);
	CHECK_EQ(run.pa, pa);
	CHECK_EQ(run.len, len);
}

static void a_new_list_is_empty(void **state)
{
	struct iolas_run run = { 1, 2 };

	(void)state;
	check_shape(0, 0, 0);
	CHECK_EQ(iolas_pagelist_byte_offset(list), 0);
	CHECK_EQ(iolas_pagelist_page_lg2(list), LG2);
	CHECK_EQ(iolas_pagelist_run_at(list, 0, &run), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_run_by_index(list, 0, &run), IOLAS_ERANGE);
	CHECK(run.pa == 1 && run.len == 2);
	CHECK(iolas_pagelist_next(list) == NULL);
}

static void neighbours_join_and_others_do_not(void **state)
{
	struct iolas_run run;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, 4 * PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, 5 * PAGE, 2 * PAGE), IOLAS_OK);
	check_shape(3, 1, 3 * PAGE);
	/* In front of it, again the same, and with a hole between. */
	CHECK_EQ(iolas_pagelist_append_run(list, 3 * PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, 3 * PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, 5 * PAGE, PAGE), IOLAS_OK);
	check_shape(6, 4, 6 * PAGE);
	check_run_at(0, 4 * PAGE, 3 * PAGE);
	check_run_at(3 * PAGE - 1, 7 * PAGE - 1, 1);
	check_run_at(3 * PAGE, 3 * PAGE, PAGE);
	check_run_at(4 * PAGE + 1, 3 * PAGE + 1, PAGE - 1);
	check_run_at(6 * PAGE - 1, 6 * PAGE - 1, 1);
	CHECK_EQ(iolas_pagelist_run_at(list, 6 * PAGE, &run), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_run_by_index(list, 0, &run), IOLAS_OK);
	CHECK(run.pa == 4 * PAGE && run.len == 3 * PAGE);
	CHECK_EQ(iolas_pagelist_run_by_index(list, 3, &run), IOLAS_OK);
	CHECK(run.pa == 5 * PAGE && run.len == PAGE);
	CHECK_EQ(iolas_pagelist_run_by_index(list, 4, &run), IOLAS_ERANGE);
}

static void frames_become_runs(void **state)
{
	const uint64_t pfns[] = { 9, 10, 11, 2, 1, 0, 7, 8 };
	uint64_t back[LENGTH(pfns)];

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, 8 * PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_frames(list, pfns, LENGTH(pfns)),
		 IOLAS_OK);
	check_shape(9, 5, 9 * PAGE);
	CHECK_EQ(iolas_pagelist_frames(list, 1, back, LENGTH(pfns)), IOLAS_OK);
	CHECK_MEM(back, pfns, sizeof(pfns));
	CHECK_EQ(iolas_pagelist_frames(list, 3, back, 2), IOLAS_OK);
	CHECK(back[0] == 11 && back[1] == 2);
	CHECK_EQ(iolas_pagelist_frames(list, 9, back, 1), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_frames(list, 8, back, 2), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_frames(list, 1, back, UINT64_MAX),
		 IOLAS_ERANGE);
	CHECK(back[0] == 11 && back[1] == 2);
}

static void a_bad_frame_adds_none(void **state)
{
	const uint64_t pfns[] = { 1, 2, UINT64_C(1) << 52 };

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, 0, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_frames(list, pfns, 3), IOLAS_EINVAL);
	check_shape(1, 1, PAGE);
	CHECK_EQ(iolas_pagelist_append_frames(list, pfns, 2), IOLAS_OK);
	check_shape(3, 1, 3 * PAGE);
}

static void a_terabyte_is_one_run(void **state)
{
	const uint64_t tebi = UINT64_C(1) << 40;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, tebi, tebi), IOLAS_OK);
	check_shape(tebi / PAGE, 1, tebi);
	check_run_at(tebi - 5, 2 * tebi - 5, 5);
	for (unsigned i = 0; i < 64; i++)
		CHECK_EQ(iolas_pagelist_append_run(list, 0, tebi), IOLAS_OK);
	check_shape(65 * (tebi / PAGE), 65, 65 * tebi);
	check_run_at(64 * tebi + 7, 7, tebi - 7);
	CHECK_EQ(counting_host_is_empty(&host), false);
	CHECK(host.live_bytes <= 4096);
}

static void a_list_may_describe_all_but_a_page_of_64_bits(void **state)
{
	const uint64_t half = UINT64_C(1) << 63;
	const uint64_t one = 1;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, half, half), IOLAS_OK);
	check_shape(half >> LG2, 1, half);
	check_run_at(half - 1, TOP, 1);
	/* A run that ends with the space is not continued by page 0. */
	CHECK_EQ(iolas_pagelist_append_run(list, 0, half), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_append_run(list, 0, half - PAGE), IOLAS_OK);
	check_shape((TOP >> LG2), 2, TOP - PAGE + 1);
	check_run_at(half, 0, half - PAGE);
	check_run_at(TOP - PAGE, half - PAGE - 1, 1);
	CHECK_EQ(iolas_pagelist_append_run(list, 0, PAGE), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_append_frames(list, &one, 1), IOLAS_ERANGE);
	check_shape((TOP >> LG2), 2, TOP - PAGE + 1);
}

static void the_last_frame_of_64_bits_is_a_frame(void **state)
{
	const uint64_t pfns[] = { TOP >> LG2, 0, 1 };

	(void)state;
	CHECK_EQ(iolas_pagelist_append_frames(list, pfns, 3), IOLAS_OK);
	check_shape(3, 2, 3 * PAGE);
	check_run_at(PAGE - 1, TOP, 1);
	check_run_at(PAGE, 0, 2 * PAGE);
}

static void data_start_and_end_inside_pages(void **state)
{
	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, 16 * PAGE, 2 * PAGE),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 100, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_byte_offset(list), 100);
	check_shape(3, 2, 2 * PAGE);
	check_run_at(0, 16 * PAGE + 100, 2 * PAGE - 100);
	check_run_at(2 * PAGE - 100, PAGE, 100);
	check_run_at(2 * PAGE - 1, PAGE + 99, 1);
}

static void data_must_end_in_the_last_page(void **state)
{
	(void)state;
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, 0), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 1, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(list, PAGE, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, 2 * PAGE + 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 1, 2 * PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, PAGE, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 1, TOP), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, 0), IOLAS_EINVAL);
	check_shape(2, 1, 2 * PAGE);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 0, PAGE + 1), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 4095, 2), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 4095, PAGE + 1), IOLAS_OK);
}

static void nothing_follows_data_that_end_inside_a_page(void **state)
{
	const uint64_t pfn = 2;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 8, 16), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, 2 * PAGE, PAGE), IOLAS_EBUSY);
	CHECK_EQ(iolas_pagelist_append_frames(list, &pfn, 1), IOLAS_EBUSY);
	check_shape(1, 1, 16);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 8, PAGE - 8), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, 2 * PAGE, PAGE), IOLAS_OK);
	check_shape(2, 1, 2 * PAGE - 8);
}

static void clear_forgets_pages_and_offset(void **state)
{
	(void)state;
	CHECK_EQ(iolas_pagelist_append_run(list, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 8, 16), IOLAS_OK);
	iolas_pagelist_clear(list);
	check_shape(0, 0, 0);
	CHECK_EQ(iolas_pagelist_byte_offset(list), 0);
	CHECK_EQ(iolas_pagelist_append_run(list, 5 * PAGE, PAGE), IOLAS_OK);
	check_run_at(0, 5 * PAGE, PAGE);
}

static void a_million_scattered_pages_are_found(void **state)
{
	const uint64_t count = UINT64_C(1) << 20;

	(void)state;
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t pfn = 2 * (count - i);

		if (iolas_pagelist_append_frames(list, &pfn, 1) != IOLAS_OK)
			fail();
	}
	check_shape(count, count, count * PAGE);
	for (uint64_t i = 0; i < count; i++) {
		struct iolas_run run;

		if (iolas_pagelist_run_at(list, i * PAGE + 3, &run) !=
			    IOLAS_OK ||
		    run.pa != 2 * (count - i) * PAGE + 3 || run.len != PAGE - 3)
			fail();
	}
	/* 16 bytes a run, one block unused at most, and the index. */
	CHECK(host.live_bytes <= 16 * count + 65536 + 4096 + 8 * 512);
}

static void page_sizes_up_to_a_gigabyte_work(void **state)
{
	struct iolas_pagelist *big;
	struct iolas_run run;

	(void)state;
	CHECK_EQ(iolas_pagelist_create(&host.table, 30, &big), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(big, GI, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(big, PAGE, GI), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(big, GI, 3 * GI), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_page_count(big), 3);
	CHECK_EQ(iolas_pagelist_set_bytes(big, 5, 3 * GI - 10), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_run_at(big, 3 * GI - 11, &run), IOLAS_OK);
	CHECK(run.pa == 4 * GI - 6 && run.len == 1);
	iolas_pagelist_destroy(big);
}

static void bad_input_is_refused(void **state)
{
	struct iolas_host broken = host.table;
	struct iolas_pagelist *none = list;
	struct iolas_run run;
	uint64_t pfn = 0;

	(void)state;
	CHECK_EQ(iolas_pagelist_create(&host.table, 12, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_create(NULL, 12, &none), IOLAS_EINVAL);
	CHECK(none == NULL);
	CHECK_EQ(iolas_pagelist_create(&host.table, 11, &none), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_create(&host.table, 31, &none), IOLAS_EINVAL);
	broken.chunk_alloc = NULL;
	CHECK_EQ(iolas_pagelist_create(&broken, 12, &none), IOLAS_EINVAL);
	iolas_pagelist_destroy(NULL);
	iolas_pagelist_clear(NULL);
	CHECK_EQ(iolas_pagelist_append_run(NULL, 0, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(list, 0, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(list, 1, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(list, 0, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_run(list, TOP - PAGE + 1, 2 * PAGE),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_frames(NULL, &pfn, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_frames(list, NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_frames(list, &pfn, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_append_frames(list, &pfn, TOP), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_set_bytes(NULL, 0, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_frames(NULL, 0, &pfn, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_frames(list, 0, NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_frames(list, 0, &pfn, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_frames(list, 0, &pfn, 1), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_run_at(NULL, 0, &run), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_run_at(list, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_run_by_index(NULL, 0, &run), IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_run_by_index(list, 0, NULL), IOLAS_EINVAL);
	check_shape(0, 0, 0);
}

static void a_null_list_counts_nothing(void **state)
{
	(void)state;
	CHECK_EQ(iolas_pagelist_byte_offset(NULL), 0);
	CHECK_EQ(iolas_pagelist_byte_count(NULL), 0);
	CHECK_EQ(iolas_pagelist_page_count(NULL), 0);
	CHECK_EQ(iolas_pagelist_run_count(NULL), 0);
	CHECK_EQ(iolas_pagelist_page_lg2(NULL), 0);
	CHECK(iolas_pagelist_next(NULL) == NULL);
}

RUN_CASES(LISTED(a_new_list_is_empty),
	  LISTED(neighbours_join_and_others_do_not), LISTED(frames_become_runs),
	  LISTED(a_bad_frame_adds_none), LISTED(a_terabyte_is_one_run),
	  LISTED(a_list_may_describe_all_but_a_page_of_64_bits),
	  LISTED(the_last_frame_of_64_bits_is_a_frame),
	  LISTED(data_start_and_end_inside_pages),
	  LISTED(data_must_end_in_the_last_page),
	  LISTED(nothing_follows_data_that_end_inside_a_page),
	  LISTED(clear_forgets_pages_and_offset),
	  LISTED(a_million_scattered_pages_are_found),
	  LISTED(page_sizes_up_to_a_gigabyte_work),
	  LISTED(bad_input_is_refused), CASE(a_null_list_counts_nothing))
