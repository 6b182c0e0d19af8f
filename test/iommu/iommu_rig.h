/* SPDX-License-Identifier: MIT */
/*
 * A unit with memory, a domain, a device attached to it and a queue.  Memory is
 * an array that begins at MEMORY_PA, so device addresses, memory addresses and
 * pointers are three different things.
 */
#ifndef TEST_IOMMU_IOMMU_RIG_H
#define TEST_IOMMU_IOMMU_RIG_H

#include <harness/check.h>
#include <harness/counting_host.h>

#include <iolas/iommu.h>

#include <string.h>

#define PAGE	     UINT64_C(4096)
#define RW	     (IOLAS_READ | IOLAS_WRITE)
#define MEMORY_PA    UINT64_C(0x200000000)
#define MEMORY_PAGES 1024u
#define REQUESTER    0x0310u /* 03:02.0 */

struct rig {
	struct counting_host host;
	struct iolas_pgtable_config pgtable;
	struct iolas_domain_config domain_config;
	struct iolas_unit_config unit_config;
	struct iolas_memory memory;
	struct iolas_domain *domain;
	struct iolas_unit *unit;
	struct iolas_device *device;
	struct iolas_queue *queue;
};

static _Alignas(4096) unsigned char rig_memory[MEMORY_PAGES * 4096];

static inline void *rig_ptr(void *user, iolas_pa pa, uint64_t len)
{
	(void)user;
	if (pa < MEMORY_PA || pa - MEMORY_PA >= sizeof(rig_memory) ||
	    len > sizeof(rig_memory) - (pa - MEMORY_PA))
		return NULL;
	return &rig_memory[pa - MEMORY_PA];
}

static inline unsigned char *rig_page(unsigned page)
{
	return &rig_memory[page * PAGE];
}

static inline iolas_pa rig_page_pa(unsigned page)
{
	return MEMORY_PA + page * PAGE;
}

/* Sets the configs; change them before rig_start(). */
static inline void rig_prepare(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	counting_host_init(&rig->host);
	rig->pgtable.struct_size = sizeof(rig->pgtable);
	rig->pgtable.format = IOLAS_FORMAT_VTD_SS;
	rig->domain_config.struct_size = sizeof(rig->domain_config);
	rig->domain_config.pgtable = &rig->pgtable;
	rig->memory.struct_size = sizeof(rig->memory);
	rig->memory.ptr = rig_ptr;
	rig->unit_config.struct_size = sizeof(rig->unit_config);
	rig->unit_config.memory = &rig->memory;
}

static inline void rig_start(struct rig *rig)
{
	memset(rig_memory, 0, sizeof(rig_memory));
	CHECK_EQ(iolas_domain_create(&rig->host.table, &rig->domain_config,
				     &rig->domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_unit_create(&rig->host.table, &rig->unit_config,
				   &rig->unit),
		 IOLAS_OK);
	CHECK_EQ(iolas_device_create(rig->unit, REQUESTER, &rig->device),
		 IOLAS_OK);
	CHECK_EQ(
		iolas_device_attach(rig->device, IOLAS_PASID_NONE, rig->domain),
		IOLAS_OK);
	CHECK_EQ(iolas_queue_create(rig->device, IOLAS_PASID_NONE, &rig->queue),
		 IOLAS_OK);
}

static inline void rig_init(struct rig *rig)
{
	rig_prepare(rig);
	rig_start(rig);
}

static inline void rig_fini(struct rig *rig)
{
	CHECK_EQ(iolas_queue_destroy(rig->queue), IOLAS_OK);
	CHECK_EQ(iolas_device_detach(rig->device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(rig->device), IOLAS_OK);
	CHECK_EQ(iolas_unit_destroy(rig->unit), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy_all(rig->domain), IOLAS_OK);
	CHECK(counting_host_is_empty(&rig->host));
	counting_host_fini(&rig->host);
}

/* Maps memory pages somewhere. */
static inline iolas_iova rig_map(struct rig *rig, unsigned page, unsigned count,
				 unsigned prot)
{
	iolas_iova iova = 0;

	CHECK_EQ(iolas_domain_alloc_map_run(rig->domain, rig_page_pa(page),
					    count * PAGE, prot, NULL, &iova),
		 IOLAS_OK);
	return iova;
}

static inline void rig_unmap(struct rig *rig, iolas_iova iova, unsigned count)
{
	CHECK_EQ(iolas_domain_unmap_free(rig->domain, iova, count * PAGE),
		 IOLAS_OK);
}

/* The oldest fault, which must be there. */
static inline struct iolas_fault rig_fault(struct rig *rig)
{
	struct iolas_fault fault = { .struct_size = sizeof(fault) };

	CHECK_EQ(iolas_unit_next_fault(rig->unit, &fault), IOLAS_OK);
	return fault;
}

static inline void rig_check_no_fault(struct rig *rig)
{
	struct iolas_fault fault = { .struct_size = sizeof(fault) };

	CHECK_EQ(iolas_unit_next_fault(rig->unit, &fault), IOLAS_ENOENT);
}

#endif /* TEST_IOMMU_IOMMU_RIG_H */
