/* SPDX-License-Identifier: MIT */
/*
 * Floor 0, base: the words every other header uses.  Address types, status
 * codes, access bits, closed spans, the version, and how growing structs are
 * read.  Nothing here allocates or keeps state.
 */
#ifndef IOLAS_BASE_H
#define IOLAS_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The release these headers belong to; the build reads it from here. */
#define IOLAS_VERSION_MAJOR 0
#define IOLAS_VERSION_MINOR 1
#define IOLAS_VERSION_PATCH 0

/** Marks what the shared library exports; everything else is hidden. */
#if defined(IOLAS_BUILDING) && defined(__GNUC__) && !defined(_WIN32)
#define IOLAS_API __attribute__((visibility("default")))
#else
#define IOLAS_API
#endif

/** Device-side address, in bytes. */
typedef uint64_t iolas_iova;

/** Memory-side (physical) address, in bytes. */
typedef uint64_t iolas_pa;

/**
 * struct iolas_span - a closed interval of addresses
 * @first: first byte that belongs to it
 * @last:  last byte that belongs to it; not below @first
 *
 * Closed, so that the last byte of a 64-bit space can be said.  The whole
 * space is { 0, UINT64_MAX }; its length does not fit in 64 bits, which is why
 * lengths of spans are never passed around.
 */
struct iolas_span {
	uint64_t first;
	uint64_t last;
};

/*
 * Status codes.  0 or negative; results travel through pointers, so that no
 * address doubles as an error.  These are the library's own numbers, not errno
 * values.
 */
#define IOLAS_OK      0
#define IOLAS_EINVAL  (-1)  /* an argument breaks a documented precondition */
#define IOLAS_ENOMEM  (-2)  /* the host has no memory left */
#define IOLAS_ENOSPC  (-3)  /* no free range satisfies the constraints */
#define IOLAS_EEXIST  (-4)  /* something is already there */
#define IOLAS_ENOENT  (-5)  /* nothing is there, or not exactly that */
#define IOLAS_EBUSY   (-6)  /* still in use; nothing was changed */
#define IOLAS_ERANGE  (-7)  /* outside what the object covers or can encode */
#define IOLAS_ENOTSUP (-8)  /* this object or format cannot do that */
#define IOLAS_EDEADLK (-9)  /* waiting here would wait for ourselves */
#define IOLAS_EFAULT  (-10) /* a device access was refused; a fault says why */
#define IOLAS_ESTALE  (-11) /* the object named was replaced or is gone */
#define IOLAS_EIO     (-12) /* a callback of the embedder failed */

/* What an access does, and what a mapping allows. */
#define IOLAS_READ  0x1u /* the device may read */
#define IOLAS_WRITE 0x2u /* the device may write */
#define IOLAS_EXEC  0x4u /* the device may fetch instructions */

/**
 * iolas_version() - version of the library that is running
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_VERSION_MAJOR << 16 | IOLAS_VERSION_MINOR << 8 |
 * IOLAS_VERSION_PATCH as they were when the library was built.
 */
IOLAS_API uint32_t iolas_version(void);

/**
 * iolas_strerror() - one line for a status code
 * @status: IOLAS_OK or an IOLAS_E code; anything else is answered too
 *
 * Threads: any.
 * Memory:  the text is static; the caller does not free it.
 * Since:   0.1
 *
 * Return: a text without a trailing newline, never NULL.
 */
IOLAS_API const char *iolas_strerror(int status);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_BASE_H */
