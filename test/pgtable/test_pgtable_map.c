/* SPDX-License-Identifier: MIT */
/*
 * Map, unmap and protect by hand: leaf sizes, splitting, what stays when
 * something fails, what a gather says, page lists.
 * Floor: pgtable.
 */
#include "pgtable/pgtable_fixture.h"

static struct fixture f;

static void leaves_are_as_large_as_both_sides_allow(void **state)
{
	static const struct {
		iolas_iova iova;
		iolas_pa pa;
		uint64_t len;
		uint64_t leaves;
		uint64_t first_size;
	} cases[] = {
		{ 4 * GIB, 8 * GIB, GIB, 1, GIB },
		{ 4 * GIB, 8 * GIB + 2 * MIB, GIB, 512, 2 * MIB },
		{ 4 * GIB, 8 * GIB + 4 * KIB, 2 * MIB, 512, 4 * KIB },
		{ 4 * GIB, 8 * GIB, 2 * MIB - 4 * KIB, 511, 4 * KIB },
		{ 4 * GIB - 4 * KIB, 8 * GIB - 4 * KIB, 2 * MIB + 8 * KIB, 3,
		  4 * KIB },
		{ 4 * GIB - 2 * MIB, 8 * GIB - 2 * MIB, GIB + 4 * MIB, 3,
		  2 * MIB },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const iolas_iova last = cases[i].iova + cases[i].len - 1;

		fixture_begin_vtd(&f, 0);
		CHECK_EQ(fixture_map(&f, cases[i].iova, cases[i].pa,
				     cases[i].len),
			 IOLAS_OK);
		CHECK_EQ(fixture_count(&f), cases[i].leaves);
		CHECK_EQ(fixture_at(&f, cases[i].iova).size,
			 cases[i].first_size);
		CHECK_EQ(fixture_pa(&f, cases[i].iova), cases[i].pa);
		CHECK_EQ(fixture_pa(&f, last), cases[i].pa + cases[i].len - 1);
		CHECK_EQ(fixture_pa(&f, last + 1), 0);
		CHECK_EQ(fixture_pa(&f, cases[i].iova - 1), 0);
		fixture_end(&f);
	}
}

static void page_sizes_that_are_not_allowed_are_not_used(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, 0);
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };

	(void)state;
	config.page_sizes = GIB;
	fixture_begin(&f, &config);
	CHECK_EQ(iolas_pgtable_info(f.pt, &info), IOLAS_OK);
	CHECK_EQ(info.page_sizes, GIB | 4 * KIB);
	CHECK_EQ(fixture_map(&f, 0, GIB, GIB + 2 * MIB), IOLAS_OK);
	CHECK_EQ(fixture_count(&f), 1 + 512);
	CHECK_EQ(fixture_at(&f, 0).size, GIB);
	CHECK_EQ(fixture_at(&f, GIB).size, 4 * KIB);
	fixture_end(&f);
}

static void a_mapped_page_anywhere_refuses_the_whole_range(void **state)
{
	static const iolas_iova taken[] = { 0, GIB + 6 * MIB, 2 * GIB,
					    3 * GIB - 4 * KIB };

	(void)state;
	for (unsigned shared = 0; shared < 2; shared++)
		for (unsigned i = 0; i < 4; i++) {
			fixture_begin_vtd(&f, shared * IOLAS_PGTABLE_SHARED);
			CHECK_EQ(fixture_map(&f, taken[i], 8 * GIB, 4 * KIB),
				 IOLAS_OK);
			CHECK_EQ(
				fixture_map(&f, 0, 16 * GIB + 4 * KIB, 3 * GIB),
				IOLAS_EEXIST);
			CHECK_EQ(fixture_map(&f, 0, 16 * GIB, 3 * GIB),
				 IOLAS_EEXIST);
			CHECK_EQ(fixture_count(&f), 1);
			CHECK_EQ(fixture_pa(&f, taken[i]), 8 * GIB);
			fixture_end(&f);
		}
}

static void an_empty_table_is_filled_with_smaller_leaves(void **state)
{
	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(fixture_map(&f, 4 * KIB, GIB, 4 * KIB), IOLAS_OK);
	CHECK_EQ(fixture_unmap(&f, 4 * KIB, 4 * KIB), IOLAS_OK);
	CHECK_EQ(fixture_stats(&f).table_count, 4);
	CHECK_EQ(fixture_map(&f, 0, 8 * GIB, 4 * MIB), IOLAS_OK);
	CHECK_EQ(fixture_count(&f), 512 + 1);
	fixture_end(&f);
}

static void splitting_keeps_what_stays(void **state)
{
	static const iolas_iova cut[] = { 0, 4 * KIB, 2 * MIB, 512 * MIB,
					  GIB - 4 * KIB };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		fixture_begin_vtd(&f, i % 2 ? IOLAS_PGTABLE_SHARED : 0);
		CHECK_EQ(fixture_map(&f, 0, 8 * GIB, GIB), IOLAS_OK);
		CHECK_EQ(fixture_unmap(&f, cut[i], 4 * KIB), IOLAS_OK);
		for (iolas_iova at = 0; at < GIB; at += 4 * KIB)
			CHECK_EQ(fixture_pa(&f, at),
				 at == cut[i] ? 0 : 8 * GIB + at);
		/* 1 GiB became 2 MiB ones, one of them pages, one page gone. */
		CHECK_EQ(fixture_count(&f), 511 + 511);
		CHECK_EQ(f.gather.first, cut[i]);
		CHECK_EQ(f.gather.last, cut[i] + 4 * KIB - 1);
		CHECK(f.gather.leaf_sizes & GIB);
		fixture_end(&f);
	}
}

static void a_covered_table_is_cut_off_whole(void **state)
{
	uint64_t unmapped;

	(void)state;
	for (unsigned shared = 0; shared < 2; shared++) {
		fixture_begin_vtd(&f, shared * IOLAS_PGTABLE_SHARED);
		CHECK_EQ(fixture_map(&f, GIB, 8 * GIB + 4 * KIB, GIB),
			 IOLAS_OK);
		CHECK_EQ(fixture_stats(&f).table_count, 3 + 512);
		CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, GIB, GIB,
					     IOLAS_UNMAP_EXACT, &f.gather,
					     &unmapped),
			 IOLAS_OK);
		CHECK_EQ(unmapped, GIB);
		CHECK_EQ(f.gather.count, 1);
		CHECK(f.gather.flags & IOLAS_GATHER_TABLES);
		CHECK_EQ(f.gather.leaf_sizes, 4 * KIB);
		CHECK_EQ(fixture_stats(&f).table_count, 2);
		CHECK_EQ(fixture_stats(&f).detached_count, 513);
		CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
		CHECK(iolas_gather_is_empty(&f.gather));
		/* The same again needs no further memory. */
		CHECK_EQ(fixture_map(&f, 5 * GIB, 8 * GIB + 4 * KIB, GIB),
			 IOLAS_OK);
		CHECK_EQ(fixture_stats(&f).table_bytes,
			 ((3 + 512 + 14) / 15) * 15 * 4 * KIB);
		CHECK_EQ(fixture_stats(&f).detached_count, 0);
		fixture_end(&f);
	}
}

static void unmapping_nothing_is_nothing(void **state)
{
	uint64_t unmapped = 1;

	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, 0, UINT64_C(1) << 48,
				     IOLAS_UNMAP_EXACT, &f.gather, &unmapped),
		 IOLAS_OK);
	CHECK_EQ(unmapped, 0);
	CHECK(iolas_gather_is_empty(&f.gather));
	fixture_end(&f);
}

static void protect_changes_rights_and_nothing_else(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_X86_64, 0);
	struct iolas_mapping m;

	(void)state;
	fixture_begin(&f, &config);
	CHECK_EQ(iolas_pgtable_map(f.pt, NULL, 0, 8 * GIB, 4 * MIB,
				   RW | IOLAS_PROT_UNCACHED),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_protect(f.pt, MIB, 2 * MIB, IOLAS_READ,
				       &f.gather),
		 IOLAS_OK);
	CHECK_EQ(f.gather.first, MIB);
	CHECK_EQ(f.gather.last, 3 * MIB - 1);
	CHECK_EQ(f.gather.leaf_sizes, 2 * MIB | 4 * KIB);
	for (iolas_iova at = 0; at < 4 * MIB; at += 4 * KIB) {
		m = fixture_at(&f, at);
		CHECK_EQ(m.pa + (at - m.iova), 8 * GIB + at);
		CHECK_EQ(m.prot,
			 IOLAS_PROT_UNCACHED |
				 (at < MIB || at >= 3 * MIB ? RW : IOLAS_READ));
	}
	CHECK_EQ(iolas_pgtable_protect(f.pt, 0, 8 * MIB, IOLAS_READ, &f.gather),
		 IOLAS_ENOENT);
	CHECK_EQ(fixture_at(&f, 0).prot, RW | IOLAS_PROT_UNCACHED);
	fixture_end(&f);
}

static void canonical_tables_have_two_halves(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_X86_64, 0);
	const uint64_t low_end = UINT64_C(1) << 47;
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };

	(void)state;
	fixture_begin(&f, &config);
	CHECK_EQ(iolas_pgtable_info(f.pt, &info), IOLAS_OK);
	CHECK_EQ(info.input.first, 0);
	CHECK_EQ(info.input.last, low_end - 1);
	CHECK_EQ(fixture_map(&f, low_end - 4 * KIB, GIB, 4 * KIB), IOLAS_OK);
	CHECK_EQ(fixture_map(&f, 0 - low_end, 2 * GIB, 4 * KIB), IOLAS_OK);
	CHECK_EQ(fixture_map(&f, 0 - 4 * KIB, 3 * GIB, 4 * KIB), IOLAS_OK);
	CHECK_EQ(fixture_count(&f), 3);
	CHECK_EQ(fixture_pa(&f, UINT64_MAX), 3 * GIB + 4 * KIB - 1);
	CHECK_EQ(fixture_map(&f, low_end, GIB, 4 * KIB), IOLAS_ERANGE);
	CHECK_EQ(fixture_map(&f, low_end - 8 * KIB, GIB, 16 * KIB),
		 IOLAS_ERANGE);
	CHECK_EQ(fixture_map(&f, 0 - low_end - 4 * KIB, GIB, 4 * KIB),
		 IOLAS_ERANGE);
	CHECK_EQ(fixture_unmap(&f, 0, low_end), IOLAS_OK);
	CHECK_EQ(fixture_count(&f), 2);
	CHECK_EQ(fixture_unmap(&f, 0 - low_end, low_end), IOLAS_OK);
	CHECK_EQ(fixture_count(&f), 0);
	fixture_end(&f);
}

static void rights_a_format_cannot_say_are_refused(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_X86_64, 0);

	(void)state;
	fixture_begin(&f, &config);
#define MAP(prot) iolas_pgtable_map(f.pt, NULL, 0, 0, 4 * KIB, (prot))
	CHECK_EQ(MAP(IOLAS_WRITE), IOLAS_ENOTSUP);
	CHECK_EQ(MAP(0), IOLAS_EINVAL);
	CHECK_EQ(MAP(IOLAS_EXEC), IOLAS_EINVAL);
	CHECK_EQ(MAP(RW | 0x8), IOLAS_EINVAL);
	CHECK_EQ(fixture_count(&f), 0);
	fixture_end(&f);
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(MAP(IOLAS_READ | IOLAS_EXEC), IOLAS_ENOTSUP);
	CHECK_EQ(MAP(IOLAS_READ | IOLAS_PROT_PRIV), IOLAS_ENOTSUP);
	CHECK_EQ(MAP(IOLAS_READ | IOLAS_PROT_UNCACHED), IOLAS_ENOTSUP);
	CHECK_EQ(MAP(IOLAS_WRITE), IOLAS_OK);
	fixture_end(&f);
	fixture_begin_vtd(&f, IOLAS_PGTABLE_EXEC);
	CHECK_EQ(MAP(IOLAS_READ | IOLAS_EXEC), IOLAS_OK);
	CHECK_EQ(fixture_at(&f, 0).prot, IOLAS_READ | IOLAS_EXEC);
#undef MAP
	fixture_end(&f);
	config.flags = IOLAS_PGTABLE_NO_XD;
	fixture_begin(&f, &config);
	CHECK_EQ(fixture_map(&f, 0, 0, 4 * KIB), IOLAS_OK);
	CHECK_EQ(fixture_at(&f, 0).raw >> 63, 0);
	fixture_end(&f);
}

static void a_page_list_maps_in_its_own_order(void **state)
{
	static const uint64_t pfns[] = { 7, 8, 9, 3, 100, 101, 5 };
	struct iolas_pagelist *list;

	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(iolas_pagelist_create(iolas_host_libc(), 14, &list), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_frames(list, pfns, 7), IOLAS_OK);
	/* Data begin in the middle of a granule and end in another's. */
	CHECK_EQ(iolas_pagelist_set_bytes(list, 5000, 6 * 16 * KIB), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_map_list(f.pt, GIB, list, 0, 7 * 16 * KIB, RW),
		 IOLAS_OK);
	for (uint64_t at = 0; at < 7 * 16 * KIB; at += 4 * KIB)
		CHECK_EQ(fixture_pa(&f, GIB + at),
			 (pfns[at >> 14] << 14) + at % (16 * KIB));
	CHECK_EQ(iolas_pgtable_map_list(f.pt, 2 * GIB, list, 20 * KIB, 40 * KIB,
					IOLAS_READ),
		 IOLAS_OK);
	for (uint64_t at = 0; at < 40 * KIB; at += 4 * KIB)
		CHECK_EQ(fixture_pa(&f, 2 * GIB + at),
			 (pfns[(at + 20 * KIB) >> 14] << 14) +
				 (at + 20 * KIB) % (16 * KIB));
	/* The tail of the last page, behind the data. */
	CHECK_EQ(iolas_pgtable_map_list(f.pt, 3 * GIB, list,
					7 * 16 * KIB - 4 * KIB, 4 * KIB, RW),
		 IOLAS_OK);
	CHECK_EQ(fixture_pa(&f, 3 * GIB), (5 << 14) + 12 * KIB);
	CHECK_EQ(iolas_pgtable_map_list(f.pt, 3 * GIB + 4 * KIB, list, 0,
					8 * 16 * KIB, RW),
		 IOLAS_ERANGE);
	iolas_pagelist_destroy(list);
	fixture_end(&f);
}

static void a_list_that_meets_a_page_leaves_nothing(void **state)
{
	static const uint64_t pfns[] = { 7, 9, 11, 13 };
	struct iolas_pagelist *list;

	(void)state;
	for (unsigned shared = 0; shared < 2; shared++) {
		fixture_begin_vtd(&f, shared * IOLAS_PGTABLE_SHARED);
		CHECK_EQ(iolas_pagelist_create(iolas_host_libc(), 12, &list),
			 IOLAS_OK);
		CHECK_EQ(iolas_pagelist_append_frames(list, pfns, 4), IOLAS_OK);
		CHECK_EQ(fixture_map(&f, GIB + 12 * KIB, 0, 4 * KIB), IOLAS_OK);
		CHECK_EQ(iolas_pgtable_map_list(f.pt, GIB, list, 0, 16 * KIB,
						RW),
			 IOLAS_EEXIST);
		CHECK_EQ(fixture_count(&f), 1);
		iolas_pagelist_destroy(list);
		fixture_end(&f);
	}
}

/* Spec sections 1.5 and 2.3: the fields that no checked vector covers. */
static void a_first_stage_attaches_through_a_pasid_entry(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_X86_64, 0);
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	struct iolas_attach_words words = { .struct_size = sizeof(words) };

	(void)state;
	for (uint32_t levels = 4; levels <= 5; levels++)
		for (uint32_t no_xd = 0; no_xd < 2; no_xd++) {
			config.levels = levels;
			config.flags = no_xd * IOLAS_PGTABLE_NO_XD;
			fixture_begin(&f, &config);
			CHECK_EQ(iolas_pgtable_info(f.pt, &info), IOLAS_OK);
			CHECK_EQ(iolas_pgtable_attach_words(
					 f.pt, IOLAS_ATTACH_VTD_PASID, 0x1234,
					 &words),
				 IOLAS_OK);
			CHECK_EQ(words.word_count, 8);
			CHECK_EQ(words.word[0], 1 | 1 << 6); /* P, PGTT 1 */
			CHECK_EQ(words.word[1], 0x1234);
			CHECK_EQ(words.word[2], info.root_pa |
							(levels - 4) << 2 |
							(no_xd ? 0 : 1 << 5));
			for (unsigned i = 3; i < 8; i++)
				CHECK_EQ(words.word[i], 0);
			CHECK_EQ(iolas_pgtable_attach_words(
					 f.pt, IOLAS_ATTACH_VTD_CONTEXT, 0,
					 &words),
				 IOLAS_ENOTSUP);
			fixture_end(&f);
		}
	fixture_begin_vtd(&f, IOLAS_PGTABLE_EXEC);
	CHECK_EQ(iolas_pgtable_attach_words(f.pt, IOLAS_ATTACH_VTD_PASID, 1,
					    &words),
		 IOLAS_OK);
	CHECK_EQ(words.word[0] & 0xfff, 1 | 2 << 2 | 1 << 5 | 2 << 6);
	fixture_end(&f);
}

static void page_lists_are_checked_before_anything_is_hung(void **state)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_VTD_SS,
		.output_bits = 46,
	};
	const uint64_t wide = UINT64_C(1) << (46 - 12);
	const uint64_t last = (UINT64_MAX >> 12);
	struct iolas_pagelist *list;

	(void)state;
	fixture_begin(&f, &config);
	CHECK_EQ(iolas_pagelist_create(iolas_host_libc(), 12, &list), IOLAS_OK);
#define MAP(offset, len) \
	iolas_pgtable_map_list(f.pt, GIB, list, (offset), (len), RW)
	CHECK_EQ(MAP(0, 4 * KIB), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_append_frames(list, &wide, 1), IOLAS_OK);
	CHECK_EQ(MAP(0, 4 * KIB), IOLAS_ERANGE);
	CHECK_EQ(iolas_pagelist_append_frames(list, &last, 1), IOLAS_OK);
	CHECK_EQ(MAP(4 * KIB, 4 * KIB), IOLAS_ERANGE);
	CHECK_EQ(MAP(KIB, 4 * KIB), IOLAS_EINVAL);
	CHECK_EQ(MAP(UINT64_MAX - 4 * KIB + 1, 8 * KIB), IOLAS_ERANGE);
#undef MAP
	CHECK_EQ(fixture_stats(&f).table_count, 1);
	iolas_pagelist_destroy(list);
	fixture_end(&f);
}

RUN_CASES(CASE(leaves_are_as_large_as_both_sides_allow),
	  CASE(page_sizes_that_are_not_allowed_are_not_used),
	  CASE(a_mapped_page_anywhere_refuses_the_whole_range),
	  CASE(an_empty_table_is_filled_with_smaller_leaves),
	  CASE(splitting_keeps_what_stays),
	  CASE(a_covered_table_is_cut_off_whole),
	  CASE(unmapping_nothing_is_nothing),
	  CASE(protect_changes_rights_and_nothing_else),
	  CASE(canonical_tables_have_two_halves),
	  CASE(rights_a_format_cannot_say_are_refused),
	  CASE(a_page_list_maps_in_its_own_order),
	  CASE(a_list_that_meets_a_page_leaves_nothing),
	  CASE(a_first_stage_attaches_through_a_pasid_entry),
	  CASE(page_lists_are_checked_before_anything_is_hung))
