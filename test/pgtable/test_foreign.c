/* SPDX-License-Identifier: MIT */
/*
 * Foreign tables: first-stage fault reasons in the order of the specification,
 * and hostile bytes.  Expected reasons: spec/page-table-formats.md sections 1.6
 * and 2.2.
 * Floor: pgtable.
 */
#include <iolas/pgtable.h>

#include "harness/check.h"
#include "harness/rng.h"

#include <string.h>

#define TABLES	   4u
#define ROOT	   UINT64_C(0x10000)
#define IOVA	   UINT64_C(0x1000)
#define TABLE_BITS UINT64_C(0x27) /* P RW US A */
#define LEAF_BITS  UINT64_C(0x67) /* and D */

/* Tables in a row; items outside of them cannot be read. */
struct memory {
	uint64_t word[TABLES * 512];
	uint64_t reads;
};

static int read_word(void *user, iolas_pa pa, uint64_t *value)
{
	struct memory *memory = user;

	memory->reads++;
	if (pa % 8 || pa < ROOT || pa - ROOT >= sizeof(memory->word))
		return -1;
	*value = memory->word[(pa - ROOT) / 8];
	return 0;
}

static struct memory memory;

static const struct iolas_accessor accessor = {
	.struct_size = sizeof(accessor),
	.user = &memory,
	.read64 = read_word,
};

/* The item that a level uses for IOVA. */
static uint64_t *item(unsigned level)
{
	const unsigned index = (IOVA >> (12 + 9 * level)) & 511;

	return &memory.word[(3 - level) * 512 + index];
}

/* Four levels, each item pointing to the next table; a page at the end. */
static void build(void)
{
	memset(&memory, 0, sizeof(memory));
	for (unsigned level = 3; level > 0; level--)
		*item(level) = (ROOT + (4 - level) * 4096) | TABLE_BITS;
	*item(0) = 0x123456000 | LEAF_BITS;
}

static uint32_t reason_of(const struct iolas_pgtable_config *config,
			  iolas_iova iova, unsigned access)
{
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	const int status = iolas_foreign_walk(config, ROOT, &accessor, iova,
					      access, &walk);

	CHECK(status == IOLAS_OK || status == IOLAS_EFAULT);
	CHECK_EQ(status == IOLAS_OK, walk.reason == 0);
	if (status == IOLAS_OK)
		CHECK_EQ(walk.mapping.pa + (iova - walk.mapping.iova),
			 0x123456000 + (iova & 0xfff));
	return walk.reason;
}

static struct iolas_pgtable_config x86_config(void)
{
	return (struct iolas_pgtable_config){
		.struct_size = sizeof(struct iolas_pgtable_config),
		.format = IOLAS_FORMAT_X86_64,
		.levels = 4,
		.output_bits = 46,
	};
}

static uint32_t x86_reason(unsigned access)
{
	const struct iolas_pgtable_config config = x86_config();

	return reason_of(&config, IOVA + 5, access);
}

static void first_stage_rights_are_those_of_all_levels(void **state)
{
	(void)state;
	build();
	CHECK_EQ(x86_reason(IOLAS_READ), 0);
	CHECK_EQ(x86_reason(IOLAS_WRITE), 0);
	CHECK_EQ(x86_reason(IOLAS_EXEC), 0);
	for (unsigned level = 0; level < 4; level++) {
		build();
		*item(level) &= ~UINT64_C(2);
		CHECK_EQ(x86_reason(IOLAS_READ), 0);
		CHECK_EQ(x86_reason(IOLAS_WRITE), IOLAS_VTD_FS_WRITE_DENIED);
		build();
		*item(level) &= ~UINT64_C(4);
		CHECK_EQ(x86_reason(IOLAS_READ), IOLAS_VTD_FS_PRIVILEGED);
		CHECK_EQ(x86_reason(IOLAS_READ | IOLAS_PROT_PRIV), 0);
		build();
		*item(level) |= UINT64_C(1) << 63;
		CHECK_EQ(x86_reason(IOLAS_WRITE), 0);
		CHECK_EQ(x86_reason(IOLAS_EXEC), IOLAS_VTD_FS_EXEC_DENIED);
	}
}

static void first_stage_refuses_what_is_absent_or_reserved(void **state)
{
	struct iolas_pgtable_config config = x86_config();

	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		build();
		*item(level) &= ~UINT64_C(1);
		CHECK_EQ(x86_reason(IOLAS_READ), IOLAS_VTD_FS_NOT_PRESENT);
		build();
		*item(level) |= UINT64_C(1) << 46;
		CHECK_EQ(x86_reason(IOLAS_READ), IOLAS_VTD_FS_RESERVED_BITS);
		/* Ignored or software bits: 11:9 and 62:52. */
		build();
		*item(level) |= UINT64_C(0x7ff0000000000e00);
		CHECK_EQ(x86_reason(IOLAS_READ), 0);
		/* A unit without execute disable. */
		build();
		*item(level) |= UINT64_C(1) << 63;
		config.flags = IOLAS_PGTABLE_NO_XD;
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ),
			 IOLAS_VTD_FS_RESERVED_BITS);
		if (level == 0)
			continue;
		build();
		*item(level) = 0x4000000 | TABLE_BITS;
		CHECK_EQ(x86_reason(IOLAS_READ), IOLAS_VTD_FS_UNREADABLE);
	}
	/* PS: reserved at level 3; low address bits at levels 1 and 2. */
	for (unsigned level = 1; level < 4; level++) {
		build();
		*item(level) |= UINT64_C(1) << 7;
		CHECK_EQ(x86_reason(IOLAS_READ), IOLAS_VTD_FS_RESERVED_BITS);
	}
}

static void first_stage_addresses_are_canonical(void **state)
{
	struct iolas_pgtable_config config = x86_config();
	static const iolas_iova wrong[] = {
		UINT64_C(0x0000800000000000),
		UINT64_C(0xffff7fffffffffff),
		UINT64_C(0x8000000000000000),
	};

	(void)state;
	build();
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(reason_of(&config, wrong[i], IOLAS_READ),
			 IOLAS_VTD_FS_NOT_CANONICAL);
	CHECK_EQ(memory.reads, 0);
	CHECK_EQ(reason_of(&config, UINT64_C(0xffff800000000000), IOLAS_READ),
		 IOLAS_VTD_FS_NOT_PRESENT);
	config.levels = 5;
	CHECK_EQ(reason_of(&config, wrong[2], IOLAS_READ),
		 IOLAS_VTD_FS_NOT_CANONICAL);
}

static void large_leaves_need_a_unit_that_knows_them(void **state)
{
	struct iolas_pgtable_config config = x86_config();

	(void)state;
	build();
	*item(1) = 0x123400000 | LEAF_BITS | 0x80;
	CHECK_EQ(reason_of(&config, IOVA + 0x55000, IOLAS_READ), 0);
	config.page_sizes = 1u << 12;
	CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ),
		 IOLAS_VTD_FS_RESERVED_BITS);
	config.format = IOLAS_FORMAT_VTD_SS;
	*item(1) = 0x123400083;
	CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ), IOLAS_VTD_RESERVED_BITS);
	config.page_sizes = 0;
	CHECK_EQ(reason_of(&config, IOVA + 0x55000, IOLAS_READ), 0);
}

/* Section 1.2: what is reserved in second-stage items. */
static void second_stage_reserved_bits_are_refused(void **state)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_VTD_SS,
		.levels = 4,
		.output_bits = 46,
	};

	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		build();
		*item(level) |= UINT64_C(1) << 62;
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ),
			 IOLAS_VTD_RESERVED_BITS);
		build();
		*item(level) |= UINT64_C(1) << 46;
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_WRITE),
			 IOLAS_VTD_RESERVED_BITS);
		build();
		*item(level) |= UINT64_C(1) << 11; /* SNP, unknown here */
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ),
			 IOLAS_VTD_RESERVED_BITS);
		/* The missing right comes first. */
		*item(level) &= ~UINT64_C(1);
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ),
			 IOLAS_VTD_READ_DENIED);
	}
	build();
	*item(3) |= UINT64_C(1) << 7;
	CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ), IOLAS_VTD_RESERVED_BITS);
	build();
	*item(2) = 0x4000000 | 3;
	CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ),
		 IOLAS_VTD_TABLE_UNREADABLE);
}

static void execute_needs_every_level_of_a_second_stage(void **state)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_VTD_SS,
		.flags = IOLAS_PGTABLE_EXEC,
		.output_bits = 46,
	};

	(void)state;
	build(); /* its bits hold R, W and X */
	CHECK_EQ(reason_of(&config, IOVA, IOLAS_EXEC), 0);
	for (unsigned level = 0; level < 4; level++) {
		build();
		*item(level) &= ~UINT64_C(4);
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_EXEC),
			 IOLAS_VTD_READ_DENIED);
		CHECK_EQ(reason_of(&config, IOVA, IOLAS_READ), 0);
	}
}

/* Random words, tables that point at themselves or anywhere. */
static void hostile_bytes_end_after_one_item_per_level(void **state)
{
	struct rng rng = rng_seed(3);
	struct iolas_pgtable_config config = x86_config();
	struct iolas_walk walk = { .struct_size = sizeof(walk) };

	(void)state;
	config.output_bits = 52;
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < TABLES * 512; i++) {
			memory.word[i] = rng_next(&rng);
			if (rng_below(&rng, 2))
				memory.word[i] =
					(ROOT +
					 rng_below(&rng, TABLES) * 4096) |
					(rng_next(&rng) & 0xfff);
		}
		for (unsigned i = 0; i < 100; i++) {
			const iolas_iova iova = rng_next(&rng) >> 17;

			config.format = 1 + (uint32_t)rng_below(&rng, 2);
			config.levels = 4 + (uint32_t)rng_below(&rng, 2);
			memory.reads = 0;
			(void)iolas_foreign_walk(&config, ROOT, &accessor, iova,
						 1u << rng_below(&rng, 2),
						 &walk);
			CHECK(memory.reads <= config.levels);
			CHECK(walk.step_count <= config.levels);
		}
	}
}

/* Section 1.4: each check of root and context entry. */
static void contexts_are_refused_with_their_reason(void **state)
{
	struct iolas_foreign_unit unit = {
		.struct_size = sizeof(unit),
		.output_bits = 46,
		.level_counts = 1u << 4,
		.root_table_pa = ROOT,
	};
	const uint64_t good[4] = { (ROOT + 4096) | 1, 0, 0x5000 | 1,
				   2 | 0x4711 << 8 };
	static const struct {
		unsigned word;
		uint64_t flip;
		uint32_t reason;
	} cases[] = {
		{ 0, 0, 0 },
		{ 0, 1, IOLAS_VTD_ROOT_NOT_PRESENT },
		{ 0, 1 << 11, IOLAS_VTD_ROOT_RESERVED_BITS },
		{ 0, UINT64_C(1) << 46, IOLAS_VTD_ROOT_RESERVED_BITS },
		{ 0, 1 << 20, IOLAS_VTD_CONTEXT_UNREADABLE },
		{ 1, 1, IOLAS_VTD_ROOT_RESERVED_BITS },
		{ 2, 1, IOLAS_VTD_CONTEXT_NOT_PRESENT },
		{ 2, 1 << 4, IOLAS_VTD_CONTEXT_RESERVED_BITS },
		{ 2, UINT64_C(1) << 46, IOLAS_VTD_CONTEXT_RESERVED_BITS },
		{ 2, 3 << 2, IOLAS_VTD_CONTEXT_INVALID },
		{ 2, 1 << 1, 0 },
		{ 2, 1 << 2, 0 },
		{ 3, 1, IOLAS_VTD_CONTEXT_INVALID },
		{ 3, 7, IOLAS_VTD_CONTEXT_INVALID },
		{ 3, 1 << 7, IOLAS_VTD_CONTEXT_RESERVED_BITS },
		{ 3, 1 << 24, IOLAS_VTD_CONTEXT_RESERVED_BITS },
		{ 3, 0xf << 3, 0 },
	};
	struct iolas_context context = { .struct_size = sizeof(context) };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t word[4];

		memcpy(word, good, sizeof(word));
		word[cases[i].word] ^= cases[i].flip;
		memset(&memory, 0, sizeof(memory));
		memcpy(&memory.word[2 * 0x12], word, 16);
		memcpy(&memory.word[512 + 2 * 0x34], &word[2], 16);
		CHECK_EQ(iolas_foreign_context(&unit, &accessor, 0x1234,
					       &context),
			 cases[i].reason ? IOLAS_EFAULT : IOLAS_OK);
		CHECK_EQ(context.reason, cases[i].reason);
		CHECK(memory.reads <= 4);
		if (context.reason)
			continue;
		CHECK_EQ(context.levels, 4);
		CHECK_EQ(context.domain_id, 0x4711);
		CHECK_EQ(context.root_pa, 0x5000);
	}
	unit.root_table_pa = 0x4000000;
	CHECK_EQ(iolas_foreign_context(&unit, &accessor, 0, &context),
		 IOLAS_EFAULT);
	CHECK_EQ(context.reason, IOLAS_VTD_ROOT_UNREADABLE);
}

static void bad_arguments_are_refused(void **state)
{
	const struct iolas_pgtable_config good = x86_config();
	struct iolas_pgtable_config config = good;
	struct iolas_accessor reader = accessor;
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	struct iolas_foreign_unit unit = { .struct_size = sizeof(unit) };
	struct iolas_context context = { .struct_size = sizeof(context) };

	(void)state;
#define WALK(c, root, a, access, w) \
	iolas_foreign_walk((c), (root), (a), 0, (access), (w))
	CHECK_EQ(WALK(NULL, ROOT, &reader, 1, &walk), IOLAS_EINVAL);
	CHECK_EQ(WALK(&good, ROOT, NULL, 1, &walk), IOLAS_EINVAL);
	CHECK_EQ(WALK(&good, ROOT, &reader, 1, NULL), IOLAS_EINVAL);
	CHECK_EQ(WALK(&good, ROOT + 8, &reader, 1, &walk), IOLAS_EINVAL);
	CHECK_EQ(WALK(&good, ROOT, &reader, 0, &walk), IOLAS_EINVAL);
	CHECK_EQ(WALK(&good, ROOT, &reader, 3, &walk), IOLAS_EINVAL);
	CHECK_EQ(WALK(&good, ROOT, &reader, 1 | 64, &walk), IOLAS_EINVAL);
	config.format = 99;
	CHECK_EQ(WALK(&config, ROOT, &reader, 1, &walk), IOLAS_ENOTSUP);
	config.format = IOLAS_FORMAT_VTD_SS;
	CHECK_EQ(WALK(&config, ROOT, &reader, IOLAS_EXEC, &walk),
		 IOLAS_ENOTSUP);
	walk.struct_size--;
	CHECK_EQ(WALK(&good, ROOT, &reader, 1, &walk), IOLAS_EINVAL);
	walk.struct_size++;
	reader.flags = 1;
	CHECK_EQ(WALK(&good, ROOT, &reader, 1, &walk), IOLAS_EINVAL);
	reader.flags = 0;
	reader.read64 = NULL;
	CHECK_EQ(WALK(&good, ROOT, &reader, 1, &walk), IOLAS_EINVAL);
#undef WALK
	reader = accessor;
	CHECK_EQ(iolas_foreign_context(NULL, &reader, 0, &context),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_foreign_context(&unit, NULL, 0, &context), IOLAS_EINVAL);
	CHECK_EQ(iolas_foreign_context(&unit, &reader, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_foreign_context(&unit, &reader, 0x10000, &context),
		 IOLAS_EINVAL);
	unit.level_counts = 1;
	CHECK_EQ(iolas_foreign_context(&unit, &reader, 0, &context),
		 IOLAS_EINVAL);
	unit.level_counts = 8;
	unit.root_table_pa = 8;
	CHECK_EQ(iolas_foreign_context(&unit, &reader, 0, &context),
		 IOLAS_EINVAL);
	unit.root_table_pa = 0;
	unit.output_bits = 53;
	CHECK_EQ(iolas_foreign_context(&unit, &reader, 0, &context),
		 IOLAS_EINVAL);
	unit.output_bits = 0;
	CHECK_EQ(iolas_foreign_context(&unit, &reader, 0, &context),
		 IOLAS_EFAULT);
}

RUN_CASES(CASE(first_stage_rights_are_those_of_all_levels),
	  CASE(first_stage_refuses_what_is_absent_or_reserved),
	  CASE(first_stage_addresses_are_canonical),
	  CASE(large_leaves_need_a_unit_that_knows_them),
	  CASE(second_stage_reserved_bits_are_refused),
	  CASE(execute_needs_every_level_of_a_second_stage),
	  CASE(hostile_bytes_end_after_one_item_per_level),
	  CASE(contexts_are_refused_with_their_reason),
	  CASE(bad_arguments_are_refused))
