/* SPDX-License-Identifier: MIT */
/*
 * Tables that change while a walker in another process reads them.  Two threads
 * map, cut, protect and take down; meanwhile QEMU's intel-iommu translates
 * DMAs, or QEMU's CPU dumps all it sees.  Each address gives the old memory, the
 * new memory or the fault of an empty item, never anything else; and what is
 * cut without being unmapped translates at every moment.
 * IOLAS_SEED repeats a run; IOLAS_ORACLE_TIMES=n: n times as long.
 */
#include "harness/check.h"
#include "oracle/cpu_machine.h"
#include "oracle/live_updater.h"
#include "oracle/vtd_machine.h"

#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE	   UINT64_C(4096)
#define MIB2	   (UINT64_C(2) << 20)
#define RW	   (IOLAS_READ | IOLAS_WRITE)
#define DID	   3u
#define DMAS	   800u
#define DUMPS	   24u
#define CUTS	   50u
#define COPY_BYTES (4 * MIB2)
#define SPREAD	   256u /* pages of the steady zone that are looked at */

static const char *table_create(struct guest_ram *ram, uint32_t format,
				struct iolas_pgtable **pt)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = format,
		.levels = 4,
		.output_bits = 48,
	};

	CHECK_EQ(iolas_pgtable_create(&ram->host, &config, pt), IOLAS_OK);
	return NULL;
}

static void report(const struct live *live, const char *what, unsigned count,
		   unsigned steady)
{
	printf("# %u %s, %u of them in steady phases; steady zone %" PRIu64
	       " changes, put up %" PRIu64 " times; flipping zone %" PRIu64
	       " changes, %" PRIu64 " maps\n",
	       count, what, steady, live->steady.ops, live->steady.rounds,
	       live->flip.ops, live->flip.rounds);
}

/* --- DMA ----------------------------------------------------------------- */

#define WINDOW_IOVA (UINT64_C(5) << 30)
#define WINDOW_PA   (GUEST_RAM_OWN + 0x2000)

struct dma_rig {
	struct guest_ram ram;
	struct vtd_machine machine;
	struct iolas_pgtable *pt;
	struct live live;
	struct rng rng;
	unsigned faults, arrivals[2], steady;
};

/* Memory that may be reached starts with its own address. */
static void stamp(struct dma_rig *rig, iolas_pa pa)
{
	memcpy(guest_ram_at(&rig->ram, pa), &pa, sizeof(pa));
}

static uint64_t steady_offset(uint64_t n)
{
	return n * (LIVE_STEADY_BYTES / SPREAD) + n % 512 * PAGE;
}

static const char *dma_rig_init(struct dma_rig *rig)
{
	struct iolas_attach_words words = { .struct_size = sizeof(words) };
	const char *why;

	memset(rig, 0, sizeof(*rig));
	if (!guest_ram_init(&rig->ram, true))
		return "needs memory files";
	why = vtd_machine_start(&rig->machine, &rig->ram, 48, false);
	if (why) {
		guest_ram_fini(&rig->ram);
		return why;
	}
	table_create(&rig->ram, IOLAS_FORMAT_VTD_SS, &rig->pt);
	CHECK_EQ(iolas_pgtable_attach_words(rig->pt, IOLAS_ATTACH_VTD_CONTEXT,
					    DID, &words),
		 IOLAS_OK);
	vtd_attach(&rig->machine, &words);
	CHECK_EQ(iolas_pgtable_map(rig->pt, NULL, WINDOW_IOVA, WINDOW_PA, PAGE,
				   RW),
		 IOLAS_OK);
	for (uint64_t n = 0; n < SPREAD; n++)
		stamp(rig, LIVE_STEADY_PA + steady_offset(n));
	return NULL;
}

static void dma_rig_fini(struct dma_rig *rig)
{
	vtd_machine_stop(&rig->machine);
	iolas_pgtable_destroy(rig->pt);
	guest_ram_fini(&rig->ram);
}

static void invalidate_unit(void *user, const struct iolas_gather *what)
{
	struct dma_rig *rig = user;

	vtd_invalidate_gather(&rig->machine, DID, what);
}

/* What the device reads at @iova, or 0 and a fault of an empty item. */
static uint64_t device_reads(struct dma_rig *rig, iolas_iova iova)
{
	struct vtd_fault fault;
	uint64_t word;

	/* The unit must walk, not remember. */
	vtd_invalidate_all(&rig->machine);
	vtd_dma_read(&rig->machine, iova, sizeof(word));
	fault = vtd_take_fault(&rig->machine);
	if (fault.is_recorded) {
		CHECK_EQ(fault.reason, 6);
		CHECK_EQ(fault.page, iova);
		return 0;
	}
	vtd_dma_write(&rig->machine, WINDOW_IOVA, sizeof(word));
	memcpy(&word, guest_ram_at(&rig->ram, WINDOW_PA), sizeof(word));
	return word;
}

static void read_steady(struct dma_rig *rig)
{
	const uint64_t offset = steady_offset(rng_below(&rig->rng, SPREAD));
	const uint64_t phase = live_phase(&rig->live);
	const uint64_t word = device_reads(rig, LIVE_STEADY_IOVA + offset);
	const bool is_steady = live_was_steady(&rig->live, phase);

	if (word || is_steady)
		CHECK_EQ(word, LIVE_STEADY_PA + offset);
	rig->steady += is_steady;
}

static void read_flipping(struct dma_rig *rig)
{
	const uint64_t offset =
		rng_below(&rig->rng, LIVE_FLIP_BYTES / PAGE) * PAGE;
	uint64_t word;

	stamp(rig, LIVE_FLIP_A + offset);
	stamp(rig, LIVE_FLIP_B + offset);
	word = device_reads(rig, LIVE_FLIP_IOVA + offset);
	if (word == 0) {
		rig->faults++;
	} else if (word == LIVE_FLIP_A + offset) {
		rig->arrivals[0]++;
	} else {
		CHECK_EQ(word, LIVE_FLIP_B + offset);
		rig->arrivals[1]++;
	}
}

/* When all is quiet, device and library agree page by page. */
static void the_end_is_the_same_for_both(struct dma_rig *rig)
{
	for (int i = 0; i < 64; i++) {
		const uint64_t offset =
			rng_below(&rig->rng, LIVE_FLIP_BYTES / PAGE) * PAGE;
		struct iolas_mapping leaf = { .struct_size = sizeof(leaf) };
		const iolas_iova iova = LIVE_FLIP_IOVA + offset;
		uint64_t expected = 0;

		if (!iolas_pgtable_lookup(rig->pt, iova, &leaf)) {
			expected = leaf.pa + (iova - leaf.iova);
			stamp(rig, expected);
		}
		CHECK_EQ(device_reads(rig, iova), expected);
	}
}

static void a_device_never_meets_a_torn_translation(void **state)
{
	static struct dma_rig rig;
	const char *why = dma_rig_init(&rig);
	const unsigned count = oracle_rounds(DMAS);

	(void)state;
	if (why)
		SKIP(why);
	rig.rng = rng_seed(0xd0a);
	live_start(&rig.live, rig.pt, rng_next(&rig.rng));
	for (unsigned i = 0; i < count; i++) {
		if (i % 2)
			read_steady(&rig);
		else
			read_flipping(&rig);
		live_serve(&rig.live, invalidate_unit, &rig);
	}
	live_stop(&rig.live);
	the_end_is_the_same_for_both(&rig);
	report(&rig.live, "DMAs", count, rig.steady);
	printf("# flipping zone: %u faults, %u from A, %u from B\n", rig.faults,
	       rig.arrivals[0], rig.arrivals[1]);
	dma_rig_fini(&rig);
}

/* --- full dumps ---------------------------------------------------------- */

struct dump_rig {
	struct guest_ram ram;
	struct cpu_machine machine;
	struct iolas_pgtable *pt;
	struct live live;
	uint64_t leaves;
};

static const char *dump_rig_init(struct dump_rig *rig)
{
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	const char *why;

	memset(rig, 0, sizeof(*rig));
	if (!guest_ram_init(&rig->ram, false))
		return "needs memory files";
	why = cpu_machine_start(&rig->machine, &rig->ram);
	if (why) {
		guest_ram_fini(&rig->ram);
		return why;
	}
	table_create(&rig->ram, IOLAS_FORMAT_X86_64, &rig->pt);
	CHECK_EQ(iolas_pgtable_info(rig->pt, &info), IOLAS_OK);
	why = cpu_machine_use(&rig->machine, 4, info.root_pa);
	if (why) {
		cpu_machine_stop(&rig->machine);
		iolas_pgtable_destroy(rig->pt);
		guest_ram_fini(&rig->ram);
	}
	return why;
}

/* Nobody remembers translations between two dumps. */
static void invalidate_nothing(void *user, const struct iolas_gather *what)
{
	(void)user;
	(void)what;
}

/* Bytes of the steady zone that this leaf translates; 0 for other leaves. */
static uint64_t leaf_is_legal(const struct cpu_leaf *leaf)
{
	const uint64_t steady = leaf->iova - LIVE_STEADY_IOVA;
	const uint64_t flip = leaf->iova - LIVE_FLIP_IOVA;

	CHECK(leaf->user && leaf->accessed && leaf->no_exec);
	CHECK(!leaf->global && !leaf->pcd && !leaf->pwt);
	if (steady < LIVE_STEADY_BYTES) {
		CHECK_EQ(leaf->pa, LIVE_STEADY_PA + steady);
		return leaf->large ? MIB2 : PAGE;
	}
	CHECK(flip < LIVE_FLIP_BYTES);
	if (leaf->large || leaf->pa != LIVE_FLIP_B + flip)
		CHECK_EQ(leaf->pa, LIVE_FLIP_A + flip);
	if (leaf->large)
		CHECK_EQ(flip % MIB2, 0);
	return 0;
}

static bool dump_once(struct dump_rig *rig)
{
	const uint64_t phase = live_phase(&rig->live);
	const char *place = cpu_dump(&rig->machine);
	const bool is_steady = live_was_steady(&rig->live, phase);
	uint64_t bytes = 0, leaves = 0;
	struct cpu_leaf leaf;

	while (cpu_dump_next(&rig->machine, &place, &leaf)) {
		const uint64_t size = leaf_is_legal(&leaf);

		/* One large leaf and nothing else: the whole GiB. */
		bytes += size;
		leaves += size != 0;
		rig->leaves++;
	}
	if (is_steady)
		CHECK_EQ(leaves == 1 && bytes == MIB2 ? LIVE_STEADY_BYTES
						      : bytes,
			 LIVE_STEADY_BYTES);
	return is_steady;
}

static void a_full_dump_never_shows_a_torn_translation(void **state)
{
	static struct dump_rig rig;
	const char *why = dump_rig_init(&rig);
	const unsigned count = oracle_rounds(DUMPS);
	unsigned steady = 0;
	struct rng rng;

	(void)state;
	if (why)
		SKIP(why);
	rng = rng_seed(0xd1b);
	live_start(&rig.live, rig.pt, rng_next(&rng));
	for (unsigned i = 0; i < count; i++) {
		steady += dump_once(&rig);
		live_serve(&rig.live, invalidate_nothing, NULL);
	}
	live_stop(&rig.live);
	report(&rig.live, "dumps", count, steady);
	printf("# %" PRIu64 " leaves seen\n", rig.leaves);
	cpu_machine_stop(&rig.machine);
	iolas_pgtable_destroy(rig.pt);
	guest_ram_fini(&rig.ram);
}

/* --- one leaf, cut under a walker that does nothing but walk it ----------- */

struct cutter {
	struct dump_rig *rig;
	struct iolas_gather gather;
	struct rng rng;
	_Atomic(unsigned) asked, answered;
	unsigned in_time; /* cuts made before the walker was through */
};

static uint64_t copied(const struct cutter *cutter)
{
	struct stat sink;

	CHECK_ANY_THREAD(!fstat(cutter->rig->machine.qemu.sink_fd, &sink));
	return (uint64_t)sink.st_size;
}

/* Cuts each 2 MiB, the first out of the GiB, while the walker is in it. */
static void cut_all(struct cutter *cutter)
{
	for (uint64_t block = 0; block < COPY_BYTES; block += MIB2) {
		const uint64_t start = rng_below(&cutter->rng, MIB2 / 2);
		const uint64_t page = PAGE * rng_below(&cutter->rng, 512);

		while (copied(cutter) <= block + start)
			;
		CHECK_ANY_THREAD(
			iolas_pgtable_protect(cutter->rig->pt,
					      LIVE_STEADY_IOVA + block + page,
					      PAGE, IOLAS_READ,
					      &cutter->gather) == IOLAS_OK);
		cutter->in_time += copied(cutter) < block + MIB2;
	}
}

static void *cutter_thread(void *arg)
{
	struct cutter *cutter = arg;
	unsigned asked, turn = 1;

	while ((asked = atomic_load(&cutter->asked)) != UINT_MAX) {
		if (asked < turn) {
			sched_yield();
			continue;
		}
		cut_all(cutter);
		atomic_store(&cutter->answered, turn++);
	}
	return NULL;
}

static void cut_once(struct dump_rig *rig, struct cutter *cutter, unsigned turn)
{
	CHECK_EQ(iolas_pgtable_map(rig->pt, NULL, LIVE_STEADY_IOVA,
				   LIVE_STEADY_PA, LIVE_STEADY_BYTES, RW),
		 IOLAS_OK);
	CHECK(!ftruncate(rig->machine.qemu.sink_fd, 0));
	atomic_store(&cutter->asked, turn);
	CHECK(cpu_copy(&rig->machine, LIVE_STEADY_IOVA, COPY_BYTES));
	while (atomic_load(&cutter->answered) < turn)
		sched_yield();
	CHECK_EQ(iolas_pgtable_unmap(rig->pt, NULL, LIVE_STEADY_IOVA,
				     LIVE_STEADY_BYTES, 0, &cutter->gather,
				     NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_pgtable_gather_done(rig->pt, &cutter->gather), IOLAS_OK);
}

static void a_leaf_translates_at_every_moment_of_being_cut(void **state)
{
	static struct dump_rig rig;
	static struct cutter cutter;
	const char *why = dump_rig_init(&rig);
	const unsigned count = oracle_rounds(CUTS);
	pthread_t thread;

	(void)state;
	if (why)
		SKIP(why);
	cutter.rng = rng_seed(0xc07);
	cutter.rig = &rig;
	iolas_gather_init(&cutter.gather);
	CHECK_EQ(pthread_create(&thread, NULL, cutter_thread, &cutter), 0);
	for (unsigned turn = 1; turn <= count; turn++)
		cut_once(&rig, &cutter, turn);
	atomic_store(&cutter.asked, UINT_MAX);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(!cpu_copy(&rig.machine, LIVE_STEADY_IOVA, COPY_BYTES));
	printf("# %" PRIu64 " cuts, %u of them under the walker\n",
	       count * (COPY_BYTES / MIB2), cutter.in_time);
	cpu_machine_stop(&rig.machine);
	iolas_pgtable_destroy(rig.pt);
	guest_ram_fini(&rig.ram);
}

RUN_CASES(CASE(a_device_never_meets_a_torn_translation),
	  CASE(a_full_dump_never_shows_a_torn_translation),
	  CASE(a_leaf_translates_at_every_moment_of_being_cut))
