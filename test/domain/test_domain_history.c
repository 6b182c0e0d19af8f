/* SPDX-License-Identifier: MIT */
/*
 * What lived there last.
 */
#include "domain_rig.h"

static struct iolas_history ask(struct rig *rig, iolas_iova iova)
{
	struct iolas_history h = { .struct_size = sizeof(h) };

	CHECK_EQ(iolas_domain_history(rig->domain, iova, &h), IOLAS_OK);
	return h;
}

static int asked(struct rig *rig, iolas_iova iova)
{
	struct iolas_history h = { .struct_size = sizeof(h) };

	return iolas_domain_history(rig->domain, iova, &h);
}

/* Maps @pages at @iova and takes them away at time @now. */
static void live(struct rig *rig, iolas_iova iova, iolas_pa pa, uint64_t pages,
		 unsigned prot, uint64_t now)
{
	CHECK_EQ(iolas_domain_map(rig->domain, iova, pa, pages * PAGE, prot),
		 IOLAS_OK);
	atomic_store(&rig_now, now);
	CHECK_EQ(iolas_domain_unmap(rig->domain, iova, pages * PAGE, NULL),
		 IOLAS_OK);
}

static void the_latest_mapping_answers(void **state)
{
	struct iolas_history h;
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.config.history_count = 4;
	rig_start(&rig);
	CHECK_EQ(asked(&rig, PAGE), IOLAS_ENOENT);
	live(&rig, PAGE, PA, 4, RW, 50);
	live(&rig, 2 * PAGE, PA + 64 * PAGE, 1, IOLAS_READ, 70);
	h = ask(&rig, 2 * PAGE + 17);
	CHECK_EQ(h.iova, 2 * PAGE);
	CHECK_EQ(h.last, 3 * PAGE - 1);
	CHECK_EQ(h.pa, PA + 64 * PAGE);
	CHECK_EQ(h.prot & RW, IOLAS_READ);
	CHECK_EQ(h.unmapped_ns, 70);
	CHECK_EQ(h.age, 0);
	h = ask(&rig, PAGE);
	CHECK_EQ(h.last, 5 * PAGE - 1);
	CHECK_EQ(h.unmapped_ns, 50);
	CHECK_EQ(h.age, 1);
	CHECK_EQ(asked(&rig, 5 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(asked(&rig, PAGE - 1), IOLAS_ENOENT);
	rig_fini(&rig);
}

static void the_oldest_is_forgotten_first(void **state)
{
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_DEFERRED);
	rig.config.history_count = 3;
	rig_start(&rig);
	for (uint64_t i = 1; i <= 4; i++)
		live(&rig, i * PAGE, PA + i * PAGE, 1, RW, i);
	CHECK_EQ(asked(&rig, PAGE), IOLAS_ENOENT);
	for (uint64_t i = 2; i <= 4; i++) {
		CHECK_EQ(ask(&rig, i * PAGE).pa, PA + i * PAGE);
		CHECK_EQ(ask(&rig, i * PAGE).age, 4 - i);
	}
	rig_fini(&rig);
}

static void what_was_not_mapped_leaves_no_trace(void **state)
{
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.config.history_count = 3;
	rig_start(&rig);
	CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE, PAGE, NULL), IOLAS_OK);
	CHECK_EQ(asked(&rig, PAGE), IOLAS_ENOENT);
	/* An unmap that begins in front of the mapping. */
	CHECK_EQ(iolas_domain_map(rig.domain, 8 * PAGE, PA, PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig.domain, 6 * PAGE, 4 * PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(asked(&rig, 7 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(ask(&rig, 8 * PAGE).pa, PA);
	rig_fini(&rig);
}

static void part_of_a_large_leaf_tells_its_own_memory(void **state)
{
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.config.history_count = 3;
	rig_start(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, UINT64_C(2) << 20, PA,
				  UINT64_C(2) << 20, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig.domain, (UINT64_C(2) << 20) + 5 * PAGE,
				    PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(ask(&rig, (UINT64_C(2) << 20) + 5 * PAGE).pa, PA + 5 * PAGE);
	CHECK_EQ(asked(&rig, (UINT64_C(2) << 20) + 6 * PAGE), IOLAS_ENOENT);
	rig_fini(&rig);
}

static void a_domain_without_history_says_so(void **state)
{
	struct iolas_history h = { .struct_size = sizeof(h) };
	struct rig rig;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(asked(&rig, PAGE), IOLAS_ENOTSUP);
	CHECK_EQ(iolas_domain_history(rig.domain, PAGE, NULL), IOLAS_EINVAL);
	rig_fini(&rig);
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.config.history_count = 1;
	rig_start(&rig);
	live(&rig, PAGE, PA, 1, RW, 3);
	h.struct_size = 4;
	CHECK_EQ(iolas_domain_history(rig.domain, PAGE, &h), IOLAS_EINVAL);
	rig_fini(&rig);
}

RUN_CASES(CASE(the_latest_mapping_answers), CASE(the_oldest_is_forgotten_first),
	  CASE(what_was_not_mapped_leaves_no_trace),
	  CASE(part_of_a_large_leaf_tells_its_own_memory),
	  CASE(a_domain_without_history_says_so))
