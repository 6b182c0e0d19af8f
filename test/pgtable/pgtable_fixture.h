/* SPDX-License-Identifier: MIT */
/*
 * One table on one counting host, and the questions tests ask most.
 */
#ifndef TEST_PGTABLE_PGTABLE_FIXTURE_H
#define TEST_PGTABLE_PGTABLE_FIXTURE_H

#include <iolas/pgtable.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define RW  (IOLAS_READ | IOLAS_WRITE)

struct fixture {
	struct counting_host host;
	struct iolas_pgtable *pt;
	struct iolas_gather gather;
};

static inline struct iolas_pgtable_config fixture_config(uint32_t format,
							 uint32_t flags)
{
	return (struct iolas_pgtable_config){
		.struct_size = sizeof(struct iolas_pgtable_config),
		.format = format,
		.flags = flags,
	};
}

static inline void fixture_begin(struct fixture *f,
				 const struct iolas_pgtable_config *config)
{
	counting_host_init_scattered(&f->host);
	iolas_gather_init(&f->gather);
	CHECK_EQ(iolas_pgtable_create(&f->host.table, config, &f->pt),
		 IOLAS_OK);
}

static inline void fixture_begin_vtd(struct fixture *f, uint32_t flags)
{
	const struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, flags);

	fixture_begin(f, &config);
}

static inline void fixture_end(struct fixture *f)
{
	iolas_pgtable_destroy(f->pt);
	CHECK(counting_host_is_empty(&f->host));
	counting_host_fini(&f->host);
}

static inline int fixture_map(struct fixture *f, iolas_iova iova, iolas_pa pa,
			      uint64_t len)
{
	return iolas_pgtable_map(f->pt, NULL, iova, pa, len, RW);
}

static inline int fixture_unmap(struct fixture *f, iolas_iova iova,
				uint64_t len)
{
	return iolas_pgtable_unmap(f->pt, NULL, iova, len, 0, &f->gather, NULL);
}

/* The leaf at @iova; size 0 when there is none. */
static inline struct iolas_mapping fixture_at(struct fixture *f,
					      iolas_iova iova)
{
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };

	if (iolas_pgtable_lookup(f->pt, iova, &mapping))
		mapping.size = 0;
	return mapping;
}

/* What @iova translates to; 0 when it does not. */
static inline iolas_pa fixture_pa(struct fixture *f, iolas_iova iova)
{
	const struct iolas_mapping mapping = fixture_at(f, iova);

	return mapping.size ? mapping.pa + (iova - mapping.iova) : 0;
}

static inline struct iolas_pgtable_stats fixture_stats(struct fixture *f)
{
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_pgtable_stats(f->pt, &stats), IOLAS_OK);
	return stats;
}

/* Leaves in the whole table. */
static inline uint64_t fixture_count(struct fixture *f)
{
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	iolas_iova at = 0;
	uint64_t count = 0;

	while (iolas_pgtable_next(f->pt, at, UINT64_MAX, &mapping) ==
	       IOLAS_OK) {
		count++;
		at = mapping.iova + mapping.size;
		if (at == 0)
			break;
	}
	return count;
}

#endif /* TEST_PGTABLE_PGTABLE_FIXTURE_H */
