/* SPDX-License-Identifier: MIT */
/*
 * Floor 7, pgtable: real IOMMU page tables.  One engine, many formats: map,
 * unmap, lookup, protect, split; and a walker for tables that somebody else
 * wrote.  Updates are lock-free: callers own disjoint ranges, or race under
 * IOLAS_PGTABLE_SHARED; tables are hung by compare-and-swap and taken down by
 * one store.  This floor reports what must be invalidated (the gather) and
 * never decides when.
 */
#ifndef IOLAS_PGTABLE_H
#define IOLAS_PGTABLE_H

#include <iolas/base.h>
#include <iolas/host.h>
#include <iolas/pagelist.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_pgtable;

/* Formats.  Names are those of iolas_format_name(). */
#define IOLAS_FORMAT_VTD_SS 1u /* "vtd-ss": VT-d second stage */
#define IOLAS_FORMAT_X86_64 2u /* "x86-64": VT-d first stage, AMD v2 */

/**
 * iolas_format_name() - how a format is spelled
 * @format: IOLAS_FORMAT_...
 *
 * Return: a static text, or NULL for an unknown format.
 */
IOLAS_API const char *iolas_format_name(uint32_t format);

/**
 * iolas_format_by_name() - the format of a name
 * @name:   as iolas_format_name() spells it
 * @format: result
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT.
 */
IOLAS_API int iolas_format_by_name(const char *name, uint32_t *format);

/* iolas_pgtable_config.flags */
#define IOLAS_PGTABLE_SHARED 0x1u /* callers may race on one range */
#define IOLAS_PGTABLE_SNOOP  0x2u /* vtd-ss: SNP in every leaf */
#define IOLAS_PGTABLE_EXEC   0x4u /* vtd-ss: tables carry X, leaves may */
#define IOLAS_PGTABLE_NO_XD  0x8u /* x86-64: the unit has no execute disable */
#define IOLAS_PGTABLE_ALL_FLAGS                                            \
	(IOLAS_PGTABLE_SHARED | IOLAS_PGTABLE_SNOOP | IOLAS_PGTABLE_EXEC | \
	 IOLAS_PGTABLE_NO_XD)

/**
 * struct iolas_pgtable_config - which tables
 * @struct_size: sizeof(struct iolas_pgtable_config)
 * @format:      IOLAS_FORMAT_...
 * @flags:       IOLAS_PGTABLE_...
 * @levels:      0: the format's usual (4); vtd-ss 3..5, x86-64 4..5
 * @output_bits: width of physical addresses, 0: the format's most (52)
 * @reserved:    0
 * @page_sizes:  leaf sizes allowed, bit n = 2^n bytes; 0: all the format has.
 *               The smallest is always allowed.
 * @held_bytes_max: bytes of cut-off tables that stopped readers may hold back;
 *               past it a map that needs a table gets IOLAS_ENOMEM.  0: 64 MiB
 */
struct iolas_pgtable_config {
	uint32_t struct_size;
	uint32_t format;
	uint32_t flags;
	uint32_t levels;
	uint32_t output_bits;
	uint32_t reserved;
	uint64_t page_sizes;
	uint64_t held_bytes_max;
};

/**
 * iolas_pgtable_create() - make an empty table
 * @host:   where table pages come from; copied
 * @config: format and shape; copied
 * @pt:     result
 *
 * Threads: any.
 * Memory:  the caller owns *@pt; iolas_pgtable_destroy() ends it.  On failure
 *          *@pt is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOTSUP (format or shape unknown, a
 * flag that means nothing to the format), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pgtable_create(const struct iolas_host *host,
				   const struct iolas_pgtable_config *config,
				   struct iolas_pgtable **pt);

/**
 * iolas_pgtable_destroy() - end a table with all its mappings
 * @pt: table, or NULL
 *
 * Threads: no other call on @pt may run or follow; gathers that still hold
 *          parts of it may be forgotten.
 * Device:  no device may walk it any more.
 */
IOLAS_API void iolas_pgtable_destroy(struct iolas_pgtable *pt);

/**
 * struct iolas_pgtable_info - what a table turned out to be
 * @struct_size: sizeof(struct iolas_pgtable_info), set by the caller
 * @format:      IOLAS_FORMAT_...
 * @flags:       as configured
 * @levels:      levels
 * @granule_lg2: log2 of the smallest leaf
 * @input_bits:  width of iovas
 * @output_bits: width of physical addresses
 * @reserved:    0
 * @page_sizes:  leaf sizes in use, bit n = 2^n bytes
 * @input:       iovas that can be mapped; of canonical formats the lower half,
 *               though the upper half can be mapped too
 * @root_pa:     physical address of the root table
 */
struct iolas_pgtable_info {
	uint32_t struct_size;
	uint32_t format;
	uint32_t flags;
	uint32_t levels;
	uint32_t granule_lg2;
	uint32_t input_bits;
	uint32_t output_bits;
	uint32_t reserved;
	uint64_t page_sizes;
	struct iolas_span input;
	iolas_pa root_pa;
};

/** iolas_pgtable_info() - read the shape; IOLAS_OK or IOLAS_EINVAL */
IOLAS_API int iolas_pgtable_info(const struct iolas_pgtable *pt,
				 struct iolas_pgtable_info *info);

/**
 * struct iolas_cursor - a caller's short cut to one leaf table
 * @word: the library's; all zero means empty
 *
 * Plain memory of the caller; zero means empty.  It holds no registration and
 * may be forgotten or copied.  One thread uses one cursor at a time.
 */
struct iolas_cursor {
	uint64_t word[4];
};

/* iolas_gather.flags */
#define IOLAS_GATHER_TABLES 0x1u /* tables went: drop walk caches too */
#define IOLAS_GATHER_WHOLE  0x2u /* too much for a span: invalidate all */

#define IOLAS_GATHER_SLOTS  8

/**
 * struct iolas_gather - changes awaiting invalidation
 * @first:      lowest iova changed; above @last when nothing changed
 * @last:       highest iova changed, inclusive
 * @leaf_sizes: sizes of leaves that changed, bit n = 2^n bytes
 * @flags:      IOLAS_GATHER_...
 * @count:      subtrees cut off, waiting for the invalidation (library)
 * @slot:       where they hang (library)
 *
 * The caller's memory, set up by iolas_gather_init(), of fixed size, and never
 * allocates: subtrees hang on it by a chain through their own memory, however
 * many there are.  Used by one thread at a time, for one table, and not copied:
 * only one of two copies may be used on.  iolas_pgtable_gather_done() must
 * follow once the unit has completed the invalidation; until then the tables
 * cut off are not used again.
 */
struct iolas_gather {
	iolas_iova first;
	iolas_iova last;
	uint64_t leaf_sizes;
	uint32_t flags;
	uint32_t count;
	uint64_t slot[IOLAS_GATHER_SLOTS];
};

/** iolas_gather_init() - make a gather empty; NULL is ignored */
IOLAS_API void iolas_gather_init(struct iolas_gather *gather);
/** iolas_gather_is_empty() - 1 when nothing awaits invalidation (or NULL) */
IOLAS_API int iolas_gather_is_empty(const struct iolas_gather *gather);

/**
 * iolas_pgtable_gather_done() - the invalidation of a gather has completed
 * @pt:     table the gather's changes were made to
 * @gather: becomes empty
 *
 * Tables cut off are handed to the grace period of the software readers and
 * then used again.
 *
 * Threads: any; never waits.  Now and then it pays the readers' barrier for a
 *          batch of tables.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EINVAL (NULL, or the gather belongs to another
 * table or was used up already; it is then left as it is).
 */
IOLAS_API int iolas_pgtable_gather_done(struct iolas_pgtable *pt,
					struct iolas_gather *gather);

/* Memory type and more, beside IOLAS_READ, IOLAS_WRITE, IOLAS_EXEC. */
#define IOLAS_PROT_UNCACHED 0x100u /* do not cache (x86: PCD|PWT) */
#define IOLAS_PROT_PRIV	    0x200u /* privileged requests only */

/**
 * iolas_pgtable_map() - write leaves for a run of memory
 * @pt:     table
 * @cursor: short cut, or NULL
 * @iova:   first device address, multiple of the granule
 * @pa:     first memory address, multiple of the granule
 * @len:    bytes, multiple of the granule, not 0
 * @prot:   IOLAS_READ | IOLAS_WRITE | IOLAS_EXEC | IOLAS_PROT_...
 *
 * Uses the largest leaves that @iova, @pa, @len and the format allow.  The
 * whole range must be unmapped before.  All or nothing: table pages are taken
 * before the first leaf is stored.  Empty tables hung on the way may stay; they
 * are counted.  Where an empty table stands already, it is filled with smaller
 * leaves: replacing it would need an invalidation.
 *
 * Threads: any number on disjoint ranges, lock-free while table memory is at
 *          hand; lookups never wait for it.  Overlapping ranges: tables stay
 *          sound; one caller gets IOLAS_EEXIST under IOLAS_PGTABLE_SHARED.
 * Device:  may translate the range on return, when no unit caches absence.
 *          After IOLAS_EEXIST or IOLAS_ENOMEM from a race under
 *          IOLAS_PGTABLE_SHARED it may have seen leaves that were taken back:
 *          invalidate the range before giving the memory to somebody else.
 * Source:  spec/page-table-formats.md section 9 rules 1-3.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (alignment, @prot), IOLAS_ENOTSUP (@prot
 * cannot be said in this format: x86-64 has no write-only), IOLAS_ERANGE (@iova
 * or @pa too wide), IOLAS_EEXIST, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pgtable_map(struct iolas_pgtable *pt,
				struct iolas_cursor *cursor, iolas_iova iova,
				iolas_pa pa, uint64_t len, unsigned prot);

/**
 * iolas_pgtable_map_list() - write leaves for part of a page list
 * @pt:     table
 * @iova:   first device address, multiple of the granule
 * @list:   memory; pages of at least the granule
 * @offset: into the list's pages (byte_offset not counted), multiple of the
 *          granule
 * @len:    bytes, multiple of the granule, not 0
 * @prot:   as for iolas_pgtable_map()
 *
 * As one iolas_pgtable_map() per run, but all or nothing over the whole.
 *
 * Return: as iolas_pgtable_map(); IOLAS_ERANGE also past the list's end.
 */
IOLAS_API int iolas_pgtable_map_list(struct iolas_pgtable *pt, iolas_iova iova,
				     const struct iolas_pagelist *list,
				     uint64_t offset, uint64_t len,
				     unsigned prot);

/* iolas_pgtable_unmap() flags */
#define IOLAS_UNMAP_EXACT 0x1u /* look at every leaf; count what was mapped */

/**
 * iolas_pgtable_unmap() - remove leaves
 * @pt:       table
 * @cursor:   short cut, or NULL
 * @iova:     first device address, multiple of the granule
 * @len:      bytes, multiple of the granule, not 0
 * @flags:    0 or IOLAS_UNMAP_EXACT
 * @gather:   what must be invalidated is added to it
 * @unmapped: result: bytes that were mapped (exact) or 0 (drop); may be NULL
 *
 * The caller owns the range; parts of it may be unmapped already.  A large leaf
 * that reaches out of the range is split first, without a moment in which the
 * rest does not translate.  Whole subtrees are cut off with one store.
 *
 * Threads: as iolas_pgtable_map().
 * Device:  may still use old translations until @gather is invalidated.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE, or IOLAS_ENOMEM (a split needs
 * a table page; every address translates as before, though a leaf may have been
 * split and @gather says so).
 */
IOLAS_API int iolas_pgtable_unmap(struct iolas_pgtable *pt,
				  struct iolas_cursor *cursor, iolas_iova iova,
				  uint64_t len, unsigned flags,
				  struct iolas_gather *gather,
				  uint64_t *unmapped);

/**
 * iolas_pgtable_protect() - change what a mapped range allows
 * @pt:     table
 * @iova:   first device address, multiple of the granule
 * @len:    bytes, multiple of the granule, not 0
 * @prot:   new rights, IOLAS_PROT_PRIV among them; the memory type stays
 * @gather: what must be invalidated is added to it
 *
 * The whole range must be mapped; large leaves that reach out are split.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE, IOLAS_ENOTSUP, IOLAS_ENOENT (a
 * part is not mapped; nothing was changed), IOLAS_ENOMEM (nothing was changed).
 */
IOLAS_API int iolas_pgtable_protect(struct iolas_pgtable *pt, iolas_iova iova,
				    uint64_t len, unsigned prot,
				    struct iolas_gather *gather);

/**
 * struct iolas_mapping - one leaf
 * @struct_size: sizeof(struct iolas_mapping), set by the caller
 * @level:       0 holds the smallest leaves
 * @iova:        first device address of the leaf
 * @pa:          first memory address of the leaf
 * @size:        bytes
 * @prot:        what the whole path allows
 * @flags:       IOLAS_MAPPING_...
 * @raw:         the leaf's word
 */
struct iolas_mapping {
	uint32_t struct_size;
	uint32_t level;
	iolas_iova iova;
	iolas_pa pa;
	uint64_t size;
	uint32_t prot;
	uint32_t flags;
	uint64_t raw;
};

#define IOLAS_MAPPING_ACCESSED 0x1u /* a device or walker has used the leaf */
#define IOLAS_MAPPING_DIRTY    0x2u /* a device has written through it */

/**
 * iolas_pgtable_lookup() - the leaf that translates an address
 * @pt:      table
 * @iova:    device address
 * @mapping: result; struct_size set by the caller
 *
 * Threads: any, also while others map and unmap.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (not mapped), IOLAS_ERANGE.
 */
IOLAS_API int iolas_pgtable_lookup(struct iolas_pgtable *pt, iolas_iova iova,
				   struct iolas_mapping *mapping);

/**
 * iolas_pgtable_next() - the first leaf at or after an address
 * @pt:      table
 * @iova:    where to begin; a leaf that holds it counts
 * @last:    where to end, inclusive
 * @mapping: result; struct_size set by the caller
 *
 * Skips empty tables as a whole.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (nothing mapped up to @last).
 */
IOLAS_API int iolas_pgtable_next(struct iolas_pgtable *pt, iolas_iova iova,
				 iolas_iova last,
				 struct iolas_mapping *mapping);

/**
 * struct iolas_pgtable_stats - what a table holds
 * @struct_size:      sizeof(struct iolas_pgtable_stats), set by the caller
 * @reserved:         0
 * @table_count:      table pages linked into the tree, root included
 * @detached_count:   table pages cut off and not yet reusable
 * @free_count:       table pages at hand
 * @table_bytes:      bytes of all of these
 * @host_bytes:       bytes taken from the host
 */
struct iolas_pgtable_stats {
	uint32_t struct_size;
	uint32_t reserved;
	uint64_t table_count;
	uint64_t detached_count;
	uint64_t free_count;
	uint64_t table_bytes;
	uint64_t host_bytes;
};

/** iolas_pgtable_stats() - read the counters; IOLAS_OK or IOLAS_EINVAL */
IOLAS_API int iolas_pgtable_stats(struct iolas_pgtable *pt,
				  struct iolas_pgtable_stats *stats);

/*
 * Foreign tables: the same formats, written by somebody else (a guest, a
 * kernel, a test), read through an accessor.
 */

/**
 * struct iolas_accessor - bounded reads of somebody's memory
 * @struct_size: sizeof(struct iolas_accessor)
 * @flags:       0
 * @user:        first argument
 * @read64:      little-endian word at @pa (a multiple of 8); 0, or negative
 *               when that is not memory
 */
struct iolas_accessor {
	uint32_t struct_size;
	uint32_t flags;
	void *user;
	int (*read64)(void *user, iolas_pa pa, uint64_t *value);
};

#define IOLAS_WALK_LEVELS 6 /* most levels that any format has */

/**
 * struct iolas_walk_step - one item on the way
 * @table_pa: table it lies in
 * @index:    its number
 * @level:    0 holds the smallest leaves
 * @value:    the word read
 */
struct iolas_walk_step {
	iolas_pa table_pa;
	uint32_t index;
	uint32_t level;
	uint64_t value;
};

/* iolas_walk.reason: 0, or the architecture's own number. */
#define IOLAS_VTD_ROOT_NOT_PRESENT	0x1u /* legacy mode: spec 1.6 */
#define IOLAS_VTD_CONTEXT_NOT_PRESENT	0x2u
#define IOLAS_VTD_CONTEXT_INVALID	0x3u
#define IOLAS_VTD_ADDRESS_BEYOND_WIDTH	0x4u
#define IOLAS_VTD_WRITE_DENIED		0x5u
#define IOLAS_VTD_READ_DENIED		0x6u
#define IOLAS_VTD_TABLE_UNREADABLE	0x7u
#define IOLAS_VTD_ROOT_UNREADABLE	0x8u
#define IOLAS_VTD_CONTEXT_UNREADABLE	0x9u
#define IOLAS_VTD_ROOT_RESERVED_BITS	0xau
#define IOLAS_VTD_CONTEXT_RESERVED_BITS 0xbu
#define IOLAS_VTD_RESERVED_BITS		0xcu
#define IOLAS_VTD_FS_UNREADABLE		0x70u /* first stage: spec 1.6, 2.4 */
#define IOLAS_VTD_FS_NOT_PRESENT	0x71u
#define IOLAS_VTD_FS_RESERVED_BITS	0x72u
#define IOLAS_VTD_FS_NOT_CANONICAL	0x80u
#define IOLAS_VTD_FS_PRIVILEGED		0x81u
#define IOLAS_VTD_FS_EXEC_DENIED	0x82u
#define IOLAS_VTD_FS_WRITE_DENIED	0x85u

/**
 * struct iolas_walk - one address, every level shown
 * @struct_size: sizeof(struct iolas_walk), set by the caller
 * @reason:      0: translated; else why not, in the format's own numbers
 * @step_count:  items read
 * @reserved:    0
 * @step:        the items, from the root down
 * @mapping:     the leaf, when @reason is 0
 */
struct iolas_walk {
	uint32_t struct_size;
	uint32_t reason;
	uint32_t step_count;
	uint32_t reserved;
	struct iolas_walk_step step[IOLAS_WALK_LEVELS];
	struct iolas_mapping mapping;
};

/**
 * iolas_foreign_walk() - translate one access through somebody else's table
 * @config:   format and shape of the table
 * @root_pa:  its root
 * @accessor: how to read it
 * @iova:     device address
 * @access:   IOLAS_READ, IOLAS_WRITE or IOLAS_EXEC; IOLAS_PROT_PRIV may be
 *            added for a privileged request
 * @walk:     result; struct_size set by the caller
 *
 * In @config, IOLAS_PGTABLE_SNOOP says that the unit knows SNP (else it is a
 * reserved bit), output_bits how wide its addresses are, page_sizes which large
 * leaves it knows.  Reads at most one item per level and nothing outside what
 * the accessor allows, whatever the bytes.
 *
 * Threads: any.
 * Source:  spec/page-table-formats.md sections 1.2, 1.6, 2.2, 2.4.
 * Since:   0.1
 *
 * Return: IOLAS_OK (translated), IOLAS_EFAULT (walk->reason says why),
 * IOLAS_EINVAL, IOLAS_ENOTSUP.
 */
IOLAS_API int iolas_foreign_walk(const struct iolas_pgtable_config *config,
				 iolas_pa root_pa,
				 const struct iolas_accessor *accessor,
				 iolas_iova iova, unsigned access,
				 struct iolas_walk *walk);

/**
 * iolas_pgtable_walk() - the same for a table of the library's own
 * @pt:     table
 * @iova:   device address
 * @access: IOLAS_READ, IOLAS_WRITE or IOLAS_EXEC
 * @walk:   result; struct_size set by the caller
 *
 * Return: as iolas_foreign_walk().
 */
IOLAS_API int iolas_pgtable_walk(struct iolas_pgtable *pt, iolas_iova iova,
				 unsigned access, struct iolas_walk *walk);

/**
 * struct iolas_foreign_unit - a VT-d unit in legacy mode
 * @struct_size:   sizeof(struct iolas_foreign_unit)
 * @output_bits:   host address width; 0: 52
 * @level_counts:  tables it walks: bit 3, 4, 5 = so many levels
 * @reserved:      0
 * @root_table_pa: its root table, multiple of 4096
 */
struct iolas_foreign_unit {
	uint32_t struct_size;
	uint32_t output_bits;
	uint32_t level_counts;
	uint32_t reserved;
	iolas_pa root_table_pa;
};

/**
 * struct iolas_context - what a unit was told about a requester
 * @struct_size: sizeof(struct iolas_context), set by the caller
 * @reason:      0, or IOLAS_VTD_...
 * @type:        TT: 0 translate, 1 with device TLB, 2 pass through
 * @levels:      of the table
 * @domain_id:   DID
 * @reserved:    0
 * @root_pa:     root of the table
 */
struct iolas_context {
	uint32_t struct_size;
	uint32_t reason;
	uint32_t type;
	uint32_t levels;
	uint32_t domain_id;
	uint32_t reserved;
	iolas_pa root_pa;
};

/**
 * iolas_foreign_context() - find a requester's table in somebody's structures
 * @unit:      unit
 * @accessor:  how to read memory
 * @source_id: requester: bus << 8 | device and function
 * @context:   result; struct_size set by the caller
 *
 * Reads at most four words.
 *
 * Threads: any.
 * Source:  spec/page-table-formats.md sections 1.4, 1.6.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EFAULT (context->reason says why), IOLAS_EINVAL.
 */
IOLAS_API int iolas_foreign_context(const struct iolas_foreign_unit *unit,
				    const struct iolas_accessor *accessor,
				    uint32_t source_id,
				    struct iolas_context *context);

/* What iolas_pgtable_attach_words() writes. */
#define IOLAS_ATTACH_VTD_CONTEXT 1u /* vtd-ss: legacy context entry, 2 words */
#define IOLAS_ATTACH_VTD_PASID	 2u /* scalable-mode PASID entry, 8 words */
#define IOLAS_ATTACH_AMD_GCR3	 3u /* x86-64: GCR3 table entry, 1 word */
#define IOLAS_ATTACH_AMD_DTE	 4u /* x86-64: device table entry, 4 words */

/**
 * struct iolas_attach_words - what a unit must be told to use a table
 * @struct_size:  sizeof(struct iolas_attach_words), set by the caller
 * @word_count:   words used
 * @word:         the words, lowest first
 * @table_pa:     set by the caller for IOLAS_ATTACH_AMD_DTE: the GCR3 table of
 *                one level whose entry 0 is this table's
 */
struct iolas_attach_words {
	uint32_t struct_size;
	uint32_t word_count;
	uint64_t word[8];
	iolas_pa table_pa;
};

/**
 * iolas_pgtable_attach_words() - the words that attach a table to hardware
 * @pt:        table
 * @kind:      IOLAS_ATTACH_...
 * @domain_id: DID, 16 bits; unused for IOLAS_ATTACH_AMD_GCR3
 * @words:     result; struct_size set by the caller
 *
 * The least that translates.  What depends on the unit (device TLB, snooped
 * walks) is for the caller to add.
 *
 * Threads: any.
 * Source:  spec/page-table-formats.md sections 1.4, 1.5, 2.3.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, or IOLAS_ENOTSUP (this format is not attached
 * so).
 */
IOLAS_API int iolas_pgtable_attach_words(const struct iolas_pgtable *pt,
					 uint32_t kind, uint32_t domain_id,
					 struct iolas_attach_words *words);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_PGTABLE_H */
