/* SPDX-License-Identifier: MIT */
/*
 * One row of the operations table: the algorithms compiled for one constant
 * format.  PT_OPS_FUNCTIONS(fmt) defines the functions, PT_OPS_ROW(fmt) names
 * them.
 */
#ifndef IOLAS_PGTABLE_PT_OPS_H
#define IOLAS_PGTABLE_PT_OPS_H

#include "pgtable/pt_find.h"
#include "pgtable/pt_map.h"
#include "pgtable/pt_protect.h"
#include "pgtable/pt_unmap.h"

#define PT_OPS_FUNCTIONS(fmt)                                                  \
	static int fmt##_map_near(                                             \
		struct iolas_pgtable *pt, struct iolas_cursor *cursor,         \
		iolas_iova iova, iolas_pa pa, uint64_t len, uint64_t bits)     \
	{                                                                      \
		return pt_map_near(&fmt, pt, cursor, iova, pa, len, bits);     \
	}                                                                      \
	static int fmt##_map_prepare(struct iolas_pgtable *pt,                 \
				     struct pt_job *job, iolas_iova iova,      \
				     iolas_pa pa, uint64_t len)                \
	{                                                                      \
		return pt_map_prepare(&fmt, pt, job, iova, pa, len);           \
	}                                                                      \
	static int fmt##_map_store(                                            \
		struct iolas_pgtable *pt, struct pt_job *job, iolas_iova iova, \
		iolas_pa pa, uint64_t len, uint64_t bits, uint64_t *stored)    \
	{                                                                      \
		return pt_map_store(&fmt, pt, job, iova, pa, len, bits,        \
				    stored);                                   \
	}                                                                      \
	static void fmt##_map_undo(struct iolas_pgtable *pt, iolas_iova iova,  \
				   iolas_pa pa, uint64_t len, uint64_t bits)   \
	{                                                                      \
		pt_map_undo(&fmt, pt, iova, pa, len, bits);                    \
	}                                                                      \
	static int fmt##_unmap(                                                \
		struct iolas_pgtable *pt, struct iolas_cursor *cursor,         \
		iolas_iova iova, uint64_t len, bool exact,                     \
		struct iolas_gather *gather, uint64_t *unmapped)               \
	{                                                                      \
		return pt_unmap(&fmt, pt, cursor, iova, len, exact, gather,    \
				unmapped);                                     \
	}                                                                      \
	static int fmt##_protect(struct iolas_pgtable *pt, iolas_iova iova,    \
				 uint64_t len, uint64_t bits,                  \
				 struct iolas_gather *gather)                  \
	{                                                                      \
		return pt_protect(&fmt, pt, iova, len, bits, gather);          \
	}                                                                      \
	static int fmt##_lookup(struct iolas_pgtable *pt, iolas_iova iova,     \
				struct iolas_mapping *mapping)                 \
	{                                                                      \
		return pt_lookup(&fmt, pt, iova, mapping);                     \
	}                                                                      \
	static int fmt##_next(struct iolas_pgtable *pt, iolas_iova iova,       \
			      iolas_iova last, struct iolas_mapping *mapping)  \
	{                                                                      \
		return pt_next(&fmt, pt, iova, last, mapping);                 \
	}

#define PT_OPS_ROW(fmt)                                                   \
	{                                                                 \
		.format = &fmt, .map_near = fmt##_map_near,               \
		.map_prepare = fmt##_map_prepare,                         \
		.map_store = fmt##_map_store, .map_undo = fmt##_map_undo, \
		.unmap = fmt##_unmap, .protect = fmt##_protect,           \
		.lookup = fmt##_lookup, .next = fmt##_next,               \
	}

#endif /* IOLAS_PGTABLE_PT_OPS_H */
