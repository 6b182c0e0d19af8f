/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 tables, walked by QEMU's CPU: after random changes the MMU's full
 * dump has to equal both what iolas_pgtable_next() lists and a brute-force
 * book, leaf by leaf and page by page, so that neither a missing nor an extra
 * translation stays unseen.  IOLAS_ORACLE_TIMES=n: n times as long.
 */
#include "harness/check.h"
#include "oracle/cpu_machine.h"
#include "oracle/page_book.h"

#include <string.h>

#define GIB    (UINT64_C(1) << 30)
#define MIB2   (UINT64_C(2) << 20)
#define RW     (IOLAS_READ | IOLAS_WRITE)
#define ROUNDS 24u
/*
 * Where the memory lies; nobody reads it.  The dump shows 50 bits of addresses,
 * single translations all 52.
 */
#define SHOWN_BITS ((UINT64_C(1) << 50) - 1)
#define PA_FIRST   (UINT64_C(1) << 51)
#define PA_BYTES   (UINT64_C(1) << 40)

static const unsigned prots[] = {
	IOLAS_READ,
	RW,
	IOLAS_READ | IOLAS_EXEC,
	RW | IOLAS_EXEC,
	RW | IOLAS_PROT_PRIV,
	RW | IOLAS_PROT_UNCACHED,
	IOLAS_READ | IOLAS_PROT_UNCACHED | IOLAS_PROT_PRIV,
};

struct rig {
	struct guest_ram ram;
	struct cpu_machine machine;
	struct iolas_pgtable *pt;
	struct page_book book;
	struct iolas_gather gather;
	uint64_t leaves[3]; /* compared, by level */
	uint64_t translations;
};

static const char *rig_init(struct rig *rig, unsigned levels, bool linear)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_X86_64,
		.levels = levels,
	};
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	const char *why;

	memset(rig, 0, sizeof(*rig));
	if (!guest_ram_init(&rig->ram, linear))
		return "needs memory files";
	why = cpu_machine_start(&rig->machine, &rig->ram);
	if (why) {
		guest_ram_fini(&rig->ram);
		return why;
	}
	iolas_gather_init(&rig->gather);
	CHECK_EQ(iolas_pgtable_create(&rig->ram.host, &config, &rig->pt),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_info(rig->pt, &info), IOLAS_OK);
	why = cpu_machine_use(&rig->machine, levels, info.root_pa);
	if (why) {
		cpu_machine_stop(&rig->machine);
		iolas_pgtable_destroy(rig->pt);
		guest_ram_fini(&rig->ram);
	}
	return why;
}

static void rig_fini(struct rig *rig)
{
	CHECK_EQ(iolas_pgtable_gather_done(rig->pt, &rig->gather), IOLAS_OK);
	cpu_machine_stop(&rig->machine);
	iolas_pgtable_destroy(rig->pt);
	guest_ram_fini(&rig->ram);
}

/* --- one dump ------------------------------------------------------------ */

static void flags_say(const struct cpu_leaf *leaf, unsigned prot)
{
	CHECK_EQ(leaf->no_exec, !(prot & IOLAS_EXEC));
	CHECK_EQ(leaf->write, !!(prot & IOLAS_WRITE));
	CHECK_EQ(leaf->user, !(prot & IOLAS_PROT_PRIV));
	CHECK_EQ(leaf->pcd, !!(prot & IOLAS_PROT_UNCACHED));
	CHECK_EQ(leaf->pwt, !!(prot & IOLAS_PROT_UNCACHED));
	CHECK(leaf->accessed);
	CHECK(leaf->dirty || !leaf->write);
	CHECK(!leaf->global);
}

/* Each page of the leaf is in the book, with the same address and rights. */
static void book_agrees(struct rig *rig, const struct iolas_mapping *leaf)
{
	for (uint64_t off = 0; off < leaf->size; off += BOOK_PAGE) {
		const uint64_t word =
			page_book_word(&rig->book, leaf->iova + off);

		if (word != ((leaf->pa + off) | leaf->prot))
			CHECK_EQ(word, (leaf->pa + off) | leaf->prot);
	}
}

/*
 * The dump does not tell 2 MiB from 1 GiB.  A leaf that is longer than the
 * library says would translate what follows.
 */
static void nothing_follows(struct rig *rig, const struct iolas_mapping *leaf)
{
	const iolas_iova next = leaf->iova + leaf->size;
	uint64_t pa;

	if (leaf->level == 1 && next % GIB != 0 &&
	    !page_book_word(&rig->book, next))
		CHECK(!cpu_translate(&rig->machine, next, &pa));
}

static uint64_t count_book(const struct rig *rig)
{
	uint64_t pages = 0;

	for (unsigned i = 0; i < rig->book.window_count; i++) {
		const uint64_t *word = rig->book.window[i].word;

		for (uint64_t n = 0; n < BOOK_WINDOW / BOOK_PAGE; n++)
			pages += word[n] != 0;
	}
	return pages;
}

struct leaf_list {
	struct iolas_mapping *leaf;
	size_t count, room;
};

static void list_add(struct leaf_list *list, const struct iolas_mapping *leaf)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 1024;
		list->leaf =
			realloc(list->leaf, list->room * sizeof(*list->leaf));
		CHECK(list->leaf);
	}
	list->leaf[list->count++] = *leaf;
}

/* The dump and iolas_pgtable_next() side by side. */
static void mmu_and_library_list_the_same(struct rig *rig,
					  struct leaf_list *large)
{
	const char *place = cpu_dump(&rig->machine);
	struct iolas_mapping leaf = { .struct_size = sizeof(leaf) };
	struct cpu_leaf seen;
	iolas_iova from = 0;
	uint64_t pages = 0;
	bool is_end = false;

	while (cpu_dump_next(&rig->machine, &place, &seen)) {
		CHECK(!is_end);
		CHECK_EQ(iolas_pgtable_next(rig->pt, from, UINT64_MAX, &leaf),
			 IOLAS_OK);
		CHECK_EQ(leaf.iova, seen.iova);
		CHECK_EQ(leaf.pa & SHOWN_BITS, seen.pa & SHOWN_BITS);
		CHECK_EQ(seen.large, leaf.level != 0);
		flags_say(&seen, leaf.prot);
		book_agrees(rig, &leaf);
		if (leaf.level == 1)
			list_add(large, &leaf);
		rig->leaves[leaf.level]++;
		pages += leaf.size / BOOK_PAGE;
		from = leaf.iova + leaf.size;
		is_end = from == 0;
	}
	if (!is_end)
		CHECK_EQ(iolas_pgtable_next(rig->pt, from, UINT64_MAX, &leaf),
			 IOLAS_ENOENT);
	CHECK_EQ(pages, count_book(rig));
}

static void compare(struct rig *rig)
{
	struct leaf_list large = { 0 };

	mmu_and_library_list_the_same(rig, &large);
	for (size_t i = 0; i < large.count; i++)
		nothing_follows(rig, &large.leaf[i]);
	free(large.leaf);
}

static void translate(struct rig *rig, iolas_iova iova)
{
	const uint64_t word = page_book_word(&rig->book, iova);
	uint64_t pa = 0;

	CHECK_EQ(cpu_translate(&rig->machine, iova, &pa), word != 0);
	if (word)
		CHECK_EQ(pa, page_book_pa(word) | (iova & 0xfff));
	rig->translations++;
}

/* --- random tables ------------------------------------------------------- */

static void dump_random_tables(unsigned levels, bool linear,
			       const iolas_iova *windows, unsigned count)
{
	const struct churn_limits limits = {
		.pa_first = PA_FIRST,
		.pa_bytes = PA_BYTES,
		.prots = prots,
		.prot_count = sizeof(prots) / sizeof(*prots),
		.kept_by_protect = IOLAS_PROT_UNCACHED,
		.map_only = IOLAS_PROT_UNCACHED,
	};
	static struct rig rig;
	struct churn churn = { .book = &rig.book, .limits = &limits };
	const char *why = rig_init(&rig, levels, linear);

	if (why)
		SKIP(why);
	page_book_init(&rig.book, windows, count);
	churn.pt = rig.pt;
	churn.rng = rng_seed(0xcafe + levels);
	for (unsigned round = 0; round < oracle_rounds(ROUNDS); round++) {
		const uint64_t steps = 1 + rng_below(&churn.rng, 8);

		for (uint64_t i = 0; i < steps; i++)
			churn_step(&churn, &rig.gather);
		CHECK_EQ(iolas_pgtable_gather_done(rig.pt, &rig.gather),
			 IOLAS_OK);
		compare(&rig);
		for (unsigned i = 0; i < 8; i++)
			translate(&rig, churn_probe(&churn) +
						rng_below(&churn.rng, 4096));
	}
	printf("# %u levels: %" PRIu64 " maps, %" PRIu64 " unmaps, %" PRIu64
	       " protects, %" PRIu64 " refused; leaves compared 4K %" PRIu64
	       " 2M %" PRIu64 " 1G %" PRIu64 ", addresses %" PRIu64 "\n",
	       levels, churn.done[CHURN_MAP], churn.done[CHURN_UNMAP],
	       churn.done[CHURN_PROTECT], churn.refused, rig.leaves[0],
	       rig.leaves[1], rig.leaves[2], rig.translations);
	page_book_fini(&rig.book);
	rig_fini(&rig);
}

static void a_cpu_sees_exactly_what_4_level_tables_hold(void **state)
{
	const iolas_iova windows[] = {
		0,
		(UINT64_C(1) << 47) - BOOK_WINDOW,
		UINT64_C(0xffff800000000000),
		UINT64_MAX - BOOK_WINDOW + 1,
	};

	(void)state;
	dump_random_tables(4, true, windows, 4);
}

static void a_cpu_sees_exactly_what_5_level_tables_hold(void **state)
{
	const iolas_iova windows[] = {
		(UINT64_C(1) << 48) - GIB,
		(UINT64_C(1) << 56) - BOOK_WINDOW,
		UINT64_C(0xff00000000000000),
		UINT64_MAX - BOOK_WINDOW + 1,
	};

	(void)state;
	dump_random_tables(5, false, windows, 4);
}

static void an_emptied_table_translates_nothing(void **state)
{
	static struct rig rig;
	const char *why = rig_init(&rig, 4, true);

	(void)state;
	if (why)
		SKIP(why);
	CHECK_EQ(*cpu_dump(&rig.machine), '\0');
	CHECK_EQ(iolas_pgtable_map(rig.pt, NULL, GIB - MIB2, PA_FIRST - MIB2,
				   GIB + 2 * MIB2, RW),
		 IOLAS_OK);
	CHECK_NE(*cpu_dump(&rig.machine), '\0');
	CHECK_EQ(iolas_pgtable_unmap(rig.pt, NULL, 0, 4 * GIB, 0, &rig.gather,
				     NULL),
		 IOLAS_OK);
	CHECK_EQ(*cpu_dump(&rig.machine), '\0');
	rig_fini(&rig);
}

RUN_CASES(CASE(a_cpu_sees_exactly_what_4_level_tables_hold),
	  CASE(a_cpu_sees_exactly_what_5_level_tables_hold),
	  CASE(an_emptied_table_translates_nothing))
