/* SPDX-License-Identifier: MIT */
/*
 * The harness's other half: a display driver's life.  Loads a miniport through
 * its DriverEntry, drives it from AddDevice to Unload in the documented order,
 * and plays the user-mode side whose requests become DxgkDdiCreateAllocation.
 * Functions that end in the driver answer its NTSTATUS as int32_t.
 */
#ifndef IOLAS_DXGK_DRIVER_H
#define IOLAS_DXGK_DRIVER_H

#include <dxgk/iolas_dxgk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_dxgk_driver;

/* Rules of this half; see iolas_dxgk_rule_text(). */
#define IOLAS_DXGK_RULE_ENTRY_STATUS	64u /* DriverEntry hides a failure */
#define IOLAS_DXGK_RULE_SLOT_MISSING	65u /* a DDI that is needed is NULL */
#define IOLAS_DXGK_RULE_DDI_IRQL	66u /* returned at another IRQL */
#define IOLAS_DXGK_RULE_DDI_CONTEXT	67u /* no context, or none wanted */
#define IOLAS_DXGK_RULE_SEGMENTS	68u /* answers differ or are wrong */
#define IOLAS_DXGK_RULE_CAPS		69u /* capabilities contradict */
#define IOLAS_DXGK_RULE_LEAK_AT_STOP	70u /* memory from Start outlives Stop */
#define IOLAS_DXGK_RULE_ALLOC_ANSWER	71u /* CreateAllocation's outputs */
#define IOLAS_DXGK_RULE_ALLOC_FLAGS	72u /* flags that exclude each other */
#define IOLAS_DXGK_RULE_OPEN_ANSWER	73u /* OpenAllocation's outputs */
#define IOLAS_DXGK_RULE_PRIVATE_DATA	74u /* changed where it is read-only */
#define IOLAS_DXGK_RULE_STANDARD_DATA	75u /* GetStandardAllocation... */
#define IOLAS_DXGK_RULE_HANDLE_PINNED	76u /* acquired and not released */
#define IOLAS_DXGK_RULE_HANDLE_TYPE	77u /* DXGK_HANDLE_TYPE does not fit */
#define IOLAS_DXGK_RULE_DEVICE_MEMORY	78u /* MapMemory of what is no BAR */
#define IOLAS_DXGK_RULE_INTERRUPT_ORDER 79u /* notify and DPC out of order */
#define IOLAS_DXGK_RULE_EXCLUSIVE	80u /* Begin/EndExclusiveAccess */
#define IOLAS_DXGK_RULE_DESTROY_ANSWER	82u /* a destroying DDI failed */

/**
 * iolas_dxgk_driver_load() - load a driver and run its DriverEntry
 * @machine: machine whose Ex, Ke and Mm functions the entry uses
 * @entry:   the driver's DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
 * @driver:  result; NULL unless the answer is 0
 *
 * The entry must register through DxgkInitialize or
 * DxgkInitializeDisplayOnlyDriver and return what that returned.
 *
 * Threads: any; one entry at a time.
 * Memory:  the caller ends *@driver with iolas_dxgk_driver_unload().
 * Source:  spec/dxgk-miniport.md section 1.
 * Since:   0.1
 *
 * Return: NTSTATUS of the entry; STATUS_INVALID_PARAMETER for NULL;
 * STATUS_UNSUCCESSFUL when it succeeded without registering.
 */
IOLAS_API int32_t iolas_dxgk_driver_load(struct iolas_dxgk_machine *machine,
					 int32_t (*entry)(void *driver_object,
							  void *registry_path),
					 struct iolas_dxgk_driver **driver);

/**
 * iolas_dxgk_driver_unload() - run DxgkDdiUnload and forget the driver
 * @driver: driver, or NULL (IOLAS_OK)
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (it still has an adapter).
 */
IOLAS_API int iolas_dxgk_driver_unload(struct iolas_dxgk_driver *driver);

/** iolas_dxgk_driver_version() - Version it registered with; 0 for NULL */
IOLAS_API uint32_t
iolas_dxgk_driver_version(const struct iolas_dxgk_driver *driver);

/**
 * struct iolas_dxgk_bar - a window of device memory
 * @first:  first bus byte, page-aligned, outside the machine's memory
 * @bytes:  length, multiple of the page size
 * @memory: what is there; NULL: zeroed memory of the harness
 */
struct iolas_dxgk_bar {
	iolas_pa first;
	uint64_t bytes;
	void *memory;
};

#define IOLAS_DXGK_BARS 6

/**
 * struct iolas_dxgk_device_config - the hardware under an adapter
 * @struct_size:   sizeof(struct iolas_dxgk_device_config)
 * @bar_count:     0..IOLAS_DXGK_BARS
 * @bar:           memory windows; they become the translated resources
 * @config_space:  PCI configuration space at power-on, 4096 bytes; NULL: zeros
 *                 behind vendor and device id
 * @vendor_id:     PCI vendor; 0: 0x1af4
 * @device_id:     PCI device; 0: 0x1050
 * @has_interrupt: 1: a line interrupt is connected
 * @links:         adapters in the link, 0: 1
 */
struct iolas_dxgk_device_config {
	uint32_t struct_size;
	uint32_t bar_count;
	struct iolas_dxgk_bar bar[IOLAS_DXGK_BARS];
	const void *config_space;
	uint16_t vendor_id;
	uint16_t device_id;
	uint32_t has_interrupt;
	uint32_t links;
	uint32_t reserved;
};

/**
 * iolas_dxgk_adapter_add() - DxgkDdiAddDevice
 * @adapter: adapter without a driver
 * @driver:  loaded driver
 * @device:  hardware; copied; NULL: none but memory
 *
 * Return: NTSTATUS of the driver; STATUS_NOT_SUPPORTED when it answers success
 * without a context (it does not serve this function; it is not removed).
 */
IOLAS_API int32_t iolas_dxgk_adapter_add(
	struct iolas_dxgk_adapter *adapter, struct iolas_dxgk_driver *driver,
	const struct iolas_dxgk_device_config *device);

/**
 * iolas_dxgk_adapter_start() - capabilities, domain, DxgkDdiStartDevice, caps
 * @adapter: adapter that was added
 *
 * Asks PHYSICAL_MEMORY_CAPS and IOMMU_CAPS, attaches the domain within
 * Begin/EndExclusiveAccess where the driver wants isolation, calls
 * DxgkDdiStartDevice, then asks DRIVERCAPS, the segments and the rest.  A
 * failing start is followed by DxgkDdiRemoveDevice, as Windows does.
 *
 * Source:  spec/dxgk.md section C; spec/dxgk-miniport.md section 2.
 *
 * Return: NTSTATUS.
 */
IOLAS_API int32_t iolas_dxgk_adapter_start(struct iolas_dxgk_adapter *adapter);

/** iolas_dxgk_adapter_stop() - closes devices, then DxgkDdiStopDevice */
IOLAS_API int32_t iolas_dxgk_adapter_stop(struct iolas_dxgk_adapter *adapter);

/**
 * iolas_dxgk_adapter_remove() - DxgkDdiRemoveDevice
 *
 * A started adapter is stopped first.  What the driver still holds is reported.
 */
IOLAS_API int32_t iolas_dxgk_adapter_remove(struct iolas_dxgk_adapter *adapter);

/**
 * struct iolas_dxgk_adapter_info - what the driver said
 * @struct_size:      sizeof(struct iolas_dxgk_adapter_info), set by the caller
 * @is_started:       1 between start and stop
 * @iommu_caps:       DXGK_IOMMU_CAPS, 0 when not answered
 * @segment_count:    memory and aperture segments
 * @wddm_version:     DXGK_DRIVERCAPS.WDDMVersion
 * @memory_caps:      DXGK_VIDMMCAPS
 * @sources:          NumberOfVideoPresentSources
 * @children:         NumberOfChildren
 * @highest_visible:  DXGK_PHYSICAL_MEMORY_CAPS, 0 when not answered
 */
struct iolas_dxgk_adapter_info {
	uint32_t struct_size;
	uint32_t is_started;
	uint32_t iommu_caps;
	uint32_t segment_count;
	uint32_t wddm_version;
	uint32_t memory_caps;
	uint32_t sources;
	uint32_t children;
	uint64_t highest_visible;
};

/** iolas_dxgk_adapter_info() - read it; IOLAS_OK or IOLAS_EINVAL */
IOLAS_API int iolas_dxgk_adapter_info(struct iolas_dxgk_adapter *adapter,
				      struct iolas_dxgk_adapter_info *info);

/**
 * iolas_dxgk_adapter_interrupt() - the device raises its interrupt
 * @adapter: started adapter with an interrupt
 * @message: message number, 0 for a line
 *
 * Runs DxgkDdiInterruptRoutine at device IRQL under the interrupt lock.
 *
 * Return: 1 when the driver claimed it, 0 when not, IOLAS_EINVAL.
 */
IOLAS_API int iolas_dxgk_adapter_interrupt(struct iolas_dxgk_adapter *adapter,
					   uint32_t message);

/**
 * iolas_dxgk_adapter_pump() - run what is queued for the adapter
 * @adapter: adapter
 *
 * DPCs (at DISPATCH_LEVEL) and ExcludeAdapterAccess callbacks.
 *
 * Return: how many ran, or IOLAS_EINVAL.
 */
IOLAS_API int iolas_dxgk_adapter_pump(struct iolas_dxgk_adapter *adapter);

/** iolas_dxgk_adapter_set_feature() - what IsFeatureEnabled answers for @id */
IOLAS_API int iolas_dxgk_adapter_set_feature(struct iolas_dxgk_adapter *adapter,
					     uint32_t id, int is_enabled);

/* ---- the user-mode side ---- */

/**
 * iolas_dxgk_device_create() - a process makes a device: DxgkDdiCreateDevice
 * @adapter: started adapter
 * @device:  result: D3DKMT_HANDLE; 0 on failure
 *
 * Return: NTSTATUS.
 */
IOLAS_API int32_t iolas_dxgk_device_create(struct iolas_dxgk_adapter *adapter,
					   uint32_t *device);
/** iolas_dxgk_device_destroy() - closes what is open, DxgkDdiDestroyDevice */
IOLAS_API int32_t iolas_dxgk_device_destroy(uint32_t device);

struct _D3DDDICB_ALLOCATE;
struct _D3DKMT_CREATEALLOCATION;
struct _D3DKMT_DESTROYALLOCATION2;
struct _D3DKMT_OPENRESOURCE;
struct _D3DKMT_OPENRESOURCEFROMNTHANDLE;
struct _D3DKMT_QUERYRESOURCEINFO;
struct _D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE;

/**
 * iolas_dxgk_create_allocation() - D3DKMTCreateAllocation
 * @args: native struct of d3dkmthk.h; out members are written on success
 *
 * Validates as Dxgkrnl does, then runs DxgkDdiCreateAllocation,
 * [DxgkDdiSetAllocationBackingStore,] DxgkDdiOpenAllocation.  The driver sees
 * copies of the private data; what it writes is copied back.
 *
 * Threads: any; requests on one adapter run one after the other.
 * Memory:  all or nothing: after a failure the driver holds nothing of it.
 * Source:  spec/dxgk-miniport.md section 3.
 * Since:   0.1
 *
 * Return: NTSTATUS.
 */
IOLAS_API int32_t
iolas_dxgk_create_allocation(struct _D3DKMT_CREATEALLOCATION *args);
/** iolas_dxgk_create_allocation2() - the same with D3DDDI_ALLOCATIONINFO2 */
IOLAS_API int32_t
iolas_dxgk_create_allocation2(struct _D3DKMT_CREATEALLOCATION *args);

/**
 * iolas_dxgk_allocate_cb() - pfnAllocateCb, as a user-mode driver calls it
 * @device: D3DKMT_HANDLE of the runtime's device
 * @args:   native struct; hKMResource and the allocations' handles are written
 *
 * hResource not NULL makes a resource; the runtime adds no data of its own.
 *
 * Return: NTSTATUS.
 */
IOLAS_API int32_t iolas_dxgk_allocate_cb(uint32_t device,
					 struct _D3DDDICB_ALLOCATE *args);

/**
 * iolas_dxgk_destroy_allocation() - D3DKMTDestroyAllocation2
 * @args: a resource, or a list of allocations that stand alone
 *
 * DxgkDdiCloseAllocation, then DxgkDdiDestroyAllocation when nobody else has
 * them open and nothing acquired their data.
 *
 * Return: NTSTATUS; on failure nothing was closed.
 */
IOLAS_API int32_t
iolas_dxgk_destroy_allocation(const struct _D3DKMT_DESTROYALLOCATION2 *args);

/** iolas_dxgk_query_resource() - D3DKMTQueryResourceInfo; NTSTATUS */
IOLAS_API int32_t
iolas_dxgk_query_resource(struct _D3DKMT_QUERYRESOURCEINFO *args);
/** iolas_dxgk_query_nt_resource() - ...FromNtHandle; NTSTATUS */
IOLAS_API int32_t iolas_dxgk_query_nt_resource(
	struct _D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE *args);
/** iolas_dxgk_open_resource() - D3DKMTOpenResource; NTSTATUS */
IOLAS_API int32_t iolas_dxgk_open_resource(struct _D3DKMT_OPENRESOURCE *args);
/** iolas_dxgk_open_nt_resource() - D3DKMTOpenResourceFromNtHandle; NTSTATUS */
IOLAS_API int32_t
iolas_dxgk_open_nt_resource(struct _D3DKMT_OPENRESOURCEFROMNTHANDLE *args);

/**
 * iolas_dxgk_share_object() - D3DKMTShareObjects for one resource
 * @resource:     D3DKMT_HANDLE of a resource made with NtSecuritySharing
 * @is_read_only: 1: who opens it may only read
 * @nt_handle:    result; NULL on failure
 *
 * Return: NTSTATUS.
 */
IOLAS_API int32_t iolas_dxgk_share_object(uint32_t resource, int is_read_only,
					  void **nt_handle);
/** iolas_dxgk_close_nt_handle() - opened resources stay; NTSTATUS */
IOLAS_API int32_t iolas_dxgk_close_nt_handle(void *nt_handle);

/**
 * iolas_dxgk_standard_allocation() - Dxgkrnl makes a surface of its own
 * @device:     D3DKMT_HANDLE of a device
 * @type:       D3DKMDT_STANDARDALLOCATION_TYPE
 * @surface:    its surface data; Pitch is written back
 * @bytes:      size of @surface
 * @resource:   result: D3DKMT_HANDLE, 0 when it belongs to none
 * @allocation: result: D3DKMT_HANDLE
 *
 * DxgkDdiGetStandardAllocationDriverData twice, then DxgkDdiCreateAllocation
 * with what it answered.
 *
 * Return: NTSTATUS.
 */
IOLAS_API int32_t iolas_dxgk_standard_allocation(uint32_t device, uint32_t type,
						 void *surface, uint32_t bytes,
						 uint32_t *resource,
						 uint32_t *allocation);

/**
 * struct iolas_dxgk_allocation_info - an allocation, as Dxgkrnl knows it
 * @struct_size:    sizeof(struct iolas_dxgk_allocation_info), set by caller
 * @flags:          DXGK_ALLOCATIONINFOFLAGS
 * @size:           bytes, rounded up to pages
 * @alignment:      bytes
 * @write_segments: SupportedWriteSegmentSet
 * @priority:       AllocationPriority
 * @open_count:     devices that have it open
 * @driver_handle:  hAllocation of the driver
 * @device_handle:  hDeviceSpecificAllocation of this handle's device
 */
struct iolas_dxgk_allocation_info {
	uint32_t struct_size;
	uint32_t flags;
	uint64_t size;
	uint32_t alignment;
	uint32_t write_segments;
	uint32_t priority;
	uint32_t open_count;
	void *driver_handle;
	void *device_handle;
};

/** iolas_dxgk_allocation_info() - IOLAS_OK, IOLAS_EINVAL or IOLAS_ENOENT */
IOLAS_API int
iolas_dxgk_allocation_info(uint32_t allocation,
			   struct iolas_dxgk_allocation_info *info);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_DXGK_DRIVER_H */
