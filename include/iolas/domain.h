/* SPDX-License-Identifier: MIT */
/*
 * Floor 8, domain: a logical address space: a space to allocate from, a page
 * table, and what to invalidate and when.  A domain knows no device; it tells
 * its observers, and the IOTLBs of attached devices are observers.
 */
#ifndef IOLAS_DOMAIN_H
#define IOLAS_DOMAIN_H

#include <iolas/base.h>
#include <iolas/host.h>
#include <iolas/pagelist.h>
#include <iolas/pgtable.h>
#include <iolas/range.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_domain;

/* When an unmapped range may be used again; iolas_domain_config.policy. */
#define IOLAS_POLICY_STRICT   0u /* unmap returns when no device can use it */
#define IOLAS_POLICY_BATCHED  1u /* the caller's iolas_domain_sync() decides */
#define IOLAS_POLICY_DEFERRED 2u /* the domain decides, within the bounds */

/**
 * struct iolas_domain_config - what a domain is made of
 * @struct_size:   sizeof(struct iolas_domain_config)
 * @policy:        IOLAS_POLICY_...
 * @pgtable:       format and shape of the table; copied
 * @first:         lowest iova to allocate; with @last 0: the table's input
 *                 range but for its first granule
 * @last:          highest iova to allocate, inclusive
 * @bound_ns:      deferred: an unmap is invalidated at most this long after,
 *                 as seen by the next call on the domain; 0: no bound
 * @bound_bytes:   deferred: at most so many bytes wait; 0: no bound
 * @bound_count:   deferred: at most so many ranges wait; 0: a default of 256
 * @history_count: mappings remembered after their end, for faults; 0: none
 */
struct iolas_domain_config {
	uint32_t struct_size;
	uint32_t policy;
	const struct iolas_pgtable_config *pgtable;
	iolas_iova first;
	iolas_iova last;
	uint64_t bound_ns;
	uint64_t bound_bytes;
	uint32_t bound_count;
	uint32_t history_count;
};

/**
 * iolas_domain_create() - make a logical address space
 * @host:   where its memory comes from; copied
 * @config: what it is; copied
 * @domain: result
 *
 * Threads: any.
 * Memory:  the caller owns *@domain.  On failure *@domain is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOTSUP (format), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_domain_create(const struct iolas_host *host,
				  const struct iolas_domain_config *config,
				  struct iolas_domain **domain);

/**
 * iolas_domain_destroy() - end a domain that nobody uses
 * @domain: domain, or NULL (IOLAS_OK)
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (ranges are live or a device is attached;
 * nothing was changed).
 */
IOLAS_API int iolas_domain_destroy(struct iolas_domain *domain);

/**
 * iolas_domain_destroy_all() - end a domain with everything mapped in it
 * @domain: domain, or NULL
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (a device is attached).
 */
IOLAS_API int iolas_domain_destroy_all(struct iolas_domain *domain);

/** iolas_domain_space() - the space ranges come from; borrowed; NULL for NULL */
IOLAS_API struct iolas_space *iolas_domain_space(struct iolas_domain *domain);
/** iolas_domain_pgtable() - the page table; borrowed; NULL for NULL */
IOLAS_API struct iolas_pgtable *
iolas_domain_pgtable(struct iolas_domain *domain);

/**
 * iolas_domain_alloc() - take a range without mapping it
 *
 * As iolas_range_alloc() on the domain's space.  Ranges that only wait for a
 * deferred invalidation are given back first when nothing else fits.
 */
IOLAS_API int
iolas_domain_alloc(struct iolas_domain *domain, uint64_t len,
		   const struct iolas_range_constraints *constraints,
		   iolas_iova *iova);

/**
 * iolas_domain_free() - give an unmapped range back
 *
 * As iolas_range_free(); under IOLAS_POLICY_DEFERRED the range is used again
 * only after the invalidation of what was unmapped in it.
 */
IOLAS_API int iolas_domain_free(struct iolas_domain *domain, iolas_iova iova,
				uint64_t len);

/**
 * iolas_domain_map() - give a run of memory a place
 * @domain: domain
 * @iova:   first device address, multiple of the granule; the caller owns
 *          the range (allocated, or outside the space's allocatable part)
 * @pa:     first memory address, multiple of the granule
 * @len:    bytes, multiple of the granule, not 0
 * @prot:   as for iolas_pgtable_map()
 *
 * Threads: any number on disjoint ranges, lock-free; observers are told after.
 *
 * Return: as iolas_pgtable_map().
 */
IOLAS_API int iolas_domain_map(struct iolas_domain *domain, iolas_iova iova,
			       iolas_pa pa, uint64_t len, unsigned prot);

/** iolas_domain_map_list() - as iolas_pgtable_map_list(), observers told */
IOLAS_API int iolas_domain_map_list(struct iolas_domain *domain,
				    iolas_iova iova,
				    const struct iolas_pagelist *list,
				    uint64_t offset, uint64_t len,
				    unsigned prot);

/**
 * iolas_domain_unmap() - take a mapping away
 * @domain: domain
 * @iova:   first device address, multiple of the granule
 * @len:    bytes, multiple of the granule, not 0
 * @gather: IOLAS_POLICY_BATCHED: collects until iolas_domain_sync(); NULL
 *          otherwise, and then under BATCHED as if STRICT
 *
 * STRICT returns when no device can use the old translation.
 *
 * Return: as iolas_pgtable_unmap(); IOLAS_EDEADLK (called from inside a read
 * section), IOLAS_EBUSY (a live iolas_dma_map() lies in the range; nothing was
 * changed).
 */
IOLAS_API int iolas_domain_unmap(struct iolas_domain *domain, iolas_iova iova,
				 uint64_t len, struct iolas_gather *gather);

/**
 * iolas_domain_sync() - complete what a gather collected
 * @domain: domain
 * @gather: becomes empty; NULL: complete everything deferred
 *
 * On return no device uses the old translations.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EDEADLK.
 */
IOLAS_API int iolas_domain_sync(struct iolas_domain *domain,
				struct iolas_gather *gather);

/**
 * iolas_domain_alloc_map() - take a range and map memory there, in one step
 * @domain:      domain
 * @list:        memory: all its pages, in order
 * @prot:        as for iolas_pgtable_map()
 * @constraints: where it may lie; NULL: anywhere
 * @iova:        result: device address of the first page (add the list's
 *               byte offset for the first data byte)
 *
 * All or nothing: on any failure neither range nor mapping stays.
 *
 * Return: as iolas_domain_alloc() and iolas_domain_map_list().
 */
IOLAS_API int
iolas_domain_alloc_map(struct iolas_domain *domain,
		       const struct iolas_pagelist *list, unsigned prot,
		       const struct iolas_range_constraints *constraints,
		       iolas_iova *iova);

/** iolas_domain_alloc_map_run() - the same for one run [@pa, @pa + @len) */
IOLAS_API int iolas_domain_alloc_map_run(
	struct iolas_domain *domain, iolas_pa pa, uint64_t len, unsigned prot,
	const struct iolas_range_constraints *constraints, iolas_iova *iova);

/**
 * iolas_domain_unmap_free() - undo iolas_domain_alloc_map()
 * @domain: domain
 * @iova:   as returned
 * @len:    bytes, as allocated
 *
 * Exact like iolas_range_free(): a wrong base or length changes nothing.  The
 * range is used again only after its invalidation.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT, IOLAS_EBUSY, IOLAS_EDEADLK.
 */
IOLAS_API int iolas_domain_unmap_free(struct iolas_domain *domain,
				      iolas_iova iova, uint64_t len);

/** iolas_domain_protect() - as iolas_pgtable_protect(), then invalidated */
IOLAS_API int iolas_domain_protect(struct iolas_domain *domain, iolas_iova iova,
				   uint64_t len, unsigned prot);

/** iolas_domain_lookup() - as iolas_pgtable_lookup() */
IOLAS_API int iolas_domain_lookup(struct iolas_domain *domain, iolas_iova iova,
				  struct iolas_mapping *mapping);

/**
 * struct iolas_invalidation - what a unit must forget
 * @struct_size: sizeof(struct iolas_invalidation)
 * @flags:       IOLAS_GATHER_TABLES | IOLAS_GATHER_WHOLE
 * @span:        iovas; meaningless with IOLAS_GATHER_WHOLE
 * @leaf_sizes:  sizes of leaves that changed, bit n = 2^n bytes
 */
struct iolas_invalidation {
	uint32_t struct_size;
	uint32_t flags;
	struct iolas_span span;
	uint64_t leaf_sizes;
};

/**
 * struct iolas_observer - somebody who wants to know
 * @struct_size: sizeof(struct iolas_observer)
 * @flags:       0
 * @user:        first argument of every callback
 * @mapped:      a mapping was made; NULL: not interested
 * @unmapped:    a mapping was taken away, before its invalidation; NULL: no
 * @allocated:   a range was taken from the space; NULL: not interested
 * @freed:       a range was given back; NULL: not interested
 * @invalidate:  forget translations; on return they are forgotten.  NULL: no
 *
 * Callbacks run in the changing thread, without a lock held and outside read
 * sections, and may call into the domain except for its own destruction and
 * iolas_domain_unobserve() of themselves.
 */
struct iolas_observer {
	uint32_t struct_size;
	uint32_t flags;
	void *user;
	void (*mapped)(void *user, iolas_iova iova, iolas_pa pa, uint64_t len,
		       unsigned prot);
	void (*unmapped)(void *user, iolas_iova iova, uint64_t len);
	void (*allocated)(void *user, iolas_iova iova, uint64_t len);
	void (*freed)(void *user, iolas_iova iova, uint64_t len);
	void (*invalidate)(void *user,
			   const struct iolas_invalidation *invalidation);
};

/**
 * iolas_domain_observe() - add an observer
 * @domain:   domain
 * @observer: copied
 * @id:       result: names it for iolas_domain_unobserve()
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_domain_observe(struct iolas_domain *domain,
				   const struct iolas_observer *observer,
				   uint64_t *id);

/**
 * iolas_domain_unobserve() - remove an observer
 *
 * On return none of its callbacks runs or will run.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT.
 */
IOLAS_API int iolas_domain_unobserve(struct iolas_domain *domain, uint64_t id);

/**
 * struct iolas_history - a mapping that was
 * @struct_size: sizeof(struct iolas_history), set by the caller
 * @prot:        what it allowed
 * @iova:        first device address
 * @last:        last device address, inclusive
 * @pa:          memory behind @iova when it was one run, else of its first run
 * @unmapped_ns: host clock when it ended; 0 without a clock
 * @age:         mappings ended since: 0 is the latest
 */
struct iolas_history {
	uint32_t struct_size;
	uint32_t prot;
	iolas_iova iova;
	iolas_iova last;
	iolas_pa pa;
	uint64_t unmapped_ns;
	uint64_t age;
};

/**
 * iolas_domain_history() - what lived at an address last
 * @domain:  domain with history_count not 0
 * @iova:    address
 * @history: result; struct_size set by the caller
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (nothing remembered there),
 * IOLAS_ENOTSUP (no history kept).
 */
IOLAS_API int iolas_domain_history(struct iolas_domain *domain, iolas_iova iova,
				   struct iolas_history *history);

/**
 * struct iolas_domain_stats - counters of a domain
 * @struct_size:        sizeof(struct iolas_domain_stats), set by the caller
 * @observer_count:     observers now, attached devices included
 * @map_count:          successful maps
 * @unmap_count:        successful unmaps
 * @invalidation_count: invalidations sent to observers
 * @deferred_count:     ranges waiting for invalidation
 * @deferred_bytes:     their bytes
 * @deferred_peak_ns:   longest that one waited; 0 without a clock
 * @mapped_bytes:       bytes mapped now through this domain's calls
 */
struct iolas_domain_stats {
	uint32_t struct_size;
	uint32_t observer_count;
	uint64_t map_count;
	uint64_t unmap_count;
	uint64_t invalidation_count;
	uint64_t deferred_count;
	uint64_t deferred_bytes;
	uint64_t deferred_peak_ns;
	uint64_t mapped_bytes;
};

/** iolas_domain_stats() - read the counters; IOLAS_OK or IOLAS_EINVAL */
IOLAS_API int iolas_domain_stats(struct iolas_domain *domain,
				 struct iolas_domain_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_DOMAIN_H */
