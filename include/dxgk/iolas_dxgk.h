/* SPDX-License-Identifier: MIT */
/*
 * The harness of libiolas-dxgk: what a test program uses to play the rest of
 * Windows around a display driver.  It makes machines (physical memory, one
 * IOMMU) and adapters on them, hands out what Dxgkrnl would hand out, lets the
 * simulated device reach memory, makes calls fail, and reads the violations
 * that were reported.  It names no Windows type, so that a program may include
 * it without the native headers.
 */
#ifndef IOLAS_DXGK_H
#define IOLAS_DXGK_H

#include <iolas/base.h>
#include <iolas/domain.h>
#include <iolas/host.h>
#include <iolas/iommu.h>
#include <iolas/physmem.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_dxgk_machine;
struct iolas_dxgk_adapter;
struct _DXGKRNL_INTERFACE;
struct _MDL;

/* ---- violations: what a driver did that it must not do ---- */

/*
 * Rules.  Numbers are stable; iolas_dxgk_rule_text() quotes each one.  The
 * second column is the bug check a Windows machine answers with, if any.
 */
#define IOLAS_DXGK_RULE_NOT_IMPLEMENTED	    1u	/* a slot of ours is empty */
#define IOLAS_DXGK_RULE_BAD_ARGUMENT	    2u	/* documented precondition */
#define IOLAS_DXGK_RULE_ADAPTER_HANDLE	    3u	/* no such hAdapter */
#define IOLAS_DXGK_RULE_UNKNOWN_HANDLE	    4u	/* never handed out */
#define IOLAS_DXGK_RULE_STALE_HANDLE	    5u	/* 0xE6: freed before */
#define IOLAS_DXGK_RULE_HANDLE_KIND	    6u	/* names something else */
#define IOLAS_DXGK_RULE_FOREIGN_HANDLE	    7u	/* of another adapter */
#define IOLAS_DXGK_RULE_IRQL		    8u	/* called too high */
#define IOLAS_DXGK_RULE_MODE		    9u	/* forbidden when remapping */
#define IOLAS_DXGK_RULE_ZERO_HIGH	    10u /* HighAddress 0, warned once */
#define IOLAS_DXGK_RULE_STILL_MAPPED	    11u /* freed with a system VA */
#define IOLAS_DXGK_RULE_MEMORY_LEAKED	    12u /* 0xE6: adapter gone, not it */
#define IOLAS_DXGK_RULE_DEVICE_FAULT	    13u /* the device hit nothing */
#define IOLAS_DXGK_RULE_DEVICE_AFTER_FREE   14u /* ... where memory was */
#define IOLAS_DXGK_RULE_DEVICE_EXCLUSIVE    15u /* DMA in the bracket */
#define IOLAS_DXGK_RULE_CALL_EXCLUSIVE	    16u /* memory call in it */
#define IOLAS_DXGK_RULE_MDL_CHANGED	    17u /* between map and unmap */
#define IOLAS_DXGK_RULE_MDL_CHAIN	    18u /* only the first is mapped */
#define IOLAS_DXGK_RULE_MDL_STATE	    19u /* its flags forbid the call */
#define IOLAS_DXGK_RULE_MDL_FREE	    20u /* freed by the wrong path */
#define IOLAS_DXGK_RULE_MM_FREE		    21u /* 0xE6: not as allocated */
#define IOLAS_DXGK_RULE_MM_LEAKED	    22u /* 0xC4: Mm memory left */
#define IOLAS_DXGK_RULE_BANNED_CALL	    23u /* isolation forbids it */
#define IOLAS_DXGK_RULE_VIDEO_FREE	    24u /* not as allocated */
#define IOLAS_DXGK_RULE_NO_MACHINE	    25u /* Mm call without machine */
#define IOLAS_DXGK_RULE_ADDRESS		    26u /* not memory of the machine */
#define IOLAS_DXGK_RULE_DEVICE_BUSY	    27u /* freed under a live DMA */
#define IOLAS_DXGK_RULE_ADL_UNLOCKED	    28u /* 0x1E4 sub-code 4 */
#define IOLAS_DXGK_RULE_UNLOCK_WITH_ADL	    29u /* 0x1E4 sub-code 5 */
#define IOLAS_DXGK_RULE_ADAPTER_OBJECT_LEAK 30u /* 0x1E4 sub-code 6 */
#define IOLAS_DXGK_RULE_ADL_LEAK	    31u /* 0x1E4 sub-code 7 */
/* 32..63: memory family.  64..127: loader, allocations, kernel helpers. */

/**
 * struct iolas_dxgk_violation - one broken rule
 * @struct_size: sizeof(struct iolas_dxgk_violation), set by the caller
 * @rule:        IOLAS_DXGK_RULE_...
 * @bugcheck:    code that Windows stops with, 0: none
 * @subcode:     its first parameter, 0: none
 * @sequence:    counts from 1 per machine
 * @adapter:     whose driver it was, or NULL; may be gone when read
 * @handle:      handle concerned, 0: none
 * @site:        code address that called us
 * @made_site:   code address that made the thing concerned, or NULL
 * @freed_site:  code address that freed it before, or NULL
 * @call:        name of the function or slot; static text
 * @rule_text:   the rule; static text
 * @text:        what happened, with the handle's history
 */
struct iolas_dxgk_violation {
	uint32_t struct_size;
	uint32_t rule;
	uint32_t bugcheck;
	uint32_t subcode;
	uint64_t sequence;
	struct iolas_dxgk_adapter *adapter;
	uint64_t handle;
	const void *site;
	const void *made_site;
	const void *freed_site;
	const char *call;
	const char *rule_text;
	char text[640];
};

/** iolas_dxgk_rule_text() - the rule in words; NULL for an unknown number */
IOLAS_API const char *iolas_dxgk_rule_text(uint32_t rule);

/* ---- machines ---- */

/* iolas_dxgk_machine_config.flags */
#define IOLAS_DXGK_MISALIGN 0x1u /* contiguous blocks avoid natural alignment */

/**
 * struct iolas_dxgk_machine_config - memory and manners of a machine
 * @struct_size:       sizeof(struct iolas_dxgk_machine_config)
 * @flags:             IOLAS_DXGK_MISALIGN
 * @host:              where bookkeeping comes from; copied; NULL: libc
 * @regions:           physical memory; NULL: 255 MiB from 1 MiB, 256 MiB from
 *                     4 GiB; copied
 * @region_count:      how many
 * @fragment_permille: share of the pages taken beforehand, 0..1000
 * @fragment_seed:     equal seeds fragment equally
 * @verifier:          0: memory that is promised no contents is as it was;
 *                     1: it is filled with IOLAS_DXGK_POISON; 2: freed pages
 *                     are poisoned too and writes to them counted
 * @violation_limit:   violations kept, 0: 1024; more are counted and dropped
 * @irql:              current IRQL of the calling thread; NULL: simulated, see
 *                     iolas_dxgk_set_irql()
 * @irql_user:         its argument
 * @violation:         called for each violation, without a lock held; NULL:
 *                     kept only
 * @violation_user:    its first argument
 */
struct iolas_dxgk_machine_config {
	uint32_t struct_size;
	uint32_t flags;
	const struct iolas_host *host;
	const struct iolas_physmem_region *regions;
	uint32_t region_count;
	uint32_t fragment_permille;
	uint64_t fragment_seed;
	uint32_t verifier;
	uint32_t violation_limit;
	uint8_t (*irql)(void *user);
	void *irql_user;
	void (*violation)(void *user,
			  const struct iolas_dxgk_violation *violation);
	void *violation_user;
};

/* What fills memory without promised contents at verifier level 1. */
#define IOLAS_DXGK_POISON 0xd7

/**
 * iolas_dxgk_machine_create() - make a machine
 * @config:  copied; NULL: all defaults
 * @machine: result
 *
 * The first machine of a process becomes the current one.
 *
 * Threads: any.
 * Memory:  the caller owns *@machine.  On failure *@machine is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int
iolas_dxgk_machine_create(const struct iolas_dxgk_machine_config *config,
			  struct iolas_dxgk_machine **machine);

/**
 * iolas_dxgk_machine_destroy() - end a machine without adapters
 * @machine: machine, or NULL (IOLAS_OK)
 *
 * Memory of the Mm functions that was never freed is reported first.
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (adapters are there; nothing was changed).
 */
IOLAS_API int iolas_dxgk_machine_destroy(struct iolas_dxgk_machine *machine);

/**
 * iolas_dxgk_machine_set_current() - which machine calls without adapter mean
 * @machine: machine, or NULL: none
 *
 * The Mm, Io, Ex and Ke functions carry no adapter.  While a DDI of a driver
 * runs, its adapter's machine goes before this setting.
 *
 * Threads: any; one setting per process.
 * Since:   0.1
 */
IOLAS_API void
iolas_dxgk_machine_set_current(struct iolas_dxgk_machine *machine);
/** iolas_dxgk_machine_current() - the machine such calls mean now, or NULL */
IOLAS_API struct iolas_dxgk_machine *iolas_dxgk_machine_current(void);
/** iolas_dxgk_machine_physmem() - its memory; borrowed; NULL for NULL */
IOLAS_API struct iolas_physmem *
iolas_dxgk_machine_physmem(struct iolas_dxgk_machine *machine);
/** iolas_dxgk_machine_unit() - its IOMMU; borrowed; NULL for NULL */
IOLAS_API struct iolas_unit *
iolas_dxgk_machine_unit(struct iolas_dxgk_machine *machine);

/**
 * iolas_dxgk_machine_report_leaks() - report Mm memory and MDLs still there
 * @machine: machine
 * @count:   result, may be NULL: how many things were reported
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int
iolas_dxgk_machine_report_leaks(struct iolas_dxgk_machine *machine,
				uint64_t *count);

/* ---- IRQL ---- */

#define IOLAS_DXGK_PASSIVE  0u
#define IOLAS_DXGK_APC	    1u
#define IOLAS_DXGK_DISPATCH 2u
#define IOLAS_DXGK_HIGH	    15u

/** iolas_dxgk_irql() - simulated IRQL of the calling thread, at first 0 */
IOLAS_API uint8_t iolas_dxgk_irql(void);
/** iolas_dxgk_set_irql() - set it (0..15, larger is cut); returns the old one */
IOLAS_API uint8_t iolas_dxgk_set_irql(uint8_t irql);

/* ---- adapters ---- */

/* iolas_dxgk_adapter_config.mode: what stands between device and memory */
#define IOLAS_DXGK_PASSTHROUGH 0u /* nothing: device address is physical */
#define IOLAS_DXGK_IDENTITY    1u /* a domain that maps pages to themselves */
#define IOLAS_DXGK_REMAPPED    2u /* a domain with addresses of its own */

/* iolas_dxgk_adapter_config.flags */
#define IOLAS_DXGK_DETACHED	0x01u /* identity: bypassed until attached */
#define IOLAS_DXGK_STRICT_HIGH	0x02u /* LowAddress = HighAddress = 0 is 0 */
#define IOLAS_DXGK_LOGICAL_PFNS 0x04u /* remapped: MDLs hold logical frames */
#define IOLAS_DXGK_TRAP		0x08u /* unimplemented slots abort */
#define IOLAS_DXGK_UNTRIMMED	0x10u /* interface as long as ours is */
#define IOLAS_DXGK_DRIVER_ISOLATION \
	0x20u /* the driver opted in to isolation (IOMMU_CAPS bits 0, 1) */
#define IOLAS_DXGK_DRIVER_REMAPPING \
	0x40u /* ... declared DmaRemappingSupported (IOMMU_CAPS bit 2) */

/**
 * struct iolas_dxgk_adapter_config - an adapter
 * @struct_size:     sizeof(struct iolas_dxgk_adapter_config)
 * @flags:           IOLAS_DXGK_...
 * @machine:         where it is plugged in; NULL: a machine of its own, made
 *                   from @machine_config and ended with the adapter
 * @machine_config:  for that; NULL: defaults
 * @level:           DXGKDDI_INTERFACE_VERSION that this Dxgkrnl offers, 0: the
 *                   newest
 * @mode:            IOLAS_DXGK_PASSTHROUGH, _IDENTITY or _REMAPPED
 * @highest_visible: highest address that the device can drive, 0: no limit
 * @logical_first:   remapped: lowest logical address; with @logical_last 0:
 *                   from above all memory, or from one page up to
 *                   @highest_visible
 * @logical_last:    highest one, inclusive
 * @requester_id:    bus, device, function; 0: the next free one
 * @format:          IOLAS_FORMAT_..., 0: vtd-ss
 * @driver_version:  interface version that the driver asked for, 0: as @level;
 *                   the loader sets it from DRIVER_INITIALIZATION_DATA
 * @reserved:        0
 * @save_area_bytes: the frame buffer's save area, page multiple; 0: none until
 *                   a driver answers DXGKQAITYPE_FRAMEBUFFERSAVESIZE
 */
struct iolas_dxgk_adapter_config {
	uint32_t struct_size;
	uint32_t flags;
	struct iolas_dxgk_machine *machine;
	const struct iolas_dxgk_machine_config *machine_config;
	uint32_t level;
	uint32_t mode;
	uint64_t highest_visible;
	iolas_iova logical_first;
	iolas_iova logical_last;
	uint32_t requester_id;
	uint32_t format;
	uint32_t driver_version;
	uint32_t reserved;
	uint64_t save_area_bytes;
};

/**
 * iolas_dxgk_adapter_create() - plug an adapter in
 * @config:  copied; NULL: all defaults (newest, passthrough, own machine)
 * @adapter: result
 *
 * Threads: any.
 * Memory:  the caller owns *@adapter.  On failure *@adapter is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM, IOLAS_EEXIST (requester id),
 * IOLAS_ENOSPC (no memory for the save area).
 */
IOLAS_API int
iolas_dxgk_adapter_create(const struct iolas_dxgk_adapter_config *config,
			  struct iolas_dxgk_adapter **adapter);

/**
 * iolas_dxgk_adapter_destroy() - pull an adapter out
 * @adapter: adapter, or NULL (IOLAS_OK)
 *
 * Whatever its driver still holds is reported and freed; memory of
 * VideoPortAllocateContiguousMemory is freed without a report.
 *
 * Threads: no other call on @adapter may run or follow.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (a driver is loaded on it, or queues made
 * from its device are there; nothing was changed).
 */
IOLAS_API int iolas_dxgk_adapter_destroy(struct iolas_dxgk_adapter *adapter);

/** iolas_dxgk_adapter_handle() - hAdapter, as DXGKRNL_INTERFACE.DeviceHandle */
IOLAS_API void *iolas_dxgk_adapter_handle(struct iolas_dxgk_adapter *adapter);
/** iolas_dxgk_adapter_machine() - where it is plugged in; NULL for NULL */
IOLAS_API struct iolas_dxgk_machine *
iolas_dxgk_adapter_machine(struct iolas_dxgk_adapter *adapter);
/** iolas_dxgk_adapter_domain() - its logical space; NULL: passthrough */
IOLAS_API struct iolas_domain *
iolas_dxgk_adapter_domain(struct iolas_dxgk_adapter *adapter);
/** iolas_dxgk_adapter_device() - its device at the machine's IOMMU */
IOLAS_API struct iolas_device *
iolas_dxgk_adapter_device(struct iolas_dxgk_adapter *adapter);

/**
 * iolas_dxgk_adapter_attach() - end the bypass of IOLAS_DXGK_DETACHED
 * @adapter: adapter
 *
 * Memory allocated before is there for the device afterwards.  There is no way
 * back.  A loaded driver's Begin/EndExclusiveAccess is not called by this.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EBUSY (attached already), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dxgk_adapter_attach(struct iolas_dxgk_adapter *adapter);

/* ---- the interface ---- */

/** iolas_dxgk_interface_bytes() - Size for a version, 0: before 1.0 */
IOLAS_API uint32_t iolas_dxgk_interface_bytes(uint32_t version);

/**
 * iolas_dxgk_interface_create() - a DXGKRNL_INTERFACE as a driver gets it
 * @adapter:        adapter
 * @driver_version: what the driver asks for; the lower of this and the
 *                  adapter's level is offered
 * @interface:      result; exactly its Size bytes are there
 *
 * Every member up to Size is callable: what is not implemented reports itself.
 *
 * Memory:  the caller ends it with iolas_dxgk_interface_destroy(); the members
 *          may be copied and used until the adapter is destroyed.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int
iolas_dxgk_interface_create(struct iolas_dxgk_adapter *adapter,
			    uint32_t driver_version,
			    struct _DXGKRNL_INTERFACE **interface);
/** iolas_dxgk_interface_destroy() - poison and free it; NULL is ignored */
IOLAS_API void
iolas_dxgk_interface_destroy(struct iolas_dxgk_adapter *adapter,
			     struct _DXGKRNL_INTERFACE *interface);

/* ---- what memory is where ---- */

/* iolas_dxgk_memory_info.kind */
#define IOLAS_DXGK_MEMORY_CONTIGUOUS   1u /* DxgkCbAllocateContiguousMemory */
#define IOLAS_DXGK_MEMORY_PAGES	       2u /* DxgkCbAllocatePagesForMdl */
#define IOLAS_DXGK_MEMORY_MAPPED_MDL   3u /* DxgkCbMapMdlToIoMmu */
#define IOLAS_DXGK_MEMORY_FRAME_BUFFER 4u /* DxgkCbPinFrameBufferForSave */
#define IOLAS_DXGK_MEMORY_VIDEO	       5u /* VideoPortAllocateContiguousMemory */
#define IOLAS_DXGK_MEMORY_COMMON       6u /* VideoPort common buffers */

/**
 * struct iolas_dxgk_memory_info - what one handle stands for
 * @struct_size:   sizeof(struct iolas_dxgk_memory_info), set by the caller
 * @kind:          IOLAS_DXGK_MEMORY_...
 * @handle:        the handle; of video memory one that no driver sees
 * @va:            CPU address, or NULL: no mapping was made
 * @mdl:           MDL, or NULL
 * @pa:            first physical byte
 * @logical:       first device byte, with the byte offset of a mapped MDL
 * @bytes:         length the device may use
 * @requested:     bytes as asked for
 * @segment_count: physically contiguous runs
 * @has_logical:   1: the device reaches the memory at @logical on as one range;
 *                 0: page by page where it lies (identity or passthrough, and
 *                 more than one run)
 * @reserved:      0
 * @made_site:     code address that allocated it
 */
struct iolas_dxgk_memory_info {
	uint32_t struct_size;
	uint32_t kind;
	uint64_t handle;
	void *va;
	struct _MDL *mdl;
	iolas_pa pa;
	iolas_iova logical;
	uint64_t bytes;
	uint64_t requested;
	uint64_t segment_count;
	uint32_t has_logical;
	uint32_t reserved;
	const void *made_site;
};

/**
 * iolas_dxgk_memory_info() - look at a memory handle
 * @handle: hMemoryHandle
 * @info:   result; struct_size set by the caller
 *
 * Reports nothing: this is the test's question, not the driver's.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (never handed out, or none of
 * memory), IOLAS_ESTALE (freed).
 */
IOLAS_API int iolas_dxgk_memory_info(const void *handle,
				     struct iolas_dxgk_memory_info *info);

/**
 * struct iolas_dxgk_segment - a run, as memory and as the device see it
 * @pa:      first physical byte
 * @logical: first device byte
 * @len:     bytes
 */
struct iolas_dxgk_segment {
	iolas_pa pa;
	iolas_iova logical;
	uint64_t len;
};

/**
 * iolas_dxgk_memory_segments() - where a handle's memory lies
 * @handle:   hMemoryHandle
 * @index:    first segment wanted
 * @segments: result array
 * @count:    in: size of @segments; out: how many were written, 0 past the end
 *
 * Return: as iolas_dxgk_memory_info().
 */
IOLAS_API int iolas_dxgk_memory_segments(const void *handle, uint64_t index,
					 struct iolas_dxgk_segment *segments,
					 uint64_t *count);

/**
 * iolas_dxgk_memory_next() - list what an adapter's driver holds
 * @adapter: adapter
 * @info:    in: handle 0 begins, else the one to go on after; out: next one
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (no more).
 */
IOLAS_API int iolas_dxgk_memory_next(struct iolas_dxgk_adapter *adapter,
				     struct iolas_dxgk_memory_info *info);

/* ---- the simulated device ---- */

/**
 * iolas_dxgk_device_read() - the adapter's device reads memory
 * @adapter: adapter
 * @address: device address: logical, or physical in passthrough
 * @data:    receives @len bytes
 * @len:     bytes
 *
 * A refused access is a violation with the fault in words and, where memory of
 * the driver was, who allocated and who freed it.
 *
 * Threads: any; one access per adapter at a time.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EFAULT.
 */
IOLAS_API int iolas_dxgk_device_read(struct iolas_dxgk_adapter *adapter,
				     iolas_iova address, void *data,
				     uint64_t len);
/** iolas_dxgk_device_write() - the device writes; as iolas_dxgk_device_read() */
IOLAS_API int iolas_dxgk_device_write(struct iolas_dxgk_adapter *adapter,
				      iolas_iova address, const void *data,
				      uint64_t len);

/**
 * iolas_dxgk_explain() - what lives, or lived, at a device address
 * @adapter: adapter
 * @address: device address
 * @text:    result, NUL-terminated, cut to @bytes
 * @bytes:   size of @text
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (nothing known; @text says so).
 */
IOLAS_API int iolas_dxgk_explain(struct iolas_dxgk_adapter *adapter,
				 iolas_iova address, char *text, size_t bytes);

/* ---- reading violations ---- */

/** iolas_dxgk_violation_count() - violations since create or the last clear */
IOLAS_API uint64_t
iolas_dxgk_violation_count(struct iolas_dxgk_machine *machine);

/**
 * iolas_dxgk_violation_get() - read one
 * @machine:   machine
 * @index:     0 is the oldest kept
 * @violation: result; struct_size set by the caller
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (there is no such).
 */
IOLAS_API int iolas_dxgk_violation_get(struct iolas_dxgk_machine *machine,
				       uint64_t index,
				       struct iolas_dxgk_violation *violation);
/** iolas_dxgk_violations_clear() - forget them; NULL is ignored */
IOLAS_API void iolas_dxgk_violations_clear(struct iolas_dxgk_machine *machine);

/**
 * iolas_dxgk_violation_describe() - one in words, call sites by symbol
 * @violation: violation
 * @text:      result, NUL-terminated, cut to @bytes
 * @bytes:     size of @text
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int
iolas_dxgk_violation_describe(const struct iolas_dxgk_violation *violation,
			      char *text, size_t bytes);

/* ---- making calls fail ---- */

/**
 * struct iolas_dxgk_fault_plan - which calls fail
 * @struct_size: sizeof(struct iolas_dxgk_fault_plan)
 * @status:      NTSTATUS they answer, 0: STATUS_NO_MEMORY; functions that
 *               return a pointer answer NULL
 * @call:        exact name of the callback or function; at most 63 letters;
 *               NULL: every one that can fail
 * @nth:         the first one to fail, counting from 1 those that match; 0: 1
 * @count:       how many fail from there on; 0: all
 * @min_bytes:   only requests of at least so many bytes
 * @max_bytes:   only requests of at most so many bytes; 0: no limit
 *
 * A call that fails by plan has checked its arguments and changed nothing.
 */
struct iolas_dxgk_fault_plan {
	uint32_t struct_size;
	int32_t status;
	const char *call;
	uint64_t nth;
	uint64_t count;
	uint64_t min_bytes;
	uint64_t max_bytes;
};

/** iolas_dxgk_plan_fault() - add a plan; IOLAS_EINVAL, IOLAS_ENOMEM */
IOLAS_API int iolas_dxgk_plan_fault(struct iolas_dxgk_machine *machine,
				    const struct iolas_dxgk_fault_plan *plan);
/** iolas_dxgk_forget_faults() - drop all plans; NULL is ignored */
IOLAS_API void iolas_dxgk_forget_faults(struct iolas_dxgk_machine *machine);
/** iolas_dxgk_planned_failures() - calls that failed by plan so far */
IOLAS_API uint64_t
iolas_dxgk_planned_failures(struct iolas_dxgk_machine *machine);

/* ---- memory of a user-mode program ---- */

/**
 * iolas_dxgk_user_alloc() - a buffer as a process has it
 * @machine: machine
 * @bytes:   length, not 0
 * @va:      result: page-aligned; zeroed
 *
 * Scattered pages at consecutive CPU addresses: what MmProbeAndLockPages takes.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOSPC, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dxgk_user_alloc(struct iolas_dxgk_machine *machine,
				    uint64_t bytes, void **va);
/** iolas_dxgk_user_free() - IOLAS_ENOENT: no such buffer; IOLAS_EBUSY: locked */
IOLAS_API int iolas_dxgk_user_free(struct iolas_dxgk_machine *machine,
				   void *va);

/* ---- VideoPort ---- */

/**
 * iolas_dxgk_video_bind() - say whose device extension this is
 * @adapter:   adapter
 * @extension: HwDeviceExtension that the miniport passes; not NULL
 *
 * VideoPort calls with an unknown extension fail and are reported.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_EEXIST (bound), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dxgk_video_bind(struct iolas_dxgk_adapter *adapter,
				    void *extension);

/**
 * iolas_dxgk_video_free_contiguous() - the free that video.h lacks
 * @extension: HwDeviceExtension
 * @va:        exactly what VideoPortAllocateContiguousMemory returned
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (no such block; reported).
 */
IOLAS_API int iolas_dxgk_video_free_contiguous(void *extension, void *va);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_DXGK_H */
