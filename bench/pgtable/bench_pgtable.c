/* SPDX-License-Identifier: MIT */
/*
 * What does mapping and unmapping one page cost, and finding one?
 *
 * P1-same: map and unmap the same 4 KiB page, tables warm, with a cursor and
 * without.  P1-random: the same in random places within 1 GiB.  P4: lookup at
 * random among 4096 mapped pages.  The places are drawn before timing; `null`
 * reads them and does nothing else.  Left out: invalidation, threads, cold
 * tables.
 */
#include <iolas/pgtable.h>

#include "harness/bench.h"
#include "standard_host.h"

#include <stdlib.h>

#define STEPS	   16384u
#define IOVA	   UINT64_C(0x40000000)
#define PA	   UINT64_C(0x100000000)
#define PAGE	   UINT64_C(4096)
#define PAGES_1GIB (UINT64_C(1) << 18)

struct workload {
	struct iolas_pgtable *pt;
	struct iolas_cursor cursor;
	struct iolas_gather gather;
	uint64_t iova[STEPS];
};

/* @spread: pages among which the places are drawn. */
static void *begin(uint32_t format, uint64_t spread)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = format,
	};
	struct workload *w = calloc(1, sizeof(*w));
	uint64_t state = 88172645463325252;

	if (!w || iolas_pgtable_create(standard_host(), &config, &w->pt))
		return NULL;
	iolas_gather_init(&w->gather);
	for (uint32_t i = 0; i < STEPS; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		w->iova[i] = IOVA + state % spread * PAGE;
	}
	return w;
}

static void *begin_same_vtd(void)
{
	return begin(IOLAS_FORMAT_VTD_SS, 1);
}

static void *begin_same_x86(void)
{
	return begin(IOLAS_FORMAT_X86_64, 1);
}

/* A neighbour in every leaf table keeps the tables warm. */
static void *begin_random_vtd(void)
{
	struct workload *w = begin(IOLAS_FORMAT_VTD_SS, PAGES_1GIB);

	for (uint64_t at = 0; w && at < PAGES_1GIB; at += 512)
		if (iolas_pgtable_map(w->pt, NULL, IOVA + (at << 12), PA, PAGE,
				      IOLAS_READ))
			return NULL;
	for (uint32_t i = 0; w && i < STEPS; i++)
		if (w->iova[i] % (512 * PAGE) == 0)
			w->iova[i] += PAGE;
	return w;
}

static void *begin_lookup_vtd(void)
{
	struct workload *w = begin(IOLAS_FORMAT_VTD_SS, 4096);

	for (uint64_t page = 0; w && page < 4096; page++)
		if (iolas_pgtable_map(w->pt, NULL, IOVA + page * PAGE,
				      PA + page * 2 * PAGE, PAGE, IOLAS_READ))
			return NULL;
	return w;
}

static void run_null(void *state, uint64_t ops)
{
	struct workload *w = state;

	for (uint64_t i = 0; i < ops; i++)
		bench_keep(w->iova[i]);
}

static void pairs(struct workload *w, struct iolas_cursor *cursor, uint64_t ops)
{
	for (uint64_t i = 0; i < ops; i++) {
		if (iolas_pgtable_map(w->pt, cursor, w->iova[i], PA, PAGE,
				      IOLAS_READ | IOLAS_WRITE))
			abort();
		if (iolas_pgtable_unmap(w->pt, cursor, w->iova[i], PAGE, 0,
					&w->gather, NULL))
			abort();
	}
	iolas_pgtable_gather_done(w->pt, &w->gather);
}

static void run_pairs(void *state, uint64_t ops)
{
	pairs(state, NULL, ops);
}

static void run_pairs_with_cursor(void *state, uint64_t ops)
{
	struct workload *w = state;

	pairs(w, &w->cursor, ops);
}

static void run_lookups(void *state, uint64_t ops)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	struct workload *w = state;

	for (uint64_t i = 0; i < ops; i++) {
		if (iolas_pgtable_lookup(w->pt, w->iova[i], &m))
			abort();
		bench_keep(m.pa);
	}
}

static void end(void *state)
{
	struct workload *w = state;

	iolas_pgtable_destroy(w->pt);
	free(w);
}

int main(void)
{
	const struct bench_case same[] = {
		{ "pgtable/P1-same/null", begin_same_vtd, run_null, end,
		  STEPS },
		{ "pgtable/P1-same/vtd-ss/iolas", begin_same_vtd,
		  run_pairs_with_cursor, end, STEPS },
		{ "pgtable/P1-same/vtd-ss/no-cursor", begin_same_vtd, run_pairs,
		  end, STEPS },
		{ "pgtable/P1-same/x86-64/iolas", begin_same_x86,
		  run_pairs_with_cursor, end, STEPS },
	};
	const struct bench_case random[] = {
		{ "pgtable/P1-random/null", begin_random_vtd, run_null, end,
		  STEPS },
		{ "pgtable/P1-random/vtd-ss/iolas", begin_random_vtd,
		  run_pairs_with_cursor, end, STEPS },
	};
	const struct bench_case lookup[] = {
		{ "pgtable/P4-4k/null", begin_lookup_vtd, run_null, end,
		  STEPS },
		{ "pgtable/P4-4k/vtd-ss/iolas", begin_lookup_vtd, run_lookups,
		  end, STEPS },
	};

	return bench_group("Map and unmap one page, always the same", same,
			   4) ||
	       bench_group("Map and unmap one page, anywhere in 1 GiB", random,
			   2) ||
	       bench_group("Look one page of 4096 up", lookup, 2);
}
