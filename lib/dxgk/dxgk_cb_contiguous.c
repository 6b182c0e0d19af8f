/* SPDX-License-Identifier: MIT */
/*
 * DxgkCbAllocateContiguousMemory and DxgkCbFreeContiguousMemory (spec/dxgk.md,
 * sections A.1 and A.2; the order of checks and their statuses are [REC]).
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_callback.h"

static NTSTATUS check(const struct iolas__dxgk_call *call,
		      struct iolas_dxgk_adapter *adapter,
		      const DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *args)
{
	uint64_t lowest = (uint64_t)args->LowestAcceptableAddress.QuadPart;
	uint64_t highest = (uint64_t)args->HighestAcceptableAddress.QuadPart;
	uint64_t boundary = (uint64_t)args->BoundaryAddressMultiple.QuadPart;

	if (!args->NumberOfBytes)
		return iolas__dxgk_bad(call, adapter, "NumberOfBytes is 0");
	if (args->NumberOfBytes > SIZE_MAX - (DXGK_PAGE_BYTES - 1))
		return iolas__dxgk_bad(call, adapter,
				       "NumberOfBytes wraps when rounded up");
	if ((uint32_t)args->CacheType > DXGK_MEMORY_CACHING_TYPE_WRITE_COMBINED)
		return iolas__dxgk_bad(call, adapter, "unknown CacheType");
	if (boundary & (boundary - 1))
		return iolas__dxgk_bad(
			call, adapter,
			"BoundaryAddressMultiple is no power of two");
	if (lowest > highest)
		return iolas__dxgk_bad(call, adapter,
				       "LowestAcceptableAddress is above "
				       "HighestAcceptableAddress");
	if (boundary && args->NumberOfBytes > boundary)
		return iolas__dxgk_bad(call, adapter,
				       "NumberOfBytes does not fit between two "
				       "multiples of the boundary");
	return iolas__dxgk_mode_allows(call, adapter) ? STATUS_SUCCESS
						      : STATUS_NOT_SUPPORTED;
}

static NTSTATUS allocate(const struct iolas__dxgk_call *call,
			 struct iolas_dxgk_adapter *adapter,
			 DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *args)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	const struct iolas__dxgk_block_request want = {
		.bytes = args->NumberOfBytes,
		.lowest = (uint64_t)args->LowestAcceptableAddress.QuadPart,
		.highest = (uint64_t)args->HighestAcceptableAddress.QuadPart,
		.boundary = (uint64_t)args->BoundaryAddressMultiple.QuadPart,
		.node = IOLAS_NODE_ANY,
		.is_poisoned = machine->config.verifier >= 1,
		.is_misaligned = machine->config.flags & IOLAS_DXGK_MISALIGN,
	};
	struct iolas__dxgk_block like = {
		.kind = IOLAS_DXGK_MEMORY_CONTIGUOUS,
		.cache = (uint32_t)args->CacheType,
		.owns_pages = true,
		.requested = args->NumberOfBytes,
	};
	struct iolas__dxgk_block *block;
	struct iolas_run run;
	int status;

	status = iolas__dxgk_pages_contiguous(machine, &want, &like.pages);
	if (status)
		return iolas__dxgk_ntstatus(status);
	status = iolas_pagelist_run_at(like.pages.list, 0, &run);
	if (!status) {
		like.va = iolas_physmem_ptr(machine->physmem, run.pa,
					    like.pages.bytes);
		status = iolas__dxgk_block_make(adapter, call, &like, &block);
	}
	if (status) {
		iolas__dxgk_pages_free(machine, &like.pages);
		return iolas__dxgk_ntstatus(status);
	}
	args->hMemoryHandle = dxgk_handle_out(block->handle);
	args->pMemory = like.va;
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_allocate_contiguous(
	const HANDLE handle, DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *args)
{
	DXGK_CALL("DxgkCbAllocateContiguousMemory");
	struct iolas_dxgk_adapter *adapter;
	NTSTATUS status;

	if (args) {
		args->hMemoryHandle = NULL;
		args->pMemory = NULL;
	}
	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (!status)
		status = check(&call, adapter, args);
	if (status)
		return status;
	if (iolas__dxgk_plan_fails(adapter->machine, call.name,
				   args->NumberOfBytes, &status))
		return status;
	return allocate(&call, adapter, args);
}

NTSTATUS APIENTRY iolas__dxgk_cb_free_contiguous(
	const HANDLE handle, const DXGKARGCB_FREECONTIGUOUSMEMORY *args)
{
	DXGK_CALL("DxgkCbFreeContiguousMemory");
	struct iolas_dxgk_adapter *adapter;
	struct iolas__dxgk_block *block;
	NTSTATUS status;

	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	status = iolas__dxgk_block_take(
		adapter, &call, args->hMemoryHandle,
		IOLAS_DXGK_MEMORY_CONTIGUOUS,
		"a handle of DxgkCbAllocateContiguousMemory", &block);
	if (status)
		return status;
	return iolas__dxgk_block_free(block, &call);
}
