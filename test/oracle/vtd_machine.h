/* SPDX-License-Identifier: MIT */
/*
 * QEMU's intel-iommu with one DMA engine (edu) behind it and no guest: the test
 * is the operating system and speaks qtest.  Registers and quirks of the model
 * are listed in vtd_machine.c.
 */
#ifndef TEST_ORACLE_VTD_MACHINE_H
#define TEST_ORACLE_VTD_MACHINE_H

#include "oracle/qemu_process.h"

#include <iolas/pgtable.h>

#include <stdbool.h>

/* Requester: bus 0, device 5, function 0. */
#define VTD_EDU_SOURCE_ID 0x28u
/* edu's buffer; a transfer of all 4096 bytes ends QEMU 7.2. */
#define VTD_EDU_BUFFER_BYTES 4095u

struct vtd_machine {
	struct qemu qemu;
	struct guest_ram *ram;
	uint64_t dmas;
	int64_t trace_seen; /* bytes of QEMU's stderr */
	char batch[4096];
	size_t batch_len;
};

struct vtd_fault {
	bool is_recorded;
	bool is_read;
	uint32_t reason;
	uint32_t source_id;
	iolas_iova page;
};

/* One leaf as the unit saw it. */
struct vtd_translation {
	iolas_iova iova; /* of the leaf's first byte */
	iolas_pa pa;
	uint64_t mask; /* the leaf's bytes - 1 */
};

/*
 * NULL, or why there is nothing to test with.  @aw_bits: 39 or 48.  @is_traced:
 * the unit tells each translation it makes.
 */
const char *vtd_machine_start(struct vtd_machine *machine,
			      struct guest_ram *ram, unsigned aw_bits,
			      bool is_traced);
void vtd_machine_stop(struct vtd_machine *machine);

/* Puts @words into the context entry of edu and switches translation on. */
void vtd_attach(struct vtd_machine *machine,
		const struct iolas_attach_words *words);

/* Memory to buffer (@iova is read by the device), buffer to memory. */
void vtd_dma_read(struct vtd_machine *machine, iolas_iova iova, size_t bytes);
void vtd_dma_write(struct vtd_machine *machine, iolas_iova iova, size_t bytes);

/* Takes the fault record, if any, out of the unit. */
struct vtd_fault vtd_take_fault(struct vtd_machine *machine);

/* The first translation made since the last call; false: there was none. */
bool vtd_take_translation(struct vtd_machine *machine,
			  struct vtd_translation *translation);

/* IOTLB invalidations through the register; done on return. */
void vtd_invalidate_all(struct vtd_machine *machine);
void vtd_invalidate_domain(struct vtd_machine *machine, uint32_t domain_id);
/*
 * 2^@am pages at @iova.  @leaf_only (IH): tables did not go, walk caches may
 * stay.
 */
void vtd_invalidate_pages(struct vtd_machine *machine, uint32_t domain_id,
			  iolas_iova iova, unsigned am, bool leaf_only);
/* What a gather asks for, by the smallest request that covers it. */
void vtd_invalidate_gather(struct vtd_machine *machine, uint32_t domain_id,
			   const struct iolas_gather *gather);

#endif /* TEST_ORACLE_VTD_MACHINE_H */
