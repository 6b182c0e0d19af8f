/* SPDX-License-Identifier: MIT */
/*
 * Lock-freedom, shown: one thread is stopped before each of its atomic steps in
 * turn, in map, unmap, split, cut, protect and gather_done, with table memory
 * at hand.  Meanwhile another does all of these and must finish; then the
 * stopped one goes on, and the table must be right.  The library under test is
 * built with a step in front of every atomic operation.
 * Floor: pgtable.
 */
#include "pgtable/pgtable_fixture.h"

#include "base/atomics.h"
#include "pgtable/pgtable_priv.h"

#include <pthread.h>
#include <semaphore.h>

#define PAGE   (4 * KIB)
#define VICTIM (64 * GIB) /* tables above level 0 are common to both */
#define OTHER  (64 * GIB + 512 * MIB)
#define PART   (32 * MIB) /* of each */
#define AHEAD  (8 * GIB)  /* memory lies so much above its iova */

static struct fixture f;

/* The thread that is stopped before its @stop_at-th step; 0: never. */
static _Thread_local bool is_victim;
static unsigned long stop_at, steps;
static bool was_stopped;
static bool swaps_only; /* the other thread does nothing else */
static sem_t stopped, go_on;

void stopped_step(void)
{
	if (!is_victim || ++steps != stop_at)
		return;
	was_stopped = true;
	sem_post(&stopped);
	sem_wait(&go_on);
}

/* What the victim does; @prepare runs before, unstopped. */
struct scenario {
	const char *name;
	void (*prepare)(void);
	int (*act)(void);
	/* Pages of VICTIM's part that are mapped afterwards, in order. */
	bool (*is_mapped)(iolas_iova iova);
};

static struct iolas_gather victim_gather;
static struct iolas_cursor victim_cursor;

static int map_at(iolas_iova iova, uint64_t len, uint64_t shift)
{
	return iolas_pgtable_map(f.pt, NULL, iova, iova + AHEAD + shift, len,
				 RW);
}

static int unmap_at(iolas_iova iova, uint64_t len, unsigned flags,
		    struct iolas_gather *gather)
{
	return iolas_pgtable_unmap(f.pt, NULL, iova, len, flags, gather, NULL);
}

static void prepare_nothing(void)
{
}

/* Pages, a table that is filled before it is linked, and large leaves. */
static int act_map(void)
{
	return map_at(VICTIM + 2 * MIB - 2 * PAGE, 4 * MIB, 0) ||
	       map_at(VICTIM + 8 * MIB, 2 * MIB + PAGE, PAGE);
}

static bool mapped_by_map(iolas_iova iova)
{
	const uint64_t at = iova - VICTIM;

	return (at >= 2 * MIB - 2 * PAGE && at < 6 * MIB - 2 * PAGE) ||
	       (at >= 8 * MIB && at < 10 * MIB + PAGE);
}

static void prepare_large(void)
{
	CHECK_EQ(map_at(VICTIM, 4 * MIB, 0), IOLAS_OK);
}

static int act_split(void)
{
	return unmap_at(VICTIM + MIB, PAGE, IOLAS_UNMAP_EXACT, &victim_gather);
}

static bool mapped_by_split(iolas_iova iova)
{
	const uint64_t at = iova - VICTIM;

	return at < 4 * MIB && at / PAGE != MIB / PAGE;
}

static void prepare_pages(void)
{
	CHECK_EQ(map_at(VICTIM, 4 * MIB, PAGE), IOLAS_OK);
}

static int act_cut(void)
{
	return unmap_at(VICTIM + MIB, 3 * MIB, 0, &victim_gather) ||
	       iolas_pgtable_gather_done(f.pt, &victim_gather);
}

static bool mapped_by_cut(iolas_iova iova)
{
	return iova - VICTIM < MIB;
}

static int act_protect(void)
{
	return iolas_pgtable_protect(f.pt, VICTIM + MIB, 2 * MIB, IOLAS_READ,
				     &victim_gather);
}

static bool mapped_by_protect(iolas_iova iova)
{
	return iova - VICTIM < 4 * MIB;
}

static void prepare_cursor(void)
{
	victim_cursor = (struct iolas_cursor){ { 0 } };
	CHECK_EQ(map_at(VICTIM, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_unmap(f.pt, &victim_cursor, VICTIM, PAGE, 0,
				     &f.gather, NULL),
		 IOLAS_OK);
}

static int act_cursor(void)
{
	return iolas_pgtable_map(f.pt, &victim_cursor, VICTIM,
				 VICTIM + AHEAD + PAGE, PAGE, RW);
}

static bool mapped_by_cursor(iolas_iova iova)
{
	return iova == VICTIM;
}

static const struct scenario scenarios[] = {
	{ "map", prepare_nothing, act_map, mapped_by_map },
	{ "split", prepare_large, act_split, mapped_by_split },
	{ "cut", prepare_pages, act_cut, mapped_by_cut },
	{ "protect", prepare_large, act_protect, mapped_by_protect },
	{ "cursor", prepare_cursor, act_cursor, mapped_by_cursor },
};

static void *run_victim(void *arg)
{
	const struct scenario *scenario = arg;
	int status;

	is_victim = true;
	status = scenario->act();
	is_victim = false;
	/* Racers may have been there first; owners never fail. */
	CHECK_ANY_THREAD(status == IOLAS_OK ||
			 (stop_at != 0 && status == IOLAS_EEXIST) ||
			 status == IOLAS_ENOENT || status == 1);
	if (!was_stopped)
		sem_post(&stopped);
	return NULL;
}

/*
 * Sets two tables aside, fails and gives them back, then takes one: who was
 * about to take the first of them must not succeed now.
 */
static void swap_tables(void)
{
	CHECK_EQ(map_at(OTHER + 16 * MIB, 4 * MIB + PAGE, PAGE), IOLAS_EEXIST);
	CHECK_EQ(map_at(OTHER + 24 * MIB, 2 * MIB, PAGE), IOLAS_OK);
}

/* All the victim's kinds of change, in a part of our own. */
static void change_own_part(void)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };

	swap_tables();
	if (swaps_only)
		return;
	CHECK_EQ(map_at(OTHER, 4 * MIB, 0), IOLAS_OK);
	CHECK_EQ(map_at(OTHER + 4 * MIB, 4 * MIB, PAGE), IOLAS_OK);
	CHECK_EQ(map_at(OTHER + 7 * MIB, PAGE, PAGE), IOLAS_EEXIST);
	CHECK_EQ(unmap_at(OTHER + MIB, PAGE, IOLAS_UNMAP_EXACT, &f.gather),
		 IOLAS_OK);
	CHECK_EQ(unmap_at(OTHER + 4 * MIB, 2 * MIB, 0, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_protect(f.pt, OTHER + 3 * MIB, PAGE, IOLAS_READ,
				       &f.gather),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_lookup(f.pt, OTHER + 6 * MIB, &m), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
}

static bool is_low(uint64_t offset)
{
	return !swaps_only && offset < 4 * MIB && offset / PAGE != MIB / PAGE;
}

static bool is_high(uint64_t offset)
{
	return (!swaps_only && offset >= 6 * MIB && offset < 8 * MIB) ||
	       offset == 20 * MIB || (offset >= 24 * MIB && offset < 26 * MIB);
}

static void check_own_part(void)
{
	for (uint64_t offset = 0; offset < PART; offset += PAGE) {
		const iolas_pa pa = fixture_pa(&f, OTHER + offset);

		if (is_low(offset))
			CHECK_EQ(pa, OTHER + offset + AHEAD);
		else if (is_high(offset))
			CHECK_EQ(pa, OTHER + offset + AHEAD + PAGE);
		else
			CHECK_EQ(pa, 0);
	}
}

/* What is there names its own address; nothing else ever does. */
static void check_answers(void)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	iolas_iova at = VICTIM;

	while (at < VICTIM + PART &&
	       iolas_pgtable_next(f.pt, at, VICTIM + PART - 1, &m) ==
		       IOLAS_OK) {
		CHECK(m.pa == m.iova + AHEAD || m.pa == m.iova + AHEAD + PAGE);
		at = m.iova + m.size;
	}
}

/* SHARED: right in the victim's way. */
static void change_victims_part(void)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	int status;

	status = map_at(VICTIM + 2 * MIB, PAGE, PAGE);
	CHECK(status == IOLAS_OK || status == IOLAS_EEXIST);
	check_answers();
	CHECK_EQ(unmap_at(VICTIM, PART, IOLAS_UNMAP_EXACT, &f.gather),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_next(f.pt, VICTIM, VICTIM + PART - 1, &m),
		 IOLAS_ENOENT);
	CHECK_EQ(map_at(VICTIM + 12 * MIB, 4 * MIB, PAGE), IOLAS_OK);
	CHECK_EQ(unmap_at(VICTIM + 13 * MIB, PAGE, 0, &f.gather), IOLAS_OK);
}

/* So many tables are free that nobody has to ask the host. */
static void lay_in_tables(void)
{
	/* Both kinds: free, and cut off and passed. */
	CHECK_EQ(map_at(256 * GIB, 128 * MIB, PAGE), IOLAS_OK);
	CHECK_EQ(map_at(384 * GIB + 128 * MIB, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(map_at(384 * GIB, 129 * MIB, PAGE), IOLAS_EEXIST);
	CHECK_EQ(unmap_at(0, UINT64_C(1) << 48, 0, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	CHECK_EQ(map_at(VICTIM + 100 * MIB, PAGE, 0), IOLAS_OK);
	CHECK_EQ(map_at(OTHER + 20 * MIB, PAGE, PAGE), IOLAS_OK);
	CHECK(fixture_stats(&f).free_count >= 48);
}

/* Every table page comes back, whatever happened. */
static void check_nothing_is_lost(void)
{
	struct iolas_pgtable_stats stats;

	CHECK_EQ(unmap_at(0, UINT64_C(1) << 48, 0, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &victim_gather), IOLAS_OK);
	iolas__pgtable_poll(f.pt);
	stats = fixture_stats(&f);
	CHECK_EQ(stats.table_count, 1);
	CHECK_EQ(stats.detached_count, 0);
	CHECK_EQ((stats.free_count + 1) * PAGE, stats.table_bytes);
}

/* false: the victim finished in fewer steps. */
static bool stop_at_step(const struct scenario *scenario, uint32_t flags,
			 unsigned long step)
{
	const bool is_shared = flags & IOLAS_PGTABLE_SHARED;
	pthread_t victim;
	uint64_t requests;
	bool stopped_there;

	fixture_begin_vtd(&f, flags);
	iolas_gather_init(&victim_gather);
	lay_in_tables();
	scenario->prepare();
	requests = iolas__load_relaxed(&f.host.requests);
	stop_at = step;
	steps = 0;
	was_stopped = false;
	CHECK_EQ(pthread_create(&victim, NULL, run_victim, (void *)scenario),
		 0);
	sem_wait(&stopped);
	stopped_there = was_stopped;
	change_own_part();
	if (is_shared)
		change_victims_part();
	check_answers();
	if (stopped_there)
		sem_post(&go_on);
	pthread_join(victim, NULL);
	check_own_part();
	check_answers();
	for (iolas_iova at = VICTIM; at < VICTIM + PART && !is_shared;
	     at += PAGE)
		CHECK_EQ(fixture_pa(&f, at) != 0, scenario->is_mapped(at));
	/* There was memory at hand all the time. */
	CHECK_EQ(iolas__load_relaxed(&f.host.requests), requests);
	check_nothing_is_lost();
	fixture_end(&f);
	return stopped_there;
}

static void stop_everywhere(uint32_t flags)
{
	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]);
	     i++) {
		unsigned long step = 1, stride = 1;

		/* Long runs of equal steps are sampled. */
		while (stop_at_step(&scenarios[i], flags, step)) {
			stride = step < 100 ? 1 : step / 64;
			step += stride;
		}
		print_message("# %s: about %lu steps\n", scenarios[i].name,
			      step);
		CHECK(step > 4);
	}
}

static void owners_finish_wherever_another_is_stopped(void **state)
{
	(void)state;
	stop_everywhere(0);
}

static void racers_finish_wherever_another_is_stopped(void **state)
{
	(void)state;
	stop_everywhere(IOLAS_PGTABLE_SHARED);
}

static void a_table_that_left_and_came_back_fools_nobody(void **state)
{
	(void)state;
	swaps_only = true;
	stop_everywhere(0);
	swaps_only = false;
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(owners_finish_wherever_another_is_stopped),
		CASE(racers_finish_wherever_another_is_stopped),
		CASE(a_table_that_left_and_came_back_fools_nobody),
	};

	sem_init(&stopped, 0, 0);
	sem_init(&go_on, 0, 0);
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
