/* SPDX-License-Identifier: MIT */
/*
 * Which hole a request gets, and where in it.
 *
 * Every search is exact: it fails only when no hole fits.  Holes that are too
 * small are skipped by whole subtrees; a hole that is long enough but spoilt by
 * alignment, boundary or limits is looked at once.
 */
#include "range/range_priv.h"

/* The first fit from the window's near end in direction @dir. */
static struct range_node *place_along(const struct iolas_space *space,
				      const struct range_request *r, int dir,
				      uint64_t need_m1, uint64_t *base)
{
	uint64_t low = iolas__max64(r->lo, space->first);
	uint64_t high = iolas__min64(r->hi, space->last);
	struct range_node *node;

	if (!r->has_window_end || low > high)
		return NULL;
	node = iolas__range_hole_from(space, dir ? low : high, dir, need_m1);
	while (node && node->first <= high && node->last >= low) {
		if (dir ? iolas__range_fit_low(r, node->first, node->last, base)
			: iolas__range_fit_high(r, node->first, node->last,
						base))
			return node;
		node = iolas__range_hole_next(node, dir, need_m1);
	}
	return NULL;
}

/*
 * The smallest hole that fits, the lowest of equals.  Two searches take turns:
 * upward through the sizes (the first fit is the answer) and along the window
 * (at its end the smallest seen is the answer).  Whichever is done first
 * decides, so the cost is at most twice the cheaper one's.
 */
static struct range_node *place_best(const struct iolas_space *space,
				     const struct range_request *r,
				     uint64_t need_m1, uint64_t *base)
{
	uint64_t low = iolas__max64(r->lo, space->first);
	uint64_t high = iolas__min64(r->hi, space->last);
	struct range_node *sized = iolas__range_size_from(space, need_m1);
	struct range_node *along, *best = NULL;
	uint64_t here, best_base = 0;

	if (!r->has_window_end || low > high)
		return NULL;
	along = iolas__range_hole_from(space, low, 1, need_m1);
	while (sized && along && along->first <= high) {
		if (iolas__range_fit_low(r, sized->first, sized->last, base))
			return sized;
		if ((!best || range_size_m1(along) < range_size_m1(best)) &&
		    iolas__range_fit_low(r, along->first, along->last, &here)) {
			best = along;
			best_base = here;
		}
		sized = iolas__range_size_next(sized);
		along = iolas__range_hole_next(along, 1, need_m1);
	}
	if (!sized)
		return NULL; /* every hole that is long enough was tried */
	if (best)
		*base = best_base;
	return best;
}

/* A finalizer that spreads close seeds over all 64 bits. */
static uint64_t spread(uint64_t v)
{
	v += UINT64_C(0x9e3779b97f4a7c15);
	v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
	return v ^ (v >> 31);
}

/* (a * b) >> 64 from 32-bit halves. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
	uint64_t al = (uint32_t)a, ah = a >> 32;
	uint64_t bl = (uint32_t)b, bh = b >> 32;
	uint64_t mid = ah * bl + (al * bl >> 32);
	uint64_t mid2 = al * bh + (uint32_t)mid;

	return ah * bh + (mid >> 32) + (mid2 >> 32);
}

/*
 * Draws a base in the window; the fit at or above it is taken, else the
 * nearest one below.  Each fitting base can be drawn, and some base is found
 * whenever one exists.
 */
static struct range_node *place_random(const struct iolas_space *space,
				       const struct range_request *r,
				       uint64_t need_m1, uint64_t *base)
{
	struct range_request part = *r;
	struct range_node *node;
	uint64_t bases_m1, draw;

	part.lo = iolas__max64(r->lo, space->first);
	part.hi = iolas__min64(r->hi, space->last);
	if (!r->has_window_end || part.lo > part.hi ||
	    part.hi - part.lo < r->n_m1)
		return NULL;
	bases_m1 = part.hi - part.lo - r->n_m1;
	draw = spread(r->seed);
	if (bases_m1 != UINT64_MAX)
		draw = multiply_high(draw, bases_m1 + 1);
	draw += part.lo;

	part.lo = draw;
	node = place_along(space, &part, 1, need_m1, base);
	if (node || draw == 0)
		return node;
	part.lo = r->lo;
	part.hi = draw - 1 + r->n_m1;
	return place_along(space, &part, 0, need_m1, base);
}

/* Exactly at r->at, if every constraint allows it there. */
static struct range_node *place_at(const struct iolas_space *space,
				   const struct range_request *r,
				   uint64_t *base)
{
	struct range_request here = *r;
	struct range_node *node;

	if (r->at < space->first || r->at > space->last || r->at < r->lo)
		return NULL;
	node = iolas__range_find(space, r->at);
	if (node->kind != IOLAS_RANGE_FREE)
		return NULL;
	here.lo = r->at;
	if (!iolas__range_fit_low(&here, node->first, node->last, base) ||
	    *base != r->at)
		return NULL;
	return node;
}

struct range_node *iolas__range_place(const struct iolas_space *space,
				      const struct range_request *r,
				      uint64_t *base)
{
	uint64_t need_m1;

	if (!iolas__add_ok(r->n_m1, r->guard, &need_m1))
		return NULL; /* longer than all of 2^64 */
	switch (r->place) {
	case IOLAS_PLACE_HIGH:
		return place_along(space, r, 0, need_m1, base);
	case IOLAS_PLACE_BEST:
		return place_best(space, r, need_m1, base);
	case IOLAS_PLACE_RANDOM:
		return place_random(space, r, need_m1, base);
	case IOLAS_PLACE_EXPLICIT:
		return place_at(space, r, base);
	default:
		return place_along(space, r, 1, need_m1, base);
	}
}
