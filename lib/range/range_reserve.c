/* SPDX-License-Identifier: MIT */
/*
 * Windows taken out of allocation.
 *
 * Each window is remembered as it was given.  Inside the space, RESERVED
 * stretches are cut at every window's ends and count the windows over them, so
 * that undoing a window needs no memory: it only counts down and joins.
 */
#include "range/range_priv.h"

static bool is_before(const struct range_window *window, iolas_iova first,
		      iolas_iova last)
{
	if (window->first != first)
		return window->first < first;
	return window->last < last;
}

/* The window, or NULL and where it would hang. */
static struct range_window *find_window(const struct iolas_space *space,
					iolas_iova first, iolas_iova last,
					struct range_link **parent, int *dir)
{
	struct range_link *link = space->windows.top;

	*parent = NULL;
	*dir = 0;
	while (link) {
		struct range_window *window = range_window_of(link);

		if (window->first == first && window->last == last)
			return window;
		*parent = link;
		*dir = is_before(window, first, last);
		link = link->child[*dir];
	}
	return NULL;
}

bool iolas__range_window_clip(const struct iolas_space *space, iolas_iova first,
			      iolas_iova last, struct iolas_span *granules)
{
	granules->first =
		iolas__max64(first >> space->granule_lg2, space->first);
	granules->last = iolas__min64(last >> space->granule_lg2, space->last);
	return granules->first <= granules->last;
}

static bool has_live(const struct iolas_space *space, struct iolas_span g)
{
	struct range_node *node = iolas__range_find(space, g.first);

	for (; node && node->first <= g.last; node = range_neighbour(node, 1))
		if (node->kind == IOLAS_RANGE_LIVE)
			return true;
	return false;
}

/* One more window over @node, which lies inside it. */
static void cover(struct iolas_space *space, struct range_node *node)
{
	if (node->kind == IOLAS_RANGE_FREE) {
		iolas__range_turn(space, node, IOLAS_RANGE_RESERVED);
		node->windows.cover = 0;
		node->windows.starts = 0;
		node->windows.ends = 0;
		space->reserved_count++;
		space->reserved_granules += range_size_m1(node) + 1;
	}
	node->windows.cover++;
}

static void cover_span(struct iolas_space *space, struct iolas_span g)
{
	struct range_node *node = iolas__range_find(space, g.first);

	if (node->first != g.first)
		node = iolas__range_cut(space, node, g.first);
	for (struct range_node *first = node;;
	     node = range_neighbour(node, 1)) {
		if (node->last > g.last)
			iolas__range_cut(space, node, g.last + 1);
		cover(space, node);
		if (node == first)
			node->windows.starts++;
		if (node->last == g.last)
			break;
	}
	node->windows.ends++;
}

/* One window less over @node. */
static void uncover(struct iolas_space *space, struct range_node *node)
{
	if (--node->windows.cover != 0)
		return;
	space->reserved_count--;
	space->reserved_granules -= range_size_m1(node) + 1;
	iolas__range_turn(space, node, IOLAS_RANGE_FREE);
}

/* Needs no nodes: both ends are cuts since cover_span(). */
static void uncover_span(struct iolas_space *space, struct iolas_span g)
{
	struct range_node *node = iolas__range_find(space, g.last);

	node->windows.ends--;
	node = iolas__range_find(space, g.first);
	node->windows.starts--;
	for (;;) {
		uint64_t last = node->last;

		uncover(space, node);
		node = iolas__range_join(space, node);
		if (last == g.last)
			return;
		node = iolas__range_find(space, last + 1);
	}
}

static int reserve_locked(struct iolas_space *space, iolas_iova first,
			  iolas_iova last)
{
	struct range_window *window;
	struct range_link *parent;
	struct iolas_span g;
	bool is_inside = iolas__range_window_clip(space, first, last, &g);
	int dir;

	if (is_inside && has_live(space, g))
		return IOLAS_EBUSY;
	if (iolas__range_nodes_ready(space, 2) != IOLAS_OK)
		return IOLAS_ENOMEM;
	window = find_window(space, first, last, &parent, &dir);
	if (!window) {
		window = iolas__slab_alloc(&space->window_nodes, NULL);
		if (!window)
			return IOLAS_ENOMEM;
		window->first = first;
		window->last = last;
		window->count = 0;
		range_hang(&space->windows, parent, dir, &window->link, NULL);
	}
	window->count++;
	if (is_inside)
		cover_span(space, g);
	return IOLAS_OK;
}

static int unreserve_locked(struct iolas_space *space, iolas_iova first,
			    iolas_iova last)
{
	struct range_window *window;
	struct range_link *parent;
	struct iolas_span g;
	int dir;

	window = find_window(space, first, last, &parent, &dir);
	if (!window)
		return IOLAS_ENOENT;
	if (iolas__range_window_clip(space, first, last, &g))
		uncover_span(space, g);
	if (--window->count == 0) {
		range_unhang(&space->windows, &window->link, NULL);
		iolas__slab_free(&space->window_nodes, window);
	}
	return IOLAS_OK;
}

int iolas_range_reserve(struct iolas_space *space, iolas_iova first,
			iolas_iova last)
{
	int status;

	if (!space || first > last)
		return IOLAS_EINVAL;
	range_lock(space);
	status = reserve_locked(space, first, last);
	range_unlock(space);
	return status;
}

int iolas_range_unreserve(struct iolas_space *space, iolas_iova first,
			  iolas_iova last)
{
	int status;

	if (!space || first > last)
		return IOLAS_EINVAL;
	range_lock(space);
	status = unreserve_locked(space, first, last);
	range_unlock(space);
	return status;
}
