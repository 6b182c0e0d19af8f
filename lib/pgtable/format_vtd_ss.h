/* SPDX-License-Identifier: MIT */
/*
 * Format vtd-ss: VT-d second stage, 3, 4 or 5 levels.
 * Source: spec/page-table-formats.md section 1; bits [M] unless marked.
 *
 *      63 62 61  52 51        12 11 10  9  8  7  6 5 3 2 1 0
 *     +--+--+------+------------+--+--+--+--+--+--+---+-+-+-+
 *     |  | 0| soft |   address  | S|  | D| A|PS| I|EMT|X|W|R|   leaf
 *     +--+--+------+------------+--+--+--+--+--+--+---+-+-+-+
 *     |  | 0| soft |   address  | 0|  |  | A| 0|  |   |X|W|R|   table
 *     +--+--+------+------------+--+--+--+--+--+--+---+-+-+-+
 *
 * S: SNP, only with IOLAS_PGTABLE_SNOOP.  PS: 1 in leaves of levels 1 and 2,
 * ignored at level 0.  EMT, I(PAT): not written.  A, D: scalable mode only.
 *
 * Quirks: there is no present bit, R = W = 0 means empty whatever else the word
 * holds; write-only exists; PS at levels 3 and 4 is reserved.
 */
#ifndef IOLAS_PGTABLE_FORMAT_VTD_SS_H
#define IOLAS_PGTABLE_FORMAT_VTD_SS_H

#include "pgtable/pt_format.h"

#define VTD_SS_R	PT_BIT(0)
#define VTD_SS_W	PT_BIT(1)
#define VTD_SS_X	PT_BIT(2)
#define VTD_SS_PS	PT_BIT(7)
#define VTD_SS_A	PT_BIT(8)
#define VTD_SS_D	PT_BIT(9)
#define VTD_SS_SNP	PT_BIT(11)
#define VTD_SS_TM	PT_BIT(62)
#define VTD_SS_DEAD	PT_BIT(58) /* of the software bits 60:52 [S] */
#define VTD_SS_ADDRESS	PT_BITS(51, 12)
#define VTD_SS_PRESENT	(VTD_SS_R | VTD_SS_W)
#define VTD_SS_TOP_LEAF 2u

_Static_assert((VTD_SS_ADDRESS & (VTD_SS_DEAD | VTD_SS_TM | VTD_SS_SNP)) == 0,
	       "fields overlap");
_Static_assert(VTD_SS_R == IOLAS_READ && VTD_SS_W == IOLAS_WRITE &&
		       VTD_SS_X == IOLAS_EXEC,
	       "rights are decoded by masking");

static inline enum pt_kind vtd_ss_kind(uint64_t pte, unsigned level)
{
	if (!(pte & VTD_SS_PRESENT))
		return PT_NONE;
	return level == 0 || (pte & VTD_SS_PS) ? PT_LEAF : PT_TABLE;
}

static inline iolas_pa vtd_ss_leaf_pa(uint64_t pte, unsigned level)
{
	return pte & VTD_SS_ADDRESS & ~(pt_size(level) - 1);
}

static inline iolas_pa vtd_ss_table_pa(uint64_t pte)
{
	return pte & VTD_SS_ADDRESS;
}

static inline unsigned vtd_ss_prot(uint64_t pte)
{
	return (unsigned)(pte & (VTD_SS_R | VTD_SS_W | VTD_SS_X));
}

static inline unsigned vtd_ss_mapping_flags(uint64_t pte)
{
	return (pte & VTD_SS_A ? IOLAS_MAPPING_ACCESSED : 0) |
	       (pte & VTD_SS_D ? IOLAS_MAPPING_DIRTY : 0);
}

/*
 * X counts only when every level carries it, so it is refused unless the tables
 * were made for it.  Memory type and privilege are not in this format as the
 * library writes it.
 */
static inline int vtd_ss_leaf_bits(unsigned prot, uint32_t flags,
				   uint64_t *bits)
{
	if (prot & (IOLAS_PROT_UNCACHED | IOLAS_PROT_PRIV))
		return IOLAS_ENOTSUP;
	if ((prot & IOLAS_EXEC) && !(flags & IOLAS_PGTABLE_EXEC))
		return IOLAS_ENOTSUP;
	*bits = prot & (VTD_SS_R | VTD_SS_W | VTD_SS_X);
	if (flags & IOLAS_PGTABLE_SNOOP)
		*bits |= VTD_SS_SNP;
	return IOLAS_OK;
}

static inline uint64_t vtd_ss_table_bits(uint32_t flags)
{
	return VTD_SS_R | VTD_SS_W |
	       (flags & IOLAS_PGTABLE_EXEC ? VTD_SS_X : 0);
}

static inline uint64_t vtd_ss_make_leaf(iolas_pa pa, unsigned level,
					uint64_t bits)
{
	return pa | bits | (level ? VTD_SS_PS : 0);
}

static inline uint64_t vtd_ss_make_table(iolas_pa pa, uint64_t bits)
{
	return pa | bits;
}

static inline uint64_t vtd_ss_split_leaf(uint64_t pte, unsigned level)
{
	return level == 1 ? pte & ~VTD_SS_PS : pte;
}

/* Section 1.1: an iova above the width. */
static inline uint32_t vtd_ss_refuse_input(iolas_iova iova, unsigned levels)
{
	return iova >> pt_input_bits(levels) ? IOLAS_VTD_ADDRESS_BEYOND_WIDTH
					     : 0;
}

static inline uint64_t vtd_ss_reserved(uint64_t pte, unsigned level,
				       const struct iolas_pgtable_config *c)
{
	uint64_t reserved = VTD_SS_TM;

	if (c->output_bits < 52)
		reserved |= PT_BITS(51, c->output_bits);
	if (vtd_ss_kind(pte, level) == PT_TABLE)
		return reserved | VTD_SS_SNP;
	if (!(c->flags & IOLAS_PGTABLE_SNOOP))
		reserved |= VTD_SS_SNP;
	/* PS where this unit has no leaf of that size (SSLPS, section 1.1). */
	if (level && !(c->page_sizes & pt_size(level)))
		reserved |= VTD_SS_PS;
	return reserved | (VTD_SS_ADDRESS & (pt_size(level) - 1));
}

/*
 * Section 1.6: the missing right is found first; reserved bits are looked at
 * only in items that allow the access.
 */
static inline uint32_t vtd_ss_refuse_item(uint64_t pte, unsigned level,
					  unsigned access,
					  const struct iolas_pgtable_config *c)
{
	if ((access & IOLAS_WRITE) && !(pte & VTD_SS_W))
		return IOLAS_VTD_WRITE_DENIED;
	if ((access & IOLAS_READ) && !(pte & VTD_SS_R))
		return IOLAS_VTD_READ_DENIED;
	if ((access & IOLAS_EXEC) && (~pte & (VTD_SS_R | VTD_SS_X)))
		return IOLAS_VTD_READ_DENIED;
	if (pte & vtd_ss_reserved(pte, level, c))
		return IOLAS_VTD_RESERVED_BITS;
	return 0;
}

/* Rights were looked at item by item. */
static inline uint32_t vtd_ss_refuse_path(unsigned prot, unsigned access)
{
	(void)prot;
	(void)access;
	return 0;
}

#define VTD_SS_FORMAT(level_count)                                             \
	{                                                                      \
		.id = IOLAS_FORMAT_VTD_SS, .levels = (level_count),            \
		.top_leaf_level = VTD_SS_TOP_LEAF, .is_canonical = false,      \
		.known_flags = IOLAS_PGTABLE_SHARED | IOLAS_PGTABLE_SNOOP |    \
			       IOLAS_PGTABLE_EXEC,                             \
		.dead = VTD_SS_DEAD, .rights = VTD_SS_R | VTD_SS_W | VTD_SS_X, \
		.hw = VTD_SS_A | VTD_SS_D, .kind = vtd_ss_kind,                \
		.leaf_pa = vtd_ss_leaf_pa, .table_pa = vtd_ss_table_pa,        \
		.prot = vtd_ss_prot, .mapping_flags = vtd_ss_mapping_flags,    \
		.leaf_bits = vtd_ss_leaf_bits,                                 \
		.table_bits = vtd_ss_table_bits,                               \
		.make_leaf = vtd_ss_make_leaf,                                 \
		.make_table = vtd_ss_make_table,                               \
		.split_leaf = vtd_ss_split_leaf,                               \
		.refuse_input = vtd_ss_refuse_input,                           \
		.refuse_item = vtd_ss_refuse_item,                             \
		.refuse_path = vtd_ss_refuse_path, .table_prot = vtd_ss_prot,  \
		.unreadable = IOLAS_VTD_TABLE_UNREADABLE,                      \
	}

static const struct pt_format vtd_ss_format_3 = VTD_SS_FORMAT(3);
static const struct pt_format vtd_ss_format_4 = VTD_SS_FORMAT(4);
static const struct pt_format vtd_ss_format_5 = VTD_SS_FORMAT(5);

#endif /* IOLAS_PGTABLE_FORMAT_VTD_SS_H */
