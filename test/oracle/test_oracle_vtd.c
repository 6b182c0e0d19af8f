/* SPDX-License-Identifier: MIT */
/*
 * The VT-d second stage, walked by QEMU's intel-iommu: a device moves bytes
 * through tables that the library builds in the machine's own RAM, while a
 * brute-force book says where each byte has to go and which fault is due.
 * IOLAS_SEED repeats a run; IOLAS_ORACLE_TIMES=n: n times as long.
 */
#include "harness/check.h"
#include "oracle/page_book.h"
#include "oracle/vtd_machine.h"

#include <string.h>

#define MIB2	  (UINT64_C(2) << 20)
#define GIB	  (UINT64_C(1) << 30)
#define RW	  (IOLAS_READ | IOLAS_WRITE)
#define DID	  7u
#define ROUNDS	  120u
#define BYTES_MAX 256u

/* Where the buffer of the device is filled from and emptied to. */
#define WINDOW_PA (GUEST_RAM_OWN + 0x2000)

struct rig {
	struct guest_ram ram;
	struct vtd_machine machine;
	struct iolas_pgtable *pt;
	struct iolas_gather gather;
	iolas_iova window;
	uint8_t buffer[BYTES_MAX]; /* what edu's buffer holds */
	unsigned prot_seen[4];	   /* DMAs that went through, by rights */
	unsigned denied_seen[2];   /* faults: write, read */
	unsigned level_seen[3];	   /* leaves walked, by level */
};

struct shape {
	unsigned aw_bits; /* of the machine: its tables are no wider */
	unsigned levels;  /* of the table */
	bool linear;
};

static const char *rig_init(struct rig *rig, const struct shape *shape)
{
	struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = IOLAS_FORMAT_VTD_SS,
		.levels = shape->levels,
		.output_bits = shape->aw_bits,
	};
	struct iolas_attach_words words = { .struct_size = sizeof(words) };
	const char *why;

	memset(rig, 0, sizeof(*rig));
	if (!guest_ram_init(&rig->ram, shape->linear))
		return "needs memory files";
	why = vtd_machine_start(&rig->machine, &rig->ram, shape->aw_bits,
				false);
	if (why) {
		guest_ram_fini(&rig->ram);
		return why;
	}
	CHECK_EQ(iolas_pgtable_create(&rig->ram.host, &config, &rig->pt),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_attach_words(rig->pt, IOLAS_ATTACH_VTD_CONTEXT,
					    DID, &words),
		 IOLAS_OK);
	CHECK_EQ(words.word_count, 2);
	vtd_attach(&rig->machine, &words);
	iolas_gather_init(&rig->gather);
	rig->window = UINT64_C(5) << 30;
	CHECK_EQ(iolas_pgtable_map(rig->pt, NULL, rig->window, WINDOW_PA,
				   BOOK_PAGE, RW),
		 IOLAS_OK);
	return NULL;
}

static void rig_fini(struct rig *rig)
{
	CHECK_EQ(iolas_pgtable_gather_done(rig->pt, &rig->gather), IOLAS_OK);
	vtd_machine_stop(&rig->machine);
	iolas_pgtable_destroy(rig->pt);
	guest_ram_fini(&rig->ram);
}

/* --- moving bytes -------------------------------------------------------- */

static void no_fault_is_left(struct rig *rig)
{
	const struct vtd_fault fault = vtd_take_fault(&rig->machine);

	if (fault.is_recorded)
		print_message("# fault %#x at %#" PRIx64 "\n", fault.reason,
			      fault.page);
	CHECK(!fault.is_recorded);
}

/* Edu's buffer becomes @bytes, by way of the window. */
static void load_buffer(struct rig *rig, const uint8_t *bytes, size_t count)
{
	memcpy(guest_ram_at(&rig->ram, WINDOW_PA), bytes, count);
	vtd_dma_read(&rig->machine, rig->window, count);
	memcpy(rig->buffer, bytes, count);
}

/* Edu's buffer is what we take it for. */
static void buffer_is_as_believed(struct rig *rig, size_t count)
{
	uint8_t *window = guest_ram_at(&rig->ram, WINDOW_PA);

	memset(window, 0x11, count);
	vtd_dma_write(&rig->machine, rig->window, count);
	CHECK_MEM(window, rig->buffer, count);
}

static void fill(struct rng *rng, uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)rng_next(rng);
}

/* The device reads @iova, and it is the memory at @pa. */
static void read_arrives(struct rig *rig, struct rng *rng, iolas_iova iova,
			 iolas_pa pa, size_t count)
{
	fill(rng, guest_ram_at(&rig->ram, pa), count);
	vtd_dma_read(&rig->machine, iova, count);
	no_fault_is_left(rig);
	memcpy(rig->buffer, guest_ram_at(&rig->ram, pa), count);
	buffer_is_as_believed(rig, count);
}

/* The device writes @iova, and it is the memory at @pa. */
static void write_arrives(struct rig *rig, struct rng *rng, iolas_iova iova,
			  iolas_pa pa, size_t count)
{
	uint8_t bytes[BYTES_MAX];

	fill(rng, bytes, count);
	load_buffer(rig, bytes, count);
	memset(guest_ram_at(&rig->ram, pa), 0x22, count);
	vtd_dma_write(&rig->machine, iova, count);
	no_fault_is_left(rig);
	CHECK_MEM(guest_ram_at(&rig->ram, pa), bytes, count);
}

static void fault_is(struct rig *rig, iolas_iova iova, unsigned access,
		     uint32_t reason)
{
	const struct vtd_fault fault = vtd_take_fault(&rig->machine);

	CHECK(fault.is_recorded);
	CHECK_EQ(fault.reason, reason);
	CHECK_EQ(fault.page, iova & ~UINT64_C(0xfff));
	CHECK_EQ(fault.source_id, VTD_EDU_SOURCE_ID);
	CHECK_EQ(fault.is_read, access == IOLAS_READ);
}

/*
 * Of memory that it may not read, the device learns nothing: its buffer stays
 * as it was, or gets zeroes (QEMU's choice).  @pa: that memory, or 0
 */
static void read_fails(struct rig *rig, iolas_iova iova, iolas_pa pa,
		       size_t count)
{
	const uint8_t *window = guest_ram_at(&rig->ram, WINDOW_PA);
	const uint8_t zeroes[BYTES_MAX] = { 0 };

	if (pa)
		memset(guest_ram_at(&rig->ram, pa), 0x33, count);
	vtd_dma_read(&rig->machine, iova, count);
	vtd_dma_write(&rig->machine, rig->window, count);
	if (memcmp(window, zeroes, count) != 0)
		CHECK_MEM(window, rig->buffer, count);
	memcpy(rig->buffer, window, count);
}

/* @pa: memory that must not change, 0: there is none */
static void write_fails(struct rig *rig, struct rng *rng, iolas_iova iova,
			iolas_pa pa, size_t count)
{
	uint8_t bytes[BYTES_MAX];

	fill(rng, bytes, count);
	if (pa)
		memcpy(guest_ram_at(&rig->ram, pa), bytes, count);
	vtd_dma_write(&rig->machine, iova, count);
	if (pa)
		CHECK_MEM(guest_ram_at(&rig->ram, pa), bytes, count);
}

static void read_is_denied(struct rig *rig, iolas_iova iova, iolas_pa pa,
			   size_t count, uint32_t reason)
{
	read_fails(rig, iova, pa, count);
	fault_is(rig, iova, IOLAS_READ, reason);
}

static void write_is_denied(struct rig *rig, struct rng *rng, iolas_iova iova,
			    iolas_pa pa, size_t count, uint32_t reason)
{
	write_fails(rig, rng, iova, pa, count);
	fault_is(rig, iova, IOLAS_WRITE, reason);
}

/*
 * QEMU drops an access without a record when a cached leaf lacks the right.
 * Where a leaf is, it may be cached: look at memory, then drop it and look at
 * the record as well.
 */
static void forget_leaf(struct rig *rig, struct rng *rng, uint64_t word,
			iolas_iova iova, unsigned access, size_t count)
{
	const iolas_pa pa = page_book_pa(word) | (iova & 0xfff);

	if (!word)
		return;
	if (access == IOLAS_READ)
		read_fails(rig, iova, pa, count);
	else
		write_fails(rig, rng, iova, pa, count);
	vtd_invalidate_pages(&rig->machine, DID, iova & ~UINT64_C(0xfff), 0,
			     true);
	vtd_take_fault(&rig->machine);
}

/* --- what the library says ----------------------------------------------- */

static void library_agrees(struct rig *rig, uint64_t word, iolas_iova iova,
			   unsigned access)
{
	struct iolas_mapping leaf = { .struct_size = sizeof(leaf) };
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	const int status = iolas_pgtable_lookup(rig->pt, iova, &leaf);
	const bool is_allowed = page_book_prot(word) & access;

	CHECK_EQ(status, word ? IOLAS_OK : IOLAS_ENOENT);
	if (word) {
		CHECK_EQ(leaf.prot, page_book_prot(word));
		CHECK_EQ(leaf.pa + (iova - leaf.iova),
			 page_book_pa(word) | (iova & 0xfff));
		rig->level_seen[leaf.level]++;
	}
	CHECK_EQ(iolas_pgtable_walk(rig->pt, iova, access, &walk),
		 is_allowed ? IOLAS_OK : IOLAS_EFAULT);
	if (!is_allowed)
		CHECK_EQ(walk.reason, access == IOLAS_READ ? 6 : 5);
}

/* One access at @iova does what the book says, in QEMU and in the library. */
static void probe(struct rig *rig, const struct page_book *book,
		  struct rng *rng, iolas_iova iova)
{
	const uint64_t word = page_book_word(book, iova);
	const unsigned access = rng_below(rng, 2) ? IOLAS_READ : IOLAS_WRITE;
	const size_t count = 1 + rng_below(rng, BYTES_MAX);
	const uint64_t inside = rng_below(rng, BOOK_PAGE - count + 1);
	const iolas_pa pa = word ? page_book_pa(word) + inside : 0;
	const bool is_allowed = page_book_prot(word) & access;

	iova += inside;
	library_agrees(rig, word, iova, access);
	if (is_allowed) {
		rig->prot_seen[page_book_prot(word)]++;
	} else {
		rig->denied_seen[access == IOLAS_READ]++;
		forget_leaf(rig, rng, word, iova, access, count);
	}
	if (access == IOLAS_READ && is_allowed)
		read_arrives(rig, rng, iova, pa, count);
	else if (access == IOLAS_READ)
		read_is_denied(rig, iova, pa, count, 6);
	else if (is_allowed)
		write_arrives(rig, rng, iova, pa, count);
	else
		write_is_denied(rig, rng, iova, pa, count, 5);
}

/* --- random tables ------------------------------------------------------- */

static void settle(struct rig *rig)
{
	vtd_invalidate_gather(&rig->machine, DID, &rig->gather);
	CHECK_EQ(iolas_pgtable_gather_done(rig->pt, &rig->gather), IOLAS_OK);
}

static void walk_random_tables(const struct shape *shape,
			       const iolas_iova *windows, unsigned count)
{
	static const unsigned prots[] = { IOLAS_READ, IOLAS_WRITE, RW, RW };
	const struct churn_limits limits = {
		.pa_first = GUEST_RAM_DATA,
		.pa_bytes = GUEST_RAM_BYTES - GUEST_RAM_DATA,
		.prots = prots,
		.prot_count = 4,
	};
	static struct rig rig;
	struct page_book book;
	struct churn churn = { .book = &book, .limits = &limits };
	const char *why = rig_init(&rig, shape);

	if (why)
		SKIP(why);
	page_book_init(&book, windows, count);
	churn.pt = rig.pt;
	churn.rng = rng_seed(0x5eed + shape->levels);
	for (unsigned round = 0; round < oracle_rounds(ROUNDS); round++) {
		const uint64_t steps = 1 + rng_below(&churn.rng, 4);

		for (uint64_t i = 0; i < steps; i++)
			churn_step(&churn, &rig.gather);
		settle(&rig);
		for (unsigned i = 0; i < 4; i++)
			probe(&rig, &book, &churn.rng, churn_probe(&churn));
	}
	printf("# %u levels: %" PRIu64 " maps, %" PRIu64 " unmaps, %" PRIu64
	       " protects, %" PRIu64 " refused; %" PRIu64 " DMAs; through R %u"
	       " W %u RW %u, denied W %u R %u; leaves 4K %u 2M %u 1G %u\n",
	       shape->levels, churn.done[CHURN_MAP], churn.done[CHURN_UNMAP],
	       churn.done[CHURN_PROTECT], churn.refused, rig.machine.dmas,
	       rig.prot_seen[1], rig.prot_seen[2], rig.prot_seen[3],
	       rig.denied_seen[0], rig.denied_seen[1], rig.level_seen[0],
	       rig.level_seen[1], rig.level_seen[2]);
	page_book_fini(&book);
	rig_fini(&rig);
}

static void a_device_moves_bytes_as_random_39_bit_tables_say(void **state)
{
	const struct shape shape = { 39, 3, true };
	const iolas_iova windows[] = {
		0,
		UINT64_C(100) << 30,
		(UINT64_C(1) << 39) - BOOK_WINDOW,
	};

	(void)state;
	walk_random_tables(&shape, windows, 3);
}

static void a_device_moves_bytes_as_random_48_bit_tables_say(void **state)
{
	const struct shape shape = { 48, 4, false };
	const iolas_iova windows[] = {
		0,
		(UINT64_C(1) << 39) - GIB,
		(UINT64_C(1) << 47) - GIB,
		(UINT64_C(1) << 48) - BOOK_WINDOW,
	};

	(void)state;
	walk_random_tables(&shape, windows, 4);
}

static void a_unit_for_48_bits_walks_39_bit_tables_as_well(void **state)
{
	const struct shape shape = { 48, 3, true };
	const iolas_iova window = UINT64_C(64) << 30;

	(void)state;
	walk_random_tables(&shape, &window, 1);
}

/* --- one thing at a time ------------------------------------------------- */

static void an_unmapped_page_is_reached_until_it_is_invalidated(void **state)
{
	const struct shape shape = { 48, 4, true };
	const iolas_iova iova = UINT64_C(9) << 30;
	const iolas_pa pa = GUEST_RAM_DATA + 0x5000;
	static struct rig rig;
	struct rng rng = { 1 };
	const char *why = rig_init(&rig, &shape);

	(void)state;
	if (why)
		SKIP(why);
	read_is_denied(&rig, iova, 0, 64, 6);
	CHECK_EQ(iolas_pgtable_map(rig.pt, NULL, iova, pa, BOOK_PAGE, RW),
		 IOLAS_OK);
	/* No invalidation: the unit does not cache absence. */
	read_arrives(&rig, &rng, iova, pa, 64);
	CHECK_EQ(iolas_pgtable_unmap(rig.pt, NULL, iova, BOOK_PAGE, 0,
				     &rig.gather, NULL),
		 IOLAS_OK);
	CHECK(!iolas_gather_is_empty(&rig.gather));
	read_arrives(&rig, &rng, iova, pa, 64);
	write_arrives(&rig, &rng, iova, pa, 64);
	settle(&rig);
	read_is_denied(&rig, iova, 0, 64, 6);
	write_is_denied(&rig, &rng, iova, pa, 64, 5);
	CHECK_EQ(
		iolas_pgtable_map(rig.pt, NULL, iova, pa + MIB2, BOOK_PAGE, RW),
		IOLAS_OK);
	read_arrives(&rig, &rng, iova, pa + MIB2, 64);
	rig_fini(&rig);
}

static void rights_taken_count_once_they_are_invalidated(void **state)
{
	const struct shape shape = { 39, 3, true };
	const iolas_iova iova = UINT64_C(8) << 30;
	static struct rig rig;
	struct rng rng = { 2 };
	const char *why = rig_init(&rig, &shape);

	(void)state;
	if (why)
		SKIP(why);
	CHECK_EQ(iolas_pgtable_map(rig.pt, NULL, iova, GUEST_RAM_DATA, GIB, RW),
		 IOLAS_OK);
	write_arrives(&rig, &rng, iova + MIB2, GUEST_RAM_DATA + MIB2, 64);
	/* One page in the middle of the GiB: two splits and a protect. */
	CHECK_EQ(iolas_pgtable_protect(rig.pt, iova + MIB2, BOOK_PAGE,
				       IOLAS_READ, &rig.gather),
		 IOLAS_OK);
	write_arrives(&rig, &rng, iova + MIB2, GUEST_RAM_DATA + MIB2, 64);
	settle(&rig);
	write_is_denied(&rig, &rng, iova + MIB2, GUEST_RAM_DATA + MIB2, 64, 5);
	read_arrives(&rig, &rng, iova + MIB2, GUEST_RAM_DATA + MIB2, 64);
	write_arrives(&rig, &rng, iova + MIB2 - 4096,
		      GUEST_RAM_DATA + MIB2 - 4096, 64);
	write_arrives(&rig, &rng, iova + MIB2 + 4096,
		      GUEST_RAM_DATA + MIB2 + 4096, 64);
	write_arrives(&rig, &rng, iova + GIB - 64, GUEST_RAM_DATA + GIB - 64,
		      64);
	rig_fini(&rig);
}

/* 4 KiB, 2 MiB and 1 GiB side by side, memory in another order. */
static void one_transfer_crosses_leaves_of_all_sizes(void **state)
{
	const struct shape shape = { 48, 4, false };
	const iolas_iova giant = UINT64_C(1) << 40, large = giant - MIB2,
			 small = large - BOOK_PAGE;
	const iolas_pa giant_pa = GUEST_RAM_DATA, large_pa = giant_pa + GIB,
		       small_pa = large_pa + 3 * MIB2 + 0x7000;
	uint8_t bytes[BYTES_MAX];
	static struct rig rig;
	struct rng rng = { 3 };
	const char *why = rig_init(&rig, &shape);

	(void)state;
	if (why)
		SKIP(why);
	CHECK_EQ(iolas_pgtable_map(rig.pt, NULL, giant, giant_pa, GIB, RW), 0);
	CHECK_EQ(iolas_pgtable_map(rig.pt, NULL, large, large_pa, MIB2, RW), 0);
	CHECK_EQ(iolas_pgtable_map(rig.pt, NULL, small, small_pa, 4096, RW), 0);
	fill(&rng, bytes, BYTES_MAX);
	load_buffer(&rig, bytes, BYTES_MAX);
	vtd_dma_write(&rig.machine, large - 128, 256);
	CHECK_MEM(guest_ram_at(&rig.ram, small_pa + 4096 - 128), bytes, 128);
	CHECK_MEM(guest_ram_at(&rig.ram, large_pa), bytes + 128, 128);
	vtd_dma_write(&rig.machine, giant - 100, 256);
	CHECK_MEM(guest_ram_at(&rig.ram, large_pa + MIB2 - 100), bytes, 100);
	CHECK_MEM(guest_ram_at(&rig.ram, giant_pa), bytes + 100, 156);
	no_fault_is_left(&rig);
	rig_fini(&rig);
}

static void addresses_beyond_the_table_are_refused(void **state)
{
	const struct shape shape = { 48, 3, true };
	static struct rig rig;
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	const char *why = rig_init(&rig, &shape);

	(void)state;
	if (why)
		SKIP(why);
	read_is_denied(&rig, UINT64_C(1) << 39, 0, 64, 4);
	CHECK_EQ(iolas_pgtable_walk(rig.pt, UINT64_C(1) << 39, IOLAS_READ,
				    &walk),
		 IOLAS_EFAULT);
	CHECK_EQ(walk.reason, 4);
	read_is_denied(&rig, (UINT64_C(1) << 39) - 64, 0, 64, 6);
	rig_fini(&rig);
}

RUN_CASES(CASE(a_device_moves_bytes_as_random_39_bit_tables_say),
	  CASE(a_device_moves_bytes_as_random_48_bit_tables_say),
	  CASE(a_unit_for_48_bits_walks_39_bit_tables_as_well),
	  CASE(an_unmapped_page_is_reached_until_it_is_invalidated),
	  CASE(rights_taken_count_once_they_are_invalidated),
	  CASE(one_transfer_crosses_leaves_of_all_sizes),
	  CASE(addresses_beyond_the_table_are_refused))
