/* SPDX-License-Identifier: MIT */
/*
 * The slow allocator: state, placement and verdicts.
 */
#include "model/range_model.h"

#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

void range_model_init(struct range_model *model, unsigned granule_lg2,
		      uint64_t first, unsigned count)
{
	memset(model, 0, sizeof(*model));
	model->granule_lg2 = granule_lg2;
	model->first = first;
	model->count = count;
}

uint64_t range_model_address(const struct range_model *model, unsigned index)
{
	return (model->first + index) << model->granule_lg2;
}

static bool is_free(const struct range_model *model, unsigned index)
{
	return model->owner[index] == 0 && model->cover[index] == 0;
}

bool range_model_fits_at(const struct range_model *model, uint64_t len,
			 const struct iolas_range_constraints *c,
			 unsigned index)
{
	wide base = range_model_address(model, index);
	wide last = base + len - 1;
	wide need = ((wide)len + c->guard) >> model->granule_lg2;
	bool has_limit = c->first != 0 || c->last != 0;

	if (index + need > model->count)
		return false;
	for (unsigned i = 0; i < need; i++)
		if (!is_free(model, index + i))
			return false;
	if (c->align && base % c->align != 0)
		return false;
	if (has_limit && (base < c->first || last > c->last))
		return false;
	if (c->boundary && base / c->boundary != last / c->boundary)
		return false;
	return c->flags != IOLAS_PLACE_EXPLICIT || base == c->at;
}

bool range_model_fits(const struct range_model *model, uint64_t len,
		      const struct iolas_range_constraints *c)
{
	for (unsigned i = 0; i < model->count; i++)
		if (range_model_fits_at(model, len, c, i))
			return true;
	return false;
}

/* Size of the hole around @index. */
static unsigned hole_size(const struct range_model *model, unsigned index)
{
	unsigned begin = index, end = index;

	while (begin > 0 && is_free(model, begin - 1))
		begin--;
	while (end < model->count && is_free(model, end))
		end++;
	return end - begin;
}

int range_model_place(const struct range_model *model, uint64_t len,
		      const struct iolas_range_constraints *c, uint64_t *iova)
{
	unsigned best = UINT32_MAX;
	int status = IOLAS_ENOSPC;

	for (unsigned i = 0; i < model->count; i++) {
		bool is_better = status != IOLAS_OK;

		if (!range_model_fits_at(model, len, c, i))
			continue;
		if (c->flags == IOLAS_PLACE_HIGH)
			is_better = true;
		if (c->flags == IOLAS_PLACE_BEST && hole_size(model, i) < best)
			is_better = true;
		if (!is_better)
			continue;
		status = IOLAS_OK;
		best = hole_size(model, i);
		*iova = range_model_address(model, i);
	}
	return status;
}

void range_model_take(struct range_model *model, uint64_t len,
		      const struct iolas_range_constraints *c, uint64_t iova)
{
	unsigned index =
		(unsigned)((iova >> model->granule_lg2) - model->first);
	unsigned body = (unsigned)(len >> model->granule_lg2);
	unsigned guard = c ? (unsigned)(c->guard >> model->granule_lg2) : 0;

	model->last_owner++;
	model->alloc_count++;
	for (unsigned i = 0; i < body + guard; i++) {
		model->owner[index + i] = model->last_owner;
		model->kind[index + i] =
			i < body ? IOLAS_RANGE_LIVE : IOLAS_RANGE_GUARD;
	}
}

int range_model_free(struct range_model *model, uint64_t iova, uint64_t len)
{
	const uint64_t mask = (UINT64_C(1) << model->granule_lg2) - 1;
	unsigned begin = model->count, end, owner;

	if (len == 0 || (len & mask) != 0)
		return IOLAS_EINVAL;
	for (unsigned i = 0; i < model->count; i++)
		if (range_model_address(model, i) == iova)
			begin = i;
	if (begin == model->count || model->owner[begin] == 0 ||
	    model->kind[begin] != IOLAS_RANGE_LIVE)
		return IOLAS_ENOENT;
	owner = model->owner[begin];
	if (begin > 0 && model->owner[begin - 1] == owner)
		return IOLAS_ENOENT;
	for (end = begin; end < model->count && model->owner[end] == owner &&
			  model->kind[end] == IOLAS_RANGE_LIVE;)
		end++;
	if (end - begin != len >> model->granule_lg2)
		return IOLAS_ENOENT;
	for (unsigned i = 0; i < model->count; i++)
		if (model->owner[i] == owner)
			model->owner[i] = 0;
	model->free_count++;
	return IOLAS_OK;
}

/* Does granule @index share a byte with first..last? */
static bool touches(const struct range_model *model, unsigned index,
		    uint64_t first, uint64_t last)
{
	wide begin = range_model_address(model, index);
	wide end = begin + ((wide)1 << model->granule_lg2);

	return begin <= last && end > first;
}

int range_model_reserve(struct range_model *model, uint64_t first,
			uint64_t last)
{
	if (first > last)
		return IOLAS_EINVAL;
	if (model->window_count == RANGE_MODEL_WINDOWS)
		abort();
	for (unsigned i = 0; i < model->count; i++)
		if (touches(model, i, first, last) && model->owner[i] != 0)
			return IOLAS_EBUSY;
	for (unsigned i = 0; i < model->count; i++)
		model->cover[i] += touches(model, i, first, last);
	model->windows[model->window_count++] =
		(struct iolas_span){ first, last };
	return IOLAS_OK;
}

int range_model_unreserve(struct range_model *model, uint64_t first,
			  uint64_t last)
{
	if (first > last)
		return IOLAS_EINVAL;
	for (unsigned w = 0; w < model->window_count; w++) {
		if (model->windows[w].first != first ||
		    model->windows[w].last != last)
			continue;
		model->windows[w] = model->windows[--model->window_count];
		for (unsigned i = 0; i < model->count; i++)
			model->cover[i] -= touches(model, i, first, last);
		return IOLAS_OK;
	}
	return IOLAS_ENOENT;
}

static uint32_t kind_at(const struct range_model *model, unsigned index)
{
	if (model->owner[index] != 0)
		return model->kind[index];
	return model->cover[index] ? IOLAS_RANGE_RESERVED : IOLAS_RANGE_FREE;
}

/* One past the last granule of the stretch that starts at @begin. */
static unsigned stretch_end(const struct range_model *model, unsigned begin)
{
	unsigned end = begin;

	while (end < model->count &&
	       kind_at(model, end) == kind_at(model, begin) &&
	       model->owner[end] == model->owner[begin])
		end++;
	return end;
}

static const char *compare_walk(const struct range_model *model,
				struct iolas_space *space)
{
	for (unsigned begin = 0, end; begin < model->count; begin = end) {
		end = stretch_end(model, begin);
		for (unsigned i = begin; i < end; i++) {
			struct iolas_range_info info = {
				.struct_size = sizeof(info),
			};

			if (iolas_range_next(space,
					     range_model_address(model, i),
					     &info) != IOLAS_OK)
				return "next fails inside the space";
			if (info.kind != kind_at(model, begin))
				return "next tells another kind";
			if (info.first != range_model_address(model, begin) ||
			    info.last != range_model_address(model, end) - 1)
				return "next tells another stretch";
		}
	}
	return NULL;
}

static uint64_t bytes_m1(const struct range_model *model, unsigned granules)
{
	return granules ? ((uint64_t)granules << model->granule_lg2) - 1 : 0;
}

static const char *compare_stats(const struct range_model *model,
				 struct iolas_space *space)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };
	unsigned granules[4] = { 0 }, stretches[4] = { 0 };
	unsigned largest = 0, largest_at = 0;

	for (unsigned begin = 0, end; begin < model->count; begin = end) {
		uint32_t kind = kind_at(model, begin);

		end = stretch_end(model, begin);
		granules[kind] += end - begin;
		stretches[kind]++;
		if (kind == IOLAS_RANGE_FREE && end - begin > largest) {
			largest = end - begin;
			largest_at = begin;
		}
	}
	if (iolas_range_stats(space, &stats) != IOLAS_OK)
		return "stats fails";
	if (stats.live_count != stretches[IOLAS_RANGE_LIVE] ||
	    stats.hole_count != stretches[IOLAS_RANGE_FREE] ||
	    (stats.reserved_count == 0) !=
		    (stretches[IOLAS_RANGE_RESERVED] == 0))
		return "stats counts wrongly";
	if (stats.live_bytes_m1 !=
		    bytes_m1(model, granules[IOLAS_RANGE_LIVE]) ||
	    stats.free_bytes_m1 !=
		    bytes_m1(model, granules[IOLAS_RANGE_FREE]) ||
	    stats.reserved_bytes_m1 !=
		    bytes_m1(model, granules[IOLAS_RANGE_RESERVED]) ||
	    stats.guard_bytes != (uint64_t)granules[IOLAS_RANGE_GUARD]
					 << model->granule_lg2)
		return "stats sums wrongly";
	if (largest == 0 && stats.largest_first <= stats.largest_last)
		return "stats finds a hole in a full space";
	if (largest != 0 &&
	    (stats.largest_first != range_model_address(model, largest_at) ||
	     stats.largest_last - stats.largest_first !=
		     bytes_m1(model, largest)))
		return "stats tells another largest hole";
	if (stats.alloc_count != model->alloc_count ||
	    stats.free_count != model->free_count ||
	    stats.fail_count != model->fail_count)
		return "stats miscounts calls";
	return NULL;
}

const char *range_model_compare(const struct range_model *model,
				struct iolas_space *space)
{
	const char *wrong = compare_walk(model, space);

	if (!wrong)
		wrong = compare_stats(model, space);
	if (!wrong && iolas_range_check(space) != IOLAS_OK)
		wrong = "check finds a broken invariant";
	return wrong;
}
