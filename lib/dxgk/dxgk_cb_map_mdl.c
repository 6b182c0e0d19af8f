/* SPDX-License-Identifier: MIT */
/*
 * DxgkCbMapMdlToIoMmu and DxgkCbUnmapMdlFromIoMmu (spec/dxgk.md, section B.1):
 * the driver's own MDL for its device.  The frames are taken down at map time;
 * the unmap works on those, whatever became of the MDL, and tells of changes.
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_callback.h"
#include "dxgk/dxgk_mdl.h"

#include <string.h>

static const char *bad_mdl(const MDL *mdl)
{
	const int described =
		MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_IO_SPACE;

	if (!mdl)
		return "pMdl is NULL";
	if (!(mdl->MdlFlags & described))
		return "the MDL's pages are not locked";
	return mdl->ByteCount ? NULL : "the MDL describes no byte";
}

static NTSTATUS map(const struct iolas__dxgk_call *call,
		    struct iolas_dxgk_adapter *adapter,
		    DXGKARGCB_MAPMDLTOIOMMU *args)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	struct iolas__dxgk_block like = {
		.kind = IOLAS_DXGK_MEMORY_MAPPED_MDL,
		.byte_offset = args->pMdl->ByteOffset,
		.requested = args->pMdl->ByteCount,
		.mdl = args->pMdl,
		.is_registered = iolas__dxgk_thing_find(machine, DXGK_THING_MDL,
							args->pMdl) != NULL,
	};
	struct iolas__dxgk_block *block;
	int status;

	status = iolas__dxgk_mdl_list(machine, args->pMdl, &like.pages.list);
	if (status == IOLAS_EINVAL)
		return iolas__dxgk_bad(call, adapter,
				       "a frame of the MDL is no memory");
	if (status)
		return iolas__dxgk_ntstatus(status);
	like.pages.bytes = iolas_pagelist_byte_count(like.pages.list);
	status = iolas__dxgk_block_make(adapter, call, &like, &block);
	if (status) {
		iolas_pagelist_destroy(like.pages.list);
		return iolas__dxgk_ntstatus(status);
	}
	args->hMemoryHandle = dxgk_handle_out(block->handle);
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_map_mdl(const HANDLE handle,
					 DXGKARGCB_MAPMDLTOIOMMU *args)
{
	DXGK_CALL("DxgkCbMapMdlToIoMmu");
	struct iolas_dxgk_adapter *adapter;
	const char *why;
	NTSTATUS status;

	if (args)
		args->hMemoryHandle = NULL;
	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	why = bad_mdl(args->pMdl);
	if (why)
		return iolas__dxgk_bad(&call, adapter, why);
	if (!iolas__dxgk_mode_allows(&call, adapter))
		return STATUS_NOT_SUPPORTED;
	if (args->pMdl->Next)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_MDL_CHAIN },
			"MDL %p is followed by %p", (void *)args->pMdl,
			(void *)args->pMdl->Next);
	if (iolas__dxgk_plan_fails(adapter->machine, call.name,
				   args->pMdl->ByteCount, &status))
		return status;
	return map(&call, adapter, args);
}

/*
 * Is the MDL what it was?  One that the library made and that is gone is not
 * touched any more; one of the driver's own it has to keep until now.
 */
static bool is_changed(struct iolas__dxgk_block *block)
{
	struct iolas_dxgk_machine *machine = block->adapter->machine;

	if (block->is_registered &&
	    !iolas__dxgk_thing_find(machine, DXGK_THING_MDL, block->mdl))
		return true;
	return block->mdl->ByteOffset != block->byte_offset ||
	       block->mdl->ByteCount != block->requested ||
	       !iolas__dxgk_mdl_is(machine, block->mdl, block->pages.list);
}

VOID APIENTRY iolas__dxgk_cb_unmap_mdl(const HANDLE handle,
				       const DXGKARGCB_UNMAPMDLFROMIOMMU *args)
{
	DXGK_CALL("DxgkCbUnmapMdlFromIoMmu");
	struct iolas_dxgk_adapter *adapter;
	struct iolas__dxgk_block *block;

	if (iolas__dxgk_memory_enter(&call, handle, args, &adapter) ||
	    iolas__dxgk_block_take(adapter, &call, args->hMemoryHandle,
				   IOLAS_DXGK_MEMORY_MAPPED_MDL,
				   "a handle of DxgkCbMapMdlToIoMmu", &block))
		return;
	if (is_changed(block))
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_MDL_CHANGED,
				.handle = block->handle,
				.made_site = block->made_site },
			"MDL %p is freed or not what was mapped",
			(void *)block->mdl);
	iolas__dxgk_block_free(block, &call);
}
