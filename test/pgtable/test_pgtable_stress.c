/* SPDX-License-Identifier: MIT */
/*
 * Many threads on one table: mappers, unmappers, splitters, lookups, both
 * contracts.  Every page is mapped to memory that names its own address, so a
 * lookup can tell a right answer from one out of a table that is used again;
 * what was mapped and what was unmapped must add up at the end, and every table
 * page must come back.  Bookkeeping is private per thread or relaxed.
 * Floor: pgtable.  Tools: TSan-clean; leak-checked by the counting host.
 */
#include "pgtable/pgtable_fixture.h"

#include "harness/rng.h"
#include "pgtable/pgtable_priv.h"

#include <pthread.h>
#include <stdatomic.h>

#define PAGE	(4 * KIB)
#define MAPPERS 3
#define LOOKERS 2
#define COLOURS 4

/* OWNED: a strip of each 2 MiB table, and a part of its own, per thread. */
#define STRIPS	    (8 * GIB)
#define STRIPS_LEN  (4 * MIB)
#define STRIP	    (64 * KIB)
#define OWN(thread) ((16 + (thread)) * GIB)
#define OWN_LEN	    (16 * MIB)

/* SHARED: all on this. */
#define ARENA	  (32 * GIB)
#define ARENA_LEN (8 * MIB)

static struct fixture f;
static uint64_t seed;
static unsigned steps;
static atomic_int mappers_left;

struct worker {
	pthread_t thread;
	unsigned number;
	struct rng rng;
	struct iolas_gather gather;
	struct iolas_cursor cursor;
	unsigned char strip[STRIPS_LEN / PAGE]; /* colour + 1, or 0 */
	unsigned char own[OWN_LEN / PAGE];
	uint64_t mapped;
	uint64_t unmapped;
};

static struct worker workers[MAPPERS];

/* Memory that says which iova it belongs to; colours differ above. */
static iolas_pa memory_of(iolas_iova iova, unsigned colour)
{
	return iova | (uint64_t)(colour + 1) << 40;
}

static void check_answer(iolas_iova iova, const struct iolas_mapping *m)
{
	const iolas_pa pa = m->pa + (iova - m->iova);

	CHECK_ANY_THREAD((pa & ((UINT64_C(1) << 40) - 1)) == iova);
	CHECK_ANY_THREAD(pa >> 40 >= 1 && pa >> 40 <= COLOURS);
}

static void finish(struct worker *w)
{
	CHECK_ANY_THREAD(iolas_pgtable_gather_done(f.pt, &w->gather) ==
			 IOLAS_OK);
}

/* Looks everywhere; half of them through a reader of their own. */
static void *look(void *arg)
{
	const bool has_reader = (uintptr_t)arg & 1;
	struct rng rng = { seed + (uintptr_t)arg };
	struct iolas__reader reader;

	iolas__epoch_reader_add(iolas__pgtable_epoch(f.pt), &reader);
	while (iolas__load_relaxed(&mappers_left) > 0) {
		struct iolas_mapping m = { .struct_size = sizeof(m) };
		static const iolas_iova base[] = { STRIPS, OWN(0), OWN(1),
						   OWN(2), ARENA };
		const iolas_iova at =
			base[rng_below(&rng, 5)] + rng_below(&rng, STRIPS_LEN);
		int status;

		if (has_reader) {
			iolas__reader_begin(&reader);
			status = iolas__pgtable_lookup_inside(f.pt, at, &m);
			iolas__reader_end(&reader);
		} else {
			status = iolas_pgtable_lookup(f.pt, at, &m);
		}
		if (status == IOLAS_OK)
			check_answer(at, &m);
		if (rng_below(&rng, 64) == 0 &&
		    iolas_pgtable_next(f.pt, at, ARENA + ARENA_LEN - 1, &m) ==
			    IOLAS_OK)
			check_answer(m.iova, &m);
	}
	iolas__epoch_reader_remove(&reader);
	return NULL;
}

/* OWNED: the thread knows exactly what its own pages hold. */
static void check_own_page(const unsigned char *page, iolas_iova base,
			   uint64_t index)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	const iolas_iova at = base + index * PAGE;
	const int status = iolas_pgtable_lookup(f.pt, at, &m);

	CHECK_ANY_THREAD(status == (page[index] ? IOLAS_OK : IOLAS_ENOENT));
	if (status == IOLAS_OK)
		CHECK_ANY_THREAD(m.pa + (at - m.iova) ==
				 memory_of(at, page[index] - 1u));
}

static void change_owned(struct worker *w, unsigned char *page, iolas_iova base,
			 uint64_t first, uint64_t count,
			 struct iolas_cursor *cursor)
{
	const iolas_iova iova = base + first * PAGE;
	const unsigned colour = (unsigned)rng_below(&w->rng, COLOURS);
	const bool exact = rng_below(&w->rng, 2);
	uint64_t used = 0, bytes;
	int status;

	for (uint64_t i = first; i < first + count; i++)
		used += page[i] != 0;
	if (used == 0 || rng_below(&w->rng, 8) == 0) {
		status = iolas_pgtable_map(f.pt, cursor, iova,
					   memory_of(iova, colour),
					   count * PAGE, RW);
		CHECK_ANY_THREAD(status == (used ? IOLAS_EEXIST : IOLAS_OK));
		if (status)
			return;
		for (uint64_t i = first; i < first + count; i++)
			page[i] = (unsigned char)(colour + 1);
		return;
	}
	if (used == count && rng_below(&w->rng, 4) == 0) {
		status = iolas_pgtable_protect(f.pt, iova, count * PAGE,
					       IOLAS_READ, &w->gather);
		CHECK_ANY_THREAD(status == IOLAS_OK);
		return;
	}
	status = iolas_pgtable_unmap(f.pt, cursor, iova, count * PAGE,
				     exact ? IOLAS_UNMAP_EXACT : 0, &w->gather,
				     &bytes);
	CHECK_ANY_THREAD(status == IOLAS_OK);
	CHECK_ANY_THREAD(bytes == (exact ? used * PAGE : 0));
	for (uint64_t i = first; i < first + count; i++)
		page[i] = 0;
}

static void *work_owned(void *arg)
{
	struct worker *w = arg;
	const uint64_t per_strip = STRIP / PAGE;
	const uint64_t own_pages = OWN_LEN / PAGE;

	for (unsigned i = 0; i < steps; i++) {
		/* Strips of three threads lie side by side in each table. */
		const uint64_t strip =
			rng_below(&w->rng, STRIPS_LEN / STRIP / MAPPERS) *
				MAPPERS +
			w->number;
		uint64_t first = rng_below(&w->rng, per_strip);

		change_owned(w, w->strip, STRIPS, strip * per_strip + first,
			     1 + rng_below(&w->rng, per_strip - first),
			     &w->cursor);
		check_own_page(w->strip, STRIPS, strip * per_strip + first);
		first = rng_below(&w->rng, own_pages);
		if (rng_below(&w->rng, 2))
			change_owned(w, w->own, OWN(w->number), first & ~511u,
				     512, NULL);
		else
			change_owned(w, w->own, OWN(w->number), first, 1, NULL);
		check_own_page(w->own, OWN(w->number),
			       rng_below(&w->rng, own_pages));
		if (rng_below(&w->rng, 4) == 0)
			finish(w);
	}
	finish(w);
	iolas__fetch_sub_relaxed(&mappers_left, 1);
	return NULL;
}

/* SHARED: single pages are mapped, anything is unmapped, all is counted. */
static void *work_shared(void *arg)
{
	struct worker *w = arg;
	struct iolas_cursor *const cursor[] = { &w->cursor, NULL };

	for (unsigned i = 0; i < steps; i++) {
		const iolas_iova iova =
			ARENA + rng_below(&w->rng, ARENA_LEN / PAGE) * PAGE;
		const unsigned colour = (unsigned)rng_below(&w->rng, COLOURS);
		uint64_t bytes = 0;
		int status;

		switch (rng_below(&w->rng, 16)) {
		case 0: /* whole tables go */
			status = iolas_pgtable_unmap(
				f.pt, NULL, iova & ~(2 * MIB - 1), 2 * MIB,
				IOLAS_UNMAP_EXACT, &w->gather, &bytes);
			CHECK_ANY_THREAD(status == IOLAS_OK);
			break;
		case 1:
		case 2:
		case 3:
			status = iolas_pgtable_unmap(f.pt, cursor[i & 1], iova,
						     PAGE, IOLAS_UNMAP_EXACT,
						     &w->gather, &bytes);
			CHECK_ANY_THREAD(status == IOLAS_OK);
			break;
		default:
			status = iolas_pgtable_map(f.pt, cursor[i & 1], iova,
						   memory_of(iova, colour),
						   PAGE, RW);
			CHECK_ANY_THREAD(status == IOLAS_OK ||
					 status == IOLAS_EEXIST);
			w->mapped += status == IOLAS_OK ? PAGE : 0;
		}
		w->unmapped += bytes;
		if (rng_below(&w->rng, 8) == 0)
			finish(w);
	}
	finish(w);
	iolas__fetch_sub_relaxed(&mappers_left, 1);
	return NULL;
}

/* SHARED, anything goes: large leaves, splits, protects, maps undone. */
static void *work_wild(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < steps; i++) {
		static const unsigned lg2[] = { 12, 12, 16, 21, 22 };
		const unsigned size = lg2[rng_below(&w->rng, 5)];
		const uint64_t len = UINT64_C(1) << size;
		const iolas_iova iova =
			ARENA + (rng_below(&w->rng, ARENA_LEN) & ~(len - 1));
		const unsigned colour = (unsigned)rng_below(&w->rng, COLOURS);
		int status;

		switch (rng_below(&w->rng, 5)) {
		case 0:
		case 1:
			status = iolas_pgtable_map(f.pt, NULL, iova,
						   memory_of(iova, colour), len,
						   RW);
			CHECK_ANY_THREAD(status == IOLAS_OK ||
					 status == IOLAS_EEXIST);
			break;
		case 2:
			status = iolas_pgtable_protect(f.pt, iova, len,
						       1 + (unsigned)(i & 2),
						       &w->gather);
			CHECK_ANY_THREAD(status == IOLAS_OK ||
					 status == IOLAS_ENOENT);
			break;
		default:
			status = iolas_pgtable_unmap(f.pt, NULL, iova, len, 0,
						     &w->gather, NULL);
			CHECK_ANY_THREAD(status == IOLAS_OK);
		}
		if (rng_below(&w->rng, 8) == 0)
			finish(w);
	}
	finish(w);
	iolas__fetch_sub_relaxed(&mappers_left, 1);
	return NULL;
}

static void run(void *(*work)(void *))
{
	pthread_t looker[LOOKERS];

	iolas__store_relaxed(&mappers_left, MAPPERS);
	for (unsigned i = 0; i < MAPPERS; i++) {
		workers[i] = (struct worker){ .number = i,
					      .rng = { seed + 77 * i } };
		iolas_gather_init(&workers[i].gather);
		CHECK_EQ(pthread_create(&workers[i].thread, NULL, work,
					&workers[i]),
			 0);
	}
	for (uintptr_t i = 0; i < LOOKERS; i++)
		CHECK_EQ(pthread_create(&looker[i], NULL, look, (void *)i), 0);
	for (unsigned i = 0; i < MAPPERS; i++)
		pthread_join(workers[i].thread, NULL);
	for (unsigned i = 0; i < LOOKERS; i++)
		pthread_join(looker[i], NULL);
}

/* Takes everything away; answers how much was still mapped. */
static uint64_t empty_the_table(void)
{
	struct iolas_pgtable_stats stats;
	uint64_t left;

	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, 0, UINT64_C(1) << 48,
				     IOLAS_UNMAP_EXACT, &f.gather, &left),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	iolas__pgtable_poll(f.pt);
	stats = fixture_stats(&f);
	CHECK_EQ(stats.table_count, 1);
	CHECK_EQ(stats.detached_count, 0);
	CHECK_EQ((stats.free_count + 1) * PAGE, stats.table_bytes);
	CHECK_EQ(fixture_count(&f), 0);
	return left;
}

static void begin(uint32_t flags, bool has_barrier)
{
	const struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, flags);

	counting_host_init(&f.host);
	f.host.table.relax = iolas_host_libc()->relax;
	if (has_barrier)
		f.host.table.barrier_all = iolas_host_libc()->barrier_all;
	else
		f.host.table.barrier_all = NULL;
	/* Both kinds of section, too. */
	f.host.table.cpu_enter =
		has_barrier ? iolas_host_libc()->cpu_enter : NULL;
	f.host.table.cpu_leave = NULL;
	iolas_gather_init(&f.gather);
	CHECK_EQ(iolas_pgtable_create(&f.host.table, &config, &f.pt), IOLAS_OK);
}

static void owners_see_exactly_what_they_wrote(void **state)
{
	(void)state;
	for (unsigned barrier = 0; barrier < 2; barrier++) {
		uint64_t expected = 0;

		begin(0, barrier);
		run(work_owned);
		for (unsigned i = 0; i < MAPPERS; i++) {
			for (unsigned p = 0; p < STRIPS_LEN / PAGE; p++)
				expected += workers[i].strip[p] ? PAGE : 0;
			for (unsigned p = 0; p < OWN_LEN / PAGE; p++)
				expected += workers[i].own[p] ? PAGE : 0;
		}
		CHECK_EQ(empty_the_table(), expected);
		fixture_end(&f);
	}
}

static void racers_lose_no_page_and_count_each_once(void **state)
{
	(void)state;
	for (unsigned barrier = 0; barrier < 2; barrier++) {
		uint64_t expected = 0;

		begin(IOLAS_PGTABLE_SHARED, barrier);
		run(work_shared);
		for (unsigned i = 0; i < MAPPERS; i++)
			expected += workers[i].mapped - workers[i].unmapped;
		CHECK_EQ(empty_the_table(), expected);
		fixture_end(&f);
	}
}

static void whatever_callers_do_tables_stay_sound(void **state)
{
	(void)state;
	/* OWNED too: a broken contract costs mappings, never tables. */
	for (unsigned shared = 0; shared < 2; shared++) {
		begin(shared * IOLAS_PGTABLE_SHARED, true);
		run(work_wild);
		(void)empty_the_table();
		fixture_end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(owners_see_exactly_what_they_wrote),
		CASE(racers_lose_no_page_and_count_each_once),
		CASE(whatever_callers_do_tables_stay_sound),
	};
	const char *given = getenv("IOLAS_STEPS");
	struct rng rng = rng_seed(11);

	seed = rng_next(&rng);
	steps = given ? (unsigned)strtoul(given, NULL, 0) : 20000;
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
