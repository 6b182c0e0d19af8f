/* SPDX-License-Identifier: MIT */
/*
 * dma_map: a pointer that keeps its mapping.
 */
#include "iommu_rig.h"

static void the_pointer_is_the_memory(void **state)
{
	uint64_t len = 2 * PAGE, token;
	struct rig rig;
	iolas_iova iova;
	void *ptr;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 6, 2, RW);
	/* More than is mapped: as much as there is. */
	CHECK_EQ(iolas_dma_map(rig.queue, iova + 16, &len, RW, &ptr, &token),
		 IOLAS_OK);
	CHECK(ptr == rig_page(6) + 16);
	CHECK_EQ(len, 2 * PAGE - 16);
	CHECK_EQ(iolas_dma_unmap(rig.queue, token), IOLAS_OK);
	rig_unmap(&rig, iova, 2);
	rig_fini(&rig);
}

static void what_is_borrowed_stays(void **state)
{
	uint64_t len = 1, token;
	struct rig rig;
	iolas_iova iova;
	void *ptr;

	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++) {
		struct iolas_gather gather;

		rig_prepare(&rig);
		rig.domain_config.policy = policy;
		rig_start(&rig);
		iolas_gather_init(&gather);
		iova = rig_map(&rig, 6, 3, RW);
		CHECK_EQ(iolas_dma_map(rig.queue, iova + PAGE + 5, &len,
				       IOLAS_READ, &ptr, &token),
			 IOLAS_OK);
		CHECK_EQ(iolas_domain_unmap_free(rig.domain, iova, 3 * PAGE),
			 IOLAS_EBUSY);
		CHECK_EQ(
			iolas_domain_unmap(rig.domain, iova + PAGE, PAGE, NULL),
			IOLAS_EBUSY);
		CHECK_EQ(
			iolas_domain_unmap(rig.domain, iova, 3 * PAGE, &gather),
			IOLAS_EBUSY);
		CHECK(iolas_gather_is_empty(&gather));
		CHECK_EQ(iolas_domain_protect(rig.domain, iova, 3 * PAGE,
					      IOLAS_READ),
			 IOLAS_EBUSY);
		CHECK_EQ(iolas_device_detach(rig.device, IOLAS_PASID_NONE),
			 IOLAS_EBUSY);
		CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE,
					      rig.domain),
			 IOLAS_EBUSY);
		CHECK_EQ(iolas_queue_destroy(rig.queue), IOLAS_EBUSY);
		CHECK_EQ(iolas_dma_write(rig.queue, iova, "xyz", 3), IOLAS_OK);
		/* Beside it all goes on. */
		CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, NULL),
			 IOLAS_OK);
		CHECK_EQ(iolas_domain_unmap(rig.domain, iova + 2 * PAGE, PAGE,
					    NULL),
			 IOLAS_OK);
		CHECK_EQ(iolas_dma_unmap(rig.queue, token), IOLAS_OK);
		rig_unmap(&rig, iova, 3);
		rig_fini(&rig);
	}
}

static void tokens_name_one_live_map(void **state)
{
	uint64_t token[40], len = 1;
	struct iolas_queue *other;
	struct rig rig;
	iolas_iova iova;
	void *ptr;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 6, 1, RW);
	CHECK_EQ(iolas_queue_create(rig.device, IOLAS_PASID_NONE, &other),
		 IOLAS_OK);
	for (int i = 0; i < 40; i++)
		CHECK_EQ(iolas_dma_map(rig.queue, iova, &len, RW, &ptr,
				       &token[i]),
			 IOLAS_OK);
	CHECK_EQ(iolas_dma_unmap(other, token[0]), IOLAS_ENOENT);
	CHECK_EQ(iolas_dma_unmap(rig.queue, 0), IOLAS_ENOENT);
	CHECK_EQ(iolas_dma_unmap(rig.queue, UINT64_MAX), IOLAS_ENOENT);
	for (int i = 39; i >= 0; i -= 1) {
		CHECK_EQ(iolas_domain_unmap(rig.domain, iova, PAGE, NULL),
			 IOLAS_EBUSY);
		CHECK_EQ(iolas_dma_unmap(rig.queue, token[i]), IOLAS_OK);
		CHECK_EQ(iolas_dma_unmap(rig.queue, token[i]), IOLAS_ENOENT);
	}
	CHECK_EQ(iolas_queue_destroy(other), IOLAS_OK);
	rig_unmap(&rig, iova, 1);
	rig_fini(&rig);
}

static void a_break_shortens_the_map_and_the_pin(void **state)
{
	uint64_t len = 3 * PAGE, token;
	struct rig rig;
	void *ptr;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1), PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, 2 * PAGE, rig_page_pa(9),
				  2 * PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_map(rig.queue, PAGE + 1, &len, RW, &ptr, &token),
		 IOLAS_OK);
	CHECK_EQ(len, PAGE - 1);
	CHECK_EQ(iolas_domain_unmap(rig.domain, 2 * PAGE, PAGE, NULL),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE, PAGE, NULL), IOLAS_EBUSY);
	CHECK_EQ(iolas_dma_unmap(rig.queue, token), IOLAS_OK);
	rig_fini(&rig);
}

static void memory_that_ends_shortens_the_map(void **state)
{
	const unsigned last = MEMORY_PAGES - 1;
	uint64_t len = 3 * PAGE, token;
	struct rig rig;
	void *ptr;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(last), 3 * PAGE,
				  RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_map(rig.queue, PAGE + 8, &len, RW, &ptr, &token),
		 IOLAS_OK);
	CHECK(ptr == rig_page(last) + 8);
	CHECK_EQ(len, PAGE - 8);
	CHECK_EQ(iolas_dma_unmap(rig.queue, token), IOLAS_OK);
	len = PAGE;
	CHECK_EQ(iolas_dma_map(rig.queue, 2 * PAGE, &len, RW, &ptr, &token),
		 IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_NO_MEMORY);
	CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE, 3 * PAGE, NULL),
		 IOLAS_OK);
	rig_fini(&rig);
}

static void bypass_and_blocked_devices_map_too_or_not(void **state)
{
	uint64_t len = PAGE, token;
	struct rig rig;
	void *ptr;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_device_detach(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_dma_map(rig.queue, PAGE, &len, RW, &ptr, &token),
		 IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_BLOCKED);
	CHECK_EQ(iolas_device_bypass(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_dma_map(rig.queue, rig_page_pa(3), &len, RW, &ptr,
			       &token),
		 IOLAS_OK);
	CHECK(ptr == rig_page(3));
	CHECK_EQ(iolas_device_detach(rig.device, IOLAS_PASID_NONE),
		 IOLAS_EBUSY);
	CHECK_EQ(iolas_dma_unmap(rig.queue, token), IOLAS_OK);
	rig_fini(&rig);
}

static void bad_arguments_change_nothing(void **state)
{
	uint64_t len = 1, none = 0, two = 2, token = 9;
	struct rig rig;
	void *ptr = &rig;

	(void)state;
	rig_init(&rig);
#define REFUSED(iova, len, access, ptr, token)                            \
	CHECK_EQ(iolas_dma_map(rig.queue, iova, len, access, ptr, token), \
		 IOLAS_EINVAL)
	REFUSED(PAGE, NULL, RW, &ptr, &token);
	REFUSED(PAGE, &none, RW, &ptr, &token);
	REFUSED(PAGE, &len, 0, &ptr, &token);
	REFUSED(PAGE, &len, IOLAS_EXEC, &ptr, &token);
	REFUSED(PAGE, &len, RW, NULL, &token);
	REFUSED(PAGE, &len, RW, &ptr, NULL);
	REFUSED(UINT64_MAX, &two, RW, &ptr, &token);
#undef REFUSED
	CHECK(ptr == &rig);
	CHECK_EQ(token, 9);
	rig_check_no_fault(&rig);
	rig_fini(&rig);
}

RUN_CASES(CASE(the_pointer_is_the_memory), CASE(what_is_borrowed_stays),
	  CASE(tokens_name_one_live_map),
	  CASE(a_break_shortens_the_map_and_the_pin),
	  CASE(memory_that_ends_shortens_the_map),
	  CASE(bypass_and_blocked_devices_map_too_or_not),
	  CASE(bad_arguments_change_nothing))
