/* SPDX-License-Identifier: MIT */
/*
 * The IOTLB by itself, against a list of what was put in: it may forget, it may
 * not invent, and what was told to go is gone.
 */
#include <harness/check.h>
#include <harness/rng.h>

#include "iommu/iommu_iotlb.h"

#include <string.h>

#define ENTRIES 16u

struct bench {
	struct iolas__iotlb tlb;
	struct iolas__iotlb_entry entry[ENTRIES];
};

static void start(struct bench *b)
{
	memset(b->entry, 0, sizeof(b->entry));
	iolas__iotlb_init(&b->tlb, b->entry, ENTRIES);
}

static void put(struct bench *b, iolas_iova iova, iolas_pa pa, unsigned lg2)
{
	struct iolas__iotlb_entry *e = iolas__iotlb_victim(&b->tlb, iova, lg2);

	iolas__iotlb_put(&b->tlb, e, iova, pa, lg2, IOLAS_READ);
}

static void a_leaf_is_found_by_any_of_its_addresses(void **state)
{
	struct iolas__iotlb_entry *e;
	struct bench b;

	(void)state;
	start(&b);
	put(&b, 0x40200000, UINT64_C(0xfffffc0000000), 21);
	put(&b, 0x1000, UINT64_C(0xffffffffff000), 12);
	e = iolas__iotlb_find(&b.tlb, 0x403fffff);
	CHECK(e != NULL);
	CHECK_EQ(iolas__iotlb_iova(e), 0x40200000);
	CHECK_EQ(iolas__iotlb_pa(e), UINT64_C(0xfffffc0000000));
	CHECK_EQ(iolas__iotlb_size_lg2(e), 21);
	CHECK_EQ(iolas__iotlb_prot(e), IOLAS_READ);
	CHECK_EQ(iolas__iotlb_pa(iolas__iotlb_find(&b.tlb, 0x1abc)),
		 UINT64_C(0xffffffffff000));
	CHECK(iolas__iotlb_find(&b.tlb, 0x40400000) == NULL);
	CHECK(iolas__iotlb_find(&b.tlb, 0x401fffff) == NULL);
	CHECK(iolas__iotlb_find(&b.tlb, 0x2000) == NULL);
}

/* Past 4095 flushes the generations begin again. */
static void what_was_flushed_never_comes_back(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	for (uint64_t i = 0; i < 10000; i++) {
		const iolas_iova iova = (i % 64) << 12;

		CHECK(iolas__iotlb_find(&b.tlb, iova) == NULL);
		put(&b, iova, i << 12, 12);
		CHECK_EQ(iolas__iotlb_pa(iolas__iotlb_find(&b.tlb, iova)),
			 i << 12);
		iolas__iotlb_flush(&b.tlb);
	}
}

/*
 * The first leaf's generation comes round again, and its size is looked for
 * because of another leaf.
 */
static void an_old_generation_that_returns_brings_nothing_back(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	put(&b, 0x1000, 0x5000, 12);
	for (unsigned i = 0; i < IOLAS__IOTLB_LAST; i++)
		iolas__iotlb_flush(&b.tlb);
	put(&b, 0x2000, 0x6000, 12);
	CHECK(iolas__iotlb_find(&b.tlb, 0x2000) != NULL);
	CHECK(iolas__iotlb_find(&b.tlb, 0x1000) == NULL);
}

static void two_leaves_of_one_set_live_together(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	put(&b, 0, 0x1000, 12);
	put(&b, (ENTRIES / 2) << 12, 0x2000, 12);
	CHECK_EQ(iolas__iotlb_pa(iolas__iotlb_find(&b.tlb, 0)), 0x1000);
	CHECK_EQ(
		iolas__iotlb_pa(iolas__iotlb_find(&b.tlb, (ENTRIES / 2) << 12)),
		0x2000);
}

/* @exactly: and what was not told to go stays. */
static void forget_at_random(bool exactly)
{
	static const unsigned lg2s[] = { 12, 16, 21 };
	struct rng rng = rng_seed(exactly ? 4 : 5);

	for (int round = 0; round < 3000; round++) {
		iolas_iova iova[6], last[6];
		bool was_there[6];
		struct bench b;
		uint64_t first, end;

		start(&b);
		for (int i = 0; i < 6; i++) {
			const unsigned lg2 = lg2s[rng_below(&rng, 3)];

			/* Apart from each other: 2 MiB each. */
			iova[i] = ((uint64_t)i << 21) |
				  (rng_below(&rng, 1u << (21 - lg2)) << lg2);
			last[i] = iova[i] + iolas__mask(lg2);
			put(&b, iova[i], rng_below(&rng, 1000) << 21, lg2);
		}
		for (int i = 0; i < 6; i++)
			was_there[i] = iolas__iotlb_find(&b.tlb, iova[i]);
		first = rng_below(&rng, 12u << 20);
		end = first +
		      rng_below(&rng, rng_below(&rng, 2) ? 1u << 15 : 1u << 22);
		if (exactly)
			iolas__iotlb_forget_exactly(&b.tlb, first, end);
		else
			iolas__iotlb_forget(&b.tlb, first, end);
		for (int i = 0; i < 6; i++) {
			const bool is_hit = iova[i] <= end && first <= last[i];
			const bool is_there =
				iolas__iotlb_find(&b.tlb, iova[i]);

			if (is_hit)
				CHECK(!is_there);
			else if (exactly)
				CHECK(is_there == was_there[i]);
		}
	}
}

static void what_was_told_to_go_is_gone(void **state)
{
	(void)state;
	forget_at_random(false);
}

static void exactly_what_was_told_to_go_is_gone(void **state)
{
	(void)state;
	forget_at_random(true);
}

static void the_whole_space_can_be_forgotten(void **state)
{
	struct bench b;

	(void)state;
	for (int exactly = 0; exactly < 2; exactly++) {
		start(&b);
		put(&b, UINT64_MAX - 4095, 0x1000, 12);
		CHECK(iolas__iotlb_find(&b.tlb, UINT64_MAX) != NULL);
		if (exactly)
			iolas__iotlb_forget_exactly(&b.tlb, 0, UINT64_MAX);
		else
			iolas__iotlb_forget(&b.tlb, 0, UINT64_MAX);
		CHECK(iolas__iotlb_find(&b.tlb, UINT64_MAX) == NULL);
	}
}

RUN_CASES(CASE(a_leaf_is_found_by_any_of_its_addresses),
	  CASE(what_was_flushed_never_comes_back),
	  CASE(an_old_generation_that_returns_brings_nothing_back),
	  CASE(two_leaves_of_one_set_live_together),
	  CASE(what_was_told_to_go_is_gone),
	  CASE(exactly_what_was_told_to_go_is_gone),
	  CASE(the_whole_space_can_be_forgotten))
