/* SPDX-License-Identifier: MIT */
/*
 * Broken arguments and a host without memory: a status, the space as before.
 * Floor: range.
 */
#include <iolas/range.h>

#include "harness/check.h"
#include "harness/counting_host.h"
#include "model/range_model.h"

#include <string.h>

static struct counting_host host;
static struct range_model model;
static struct iolas_space *space;

static struct iolas_range_config config_of(void)
{
	return (struct iolas_range_config){
		.struct_size = sizeof(struct iolas_range_config),
		.first = 0x1000,
		.last = 0x20fff,
		.granule_lg2 = 12,
	};
}

static void setup(void)
{
	const struct iolas_range_config config = config_of();

	counting_host_init(&host);
	range_model_init(&model, 12, 1, 32);
	CHECK_EQ(iolas_range_create(&host.table, &config, &space), IOLAS_OK);
}

static void finish(void)
{
	CHECK(range_model_compare(&model, space) == NULL);
	iolas_range_destroy_all(space);
	counting_host_fini(&host);
}

static int create(const struct iolas_range_config *config)
{
	struct iolas_space *made = (struct iolas_space *)&host;
	int status = iolas_range_create(&host.table, config, &made);

	CHECK((status == IOLAS_OK) == (made != NULL));
	iolas_range_destroy_all(made);
	return status;
}

static void create_refuses_what_is_no_space(void **state)
{
	struct iolas_range_config config = config_of();
	struct iolas_space *made;

	(void)state;
	counting_host_init(&host);
	CHECK_EQ(iolas_range_create(&host.table, &config, NULL), IOLAS_EINVAL);
	made = (struct iolas_space *)&host;
	CHECK_EQ(iolas_range_create(NULL, &config, &made), IOLAS_EINVAL);
	CHECK(made == NULL);
	CHECK_EQ(create(NULL), IOLAS_EINVAL);
#define REFUSED(field, value)                            \
	do {                                             \
		config = config_of();                    \
		config.field = (value);                  \
		CHECK_EQ(create(&config), IOLAS_EINVAL); \
	} while (0)
	REFUSED(struct_size, 0);
	REFUSED(struct_size, sizeof(config) - 1);
	REFUSED(flags, 1);
	REFUSED(reserved, 1);
	REFUSED(granule_lg2, 64);
	REFUSED(granule_lg2, UINT32_MAX);
	REFUSED(granule_lg2, 13);
	REFUSED(first, 0x1001);
	REFUSED(first, 0x21000);
	REFUSED(last, 0x20ffe);
	REFUSED(last, 0x21000);
	REFUSED(last, 0);
#undef REFUSED
	CHECK(counting_host_is_empty(&host));
	counting_host_fini(&host);
}

/* A struct of a later release: its tail must be zero. */
static void a_longer_struct_is_taken_while_its_tail_is_zero(void **state)
{
	struct {
		struct iolas_range_config config;
		uint64_t later;
	} config = { config_of(), 0 };
	struct {
		struct iolas_range_constraints c;
		uint64_t later;
	} c = { { .struct_size = sizeof(c) }, 0 };
	struct {
		struct iolas_range_info info;
		uint64_t later;
	} info = { { .struct_size = sizeof(info) }, 7 };
	struct iolas_range_explanation e = { .struct_size = sizeof(e) };
	iolas_iova iova = 1;

	(void)state;
	setup();
	config.config.struct_size = sizeof(config);
	CHECK_EQ(create(&config.config), IOLAS_OK);
	config.later = 1;
	CHECK_EQ(create(&config.config), IOLAS_EINVAL);
	c.later = 1;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c.c, &iova), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_explain(space, 0x1000, &c.c, &e), IOLAS_EINVAL);
	c.later = 0;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c.c, &iova), IOLAS_OK);
	CHECK_EQ(iolas_range_free(space, iova, 0x1000), IOLAS_OK);
	model.alloc_count++;
	model.free_count++;
	CHECK_EQ(iolas_range_next(space, 0, &info.info), IOLAS_OK);
	CHECK_EQ(info.later, 0);
	CHECK_EQ(info.info.struct_size, sizeof(info));
	finish();
}

static void alloc_and_explain_refuse_the_same_arguments(void **state)
{
	const struct iolas_range_constraints plain = {
		.struct_size = sizeof(plain),
	};
	struct iolas_range_constraints c;
	struct iolas_range_explanation e = { .struct_size = sizeof(e) };
	iolas_iova iova = 1;

	(void)state;
	setup();
#define REFUSED_LEN(len)                                               \
	do {                                                           \
		CHECK_EQ(iolas_range_alloc(space, (len), NULL, &iova), \
			 IOLAS_EINVAL);                                \
		CHECK_EQ(iolas_range_explain(space, (len), NULL, &e),  \
			 IOLAS_EINVAL);                                \
	} while (0)
	REFUSED_LEN(0);
	REFUSED_LEN(1);
	REFUSED_LEN(0x1001);
	REFUSED_LEN(UINT64_MAX);
#undef REFUSED_LEN
#define REFUSED(field, value)                                         \
	do {                                                          \
		c = plain;                                            \
		c.field = (value);                                    \
		CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), \
			 IOLAS_EINVAL);                               \
		CHECK_EQ(iolas_range_explain(space, 0x1000, &c, &e),  \
			 IOLAS_EINVAL);                               \
	} while (0)
	REFUSED(struct_size, 0);
	REFUSED(struct_size, 8);
	REFUSED(struct_size, UINT32_MAX);
	REFUSED(flags, 6);
	REFUSED(flags, 7);
	REFUSED(flags, 8);
	REFUSED(flags, UINT32_MAX);
	REFUSED(align, 1);
	REFUSED(align, 0x1800);
	REFUSED(guard, 0x800);
	REFUSED(first, 1); /* last stays 0, below it */
	REFUSED(boundary, 0x800);
	REFUSED(boundary, 0x3000);
	REFUSED(boundary, UINT64_MAX);
#undef REFUSED
	c = plain;
	c.flags = IOLAS_PLACE_EXPLICIT;
	c.at = 0x1001;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_alloc(NULL, 0x1000, NULL, &iova), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_alloc(space, 0x1000, NULL, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_explain(NULL, 0x1000, NULL, &e), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_explain(space, 0x1000, NULL, NULL), IOLAS_EINVAL);
	e.struct_size = sizeof(e) - 1;
	CHECK_EQ(iolas_range_explain(space, 0x1000, NULL, &e), IOLAS_EINVAL);
	CHECK_EQ(iova, 1);
	finish();
}

static void
what_nothing_can_satisfy_is_no_space_rather_than_invalid(void **state)
{
	struct iolas_range_constraints c = { .struct_size = sizeof(c) };
	iolas_iova iova = 1;

	(void)state;
	setup();
	CHECK_EQ(iolas_range_alloc(space, UINT64_MAX & ~UINT64_C(0xfff), NULL,
				   &iova),
		 IOLAS_ENOSPC);
	c.boundary = 0x1000;
	CHECK_EQ(iolas_range_alloc(space, 0x2000, &c, &iova), IOLAS_ENOSPC);
	c.boundary = 0;
	c.first = c.last = UINT64_MAX;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	c.first = c.last = 1;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	c.first = c.last = 0;
	c.guard = UINT64_MAX & ~UINT64_C(0xfff);
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	c.guard = 0;
	c.align = UINT64_C(1) << 63;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	c.flags = IOLAS_PLACE_EXPLICIT;
	c.align = 0;
	c.at = UINT64_MAX & ~UINT64_C(0xfff);
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	c.at = 0;
	CHECK_EQ(iolas_range_alloc(space, 0x1000, &c, &iova), IOLAS_ENOSPC);
	CHECK_EQ(iova, 1);
	model.fail_count = 8;
	finish();
}

static void the_other_calls_refuse_broken_arguments(void **state)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	(void)state;
	setup();
	CHECK_EQ(iolas_range_free(NULL, 0x1000, 0x1000), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_free(space, 0x1000, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_free(space, 0x1000, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_free(space, 0x1000, 0x1000), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_free(space, 0x1001, 0x1000), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_free(space, 0, 0x1000), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_free(space, UINT64_MAX - 0xfff, 0x1000),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_range_reserve(NULL, 0, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_reserve(space, 1, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_unreserve(NULL, 0, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_unreserve(space, 1, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_unreserve(space, 0, 1), IOLAS_ENOENT);
	CHECK_EQ(iolas_range_next(NULL, 0, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_next(space, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_next(space, 0x21000, &info), IOLAS_ENOENT);
	info.struct_size = 4;
	CHECK_EQ(iolas_range_next(space, 0, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_stats(NULL, &stats), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_stats(space, NULL), IOLAS_EINVAL);
	stats.struct_size--;
	CHECK_EQ(iolas_range_stats(space, &stats), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_trim(NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_range_check(NULL), IOLAS_EINVAL);
	finish();
}

/* Creates, allocates, reserves; whatever is refused has changed nothing. */
static int attempt(struct counting_host *failing, void *arg)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = UINT64_MAX,
		.granule_lg2 = 57,
	};
	struct range_model m;
	struct iolas_space *s;
	uint64_t iova;
	int status;

	(void)arg;
	range_model_init(&m, 57, 0, 128);
	status = iolas_range_create(&failing->table, &config, &s);
	if (status != IOLAS_OK)
		return status;
	for (unsigned i = 0; i < 3 && status == IOLAS_OK; i++) {
		struct iolas_range_constraints c = {
			.struct_size = sizeof(c),
			.flags = IOLAS_PLACE_EXPLICIT,
			.at = (uint64_t)(5 + 20 * i) << 57,
			.guard = UINT64_C(1) << 57,
		};

		status = iolas_range_alloc(s, UINT64_C(3) << 57, &c, &iova);
		if (status == IOLAS_OK)
			range_model_take(&m, UINT64_C(3) << 57, &c, iova);
		CHECK(range_model_compare(&m, s) == NULL);
		if (status != IOLAS_OK)
			break;
		status = iolas_range_reserve(s, (10 + 20 * i + 0ull) << 57,
					     (12 + 20 * i + 0ull) << 57);
		if (status == IOLAS_OK)
			range_model_reserve(&m, (10 + 20 * i + 0ull) << 57,
					    (12 + 20 * i + 0ull) << 57);
		CHECK(range_model_compare(&m, s) == NULL);
	}
	iolas_range_destroy_all(s);
	return status;
}

static void every_host_allocation_may_fail_and_nothing_changes(void **state)
{
	(void)state;
	counting_host_init(&host);
	/* The space, its first stretch, its first window: three at least. */
	CHECK(counting_host_fail_each(&host, attempt, NULL) >= 3);
	CHECK(counting_host_is_empty(&host));
	counting_host_fini(&host);
}

/*
 * With the host refusing everything, alloc ends in ENOMEM at some point; free
 * and unreserve keep working, down to the empty space.
 */
static void giving_back_needs_no_memory(void **state)
{
	struct iolas_range_constraints c = {
		.struct_size = sizeof(c),
		.guard = 1,
	};
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = UINT64_MAX,
	};
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_space *s;
	uint64_t iova, count = 0;
	int status;

	(void)state;
	counting_host_init(&host);
	CHECK_EQ(iolas_range_create(&host.table, &config, &s), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(s, 3, 8), IOLAS_OK);
	CHECK_EQ(iolas_range_reserve(s, 5, 12), IOLAS_OK);
	counting_host_fail_from(&host, 1);
	c.flags = IOLAS_PLACE_EXPLICIT;
	for (;; count++) {
		c.at = 16 + 4 * count;
		status = iolas_range_alloc(s, 2, &c, &iova);
		if (status != IOLAS_OK)
			break;
	}
	CHECK_EQ(status, IOLAS_ENOMEM);
	CHECK(count > 100);
	CHECK_EQ(iolas_range_check(s), IOLAS_OK);
	CHECK_EQ(iolas_range_trim(s), IOLAS_OK);
	/* Every second one first: nothing merges; then everything does. */
	for (uint64_t i = 0; i < count; i += 2)
		CHECK_EQ(iolas_range_free(s, 16 + 4 * i, 2), IOLAS_OK);
	CHECK_EQ(iolas_range_check(s), IOLAS_OK);
	for (uint64_t i = 1; i < count; i += 2)
		CHECK_EQ(iolas_range_free(s, 16 + 4 * i, 2), IOLAS_OK);
	CHECK_EQ(iolas_range_unreserve(s, 3, 8), IOLAS_OK);
	CHECK_EQ(iolas_range_unreserve(s, 5, 12), IOLAS_OK);
	CHECK_EQ(iolas_range_stats(s, &stats), IOLAS_OK);
	CHECK_EQ(stats.free_bytes_m1, UINT64_MAX);
	CHECK_EQ(stats.hole_count, 1);
	CHECK_EQ(iolas_range_check(s), IOLAS_OK);
	CHECK_EQ(iolas_range_destroy(s), IOLAS_OK);
	counting_host_fail_at(&host, 0);
	counting_host_fini(&host);
}

RUN_CASES(CASE(create_refuses_what_is_no_space),
	  CASE(a_longer_struct_is_taken_while_its_tail_is_zero),
	  CASE(alloc_and_explain_refuse_the_same_arguments),
	  CASE(what_nothing_can_satisfy_is_no_space_rather_than_invalid),
	  CASE(the_other_calls_refuse_broken_arguments),
	  CASE(every_host_allocation_may_fail_and_nothing_changes),
	  CASE(giving_back_needs_no_memory))
