/* SPDX-License-Identifier: MIT */
/*
 * Example 4: a host table of one's own.
 *
 * An emulator puts page tables into guest memory: chunks come from a static
 * arena, physical addresses are guest addresses, nothing calls malloc.
 */
#include <iolas/pgtable.h>

#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#define GUEST_BYTES (UINT64_C(4) << 20)
#define GUEST_PA    UINT64_C(0x80000000)

static alignas(1 << 20) unsigned char guest[GUEST_BYTES];

struct arena {
	uint64_t used;
	unsigned live;
};

static void *arena_alloc(void *user, size_t bytes, size_t align, iolas_pa *pa)
{
	struct arena *arena = user;
	uint64_t at = (arena->used + align - 1) & ~(uint64_t)(align - 1);

	if (at > GUEST_BYTES || bytes > GUEST_BYTES - at)
		return NULL;
	arena->used = at + bytes;
	arena->live++;
	*pa = GUEST_PA + at;
	return guest + at;
}

static void arena_free(void *user, void *chunk, size_t bytes)
{
	struct arena *arena = user;

	arena->live--;
	memset(chunk, 0xdd, bytes);
}

int main(void)
{
	struct arena arena = { 0, 0 };
	const struct iolas_host host = {
		.struct_size = sizeof(host),
		.flags = IOLAS_HOST_LINEAR,
		.user = &arena,
		/* pointer = pa + bias, for every chunk of this arena */
		.pa_bias = (uint64_t)(uintptr_t)guest - GUEST_PA,
		.chunk_alloc = arena_alloc,
		.chunk_free = arena_free,
	};
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_X86_64,
	};
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	struct iolas_pgtable *pt;
	uint64_t item;
	int status;

	status = iolas_pgtable_create(&host, &config, &pt);
	if (!status)
		status = iolas_pgtable_map(pt, NULL, 0x1000, 0x80001000, 0x3000,
					   IOLAS_READ);
	if (!status)
		status = iolas_pgtable_info(pt, &info);
	if (status) {
		fprintf(stderr, "%s\n", iolas_strerror(status));
		return 1;
	}

	/* The root lies in guest memory, where a guest would look for it. */
	memcpy(&item, guest + (info.root_pa - GUEST_PA), sizeof(item));
	printf("root table at guest %#" PRIx64 ", first item %#" PRIx64 "\n",
	       info.root_pa, item);
	printf("%" PRIu64 " KiB of guest memory used\n", arena.used >> 10);
	if ((item & 1) == 0)
		return 1;

	iolas_pgtable_destroy(pt);
	printf("%u chunks left behind\n", arena.live);
	return arena.live != 0;
}
