/* SPDX-License-Identifier: MIT */
/*
 * Views: scattered pages at consecutive CPU addresses, the way back from a
 * pointer, and memory that two processes share.
 * Floor: physmem.
 */
#include "physmem_fixture.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fixture f;
static struct iolas_physmem *mem;
static struct iolas_pagelist *list;

/* Touching regions, so that a run of the list crosses from one to the other. */
static const struct iolas_physmem_region layout[] = {
	REGION(16, 16, 0),
	REGION(32, 16, 0),
};

static int start(void **state)
{
	(void)state;
	fixture_init(&f);
	mem = make(&f, layout, COUNT(layout), 0);
	list = make_list(&f);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	iolas_pagelist_destroy(list);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	fixture_fini(&f);
	return 0;
}

#define LISTED(name) cmocka_unit_test_setup_teardown(name, start, stop)

static void add_pages(uint64_t page, uint64_t count)
{
	CHECK_EQ(iolas_pagelist_append_run(list, page * PAGE, count * PAGE),
		 IOLAS_OK);
}

static void check_view_refused(struct iolas_physmem *of,
			       const struct iolas_pagelist *pages, int status)
{
	void *view = &f;

	CHECK_EQ(iolas_physmem_view(of, pages, &view), status);
	CHECK(view == NULL);
}

static void a_view_shows_the_pages_in_list_order(void **state)
{
	const uint64_t pages[] = { 40, 17, 30, 31, 32, 33, 17 };
	unsigned char *view;
	void *ptr;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_frames(list, pages, COUNT(pages)),
		 IOLAS_OK);
	CHECK_EQ(iolas_physmem_view(mem, list, &ptr), IOLAS_OK);
	view = ptr;
	CHECK_EQ(read_stats(mem, 0).view_count, 1);
	for (unsigned i = 0; i < COUNT(pages); i++) {
		unsigned char *own =
			iolas_physmem_ptr(mem, pages[i] * PAGE, PAGE);
		iolas_pa pa;

		view[i * PAGE + 11] = (unsigned char)(i + 1);
		CHECK_EQ(own[11], i + 1);
		own[PAGE - 1] = (unsigned char)(i + 100);
		CHECK_EQ(view[i * PAGE + PAGE - 1], i + 100);
		CHECK_EQ(iolas_physmem_pa(mem, view + i * PAGE + 5, &pa),
			 IOLAS_OK);
		CHECK_EQ(pa, pages[i] * PAGE + 5);
	}
	CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_OK);
	CHECK_EQ(read_stats(mem, 0).view_count, 0);
}

static void a_view_starts_with_the_first_data_byte(void **state)
{
	unsigned char *view;
	void *ptr;
	iolas_pa pa;

	(void)state;
	add_pages(20, 1);
	add_pages(25, 1);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 100, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_view(mem, list, &ptr), IOLAS_OK);
	view = ptr;
	CHECK_EQ((uintptr_t)view % PAGE, 100);
	CHECK_EQ(iolas_physmem_pa(mem, view, &pa), IOLAS_OK);
	CHECK_EQ(pa, 20 * PAGE + 100);
	/* Whole pages are there, the list's own included. */
	CHECK_EQ(iolas_physmem_pa(mem, view - 100, &pa), IOLAS_OK);
	CHECK_EQ(pa, 20 * PAGE);
	CHECK_EQ(iolas_physmem_pa(mem, view + PAGE - 100, &pa), IOLAS_OK);
	CHECK_EQ(pa, 25 * PAGE);
	CHECK_EQ(iolas_physmem_pa(mem, view + 2 * PAGE - 100, &pa),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_view_close(mem, view - 100), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_view_close(mem, view + 1), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_view_close(mem, view + PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_OK);
	CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_pa(mem, view, &pa), IOLAS_ENOENT);
}

static void many_views_are_told_apart(void **state)
{
	void *views[200];
	iolas_pa pa;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		iolas_pagelist_clear(list);
		add_pages(16 + i % 32, 1);
		CHECK_EQ(iolas_physmem_view(mem, list, &views[i]), IOLAS_OK);
	}
	CHECK_EQ(read_stats(mem, 0).view_count, 200);
	for (unsigned i = 0; i < 200; i++) {
		CHECK_EQ(iolas_physmem_pa(mem, views[i], &pa), IOLAS_OK);
		CHECK_EQ(pa, (16 + i % 32) * PAGE);
	}
	for (unsigned i = 0; i < 200; i++) {
		const unsigned at = (i * 77 + 5) % 200;

		CHECK_EQ(iolas_physmem_view_close(mem, views[at]), IOLAS_OK);
		CHECK_EQ(iolas_physmem_pa(mem, views[at], &pa), IOLAS_ENOENT);
	}
	CHECK_EQ(read_stats(mem, 0).view_count, 0);
}

static void a_view_keeps_no_hold_of_the_list(void **state)
{
	void *view;
	iolas_pa pa;

	(void)state;
	add_pages(20, 1);
	add_pages(18, 1);
	CHECK_EQ(iolas_physmem_view(mem, list, &view), IOLAS_OK);
	iolas_pagelist_clear(list);
	CHECK_EQ(iolas_physmem_pa(mem, (char *)view + PAGE, &pa), IOLAS_OK);
	CHECK_EQ(pa, 18 * PAGE);
	CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_OK);
}

static void bad_views_are_refused(void **state)
{
	struct iolas_pagelist *other;
	int here;
	iolas_pa pa;

	(void)state;
	check_view_refused(mem, list, IOLAS_EINVAL); /* empty */
	add_pages(20, 1);
	check_view_refused(NULL, list, IOLAS_EINVAL);
	check_view_refused(mem, NULL, IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_view(mem, list, NULL), IOLAS_EINVAL);
	add_pages(47, 2); /* page 48 is no memory */
	check_view_refused(mem, list, IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_create(&f.host.table, 13, &other), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(other, 16 * PAGE, 2 * PAGE),
		 IOLAS_OK);
	check_view_refused(mem, other, IOLAS_EINVAL);
	iolas_pagelist_destroy(other);
	CHECK_EQ(iolas_physmem_view_close(NULL, &here), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_view_close(mem, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_view_close(mem, &here), IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_pa(NULL, &here, &pa), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_pa(mem, NULL, &pa), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_pa(mem, &here, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_physmem_pa(mem, &here, &pa), IOLAS_ENOENT);
	CHECK(iolas_physmem_ptr(NULL, 16 * PAGE, 1) == NULL);
	CHECK(iolas_physmem_ptr(mem, 16 * PAGE, 0) == NULL);
	CHECK(iolas_physmem_ptr(mem, 16 * PAGE, TOP) == NULL);
	/* The regions touch, their bytes do not. */
	CHECK(iolas_physmem_ptr(mem, 31 * PAGE, PAGE + 1) == NULL);
}

static void every_callback_that_fails_leaves_no_view(void **state)
{
	const uint64_t pages[] = { 40, 17, 30, 31, 32, 33 };
	unsigned nth = 0;
	void *view;
	int status;

	(void)state;
	CHECK_EQ(iolas_pagelist_append_frames(list, pages, COUNT(pages)),
		 IOLAS_OK);
	do {
		counting_backing_fail_at(&f.backing, ++nth);
		status = iolas_physmem_view(mem, list, &view);
		if (status != IOLAS_OK) {
			CHECK_EQ(status, IOLAS_ENOMEM);
			CHECK(view == NULL);
			CHECK_EQ(f.backing.views, 0);
			CHECK_EQ(read_stats(mem, 0).view_count, 0);
		}
	} while (status != IOLAS_OK);
	/* One reservation, and a stretch each: 40, 17, 30..31, 32..33. */
	CHECK_EQ(nth, 1 + 4 + 1);
	CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_OK);
	f.backing.misalign = 64;
	counting_backing_fail_at(&f.backing, 0);
	check_view_refused(mem, list, IOLAS_EIO);
	CHECK_EQ(f.backing.views, 0);
	f.backing.misalign = 0;
}

static void memory_without_views_shows_single_stretches(void **state)
{
	unsigned char *own = aligned_alloc(4096, 16 * 4096);
	struct iolas_physmem_region regions[2] = { REGION(16, 16, 0),
						   REGION(32, 16, 0) };
	struct iolas_physmem *plain;
	void *view, *again;
	iolas_pa pa;

	(void)state;
	CHECK(own != NULL);
	f.backing.table.view_reserve = NULL;
	f.backing.table.view_map = NULL;
	f.backing.table.view_release = NULL;
	regions[1].memory = own;
	plain = make(&f, regions, 2, 0);
	add_pages(34, 3);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 9, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_physmem_view(plain, list, &view), IOLAS_OK);
	CHECK(view == own + 2 * PAGE + 9);
	CHECK_EQ(iolas_physmem_view(plain, list, &again), IOLAS_OK);
	CHECK(view == again);
	CHECK_EQ(iolas_physmem_pa(plain, view, &pa), IOLAS_OK);
	CHECK_EQ(pa, 34 * PAGE + 9);
	CHECK_EQ(iolas_physmem_destroy(plain), IOLAS_EBUSY);
	CHECK_EQ(iolas_physmem_view_close(plain, view), IOLAS_OK);
	CHECK_EQ(iolas_physmem_view_close(plain, own + 2 * PAGE + 8),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_physmem_view_close(plain, again), IOLAS_OK);
	CHECK_EQ(iolas_physmem_view_close(plain, again), IOLAS_ENOENT);
	/* Backed, one stretch: seen where it is.  Two: not at all. */
	iolas_pagelist_clear(list);
	add_pages(20, 2);
	CHECK_EQ(iolas_physmem_view(plain, list, &view), IOLAS_OK);
	CHECK(view == iolas_physmem_ptr(plain, 20 * PAGE, 2 * PAGE));
	CHECK_EQ(iolas_physmem_view_close(plain, view), IOLAS_OK);
	add_pages(24, 1);
	check_view_refused(plain, list, IOLAS_ENOTSUP);
	iolas_pagelist_clear(list);
	add_pages(31, 2);
	check_view_refused(plain, list, IOLAS_ENOTSUP);
	CHECK_EQ(iolas_physmem_destroy(plain), IOLAS_OK);
	free(own);
}

static void a_forked_child_sees_the_same_memory(void **state)
{
	unsigned char *ptr = iolas_physmem_ptr(mem, 20 * PAGE, 1);
	int status;
	pid_t child;

	(void)state;
	*ptr = 1;
	/* ThreadSanitizer's _exit writes the child's copy of the buffer. */
	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		*ptr += 41;
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_EQ(*ptr, 42);
}

RUN_CASES(LISTED(a_view_shows_the_pages_in_list_order),
	  LISTED(a_view_starts_with_the_first_data_byte),
	  LISTED(many_views_are_told_apart),
	  LISTED(a_view_keeps_no_hold_of_the_list),
	  LISTED(bad_views_are_refused),
	  LISTED(every_callback_that_fails_leaves_no_view),
	  LISTED(memory_without_views_shows_single_stretches),
	  LISTED(a_forked_child_sees_the_same_memory))
