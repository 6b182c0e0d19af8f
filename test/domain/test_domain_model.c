/* SPDX-License-Identifier: MIT */
/*
 * Random calls on a small domain, compared after each with a model that keeps
 * one word per page: what is mapped there, and whose range it is.
 */
#include "domain_log.h"

#include <harness/rng.h>

#define PAGES 64u
#define STEPS 4000u

struct model {
	iolas_pa pa[PAGES];    /* UNMAPPED */
	unsigned owner[PAGES]; /* 0: free */
	unsigned base[PAGES];  /* first page of the owner's range */
	unsigned len[PAGES];   /* at a base: pages */
};

static void compare(struct rig *rig, const struct model *model)
{
	for (unsigned p = 1; p < PAGES; p++)
		CHECK_EQ(rig_pa(rig, p * PAGE), model->pa[p]);
}

static bool fits(const struct model *model, unsigned pages)
{
	unsigned run = 0;

	for (unsigned p = 1; p < PAGES; p++) {
		run = model->owner[p] ? 0 : run + 1;
		if (run == pages)
			return true;
	}
	return false;
}

static void step_alloc(struct rig *rig, struct model *model, struct rng *rng,
		       unsigned number)
{
	const unsigned pages = 1 + (unsigned)rng_below(rng, 9);
	const iolas_pa pa = PA + rng_below(rng, 1000) * PAGE;
	iolas_iova iova;
	int status = iolas_domain_alloc_map_run(rig->domain, pa, pages * PAGE,
						RW, NULL, &iova);

	if (!fits(model, pages)) {
		CHECK_EQ(status, IOLAS_ENOSPC);
		return;
	}
	CHECK_EQ(status, IOLAS_OK);
	for (unsigned i = 0; i < pages; i++) {
		const unsigned p = (unsigned)(iova / PAGE) + i;

		CHECK_EQ(model->owner[p], 0);
		model->owner[p] = number;
		model->pa[p] = pa + i * PAGE;
		model->base[p] = (unsigned)(iova / PAGE);
	}
	model->len[iova / PAGE] = pages;
}

static void step_free(struct rig *rig, struct model *model, struct rng *rng)
{
	const unsigned page = 1 + (unsigned)rng_below(rng, PAGES - 1);
	const unsigned pages = 1 + (unsigned)rng_below(rng, 9);
	const bool is_exact = model->owner[page] && model->base[page] == page &&
			      model->len[page] == pages;
	int status =
		iolas_domain_unmap_free(rig->domain, page * PAGE, pages * PAGE);

	CHECK_EQ(status, is_exact ? IOLAS_OK : IOLAS_ENOENT);
	if (!is_exact)
		return;
	for (unsigned p = page; p < page + pages; p++) {
		model->owner[p] = 0;
		model->pa[p] = UNMAPPED;
	}
}

/* Unmaps part of somebody's range, or maps a hole in it again. */
static void step_inside(struct rig *rig, struct model *model, struct rng *rng,
			struct iolas_gather *gather)
{
	const unsigned page = 1 + (unsigned)rng_below(rng, PAGES - 1);
	const iolas_pa pa = PA + rng_below(rng, 1000) * PAGE;

	if (!model->owner[page])
		return;
	if (model->pa[page] == UNMAPPED) {
		/* Batched: nobody maps over what still waits. */
		CHECK_EQ(iolas_domain_sync(rig->domain, gather), IOLAS_OK);
		CHECK_EQ(iolas_domain_map(rig->domain, page * PAGE, pa, PAGE,
					  RW),
			 IOLAS_OK);
		model->pa[page] = pa;
		return;
	}
	CHECK_EQ(iolas_domain_map(rig->domain, page * PAGE, pa, PAGE, RW),
		 IOLAS_EEXIST);
	CHECK_EQ(iolas_domain_unmap(rig->domain, page * PAGE, PAGE, gather),
		 IOLAS_OK);
	model->pa[page] = UNMAPPED;
}

static void run(uint32_t policy, struct rng *rng)
{
	struct model model = { .owner = { 0 } };
	struct iolas_gather gather;
	struct rig rig;

	for (unsigned p = 0; p < PAGES; p++)
		model.pa[p] = UNMAPPED;
	rig_prepare(&rig, policy);
	rig.config.first = PAGE;
	rig.config.last = PAGES * PAGE - 1;
	rig.config.bound_count = 7;
	rig.config.bound_bytes = 20 * PAGE;
	rig.config.history_count = 5;
	rig_start(&rig);
	iolas_gather_init(&gather);
	for (unsigned i = 1; i <= STEPS; i++) {
		switch (rng_below(rng, 8)) {
		case 0:
		case 1:
			step_alloc(&rig, &model, rng, i);
			break;
		case 2:
		case 3:
		case 4:
			step_free(&rig, &model, rng);
			break;
		case 5:
		case 6:
			step_inside(&rig, &model, rng, &gather);
			break;
		case 7:
			CHECK_EQ(iolas_domain_sync(rig.domain, &gather),
				 IOLAS_OK);
			break;
		}
		compare(&rig, &model);
		CHECK(rig_stats(&rig).deferred_count <= 7);
		CHECK(rig_stats(&rig).deferred_bytes <= 20 * PAGE);
	}
	CHECK_EQ(iolas_domain_sync(rig.domain, &gather), IOLAS_OK);
	CHECK_EQ(iolas_range_check(iolas_domain_space(rig.domain)), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy_all(rig.domain), IOLAS_OK);
	CHECK(counting_host_is_empty(&rig.host));
	counting_host_fini(&rig.host);
}

static void random_calls_agree_with_the_model(void **state)
{
	struct rng rng = rng_seed(20);

	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++)
		run(policy, &rng);
}

RUN_CASES(CASE(random_calls_agree_with_the_model))
