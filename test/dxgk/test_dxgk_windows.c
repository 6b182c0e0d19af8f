/* SPDX-License-Identifier: MIT */
/*
 * Sliding windows against a model that looks at every page of every window.
 * Floor: dxgk.  Source: spec/dxgk.md, section D.3 ([REC] both limits slide).
 */
#include "dxgk_rig.h"

#include "harness/rng.h"

#define PAGES	   128 /* 64 low, 64 behind a hole of 64 */
#define LOW_FIRST  0x1000000ull
#define HIGH_FIRST (LOW_FIRST + 128 * 4096)
#define TOP	   (HIGH_FIRST + 64 * 4096 - 1)

static const struct iolas_physmem_region regions[] = {
	{ .first = LOW_FIRST, .last = LOW_FIRST + 64 * 4096 - 1 },
	{ .first = HIGH_FIRST, .last = TOP },
};

static uint64_t page_pa(size_t i)
{
	return i < 64 ? LOW_FIRST + i * 4096 : HIGH_FIRST + (i - 64) * 4096;
}

struct request {
	uint64_t low, high, skip, count;
};

/* The first window, from 0, that holds the whole page; UINT64_MAX: none. */
static uint64_t first_window(const struct request *r, uint64_t pa)
{
	for (uint64_t k = 0;; k++) {
		uint64_t shift = k * r->skip;
		uint64_t low = r->low + shift;
		uint64_t high = r->high > UINT64_MAX - shift ? UINT64_MAX
							     : r->high + shift;

		if (low > TOP)
			return UINT64_MAX;
		if (pa >= low && pa + 4095 <= high)
			return k;
		if (!r->skip)
			return UINT64_MAX;
	}
}

/*
 * What is right: as many pages as asked for or as there are; only free ones,
 * none twice; and none of a window while one before it has pages left.
 */
static void compare(const struct request *r, const bool *is_free, PMDL mdl)
{
	uint64_t window[PAGES];
	bool is_taken[PAGES] = { false };
	uint64_t there = 0, got = 0, last_used = 0;

	for (size_t i = 0; i < PAGES; i++) {
		window[i] =
			is_free[i] ? first_window(r, page_pa(i)) : UINT64_MAX;
		there += window[i] != UINT64_MAX;
	}
	for (ULONG n = 0; mdl && n < mdl->ByteCount / 4096; n++) {
		uint64_t pa = MmGetMdlPfnArray(mdl)[n] << 12;
		size_t i = 0;

		while (i < PAGES && page_pa(i) != pa)
			i++;
		CHECK(i < PAGES && window[i] != UINT64_MAX && !is_taken[i]);
		is_taken[i] = true;
		if (window[i] > last_used)
			last_used = window[i];
		got++;
	}
	CHECK_EQ(got, there < r->count ? there : r->count);
	for (size_t i = 0; i < PAGES; i++)
		if (window[i] < last_used)
			CHECK(is_taken[i]);
}

static uint64_t pick(struct rng *rng)
{
	switch (rng_below(rng, 6)) {
	case 0:
		return 0;
	case 1:
		return rng_next(rng);
	case 2: /* odd ends of pages */
		return LOW_FIRST + rng_below(rng, 192 * 4096);
	case 3:
		return LOW_FIRST + rng_below(rng, 192) * 4096 - 1;
	default:
		return LOW_FIRST + rng_below(rng, 192) * 4096;
	}
}

static void windows_take_what_the_model_takes(void **state)
{
	struct rng rng = rng_seed(0x51bde);
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .regions = regions, .region_count = 2 });
	for (int round = 0; round < 60; round++) {
		PVOID held[PAGES];
		bool is_free[PAGES];
		uint64_t share = rng_below(&rng, 101);

		for (size_t i = 0; i < PAGES; i++) {
			held[i] = MmAllocateContiguousMemorySpecifyCache(
				4096, pa_of(page_pa(i)),
				pa_of(page_pa(i) + 4095), pa_of(0), MmCached);
			CHECK(held[i]);
		}
		for (size_t i = 0; i < PAGES; i++) {
			is_free[i] = rng_below(&rng, 100) < share;
			if (is_free[i])
				MmFreeContiguousMemory(held[i]);
		}
		for (int n = 0; n < 40; n++) {
			struct request r = { pick(&rng), pick(&rng),
					     rng_below(&rng, 40) * 4096,
					     1 + rng_below(&rng, 100) };
			PMDL mdl;

			if (r.low > r.high)
				continue;
			mdl = MmAllocatePagesForMdlEx(
				pa_of(r.low), pa_of(r.high), pa_of(r.skip),
				r.count * 4096, MmCached,
				MM_DONT_ZERO_ALLOCATION);
			compare(&r, is_free, mdl);
			if (!mdl)
				continue;
			MmFreePagesFromMdl(mdl);
			ExFreePool(mdl);
		}
		for (size_t i = 0; i < PAGES; i++)
			if (!is_free[i])
				MmFreeContiguousMemory(held[i]);
	}
	rig_expect_none(&rig);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
	counting_host_fini(&rig.host);
}

/* A stride of one page over a space without memory takes no time to speak of. */
static void a_small_stride_leaps_over_large_holes(void **state)
{
	static const struct iolas_physmem_region far[] = {
		{ .first = 0x1000000, .last = 0x1000fff },
		{ .first = 1ull << 45, .last = (1ull << 45) + 0xfff },
	};
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .regions = far, .region_count = 2 });
	mdl = MmAllocatePagesForMdlEx(pa_of(0), pa_of(0x1000fff), pa_of(0x1000),
				      8192, MmCached, 0);
	CHECK(mdl);
	CHECK_EQ(MmGetMdlByteCount(mdl), 8192);
	CHECK_EQ(MmGetMdlPfnArray(mdl)[1], 1ull << 33);
	MmFreePagesFromMdl(mdl);
	ExFreePool(mdl);
	rig_expect_none(&rig);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
	counting_host_fini(&rig.host);
}

/* Neighbouring regions: a list's run may span both, a block never does. */
static void regions_may_touch(void **state)
{
	static const struct iolas_physmem_region touching[] = {
		{ .first = 0x1000000, .last = 0x100ffff },
		{ .first = 0x1010000, .last = 0x101ffff },
	};
	unsigned char *va;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig,
		    &(struct iolas_dxgk_machine_config){ .regions = touching,
							 .region_count = 2,
							 .verifier = 1 });
	mdl = MmAllocatePagesForMdlEx(pa_of(0), pa_of(UINT64_MAX), pa_of(0),
				      0x20000, MmCached,
				      MM_DONT_ZERO_ALLOCATION);
	CHECK(mdl);
	CHECK_EQ(MmGetMdlByteCount(mdl), 0x20000);
	va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
	CHECK(va);
	for (size_t i = 0; i < 0x20000; i++)
		CHECK_EQ(va[i], IOLAS_DXGK_POISON);
	MmUnmapLockedPages(va, mdl);
	MmFreePagesFromMdl(mdl);
	ExFreePool(mdl);
	CHECK(!MmAllocateContiguousMemory(0x10001, pa_of(UINT64_MAX)));
	rig_expect_none(&rig);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
	counting_host_fini(&rig.host);
}

RUN_CASES(CASE(windows_take_what_the_model_takes),
	  CASE(a_small_stride_leaps_over_large_holes), CASE(regions_may_touch))
