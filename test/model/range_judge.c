/* SPDX-License-Identifier: MIT */
/*
 * The slow allocator judges explain: the verdict by dropping each constraint,
 * the run by trying every length, the relaxation by trying every smaller one.
 */
#include "model/range_model.h"

#include <string.h>

typedef struct iolas_range_constraints constraints;

static constraints without(const constraints *given, uint32_t binding)
{
	constraints c = *given;

	if (binding == IOLAS_BIND_FIRST || binding == IOLAS_BIND_WINDOW)
		c.first = 0;
	if ((binding == IOLAS_BIND_LAST || binding == IOLAS_BIND_WINDOW) &&
	    (c.first != 0 || c.last != 0))
		c.last = UINT64_MAX;
	if (binding == IOLAS_BIND_ALIGN)
		c.align = 0;
	if (binding == IOLAS_BIND_BOUNDARY)
		c.boundary = 0;
	if (binding == IOLAS_BIND_GUARD)
		c.guard = 0;
	if (binding == IOLAS_BIND_AT && c.flags == IOLAS_PLACE_EXPLICIT)
		c.flags = IOLAS_PLACE_LOW;
	return c;
}

static uint32_t binding_of(const struct range_model *model, uint64_t len,
			   const constraints *c)
{
	const constraints none = { .struct_size = sizeof(none) };

	if (range_model_fits(model, len, c))
		return IOLAS_BIND_NONE;
	if (!range_model_fits(model, len, &none))
		return IOLAS_BIND_LENGTH;
	for (uint32_t b = IOLAS_BIND_FIRST; b <= IOLAS_BIND_AT; b++) {
		constraints dropped = without(c, b);

		if (range_model_fits(model, len, &dropped))
			return b;
	}
	return IOLAS_BIND_COMBINED;
}

static bool fits_near(const struct range_model *model, uint64_t len,
		      const constraints *c, uint64_t distance)
{
	constraints any = without(c, IOLAS_BIND_AT);

	for (unsigned i = 0; i < model->count; i++) {
		uint64_t base = range_model_address(model, i);
		uint64_t off = base > c->at ? base - c->at : c->at - base;

		if (off < distance && range_model_fits_at(model, len, &any, i))
			return true;
	}
	return false;
}

/* Every smaller change of an alignment that the header promises. */
static bool fits_aligned(const struct range_model *model, uint64_t len,
			 const constraints *c, uint64_t relaxed)
{
	constraints try = *c;
	uint64_t odd = c->align >> model->granule_lg2;
	uint64_t power = (uint64_t)1 << model->granule_lg2;

	for (; (odd & 1) == 0; odd >>= 1)
		power <<= 1;
	for (; power >> model->granule_lg2 != 0; power >>= 1) {
		try.align = odd * power;
		if (try.align < c->align && try.align > relaxed &&
		    range_model_fits(model, len, &try))
			return true;
		try.align = power;
		if (try.align < c->align && try.align > relaxed &&
		    range_model_fits(model, len, &try))
			return true;
	}
	return false;
}

/* Is there a smaller change of the binding constraint that helps? */
static bool is_too_much(const struct range_model *model, uint64_t len,
			const constraints *c, const constraints *relaxed,
			uint32_t binding)
{
	const uint64_t granule = (uint64_t)1 << model->granule_lg2;
	constraints less = *relaxed;

	switch (binding) {
	case IOLAS_BIND_FIRST:
		less.first++;
		return relaxed->first >= c->first ||
		       range_model_fits(model, len, &less);
	case IOLAS_BIND_LAST:
		less.last--;
		return relaxed->last <= c->last ||
		       range_model_fits(model, len, &less);
	case IOLAS_BIND_WINDOW:
		less.first++;
		if (range_model_fits(model, len, &less))
			return true;
		less = *relaxed;
		less.last--;
		return range_model_fits(model, len, &less);
	case IOLAS_BIND_ALIGN:
		return fits_aligned(model, len, c, relaxed->align);
	case IOLAS_BIND_BOUNDARY:
		less.boundary = relaxed->boundary ? relaxed->boundary >> 1
						  : (uint64_t)1 << 63;
		return less.boundary > c->boundary &&
		       range_model_fits(model, len, &less);
	case IOLAS_BIND_GUARD:
		less.guard += granule;
		return relaxed->guard >= c->guard ||
		       range_model_fits(model, len, &less);
	case IOLAS_BIND_AT:
		return fits_near(model, len, c,
				 relaxed->at > c->at ? relaxed->at - c->at
						     : c->at - relaxed->at);
	default:
		return false;
	}
}

static const char *judge_relaxed(const struct range_model *model, uint64_t len,
				 const constraints *c,
				 const struct iolas_range_explanation *e)
{
	constraints expected = *c;
	uint64_t iova = 0;

	if (e->binding == IOLAS_BIND_LENGTH)
		return e->has_relaxed ? "explain relaxes the length" : NULL;
	if (!e->has_relaxed)
		return "explain finds no relaxation";
	if (range_model_place(model, len, &e->relaxed, &iova) != IOLAS_OK)
		return "explain's relaxed request fails";
	if (c->flags != IOLAS_PLACE_RANDOM && iova != e->relaxed_iova)
		return "explain puts the relaxed request elsewhere";
	if (is_too_much(model, len, c, &e->relaxed, e->binding))
		return "explain relaxes more than it must";
	if (e->binding == IOLAS_BIND_COMBINED)
		return NULL;
	/* Nothing but the binding constraint may have changed. */
	if (e->binding == IOLAS_BIND_FIRST || e->binding == IOLAS_BIND_WINDOW)
		expected.first = e->relaxed.first;
	if (e->binding == IOLAS_BIND_LAST || e->binding == IOLAS_BIND_WINDOW)
		expected.last = e->relaxed.last;
	if (e->binding == IOLAS_BIND_ALIGN)
		expected.align = e->relaxed.align;
	if (e->binding == IOLAS_BIND_BOUNDARY)
		expected.boundary = e->relaxed.boundary;
	if (e->binding == IOLAS_BIND_GUARD)
		expected.guard = e->relaxed.guard;
	if (e->binding == IOLAS_BIND_AT)
		expected.at = e->relaxed.at;
	return memcmp(&expected, &e->relaxed, sizeof(expected))
		       ? "explain relaxes something else"
		       : NULL;
}

static const char *judge_run(const struct range_model *model,
			     const constraints *c,
			     const struct iolas_range_explanation *e)
{
	constraints here = *c;
	unsigned granules = 0;

	for (unsigned n = 1; n <= model->count; n++) {
		uint64_t len = (uint64_t)n << model->granule_lg2;

		/* 2^64 bytes cannot be asked for. */
		if (len != 0 && range_model_fits(model, len, c))
			granules = n;
	}
	if (granules == 0)
		return e->run_first <= e->run_last ? "explain invents a run"
						   : NULL;
	if (e->run_first > e->run_last)
		return "explain finds no run";
	if (e->run_last - e->run_first == UINT64_MAX)
		return NULL;
	if (e->run_last - e->run_first !=
	    ((uint64_t)granules << model->granule_lg2) - 1)
		return "explain's run is not the largest";
	if (here.flags != IOLAS_PLACE_EXPLICIT) {
		here.flags = IOLAS_PLACE_EXPLICIT;
		here.at = e->run_first;
	}
	return range_model_fits(model, e->run_last - e->run_first + 1, &here)
		       ? NULL
		       : "explain's run does not fit";
}

static bool is_taken(const struct range_model *model, unsigned index)
{
	return model->owner[index] != 0 || model->cover[index] != 0;
}

/* Is granule @index wholly inside the limits? */
static bool is_inside(const struct range_model *model, const constraints *c,
		      unsigned index)
{
	uint64_t base = range_model_address(model, index);
	uint64_t last = base + (((uint64_t)1 << model->granule_lg2) - 1);

	if (c->first == 0 && c->last == 0)
		return true;
	return base >= c->first && last <= c->last;
}

/* The first granule at or above c->at that is taken; count for none. */
static unsigned holder_at(const struct range_model *model, const constraints *c)
{
	unsigned i = 0;

	while (i < model->count && range_model_address(model, i) != c->at)
		i++;
	while (i < model->count && !is_taken(model, i))
		i++;
	return i;
}

/*
 * A granule of what ends the largest hole inside the limits, the lowest of
 * equals: above it, else below it, else (no hole) at the window's start.
 */
static unsigned holder_window(const struct range_model *model,
			      const constraints *c)
{
	unsigned begin = 0, end = 0, best = 0, best_size = 0;

	while (begin < model->count && !is_inside(model, c, begin))
		begin++;
	for (end = begin; end < model->count && is_inside(model, c, end);)
		end++;
	for (unsigned i = begin, size = 0; i < end; i++) {
		size = is_taken(model, i) ? 0 : size + 1;
		if (size > best_size) {
			best_size = size;
			best = i + 1 - size;
		}
	}
	if (begin == end)
		return model->count;
	if (best_size == 0)
		return begin;
	if (best + best_size < end)
		return best + best_size;
	return best > begin ? best - 1 : model->count;
}

static const char *judge_holder(const struct range_model *model,
				struct iolas_space *space, const constraints *c,
				const struct iolas_range_explanation *e)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	unsigned index = model->count;

	if (e->binding == IOLAS_BIND_AT)
		index = holder_at(model, c);
	else if (e->binding != IOLAS_BIND_NONE)
		index = holder_window(model, c);
	if (index == model->count)
		return e->holder.first > e->holder.last &&
				       e->holder.kind == IOLAS_RANGE_FREE
			       ? NULL
			       : "explain invents a holder";
	if (iolas_range_next(space, range_model_address(model, index), &info) !=
		    IOLAS_OK ||
	    memcmp(&info, &e->holder, sizeof(info)) != 0)
		return "explain names another holder";
	return NULL;
}

const char *range_model_judge(const struct range_model *model,
			      struct iolas_space *space, uint64_t len,
			      const constraints *c)
{
	struct iolas_range_explanation e = { .struct_size = sizeof(e) };
	const char *wrong;

	if (iolas_range_explain(space, len, c, &e) != IOLAS_OK)
		return "explain fails";
	if (e.binding != binding_of(model, len, c))
		return "explain names another constraint";
	wrong = judge_relaxed(model, len, c, &e);
	if (!wrong)
		wrong = judge_run(model, c, &e);
	if (!wrong)
		wrong = judge_holder(model, space, c, &e);
	return wrong;
}
