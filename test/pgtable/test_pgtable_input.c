/* SPDX-License-Identifier: MIT */
/*
 * What is not right is refused with a status, and nothing changes.
 * Floor: pgtable.
 */
#include "pgtable/pgtable_fixture.h"

#include <string.h>

#define PAGE (4 * KIB)

static struct fixture f;

static int create(const struct iolas_pgtable_config *config)
{
	struct iolas_pgtable *pt = (struct iolas_pgtable *)&f;
	const int status = iolas_pgtable_create(iolas_host_libc(), config, &pt);

	CHECK_EQ(pt == NULL, status != IOLAS_OK);
	iolas_pgtable_destroy(pt);
	return status;
}

static void configs_are_checked(void **state)
{
	const struct iolas_pgtable_config good =
		fixture_config(IOLAS_FORMAT_X86_64, 0);
	struct iolas_pgtable_config c;
	struct {
		struct iolas_pgtable_config config;
		uint64_t tail;
	} longer = { good, 0 };
	struct iolas_pgtable *pt;
	struct iolas_host host = *iolas_host_libc();

	(void)state;
	CHECK_EQ(create(&good), IOLAS_OK);
	CHECK_EQ(create(NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_create(&host, &good, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_create(NULL, &good, &pt), IOLAS_EINVAL);
	CHECK(pt == NULL);
	host.chunk_alloc = NULL;
	CHECK_EQ(iolas_pgtable_create(&host, &good, &pt), IOLAS_EINVAL);
#define WITH(field, value, expected) \
	c = good;                    \
	c.field = (value);           \
	CHECK_EQ(create(&c), (expected))
	WITH(struct_size, 0, IOLAS_EINVAL);
	WITH(struct_size, 31, IOLAS_EINVAL);
	WITH(struct_size, 32, IOLAS_OK); /* before held_bytes_max */
	WITH(format, 0, IOLAS_ENOTSUP);
	WITH(format, 77, IOLAS_ENOTSUP);
	WITH(flags, 0x80000000u, IOLAS_EINVAL);
	WITH(flags, IOLAS_PGTABLE_SNOOP, IOLAS_ENOTSUP);
	WITH(flags, IOLAS_PGTABLE_NO_XD, IOLAS_OK);
	WITH(levels, 3, IOLAS_ENOTSUP);
	WITH(levels, 5, IOLAS_OK);
	WITH(levels, 6, IOLAS_ENOTSUP);
	WITH(levels, UINT32_MAX, IOLAS_ENOTSUP);
	WITH(output_bits, 53, IOLAS_ENOTSUP);
	WITH(output_bits, 31, IOLAS_ENOTSUP);
	WITH(reserved, 1, IOLAS_EINVAL);
	WITH(page_sizes, 64 * KIB, IOLAS_ENOTSUP);
	WITH(page_sizes, UINT64_MAX, IOLAS_ENOTSUP);
#undef WITH
	longer.config.struct_size = sizeof(longer);
	CHECK_EQ(create(&longer.config), IOLAS_OK);
	longer.tail = 1;
	CHECK_EQ(create(&longer.config), IOLAS_EINVAL);
	iolas_pgtable_destroy(NULL);
}

static void table_memory_the_unit_cannot_name_is_not_used(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, 0);
	struct counting_host host;
	struct iolas_pgtable *pt;

	(void)state;
	/* This host's memory starts at 1 TiB. */
	config.output_bits = 39;
	counting_host_init_scattered(&host);
	CHECK_EQ(iolas_pgtable_create(&host.table, &config, &pt), IOLAS_ENOMEM);
	CHECK(counting_host_is_empty(&host));
	counting_host_fini(&host);
}

static void names_and_numbers_of_formats_agree(void **state)
{
	uint32_t format = 0;

	(void)state;
	CHECK_EQ(iolas_format_by_name("vtd-ss", &format), IOLAS_OK);
	CHECK_EQ(format, IOLAS_FORMAT_VTD_SS);
	CHECK_EQ(iolas_format_by_name("x86-64", &format), IOLAS_OK);
	CHECK_EQ(format, IOLAS_FORMAT_X86_64);
	CHECK_STR(iolas_format_name(format), "x86-64");
	CHECK(iolas_format_name(0) == NULL);
	CHECK_EQ(iolas_format_by_name("x86-6", &format), IOLAS_ENOENT);
	CHECK_EQ(iolas_format_by_name("x86-644", &format), IOLAS_ENOENT);
	CHECK_EQ(iolas_format_by_name("", &format), IOLAS_ENOENT);
	CHECK_EQ(iolas_format_by_name(NULL, &format), IOLAS_EINVAL);
	CHECK_EQ(iolas_format_by_name("x86-64", NULL), IOLAS_EINVAL);
}

/* Ranges that no call accepts. */
static void ranges_are_checked(void **state)
{
	static const struct {
		iolas_iova iova;
		uint64_t len;
		int status;
	} cases[] = {
		{ 0, 0, IOLAS_EINVAL },
		{ 1, PAGE, IOLAS_EINVAL },
		{ 0, 1, IOLAS_EINVAL },
		{ 0, PAGE + 1, IOLAS_EINVAL },
		{ UINT64_C(1) << 48, PAGE, IOLAS_ERANGE },
		{ (UINT64_C(1) << 48) - PAGE, 2 * PAGE, IOLAS_ERANGE },
		{ UINT64_MAX - PAGE + 1, PAGE, IOLAS_ERANGE },
		{ UINT64_MAX - PAGE + 1, 2 * PAGE, IOLAS_ERANGE },
		{ PAGE, UINT64_MAX - PAGE + 1, IOLAS_ERANGE },
		{ 0, UINT64_C(1) << 49, IOLAS_ERANGE },
	};

	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(fixture_map(&f, 0, 0, PAGE), IOLAS_OK);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const iolas_iova iova = cases[i].iova;
		const uint64_t len = cases[i].len;

		CHECK_EQ(fixture_map(&f, iova, 0, len), cases[i].status);
		CHECK_EQ(fixture_unmap(&f, iova, len), cases[i].status);
		CHECK_EQ(iolas_pgtable_protect(f.pt, iova, len, IOLAS_READ,
					       &f.gather),
			 cases[i].status);
	}
	CHECK_EQ(fixture_map(&f, GIB, 1, PAGE), IOLAS_EINVAL);
	CHECK_EQ(fixture_map(&f, GIB, UINT64_C(1) << 52, PAGE), IOLAS_ERANGE);
	CHECK_EQ(fixture_map(&f, GIB, (UINT64_C(1) << 52) - PAGE, 2 * PAGE),
		 IOLAS_ERANGE);
	CHECK_EQ(fixture_map(&f, GIB, UINT64_MAX - PAGE + 1, 2 * PAGE),
		 IOLAS_ERANGE);
	CHECK(iolas_gather_is_empty(&f.gather));
	CHECK_EQ(fixture_count(&f), 1);
	fixture_end(&f);
}

static void null_is_refused_everywhere(void **state)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_attach_words words = { .struct_size = sizeof(words) };
	struct iolas_pgtable *const none = NULL;

	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(iolas_pgtable_map(none, NULL, 0, 0, PAGE, RW), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_map_list(none, 0, NULL, 0, PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_map_list(f.pt, 0, NULL, 0, PAGE, RW),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_unmap(none, NULL, 0, PAGE, 0, &f.gather, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, 0, PAGE, 0, NULL, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, 0, PAGE, 8, &f.gather, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_protect(none, 0, PAGE, RW, &f.gather),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_protect(f.pt, 0, PAGE, RW, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_protect(f.pt, 0, PAGE, RW | IOLAS_PROT_UNCACHED,
				       &f.gather),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_protect(f.pt, 0, PAGE, 0, &f.gather),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_lookup(none, 0, &m), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_lookup(f.pt, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_lookup(f.pt, UINT64_MAX, &m), IOLAS_ERANGE);
	CHECK_EQ(iolas_pgtable_lookup(f.pt, 0, &m), IOLAS_ENOENT);
	CHECK_EQ(iolas_pgtable_next(none, 0, 1, &m), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_next(f.pt, 0, 1, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_next(f.pt, 1, 0, &m), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_next(f.pt, UINT64_C(1) << 48, UINT64_MAX, &m),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_pgtable_walk(none, 0, IOLAS_READ, &walk), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_walk(f.pt, 0, IOLAS_READ, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_walk(f.pt, 0, RW, &walk), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_walk(f.pt, 0, IOLAS_READ, &walk), IOLAS_EFAULT);
	CHECK_EQ(walk.reason, IOLAS_VTD_READ_DENIED);
	CHECK_EQ(iolas_pgtable_info(none, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_info(f.pt, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_stats(none, &stats), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_stats(f.pt, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_gather_done(none, &f.gather), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_attach_words(none, 1, 0, &words), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_attach_words(f.pt, 1, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_attach_words(f.pt, 0, 0, &words), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_attach_words(f.pt, 1, 65536, &words),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_attach_words(f.pt, IOLAS_ATTACH_AMD_DTE, 0,
					    &words),
		 IOLAS_ENOTSUP);
	words.table_pa = 8;
	CHECK_EQ(iolas_pgtable_attach_words(f.pt, IOLAS_ATTACH_AMD_DTE, 0,
					    &words),
		 IOLAS_EINVAL);
	fixture_end(&f);
}

static void result_structs_carry_their_size(void **state)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) - 1 };
	struct {
		struct iolas_mapping mapping;
		uint64_t tail;
	} longer;

	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(fixture_map(&f, 0, PAGE, PAGE), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_lookup(f.pt, 0, &m), IOLAS_EINVAL);
	memset(&longer, 0, sizeof(longer));
	longer.mapping.struct_size = sizeof(longer);
	CHECK_EQ(iolas_pgtable_lookup(f.pt, 0, &longer.mapping), IOLAS_OK);
	CHECK_EQ(longer.mapping.pa, PAGE);
	CHECK_EQ(longer.mapping.struct_size, sizeof(longer));
	longer.tail = 1;
	CHECK_EQ(iolas_pgtable_lookup(f.pt, 0, &longer.mapping), IOLAS_EINVAL);
	fixture_end(&f);
}

static void cursors_are_only_a_short_cut(void **state)
{
	struct iolas_cursor cursor = { { 0 } }, copy;
	struct fixture other;

	(void)state;
	for (unsigned shared = 0; shared < 2; shared++) {
		fixture_begin_vtd(&f, shared * IOLAS_PGTABLE_SHARED);
		fixture_begin_vtd(&other, shared * IOLAS_PGTABLE_SHARED);
#define MAP(fix, c, at) \
	iolas_pgtable_map((fix).pt, (c), (at), GIB + (at), PAGE, RW)
		CHECK_EQ(MAP(f, &cursor, 0), IOLAS_OK);
		CHECK_EQ(MAP(f, &cursor, PAGE), IOLAS_OK);
		CHECK(cursor.word[0] != 0);
		CHECK_EQ(MAP(f, &cursor, PAGE), IOLAS_EEXIST);
		copy = cursor;
		CHECK_EQ(MAP(f, &copy, 2 * PAGE), IOLAS_OK);
		/* Another place, another table, another page table. */
		CHECK_EQ(MAP(f, &cursor, 4 * MIB), IOLAS_OK);
		CHECK_EQ(MAP(other, &copy, 3 * PAGE), IOLAS_OK);
		CHECK_EQ(fixture_pa(&f, 3 * PAGE), 0);
		CHECK_EQ(fixture_pa(&other, 3 * PAGE), GIB + 3 * PAGE);
		/* Its table is cut off and its memory used elsewhere. */
		CHECK_EQ(MAP(f, &cursor, 3 * PAGE), IOLAS_OK);
		CHECK_EQ(MAP(f, &cursor, 4 * PAGE), IOLAS_OK);
		CHECK_EQ(fixture_unmap(&f, 0, 2 * MIB), IOLAS_OK);
		CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
		CHECK_EQ(fixture_map(&f, 64 * GIB, PAGE, GIB), IOLAS_OK);
		copy = cursor;
		CHECK_EQ(MAP(f, &copy, 5 * PAGE), IOLAS_OK);
		CHECK_EQ(fixture_count(&f), 512 * 512 + 2);
		CHECK_EQ(fixture_pa(&f, 5 * PAGE), GIB + 5 * PAGE);
		CHECK_EQ(iolas_pgtable_unmap(f.pt, &cursor, 5 * PAGE, PAGE, 0,
					     &f.gather, NULL),
			 IOLAS_OK);
		CHECK_EQ(iolas_pgtable_unmap(f.pt, &cursor, 5 * PAGE, PAGE, 0,
					     &f.gather, NULL),
			 IOLAS_OK);
		CHECK_EQ(fixture_count(&f), 512 * 512 + 1);
#undef MAP
		fixture_end(&other);
		fixture_end(&f);
	}
}

RUN_CASES(CASE(configs_are_checked),
	  CASE(table_memory_the_unit_cannot_name_is_not_used),
	  CASE(names_and_numbers_of_formats_agree), CASE(ranges_are_checked),
	  CASE(null_is_refused_everywhere),
	  CASE(result_structs_carry_their_size),
	  CASE(cursors_are_only_a_short_cut))
