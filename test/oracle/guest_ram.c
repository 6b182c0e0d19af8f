/* SPDX-License-Identifier: MIT */
/* See guest_ram.h. */
#include "oracle/guest_ram.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	    UINT64_C(4096)
#define CHUNK_ALIGN (UINT64_C(1) << 20) /* the most that is asked for */

static bool is_free(const struct guest_ram *ram, size_t begin, size_t pages)
{
	for (size_t i = begin; i < begin + pages; i++) {
		if (ram->taken[i])
			return false;
	}
	return true;
}

static void *ram_chunk_alloc(void *user, size_t bytes, size_t align,
			     iolas_pa *pa)
{
	struct guest_ram *ram = user;
	const size_t pages = (bytes + PAGE - 1) / PAGE;
	const size_t step = align > PAGE ? align / PAGE : 1;
	void *chunk = NULL;

	pthread_mutex_lock(&ram->lock);
	for (size_t i = 0; i + pages <= GUEST_RAM_POOL_PAGES; i += step) {
		if (!is_free(ram, i, pages))
			continue;
		memset(ram->taken + i, 1, pages);
		ram->chunks++;
		*pa = GUEST_RAM_POOL + i * PAGE;
		chunk = guest_ram_at(ram, *pa);
		memset(chunk, 0xa5, bytes);
		break;
	}
	pthread_mutex_unlock(&ram->lock);
	return chunk;
}

static void ram_chunk_free(void *user, void *chunk, size_t bytes)
{
	struct guest_ram *ram = user;
	const uint64_t pa = (uint64_t)((uint8_t *)chunk - ram->base);
	const size_t pages = (bytes + PAGE - 1) / PAGE;

	pthread_mutex_lock(&ram->lock);
	memset(chunk, 0x5a, bytes);
	memset(ram->taken + (pa - GUEST_RAM_POOL) / PAGE, 0, pages);
	ram->chunks--;
	pthread_mutex_unlock(&ram->lock);
}

static void *ram_pa_to_ptr(void *user, iolas_pa pa, size_t bytes)
{
	const struct guest_ram *ram = user;

	if (pa < GUEST_RAM_POOL ||
	    pa + bytes > GUEST_RAM_POOL + GUEST_RAM_POOL_PAGES * PAGE) {
		fprintf(stderr, "guest_ram: %#llx is no chunk\n",
			(unsigned long long)pa);
		abort();
	}
	return guest_ram_at(ram, pa);
}

int guest_ram_memory_file(const char *name, uint64_t bytes)
{
	const int low = memfd_create(name, MFD_CLOEXEC);
	int fd;

	if (low < 0)
		return -1;
	fd = fcntl(low, F_DUPFD_CLOEXEC, 200);
	close(low);
	if (fd >= 0 && ftruncate(fd, (off_t)bytes)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Aligned as far as a chunk may be, for physical addresses and pointers both. */
static void *map_aligned(int fd)
{
	uint8_t *room =
		mmap(NULL, GUEST_RAM_BYTES + CHUNK_ALIGN, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *base;

	if (room == MAP_FAILED)
		return NULL;
	base = room + (CHUNK_ALIGN - (uintptr_t)room % CHUNK_ALIGN);
	munmap(room, (size_t)(base - room));
	if (base != room + CHUNK_ALIGN)
		munmap(base + GUEST_RAM_BYTES,
		       CHUNK_ALIGN - (size_t)(base - room));
	if (mmap(base, GUEST_RAM_BYTES, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, 0) == MAP_FAILED) {
		munmap(base, GUEST_RAM_BYTES);
		return NULL;
	}
	return base;
}

bool guest_ram_init(struct guest_ram *ram, bool linear)
{
	void *base;

	memset(ram, 0, sizeof(*ram));
	ram->fd = guest_ram_memory_file("guest-ram", GUEST_RAM_BYTES);
	if (ram->fd < 0)
		return false;
	base = map_aligned(ram->fd);
	if (!base) {
		close(ram->fd);
		return false;
	}
	madvise(base, GUEST_RAM_BYTES, MADV_DONTDUMP);
	pthread_mutex_init(&ram->lock, NULL);
	ram->base = base;
	ram->host = *iolas_host_libc();
	ram->host.user = ram;
	ram->host.flags = linear ? IOLAS_HOST_LINEAR : 0;
	ram->host.pa_bias = linear ? (uint64_t)(uintptr_t)base : 0;
	ram->host.chunk_alloc = ram_chunk_alloc;
	ram->host.chunk_free = ram_chunk_free;
	ram->host.pa_to_ptr = linear ? NULL : ram_pa_to_ptr;
	return true;
}

void guest_ram_fini(struct guest_ram *ram)
{
	if (ram->chunks) {
		fprintf(stderr, "guest_ram: %llu chunks left behind\n",
			(unsigned long long)ram->chunks);
		abort();
	}
	munmap(ram->base, GUEST_RAM_BYTES);
	close(ram->fd);
	pthread_mutex_destroy(&ram->lock);
}
