/* SPDX-License-Identifier: MIT */
/*
 * Floor 9, iommu: units, devices, IOTLBs, translation, DMA and faults.  A
 * device is attached to a domain (per PASID), goes through untranslated
 * (bypass), or is blocked, which it is from birth.  A queue is one thread's way
 * into the unit: it holds an IOTLB and a reader slot.
 */
#ifndef IOLAS_IOMMU_H
#define IOLAS_IOMMU_H

#include <iolas/base.h>
#include <iolas/domain.h>
#include <iolas/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_fault;
struct iolas_unit;
struct iolas_device;
struct iolas_queue;

/**
 * struct iolas_memory - how a unit reaches memory
 * @struct_size: sizeof(struct iolas_memory)
 * @flags:       0
 * @user:        first argument
 * @ptr:         CPU pointer to @len bytes at @pa, valid while anything is
 *               mapped there; NULL when that is not memory.  @len is at most
 *               64 KiB, or what iolas_dma_map() asks for; when it answers NULL
 *               it may be asked again for the first 4 KiB page alone.
 *
 * @ptr runs outside read sections and without a lock: it may call into the
 * library, also into the domain that the access goes through.
 */
struct iolas_memory {
	uint32_t struct_size;
	uint32_t flags;
	void *user;
	void *(*ptr)(void *user, iolas_pa pa, uint64_t len);
};

/* iolas_unit_config.flags */
#define IOLAS_UNIT_ADVERSARIAL 0x1u /* IOTLBs err where hardware may */

/**
 * struct iolas_unit_config - one IOMMU
 * @struct_size:  sizeof(struct iolas_unit_config)
 * @flags:        IOLAS_UNIT_...
 * @memory:       what DMA reads and writes; copied; NULL: translate only
 * @iotlb_lg2:    log2 of entries per IOTLB, 0: 8; at most 16
 * @fault_count:  faults kept until read, 0: 256, at most 65536; a full queue
 *                drops the newest and counts it
 * @seed:         for IOLAS_UNIT_ADVERSARIAL
 * @fault:        called for each fault, after it was queued, in the thread of
 *                the access, without a lock and outside read sections; it may
 *                call into the library.  NULL: the queue only
 * @fault_user:   its first argument
 *
 * An adversarial IOTLB keeps what has become wrong until the invalidation that
 * covers it, however many others come before, and drops what is right at will.
 * What it uses after a change that nobody is going to invalidate is
 * IOLAS_FAULT_STALE.  Correct use never sees that.
 */
struct iolas_unit_config {
	uint32_t struct_size;
	uint32_t flags;
	const struct iolas_memory *memory;
	uint32_t iotlb_lg2;
	uint32_t fault_count;
	uint64_t seed;
	void (*fault)(void *user, const struct iolas_fault *fault);
	void *fault_user;
};

/**
 * iolas_unit_create() - make an IOMMU
 * @host:   where its memory comes from; copied
 * @config: what it is; copied, @config->memory too
 * @unit:   result
 *
 * Threads: any.
 * Memory:  the caller owns *@unit and ends it with iolas_unit_destroy().  On
 *          failure *@unit is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, sizes, flags, counts), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_unit_create(const struct iolas_host *host,
				const struct iolas_unit_config *config,
				struct iolas_unit **unit);

/**
 * iolas_unit_destroy() - end a unit without devices
 * @unit: unit, or NULL (IOLAS_OK)
 *
 * Faults that nobody has read are lost.
 *
 * Threads: no other call on @unit may run or follow.
 * Memory:  everything goes back to the host.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (it has devices; nothing was changed).
 */
IOLAS_API int iolas_unit_destroy(struct iolas_unit *unit);

/* No PASID. */
#define IOLAS_PASID_NONE UINT32_MAX

/**
 * iolas_device_create() - tell a unit of a requester
 * @unit:         unit
 * @requester_id: 16 bits: bus, device, function
 * @device:       result
 *
 * The device is blocked until attached or bypassed.
 *
 * Threads: any number.
 * Memory:  the caller owns *@device and ends it with iolas_device_destroy(),
 *          before the unit.  On failure *@device is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EEXIST (that requester is known),
 * IOLAS_ENOMEM.
 */
IOLAS_API int iolas_device_create(struct iolas_unit *unit,
				  uint32_t requester_id,
				  struct iolas_device **device);

/**
 * iolas_device_destroy() - forget a requester
 * @device: device, or NULL (IOLAS_OK)
 *
 * Threads: no other call on @device may run or follow.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (some PASID is attached or bypassed, or has
 * queues; nothing was changed).
 */
IOLAS_API int iolas_device_destroy(struct iolas_device *device);

/**
 * iolas_device_attach() - let a device see a domain
 * @device: device
 * @pasid:  IOLAS_PASID_NONE or a 20-bit PASID
 * @domain: domain
 *
 * Each PASID of a device, and none, is attached by itself.
 *
 * Threads: any number; changes of one PASID wait for each other.
 * Memory:  @domain is borrowed until detach or replace, and cannot be
 *          destroyed until then.
 * Device:  may use @domain on return.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EBUSY (attached or bypassed already:
 * iolas_device_replace()), IOLAS_ENOMEM.  On failure it stays blocked.
 */
IOLAS_API int iolas_device_attach(struct iolas_device *device, uint32_t pasid,
				  struct iolas_domain *domain);

/**
 * iolas_device_replace() - change the domain without a moment of neither
 * @device: device
 * @pasid:  attached or bypassed
 * @domain: new domain; may be the same
 *
 * An access that runs meanwhile uses one of the two for each piece of at most
 * 64 KiB.  On failure the old domain stays.
 *
 * Threads: as iolas_device_attach(); waits for accesses under way, so not from
 *          a callback that the device's own invalidation waits for.
 * Memory:  as iolas_device_attach(); the old domain is given back.
 * Device:  on return no access uses the old domain.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (blocked, see
 * iolas_device_attach()), IOLAS_EBUSY (a live iolas_dma_map()), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_device_replace(struct iolas_device *device, uint32_t pasid,
				   struct iolas_domain *domain);

/**
 * iolas_device_detach() - block a device again
 * @device: device
 * @pasid:  attached or bypassed
 *
 * Threads: as iolas_device_replace().
 * Memory:  the domain is given back.
 * Device:  on return no access uses the domain, or untranslated memory.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (blocked already), IOLAS_EBUSY
 * (a live iolas_dma_map()).
 */
IOLAS_API int iolas_device_detach(struct iolas_device *device, uint32_t pasid);

/**
 * iolas_device_bypass() - let a device through untranslated
 * @device: device
 * @pasid:  IOLAS_PASID_NONE or a 20-bit PASID
 *
 * Every iova is its pa, with all rights.  Undone by iolas_device_detach().
 *
 * Threads: as iolas_device_attach().
 * Device:  may use all memory on return.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EBUSY (attached or bypassed already),
 * IOLAS_ENOMEM.
 */
IOLAS_API int iolas_device_bypass(struct iolas_device *device, uint32_t pasid);

/* Why an access was refused; iolas_fault.reason. */
#define IOLAS_FAULT_NOT_MAPPED 1u /* nothing translates the address */
#define IOLAS_FAULT_READ       2u /* mapped, but not for reading */
#define IOLAS_FAULT_WRITE      3u /* mapped, but not for writing */
#define IOLAS_FAULT_EXEC       4u /* mapped, but not for fetching */
#define IOLAS_FAULT_RANGE      5u /* beyond what the tables cover */
#define IOLAS_FAULT_BLOCKED    6u /* the device is attached to nothing */
#define IOLAS_FAULT_NO_MEMORY  7u /* translated, but there is no memory */
#define IOLAS_FAULT_STALE      8u /* adversarial: changed, never invalidated */

/**
 * struct iolas_fault - one refused access
 * @struct_size:  sizeof(struct iolas_fault)
 * @reason:       IOLAS_FAULT_...
 * @requester_id: who
 * @pasid:        IOLAS_PASID_NONE or PASID
 * @iova:         first byte that was refused
 * @access:       what the access needs: IOLAS_READ, _WRITE, both, or IOLAS_EXEC
 * @level:        level of the item that ended the walk, 0 = smallest leaves
 * @access_iova:  first byte of the whole access
 * @access_len:   its length
 * @has_nearest:  1: @nearest is the closest mapping at that moment
 * @has_history:  1: @history lived at @iova last
 * @nearest:      leaf at @iova, or the closest one below or above
 * @history:      see iolas_domain_history()
 * @sequence:     counts from 1 per unit
 */
struct iolas_fault {
	uint32_t struct_size;
	uint32_t reason;
	uint32_t requester_id;
	uint32_t pasid;
	iolas_iova iova;
	uint32_t access;
	uint32_t level;
	iolas_iova access_iova;
	uint64_t access_len;
	uint32_t has_nearest;
	uint32_t has_history;
	struct iolas_mapping nearest;
	struct iolas_history history;
	uint64_t sequence;
};

/**
 * iolas_unit_next_fault() - take the oldest fault
 * @unit:  unit
 * @fault: result; struct_size set by the caller
 *
 * Threads: any number.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (no fault waits).
 */
IOLAS_API int iolas_unit_next_fault(struct iolas_unit *unit,
				    struct iolas_fault *fault);

/**
 * iolas_fault_describe() - a fault in words
 * @fault:  fault
 * @text:   result, NUL-terminated, cut to @bytes
 * @bytes:  size of @text
 *
 * Who, where, which access, why, the nearest mapping, and what lived there, in
 * one line without newline; 512 bytes hold any.
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int iolas_fault_describe(const struct iolas_fault *fault, char *text,
				   size_t bytes);

/**
 * iolas_queue_create() - a way for one thread into the unit
 * @device: device
 * @pasid:  IOLAS_PASID_NONE or a PASID
 * @queue:  result
 *
 * The queue follows what the PASID is attached to, and survives its changes.
 *
 * Threads: the queue is used by one thread at a time; any number of queues.
 * Memory:  the caller owns *@queue and ends it with iolas_queue_destroy(),
 *          before the device.  On failure *@queue is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_queue_create(struct iolas_device *device, uint32_t pasid,
				 struct iolas_queue **queue);

/**
 * iolas_queue_destroy() - end a queue
 * @queue: queue, or NULL (IOLAS_OK)
 *
 * Threads: no other call on @queue may run or follow.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (an iolas_dma_map() is live, or this is
 * called from a callback of the queue's own access; nothing was changed).
 */
IOLAS_API int iolas_queue_destroy(struct iolas_queue *queue);

/**
 * struct iolas_translation - one run of a translated access
 * @pa:       first byte
 * @len:      bytes
 * @prot:     what the mapping allows
 * @reserved: 0
 */
struct iolas_translation {
	iolas_pa pa;
	uint64_t len;
	uint32_t prot;
	uint32_t reserved;
};

/**
 * iolas_translate() - where would this access go?
 * @queue:  queue
 * @iova:   first byte
 * @len:    bytes, not 0; must not pass 2^64
 * @access: IOLAS_READ and/or IOLAS_WRITE, or IOLAS_EXEC
 * @runs:   result array
 * @count:  in: size of @runs; out: runs written
 *
 * Neighbouring leaves that continue each other are one run.  When @runs is too
 * small the first *@count runs are right and IOLAS_ERANGE says that there are
 * more.  True of the moment of the call: a later unmap does not wait for what
 * is done with the answer (iolas_dma_map() makes it wait).
 *
 * Threads: as the queue.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE, IOLAS_EFAULT (a fault was
 * recorded; *@count runs before it are right).
 */
IOLAS_API int iolas_translate(struct iolas_queue *queue, iolas_iova iova,
			      uint64_t len, unsigned access,
			      struct iolas_translation *runs, uint64_t *count);

/**
 * iolas_dma_read() - the device reads memory
 * @queue: queue
 * @iova:  first byte
 * @data:  receives @len bytes
 * @len:   bytes; 0 does nothing
 *
 * Copied in pieces of at most 64 KiB, each within one read section that an
 * invalidation waits for: so what a completed strict unmap took away is never
 * touched.
 *
 * Threads: as the queue; lock-free against maps and unmaps.
 * Memory:  @data is borrowed for the call.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOTSUP (the unit has no memory),
 * IOLAS_EFAULT (recorded; bytes before it were copied).
 */
IOLAS_API int iolas_dma_read(struct iolas_queue *queue, iolas_iova iova,
			     void *data, uint64_t len);

/**
 * iolas_dma_write() - the device writes memory
 * @queue: queue
 * @iova:  first byte
 * @data:  @len bytes to write
 * @len:   bytes; 0 does nothing
 *
 * As iolas_dma_read() in the other direction.
 *
 * Threads: as iolas_dma_read().
 * Memory:  as iolas_dma_read().
 * Since:   0.1
 *
 * Return: as iolas_dma_read().
 */
IOLAS_API int iolas_dma_write(struct iolas_queue *queue, iolas_iova iova,
			      const void *data, uint64_t len);

/**
 * iolas_dma_map() - borrow a pointer to what an iova translates to
 * @queue:  queue
 * @iova:   first byte
 * @len:    in: bytes wanted; out: contiguous bytes behind the pointer
 * @access: IOLAS_READ and/or IOLAS_WRITE
 * @ptr:    result
 * @token:  result: for iolas_dma_unmap()
 *
 * Until then an unmap of any of the *@len bytes, a change of their rights, and
 * detaching the PASID are IOLAS_EBUSY.  Unmaps of other addresses look for it:
 * they are a little slower while any is live.
 *
 * Threads: as the queue; waits for unmaps of the same domain that have begun to
 *          change the table.
 * Memory:  the pointer is the embedder's, for the caller until
 *          iolas_dma_unmap().  On failure the results are unchanged.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOTSUP (the unit has no memory),
 * IOLAS_EFAULT (recorded), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dma_map(struct iolas_queue *queue, iolas_iova iova,
			    uint64_t *len, unsigned access, void **ptr,
			    uint64_t *token);

/**
 * iolas_dma_unmap() - give the pointer back
 * @queue: queue it came from
 * @token: from iolas_dma_map(); never used twice by a unit
 *
 * Threads: as the queue.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (no live map of this queue has
 * that token; nothing was changed).
 */
IOLAS_API int iolas_dma_unmap(struct iolas_queue *queue, uint64_t token);

/**
 * struct iolas_unit_stats - counters of a unit
 * @struct_size:        sizeof(struct iolas_unit_stats), set by the caller
 * @device_count:       devices now
 * @fault_count:        faults since create
 * @fault_drop_count:   faults that found the queue full
 * @hit_count:          IOTLB hits, over queues that still exist
 * @miss_count:         IOTLB misses
 * @invalidation_count: invalidations completed, one per attachment
 */
struct iolas_unit_stats {
	uint32_t struct_size;
	uint32_t device_count;
	uint64_t fault_count;
	uint64_t fault_drop_count;
	uint64_t hit_count;
	uint64_t miss_count;
	uint64_t invalidation_count;
};

/**
 * iolas_unit_stats() - read the counters of a unit
 * @unit:  unit
 * @stats: result; struct_size set by the caller
 *
 * Threads: any; each counter is right, together they are of no one moment
 *          while devices are at work.
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int iolas_unit_stats(struct iolas_unit *unit,
			       struct iolas_unit_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_IOMMU_H */
