/* SPDX-License-Identifier: MIT */
/*
 * IOMMU, inside the library: who holds what.
 *
 *     unit ---- device ---- context (one PASID) ---- queue, queue, ...
 *                               |
 *                          attachment ---- domain        (NULL: bypass)
 *
 * A context exists while it is attached, has queues, or somebody changes it.
 * Every access of a queue lies in a section of its context's epoch and reads
 * the attachment inside; so a changed attachment or a completed invalidation
 * means: published, then synchronized with the sections.
 *
 * Locks, both of rank IOLAS__RANK_UNIT, the unit's before a context's: the
 * unit's guards devices, the contexts' list and counts, and faults; a
 * context's guards its queues, maps and the right to change it.  Neither is
 * held while a callback runs or a section is waited for.
 */
#ifndef IOLAS_IOMMU_IOMMU_PRIV_H
#define IOLAS_IOMMU_IOMMU_PRIV_H

#include <iolas/iommu.h>

#include "domain/domain_priv.h"
#include "epoch/epoch_priv.h"
#include "host/host_priv.h"
#include "iommu/iommu_iotlb.h"
#include "slab/slab_priv.h"

#include <string.h>

#define IOLAS__UNIT_BUSES	256u
#define IOLAS__BUS_DEVICES	256u
#define IOLAS__DEVICE_BUCKETS	16u
#define IOLAS__DMA_BUCKETS	16u
#define IOLAS__ATTACHMENT_SPANS 16u /* invalidations remembered one by one */
#define IOLAS__PASID_MAX	((1u << 20) - 1)

/* Most bytes copied, and leaves walked, in one section. */
#define IOLAS__SECTION_BYTES  (64u * 1024)
#define IOLAS__SECTION_LEAVES 256u

struct iolas__context;

/* A span to forget; both ends change while somebody may read. */
struct iolas__forget {
	_Atomic(uint64_t) first;
	_Atomic(uint64_t) last;
};

/*
 * What a context translates through, published in context->attachment.
 * Number n (from 0) of its invalidations is in forget[n % SPANS] while
 * count - n < SPANS.
 */
struct iolas__attachment {
	struct iolas_domain *domain; /* NULL: bypass */
	struct iolas__context *context;
	uint64_t serial; /* unique in the unit, not 0 */
	uint64_t observer_id;
	struct iolas__lock lock; /* writers of what follows */
	_Atomic(uint64_t) count;
	struct iolas__forget forget[IOLAS__ATTACHMENT_SPANS];
};

struct iolas__context {
	struct iolas__epoch epoch;
	_Atomic(struct iolas__attachment *) attachment; /* NULL: blocked */
	struct iolas_device *device;
	struct iolas__context *next; /* in the device's bucket */
	uint32_t pasid;
	uint32_t users; /* attachment, queues, changers; the unit's lock */
	struct iolas__lock lock;
	bool is_changing;   /* somebody changes the attachment */
	uint32_t map_count; /* live iolas_dma_map() and those being made */
	struct iolas_queue *queues;
};

struct iolas_device {
	struct iolas_unit *unit;
	uint32_t requester_id;
	uint32_t context_count;
	struct iolas__context *bucket[IOLAS__DEVICE_BUCKETS];
};

struct iolas__bus {
	struct iolas_device *device[IOLAS__BUS_DEVICES];
};

/* A live iolas_dma_map(). */
struct iolas__dma {
	struct iolas__dma *next;
	uint64_t token;
	struct iolas_domain *domain; /* NULL: bypass, nothing is pinned */
	struct iolas__pin pin;
};

struct iolas_queue {
	struct iolas__reader reader;
	struct iolas__context *context;
	struct iolas_unit *unit;
	struct iolas_queue *next; /* in the context; its lock */
	struct iolas_queue *prev;
	uint64_t seen_serial; /* attachment that the IOTLB is of */
	uint64_t seen_count;  /* invalidations of it that the IOTLB obeyed */
	uint64_t random;      /* adversarial: state */
	uint32_t busy;	      /* calls under way, in callbacks of one another */
	uint32_t dma_count;
	struct iolas__dma *dma[IOLAS__DMA_BUCKETS];
	/* Written by the queue's thread, read by iolas_unit_stats(). */
	_Atomic(uint64_t) hits;
	_Atomic(uint64_t) misses;
	struct iolas__iotlb iotlb;
};

struct iolas_unit {
	struct iolas_host host;
	struct iolas_memory memory; /* ptr NULL: none */
	uint32_t flags;
	uint32_t iotlb_lg2;
	uint64_t seed;
	void (*fault)(void *user, const struct iolas_fault *fault);
	void *fault_user;

	struct iolas__lock lock; /* guards the rest of this paragraph */
	uint32_t device_count;
	struct iolas__bus *bus[IOLAS__UNIT_BUSES];
	struct iolas_fault *faults; /* ring of fault_size */
	uint32_t fault_size;
	uint32_t fault_first; /* oldest */
	uint32_t fault_kept;
	uint64_t fault_count;
	uint64_t fault_drop_count;

	_Atomic(uint64_t) last_serial; /* attachments, queues, tokens */
	_Atomic(uint64_t) invalidation_count;
	struct iolas__slab contexts;
	struct iolas__slab nodes; /* attachments and maps */
};

union iolas__unit_node {
	struct iolas__attachment attachment;
	struct iolas__dma dma;
};

/* One leaf as a queue sees it; first..first + size - 1 -> pa. */
struct iolas__leaf {
	iolas_iova first;
	iolas_iova last;
	iolas_pa pa;
	uint32_t prot;
};

/* Why an access cannot go on at @iova; filled inside the section. */
struct iolas__refusal {
	uint32_t reason;
	uint32_t level;
	iolas_iova iova;
	bool has_nearest;
	bool has_history;
	struct iolas_mapping nearest;
	struct iolas_history history;
};

/* The whole access that a leaf is wanted for. */
struct iolas__access {
	iolas_iova first;
	uint64_t len;
	unsigned bits; /* IOLAS_READ, ... */
};

static inline bool iolas__unit_is_adversarial(const struct iolas_unit *unit)
{
	return unit->flags & IOLAS_UNIT_ADVERSARIAL;
}

static inline uint64_t iolas__unit_serial(struct iolas_unit *unit)
{
	/* Relaxed: numbers, unique whatever their order. */
	return iolas__fetch_add_relaxed(&unit->last_serial, 1) + 1;
}

/* context */
/*
 * The context of a PASID, made if @may_make; counted as used until
 * iolas__context_put().  IOLAS_ENOENT, IOLAS_ENOMEM.
 */
int iolas__context_get(struct iolas_device *device, uint32_t pasid,
		       bool may_make, struct iolas__context **context);
void iolas__context_put(struct iolas__context *context);
/* Waits until nobody changes the attachment; the lock is held on return. */
void iolas__context_lock(struct iolas__context *context);
bool iolas__pasid_is_valid(uint32_t pasid);

/* queue */
/*
 * A section: what the queue holds in its IOTLB is of the attachment returned,
 * and no invalidation that completed before is missing.  NULL: blocked.
 */
struct iolas__attachment *iolas__queue_begin(struct iolas_queue *queue);
void iolas__queue_end(struct iolas_queue *queue);

/* translate: inside a section */
/*
 * The leaf that holds @iova, and *refusal if there is none or it does not allow
 * @bits.  @may_cache: false asks the table itself.  IOLAS_OK or IOLAS_EFAULT.
 */
int iolas__queue_leaf(struct iolas_queue *queue,
		      struct iolas__attachment *attachment, iolas_iova iova,
		      unsigned bits, bool may_cache, struct iolas__leaf *leaf,
		      struct iolas__refusal *refusal);
/*
 * Contiguous bytes from @iova on, at most @len, with equal rights.  Less than
 * could be had when *leaves (counted down) ends; at least one leaf.
 */
int iolas__queue_run(struct iolas_queue *queue,
		     struct iolas__attachment *attachment, iolas_iova iova,
		     uint64_t len, unsigned bits, bool may_cache,
		     unsigned *leaves, struct iolas_translation *run,
		     struct iolas__refusal *refusal);

/* fault */
/* Fills in what surrounds refusal->iova; inside a section. */
void iolas__refusal_explain(struct iolas__refusal *refusal,
			    struct iolas_domain *domain, unsigned bits);
/* Files it and calls back; outside.  Answers IOLAS_EFAULT. */
int iolas__unit_fault(struct iolas_queue *queue,
		      const struct iolas__refusal *refusal,
		      const struct iolas__access *access);

/* dma */
/*
 * Pointer to the first of *len bytes at @pa; *len is cut to the first page when
 * only that is memory.  NULL: not memory.  Outside sections.
 */
void *iolas__unit_ptr(struct iolas_unit *unit, iolas_pa pa, uint64_t *len);

#endif /* IOLAS_IOMMU_IOMMU_PRIV_H */
