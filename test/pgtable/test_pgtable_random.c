/* SPDX-License-Identifier: MIT */
/*
 * Random strings of map, unmap, protect and lookup against an array of pages:
 * every format and number of levels, both contracts, physical addresses that
 * are pointers and ones that are not.
 * Floor: pgtable.
 */
#include <iolas/pgtable.h>

#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"
#include "model/pgtable_model.h"

#define PAGE	UINT64_C(4096)
#define WINDOW	(UINT64_C(5) << 28) /* 1.25 GiB: a whole 1 GiB fits */
#define PENDING 4
#define STEPS	4000

struct shape {
	uint32_t format;
	uint32_t levels;
	iolas_iova base;
};

/* Windows at the bottom, in the middle, and up to the last page. */
static const struct shape shapes[] = {
	{ IOLAS_FORMAT_VTD_SS, 3, 0 },
	{ IOLAS_FORMAT_VTD_SS, 4, (UINT64_C(1) << 48) - WINDOW },
	{ IOLAS_FORMAT_VTD_SS, 5, UINT64_C(0x123) << 40 },
	{ IOLAS_FORMAT_X86_64, 4, (UINT64_C(1) << 47) - WINDOW },
	{ IOLAS_FORMAT_X86_64, 4, UINT64_C(0) - WINDOW },
	{ IOLAS_FORMAT_X86_64, 5, UINT64_C(0xff) << 56 },
};

struct run {
	struct iolas_pgtable *pt;
	struct pgtable_model model;
	struct iolas_cursor cursor;
	struct iolas_gather gather[PENDING];
	struct rng rng;
	uint32_t format;
};

static unsigned pick_prot(struct run *run)
{
	static const unsigned vtd[] = { 1, 2, 3 };
	static const unsigned x86[] = {
		1, 3, 5, 7, 1 | IOLAS_PROT_PRIV, 7 | IOLAS_PROT_PRIV,
	};

	if (run->format == IOLAS_FORMAT_VTD_SS)
		return vtd[rng_below(&run->rng, 3)];
	return x86[rng_below(&run->rng, 6)];
}

/* A range inside the window; often large and well aligned. */
static void pick_range(struct run *run, iolas_iova *iova, uint64_t *len)
{
	static const unsigned align[] = { 12, 12, 12, 14, 21, 21, 30 };
	const unsigned lg2 = align[rng_below(&run->rng, 7)];
	uint64_t start = rng_below(&run->rng, WINDOW >> lg2) << lg2;
	uint64_t most;

	/* Often across the end of a table, in one corner of the window. */
	if (lg2 < 21 && rng_below(&run->rng, 2))
		start = (1 + rng_below(&run->rng, 8)) * (PAGE << 9) -
			rng_below(&run->rng, 6) * PAGE;
	most = (WINDOW - start) / PAGE;

	if (rng_below(&run->rng, 3))
		most = most > 8 ? 8 : most;
	*len = (1 + rng_below(&run->rng, most)) * PAGE;
	if (rng_below(&run->rng, 3) == 0 &&
	    start + (UINT64_C(1) << lg2) <= WINDOW)
		*len = UINT64_C(1) << lg2;
	*iova = run->model.base + start;
}

static iolas_pa pick_memory(struct run *run, iolas_iova iova)
{
	const uint64_t low = rng_below(&run->rng, UINT64_C(1) << 20) * PAGE;

	switch (rng_below(&run->rng, 3)) {
	case 0: /* large leaves possible */
		return ((UINT64_C(7) << 35) + iova) &
		       ((UINT64_C(1) << 46) - 1) & ~(PAGE - 1);
	case 1: /* those of 2 MiB */
		return ((UINT64_C(3) << 36) + (UINT64_C(1) << 21) + iova) &
		       ((UINT64_C(1) << 46) - 1) & ~(PAGE - 1);
	default:
		return (UINT64_C(1) << 40) + low;
	}
}

static struct iolas_cursor *pick_cursor(struct run *run)
{
	return rng_below(&run->rng, 2) ? &run->cursor : NULL;
}

static void do_map(struct run *run)
{
	iolas_iova iova;
	uint64_t len;
	iolas_pa pa;
	unsigned prot = pick_prot(run);

	pick_range(run, &iova, &len);
	pa = pick_memory(run, iova);
	CHECK_EQ(iolas_pgtable_map(run->pt, pick_cursor(run), iova, pa, len,
				   prot),
		 pgtable_model_map(&run->model, iova, pa, len, prot));
}

static void do_unmap(struct run *run)
{
	struct iolas_gather *gather =
		&run->gather[rng_below(&run->rng, PENDING)];
	const unsigned flags = rng_below(&run->rng, 2) ? IOLAS_UNMAP_EXACT : 0;
	iolas_iova iova;
	uint64_t len, unmapped, expected;

	pick_range(run, &iova, &len);
	CHECK_EQ(iolas_pgtable_unmap(run->pt, pick_cursor(run), iova, len,
				     flags, gather, &unmapped),
		 IOLAS_OK);
	expected = pgtable_model_unmap(&run->model, iova, len);
	CHECK_EQ(unmapped, flags ? expected : 0);
	if (expected)
		CHECK(gather->first <= iova && gather->last >= iova + len - 1 &&
		      gather->leaf_sizes != 0);
	if (rng_below(&run->rng, 2))
		CHECK_EQ(iolas_pgtable_gather_done(run->pt, gather), IOLAS_OK);
}

static void do_protect(struct run *run)
{
	struct iolas_gather gather;
	iolas_iova iova;
	uint64_t len;
	unsigned prot = pick_prot(run);
	int expected;

	iolas_gather_init(&gather);
	pick_range(run, &iova, &len);
	expected = pgtable_model_protect(&run->model, iova, len, prot);
	CHECK_EQ(iolas_pgtable_protect(run->pt, iova, len, prot, &gather),
		 expected);
	CHECK_EQ(iolas_gather_is_empty(&gather), expected != IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(run->pt, &gather), IOLAS_OK);
}

static void check_one(struct run *run, iolas_iova iova)
{
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	const struct pgtable_model_page *page =
		pgtable_model_at(&run->model, iova);
	const int status = iolas_pgtable_lookup(run->pt, iova, &mapping);

	CHECK_EQ(status, page->prot ? IOLAS_OK : IOLAS_ENOENT);
	if (status)
		return;
	CHECK_EQ(mapping.pa + (iova - mapping.iova), page->pa + iova % PAGE);
	CHECK_EQ(mapping.prot, page->prot);
}

/* Walks all leaves in order: each page of each, and each gap. */
static void check_all(struct run *run)
{
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	const iolas_iova last = run->model.base + (WINDOW - 1);
	uint64_t at = 0; /* offset of what was not looked at yet */

	while (at < WINDOW && iolas_pgtable_next(run->pt, run->model.base + at,
						 last, &mapping) == IOLAS_OK) {
		const uint64_t start = mapping.iova - run->model.base;

		CHECK(start >= at);
		for (; at < start; at += PAGE)
			CHECK_EQ(run->model.page[at / PAGE].prot, 0);
		for (; at < start + mapping.size; at += PAGE) {
			CHECK_EQ(run->model.page[at / PAGE].prot, mapping.prot);
			CHECK_EQ(run->model.page[at / PAGE].pa,
				 mapping.pa + (at - start));
		}
	}
	for (; at < WINDOW; at += PAGE)
		CHECK_EQ(run->model.page[at / PAGE].prot, 0);
}

static void step(struct run *run)
{
	switch (rng_below(&run->rng, 8)) {
	case 0:
	case 1:
	case 2:
		do_map(run);
		break;
	case 3:
	case 4:
		do_unmap(run);
		break;
	case 5:
		do_protect(run);
		break;
	default:
		check_one(run, run->model.base + rng_below(&run->rng, WINDOW));
	}
}

/* Nothing is mapped any more, and every table but the root has come back. */
static void take_all_back(struct run *run)
{
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_pgtable_unmap(run->pt, NULL, run->model.base, WINDOW,
				     IOLAS_UNMAP_EXACT, &run->gather[0], NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_next(run->pt, 0, UINT64_MAX, &mapping),
		 IOLAS_ENOENT);
	for (unsigned i = 0; i < PENDING; i++)
		CHECK_EQ(iolas_pgtable_gather_done(run->pt, &run->gather[i]),
			 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_stats(run->pt, &stats), IOLAS_OK);
	/* The way down to the window: at most three tables per end. */
	CHECK(stats.table_count >= 1 && stats.table_count <= 8);
	CHECK_EQ(stats.table_count + stats.detached_count + stats.free_count,
		 stats.table_bytes / PAGE);
}

static void run_shape(const struct shape *shape, uint32_t flags,
		      bool is_scattered, uint64_t seed)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = shape->format,
		.flags = flags,
		.levels = shape->levels,
	};
	struct counting_host host;
	struct run run = { .rng = { seed }, .format = shape->format };

	if (is_scattered)
		counting_host_init_scattered(&host);
	else
		counting_host_init(&host);
	CHECK_EQ(iolas_pgtable_create(&host.table, &config, &run.pt), IOLAS_OK);
	pgtable_model_init(&run.model, shape->base, WINDOW / PAGE);
	for (unsigned i = 0; i < PENDING; i++)
		iolas_gather_init(&run.gather[i]);
	for (unsigned i = 1; i <= STEPS; i++) {
		step(&run);
		if (i % 100 == 0)
			check_all(&run);
	}
	take_all_back(&run);
	pgtable_model_fini(&run.model);
	iolas_pgtable_destroy(run.pt);
	CHECK(counting_host_is_empty(&host));
	counting_host_fini(&host);
}

static uint64_t seed;

static void run_all(uint32_t flags, bool is_scattered)
{
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		run_shape(&shapes[i], flags, is_scattered, seed + i);
}

static void owned_tables_say_what_the_model_says(void **state)
{
	(void)state;
	run_all(0, false);
}

static void shared_tables_say_what_the_model_says(void **state)
{
	(void)state;
	run_all(IOLAS_PGTABLE_SHARED, false);
}

static void scattered_memory_changes_nothing(void **state)
{
	(void)state;
	run_all(0, true);
	run_all(IOLAS_PGTABLE_SHARED, true);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(owned_tables_say_what_the_model_says),
		CASE(shared_tables_say_what_the_model_says),
		CASE(scattered_memory_changes_nothing),
	};
	struct rng rng = rng_seed(7);

	seed = rng_next(&rng);
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
