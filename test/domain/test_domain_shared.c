/* SPDX-License-Identifier: MIT */
/*
 * Changes of a domain whose callers race on one range, at each step of another
 * caller's change in turn; and what is remembered of a range that is mapped
 * again while others complete what waits.
 */
#include "domain_log.h"

#include "pgtable/pgtable_midway.h"

#include <pthread.h>

#define MOST_VISITS 12u
#define MIB	    (UINT64_C(1) << 20)
#define GIB	    (UINT64_C(1) << 30)

static struct rig rig;
static struct log events;

static void start_shared(void)
{
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	counting_host_fini(&rig.host);
	counting_host_init_scattered(&rig.host);
	midway_init(&rig.host);
	rig.pgtable.flags = IOLAS_PGTABLE_SHARED;
	rig_start(&rig);
	events = (struct log){ .count = 0 };
}

static bool is_mapped(iolas_iova iova)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };

	return iolas_domain_lookup(rig.domain, iova, &m) == IOLAS_OK;
}

/* An invalidation that covers @iova was the last thing that was told. */
static bool is_forgotten(iolas_iova iova)
{
	const struct log_event *e = &events.event[events.count - 1];

	return events.count && e->what == 'i' && e->first <= iova &&
	       e->len >= iova;
}

static void map_second_page(void)
{
	CHECK_EQ(iolas_domain_map(rig.domain, GIB + PAGE, 2 * PA, PAGE, RW),
		 IOLAS_OK);
}

/*
 * The first page's leaf may have been there for a moment, and a device may have
 * seen it.
 */
static void a_map_that_meets_another_is_forgotten(void **state)
{
	struct iolas_pgtable *pt;
	bool has_acted = true;
	unsigned visit = 0;

	(void)state;
	while (has_acted) {
		int status;

		CHECK(++visit < MOST_VISITS);
		start_shared();
		pt = iolas_domain_pgtable(rig.domain);
		CHECK_EQ(iolas_domain_map(rig.domain, GIB + 8 * PAGE, 9 * PA,
					  PAGE, RW),
			 IOLAS_OK);
		midway_act(pt, GIB + 8 * PAGE, visit, map_second_page);
		log_observe(&events, &rig);
		status = iolas_domain_map(rig.domain, GIB, PA, 2 * PAGE, RW);
		has_acted = midway_has_acted();
		CHECK_EQ(status, has_acted ? IOLAS_EEXIST : IOLAS_OK);
		CHECK_EQ(is_mapped(GIB), !has_acted);
		CHECK_EQ(is_forgotten(GIB), has_acted);
		CHECK_EQ(iolas_domain_unmap(rig.domain, GIB, 16 * PAGE, NULL),
			 IOLAS_OK);
		rig_fini(&rig);
	}
	CHECK(visit > 2);
}

static void map_large_leaf(void)
{
	CHECK_EQ(iolas_domain_map(rig.domain, GIB + 2 * MIB, PA, 2 * MIB, RW),
		 IOLAS_OK);
}

/* Takes every table page that is at hand; the host gives no more. */
static void use_up_tables(void)
{
	uint64_t count = 0;

	counting_host_fail_from(&rig.host, 1);
	while (iolas_domain_map(rig.domain, 2 * GIB + count * 2 * MIB, PA, PAGE,
				RW) == IOLAS_OK)
		count++;
}

/*
 * The large leaf at the end of the range would have to be split after the rest
 * has been cleared.
 */
static void what_an_unmap_cleared_before_it_failed_is_forgotten(void **state)
{
	bool has_acted = true, has_failed = false;
	struct iolas_pgtable *pt;
	unsigned visit = 0;

	(void)state;
	while (has_acted) {
		int status;

		CHECK(++visit < MOST_VISITS);
		start_shared();
		pt = iolas_domain_pgtable(rig.domain);
		CHECK_EQ(iolas_domain_map(rig.domain, GIB, PA, 2 * MIB, RW),
			 IOLAS_OK);
		log_observe(&events, &rig);
		use_up_tables();
		events.count = 0;
		midway_act(pt, GIB, visit, map_large_leaf);
		status = iolas_domain_unmap(rig.domain, GIB, 2 * MIB + PAGE,
					    NULL);
		has_acted = midway_has_acted();
		if (status) {
			CHECK_EQ(status, IOLAS_ENOMEM);
			CHECK(is_mapped(GIB) || is_forgotten(GIB));
			has_failed |= !is_mapped(GIB);
		}
		counting_host_fail_at(&rig.host, 0);
		CHECK_EQ(iolas_domain_unmap(rig.domain, GIB, 3 * GIB, NULL),
			 IOLAS_OK);
		rig_fini(&rig);
	}
	CHECK(has_failed);
}

#define REMAPS	 20000u
#define OWN(n)	 ((n)*GIB)
#define FLUSHERS 2u

static atomic_uint forgotten[FLUSHERS + 1];

static void note_invalidation(void *user, const struct iolas_invalidation *what)
{
	(void)user;
	for (unsigned n = 0; n <= FLUSHERS; n++)
		if (what->span.first <= OWN(n + 1) &&
		    what->span.last >= OWN(n + 1))
			atomic_store_explicit(&forgotten[n], 1,
					      memory_order_relaxed);
}

/* Maps a page of its own again and again; what was there must be forgotten. */
static void *remap(void *arg)
{
	const uintptr_t n = (uintptr_t)arg;
	const iolas_iova at = OWN(n + 1);

	for (unsigned i = 0; i < REMAPS; i++) {
		CHECK_ANY_THREAD(iolas_domain_map(rig.domain, at, PA, PAGE,
						  RW) == IOLAS_OK);
		CHECK_ANY_THREAD(i == 0 ||
				 atomic_load_explicit(&forgotten[n],
						      memory_order_relaxed));
		atomic_store_explicit(&forgotten[n], 0, memory_order_relaxed);
		CHECK_ANY_THREAD(iolas_domain_unmap(rig.domain, at, PAGE,
						    NULL) == IOLAS_OK);
		if (n)
			CHECK_ANY_THREAD(iolas_domain_sync(rig.domain, NULL) ==
					 IOLAS_OK);
	}
	return NULL;
}

static void
a_range_is_forgotten_before_it_is_mapped_again_whoever_syncs(void **state)
{
	const struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.invalidate = note_invalidation,
	};
	pthread_t thread[FLUSHERS + 1];
	uint64_t id;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &id), IOLAS_OK);
	for (uintptr_t n = 0; n <= FLUSHERS; n++)
		CHECK_EQ(pthread_create(&thread[n], NULL, remap, (void *)n), 0);
	for (unsigned n = 0; n <= FLUSHERS; n++)
		pthread_join(thread[n], NULL);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, id), IOLAS_OK);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	rig_fini(&rig);
}

static void unmap_meanwhile(void *user, const struct iolas_invalidation *what)
{
	bool *is_done = user;

	(void)what;
	if (!*is_done) {
		*is_done = true;
		CHECK_EQ(iolas_domain_unmap(rig.domain, GIB + PAGE, PAGE, NULL),
			 IOLAS_OK);
	}
}

static void what_arrives_during_an_invalidation_waits_for_the_next(void **state)
{
	bool is_done = false;
	const struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.user = &is_done,
		.invalidate = unmap_meanwhile,
	};
	uint64_t id;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &id), IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, GIB, PA, 2 * PAGE, RW), IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig.domain, GIB, PAGE, NULL), IOLAS_OK);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	CHECK(is_done);
	CHECK_EQ(rig_stats(&rig).deferred_count, 1);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, id), IOLAS_OK);
	rig_fini(&rig);
}

RUN_CASES(CASE(a_map_that_meets_another_is_forgotten),
	  CASE(what_an_unmap_cleared_before_it_failed_is_forgotten),
	  CASE(what_arrives_during_an_invalidation_waits_for_the_next),
	  CASE(a_range_is_forgotten_before_it_is_mapped_again_whoever_syncs))
