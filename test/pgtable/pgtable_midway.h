/* SPDX-License-Identifier: MIT */
/*
 * What another thread would do at the worst moment, done by the same thread:
 * a host whose pa_to_ptr, when a walk enters a chosen table for the n-th time,
 * first makes calls of its own.  So interleavings are exact and repeat.
 */
#ifndef TEST_PGTABLE_PGTABLE_MIDWAY_H
#define TEST_PGTABLE_PGTABLE_MIDWAY_H

#include <iolas/pgtable.h>

#include "harness/check.h"
#include "harness/counting_host.h"

static struct {
	void *(*ptr)(void *user, iolas_pa pa, size_t bytes);
	_Atomic(iolas_pa) last; /* table entered last */
	iolas_pa at;
	unsigned visits;   /* 1: the next one */
	void (*act)(void); /* NULL: done */
} midway;

static inline void *midway_ptr(void *user, iolas_pa pa, size_t bytes)
{
	void (*act)(void) = midway.act;

	midway.last = pa;
	if (act && pa == midway.at && --midway.visits == 0) {
		midway.act = NULL;
		act();
	}
	return midway.ptr(user, pa, bytes);
}

/* @host is not linear; its table goes to the library afterwards. */
static inline void midway_init(struct counting_host *host)
{
	midway.ptr = host->table.pa_to_ptr;
	midway.act = NULL;
	host->table.pa_to_ptr = midway_ptr;
}

/* Acts when the table that decides about @iova is entered as the @visit-th. */
static inline void midway_act(struct iolas_pgtable *pt, iolas_iova iova,
			      unsigned visit, void (*act)(void))
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };

	CHECK_EQ(iolas_pgtable_lookup(pt, iova, &m), IOLAS_OK);
	midway.at = midway.last;
	midway.visits = visit;
	midway.act = act;
}

/* false: there were not so many visits. */
static inline bool midway_has_acted(void)
{
	if (!midway.act)
		return true; /* untouched: others may be looking */
	midway.act = NULL;
	return false;
}

#endif /* TEST_PGTABLE_PGTABLE_MIDWAY_H */
