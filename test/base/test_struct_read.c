/* SPDX-License-Identifier: MIT */
/*
 * Growing structs across releases: three generations of one struct read and
 * written by a library of the middle one.
 * Floor: base.
 */
#include "base/struct_read.h"

#include "harness/check.h"

/* First release, ours, and one that we do not know yet. */
struct first {
	uint32_t struct_size;
	uint32_t a;
};
struct ours {
	uint32_t struct_size;
	uint32_t a;
	uint64_t b;
};
struct later {
	uint32_t struct_size;
	uint32_t a;
	uint64_t b;
	uint64_t c;
};

static int read_ours(struct ours *copy, const void *given)
{
	return iolas__struct_read(copy, sizeof(*copy), sizeof(struct first),
				  given);
}

static int write_ours(void *given, const struct ours *result)
{
	return iolas__struct_write(given, result, sizeof(*result),
				   sizeof(struct first));
}

static void an_older_struct_is_completed_with_zeros(void **state)
{
	const struct first given = { sizeof(given), 7 };
	struct ours copy = { 1, 2, 3 };

	(void)state;
	CHECK_EQ(read_ours(&copy, &given), IOLAS_OK);
	CHECK_EQ(copy.struct_size, sizeof(given));
	CHECK(copy.a == 7 && copy.b == 0);
}

static void a_struct_of_our_release_is_copied(void **state)
{
	const struct ours given = { sizeof(given), 7, 8 };
	struct ours copy = { 0 };

	(void)state;
	CHECK_EQ(read_ours(&copy, &given), IOLAS_OK);
	CHECK(copy.struct_size == sizeof(given) && copy.a == 7 && copy.b == 8);
}

static void a_later_struct_is_taken_while_its_tail_is_zero(void **state)
{
	struct later given = { sizeof(given), 7, 8, 0 };
	struct ours copy = { 0 };

	(void)state;
	CHECK_EQ(read_ours(&copy, &given), IOLAS_OK);
	CHECK(copy.a == 7 && copy.b == 8);
	for (unsigned bit = 0; bit < 64; bit++) {
		given.c = UINT64_C(1) << bit;
		CHECK_EQ(read_ours(&copy, &given), IOLAS_EINVAL);
	}
}

static void sizes_that_no_release_has_are_refused(void **state)
{
	/* Exactly as large as allowed, so that ASan sees a byte too many. */
	static uint32_t page[IOLAS__STRUCT_LIMIT / 4];
	struct ours copy = { 0 };

	(void)state;
	CHECK_EQ(read_ours(&copy, NULL), IOLAS_EINVAL);
	for (uint32_t size = 0; size < sizeof(struct first); size++) {
		page[0] = size;
		CHECK_EQ(read_ours(&copy, page), IOLAS_EINVAL);
	}
	page[0] = IOLAS__STRUCT_LIMIT;
	CHECK_EQ(read_ours(&copy, page), IOLAS_OK);
	page[0] = IOLAS__STRUCT_LIMIT + 1;
	CHECK_EQ(read_ours(&copy, page), IOLAS_EINVAL);
	page[0] = UINT32_MAX;
	CHECK_EQ(read_ours(&copy, page), IOLAS_EINVAL);
}

static void a_struct_at_an_odd_address_is_read_too(void **state)
{
	const struct ours given = { sizeof(given), 7, 8 };
	unsigned char bytes[sizeof(given) + 1];
	struct ours copy = { 0 };

	(void)state;
	memcpy(bytes + 1, &given, sizeof(given));
	CHECK_EQ(read_ours(&copy, bytes + 1), IOLAS_OK);
	CHECK(copy.a == 7 && copy.b == 8);
}

static void a_result_goes_back_as_far_as_there_is_room(void **state)
{
	const struct ours result = { sizeof(result), 7, 8 };
	struct {
		struct first first;
		uint64_t guard;
	} older = { { sizeof(struct first), 1 }, 42 };
	struct ours same = { sizeof(same), 1, 2 };
	struct later later = { sizeof(later), 1, 2, 3 };

	(void)state;
	CHECK_EQ(write_ours(&older, &result), IOLAS_OK);
	CHECK(older.first.struct_size == sizeof(struct first));
	CHECK(older.first.a == 7 && older.guard == 42);
	CHECK_EQ(write_ours(&same, &result), IOLAS_OK);
	CHECK(same.struct_size == sizeof(same) && same.a == 7 && same.b == 8);
	CHECK_EQ(write_ours(&later, &result), IOLAS_OK);
	CHECK(later.struct_size == sizeof(later));
	CHECK(later.a == 7 && later.b == 8 && later.c == 0);
}

static void a_result_of_a_wrong_size_is_left_alone(void **state)
{
	const struct ours result = { sizeof(result), 7, 8 };
	struct ours given = { sizeof(struct first) - 1, 1, 2 };

	(void)state;
	CHECK_EQ(write_ours(NULL, &result), IOLAS_EINVAL);
	CHECK_EQ(write_ours(&given, &result), IOLAS_EINVAL);
	CHECK(given.a == 1 && given.b == 2);
	given.struct_size = IOLAS__STRUCT_LIMIT + 1;
	CHECK_EQ(write_ours(&given, &result), IOLAS_EINVAL);
	CHECK(given.a == 1 && given.b == 2);
}

RUN_CASES(CASE(an_older_struct_is_completed_with_zeros),
	  CASE(a_struct_of_our_release_is_copied),
	  CASE(a_later_struct_is_taken_while_its_tail_is_zero),
	  CASE(sizes_that_no_release_has_are_refused),
	  CASE(a_struct_at_an_odd_address_is_read_too),
	  CASE(a_result_goes_back_as_far_as_there_is_room),
	  CASE(a_result_of_a_wrong_size_is_left_alone))
