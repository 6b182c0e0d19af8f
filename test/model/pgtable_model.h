/* SPDX-License-Identifier: MIT */
/*
 * Page tables as an array: one element per granule of a window.  Slow and
 * obvious; the oracle for the real ones.
 */
#ifndef TEST_MODEL_PGTABLE_MODEL_H
#define TEST_MODEL_PGTABLE_MODEL_H

#include <iolas/base.h>

#include <stdbool.h>

struct pgtable_model_page {
	uint64_t pa;
	uint32_t prot; /* 0: not mapped */
};

struct pgtable_model {
	iolas_iova base;
	uint64_t count; /* granules of 4 KiB */
	struct pgtable_model_page *page;
};

void pgtable_model_init(struct pgtable_model *model, iolas_iova base,
			uint64_t count);
void pgtable_model_fini(struct pgtable_model *model);

/* All or nothing; IOLAS_EEXIST. */
int pgtable_model_map(struct pgtable_model *model, iolas_iova iova, iolas_pa pa,
		      uint64_t len, unsigned prot);
/* Answers how many bytes were mapped. */
uint64_t pgtable_model_unmap(struct pgtable_model *model, iolas_iova iova,
			     uint64_t len);
/* IOLAS_ENOENT: part of it is not mapped; nothing changed. */
int pgtable_model_protect(struct pgtable_model *model, iolas_iova iova,
			  uint64_t len, unsigned prot);
const struct pgtable_model_page *
pgtable_model_at(const struct pgtable_model *model, iolas_iova iova);

#endif /* TEST_MODEL_PGTABLE_MODEL_H */
