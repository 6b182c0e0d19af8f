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
 * @first:         lowest iova to allocate, a granule's first; 0 with @last 0:
 *                 the table's input range but for its first granule
 * @last:          highest iova to allocate, a granule's last
 * @bound_ns:      deferred: the next call that reads or changes mappings or
 *                 ranges after this long completes what waits; 0: no bound
 * @bound_bytes:   deferred: at most so many bytes wait; 0: no bound
 * @bound_count:   deferred: at most so many unmaps wait; 0: 256, at
 *                 most 65536
 * @history_count: mappings remembered after their end, for faults; 0:
 *                 none, at most 65536
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
 * Nothing is handed out below the first granule unless @config->first says so:
 * a driver that forgot to fill in an address then meets a fault.  For vtd-ss
 * the interrupt window 0xfee00000..0xfeefffff is reserved in the space.
 * Bounds count under IOLAS_POLICY_DEFERRED only; without host->clock_ns one in
 * time cannot be kept and is refused.
 *
 * Threads: any.
 * Memory:  the caller owns *@domain and ends it with iolas_domain_destroy() or
 *          iolas_domain_destroy_all().  On failure *@domain is NULL.
 * Source:  spec/page-table-formats.md section 1.1.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, sizes, @policy, counts; @first and
 * @last not whole granules, in reverse, or @first without @last), IOLAS_ERANGE
 * (@first or @last outside what the table can map), IOLAS_ENOTSUP (format or
 * shape; @bound_ns without a clock), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_domain_create(const struct iolas_host *host,
				  const struct iolas_domain_config *config,
				  struct iolas_domain **domain);

/**
 * iolas_domain_destroy() - end a domain that nobody uses
 * @domain: domain, or NULL (IOLAS_OK)
 *
 * What was deferred is completed first.  Mappings outside the space's live
 * ranges do not keep a domain, nor do observers; they hear nothing more.
 *
 * Threads: no other call on @domain may run or follow.
 * Memory:  on IOLAS_OK everything goes back to the host.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (ranges are live, iolas_range_next() on
 * iolas_domain_space() lists them; or a device is attached).
 */
IOLAS_API int iolas_domain_destroy(struct iolas_domain *domain);

/**
 * iolas_domain_destroy_all() - end a domain with everything mapped in it
 * @domain: domain, or NULL (IOLAS_OK)
 *
 * Threads: no other call on @domain may run or follow.
 * Memory:  as iolas_domain_destroy().
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (a device is attached; nothing was changed).
 */
IOLAS_API int iolas_domain_destroy_all(struct iolas_domain *domain);

/**
 * iolas_domain_space() - the space ranges come from
 * @domain: domain, or NULL
 *
 * For reserving windows, iterating and statistics.  Ranges that wait for a
 * deferred invalidation are live there.
 *
 * Threads: any.
 * Memory:  borrowed; lives as long as @domain.
 * Since:   0.1
 *
 * Return: the space; NULL for NULL.
 */
IOLAS_API struct iolas_space *iolas_domain_space(struct iolas_domain *domain);

/**
 * iolas_domain_pgtable() - the page table
 * @domain: domain, or NULL
 *
 * For reading: what is changed there directly, no observer hears of.
 *
 * Threads: any.
 * Memory:  borrowed; lives as long as @domain.
 * Since:   0.1
 *
 * Return: the table; NULL for NULL.
 */
IOLAS_API struct iolas_pgtable *
iolas_domain_pgtable(struct iolas_domain *domain);

/**
 * iolas_domain_alloc() - take a range without mapping it
 * @domain:      domain
 * @len:         as for iolas_range_alloc()
 * @constraints: as for iolas_range_alloc()
 * @iova:        result: first address
 *
 * As iolas_range_alloc() on the domain's space.  Ranges that only wait for a
 * deferred invalidation are given back first when nothing else fits.
 *
 * Threads: any number.
 * Memory:  the range is the caller's until iolas_domain_free() or
 *          iolas_domain_unmap_free().
 * Since:   0.1
 *
 * Return: as iolas_range_alloc(), or what an observer refused it with.
 */
IOLAS_API int
iolas_domain_alloc(struct iolas_domain *domain, uint64_t len,
		   const struct iolas_range_constraints *constraints,
		   iolas_iova *iova);

/**
 * iolas_domain_free() - give a range back whose mappings are gone
 * @domain: domain
 * @iova:   first address, as allocated
 * @len:    bytes, as allocated
 *
 * As iolas_range_free().  Under IOLAS_POLICY_DEFERRED the range is used again
 * only after the invalidation of what was unmapped in it; under
 * IOLAS_POLICY_BATCHED the caller has called iolas_domain_sync() before.
 *
 * Threads: any number.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (not exactly one live range, or
 * freed already; nothing was changed).
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
 * All or nothing.  Where an unmap of the same addresses still waits for its
 * deferred invalidation, that is completed first.
 *
 * Threads: any number on disjoint ranges, lock-free unless somebody observes
 *          maps; observers are told after.
 * Memory:  as iolas_pgtable_map().
 * Device:  may translate the range on return.
 * Since:   0.1
 *
 * Return: as iolas_pgtable_map(), or what an observer refused it with.
 */
IOLAS_API int iolas_domain_map(struct iolas_domain *domain, iolas_iova iova,
			       iolas_pa pa, uint64_t len, unsigned prot);

/**
 * iolas_domain_map_list() - give part of a page list a place
 * @domain: domain
 * @iova:   as for iolas_pgtable_map_list(), and so are the others
 * @list:   memory
 * @offset: into the list's pages, bytes
 * @len:    bytes
 * @prot:   rights
 *
 * As iolas_domain_map() with iolas_pgtable_map_list(): all or nothing over the
 * whole; observers are told run by run.
 *
 * Threads: as iolas_domain_map().
 * Memory:  borrows @list for the call.
 * Device:  as iolas_domain_map().
 * Since:   0.1
 *
 * Return: as iolas_pgtable_map_list(), or what an observer refused it with.
 */
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
 * @gather: IOLAS_POLICY_BATCHED: collects until iolas_domain_sync(); NULL:
 *          as if STRICT.  Ignored and left alone under the other policies
 *
 * STRICT returns when no device can use the old translation.  DEFERRED returns
 * at once; the bounds say how long a device still can.
 *
 * Threads: any number on disjoint ranges; waits (through host->relax) for
 *          sections of devices' queues, which copy at most 64 KiB each.
 * Memory:  the caller may reuse what was mapped: at once under STRICT, after
 *          iolas_domain_sync() otherwise.
 * Since:   0.1
 *
 * Return: as iolas_pgtable_unmap(); IOLAS_EBUSY (a live iolas_dma_map() lies in
 * the range; nothing was changed).
 */
IOLAS_API int iolas_domain_unmap(struct iolas_domain *domain, iolas_iova iova,
				 uint64_t len, struct iolas_gather *gather);

/**
 * iolas_domain_sync() - complete what a gather collected
 * @domain: domain
 * @gather: becomes empty; NULL: nothing gathered
 *
 * Under IOLAS_POLICY_DEFERRED everything that waits is completed too.  On
 * return no device uses the old translations.
 *
 * Threads: any number, a gather in one at a time; waits as
 *          iolas_domain_unmap().
 * Memory:  page tables cut off can be used again.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EINVAL (also a gather of another domain).
 */
IOLAS_API int iolas_domain_sync(struct iolas_domain *domain,
				struct iolas_gather *gather);

/**
 * iolas_domain_alloc_map() - take a range and map memory there, in one step
 * @domain:      domain
 * @list:        memory: all its pages, in order, without its chain
 * @prot:        as for iolas_pgtable_map()
 * @constraints: where it may lie; NULL: anywhere, and then aligned so that
 *               large leaves fit, when there is such a place
 * @iova:        result: device address of the first page (add the list's
 *               byte offset for the first data byte)
 *
 * All or nothing: on any failure neither range nor mapping stays.
 *
 * Threads: any number.
 * Memory:  borrows @list for the call; the range is the caller's until
 *          iolas_domain_unmap_free().
 * Device:  may translate the range on return.
 * Since:   0.1
 *
 * Return: as iolas_domain_alloc() and iolas_domain_map_list(); IOLAS_EINVAL
 * also for an empty list.  On failure *@iova is unchanged.
 */
IOLAS_API int
iolas_domain_alloc_map(struct iolas_domain *domain,
		       const struct iolas_pagelist *list, unsigned prot,
		       const struct iolas_range_constraints *constraints,
		       iolas_iova *iova);

/**
 * iolas_domain_alloc_map_run() - the same for one run of memory
 * @domain:      domain
 * @pa:          first byte, multiple of the granule
 * @len:         bytes, multiple of the granule, not 0
 * @prot:        as for iolas_pgtable_map()
 * @constraints: as for iolas_domain_alloc_map()
 * @iova:        result: first device address
 *
 * Threads: any number.
 * Memory:  as iolas_domain_alloc_map().
 * Device:  may translate the range on return.
 * Since:   0.1
 *
 * Return: as iolas_domain_alloc() and iolas_domain_map().  On failure *@iova is
 * unchanged.
 */
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
 * range is used again only after its invalidation.  Under BATCHED as if STRICT.
 *
 * Threads: any number; two that free the same range: one gets IOLAS_ENOENT.
 * Memory:  as iolas_domain_unmap().
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT, IOLAS_EBUSY (as
 * iolas_domain_unmap()), or IOLAS_ENOMEM (a large leaf reaches out of the range
 * because the caller mapped beyond it, and splitting it needs a page).
 */
IOLAS_API int iolas_domain_unmap_free(struct iolas_domain *domain,
				      iolas_iova iova, uint64_t len);

/**
 * iolas_domain_protect() - change what a mapped range allows
 * @domain: domain
 * @iova:   first device address, multiple of the granule
 * @len:    bytes, multiple of the granule, not 0
 * @prot:   new rights
 *
 * As iolas_pgtable_protect(), and invalidated whatever the policy: on return
 * no device uses the old rights.
 *
 * Threads: as iolas_domain_unmap().
 * Since:   0.1
 *
 * Return: as iolas_pgtable_protect(); IOLAS_EBUSY as iolas_domain_unmap().
 */
IOLAS_API int iolas_domain_protect(struct iolas_domain *domain, iolas_iova iova,
				   uint64_t len, unsigned prot);

/**
 * iolas_domain_lookup() - the leaf that translates an address
 * @domain:  domain
 * @iova:    device address
 * @mapping: result; struct_size set by the caller
 *
 * What the table says now; a device may still use an older answer until the
 * invalidation.
 *
 * Threads: any number.
 * Since:   0.1
 *
 * Return: as iolas_pgtable_lookup().
 */
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
 * @mapped:      a mapping was made; negative: it is undone again and the call
 *               that made it fails with that status.  NULL: not interested
 * @unmapped:    a mapping was taken away, before its invalidation; also where
 *               a map is undone, perhaps before this observer heard of it.
 *               NULL: not interested
 * @allocated:   a range was taken from the space; negative: it is given back
 *               and the call fails with that status.  NULL: not interested
 * @freed:       a range was given back, or its allocation is undone; told
 *               before anybody else can have it.  NULL: not interested
 * @invalidate:  forget translations; on return they are forgotten.  NULL: no
 *
 * Callbacks run in the changing thread, in the order in which the observers
 * came, without a lock held and outside read sections.  They may call into the
 * domain except for its destruction and iolas_domain_unobserve() of themselves.
 */
struct iolas_observer {
	uint32_t struct_size;
	uint32_t flags;
	void *user;
	int (*mapped)(void *user, iolas_iova iova, iolas_pa pa, uint64_t len,
		      unsigned prot);
	void (*unmapped)(void *user, iolas_iova iova, uint64_t len);
	int (*allocated)(void *user, iolas_iova iova, uint64_t len);
	void (*freed)(void *user, iolas_iova iova, uint64_t len);
	void (*invalidate)(void *user,
			   const struct iolas_invalidation *invalidation);
};

/**
 * iolas_domain_observe() - add an observer
 * @domain:   domain
 * @observer: copied
 * @id:       result: names it for iolas_domain_unobserve(); never used twice
 *
 * Threads: any number, also from inside callbacks.  Changes under way may or
 *          may not be told to the new observer; an unmap whose invalidation it
 *          misses had left the table before this call returned.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_domain_observe(struct iolas_domain *domain,
				   const struct iolas_observer *observer,
				   uint64_t *id);

/**
 * iolas_domain_unobserve() - remove an observer
 * @domain: domain
 * @id:     from iolas_domain_observe()
 *
 * On return none of its callbacks runs or will run.
 *
 * Threads: any number; waits for its callbacks under way in other threads.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT, IOLAS_EDEADLK (called from one
 * of its own callbacks; nothing was changed.  Needs host->thread_id).
 */
IOLAS_API int iolas_domain_unobserve(struct iolas_domain *domain, uint64_t id);

/**
 * struct iolas_history - a mapping that was
 * @struct_size: sizeof(struct iolas_history), set by the caller
 * @prot:        what its first leaf allowed
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
 * Threads: any number; linear in history_count.
 * Since:   0.1
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
 * @unmap_count:        successful unmaps, those that undo a map included
 * @map_bytes:          bytes in successful maps
 * @unmap_bytes:        bytes in successful unmaps, mapped or not
 * @invalidation_count: invalidations sent to observers
 * @deferred_count:     unmaps and frees waiting for invalidation
 * @deferred_bytes:     their bytes
 * @deferred_peak_ns:   longest that one waited; 0 without a clock
 * @forced_by_time:     times that bound_ns forced the waiting out
 * @forced_by_bytes:    times that bound_bytes did
 * @forced_by_count:    times that bound_count did, or no memory for waiting
 * @forced_by_space:    times that an allocation found no other room
 */
struct iolas_domain_stats {
	uint32_t struct_size;
	uint32_t observer_count;
	uint64_t map_count;
	uint64_t unmap_count;
	uint64_t map_bytes;
	uint64_t unmap_bytes;
	uint64_t invalidation_count;
	uint64_t deferred_count;
	uint64_t deferred_bytes;
	uint64_t deferred_peak_ns;
	uint64_t forced_by_time;
	uint64_t forced_by_bytes;
	uint64_t forced_by_count;
	uint64_t forced_by_space;
};

/**
 * iolas_domain_stats() - read the counters of a domain
 * @domain: domain
 * @stats:  result; struct_size set by the caller
 *
 * Threads: any; each counter is right, together they are of no one moment
 *          while others change the domain.
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int iolas_domain_stats(struct iolas_domain *domain,
				 struct iolas_domain_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_DOMAIN_H */
