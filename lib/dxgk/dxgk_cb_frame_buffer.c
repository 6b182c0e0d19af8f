/* SPDX-License-Identifier: MIT */
/*
 * The frame buffer's save area (spec/dxgk.md, section A.5): memory committed
 * when the adapter starts, which a driver pins for its device and sees through
 * pointers.  Its contents outlive pin and map.  PinFrameBufferForSave2 hands
 * out an ADL and is not implemented.
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_callback.h"
#include "dxgk/dxgk_machine.h"
#include "dxgk/dxgk_mdl.h"

/* Mappings begin at such a multiple: the data are at base + out Offset. */
#define VIEW_GRANULARITY UINT64_C(0x10000)

int iolas__dxgk_save_area_commit(struct iolas_dxgk_adapter *adapter,
				 uint64_t bytes)
{
	const struct iolas__dxgk_list_request want = {
		.high = UINT64_MAX,
		.bytes = bytes,
		.flags = DXGK_MM_FULLY_REQUIRED,
		.node = IOLAS_NODE_ANY,
	};

	if (bytes & (DXGK_PAGE_BYTES - 1))
		return IOLAS_EINVAL;
	if (adapter->save_area.list)
		return adapter->save_area.bytes == bytes ? IOLAS_OK
							 : IOLAS_EEXIST;
	return bytes ? iolas__dxgk_pages_list(adapter->machine, &want,
					      &adapter->save_area)
		     : IOLAS_OK;
}

static void end_view(struct iolas_dxgk_adapter *adapter,
		     struct iolas__dxgk_thing *view)
{
	iolas_physmem_view_close(adapter->machine->physmem, view->base);
	iolas__dxgk_thing_free(adapter->machine, view);
}

void iolas__dxgk_save_area_end(struct iolas_dxgk_adapter *adapter)
{
	struct iolas__dxgk_thing *view;

	while ((view = iolas__dxgk_thing_take_any(
			adapter->machine, DXGK_THING_SAVE_VIEW, adapter))) {
		const struct iolas__dxgk_call call = { view->made_call,
						       view->made_site };

		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_MEMORY_LEAKED,
				.made_site = view->made_site },
			"the save area's mapping at %p was never undone",
			view->key);
		end_view(adapter, view);
	}
	iolas__dxgk_pages_free(adapter->machine, &adapter->save_area);
}

/* One page list per adapter: there are no linked ones. */
static const char *bad_range(const struct iolas_dxgk_adapter *adapter,
			     UINT index, uint64_t offset, uint64_t bytes)
{
	if (index != 0)
		return "there is no such physical adapter";
	if (!bytes || (bytes | offset) & (DXGK_PAGE_BYTES - 1))
		return "sizes and offsets are page multiples, sizes not 0";
	if (offset > adapter->save_area.bytes ||
	    bytes > adapter->save_area.bytes - offset)
		return "the range leaves the save area";
	return NULL;
}

/* Pins the first @bytes; the block goes to adapter->save_pin. */
static NTSTATUS pin(const struct iolas__dxgk_call *call,
		    struct iolas_dxgk_adapter *adapter, uint64_t bytes)
{
	struct iolas__dxgk_block like = {
		.kind = IOLAS_DXGK_MEMORY_FRAME_BUFFER,
		.requested = bytes,
		.pages = { .bytes = bytes },
	};
	struct iolas__dxgk_block *block;
	int status;

	status = iolas_pagelist_slice(adapter->save_area.list, 0, bytes,
				      &like.pages.list);
	if (status)
		return iolas__dxgk_ntstatus(status);
	status = iolas__dxgk_block_make(adapter, call, &like, &block);
	if (status) {
		iolas_pagelist_destroy(like.pages.list);
		return iolas__dxgk_ntstatus(status);
	}
	block->mdl = iolas__dxgk_mdl_make(adapter->machine, call,
					  DXGK_MDL_OF_CB, &block->pages, NULL);
	if (!block->mdl) {
		iolas__dxgk_block_forget(block);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	block->owns_mdl = true;
	adapter->save_pin = block;
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_pin_frame_buffer(
	const HANDLE handle, DXGKARGCB_PINFRAMEBUFFERFORSAVE *args)
{
	DXGK_CALL("DxgkCbPinFrameBufferForSave");
	struct iolas_dxgk_adapter *adapter;
	const char *why;
	NTSTATUS status;

	if (args)
		args->pMdl = NULL;
	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	why = bad_range(adapter, args->PhysicalAdapterIndex, 0,
			args->CommitSize);
	if (!why && args->CommitSize > DXGK_MDL_BYTES_MAX)
		why = "CommitSize is above 4 GB - PAGE_SIZE";
	if (why)
		return iolas__dxgk_bad(&call, adapter, why);
	if (!iolas__dxgk_mode_allows(&call, adapter))
		return STATUS_NOT_SUPPORTED;
	if (iolas__dxgk_plan_fails(adapter->machine, call.name,
				   args->CommitSize, &status))
		return status;
	pthread_mutex_lock(&adapter->save_lock);
	if (adapter->save_pin) {
		pthread_mutex_unlock(&adapter->save_lock);
		return iolas__dxgk_bad(&call, adapter,
				       "the save area is pinned already");
	}
	status = pin(&call, adapter, args->CommitSize);
	if (!status)
		args->pMdl = adapter->save_pin->mdl;
	pthread_mutex_unlock(&adapter->save_lock);
	return status;
}

NTSTATUS APIENTRY iolas__dxgk_cb_unpin_frame_buffer(
	const HANDLE handle, const DXGKARGCB_UNPINFRAMEBUFFERFORSAVE *args)
{
	DXGK_CALL("DxgkCbUnpinFrameBufferForSave");
	struct iolas_dxgk_adapter *adapter;
	struct iolas__dxgk_block *block;
	NTSTATUS status;

	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	pthread_mutex_lock(&adapter->save_lock);
	block = args->PhysicalAdapterIndex == 0 ? adapter->save_pin : NULL;
	if (block)
		adapter->save_pin = NULL;
	pthread_mutex_unlock(&adapter->save_lock);
	if (!block)
		return iolas__dxgk_bad(&call, adapter,
				       "no save area of that adapter is "
				       "pinned");
	status = iolas__dxgk_block_take(
		adapter, &call, dxgk_handle_out(block->handle),
		IOLAS_DXGK_MEMORY_FRAME_BUFFER, "the pinned save area", &block);
	if (status)
		return status;
	status = iolas__dxgk_block_free(block, &call);
	if (status) { /* the device is in it: as before */
		pthread_mutex_lock(&adapter->save_lock);
		adapter->save_pin = block;
		pthread_mutex_unlock(&adapter->save_lock);
	}
	return status;
}

static NTSTATUS map(const struct iolas__dxgk_call *call,
		    struct iolas_dxgk_adapter *adapter,
		    DXGKARGCB_MAPFRAMEBUFFERPOINTER *args)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	uint64_t first = args->Offset & ~(VIEW_GRANULARITY - 1);
	struct iolas__dxgk_thing *view =
		iolas__dxgk_thing_make(machine, DXGK_THING_SAVE_VIEW, call);
	struct iolas_pagelist *list = NULL;
	int status = IOLAS_ENOMEM;

	if (view)
		status = iolas_pagelist_slice(adapter->save_area.list, first,
					      args->Offset + args->Size - first,
					      &list);
	if (!status)
		status =
			iolas_physmem_view(machine->physmem, list, &view->base);
	iolas_pagelist_destroy(list);
	if (status) {
		iolas__dxgk_thing_free(machine, view);
		return iolas__dxgk_ntstatus(status);
	}
	view->adapter = adapter;
	view->bytes = args->Offset + args->Size - first;
	args->pBaseAddress = view->base;
	args->Offset -= first;
	iolas__dxgk_thing_add(machine, view, view->base);
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_map_frame_buffer(
	const HANDLE handle, DXGKARGCB_MAPFRAMEBUFFERPOINTER *args)
{
	DXGK_CALL("DxgkCbMapFrameBufferPointer");
	struct iolas_dxgk_adapter *adapter;
	const char *why;
	NTSTATUS status;

	if (args)
		args->pBaseAddress = NULL;
	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	why = bad_range(adapter, args->PhysicalAdapterIndex, args->Offset,
			args->Size);
	if (why)
		return iolas__dxgk_bad(&call, adapter, why);
	if (iolas__dxgk_plan_fails(adapter->machine, call.name, args->Size,
				   &status))
		return status;
	return map(&call, adapter, args);
}

static bool is_of_adapter(const struct iolas__dxgk_thing *thing, void *adapter)
{
	return thing->adapter == adapter;
}

NTSTATUS APIENTRY iolas__dxgk_cb_unmap_frame_buffer(
	const HANDLE handle, const DXGKARGCB_UNMAPFRAMEBUFFERPOINTER *args)
{
	DXGK_CALL("DxgkCbUnmapFrameBufferPointer");
	struct iolas_dxgk_adapter *adapter;
	struct iolas__dxgk_thing *view = NULL;
	NTSTATUS status;

	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	if (args->PhysicalAdapterIndex == 0)
		view = iolas__dxgk_thing_take(
			adapter->machine, DXGK_THING_SAVE_VIEW,
			args->pBaseAddress, is_of_adapter, adapter);
	if (!view)
		return iolas__dxgk_bad(&call, adapter,
				       "pBaseAddress is no mapping of the save "
				       "area");
	end_view(adapter, view);
	return STATUS_SUCCESS;
}
