/* SPDX-License-Identifier: MIT */
/*
 * MDLs inside: made for callbacks and Mm functions, resolved to memory,
 * mapped for the CPU.  spec/dxgk.md, section D.2: an MDL's size follows from
 * ByteCount and ByteOffset, never from its Size.
 */
#ifndef IOLAS_DXGK_DXGK_MDL_H
#define IOLAS_DXGK_DXGK_MDL_H

#include "dxgk/dxgk_thing.h"

struct _MDL;

/*
 * A locked MDL of @origin (DXGK_MDL_OF_...) for all of @pages, which stay the
 * caller's (OF_CB) or become its own on success (OF_MM).  @logical, if not
 * NULL, is what the PFN array holds instead of the pages' own frames.
 * NULL: no memory.
 */
struct _MDL *iolas__dxgk_mdl_make(struct iolas_dxgk_machine *machine,
				  const struct iolas__dxgk_call *call,
				  uint32_t origin,
				  struct iolas__dxgk_pages *pages,
				  const iolas_iova *logical);

/*
 * The end of an MDL of OF_CB: undoes a system mapping that is still there and
 * reports it (@call NULL: silently).
 */
void iolas__dxgk_mdl_end(struct iolas_dxgk_machine *machine,
			 const struct iolas__dxgk_call *call, struct _MDL *mdl);

/* Pages that the MDL's bytes span. */
uint64_t iolas__dxgk_mdl_pages(const struct _MDL *mdl);

/*
 * The MDL's pages as a list of whole pages, in physical addresses; the caller
 * destroys it.  IOLAS_EINVAL: no pages, or a frame that is neither memory nor
 * device space nor a logical page.
 */
int iolas__dxgk_mdl_list(struct iolas_dxgk_machine *machine,
			 const struct _MDL *mdl, struct iolas_pagelist **list);

/* Are the MDL's pages those of @list, one by one?  Takes no memory. */
bool iolas__dxgk_mdl_is(struct iolas_dxgk_machine *machine,
			const struct _MDL *mdl,
			const struct iolas_pagelist *list);

/* The MDL is one of MmAllocatePagesForMdl whose pages are freed: ExFreePool. */
bool iolas__dxgk_mdl_pool_free(struct iolas_dxgk_machine *machine,
			       const struct iolas__dxgk_call *call, void *pool);

/*
 * Undoes the system mapping that MappedSystemVa names, if it is this MDL's
 * own.  false: there was none.
 */
bool iolas__dxgk_mdl_unmap(struct iolas_dxgk_machine *machine,
			   struct _MDL *mdl);

/* true: @address is machine memory; *pa is its physical address. */
bool iolas__dxgk_address_pa(struct iolas_dxgk_machine *machine,
			    const void *address, iolas_pa *pa);

#endif /* IOLAS_DXGK_DXGK_MDL_H */
