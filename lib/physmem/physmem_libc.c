/* SPDX-License-Identifier: MIT */
/*
 * Memory for hosted programs: an anonymous memory file per region.  It is
 * shared, so that a fork sees one memory, and sparse, so that a simulated
 * machine of 64 GiB costs what is touched of it.  Views map pieces of the file
 * into reserved address space.
 */
#include <iolas/physmem.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* From here on it is cheaper to drop pages than to write zeroes. */
#define PUNCH_BYTES 65536u

/* The largest page size that a memory can have. */
#define ALIGN UINT64_C(65536)

/* Address space of @bytes, aligned to ALIGN, nothing in it; NULL: none. */
static void *reserve(uint64_t bytes)
{
	unsigned char *space;
	uint64_t before;

	if (bytes > INT64_MAX)
		return NULL;
	space = mmap(NULL, (size_t)(bytes + ALIGN), PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (space == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)space & (ALIGN - 1);
	if (before)
		munmap(space, (size_t)before);
	munmap(space + before + bytes, (size_t)(ALIGN - before));
	return space + before;
}

/* Shows @bytes of the file from @offset at @at, which is reserved. */
static int show(void *at, int fd, uint64_t offset, uint64_t bytes)
{
	void *seen =
		mmap(at, (size_t)bytes, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, (off_t)offset);

	return seen == at ? IOLAS_OK : IOLAS_ENOMEM;
}

static void *backing_create(void *user, uint64_t bytes, uint64_t *object)
{
	const int fd = memfd_create("iolas-physmem", MFD_CLOEXEC);
	void *base;

	(void)user;
	if (fd < 0)
		return NULL;
	base = reserve(bytes);
	if (base && ftruncate(fd, (off_t)bytes) == 0 &&
	    show(base, fd, 0, bytes) == IOLAS_OK) {
		*object = (uint64_t)fd;
		return base;
	}
	if (base)
		munmap(base, (size_t)bytes);
	close(fd);
	return NULL;
}

static void backing_destroy(void *user, uint64_t object, void *base,
			    uint64_t bytes)
{
	(void)user;
	munmap(base, (size_t)bytes);
	close((int)object);
}

static void *backing_view_reserve(void *user, uint64_t bytes)
{
	(void)user;
	return reserve(bytes);
}

static int backing_view_map(void *user, void *at, uint64_t object,
			    uint64_t offset, uint64_t bytes)
{
	(void)user;
	return show(at, (int)object, offset, bytes);
}

static void backing_view_release(void *user, void *view, uint64_t bytes)
{
	(void)user;
	munmap(view, (size_t)bytes);
}

/* Bytes that were never written, or dropped since, are zero already. */
static bool is_hole(int fd, uint64_t offset, uint64_t bytes)
{
	const off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO; /* nothing but holes up to the end */
	return (uint64_t)data >= offset + bytes;
}

static int backing_zero(void *user, uint64_t object, void *base,
			uint64_t offset, uint64_t bytes)
{
	const int fd = (int)object;

	(void)user;
	if (bytes >= PUNCH_BYTES)
		return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 (off_t)offset, (off_t)bytes) == 0
			       ? IOLAS_OK
			       : IOLAS_ENOTSUP;
	if (!is_hole(fd, offset, bytes))
		memset((unsigned char *)base + offset, 0, (size_t)bytes);
	return IOLAS_OK;
}

const struct iolas_backing *iolas_backing_libc(void)
{
	static const struct iolas_backing backing = {
		.struct_size = sizeof(backing),
		.create = backing_create,
		.destroy = backing_destroy,
		.view_reserve = backing_view_reserve,
		.view_map = backing_view_map,
		.view_release = backing_view_release,
		.zero = backing_zero,
	};

	return &backing;
}
