/* SPDX-License-Identifier: MIT */
/*
 * Random operation strings against the slow allocator.  A failing string is
 * shrunk (whole records dropped while it still fails) and printed as calls.
 * Floor: range.
 */
#include "harness/check.h"
#include "harness/rng.h"
#include "model/range_model.h"

#include <string.h>

#define RECORDS 400u
#define BYTES	(RANGE_STRING_HEAD + RECORDS * RANGE_STRING_RECORD)

static bool is_failing(const uint8_t *data, size_t bytes)
{
	size_t at;

	return range_string_run(data, bytes, &at) != NULL;
}

/* Drops runs of records, long ones first, while the string keeps failing. */
static size_t shrink(uint8_t *data, size_t bytes)
{
	for (size_t run = RECORDS / 2; run > 0; run /= 2) {
		size_t at = RANGE_STRING_HEAD;

		while (at + run * RANGE_STRING_RECORD <= bytes) {
			size_t gone = run * RANGE_STRING_RECORD;
			uint8_t shorter[BYTES];

			memcpy(shorter, data, at);
			memcpy(shorter + at, data + at + gone,
			       bytes - at - gone);
			if (is_failing(shorter, bytes - gone)) {
				bytes -= gone;
				memcpy(data, shorter, bytes);
			} else {
				at += RANGE_STRING_RECORD;
			}
		}
	}
	return bytes;
}

static void fill(struct rng *rng, uint8_t *data)
{
	for (size_t i = 0; i < BYTES; i++)
		data[i] = (uint8_t)rng_next(rng);
}

static void random_strings_answer_as_the_slow_allocator_does(void **state)
{
	struct rng rng = rng_seed(0x10a5);
	static uint8_t data[BYTES];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		size_t at, bytes;

		fill(&rng, data);
		if (range_string_run(data, BYTES, &at) == NULL)
			continue;
		printf("# string %u fails in record %zu; shrunk:\n", i, at);
		bytes = shrink(data, BYTES);
		range_string_print(data, bytes);
		CHECK(false);
	}
}

/* A wrong model is caught: the comparison is not blind. */
static void a_model_that_lost_a_range_is_told_apart(void **state)
{
	struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = 15,
	};
	struct range_model model;
	struct iolas_space *space;
	uint64_t iova;

	(void)state;
	range_model_init(&model, 0, 0, 16);
	CHECK_EQ(iolas_range_create(iolas_host_libc(), &config, &space), 0);
	CHECK(range_model_compare(&model, space) == NULL);
	CHECK_EQ(iolas_range_alloc(space, 3, NULL, &iova), 0);
	CHECK(range_model_compare(&model, space) != NULL);
	range_model_take(&model, 3, NULL, iova);
	CHECK(range_model_compare(&model, space) == NULL);
	iolas_range_destroy_all(space);
}

RUN_CASES(CASE(random_strings_answer_as_the_slow_allocator_does),
	  CASE(a_model_that_lost_a_range_is_told_apart))
