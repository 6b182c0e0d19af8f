/* SPDX-License-Identifier: MIT */
/*
 * Floor 5, pagelist: MDL-style descriptions of memory.  A list names pages in
 * order; its data start @byte_offset into the first page and are @byte_count
 * long.  Neighbouring frames are kept as runs, so that a terabyte of contiguous
 * memory costs no more than a page.  Lists chain like MDLs.
 *
 * A list describes; it owns no page.
 */
#ifndef IOLAS_PAGELIST_H
#define IOLAS_PAGELIST_H

#include <iolas/base.h>
#include <iolas/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_pagelist;

/**
 * struct iolas_run - contiguous bytes of memory
 * @pa:  first byte
 * @len: bytes, not 0
 */
struct iolas_run {
	iolas_pa pa;
	uint64_t len;
};

/**
 * iolas_pagelist_create() - make an empty list
 * @host:    where its memory comes from; copied
 * @page_lg2: log2 of the page size, 12..30
 * @list:    result
 *
 * Threads: any; one list is used by one thread at a time unless nobody
 *          changes it.
 * Memory:  the caller owns *@list; iolas_pagelist_destroy() ends it.  On
 *          failure *@list is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pagelist_create(const struct iolas_host *host,
				    unsigned page_lg2,
				    struct iolas_pagelist **list);

/**
 * iolas_pagelist_destroy() - end a list; its pages and chained lists stay
 * @list: list, or NULL
 *
 * Since:   0.1
 */
IOLAS_API void iolas_pagelist_destroy(struct iolas_pagelist *list);

/**
 * iolas_pagelist_append_run() - add contiguous pages at the end
 * @list: list
 * @pa:   first byte, multiple of the page size
 * @len:  bytes, multiple of the page size, not 0
 *
 * byte_count grows by @len.  A run that continues the last one joins it.
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (alignment, wrap-around), IOLAS_ERANGE (the
 * list would describe 2^64 bytes or more), IOLAS_ENOMEM (list unchanged), or
 * IOLAS_EBUSY (the data no longer end with the last page: see
 * iolas_pagelist_set_bytes()).
 */
IOLAS_API int iolas_pagelist_append_run(struct iolas_pagelist *list,
					iolas_pa pa, uint64_t len);

/**
 * iolas_pagelist_append_frames() - add pages by frame number
 * @list:  list
 * @pfns:  frame numbers (address >> page_lg2)
 * @count: how many
 *
 * All or nothing.
 *
 * Since:   0.1
 *
 * Return: as iolas_pagelist_append_run(); IOLAS_EINVAL also for a frame whose
 * address leaves 64 bits.
 */
IOLAS_API int iolas_pagelist_append_frames(struct iolas_pagelist *list,
					   const uint64_t *pfns,
					   uint64_t count);

/**
 * iolas_pagelist_set_bytes() - say where in the pages the data lie
 * @list:        list
 * @byte_offset: into the first page, less than the page size
 * @byte_count:  bytes; offset + count ends in the last page
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL (list unchanged).
 */
IOLAS_API int iolas_pagelist_set_bytes(struct iolas_pagelist *list,
				       uint64_t byte_offset,
				       uint64_t byte_count);

/** iolas_pagelist_clear() - make the list empty again; keeps its chain */
IOLAS_API void iolas_pagelist_clear(struct iolas_pagelist *list);

/** iolas_pagelist_byte_offset() - first data byte in the first page; 0 for NULL */
IOLAS_API uint64_t
iolas_pagelist_byte_offset(const struct iolas_pagelist *list);
/** iolas_pagelist_byte_count() - data bytes of this list, chain excluded */
IOLAS_API uint64_t iolas_pagelist_byte_count(const struct iolas_pagelist *list);
/** iolas_pagelist_page_count() - pages of this list, chain excluded */
IOLAS_API uint64_t iolas_pagelist_page_count(const struct iolas_pagelist *list);
/** iolas_pagelist_run_count() - stored runs of this list, chain excluded */
IOLAS_API uint64_t iolas_pagelist_run_count(const struct iolas_pagelist *list);
/** iolas_pagelist_page_lg2() - log2 of the page size; 0 for NULL */
IOLAS_API unsigned iolas_pagelist_page_lg2(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_frames() - copy frame numbers out
 * @list:  list
 * @index: first page wanted
 * @pfns:  result array
 * @count: pages wanted; @index + @count at most the page count
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE.
 */
IOLAS_API int iolas_pagelist_frames(const struct iolas_pagelist *list,
				    uint64_t index, uint64_t *pfns,
				    uint64_t count);

/**
 * iolas_pagelist_run_at() - the contiguous bytes from a data offset on
 * @list:   list
 * @offset: into the data, less than byte_count
 * @run:    result: first byte and how many follow contiguously in this list
 *
 * Logarithmic in the number of runs.
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE (@offset at or past the end).
 */
IOLAS_API int iolas_pagelist_run_at(const struct iolas_pagelist *list,
				    uint64_t offset, struct iolas_run *run);

/**
 * iolas_pagelist_slice() - a list of part of the data
 * @list:   source
 * @offset: into the source's data
 * @len:    bytes, not 0
 * @slice:  result: a new, unchained list with the pages that hold them
 *
 * Since:   0.1
 * Memory:  the caller owns *@slice; it does not depend on @list.  On failure
 *          *@slice is NULL.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pagelist_slice(const struct iolas_pagelist *list,
				   uint64_t offset, uint64_t len,
				   struct iolas_pagelist **slice);

/**
 * iolas_pagelist_chain() - let one list follow another
 * @list: list
 * @next: what follows, NULL ends the chain; borrowed, must outlive the link
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL @list, another page size, or the chain
 * would run in a circle; nothing was changed).
 */
IOLAS_API int iolas_pagelist_chain(struct iolas_pagelist *list,
				   struct iolas_pagelist *next);

/** iolas_pagelist_next() - what follows in the chain, or NULL */
IOLAS_API struct iolas_pagelist *
iolas_pagelist_next(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_chain_bytes() - data bytes of a list and all that follow
 * @list:  list
 * @bytes: result
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE (2^64 or more).
 */
IOLAS_API int iolas_pagelist_chain_bytes(const struct iolas_pagelist *list,
					 uint64_t *bytes);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_PAGELIST_H */
