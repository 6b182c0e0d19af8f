/* SPDX-License-Identifier: MIT */
/*
 * The invariant checker is not blind: each field of the books, spoilt alone,
 * is reported, and set right again is not.
 * Floor: range.
 */
#include "range/range_priv.h"

#include "harness/check.h"
#include "harness/counting_host.h"

static struct counting_host host;
static struct iolas_space *space;

/* Holes, live ranges with and without guard, overlapping windows. */
static void setup(void)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = 10,
		.last = 109,
	};
	struct iolas_range_constraints c = {
		.struct_size = sizeof(c),
		.flags = IOLAS_PLACE_EXPLICIT,
	};
	iolas_iova iova;

	counting_host_init(&host);
	CHECK_EQ(iolas_range_create(&host.table, &config, &space), IOLAS_OK);
	for (uint64_t i = 0; i < 4; i++) {
		c.at = 20 + 10 * i;
		c.guard = i;
		CHECK_EQ(iolas_range_alloc(space, 5, &c, &iova), IOLAS_OK);
	}
	CHECK_EQ(iolas_range_reserve(space, 70, 79), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 75, 84), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 100, 200), IOLAS_OK);
	CHECK_EQ(iolas_range_check(space), IOLAS_OK);
}

static void finish(void)
{
	CHECK_EQ(iolas_range_check(space), IOLAS_OK);
	iolas_range_destroy_all(space);
	counting_host_fini(&host);
}

/* @field off by one is found; restored, all is well. */
#define SPOIL(field)                                           \
	do {                                                   \
		(field)++;                                     \
		CHECK_EQ(iolas_range_check(space), IOLAS_EIO); \
		(field)--;                                     \
		CHECK_EQ(iolas_range_check(space), IOLAS_OK);  \
	} while (0)

static void every_sum_is_recounted(void **state)
{
	(void)state;
	setup();
	SPOIL(space->live_granules);
	SPOIL(space->guard_granules);
	SPOIL(space->reserved_granules);
	SPOIL(space->reserved_count);
	SPOIL(space->live_count);
	SPOIL(space->hole_count);
	SPOIL(space->alloc_count);
	SPOIL(space->free_count);
	SPOIL(space->spare_count);
	SPOIL(space->first);
	SPOIL(space->last);
	finish();
}

static void every_stretch_is_reread(void **state)
{
	struct range_link *link;

	(void)state;
	setup();
	link = range_end(space->by_address.top, 0);
	for (; link; link = range_step(link, 1)) {
		struct range_node *node = range_node_of(link);
		bool has_hole = node->has_hole;

		SPOIL(node->first);
		SPOIL(node->last);
		SPOIL(node->max_m1);
		SPOIL(node->kind);
		SPOIL(link->height);
		node->has_hole = !has_hole;
		CHECK_EQ(iolas_range_check(space), IOLAS_EIO);
		node->has_hole = has_hole;
		if (node->kind == IOLAS_RANGE_LIVE)
			SPOIL(node->body_last);
		if (node->kind == IOLAS_RANGE_FREE)
			SPOIL(node->by_size.height);
		if (node->kind != IOLAS_RANGE_RESERVED)
			continue;
		SPOIL(node->windows.cover);
		SPOIL(node->windows.starts);
		SPOIL(node->windows.ends);
	}
	finish();
}

static void every_window_is_looked_up(void **state)
{
	struct range_link *link;

	(void)state;
	setup();
	link = range_end(space->windows.top, 0);
	for (; link; link = range_step(link, 1)) {
		struct range_window *window = range_window_of(link);
		uint64_t first = window->first;

		SPOIL(window->count);
		SPOIL(window->first);
		window->first = window->last + 1;
		CHECK_EQ(iolas_range_check(space), IOLAS_EIO);
		window->first = first;
	}
	finish();
}

static void crossed_links_are_found_and_do_not_loop(void **state)
{
	struct range_link *top, *low, *parent;

	(void)state;
	setup();
	top = space->by_address.top;
	low = top->child[0];
	parent = low->parent;
	low->parent = low;
	CHECK_EQ(iolas_range_check(space), IOLAS_EIO);
	low->parent = parent;
	top->parent = low;
	CHECK_EQ(iolas_range_check(space), IOLAS_EIO);
	top->parent = NULL;
	finish();
}

/* The three windows as a chain: in order, heights right, but leaning. */
static void a_leaning_tree_is_found(void **state)
{
	struct range_link *top, *low, *high;

	(void)state;
	setup();
	top = space->windows.top;
	low = top->child[0];
	high = top->child[1];
	space->windows.top = low;
	low->parent = NULL;
	low->child[1] = top;
	low->height = 3;
	top->parent = low;
	top->child[0] = NULL;
	CHECK_EQ(iolas_range_check(space), IOLAS_EIO);
	/* And leaning the other way. */
	space->windows.top = high;
	high->parent = NULL;
	high->child[0] = top;
	high->height = 3;
	top->parent = high;
	top->child[0] = low;
	top->child[1] = NULL;
	low->parent = top;
	low->child[1] = NULL;
	low->height = 1;
	CHECK_EQ(iolas_range_check(space), IOLAS_EIO);
	space->windows.top = top;
	top->parent = NULL;
	top->child[1] = high;
	high->parent = top;
	high->child[0] = NULL;
	high->height = 1;
	finish();
}

RUN_CASES(CASE(every_sum_is_recounted), CASE(every_stretch_is_reread),
	  CASE(every_window_is_looked_up),
	  CASE(crossed_links_are_found_and_do_not_loop),
	  CASE(a_leaning_tree_is_found))
