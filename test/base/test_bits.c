/* SPDX-License-Identifier: MIT */
/*
 * Bits, alignment and sums against loops that count one bit at a time.
 * Floor: base.
 */
#include "base/bits.h"

#include "harness/check.h"
#include "harness/rng.h"

static unsigned slow_popcount(uint64_t v)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 64; i++)
		count += (unsigned)(v >> i & 1);
	return count;
}

static unsigned slow_lowest(uint64_t v)
{
	unsigned i = 0;

	while (!(v >> i & 1))
		i++;
	return i;
}

static unsigned slow_highest(uint64_t v)
{
	unsigned i = 63;

	while (!(v >> i & 1))
		i--;
	return i;
}

static void check_bits(uint64_t v)
{
	const unsigned count = slow_popcount(v);

	CHECK_EQ(iolas__popcount64(v), count);
	CHECK_EQ(iolas__is_pow2(v), count == 1);
	if (v) {
		CHECK_EQ(iolas__ctz64(v), slow_lowest(v));
		CHECK_EQ(iolas__fls64(v), slow_highest(v));
	}
}

static void bits_are_found_and_counted_in_every_word(void **state)
{
	struct rng rng = rng_seed(3);

	(void)state;
	for (unsigned shift = 0; shift <= 48; shift += 8)
		for (uint64_t v = 0; v < 1 << 12; v++)
			check_bits(v << shift);
	for (unsigned i = 0; i < 64; i++) {
		check_bits(UINT64_C(1) << i);
		check_bits(UINT64_MAX << i);
		check_bits(UINT64_MAX >> i);
	}
	for (unsigned i = 0; i < 20000; i++)
		check_bits(rng_next(&rng));
}

static void small_values_align_like_multiples(void **state)
{
	(void)state;
	for (unsigned lg2 = 0; lg2 < 8; lg2++)
		for (uint64_t v = 0; v < 600; v++) {
			const uint64_t step = UINT64_C(1) << lg2;
			uint64_t up;

			CHECK_EQ(iolas__mask(lg2), step - 1);
			CHECK_EQ(iolas__is_aligned(v, lg2), v % step == 0);
			CHECK_EQ(iolas__align_down(v, lg2), v / step * step);
			CHECK(iolas__align_up_ok(v, lg2, &up));
			CHECK_EQ(up, (v + step - 1) / step * step);
		}
}

static void the_top_of_the_space_does_not_wrap(void **state)
{
	uint64_t out;

	(void)state;
	for (unsigned lg2 = 0; lg2 < 64; lg2++) {
		const uint64_t top = UINT64_MAX << lg2; /* last multiple */

		CHECK_EQ(iolas__align_down(UINT64_MAX, lg2), top);
		CHECK(iolas__align_up_ok(top, lg2, &out) && out == top);
		if (lg2)
			CHECK(!iolas__align_up_ok(top + 1, lg2, &out));
		CHECK(iolas__is_aligned(0, lg2));
	}
	CHECK(iolas__add_ok(UINT64_MAX, 0, &out) && out == UINT64_MAX);
	CHECK(!iolas__add_ok(UINT64_MAX, 1, &out));
	CHECK(!iolas__add_ok(UINT64_C(1) << 63, UINT64_C(1) << 63, &out));
}

static void the_last_byte_of_a_run_is_reachable(void **state)
{
	uint64_t last;

	(void)state;
	CHECK(!iolas__last_byte(0, 0, &last));
	CHECK(iolas__last_byte(0, 1, &last) && last == 0);
	CHECK(iolas__last_byte(0, UINT64_MAX, &last) && last == UINT64_MAX - 1);
	CHECK(iolas__last_byte(1, UINT64_MAX, &last) && last == UINT64_MAX);
	CHECK(!iolas__last_byte(2, UINT64_MAX, &last));
	CHECK(iolas__last_byte(UINT64_MAX, 1, &last) && last == UINT64_MAX);
	CHECK(!iolas__last_byte(UINT64_MAX, 2, &last));
}

static void the_smaller_and_the_larger_are_told_apart(void **state)
{
	(void)state;
	CHECK_EQ(iolas__min64(3, 5), 3);
	CHECK_EQ(iolas__min64(5, 3), 3);
	CHECK_EQ(iolas__max64(3, 5), 5);
	CHECK_EQ(iolas__max64(5, 3), 5);
	/* Unsigned: the top half is large. */
	CHECK_EQ(iolas__max64(UINT64_MAX, 1), UINT64_MAX);
	CHECK_EQ(iolas__min64(UINT64_MAX, 1), 1);
}

RUN_CASES(CASE(bits_are_found_and_counted_in_every_word),
	  CASE(small_values_align_like_multiples),
	  CASE(the_top_of_the_space_does_not_wrap),
	  CASE(the_last_byte_of_a_run_is_reachable),
	  CASE(the_smaller_and_the_larger_are_told_apart))
