/* SPDX-License-Identifier: MIT */
/*
 * Faults: the nearest mapping, the ring, the callback, and the words.
 */
#include "iommu_rig.h"

#include <harness/rng.h>

static int read_byte(struct rig *rig, iolas_iova iova)
{
	unsigned char byte;

	return iolas_dma_read(rig->queue, iova, &byte, 1);
}

static void map_at(struct rig *rig, iolas_iova iova, uint64_t len,
		   unsigned prot)
{
	CHECK_EQ(iolas_domain_map(rig->domain, iova, MEMORY_PA, len, prot),
		 IOLAS_OK);
}

static struct iolas_fault fault_at(struct rig *rig, iolas_iova iova)
{
	struct iolas_fault fault;

	CHECK_EQ(read_byte(rig, iova), IOLAS_EFAULT);
	fault = rig_fault(rig);
	CHECK_EQ(fault.iova, iova);
	return fault;
}

static void the_nearest_mapping_is_named(void **state)
{
	struct iolas_fault fault;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(fault_at(&rig, 5 * PAGE).has_nearest, 0);
	map_at(&rig, 100 * PAGE, PAGE, RW);
	map_at(&rig, UINT64_C(3) << 40, PAGE, RW);
	fault = fault_at(&rig, 101 * PAGE);
	CHECK_EQ(fault.has_nearest, 1);
	CHECK_EQ(fault.nearest.iova, 100 * PAGE);
	CHECK_EQ(fault.nearest.pa, MEMORY_PA);
	CHECK_EQ(fault_at(&rig, PAGE).nearest.iova, 100 * PAGE);
	CHECK_EQ(fault_at(&rig, UINT64_C(2) << 40).nearest.iova, UINT64_C(3)
									 << 40);
	CHECK_EQ(fault_at(&rig, UINT64_C(1) << 40).nearest.iova, 100 * PAGE);
	CHECK_EQ(fault_at(&rig, UINT64_C(4) << 40).nearest.iova, UINT64_C(3)
									 << 40);
	CHECK_EQ(fault_at(&rig, UINT64_MAX).nearest.iova, UINT64_C(3) << 40);
	CHECK_EQ(fault_at(&rig, 0).nearest.iova, 100 * PAGE);
	rig_fini(&rig);
}

static void a_mapping_without_the_right_is_its_own_nearest(void **state)
{
	struct iolas_fault fault;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	map_at(&rig, 4 * PAGE, PAGE, RW);
	map_at(&rig, 5 * PAGE, PAGE, IOLAS_WRITE);
	fault = fault_at(&rig, 5 * PAGE + 9);
	CHECK_EQ(fault.reason, IOLAS_FAULT_READ);
	CHECK_EQ(fault.nearest.iova, 5 * PAGE);
	CHECK_EQ(fault.level, 0);
	rig_fini(&rig);
}

/* Against a brute search over a page map. */
static void the_nearest_mapping_is_nearest_of_all(void **state)
{
	enum { PAGES = 3000 };
	static bool is_mapped[PAGES];
	struct rng rng = rng_seed(77);
	struct rig rig;

	(void)state;
	rig_init(&rig);
	memset(is_mapped, 0, sizeof(is_mapped));
	for (int round = 0; round < 60; round++) {
		const unsigned p = (unsigned)rng_below(&rng, PAGES);

		if (!is_mapped[p])
			map_at(&rig, p * PAGE, PAGE, RW);
		is_mapped[p] = true;
		for (int i = 0; i < 20; i++) {
			const unsigned at = (unsigned)rng_below(&rng, PAGES);
			unsigned up = at, down = at;
			struct iolas_fault fault;
			uint64_t distance;

			if (is_mapped[at])
				continue;
			while (up < PAGES && !is_mapped[up])
				up++;
			while (down > 0 && !is_mapped[down])
				down--;
			fault = fault_at(&rig, at * PAGE);
			CHECK_EQ(fault.has_nearest, 1);
			distance = fault.nearest.iova > at * PAGE
					   ? fault.nearest.iova / PAGE - at
					   : at - fault.nearest.iova / PAGE;
			CHECK(is_mapped[fault.nearest.iova / PAGE]);
			if (up < PAGES)
				CHECK(distance <= up - at);
			if (is_mapped[down])
				CHECK(distance <= at - down);
		}
	}
	rig_fini(&rig);
}

static void the_level_says_where_the_walk_ended(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(fault_at(&rig, 5 * PAGE).level, 3);
	map_at(&rig, 4 * PAGE, PAGE, RW);
	CHECK_EQ(fault_at(&rig, 5 * PAGE).level, 0);
	CHECK_EQ(fault_at(&rig, UINT64_C(2) << 20).level, 1);
	CHECK_EQ(fault_at(&rig, UINT64_C(1) << 30).level, 2);
	rig_fini(&rig);
}

static void a_full_ring_keeps_the_oldest_and_counts_the_rest(void **state)
{
	struct iolas_unit_stats stats = { .struct_size = sizeof(stats) };
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	rig.unit_config.fault_count = 3;
	rig_start(&rig);
	for (uint64_t i = 1; i <= 5; i++)
		CHECK_EQ(read_byte(&rig, i * PAGE), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).sequence, 1);
	CHECK_EQ(read_byte(&rig, 6 * PAGE), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).iova, 2 * PAGE);
	CHECK_EQ(rig_fault(&rig).sequence, 3);
	CHECK_EQ(rig_fault(&rig).sequence, 6);
	rig_check_no_fault(&rig);
	CHECK_EQ(iolas_unit_stats(rig.unit, &stats), IOLAS_OK);
	CHECK_EQ(stats.fault_count, 6);
	CHECK_EQ(stats.fault_drop_count, 2);
	rig_fini(&rig);
}

static void next_fault_refuses_a_result_it_cannot_fill(void **state)
{
	struct iolas_fault fault = { .struct_size = sizeof(fault) - 1 };
	struct iolas_unit_stats stats = { .struct_size = 4 };
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(read_byte(&rig, PAGE), IOLAS_EFAULT);
	CHECK_EQ(iolas_unit_next_fault(rig.unit, &fault), IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_next_fault(rig.unit, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_stats(rig.unit, &stats), IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_stats(rig.unit, NULL), IOLAS_EINVAL);
	CHECK_EQ(rig_fault(&rig).iova, PAGE);
	rig_fini(&rig);
}

/* The callback does what a driver would be tempted to do. */
static struct {
	struct rig *rig;
	unsigned calls;
	int destroy_status;
} handler;

static void handle(void *user, const struct iolas_fault *fault)
{
	struct rig *rig = handler.rig;

	CHECK(user == &handler);
	CHECK_EQ(fault->struct_size, sizeof(*fault));
	handler.calls++;
	handler.destroy_status = iolas_queue_destroy(rig->queue);
	/* Maps the page, so that a second try succeeds, and tries. */
	CHECK_EQ(iolas_domain_map(rig->domain, fault->iova & ~(PAGE - 1),
				  MEMORY_PA, PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(read_byte(rig, fault->iova), IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig->domain, fault->iova & ~(PAGE - 1),
				    PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(rig_fault(rig).sequence, fault->sequence);
}

static void the_callback_may_use_the_library(void **state)
{
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	rig.unit_config.fault = handle;
	rig.unit_config.fault_user = &handler;
	handler.rig = &rig;
	handler.calls = 0;
	rig_start(&rig);
	CHECK_EQ(read_byte(&rig, 77 * PAGE + 3), IOLAS_EFAULT);
	CHECK_EQ(handler.calls, 1);
	CHECK_EQ(handler.destroy_status, IOLAS_EBUSY);
	CHECK_EQ(read_byte(&rig, 77 * PAGE + 3), IOLAS_EFAULT);
	CHECK_EQ(handler.calls, 2);
	rig_check_no_fault(&rig);
	rig_fini(&rig);
}

static void a_fault_in_words(void **state)
{
	struct iolas_fault fault = {
		.struct_size = sizeof(fault),
		.reason = IOLAS_FAULT_WRITE,
		.requester_id = 0x1af9,
		.pasid = 77,
		.iova = 0x12345008,
		.access = IOLAS_WRITE,
		.level = 0,
		.access_iova = 0x12345000,
		.access_len = 64,
		.has_nearest = 1,
		.has_history = 1,
		.nearest = { .iova = 0x12345000,
			     .size = 4096,
			     .pa = 0xabc000,
			     .prot = IOLAS_READ },
		.history = { .iova = 0x12340000,
			     .last = 0x1234ffff,
			     .pa = 0x777000,
			     .prot = RW,
			     .age = 2 },
	};
	char text[512], small[10];

	(void)state;
	CHECK_EQ(iolas_fault_describe(&fault, text, sizeof(text)), IOLAS_OK);
	CHECK_STR(text,
		  "device 1a:1f.1 pasid 77: write at 0x12345008 refused, "
		  "mapped, but not for writing (level 0); access of 64 bytes "
		  "from 0x12345000; mapping there: 0x12345000..0x12345fff -> "
		  "0xabc000 r--; lived there last: 0x12340000..0x1234ffff -> "
		  "0x777000 rw-, unmapped 2 unmaps ago");
	CHECK_EQ(iolas_fault_describe(&fault, small, sizeof(small)), IOLAS_OK);
	CHECK_STR(small, "device 1a");
	CHECK_EQ(iolas_fault_describe(&fault, small, 1), IOLAS_OK);
	CHECK_STR(small, "");
	CHECK_EQ(iolas_fault_describe(&fault, small, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_fault_describe(&fault, NULL, 9), IOLAS_EINVAL);
	fault.struct_size = 4;
	CHECK_EQ(iolas_fault_describe(&fault, text, 9), IOLAS_EINVAL);
}

/* Whatever the bytes of a fault say, the text is a text. */
static void any_bytes_have_words(void **state)
{
	struct rng rng = rng_seed(5);
	char text[512];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct iolas_fault fault;

		for (size_t at = 0; at < sizeof(fault); at++)
			((unsigned char *)&fault)[at] =
				(unsigned char)rng_next(&rng);
		fault.struct_size = sizeof(fault);
		fault.reason %= 10;
		fault.access %= 6;
		memset(text, 'x', sizeof(text));
		CHECK_EQ(iolas_fault_describe(&fault, text, sizeof(text)),
			 IOLAS_OK);
		CHECK(memchr(text, '\0', sizeof(text)) != NULL);
		CHECK(strlen(text) < sizeof(text) - 1);
	}
}

RUN_CASES(CASE(the_nearest_mapping_is_named),
	  CASE(a_mapping_without_the_right_is_its_own_nearest),
	  CASE(the_nearest_mapping_is_nearest_of_all),
	  CASE(the_level_says_where_the_walk_ended),
	  CASE(a_full_ring_keeps_the_oldest_and_counts_the_rest),
	  CASE(next_fault_refuses_a_result_it_cannot_fill),
	  CASE(the_callback_may_use_the_library), CASE(a_fault_in_words),
	  CASE(any_bytes_have_words))
