/* SPDX-License-Identifier: MIT */
/*
 * Limits at every power of two, prime alignments from both ends, holes that
 * are one granule short, exact, and one too long.
 * Floor: range.
 */
#include <iolas/range.h>

#include "harness/check.h"
#include "harness/counting_host.h"

static struct counting_host host;

static struct iolas_space *space_of(uint64_t first, uint64_t last, uint32_t lg2)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = first,
		.last = last,
		.granule_lg2 = lg2,
	};
	struct iolas_space *space;

	counting_host_init(&host);
	CHECK_EQ(iolas_range_create(&host.table, &config, &space), IOLAS_OK);
	return space;
}

static void end(struct iolas_space *space)
{
	CHECK_EQ(iolas_range_check(space), IOLAS_OK);
	iolas_range_destroy_all(space);
	counting_host_fini(&host);
}

static uint64_t got(struct iolas_space *space, uint64_t len,
		    const struct iolas_range_constraints *constraints)
{
	iolas_iova iova = 1;

	CHECK_EQ(iolas_range_alloc(space, len, constraints, &iova), IOLAS_OK);
	return iova;
}

static void every_power_of_two_is_kept_as_a_limit(void **state)
{
	(void)state;
	for (uint32_t lg2 = 0; lg2 <= 12; lg2 += 12)
		for (uint32_t k = lg2 + 1; k < 64; k++) {
			struct iolas_space *space =
				space_of(0, UINT64_MAX, lg2);
			const uint64_t granule = UINT64_C(1) << lg2;
			const uint64_t limit = UINT64_C(1) << k;
			struct iolas_range_constraints c = {
				.struct_size = sizeof(c),
				.flags = IOLAS_PLACE_HIGH,
				.last = limit - 1,
			};

			CHECK_EQ(got(space, granule, &c), limit - granule);
			CHECK_EQ(got(space, granule, &c), limit - 2 * granule);
			c.last = UINT64_MAX;
			c.first = limit;
			CHECK_EQ(got(space, granule, &c),
				 UINT64_MAX - granule + 1);
			c.flags = IOLAS_PLACE_LOW;
			CHECK_EQ(got(space, granule, &c), limit);
			c.first = limit - 1;
			if (k < 63 || lg2 == 0)
				CHECK_EQ(got(space, granule, &c),
					 limit + granule);
			end(space);
		}
}

static void limits_that_cut_a_granule_leave_it_out(void **state)
{
	struct iolas_space *space = space_of(0, UINT64_MAX, 12);
	struct iolas_range_constraints c = {
		.struct_size = sizeof(c),
		.first = 0x1001,
		.last = 0x3ffe,
	};
	iolas_iova iova;

	(void)state;
	CHECK_EQ(got(space, 0x1000, &c), 0x2000);
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	c.first = 0x1000;
	CHECK_EQ(got(space, 0x1000, &c), 0x1000);
	c.last = 0x3fff;
	CHECK_EQ(got(space, 0x1000, &c), 0x3000);
	c.first = 0x10;
	c.last = 0xff0;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	end(space);
}

static void prime_alignments_are_multiples_counted_from_zero(void **state)
{
	static const uint64_t primes[] = {
		2,  3,	 5,    7,     11,      13,	   17,
		97, 257, 1009, 65537, 1000003, 2147483647,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(primes) / sizeof(primes[0]); i++) {
		struct iolas_space *space = space_of(5 << 4, UINT64_MAX, 4);
		const uint64_t align = primes[i] << 4;
		struct iolas_range_constraints c = {
			.struct_size = sizeof(c),
			.flags = IOLAS_PLACE_LOW,
			.align = align,
		};
		uint64_t lowest = align >= 5 << 4 ? align : 6 << 4;

		if (primes[i] == 3)
			lowest = 6 << 4;
		if (primes[i] == 2)
			lowest = 6 << 4;
		CHECK_EQ(got(space, 16, &c), lowest);
		CHECK_EQ(got(space, 16, &c), lowest + align);
		c.flags = IOLAS_PLACE_HIGH;
		CHECK_EQ(got(space, 16, &c), (UINT64_MAX - 15) / align * align);
		CHECK_EQ(got(space, 16, &c),
			 ((UINT64_MAX - 15) / align - 1) * align);
		end(space);
	}
}

/* A hole of @granules at 100, everything else taken. */
static struct iolas_space *hole_of(uint64_t granules)
{
	struct iolas_space *space = space_of(0, 299, 0);

	CHECK_EQ(iolas_range_reserve(space, 0, 99), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 100 + granules, 299), IOLAS_OK);
	return space;
}

static void a_hole_one_short_refuses_and_an_exact_one_serves(void **state)
{
	(void)state;
	for (uint32_t place = IOLAS_PLACE_DEFAULT; place < IOLAS_PLACE_EXPLICIT;
	     place++)
		for (uint64_t n = 2; n < 100; n++) {
			struct iolas_range_constraints c = {
				.struct_size = sizeof(c),
				.flags = place,
				.seed = n,
			};
			iolas_iova iova = 1;
			struct iolas_space *space = hole_of(n - 1);

			CHECK_EQ(iolas_range_alloc(space, n, &c, &iova),
				 IOLAS_ENOSPC);
			CHECK_EQ(iova, 1);
			end(space);
			space = hole_of(n);
			CHECK_EQ(got(space, n, &c), 100);
			end(space);
			space = hole_of(n + 1);
			iova = got(space, n, &c);
			CHECK(iova == 100 || iova == 101);
			CHECK_EQ(got(space, 1, NULL),
				 iova == 100 ? 100 + n : 100);
			end(space);
			/* The last granule may be the guard. */
			space = hole_of(n);
			c.guard = 1;
			CHECK_EQ(iolas_range_alloc(space, n, &c, &iova),
				 IOLAS_ENOSPC);
			CHECK_EQ(got(space, n - 1, &c), 100);
			end(space);
		}
}

static void every_size_fits_from_both_ends(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 300; n++) {
		struct iolas_space *space = space_of(0, 299, 0);
		struct iolas_range_constraints c = {
			.struct_size = sizeof(c),
			.flags = IOLAS_PLACE_HIGH,
		};

		CHECK_EQ(got(space, n, &c), 300 - n);
		CHECK_EQ(iolas_range_free(space, 300 - n, n), IOLAS_OK);
		CHECK_EQ(got(space, n, NULL), 0);
		if (n < 300)
			CHECK_EQ(got(space, 300 - n, &c), n);
		end(space);
	}
}

/* 2^64 in pieces of every power of two, none left over. */
static void the_whole_of_2_to_the_64_is_dealt_out(void **state)
{
	struct iolas_space *space = space_of(0, UINT64_MAX, 0);
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	(void)state;
	CHECK_EQ(got(space, 1, NULL), 0);
	for (unsigned k = 0; k < 64; k++) {
		struct iolas_range_constraints c = {
			.struct_size = sizeof(c),
			.align = UINT64_C(1) << k,
			.flags = k & 1 ? IOLAS_PLACE_BEST : IOLAS_PLACE_LOW,
		};

		CHECK_EQ(got(space, c.align, &c), c.align);
	}
	CHECK_EQ(iolas_range_stats(space, &stats), IOLAS_OK);
	CHECK_EQ(stats.hole_count, 0);
	CHECK_EQ(stats.live_bytes_m1, UINT64_MAX);
	CHECK(stats.largest_first > stats.largest_last);
	end(space);
}

RUN_CASES(CASE(every_power_of_two_is_kept_as_a_limit),
	  CASE(limits_that_cut_a_granule_leave_it_out),
	  CASE(prime_alignments_are_multiples_counted_from_zero),
	  CASE(a_hole_one_short_refuses_and_an_exact_one_serves),
	  CASE(every_size_fits_from_both_ends),
	  CASE(the_whole_of_2_to_the_64_is_dealt_out))
