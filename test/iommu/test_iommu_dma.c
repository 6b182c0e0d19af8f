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

RUN_CASES(CASE(bytes_arrive_where_the_mapping_says),
	  CASE(an_unmapped_page_faults_and_says_what_lived_there))
