/* SPDX-License-Identifier: MIT */
/*
 * Adapters: a place on a machine, a level, a mode, a domain and a device.
 */
#include "dxgk/dxgk_kernel.h"
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_machine.h"
#include "dxgk/dxgk_native.h"
#include "dxgk/dxgk_thing.h"

#include "base/struct_read.h"

#include <string.h>

#define FLAGS                                                               \
	(IOLAS_DXGK_DETACHED | IOLAS_DXGK_STRICT_HIGH |                     \
	 IOLAS_DXGK_LOGICAL_PFNS | IOLAS_DXGK_TRAP | IOLAS_DXGK_UNTRIMMED | \
	 IOLAS_DXGK_DRIVER_ISOLATION | IOLAS_DXGK_DRIVER_REMAPPING)
#define EXTRA_BUCKETS 1024 /* as in dxgk_iommu.c */
#define HISTORY	      1024

static int read_config(struct iolas_dxgk_adapter_config *config,
		       const struct iolas_dxgk_adapter_config *given)
{
	static const struct iolas_dxgk_adapter_config defaults = {
		.struct_size = sizeof(defaults),
	};

	if (iolas__struct_read(config, sizeof(*config), sizeof(*config),
			       given ? given : &defaults))
		return IOLAS_EINVAL;
	if (!config->level)
		config->level = DXGKDDI_INTERFACE_VERSION_WDDM3_2;
	if (!config->driver_version)
		config->driver_version = config->level;
	if (!config->format)
		config->format = IOLAS_FORMAT_VTD_SS;
	if (config->flags & ~(uint32_t)FLAGS || config->reserved ||
	    config->mode > IOLAS_DXGK_REMAPPED ||
	    config->requester_id > 0xffff ||
	    config->logical_first > config->logical_last ||
	    (config->highest_visible &&
	     config->highest_visible < 2 * DXGK_PAGE_BYTES - 1) ||
	    (config->machine && config->machine_config) ||
	    config->level < DXGKDDI_INTERFACE_VERSION_VISTA ||
	    config->driver_version < DXGKDDI_INTERFACE_VERSION_VISTA)
		return IOLAS_EINVAL;
	/* Only a mapping onto itself can be left out for a while. */
	if (config->flags & IOLAS_DXGK_DETACHED &&
	    config->mode != IOLAS_DXGK_IDENTITY)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

/*
 * Logical addresses of a remapped adapter: above all memory where the device
 * can drive that, so that none is a physical one too; else all it can drive.
 */
static void choose_window(const struct iolas_dxgk_adapter *adapter,
			  uint64_t *first, uint64_t *last)
{
	const struct iolas_dxgk_adapter_config *config = &adapter->config;
	uint64_t above = UINT64_C(1) << 32;

	*first = config->logical_first;
	*last = config->logical_last;
	if (*last)
		return;
	while (above <= adapter->machine->highest && above < UINT64_C(1) << 46)
		above <<= 1;
	*last = (UINT64_C(1) << 47) - 1;
	if (config->highest_visible && config->highest_visible < *last)
		*last = ((config->highest_visible + 1) &
			 ~(DXGK_PAGE_BYTES - 1)) -
			1;
	*first = *last > above && *last - above >= UINT64_C(1) << 28
			 ? above
			 : DXGK_PAGE_BYTES;
}

static int make_domain(struct iolas_dxgk_adapter *adapter)
{
	const struct iolas_pgtable_config table = {
		.struct_size = sizeof(table),
		.format = adapter->config.format,
	};
	struct iolas_domain_config config = {
		.struct_size = sizeof(config),
		.policy = IOLAS_POLICY_BATCHED,
		.pgtable = &table,
		.history_count = HISTORY,
	};

	if (adapter->config.mode == IOLAS_DXGK_PASSTHROUGH)
		return IOLAS_OK;
	if (adapter->config.mode == IOLAS_DXGK_REMAPPED)
		choose_window(adapter, &config.first, &config.last);
	adapter->extras =
		iolas__dxgk_alloc(&adapter->machine->heap,
				  EXTRA_BUCKETS * sizeof(*adapter->extras));
	if (!adapter->extras)
		return IOLAS_ENOMEM;
	return iolas_domain_create(&adapter->machine->host, &config,
				   &adapter->domain);
}

static int make_handle(struct iolas_dxgk_adapter *adapter)
{
	static const struct iolas__dxgk_call call = {
		"iolas_dxgk_adapter_create", NULL
	};
	const struct iolas__dxgk_handle what = {
		.kind = DXGK_KIND_ADAPTER,
		.adapter = adapter,
		.object = adapter,
	};

	adapter->handle =
		iolas__dxgk_handle_make(iolas__dxgk_wide(), &call, &what);
	return adapter->handle ? IOLAS_OK : IOLAS_ENOMEM;
}

/* Takes down what is there; the device is gone already. */
static void unmake(struct iolas_dxgk_adapter *adapter)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	bool owns_machine = adapter->owns_machine;

	if (adapter->handle)
		iolas__dxgk_handle_end(iolas__dxgk_wide(), adapter->handle);
	iolas_domain_destroy_all(adapter->domain);
	iolas__dxgk_free(&machine->heap, adapter->extras);
	iolas__dxgk_save_area_end(adapter);
	pthread_mutex_destroy(&adapter->save_lock);
	pthread_mutex_destroy(&adapter->lock);
	pthread_mutex_destroy(&adapter->device_lock);
	iolas__dxgk_free(&machine->heap, adapter);
	if (owns_machine)
		iolas_dxgk_machine_destroy(machine);
}

static int build(struct iolas_dxgk_adapter *adapter)
{
	int status = make_domain(adapter);

	if (!status)
		status = iolas__dxgk_save_area_commit(
			adapter, adapter->config.save_area_bytes);
	if (!status)
		status = iolas__dxgk_device_init(adapter);
	if (!status) {
		status = make_handle(adapter);
		if (status)
			iolas__dxgk_device_fini(adapter);
	}
	return status;
}

int iolas_dxgk_adapter_create(const struct iolas_dxgk_adapter_config *given,
			      struct iolas_dxgk_adapter **result)
{
	struct iolas_dxgk_adapter_config config;
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_adapter *adapter;
	int status;

	if (!result)
		return IOLAS_EINVAL;
	*result = NULL;
	status = read_config(&config, given);
	if (status)
		return status;
	machine = config.machine;
	if (!machine)
		status = iolas_dxgk_machine_create(config.machine_config,
						   &machine);
	if (status)
		return status;
	adapter = iolas__dxgk_alloc(&machine->heap, sizeof(*adapter));
	if (!adapter) {
		if (!config.machine)
			iolas_dxgk_machine_destroy(machine);
		return IOLAS_ENOMEM;
	}
	adapter->machine = machine;
	adapter->owns_machine = !config.machine;
	adapter->config = config;
	adapter->config.machine = NULL;
	adapter->config.machine_config = NULL;
	pthread_mutex_init(&adapter->save_lock, NULL);
	pthread_mutex_init(&adapter->lock, NULL);
	pthread_mutex_init(&adapter->device_lock, NULL);
	status = build(adapter);
	if (status) {
		unmake(adapter);
		return status;
	}
	pthread_mutex_lock(&machine->lock);
	adapter->next = machine->adapters;
	machine->adapters = adapter;
	pthread_mutex_unlock(&machine->lock);
	*result = adapter;
	return IOLAS_OK;
}

static void unlink_adapter(struct iolas_dxgk_adapter *adapter)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	struct iolas_dxgk_adapter **link = &machine->adapters;

	pthread_mutex_lock(&machine->lock);
	while (*link && *link != adapter)
		link = &(*link)->next;
	if (*link)
		*link = adapter->next;
	pthread_mutex_unlock(&machine->lock);
}

int iolas_dxgk_adapter_destroy(struct iolas_dxgk_adapter *adapter)
{
	static const uint32_t kinds[] = { DXGK_THING_EXTENSION,
					  DXGK_THING_VIDEO };
	struct iolas__dxgk_thing *thing;
	int status;

	if (!adapter)
		return IOLAS_OK;
	if (adapter->loader)
		return IOLAS_EBUSY;
	iolas__dxgk_queues_leave(adapter);
	status = iolas__dxgk_device_fini(adapter);
	if (status)
		return status;
	for (size_t i = 0; i < 2; i++)
		while ((thing = iolas__dxgk_thing_take_any(adapter->machine,
							   kinds[i], adapter)))
			iolas__dxgk_thing_free(adapter->machine, thing);
	iolas__dxgk_blocks_end(adapter);
	unlink_adapter(adapter);
	unmake(adapter);
	return IOLAS_OK;
}

void *iolas_dxgk_adapter_handle(struct iolas_dxgk_adapter *adapter)
{
	return adapter ? dxgk_handle_out(adapter->handle) : NULL;
}

struct iolas_dxgk_machine *
iolas_dxgk_adapter_machine(struct iolas_dxgk_adapter *adapter)
{
	return adapter ? adapter->machine : NULL;
}

struct iolas_domain *
iolas_dxgk_adapter_domain(struct iolas_dxgk_adapter *adapter)
{
	return adapter ? adapter->domain : NULL;
}

struct iolas_device *
iolas_dxgk_adapter_device(struct iolas_dxgk_adapter *adapter)
{
	return adapter ? adapter->device : NULL;
}

uint32_t iolas__dxgk_driver_version(const struct iolas_dxgk_adapter *adapter)
{
	return adapter->config.driver_version < adapter->config.level
		       ? adapter->config.driver_version
		       : adapter->config.level;
}

int32_t iolas__dxgk_adapter_of(const struct iolas__dxgk_call *call,
			       const void *handle,
			       struct iolas_dxgk_adapter **adapter)
{
	struct iolas__dxgk_handle copy;

	if (iolas__dxgk_handle_find(iolas__dxgk_wide(), dxgk_handle_in(handle),
				    DXGK_KIND_ADAPTER, NULL, &copy, NULL,
				    NULL) == DXGK_HANDLE_FOUND) {
		*adapter = copy.object;
		return STATUS_SUCCESS;
	}
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.call = call,
			.rule = IOLAS_DXGK_RULE_ADAPTER_HANDLE,
			.handle = dxgk_handle_in(handle) },
		"hAdapter %p is no adapter%s", handle,
		copy.freed_call ? " any more" : "");
	return STATUS_INVALID_HANDLE;
}
