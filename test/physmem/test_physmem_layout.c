/* SPDX-License-Identifier: MIT */
/*
 * Making memories: which layouts are accepted, where the bytes are, how full a
 * memory is, and when it may end.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

#include <stdlib.h>

static struct fixture f;

static int start(void **state)
{
	(void)state;
	fixture_init(&f);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_fini(&f);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

static void check_layout(const struct iolas_physmem_region *regions,
			 uint32_t count, int status)
{
	struct iolas_physmem *mem = (void *)&f;

	CHECK_EQ(try_make(&f, regions, count, 0, &mem), status);
	if (status != IOLAS_OK)
		CHECK(mem == NULL);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	CHECK(counting_host_is_empty(&f.host));
	CHECK_EQ(f.backing.objects, 0);
}

static void one_page_at_either_end_of_64_bits_is_a_memory(void **state)
{
	const struct iolas_physmem_region ends[] = {
		REGION(TOP >> 12, 1, 0),
		REGION(0, 1, 63),
	};
	struct iolas_physmem *mem = make(&f, ends, 2, 0);
	struct iolas_physmem_request high = any_request();
	unsigned char *ptr;
	iolas_pa pa;

	(void)state;
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).highest, TOP);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).total_pages, 2);
	CHECK_EQ(read_stats(mem, 63).total_pages, 1);
	high.where.flags = IOLAS_PLACE_HIGH;
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, &high, &pa), IOLAS_OK);
	CHECK_EQ(pa, TOP - PAGE + 1);
	ptr = iolas_physmem_ptr(mem, TOP, 1);
	CHECK(ptr != NULL);
	*ptr = 9;
	CHECK(iolas_physmem_ptr(mem, TOP, 2) == NULL);
	CHECK(iolas_physmem_ptr(mem, pa, PAGE) == ptr - PAGE + 1);
	CHECK(iolas_physmem_ptr(mem, pa, PAGE + 1) == NULL);
	CHECK(iolas_physmem_ptr(mem, PAGE, 1) == NULL);
	CHECK_EQ(iolas_physmem_pa(mem, ptr, &pa), IOLAS_OK);
	CHECK_EQ(pa, TOP);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, NULL, &pa), IOLAS_OK);
	CHECK_EQ(pa, 0);
	CHECK_EQ(iolas_physmem_free(mem, 0, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free(mem, TOP - PAGE + 1, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void a_large_machine_costs_what_is_touched(void **state)
{
	const struct iolas_physmem_region big[] = {
		REGION(TI / PAGE, 64 * GI / PAGE, 0),
	};
	struct iolas_physmem *mem = make(&f, big, 1, 0);
	uint64_t *ptr = iolas_physmem_ptr(mem, TI + 63 * GI, 8);
	iolas_pa pa;

	(void)state;
	CHECK(ptr != NULL);
	CHECK_EQ(*ptr, 0);
	*ptr = 1;
	CHECK_EQ(iolas_physmem_alloc(mem, 64 * GI, NULL, &pa), IOLAS_OK);
	CHECK_EQ(pa, TI);
	CHECK_EQ(iolas_physmem_free(mem, pa, 64 * GI), IOLAS_OK);
	CHECK(f.host.peak_bytes < 4 * MI);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void layouts_that_make_no_sense_are_refused(void **state)
{
	struct iolas_physmem_region r[2] = { REGION(16, 16, 0),
					     REGION(32, 16, 0) };

	(void)state;
	check_layout(r, 2, IOLAS_OK);
	check_layout(r, 0, IOLAS_EINVAL);
	check_layout(r, 257, IOLAS_EINVAL);
	check_layout(NULL, 1, IOLAS_EINVAL);
#define REFUSED(change)                                                     \
	do {                                                                \
		const struct iolas_physmem_region good = REGION(32, 16, 0); \
                                                                            \
		r[1] = good;                                                \
		change;                                                     \
		check_layout(r, 2, IOLAS_EINVAL);                           \
	} while (0)
	REFUSED(r[1].first -= PAGE);
	REFUSED(r[1] = r[0]);
	REFUSED(r[1].first = 0);
	REFUSED(r[1].first += 1);
	REFUSED(r[1].last -= 1);
	REFUSED(r[1].last = r[1].first - 1);
	REFUSED(r[1].node = 64);
	REFUSED(r[1].flags = 1);
	REFUSED(r[1].memory = (void *)(uintptr_t)1);
	REFUSED(r[1].memory = (void *)(UINTPTR_MAX - 4 * PAGE + 1));
	r[0].first = 0;
	r[0].last = TOP;
	check_layout(r, 1, IOLAS_EINVAL);
}

static void broken_configurations_are_refused(void **state)
{
	const struct iolas_physmem_region region = REGION(16, 16, 0);
	const struct iolas_physmem_config good = {
		.struct_size = sizeof(good),
		.page_lg2 = 12,
		.region_count = 1,
		.regions = &region,
		.backing = &f.backing.table,
	};
	struct iolas_physmem_config c = good;
	struct iolas_backing b = f.backing.table;
	struct iolas_host host = f.host.table;
	struct iolas_physmem *mem = (void *)&f;

	(void)state;
	CHECK_EQ(iolas_physmem_create(&f.host.table, &c, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_create(NULL, &c, &mem), IOLAS_EINVAL);
	CHECK(mem == NULL);
	host.chunk_free = NULL;
	CHECK_EQ(iolas_physmem_create(&host, &c, &mem), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_create(&f.host.table, NULL, &mem), IOLAS_EINVAL);
#undef REFUSED
#define REFUSED(change)                                                 \
	do {                                                            \
		c = good;                                               \
		b = f.backing.table;                                    \
		change;                                                 \
		CHECK_EQ(iolas_physmem_create(&f.host.table, &c, &mem), \
			 IOLAS_EINVAL);                                 \
		CHECK(mem == NULL);                                     \
	} while (0)
	REFUSED(c.struct_size = 0);
	REFUSED(c.flags = 2);
	REFUSED(c.page_lg2 = 11);
	REFUSED(c.page_lg2 = 17);
	REFUSED(c.backing = NULL);
	REFUSED(c.backing = &b; b.struct_size = 8);
	REFUSED(c.backing = &b; b.flags = 1);
	REFUSED(c.backing = &b; b.create = NULL);
	REFUSED(c.backing = &b; b.destroy = NULL);
	REFUSED(c.backing = &b; b.view_map = NULL);
	REFUSED(c.backing = &b; b.view_reserve = NULL);
	REFUSED(c.backing = &b; b.view_release = NULL);
}

static void a_misaligned_backing_is_refused(void **state)
{
	const struct iolas_physmem_region region = REGION(16, 16, 0);
	struct iolas_physmem *mem;

	(void)state;
	f.backing.misalign = 64;
	CHECK_EQ(try_make(&f, &region, 1, 0, &mem), IOLAS_EIO);
	f.backing.misalign = 0;
}

static void embedder_memory_is_used_where_it_is(void **state)
{
	unsigned char *own = aligned_alloc(4096, 32 * 4096);
	struct iolas_physmem_region regions[2] = { REGION(512, 16, 0),
						   REGION(16, 16, 0) };
	struct iolas_physmem *mem;
	iolas_pa pa;

	(void)state;
	CHECK(own != NULL);
	/* The upper region's bytes lie below the lower one's. */
	regions[0].memory = own;
	regions[1].memory = own + 16 * 4096;
	mem = make(&f, regions, 2, 0);
	CHECK_EQ(f.backing.objects, 0);
	CHECK(iolas_physmem_ptr(mem, 512 * PAGE + 5, 1) == own + 5);
	CHECK(iolas_physmem_ptr(mem, 16 * PAGE, 16 * PAGE) == own + 16 * 4096);
	CHECK_EQ(iolas_physmem_pa(mem, own + 7, &pa), IOLAS_OK);
	CHECK_EQ(pa, 512 * PAGE + 7);
	CHECK_EQ(iolas_physmem_pa(mem, own + 16 * 4096, &pa), IOLAS_OK);
	CHECK_EQ(pa, 16 * PAGE);
	CHECK_EQ(iolas_physmem_pa(mem, own + 32 * 4096, &pa), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_pa(mem, own - 1, &pa), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	/* Two regions on the same bytes have no way back from a pointer. */
	regions[1].memory = own + 15 * 4096;
	CHECK_EQ(try_make(&f, regions, 2, 0, &mem), IOLAS_EINVAL);
	free(own);
}

static void larger_pages_work_alike(void **state)
{
	const struct iolas_physmem_region region = {
		.first = 65536,
		.last = 4 * 65536 - 1,
	};
	const struct iolas_physmem_config config = {
		.struct_size = sizeof(config),
		.page_lg2 = 16,
		.region_count = 1,
		.regions = &region,
		.backing = &f.backing.table,
	};
	struct iolas_physmem *mem;
	iolas_pa pa;

	(void)state;
	CHECK_EQ(iolas_physmem_create(&f.host.table, &config, &mem), IOLAS_OK);
	CHECK_EQ(iolas_physmem_page_lg2(mem), 16);
	CHECK_EQ(iolas_physmem_page_lg2(NULL), 0);
	CHECK_EQ(free_pages(mem), 3);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, NULL, &pa), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_alloc(mem, 2 * 65536, NULL, &pa), IOLAS_OK);
	CHECK_EQ(pa, 65536);
	iolas_physmem_destroy_all(mem);
}

static void many_regions_are_found(void **state)
{
	struct iolas_physmem_region regions[256];
	struct iolas_physmem *mem;

	(void)state;
	for (uint32_t i = 0; i < 256; i++) {
		const struct iolas_physmem_region r =
			REGION(4 * ((i * 37 + 11) % 256), 2, i % 64);

		regions[i] = r;
	}
	mem = make(&f, regions, 256, 0);
	for (uint64_t page = 0; page < 1024; page++) {
		unsigned char *ptr = iolas_physmem_ptr(mem, page * PAGE, 1);
		iolas_pa pa;

		CHECK_EQ(ptr != NULL, page % 4 < 2);
		if (!ptr)
			continue;
		CHECK_EQ(iolas_physmem_pa(mem, ptr + 3, &pa), IOLAS_OK);
		CHECK_EQ(pa, page * PAGE + 3);
	}
	CHECK(iolas_physmem_ptr(mem, 0, 2 * PAGE) != NULL);
	CHECK(iolas_physmem_ptr(mem, 0, 2 * PAGE + 1) == NULL);
	CHECK_EQ(read_stats(mem, 5).total_pages, 8);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).highest, 1022 * PAGE - 1);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void counters_tell_how_full_each_node_is(void **state)
{
	const struct iolas_physmem_region regions[] = { REGION(16, 16, 0),
							REGION(64, 32, 1) };
	struct iolas_physmem *mem = make(&f, regions, 2, 0);
	struct iolas_physmem_request r = any_request();
	struct iolas_physmem_stats s;
	iolas_pa pa;

	(void)state;
	r.where.flags = IOLAS_PLACE_EXPLICIT;
	r.where.at = 74 * PAGE;
	r.where.guard = PAGE;
	CHECK_EQ(iolas_physmem_alloc(mem, 2 * PAGE, &r, &pa), IOLAS_OK);
	s = read_stats(mem, 1);
	CHECK(s.total_pages == 32 && s.free_pages == 29);
	CHECK(s.largest_pages == 19 && s.node == 1);
	CHECK(s.fragment_pages == 0 && s.view_count == 0);
	s = read_stats(mem, IOLAS_NODE_ANY);
	CHECK(s.total_pages == 48 && s.free_pages == 45);
	CHECK(s.largest_pages == 19 && s.highest == 96 * PAGE - 1);
	s = read_stats(mem, 2);
	CHECK(s.total_pages == 0 && s.free_pages == 0 && s.largest_pages == 0);
	CHECK_EQ(iolas_physmem_free(mem, pa, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void a_full_memory_has_no_largest_run(void **state)
{
	const struct iolas_physmem_region region = REGION(16, 16, 0);
	struct iolas_physmem *mem = make(&f, &region, 1, 0);
	struct iolas_physmem_stats s;
	iolas_pa pa;

	(void)state;
	CHECK_EQ(iolas_physmem_alloc(mem, 16 * PAGE, NULL, &pa), IOLAS_OK);
	s = read_stats(mem, 0);
	CHECK(s.free_pages == 0 && s.largest_pages == 0 && s.total_pages == 16);
	iolas_physmem_destroy_all(mem);
}

static void bad_counters_are_refused(void **state)
{
	const struct iolas_physmem_region region = REGION(16, 16, 0);
	struct iolas_physmem *mem = make(&f, &region, 1, 0);
	struct iolas_physmem_stats s = { .struct_size = sizeof(s) };

	(void)state;
	CHECK_EQ(iolas_physmem_stats(NULL, &s), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_stats(mem, NULL), IOLAS_EINVAL);
	s.node = 64;
	CHECK_EQ(iolas_physmem_stats(mem, &s), IOLAS_EINVAL);
	s.struct_size = 8;
	CHECK_EQ(iolas_physmem_stats(mem, &s), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
}

static void a_memory_in_use_does_not_end(void **state)
{
	const struct iolas_physmem_region region = REGION(16, 16, 0);
	struct iolas_physmem *mem = make(&f, &region, 1, 0);
	struct iolas_pagelist *list = make_list(&f);
	iolas_pa pa;
	void *view;

	(void)state;
	CHECK_EQ(iolas_physmem_destroy(NULL), IOLAS_OK);
	iolas_physmem_destroy_all(NULL);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, NULL, &pa), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_EBUSY);
	CHECK_EQ(iolas_physmem_free(mem, pa, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 2, NULL, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_EBUSY);
	CHECK_EQ(iolas_physmem_view(mem, list, &view), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_EBUSY);
	CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_OK);
	CHECK_EQ(iolas_physmem_fragment(mem, 500, 1), IOLAS_OK);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	iolas_pagelist_destroy(list);
}

static void destroy_all_ends_everything(void **state)
{
	const struct iolas_physmem_region region = REGION(16, 16, 0);
	struct iolas_physmem *mem = make(&f, &region, 1, IOLAS_PHYSMEM_POISON);
	struct iolas_pagelist *list = make_list(&f);
	iolas_pa pa;
	void *view;

	(void)state;
	CHECK_EQ(iolas_physmem_fragment(mem, 300, 1), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc(mem, PAGE, NULL, &pa), IOLAS_OK);
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 2, NULL, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_view(mem, list, &view), IOLAS_OK);
	iolas_physmem_destroy_all(mem);
	iolas_pagelist_destroy(list);
	/* The fixture looks for what is left. */
}

RUN_CASES(LISTED(one_page_at_either_end_of_64_bits_is_a_memory),
	  LISTED(a_large_machine_costs_what_is_touched),
	  LISTED(layouts_that_make_no_sense_are_refused),
	  LISTED(broken_configurations_are_refused),
	  LISTED(a_misaligned_backing_is_refused),
	  LISTED(embedder_memory_is_used_where_it_is),
	  LISTED(larger_pages_work_alike), LISTED(many_regions_are_found),
	  LISTED(counters_tell_how_full_each_node_is),
	  LISTED(a_full_memory_has_no_largest_run),
	  LISTED(bad_counters_are_refused),
	  LISTED(a_memory_in_use_does_not_end),
	  LISTED(destroy_all_ends_everything))
