/* SPDX-License-Identifier: MIT */
/*
 * Physical memory, slow and obvious: one array element per page, every question
 * answered by trying all pages.  The oracle for the real one; knows nothing of
 * it but the public header.
 */
#ifndef TEST_MODEL_PHYSMEM_MODEL_H
#define TEST_MODEL_PHYSMEM_MODEL_H

#include <iolas/physmem.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHYSMEM_MODEL_PAGE  UINT64_C(4096)
#define PHYSMEM_MODEL_PAGES 512u

enum physmem_model_kind {
	PHYSMEM_MODEL_FREE,
	PHYSMEM_MODEL_BLOCK, /* block or its guard: see first and guard */
	PHYSMEM_MODEL_SCATTERED,
};

/* One page; pages of all regions stand in address order in one array. */
struct physmem_model_page {
	uint64_t number; /* address / page */
	uint32_t node;
	uint32_t region; /* position of its region in address order */
	enum physmem_model_kind kind;
	uint64_t block_first; /* of a block: number of its first page */
	uint64_t block_pages; /* its length without guard */
	bool is_guard;
	bool is_poisoned;
	bool is_dirty; /* written since its free */
};

struct physmem_model {
	struct physmem_model_page pages[PHYSMEM_MODEL_PAGES];
	unsigned count;
	uint64_t poison_hits;
	bool poisons;
};

/* @regions in address order. */
void physmem_model_init(struct physmem_model *model,
			const struct iolas_physmem_region *regions,
			unsigned region_count, bool poisons);

/* The page with this number, or NULL. */
struct physmem_model_page *physmem_model_at(struct physmem_model *model,
					    uint64_t number);

/* Would a block of @pages fit at page number @base?  The node is not asked. */
bool physmem_model_fits_at(struct physmem_model *model, uint64_t pages,
			   const struct iolas_range_constraints *c,
			   uint64_t base);
/*
 * What alloc has to answer.  *base is the only right page number, but for
 * random placement, where any page of *nodes is right that fits; *wished says
 * whether it has to be of the request's node.
 */
int physmem_model_place(struct physmem_model *model, uint64_t pages,
			const struct iolas_physmem_request *request,
			uint64_t *base, bool *wished);
void physmem_model_take(struct physmem_model *model, uint64_t pages,
			uint64_t guard_pages, uint64_t base);
int physmem_model_free(struct physmem_model *model, uint64_t base,
		       uint64_t pages);

/* Does a single page meet the limits of the request, the node not asked? */
bool physmem_model_page_fits(const struct physmem_model_page *page,
			     const struct iolas_range_constraints *c);
/*
 * What alloc_pages has to answer; for low and high placement numbers[] is the
 * only right set, upwards.
 */
int physmem_model_pick(struct physmem_model *model, uint64_t count,
		       const struct iolas_physmem_request *request,
		       uint64_t *numbers);
void physmem_model_take_page(struct physmem_model *model, uint64_t number);
int physmem_model_free_pages(struct physmem_model *model,
			     const uint64_t *numbers, uint64_t count);

/* Counters of one node, or of all. */
void physmem_model_stats(const struct physmem_model *model, uint32_t node,
			 struct iolas_physmem_stats *stats);

#endif /* TEST_MODEL_PHYSMEM_MODEL_H */
