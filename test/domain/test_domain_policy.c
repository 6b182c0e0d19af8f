/* SPDX-License-Identifier: MIT */
/*
 * Policies: when an unmap is invalidated, what forces it, and when its range
 * can be had again.
 */
#include "domain_log.h"

static iolas_iova map_pages(struct rig *rig, uint64_t pages)
{
	iolas_iova iova = 0;

	CHECK_EQ(iolas_domain_alloc_map_run(rig->domain, PA, pages * PAGE, RW,
					    NULL, &iova),
		 IOLAS_OK);
	return iova;
}

static void free_pages(struct rig *rig, iolas_iova iova, uint64_t pages)
{
	CHECK_EQ(iolas_domain_unmap_free(rig->domain, iova, pages * PAGE),
		 IOLAS_OK);
}

static void strict_invalidates_before_it_returns(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	iova = map_pages(&rig, 2);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, NULL), IOLAS_OK);
	CHECK_EQ(log.event[1].first, iova);
	CHECK_EQ(log.event[1].len, iova + PAGE - 1);
	CHECK_STR(log_take(&log), "ui");
	free_pages(&rig, iova, 2);
	CHECK_STR(log_take(&log), "ufi");
	CHECK_EQ(rig_stats(&rig).invalidation_count, 2);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	rig_fini(&rig);
}

static void nothing_mapped_needs_no_invalidation(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova), IOLAS_OK);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, NULL), IOLAS_OK);
	CHECK_STR(log_take(&log), "u");
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void batched_waits_for_the_callers_sync(void **state)
{
	struct log log = { .count = 0 };
	struct iolas_gather gather;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_BATCHED);
	iova = map_pages(&rig, 8);
	log_observe(&log, &rig);
	iolas_gather_init(&gather);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, &gather), IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova + 5 * PAGE, PAGE, &gather),
		 IOLAS_OK);
	CHECK_STR(log_take(&log), "uu");
	CHECK(!iolas_gather_is_empty(&gather));
	CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
	CHECK(iolas_gather_is_empty(&gather));
	CHECK_EQ(log.count, 1);
	CHECK_EQ(log.event[0].what, 'i');
	CHECK(log.event[0].first <= iova);
	CHECK(log.event[0].len >= iova + 6 * PAGE - 1);
	CHECK_STR(log_take(&log), "i");
	CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	CHECK_STR(log_take(&log), "");
	free_pages(&rig, iova, 8);
	CHECK_STR(log_take(&log), "ufi");
	rig_fini(&rig);
}

static void a_gather_belongs_to_one_domain(void **state)
{
	struct iolas_gather gather, before;
	struct rig rig, other;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_BATCHED);
	rig_init(&other, IOLAS_POLICY_BATCHED);
	iova = map_pages(&rig, 1);
	CHECK_EQ(map_pages(&other, 1), iova);
	iolas_gather_init(&gather);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, &gather), IOLAS_OK);
	before = gather;
	CHECK_EQ(iolas_domain_unmap(other.domain, iova, PAGE, &gather),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_sync(other.domain, &gather), IOLAS_EINVAL);
	CHECK_MEM(&gather, &before, sizeof(gather));
	CHECK_EQ(rig_pa(&other, iova), PA);
	CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
	/* Empty again: anybody's. */
	CHECK_EQ(iolas_domain_unmap(other.domain, iova, PAGE, &gather),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_sync(other.domain, &gather), IOLAS_OK);
	free_pages(&rig, iova, 1);
	free_pages(&other, iova, 1);
	rig_fini(&rig);
	rig_fini(&other);
}

static void batched_without_a_gather_is_strict(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_BATCHED);
	iova = map_pages(&rig, 1);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, NULL), IOLAS_OK);
	CHECK_STR(log_take(&log), "ui");
	free_pages(&rig, iova, 1);
	rig_fini(&rig);
}

static void other_policies_leave_the_gather_alone(void **state)
{
	struct iolas_gather gather;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED;
	     policy += 2) {
		rig_init(&rig, policy);
		iova = map_pages(&rig, 1);
		iolas_gather_init(&gather);
		CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, &gather),
			 IOLAS_OK);
		CHECK(iolas_gather_is_empty(&gather));
		CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
		CHECK_EQ(rig_stats(&rig).deferred_count, 0);
		free_pages(&rig, iova, 1);
		rig_fini(&rig);
	}
}

/* A space of two pages: what waits is missed at once. */
static void deferred_ranges_come_back_when_nothing_else_fits(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova a, b;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_DEFERRED);
	rig.config.first = PAGE;
	rig.config.last = 3 * PAGE - 1;
	rig_start(&rig);
	a = map_pages(&rig, 1);
	log_observe(&log, &rig);
	free_pages(&rig, a, 1);
	CHECK_STR(log_take(&log), "uf");
	b = map_pages(&rig, 1);
	CHECK_NE(a, b);
	CHECK_STR(log_take(&log), "am");
	CHECK_EQ(rig_stats(&rig).deferred_count, 1);
	CHECK_EQ(map_pages(&rig, 1), a);
	CHECK_STR(log_take(&log), "iam");
	CHECK_EQ(rig_stats(&rig).forced_by_space, 1);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	CHECK_EQ(rig_stats(&rig).deferred_bytes, 0);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &b), IOLAS_ENOSPC);
	CHECK_EQ(rig_stats(&rig).forced_by_space, 1);
	free_pages(&rig, PAGE, 1);
	free_pages(&rig, 2 * PAGE, 1);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	rig_fini(&rig);
}

static void the_bound_in_time_is_kept_by_the_next_call(void **state)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	for (int how = 0; how < 6; how++) {
		iolas_iova other, got;

		rig_prepare(&rig, IOLAS_POLICY_DEFERRED);
		rig.config.bound_ns = 500;
		rig_start(&rig);
		iova = map_pages(&rig, 1);
		other = map_pages(&rig, 1);
		atomic_store(&rig_now, 1000);
		free_pages(&rig, iova, 1);
		atomic_store(&rig_now, 1499);
		CHECK_EQ(iolas_domain_lookup(rig.domain, other, &m), IOLAS_OK);
		CHECK_EQ(rig_stats(&rig).deferred_count, 1);
		atomic_store(&rig_now, 1500);
		switch (how) {
		case 0:
			iolas_domain_lookup(rig.domain, other, &m);
			break;
		case 1:
			iolas_domain_map(rig.domain, 0, PA, 0x1000, RW);
			iolas_domain_unmap(rig.domain, 0, PAGE, NULL);
			iolas_domain_sync(rig.domain, NULL);
			break;
		case 2:
			iolas_domain_alloc(rig.domain, PAGE, NULL, &got);
			CHECK_EQ(got, iova);
			iolas_domain_free(rig.domain, got, PAGE);
			break;
		case 3:
			iolas_domain_protect(rig.domain, other, PAGE, RW);
			break;
		case 4:
			iolas_domain_free(rig.domain, 0, PAGE);
			break;
		case 5:
			iolas_domain_unmap_free(rig.domain, 0, PAGE);
			break;
		}
		CHECK_EQ(rig_stats(&rig).deferred_count, 0);
		CHECK_EQ(rig_stats(&rig).forced_by_time, 1);
		CHECK_EQ(rig_stats(&rig).deferred_peak_ns, 500);
		free_pages(&rig, other, 1);
		rig_fini(&rig);
	}
}

static void the_bound_in_bytes_is_kept(void **state)
{
	struct rig rig;
	iolas_iova a, b, c;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_DEFERRED);
	rig.config.bound_bytes = 4 * PAGE;
	rig_start(&rig);
	a = map_pages(&rig, 2);
	b = map_pages(&rig, 2);
	c = map_pages(&rig, 1);
	free_pages(&rig, a, 2);
	free_pages(&rig, b, 2);
	CHECK_EQ(rig_stats(&rig).deferred_bytes, 4 * PAGE);
	free_pages(&rig, c, 1);
	CHECK_EQ(rig_stats(&rig).deferred_bytes, 0);
	CHECK_EQ(rig_stats(&rig).forced_by_bytes, 1);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	rig_fini(&rig);
}

static void the_bound_in_count_is_kept(void **state)
{
	struct rig rig;
	iolas_iova iova[4];

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_DEFERRED);
	rig.config.bound_count = 3;
	rig_start(&rig);
	for (int i = 0; i < 4; i++)
		iova[i] = map_pages(&rig, 1);
	for (int i = 0; i < 3; i++)
		free_pages(&rig, iova[i], 1);
	CHECK_EQ(rig_stats(&rig).deferred_count, 3);
	CHECK_EQ(rig_live_ranges(&rig), 4);
	free_pages(&rig, iova[3], 1);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	CHECK_EQ(rig_stats(&rig).forced_by_count, 1);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	rig_fini(&rig);
}

static void without_a_bound_256_may_wait(void **state)
{
	struct rig rig;
	iolas_iova iova[257];

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	for (int i = 0; i < 257; i++)
		iova[i] = map_pages(&rig, 1);
	for (int i = 0; i < 256; i++)
		free_pages(&rig, iova[i], 1);
	CHECK_EQ(rig_stats(&rig).deferred_count, 256);
	free_pages(&rig, iova[256], 1);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	rig_fini(&rig);
}

static void sync_completes_what_waits_and_destroy_too(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova a, b;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	a = map_pages(&rig, 1);
	b = map_pages(&rig, 1);
	log_observe(&log, &rig);
	free_pages(&rig, a, 1);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	CHECK_STR(log_take(&log), "ufi");
	free_pages(&rig, b, 1);
	CHECK_STR(log_take(&log), "uf");
	CHECK_EQ(rig_live_ranges(&rig), 1);
	rig_fini(&rig);
	CHECK_STR(log_take(&log), "i");
}

static void an_owner_who_maps_again_meets_no_old_translation(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova, other;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	iova = map_pages(&rig, 4);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova + PAGE, PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova + 3 * PAGE, PAGE, NULL),
		 IOLAS_OK);
	CHECK_STR(log_take(&log), "uu");
	other = map_pages(&rig, 1);
	CHECK_STR(log_take(&log), "am");
	CHECK_EQ(iolas_domain_map(rig.domain, iova + PAGE, PA + 7 * PAGE, PAGE,
				  RW),
		 IOLAS_OK);
	CHECK_STR(log_take(&log), "im");
	CHECK_EQ(iolas_domain_map(rig.domain, iova + 3 * PAGE, PA, PAGE, RW),
		 IOLAS_OK);
	CHECK_STR(log_take(&log), "m");
	free_pages(&rig, iova, 4);
	free_pages(&rig, other, 1);
	log_take(&log);
	rig_fini(&rig);
}

static void a_free_waits_for_the_unmap_before_it(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	iova = map_pages(&rig, 1);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, NULL), IOLAS_OK);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	CHECK_EQ(rig_stats(&rig).deferred_count, 2);
	CHECK_EQ(rig_live_ranges(&rig), 1);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova), IOLAS_OK);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	rig_fini(&rig);
}

static void a_refused_deferred_free_leaves_everything(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	iova = map_pages(&rig, 2);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, PAGE + 1),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova + 1, PAGE, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(rig_pa(&rig, iova + PAGE), PA + PAGE);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	free_pages(&rig, iova, 2);
	rig_fini(&rig);
}

static void without_memory_to_wait_an_unmap_is_strict(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova a, b;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	a = map_pages(&rig, 1);
	b = map_pages(&rig, 1);
	counting_host_fail_from(&rig.host, 1);
	free_pages(&rig, a, 1);
	CHECK_EQ(iolas_domain_unmap(rig.domain, b, PAGE, NULL), IOLAS_OK);
	CHECK_EQ(rig_stats(&rig).deferred_count, 0);
	CHECK_EQ(rig_stats(&rig).invalidation_count, 2);
	CHECK_EQ(rig_live_ranges(&rig), 1);
	CHECK_EQ(iolas_domain_free(rig.domain, b, PAGE), IOLAS_OK);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	counting_host_fail_at(&rig.host, 0);
	(void)log;
	rig_fini(&rig);
}

static void protect_invalidates_under_every_policy(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++) {
		rig_init(&rig, policy);
		iova = map_pages(&rig, 1);
		log_observe(&log, &rig);
		CHECK_EQ(iolas_domain_protect(rig.domain, iova, PAGE,
					      IOLAS_READ),
			 IOLAS_OK);
		CHECK_STR(log_take(&log), "i");
		free_pages(&rig, iova, 1);
		log_take(&log);
		rig_fini(&rig);
		log_take(&log);
	}
}

static void one_invalidation_serves_all_that_waits(void **state)
{
	struct log log = { .count = 0 };
	struct rig rig;
	iolas_iova iova[10];

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	for (int i = 0; i < 10; i++)
		iova[i] = map_pages(&rig, 1);
	for (int i = 0; i < 10; i += 3)
		free_pages(&rig, iova[i], 1);
	log_observe(&log, &rig);
	CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
	CHECK_EQ(log.count, 1);
	CHECK(log.event[0].first <= iova[0]);
	CHECK(log.event[0].len >= iova[9] + PAGE - 1);
	CHECK_EQ(iolas_domain_destroy_all(rig.domain), IOLAS_OK);
	counting_host_fini(&rig.host);
}

RUN_CASES(CASE(strict_invalidates_before_it_returns),
	  CASE(nothing_mapped_needs_no_invalidation),
	  CASE(batched_waits_for_the_callers_sync),
	  CASE(a_gather_belongs_to_one_domain),
	  CASE(batched_without_a_gather_is_strict),
	  CASE(other_policies_leave_the_gather_alone),
	  CASE(deferred_ranges_come_back_when_nothing_else_fits),
	  CASE(the_bound_in_time_is_kept_by_the_next_call),
	  CASE(the_bound_in_bytes_is_kept), CASE(the_bound_in_count_is_kept),
	  CASE(without_a_bound_256_may_wait),
	  CASE(sync_completes_what_waits_and_destroy_too),
	  CASE(an_owner_who_maps_again_meets_no_old_translation),
	  CASE(a_free_waits_for_the_unmap_before_it),
	  CASE(a_refused_deferred_free_leaves_everything),
	  CASE(without_memory_to_wait_an_unmap_is_strict),
	  CASE(protect_invalidates_under_every_policy),
	  CASE(one_invalidation_serves_all_that_waits))
