/* SPDX-License-Identifier: MIT */
/*
 * The door: what one caller sees of placement, limits, guards, windows, the
 * walk and the counters.
 * Floor: range.
 */
#include <iolas/range.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#include <stdbool.h>

#define PAGE UINT64_C(4096)

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
	iolas_range_destroy_all(space);
	counting_host_fini(&host);
}

static struct iolas_range_constraints place(uint32_t flags)
{
	return (struct iolas_range_constraints){
		.struct_size = sizeof(struct iolas_range_constraints),
		.flags = flags,
	};
}

static uint64_t got(struct iolas_space *space, uint64_t len,
		    const struct iolas_range_constraints *constraints)
{
	iolas_iova iova = 1;

	CHECK_EQ(iolas_range_alloc(space, len, constraints, &iova), IOLAS_OK);
	return iova;
}

static int refused(struct iolas_space *space, uint64_t len,
		   const struct iolas_range_constraints *constraints)
{
	iolas_iova iova = 1;
	int status = iolas_range_alloc(space, len, constraints, &iova);

	CHECK_EQ(iova, 1);
	return status;
}

static struct iolas_range_stats stats_of(struct iolas_space *space)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_range_stats(space, &stats), IOLAS_OK);
	return stats;
}

static struct iolas_range_info at(struct iolas_space *space, uint64_t from)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };

	CHECK_EQ(iolas_range_next(space, from, &info), IOLAS_OK);
	return info;
}

static void low_starts_at_the_bottom_and_high_at_the_top(void **state)
{
	struct iolas_space *space = space_of(PAGE, 16 * PAGE - 1, 12);
	struct iolas_range_constraints high = place(IOLAS_PLACE_HIGH);

	(void)state;
	CHECK_EQ(got(space, PAGE, NULL), PAGE);
	CHECK_EQ(got(space, 2 * PAGE, NULL), 2 * PAGE);
	CHECK_EQ(got(space, 3 * PAGE, &high), 13 * PAGE);
	CHECK_EQ(got(space, PAGE, &high), 12 * PAGE);
	CHECK_EQ(iolas_range_free(space, 13 * PAGE, 3 * PAGE), IOLAS_OK);
	CHECK_EQ(got(space, PAGE, &high), 15 * PAGE);
	end(space);
}

static void best_takes_the_smallest_hole_and_the_lowest_of_equals(void **state)
{
	struct iolas_space *space = space_of(0, 64 * PAGE - 1, 12);
	struct iolas_range_constraints best = place(IOLAS_PLACE_BEST);

	(void)state;
	CHECK_EQ(got(space, 64 * PAGE, NULL), 0);
	CHECK_EQ(iolas_range_free(space, 0, 64 * PAGE), IOLAS_OK);
	for (uint64_t page = 0; page < 64; page += 8)
		CHECK_EQ(got(space, 8 * PAGE, NULL), page * PAGE);
	CHECK_EQ(iolas_range_free(space, 0, 8 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_range_free(space, 8 * PAGE, 8 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_range_free(space, 24 * PAGE, 8 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_range_free(space, 40 * PAGE, 8 * PAGE), IOLAS_OK);
	CHECK_EQ(got(space, 8 * PAGE, &best), 24 * PAGE);
	CHECK_EQ(got(space, 7 * PAGE, &best), 40 * PAGE);
	CHECK_EQ(got(space, 7 * PAGE, &best), 0);
	end(space);
}

static void a_range_may_end_at_the_last_byte_of_2_to_the_64(void **state)
{
	struct iolas_space *space = space_of(0, UINT64_MAX, 0);
	struct iolas_range_constraints high = place(IOLAS_PLACE_HIGH);
	const uint64_t half = UINT64_C(1) << 63;

	(void)state;
	CHECK_EQ(got(space, half, &high), half);
	CHECK_EQ(got(space, half, &high), 0);
	CHECK_EQ(stats_of(space).live_bytes_m1, UINT64_MAX);
	CHECK_EQ(stats_of(space).hole_count, 0);
	CHECK_EQ(refused(space, 1, NULL), IOLAS_ENOSPC);
	CHECK_EQ(at(space, half).last, UINT64_MAX);
	CHECK_EQ(iolas_range_free(space, half, half), IOLAS_OK);
	CHECK_EQ(iolas_range_free(space, 0, half), IOLAS_OK);
	CHECK_EQ(stats_of(space).free_bytes_m1, UINT64_MAX);
	CHECK_EQ(got(space, UINT64_MAX, &high), 1);
	end(space);
}

static void length_and_guard_together_may_be_all_of_2_to_the_64(void **state)
{
	struct iolas_space *space = space_of(0, UINT64_MAX, 0);
	struct iolas_range_constraints c = place(IOLAS_PLACE_LOW);

	(void)state;
	c.guard = UINT64_C(1) << 63;
	CHECK_EQ(got(space, UINT64_C(1) << 63, &c), 0);
	CHECK_EQ(at(space, c.guard).kind, IOLAS_RANGE_GUARD);
	CHECK_EQ(iolas_range_free(space, 0, UINT64_C(1) << 63), IOLAS_OK);
	c.guard++;
	CHECK_EQ(refused(space, UINT64_C(1) << 63, &c), IOLAS_ENOSPC);
	end(space);
}

static void a_guard_follows_its_range_and_goes_with_it(void **state)
{
	struct iolas_space *space = space_of(0, 8 * PAGE - 1, 12);
	struct iolas_range_constraints c = place(IOLAS_PLACE_LOW);

	(void)state;
	c.guard = PAGE;
	CHECK_EQ(got(space, 2 * PAGE, &c), 0);
	CHECK_EQ(at(space, 0).last, 2 * PAGE - 1);
	CHECK_EQ(at(space, 2 * PAGE).kind, IOLAS_RANGE_GUARD);
	CHECK_EQ(stats_of(space).guard_bytes, PAGE);
	CHECK_EQ(got(space, PAGE, NULL), 3 * PAGE);
	CHECK_EQ(iolas_range_free(space, 2 * PAGE, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_free(space, 0, 3 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_free(space, 0, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(got(space, 3 * PAGE, NULL), 0);
	end(space);
}

static void windows_are_counted_and_undone_one_by_one(void **state)
{
	struct iolas_space *space = space_of(0, 16 * PAGE - 1, 12);

	(void)state;
	CHECK_EQ(iolas_range_reserve(space, 0, 4 * PAGE - 1), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 0, 4 * PAGE - 1), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 2 * PAGE + 1, 6 * PAGE), IOLAS_OK);
	CHECK_EQ(at(space, 5 * PAGE).first, 0);
	CHECK_EQ(at(space, 0).last, 7 * PAGE - 1);
	CHECK_EQ(stats_of(space).reserved_bytes_m1, 7 * PAGE - 1);
	CHECK_EQ(iolas_range_unreserve(space, 0, 4 * PAGE - 1), IOLAS_OK);
	CHECK_EQ(got(space, PAGE, NULL), 7 * PAGE);
	CHECK_EQ(iolas_range_unreserve(space, 0, 4 * PAGE - 1), IOLAS_OK);
	CHECK_EQ(iolas_range_unreserve(space, 0, 4 * PAGE - 1), IOLAS_ENOENT);
	CHECK_EQ(at(space, 0).kind, IOLAS_RANGE_FREE);
	CHECK_EQ(at(space, 0).last, 2 * PAGE - 1);
	CHECK_EQ(iolas_range_unreserve(space, 2 * PAGE, 6 * PAGE),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_range_unreserve(space, 2 * PAGE + 1, 6 * PAGE),
		 IOLAS_OK);
	CHECK_EQ(at(space, 0).last, 7 * PAGE - 1);
	CHECK_EQ(stats_of(space).reserved_count, 0);
	end(space);
}

static void a_window_over_a_live_range_or_its_guard_is_refused(void **state)
{
	struct iolas_space *space = space_of(0, 16 * PAGE - 1, 12);
	struct iolas_range_constraints c = place(IOLAS_PLACE_EXPLICIT);

	(void)state;
	c.at = 4 * PAGE;
	c.guard = PAGE;
	CHECK_EQ(got(space, PAGE, &c), 4 * PAGE);
	CHECK_EQ(iolas_range_reserve(space, 0, 4 * PAGE), IOLAS_EBUSY);
	CHECK_EQ(iolas_range_reserve(space, 5 * PAGE, 5 * PAGE), IOLAS_EBUSY);
	CHECK_EQ(stats_of(space).reserved_count, 0);
	CHECK_EQ(iolas_range_unreserve(space, 0, 4 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_reserve(space, 6 * PAGE, 6 * PAGE), IOLAS_OK);
	end(space);
}

static void a_window_outside_is_remembered_without_effect(void **state)
{
	struct iolas_space *space = space_of(16 * PAGE, 32 * PAGE - 1, 12);

	(void)state;
	CHECK_EQ(iolas_range_reserve(space, 0, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(space, 32 * PAGE, UINT64_MAX), IOLAS_OK);
	CHECK_EQ(stats_of(space).reserved_count, 0);
	CHECK_EQ(iolas_range_unreserve(space, 0, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_range_unreserve(space, 0, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_reserve(space, 0, UINT64_MAX), IOLAS_OK);
	CHECK_EQ(stats_of(space).hole_count, 0);
	CHECK_EQ(iolas_range_unreserve(space, 32 * PAGE, UINT64_MAX), IOLAS_OK);
	CHECK_EQ(stats_of(space).hole_count, 0);
	CHECK_EQ(iolas_range_unreserve(space, 0, UINT64_MAX), IOLAS_OK);
	CHECK_EQ(stats_of(space).largest_first, 16 * PAGE);
	end(space);
}

static void destroy_refuses_while_ranges_are_live(void **state)
{
	struct iolas_space *space = space_of(0, 15, 0);

	(void)state;
	CHECK_EQ(iolas_range_reserve(space, 8, 9), IOLAS_OK);
	CHECK_EQ(got(space, 3, NULL), 0);
	CHECK_EQ(iolas_range_destroy(space), IOLAS_EBUSY);
	CHECK_EQ(iolas_range_free(space, 0, 3), IOLAS_OK);
	CHECK_EQ(iolas_range_destroy(space), IOLAS_OK);
	CHECK_EQ(iolas_range_destroy(NULL), IOLAS_OK);
	iolas_range_destroy_all(NULL);
	counting_host_fini(&host);
}

static void random_places_depend_on_the_seed_alone(void **state)
{
	struct iolas_range_constraints c = place(IOLAS_PLACE_RANDOM);
	uint64_t first[4], again[4];

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct iolas_space *space = space_of(0, UINT64_MAX, 12);

		for (uint64_t i = 0; i < 4; i++) {
			c.seed = i;
			(round ? again : first)[i] = got(space, PAGE, &c);
		}
		end(space);
	}
	CHECK_MEM(first, again, sizeof(first));
	CHECK(first[0] != first[1] && first[1] != first[2]);
}

static void random_draws_every_place_that_fits(void **state)
{
	struct iolas_range_constraints c = place(IOLAS_PLACE_RANDOM);
	struct iolas_space *space = space_of(16, 31, 0);
	bool seen[32] = { false };

	(void)state;
	c.first = 17;
	c.last = 30;
	for (c.seed = 0; c.seed < 1000; c.seed++) {
		uint64_t iova = got(space, 3, &c);

		CHECK(iova >= 17 && iova <= 28);
		seen[iova] = true;
		CHECK_EQ(iolas_range_free(space, iova, 3), IOLAS_OK);
	}
	for (unsigned base = 17; base <= 28; base++)
		CHECK(seen[base]);
	end(space);
}

RUN_CASES(CASE(low_starts_at_the_bottom_and_high_at_the_top),
	  CASE(best_takes_the_smallest_hole_and_the_lowest_of_equals),
	  CASE(a_range_may_end_at_the_last_byte_of_2_to_the_64),
	  CASE(length_and_guard_together_may_be_all_of_2_to_the_64),
	  CASE(a_guard_follows_its_range_and_goes_with_it),
	  CASE(windows_are_counted_and_undone_one_by_one),
	  CASE(a_window_over_a_live_range_or_its_guard_is_refused),
	  CASE(a_window_outside_is_remembered_without_effect),
	  CASE(destroy_refuses_while_ranges_are_live),
	  CASE(random_places_depend_on_the_seed_alone),
	  CASE(random_draws_every_place_that_fits))
