/* SPDX-License-Identifier: MIT */
/*
 * A machine, an adapter and the scriptable miniport on it, for the loader's
 * tests.
 */
#ifndef TEST_DXGK_FAKE_RIG_H
#define TEST_DXGK_FAKE_RIG_H

#include "fake_miniport.h"

#include "harness/check.h"

#include <string.h>

struct fake_rig {
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_adapter *adapter;
	struct iolas_dxgk_driver *driver;
	uint32_t device;
};

static inline void rig_machine(struct fake_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	CHECK_EQ(iolas_dxgk_machine_create(NULL, &rig->machine), IOLAS_OK);
}

/* Machine, driver as scripted, and an adapter that it was not added to. */
static inline void rig_loaded(struct fake_rig *rig, uint32_t mode,
			      uint32_t flags)
{
	struct iolas_dxgk_adapter_config config = {
		.struct_size = sizeof(config),
		.flags = flags,
		.mode = mode,
	};

	rig_machine(rig);
	config.machine = rig->machine;
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &rig->adapter), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_driver_load(rig->machine, fake_entry, &rig->driver),
		 STATUS_SUCCESS);
}

/* ... added, started, and with a device. */
static inline void rig_running(struct fake_rig *rig)
{
	const struct iolas_dxgk_device_config device = {
		.struct_size = sizeof(device),
		.bar_count = 1,
		.bar = { { .first = UINT64_C(0xe0000000), .bytes = 0x2000 } },
		.has_interrupt = 1,
	};

	rig_loaded(rig, IOLAS_DXGK_PASSTHROUGH, 0);
	CHECK_EQ(iolas_dxgk_adapter_add(rig->adapter, rig->driver, &device),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_start(rig->adapter), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_device_create(rig->adapter, &rig->device),
		 STATUS_SUCCESS);
}

static inline void rig_end(struct fake_rig *rig)
{
	iolas_dxgk_adapter_remove(rig->adapter);
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig->adapter), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_driver_unload(rig->driver), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig->machine), IOLAS_OK);
}

/* Violations of @rule since the last clear. */
static inline unsigned rig_count(const struct fake_rig *rig, uint32_t rule)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	unsigned count = 0;

	for (uint64_t i = 0;
	     iolas_dxgk_violation_get(rig->machine, i, &v) == IOLAS_OK; i++)
		count += v.rule == rule;
	return count;
}

static inline void rig_is_clean(const struct fake_rig *rig)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };

	if (iolas_dxgk_violation_get(rig->machine, 0, &v) == IOLAS_OK)
		fail_msg("%s: %s", v.call, v.text);
}

/* @count private allocations of 16 bytes of data each, handles in @handles. */
static inline NTSTATUS rig_allocate(struct fake_rig *rig, UINT count,
				    D3DKMT_CREATEALLOCATIONFLAGS flags,
				    D3DKMT_CREATEALLOCATION *args,
				    D3DDDI_ALLOCATIONINFO *infos,
				    UCHAR (*data)[16])
{
	memset(args, 0, sizeof(*args));
	memset(infos, 0, count * sizeof(*infos));
	for (UINT i = 0; i < count; i++) {
		memset(data[i], (int)(0x10 + i), 16);
		infos[i].pPrivateDriverData = data[i];
		infos[i].PrivateDriverDataSize = 16;
	}
	args->hDevice = rig->device;
	args->NumAllocations = count;
	args->pAllocationInfo = infos;
	args->Flags = flags;
	return iolas_dxgk_create_allocation(args);
}

static inline NTSTATUS rig_destroy(struct fake_rig *rig, D3DKMT_HANDLE resource,
				   const D3DKMT_HANDLE *list, UINT count)
{
	const D3DKMT_DESTROYALLOCATION2 args = {
		.hDevice = rig->device,
		.hResource = resource,
		.phAllocationList = list,
		.AllocationCount = count,
	};

	return iolas_dxgk_destroy_allocation(&args);
}

#endif /* TEST_DXGK_FAKE_RIG_H */
