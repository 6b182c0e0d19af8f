/* SPDX-License-Identifier: MIT */
/*
 * Where a request fits in one hole: the exact arithmetic against trying every
 * base, small and near 2^64.
 * Floor: range.
 */
#include "range/range_priv.h"

#include "harness/check.h"
#include "harness/rng.h"

static bool is_fit(const struct range_request *r, uint64_t first, uint64_t last,
		   uint64_t base)
{
	if (base < first || base < r->lo || base % r->align != 0)
		return false;
	if (last - base < r->n_m1 || last - base - r->n_m1 < r->guard)
		return false;
	if (base + r->n_m1 > r->hi)
		return false;
	return r->boundary_mask == UINT64_MAX ||
	       base / (r->boundary_mask + 1) ==
		       (base + r->n_m1) / (r->boundary_mask + 1);
}

/* Tries every base of a small hole. */
static void compare_small(const struct range_request *r, uint64_t first,
			  uint64_t last)
{
	uint64_t low = 0, high = 0, base;
	bool fits = false;

	for (base = first; base <= last; base++) {
		if (!is_fit(r, first, last, base))
			continue;
		low = fits ? low : base;
		high = base;
		fits = true;
	}
	CHECK_EQ(iolas__range_fit_low(r, first, last, &base), fits);
	if (fits)
		CHECK_EQ(base, low);
	CHECK_EQ(iolas__range_fit_high(r, first, last, &base), fits);
	if (fits)
		CHECK_EQ(base, high);
}

static void every_small_combination_fits_where_brute_force_says(void **state)
{
	struct range_request r = { .has_window_end = true };

	(void)state;
	r.hi = 60;
	for (r.align = 1; r.align <= 24; r.align++)
		for (unsigned lg2 = 0; lg2 <= 5; lg2++)
			for (r.n_m1 = 0; r.n_m1 < 33; r.n_m1++)
				for (uint64_t first = 0; first < 40; first += 3)
					for (r.guard = 0; r.guard < 3;
					     r.guard++) {
						r.boundary_mask =
							iolas__mask(lg2);
						r.lo = first + r.guard;
						compare_small(&r, first,
							      first + 37);
					}
}

/* Odd alignments against a boundary need many steps to try one by one. */
static void odd_alignments_meet_the_boundary_at_the_first_multiple(void **state)
{
	struct rng rng = rng_seed(0xf17);

	(void)state;
	for (unsigned i = 0; i < 1500; i++) {
		unsigned lg2 = 4 + (unsigned)rng_below(&rng, 10);
		uint64_t size = UINT64_C(1) << lg2;
		struct range_request r = {
			.hi = UINT64_MAX,
			.align = 1 + rng_below(&rng, 3 * size),
			.boundary_mask = size - 1,
			.n_m1 = size - 1 - rng_below(&rng, size / 4),
			.has_window_end = true,
		};
		uint64_t first = rng_below(&rng, 1 << 20);

		compare_small(&r, first, first + 20000);
	}
}

/*
 * At the top of 2^64 each multiple is tried in turn, so the hole holds some
 * thousands of them at most.
 */
static void the_top_of_2_to_the_64_is_no_special_place(void **state)
{
	struct rng rng = rng_seed(0x70b);

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		unsigned lg2 = 20 + (unsigned)rng_below(&rng, 43);
		uint64_t size = UINT64_C(1) << lg2;
		struct range_request r = {
			.hi = UINT64_MAX - rng_below(&rng, 5),
			.align = size / 3 + rng_below(&rng, 3 * size / 2),
			.boundary_mask = size - 1,
			.n_m1 = size - 1 - rng_below(&rng, size / 64),
			.guard = rng_below(&rng, 2) * 5,
			.has_window_end = true,
		};
		uint64_t hops = 1 + rng_below(&rng, 300);
		uint64_t first =
			hops < UINT64_MAX / size ? 0 - hops * size - 7 : 0;
		uint64_t base, low = 0, high = 0, at;
		bool fits = false;

		at = first / r.align * r.align;
		for (;;) {
			if (is_fit(&r, first, UINT64_MAX, at)) {
				low = fits ? low : at;
				high = at;
				fits = true;
			}
			if (at + r.align < at)
				break;
			at += r.align;
		}
		CHECK_EQ(iolas__range_fit_low(&r, first, UINT64_MAX, &base),
			 fits);
		if (fits)
			CHECK_EQ(base, low);
		CHECK_EQ(iolas__range_fit_high(&r, first, UINT64_MAX, &base),
			 fits);
		if (fits)
			CHECK_EQ(base, high);
	}
}

/*
 * Base 0 always satisfies alignment and boundary; where the only other base
 * is beyond 2^64 there is none above 0.  Law: base = k * align and
 * k * align = 0 mod boundary for a range of exactly the boundary's length, so
 * with an odd alignment k is a multiple of the boundary.
 */
static void a_full_length_range_needs_the_common_multiple(void **state)
{
	struct range_request r = {
		.hi = UINT64_MAX,
		.align = 3,
		.boundary_mask = iolas__mask(40),
		.n_m1 = iolas__mask(40),
		.has_window_end = true,
	};
	uint64_t base;

	(void)state;
	CHECK(iolas__range_fit_low(&r, 1, UINT64_MAX, &base));
	CHECK_EQ(base, UINT64_C(3) << 40);
	r.align = (UINT64_C(1) << 24) - 3; /* odd; times 2^40 below 2^64 */
	CHECK(iolas__range_fit_low(&r, 1, UINT64_MAX, &base));
	CHECK_EQ(base, ((UINT64_C(1) << 24) - 3) << 40);
	CHECK(iolas__range_fit_high(&r, 0, UINT64_MAX, &base));
	CHECK_EQ(base, ((UINT64_C(1) << 24) - 3) << 40);
	r.align = (UINT64_C(1) << 24) + 3; /* times 2^40 beyond */
	CHECK(!iolas__range_fit_low(&r, 1, UINT64_MAX, &base));
	CHECK(iolas__range_fit_high(&r, 0, UINT64_MAX, &base));
	CHECK_EQ(base, 0);
	CHECK(!iolas__range_fit_high(&r, 1, UINT64_MAX, &base));
}

/* Fibonacci numbers make a Euclid take the most steps that 64 bits allow. */
static void the_worst_euclid_ends(void **state)
{
	uint64_t a = 1, b = 1;

	(void)state;
	while (b < UINT64_C(1) << 62) {
		struct range_request r = {
			.hi = UINT64_MAX,
			.boundary_mask = iolas__mask(62),
			.n_m1 = iolas__mask(62) - 1,
			.has_window_end = true,
		};
		uint64_t base;

		b += a;
		a = b - a;
		r.align = b;
		if (iolas__range_fit_low(&r, 1, UINT64_MAX, &base))
			CHECK(is_fit(&r, 1, UINT64_MAX, base));
		if (iolas__range_fit_high(&r, 1, UINT64_MAX, &base))
			CHECK(is_fit(&r, 1, UINT64_MAX, base));
	}
}

RUN_CASES(CASE(every_small_combination_fits_where_brute_force_says),
	  CASE(odd_alignments_meet_the_boundary_at_the_first_multiple),
	  CASE(the_top_of_2_to_the_64_is_no_special_place),
	  CASE(a_full_length_range_needs_the_common_multiple),
	  CASE(the_worst_euclid_ends))
