/* SPDX-License-Identifier: MIT */
/*
 * Free's verdicts, exhaustively: every layout of seven granules into holes,
 * reservations, ranges and guards; every base in and around it; every length.
 * Floor: range.
 */
#include "harness/check.h"
#include "harness/counting_host.h"
#include "model/range_model.h"

#define GRANULES 7u
#define FIRST	 3u
#define LG2	 4u

static struct counting_host host;
static struct range_model model;
static struct iolas_space *space;
static unsigned long layouts, accepted;

static void put(unsigned at, unsigned body, unsigned guard)
{
	const struct iolas_range_constraints c = {
		.struct_size = sizeof(c),
		.flags = IOLAS_PLACE_EXPLICIT,
		.at = range_model_address(&model, at),
		.guard = (uint64_t)guard << LG2,
	};
	uint64_t iova;

	CHECK_EQ(iolas_range_alloc(space, (uint64_t)body << LG2, &c, &iova),
		 IOLAS_OK);
	range_model_take(&model, (uint64_t)body << LG2, &c, iova);
}

/* Gives back what was rightly given, so that the next verdict meets it too. */
static void undo(uint64_t iova, uint64_t len, const struct range_model *before)
{
	unsigned index = (unsigned)(iova >> LG2) - FIRST;
	unsigned body = (unsigned)(len >> LG2), guard = 0;

	while (index + body + guard < GRANULES &&
	       before->owner[index + body + guard] == before->owner[index])
		guard++;
	put(index, body, guard);
}

static void try_every_free(void)
{
	const uint64_t step = UINT64_C(1) << LG2;
	const uint64_t end = range_model_address(&model, GRANULES);

	layouts++;
	for (uint64_t iova = (FIRST - 1) * step; iova <= end; iova += step / 2)
		for (uint64_t len = 0; len <= (GRANULES + 1) * step;
		     len += step / 2) {
			struct range_model before = model;
			int want = range_model_free(&model, iova, len);

			CHECK_EQ(iolas_range_free(space, iova, len), want);
			if (want != IOLAS_OK)
				continue;
			accepted++;
			CHECK_EQ(iolas_range_free(space, iova, len),
				 IOLAS_ENOENT);
			undo(iova, len, &before);
		}
	CHECK(range_model_compare(&model, space) == NULL);
}

/* What each granule is: 0 a hole, 1 reserved, else (body, guard) begins. */
static unsigned char layout_body[GRANULES], layout_guard[GRANULES];
static bool layout_reserved[GRANULES];

static void build(void)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = FIRST << LG2,
		.last = ((FIRST + GRANULES) << LG2) - 1,
		.granule_lg2 = LG2,
	};

	range_model_init(&model, LG2, FIRST, GRANULES);
	CHECK_EQ(iolas_range_create(&host.table, &config, &space), IOLAS_OK);
	for (unsigned i = 0; i < GRANULES; i++) {
		uint64_t first = range_model_address(&model, i);

		if (layout_body[i])
			put(i, layout_body[i], layout_guard[i]);
		if (!layout_reserved[i])
			continue;
		CHECK_EQ(iolas_range_reserve(space, first, first), IOLAS_OK);
		CHECK_EQ(range_model_reserve(&model, first, first), IOLAS_OK);
	}
	try_every_free();
	iolas_range_destroy_all(space);
}

static void lay(unsigned at)
{
	if (at == GRANULES) {
		build();
		return;
	}
	lay(at + 1);
	layout_reserved[at] = true;
	lay(at + 1);
	layout_reserved[at] = false;
	for (unsigned body = 1; at + body <= GRANULES; body++)
		for (unsigned guard = 0; at + body + guard <= GRANULES;
		     guard++) {
			layout_body[at] = (unsigned char)body;
			layout_guard[at] = (unsigned char)guard;
			lay(at + body + guard);
			layout_body[at] = 0;
		}
}

static void free_takes_exactly_what_was_allocated_in_every_layout(void **state)
{
	(void)state;
	counting_host_init(&host);
	lay(0);
	printf("# %lu layouts, %lu rightful frees\n", layouts, accepted);
	/* T(n) = 2 T(n-1) + sum over s of s T(n-s), T(0) = 1 */
	CHECK_EQ(layouts, 9057);
	counting_host_fini(&host);
}

RUN_CASES(CASE(free_takes_exactly_what_was_allocated_in_every_layout))
