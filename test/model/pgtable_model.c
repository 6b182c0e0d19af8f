/* SPDX-License-Identifier: MIT */
/*
 * Page tables as an array; see the header.
 */
#include "model/pgtable_model.h"

#include <stdlib.h>

#define PAGE_LG2 12

void pgtable_model_init(struct pgtable_model *model, iolas_iova base,
			uint64_t count)
{
	model->base = base;
	model->count = count;
	model->page = calloc(count, sizeof(*model->page));
	if (!model->page)
		abort();
}

void pgtable_model_fini(struct pgtable_model *model)
{
	free(model->page);
}

static struct pgtable_model_page *first_of(const struct pgtable_model *model,
					   iolas_iova iova)
{
	const uint64_t index = (iova - model->base) >> PAGE_LG2;

	if (index >= model->count)
		abort(); /* the test left its window */
	return &model->page[index];
}

int pgtable_model_map(struct pgtable_model *model, iolas_iova iova, iolas_pa pa,
		      uint64_t len, unsigned prot)
{
	struct pgtable_model_page *page = first_of(model, iova);

	for (uint64_t i = 0; i < len >> PAGE_LG2; i++)
		if (page[i].prot)
			return IOLAS_EEXIST;
	for (uint64_t i = 0; i < len >> PAGE_LG2; i++) {
		page[i].pa = pa + (i << PAGE_LG2);
		page[i].prot = prot;
	}
	return IOLAS_OK;
}

uint64_t pgtable_model_unmap(struct pgtable_model *model, iolas_iova iova,
			     uint64_t len)
{
	struct pgtable_model_page *page = first_of(model, iova);
	uint64_t bytes = 0;

	for (uint64_t i = 0; i < len >> PAGE_LG2; i++) {
		bytes += page[i].prot ? UINT64_C(1) << PAGE_LG2 : 0;
		page[i].prot = 0;
	}
	return bytes;
}

int pgtable_model_protect(struct pgtable_model *model, iolas_iova iova,
			  uint64_t len, unsigned prot)
{
	struct pgtable_model_page *page = first_of(model, iova);

	for (uint64_t i = 0; i < len >> PAGE_LG2; i++)
		if (!page[i].prot)
			return IOLAS_ENOENT;
	for (uint64_t i = 0; i < len >> PAGE_LG2; i++)
		page[i].prot = prot;
	return IOLAS_OK;
}

const struct pgtable_model_page *
pgtable_model_at(const struct pgtable_model *model, iolas_iova iova)
{
	return first_of(model, iova);
}
