/* SPDX-License-Identifier: MIT */
/*
 * Observers: who is told what in which order, what a refusal undoes, and
 * coming and going while others are being told.
 */
#include "domain_log.h"

#include <iolas/pagelist.h>

#include <pthread.h>
#include <sched.h>

static void every_change_is_told_in_order(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	log_observe(&log, &rig);
	CHECK_EQ(rig_stats(&rig).observer_count, 1);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 2 * PAGE, RW, NULL,
					    &iova),
		 IOLAS_OK);
	CHECK_EQ(log.event[0].first, iova);
	CHECK_EQ(log.event[0].len, 2 * PAGE);
	CHECK_EQ(log.event[1].first, iova);
	CHECK_EQ(log.event[1].len, 2 * PAGE);
	CHECK_EQ(log.event[1].pa, PA);
	CHECK_EQ(log.event[1].flags, RW);
	CHECK_STR(log_take(&log), "am");
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(log.event[0].first, iova);
	CHECK_EQ(log.event[0].len, 2 * PAGE);
	CHECK_EQ(log.event[1].first, iova);
	CHECK_STR(log_take(&log), "ufi");
	rig_fini(&rig);
}

static void a_list_is_told_run_by_run(void **state)
{
	struct log log = { .count = 0 };
	struct iolas_pagelist *list;
	struct rig rig;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_pagelist_create(&rig.host.table, 13, &list), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, PA, 4 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, PA + 8 * PAGE, 2 * PAGE),
		 IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_run(list, PA + 16 * PAGE, 4 * PAGE),
		 IOLAS_OK);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_map_list(rig.domain, 16 * PAGE, list, 3 * PAGE,
				       5 * PAGE, IOLAS_READ),
		 IOLAS_OK);
	CHECK_EQ(log.count, 3);
	CHECK_EQ(log.event[0].first, 16 * PAGE);
	CHECK_EQ(log.event[0].pa, PA + 3 * PAGE);
	CHECK_EQ(log.event[0].len, PAGE);
	CHECK_EQ(log.event[1].first, 17 * PAGE);
	CHECK_EQ(log.event[1].pa, PA + 8 * PAGE);
	CHECK_EQ(log.event[1].len, 2 * PAGE);
	CHECK_EQ(log.event[2].first, 19 * PAGE);
	CHECK_EQ(log.event[2].pa, PA + 16 * PAGE);
	CHECK_EQ(log.event[2].len, 2 * PAGE);
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(rig_pa(&rig, log.event[i].first), log.event[i].pa);
	iolas_pagelist_destroy(list);
	rig_fini(&rig);
}

static void a_refused_map_is_undone_and_everybody_hears(void **state)
{
	struct log first = { .count = 0 }, second = { .count = 0 };
	struct rig rig;
	iolas_iova iova = 3;

	(void)state;
	second.mapped_status = IOLAS_EIO;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	log_observe(&first, &rig);
	log_observe(&second, &rig);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, PAGE, RW, NULL,
					    &iova),
		 IOLAS_EIO);
	CHECK_EQ(iova, 3);
	CHECK_STR(log_take(&first), "amuif");
	CHECK_STR(log_take(&second), "amuif");
	CHECK_EQ(rig_live_ranges(&rig), 0);
	CHECK_EQ(rig_pa(&rig, PAGE), UNMAPPED);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	rig_fini(&rig);
}

static void a_list_refused_in_the_middle_is_undone_whole(void **state)
{
	struct log log = { .mapped_status = IOLAS_EBUSY, .pass_count = 1 };
	struct iolas_pagelist *list;
	struct rig rig;
	iolas_iova iova = 3;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_pagelist_create(&rig.host.table, 12, &list), IOLAS_OK);
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(iolas_pagelist_append_run(list, PA + 2 * i * PAGE,
						   PAGE),
			 IOLAS_OK);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_alloc_map(rig.domain, list, RW, NULL, &iova),
		 IOLAS_EBUSY);
	CHECK_STR(log_take(&log), "ammuif");
	CHECK_EQ(iova, 3);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	for (unsigned i = 0; i < 4; i++)
		CHECK_EQ(rig_pa(&rig, i * PAGE), UNMAPPED);
	iolas_pagelist_destroy(list);
	rig_fini(&rig);
}

static void a_refused_range_goes_back(void **state)
{
	struct log log = { .allocated_status = IOLAS_ENOSPC };
	struct rig rig;
	iolas_iova iova = 3;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova),
		 IOLAS_ENOSPC);
	CHECK_STR(log_take(&log), "af");
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, UINT64_C(2) << 20,
					    RW, NULL, &iova),
		 IOLAS_ENOSPC);
	CHECK_STR(log_take(&log), "af");
	CHECK_EQ(iova, 3);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	rig_fini(&rig);
}

static void observe_refuses_what_it_does_not_know(void **state)
{
	struct {
		struct iolas_observer observer;
		uint64_t tail;
	} longer = { .observer = { .struct_size = sizeof(longer) }, .tail = 9 };
	struct iolas_observer observer = { .struct_size = sizeof(observer) };
	struct rig rig;
	uint64_t id = 0, other;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_observe(rig.domain, NULL, &id), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_observe(rig.domain, &longer.observer, &id),
		 IOLAS_EINVAL);
	observer.flags = 1;
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &id),
		 IOLAS_EINVAL);
	observer.flags = 0;
	observer.struct_size--;
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &id),
		 IOLAS_EINVAL);
	observer.struct_size++;
	counting_host_fail_from(&rig.host, 1);
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &id),
		 IOLAS_ENOMEM);
	counting_host_fail_at(&rig.host, 0);
	CHECK_EQ(rig_stats(&rig).observer_count, 0);
	longer.tail = 0;
	CHECK_EQ(iolas_domain_observe(rig.domain, &longer.observer, &id),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, id + 1), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, 0), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, id), IOLAS_OK);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, id), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &other), IOLAS_OK);
	CHECK_NE(other, id);
	rig_fini(&rig);
}

/* An observer that changes the list from inside its callback. */
struct meddler {
	struct rig *rig;
	struct log *log;
	uint64_t own_id;
	uint64_t victim_id;
	int own_status;
	unsigned calls;
};

static int meddle(void *user, iolas_iova iova, iolas_pa pa, uint64_t len,
		  unsigned prot)
{
	struct meddler *m = user;

	(void)iova;
	(void)pa;
	(void)len;
	(void)prot;
	if (m->calls++)
		return IOLAS_OK;
	m->own_status = iolas_domain_unobserve(m->rig->domain, m->own_id);
	CHECK_EQ(iolas_domain_unobserve(m->rig->domain, m->victim_id),
		 IOLAS_OK);
	log_observe(m->log, m->rig);
	/* Into the domain from inside a callback. */
	CHECK_EQ(iolas_domain_map(m->rig->domain, 64 * PAGE, PA, PAGE, RW),
		 IOLAS_OK);
	return IOLAS_OK;
}

static void the_list_may_change_from_inside_a_callback(void **state)
{
	struct log victim = { .count = 0 }, late = { .count = 0 };
	struct meddler m = { .log = &late };
	const struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.user = &m,
		.mapped = meddle,
	};
	struct rig rig;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	m.rig = &rig;
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &m.own_id),
		 IOLAS_OK);
	m.victim_id = log_observe(&victim, &rig);
	CHECK_EQ(iolas_domain_map(rig.domain, 32 * PAGE, PA, PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(m.own_status, IOLAS_EDEADLK);
	CHECK_EQ(m.calls, 2);
	CHECK_STR(log_take(&victim), "");
	CHECK_STR(log_take(&late), "mm");
	CHECK_EQ(iolas_domain_unobserve(rig.domain, m.own_id), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy_all(rig.domain), IOLAS_OK);
	counting_host_fini(&rig.host);
}

/* A callback that another thread's unobserve has to wait for. */
struct slow {
	atomic_bool is_inside;
	atomic_bool may_leave;
	atomic_bool has_left;
};

static int linger(void *user, iolas_iova iova, iolas_pa pa, uint64_t len,
		  unsigned prot)
{
	struct slow *slow = user;

	(void)iova;
	(void)pa;
	(void)len;
	(void)prot;
	atomic_store_explicit(&slow->is_inside, true, memory_order_relaxed);
	while (!atomic_load_explicit(&slow->may_leave, memory_order_relaxed))
		sched_yield();
	atomic_store_explicit(&slow->has_left, true, memory_order_relaxed);
	return IOLAS_OK;
}

static void *map_one(void *arg)
{
	struct rig *rig = arg;

	CHECK_ANY_THREAD(iolas_domain_map(rig->domain, PAGE, PA, PAGE, RW) ==
			 IOLAS_OK);
	return NULL;
}

static void *let_go(void *arg)
{
	struct slow *slow = arg;

	for (int i = 0; i < 1000; i++)
		sched_yield();
	atomic_store_explicit(&slow->may_leave, true, memory_order_relaxed);
	return NULL;
}

static void unobserve_waits_for_another_threads_callback(void **state)
{
	struct slow slow = { .is_inside = false };
	const struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.user = &slow,
		.mapped = linger,
	};
	pthread_t mapper, releaser;
	struct rig rig;
	uint64_t id;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_observe(rig.domain, &observer, &id), IOLAS_OK);
	CHECK_EQ(pthread_create(&mapper, NULL, map_one, &rig), 0);
	while (!atomic_load_explicit(&slow.is_inside, memory_order_relaxed))
		sched_yield();
	CHECK_EQ(pthread_create(&releaser, NULL, let_go, &slow), 0);
	CHECK_EQ(iolas_domain_unobserve(rig.domain, id), IOLAS_OK);
	CHECK(atomic_load_explicit(&slow.has_left, memory_order_relaxed));
	pthread_join(mapper, NULL);
	pthread_join(releaser, NULL);
	CHECK_EQ(iolas_domain_destroy_all(rig.domain), IOLAS_OK);
	counting_host_fini(&rig.host);
}

/*
 * Observers come and go on two threads while two others map and unmap.  Each
 * observer's memory is gone the moment unobserve returns: a callback after that
 * reads what is poisoned, and the thread sanitizer sees it.
 */
struct guest {
	uint64_t magic;
	uint64_t calls; /* not atomic: unobserve must order it */
};

#define GUEST_MAGIC 0x6775657374

static struct guest *guest_of(void *user)
{
	struct guest *guest = user;

	CHECK_ANY_THREAD(guest->magic == GUEST_MAGIC);
	return guest;
}

static int guest_mapped(void *user, iolas_iova iova, iolas_pa pa, uint64_t len,
			unsigned prot)
{
	(void)iova;
	(void)pa;
	(void)len;
	(void)prot;
	CHECK_ANY_THREAD(guest_of(user)->calls != UINT64_MAX);
	return IOLAS_OK;
}

static void guest_invalidate(void *user, const struct iolas_invalidation *what)
{
	CHECK_ANY_THREAD(what->struct_size == sizeof(*what));
	CHECK_ANY_THREAD(guest_of(user)->calls != UINT64_MAX);
}

static atomic_bool guests_stop;

static void *come_and_go(void *arg)
{
	struct rig *rig = arg;
	struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.mapped = guest_mapped,
		.invalidate = guest_invalidate,
	};

	while (!atomic_load_explicit(&guests_stop, memory_order_relaxed)) {
		struct guest *guest = malloc(sizeof(*guest));
		uint64_t id;

		guest->magic = GUEST_MAGIC;
		guest->calls = 0;
		observer.user = guest;
		CHECK_ANY_THREAD(iolas_domain_observe(rig->domain, &observer,
						      &id) == IOLAS_OK);
		sched_yield();
		CHECK_ANY_THREAD(iolas_domain_unobserve(rig->domain, id) ==
				 IOLAS_OK);
		guest->magic = 0;
		guest->calls = UINT64_MAX;
		free(guest);
	}
	return NULL;
}

static void *map_and_unmap(void *arg)
{
	struct rig *rig = arg;

	for (int i = 0; i < 3000; i++) {
		iolas_iova iova;

		CHECK_ANY_THREAD(iolas_domain_alloc_map_run(rig->domain, PA,
							    PAGE, RW, NULL,
							    &iova) == IOLAS_OK);
		CHECK_ANY_THREAD(iolas_domain_unmap_free(rig->domain, iova,
							 PAGE) == IOLAS_OK);
	}
	return NULL;
}

static void observers_come_and_go_while_others_are_told(void **state)
{
	pthread_t guests[2], mappers[2];
	struct rig rig;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	atomic_store(&guests_stop, false);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(pthread_create(&guests[i], NULL, come_and_go, &rig),
			 0);
		CHECK_EQ(pthread_create(&mappers[i], NULL, map_and_unmap, &rig),
			 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(mappers[i], NULL);
	atomic_store(&guests_stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(guests[i], NULL);
	CHECK_EQ(rig_stats(&rig).observer_count, 0);
	CHECK_EQ(rig_stats(&rig).map_count, 6000);
	CHECK_EQ(rig_stats(&rig).unmap_bytes, 6000 * PAGE);
	rig_fini(&rig);
}

RUN_CASES(CASE(every_change_is_told_in_order), CASE(a_list_is_told_run_by_run),
	  CASE(a_refused_map_is_undone_and_everybody_hears),
	  CASE(a_list_refused_in_the_middle_is_undone_whole),
	  CASE(a_refused_range_goes_back),
	  CASE(observe_refuses_what_it_does_not_know),
	  CASE(the_list_may_change_from_inside_a_callback),
	  CASE(unobserve_waits_for_another_threads_callback),
	  CASE(observers_come_and_go_while_others_are_told))
