/* SPDX-License-Identifier: MIT */
/*
 * The life of a block: made, listed, queried, ended, remembered.
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_machine.h"
#include "dxgk/dxgk_mdl.h"
#include "dxgk/dxgk_native.h"

#include <inttypes.h>
#include <string.h>

static void enlist(struct iolas__dxgk_block *block)
{
	struct iolas_dxgk_adapter *adapter = block->adapter;

	pthread_mutex_lock(&adapter->lock);
	block->prev = NULL;
	block->next = adapter->blocks;
	if (block->next)
		block->next->prev = block;
	adapter->blocks = block;
	pthread_mutex_unlock(&adapter->lock);
}

#define PAST_RUNS 4096 /* longer lists are not remembered */

/* Out of the list, into the memory of what was; its page list goes along. */
static void delist(struct iolas__dxgk_block *block,
		   const struct iolas__dxgk_call *call)
{
	struct iolas_dxgk_adapter *adapter = block->adapter;
	struct iolas_pagelist *list = block->pages.list;
	struct iolas_pagelist *forgotten;
	struct iolas__dxgk_past *past;

	if (iolas_pagelist_run_count(list) > PAST_RUNS) {
		iolas_pagelist_destroy(list);
		list = NULL;
	}
	block->pages.list = NULL;
	pthread_mutex_lock(&adapter->lock);
	if (block->prev)
		block->prev->next = block->next;
	else
		adapter->blocks = block->next;
	if (block->next)
		block->next->prev = block->prev;
	past = &adapter->past[adapter->past_count++ % DXGK_PAST_COUNT];
	forgotten = past->list;
	*past = (struct iolas__dxgk_past){
		.handle = block->handle,
		.bytes = block->pages.bytes,
		.logical = block->logical,
		.list = list,
		.made_call = block->made_call,
		.made_site = block->made_site,
		.freed_call = call ? call->name : NULL,
		.freed_site = call ? call->site : NULL,
	};
	pthread_mutex_unlock(&adapter->lock);
	iolas_pagelist_destroy(forgotten);
}

static int name_block(struct iolas__dxgk_block *block,
		      const struct iolas__dxgk_call *call)
{
	const struct iolas__dxgk_handle what = {
		.kind = DXGK_KIND_MEMORY,
		.sub_kind = block->kind,
		.adapter = block->adapter,
		.object = block,
	};

	block->handle =
		iolas__dxgk_handle_make(iolas__dxgk_wide(), call, &what);
	return block->handle ? IOLAS_OK : IOLAS_ENOMEM;
}

int iolas__dxgk_block_make(struct iolas_dxgk_adapter *adapter,
			   const struct iolas__dxgk_call *call,
			   const struct iolas__dxgk_block *like,
			   struct iolas__dxgk_block **result)
{
	struct iolas__dxgk_block *block =
		iolas__dxgk_alloc(&adapter->machine->heap, sizeof(*block));
	struct iolas_run first;
	int status;

	if (!block)
		return IOLAS_ENOMEM;
	*block = *like;
	block->adapter = adapter;
	block->made_call = call->name;
	block->made_site = call->site;
	status = iolas_pagelist_run_at(block->pages.list, 0, &first);
	if (!status) {
		block->pa = first.pa;
		status = iolas__dxgk_iommu_map(block);
	}
	if (!status) {
		status = name_block(block, call);
		if (status)
			iolas__dxgk_iommu_unmap(block);
	}
	if (status) {
		iolas__dxgk_free(&adapter->machine->heap, block);
		return status;
	}
	enlist(block);
	*result = block;
	return IOLAS_OK;
}

int32_t iolas__dxgk_block_take(struct iolas_dxgk_adapter *adapter,
			       const struct iolas__dxgk_call *call,
			       const void *handle, uint32_t kind,
			       const char *wanted,
			       struct iolas__dxgk_block **block)
{
	struct iolas__dxgk_handle copy;
	int verdict = iolas__dxgk_handle_take(
		iolas__dxgk_wide(), dxgk_handle_in(handle), DXGK_KIND_MEMORY,
		kind, adapter, call, &copy);

	if (verdict != DXGK_HANDLE_FOUND) {
		iolas__dxgk_handle_report(call, adapter, verdict,
					  dxgk_handle_in(handle), &copy,
					  wanted);
		return STATUS_INVALID_HANDLE;
	}
	*block = copy.object;
	return STATUS_SUCCESS;
}

void iolas__dxgk_block_keep(struct iolas__dxgk_block *block)
{
	iolas__dxgk_handle_untake(iolas__dxgk_wide(), block->handle);
}

int iolas__dxgk_block_end(struct iolas__dxgk_block *block,
			  const struct iolas__dxgk_call *call)
{
	struct iolas_dxgk_machine *machine = block->adapter->machine;
	int status = iolas__dxgk_iommu_unmap(block);

	if (status) {
		iolas__dxgk_block_keep(block);
		return status;
	}
	/* The handle is taken already: whoever looks finds it stale. */
	if (block->owns_mdl)
		iolas__dxgk_mdl_end(machine, call, block->mdl);
	if (block->owns_pages)
		iolas__dxgk_pages_release(machine, &block->pages);
	delist(block, call);
	iolas__dxgk_handle_end(iolas__dxgk_wide(), block->handle);
	iolas__dxgk_free(&machine->heap, block);
	return IOLAS_OK;
}

int32_t iolas__dxgk_block_free(struct iolas__dxgk_block *block,
			       const struct iolas__dxgk_call *call)
{
	/* Once ended the block cannot be asked any more. */
	struct iolas_dxgk_adapter *adapter = block->adapter;
	const uint64_t handle = block->handle;
	const void *made_site = block->made_site;
	int status = iolas__dxgk_block_end(block, call);

	if (status == IOLAS_EBUSY)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = call,
				.rule = IOLAS_DXGK_RULE_DEVICE_BUSY,
				.handle = handle,
				.made_site = made_site },
			"0x%" PRIx64 " is freed while the device is in it",
			handle);
	return iolas__dxgk_ntstatus(status);
}

void iolas__dxgk_block_forget(struct iolas__dxgk_block *block)
{
	struct iolas__dxgk_handles *wide = iolas__dxgk_wide();

	iolas__dxgk_handle_take(wide, block->handle, DXGK_KIND_MEMORY, 0, NULL,
				NULL, NULL);
	if (iolas__dxgk_block_end(block, NULL)) {
		/* The domain goes with the adapter anyway. */
		block->is_mapped = false;
		iolas__dxgk_block_end(block, NULL);
	}
}

void iolas__dxgk_blocks_end(struct iolas_dxgk_adapter *adapter)
{
	static const struct iolas__dxgk_call teardown = {
		"iolas_dxgk_adapter_destroy", NULL
	};

	while (adapter->blocks) {
		struct iolas__dxgk_block *block = adapter->blocks;

		if (block->kind != IOLAS_DXGK_MEMORY_VIDEO)
			iolas__dxgk_report(
				&(struct iolas__dxgk_report){
					.adapter = adapter,
					.call = &teardown,
					.rule = IOLAS_DXGK_RULE_MEMORY_LEAKED,
					.handle = block->handle,
					.made_site = block->made_site },
				"0x%" PRIx64 ", %" PRIu64 " bytes by %s, was "
				"never freed",
				block->handle, block->requested,
				block->made_call);
		iolas__dxgk_block_forget(block);
	}
	for (size_t i = 0; i < DXGK_PAST_COUNT; i++)
		iolas_pagelist_destroy(adapter->past[i].list);
}

/* ---- queries of the harness ---- */

static void fill_info(const struct iolas__dxgk_block *block,
		      struct iolas_dxgk_memory_info *info)
{
	*info = (struct iolas_dxgk_memory_info){
		.struct_size = sizeof(*info),
		.kind = block->kind,
		.handle = block->handle,
		.va = block->va,
		.mdl = block->mdl,
		.pa = block->pa + block->byte_offset,
		.logical = block->logical + block->byte_offset,
		.bytes = block->pages.bytes - block->byte_offset,
		.requested = block->requested,
		.segment_count = iolas_pagelist_run_count(block->pages.list),
		.has_logical = block->has_logical,
		.made_site = block->made_site,
	};
}

static void visit_info(void *object, void *arg)
{
	fill_info(object, arg);
}

static int verdict_status(int verdict)
{
	if (verdict == DXGK_HANDLE_FOUND)
		return IOLAS_OK;
	return verdict == DXGK_HANDLE_STALE ? IOLAS_ESTALE : IOLAS_ENOENT;
}

int iolas_dxgk_memory_info(const void *handle,
			   struct iolas_dxgk_memory_info *info)
{
	if (!info || info->struct_size != sizeof(*info))
		return IOLAS_EINVAL;
	return verdict_status(iolas__dxgk_handle_find(
		iolas__dxgk_wide(), dxgk_handle_in(handle), DXGK_KIND_MEMORY,
		NULL, NULL, visit_info, info));
}

struct segments_arg {
	uint64_t index;
	uint64_t count;
	struct iolas_dxgk_segment *segments;
};

static void visit_segments(void *object, void *arg)
{
	const struct iolas__dxgk_block *block = object;
	struct segments_arg *want = arg;
	uint64_t room = want->count;
	uint64_t index = 0;
	struct iolas_run run;

	want->count = 0;
	for (uint64_t offset = 0;
	     offset < block->pages.bytes && want->count < room;
	     offset += run.len) {
		if (iolas_pagelist_run_at(block->pages.list, offset, &run))
			return;
		if (index++ < want->index)
			continue;
		want->segments[want->count++] = (struct iolas_dxgk_segment){
			.pa = run.pa,
			.logical = iolas__dxgk_block_logical(block, offset,
							     run.pa),
			.len = run.len,
		};
	}
}

int iolas_dxgk_memory_segments(const void *handle, uint64_t index,
			       struct iolas_dxgk_segment *segments,
			       uint64_t *count)
{
	struct segments_arg want;
	int status;

	if (!count || (!segments && *count))
		return IOLAS_EINVAL;
	want = (struct segments_arg){ index, *count, segments };
	status = verdict_status(iolas__dxgk_handle_find(
		iolas__dxgk_wide(), dxgk_handle_in(handle), DXGK_KIND_MEMORY,
		NULL, NULL, visit_segments, &want));
	*count = status ? 0 : want.count;
	return status;
}

int iolas_dxgk_memory_next(struct iolas_dxgk_adapter *adapter,
			   struct iolas_dxgk_memory_info *info)
{
	struct iolas__dxgk_block *block;

	if (!adapter || !info || info->struct_size != sizeof(*info))
		return IOLAS_EINVAL;
	pthread_mutex_lock(&adapter->lock);
	block = adapter->blocks;
	if (info->handle) {
		while (block && block->handle != info->handle)
			block = block->next;
		block = block ? block->next : NULL;
	}
	if (block)
		fill_info(block, info);
	pthread_mutex_unlock(&adapter->lock);
	return block ? IOLAS_OK : IOLAS_ENOENT;
}
