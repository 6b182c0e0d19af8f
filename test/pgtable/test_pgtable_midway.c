/* SPDX-License-Identifier: MIT */
/*
 * Operations that find their tables cut off under them, at each step of theirs
 * in turn; the SHARED contract.  Whatever they answer, nothing is hung off a
 * table that is gone and none is lost.
 * Floor: pgtable.
 */
#include "pgtable_fixture.h"
#include "pgtable_midway.h"

#include "epoch/epoch_priv.h"
#include "pgtable/pgtable_priv.h"

#define MOST_VISITS 12u

static struct fixture f;
static struct iolas_gather others;

static void begin(void)
{
	const struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, IOLAS_PGTABLE_SHARED);

	counting_host_init_scattered(&f.host);
	midway_init(&f.host);
	iolas_gather_init(&f.gather);
	iolas_gather_init(&others);
	CHECK_EQ(iolas_pgtable_create(&f.host.table, &config, &f.pt), IOLAS_OK);
	CHECK_EQ(fixture_map(&f, GIB, GIB, 2 * MIB), IOLAS_OK);
}

/* Somebody maps the large leaf again and then takes the whole table away. */
static void cut_with_a_large_leaf(void)
{
	CHECK_EQ(
		iolas_pgtable_unmap(f.pt, NULL, GIB, 2 * MIB, 0, &others, NULL),
		IOLAS_OK);
	CHECK_EQ(fixture_map(&f, GIB, GIB, 2 * MIB), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, GIB, GIB, 0, &others, NULL),
		 IOLAS_OK);
}

/* Root and the table below it are all that is linked. */
static void check_nothing_hangs(void)
{
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, GIB, GIB, 0, &f.gather, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &others), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_stats(f.pt, &stats), IOLAS_OK);
	CHECK_EQ(stats.table_count, 2);
}

static void protect_one_page(void)
{
	const int status = iolas_pgtable_protect(f.pt, GIB, 4 * KIB, IOLAS_READ,
						 &f.gather);

	CHECK(status == IOLAS_OK || status == IOLAS_ENOENT);
}

static void unmap_one_page(void)
{
	CHECK_EQ(fixture_unmap(&f, GIB, 4 * KIB), IOLAS_OK);
}

static void map_one_page(void)
{
	const int status = fixture_map(&f, GIB, GIB, 4 * KIB);

	CHECK(status == IOLAS_OK || status == IOLAS_EEXIST);
}

static void run_at_each_visit(void (*operation)(void))
{
	unsigned visit = 0;
	bool has_acted = true;

	while (has_acted) {
		CHECK(++visit < MOST_VISITS);
		begin();
		midway_act(f.pt, GIB, visit, cut_with_a_large_leaf);
		operation();
		has_acted = midway_has_acted();
		check_nothing_hangs();
		fixture_end(&f);
	}
	CHECK(visit > 1);
}

static void protect_splits_no_leaf_of_a_cut_table(void **state)
{
	(void)state;
	run_at_each_visit(protect_one_page);
}

static void unmap_splits_no_leaf_of_a_cut_table(void **state)
{
	(void)state;
	run_at_each_visit(unmap_one_page);
}

static void map_hangs_nothing_off_a_cut_table(void **state)
{
	(void)state;
	run_at_each_visit(map_one_page);
}

/* Cut, invalidated, asked for: whoever is inside keeps its tables. */
static void cut_and_ask_for_tables(void)
{
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, GIB, GIB, 0, &others, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &others), IOLAS_OK);
	iolas__pgtable_poll(f.pt);
	CHECK_EQ(iolas_pgtable_stats(f.pt, &stats), IOLAS_OK);
	CHECK(stats.detached_count >= 1);
}

static void look_up(void)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };

	iolas_pgtable_lookup(f.pt, GIB, &m);
}

static void look_for_next(void)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };

	iolas_pgtable_next(f.pt, GIB, 2 * GIB - 1, &m);
}

static void no_table_comes_back_while_somebody_is_inside(void **state)
{
	static void (*const operations[])(void) = {
		protect_one_page, map_one_page,	 unmap_one_page,
		look_up,	  look_for_next,
	};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		begin();
		midway_act(f.pt, GIB, 1, cut_and_ask_for_tables);
		operations[i]();
		CHECK(midway_has_acted());
		check_nothing_hangs();
		fixture_end(&f);
	}
}

static void cut_and_begin_to_wait(void)
{
	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, GIB, GIB, 0, &others, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &others), IOLAS_OK);
	iolas__pgtable_poll(f.pt);
}

static uint64_t waiting_tables(void)
{
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_pgtable_stats(f.pt, &stats), IOLAS_OK);
	return stats.detached_count;
}

/*
 * Under OWNED a caller who maps where another unmaps can hang a table off one
 * that is gone.  It comes back through readers who began after that.
 */
static void a_table_that_was_hung_too_late_waits_by_itself(void **state)
{
	const struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, 0);
	struct iolas__section section;
	unsigned count = 0;

	(void)state;
	counting_host_init_scattered(&f.host);
	midway_init(&f.host);
	iolas_gather_init(&others);
	CHECK_EQ(iolas_pgtable_create(&f.host.table, &config, &f.pt), IOLAS_OK);
	CHECK_EQ(fixture_map(&f, GIB, GIB, 2 * MIB), IOLAS_OK);
	midway_act(f.pt, GIB, 2, cut_and_begin_to_wait);
	CHECK_EQ(fixture_map(&f, GIB + 4 * MIB, GIB, 4 * KIB), IOLAS_OK);
	CHECK(midway_has_acted());
	iolas__epoch_enter(iolas__pgtable_epoch(f.pt), &section);
	iolas__pgtable_poll(f.pt);
	CHECK_EQ(waiting_tables(), 0); /* our section began too late for it */
	while (waiting_tables() == 0) {
		CHECK(++count < 64);
		CHECK_EQ(fixture_map(&f, 8 * GIB + count * 2 * MIB, GIB,
				     4 * KIB),
			 IOLAS_OK);
	}
	CHECK_EQ(waiting_tables(), 1);
	iolas__epoch_leave(iolas__pgtable_epoch(f.pt), &section);
	iolas__pgtable_poll(f.pt);
	CHECK_EQ(waiting_tables(), 0);
	fixture_end(&f);
}

RUN_CASES(CASE(protect_splits_no_leaf_of_a_cut_table),
	  CASE(unmap_splits_no_leaf_of_a_cut_table),
	  CASE(map_hangs_nothing_off_a_cut_table),
	  CASE(no_table_comes_back_while_somebody_is_inside),
	  CASE(a_table_that_was_hung_too_late_waits_by_itself))
