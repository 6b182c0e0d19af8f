/* SPDX-License-Identifier: MIT */
/*
 * The VideoPort allocators of the older driver model (spec/dxgk.md, section
 * A.6).  video.h has no free for VideoPortAllocateContiguousMemory, so adapter
 * teardown frees silently and a harness function does it earlier.  Free and
 * Release take their two addresses in opposite order.
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_native.h"
#include "dxgk/dxgk_thing.h"

#include <dxgk/video.h>

#include <string.h>

int iolas_dxgk_video_bind(struct iolas_dxgk_adapter *adapter, void *extension)
{
	struct iolas__dxgk_thing *thing;

	if (!adapter || !extension)
		return IOLAS_EINVAL;
	if (iolas__dxgk_thing_find(adapter->machine, DXGK_THING_EXTENSION,
				   extension))
		return IOLAS_EEXIST;
	thing = iolas__dxgk_thing_make(adapter->machine, DXGK_THING_EXTENSION,
				       NULL);
	if (!thing)
		return IOLAS_ENOMEM;
	thing->adapter = adapter;
	iolas__dxgk_thing_add(adapter->machine, thing, extension);
	return IOLAS_OK;
}

/* Whose device extension that is; NULL: reported. */
static struct iolas_dxgk_adapter *
adapter_of(const struct iolas__dxgk_call *call, const void *extension)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_thing *thing;

	if (!machine)
		return NULL;
	thing = iolas__dxgk_thing_find(machine, DXGK_THING_EXTENSION,
				       extension);
	if (thing)
		return thing->adapter;
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.machine = machine,
			.call = call,
			.rule = IOLAS_DXGK_RULE_ADAPTER_HANDLE },
		"HwDeviceExtension %p is bound to no adapter", extension);
	return NULL;
}

static bool may_enter(const struct iolas__dxgk_call *call,
		      struct iolas_dxgk_adapter *adapter)
{
	return adapter && iolas__dxgk_irql_allows(call, adapter->machine,
						  adapter, IOLAS_DXGK_PASSIVE);
}

/* A contiguous block with a device address, found again by its VA. */
static struct iolas__dxgk_block *make_block(const struct iolas__dxgk_call *call,
					    struct iolas_dxgk_adapter *adapter,
					    uint32_t kind, uint64_t bytes,
					    uint64_t highest, bool is_cached)
{
	struct iolas_dxgk_machine *machine = adapter->machine;
	const struct iolas__dxgk_block_request want = {
		.bytes = bytes,
		.highest = highest,
		.node = IOLAS_NODE_ANY,
		.is_poisoned = machine->config.verifier >= 1,
		.is_misaligned = machine->config.flags & IOLAS_DXGK_MISALIGN,
	};
	struct iolas__dxgk_block like = {
		.kind = kind,
		.cache = is_cached ? MmCached : MmNonCached,
		.owns_pages = true,
		.requested = bytes,
	};
	struct iolas__dxgk_thing *thing;
	struct iolas__dxgk_block *block;
	struct iolas_run run;

	if (!bytes || iolas__dxgk_plan_fails(machine, call->name, bytes, NULL))
		return NULL;
	thing = iolas__dxgk_thing_make(machine, DXGK_THING_VIDEO, call);
	if (!thing)
		return NULL;
	if (!iolas__dxgk_pages_contiguous(machine, &want, &like.pages)) {
		if (!iolas_pagelist_run_at(like.pages.list, 0, &run))
			like.va = iolas_physmem_ptr(machine->physmem, run.pa,
						    run.len);
		if (!iolas__dxgk_block_make(adapter, call, &like, &block)) {
			thing->bytes = like.pages.bytes;
			thing->requested = bytes;
			thing->cache = is_cached;
			thing->origin = kind;
			thing->adapter = adapter;
			thing->object = block;
			iolas__dxgk_thing_add(machine, thing, like.va);
			return block;
		}
		iolas__dxgk_pages_free(machine, &like.pages);
	}
	iolas__dxgk_thing_free(machine, thing);
	return NULL;
}

/* What a free must say again, all of it. */
struct expected {
	const struct iolas_dxgk_adapter *adapter;
	uint32_t kind;
	bool is_whole; /* only the kind and the adapter are compared */
	uint64_t bytes;
	uint64_t logical;
	bool is_cached;
	const void *made_site; /* out */
};

static bool matches(const struct iolas__dxgk_thing *thing, void *arg)
{
	const struct iolas__dxgk_block *block = thing->object;
	struct expected *want = arg;

	want->made_site = thing->made_site;
	if (thing->adapter != want->adapter || thing->origin != want->kind)
		return false;
	return want->is_whole || (thing->requested == want->bytes &&
				  block->logical == want->logical &&
				  thing->cache == want->is_cached);
}

static int free_block(const struct iolas__dxgk_call *call,
		      struct iolas_dxgk_adapter *adapter, const void *va,
		      struct expected *want)
{
	struct iolas__dxgk_thing *thing;
	struct iolas__dxgk_block *block;

	want->adapter = adapter;
	thing = iolas__dxgk_thing_take(adapter->machine, DXGK_THING_VIDEO, va,
				       matches, want);
	if (!thing) {
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = call,
				.rule = IOLAS_DXGK_RULE_VIDEO_FREE,
				.made_site = want->made_site },
			"%p: %s", va,
			want->made_site
				? "not with the parameters of the allocation"
				: "no live block begins here");
		return IOLAS_ENOENT;
	}
	block = thing->object;
	iolas__dxgk_thing_free(adapter->machine, thing);
	iolas__dxgk_block_forget(block);
	return IOLAS_OK;
}

PVOID NTAPI
VideoPortAllocateContiguousMemory(PVOID HwDeviceExtension, ULONG NumberOfBytes,
				  PHYSICAL_ADDRESS HighestAcceptableAddress)
{
	DXGK_CALL("VideoPortAllocateContiguousMemory");
	struct iolas_dxgk_adapter *adapter =
		adapter_of(&call, HwDeviceExtension);
	struct iolas__dxgk_block *block;

	if (!may_enter(&call, adapter))
		return NULL;
	block = make_block(&call, adapter, IOLAS_DXGK_MEMORY_VIDEO,
			   NumberOfBytes,
			   (uint64_t)HighestAcceptableAddress.QuadPart, true);
	return block ? block->va : NULL;
}

int iolas_dxgk_video_free_contiguous(void *extension, void *va)
{
	DXGK_CALL("iolas_dxgk_video_free_contiguous");
	struct iolas_dxgk_adapter *adapter = adapter_of(&call, extension);

	if (!adapter)
		return IOLAS_EINVAL;
	return free_block(&call, adapter, va,
			  &(struct expected){ .kind = IOLAS_DXGK_MEMORY_VIDEO,
					      .is_whole = true });
}

/* Common buffers have a logical address and may lie anywhere. */
static PVOID common_buffer(const struct iolas__dxgk_call *call, PVOID extension,
			   ULONG bytes, PPHYSICAL_ADDRESS logical,
			   BOOLEAN is_cached)
{
	struct iolas_dxgk_adapter *adapter = adapter_of(call, extension);
	struct iolas__dxgk_block *block;

	if (logical)
		logical->QuadPart = 0;
	if (!may_enter(call, adapter))
		return NULL;
	if (!logical) {
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = call,
				.rule = IOLAS_DXGK_RULE_BAD_ARGUMENT },
			"LogicalAddress is NULL");
		return NULL;
	}
	block = make_block(call, adapter, IOLAS_DXGK_MEMORY_COMMON, bytes,
			   adapter->config.mode != IOLAS_DXGK_REMAPPED &&
					   adapter->config.highest_visible
				   ? adapter->config.highest_visible
				   : UINT64_MAX,
			   is_cached != FALSE);
	if (!block)
		return NULL;
	logical->QuadPart = (LONGLONG)block->logical;
	return block->va;
}

static void free_common(const struct iolas__dxgk_call *call, PVOID extension,
			ULONG bytes, const void *va, PHYSICAL_ADDRESS logical,
			BOOLEAN is_cached)
{
	struct iolas_dxgk_adapter *adapter = adapter_of(call, extension);

	if (may_enter(call, adapter))
		free_block(call, adapter, va,
			   &(struct expected){
				   .kind = IOLAS_DXGK_MEMORY_COMMON,
				   .bytes = bytes,
				   .logical = (uint64_t)logical.QuadPart,
				   .is_cached = is_cached != FALSE });
}

PVOID NTAPI VideoPortGetCommonBuffer(PVOID HwDeviceExtension,
				     ULONG DesiredLength, ULONG Alignment,
				     PPHYSICAL_ADDRESS LogicalAddress,
				     PULONG pActualLength, BOOLEAN CacheEnabled)
{
	DXGK_CALL("VideoPortGetCommonBuffer");
	PVOID va;

	(void)Alignment; /* documented as ignored */
	va = common_buffer(&call, HwDeviceExtension, DesiredLength,
			   LogicalAddress, CacheEnabled);
	if (pActualLength)
		*pActualLength = va ? DesiredLength : 0;
	return va;
}

VOID NTAPI VideoPortFreeCommonBuffer(PVOID HwDeviceExtension, ULONG Length,
				     PVOID VirtualAddress,
				     PHYSICAL_ADDRESS LogicalAddress,
				     BOOLEAN CacheEnabled)
{
	DXGK_CALL("VideoPortFreeCommonBuffer");

	free_common(&call, HwDeviceExtension, Length, VirtualAddress,
		    LogicalAddress, CacheEnabled);
}

PVOID NTAPI VideoPortAllocateCommonBuffer(PVOID HwDeviceExtension,
					  PVP_DMA_ADAPTER VpDmaAdapter,
					  ULONG DesiredLength,
					  PPHYSICAL_ADDRESS LogicalAddress,
					  BOOLEAN CacheEnabled, PVOID Reserved)
{
	DXGK_CALL("VideoPortAllocateCommonBuffer");

	(void)VpDmaAdapter; /* one device per extension */
	(void)Reserved;
	return common_buffer(&call, HwDeviceExtension, DesiredLength,
			     LogicalAddress, CacheEnabled);
}

VOID NTAPI VideoPortReleaseCommonBuffer(PVOID HwDeviceExtension,
					PVP_DMA_ADAPTER VpDmaAdapter,
					ULONG Length,
					PHYSICAL_ADDRESS LogicalAddress,
					PVOID VirtualAddress,
					BOOLEAN CacheEnabled)
{
	DXGK_CALL("VideoPortReleaseCommonBuffer");

	(void)VpDmaAdapter;
	free_common(&call, HwDeviceExtension, Length, VirtualAddress,
		    LogicalAddress, CacheEnabled);
}
