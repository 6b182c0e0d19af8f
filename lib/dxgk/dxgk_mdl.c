/* SPDX-License-Identifier: MIT */
/*
 * MDLs that the library makes, and what the frames of any MDL are.
 */
#include "dxgk/dxgk_mdl.h"
#include "dxgk/dxgk_native.h"

#include <string.h>

uint64_t iolas__dxgk_mdl_pages(const struct _MDL *mdl)
{
	return ((uint64_t)mdl->ByteOffset + mdl->ByteCount +
		(DXGK_PAGE_BYTES - 1)) >>
	       DXGK_PAGE_LG2;
}

/* Frames of the list, or of the logical range that stands for it. */
static int fill_frames(struct _MDL *mdl, const struct iolas__dxgk_pages *pages,
		       const iolas_iova *logical)
{
	uint64_t count = pages->bytes >> DXGK_PAGE_LG2;
	PFN_NUMBER *frames = MmGetMdlPfnArray(mdl);

	_Static_assert(sizeof(PFN_NUMBER) == sizeof(uint64_t), "64-bit hosts");
	if (!logical)
		return iolas_pagelist_frames(pages->list, 0, (uint64_t *)frames,
					     count);
	for (uint64_t i = 0; i < count; i++)
		frames[i] = (*logical >> DXGK_PAGE_LG2) + i;
	return IOLAS_OK;
}

struct _MDL *iolas__dxgk_mdl_make(struct iolas_dxgk_machine *machine,
				  const struct iolas__dxgk_call *call,
				  uint32_t origin,
				  struct iolas__dxgk_pages *pages,
				  const iolas_iova *logical)
{
	size_t bytes = sizeof(struct _MDL) +
		       (pages->bytes >> DXGK_PAGE_LG2) * sizeof(PFN_NUMBER);
	struct iolas__dxgk_thing *thing =
		iolas__dxgk_thing_make(machine, DXGK_THING_MDL, call);
	struct _MDL *mdl = iolas__dxgk_alloc(&machine->heap, bytes);

	if (!thing || !mdl || fill_frames(mdl, pages, logical)) {
		iolas__dxgk_thing_free(machine, thing);
		iolas__dxgk_free(&machine->heap, mdl);
		return NULL;
	}
	/* Wraps for long lists, as on Windows: nobody may read it. */
	mdl->Size = (CSHORT)(uint16_t)bytes;
	mdl->MdlFlags = MDL_PAGES_LOCKED;
	mdl->ByteCount = (ULONG)pages->bytes;
	thing->origin = origin;
	thing->bytes = bytes;
	thing->pages = *pages;
	thing->is_logical = logical != NULL;
	iolas__dxgk_thing_add(machine, thing, mdl);
	return mdl;
}

bool iolas__dxgk_mdl_unmap(struct iolas_dxgk_machine *machine, struct _MDL *mdl)
{
	struct iolas__dxgk_thing *view = NULL;

	if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA &&
	    !(mdl->MdlFlags & MDL_PARTIAL &&
	      !(mdl->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED)))
		view = iolas__dxgk_thing_take(machine, DXGK_THING_VIEW,
					      PAGE_ALIGN(mdl->MappedSystemVa),
					      NULL, NULL);
	if (!view)
		return false;
	if (view->base)
		iolas_physmem_view_close(machine->physmem, view->base);
	iolas__dxgk_thing_free(machine, view);
	mdl->MdlFlags =
		(CSHORT)(mdl->MdlFlags & ~(MDL_MAPPED_TO_SYSTEM_VA |
					   MDL_PARTIAL_HAS_BEEN_MAPPED));
	mdl->MappedSystemVa = NULL;
	return true;
}

void iolas__dxgk_mdl_end(struct iolas_dxgk_machine *machine,
			 const struct iolas__dxgk_call *call, struct _MDL *mdl)
{
	struct iolas__dxgk_thing *thing = iolas__dxgk_thing_take(
		machine, DXGK_THING_MDL, mdl, NULL, NULL);

	if (!thing)
		return;
	if (iolas__dxgk_mdl_unmap(machine, mdl) && call)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.machine = machine,
				.call = call,
				.rule = IOLAS_DXGK_RULE_STILL_MAPPED,
				.made_site = thing->made_site },
			"MDL %p by %s still had a system mapping", (void *)mdl,
			thing->made_call);
	iolas__dxgk_thing_free(machine, thing);
	iolas__dxgk_free(&machine->heap, mdl);
}

/* The physical page behind a logical frame of some adapter's MDLs. */
static bool logical_pa(struct iolas_dxgk_machine *machine, uint64_t address,
		       iolas_pa *pa)
{
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	struct iolas_dxgk_adapter *adapter;
	bool is_found = false;

	pthread_mutex_lock(&machine->lock);
	for (adapter = machine->adapters; adapter && !is_found;
	     adapter = adapter->next) {
		if (!(adapter->config.flags & IOLAS_DXGK_LOGICAL_PFNS) ||
		    !adapter->domain ||
		    iolas_domain_lookup(adapter->domain, address, &mapping))
			continue;
		*pa = mapping.pa + (address - mapping.iova);
		is_found = true;
	}
	pthread_mutex_unlock(&machine->lock);
	return is_found;
}

static bool frame_pa(struct iolas_dxgk_machine *machine, uint64_t frame,
		     iolas_pa *pa)
{
	*pa = frame << DXGK_PAGE_LG2;
	if (*pa >> DXGK_PAGE_LG2 != frame)
		return false;
	return iolas_physmem_ptr(machine->physmem, *pa, DXGK_PAGE_BYTES) ||
	       (machine->io.ptr &&
		machine->io.ptr(machine->io.user, *pa, DXGK_PAGE_BYTES)) ||
	       logical_pa(machine, *pa, pa);
}

int iolas__dxgk_mdl_list(struct iolas_dxgk_machine *machine,
			 const struct _MDL *mdl, struct iolas_pagelist **list)
{
	const PFN_NUMBER *frames = (const PFN_NUMBER *)(mdl + 1);
	uint64_t count = iolas__dxgk_mdl_pages(mdl);
	struct iolas__dxgk_thing *thing =
		iolas__dxgk_thing_find(machine, DXGK_THING_MDL, mdl);
	int status;

	*list = NULL;
	if (!count)
		return IOLAS_EINVAL;
	if (thing && thing->is_logical)
		return iolas_pagelist_slice(thing->pages.list, 0,
					    count << DXGK_PAGE_LG2, list);
	status = iolas_pagelist_create(&machine->host, DXGK_PAGE_LG2, list);
	for (uint64_t i = 0; !status && i < count; i++) {
		iolas_pa pa;

		status = frame_pa(machine, frames[i], &pa)
				 ? iolas_pagelist_append_run(*list, pa,
							     DXGK_PAGE_BYTES)
				 : IOLAS_EINVAL;
	}
	if (status) {
		iolas_pagelist_destroy(*list);
		*list = NULL;
	}
	return status;
}

bool iolas__dxgk_mdl_is(struct iolas_dxgk_machine *machine,
			const struct _MDL *mdl,
			const struct iolas_pagelist *list)
{
	const PFN_NUMBER *frames = (const PFN_NUMBER *)(mdl + 1);
	uint64_t count = iolas__dxgk_mdl_pages(mdl);
	struct iolas__dxgk_thing *thing =
		iolas__dxgk_thing_find(machine, DXGK_THING_MDL, mdl);
	struct iolas_run before, now;

	if (count != iolas_pagelist_page_count(list))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t offset = i << DXGK_PAGE_LG2;

		if (iolas_pagelist_run_at(list, offset, &before))
			return false;
		if (!thing || !thing->is_logical) {
			if (!frame_pa(machine, frames[i], &now.pa))
				return false;
		} else if (iolas_pagelist_run_at(thing->pages.list, offset,
						 &now)) {
			return false;
		}
		if (before.pa != now.pa)
			return false;
	}
	return true;
}

static bool is_mm_without_pages(const struct iolas__dxgk_thing *thing,
				void *arg)
{
	(void)arg;
	return thing->origin == DXGK_MDL_OF_MM && !thing->pages.list;
}

bool iolas__dxgk_mdl_pool_free(struct iolas_dxgk_machine *machine,
			       const struct iolas__dxgk_call *call, void *pool)
{
	struct iolas__dxgk_thing *thing = iolas__dxgk_thing_take(
		machine, DXGK_THING_MDL, pool, is_mm_without_pages, NULL);
	struct iolas__dxgk_thing *other;

	if (thing) {
		iolas__dxgk_thing_free(machine, thing);
		iolas__dxgk_free(&machine->heap, pool);
		return true;
	}
	other = iolas__dxgk_thing_find(machine, DXGK_THING_MDL, pool);
	if (!other)
		return false;
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .machine = machine,
					      .call = call,
					      .rule = IOLAS_DXGK_RULE_MDL_FREE,
					      .made_site = other->made_site },
		"MDL %p by %s is %s", pool, other->made_call,
		other->origin == DXGK_MDL_OF_MM
			? "freed before MmFreePagesFromMdl"
			: "not freed with ExFreePool");
	return true;
}

bool iolas__dxgk_address_pa(struct iolas_dxgk_machine *machine,
			    const void *address, iolas_pa *pa)
{
	return iolas_physmem_pa(machine->physmem, address, pa) == IOLAS_OK;
}
