/* SPDX-License-Identifier: MIT */
/*
 * Page tables, for the floors above where a public call would cost too much:
 * readers with a slot of their own look translations up inside a section, and
 * gathers are put together.
 */
#ifndef IOLAS_PGTABLE_PGTABLE_PRIV_H
#define IOLAS_PGTABLE_PGTABLE_PRIV_H

#include <iolas/pgtable.h>

#include "epoch/epoch_priv.h"

/*
 * Whose sections keep this table's memory from being reused.  Register a
 * reader here to call the functions below with "inside".
 */
struct iolas__epoch *iolas__pgtable_epoch(struct iolas_pgtable *pt);

/*
 * As iolas_pgtable_lookup() without its checks and without its section: the
 * caller is inside one of iolas__pgtable_epoch().  *mapping is written only on
 * IOLAS_OK; struct_size is neither read nor written.
 */
int iolas__pgtable_lookup_inside(struct iolas_pgtable *pt, iolas_iova iova,
				 struct iolas_mapping *mapping);

/*
 * Moves what @from collected into @into, which may hold something already;
 * @from becomes empty.  Both belong to the same table.
 */
void iolas__gather_move(struct iolas_gather *into, struct iolas_gather *from);

/* Frees what the readers' grace period let go; never waits. */
void iolas__pgtable_poll(struct iolas_pgtable *pt);

#endif /* IOLAS_PGTABLE_PGTABLE_PRIV_H */
