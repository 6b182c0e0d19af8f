/* SPDX-License-Identifier: MIT */
/*
 * Random page lists against the obvious model: an array of frame numbers, a
 * byte offset and a byte count.
 * Floor: pagelist.  Tools: seeded; the seed is printed.
 */
#include <iolas/pagelist.h>

#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"

#define PAGE  UINT64_C(4096)
#define MAX   6000u
#define STEPS 30000u

struct model {
	uint64_t pfn[MAX];
	uint64_t page_count;
	uint64_t byte_offset;
	uint64_t byte_count;
};

static struct counting_host host;
static struct model model;

static uint64_t model_pa(const struct model *m, uint64_t offset)
{
	const uint64_t at = m->byte_offset + offset;

	return m->pfn[at / PAGE] * PAGE + at % PAGE;
}

static uint64_t model_runs(const struct model *m)
{
	uint64_t runs = 0;

	for (uint64_t i = 0; i < m->page_count; i++)
		runs += i == 0 || m->pfn[i] != m->pfn[i - 1] + 1;
	return runs;
}

/* Bytes that follow @offset without a gap, counted page by page. */
static uint64_t model_run_len(const struct model *m, uint64_t offset)
{
	const uint64_t at = m->byte_offset + offset;
	uint64_t page = at / PAGE;
	uint64_t len = PAGE - at % PAGE;

	while (page + 1 < m->page_count && m->pfn[page + 1] == m->pfn[page] + 1)
		len += PAGE, page++;
	return len < m->byte_count - offset ? len : m->byte_count - offset;
}

static void compare(const struct model *m, const struct iolas_pagelist *list)
{
	CHECK_EQ(iolas_pagelist_page_count(list), m->page_count);
	CHECK_EQ(iolas_pagelist_byte_offset(list), m->byte_offset);
	CHECK_EQ(iolas_pagelist_byte_count(list), m->byte_count);
}

static void compare_at(const struct model *m, const struct iolas_pagelist *list,
		       uint64_t offset)
{
	struct iolas_run run;

	CHECK_EQ(iolas_pagelist_run_at(list, offset, &run), IOLAS_OK);
	CHECK_EQ(run.pa, model_pa(m, offset));
	CHECK_EQ(run.len, model_run_len(m, offset));
}

static void append(struct rng *rng, struct iolas_pagelist *list)
{
	uint64_t pfns[64];
	const uint64_t count = 1 + rng_below(rng, 64);
	const bool as_run = rng_below(rng, 2);
	const uint64_t end = model.byte_offset + model.byte_count;
	const bool is_open = end == model.page_count * PAGE;
	int status;

	if (model.page_count + count > MAX)
		return;
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t before =
			i ? pfns[i - 1]
			  : (model.page_count ? model.pfn[model.page_count - 1]
					      : 0);

		pfns[i] = as_run && i ? before + 1 : before + rng_below(rng, 3);
	}
	if (as_run)
		status = iolas_pagelist_append_run(list, pfns[0] * PAGE,
						   count * PAGE);
	else
		status = iolas_pagelist_append_frames(list, pfns, count);
	CHECK_EQ(status, is_open ? IOLAS_OK : IOLAS_EBUSY);
	if (status != IOLAS_OK)
		return;
	for (uint64_t i = 0; i < count; i++)
		model.pfn[model.page_count++] = pfns[i];
	model.byte_count += count * PAGE;
}

static void set_bytes(struct rng *rng, struct iolas_pagelist *list)
{
	const uint64_t offset = rng_below(rng, PAGE + 4);
	const uint64_t count =
		rng_below(rng, 3)
			? model.page_count * PAGE - rng_below(rng, PAGE + 9)
			: model.page_count * PAGE - offset;
	const uint64_t pages = (offset + count + PAGE - 1) / PAGE;
	const bool is_right = offset < PAGE && model.page_count && count &&
			      count <= MAX * PAGE && pages == model.page_count;
	const bool is_nothing = !model.page_count && !offset && !count;

	CHECK_EQ(iolas_pagelist_set_bytes(list, offset, count),
		 is_right || is_nothing ? IOLAS_OK : IOLAS_EINVAL);
	if (is_right) {
		model.byte_offset = offset;
		model.byte_count = count;
	}
}

/* A slice answers for each offset what its source answers. */
static void slice(struct rng *rng, const struct iolas_pagelist *list)
{
	const uint64_t offset = rng_below(rng, model.byte_count);
	const uint64_t len = 1 + rng_below(rng, model.byte_count - offset);
	struct iolas_pagelist *part;
	uint64_t first = model.byte_offset + offset;

	CHECK_EQ(iolas_pagelist_slice(list, offset, len, &part), IOLAS_OK);
	CHECK_EQ(iolas_pagelist_byte_count(part), len);
	CHECK_EQ(iolas_pagelist_byte_offset(part), first % PAGE);
	CHECK_EQ(iolas_pagelist_page_count(part),
		 (first + len - 1) / PAGE - first / PAGE + 1);
	for (unsigned i = 0; i < 8; i++) {
		const uint64_t at = rng_below(rng, len);
		struct iolas_run run;

		CHECK_EQ(iolas_pagelist_run_at(part, at, &run), IOLAS_OK);
		CHECK_EQ(run.pa, model_pa(&model, offset + at));
	}
	iolas_pagelist_destroy(part);
}

static void frames(struct rng *rng, const struct iolas_pagelist *list)
{
	uint64_t pfns[100];
	const uint64_t index = rng_below(rng, model.page_count);
	uint64_t count = 1 + rng_below(rng, 100);

	if (count > model.page_count - index)
		count = model.page_count - index;
	CHECK_EQ(iolas_pagelist_frames(list, index, pfns, count), IOLAS_OK);
	CHECK_MEM(pfns, &model.pfn[index], (size_t)count * sizeof(pfns[0]));
}

static void step(struct rng *rng, struct iolas_pagelist *list)
{
	const uint64_t what = rng_below(rng, 1000);

	if (what == 0) {
		iolas_pagelist_clear(list);
		model.page_count = model.byte_count = model.byte_offset = 0;
	} else if (what < 300) {
		append(rng, list);
	} else if (what < 600) {
		set_bytes(rng, list);
	} else if (!model.page_count) {
		return;
	} else if (what < 700) {
		frames(rng, list);
	} else if (what < 750) {
		slice(rng, list);
	} else {
		compare_at(&model, list, rng_below(rng, model.byte_count));
	}
}

/* Walking by run length visits each data byte's page once, in order. */
static void walk(const struct iolas_pagelist *list)
{
	uint64_t runs = 0;

	for (uint64_t at = 0; at < model.byte_count; runs++) {
		struct iolas_run run;

		compare_at(&model, list, at);
		CHECK_EQ(iolas_pagelist_run_at(list, at, &run), IOLAS_OK);
		at += run.len;
	}
	CHECK_EQ(runs, model_runs(&model));
	CHECK_EQ(iolas_pagelist_run_count(list), runs);
}

static void random_lists_behave_as_the_model(void **state)
{
	struct rng rng = rng_seed(0x7a6e11);
	struct iolas_pagelist *list;

	(void)state;
	counting_host_init(&host);
	CHECK_EQ(iolas_pagelist_create(&host.table, 12, &list), IOLAS_OK);
	for (unsigned i = 0; i < STEPS; i++) {
		step(&rng, list);
		compare(&model, list);
		if (i % 1000 == 999)
			walk(list);
	}
	iolas_pagelist_destroy(list);
	counting_host_fini(&host);
}

RUN_CASES(CASE(random_lists_behave_as_the_model))
