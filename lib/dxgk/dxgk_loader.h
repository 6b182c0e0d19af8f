/* SPDX-License-Identifier: MIT */
/*
 * A driver on an adapter, inside: the loaded driver, its context, what it
 * answered, its devices, resources and allocations.
 *
 * Locks, outer before inner: loader->lock (one user-mode request or life-cycle
 * step at a time; held while DDIs run, as Dxgkrnl's adapter lock is),
 * those of dxgk_priv.h, then loader->object_lock (pins of allocations and
 * resources, which a handle table's visit counts).
 */
#ifndef IOLAS_DXGK_DXGK_LOADER_H
#define IOLAS_DXGK_DXGK_LOADER_H

#include <d3dkmddi.h>
#include <dispmprt.h>

#include <dxgk/iolas_dxgk_driver.h>

#include "dxgk/dxgk_priv.h"

#define DXGK_SEGMENTS	   32
#define DXGK_FEATURES	   64
#define DXGK_CONFIG_BYTES  4096
#define DXGK_DPC_EXCLUSIVE 4 /* ExcludeAdapterAccess callbacks waiting */

/* What DriverEntry registered. */
struct iolas_dxgk_driver {
	struct iolas_dxgk_machine *machine;
	DRIVER_INITIALIZATION_DATA ddi; /* members past Version's size: NULL */
	bool is_registered;
	bool is_display_only;
	uint32_t version;	/* as registered */
	NTSTATUS answered;	/* by DxgkInitialize, to compare */
	uint64_t adapter_count; /* adapters added */
	/* Stand for DRIVER_OBJECT and the registry path. */
	uint64_t driver_object[64];
	UNICODE_STRING registry_path;
	WCHAR path_text[64];
	struct iolas_dxgk_driver *next;
};

/* One segment as reported, reduced to what checks need. */
struct iolas__dxgk_segment_info {
	uint32_t flags; /* DXGK_SEGMENTFLAGS */
	uint64_t base;
	uint64_t bytes;
	uint64_t commit_limit;
};

struct iolas__dxgk_device;
struct iolas__dxgk_resource;
struct iolas__dxgk_allocation;

/* Where a driver is in its life. */
enum iolas__dxgk_stage {
	DXGK_STAGE_ADDED,
	DXGK_STAGE_STARTING, /* inside DxgkDdiStartDevice */
	DXGK_STAGE_STARTED,
	DXGK_STAGE_STOPPED,
};

struct iolas__dxgk_exclude {
	DXGKDDI_PROTECTED_CALLBACK callback;
	PVOID context;
};

struct iolas__dxgk_loader {
	struct iolas_dxgk_adapter *adapter;
	struct iolas_dxgk_driver *driver;
	PVOID context; /* MiniportDeviceContext */
	enum iolas__dxgk_stage stage;
	DXGKRNL_INTERFACE *interface; /* poisoned when Start returns */
	uint64_t device_object[32];   /* stands for the PDO */

	pthread_mutex_t lock;
	pthread_mutex_t object_lock;
	struct iolas__dxgk_device *devices;
	struct iolas__dxgk_resource *resources;
	struct iolas__dxgk_allocation *allocations; /* zombies included */

	/* What the driver answered. */
	DXGK_IOMMU_CAPS iommu_caps;
	uint64_t highest_visible;
	uint32_t wddm_version;
	uint32_t memory_caps; /* DXGK_VIDMMCAPS */
	uint32_t sources;
	uint32_t children;
	uint32_t segment_count;
	struct iolas__dxgk_segment_info segments[DXGK_SEGMENTS];
	uint64_t held_at_start; /* blocks when Start began */

	/* The device, see dxgk_services.c. */
	struct iolas_dxgk_device_config device;
	bool owns_bar[IOLAS_DXGK_BARS];
	unsigned char config_space[DXGK_CONFIG_BYTES];
	CM_RESOURCE_LIST *resource_list;
	UNICODE_STRING registry_path;
	WCHAR path_text[64];
	pthread_mutex_t interrupt_lock;
	pthread_mutex_t service_lock; /* what follows */
	bool dpc_pending;
	bool notified; /* NotifyInterrupt since the ISR began */
	bool in_isr;
	bool in_dpc;
	uint64_t map_count; /* MapMemory without UnmapMemory */
	struct iolas__dxgk_io_map *maps;
	struct iolas__dxgk_exclude exclude[DXGK_DPC_EXCLUSIVE];
	uint32_t exclude_count;
	bool feature[DXGK_FEATURES];
};

/* Brackets a DDI: context, IRQL, and the check that it came back as it went. */
struct iolas__dxgk_ddi {
	struct iolas_dxgk_adapter *before;
	struct iolas_dxgk_adapter *adapter;
	const char *name;
	uint8_t irql;	     /* the DDI runs at */
	uint8_t caller_irql; /* to be restored */
};

void iolas__dxgk_ddi_begin(struct iolas__dxgk_ddi *ddi,
			   struct iolas_dxgk_adapter *adapter, const char *name,
			   uint8_t irql);
void iolas__dxgk_ddi_end(struct iolas__dxgk_ddi *ddi);

/* Files a report about the driver on @adapter. */
void iolas__dxgk_driver_report(struct iolas_dxgk_adapter *adapter,
			       const char *call, uint32_t rule,
			       const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The loader behind a DeviceHandle.  STATUS_INVALID_PARAMETER: no such adapter
 * (reported), or no driver on it.
 */
NTSTATUS iolas__dxgk_loader_of(const struct iolas__dxgk_call *call,
			       const void *handle,
			       struct iolas__dxgk_loader **loader);

/* QueryAdapterInfo, dxgk_query.c.  Failures of optional types are no error. */
void iolas__dxgk_query_isolation(struct iolas__dxgk_loader *loader);
NTSTATUS iolas__dxgk_query_caps(struct iolas__dxgk_loader *loader);

/* dxgk_exclusive.c: attach the domain inside the bracket. */
NTSTATUS iolas__dxgk_attach_exclusively(struct iolas__dxgk_loader *loader);

/* dxgk_services.c: device memory, resource list, what is left at stop. */
int iolas__dxgk_services_init(struct iolas__dxgk_loader *loader,
			      const struct iolas_dxgk_device_config *device);
void iolas__dxgk_services_stop(struct iolas__dxgk_loader *loader);
void iolas__dxgk_services_fini(struct iolas__dxgk_loader *loader);

/* dxgk_kmt_device.c: ends all that is open; the adapter counts as stopped. */
void iolas__dxgk_devices_end(struct iolas__dxgk_loader *loader);

/* Kernel pools that outlived the driver: dxgk_ex_pool.c. */
void iolas__dxgk_pool_report(struct iolas_dxgk_machine *machine);

#endif /* IOLAS_DXGK_DXGK_LOADER_H */
