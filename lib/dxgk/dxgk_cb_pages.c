/* SPDX-License-Identifier: MIT */
/*
 * DxgkCbAllocatePagesForMdl and DxgkCbFreePagesFromMdl (spec/dxgk.md, sections
 * A.3 and A.4; the order of checks and their statuses are [REC]).
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_callback.h"
#include "dxgk/dxgk_mdl.h"

#include <inttypes.h>

/* LowAddress = HighAddress = 0, taken as no limit unless configured. */
static uint64_t high_of(const struct iolas__dxgk_call *call,
			struct iolas_dxgk_adapter *adapter,
			const DXGKARGCB_ALLOCATEPAGESFORMDL *args)
{
	if (args->LowAddress.QuadPart || args->HighAddress.QuadPart ||
	    adapter->config.flags & IOLAS_DXGK_STRICT_HIGH)
		return (uint64_t)args->HighAddress.QuadPart;
	if (!atomic_exchange_explicit(&adapter->warned_zero_high, true,
				      memory_order_relaxed))
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = call,
				.rule = IOLAS_DXGK_RULE_ZERO_HIGH },
			"LowAddress and HighAddress are 0");
	return UINT64_MAX;
}

/* SkipBytes as a chunk: all chunks are that long and so aligned. */
static const char *bad_chunk(uint64_t skip, uint64_t bytes)
{
	if (!skip)
		return NULL;
	if (skip & (skip - 1))
		return "SkipBytes as a chunk is no power of two";
	if (skip < DXGK_PAGE_BYTES)
		return "SkipBytes as a chunk is less than a page";
	if (bytes & (skip - 1))
		return "SkipBytes as a chunk does not divide TotalBytes";
	return NULL;
}

static const char *bad_flags(uint32_t flags)
{
	if (flags & ~DXGK_MM_KNOWN)
		return "unknown Flags";
	if (flags & DXGK_MM_AND_HOT_REMOVE)
		return "MM_ALLOCATE_AND_HOT_REMOVE excludes "
		       "MM_ALLOCATE_FULLY_REQUIRED, which is always set here";
	if (flags & DXGK_MM_FAST_LARGE_PAGES &&
	    !(flags & DXGK_MM_CONTIGUOUS_CHUNKS))
		return "MM_ALLOCATE_FAST_LARGE_PAGES without "
		       "MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS";
	return NULL;
}

static NTSTATUS check(const struct iolas__dxgk_call *call,
		      struct iolas_dxgk_adapter *adapter,
		      const DXGKARGCB_ALLOCATEPAGESFORMDL *args, uint64_t high)
{
	uint64_t skip = (uint64_t)args->SkipBytes.QuadPart;
	const char *why;

	if ((uint64_t)args->LowAddress.QuadPart > high)
		return iolas__dxgk_bad(call, adapter,
				       "LowAddress is above HighAddress");
	why = args->Flags & DXGK_MM_CONTIGUOUS_CHUNKS
		      ? bad_chunk(skip, args->TotalBytes)
		      : NULL;
	if (!why && !args->TotalBytes)
		why = "TotalBytes is 0";
	if (!why && args->TotalBytes > DXGK_MDL_BYTES_MAX)
		why = "TotalBytes is above 4 GB - PAGE_SIZE";
	if (!why && skip & (DXGK_PAGE_BYTES - 1))
		why = "SkipBytes is no multiple of a page";
	if (!why)
		why = bad_flags(args->Flags);
	if (!why && args->Flags & DXGK_MM_FAST_LARGE_PAGES &&
	    skip & (DXGK_LARGE_PAGE_BYTES - 1))
		why = "SkipBytes is no multiple of a large page";
	return why ? iolas__dxgk_bad(call, adapter, why) : STATUS_SUCCESS;
}

/* The MDL of a fresh block; its pages stay the block's. */
static NTSTATUS hang_mdl(const struct iolas__dxgk_call *call,
			 struct iolas__dxgk_block *block)
{
	bool wants_logical =
		block->adapter->config.flags & IOLAS_DXGK_LOGICAL_PFNS &&
		block->adapter->config.mode == IOLAS_DXGK_REMAPPED;

	block->mdl = iolas__dxgk_mdl_make(
		block->adapter->machine, call, DXGK_MDL_OF_CB, &block->pages,
		wants_logical ? &block->logical : NULL);
	block->owns_mdl = block->mdl != NULL;
	return block->mdl ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS allocate(const struct iolas__dxgk_call *call,
			 struct iolas_dxgk_adapter *adapter,
			 DXGKARGCB_ALLOCATEPAGESFORMDL *args, uint64_t high)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	const struct iolas__dxgk_list_request want = {
		.low = (uint64_t)args->LowAddress.QuadPart,
		.high = high,
		.skip = (uint64_t)args->SkipBytes.QuadPart,
		.bytes = (args->TotalBytes + DXGK_PAGE_BYTES - 1) &
			 ~(DXGK_PAGE_BYTES - 1),
		.flags = args->Flags | DXGK_MM_FULLY_REQUIRED,
		.node = IOLAS_NODE_ANY,
		.is_poisoned = machine->config.verifier >= 1,
	};
	struct iolas__dxgk_block like = {
		.kind = IOLAS_DXGK_MEMORY_PAGES,
		.cache = (uint32_t)args->CacheType,
		.owns_pages = true,
		.requested = args->TotalBytes,
	};
	struct iolas__dxgk_block *block;
	NTSTATUS result;
	int status;

	status = iolas__dxgk_pages_list(machine, &want, &like.pages);
	if (status)
		return iolas__dxgk_ntstatus(status);
	status = iolas__dxgk_block_make(adapter, call, &like, &block);
	if (status) {
		iolas__dxgk_pages_free(machine, &like.pages);
		return iolas__dxgk_ntstatus(status);
	}
	result = hang_mdl(call, block);
	if (result) {
		iolas__dxgk_block_forget(block);
		return result;
	}
	args->hMemoryHandle = dxgk_handle_out(block->handle);
	args->pMdl = block->mdl;
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_allocate_pages(
	const HANDLE handle, DXGKARGCB_ALLOCATEPAGESFORMDL *args)
{
	DXGK_CALL("DxgkCbAllocatePagesForMdl");
	struct iolas_dxgk_adapter *adapter;
	NTSTATUS status;
	uint64_t high;

	if (args) {
		args->hMemoryHandle = NULL;
		args->pMdl = NULL;
	}
	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	if ((uint32_t)args->CacheType > DXGK_MEMORY_CACHING_TYPE_WRITE_COMBINED)
		return iolas__dxgk_bad(&call, adapter, "unknown CacheType");
	if (!iolas__dxgk_mode_allows(&call, adapter))
		return STATUS_NOT_SUPPORTED;
	high = high_of(&call, adapter, args);
	status = check(&call, adapter, args, high);
	if (status)
		return status;
	if (iolas__dxgk_plan_fails(adapter->machine, call.name,
				   args->TotalBytes, &status))
		return status;
	return allocate(&call, adapter, args, high);
}

NTSTATUS APIENTRY iolas__dxgk_cb_free_pages(
	const HANDLE handle, const DXGKARGCB_FREEPAGESFROMMDL *args)
{
	DXGK_CALL("DxgkCbFreePagesFromMdl");
	struct iolas_dxgk_adapter *adapter;
	struct iolas__dxgk_block *block;
	NTSTATUS status;

	status = iolas__dxgk_memory_enter(&call, handle, args, &adapter);
	if (status)
		return status;
	status = iolas__dxgk_block_take(
		adapter, &call, args->hMemoryHandle, IOLAS_DXGK_MEMORY_PAGES,
		"a handle of DxgkCbAllocatePagesForMdl", &block);
	if (status)
		return status;
	return iolas__dxgk_block_free(block, &call);
}
