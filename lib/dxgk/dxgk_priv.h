/* SPDX-License-Identifier: MIT */
/*
 * libiolas-dxgk inside: machines, adapters, who is calling, the ambient
 * machine, IRQL, planned failures, statuses.  Native types are not needed
 * here; files that speak them include dxgk_native.h too.
 *
 * Locks, outer before inner: machine->lock, adapter->lock, the locks of the
 * handle tables, heap and log.  Reports are filed and callbacks of the
 * embedder run with none of them held.
 */
#ifndef IOLAS_DXGK_DXGK_PRIV_H
#define IOLAS_DXGK_DXGK_PRIV_H

#include <dxgk/iolas_dxgk.h>

#include "dxgk/dxgk_handle.h"
#include "dxgk/dxgk_heap.h"
#include "dxgk/dxgk_report.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define DXGK_PAGE_LG2	12
#define DXGK_PAGE_BYTES (UINT64_C(1) << DXGK_PAGE_LG2)

struct iolas__dxgk_block;
struct iolas__dxgk_thing;
struct iolas__dxgk_plan;
struct iolas__dxgk_kernel;
struct iolas__dxgk_loader; /* the driver on an adapter: dxgk_loader_*.c */

/* A driver's call into us; DXGK_CALL() stands first in each entry point. */
struct iolas__dxgk_call {
	const char *name;
	const void *site;
};

#define DXGK_CALL(entry)                                \
	const struct iolas__dxgk_call call = { (entry), \
					       __builtin_return_address(0) }

/* What simulated device memory (BARs) is made of; dxgk_mm_io.c asks it. */
struct iolas__dxgk_io_ops {
	void *user;
	/* CPU pointer to @len bytes of device space at @pa, or NULL. */
	void *(*ptr)(void *user, iolas_pa pa, uint64_t len);
};

#define DXGK_TABLE_BUCKETS 256 /* power of two */

struct iolas_dxgk_machine {
	struct iolas_host host;
	struct iolas_dxgk_machine_config config; /* no borrowed pointers */
	struct iolas_physmem *physmem;
	struct iolas_unit *unit;
	struct iolas__dxgk_heap heap;
	struct iolas__dxgk_log log;
	uint64_t highest; /* highest byte of memory */
	pthread_mutex_t lock;
	struct iolas_dxgk_adapter *adapters; /* linked by next */
	struct iolas__dxgk_plan *plans;
	uint64_t planned_failures;
	struct iolas__dxgk_io_ops io; /* ptr NULL: there is none */
	/* Everything the Mm functions handed out: blocks, MDLs, views. */
	struct iolas__dxgk_thing *things[DXGK_TABLE_BUCKETS];
	struct iolas_dxgk_machine *next;   /* of the process's machines */
	struct iolas__dxgk_kernel *kernel; /* dxgk_ke_state.c; NULL: unused */
};

/* Pages taken together and given back together; see dxgk_pages.h. */
struct iolas__dxgk_pages {
	struct iolas_pagelist *list; /* all of them in order */
	uint64_t chunk_bytes; /* taken in blocks of so many; 0: page by page */
	uint64_t bytes;
};

/* A page that is mapped more than once in an identity domain. */
struct iolas__dxgk_extra;

#define DXGK_PAST_COUNT 256 /* freed blocks remembered per adapter */

/* What a block was, for explanations after its end. */
struct iolas__dxgk_past {
	uint64_t handle;
	uint64_t bytes;
	iolas_iova logical;
	struct iolas_pagelist *list; /* where it was; NULL: too many runs */
	const char *made_call;
	const char *freed_call;
	const void *made_site;
	const void *freed_site;
};

struct iolas_dxgk_adapter {
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_adapter *next;	 /* of the machine's */
	struct iolas_dxgk_adapter_config config; /* no borrowed pointers */
	bool owns_machine;
	bool is_attached;		/* the device sees the domain */
	_Atomic(bool) warned_zero_high; /* DXGK_RULE_ZERO_HIGH was filed */
	uint64_t handle;		/* DeviceHandle */
	struct iolas_domain *domain;	/* NULL: passthrough */
	struct iolas_device *device;
	/* Set by the loader between Begin- and EndExclusiveAccess. */
	atomic_bool is_exclusive;
	pthread_mutex_t device_lock; /* one DMA at a time */
	struct iolas_queue *queue;
	pthread_mutex_t lock;		   /* blocks, past, extras */
	struct iolas__dxgk_block *blocks;  /* live, newest first */
	struct iolas__dxgk_extra **extras; /* identity: pages mapped twice */
	struct iolas__dxgk_past past[DXGK_PAST_COUNT];
	uint64_t past_count;
	struct iolas__dxgk_loader *loader;  /* NULL: no driver loaded */
	struct iolas__dxgk_pages save_area; /* of the frame buffer */
	pthread_mutex_t save_lock;	    /* outer to all others */
	struct iolas__dxgk_block *save_pin; /* NULL: not pinned */
};

/*
 * The adapter of a DeviceHandle, or a status (as NTSTATUS number) with the
 * report filed.  @bytes is not needed for adapters without a driver.
 */
int32_t iolas__dxgk_adapter_of(const struct iolas__dxgk_call *call,
			       const void *handle,
			       struct iolas_dxgk_adapter **adapter);

/*
 * Commits @bytes for the frame buffer's save area, once per adapter; the same
 * size again is IOLAS_OK.  IOLAS_EINVAL (no whole pages), IOLAS_EEXIST (another
 * size), IOLAS_ENOSPC, IOLAS_ENOMEM.
 */
int iolas__dxgk_save_area_commit(struct iolas_dxgk_adapter *adapter,
				 uint64_t bytes);

/* Whose DDI runs on this thread; the loader brackets each DDI with these. */
struct iolas_dxgk_adapter *iolas__dxgk_context(void);
/* Returns what it was, to be put back. */
struct iolas_dxgk_adapter *
iolas__dxgk_set_context(struct iolas_dxgk_adapter *adapter);

/*
 * The machine of a call without adapter: that of the context, else the current
 * one.  NULL: none; reported.
 */
struct iolas_dxgk_machine *
iolas__dxgk_machine_of(const struct iolas__dxgk_call *call);

/* The driver of this call is known to run isolated (HLK import rule). */
bool iolas__dxgk_isolation_is_on(struct iolas_dxgk_machine *machine);

/* Current IRQL by the machine's hook. */
uint8_t iolas__dxgk_irql(struct iolas_dxgk_machine *machine);
/* false: called above @highest; reported. */
bool iolas__dxgk_irql_allows(const struct iolas__dxgk_call *call,
			     struct iolas_dxgk_machine *machine,
			     struct iolas_dxgk_adapter *adapter,
			     uint8_t highest);

/*
 * Does a plan make this call fail?  Asked after all checks, before any change.
 * *status, if @status is not NULL, is what to answer.
 */
bool iolas__dxgk_plan_fails(struct iolas_dxgk_machine *machine,
			    const char *call, uint64_t bytes, int32_t *status);

/* IOLAS_E... as NTSTATUS. */
int32_t iolas__dxgk_ntstatus(int status);

/* Interface version of the driver on @adapter, at most the adapter's level. */
uint32_t iolas__dxgk_driver_version(const struct iolas_dxgk_adapter *adapter);

#endif /* IOLAS_DXGK_DXGK_PRIV_H */
