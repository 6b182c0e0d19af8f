/* SPDX-License-Identifier: MIT */
/*
 * The invariants of docs/range.md, recomputed from the ground.
 *
 * Each function answers whether its group holds.  Walks are bounded by the
 * number of objects that the slabs handed out, so that overwritten links end
 * in a verdict rather than in a circle.
 */
#include "range/range_priv.h"

/* Reads the tree in order and counts it; false: shape or heights are wrong. */
static bool check_links(const struct range_root *root, uint64_t limit,
			uint64_t *count)
{
	struct range_link *link = range_end(root->top, 0);

	*count = 0;
	if (root->top && root->top->parent)
		return false;
	for (; link; link = range_step(link, 1)) {
		uint32_t low = range_height(link->child[0]);
		uint32_t high = range_height(link->child[1]);

		if (++*count > limit)
			return false;
		for (int dir = 0; dir < 2; dir++)
			if (link->child[dir] &&
			    link->child[dir]->parent != link)
				return false;
		if (low > high + 1 || high > low + 1 ||
		    link->height != 1 + (low > high ? low : high))
			return false;
	}
	return true;
}

static bool check_max(const struct range_node *node)
{
	bool has_hole = node->kind == IOLAS_RANGE_FREE;
	uint64_t max_m1 = has_hole ? range_size_m1(node) : 0;

	for (int dir = 0; dir < 2; dir++) {
		const struct range_node *child =
			range_node_of(node->by_address.child[dir]);

		if (!child || !child->has_hole)
			continue;
		has_hole = true;
		max_m1 = iolas__max64(max_m1, child->max_m1);
	}
	return node->has_hole == has_hole && node->max_m1 == max_m1;
}

/* @node after @before (NULL: at the space's start). */
static bool check_seam(const struct iolas_space *space,
		       const struct range_node *before,
		       const struct range_node *node)
{
	uint64_t cover = 0;

	if (node->first > node->last ||
	    node->first != (before ? before->last + 1 : space->first))
		return false;
	if (before && before->kind == IOLAS_RANGE_FREE &&
	    node->kind == IOLAS_RANGE_FREE)
		return false;
	if (before && before->kind == IOLAS_RANGE_RESERVED)
		cover = before->windows.cover - before->windows.ends;
	if (node->kind != IOLAS_RANGE_RESERVED)
		return cover == 0;
	/* Windows run through a seam, start at it, or end at it. */
	if (node->windows.cover != cover + node->windows.starts)
		return false;
	return !before || before->kind != IOLAS_RANGE_RESERVED ||
	       before->windows.ends != 0 || node->windows.starts != 0;
}

struct sums {
	uint64_t live, guard, reserved; /* granules, modulo 2^64 */
	uint64_t live_count, hole_count, reserved_count;
	uint64_t starts, ends; /* each window's place, spread and summed */
};

static uint64_t spread(uint64_t v)
{
	v = (v ^ (v >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
	return v ^ (v >> 29);
}

static bool add_stretch(struct sums *sums, const struct range_node *node)
{
	uint64_t size = range_size_m1(node) + 1;

	switch (node->kind) {
	case IOLAS_RANGE_FREE:
		sums->hole_count++;
		return true;
	case IOLAS_RANGE_LIVE:
		sums->live_count++;
		sums->live += node->body_last - node->first + 1;
		sums->guard += node->last - node->body_last;
		return node->body_last >= node->first &&
		       node->body_last <= node->last;
	case IOLAS_RANGE_RESERVED:
		sums->reserved_count++;
		sums->reserved += size;
		sums->starts += spread(node->first) * node->windows.starts;
		sums->ends += spread(node->last) * node->windows.ends;
		return node->windows.cover != 0;
	default:
		return false;
	}
}

static bool check_stretches(const struct iolas_space *space, struct sums *sums)
{
	struct range_node *node, *before = NULL;
	uint64_t count;

	if (!check_links(&space->by_address, space->nodes.object_count,
			 &count) ||
	    count + space->spare_count != space->nodes.object_count)
		return false;
	node = range_node_of(range_end(space->by_address.top, 0));
	for (; node; node = range_neighbour(node, 1)) {
		if (!check_seam(space, before, node) || !check_max(node) ||
		    !add_stretch(sums, node))
			return false;
		before = node;
	}
	return before && before->last == space->last &&
	       (before->kind != IOLAS_RANGE_RESERVED ||
		before->windows.cover == before->windows.ends);
}

/* As many links as holes, all FREE, strictly ascending: every hole once. */
static bool check_holes(const struct iolas_space *space)
{
	const struct range_node *before = NULL;
	struct range_link *link = range_end(space->by_size.top, 0);
	uint64_t count;

	if (!check_links(&space->by_size, space->hole_count, &count) ||
	    count != space->hole_count)
		return false;
	for (; link; link = range_step(link, 1)) {
		const struct range_node *node = range_node_by_size(link);

		if (node->kind != IOLAS_RANGE_FREE)
			return false;
		if (before && (range_size_m1(before) > range_size_m1(node) ||
			       (range_size_m1(before) == range_size_m1(node) &&
				before->first >= node->first)))
			return false;
		before = node;
	}
	return true;
}

static bool check_windows(const struct iolas_space *space, struct sums *sums)
{
	const struct range_window *before = NULL;
	struct range_link *link = range_end(space->windows.top, 0);
	uint64_t count;

	if (!check_links(&space->windows, space->window_nodes.object_count,
			 &count) ||
	    count != space->window_nodes.object_count)
		return false;
	for (; link; link = range_step(link, 1)) {
		const struct range_window *window = range_window_of(link);
		struct iolas_span g;

		if (window->count == 0 || window->first > window->last)
			return false;
		if (before && (before->first > window->first ||
			       (before->first == window->first &&
				before->last >= window->last)))
			return false;
		before = window;
		if (!iolas__range_window_clip(space, window->first,
					      window->last, &g))
			continue;
		sums->starts -= spread(g.first) * window->count;
		sums->ends -= spread(g.last) * window->count;
	}
	return sums->starts == 0 && sums->ends == 0;
}

static bool check_sums(const struct iolas_space *space, const struct sums *sums)
{
	return sums->live == space->live_granules &&
	       sums->guard == space->guard_granules &&
	       sums->reserved == space->reserved_granules &&
	       sums->live_count == space->live_count &&
	       sums->hole_count == space->hole_count &&
	       sums->reserved_count == space->reserved_count &&
	       space->alloc_count - space->free_count == space->live_count;
}

int iolas_range_check(struct iolas_space *space)
{
	struct sums sums = { 0 };
	bool is_whole;

	if (!space)
		return IOLAS_EINVAL;
	range_lock(space);
	is_whole = check_stretches(space, &sums) && check_holes(space) &&
		   check_windows(space, &sums) && check_sums(space, &sums);
	range_unlock(space);
	return is_whole ? IOLAS_OK : IOLAS_EIO;
}
