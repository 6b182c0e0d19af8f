/* SPDX-License-Identifier: MIT */
/*
 * Creating allocations: the driver is asked, its answers are judged, objects
 * and handles are made, and the creating device opens them, in the order of
 * spec/dxgk-miniport.md, section 3.3.
 */
#include "dxgk/dxgk_object.h"

#include <string.h>

/* One request on its way through the driver. */
struct creation {
	struct iolas__dxgk_request *request;
	struct iolas__dxgk_loader *loader;
	struct iolas__dxgk_resource *resource; /* new or existing, or NULL */
	DXGK_ALLOCATIONINFO *infos;
	struct iolas__dxgk_data *datas; /* what the driver sees of them */
	struct iolas__dxgk_data resource_data;
	struct iolas__dxgk_allocation **allocations;
	uint32_t *handles;
	HANDLE *list;
	HANDLE resource_handle; /* as the driver answered */
};

static struct iolas__dxgk_heap *heap_of(const struct creation *c)
{
	return &c->loader->adapter->machine->heap;
}

static void end_creation(struct creation *c)
{
	for (uint32_t i = 0; c->datas && i < c->request->count; i++)
		iolas__dxgk_data_drop(c->loader, &c->datas[i]);
	iolas__dxgk_data_drop(c->loader, &c->resource_data);
	iolas__dxgk_free(heap_of(c), c->infos);
	iolas__dxgk_free(heap_of(c), c->datas);
	iolas__dxgk_free(heap_of(c), c->allocations);
	iolas__dxgk_free(heap_of(c), c->handles);
	iolas__dxgk_free(heap_of(c), c->list);
}

static bool begin_creation(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;
	const size_t count = r->count;

	c->infos = iolas__dxgk_alloc(heap_of(c), count * sizeof(*c->infos));
	c->datas = iolas__dxgk_alloc(heap_of(c), count * sizeof(*c->datas));
	c->allocations =
		iolas__dxgk_alloc(heap_of(c), count * sizeof(*c->allocations));
	c->handles = iolas__dxgk_alloc(heap_of(c), count * sizeof(*c->handles));
	c->list = iolas__dxgk_alloc(heap_of(c), count * sizeof(*c->list));
	if (!c->infos || !c->datas || !c->allocations || !c->handles ||
	    !c->list)
		return false;
	for (uint32_t i = 0; i < r->count; i++) {
		if (!iolas__dxgk_data_copy(c->loader, &c->datas[i],
					   r->items[i].data,
					   r->items[i].data_bytes))
			return false;
		c->infos[i].pPrivateDriverData = c->datas[i].bytes;
		c->infos[i].PrivateDriverDataSize = c->datas[i].count;
	}
	return iolas__dxgk_data_copy(c->loader, &c->resource_data, r->data,
				     r->data_bytes);
}

static NTSTATUS call_create(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;
	DXGKARG_CREATEALLOCATION args = {
		.pPrivateDriverData = c->resource_data.bytes,
		.PrivateDriverDataSize = c->resource_data.count,
		.NumAllocations = r->count,
		.pAllocationInfo = r->count ? c->infos : NULL,
		.hResource = r->into ? r->into->resource->driver_handle : NULL,
	};
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	args.Flags.Resource = r->makes_resource || r->into;
	iolas__dxgk_ddi_begin(&ddi, c->loader->adapter,
			      "DxgkDdiCreateAllocation", PASSIVE_LEVEL);
	status = c->loader->driver->ddi.DxgkDdiCreateAllocation(
		c->loader->context, &args);
	iolas__dxgk_ddi_end(&ddi);
	c->resource_handle = args.hResource;
	return status;
}

/* Files @text about allocation @index; always false. */
static bool wrong(struct creation *c, uint32_t rule, uint32_t index,
		  const char *text)
{
	iolas__dxgk_driver_report(c->loader->adapter, "DxgkDdiCreateAllocation",
				  rule, "allocation %u: %s", index, text);
	return false;
}

static bool is_power_of_two_or_less(uint32_t v)
{
	return (v & (v - 1)) == 0;
}

/* The flags' rules of spec/dxgk.md, section A.7. */
static bool judge_flags(struct creation *c, uint32_t i)
{
	const DXGK_ALLOCATIONINFO *info = &c->infos[i];
	const struct iolas__dxgk_item *item = &c->request->items[i];
	const DXGK_ALLOCATIONINFOFLAGS f = info->Flags;
	const uint32_t rule = IOLAS_DXGK_RULE_ALLOC_FLAGS;
	const uint32_t places =
		f.Value & (DXGK_ALLOCATIONINFOFLAG_PROTECTED |
			   DXGK_ALLOCATIONINFOFLAG_EXISTINGSYSMEM |
			   DXGK_ALLOCATIONINFOFLAG_EXISTINGKERNELSYSMEM |
			   DXGK_ALLOCATIONINFOFLAG_PERMANENTSYSMEM);
	const uint32_t not_primary =
		places | (f.Value & DXGK_ALLOCATIONINFOFLAG_CACHED);

	if ((f.PermanentSysMem || f.Cached) && !f.CpuVisible)
		return wrong(c, rule, i,
			     "PermanentSysMem and Cached need CpuVisible");
	if (!is_power_of_two_or_less(places))
		return wrong(c, rule, i,
			     "Protected, Existing... and PermanentSysMem "
			     "exclude each other");
	if (info->FlagsWddm2.MapApertureCpuVisible &&
	    c->loader->driver->version >= DXGKDDI_INTERFACE_VERSION_WDDM2_9 &&
	    !(c->loader->memory_caps & DXGK_VIDMMCAP_MAPAPERTURE2SUPPORTED))
		return wrong(c, rule, i,
			     "MapApertureCpuVisible without "
			     "MapAperture2Supported");
	if ((item->system_memory != NULL) != (f.ExistingSysMem != 0))
		return wrong(c, rule, i,
			     "ExistingSysMem does not answer pSystemMem");
	if (item->is_primary && not_primary != 0)
		return wrong(c, rule, i,
			     "a primary may be neither cached, protected, "
			     "existing nor permanent system memory");
	return true;
}

/* Are all segments of @set in @loader, and may the CPU see them? */
static bool segments_exist(const struct iolas__dxgk_loader *loader,
			   uint32_t set)
{
	return loader->segment_count >= 32 || set >> loader->segment_count == 0;
}

static bool judge_segments(struct creation *c, uint32_t i)
{
	const DXGK_ALLOCATIONINFO *info = &c->infos[i];
	const uint32_t sets =
		info->SupportedWriteSegmentSet | info->EvictionSegmentSet;
	const uint32_t rule = IOLAS_DXGK_RULE_ALLOC_ANSWER;

	if (!segments_exist(c->loader, sets))
		return wrong(c, rule, i, "names a segment that does not exist");
	for (uint32_t s = 0; s < c->loader->segment_count; s++) {
		const uint32_t flags = c->loader->segments[s].flags;
		const uint32_t bit = UINT32_C(1) << s;

		if ((info->EvictionSegmentSet & bit) &&
		    !(flags & DXGK_SEGMENTFLAG_APERTURE))
			return wrong(c, rule, i,
				     "evicts to a segment that is no aperture");
		if (!(info->SupportedWriteSegmentSet & bit))
			continue;
		if (c->request->items[i].is_primary &&
		    !(flags & DXGK_SEGMENTFLAG_CPUVISIBLE))
			return wrong(c, rule, i,
				     "a primary in a segment that the CPU "
				     "does not see");
		if ((flags & DXGK_SEGMENTFLAG_USE64KBPAGES) &&
		    info->Alignment % 65536 != 0)
			return wrong(c, rule, i,
				     "alignment is no multiple of 64 KiB");
	}
	return true;
}

static bool judge_answer(struct creation *c, uint32_t i)
{
	const DXGK_ALLOCATIONINFO *info = &c->infos[i];
	const struct iolas__dxgk_item *item = &c->request->items[i];
	const uint32_t rule = IOLAS_DXGK_RULE_ALLOC_ANSWER;

	if (!info->hAllocation)
		return wrong(c, rule, i, "hAllocation is NULL");
	if (info->Size == 0)
		return wrong(c, rule, i, "Size is 0");
	if (info->Size > SIZE_MAX - DXGK_PAGE_BYTES)
		return wrong(c, rule, i, "Size cannot be rounded to pages");
	if (info->PitchAlignedSize != 0 && info->PitchAlignedSize < info->Size)
		return wrong(c, rule, i, "PitchAlignedSize is below Size");
	if (info->AllocationPriority == 0)
		return wrong(c, rule, i, "AllocationPriority is 0");
	if (item->system_memory &&
	    (((uintptr_t)item->system_memory | info->Size) &
	     (DXGK_PAGE_BYTES - 1)) != 0)
		return wrong(c, rule, i,
			     "existing memory is not made of whole pages");
	return judge_flags(c, i) && judge_segments(c, i);
}

static bool judge(struct creation *c)
{
	for (uint32_t i = 0; i < c->request->count; i++)
		if (!judge_answer(c, i))
			return false;
	return true;
}

/* Takes back what the driver made; allocations without handle were not. */
static void undo_create(struct creation *c)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->request->count; i++)
		if (c->infos[i].hAllocation)
			c->list[count++] = c->infos[i].hAllocation;
	if (count != 0 || c->request->makes_resource)
		iolas__dxgk_destroy_allocations(c->loader, c->list, count,
						c->resource_handle,
						c->request->makes_resource);
}

static struct iolas__dxgk_resource *make_resource(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;
	struct iolas__dxgk_resource *resource;

	resource = iolas__dxgk_alloc(heap_of(c), sizeof(*resource));
	if (!resource)
		return NULL;
	resource->loader = c->loader;
	resource->pins.loader = c->loader;
	resource->is_shared = r->is_shared;
	resource->is_nt_shared = r->is_nt_shared;
	if (!iolas__dxgk_data_copy(c->loader, &resource->data, r->data,
				   r->data_bytes) ||
	    !iolas__dxgk_data_copy(c->loader, &resource->runtime, r->runtime,
				   r->runtime_bytes)) {
		iolas__dxgk_data_drop(c->loader, &resource->data);
		iolas__dxgk_free(heap_of(c), resource);
		return NULL;
	}
	return resource;
}

static struct iolas__dxgk_allocation *make_allocation(struct creation *c,
						      uint32_t i)
{
	const DXGK_ALLOCATIONINFO *info = &c->infos[i];
	struct iolas__dxgk_allocation *a;

	a = iolas__dxgk_alloc(heap_of(c), sizeof(*a));
	if (!a)
		return NULL;
	/* Room only: what later openers see is what the driver leaves. */
	if (!iolas__dxgk_data_copy(c->loader, &a->data, c->datas[i].bytes,
				   c->datas[i].count)) {
		iolas__dxgk_free(heap_of(c), a);
		return NULL;
	}
	a->driver_handle = info->hAllocation;
	a->resource = c->resource;
	a->pins.loader = c->loader;
	a->flags = info->Flags.Value;
	a->alignment =
		info->Alignment ? info->Alignment : (uint32_t)DXGK_PAGE_BYTES;
	a->write_segments = info->SupportedWriteSegmentSet;
	a->priority = info->AllocationPriority;
	a->size = (info->Size + DXGK_PAGE_BYTES - 1) & ~(DXGK_PAGE_BYTES - 1);
	return a;
}

/* Objects for all of it, linked; false: nothing stays. */
static bool make_objects(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;
	uint32_t made = 0;

	if (r->makes_resource) {
		c->resource = make_resource(c);
		if (!c->resource)
			return false;
	}
	while (made < r->count &&
	       (c->allocations[made] = make_allocation(c, made)))
		made++;
	if (made < r->count) {
		while (made-- > 0) {
			iolas__dxgk_data_drop(c->loader,
					      &c->allocations[made]->data);
			iolas__dxgk_free(heap_of(c), c->allocations[made]);
		}
		if (r->makes_resource) {
			iolas__dxgk_data_drop(c->loader, &c->resource->data);
			iolas__dxgk_data_drop(c->loader, &c->resource->runtime);
			iolas__dxgk_free(heap_of(c), c->resource);
		}
		return false;
	}
	if (c->resource) {
		c->resource->driver_handle = c->resource_handle;
		c->resource->member_count += r->count;
	}
	if (r->makes_resource) {
		c->resource->next = c->loader->resources;
		c->loader->resources = c->resource;
	}
	for (uint32_t i = 0; i < r->count; i++) {
		c->allocations[i]->next = c->loader->allocations;
		c->loader->allocations = c->allocations[i];
	}
	return true;
}

/* The objects of a request that failed after they were linked. */
static void destroy_objects(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;

	if (r->makes_resource) {
		iolas__dxgk_end_resource(c->resource);
		return;
	}
	for (uint32_t i = 0; i < r->count; i++) {
		if (c->resource)
			c->resource->member_count--;
		iolas__dxgk_end_allocation(c->loader, c->allocations[i]);
	}
}

/* Backing stores shared with the driver: between create and open. */
static NTSTATUS share_backing(struct creation *c)
{
	const DRIVER_INITIALIZATION_DATA *table = &c->loader->driver->ddi;

	for (uint32_t i = 0; i < c->request->count; i++) {
		struct iolas__dxgk_allocation *a = c->allocations[i];
		DXGKARG_SETALLOCATIONBACKINGSTORE args;
		struct iolas__dxgk_ddi ddi;
		NTSTATUS status;

		if (c->loader->driver->version <
			    DXGKDDI_INTERFACE_VERSION_WDDM3_0 ||
		    !c->infos[i].Flags2.ShareBackingStoreWithKmd)
			continue;
		if (!c->loader->feature[5] ||
		    !table->DxgkDdiSetAllocationBackingStore ||
		    !c->request->is_shared ||
		    c->request->items[i].system_memory) {
			wrong(c, IOLAS_DXGK_RULE_ALLOC_FLAGS, i,
			      "ShareBackingStoreWithKmd without the feature, "
			      "the DDI, or a shared allocation of its own");
			return STATUS_INVALID_PARAMETER;
		}
		if (iolas_dxgk_user_alloc(c->loader->adapter->machine, a->size,
					  &a->backing))
			return STATUS_NO_MEMORY;
		args.hDriverAllocation = a->driver_handle;
		args.pBackingStore = a->backing;
		iolas__dxgk_ddi_begin(&ddi, c->loader->adapter,
				      "DxgkDdiSetAllocationBackingStore",
				      PASSIVE_LEVEL);
		status = table->DxgkDdiSetAllocationBackingStore(
			c->loader->context, &args);
		iolas__dxgk_ddi_end(&ddi);
		if (!NT_SUCCESS(status))
			return status;
	}
	return STATUS_SUCCESS;
}

static NTSTATUS share_handle(struct creation *c)
{
	const struct iolas__dxgk_handle what = {
		.kind = DXGK_KIND_SHARE,
		.adapter = c->loader->adapter,
		.object = c->resource,
	};

	DXGK_CALL("D3DKMTCreateAllocation");
	if (!c->request->makes_resource || !c->request->is_shared ||
	    c->request->is_nt_shared)
		return STATUS_SUCCESS;
	c->resource->share = (uint32_t)iolas__dxgk_handle_make(
		iolas__dxgk_narrow(), &call, &what);
	return c->resource->share ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS open_created(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;
	struct iolas__dxgk_open_batch batch = {
		.device = r->device,
		.resource = c->resource,
		.allocations = c->allocations,
		.count = r->count,
		.is_create = true,
		.resource_data = c->resource_data.bytes,
		.resource_bytes = c->resource_data.count,
		.datas = c->datas,
		.holds = r->into,
		.handles = c->handles,
	};
	NTSTATUS status = iolas__dxgk_open_all(&batch);

	if (NT_SUCCESS(status) && batch.holds)
		r->resource = batch.holds->handle;
	return status;
}

/* Private data go to the user and to whoever opens later. */
static void publish(struct creation *c)
{
	struct iolas__dxgk_request *r = c->request;

	for (uint32_t i = 0; i < r->count; i++) {
		r->items[i].handle = c->handles[i];
		if (c->datas[i].count == 0)
			continue;
		memcpy(r->items[i].data, c->datas[i].bytes, c->datas[i].count);
		memcpy(c->allocations[i]->data.bytes, c->datas[i].bytes,
		       c->datas[i].count);
	}
	if (r->makes_resource)
		r->share = c->resource->share;
}

NTSTATUS iolas__dxgk_create(struct iolas__dxgk_request *request)
{
	struct creation c = {
		.request = request,
		.loader = request->device->loader,
		.resource = request->into ? request->into->resource : NULL,
	};
	NTSTATUS status = STATUS_NO_MEMORY;

	if (begin_creation(&c))
		status = call_create(&c);
	if (NT_SUCCESS(status)) {
		if (!judge(&c))
			status = STATUS_INVALID_PARAMETER;
		else if (!make_objects(&c))
			status = STATUS_NO_MEMORY;
		if (!NT_SUCCESS(status)) {
			undo_create(&c);
			end_creation(&c);
			return status;
		}
		status = share_backing(&c);
		if (NT_SUCCESS(status))
			status = share_handle(&c);
		if (NT_SUCCESS(status))
			status = open_created(&c);
		if (NT_SUCCESS(status))
			publish(&c);
		else
			destroy_objects(&c);
	}
	end_creation(&c);
	return status;
}
