/* SPDX-License-Identifier: MIT */
/*
 * A domain on a counting host with a clock that the test sets.  Physical
 * addresses of what is mapped are made up: nobody touches that memory here.
 */
#ifndef TEST_DOMAIN_DOMAIN_RIG_H
#define TEST_DOMAIN_DOMAIN_RIG_H

#include <harness/check.h>
#include <harness/counting_host.h>

#include <iolas/domain.h>

#define PAGE UINT64_C(4096)
#define RW   (IOLAS_READ | IOLAS_WRITE)
#define PA   UINT64_C(0x100000000)

static _Atomic(uint64_t) rig_now = 1000;

static inline uint64_t rig_clock(void *user)
{
	(void)user;
	return atomic_load_explicit(&rig_now, memory_order_relaxed);
}

struct rig {
	struct counting_host host;
	struct iolas_pgtable_config pgtable;
	struct iolas_domain_config config;
	struct iolas_domain *domain;
};

/* Everything but the domain; change rig->config before rig_start(). */
static inline void rig_prepare(struct rig *rig, uint32_t policy)
{
	counting_host_init(&rig->host);
	rig->host.table.clock_ns = rig_clock;
	rig->pgtable = (struct iolas_pgtable_config){
		.struct_size = sizeof(rig->pgtable),
		.format = IOLAS_FORMAT_VTD_SS,
	};
	rig->config = (struct iolas_domain_config){
		.struct_size = sizeof(rig->config),
		.policy = policy,
		.pgtable = &rig->pgtable,
	};
	rig->domain = NULL;
}

static inline void rig_start(struct rig *rig)
{
	CHECK_EQ(iolas_domain_create(&rig->host.table, &rig->config,
				     &rig->domain),
		 IOLAS_OK);
}

static inline void rig_init(struct rig *rig, uint32_t policy)
{
	rig_prepare(rig, policy);
	rig_start(rig);
}

/* The domain must be empty. */
static inline void rig_fini(struct rig *rig)
{
	CHECK_EQ(iolas_domain_destroy(rig->domain), IOLAS_OK);
	CHECK(counting_host_is_empty(&rig->host));
	counting_host_fini(&rig->host);
}

static inline struct iolas_domain_stats rig_stats(struct rig *rig)
{
	struct iolas_domain_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_domain_stats(rig->domain, &stats), IOLAS_OK);
	return stats;
}

static inline uint64_t rig_live_ranges(struct rig *rig)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_range_stats(iolas_domain_space(rig->domain), &stats),
		 IOLAS_OK);
	return stats.live_count;
}

/* Memory address behind @iova; all ones when nothing is mapped there. */
static inline iolas_pa rig_pa(struct rig *rig, iolas_iova iova)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };

	if (iolas_domain_lookup(rig->domain, iova, &m))
		return UINT64_MAX;
	return m.pa + (iova - m.iova);
}

#define UNMAPPED UINT64_MAX

#endif /* TEST_DOMAIN_DOMAIN_RIG_H */
