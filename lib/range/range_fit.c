/* SPDX-License-Identifier: MIT */
/*
 * Where a request fits in one hole: exact for every combination of limits,
 * alignment, boundary and guard, in at most a logarithm of steps.
 */
#include "range/range_priv.h"

/*
 * The bases that limits, length and guard leave: every base in
 * *lowest..*highest is good for them, none outside is.
 */
static bool bases_in(const struct range_request *r, uint64_t first,
		     uint64_t last, uint64_t *lowest, uint64_t *highest)
{
	uint64_t end;

	if (!r->has_window_end || last - first < r->guard)
		return false;
	end = iolas__min64(last - r->guard, r->hi);
	*lowest = iolas__max64(first, r->lo);
	if (*lowest > end || end - *lowest < r->n_m1)
		return false;
	*highest = end - r->n_m1;
	return true;
}

/* Does a range at @base stay between two multiples of the boundary? */
static bool keeps_boundary(const struct range_request *r, uint64_t base)
{
	return r->n_m1 <= r->boundary_mask - (base & r->boundary_mask);
}

static uint64_t over_multiple(uint64_t v, uint64_t align)
{
	if (iolas__is_pow2(align))
		return v & (align - 1);
	return v % align; /* one instruction; only for odd alignments */
}

/* ceil(v / d) where v + d may exceed 64 bits. */
static uint64_t divide_up(uint64_t v, uint64_t d)
{
	return v / d + (v % d != 0);
}

/* A Euclid of 64-bit numbers takes at most 92 steps (Fibonacci numbers). */
#define EUCLID_STEPS 93

/*
 * The smallest x with low <= step * x mod modulus <= high, for
 * 0 < low <= high < modulus and step < modulus; false when there is none with
 * step * x below 2^64.
 *
 * If no multiple of step lies in low..high itself, then step * x passes the
 * modulus y times, and the smallest such y solves the same question with
 * modulus mod step for step and step for modulus: a Euclid.  On the way back
 * x = ceil((low + modulus * y) / step).  That sum is at most step * x, so
 * where it leaves 64 bits no wanted x exists.
 */
static bool first_in_band(uint64_t step, uint64_t modulus, uint64_t low,
			  uint64_t high, uint64_t *x)
{
	struct {
		uint64_t step, modulus, low;
	} path[EUCLID_STEPS];
	unsigned depth = 0;
	uint64_t y = 0;

	for (;;) {
		uint64_t next_low;

		if (low == 0) {
			y = 0;
			break;
		}
		if (step == 0)
			return false;
		y = divide_up(low, step);
		if (high / step >= y)
			break;
		path[depth].step = step;
		path[depth].modulus = modulus;
		path[depth].low = low;
		depth++;
		/* Negated modulo step; neither end is a multiple of it. */
		next_low = step - high % step;
		high = step - low % step;
		low = next_low;
		modulus = modulus % step;
		/* Swap: the remainder is the step, the step the modulus. */
		step = modulus;
		modulus = path[depth - 1].step;
	}
	while (depth-- > 0) {
		uint64_t sum;

		if (__builtin_mul_overflow(path[depth].modulus, y, &sum) ||
		    !iolas__add_ok(sum, path[depth].low, &sum))
			return false;
		y = divide_up(sum, path[depth].step);
	}
	*x = y;
	return true;
}

/* Next base above @base that also keeps the boundary, for align's multiples. */
static bool boundary_up(const struct range_request *r, uint64_t *base)
{
	uint64_t mask = r->boundary_mask;
	uint64_t off = *base & mask;
	uint64_t x;

	if (r->n_m1 > mask)
		return false;
	if (iolas__is_pow2(r->align))
		return iolas__add_ok(*base, mask - off + 1, base);
	return first_in_band(r->align & mask, mask + 1, mask + 1 - off,
			     mask + 1 - off + (mask - r->n_m1), &x) &&
	       !__builtin_mul_overflow(x, r->align, &x) &&
	       iolas__add_ok(*base, x, base);
}

static bool boundary_down(const struct range_request *r, uint64_t *base)
{
	uint64_t mask = r->boundary_mask;
	uint64_t off = *base & mask;
	uint64_t room = mask - r->n_m1; /* highest good offset */
	uint64_t x;

	if (r->n_m1 > mask)
		return false;
	if (iolas__is_pow2(r->align)) {
		*base -= off - (room & ~(r->align - 1));
		return true;
	}
	/* Base 0 keeps every boundary, so some x does, and passes no base. */
	if (!first_in_band(r->align & mask, mask + 1, off - room, off, &x))
		return false;
	*base -= x * r->align;
	return true;
}

bool iolas__range_fit_low(const struct range_request *r, uint64_t first,
			  uint64_t last, uint64_t *base)
{
	uint64_t lowest, highest, over;

	if (!bases_in(r, first, last, &lowest, &highest))
		return false;
	over = over_multiple(lowest, r->align);
	if (over && !iolas__add_ok(lowest, r->align - over, &lowest))
		return false;
	if (lowest > highest)
		return false;
	if (!keeps_boundary(r, lowest) && !boundary_up(r, &lowest))
		return false;
	*base = lowest;
	return lowest <= highest;
}

bool iolas__range_fit_high(const struct range_request *r, uint64_t first,
			   uint64_t last, uint64_t *base)
{
	uint64_t lowest, highest;

	if (!bases_in(r, first, last, &lowest, &highest))
		return false;
	highest -= over_multiple(highest, r->align);
	if (highest < lowest)
		return false;
	if (!keeps_boundary(r, highest) && !boundary_down(r, &highest))
		return false;
	*base = highest;
	return highest >= lowest;
}
