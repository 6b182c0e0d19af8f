/* SPDX-License-Identifier: MIT */
/*
 * What the reference miniport shares with its user-mode side and with its
 * device: private data, registers, and the command ring.
 */
#ifndef EXAMPLES_MINIPORT_COPYKMD_H
#define EXAMPLES_MINIPORT_COPYKMD_H

#include <stdint.h>

/* Registers, 32 bits each, in BAR 0. */
#define COPYKMD_REG_RING_LOW   0x00 /* address of the ring */
#define COPYKMD_REG_RING_HIGH  0x04
#define COPYKMD_REG_TAIL       0x08 /* commands written, by the driver */
#define COPYKMD_REG_HEAD       0x0c /* commands done, by the engine */
#define COPYKMD_REG_FENCE      0x10 /* fence of the last command done */
#define COPYKMD_REG_STATUS     0x14 /* COPYKMD_STATUS_... */
#define COPYKMD_BAR_BYTES      0x1000

#define COPYKMD_STATUS_PENDING 0x1u /* an interrupt waits to be claimed */
#define COPYKMD_STATUS_FAULTED 0x2u /* an access was refused */

/* A command in the ring; the engine fetches it like any other memory. */
struct copykmd_command {
	uint64_t source;
	uint64_t destination;
	uint32_t bytes;
	uint32_t fence;
};

#define COPYKMD_RING_BYTES 4096
#define COPYKMD_RING_COUNT (COPYKMD_RING_BYTES / sizeof(struct copykmd_command))

/* Private data of an allocation, from the user-mode driver. */
struct copykmd_allocation_data {
	uint32_t magic;
	uint32_t bytes;
	uint32_t is_scattered; /* 1: pages for an MDL, 0: one block */
	uint32_t serial;       /* written back by the driver */
};

#define COPYKMD_MAGIC 0x59504f43u

/* DriverEntry. */
int32_t copykmd_entry(void *driver_object, void *registry_path);

/*
 * Copies between two allocations page by page, as DxgkDdiSubmitCommand of a
 * larger driver would: hAllocation values of DxgkDdiCreateAllocation.  Answers
 * the fence of the last command, 0: the ring is full or a handle is wrong.
 *
 * It hands the engine the frame numbers of its MDLs, taking for granted that
 * logical is physical.
 */
uint32_t copykmd_copy(void *context, void *destination, void *source,
		      uint32_t bytes);

/* hMemoryHandle of an allocation, for whoever wants to look it up. */
void *copykmd_memory_handle(void *allocation);
/* The adapter's context, which copykmd_copy() takes. */
void *copykmd_context(void *allocation);
/* CPU address of an allocation's bytes. */
void *copykmd_cpu_address(void *allocation);

#endif /* EXAMPLES_MINIPORT_COPYKMD_H */
