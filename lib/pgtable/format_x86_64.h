/* SPDX-License-Identifier: MIT */
/*
 * Format x86-64: VT-d first stage and AMD v2, 4 or 5 levels.
 * Source: spec/page-table-formats.md section 2; bits [M] unless marked.
 *
 *      63 62 59 58  52 51     12 11 9  8  7  6  5  4   3   2  1  0
 *     +--+-----+------+---------+----+--+--+--+--+---+---+--+--+--+
 *     |XD|  0  | soft | address |soft| 0|PS| D| A|PCD|PWT|US|RW| P|   leaf
 *     +--+-----+------+---------+----+--+--+--+--+---+---+--+--+--+
 *     | 0|  0  | soft | address |soft| 0| 0| 0| A| 0 | 0 | 1| 1| 1|   table
 *     +--+-----+------+---------+----+--+--+--+--+---+---+--+--+--+
 *
 * PS is PAT at level 0 (not written); PAT of a large leaf is bit 12 (not
 * written).  A is preset, and D in writable leaves, for walkers that cannot
 * write.  XD in leaves that may not be executed, unless the table was made for
 * a unit without it (IOLAS_PGTABLE_NO_XD).
 *
 * Quirks: no write-only; everything is ignored while P = 0; iovas are canonical.
 */
#ifndef IOLAS_PGTABLE_FORMAT_X86_64_H
#define IOLAS_PGTABLE_FORMAT_X86_64_H

#include "pgtable/pt_format.h"

#define X86_64_P	PT_BIT(0)
#define X86_64_RW	PT_BIT(1)
#define X86_64_US	PT_BIT(2)
#define X86_64_PWT	PT_BIT(3)
#define X86_64_PCD	PT_BIT(4)
#define X86_64_A	PT_BIT(5)
#define X86_64_D	PT_BIT(6)
#define X86_64_PS	PT_BIT(7)
#define X86_64_PAT	PT_BIT(12) /* of a large leaf */
#define X86_64_XD	PT_BIT(63)
#define X86_64_DEAD	PT_BIT(58) /* of the software bits 58:52 */
#define X86_64_ADDRESS	PT_BITS(51, 12)
#define X86_64_TOP_LEAF 2u

_Static_assert((X86_64_ADDRESS & (X86_64_DEAD | X86_64_XD | X86_64_PS)) == 0,
	       "fields overlap");

static inline enum pt_kind x86_64_kind(uint64_t pte, unsigned level)
{
	if (!(pte & X86_64_P))
		return PT_NONE;
	return level == 0 || (pte & X86_64_PS) ? PT_LEAF : PT_TABLE;
}

static inline iolas_pa x86_64_leaf_pa(uint64_t pte, unsigned level)
{
	return pte & X86_64_ADDRESS & ~(pt_size(level) - 1);
}

static inline iolas_pa x86_64_table_pa(uint64_t pte)
{
	return pte & X86_64_ADDRESS;
}

/* What tables and leaves say about rights alike. */
static inline unsigned x86_64_path_prot(uint64_t pte)
{
	return IOLAS_READ | (pte & X86_64_RW ? IOLAS_WRITE : 0) |
	       (pte & X86_64_XD ? 0 : IOLAS_EXEC) |
	       (pte & X86_64_US ? 0 : IOLAS_PROT_PRIV);
}

static inline unsigned x86_64_prot(uint64_t pte)
{
	return x86_64_path_prot(pte) |
	       (pte & X86_64_PCD ? IOLAS_PROT_UNCACHED : 0);
}

static inline unsigned x86_64_mapping_flags(uint64_t pte)
{
	return (pte & X86_64_A ? IOLAS_MAPPING_ACCESSED : 0) |
	       (pte & X86_64_D ? IOLAS_MAPPING_DIRTY : 0);
}

static inline int x86_64_leaf_bits(unsigned prot, uint32_t flags,
				   uint64_t *bits)
{
	*bits = X86_64_P | X86_64_A;
	if (!(prot & IOLAS_READ))
		return IOLAS_ENOTSUP;
	if (prot & IOLAS_WRITE)
		*bits |= X86_64_RW | X86_64_D;
	if (!(prot & IOLAS_EXEC) && !(flags & IOLAS_PGTABLE_NO_XD))
		*bits |= X86_64_XD;
	if (!(prot & IOLAS_PROT_PRIV))
		*bits |= X86_64_US;
	if (prot & IOLAS_PROT_UNCACHED)
		*bits |= X86_64_PCD | X86_64_PWT;
	return IOLAS_OK;
}

static inline uint64_t x86_64_table_bits(uint32_t flags)
{
	(void)flags;
	return X86_64_P | X86_64_RW | X86_64_US | X86_64_A;
}

static inline uint64_t x86_64_make_leaf(iolas_pa pa, unsigned level,
					uint64_t bits)
{
	return pa | bits | (level ? X86_64_PS : 0);
}

static inline uint64_t x86_64_make_table(iolas_pa pa, uint64_t bits)
{
	return pa | bits;
}

/* PAT is never written, so there is none to move from bit 12 to bit 7. */
static inline uint64_t x86_64_split_leaf(uint64_t pte, unsigned level)
{
	return level == 1 ? pte & ~X86_64_PS : pte;
}

static inline uint32_t x86_64_refuse_input(iolas_iova iova, unsigned levels)
{
	const unsigned unused = 64 - pt_input_bits(levels);
	const uint64_t canonical =
		(uint64_t)((int64_t)(iova << unused) >> unused);

	return iova == canonical ? 0 : IOLAS_VTD_FS_NOT_CANONICAL;
}

static inline uint64_t x86_64_reserved(uint64_t pte, unsigned level,
				       const struct iolas_pgtable_config *c)
{
	uint64_t reserved = 0;

	if (c->output_bits < 52)
		reserved |= PT_BITS(51, c->output_bits);
	if (c->flags & IOLAS_PGTABLE_NO_XD)
		reserved |= X86_64_XD;
	if (level == 0 || x86_64_kind(pte, level) == PT_TABLE)
		return reserved;
	if (!(c->page_sizes & pt_size(level)))
		reserved |= X86_64_PS;
	return reserved | (X86_64_ADDRESS & (pt_size(level) - 1) & ~X86_64_PAT);
}

static inline uint32_t x86_64_refuse_item(uint64_t pte, unsigned level,
					  unsigned access,
					  const struct iolas_pgtable_config *c)
{
	(void)access;
	if (!(pte & X86_64_P))
		return IOLAS_VTD_FS_NOT_PRESENT;
	if (pte & x86_64_reserved(pte, level, c))
		return IOLAS_VTD_FS_RESERVED_BITS;
	return 0;
}

/* Rights are those of all levels together, looked at after the walk. */
static inline uint32_t x86_64_refuse_path(unsigned prot, unsigned access)
{
	if ((prot & IOLAS_PROT_PRIV) && !(access & IOLAS_PROT_PRIV))
		return IOLAS_VTD_FS_PRIVILEGED;
	if ((access & IOLAS_EXEC) && !(prot & IOLAS_EXEC))
		return IOLAS_VTD_FS_EXEC_DENIED;
	if ((access & IOLAS_WRITE) && !(prot & IOLAS_WRITE))
		return IOLAS_VTD_FS_WRITE_DENIED;
	return 0;
}

#define X86_64_FORMAT(level_count)                                          \
	{                                                                   \
		.id = IOLAS_FORMAT_X86_64, .levels = (level_count),         \
		.top_leaf_level = X86_64_TOP_LEAF, .is_canonical = true,    \
		.known_flags = IOLAS_PGTABLE_SHARED | IOLAS_PGTABLE_NO_XD,  \
		.dead = X86_64_DEAD,                                        \
		.rights = X86_64_RW | X86_64_US | X86_64_XD,                \
		.hw = X86_64_A | X86_64_D, .kind = x86_64_kind,             \
		.leaf_pa = x86_64_leaf_pa, .table_pa = x86_64_table_pa,     \
		.prot = x86_64_prot, .mapping_flags = x86_64_mapping_flags, \
		.leaf_bits = x86_64_leaf_bits,                              \
		.table_bits = x86_64_table_bits,                            \
		.make_leaf = x86_64_make_leaf,                              \
		.make_table = x86_64_make_table,                            \
		.split_leaf = x86_64_split_leaf,                            \
		.refuse_input = x86_64_refuse_input,                        \
		.refuse_item = x86_64_refuse_item,                          \
		.refuse_path = x86_64_refuse_path,                          \
		.table_prot = x86_64_path_prot,                             \
		.unreadable = IOLAS_VTD_FS_UNREADABLE,                      \
	}

static const struct pt_format x86_64_format_4 = X86_64_FORMAT(4);
static const struct pt_format x86_64_format_5 = X86_64_FORMAT(5);

#endif /* IOLAS_PGTABLE_FORMAT_X86_64_H */
