/* SPDX-License-Identifier: MIT */
/*
 * Page lists when the host has no memory: each request refused in turn, the
 * list compared before and after.
 * Floor: pagelist.  Tools: counting host.
 */
#include <iolas/pagelist.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#define PAGE  UINT64_C(4096)
#define COUNT 300000u /* more than the first index can name */

static uint64_t pfns[COUNT];

static int fill(struct counting_host *host, void *arg)
{
	struct iolas_pagelist *list;
	struct iolas_run run;
	int status;

	(void)arg;
	status = iolas_pagelist_create(&host->table, 12, &list);
	if (status != IOLAS_OK) {
		CHECK(list == NULL);
		return status;
	}
	status = iolas_pagelist_append_run(list, 7 * PAGE, 2 * PAGE);
	CHECK_EQ(status, IOLAS_OK);
	status = iolas_pagelist_append_frames(list, pfns, COUNT);
	if (status != IOLAS_OK) {
		CHECK_EQ(iolas_pagelist_page_count(list), 2);
		CHECK_EQ(iolas_pagelist_byte_count(list), 2 * PAGE);
		CHECK_EQ(iolas_pagelist_run_count(list), 1);
		CHECK_EQ(iolas_pagelist_run_at(list, 0, &run), IOLAS_OK);
		CHECK(run.pa == 7 * PAGE && run.len == 2 * PAGE);
	} else {
		CHECK_EQ(iolas_pagelist_page_count(list), COUNT + 2);
		CHECK_EQ(iolas_pagelist_run_count(list), COUNT + 1);
		CHECK_EQ(iolas_pagelist_run_at(list, COUNT * PAGE, &run),
			 IOLAS_OK);
		CHECK_EQ(run.pa, pfns[COUNT - 2] * PAGE);
	}
	iolas_pagelist_destroy(list);
	return status;
}

static void every_refused_chunk_leaves_the_list_as_it_was(void **state)
{
	struct counting_host host;

	(void)state;
	for (uint64_t i = 0; i < COUNT; i++)
		pfns[i] = 100 + 2 * i;
	counting_host_init_scattered(&host);
	/* The list, its blocks, and an index that no longer fits in it. */
	CHECK(counting_host_fail_each(&host, fill, NULL) > 65);
	counting_host_fini(&host);
}

static int append_one_by_one(struct counting_host *host, void *arg)
{
	struct iolas_pagelist *list;
	uint64_t done = 0;
	int status;

	(void)arg;
	status = iolas_pagelist_create(&host->table, 12, &list);
	while (status == IOLAS_OK && done < 5000) {
		status = iolas_pagelist_append_run(list, pfns[done] * PAGE,
						   PAGE);
		done += status == IOLAS_OK;
	}
	CHECK_EQ(iolas_pagelist_page_count(list), done);
	CHECK_EQ(iolas_pagelist_run_count(list), done);
	iolas_pagelist_destroy(list);
	return status;
}

static void runs_that_find_no_room_are_not_added(void **state)
{
	struct counting_host host;

	(void)state;
	for (uint64_t i = 0; i < COUNT; i++)
		pfns[i] = 100 + 2 * i;
	counting_host_init(&host);
	CHECK_EQ(counting_host_fail_each(&host, append_one_by_one, NULL), 3);
	counting_host_fini(&host);
}

struct source {
	struct iolas_pagelist *list;
};

static int take_a_slice(struct counting_host *host, void *arg)
{
	const struct source *source = arg;
	struct iolas_pagelist *slice = source->list;
	int status;

	(void)host;
	status = iolas_pagelist_slice(source->list, PAGE, 299 * PAGE, &slice);
	if (status != IOLAS_OK)
		CHECK(slice == NULL);
	else
		CHECK_EQ(iolas_pagelist_run_count(slice), 299);
	iolas_pagelist_destroy(slice);
	return status;
}

static void a_slice_without_memory_is_no_slice(void **state)
{
	struct counting_host host;
	struct source source;

	(void)state;
	for (uint64_t i = 0; i < COUNT; i++)
		pfns[i] = 100 + 2 * i;
	counting_host_init(&host);
	CHECK_EQ(iolas_pagelist_create(&host.table, 12, &source.list),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_frames(source.list, pfns, 300),
		 IOLAS_OK);
	CHECK_EQ(counting_host_fail_each(&host, take_a_slice, &source), 2);
	CHECK_EQ(iolas_pagelist_page_count(source.list), 300);
	iolas_pagelist_destroy(source.list);
	counting_host_fini(&host);
}

RUN_CASES(CASE(every_refused_chunk_leaves_the_list_as_it_was),
	  CASE(runs_that_find_no_room_are_not_added),
	  CASE(a_slice_without_memory_is_no_slice))
