/* SPDX-License-Identifier: MIT */
/*
 * Invalidation: what an IOTLB may still use, and until when.  The adversarial
 * one finds the change that nobody invalidated, and never accuses anybody who
 * did.
 */
#include "iommu_rig.h"

#include <harness/rng.h>

/* Memory address that the queue sees; 0: a fault, taken from the ring. */
static iolas_pa seen(struct rig *rig, iolas_iova iova, uint32_t *reason)
{
	struct iolas_translation run = { .pa = 0 };
	uint64_t count = 1;

	*reason = 0;
	if (iolas_translate(rig->queue, iova, 1, IOLAS_READ, &run, &count) ==
	    IOLAS_OK)
		return run.pa;
	*reason = rig_fault(rig).reason;
	return 0;
}

static void batched_uses_the_old_until_the_sync(void **state)
{
	struct iolas_gather gather;
	struct rig rig;
	iolas_iova iova;
	uint32_t reason;

	(void)state;
	for (uint32_t flags = 0; flags <= IOLAS_UNIT_ADVERSARIAL; flags++) {
		rig_prepare(&rig);
		rig.domain_config.policy = IOLAS_POLICY_BATCHED;
		rig.unit_config.flags = flags;
		rig_start(&rig);
		iova = rig_map(&rig, 1, 1, RW);
		/* Until it is in there: the adversarial one drops at will. */
		for (int i = 0; i < 3; i++)
			CHECK_EQ(seen(&rig, iova, &reason), rig_page_pa(1));
		iolas_gather_init(&gather);
		CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, &gather),
			 IOLAS_OK);
		for (int i = 0; i < 20; i++)
			CHECK_EQ(seen(&rig, iova, &reason), rig_page_pa(1));
		CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
		CHECK_EQ(seen(&rig, iova, &reason), 0);
		CHECK_EQ(reason, IOLAS_FAULT_NOT_MAPPED);
		rig_unmap(&rig, iova, 1);
		rig_fini(&rig);
	}
}

static void deferred_uses_the_old_until_it_is_completed(void **state)
{
	struct rig rig;
	iolas_iova iova;
	uint32_t reason;

	(void)state;
	for (uint32_t flags = 0; flags <= IOLAS_UNIT_ADVERSARIAL; flags++) {
		rig_prepare(&rig);
		rig.domain_config.policy = IOLAS_POLICY_DEFERRED;
		rig.unit_config.flags = flags;
		rig_start(&rig);
		iova = rig_map(&rig, 1, 1, RW);
		CHECK_EQ(seen(&rig, iova, &reason), rig_page_pa(1));
		rig_unmap(&rig, iova, 1);
		CHECK_EQ(seen(&rig, iova, &reason), rig_page_pa(1));
		CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
		CHECK_EQ(seen(&rig, iova, &reason), 0);
		CHECK_EQ(reason, IOLAS_FAULT_NOT_MAPPED);
		rig_fini(&rig);
	}
}

static void one_page_goes_and_its_neighbours_stay(void **state)
{
	struct iolas_unit_stats before = { .struct_size = sizeof(before) };
	struct iolas_unit_stats after = { .struct_size = sizeof(after) };
	struct rig rig;
	iolas_iova iova;
	uint32_t reason;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 1, 8, RW);
	for (unsigned p = 0; p < 8; p++)
		CHECK_EQ(seen(&rig, iova + p * PAGE, &reason),
			 rig_page_pa(1 + p));
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova + 3 * PAGE, PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_unit_stats(rig.unit, &before), IOLAS_OK);
	for (unsigned p = 0; p < 8; p++)
		CHECK_EQ(seen(&rig, iova + p * PAGE, &reason),
			 p == 3 ? 0 : rig_page_pa(1 + p));
	CHECK_EQ(iolas_unit_stats(rig.unit, &after), IOLAS_OK);
	CHECK_EQ(after.hit_count - before.hit_count, 7);
	CHECK_EQ(after.miss_count - before.miss_count, 1);
	rig_unmap(&rig, iova, 8);
	rig_fini(&rig);
}

/* More invalidations between two accesses than are remembered one by one. */
static void a_queue_that_slept_long_catches_up(void **state)
{
	struct rig rig;
	uint32_t reason;

	(void)state;
	for (unsigned sleep = 1; sleep < 60; sleep += sleep < 20 ? 1 : 13) {
		rig_init(&rig);
		CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1),
					  64 * PAGE, RW),
			 IOLAS_OK);
		for (unsigned p = 0; p < 64; p++)
			CHECK_EQ(seen(&rig, (p + 1) * PAGE, &reason),
				 rig_page_pa(1 + p));
		for (unsigned p = 0; p < sleep; p++)
			CHECK_EQ(iolas_domain_unmap(rig.domain, (p + 1) * PAGE,
						    PAGE, NULL),
				 IOLAS_OK);
		for (unsigned p = 0; p < 64; p++)
			CHECK_EQ(seen(&rig, (p + 1) * PAGE, &reason),
				 p < sleep ? 0 : rig_page_pa(1 + p));
		rig_fini(&rig);
	}
}

static void a_part_of_a_large_leaf_takes_the_whole_entry(void **state)
{
	const uint64_t large = UINT64_C(2) << 20;
	struct rig rig;
	uint32_t reason;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, large, MEMORY_PA, large, RW),
		 IOLAS_OK);
	CHECK_EQ(seen(&rig, large, &reason), MEMORY_PA);
	CHECK_EQ(iolas_domain_unmap(rig.domain, large + 7 * PAGE, PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(seen(&rig, large + 7 * PAGE, &reason), 0);
	CHECK_EQ(seen(&rig, large + 6 * PAGE, &reason), rig_page_pa(6));
	rig_fini(&rig);
}

static void less_rights_are_seen_at_once(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	for (uint32_t flags = 0; flags <= IOLAS_UNIT_ADVERSARIAL; flags++) {
		rig_prepare(&rig);
		rig.unit_config.flags = flags;
		rig_start(&rig);
		iova = rig_map(&rig, 1, 1, RW);
		CHECK_EQ(iolas_dma_write(rig.queue, iova, "x", 1), IOLAS_OK);
		CHECK_EQ(iolas_domain_protect(rig.domain, iova, PAGE,
					      IOLAS_READ),
			 IOLAS_OK);
		CHECK_EQ(iolas_dma_write(rig.queue, iova, "y", 1),
			 IOLAS_EFAULT);
		CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_WRITE);
		CHECK_EQ(rig_page(1)[0], 'x');
		CHECK_EQ(iolas_domain_protect(rig.domain, iova, PAGE, RW),
			 IOLAS_OK);
		CHECK_EQ(iolas_dma_write(rig.queue, iova, "z", 1), IOLAS_OK);
		rig_unmap(&rig, iova, 1);
		rig_fini(&rig);
	}
}

/* Behind the domain's back: no observer hears of it. */
static void change_in_secret(struct rig *rig, iolas_iova iova, iolas_pa pa)
{
	struct iolas_pgtable *pt = iolas_domain_pgtable(rig->domain);
	struct iolas_gather gather;

	iolas_gather_init(&gather);
	CHECK_EQ(iolas_pgtable_unmap(pt, NULL, iova, PAGE, 0, &gather, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(pt, &gather), IOLAS_OK);
	if (pa)
		CHECK_EQ(iolas_pgtable_map(pt, NULL, iova, pa, PAGE, RW),
			 IOLAS_OK);
}

static void a_missing_invalidation_is_found(void **state)
{
	struct rig rig;
	uint32_t reason;

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		const iolas_pa then = seed & 1 ? rig_page_pa(500) : 0;
		iolas_iova iova, other;
		unsigned tries = 0;

		rig_prepare(&rig);
		rig.unit_config.flags = IOLAS_UNIT_ADVERSARIAL;
		rig.unit_config.seed = seed;
		rig_start(&rig);
		iova = rig_map(&rig, 1, 1, RW);
		CHECK_EQ(seen(&rig, iova, &reason), rig_page_pa(1));
		change_in_secret(&rig, iova, then);
		/* Others' invalidations and fills do not hide it. */
		for (unsigned p = 0; p < 40; p++) {
			other = rig_map(&rig, 100, 16, RW);
			for (unsigned q = 0; q < 16; q++)
				seen(&rig, other + q * PAGE, &reason);
			rig_unmap(&rig, other, 16);
			tries++;
		}
		CHECK_EQ(tries, 40);
		CHECK_EQ(seen(&rig, iova, &reason), 0);
		CHECK_EQ(reason, IOLAS_FAULT_STALE);
		CHECK_EQ(iolas_dma_write(rig.queue, iova, "x", 1),
			 IOLAS_EFAULT);
		CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_STALE);
		CHECK_EQ(rig_page(1)[0], 0);
		rig_fini(&rig);
	}
}

/* Random correct use of every policy: no accusation, and never wrong memory. */
static void correct_use_is_never_accused(void **state)
{
	struct rng rng = rng_seed(99);

	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++) {
		iolas_pa pa[24] = { 0 };  /* in the table */
		iolas_pa old[24] = { 0 }; /* may still be seen */
		struct iolas_gather gather;
		struct rig rig;

		rig_prepare(&rig);
		rig.domain_config.policy = policy;
		rig.domain_config.bound_count = 5;
		rig.unit_config.flags = IOLAS_UNIT_ADVERSARIAL;
		rig.unit_config.iotlb_lg2 = 4;
		rig.unit_config.seed = rng_next(&rng);
		rig_start(&rig);
		iolas_gather_init(&gather);
		for (int i = 0; i < 20000; i++) {
			const unsigned at = (unsigned)rng_below(&rng, 24);
			const iolas_iova iova = (at + 1) * PAGE;
			const unsigned what = (unsigned)rng_below(&rng, 8);
			uint32_t reason;
			iolas_pa got;

			if (what == 0 && !pa[at]) {
				if (old[at])
					iolas_domain_sync(rig.domain, &gather);
				old[at] = 0;
				pa[at] = rig_page_pa(
					(unsigned)rng_below(&rng, 1000));
				CHECK_EQ(iolas_domain_map(rig.domain, iova,
							  pa[at], PAGE, RW),
					 IOLAS_OK);
			} else if (what == 1 && pa[at]) {
				CHECK_EQ(iolas_domain_unmap(rig.domain, iova,
							    PAGE, &gather),
					 IOLAS_OK);
				old[at] = policy == IOLAS_POLICY_STRICT
						  ? 0
						  : pa[at];
				pa[at] = 0;
			} else if (what == 2 && rng_below(&rng, 4) == 0) {
				CHECK_EQ(iolas_domain_sync(rig.domain, &gather),
					 IOLAS_OK);
				memset(old, 0, sizeof(old));
			}
			got = seen(&rig, iova, &reason);
			if (got)
				CHECK(got == pa[at] || got == old[at]);
			else
				CHECK_EQ(reason, IOLAS_FAULT_NOT_MAPPED);
			if (pa[at])
				CHECK_EQ(got, pa[at]);
		}
		CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
		rig_fini(&rig);
	}
}

RUN_CASES(CASE(batched_uses_the_old_until_the_sync),
	  CASE(deferred_uses_the_old_until_it_is_completed),
	  CASE(one_page_goes_and_its_neighbours_stay),
	  CASE(a_queue_that_slept_long_catches_up),
	  CASE(a_part_of_a_large_leaf_takes_the_whole_entry),
	  CASE(less_rights_are_seen_at_once),
	  CASE(a_missing_invalidation_is_found),
	  CASE(correct_use_is_never_accused))
