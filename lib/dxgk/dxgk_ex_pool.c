/* SPDX-License-Identifier: MIT */
/*
 * Kernel pool: zeroed blocks with a tag, listed until they are freed, so that
 * what a driver leaves behind at its unload is reported.
 */
#include "dxgk/dxgk_loader.h"

#include <string.h>

struct block {
	struct block *next;
	struct iolas_dxgk_machine *machine;
	uint64_t bytes;
	uint32_t tag;
	uint32_t reserved;
};

_Static_assert(sizeof(struct block) % 16 == 0, "blocks are 16-byte aligned");

static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;

static struct block **find(const void *p)
{
	struct block **at = &blocks;

	while (*at && (const void *)(*at + 1) != p)
		at = &(*at)->next;
	return at;
}

PVOID NTAPI ExAllocatePool2(POOL_FLAGS flags, SIZE_T bytes, ULONG tag)
{
	struct iolas_dxgk_machine *machine;
	struct block *block;

	DXGK_CALL("ExAllocatePool2");
	(void)flags;
	machine = iolas__dxgk_machine_of(&call);
	if (!machine || tag == 0 || bytes > SIZE_MAX - sizeof(*block) ||
	    iolas__dxgk_plan_fails(machine, call.name, bytes, NULL))
		return NULL;
	block = iolas__dxgk_alloc(&machine->heap, sizeof(*block) + bytes);
	if (!block)
		return NULL;
	block->machine = machine;
	block->bytes = bytes;
	block->tag = tag;
	pthread_mutex_lock(&blocks_lock);
	block->next = blocks;
	blocks = block;
	pthread_mutex_unlock(&blocks_lock);
	return block + 1;
}

VOID NTAPI ExFreePoolWithTag(PVOID p, ULONG tag)
{
	struct block **at, *block;

	DXGK_CALL("ExFreePoolWithTag");
	pthread_mutex_lock(&blocks_lock);
	at = find(p);
	block = *at;
	if (block)
		*at = block->next;
	pthread_mutex_unlock(&blocks_lock);
	if (!block || (tag != 0 && tag != block->tag))
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.call = &call,
				.rule = IOLAS_DXGK_RULE_MM_FREE,
				.handle = (uint64_t)(uintptr_t)p },
			"not a pool block of that tag");
	if (!block)
		return;
	memset(block + 1, IOLAS_DXGK_POISON, block->bytes);
	iolas__dxgk_free(&block->machine->heap, block);
}

void iolas__dxgk_pool_report(struct iolas_dxgk_machine *machine)
{
	const struct iolas__dxgk_call call = { .name = "DxgkDdiUnload" };
	uint64_t count = 0;

	pthread_mutex_lock(&blocks_lock);
	for (struct block *at = blocks; at; at = at->next)
		count += at->machine == machine;
	pthread_mutex_unlock(&blocks_lock);
	if (count != 0)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.machine = machine,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_MM_LEAKED },
			"%llu pool blocks are left", (unsigned long long)count);
}
