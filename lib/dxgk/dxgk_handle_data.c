/* SPDX-License-Identifier: MIT */
/*
 * From a D3DKMT handle to the driver's own object: DxgkCbGetHandleData and its
 * family (spec/dxgk.md, section A.8).  None takes an adapter, all may be called
 * inside a DDI, so they read opens under the handle table's lock and never take
 * loader->lock.
 */
#include "dxgk/dxgk_object.h"

#include "dxgk/dxgk_handle_data.h"

#include <string.h>

/* One acquisition; its wide handle is what the driver gives back. */
struct iolas__dxgk_pin {
	struct iolas__dxgk_pin *next;
	struct iolas__dxgk_pins *pins;
	uint64_t handle;
	DXGK_HANDLE_TYPE type;
};

/* A question about one handle, answered by a visit under the table's lock. */
struct question {
	bool is_device_specific;
	bool pins; /* keep what is found */
	struct iolas__dxgk_pin *pin;
	void *data;
	uint32_t parent;
	uint32_t index;
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_open_resource *resource;
};

static void keep(struct question *q, struct iolas__dxgk_pins *pins)
{
	if (!q->pin)
		return;
	pthread_mutex_lock(&pins->loader->object_lock);
	pins->count++;
	q->pin->pins = pins;
	q->pin->next = pins->list;
	pins->list = q->pin;
	pthread_mutex_unlock(&pins->loader->object_lock);
}

static void visit_allocation(void *object, void *arg)
{
	struct iolas__dxgk_open *open = object;
	struct question *q = arg;

	q->data = q->is_device_specific ? open->device_handle
					: open->allocation->driver_handle;
	q->parent = open->resource ? open->resource->handle : 0;
	if (q->data)
		keep(q, &open->allocation->pins);
}

static void visit_resource(void *object, void *arg)
{
	struct iolas__dxgk_open_resource *open = object;
	struct question *q = arg;

	q->data = open->resource->driver_handle;
	q->device = open->device;
	q->resource = open;
	if (q->data)
		keep(q, &open->resource->pins);
}

static void report(const struct iolas__dxgk_call *call, uint32_t rule,
		   uint64_t handle, const char *text)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .adapter = iolas__dxgk_context(),
					      .call = call,
					      .rule = rule,
					      .handle = handle },
		"%s", text);
}

/* Files why a handle led nowhere. */
static void report_verdict(const struct iolas__dxgk_call *call, int verdict,
			   uint32_t handle,
			   const struct iolas__dxgk_handle *copy)
{
	iolas__dxgk_handle_report(call, iolas__dxgk_context(), verdict, handle,
				  copy, "an allocation or resource handle");
}

/* The shared part of Get and Acquire.  NULL: unresolvable, reported. */
static void *resolve(const struct iolas__dxgk_call *call,
		     const DXGKARGCB_GETHANDLEDATA *args, struct question *q)
{
	const bool is_allocation = args->Type == DXGK_HANDLE_ALLOCATION;
	struct iolas__dxgk_handle copy;
	int verdict;

	if ((!is_allocation && args->Type != DXGK_HANDLE_RESOURCE) ||
	    (args->Flags.DeviceSpecific && !is_allocation)) {
		report(call, IOLAS_DXGK_RULE_HANDLE_TYPE, args->hObject,
		       "Type or DeviceSpecific cannot be");
		return NULL;
	}
	q->is_device_specific = args->Flags.DeviceSpecific;
	verdict = iolas__dxgk_handle_find(
		iolas__dxgk_narrow(), args->hObject,
		is_allocation ? DXGK_KIND_ALLOCATION : DXGK_KIND_RESOURCE, NULL,
		&copy, is_allocation ? visit_allocation : visit_resource, q);
	if (verdict != DXGK_HANDLE_FOUND)
		report_verdict(call, verdict, args->hObject, &copy);
	return q->data;
}

VOID *APIENTRY CALLBACK
iolas__dxgk_cb_get_handle_data(const DXGKARGCB_GETHANDLEDATA *args)
{
	struct question q = { .data = NULL };

	DXGK_CALL("DxgkCbGetHandleData");
	if (!args)
		return NULL;
	return resolve(&call, args, &q);
}

D3DKMT_HANDLE APIENTRY CALLBACK
iolas__dxgk_cb_get_handle_parent(D3DKMT_HANDLE handle)
{
	struct question q = { .data = NULL };
	struct iolas__dxgk_handle copy;
	int verdict;

	DXGK_CALL("DxgkCbGetHandleParent");
	verdict = iolas__dxgk_handle_find(iolas__dxgk_narrow(), handle,
					  DXGK_KIND_ALLOCATION, NULL, &copy,
					  visit_allocation, &q);
	if (verdict != DXGK_HANDLE_FOUND)
		report_verdict(&call, verdict, handle, &copy);
	return q.parent;
}

/*
 * The children of a resource are the opens of its device.  The device's list
 * changes under loader->lock only, which a DDI's caller holds.
 */
static void visit_children(void *object, void *arg)
{
	struct iolas__dxgk_open_resource *open = object;
	struct question *q = arg;

	for (struct iolas__dxgk_open *at = open->device->opens; at;
	     at = at->next)
		if (at->resource == open && at->index == q->index)
			q->parent = at->handle;
}

D3DKMT_HANDLE APIENTRY CALLBACK
iolas__dxgk_cb_enum_handle_children(const DXGKARGCB_ENUMHANDLECHILDREN *args)
{
	struct question q = { .data = NULL };
	struct iolas__dxgk_handle copy;
	int verdict;

	DXGK_CALL("DxgkCbEnumHandleChildren");
	if (!args)
		return 0;
	q.index = args->Index;
	verdict = iolas__dxgk_handle_find(iolas__dxgk_narrow(), args->hObject,
					  DXGK_KIND_RESOURCE, NULL, &copy,
					  visit_children, &q);
	if (verdict != DXGK_HANDLE_FOUND)
		report_verdict(&call, verdict, args->hObject, &copy);
	return q.parent;
}

/* A pin with its handle; NULL: no memory.  Not yet on a list. */
static struct iolas__dxgk_pin *make_pin(const struct iolas__dxgk_call *call,
					struct iolas_dxgk_machine *machine,
					struct iolas_dxgk_adapter *adapter,
					DXGK_HANDLE_TYPE type)
{
	struct iolas__dxgk_pin *pin =
		iolas__dxgk_alloc(&machine->heap, sizeof(*pin));
	const struct iolas__dxgk_handle what = {
		.kind = DXGK_KIND_PIN,
		.adapter = adapter,
		.object = pin,
	};

	if (!pin)
		return NULL;
	pin->type = type;
	pin->handle = iolas__dxgk_handle_make(iolas__dxgk_wide(), call, &what);
	if (pin->handle != 0)
		return pin;
	iolas__dxgk_free(&machine->heap, pin);
	return NULL;
}

static void end_pin(struct iolas_dxgk_machine *machine,
		    const struct iolas__dxgk_call *call,
		    struct iolas__dxgk_pin *pin)
{
	iolas__dxgk_handle_take(iolas__dxgk_wide(), pin->handle, DXGK_KIND_PIN,
				0, NULL, call, NULL);
	iolas__dxgk_handle_end(iolas__dxgk_wide(), pin->handle);
	iolas__dxgk_free(&machine->heap, pin);
}

/* Which adapter a narrow handle is on. */
static struct iolas_dxgk_adapter *adapter_of(D3DKMT_HANDLE handle)
{
	struct iolas__dxgk_handle copy;

	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), handle, 0, NULL,
				    &copy, NULL, NULL) != DXGK_HANDLE_FOUND)
		return NULL;
	return copy.adapter;
}

VOID *APIENTRY CALLBACK iolas__dxgk_cb_acquire_handle_data(
	const DXGKARGCB_GETHANDLEDATA *args, DXGKARG_RELEASE_HANDLE *release)
{
	struct question q = { .data = NULL };
	struct iolas_dxgk_adapter *adapter;
	void *data;

	DXGK_CALL("DxgkCbAcquireHandleData");
	if (!args || !release)
		return NULL;
	*release = NULL;
	adapter = adapter_of(args->hObject);
	if (adapter) {
		q.pin = make_pin(&call, adapter->machine, adapter, args->Type);
		if (!q.pin)
			return NULL;
	}
	data = resolve(&call, args, &q);
	if (q.pin && !q.pin->pins)
		end_pin(adapter->machine, &call, q.pin);
	else if (q.pin)
		*release = (DXGKARG_RELEASE_HANDLE)(uintptr_t)q.pin->handle;
	return data;
}

VOID APIENTRY CALLBACK
iolas__dxgk_cb_release_handle_data(const DXGKARGCB_RELEASEHANDLEDATA args)
{
	const uint64_t handle = (uint64_t)(uintptr_t)args.ReleaseHandle;
	struct iolas__dxgk_handle copy;
	struct iolas__dxgk_loader *loader;
	struct iolas__dxgk_pin *pin, **at;
	int verdict;

	DXGK_CALL("DxgkCbReleaseHandleData");
	verdict = iolas__dxgk_handle_take(iolas__dxgk_wide(), handle,
					  DXGK_KIND_PIN, 0, NULL, &call, &copy);
	if (verdict != DXGK_HANDLE_FOUND) {
		iolas__dxgk_handle_report(&call, iolas__dxgk_context(), verdict,
					  handle, &copy,
					  "what DxgkCbAcquireHandleData gave");
		return;
	}
	pin = copy.object;
	if (pin->type != args.Type)
		report(&call, IOLAS_DXGK_RULE_HANDLE_TYPE, handle,
		       "acquired as another type");
	loader = pin->pins->loader;
	pthread_mutex_lock(&loader->object_lock);
	at = &pin->pins->list;
	while (*at != pin)
		at = &(*at)->next;
	*at = pin->next;
	pin->pins->count--;
	pthread_mutex_unlock(&loader->object_lock);
	iolas__dxgk_handle_end(iolas__dxgk_wide(), handle);
	iolas__dxgk_free(&loader->adapter->machine->heap, pin);
}

uint64_t iolas__dxgk_pins_drop(struct iolas__dxgk_pins *pins)
{
	struct iolas_dxgk_machine *machine = pins->loader->adapter->machine;
	uint64_t dropped = 0;

	DXGK_CALL("DxgkDdiStopDevice");
	while (pins->list) {
		struct iolas__dxgk_pin *pin = pins->list;

		pins->list = pin->next;
		end_pin(machine, &call, pin);
		dropped++;
	}
	pins->count = 0;
	return dropped;
}

int iolas_dxgk_allocation_info(uint32_t allocation,
			       struct iolas_dxgk_allocation_info *info)
{
	struct iolas_dxgk_allocation_info full = { 0 };
	struct iolas__dxgk_handle found;
	struct iolas__dxgk_open *open;

	if (!info || info->struct_size < sizeof(full))
		return IOLAS_EINVAL;
	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), allocation,
				    DXGK_KIND_ALLOCATION, NULL, &found, NULL,
				    NULL) != DXGK_HANDLE_FOUND)
		return IOLAS_ENOENT;
	open = found.object;
	full.struct_size = info->struct_size;
	full.flags = open->allocation->flags;
	full.size = open->allocation->size;
	full.alignment = open->allocation->alignment;
	full.write_segments = open->allocation->write_segments;
	full.priority = open->allocation->priority;
	full.open_count = open->allocation->open_count;
	full.driver_handle = open->allocation->driver_handle;
	full.device_handle = open->device_handle;
	memcpy(info, &full, sizeof(full));
	return IOLAS_OK;
}
