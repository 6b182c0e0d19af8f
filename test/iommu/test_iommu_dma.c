/* SPDX-License-Identifier: MIT */
/*
 * DMA: what a device writes arrives where the mapping says, what it may not
 * touch is left alone, and a fault says why.
 */
#include "iommu_rig.h"

static void bytes_arrive_where_the_mapping_says(void **state)
{
	unsigned char data[3 * 4096], back[sizeof(data)];
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	iova = rig_map(&rig, 10, 4, RW);
	CHECK_EQ(iolas_dma_write(rig.queue, iova + 100, data, sizeof(data)),
		 IOLAS_OK);
	CHECK_MEM(rig_page(10) + 100, data, sizeof(data));
	CHECK_EQ(rig_page(10)[99], 0);
	CHECK_EQ(rig_page(13)[100], 0);
	CHECK_EQ(iolas_dma_read(rig.queue, iova + 100, back, sizeof(back)),
		 IOLAS_OK);
	CHECK_MEM(back, data, sizeof(data));
	rig_check_no_fault(&rig);
	rig_unmap(&rig, iova, 4);
	rig_fini(&rig);
}

static void an_unmapped_page_faults_and_says_what_lived_there(void **state)
{
	struct iolas_fault fault;
	unsigned char byte = 1;
	char text[512];
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_prepare(&rig);
	rig.domain_config.history_count = 8;
	rig_start(&rig);
	iova = rig_map(&rig, 10, 2, RW);
	CHECK_EQ(iolas_dma_write(rig.queue, iova, &byte, 1), IOLAS_OK);
	rig_unmap(&rig, iova, 2);
	CHECK_EQ(iolas_dma_write(rig.queue, iova + 5, &byte, 1), IOLAS_EFAULT);
	CHECK_EQ(rig_page(10)[5], 0);
	fault = rig_fault(&rig);
	CHECK_EQ(fault.reason, IOLAS_FAULT_NOT_MAPPED);
	CHECK_EQ(fault.iova, iova + 5);
	CHECK_EQ(fault.requester_id, REQUESTER);
	CHECK_EQ(fault.pasid, IOLAS_PASID_NONE);
	CHECK_EQ(fault.access, IOLAS_WRITE);
	CHECK_EQ(fault.has_history, 1);
	CHECK_EQ(fault.history.pa, rig_page_pa(10));
	CHECK_EQ(fault.history.iova, iova);
	CHECK_EQ(fault.history.last, iova + 2 * PAGE - 1);
	CHECK_EQ(fault.sequence, 1);
	CHECK_EQ(iolas_fault_describe(&fault, text, sizeof(text)), IOLAS_OK);
	printf("# %s\n", text);
	rig_fini(&rig);
}

static void nothing_is_copied_past_a_refusal(void **state)
{
	unsigned char data[3 * 4096];
	struct iolas_fault fault;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	memset(data, 0x33, sizeof(data));
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1), PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, 3 * PAGE, rig_page_pa(3), PAGE,
				  RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE + 10, data, sizeof(data)),
		 IOLAS_EFAULT);
	fault = rig_fault(&rig);
	CHECK_EQ(fault.iova, 2 * PAGE);
	CHECK_EQ(fault.access_iova, PAGE + 10);
	CHECK_EQ(fault.access_len, sizeof(data));
	CHECK_EQ(rig_page(1)[9], 0);
	CHECK_EQ(rig_page(1)[10], 0x33);
	CHECK_EQ(rig_page(1)[4095], 0x33);
	CHECK_EQ(rig_page(3)[0], 0);
	rig_fini(&rig);
}

static void scattered_pages_make_one_access(void **state)
{
	static unsigned char data[300 * 4096], back[sizeof(data)];
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 31 >> 3);
	/* Backwards, and 300 pages are many pieces. */
	for (unsigned p = 0; p < 301; p++)
		CHECK_EQ(iolas_domain_map(rig.domain, (p + 1) * PAGE,
					  rig_page_pa(900 - 2 * p), PAGE, RW),
			 IOLAS_OK);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE + 77, data, sizeof(data)),
		 IOLAS_OK);
	for (unsigned p = 1; p < 300; p++)
		CHECK_MEM(rig_page(900 - 2 * p), &data[p * PAGE - 77], PAGE);
	CHECK_EQ(iolas_dma_read(rig.queue, PAGE + 77, back, sizeof(back)),
		 IOLAS_OK);
	CHECK_MEM(back, data, sizeof(data));
	rig_fini(&rig);
}

static void memory_that_ends_is_a_fault(void **state)
{
	const unsigned last = MEMORY_PAGES - 1;
	unsigned char data[2 * 4096] = { 0x11 };
	struct rig rig;

	(void)state;
	rig_init(&rig);
	memset(data, 0x11, sizeof(data));
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(last), 2 * PAGE,
				  RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE + 1, data, PAGE),
		 IOLAS_EFAULT);
	CHECK_EQ(rig_page(last)[1], 0x11);
	CHECK_EQ(rig_page(last)[4095], 0x11);
	CHECK_EQ(rig_fault(&rig).iova, 2 * PAGE);
	rig_check_no_fault(&rig);
	rig_fini(&rig);
}

static void bad_arguments_are_refused_without_a_fault(void **state)
{
	unsigned char byte = 1;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE, NULL, 0), IOLAS_OK);
	CHECK_EQ(iolas_dma_read(rig.queue, UINT64_MAX, &byte, 0), IOLAS_OK);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE, NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_read(rig.queue, PAGE, NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_write(rig.queue, UINT64_MAX, &byte, 2),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_write(rig.queue, 2, &byte, UINT64_MAX),
		 IOLAS_EINVAL);
	rig_check_no_fault(&rig);
	rig_fini(&rig);
}

static void a_unit_without_memory_only_translates(void **state)
{
	struct iolas_translation run;
	uint64_t count = 1, len = 1, token;
	unsigned char byte = 1;
	struct rig rig;
	void *ptr;

	(void)state;
	rig_prepare(&rig);
	rig.unit_config.memory = NULL;
	rig_start(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1), PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE, &byte, 1), IOLAS_ENOTSUP);
	CHECK_EQ(iolas_dma_read(rig.queue, PAGE, &byte, 1), IOLAS_ENOTSUP);
	CHECK_EQ(iolas_dma_map(rig.queue, PAGE, &len, RW, &ptr, &token),
		 IOLAS_ENOTSUP);
	CHECK_EQ(iolas_translate(rig.queue, PAGE, 1, RW, &run, &count),
		 IOLAS_OK);
	CHECK_EQ(run.pa, rig_page_pa(1));
	rig_fini(&rig);
}

/*
 * A pointer callback that takes the very mapping away that it is asked for, in
 * the middle of the access.  Strict, so it waits for open sections: were it
 * called inside one, this would hang.
 */
static struct {
	struct iolas_domain *domain;
	iolas_iova iova;
	iolas_pa then; /* mapped there instead; 0: nothing */
	bool is_armed;
} traitor;

static void *unmapping_ptr(void *user, iolas_pa pa, uint64_t len)
{
	if (traitor.is_armed) {
		traitor.is_armed = false;
		CHECK_EQ(iolas_domain_unmap(traitor.domain, traitor.iova, PAGE,
					    NULL),
			 IOLAS_OK);
		if (traitor.then)
			CHECK_EQ(iolas_domain_map(traitor.domain, traitor.iova,
						  traitor.then, PAGE, RW),
				 IOLAS_OK);
	}
	return rig_ptr(user, pa, len);
}

static void what_is_unmapped_in_the_middle_is_not_written(void **state)
{
	unsigned char byte = 0x66;
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	rig.memory.ptr = unmapping_ptr;
	traitor.is_armed = false;
	rig_start(&rig);
	traitor.domain = rig.domain;
	traitor.iova = PAGE;
	traitor.then = 0;
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1), PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE, &byte, 1), IOLAS_OK);
	CHECK_EQ(rig_page(1)[0], 0x66);
	traitor.is_armed = true;
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE + 1, &byte, 1), IOLAS_EFAULT);
	CHECK_EQ(rig_page(1)[1], 0);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_NOT_MAPPED);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1), PAGE, RW),
		 IOLAS_OK);
	traitor.is_armed = true;
	traitor.then = rig_page_pa(2);
	CHECK_EQ(iolas_dma_write(rig.queue, PAGE + 2, &byte, 1), IOLAS_OK);
	CHECK_EQ(rig_page(1)[2], 0);
	CHECK_EQ(rig_page(2)[2], 0x66);
	rig_fini(&rig);
}

RUN_CASES(CASE(bytes_arrive_where_the_mapping_says),
	  CASE(an_unmapped_page_faults_and_says_what_lived_there),
	  CASE(nothing_is_copied_past_a_refusal),
	  CASE(scattered_pages_make_one_access),
	  CASE(memory_that_ends_is_a_fault),
	  CASE(bad_arguments_are_refused_without_a_fault),
	  CASE(a_unit_without_memory_only_translates),
	  CASE(what_is_unmapped_in_the_middle_is_not_written))
