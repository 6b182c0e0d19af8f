/* SPDX-License-Identifier: MIT */
/*
 * What the Mm, Io and VideoPort functions handed out, found again by its
 * address: they give pointers where the callbacks give handles.
 */
#ifndef IOLAS_DXGK_DXGK_THING_H
#define IOLAS_DXGK_DXGK_THING_H

#include "dxgk/dxgk_pages.h"

#define DXGK_THING_CONTIGUOUS 1u  /* key: VA of MmAllocateContiguousMemory */
#define DXGK_THING_MDL	      2u  /* key: MDL */
#define DXGK_THING_VIEW	      3u  /* key: page-aligned VA of a system mapping */
#define DXGK_THING_USER	      4u  /* key: VA of iolas_dxgk_user_alloc() */
#define DXGK_THING_IO	      5u  /* key: VA of MmMapIoSpace */
#define DXGK_THING_VIDEO      6u  /* key: VA of a VideoPort block */
#define DXGK_THING_EXTENSION  7u  /* key: HwDeviceExtension */
#define DXGK_THING_SAVE_VIEW  8u  /* key: VA into the save area */
#define DXGK_THING_FREE	      16u /* from here on: the loader's */

/* Who made an MDL, hence who takes it back. */
#define DXGK_MDL_OF_IO 1u /* IoAllocateMdl: IoFreeMdl */
#define DXGK_MDL_OF_MM 2u /* MmAllocatePagesForMdl: ExFreePool */
#define DXGK_MDL_OF_CB 3u /* a callback: its handle */

struct iolas__dxgk_thing {
	struct iolas__dxgk_thing *next; /* in the bucket */
	const void *key;
	uint32_t kind;
	uint32_t origin;     /* MDL: DXGK_MDL_OF_... */
	uint64_t bytes;	     /* memory: whole pages; MDL: its own bytes */
	uint64_t requested;  /* memory: as asked */
	uint32_t cache;	     /* as asked */
	uint32_t lock_count; /* USER: MDLs that lock it */
	bool is_logical;     /* MDL: its frames are logical ones */
	struct iolas__dxgk_pages pages; /* memory, MDL of Mm */
	struct iolas_dxgk_adapter *adapter;
	void *object; /* VIEW: MDL; VIDEO: block; EXTENSION: nothing */
	void *base;   /* VIEW, USER: what physmem calls the view */
	const char *made_call;
	const void *made_site;
};

/* A thing with @call as maker, not yet found by anybody.  NULL: no memory. */
struct iolas__dxgk_thing *
iolas__dxgk_thing_make(struct iolas_dxgk_machine *machine, uint32_t kind,
		       const struct iolas__dxgk_call *call);
/* Frees the record, not what it stands for.  NULL is ignored. */
void iolas__dxgk_thing_free(struct iolas_dxgk_machine *machine,
			    struct iolas__dxgk_thing *thing);

void iolas__dxgk_thing_add(struct iolas_dxgk_machine *machine,
			   struct iolas__dxgk_thing *thing, const void *key);

/*
 * The thing of that key and kind, for a look without owning it: it may go when
 * another thread frees it, which then is the driver's own race.
 */
struct iolas__dxgk_thing *
iolas__dxgk_thing_find(struct iolas_dxgk_machine *machine, uint32_t kind,
		       const void *key);

/*
 * As find, and takes it out, if @is_right says so under the lock (NULL: yes).
 * Of two threads that take one thing, one gets NULL.
 */
struct iolas__dxgk_thing *iolas__dxgk_thing_take(
	struct iolas_dxgk_machine *machine, uint32_t kind, const void *key,
	bool (*is_right)(const struct iolas__dxgk_thing *thing, void *arg),
	void *arg);

/* Any thing of a kind (@adapter NULL: of anybody), taken out; NULL: no more. */
struct iolas__dxgk_thing *
iolas__dxgk_thing_take_any(struct iolas_dxgk_machine *machine, uint32_t kind,
			   const struct iolas_dxgk_adapter *adapter);

/* The thing of a kind whose [key, key + bytes) holds @address, or NULL. */
struct iolas__dxgk_thing *
iolas__dxgk_thing_around(struct iolas_dxgk_machine *machine, uint32_t kind,
			 const void *address);

#endif /* IOLAS_DXGK_DXGK_THING_H */
