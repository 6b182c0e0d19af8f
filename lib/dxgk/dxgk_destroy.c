/* SPDX-License-Identifier: MIT */
/*
 * The end of resources and allocations: when the last device has closed them
 * and nothing has their data acquired, DxgkDdiDestroyAllocation follows.
 */
#include "dxgk/dxgk_object.h"

void iolas__dxgk_destroy_allocations(struct iolas__dxgk_loader *loader,
				     HANDLE *list, uint32_t count,
				     HANDLE resource, bool is_resource)
{
	DXGKARG_DESTROYALLOCATION args = {
		.NumAllocations = count,
		.pAllocationList = list,
		.hResource = resource,
	};
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	args.Flags.DestroyResource = is_resource;
	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiDestroyAllocation",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiDestroyAllocation(loader->context,
							      &args);
	iolas__dxgk_ddi_end(&ddi);
	if (!NT_SUCCESS(status))
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiDestroyAllocation",
			IOLAS_DXGK_RULE_DESTROY_ANSWER,
			"answered %#x; destroying cannot be refused",
			(unsigned)status);
}

static uint64_t pin_count(struct iolas__dxgk_loader *loader,
			  const struct iolas__dxgk_pins *pins)
{
	uint64_t count;

	pthread_mutex_lock(&loader->object_lock);
	count = pins->count;
	pthread_mutex_unlock(&loader->object_lock);
	return count;
}

/* Unlinks and frees; the driver has forgotten it already. */
static void forget_allocation(struct iolas__dxgk_loader *loader,
			      struct iolas__dxgk_allocation *allocation)
{
	struct iolas__dxgk_allocation **at = &loader->allocations;

	while (*at != allocation)
		at = &(*at)->next;
	*at = allocation->next;
	iolas__dxgk_data_drop(loader, &allocation->data);
	if (allocation->backing)
		iolas_dxgk_user_free(loader->adapter->machine,
				     allocation->backing);
	iolas__dxgk_free(&loader->adapter->machine->heap, allocation);
}

static void forget_resource(struct iolas__dxgk_resource *resource)
{
	struct iolas__dxgk_loader *loader = resource->loader;
	struct iolas__dxgk_resource **at = &loader->resources;

	DXGK_CALL("DxgkDdiDestroyAllocation");
	if (resource->share != 0 &&
	    iolas__dxgk_handle_take(iolas__dxgk_narrow(), resource->share,
				    DXGK_KIND_SHARE, 0, NULL, &call,
				    NULL) == DXGK_HANDLE_FOUND)
		iolas__dxgk_handle_end(iolas__dxgk_narrow(), resource->share);
	while (*at != resource)
		at = &(*at)->next;
	*at = resource->next;
	iolas__dxgk_data_drop(loader, &resource->data);
	iolas__dxgk_data_drop(loader, &resource->runtime);
	iolas__dxgk_free(&loader->adapter->machine->heap, resource);
}

/* Pins of the resource and of all its members. */
static uint64_t resource_pins(const struct iolas__dxgk_resource *resource)
{
	struct iolas__dxgk_loader *loader = resource->loader;
	uint64_t count = pin_count(loader, &resource->pins);

	for (struct iolas__dxgk_allocation *a = loader->allocations; a;
	     a = a->next)
		if (a->resource == resource)
			count += pin_count(loader, &a->pins);
	return count;
}

static void destroy_resource(struct iolas__dxgk_resource *resource)
{
	struct iolas__dxgk_loader *loader = resource->loader;
	struct iolas__dxgk_heap *heap = &loader->adapter->machine->heap;
	struct iolas__dxgk_allocation *a, *next;
	uint32_t count = 0;
	HANDLE *list;

	/* One call for all; where there is no memory, one each. */
	list = iolas__dxgk_alloc(heap, resource->member_count * sizeof(*list));
	for (a = loader->allocations; a; a = a->next) {
		if (a->resource != resource)
			continue;
		if (list)
			list[count++] = a->driver_handle;
		else
			iolas__dxgk_destroy_allocations(
				loader, &a->driver_handle, 1,
				resource->driver_handle, false);
	}
	iolas__dxgk_destroy_allocations(loader, list, count,
					resource->driver_handle, true);
	iolas__dxgk_free(heap, list);
	for (a = loader->allocations; a; a = next) {
		next = a->next;
		if (a->resource == resource)
			forget_allocation(loader, a);
	}
	forget_resource(resource);
}

static void destroy_allocation(struct iolas__dxgk_loader *loader,
			       struct iolas__dxgk_allocation *allocation)
{
	iolas__dxgk_destroy_allocations(loader, &allocation->driver_handle, 1,
					NULL, false);
	forget_allocation(loader, allocation);
}

void iolas__dxgk_end_resource(struct iolas__dxgk_resource *resource)
{
	resource->is_ended = true;
	if (resource_pins(resource) == 0)
		destroy_resource(resource);
}

void iolas__dxgk_end_allocation(struct iolas__dxgk_loader *loader,
				struct iolas__dxgk_allocation *allocation)
{
	allocation->is_ended = true;
	if (pin_count(loader, &allocation->pins) == 0)
		destroy_allocation(loader, allocation);
}

static void report_pins(struct iolas__dxgk_loader *loader, uint64_t count)
{
	if (count != 0)
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkCbAcquireHandleData",
			IOLAS_DXGK_RULE_HANDLE_PINNED,
			"%llu acquisitions were never released",
			(unsigned long long)count);
}

static uint64_t drop_resource_pins(struct iolas__dxgk_resource *resource)
{
	uint64_t dropped = iolas__dxgk_pins_drop(&resource->pins);

	for (struct iolas__dxgk_allocation *a = resource->loader->allocations;
	     a; a = a->next)
		if (a->resource == resource)
			dropped += iolas__dxgk_pins_drop(&a->pins);
	return dropped;
}

void iolas__dxgk_reap(struct iolas__dxgk_loader *loader, bool force)
{
	struct iolas__dxgk_resource *r, *next_r;
	struct iolas__dxgk_allocation *a, *next_a;

	for (r = loader->resources; r; r = next_r) {
		const uint64_t pins = resource_pins(r);

		next_r = r->next;
		if (!r->is_ended || (pins != 0 && !force))
			continue;
		report_pins(loader, drop_resource_pins(r));
		destroy_resource(r);
	}
	for (a = loader->allocations; a; a = next_a) {
		const uint64_t pins = pin_count(loader, &a->pins);

		next_a = a->next;
		if (a->resource || !a->is_ended || (pins != 0 && !force))
			continue;
		report_pins(loader, iolas__dxgk_pins_drop(&a->pins));
		destroy_allocation(loader, a);
	}
}
