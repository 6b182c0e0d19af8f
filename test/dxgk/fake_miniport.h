/* SPDX-License-Identifier: MIT */
/*
 * A scriptable miniport for tests of the loader: it writes down which DDIs ran
 * in which order, fails where it is told to, and answers as it is told to.
 */
#ifndef TEST_DXGK_FAKE_MINIPORT_H
#define TEST_DXGK_FAKE_MINIPORT_H

#include <ntddk.h>
#include <dispmprt.h>
#include <d3dkmddi.h>
#include <d3dkmthk.h>

#include <dxgk/iolas_dxgk_driver.h>

#define FAKE_LOG_BYTES 1024

struct fake_allocation {
	UINT serial;
	int is_live;
};

/* One driver per test; reset by fake_reset(). */
struct fake_miniport {
	/* Script. */
	DRIVER_INITIALIZATION_DATA ddi; /* registered by fake_entry() */
	const char *fails;		/* letters of the DDIs that fail */
	NTSTATUS failure;		/* what they answer */
	NTSTATUS entry_answer;		/* if not 0: instead of the truth */
	int has_no_context;		/* AddDevice: success without one */
	DXGK_ALLOCATIONINFO answer;	/* for each allocation, handle apart */
	int answers_no_handle;		/* hAllocation NULL */
	int opens_no_handle;		/* hDeviceSpecificAllocation NULL */
	int writes_private;		/* changes private data in Open */
	int keeps_irql;			/* returns from Stop at DISPATCH */
	UINT segment_count;
	UINT segment_flags;
	SIZE_T commit_limit;	   /* of the older forms */
	UINT second_segment_count; /* in the second pass; 0: the same */
	DXGK_IOMMU_CAPS iommu_caps;
	ULONGLONG highest_visible; /* 0: not answered */
	UINT standard_allocation_bytes;
	UINT standard_resource_bytes;
	ULONG leaks; /* blocks taken in Start and kept over Stop */
	/* What happened: a letter per DDI. */
	char log[FAKE_LOG_BYTES];
	unsigned log_length;
	DXGKRNL_INTERFACE dxgk;
	DXGKRNL_INTERFACE *original; /* what Start was given */
	ULONG interface_bytes;
	UINT serial;
	struct fake_allocation allocations[64];
	/* The last arguments seen. */
	UINT create_count, create_flags, create_bytes;
	HANDLE create_resource;
	UINT destroy_count, destroy_flags;
	UINT open_count, open_flags;
	D3DKMT_HANDLE open_handle; /* of the first allocation */
	VOID *get_in_open;	   /* GetHandleData inside Open */
	HANDLE runtime_device;
};

extern struct fake_miniport fake;

/*
 * Letters: E entry, A AddDevice, L LinkDevice, Q QueryAdapterInfo, S Start,
 * s Stop, R Remove, U Unload, D CreateDevice, d DestroyDevice, C
 * CreateAllocation, c DestroyAllocation, O Open, o Close, G GetStandard...,
 * B BeginExclusive, b EndExclusive, I interrupt, P DPC, K SetBackingStore.
 */
void fake_reset(uint32_t version);
int32_t fake_entry(void *driver_object, void *registry_path);
/* The log without the letters of @hidden. */
const char *fake_log_without(const char *hidden);

#endif /* TEST_DXGK_FAKE_MINIPORT_H */
