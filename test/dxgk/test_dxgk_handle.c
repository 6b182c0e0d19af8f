/* SPDX-License-Identifier: MIT */
/*
 * Handles: index and generation, never alias, retire when used up.
 * Floor: dxgk.  Source: spec/dxgk.md, sections A.2 and A.8 ([REC] formats).
 */
#include "dxgk/dxgk_handle.h"
#include "dxgk/dxgk_priv.h"
#include "harness/check.h"

#include <stdlib.h>

static const struct iolas__dxgk_call maker = { "Maker", (const void *)0x1000 };
static const struct iolas__dxgk_call breaker = { "Breaker",
						 (const void *)0x2000 };

static struct iolas__dxgk_handle memory_of(void *object)
{
	return (struct iolas__dxgk_handle){ .kind = DXGK_KIND_MEMORY,
					    .sub_kind = 7,
					    .object = object };
}

static void count_visit(void *object, void *arg)
{
	(void)object;
	++*(int *)arg;
}

static void a_handle_names_its_object_until_its_end(void **state)
{
	struct iolas__dxgk_handles *wide = iolas__dxgk_wide();
	struct iolas__dxgk_handle what = memory_of(state);
	struct iolas__dxgk_handle copy;
	int visits = 0;
	uint64_t h = iolas__dxgk_handle_make(wide, &maker, &what);

	CHECK(h != 0);
	CHECK_EQ(iolas__dxgk_handle_find(wide, h, DXGK_KIND_MEMORY, NULL, &copy,
					 count_visit, &visits),
		 DXGK_HANDLE_FOUND);
	CHECK(copy.object == (void *)state && copy.handle == h);
	CHECK_EQ(visits, 1);
	CHECK_EQ(iolas__dxgk_handle_take(wide, h, DXGK_KIND_MEMORY, 7, NULL,
					 &breaker, NULL),
		 DXGK_HANDLE_FOUND);
	iolas__dxgk_handle_end(wide, h);
	CHECK_EQ(iolas__dxgk_handle_find(wide, h, 0, NULL, &copy, count_visit,
					 &visits),
		 DXGK_HANDLE_STALE);
	CHECK_EQ(visits, 1);
	CHECK_STR(copy.made_call, "Maker");
	CHECK_STR(copy.freed_call, "Breaker");
	CHECK(copy.made_site == maker.site && copy.freed_site == breaker.site);
}

static void only_one_taker_wins_and_untake_gives_the_handle_back(void **state)
{
	struct iolas__dxgk_handles *wide = iolas__dxgk_wide();
	struct iolas__dxgk_handle what = memory_of(state);
	uint64_t h = iolas__dxgk_handle_make(wide, &maker, &what);

	CHECK_EQ(iolas__dxgk_handle_take(wide, h, 0, 0, NULL, &breaker, NULL),
		 DXGK_HANDLE_FOUND);
	CHECK_EQ(iolas__dxgk_handle_take(wide, h, 0, 0, NULL, &breaker, NULL),
		 DXGK_HANDLE_STALE);
	iolas__dxgk_handle_untake(wide, h);
	CHECK_EQ(iolas__dxgk_handle_take(wide, h, 0, 0, NULL, &breaker, NULL),
		 DXGK_HANDLE_FOUND);
	iolas__dxgk_handle_end(wide, h);
	iolas__dxgk_handle_untake(wide, h);
	iolas__dxgk_handle_end(wide, h);
	CHECK_EQ(iolas__dxgk_handle_find(wide, h, 0, NULL, NULL, NULL, NULL),
		 DXGK_HANDLE_STALE);
}

static void kind_sub_kind_and_adapter_are_told_apart(void **state)
{
	struct iolas__dxgk_handles *wide = iolas__dxgk_wide();
	struct iolas__dxgk_handle what = memory_of(state);
	const struct iolas_dxgk_adapter *other = (const void *)0x9990;
	uint64_t h = iolas__dxgk_handle_make(wide, &maker, &what);

	CHECK_EQ(iolas__dxgk_handle_find(wide, h, DXGK_KIND_ADAPTER, NULL, NULL,
					 NULL, NULL),
		 DXGK_HANDLE_KIND);
	CHECK_EQ(iolas__dxgk_handle_find(wide, h, 0, other, NULL, NULL, NULL),
		 DXGK_HANDLE_FOREIGN);
	CHECK_EQ(iolas__dxgk_handle_take(wide, h, DXGK_KIND_MEMORY, 8, NULL,
					 &breaker, NULL),
		 DXGK_HANDLE_KIND);
	iolas__dxgk_handle_end(wide, h);
}

static void what_was_never_handed_out_is_nobodys(void **state)
{
	struct iolas__dxgk_handles *wide = iolas__dxgk_wide();
	struct iolas__dxgk_handle what = memory_of(state);
	uint64_t h = iolas__dxgk_handle_make(wide, &maker, &what);
	const uint64_t forged[] = {
		0,
		1,
		0x1000,
		UINT64_MAX,
		(uint64_t)(uintptr_t)&what,
		h ^ 1,			       /* another tag */
		h + (UINT64_C(1) << 28),       /* a generation to come */
		(h | UINT64_C(0xfffff) << 8),  /* the last index */
		h & ((UINT64_C(1) << 28) - 1), /* generation 0 */
	};

	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
		CHECK_EQ(iolas__dxgk_handle_find(wide, forged[i], 0, NULL, NULL,
						 NULL, NULL),
			 DXGK_HANDLE_NEVER);
	iolas__dxgk_handle_end(wide, h);
}

static void narrow_handles_fit_32_bits_with_low_bits_set(void **state)
{
	struct iolas__dxgk_handles *narrow = iolas__dxgk_narrow();
	struct iolas__dxgk_handle what = memory_of(state);

	for (int i = 0; i < 3000; i++) {
		uint64_t h = iolas__dxgk_handle_make(narrow, &maker, &what);

		CHECK(h != 0 && h <= UINT32_MAX && (h & 3) != 0);
		iolas__dxgk_handle_end(narrow, h);
	}
}

/* One index, generations of 3 bits: seven handles, then none. */
static void an_index_without_generations_left_is_retired(void **state)
{
	struct iolas__dxgk_handles *table = malloc(sizeof(*table));
	struct iolas__dxgk_handle what = memory_of(state);
	uint64_t seen[7];

	CHECK(table);
	iolas__dxgk_handles_init(table, 2, 2, 3, 1);
	for (int i = 0; i < 7; i++) {
		seen[i] = iolas__dxgk_handle_make(table, &maker, &what);
		CHECK(seen[i] != 0);
		for (int k = 0; k < i; k++)
			CHECK(seen[k] != seen[i]);
		iolas__dxgk_handle_end(table, seen[i]);
		for (int k = 0; k <= i; k++)
			CHECK_EQ(iolas__dxgk_handle_find(table, seen[k], 0,
							 NULL, NULL, NULL,
							 NULL),
				 DXGK_HANDLE_STALE);
	}
	CHECK_EQ(iolas__dxgk_handle_make(table, &maker, &what), 0);
	CHECK_EQ(table->retired, 1);
	CHECK_EQ(table->live, 0);
	iolas__dxgk_handles_fini(table);
	free(table);
}

static void a_freed_index_waits_behind_others(void **state)
{
	struct iolas__dxgk_handles *table = malloc(sizeof(*table));
	struct iolas__dxgk_handle what = memory_of(state);
	struct iolas__dxgk_handle copy;
	uint64_t first;

	CHECK(table);
	iolas__dxgk_handles_init(table, 8, 0x6c, 35, 1 << 20);
	first = iolas__dxgk_handle_make(table, &maker, &what);
	iolas__dxgk_handle_take(table, first, 0, 0, NULL, &breaker, NULL);
	iolas__dxgk_handle_end(table, first);
	for (int i = 0; i < 200; i++)
		iolas__dxgk_handle_end(
			table, iolas__dxgk_handle_make(table, &maker, &what));
	CHECK_EQ(iolas__dxgk_handle_find(table, first, 0, NULL, &copy, NULL,
					 NULL),
		 DXGK_HANDLE_STALE);
	CHECK_STR(copy.freed_call, "Breaker");
	iolas__dxgk_handles_fini(table);
	free(table);
}

static void a_table_that_cannot_grow_hands_out_nothing(void **state)
{
	struct iolas__dxgk_handles *table = malloc(sizeof(*table));
	struct iolas__dxgk_handle what = memory_of(state);

	CHECK(table);
	iolas__dxgk_handles_init(table, 8, 0x6c, 35, 1 << 20);
	table->refuse_growth = 1;
	CHECK_EQ(iolas__dxgk_handle_make(table, &maker, &what), 0);
	CHECK_EQ(table->live, 0);
	CHECK(iolas__dxgk_handle_make(table, &maker, &what) != 0);
	CHECK_EQ(table->live, 1);
	iolas__dxgk_handles_fini(table);
	free(table);
}

RUN_CASES(CASE(a_handle_names_its_object_until_its_end),
	  CASE(only_one_taker_wins_and_untake_gives_the_handle_back),
	  CASE(kind_sub_kind_and_adapter_are_told_apart),
	  CASE(what_was_never_handed_out_is_nobodys),
	  CASE(narrow_handles_fit_32_bits_with_low_bits_set),
	  CASE(an_index_without_generations_left_is_retired),
	  CASE(a_freed_index_waits_behind_others),
	  CASE(a_table_that_cannot_grow_hands_out_nothing))
