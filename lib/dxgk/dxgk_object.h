/* SPDX-License-Identifier: MIT */
/*
 * Devices, resources and allocations, as Dxgkrnl keeps them.  A resource and
 * its allocations belong to the adapter; what a device holds of them are opens,
 * and every D3DKMT_HANDLE names an open (spec/dxgk-miniport.md, section 3).
 *
 *	device --opens--> open ------> allocation <--+
 *	   |               |                         | members
 *	   +-resources-> open_resource -> resource --+
 *
 * All of it changes under loader->lock.  Callbacks that a DDI makes (GetHandle-
 * Data and its family) read opens under the handle table's lock instead.
 */
#ifndef IOLAS_DXGK_DXGK_OBJECT_H
#define IOLAS_DXGK_DXGK_OBJECT_H

#include <d3dkmthk.h>

#include "dxgk/dxgk_loader.h"

/* Kinds beside those of dxgk_handle.h. */
#define DXGK_KIND_SHARE	    (DXGK_KIND_FREE + 0) /* narrow: a resource */
#define DXGK_KIND_NT_HANDLE (DXGK_KIND_FREE + 1) /* wide: a resource */
#define DXGK_KIND_PIN	    (DXGK_KIND_FREE + 2) /* wide: a pin count */

#define DXGK_NT_READ_ONLY   1u /* sub-kind of an NT handle without write access */

/* A copy of somebody's private data. */
struct iolas__dxgk_data {
	void *bytes;
	uint32_t count;
};

/* What Acquire pins: destroying waits until it is 0. */
struct iolas__dxgk_pins {
	uint64_t count; /* under loader->object_lock, as is the list */
	struct iolas__dxgk_loader *loader;
	struct iolas__dxgk_pin *list;
};

struct iolas__dxgk_device {
	struct iolas__dxgk_device *next;
	struct iolas__dxgk_loader *loader;
	uint32_t handle;
	HANDLE driver_handle;
	struct iolas__dxgk_open *opens;
	struct iolas__dxgk_open_resource *resources;
};

/* An NT handle on a resource. */
struct iolas__dxgk_nt {
	struct iolas__dxgk_nt *next;
	uint64_t handle;
};

struct iolas__dxgk_resource {
	struct iolas__dxgk_resource *next;
	struct iolas__dxgk_loader *loader;
	HANDLE driver_handle;
	struct iolas__dxgk_data data;	 /* the driver's */
	struct iolas__dxgk_data runtime; /* the runtime's */
	struct iolas__dxgk_pins pins;
	uint32_t member_count;
	uint32_t open_count;	    /* devices that have it */
	uint32_t share;		    /* global handle, 0: none */
	struct iolas__dxgk_nt *nts; /* each counts as an open */
	bool is_shared;
	bool is_nt_shared;
	bool is_ended; /* waits for its pins */
};

struct iolas__dxgk_allocation {
	struct iolas__dxgk_allocation *next;
	struct iolas__dxgk_resource *resource; /* NULL: stands alone */
	HANDLE driver_handle;
	struct iolas__dxgk_data data;
	struct iolas__dxgk_pins pins;
	uint32_t open_count;
	bool is_ended;
	uint32_t flags;
	uint32_t alignment;
	uint32_t write_segments;
	uint32_t priority;
	uint64_t size;
	void *backing; /* of ShareBackingStoreWithKmd */
};

struct iolas__dxgk_open_resource {
	struct iolas__dxgk_open_resource *next;
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_resource *resource;
	uint32_t handle;
};

struct iolas__dxgk_open {
	struct iolas__dxgk_open *next;
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_allocation *allocation;
	struct iolas__dxgk_open_resource *resource; /* NULL: stands alone */
	uint32_t handle;
	uint32_t index; /* among the resource's, from 0 */
	HANDLE device_handle;
};

/*
 * The device of a handle, with loader->lock taken.  NULL: no such device, and
 * no lock.
 */
struct iolas__dxgk_device *iolas__dxgk_device_lock(uint32_t handle);
void iolas__dxgk_device_unlock(struct iolas__dxgk_device *device);

/* @count copied bytes; false: no memory, *data unchanged. */
bool iolas__dxgk_data_copy(struct iolas__dxgk_loader *loader,
			   struct iolas__dxgk_data *data, const void *bytes,
			   uint32_t count);
/* Overwrites, then frees. */
void iolas__dxgk_data_drop(struct iolas__dxgk_loader *loader,
			   struct iolas__dxgk_data *data);

/* One allocation of a user's request, whatever its form. */
struct iolas__dxgk_item {
	void *data; /* the user's private data, written back */
	uint32_t data_bytes;
	const void *system_memory;
	bool is_primary;
	uint32_t handle; /* out */
};

/* A user's request to create; the device is locked. */
struct iolas__dxgk_request {
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_open_resource *into; /* existing resource, or NULL */
	bool makes_resource;
	bool is_shared;
	bool is_nt_shared;
	const void *data; /* resource-level */
	uint32_t data_bytes;
	const void *runtime;
	uint32_t runtime_bytes;
	struct iolas__dxgk_item *items;
	uint32_t count;
	uint32_t resource; /* out: D3DKMT_HANDLE */
	uint32_t share;	   /* out: global handle */
};

/* dxgk_create.c: DDIs 3 to 6 of the order in section 3.3. */
NTSTATUS iolas__dxgk_create(struct iolas__dxgk_request *request);

/*
 * dxgk_standard.c: asks the driver for the private data of a surface, then
 * creates; @request has one item, @surface @bytes of the type's data.
 */
NTSTATUS iolas__dxgk_create_standard(struct iolas__dxgk_request *request,
				     uint32_t type, void *surface,
				     uint32_t bytes);

/* dxgk_open.c */
struct iolas__dxgk_open_batch {
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_resource *resource; /* NULL: standing alone */
	struct iolas__dxgk_allocation **allocations;
	uint32_t count;
	bool is_create;
	bool is_read_only;
	void *resource_data; /* passed to the driver */
	uint32_t resource_bytes;
	struct iolas__dxgk_data *datas;		 /* per allocation, passed */
	struct iolas__dxgk_open_resource *holds; /* in: existing; out */
	uint32_t *handles;			 /* out */
};

/* Makes handles, calls DxgkDdiOpenAllocation; undoes all on failure. */
NTSTATUS iolas__dxgk_open_all(struct iolas__dxgk_open_batch *batch);

/* Closes every open of @resource (or the one open), destroys what is unused. */
void iolas__dxgk_close_resource(struct iolas__dxgk_open_resource *resource);
void iolas__dxgk_close_open(struct iolas__dxgk_open *open);

/* dxgk_share.c: closes the NT handles that nobody closed. */
void iolas__dxgk_close_nts(struct iolas__dxgk_loader *loader);

/* dxgk_handle_data.c: ends every acquisition of @pins; answers how many. */
uint64_t iolas__dxgk_pins_drop(struct iolas__dxgk_pins *pins);

/* dxgk_destroy.c */
void iolas__dxgk_destroy_allocations(struct iolas__dxgk_loader *loader,
				     HANDLE *list, uint32_t count,
				     HANDLE resource, bool is_resource);
/* The last open has gone: destroy now, or when unpinned. */
void iolas__dxgk_end_resource(struct iolas__dxgk_resource *resource);
void iolas__dxgk_end_allocation(struct iolas__dxgk_loader *loader,
				struct iolas__dxgk_allocation *allocation);
/* Destroys what was waiting for pins; @force: reports pins and goes on. */
void iolas__dxgk_reap(struct iolas__dxgk_loader *loader, bool force);

#endif /* IOLAS_DXGK_DXGK_OBJECT_H */
