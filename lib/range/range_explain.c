/* SPDX-License-Identifier: MIT */
/*
 * Why a request is refused, and what would help.
 *
 * Everything rests on the exact search of range_place.c, asked with some
 * constraints dropped or loosened.  Loosening is monotone (what fitted still
 * fits), so the smallest loosening and the largest run are found by halving:
 * at most about a hundred searches, never a walk.
 */
#include "base/struct_read.h"
#include "range/range_priv.h"

/* Constraints as a set, each a bit. */
#define HAS_FIRST    0x01u
#define HAS_LAST     0x02u
#define HAS_ALIGN    0x04u
#define HAS_BOUNDARY 0x08u
#define HAS_GUARD    0x10u
#define HAS_AT	     0x20u
#define HAS_ALL	     0x3fu

/* What each verdict drops, in the order in which they are tried. */
static const struct {
	uint32_t binding;
	uint32_t dropped;
} verdicts[] = {
	{ IOLAS_BIND_FIRST, HAS_FIRST },
	{ IOLAS_BIND_LAST, HAS_LAST },
	{ IOLAS_BIND_WINDOW, HAS_FIRST | HAS_LAST },
	{ IOLAS_BIND_ALIGN, HAS_ALIGN },
	{ IOLAS_BIND_BOUNDARY, HAS_BOUNDARY },
	{ IOLAS_BIND_GUARD, HAS_GUARD },
	{ IOLAS_BIND_AT, HAS_AT },
};

static struct range_request without(const struct range_request *request,
				    uint32_t dropped)
{
	struct range_request r = *request;

	if (dropped & HAS_FIRST)
		r.lo = 0;
	if (dropped & HAS_LAST) {
		r.hi = UINT64_MAX;
		r.has_window_end = true;
	}
	if (dropped & HAS_ALIGN)
		r.align = 1;
	if (dropped & HAS_BOUNDARY)
		r.boundary_mask = UINT64_MAX;
	if (dropped & HAS_GUARD)
		r.guard = 0;
	if ((dropped & HAS_AT) && r.place == IOLAS_PLACE_EXPLICIT)
		r.place = IOLAS_PLACE_LOW;
	return r;
}

/* Finds any place when @place is LOW or HIGH; an explicit one stays that. */
static bool fits_at(const struct iolas_space *space,
		    const struct range_request *request, uint32_t place,
		    uint64_t *base)
{
	struct range_request r = *request;

	if (r.place != IOLAS_PLACE_EXPLICIT)
		r.place = place;
	return iolas__range_place(space, &r, base) != NULL;
}

static bool fits(const struct iolas_space *space,
		 const struct range_request *request)
{
	uint64_t base;

	return fits_at(space, request, IOLAS_PLACE_LOW, &base);
}

static bool fits_without(const struct iolas_space *space,
			 const struct range_request *request, uint32_t dropped)
{
	const struct range_request r = without(request, dropped);

	return fits(space, &r);
}

/*
 * The set to drop.  For a single verdict that is its set; else everything,
 * less what can be kept one by one, in the order of what is hardest to give.
 */
static uint32_t find_binding(const struct iolas_space *space,
			     const struct range_request *request,
			     uint32_t *dropped)
{
	static const uint32_t hardest_first[] = {
		HAS_LAST, HAS_FIRST, HAS_ALIGN, HAS_BOUNDARY, HAS_GUARD, HAS_AT,
	};

	*dropped = 0;
	if (fits(space, request))
		return IOLAS_BIND_NONE;
	if (!fits_without(space, request, HAS_ALL))
		return IOLAS_BIND_LENGTH;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
		*dropped = verdicts[i].dropped;
		if (fits_without(space, request, *dropped))
			return verdicts[i].binding;
	}
	*dropped = HAS_ALL;
	for (size_t i = 0; i < sizeof(hardest_first) / sizeof(uint32_t); i++)
		if (fits_without(space, request, *dropped & ~hardest_first[i]))
			*dropped &= ~hardest_first[i];
	return IOLAS_BIND_COMBINED;
}

/* The largest length that the request could have where it stands. */
static bool largest_run(const struct iolas_space *space,
			const struct range_request *request, uint64_t *base,
			uint64_t *n_m1)
{
	const struct range_node *top =
		(const struct range_node *)space->by_address.top;
	struct range_request r = *request;
	uint64_t low = 0, high = top->max_m1;

	r.n_m1 = 0;
	if (!fits_at(space, &r, IOLAS_PLACE_LOW, base))
		return false;
	/* low fits; nothing above high does */
	while (low < high) {
		r.n_m1 = high == top->max_m1 ? high : high - (high - low) / 2;
		if (fits(space, &r))
			low = r.n_m1;
		else
			high = r.n_m1 - 1;
	}
	r.n_m1 = low;
	*n_m1 = low;
	return fits_at(space, &r, IOLAS_PLACE_LOW, base);
}

/*
 * Each of the following finds the smallest change of one constraint with
 * which @r, where it is dropped, still fits.  @was is the caller's request.
 */

/* Every fit ends above the old limit, so the lowest fit changes it least. */
static void loosen_last(const struct iolas_space *space,
			struct range_request *r)
{
	uint64_t base = 0;

	fits_at(space, r, IOLAS_PLACE_LOW, &base);
	r->hi = base + r->n_m1;
}

static void loosen_first(const struct iolas_space *space,
			 struct range_request *r)
{
	uint64_t base = 0;

	fits_at(space, r, IOLAS_PLACE_HIGH, &base);
	r->lo = base;
}

/* Largest v in 0..limit with @r fitting at align = odd << v; -1 for none. */
static int largest_shift(const struct iolas_space *space,
			 struct range_request r, uint64_t odd, int limit)
{
	int low = -1,
	    high = limit; /* low fits (or is -1), above high nothing */

	while (low < high) {
		int mid = high - (high - low) / 2;

		r.align = odd << mid;
		if (fits(space, &r))
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* The old alignment halved, or the largest power of two in it. */
static void loosen_align(const struct iolas_space *space,
			 struct range_request *r,
			 const struct range_request *was)
{
	int twos = (int)iolas__ctz64(was->align);
	uint64_t odd = was->align >> twos;
	int halved = largest_shift(space, *r, odd, twos);
	int power = largest_shift(space, *r, 1, twos);

	r->align = UINT64_C(1) << (power < 0 ? 0 : power);
	if (halved >= 0)
		r->align = iolas__max64(r->align, odd << halved);
}

static void loosen_boundary(const struct iolas_space *space,
			    struct range_request *r,
			    const struct range_request *was)
{
	unsigned low = iolas__fls64(was->boundary_mask + 1) + 1;
	unsigned high = 64 - space->granule_lg2; /* this one means none */

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		r->boundary_mask = iolas__mask(mid);
		if (fits(space, r))
			high = mid;
		else
			low = mid + 1;
	}
	r->boundary_mask = high >= 64 - space->granule_lg2 ? UINT64_MAX
							   : iolas__mask(high);
}

static void loosen_guard(const struct iolas_space *space,
			 struct range_request *r,
			 const struct range_request *was)
{
	uint64_t low = 0, high = was->guard - 1;

	while (low < high) {
		r->guard = high - (high - low) / 2;
		if (fits(space, r))
			low = r->guard;
		else
			high = r->guard - 1;
	}
	r->guard = low;
}

/* The nearest base; the lower of two that are equally near. */
static void loosen_at(const struct iolas_space *space, struct range_request *r)
{
	struct range_request part = *r;
	uint64_t above = 0, below = 0;
	bool has_above, has_below;

	part.lo = iolas__max64(r->lo, r->at);
	has_above = fits_at(space, &part, IOLAS_PLACE_LOW, &above);
	part.lo = r->lo;
	part.hi = iolas__min64(r->hi, r->at + r->n_m1);
	if (part.hi < r->at)
		part.hi = r->hi; /* the sum left 64 bits: no limit */
	has_below = fits_at(space, &part, IOLAS_PLACE_HIGH, &below);
	if (has_below && (!has_above || r->at - below <= above - r->at))
		above = below;
	r->at = above;
	r->place = IOLAS_PLACE_EXPLICIT;
}

static struct range_request loosen(const struct iolas_space *space,
				   const struct range_request *was,
				   uint32_t dropped)
{
	struct range_request r = without(was, dropped);

	if (dropped & HAS_LAST)
		loosen_last(space, &r);
	if (dropped & HAS_FIRST)
		loosen_first(space, &r);
	if (dropped & HAS_ALIGN)
		loosen_align(space, &r, was);
	if (dropped & HAS_BOUNDARY)
		loosen_boundary(space, &r, was);
	if (dropped & HAS_GUARD)
		loosen_guard(space, &r, was);
	if (dropped & HAS_AT)
		loosen_at(space, &r);
	return r;
}

/* The caller's constraints with the dropped ones as loosened in @r. */
static void write_relaxed(const struct iolas_space *space,
			  const struct range_request *r, uint32_t dropped,
			  struct iolas_range_constraints *c)
{
	if (dropped & HAS_FIRST)
		c->first = range_first_byte(space, r->lo);
	if (dropped & HAS_LAST)
		c->last = range_last_byte(space, r->hi);
	if (dropped & HAS_ALIGN)
		c->align = r->align << space->granule_lg2;
	if (dropped & HAS_BOUNDARY)
		c->boundary = (r->boundary_mask + 1) << space->granule_lg2;
	if (dropped & HAS_GUARD)
		c->guard = r->guard << space->granule_lg2;
	if (dropped & HAS_AT)
		c->at = range_first_byte(space, r->at);
}

/* Asks for the relaxed request as a caller would. */
static void relax(const struct iolas_space *space, uint64_t len,
		  const struct range_request *was, uint32_t dropped,
		  struct iolas_range_explanation *out)
{
	const struct range_request r = loosen(space, was, dropped);
	struct iolas_range_constraints copy;
	struct range_request again;
	uint64_t base;

	write_relaxed(space, &r, dropped, &out->relaxed);
	if (iolas__range_request_read(space, len, &out->relaxed, &copy,
				      &again) != IOLAS_OK ||
	    !iolas__range_place(space, &again, &base))
		return;
	out->has_relaxed = 1;
	out->relaxed_iova = range_first_byte(space, base);
}

static struct range_node *find_inside(const struct iolas_space *space,
				      uint64_t g)
{
	if (g < space->first || g > space->last)
		return NULL;
	return iolas__range_find(space, g);
}

/* The first thing in the way of an explicit range. */
static void hold_at(const struct iolas_space *space,
		    const struct range_request *r,
		    struct iolas_range_info *holder)
{
	struct range_node *node = find_inside(space, r->at);
	uint64_t g = r->at;

	if (node && node->kind == IOLAS_RANGE_FREE) {
		g = node->last + 1;
		node = range_neighbour(node, 1);
	}
	if (node)
		iolas__range_describe(space, node, g, holder);
}

/* What ends the largest hole inside the limits: above it, else below it. */
static void hold_window(const struct iolas_space *space,
			const struct range_request *request,
			struct iolas_range_info *holder)
{
	struct range_request r =
		without(request, HAS_ALL & ~(HAS_FIRST | HAS_LAST));
	uint64_t low = iolas__max64(r.lo, space->first);
	uint64_t high = iolas__min64(r.hi, space->last);
	uint64_t base, n_m1;
	struct range_node *node = NULL;

	if (!r.has_window_end || low > high)
		return;
	if (!largest_run(space, &r, &base, &n_m1))
		node = iolas__range_find(space, base = low);
	else if (base + n_m1 < high)
		node = iolas__range_find(space, base += n_m1 + 1);
	else if (base > low)
		node = iolas__range_find(space, --base);
	if (node)
		iolas__range_describe(space, node, base, holder);
}

static void explain_locked(const struct iolas_space *space, uint64_t len,
			   const struct range_request *r,
			   struct iolas_range_explanation *out)
{
	uint64_t base, n_m1;
	uint32_t dropped;

	out->binding = find_binding(space, r, &dropped);
	if (largest_run(space, r, &base, &n_m1)) {
		out->run_first = range_first_byte(space, base);
		out->run_last = range_last_byte(space, base + n_m1);
	}
	if (out->binding == IOLAS_BIND_AT)
		hold_at(space, r, &out->holder);
	else if (out->binding != IOLAS_BIND_NONE)
		hold_window(space, r, &out->holder);
	if (out->binding != IOLAS_BIND_LENGTH)
		relax(space, len, r, dropped, out);
}

int iolas_range_explain(struct iolas_space *space, uint64_t len,
			const struct iolas_range_constraints *constraints,
			struct iolas_range_explanation *explanation)
{
	struct iolas_range_explanation out = {
		.struct_size = sizeof(out),
		.run_first = 1,
		.holder = { .struct_size = sizeof(out.holder), .first = 1 },
	};
	struct range_request request;
	int status;

	if (!space || !explanation)
		return IOLAS_EINVAL;
	status = iolas__range_request_read(space, len, constraints,
					   &out.relaxed, &request);
	if (status != IOLAS_OK)
		return status;
	range_lock(space);
	explain_locked(space, len, &request, &out);
	range_unlock(space);
	return iolas__struct_write(explanation, &out, sizeof(out), sizeof(out));
}
