/* SPDX-License-Identifier: MIT */
/*
 * translate: runs over leaves, rights, limits, and what the IOTLB answers
 * instead of the table.
 */
#include "iommu_rig.h"

#include <harness/rng.h>

static int translate(struct rig *rig, iolas_iova iova, uint64_t len,
		     unsigned access, struct iolas_translation *runs,
		     uint64_t *count)
{
	return iolas_translate(rig->queue, iova, len, access, runs, count);
}

static void contiguous_leaves_are_one_run(void **state)
{
	struct iolas_translation runs[4];
	uint64_t count = 4;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 8, 5, RW);
	CHECK_EQ(translate(&rig, iova + 7, 4 * PAGE, IOLAS_WRITE, runs, &count),
		 IOLAS_OK);
	CHECK_EQ(count, 1);
	CHECK_EQ(runs[0].pa, rig_page_pa(8) + 7);
	CHECK_EQ(runs[0].len, 4 * PAGE);
	CHECK_EQ(runs[0].prot & RW, RW);
	rig_unmap(&rig, iova, 5);
	rig_fini(&rig);
}

static void breaks_in_memory_and_in_rights_are_breaks_in_runs(void **state)
{
	struct iolas_translation runs[4];
	uint64_t count = 4;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, 1 * PAGE, rig_page_pa(1), PAGE,
				  RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, 2 * PAGE, rig_page_pa(2), PAGE,
				  IOLAS_READ),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, 3 * PAGE, rig_page_pa(7), PAGE,
				  IOLAS_READ),
		 IOLAS_OK);
	CHECK_EQ(translate(&rig, PAGE + 1, 3 * PAGE - 2, IOLAS_READ, runs,
			   &count),
		 IOLAS_OK);
	CHECK_EQ(count, 3);
	CHECK_EQ(runs[0].pa, rig_page_pa(1) + 1);
	CHECK_EQ(runs[0].len, PAGE - 1);
	CHECK_EQ(runs[1].pa, rig_page_pa(2));
	CHECK_EQ(runs[1].len, PAGE);
	CHECK_EQ(runs[2].pa, rig_page_pa(7));
	CHECK_EQ(runs[2].len, PAGE - 1);
	count = 2;
	CHECK_EQ(translate(&rig, PAGE + 1, 3 * PAGE - 2, IOLAS_READ, runs,
			   &count),
		 IOLAS_ERANGE);
	CHECK_EQ(count, 2);
	CHECK_EQ(runs[1].pa, rig_page_pa(2));
	rig_check_no_fault(&rig);
	/* The write ends where the rights end. */
	count = 4;
	CHECK_EQ(translate(&rig, PAGE, 2 * PAGE, RW, runs, &count),
		 IOLAS_EFAULT);
	CHECK_EQ(count, 1);
	CHECK_EQ(runs[0].len, PAGE);
	CHECK_EQ(rig_fault(&rig).iova, 2 * PAGE);
	rig_fini(&rig);
}

static void each_right_is_asked_for(void **state)
{
	static const struct {
		unsigned prot, access;
		uint32_t reason;
	} row[] = {
		{ IOLAS_READ, IOLAS_READ, 0 },
		{ IOLAS_READ, IOLAS_WRITE, IOLAS_FAULT_WRITE },
		{ IOLAS_READ, RW, IOLAS_FAULT_WRITE },
		{ IOLAS_WRITE, IOLAS_READ, IOLAS_FAULT_READ },
		{ IOLAS_WRITE, IOLAS_WRITE, 0 },
		{ IOLAS_WRITE, RW, IOLAS_FAULT_READ },
		{ RW, RW, 0 },
		{ RW, IOLAS_EXEC, IOLAS_FAULT_EXEC },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (int again = 0; again < 2; again++) {
			struct iolas_translation run;
			uint64_t count = 1;
			iolas_iova iova = rig_map(&rig, 2, 1, row[i].prot);
			int status = translate(&rig, iova, PAGE, row[i].access,
					       &run, &count);

			if (row[i].reason) {
				CHECK_EQ(status, IOLAS_EFAULT);
				CHECK_EQ(count, 0);
				CHECK_EQ(rig_fault(&rig).reason, row[i].reason);
			} else {
				CHECK_EQ(status, IOLAS_OK);
			}
			rig_unmap(&rig, iova, 1);
		}
	rig_fini(&rig);
}

static void bad_arguments_are_refused_without_a_fault(void **state)
{
	struct iolas_translation run;
	uint64_t one = 1, none = 0;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(translate(&rig, PAGE, 0, IOLAS_READ, &run, &one),
		 IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, UINT64_MAX, 2, IOLAS_READ, &run, &one),
		 IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, PAGE, 1, 0, &run, &one), IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, PAGE, 1, 8, &run, &one), IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, PAGE, 1, IOLAS_READ | IOLAS_EXEC, &run, &one),
		 IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, PAGE, 1, IOLAS_READ, NULL, &one),
		 IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, PAGE, 1, IOLAS_READ, &run, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(translate(&rig, PAGE, 1, IOLAS_READ, &run, &none),
		 IOLAS_EINVAL);
	CHECK_EQ(one, 1);
	rig_check_no_fault(&rig);
	rig_fini(&rig);
}

static void the_end_of_the_table_is_a_fault_of_its_own(void **state)
{
	struct iolas_translation run;
	uint64_t count = 1;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(
		translate(&rig, UINT64_C(1) << 48, 1, IOLAS_READ, &run, &count),
		IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_RANGE);
	count = 1;
	CHECK_EQ(translate(&rig, UINT64_MAX, 1, IOLAS_READ, &run, &count),
		 IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).iova, UINT64_MAX);
	/* The last page of the table is as good as any. */
	CHECK_EQ(iolas_domain_map(rig.domain, (UINT64_C(1) << 48) - PAGE,
				  rig_page_pa(4), PAGE, RW),
		 IOLAS_OK);
	count = 1;
	CHECK_EQ(translate(&rig, (UINT64_C(1) << 48) - PAGE, PAGE, IOLAS_READ,
			   &run, &count),
		 IOLAS_OK);
	count = 1;
	CHECK_EQ(translate(&rig, (UINT64_C(1) << 48) - PAGE, PAGE + 1,
			   IOLAS_READ, &run, &count),
		 IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).iova, UINT64_C(1) << 48);
	rig_fini(&rig);
}

static void bypass_reaches_the_end_of_2_to_the_64(void **state)
{
	struct iolas_translation run;
	uint64_t count = 1;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_device_detach(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_device_bypass(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(translate(&rig, UINT64_MAX - 9, 10, RW, &run, &count),
		 IOLAS_OK);
	CHECK_EQ(run.pa, UINT64_MAX - 9);
	CHECK_EQ(run.len, 10);
	CHECK_EQ(translate(&rig, 1, UINT64_MAX, RW, &run, &count), IOLAS_OK);
	CHECK_EQ(run.len, UINT64_MAX);
	rig_fini(&rig);
}

static void a_huge_access_is_one_run(void **state)
{
	const uint64_t len = UINT64_C(64) << 20;
	struct iolas_translation run;
	uint64_t count = 1;
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	rig.pgtable.page_sizes = PAGE; /* 16384 leaves, many sections */
	rig_start(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, len, UINT64_C(1) << 40, len, RW),
		 IOLAS_OK);
	CHECK_EQ(translate(&rig, len, len, IOLAS_READ, &run, &count), IOLAS_OK);
	CHECK_EQ(count, 1);
	CHECK_EQ(run.pa, UINT64_C(1) << 40);
	CHECK_EQ(run.len, len);
	rig_fini(&rig);
}

static void a_second_look_hits_the_iotlb(void **state)
{
	struct iolas_unit_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_translation run;
	uint64_t count = 1;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 2, 1, RW);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(translate(&rig, iova, PAGE, IOLAS_READ, &run, &count),
			 IOLAS_OK);
	CHECK_EQ(iolas_unit_stats(rig.unit, &stats), IOLAS_OK);
	CHECK_EQ(stats.miss_count, 1);
	CHECK_EQ(stats.hit_count, 4);
	rig_unmap(&rig, iova, 1);
	rig_fini(&rig);
}

/*
 * Every IOTLB size and leaf size, long enough for generations to come round:
 * whatever is cached, a strict domain's device sees what the table says.
 */
static void the_iotlb_never_contradicts_a_strict_domain(void **state)
{
	static const uint32_t sizes[] = { 1, 3, 8, 12 };
	struct rng rng = rng_seed(31);
	const uint64_t large = UINT64_C(2) << 20;

	(void)state;
	for (size_t k = 0; k < 2 * sizeof(sizes) / sizeof(sizes[0]); k++) {
		iolas_pa pa[16] = { 0 };
		uint64_t len[16] = { 0 };
		struct rig rig;

		rig_prepare(&rig);
		rig.unit_config.iotlb_lg2 = sizes[k / 2];
		rig.unit_config.flags = k & 1 ? IOLAS_UNIT_ADVERSARIAL : 0;
		rig.unit_config.seed = rng_next(&rng);
		rig_start(&rig);
		for (int i = 0; i < 12000; i++) {
			const unsigned at = (unsigned)rng_below(&rng, 16);
			const iolas_iova iova = (at + 1) * 2 * large;
			struct iolas_translation run;
			uint64_t count = 1;
			uint64_t into;

			if (len[at] == 0) {
				len[at] = rng_below(&rng, 4) ? PAGE : large;
				pa[at] = rng_below(&rng, 1u << 15) * large;
				CHECK_EQ(iolas_domain_map(rig.domain, iova,
							  pa[at], len[at], RW),
					 IOLAS_OK);
			} else if (rng_below(&rng, 2)) {
				CHECK_EQ(iolas_domain_unmap(rig.domain, iova,
							    len[at], NULL),
					 IOLAS_OK);
				len[at] = 0;
			}
			into = rng_below(&rng, large);
			if (iolas_translate(rig.queue, iova + into, 1,
					    IOLAS_READ, &run, &count)) {
				CHECK(into >= len[at]);
				CHECK_EQ(rig_fault(&rig).reason,
					 IOLAS_FAULT_NOT_MAPPED);
			} else {
				CHECK(into < len[at]);
				CHECK_EQ(run.pa, pa[at] + into);
			}
		}
		rig_fini(&rig);
	}
}

RUN_CASES(CASE(contiguous_leaves_are_one_run),
	  CASE(breaks_in_memory_and_in_rights_are_breaks_in_runs),
	  CASE(each_right_is_asked_for),
	  CASE(bad_arguments_are_refused_without_a_fault),
	  CASE(the_end_of_the_table_is_a_fault_of_its_own),
	  CASE(bypass_reaches_the_end_of_2_to_the_64),
	  CASE(a_huge_access_is_one_run), CASE(a_second_look_hits_the_iotlb),
	  CASE(the_iotlb_never_contradicts_a_strict_domain))
