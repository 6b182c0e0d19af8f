/* SPDX-License-Identifier: MIT */
/*
 * Table memory: every host allocation refused in turn, what a stopped reader
 * may hold back, gathers used wrongly, and the order in which a walker without
 * coherent caches gets to see tables.
 * Floor: pgtable.
 */
#include "pgtable/pgtable_fixture.h"

#include "pgtable/pgtable_priv.h"

#include <string.h>

static struct fixture f;

/* Leaves of a table, in order, until @most. */
static unsigned list_leaves(struct iolas_pgtable *pt,
			    struct iolas_mapping *leaf, unsigned most)
{
	iolas_iova at = 0;
	unsigned count = 0;

	while (count < most) {
		leaf[count].struct_size = sizeof(*leaf);
		if (iolas_pgtable_next(pt, at, UINT64_MAX, &leaf[count]))
			break;
		at = leaf[count].iova + leaf[count].size;
		count++;
	}
	return count;
}

#define MOST 64

/* What stays the same when @change fails. */
static int try_change(struct counting_host *host, uint32_t flags,
		      int (*change)(struct iolas_pgtable *pt))
{
	const struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, flags);
	struct iolas_mapping before[MOST], after[MOST];
	struct iolas_pgtable *pt;
	unsigned count;
	int status = iolas_pgtable_create(&host->table, &config, &pt);

	if (status) {
		CHECK(pt == NULL);
		return status;
	}
	status = iolas_pgtable_map(pt, NULL, 4 * GIB, 4 * GIB, GIB, RW);
	if (!status)
		status = iolas_pgtable_map(pt, NULL, 8 * GIB, 4 * KIB, 8 * KIB,
					   RW);
	memset(before, 0, sizeof(before));
	memset(after, 0, sizeof(after));
	count = list_leaves(pt, before, MOST);
	if (!status)
		status = change(pt);
	if (status) {
		CHECK_EQ(list_leaves(pt, after, MOST), count);
		CHECK_MEM(before, after, count * sizeof(before[0]));
	}
	iolas_pgtable_destroy(pt);
	return status;
}

static int map_much(struct iolas_pgtable *pt)
{
	return iolas_pgtable_map(pt, NULL, 16 * GIB - 8 * KIB, 4 * KIB,
				 64 * MIB, RW);
}

/* Pages in falling order, so that no two are one run. */
static int map_scattered(struct iolas_pgtable *pt)
{
	struct iolas_pagelist *list;
	uint64_t pfns[1200];
	int status;

	for (unsigned i = 0; i < 1200; i++)
		pfns[i] = 5000 - 2 * i;
	CHECK_EQ(iolas_pagelist_create(iolas_host_libc(), 12, &list), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_append_frames(list, pfns, 1200), IOLAS_OK);
	status = iolas_pgtable_map_list(pt, 32 * GIB, list, 0, 1200 * 4 * KIB,
					RW);
	iolas_pagelist_destroy(list);
	return status;
}

/* Takes all tables at hand, so that a split has to ask the host. */
static int use_up(struct iolas_pgtable *pt)
{
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };
	iolas_iova at = 512 * GIB;

	do {
		const int status =
			iolas_pgtable_map(pt, NULL, at, 0, 4 * KIB, RW);

		if (status)
			return status;
		at += 2 * MIB; /* one more table of level 0 */
		CHECK_EQ(iolas_pgtable_stats(pt, &stats), IOLAS_OK);
	} while (stats.free_count > 0);
	return IOLAS_OK;
}

static int split_and_unmap(struct iolas_pgtable *pt)
{
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	struct iolas_gather gather;
	int status;

	iolas_gather_init(&gather);
	status = iolas_pgtable_unmap(pt, NULL, 4 * GIB + 8 * KIB, 8 * MIB, 0,
				     &gather, NULL);
	CHECK(status || !iolas_gather_is_empty(&gather));
	for (iolas_iova at = 4 * GIB; at < 5 * GIB && status; at += 4 * KIB) {
		/* The leaf may be split, but every page of it is there. */
		CHECK_EQ(iolas_pgtable_lookup(pt, at, &m), IOLAS_OK);
		CHECK_EQ(m.pa + (at - m.iova), at);
	}
	return status;
}

static int attempt_map(struct counting_host *host, void *arg)
{
	return try_change(host, *(uint32_t *)arg, map_much);
}

static int attempt_list(struct counting_host *host, void *arg)
{
	return try_change(host, *(uint32_t *)arg, map_scattered);
}

static int attempt_split(struct counting_host *host, void *arg)
{
	const struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, *(uint32_t *)arg);
	struct iolas_pgtable *pt;
	int status = iolas_pgtable_create(&host->table, &config, &pt);

	if (status)
		return status;
	status = iolas_pgtable_map(pt, NULL, 4 * GIB, 4 * GIB, GIB, RW);
	if (!status)
		status = use_up(pt);
	if (!status)
		status = split_and_unmap(pt);
	iolas_pgtable_destroy(pt);
	return status;
}

static void a_refused_host_allocation_changes_no_leaf(void **state)
{
	uint32_t flags[] = { 0, IOLAS_PGTABLE_SHARED };
	struct counting_host host;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		counting_host_init_scattered(&host);
		CHECK(counting_host_fail_each(&host, attempt_map, &flags[i]) >=
		      3);
		CHECK(counting_host_fail_each(&host, attempt_list, &flags[i]) >=
		      2);
		CHECK(counting_host_fail_each(&host, attempt_split,
					      &flags[i]) >= 3);
		counting_host_fini(&host);
	}
}

static int map_and_cut(void)
{
	int status = fixture_map(&f, GIB, 4 * KIB, 16 * MIB);

	if (status)
		return status;
	CHECK_EQ(fixture_unmap(&f, GIB, 16 * MIB), IOLAS_OK);
	return iolas_pgtable_gather_done(f.pt, &f.gather);
}

static void a_stopped_reader_holds_back_a_bounded_amount(void **state)
{
	struct iolas_pgtable_config config =
		fixture_config(IOLAS_FORMAT_VTD_SS, 0);
	struct iolas__reader reader;
	unsigned rounds = 0;
	uint64_t peak;
	int status;

	(void)state;
	config.held_bytes_max = MIB;
	fixture_begin(&f, &config);
	iolas__epoch_reader_add(iolas__pgtable_epoch(f.pt), &reader);
	iolas__reader_begin(&reader);
	while ((status = map_and_cut()) == IOLAS_OK)
		CHECK(++rounds < 1000);
	CHECK_EQ(status, IOLAS_ENOMEM);
	CHECK_EQ(fixture_count(&f), 0);
	peak = fixture_stats(&f).table_bytes;
	/* The bound, one map beyond it, and what a block rounds up to. */
	CHECK(peak <= MIB + 2 * 64 * KIB + 16 * 4 * KIB);
	for (unsigned i = 0; i < 10; i++)
		CHECK_EQ(map_and_cut(), IOLAS_ENOMEM);
	CHECK_EQ(fixture_stats(&f).table_bytes, peak);
	/* A page that needs no further table is still mapped. */
	iolas__reader_end(&reader);
	for (unsigned i = 0; i < 100; i++)
		CHECK_EQ(map_and_cut(), IOLAS_OK);
	CHECK(fixture_stats(&f).table_bytes <= peak + 64 * KIB);
	iolas__epoch_reader_remove(&reader);
	fixture_end(&f);
}

static void tables_wait_for_the_invalidation(void **state)
{
	uint64_t bytes;

	(void)state;
	fixture_begin_vtd(&f, 0);
	CHECK_EQ(fixture_map(&f, 0, 4 * KIB, GIB), IOLAS_OK);
	CHECK_EQ(fixture_unmap(&f, 0, GIB), IOLAS_OK);
	bytes = fixture_stats(&f).table_bytes;
	/* Not done yet: the same again needs other memory. */
	iolas__pgtable_poll(f.pt);
	CHECK_EQ(fixture_map(&f, 0, 4 * KIB, GIB), IOLAS_OK);
	CHECK(fixture_stats(&f).table_bytes >= 2 * bytes - 64 * KIB);
	fixture_end(&f);
}

static void a_gather_is_used_once_and_for_its_own_table(void **state)
{
	struct fixture other;
	struct iolas_gather copy;

	(void)state;
	fixture_begin_vtd(&f, 0);
	fixture_begin_vtd(&other, 0);
	CHECK_EQ(fixture_map(&f, 0, 4 * KIB, 2 * MIB), IOLAS_OK);
	CHECK_EQ(fixture_unmap(&f, 0, 2 * MIB), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(other.pt, &f.gather), IOLAS_EINVAL);
	CHECK_EQ(f.gather.count, 1);
	copy = f.gather;
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &copy), IOLAS_EINVAL);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &f.gather), IOLAS_OK);
	fixture_end(&other);
	fixture_end(&f);
}

static void gathers_can_be_put_together(void **state)
{
	struct iolas_gather all, more;

	(void)state;
	fixture_begin_vtd(&f, 0);
	iolas_gather_init(&all);
	iolas_gather_init(&more);
	for (unsigned i = 0; i < 20; i++) {
		const iolas_iova at = GIB + i * 4 * MIB;

		CHECK_EQ(fixture_map(&f, at, 4 * KIB, 2 * MIB), IOLAS_OK);
		CHECK_EQ(iolas_pgtable_unmap(f.pt, NULL, at, 2 * MIB, 0, &more,
					     NULL),
			 IOLAS_OK);
		iolas__gather_move(&all, &more);
		CHECK(iolas_gather_is_empty(&more));
	}
	iolas__gather_move(&all, &more);
	CHECK_EQ(all.first, GIB);
	CHECK_EQ(all.last, GIB + 19 * 4 * MIB + 2 * MIB - 1);
	CHECK_EQ(all.count, 20);
	CHECK_EQ(fixture_stats(&f).detached_count, 20);
	CHECK_EQ(iolas_pgtable_gather_done(f.pt, &all), IOLAS_OK);
	iolas__pgtable_poll(f.pt);
	CHECK_EQ(fixture_stats(&f).detached_count, 0);
	CHECK(iolas_gather_is_empty(NULL));
	iolas_gather_init(NULL);
	fixture_end(&f);
}

/*
 * A walker that sees a line only once it was flushed.  Whatever it sees at any
 * moment must be tables we made, never old bytes.
 */
#define ARENA (4 * MIB)

static _Alignas(1 << 20) unsigned char arena[ARENA];
static unsigned char seen[ARENA];
static size_t arena_used;
static iolas_pa seen_root;
static uint64_t seen_leaves;

static void *arena_alloc(void *user, size_t bytes, size_t align, iolas_pa *pa)
{
	const size_t at = (arena_used + align - 1) & ~(align - 1);

	(void)user;
	if (at + bytes > ARENA)
		return NULL;
	arena_used = at + bytes;
	*pa = at + ARENA;
	return arena + at;
}

static void arena_free(void *user, void *chunk, size_t bytes)
{
	(void)user;
	(void)chunk;
	(void)bytes;
}

static void *arena_ptr(void *user, iolas_pa pa, size_t bytes)
{
	(void)user;
	CHECK(pa >= ARENA && pa - ARENA + bytes <= ARENA);
	return arena + (pa - ARENA);
}

static uint64_t seen_word(iolas_pa pa)
{
	uint64_t word;

	CHECK(pa >= ARENA && pa - ARENA + 8 <= ARENA);
	memcpy(&word, seen + (pa - ARENA), 8);
	return word;
}

/* All four levels of the flushed image; leaves lie GIB or SHIFT above. */
#define SHIFT (GIB + 4 * KIB)

static void walk_seen(void)
{
	iolas_pa table[4] = { 0, 0, 0, seen_root };
	unsigned at[4] = { 0, 0, 0, 0 };
	unsigned level = 3;

	seen_leaves = 0;
	while (level < 4) {
		uint64_t pte;
		iolas_iova iova = 0;

		if (at[level] == 512) {
			level++;
			continue;
		}
		pte = seen_word(table[level] + 8 * at[level]++);
		if ((pte & 3) == 0)
			continue;
		for (unsigned i = level; i < 4; i++)
			iova |= (uint64_t)(at[i] - 1) << (12 + 9 * i);
		if (level == 0 || (pte & 0x80)) {
			pte &= ~UINT64_C(0xfff);
			CHECK(pte == iova + GIB || pte == iova + SHIFT);
			seen_leaves++;
			continue;
		}
		level--;
		table[level] = pte & UINT64_C(0xffffffffff000);
		at[level] = 0;
	}
}

static void flush(void *user, const void *addr, size_t bytes)
{
	const size_t first =
		(size_t)((const unsigned char *)addr - arena) & ~(size_t)63;
	const size_t last =
		(size_t)((const unsigned char *)addr - arena) + bytes - 1;

	(void)user;
	CHECK(last < ARENA);
	memcpy(seen + first, arena + first, (last | 63) + 1 - first);
	if (seen_root)
		walk_seen();
}

static void contents_are_flushed_before_their_link(void **state)
{
	const struct iolas_host host = {
		.struct_size = sizeof(host),
		.chunk_alloc = arena_alloc,
		.chunk_free = arena_free,
		.pa_to_ptr = arena_ptr,
		.cache_flush = flush,
	};
	static const uint64_t len[] = { 4 * KIB, 12 * KIB, 3 * MIB };
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };

	(void)state;
	for (unsigned shared = 0; shared < 2; shared++) {
		const struct iolas_pgtable_config config = fixture_config(
			IOLAS_FORMAT_VTD_SS, shared * IOLAS_PGTABLE_SHARED);
		struct iolas_pgtable *pt;
		struct iolas_gather gather;

		arena_used = 0;
		seen_root = 0;
		memset(arena, 0xa5, sizeof(arena));
		memset(seen, 0xa5, sizeof(seen));
		iolas_gather_init(&gather);
		CHECK_EQ(iolas_pgtable_create(&host, &config, &pt), IOLAS_OK);
		CHECK_EQ(iolas_pgtable_info(pt, &info), IOLAS_OK);
		seen_root = info.root_pa;
		for (unsigned i = 0; i < 3; i++) {
			const iolas_iova at = (i + 1) * GIB + i * 8 * KIB;

			CHECK_EQ(iolas_pgtable_map(pt, NULL, at, at + GIB,
						   len[i], RW),
				 IOLAS_OK);
		}
		/* Three tables that are filled before they are linked. */
		CHECK_EQ(iolas_pgtable_map(pt, NULL, 32 * GIB, 32 * GIB + SHIFT,
					   6 * MIB, RW),
			 IOLAS_OK);
		CHECK_EQ(iolas_pgtable_map(pt, NULL, 64 * GIB, 65 * GIB,
					   4 * MIB, RW),
			 IOLAS_OK);
		CHECK_EQ(seen_leaves, 1 + 3 + 508 + 260 + 1536 + 2);
		CHECK_EQ(iolas_pgtable_unmap(pt, NULL, 64 * GIB + MIB, 2 * MIB,
					     0, &gather, NULL),
			 IOLAS_OK);
		CHECK_EQ(seen_leaves, 1 + 3 + 508 + 260 + 1536 + 512);
		CHECK_EQ(iolas_pgtable_protect(pt, 64 * GIB, 4 * KIB, RW,
					       &gather),
			 IOLAS_OK);
		CHECK_EQ(iolas_pgtable_unmap(pt, NULL, GIB, 127 * GIB, 0,
					     &gather, NULL),
			 IOLAS_OK);
		CHECK_EQ(seen_leaves, 0);
		iolas_pgtable_destroy(pt);
	}
}

RUN_CASES(CASE(a_refused_host_allocation_changes_no_leaf),
	  CASE(a_stopped_reader_holds_back_a_bounded_amount),
	  CASE(tables_wait_for_the_invalidation),
	  CASE(a_gather_is_used_once_and_for_its_own_table),
	  CASE(gathers_can_be_put_together),
	  CASE(contents_are_flushed_before_their_link))
