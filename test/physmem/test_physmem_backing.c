/* SPDX-License-Identifier: MIT */
/*
 * Where memory comes from: the hosted backing at its limits, and a backing that
 * claims more than there is, for the bookkeeping of very large regions.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static const struct iolas_backing *libc;

static void the_hosted_backing_is_complete(void **state)
{
	(void)state;
	libc = iolas_backing_libc();
	CHECK_EQ(libc->struct_size, sizeof(*libc));
	CHECK_EQ(libc->flags, 0);
	CHECK(libc->create && libc->destroy && libc->view_reserve &&
	      libc->view_map && libc->view_release && libc->zero);
}

static void more_than_the_system_has_is_refused(void **state)
{
	uint64_t object = 7;

	(void)state;
	CHECK(libc->create(NULL, TOP - PAGE + 1, &object) == NULL);
	CHECK(libc->create(NULL, UINT64_C(1) << 62, &object) == NULL);
	CHECK(libc->view_reserve(NULL, UINT64_C(1) << 63) == NULL);
	CHECK(libc->view_reserve(NULL, UINT64_C(1) << 62) == NULL);
	CHECK_EQ(object, 7);
}

static void without_a_descriptor_there_is_no_memory(void **state)
{
	struct rlimit before, none;
	uint64_t object;

	(void)state;
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
	CHECK(libc->create(NULL, PAGE, &object) == NULL);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void a_file_that_may_not_grow_is_no_memory(void **state)
{
	struct rlimit before, none;
	uint64_t object;

	(void)state;
	CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = PAGE;
	signal(SIGXFSZ, SIG_IGN);
	CHECK_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
	CHECK(libc->create(NULL, 2 * PAGE, &object) == NULL);
	CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void memory_is_aligned_zero_and_shared_with_views(void **state)
{
	const uint64_t bytes = 40 * PAGE;
	uint64_t object;
	unsigned char *base = libc->create(NULL, bytes, &object);
	unsigned char *view = libc->view_reserve(NULL, 2 * PAGE);

	(void)state;
	CHECK(base && view);
	CHECK_EQ((uintptr_t)base % 65536, 0);
	CHECK_EQ((uintptr_t)view % 65536, 0);
	for (uint64_t i = 0; i < bytes; i++)
		CHECK(base[i] == 0);
	CHECK_EQ(libc->view_map(NULL, view, object, 39 * PAGE, PAGE), 0);
	CHECK_EQ(libc->view_map(NULL, view + PAGE, object, 0, PAGE), 0);
	view[5] = 1;
	view[PAGE + 5] = 2;
	CHECK(base[39 * PAGE + 5] == 1 && base[5] == 2);
	/* Many pages are dropped, few are written, untouched ones are left. */
	CHECK_EQ(libc->zero(NULL, object, base, 39 * PAGE, PAGE), 0);
	CHECK_EQ(view[5], 0);
	CHECK_EQ(libc->zero(NULL, object, base, 7 * PAGE, PAGE), 0);
	CHECK_EQ(view[PAGE + 5], 2);
	CHECK_EQ(libc->zero(NULL, object, base, 0, bytes), 0);
	CHECK_EQ(view[PAGE + 5], 0);
	libc->view_release(NULL, view, 2 * PAGE);
	libc->destroy(NULL, object, base, bytes);
	/* The file is closed: what needs it says so. */
	view = libc->view_reserve(NULL, PAGE);
	CHECK(libc->view_map(NULL, view, 9999, 0, PAGE) != 0);
	CHECK(libc->zero(NULL, 9999, view, 0, bytes) != 0);
	libc->view_release(NULL, view, PAGE);
}

/* Address space that nobody will touch. */
static void *claim(void *user, uint64_t bytes, uint64_t *object)
{
	(void)user;
	(void)bytes;
	*object = 0;
	return (void *)(uintptr_t)65536;
}

static void disclaim(void *user, uint64_t object, void *base, uint64_t bytes)
{
	(void)user;
	(void)object;
	(void)base;
	(void)bytes;
}

static void pages_of_a_region_of_2_to_the_62_are_kept_apart(void **state)
{
	const struct iolas_physmem_region huge = {
		.first = UINT64_C(1) << 62,
		.last = (UINT64_C(1) << 63) - 1,
	};
	struct iolas_physmem_request r = any_request();
	struct iolas_physmem *mem;
	struct iolas_pagelist *list;
	struct fixture f;
	iolas_pa pa;

	(void)state;
	fixture_init(&f);
	f.backing.table = (struct iolas_backing){
		.struct_size = sizeof(f.backing.table),
		.create = claim,
		.destroy = disclaim,
	};
	mem = make(&f, &huge, 1, 0);
	list = make_list(&f);
	r.where.flags = IOLAS_PLACE_RANDOM;
	CHECK_EQ(iolas_physmem_alloc_pages(mem, 60, &r, list), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_run_count(list), 60);
	r.where.flags = IOLAS_PLACE_HIGH;
	CHECK_EQ(iolas_physmem_alloc(mem, UINT64_C(1) << 50, &r, &pa),
		 IOLAS_OK);
	CHECK_EQ(free_pages(mem),
		 (UINT64_C(1) << 50) - (UINT64_C(1) << 38) - 60);
	CHECK_EQ(iolas_physmem_free(mem, pa, UINT64_C(1) << 50), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_OK);
	CHECK_EQ(iolas_physmem_free_pages(mem, list), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	iolas_pagelist_destroy(list);
	fixture_fini(&f);
}

static void memory_that_would_wrap_is_refused(void **state)
{
	const struct iolas_physmem_region huge = {
		.last = TOP - PAGE,
	};
	struct iolas_physmem *mem;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.backing.table = (struct iolas_backing){
		.struct_size = sizeof(f.backing.table),
		.create = claim,
		.destroy = disclaim,
	};
	CHECK_EQ(try_make(&f, &huge, 1, 0, &mem), IOLAS_EIO);
	CHECK(mem == NULL);
	fixture_fini(&f);
}

RUN_CASES(CASE(the_hosted_backing_is_complete),
	  CASE(more_than_the_system_has_is_refused),
	  CASE(without_a_descriptor_there_is_no_memory),
	  CASE(a_file_that_may_not_grow_is_no_memory),
	  CASE(memory_is_aligned_zero_and_shared_with_views),
	  CASE(pages_of_a_region_of_2_to_the_62_are_kept_apart),
	  CASE(memory_that_would_wrap_is_refused))
