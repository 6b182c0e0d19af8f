/* SPDX-License-Identifier: MIT */
/*
 * The RAM of an emulated machine, shared with the test: sparse memory behind a
 * file descriptor that QEMU maps as well.  Physical address = offset.  A host
 * table takes its chunks from the low part, so that the library builds page
 * tables right where an emulated walker reads them.
 */
#ifndef TEST_ORACLE_GUEST_RAM_H
#define TEST_ORACLE_GUEST_RAM_H

#include <iolas/host.h>

#include <pthread.h>
#include <stdbool.h>

/* As -m of the machines; q35 would put part of 2816 MiB above 4 GiB. */
#define GUEST_RAM_BYTES (UINT64_C(2560) << 20)
/* The test's own pages: root table, context table, window. */
#define GUEST_RAM_OWN	   UINT64_C(0x100000)
#define GUEST_RAM_OWN_SIZE UINT64_C(0x100000)
/* Chunks of the host table. */
#define GUEST_RAM_POOL	     (UINT64_C(16) << 20)
#define GUEST_RAM_POOL_PAGES 16384u
/* Free for data: holds one whole aligned GiB. */
#define GUEST_RAM_DATA (UINT64_C(1) << 30)

struct guest_ram {
	int fd;
	uint8_t *base;
	struct iolas_host host;
	pthread_mutex_t lock;
	bool taken[GUEST_RAM_POOL_PAGES];
	uint64_t chunks; /* live */
};

/* false: no memory file here */
bool guest_ram_init(struct guest_ram *ram, bool linear);
void guest_ram_fini(struct guest_ram *ram);

/* A descriptor far above those that QEMU is given; -1 when there is none. */
int guest_ram_memory_file(const char *name, uint64_t bytes);

static inline uint8_t *guest_ram_at(const struct guest_ram *ram, uint64_t pa)
{
	return ram->base + pa;
}

#endif /* TEST_ORACLE_GUEST_RAM_H */
