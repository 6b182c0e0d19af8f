/* SPDX-License-Identifier: MIT */
/*
 * Where the members of public structs lie on 64-bit hosts, as first released.
 * Floor: abi.  The numbers follow from the declarations and the rule that each
 * member lies at the next multiple of its own alignment; a member that moves,
 * shrinks or changes its type shows here.  New members go to the end of a
 * struct and of its rows; rows that are there stay.
 */
#include <iolas/iolas.h>
#include <iolas/jemalloc.h>

#include "harness/check.h"

struct row {
	const char *member;
	size_t offset;
	size_t released;
};

#define AT(type, member) #type "." #member, offsetof(struct type, member)
#define BYTES(type)	 "sizeof " #type, sizeof(struct type)

/* Compares rows and names the first that differs. */
static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].offset != rows[i].released)
			fail_msg("%s is %zu, was released as %zu",
				 rows[i].member, rows[i].offset,
				 rows[i].released);
}

static void members_of_base_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_span, first), 0 },
		{ AT(iolas_span, last), 8 },
		{ BYTES(iolas_span), 16 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_host_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_host, struct_size), 0 },
		{ AT(iolas_host, flags), 4 },
		{ AT(iolas_host, user), 8 },
		{ AT(iolas_host, pa_bias), 16 },
		{ AT(iolas_host, chunk_alloc), 24 },
		{ AT(iolas_host, chunk_free), 32 },
		{ AT(iolas_host, pa_to_ptr), 40 },
		{ AT(iolas_host, cache_flush), 48 },
		{ AT(iolas_host, clock_ns), 56 },
		{ AT(iolas_host, log), 64 },
		{ AT(iolas_host, relax), 72 },
		{ AT(iolas_host, cpu_enter), 80 },
		{ AT(iolas_host, cpu_leave), 88 },
		{ AT(iolas_host, barrier_all), 96 },
		{ AT(iolas_host, thread_id), 104 },
		{ BYTES(iolas_host), 112 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_range_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_range_config, struct_size), 0 },
		{ AT(iolas_range_config, flags), 4 },
		{ AT(iolas_range_config, first), 8 },
		{ AT(iolas_range_config, last), 16 },
		{ AT(iolas_range_config, granule_lg2), 24 },
		{ AT(iolas_range_config, reserved), 28 },
		{ BYTES(iolas_range_config), 32 },
		{ AT(iolas_range_constraints, struct_size), 0 },
		{ AT(iolas_range_constraints, flags), 4 },
		{ AT(iolas_range_constraints, align), 8 },
		{ AT(iolas_range_constraints, first), 16 },
		{ AT(iolas_range_constraints, last), 24 },
		{ AT(iolas_range_constraints, boundary), 32 },
		{ AT(iolas_range_constraints, guard), 40 },
		{ AT(iolas_range_constraints, at), 48 },
		{ AT(iolas_range_constraints, seed), 56 },
		{ BYTES(iolas_range_constraints), 64 },
		{ AT(iolas_range_info, struct_size), 0 },
		{ AT(iolas_range_info, kind), 4 },
		{ AT(iolas_range_info, first), 8 },
		{ AT(iolas_range_info, last), 16 },
		{ BYTES(iolas_range_info), 24 },
		{ AT(iolas_range_stats, struct_size), 0 },
		{ AT(iolas_range_stats, reserved), 4 },
		{ AT(iolas_range_stats, live_count), 8 },
		{ AT(iolas_range_stats, live_bytes_m1), 16 },
		{ AT(iolas_range_stats, guard_bytes), 24 },
		{ AT(iolas_range_stats, reserved_count), 32 },
		{ AT(iolas_range_stats, reserved_bytes_m1), 40 },
		{ AT(iolas_range_stats, hole_count), 48 },
		{ AT(iolas_range_stats, free_bytes_m1), 56 },
		{ AT(iolas_range_stats, largest_first), 64 },
		{ AT(iolas_range_stats, largest_last), 72 },
		{ AT(iolas_range_stats, metadata_bytes), 80 },
		{ AT(iolas_range_stats, alloc_count), 88 },
		{ AT(iolas_range_stats, free_count), 96 },
		{ AT(iolas_range_stats, fail_count), 104 },
		{ BYTES(iolas_range_stats), 112 },
		{ AT(iolas_range_explanation, struct_size), 0 },
		{ AT(iolas_range_explanation, binding), 4 },
		{ AT(iolas_range_explanation, run_first), 8 },
		{ AT(iolas_range_explanation, run_last), 16 },
		{ AT(iolas_range_explanation, holder), 24 },
		{ AT(iolas_range_explanation, relaxed), 48 },
		{ AT(iolas_range_explanation, relaxed_iova), 112 },
		{ AT(iolas_range_explanation, has_relaxed), 120 },
		{ AT(iolas_range_explanation, reserved), 124 },
		{ BYTES(iolas_range_explanation), 128 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_pagelist_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_run, pa), 0 },
		{ AT(iolas_run, len), 8 },
		{ BYTES(iolas_run), 16 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_physmem_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_backing, struct_size), 0 },
		{ AT(iolas_backing, flags), 4 },
		{ AT(iolas_backing, user), 8 },
		{ AT(iolas_backing, create), 16 },
		{ AT(iolas_backing, destroy), 24 },
		{ AT(iolas_backing, view_reserve), 32 },
		{ AT(iolas_backing, view_map), 40 },
		{ AT(iolas_backing, view_release), 48 },
		{ AT(iolas_backing, zero), 56 },
		{ BYTES(iolas_backing), 64 },
		{ AT(iolas_physmem_region, first), 0 },
		{ AT(iolas_physmem_region, last), 8 },
		{ AT(iolas_physmem_region, node), 16 },
		{ AT(iolas_physmem_region, flags), 20 },
		{ AT(iolas_physmem_region, memory), 24 },
		{ BYTES(iolas_physmem_region), 32 },
		{ AT(iolas_physmem_config, struct_size), 0 },
		{ AT(iolas_physmem_config, flags), 4 },
		{ AT(iolas_physmem_config, page_lg2), 8 },
		{ AT(iolas_physmem_config, region_count), 12 },
		{ AT(iolas_physmem_config, regions), 16 },
		{ AT(iolas_physmem_config, backing), 24 },
		{ BYTES(iolas_physmem_config), 32 },
		{ AT(iolas_physmem_request, struct_size), 0 },
		{ AT(iolas_physmem_request, flags), 4 },
		{ AT(iolas_physmem_request, node), 8 },
		{ AT(iolas_physmem_request, reserved), 12 },
		{ AT(iolas_physmem_request, where), 16 },
		{ BYTES(iolas_physmem_request), 80 },
		{ AT(iolas_physmem_stats, struct_size), 0 },
		{ AT(iolas_physmem_stats, node), 4 },
		{ AT(iolas_physmem_stats, total_pages), 8 },
		{ AT(iolas_physmem_stats, free_pages), 16 },
		{ AT(iolas_physmem_stats, fragment_pages), 24 },
		{ AT(iolas_physmem_stats, view_count), 32 },
		{ AT(iolas_physmem_stats, largest_pages), 40 },
		{ AT(iolas_physmem_stats, poison_hits), 48 },
		{ AT(iolas_physmem_stats, highest), 56 },
		{ BYTES(iolas_physmem_stats), 64 },
		{ AT(iolas_physmem_info, struct_size), 0 },
		{ AT(iolas_physmem_info, kind), 4 },
		{ AT(iolas_physmem_info, first), 8 },
		{ AT(iolas_physmem_info, last), 16 },
		{ AT(iolas_physmem_info, node), 24 },
		{ AT(iolas_physmem_info, reserved), 28 },
		{ BYTES(iolas_physmem_info), 32 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_pgtable_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_pgtable_config, struct_size), 0 },
		{ AT(iolas_pgtable_config, format), 4 },
		{ AT(iolas_pgtable_config, flags), 8 },
		{ AT(iolas_pgtable_config, levels), 12 },
		{ AT(iolas_pgtable_config, output_bits), 16 },
		{ AT(iolas_pgtable_config, reserved), 20 },
		{ AT(iolas_pgtable_config, page_sizes), 24 },
		{ AT(iolas_pgtable_config, held_bytes_max), 32 },
		{ BYTES(iolas_pgtable_config), 40 },
		{ AT(iolas_pgtable_info, struct_size), 0 },
		{ AT(iolas_pgtable_info, format), 4 },
		{ AT(iolas_pgtable_info, flags), 8 },
		{ AT(iolas_pgtable_info, levels), 12 },
		{ AT(iolas_pgtable_info, granule_lg2), 16 },
		{ AT(iolas_pgtable_info, input_bits), 20 },
		{ AT(iolas_pgtable_info, output_bits), 24 },
		{ AT(iolas_pgtable_info, reserved), 28 },
		{ AT(iolas_pgtable_info, page_sizes), 32 },
		{ AT(iolas_pgtable_info, input), 40 },
		{ AT(iolas_pgtable_info, root_pa), 56 },
		{ BYTES(iolas_pgtable_info), 64 },
		{ AT(iolas_cursor, word), 0 },
		{ BYTES(iolas_cursor), 32 },
		{ AT(iolas_gather, first), 0 },
		{ AT(iolas_gather, last), 8 },
		{ AT(iolas_gather, leaf_sizes), 16 },
		{ AT(iolas_gather, flags), 24 },
		{ AT(iolas_gather, count), 28 },
		{ AT(iolas_gather, slot), 32 },
		{ BYTES(iolas_gather), 96 },
		{ AT(iolas_mapping, struct_size), 0 },
		{ AT(iolas_mapping, level), 4 },
		{ AT(iolas_mapping, iova), 8 },
		{ AT(iolas_mapping, pa), 16 },
		{ AT(iolas_mapping, size), 24 },
		{ AT(iolas_mapping, prot), 32 },
		{ AT(iolas_mapping, flags), 36 },
		{ AT(iolas_mapping, raw), 40 },
		{ BYTES(iolas_mapping), 48 },
		{ AT(iolas_pgtable_stats, struct_size), 0 },
		{ AT(iolas_pgtable_stats, reserved), 4 },
		{ AT(iolas_pgtable_stats, table_count), 8 },
		{ AT(iolas_pgtable_stats, detached_count), 16 },
		{ AT(iolas_pgtable_stats, free_count), 24 },
		{ AT(iolas_pgtable_stats, table_bytes), 32 },
		{ AT(iolas_pgtable_stats, host_bytes), 40 },
		{ BYTES(iolas_pgtable_stats), 48 },
		{ AT(iolas_accessor, struct_size), 0 },
		{ AT(iolas_accessor, flags), 4 },
		{ AT(iolas_accessor, user), 8 },
		{ AT(iolas_accessor, read64), 16 },
		{ BYTES(iolas_accessor), 24 },
		{ AT(iolas_walk_step, table_pa), 0 },
		{ AT(iolas_walk_step, index), 8 },
		{ AT(iolas_walk_step, level), 12 },
		{ AT(iolas_walk_step, value), 16 },
		{ BYTES(iolas_walk_step), 24 },
		{ AT(iolas_walk, struct_size), 0 },
		{ AT(iolas_walk, reason), 4 },
		{ AT(iolas_walk, step_count), 8 },
		{ AT(iolas_walk, reserved), 12 },
		{ AT(iolas_walk, step), 16 },
		{ AT(iolas_walk, mapping), 160 },
		{ BYTES(iolas_walk), 208 },
		{ AT(iolas_foreign_unit, struct_size), 0 },
		{ AT(iolas_foreign_unit, output_bits), 4 },
		{ AT(iolas_foreign_unit, level_counts), 8 },
		{ AT(iolas_foreign_unit, reserved), 12 },
		{ AT(iolas_foreign_unit, root_table_pa), 16 },
		{ BYTES(iolas_foreign_unit), 24 },
		{ AT(iolas_context, struct_size), 0 },
		{ AT(iolas_context, reason), 4 },
		{ AT(iolas_context, type), 8 },
		{ AT(iolas_context, levels), 12 },
		{ AT(iolas_context, domain_id), 16 },
		{ AT(iolas_context, reserved), 20 },
		{ AT(iolas_context, root_pa), 24 },
		{ BYTES(iolas_context), 32 },
		{ AT(iolas_attach_words, struct_size), 0 },
		{ AT(iolas_attach_words, word_count), 4 },
		{ AT(iolas_attach_words, word), 8 },
		{ AT(iolas_attach_words, table_pa), 72 },
		{ BYTES(iolas_attach_words), 80 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_domain_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_domain_config, struct_size), 0 },
		{ AT(iolas_domain_config, policy), 4 },
		{ AT(iolas_domain_config, pgtable), 8 },
		{ AT(iolas_domain_config, first), 16 },
		{ AT(iolas_domain_config, last), 24 },
		{ AT(iolas_domain_config, bound_ns), 32 },
		{ AT(iolas_domain_config, bound_bytes), 40 },
		{ AT(iolas_domain_config, bound_count), 48 },
		{ AT(iolas_domain_config, history_count), 52 },
		{ BYTES(iolas_domain_config), 56 },
		{ AT(iolas_invalidation, struct_size), 0 },
		{ AT(iolas_invalidation, flags), 4 },
		{ AT(iolas_invalidation, span), 8 },
		{ AT(iolas_invalidation, leaf_sizes), 24 },
		{ BYTES(iolas_invalidation), 32 },
		{ AT(iolas_observer, struct_size), 0 },
		{ AT(iolas_observer, flags), 4 },
		{ AT(iolas_observer, user), 8 },
		{ AT(iolas_observer, mapped), 16 },
		{ AT(iolas_observer, unmapped), 24 },
		{ AT(iolas_observer, allocated), 32 },
		{ AT(iolas_observer, freed), 40 },
		{ AT(iolas_observer, invalidate), 48 },
		{ BYTES(iolas_observer), 56 },
		{ AT(iolas_history, struct_size), 0 },
		{ AT(iolas_history, prot), 4 },
		{ AT(iolas_history, iova), 8 },
		{ AT(iolas_history, last), 16 },
		{ AT(iolas_history, pa), 24 },
		{ AT(iolas_history, unmapped_ns), 32 },
		{ AT(iolas_history, age), 40 },
		{ BYTES(iolas_history), 48 },
		{ AT(iolas_domain_stats, struct_size), 0 },
		{ AT(iolas_domain_stats, observer_count), 4 },
		{ AT(iolas_domain_stats, map_count), 8 },
		{ AT(iolas_domain_stats, unmap_count), 16 },
		{ AT(iolas_domain_stats, map_bytes), 24 },
		{ AT(iolas_domain_stats, unmap_bytes), 32 },
		{ AT(iolas_domain_stats, invalidation_count), 40 },
		{ AT(iolas_domain_stats, deferred_count), 48 },
		{ AT(iolas_domain_stats, deferred_bytes), 56 },
		{ AT(iolas_domain_stats, deferred_peak_ns), 64 },
		{ AT(iolas_domain_stats, forced_by_time), 72 },
		{ AT(iolas_domain_stats, forced_by_bytes), 80 },
		{ AT(iolas_domain_stats, forced_by_count), 88 },
		{ AT(iolas_domain_stats, forced_by_space), 96 },
		{ BYTES(iolas_domain_stats), 104 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_iommu_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_memory, struct_size), 0 },
		{ AT(iolas_memory, flags), 4 },
		{ AT(iolas_memory, user), 8 },
		{ AT(iolas_memory, ptr), 16 },
		{ BYTES(iolas_memory), 24 },
		{ AT(iolas_unit_config, struct_size), 0 },
		{ AT(iolas_unit_config, flags), 4 },
		{ AT(iolas_unit_config, memory), 8 },
		{ AT(iolas_unit_config, iotlb_lg2), 16 },
		{ AT(iolas_unit_config, fault_count), 20 },
		{ AT(iolas_unit_config, seed), 24 },
		{ AT(iolas_unit_config, fault), 32 },
		{ AT(iolas_unit_config, fault_user), 40 },
		{ BYTES(iolas_unit_config), 48 },
		{ AT(iolas_fault, struct_size), 0 },
		{ AT(iolas_fault, reason), 4 },
		{ AT(iolas_fault, requester_id), 8 },
		{ AT(iolas_fault, pasid), 12 },
		{ AT(iolas_fault, iova), 16 },
		{ AT(iolas_fault, access), 24 },
		{ AT(iolas_fault, level), 28 },
		{ AT(iolas_fault, access_iova), 32 },
		{ AT(iolas_fault, access_len), 40 },
		{ AT(iolas_fault, has_nearest), 48 },
		{ AT(iolas_fault, has_history), 52 },
		{ AT(iolas_fault, nearest), 56 },
		{ AT(iolas_fault, history), 104 },
		{ AT(iolas_fault, sequence), 152 },
		{ BYTES(iolas_fault), 160 },
		{ AT(iolas_translation, pa), 0 },
		{ AT(iolas_translation, len), 8 },
		{ AT(iolas_translation, prot), 16 },
		{ AT(iolas_translation, reserved), 20 },
		{ BYTES(iolas_translation), 24 },
		{ AT(iolas_unit_stats, struct_size), 0 },
		{ AT(iolas_unit_stats, device_count), 4 },
		{ AT(iolas_unit_stats, fault_count), 8 },
		{ AT(iolas_unit_stats, fault_drop_count), 16 },
		{ AT(iolas_unit_stats, hit_count), 24 },
		{ AT(iolas_unit_stats, miss_count), 32 },
		{ AT(iolas_unit_stats, invalidation_count), 40 },
		{ BYTES(iolas_unit_stats), 48 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void members_of_jemalloc_h_lie_where_they_were(void **state)
{
	static const struct row rows[] = {
		{ AT(iolas_jemalloc_stats, struct_size), 0 },
		{ AT(iolas_jemalloc_stats, arena_index), 4 },
		{ AT(iolas_jemalloc_stats, allocated), 8 },
		{ AT(iolas_jemalloc_stats, active), 16 },
		{ AT(iolas_jemalloc_stats, dirty), 24 },
		{ AT(iolas_jemalloc_stats, mapped), 32 },
		{ AT(iolas_jemalloc_stats, retained), 40 },
		{ AT(iolas_jemalloc_stats, resident), 48 },
		{ AT(iolas_jemalloc_stats, metadata), 56 },
		{ AT(iolas_jemalloc_stats, alloc_count), 64 },
		{ AT(iolas_jemalloc_stats, free_count), 72 },
		{ BYTES(iolas_jemalloc_stats), 80 },
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

RUN_CASES(CASE(members_of_base_h_lie_where_they_were),
	  CASE(members_of_host_h_lie_where_they_were),
	  CASE(members_of_range_h_lie_where_they_were),
	  CASE(members_of_pagelist_h_lie_where_they_were),
	  CASE(members_of_physmem_h_lie_where_they_were),
	  CASE(members_of_pgtable_h_lie_where_they_were),
	  CASE(members_of_domain_h_lie_where_they_were),
	  CASE(members_of_iommu_h_lie_where_they_were),
	  CASE(members_of_jemalloc_h_lie_where_they_were))
