/* SPDX-License-Identifier: MIT */
/*
 * Conformance of one format, named by the build, with the checked vectors: the
 * words that a map writes, bit by bit; the same words walked as a foreign
 * table; walks that fault, with the architecture's reason; and the words that
 * attach a table.
 * Floor: pgtable.
 */
#include "format/format_vectors.h"

#include "harness/check.h"
#include "harness/counting_host.h"

#include FORMAT_TABLE

#include <string.h>

#define ADDRESS	 UINT64_C(0x000ffffffffff000)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint32_t format_id(void)
{
	uint32_t id = 0;

	CHECK_EQ(iolas_format_by_name(FORMAT_NAME, &id), IOLAS_OK);
	CHECK_STR(iolas_format_name(id), FORMAT_NAME);
	return id;
}

static struct iolas_pgtable_config shape_of(uint32_t levels, int snoop)
{
	return (struct iolas_pgtable_config){
		.struct_size = sizeof(struct iolas_pgtable_config),
		.format = format_id(),
		.levels = levels,
		.flags = snoop ? IOLAS_PGTABLE_SNOOP : 0,
	};
}

/* Memory that holds the entries of one vector, and zeroes in their tables. */
struct memory {
	const struct vector_entry *entry;
	unsigned entry_count;
	unsigned reads;
};

static int read_vector(void *user, iolas_pa pa, uint64_t *value)
{
	struct memory *memory = user;

	memory->reads++;
	for (unsigned i = 0; i < memory->entry_count; i++) {
		const struct vector_entry *entry = &memory->entry[i];

		if (pa == entry->table_pa + entry->index * 8) {
			*value = entry->value;
			return 0;
		}
	}
	for (unsigned i = 0; i < memory->entry_count; i++)
		if ((pa ^ memory->entry[i].table_pa) >> 12 == 0) {
			*value = 0;
			return 0;
		}
	return -1;
}

/* Our words differ from the vector's in nothing but where tables lie. */
static void check_words(const struct map_vector *vector,
			const struct iolas_walk *walk)
{
	CHECK_EQ(walk->step_count, vector->entry_count);
	for (unsigned i = 0; i < walk->step_count; i++) {
		const struct vector_entry *entry = &vector->entry[i];
		const struct iolas_walk_step *step = &walk->step[i];
		uint64_t expected = entry->value;

		CHECK_EQ(step->level, entry->level);
		CHECK_EQ(step->index, entry->index);
		if (!entry->is_leaf) {
			CHECK_EQ(expected & ADDRESS,
				 vector->entry[i + 1].table_pa);
			expected = (expected & ~ADDRESS) |
				   walk->step[i + 1].table_pa;
		}
		CHECK_EQ(step->value, expected);
	}
}

static void map_and_check(const struct map_vector *vector, bool is_shared)
{
	struct iolas_pgtable_config config =
		shape_of(vector->levels, vector->snoop);
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	struct counting_host host;
	struct iolas_pgtable *pt;
	const unsigned access =
		vector->prot & IOLAS_READ ? IOLAS_READ : IOLAS_WRITE;

	config.flags |= is_shared ? IOLAS_PGTABLE_SHARED : 0;
	counting_host_init_scattered(&host);
	CHECK_EQ(iolas_pgtable_create(&host.table, &config, &pt), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_map(pt, NULL, vector->iova, vector->pa,
				   vector->size, vector->prot),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_walk(pt, vector->iova, access, &walk), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_info(pt, &info), IOLAS_OK);
	CHECK_EQ(walk.step[0].table_pa, info.root_pa);
	check_words(vector, &walk);
	CHECK_EQ(walk.mapping.size, vector->size);
	CHECK_EQ(walk.mapping.pa, vector->pa);
	CHECK_EQ(walk.mapping.prot, vector->prot);
	iolas_pgtable_destroy(pt);
	counting_host_fini(&host);
}

static void maps_write_the_checked_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(map_vectors); i++) {
		print_message("# %s\n", map_vectors[i].id);
		map_and_check(&map_vectors[i], false);
		map_and_check(&map_vectors[i], true);
	}
}

/* The first and the last byte of each vector's page, every right of it. */
static void the_checked_words_translate(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(map_vectors); i++) {
		const struct map_vector *vector = &map_vectors[i];
		const struct iolas_pgtable_config config =
			shape_of(vector->levels, vector->snoop);
		struct memory memory = { vector->entry, vector->entry_count,
					 0 };
		const struct iolas_accessor accessor = {
			.struct_size = sizeof(accessor),
			.user = &memory,
			.read64 = read_vector,
		};
		struct iolas_walk walk = { .struct_size = sizeof(walk) };

		for (unsigned right = IOLAS_READ; right <= IOLAS_WRITE;
		     right <<= 1) {
			const int status = iolas_foreign_walk(
				&config, vector->root_pa, &accessor,
				vector->iova + vector->size - 1, right, &walk);

			CHECK_EQ(status, vector->prot & right ? IOLAS_OK
							      : IOLAS_EFAULT);
			CHECK_EQ(walk.reason == 0, status == IOLAS_OK);
			if (status)
				continue;
			CHECK_EQ(walk.mapping.iova, vector->iova);
			CHECK_EQ(walk.mapping.pa, vector->pa);
			CHECK_EQ(walk.mapping.size, vector->size);
			CHECK_EQ(walk.mapping.prot, vector->prot);
		}
		CHECK(memory.reads <= 2 * vector->levels);
	}
}

#ifdef HAS_WALKS
/* Root and context entry as the vector's fault needs them: spec section 1.4. */
#define ROOT_TABLE    0x10000
#define CONTEXT_TABLE 0x11000

static void build_structures(const struct walk_vector *vector,
			     struct vector_entry entry[4])
{
	const uint64_t width = vector->levels - 2;

	memset(entry, 0, 4 * sizeof(*entry));
	entry[0].table_pa = entry[1].table_pa = ROOT_TABLE;
	entry[1].index = 1;
	entry[0].value = CONTEXT_TABLE | 1;
	entry[2].table_pa = entry[3].table_pa = CONTEXT_TABLE;
	entry[3].index = 1;
	entry[2].value = vector->root_pa | 1;
	entry[3].value = width | 1 << 8;
	if (vector->reason == IOLAS_VTD_CONTEXT_NOT_PRESENT)
		entry[2].value = vector->root_pa;
	if (vector->reason == IOLAS_VTD_CONTEXT_INVALID)
		entry[3].value = 3 | 1 << 8;
	if (vector->reason == IOLAS_VTD_ROOT_RESERVED_BITS)
		entry[0].value |= 1 << 1;
}

static uint32_t walk_from_the_requester(const struct walk_vector *vector)
{
	struct vector_entry structures[4];
	struct memory about = { structures, 4, 0 };
	struct memory tables = { vector->entry, vector->entry_count, 0 };
	/* QEMU's unit, where these were checked, walks 3 and 4 levels. */
	const struct iolas_foreign_unit unit = {
		.struct_size = sizeof(unit),
		.output_bits = vector->output_bits,
		.level_counts = 1u << 3 | 1u << 4,
		.root_table_pa = ROOT_TABLE,
	};
	struct iolas_accessor accessor = {
		.struct_size = sizeof(accessor),
		.user = &about,
		.read64 = read_vector,
	};
	struct iolas_context context = { .struct_size = sizeof(context) };
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	struct iolas_pgtable_config config;
	int status;

	build_structures(vector, structures);
	if (iolas_foreign_context(&unit, &accessor, 0, &context))
		return context.reason;
	CHECK_EQ(context.domain_id, 1);
	CHECK_EQ(context.root_pa, vector->root_pa);
	/* Its snoop control capability is set. */
	config = shape_of(context.levels, 1);
	config.output_bits = vector->output_bits;
	accessor.user = &tables;
	status = iolas_foreign_walk(&config, context.root_pa, &accessor,
				    vector->iova, vector->access, &walk);
	CHECK_EQ(status, walk.reason ? IOLAS_EFAULT : IOLAS_OK);
	CHECK(tables.reads <= vector->levels);
	return walk.reason;
}

static void walks_give_the_architectures_reason(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(walk_vectors); i++) {
		print_message("# %s\n", walk_vectors[i].id);
		CHECK_EQ(walk_from_the_requester(&walk_vectors[i]),
			 walk_vectors[i].reason);
	}
}
#endif

static void attach_words_are_the_checked_ones(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(attach_vectors); i++) {
		const struct attach_vector *vector = &attach_vectors[i];
		const struct iolas_pgtable_config config =
			shape_of(vector->levels, 0);
		struct iolas_pgtable_info info = { .struct_size =
							   sizeof(info) };
		struct iolas_attach_words words = {
			.struct_size = sizeof(words),
			.table_pa = vector->table_pa,
		};
		struct iolas_pgtable *pt;

		print_message("# %s\n", vector->id);
		CHECK_EQ(iolas_pgtable_create(iolas_host_libc(), &config, &pt),
			 IOLAS_OK);
		CHECK_EQ(iolas_pgtable_info(pt, &info), IOLAS_OK);
		CHECK_EQ(iolas_pgtable_attach_words(pt, vector->kind,
						    vector->domain_id, &words),
			 IOLAS_OK);
		CHECK_EQ(words.word_count, vector->word_count);
		for (unsigned at = 0; at < words.word_count; at++) {
			uint64_t expected = vector->word[at];

			/* Only our root lies elsewhere. */
			if ((expected & ADDRESS) == vector->root_pa)
				expected ^= vector->root_pa ^ info.root_pa;
			CHECK_EQ(words.word[at], expected);
		}
		iolas_pgtable_destroy(pt);
	}
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(maps_write_the_checked_words),
		CASE(the_checked_words_translate),
/* The checked vectors hold none of x86-64: test_foreign.c walks those. */
#ifdef HAS_WALKS
		CASE(walks_give_the_architectures_reason),
#endif
		CASE(attach_words_are_the_checked_ones),
	};

	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
