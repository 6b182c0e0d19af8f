/* SPDX-License-Identifier: MIT */
/*
 * Domains: what create accepts, where ranges come from, maps and their undoing,
 * and bad input for every call.
 */
#include "domain_rig.h"

#include <iolas/pagelist.h>

static void a_mapped_range_translates_and_an_unmapped_one_does_not(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 3 * PAGE, RW, NULL,
					    &iova),
		 IOLAS_OK);
	for (uint64_t at = 0; at < 3 * PAGE; at += PAGE)
		CHECK_EQ(rig_pa(&rig, iova + at), PA + at);
	CHECK_EQ(rig_pa(&rig, iova + 3 * PAGE), UNMAPPED);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 3 * PAGE), IOLAS_OK);
	CHECK_EQ(rig_pa(&rig, iova), UNMAPPED);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	rig_fini(&rig);
}

static void address_zero_is_never_handed_out_by_default(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova), IOLAS_OK);
	CHECK_EQ(iova, PAGE);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void address_zero_is_handed_out_when_asked_for(void **state)
{
	struct rig rig;
	iolas_iova iova = 1;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.config.last = PAGE - 1;
	rig_start(&rig);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova), IOLAS_OK);
	CHECK_EQ(iova, 0);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova),
		 IOLAS_ENOSPC);
	CHECK_EQ(iolas_domain_free(rig.domain, 0, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

/* spec/page-table-formats.md section 1.1 */
static void the_interrupt_window_is_not_handed_out(void **state)
{
	struct iolas_range_constraints at = {
		.struct_size = sizeof(at),
		.flags = IOLAS_PLACE_EXPLICIT,
		.at = 0xfee00000,
	};
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, &at, &iova),
		 IOLAS_ENOSPC);
	at.at = 0xfeeff000;
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, &at, &iova),
		 IOLAS_ENOSPC);
	at.at = 0xfef00000;
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, &at, &iova), IOLAS_OK);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	at.at = 0xfedff000;
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, &at, &iova), IOLAS_OK);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void a_canonical_format_allocates_from_the_lower_half(void **state)
{
	const struct iolas_range_constraints high = {
		.struct_size = sizeof(high),
		.flags = IOLAS_PLACE_HIGH,
	};
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.pgtable.format = IOLAS_FORMAT_X86_64;
	rig_start(&rig);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, &high, &iova), IOLAS_OK);
	CHECK_EQ(iova, (UINT64_C(1) << 47) - PAGE);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void create_refuses_what_it_cannot_be(void **state)
{
	struct iolas_domain *domain = (void *)&domain;
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
#define REFUSED(status)                                                    \
	do {                                                               \
		CHECK_EQ(iolas_domain_create(&rig.host.table, &rig.config, \
					     &domain),                     \
			 (status));                                        \
		CHECK(domain == NULL);                                     \
		CHECK(counting_host_is_empty(&rig.host));                  \
	} while (0)
	rig.config.policy = 3;
	REFUSED(IOLAS_EINVAL);
	rig.config.policy = 0;
	rig.config.pgtable = NULL;
	REFUSED(IOLAS_EINVAL);
	rig.config.pgtable = &rig.pgtable;
	rig.config.struct_size--;
	REFUSED(IOLAS_EINVAL);
	rig.config.struct_size++;
	rig.config.first = PAGE;
	REFUSED(IOLAS_EINVAL);
	rig.config.last = 2 * PAGE;
	REFUSED(IOLAS_EINVAL);
	rig.config.last = UINT64_MAX;
	REFUSED(IOLAS_ERANGE);
	rig.config.last = (UINT64_C(1) << 48) + PAGE - 1;
	REFUSED(IOLAS_ERANGE);
	rig.config.first = rig.config.last = 0;
	rig.config.bound_count = 65537;
	REFUSED(IOLAS_EINVAL);
	rig.config.bound_count = 0;
	rig.config.history_count = 65537;
	REFUSED(IOLAS_EINVAL);
	rig.config.history_count = 0;
	rig.pgtable.format = 77;
	REFUSED(IOLAS_ENOTSUP);
	rig.pgtable.format = IOLAS_FORMAT_VTD_SS;
	rig.pgtable.flags = 0x80000000;
	REFUSED(IOLAS_EINVAL);
	rig.pgtable.flags = 0;
	rig.config.policy = IOLAS_POLICY_DEFERRED;
	rig.config.bound_ns = 1;
	rig.host.table.clock_ns = NULL;
	REFUSED(IOLAS_ENOTSUP);
#undef REFUSED
	CHECK_EQ(iolas_domain_create(NULL, &rig.config, &domain), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_create(&rig.host.table, NULL, &domain),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_create(&rig.host.table, &rig.config, NULL),
		 IOLAS_EINVAL);
	counting_host_fini(&rig.host);
}

static void a_longer_config_passes_with_a_zero_tail_only(void **state)
{
	struct {
		struct iolas_domain_config config;
		uint64_t tail;
	} longer;
	struct iolas_domain *domain;
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	longer.config = rig.config;
	longer.config.struct_size = sizeof(longer);
	longer.tail = 1;
	CHECK_EQ(iolas_domain_create(&rig.host.table, &longer.config, &domain),
		 IOLAS_EINVAL);
	longer.tail = 0;
	CHECK_EQ(iolas_domain_create(&rig.host.table, &longer.config, &domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(domain), IOLAS_OK);
	counting_host_fini(&rig.host);
}

static void every_call_survives_no_domain(void **state)
{
	struct iolas_domain_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_history history = { .struct_size = sizeof(history) };
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	struct iolas_observer observer = { .struct_size = sizeof(observer) };
	iolas_iova iova;
	uint64_t id;

	(void)state;
	CHECK_EQ(iolas_domain_destroy(NULL), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy_all(NULL), IOLAS_OK);
	CHECK(iolas_domain_space(NULL) == NULL);
	CHECK(iolas_domain_pgtable(NULL) == NULL);
	CHECK_EQ(iolas_domain_alloc(NULL, PAGE, NULL, &iova), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_free(NULL, PAGE, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(NULL, PAGE, PA, PAGE, RW), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map_list(NULL, PAGE, NULL, 0, PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap(NULL, PAGE, PAGE, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_sync(NULL, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map(NULL, NULL, RW, NULL, &iova),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map_run(NULL, PA, PAGE, RW, NULL, &iova),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap_free(NULL, PAGE, PAGE), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_protect(NULL, PAGE, PAGE, RW), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_lookup(NULL, PAGE, &mapping), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_observe(NULL, &observer, &id), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unobserve(NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_history(NULL, PAGE, &history), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_stats(NULL, &stats), IOLAS_EINVAL);
}

static void bad_arguments_change_nothing(void **state)
{
	struct iolas_gather garbage = { .flags = 0x40 };
	struct iolas_domain_stats before, after;
	iolas_iova iova = 7;
	struct rig rig;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_BATCHED);
	before = rig_stats(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE + 1, PA, PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, PA + 1, PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, PA, PAGE + 1, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, PA, 0, RW), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, PA, PAGE, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, PA, PAGE, 0x8000),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map(rig.domain, UINT64_C(1) << 60, PA, PAGE, RW),
		 IOLAS_ERANGE);
	CHECK_EQ(iolas_domain_map(rig.domain, -PAGE, PA, 2 * PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_map_list(rig.domain, PAGE, NULL, 0, PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE + 1, PAGE, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap(rig.domain, -PAGE, 2 * PAGE, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE, PAGE, &garbage),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_sync(rig.domain, &garbage), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map(rig.domain, NULL, RW, NULL, &iova),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, PAGE, RW, NULL,
					    NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 0, RW, NULL, &iova),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA + 3, PAGE, RW, NULL,
					    &iova),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, PAGE, 0, NULL,
					    &iova),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_alloc(rig.domain, 1, NULL, &iova), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_protect(rig.domain, PAGE, 0, RW), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_protect(rig.domain, PAGE, PAGE, RW),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_lookup(rig.domain, PAGE, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_stats(rig.domain, NULL), IOLAS_EINVAL);
	after = rig_stats(&rig);
	CHECK_MEM(&before, &after, sizeof(before));
	CHECK_EQ(iova, 7);
	CHECK_EQ(rig_live_ranges(&rig), 0);
	rig_fini(&rig);
}

static void free_is_exact(void **state)
{
	struct rig rig;
	iolas_iova a, b;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 2 * PAGE, RW, NULL,
					    &a),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 2 * PAGE, RW, NULL,
					    &b),
		 IOLAS_OK);
	CHECK_EQ(b, a + 2 * PAGE);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, 4 * PAGE),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a + PAGE, PAGE),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, -PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, -PAGE, 2 * PAGE),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_free(rig.domain, a + PAGE, PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_free(rig.domain, a, 0), IOLAS_EINVAL);
	CHECK_EQ(rig_pa(&rig, a), PA);
	CHECK_EQ(rig_pa(&rig, b + PAGE), PA + PAGE);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, 2 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, a, 2 * PAGE),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_free(rig.domain, a, 2 * PAGE), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, b, 2 * PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void destroy_waits_for_the_last_range(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc(rig.domain, PAGE, NULL, &iova), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(rig.domain), IOLAS_EBUSY);
	CHECK_EQ(iolas_domain_free(rig.domain, iova, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void destroy_all_takes_everything_along(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_DEFERRED);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 3 * PAGE,
						    RW, NULL, &iova),
			 IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 3 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy_all(rig.domain), IOLAS_OK);
	CHECK(counting_host_is_empty(&rig.host));
	counting_host_fini(&rig.host);
}

static struct iolas_pagelist *scattered_list(struct rig *rig, unsigned pages)
{
	struct iolas_pagelist *list;

	CHECK_EQ(iolas_pagelist_create(&rig->host.table, 12, &list), IOLAS_OK);
	for (unsigned i = 0; i < pages; i++)
		CHECK_EQ(iolas_pagelist_append_run(list, PA + 2 * i * PAGE,
						   PAGE),
			 IOLAS_OK);
	return list;
}

static void a_list_is_mapped_page_by_page(void **state)
{
	struct iolas_pagelist *list;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	list = scattered_list(&rig, 5);
	CHECK_EQ(iolas_pagelist_set_bytes(list, 100, 4 * PAGE), IOLAS_OK);
	CHECK_EQ(iolas_domain_alloc_map(rig.domain, list, RW, NULL, &iova),
		 IOLAS_OK);
	for (unsigned i = 0; i < 5; i++)
		CHECK_EQ(rig_pa(&rig, iova + i * PAGE), PA + 2 * i * PAGE);
	CHECK_EQ(iolas_domain_unmap(rig.domain, iova, 5 * PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map_list(rig.domain, iova, list, 2 * PAGE,
				       2 * PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(rig_pa(&rig, iova), PA + 4 * PAGE);
	CHECK_EQ(rig_pa(&rig, iova + PAGE), PA + 6 * PAGE);
	CHECK_EQ(rig_pa(&rig, iova + 2 * PAGE), UNMAPPED);
	CHECK_EQ(iolas_domain_map_list(rig.domain, iova + 2 * PAGE, list,
				       4 * PAGE, 2 * PAGE, RW),
		 IOLAS_ERANGE);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 5 * PAGE), IOLAS_OK);
	iolas_pagelist_clear(list);
	CHECK_EQ(iolas_domain_alloc_map(rig.domain, list, RW, NULL, &iova),
		 IOLAS_EINVAL);
	iolas_pagelist_destroy(list);
	rig_fini(&rig);
}

static void a_large_run_lies_so_that_large_leaves_fit(void **state)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	const uint64_t len = UINT64_C(4) << 20;
	struct rig rig;
	iolas_iova small, large;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, PAGE, RW, NULL,
					    &small),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, len, RW, NULL,
					    &large),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_lookup(rig.domain, large, &m), IOLAS_OK);
	CHECK_EQ(m.size, UINT64_C(2) << 20);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, large, len), IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, small, PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void a_large_run_still_fits_where_large_leaves_do_not(void **state)
{
	const uint64_t len = UINT64_C(2) << 20;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_STRICT);
	rig.config.first = PAGE;
	rig.config.last = PAGE + len - 1;
	rig_start(&rig);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, len, RW, NULL,
					    &iova),
		 IOLAS_OK);
	CHECK_EQ(iova, PAGE);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, PAGE, RW, NULL,
					    &iova),
		 IOLAS_ENOSPC);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, PAGE, len), IOLAS_OK);
	rig_fini(&rig);
}

static void protect_changes_rights_and_nothing_else(void **state)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 2 * PAGE, RW, NULL,
					    &iova),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_protect(rig.domain, iova, PAGE, IOLAS_READ),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_lookup(rig.domain, iova, &m), IOLAS_OK);
	CHECK_EQ(m.prot & RW, IOLAS_READ);
	CHECK_EQ(m.pa, PA);
	CHECK_EQ(iolas_domain_lookup(rig.domain, iova + PAGE, &m), IOLAS_OK);
	CHECK_EQ(m.prot & RW, RW);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 2 * PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static void what_is_mapped_already_stays(void **state)
{
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig, IOLAS_POLICY_STRICT);
	CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA, 2 * PAGE, RW, NULL,
					    &iova),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, iova + PAGE, PA + 9 * PAGE,
				  2 * PAGE, RW),
		 IOLAS_EEXIST);
	CHECK_EQ(rig_pa(&rig, iova + PAGE), PA + PAGE);
	CHECK_EQ(rig_pa(&rig, iova + 2 * PAGE), UNMAPPED);
	CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 2 * PAGE), IOLAS_OK);
	rig_fini(&rig);
}

static int create_once(struct counting_host *host, void *arg)
{
	struct rig *rig = arg;
	struct iolas_domain *domain;
	int status = iolas_domain_create(&host->table, &rig->config, &domain);

	if (status)
		CHECK(domain == NULL);
	iolas_domain_destroy(domain);
	return status;
}

static void create_survives_every_refused_allocation(void **state)
{
	struct rig rig;

	(void)state;
	rig_prepare(&rig, IOLAS_POLICY_DEFERRED);
	rig.config.history_count = 100;
	CHECK(counting_host_fail_each(&rig.host, create_once, &rig) >= 3);
	counting_host_fini(&rig.host);
}

/* A fresh domain each time, made while nothing is refused. */
static int alloc_map_once(struct counting_host *host, void *arg)
{
	struct rig *rig = arg;
	const uint64_t len = (UINT64_C(256) << 20) + 3 * PAGE;
	const uint64_t first = atomic_load(&host->fail_first);
	const uint64_t last = atomic_load(&host->fail_last);
	struct iolas_domain_stats before, after;
	iolas_iova iova = 5;
	int status;

	counting_host_fail_at(host, 0);
	rig_start(rig);
	before = rig_stats(rig);
	atomic_store(&host->requests, 0);
	atomic_store(&host->fail_first, first);
	atomic_store(&host->fail_last, last);
	status = iolas_domain_alloc_map_run(rig->domain, PA, len, RW, NULL,
					    &iova);
	if (status) {
		CHECK_EQ(iova, 5);
		after = rig_stats(rig);
		CHECK_MEM(&before, &after, sizeof(before));
		CHECK_EQ(rig_live_ranges(rig), 0);
		CHECK_EQ(iolas_domain_destroy(rig->domain), IOLAS_OK);
		return status;
	}
	/* Under refusal too: freeing needs nothing from the host. */
	CHECK_EQ(iolas_domain_unmap_free(rig->domain, iova, len), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(rig->domain), IOLAS_OK);
	return status;
}

static void alloc_map_survives_every_refused_allocation(void **state)
{
	struct rig rig;

	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++) {
		rig_prepare(&rig, policy);
		rig.config.first = PAGE;
		rig.config.last = (UINT64_C(1) << 40) - 1;
		rig.pgtable.page_sizes = PAGE; /* many tables */
		CHECK(counting_host_fail_each(&rig.host, alloc_map_once,
					      &rig) >= 1);
		counting_host_fini(&rig.host);
	}
}

RUN_CASES(CASE(a_mapped_range_translates_and_an_unmapped_one_does_not),
	  CASE(address_zero_is_never_handed_out_by_default),
	  CASE(address_zero_is_handed_out_when_asked_for),
	  CASE(the_interrupt_window_is_not_handed_out),
	  CASE(a_canonical_format_allocates_from_the_lower_half),
	  CASE(create_refuses_what_it_cannot_be),
	  CASE(a_longer_config_passes_with_a_zero_tail_only),
	  CASE(every_call_survives_no_domain),
	  CASE(bad_arguments_change_nothing), CASE(free_is_exact),
	  CASE(destroy_waits_for_the_last_range),
	  CASE(destroy_all_takes_everything_along),
	  CASE(a_list_is_mapped_page_by_page),
	  CASE(a_large_run_lies_so_that_large_leaves_fit),
	  CASE(a_large_run_still_fits_where_large_leaves_do_not),
	  CASE(protect_changes_rights_and_nothing_else),
	  CASE(what_is_mapped_already_stays),
	  CASE(create_survives_every_refused_allocation),
	  CASE(alloc_map_survives_every_refused_allocation))
