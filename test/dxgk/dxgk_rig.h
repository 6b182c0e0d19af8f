/* SPDX-License-Identifier: MIT */
/*
 * A machine, an adapter and the interface a driver would have, for tests of
 * the Windows surface.  Memory: 4 MiB from 16 MiB, a hole, 8 MiB from 4 GiB.
 */
#ifndef TEST_DXGK_DXGK_RIG_H
#define TEST_DXGK_DXGK_RIG_H

#define NOMINMAX
#include <wdm.h>
#include <d3dkmddi.h>
#include <dispmprt.h>
#include <dxgk/iolas_dxgk.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#include <string.h>

#define RIG_LOW_FIRST	0x1000000ull
#define RIG_LOW_LAST	0x13fffffull
#define RIG_HIGH_FIRST	0x100000000ull
#define RIG_HIGH_LAST	0x1007fffffull
#define RIG_TOTAL_PAGES ((0x400000ull + 0x800000ull) / 4096)
#define NO_LIMIT	((LONGLONG)-1)

struct rig {
	struct counting_host host;
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_adapter *adapter;
	DXGKRNL_INTERFACE dxgk;
	HANDLE handle;
};

static const struct iolas_physmem_region rig_regions[] = {
	{ .first = RIG_LOW_FIRST, .last = RIG_LOW_LAST },
	{ .first = RIG_HIGH_FIRST, .last = RIG_HIGH_LAST },
};

/* Zeroed configs are completed; NULL means all defaults. */
static inline void rig_machine(struct rig *rig,
			       const struct iolas_dxgk_machine_config *given)
{
	struct iolas_dxgk_machine_config config = { 0 };

	if (given)
		config = *given;
	config.struct_size = sizeof(config);
	if (!config.regions) {
		config.regions = rig_regions;
		config.region_count = 2;
	}
	memset(rig, 0, sizeof(*rig));
	counting_host_init(&rig->host);
	config.host = &rig->host.table;
	CHECK_EQ(iolas_dxgk_machine_create(&config, &rig->machine), IOLAS_OK);
	iolas_dxgk_machine_set_current(rig->machine);
}

static inline void rig_interface(struct rig *rig)
{
	struct _DXGKRNL_INTERFACE *interface;

	CHECK_EQ(iolas_dxgk_interface_create(rig->adapter,
					     DXGKDDI_INTERFACE_VERSION_WDDM3_2,
					     &interface),
		 IOLAS_OK);
	memset(&rig->dxgk, 0, sizeof(rig->dxgk));
	memcpy(&rig->dxgk, interface, interface->Size);
	iolas_dxgk_interface_destroy(rig->adapter, interface);
	rig->handle = rig->dxgk.DeviceHandle;
}

static inline void rig_adapter(struct rig *rig,
			       const struct iolas_dxgk_adapter_config *given)
{
	struct iolas_dxgk_adapter_config config = { 0 };

	if (given)
		config = *given;
	config.struct_size = sizeof(config);
	config.machine = rig->machine;
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &rig->adapter), IOLAS_OK);
	rig_interface(rig);
}

static inline void rig_up(struct rig *rig, uint32_t mode)
{
	rig_machine(rig, NULL);
	rig_adapter(rig, &(struct iolas_dxgk_adapter_config){ .mode = mode });
}

static inline uint64_t rig_free_pages(const struct rig *rig)
{
	struct iolas_physmem_stats stats = { .struct_size = sizeof(stats),
					     .node = IOLAS_NODE_ANY };

	CHECK_EQ(iolas_physmem_stats(iolas_dxgk_machine_physmem(rig->machine),
				     &stats),
		 IOLAS_OK);
	return stats.free_pages;
}

/* Everything given back, nothing reported beyond what the test cleared. */
static inline void rig_down(struct rig *rig)
{
	if (rig->adapter)
		CHECK_EQ(iolas_dxgk_adapter_destroy(rig->adapter), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_violation_count(rig->machine), 0);
	CHECK_EQ(rig_free_pages(rig), RIG_TOTAL_PAGES);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig->machine), IOLAS_OK);
	counting_host_fini(&rig->host);
}

/* The newest violation; there has to be one. */
static inline struct iolas_dxgk_violation rig_last(const struct rig *rig)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	uint64_t count = iolas_dxgk_violation_count(rig->machine);

	CHECK(count != 0);
	CHECK_EQ(iolas_dxgk_violation_get(rig->machine, count - 1, &v),
		 IOLAS_OK);
	return v;
}

/* Exactly one violation since the last call, and of that rule. */
static inline void rig_expect(const struct rig *rig, uint32_t rule)
{
	struct iolas_dxgk_violation v = rig_last(rig);

	if (v.rule != rule)
		printf("# got rule %u (%s: %s)\n", v.rule, v.call, v.text);
	CHECK_EQ(v.rule, rule);
	CHECK_EQ(iolas_dxgk_violation_count(rig->machine), 1);
	iolas_dxgk_violations_clear(rig->machine);
}

static inline void rig_expect_none(const struct rig *rig)
{
	if (iolas_dxgk_violation_count(rig->machine)) {
		struct iolas_dxgk_violation v = rig_last(rig);

		printf("# unexpected: %s: %s\n", v.call, v.text);
	}
	CHECK_EQ(iolas_dxgk_violation_count(rig->machine), 0);
}

static inline PHYSICAL_ADDRESS pa_of(uint64_t value)
{
	PHYSICAL_ADDRESS pa;

	pa.QuadPart = (LONGLONG)value;
	return pa;
}

/* Arguments for a contiguous block anywhere. */
static inline DXGKARGCB_ALLOCATECONTIGUOUSMEMORY contiguous_args(SIZE_T bytes)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;

	memset(&args, 0, sizeof(args));
	args.NumberOfBytes = bytes;
	args.HighestAcceptableAddress.QuadPart = NO_LIMIT;
	args.CacheType = DXGK_MEMORY_CACHING_TYPE_CACHED;
	args.hMemoryHandle = (HANDLE)&args; /* has to be overwritten */
	args.pMemory = &args;
	return args;
}

static inline DXGKARGCB_ALLOCATEPAGESFORMDL pages_args(SIZE_T bytes)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args;

	memset(&args, 0, sizeof(args));
	args.TotalBytes = bytes;
	args.HighAddress.QuadPart = NO_LIMIT;
	args.CacheType = DXGK_MEMORY_CACHING_TYPE_CACHED;
	args.hMemoryHandle = (HANDLE)&args;
	args.pMdl = (PMDL)&args;
	return args;
}

static inline NTSTATUS free_contiguous(const struct rig *rig, HANDLE memory)
{
	DXGKARGCB_FREECONTIGUOUSMEMORY args = { .hMemoryHandle = memory };

	return rig->dxgk.DxgkCbFreeContiguousMemory(rig->handle, &args);
}

static inline NTSTATUS free_pages(const struct rig *rig, HANDLE memory)
{
	DXGKARGCB_FREEPAGESFROMMDL args = { .hMemoryHandle = memory };

	return rig->dxgk.DxgkCbFreePagesFromMdl(rig->handle, &args);
}

static inline struct iolas_dxgk_memory_info info_of(HANDLE memory)
{
	struct iolas_dxgk_memory_info info = { .struct_size = sizeof(info) };

	CHECK_EQ(iolas_dxgk_memory_info(memory, &info), IOLAS_OK);
	return info;
}

#endif /* TEST_DXGK_DXGK_RIG_H */
