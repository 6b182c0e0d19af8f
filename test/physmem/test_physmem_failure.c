/* SPDX-License-Identifier: MIT */
/*
 * Physical memory when host or backing have nothing left: each request refused
 * in turn, the memory compared before and after.
 * Floor: physmem.  Tools: counting host, counting backing.
 */
#include "physmem_fixture.h"

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

static const struct iolas_physmem_region layout[] = {
	REGION(16, 16, 0),
	REGION(32, 16, 1),
	REGION(UINT64_C(1) << 30, 1 << 16, 1),
};

static int create(struct counting_host *host, void *arg)
{
	struct iolas_physmem *mem;
	int status =
		try_make(&f, layout, COUNT(layout), IOLAS_PHYSMEM_POISON, &mem);

	(void)host;
	(void)arg;
	if (status != IOLAS_OK)
		CHECK(mem == NULL);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	CHECK_EQ(f.backing.objects, 0);
	return status;
}

static void create_survives_every_refused_chunk(void **state)
{
	(void)state;
	CHECK(counting_host_fail_each(&f.host, create, NULL) > 3);
}

static void create_survives_every_refused_object(void **state)
{
	unsigned nth = 0;
	int status;

	(void)state;
	do {
		counting_backing_fail_at(&f.backing, ++nth);
		status = create(&f.host, NULL);
		CHECK(status == IOLAS_OK || status == IOLAS_ENOMEM);
		CHECK(counting_host_is_empty(&f.host));
	} while (status != IOLAS_OK);
	CHECK_EQ(nth, COUNT(layout) + 1);
}

/* A fresh memory for each attempt; what it costs is not under test. */
struct subject {
	int (*act)(struct iolas_physmem *mem, struct iolas_pagelist *list);
	struct iolas_physmem *mem;
	struct iolas_pagelist *list;
};

static void check_same(const struct iolas_physmem_stats *a,
		       const struct iolas_physmem_stats *b)
{
	CHECK_MEM(a, b, sizeof(*a));
}

static int act_once(struct counting_host *host, void *arg)
{
	struct subject *s = arg;
	const struct iolas_physmem_stats before = read_stats(s->mem, 1);
	const uint64_t pages = iolas_pagelist_page_count(s->list);
	const int status = s->act(s->mem, s->list);

	(void)host;
	if (status != IOLAS_OK) {
		const struct iolas_physmem_stats after = read_stats(s->mem, 1);

		check_same(&before, &after);
		CHECK_EQ(iolas_pagelist_page_count(s->list), pages);
	}
	return status;
}

static void refuse(unsigned nth, bool and_all_after)
{
	if (and_all_after)
		counting_host_fail_from(&f.host, nth);
	else
		counting_host_fail_at(&f.host, nth);
}

/* One attempt on a memory of its own; was a request refused in it? */
static bool attempt(int (*act)(struct iolas_physmem *, struct iolas_pagelist *),
		    unsigned nth, bool and_all_after)
{
	struct subject s = {
		.act = act,
		.mem = make(&f, layout, COUNT(layout), IOLAS_PHYSMEM_POISON),
		.list = make_list(&f),
	};
	bool was_refused;
	int status;

	refuse(nth, and_all_after);
	status = act_once(&f.host, &s);
	was_refused = f.host.refused != 0;
	counting_host_fail_at(&f.host, 0);
	/* A slab may have a smaller chunk where a large one was refused. */
	CHECK(status == IOLAS_OK || (was_refused && status == IOLAS_ENOMEM));
	/* What failed for want of memory succeeds with it. */
	if (status != IOLAS_OK)
		CHECK_EQ(act_once(&f.host, &s), IOLAS_OK);
	iolas_physmem_destroy_all(s.mem);
	iolas_pagelist_destroy(s.list);
	CHECK(counting_host_is_empty(&f.host));
	return was_refused;
}

/*
 * Not counting_host_fail_each(): bookkeeping that a failed call leaves ready
 * stays with the memory, so each attempt gets a memory of its own.
 */
static unsigned fail_each(int (*act)(struct iolas_physmem *,
				     struct iolas_pagelist *))
{
	bool was_refused = true;
	unsigned nth = 0;

	while (was_refused) {
		was_refused = attempt(act, ++nth, false);
		was_refused |= attempt(act, nth, true);
	}
	return nth - 1;
}

static int take_block(struct iolas_physmem *mem, struct iolas_pagelist *list)
{
	struct iolas_physmem_request r = any_request();
	iolas_pa pa = 1;
	int status;

	(void)list;
	r.node = 1;
	r.where.first = TI;
	r.where.last = TOP;
	status = iolas_physmem_alloc(mem, 40000 * PAGE, &r, &pa);
	CHECK_EQ(pa == 1, status != IOLAS_OK);
	return status;
}

static int take_best(struct iolas_physmem *mem, struct iolas_pagelist *list)
{
	struct iolas_physmem_request r = any_request();
	iolas_pa pa;

	(void)list;
	r.where.flags = IOLAS_PLACE_BEST;
	return iolas_physmem_alloc(mem, 4 * PAGE, &r, &pa);
}

static void a_block_is_taken_whole_or_not_at_all(void **state)
{
	(void)state;
	CHECK(fail_each(take_block) > 0);
	CHECK(fail_each(take_best) > 0);
}

/* Fills the books of the last region until it needs the host for one more. */
static void best_fit_keeps_no_place_when_a_region_has_no_memory(void **state)
{
	struct iolas_physmem *mem = make(&f, layout, COUNT(layout), 0);
	struct iolas_physmem_request at = any_request();
	struct iolas_physmem_request best = any_request();
	int status = IOLAS_OK;
	iolas_pa pa;

	(void)state;
	at.where.flags = IOLAS_PLACE_EXPLICIT;
	at.where.at = TI * 4;
	best.where.flags = IOLAS_PLACE_BEST;
	for (unsigned i = 0; i < 30000 && status == IOLAS_OK; i++) {
		const uint64_t before = free_pages(mem);

		counting_host_fail_from(&f.host, 1);
		status = iolas_physmem_alloc(mem, PAGE, &best, &pa);
		counting_host_fail_at(&f.host, 0);
		if (status == IOLAS_OK)
			CHECK_EQ(iolas_physmem_free(mem, pa, PAGE), IOLAS_OK);
		CHECK_EQ(free_pages(mem), before);
		CHECK_EQ(iolas_physmem_alloc(mem, PAGE, &at, &pa), IOLAS_OK);
		at.where.at += 2 * PAGE;
	}
	CHECK_EQ(status, IOLAS_ENOMEM);
	iolas_physmem_destroy_all(mem);
}

static int take_pages(struct iolas_physmem *mem, struct iolas_pagelist *list)
{
	return iolas_physmem_alloc_pages(mem, 3000, NULL, list);
}

static int take_random_pages(struct iolas_physmem *mem,
			     struct iolas_pagelist *list)
{
	struct iolas_physmem_request r = any_request();

	r.where.flags = IOLAS_PLACE_RANDOM;
	return iolas_physmem_alloc_pages(mem, 5000, &r, list);
}

static void pages_are_taken_all_or_none(void **state)
{
	(void)state;
	CHECK(fail_each(take_pages) > 2);
	CHECK(fail_each(take_random_pages) > 5);
}

static int open_view(struct iolas_physmem *mem, struct iolas_pagelist *list)
{
	struct iolas_pagelist *pages;
	void *view = mem;
	int status = iolas_pagelist_create(&f.host.table, 12, &pages);

	(void)list;
	for (uint64_t i = 0; i < 300 && status == IOLAS_OK; i++)
		status = iolas_pagelist_append_run(pages, TI * 4 + 2 * i * PAGE,
						   PAGE);
	if (status == IOLAS_OK) {
		status = iolas_physmem_view(mem, pages, &view);
		CHECK_EQ(view == NULL, status != IOLAS_OK);
	}
	iolas_pagelist_destroy(pages);
	CHECK(status == IOLAS_OK || f.backing.views == 0);
	return status;
}

static void a_view_without_memory_is_no_view(void **state)
{
	(void)state;
	CHECK(fail_each(open_view) > 4);
}

static int fragment(struct iolas_physmem *mem, struct iolas_pagelist *list)
{
	(void)list;
	return iolas_physmem_fragment(mem, 40, 5);
}

static void fragmenting_takes_all_or_nothing(void **state)
{
	(void)state;
	CHECK(fail_each(fragment) > 4);
}

static void an_earlier_fragmentation_survives_a_failed_one(void **state)
{
	unsigned failures = 0;
	bool was_refused = true;

	(void)state;
	for (unsigned nth = 1; was_refused; nth++) {
		struct iolas_physmem *mem = make(&f, layout, COUNT(layout), 0);
		struct iolas_physmem_stats before, after;
		int status;

		CHECK_EQ(iolas_physmem_fragment(mem, 1, 1), IOLAS_OK);
		before = read_stats(mem, IOLAS_NODE_ANY);
		counting_host_fail_from(&f.host, nth);
		status = iolas_physmem_fragment(mem, 100, 5);
		was_refused = f.host.refused != 0;
		counting_host_fail_at(&f.host, 0);
		after = read_stats(mem, IOLAS_NODE_ANY);
		if (status != IOLAS_OK)
			check_same(&before, &after);
		else
			CHECK(after.fragment_pages > before.fragment_pages);
		failures += status != IOLAS_OK;
		iolas_physmem_defragment(mem);
		CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).fragment_pages, 0);
		CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	}
	CHECK(failures > 1);
}

RUN_CASES(LISTED(create_survives_every_refused_chunk),
	  LISTED(create_survives_every_refused_object),
	  LISTED(a_block_is_taken_whole_or_not_at_all),
	  LISTED(best_fit_keeps_no_place_when_a_region_has_no_memory),
	  LISTED(pages_are_taken_all_or_none),
	  LISTED(a_view_without_memory_is_no_view),
	  LISTED(fragmenting_takes_all_or_nothing),
	  LISTED(an_earlier_fragmentation_survives_a_failed_one))
