/* SPDX-License-Identifier: MIT */
/*
 * What DMA cannot show of the VT-d second stage: memory far beyond the
 * machine's RAM, up to the last address bit, and how large the leaf was.  QEMU's
 * intel-iommu tells each translation it makes; it is compared with a
 * brute-force book and with the library's lookup.
 * IOLAS_SEED repeats a run; IOLAS_ORACLE_TIMES=n: n times as long.
 */
#include "harness/check.h"
#include "oracle/page_book.h"
#include "oracle/vtd_machine.h"

#include <string.h>

#define GIB    (UINT64_C(1) << 30)
#define DID    0xfffeu
#define ROUNDS 150u

struct rig {
	struct guest_ram ram;
	struct vtd_machine machine;
	struct iolas_pgtable *pt;
	struct page_book book;
	struct iolas_gather gather;
	uint64_t leaves[3], denied;
};

static const char *rig_init(struct rig *rig, unsigned bits)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_VTD_SS,
		.levels = bits == 48 ? 4 : 3,
		.output_bits = bits,
	};
	struct iolas_attach_words words = { .struct_size = sizeof(words) };
	const char *why;

	memset(rig, 0, sizeof(*rig));
	if (!guest_ram_init(&rig->ram, true))
		return "needs memory files";
	why = vtd_machine_start(&rig->machine, &rig->ram, bits, true);
	if (why) {
		guest_ram_fini(&rig->ram);
		return why;
	}
	CHECK_EQ(iolas_pgtable_create(&rig->ram.host, &config, &rig->pt),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_attach_words(rig->pt, IOLAS_ATTACH_VTD_CONTEXT,
					    DID, &words),
		 IOLAS_OK);
	vtd_attach(&rig->machine, &words);
	iolas_gather_init(&rig->gather);
	return NULL;
}

static void rig_fini(struct rig *rig)
{
	CHECK_EQ(iolas_pgtable_gather_done(rig->pt, &rig->gather), IOLAS_OK);
	vtd_machine_stop(&rig->machine);
	iolas_pgtable_destroy(rig->pt);
	guest_ram_fini(&rig->ram);
}

/* Some builds of QEMU have no trace log. */
static bool traces_work(struct rig *rig)
{
	const iolas_iova iova = UINT64_C(5) << 30;
	struct vtd_translation seen;

	CHECK_EQ(iolas_pgtable_map(rig->pt, NULL, iova, GUEST_RAM_DATA,
				   BOOK_PAGE, IOLAS_READ),
		 IOLAS_OK);
	vtd_dma_read(&rig->machine, iova, 4);
	return vtd_take_translation(&rig->machine, &seen);
}

/* The leaf that the unit saw is the library's and says what the book says. */
static void leaf_is_right(struct rig *rig, const struct vtd_translation *seen,
			  uint64_t word, iolas_iova iova)
{
	struct iolas_mapping leaf = { .struct_size = sizeof(leaf) };

	CHECK_EQ(seen->iova, iova & ~seen->mask);
	CHECK_EQ(seen->pa, page_book_pa(word) & ~seen->mask);
	CHECK_EQ(iolas_pgtable_lookup(rig->pt, iova, &leaf), IOLAS_OK);
	CHECK_EQ(leaf.size, seen->mask + 1);
	CHECK_EQ(leaf.iova, seen->iova);
	CHECK_EQ(leaf.pa, seen->pa);
	rig->leaves[leaf.level]++;
}

static void probe(struct rig *rig, struct rng *rng, iolas_iova iova)
{
	const uint64_t word = page_book_word(&rig->book, iova);
	const unsigned access = rng_below(rng, 2) ? IOLAS_READ : IOLAS_WRITE;
	struct vtd_translation seen;

	vtd_invalidate_all(&rig->machine);
	if (access == IOLAS_READ)
		vtd_dma_read(&rig->machine, iova, 4);
	else
		vtd_dma_write(&rig->machine, iova, 4);
	if (page_book_prot(word) & access) {
		CHECK(vtd_take_translation(&rig->machine, &seen));
		leaf_is_right(rig, &seen, word, iova);
	} else {
		CHECK(!vtd_take_translation(&rig->machine, &seen));
		CHECK(vtd_take_fault(&rig->machine).is_recorded);
		rig->denied++;
	}
}

static void translate_far(unsigned bits)
{
	static const unsigned prots[] = { IOLAS_READ, IOLAS_WRITE,
					  IOLAS_READ | IOLAS_WRITE };
	const iolas_pa middle = UINT64_C(1) << (bits - 1);
	const struct churn_limits limits = {
		.pa_first = middle,
		.pa_bytes = middle,
		.prots = prots,
		.prot_count = 3,
	};
	const iolas_iova windows[] = {
		0,
		(UINT64_C(1) << (bits - 1)) - GIB,
		(UINT64_C(1) << bits) - BOOK_WINDOW,
	};
	static struct rig rig;
	struct churn churn = { .book = &rig.book, .limits = &limits };
	const char *why = rig_init(&rig, bits);

	if (why)
		SKIP(why);
	if (!traces_work(&rig)) {
		rig_fini(&rig);
		SKIP("needs a QEMU with its trace log");
	}
	page_book_init(&rig.book, windows, 3);
	churn.pt = rig.pt;
	churn.rng = rng_seed(0xfa5 + bits);
	for (unsigned round = 0; round < oracle_rounds(ROUNDS); round++) {
		churn_step(&churn, &rig.gather);
		vtd_invalidate_gather(&rig.machine, DID, &rig.gather);
		CHECK_EQ(iolas_pgtable_gather_done(rig.pt, &rig.gather),
			 IOLAS_OK);
		for (int i = 0; i < 3; i++)
			probe(&rig, &churn.rng, churn_probe(&churn));
	}
	printf("# %u bits: leaves 4K %" PRIu64 " 2M %" PRIu64 " 1G %" PRIu64
	       ", denied %" PRIu64 "\n",
	       bits, rig.leaves[0], rig.leaves[1], rig.leaves[2], rig.denied);
	page_book_fini(&rig.book);
	rig_fini(&rig);
}

static void a_unit_of_39_bits_reaches_memory_up_to_its_last_bit(void **state)
{
	(void)state;
	translate_far(39);
}

static void a_unit_of_48_bits_reaches_memory_up_to_its_last_bit(void **state)
{
	(void)state;
	translate_far(48);
}

RUN_CASES(CASE(a_unit_of_39_bits_reaches_memory_up_to_its_last_bit),
	  CASE(a_unit_of_48_bits_reaches_memory_up_to_its_last_bit))
