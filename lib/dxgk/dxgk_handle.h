/* SPDX-License-Identifier: MIT */
/*
 * Handles that never alias: index and generation in one word.  Two tables per
 * process, because some callbacks carry no adapter: wide ones for HANDLE, and
 * narrow ones of 32 bits for D3DKMT_HANDLE.  An index whose generations are
 * used up is retired; freed indexes wait in line, so that a stale handle can
 * still be told who freed it.
 *
 *	handle = generation << (index bits + low bits) | index << low bits | tag
 *
 * The tag is not 0, so neither is a handle.
 */
#ifndef IOLAS_DXGK_DXGK_HANDLE_H
#define IOLAS_DXGK_DXGK_HANDLE_H

#include <dxgk/iolas_dxgk.h>

#include <pthread.h>
#include <stdbool.h>

struct iolas__dxgk_call;

/* What a handle names. */
#define DXGK_KIND_ADAPTER    1u /* object: struct iolas_dxgk_adapter */
#define DXGK_KIND_MEMORY     2u /* object: struct iolas__dxgk_block */
#define DXGK_KIND_ALLOCATION 3u /* narrow; the rest is the loader's */
#define DXGK_KIND_RESOURCE   4u
#define DXGK_KIND_DEVICE     5u
#define DXGK_KIND_FREE	     16u /* from here on: as the owner likes */

/* A copy of what the table knows about a handle. */
struct iolas__dxgk_handle {
	uint64_t handle;
	uint32_t kind;
	uint32_t sub_kind; /* the owner's, e.g. IOLAS_DXGK_MEMORY_... */
	struct iolas_dxgk_adapter *adapter;
	void *object;
	const char *made_call;
	const char *freed_call;
	const void *made_site;
	const void *freed_site;
};

/* Verdicts. */
#define DXGK_HANDLE_FOUND   0
#define DXGK_HANDLE_NEVER   1 /* never handed out */
#define DXGK_HANDLE_STALE   2 /* freed, or being freed */
#define DXGK_HANDLE_KIND    3 /* live, but of another kind */
#define DXGK_HANDLE_FOREIGN 4 /* live, of another adapter */

#define DXGK_HANDLE_CHUNK   1024u
#define DXGK_HANDLE_CHUNKS  1024u /* hence 20 index bits */

struct iolas__dxgk_slot;

struct iolas__dxgk_handles {
	pthread_mutex_t lock;
	uint32_t low_bits;
	uint32_t tag;
	uint64_t last_generation;
	uint64_t fresh; /* indexes ever used */
	uint64_t limit; /* indexes there may be */
	uint64_t live;
	uint64_t retired;
	uint64_t waiting;    /* freed indexes in line */
	uint32_t line_first; /* index + 1, 0: none */
	uint32_t line_last;
	uint64_t refuse_growth; /* tests: so many growths fail */
	struct iolas__dxgk_slot *chunks[DXGK_HANDLE_CHUNKS];
};

/* The process's tables. */
struct iolas__dxgk_handles *iolas__dxgk_wide(void);
struct iolas__dxgk_handles *iolas__dxgk_narrow(void);

/* For tests: a table of its own, with @generation_bits per index. */
void iolas__dxgk_handles_init(struct iolas__dxgk_handles *table,
			      uint32_t low_bits, uint32_t tag,
			      uint32_t generation_bits, uint64_t limit);
void iolas__dxgk_handles_fini(struct iolas__dxgk_handles *table);

/* A new handle; fields kind, sub_kind, adapter, object of @what.  0: full. */
uint64_t iolas__dxgk_handle_make(struct iolas__dxgk_handles *table,
				 const struct iolas__dxgk_call *call,
				 const struct iolas__dxgk_handle *what);

/*
 * Looks a handle up.  @kind 0: any; @adapter NULL: any.  @visit, if not NULL,
 * runs under the table's lock on DXGK_HANDLE_FOUND: nobody can end the object
 * meanwhile; it takes no lock but adapter->lock's inner ones.  *copy, if not
 * NULL, tells what is known of the handle in all verdicts but _NEVER.
 */
int iolas__dxgk_handle_find(struct iolas__dxgk_handles *table, uint64_t handle,
			    uint32_t kind,
			    const struct iolas_dxgk_adapter *adapter,
			    struct iolas__dxgk_handle *copy,
			    void (*visit)(void *object, void *arg), void *arg);

/*
 * As find; on DXGK_HANDLE_FOUND the caller alone may end the handle: for all
 * others it is stale now.  Then either _end() or _untake() follows.  @sub_kind
 * 0: any, else another one is DXGK_HANDLE_KIND.
 */
int iolas__dxgk_handle_take(struct iolas__dxgk_handles *table, uint64_t handle,
			    uint32_t kind, uint32_t sub_kind,
			    const struct iolas_dxgk_adapter *adapter,
			    const struct iolas__dxgk_call *call,
			    struct iolas__dxgk_handle *copy);
void iolas__dxgk_handle_untake(struct iolas__dxgk_handles *table,
			       uint64_t handle);
void iolas__dxgk_handle_end(struct iolas__dxgk_handles *table, uint64_t handle);

/*
 * Files the report of a verdict other than FOUND; @wanted says what the call
 * takes ("a handle of DxgkCbAllocateContiguousMemory").
 */
void iolas__dxgk_handle_report(const struct iolas__dxgk_call *call,
			       struct iolas_dxgk_adapter *adapter, int verdict,
			       uint64_t handle,
			       const struct iolas__dxgk_handle *copy,
			       const char *wanted);

#endif /* IOLAS_DXGK_DXGK_HANDLE_H */
