/* SPDX-License-Identifier: MIT */
/*
 * Fixed-size objects and table pages cut from host chunks.
 *
 * Objects of one slab have one size and alignment; chunks grow from 64 KiB to
 * 2 MiB.  Everything goes back to the host in iolas__slab_fini(), whatever is
 * still allocated, in a time that grows with the number of chunks only.  Freed
 * objects are poisoned for AddressSanitizer.
 *
 * Threads: alloc and free from any thread (one lock per slab).
 */
#ifndef IOLAS_SLAB_SLAB_PRIV_H
#define IOLAS_SLAB_SLAB_PRIV_H

#include "host/host_priv.h"

struct iolas__slab_chunk;

struct iolas__slab {
	const struct iolas_host *host; /* borrowed, outlives the slab */
	struct iolas__lock lock;
	uint32_t object_bytes; /* rounded up to the alignment */
	uint32_t align;	       /* power of two, 8 bytes to 1 MiB */
	void *free_list;       /* freed objects, linked through themselves */
	struct iolas__slab_chunk *chunks; /* all of them */
	struct iolas__slab_chunk *index;  /* the same, by address */
	struct iolas__slab_chunk *spare;  /* of those, reserved and untouched */
	unsigned char *fresh;	  /* next never-used object of one chunk */
	unsigned char *fresh_end; /* end of that chunk's objects */
	/* Counters: read under the caller's own lock, or by slab_usage. */
	uint64_t object_count; /* allocated now */
	uint64_t idle_count;   /* can be had without the host */
	uint64_t chunk_bytes;  /* taken from the host now */
	uint32_t next_chunk_bytes;
};

/* Takes nothing from the host.  @object_bytes and @align: see above. */
void iolas__slab_init(struct iolas__slab *slab, const struct iolas_host *host,
		      uint32_t object_bytes, uint32_t align);
/* Gives every chunk back; objects still allocated are gone. */
void iolas__slab_fini(struct iolas__slab *slab);

/*
 * One object, contents undefined.  *pa, if @pa is not NULL, is its physical
 * address.  NULL: the host has no chunk left; the slab is unchanged.
 */
void *iolas__slab_alloc(struct iolas__slab *slab, iolas_pa *pa);
/* Takes back what alloc gave; NULL is ignored. */
void iolas__slab_free(struct iolas__slab *slab, void *object);
/*
 * Makes the next @count allocations succeed without the host (while no other
 * thread takes them).  IOLAS_ENOMEM: unchanged but for chunks already taken,
 * which later allocations use.
 */
int iolas__slab_reserve(struct iolas__slab *slab, uint64_t count);
/* Physical address of a live object. */
iolas_pa iolas__slab_pa(struct iolas__slab *slab, const void *object);

/* A consistent pair of counters, whoever allocates meanwhile. */
void iolas__slab_usage(struct iolas__slab *slab, uint64_t *object_count,
		       uint64_t *chunk_bytes);

#endif /* IOLAS_SLAB_SLAB_PRIV_H */
