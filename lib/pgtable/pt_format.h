/* SPDX-License-Identifier: MIT */
/*
 * The contract of a format: what the algorithms ask of one page-table layout.
 * A format is a header of small pure inline functions, gathered in one static
 * const struct pt_format; the algorithms are always_inline and take a pointer
 * to it, so that a call through a constant format folds away, while cold code
 * and tests use the same struct at run time.
 */
#ifndef IOLAS_PGTABLE_PT_FORMAT_H
#define IOLAS_PGTABLE_PT_FORMAT_H

#include <iolas/pgtable.h>

#include "base/bits.h"

#define PT_INLINE     static inline __attribute__((always_inline))

#define PT_MAX_LEVELS 5
#define PT_INDEX_LG2  9
#define PT_ITEMS      (1u << PT_INDEX_LG2)
#define PT_TABLE_LG2  12
#define PT_TABLE_SIZE (1u << PT_TABLE_LG2)

enum pt_kind { PT_NONE, PT_TABLE, PT_LEAF };

struct pt_format {
	uint32_t id; /* IOLAS_FORMAT_... */
	uint32_t levels;
	uint32_t top_leaf_level; /* highest level that may hold leaves */
	bool is_canonical;	 /* iovas repeat their top bit upwards */
	uint32_t known_flags;	 /* IOLAS_PGTABLE_... that mean something */
	/*
	 * A software bit that no map writes: set in every item of a table that
	 * was cut off under the SHARED contract, so that late exchanges fail.
	 */
	uint64_t dead;
	uint64_t rights; /* bits of a leaf that protect replaces */
	uint64_t hw;	 /* bits of a leaf that hardware may set */

	/* Decode.  Items that are not present are PT_NONE whatever they hold. */
	enum pt_kind (*kind)(uint64_t pte, unsigned level);
	iolas_pa (*leaf_pa)(uint64_t pte, unsigned level);
	iolas_pa (*table_pa)(uint64_t pte);
	unsigned (*prot)(uint64_t pte);
	unsigned (*mapping_flags)(uint64_t pte);

	/*
	 * Encode.  leaf_bits turns rights into the bits every leaf of one call
	 * carries: IOLAS_EINVAL (not rights), IOLAS_ENOTSUP (impossible here).
	 */
	int (*leaf_bits)(unsigned prot, uint32_t flags, uint64_t *bits);
	uint64_t (*table_bits)(uint32_t flags);
	uint64_t (*make_leaf)(iolas_pa pa, unsigned level, uint64_t bits);
	uint64_t (*make_table)(iolas_pa pa, uint64_t bits);
	/* The first of the leaves one level below that mean the same. */
	uint64_t (*split_leaf)(uint64_t pte, unsigned level);

	/* Cold: foreign tables and attaching; see foreign.c. */
	uint32_t (*refuse_input)(iolas_iova iova, unsigned levels);
	uint32_t (*refuse_item)(uint64_t pte, unsigned level, unsigned access,
				const struct iolas_pgtable_config *config);
	uint32_t (*refuse_path)(unsigned prot, unsigned access);
	unsigned (*table_prot)(uint64_t pte);
	uint32_t unreadable; /* reason: an item could not be read */
};

/* log2 of what one item of @level spans. */
PT_INLINE unsigned pt_shift(unsigned level)
{
	return PT_TABLE_LG2 + PT_INDEX_LG2 * level;
}

PT_INLINE uint64_t pt_size(unsigned level)
{
	return UINT64_C(1) << pt_shift(level);
}

PT_INLINE unsigned pt_index(iolas_iova iova, unsigned level)
{
	return (unsigned)(iova >> pt_shift(level)) & (PT_ITEMS - 1);
}

/* Width of iovas. */
PT_INLINE unsigned pt_input_bits(unsigned levels)
{
	return PT_TABLE_LG2 + PT_INDEX_LG2 * levels;
}

/* Bits @high..@low of a word. */
#define PT_BITS(high, low) \
	((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))
#define PT_BIT(n) (UINT64_C(1) << (n))

#endif /* IOLAS_PGTABLE_PT_FORMAT_H */
