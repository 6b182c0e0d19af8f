/* SPDX-License-Identifier: MIT */
/*
 * A caller who passes anything: numbers at every edge, half-filled structs,
 * unknown flags, wrong lengths, things freed twice.  Each call must answer a
 * status, and at the end everything must still add up: the space's check holds,
 * and nothing is left at the host.
 * Floors: range, pagelist, physmem, pgtable, domain, iommu.  Tools: clean under
 * ASan and UBSan.  Seeded; IOLAS_SEED repeats a run, IOLAS_STEPS prolongs it.
 */
#include <iolas/iolas.h>

#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"

#include <stdlib.h>
#include <string.h>

static struct rng rng;

static unsigned steps(void)
{
	const char *given = getenv("IOLAS_STEPS");

	return given ? (unsigned)strtoul(given, NULL, 0) : 6000;
}

/* Numbers where things go wrong. */
static uint64_t edge(void)
{
	static const uint64_t base[] = {
		0,
		1,
		4095,
		4096,
		8192,
		65536,
		UINT64_C(1) << 21,
		UINT64_C(1) << 30,
		UINT64_C(0xfee00000),
		UINT64_C(1) << 32,
		UINT64_C(1) << 39,
		UINT64_C(1) << 47,
		UINT64_C(1) << 48,
		UINT64_C(1) << 52,
		UINT64_C(1) << 63,
		UINT64_MAX,
		UINT64_MAX - 4095,
	};
	const uint64_t v =
		base[rng_below(&rng, sizeof(base) / sizeof(base[0]))];

	switch (rng_below(&rng, 8)) {
	case 0:
		return v + 1;
	case 1:
		return v - 1;
	case 2:
		return rng_next(&rng);
	case 3:
		return rng_below(&rng, 64) << 12;
	default:
		return v;
	}
}

/* Mostly small and aligned, so that some calls succeed. */
static uint64_t tame(void)
{
	return rng_below(&rng, 4) ? rng_below(&rng, 512) << 12 : edge();
}

static uint32_t flags(uint32_t known)
{
	return rng_below(&rng, 6) ? (uint32_t)rng_next(&rng) & known
				  : (uint32_t)rng_next(&rng);
}

static uint32_t size_of(size_t real)
{
	switch (rng_below(&rng, 12)) {
	case 0:
		return 0;
	case 1:
		return (uint32_t)real - 1;
	case 2:
		return (uint32_t)edge();
	default:
		return (uint32_t)real;
	}
}

/* Room behind, so that a size that claims more reads memory of ours. */
struct wide_constraints {
	struct iolas_range_constraints c;
	unsigned char tail[8192];
};

static const struct iolas_range_constraints *constraints(void)
{
	static struct wide_constraints wide;

	if (rng_below(&rng, 4) == 0)
		return NULL;
	memset(&wide, rng_below(&rng, 20) ? 0 : 0xff, sizeof(wide));
	wide.c = (struct iolas_range_constraints){
		.struct_size = size_of(sizeof(wide.c)),
		.flags = flags(7),
		.align = rng_below(&rng, 2) ? 0 : tame(),
		.first = rng_below(&rng, 2) ? 0 : tame(),
		.last = rng_below(&rng, 2) ? 0 : edge(),
		.boundary = rng_below(&rng, 2) ? 0 : edge(),
		.guard = rng_below(&rng, 2) ? 0 : tame(),
		.at = tame(),
		.seed = rng_next(&rng),
	};
	/* A claimed size must not reach past what is there. */
	if (wide.c.struct_size > sizeof(wide))
		wide.c.struct_size = sizeof(wide);
	return &wide.c;
}

static bool is_status(int status)
{
	return status <= IOLAS_OK && status >= IOLAS_EIO;
}

static void abuse_space(struct iolas_space *space)
{
	struct iolas_range_explanation why = { .struct_size =
						       size_of(sizeof(why)) };
	struct iolas_range_info info = { .struct_size = size_of(sizeof(info)) };
	iolas_iova iova = 0;

	switch (rng_below(&rng, 7)) {
	case 0:
	case 1:
		CHECK(is_status(iolas_range_alloc(space, tame(), constraints(),
						  &iova)));
		break;
	case 2:
		CHECK(is_status(iolas_range_free(space, tame(), tame())));
		break;
	case 3:
		CHECK(is_status(iolas_range_reserve(space, edge(), edge())));
		break;
	case 4:
		CHECK(is_status(iolas_range_unreserve(space, edge(), edge())));
		break;
	case 5:
		if (why.struct_size > sizeof(why))
			why.struct_size = sizeof(why);
		CHECK(is_status(iolas_range_explain(space, tame(),
						    constraints(), &why)));
		break;
	default:
		if (info.struct_size > sizeof(info))
			info.struct_size = sizeof(info);
		CHECK(is_status(iolas_range_next(space, edge(), &info)));
		break;
	}
}

static void a_space_survives_its_caller(void **state)
{
	struct counting_host host;
	struct iolas_space *space;

	(void)state;
	rng = rng_seed(0x5ca1ab1e);
	counting_host_init(&host);
	for (unsigned i = 0; i < 40; i++) {
		struct iolas_range_config config = {
			.struct_size = size_of(sizeof(config)),
			.flags = flags(0),
			.first = i % 4 ? 0 : edge(),
			.last = i % 4 ? UINT64_MAX >> rng_below(&rng, 40)
				      : edge(),
			.granule_lg2 = i % 4 ? (uint32_t)rng_below(&rng, 21)
					     : (uint32_t)edge(),
		};
		int status;

		if (config.struct_size > sizeof(config))
			config.struct_size = sizeof(config);
		status = iolas_range_create(&host.table, &config, &space);
		CHECK(is_status(status));
		if (status) {
			CHECK(space == NULL);
			continue;
		}
		for (unsigned step = 0; step < steps() / 40; step++)
			abuse_space(space);
		CHECK_EQ(iolas_range_check(space), IOLAS_OK);
		iolas_range_destroy_all(space);
	}
	counting_host_fini(&host);
}

static void abuse_list(struct iolas_pagelist *list)
{
	uint64_t pfns[4] = { tame(), edge(), tame(), tame() };
	struct iolas_pagelist *slice;
	struct iolas_run run;

	switch (rng_below(&rng, 8)) {
	case 0:
	case 1:
		CHECK(is_status(
			iolas_pagelist_append_run(list, tame(), tame())));
		break;
	case 2:
		CHECK(is_status(iolas_pagelist_append_frames(
			list, pfns, rng_below(&rng, 5))));
		break;
	case 3:
		CHECK(is_status(
			iolas_pagelist_set_bytes(list, tame(), edge())));
		break;
	case 4:
		CHECK(is_status(iolas_pagelist_run_at(list, edge(), &run)));
		break;
	case 5:
		CHECK(is_status(iolas_pagelist_frames(list, edge(), pfns,
						      rng_below(&rng, 5))));
		break;
	case 6:
		if (iolas_pagelist_slice(list, tame(), tame(), &slice) ==
		    IOLAS_OK)
			iolas_pagelist_destroy(slice);
		break;
	default:
		if (rng_below(&rng, 8) == 0)
			iolas_pagelist_clear(list);
		break;
	}
	CHECK(iolas_pagelist_byte_offset(list) <= 4095);
}

static void a_list_survives_its_caller(void **state)
{
	struct counting_host host;
	struct iolas_pagelist *list;

	(void)state;
	rng = rng_seed(0x0ddba11);
	counting_host_init(&host);
	CHECK_EQ(iolas_pagelist_create(&host.table, (unsigned)edge() | 64,
				       &list),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pagelist_create(&host.table, 12, &list), IOLAS_OK);
	for (unsigned step = 0; step < steps(); step++)
		abuse_list(list);
	iolas_pagelist_destroy(list);
	counting_host_fini(&host);
}

static struct iolas_physmem *make_memory(const struct iolas_host *host)
{
	const struct iolas_physmem_region regions[] = {
		{ .first = 0x100000, .last = 0x1fffff },
		{ .first = UINT64_MAX - 0xfffff,
		  .last = UINT64_MAX,
		  .node = 1 },
	};
	const struct iolas_physmem_config config = {
		.struct_size = sizeof(config),
		.flags = IOLAS_PHYSMEM_POISON,
		.page_lg2 = 12,
		.region_count = 2,
		.regions = regions,
		.backing = iolas_backing_libc(),
	};
	struct iolas_physmem *mem;

	CHECK_EQ(iolas_physmem_create(host, &config, &mem), IOLAS_OK);
	return mem;
}

static void abuse_memory(struct iolas_physmem *mem, struct iolas_pagelist *list)
{
	const struct iolas_range_constraints *where = constraints();
	struct iolas_physmem_request request = {
		.struct_size = rng_below(&rng, 10) ? sizeof(request) : 3,
		.flags = flags(3),
		.node = rng_below(&rng, 2) ? IOLAS_NODE_ANY
					   : (uint32_t)rng_below(&rng, 70),
	};
	iolas_pa pa;
	void *view;

	if (where)
		request.where = *where;
	if (request.where.struct_size > sizeof(request.where))
		request.where.struct_size = sizeof(request.where);
	switch (rng_below(&rng, 8)) {
	case 0:
		CHECK(is_status(
			iolas_physmem_alloc(mem, tame(), &request, &pa)));
		break;
	case 1:
		CHECK(is_status(iolas_physmem_free(mem, edge(), tame())));
		break;
	case 2:
		CHECK(is_status(iolas_physmem_alloc_pages(
			mem, rng_below(&rng, 40), &request, list)));
		break;
	case 3:
		if (iolas_physmem_free_pages(mem, list) == IOLAS_OK)
			iolas_pagelist_clear(list);
		break;
	case 4:
		(void)iolas_physmem_ptr(mem, edge(), edge());
		break;
	case 5:
		CHECK(is_status(
			iolas_physmem_pa(mem, (void *)(uintptr_t)edge(), &pa)));
		break;
	case 6:
		if (iolas_physmem_view(mem, list, &view) == IOLAS_OK)
			CHECK_EQ(iolas_physmem_view_close(mem, view), IOLAS_OK);
		break;
	default:
		CHECK(is_status(iolas_physmem_view_close(
			mem, (void *)(uintptr_t)edge())));
		break;
	}
}

static void memory_survives_its_caller(void **state)
{
	struct counting_host host;
	struct iolas_pagelist *list;
	struct iolas_physmem *mem;

	(void)state;
	rng = rng_seed(0xb0a710ad);
	counting_host_init(&host);
	mem = make_memory(&host.table);
	CHECK_EQ(iolas_pagelist_create(&host.table, 12, &list), IOLAS_OK);
	for (unsigned step = 0; step < steps(); step++)
		abuse_memory(mem, list);
	iolas_pagelist_destroy(list);
	iolas_physmem_destroy_all(mem);
	counting_host_fini(&host);
}

static void abuse_tables(struct iolas_pgtable *pt, struct iolas_cursor *cursor,
			 struct iolas_gather *gather)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	const unsigned prot = flags(0x307);
	uint64_t bytes;

	switch (rng_below(&rng, 8)) {
	case 0:
	case 1:
		CHECK(is_status(iolas_pgtable_map(
			pt, rng_below(&rng, 2) ? cursor : NULL, tame(), tame(),
			tame(), prot)));
		break;
	case 2:
	case 3:
		CHECK(is_status(iolas_pgtable_unmap(
			pt, rng_below(&rng, 2) ? cursor : NULL, tame(), tame(),
			flags(1), gather, &bytes)));
		break;
	case 4:
		CHECK(is_status(iolas_pgtable_protect(pt, tame(), tame(), prot,
						      gather)));
		break;
	case 5:
		CHECK(is_status(iolas_pgtable_lookup(pt, edge(), &m)));
		break;
	case 6:
		CHECK(is_status(
			iolas_pgtable_walk(pt, edge(), flags(7), &walk)));
		break;
	default:
		CHECK(is_status(iolas_pgtable_next(pt, edge(), edge(), &m)));
		if (rng_below(&rng, 4) == 0)
			CHECK_EQ(iolas_pgtable_gather_done(pt, gather),
				 IOLAS_OK);
		break;
	}
}

static void tables_survive_their_caller(void **state)
{
	struct counting_host host;

	(void)state;
	rng = rng_seed(0x7ab1e5);
	counting_host_init_scattered(&host);
	for (unsigned i = 0; i < 8; i++) {
		const struct iolas_pgtable_config config = {
			.struct_size = sizeof(config),
			.format = 1 + i % 2,
			.flags = i & 2 ? IOLAS_PGTABLE_SHARED : 0,
			.levels = i & 4 ? 5 : 0,
		};
		/* Any bytes are a cursor: it must not be believed. */
		struct iolas_cursor cursor = { { 0 } };
		struct iolas_gather gather;
		struct iolas_pgtable *pt;

		CHECK_EQ(iolas_pgtable_create(&host.table, &config, &pt),
			 IOLAS_OK);
		iolas_gather_init(&gather);
		for (unsigned step = 0; step < steps() / 8; step++)
			abuse_tables(pt, &cursor, &gather);
		CHECK_EQ(iolas_pgtable_gather_done(pt, &gather), IOLAS_OK);
		iolas_pgtable_destroy(pt);
	}
	counting_host_fini(&host);
}

static unsigned char guest[1 << 20];

static int read_guest(void *user, iolas_pa pa, uint64_t *value)
{
	(void)user;
	if (pa > sizeof(guest) - 8 || pa & 7)
		return -1;
	memcpy(value, guest + pa, 8);
	return 0;
}

/* Tables of random words, which point anywhere, also at themselves. */
static void foreign_bytes_are_walked_to_an_end(void **state)
{
	const struct iolas_accessor accessor = {
		.struct_size = sizeof(accessor),
		.read64 = read_guest,
	};

	(void)state;
	rng = rng_seed(0xf0e1);
	for (unsigned i = 0; i < sizeof(guest); i += 8) {
		uint64_t word = rng_next(&rng);

		/* Half of them lead back into this memory. */
		if (rng_below(&rng, 2))
			word = (word & 0xfff) | (rng_below(&rng, 256) << 12) |
			       3;
		memcpy(guest + i, &word, 8);
	}
	for (unsigned step = 0; step < steps(); step++) {
		const struct iolas_pgtable_config config = {
			.struct_size = sizeof(config),
			.format = 1 + (uint32_t)rng_below(&rng, 2),
			.levels = (uint32_t)rng_below(&rng, 7),
		};
		struct iolas_walk walk = { .struct_size = sizeof(walk) };
		int status = iolas_foreign_walk(
			&config, rng_below(&rng, 256) << 12, &accessor, edge(),
			1u << rng_below(&rng, 3), &walk);

		CHECK(is_status(status));
		if (status == IOLAS_OK)
			CHECK(walk.step_count >= 1 &&
			      walk.step_count <= IOLAS_WALK_LEVELS);
	}
}

struct victim {
	struct iolas_domain *domain;
	struct iolas_unit *unit;
	struct iolas_device *device;
	struct iolas_queue *queue;
};

static void *static_memory(void *user, iolas_pa pa, uint64_t len)
{
	(void)user;
	return pa <= sizeof(guest) && len <= sizeof(guest) - pa ? guest + pa
								: NULL;
}

static void abuse_device(struct victim *v)
{
	static unsigned char data[1 << 16];
	struct iolas_translation runs[3];
	struct iolas_fault fault = { .struct_size = sizeof(fault) };
	uint64_t count = rng_below(&rng, 4), len = tame(), token = edge();
	iolas_iova iova = tame();
	char text[64];
	void *ptr;

	switch (rng_below(&rng, 10)) {
	case 0:
	case 1:
		CHECK(is_status(iolas_domain_map(v->domain, tame(), tame(),
						 tame(), flags(3))));
		break;
	case 2:
		CHECK(is_status(
			iolas_domain_unmap(v->domain, tame(), tame(), NULL)));
		break;
	case 3:
		CHECK(is_status(iolas_domain_alloc_map_run(
			v->domain, tame(), tame(), 3, constraints(), &iova)));
		break;
	case 4:
		CHECK(is_status(
			iolas_domain_unmap_free(v->domain, tame(), tame())));
		break;
	case 5:
		CHECK(is_status(iolas_translate(v->queue, edge(), edge(),
						flags(7), runs, &count)));
		break;
	case 6:
		CHECK(is_status(
			iolas_dma_read(v->queue, edge(), data, len & 0xffff)));
		break;
	case 7:
		CHECK(is_status(
			iolas_dma_write(v->queue, tame(), data, len & 0xffff)));
		break;
	case 8:
		if (iolas_dma_map(v->queue, tame(), &len, flags(3), &ptr,
				  &token) == IOLAS_OK)
			CHECK_EQ(iolas_dma_unmap(v->queue, token), IOLAS_OK);
		CHECK(iolas_dma_unmap(v->queue, token) != IOLAS_OK);
		break;
	default:
		if (iolas_unit_next_fault(v->unit, &fault) == IOLAS_OK)
			CHECK_EQ(iolas_fault_describe(&fault, text,
						      1 + rng_below(&rng, 64)),
				 IOLAS_OK);
		break;
	}
}

static void a_device_survives_its_caller(void **state)
{
	const struct iolas_pgtable_config tables = {
		.struct_size = sizeof(tables),
		.format = IOLAS_FORMAT_VTD_SS,
	};
	const struct iolas_domain_config domain = {
		.struct_size = sizeof(domain),
		.pgtable = &tables,
		.history_count = 8,
	};
	const struct iolas_memory memory = {
		.struct_size = sizeof(memory),
		.ptr = static_memory,
	};
	const struct iolas_unit_config unit = {
		.struct_size = sizeof(unit),
		.flags = IOLAS_UNIT_ADVERSARIAL,
		.memory = &memory,
		.iotlb_lg2 = 4,
		.fault_count = 8,
		.seed = 3,
	};
	struct counting_host host;
	struct victim v;

	(void)state;
	rng = rng_seed(0xdead10cc);
	counting_host_init_scattered(&host);
	CHECK_EQ(iolas_domain_create(&host.table, &domain, &v.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_unit_create(&host.table, &unit, &v.unit), IOLAS_OK);
	CHECK_EQ(iolas_device_create(v.unit, 8, &v.device), IOLAS_OK);
	CHECK_EQ(iolas_device_attach(v.device, IOLAS_PASID_NONE, v.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_queue_create(v.device, IOLAS_PASID_NONE, &v.queue),
		 IOLAS_OK);
	for (unsigned step = 0; step < steps(); step++)
		abuse_device(&v);
	CHECK_EQ(iolas_range_check(iolas_domain_space(v.domain)), IOLAS_OK);
	CHECK_EQ(iolas_queue_destroy(v.queue), IOLAS_OK);
	CHECK_EQ(iolas_device_detach(v.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(v.device), IOLAS_OK);
	CHECK_EQ(iolas_unit_destroy(v.unit), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy_all(v.domain), IOLAS_OK);
	counting_host_fini(&host);
}

RUN_CASES(CASE(a_space_survives_its_caller), CASE(a_list_survives_its_caller),
	  CASE(memory_survives_its_caller), CASE(tables_survive_their_caller),
	  CASE(foreign_bytes_are_walked_to_an_end),
	  CASE(a_device_survives_its_caller))
