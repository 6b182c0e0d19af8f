/* SPDX-License-Identifier: MIT */
/*
 * The stretches of a space in two orders: all of them by address, with the
 * largest hole of each subtree, and the holes by size.
 *
 * Changing a stretch never fails: nodes are made ready before.
 */
#include "range/range_priv.h"

static bool subtree_has(const struct range_link *link, uint64_t need_m1)
{
	const struct range_node *node = (const struct range_node *)link;

	return node && node->has_hole && node->max_m1 >= need_m1;
}

static bool node_has(const struct range_node *node, uint64_t need_m1)
{
	return node->kind == IOLAS_RANGE_FREE && range_size_m1(node) >= need_m1;
}

static bool refresh_max(struct range_link *link)
{
	struct range_node *node = range_node_of(link);
	bool has_hole = node->kind == IOLAS_RANGE_FREE;
	uint64_t max_m1 = has_hole ? range_size_m1(node) : 0;
	bool is_changed;

	for (int dir = 0; dir < 2; dir++) {
		if (!subtree_has(link->child[dir], max_m1))
			continue;
		has_hole = true;
		max_m1 = range_node_of(link->child[dir])->max_m1;
	}
	is_changed = node->has_hole != has_hole || node->max_m1 != max_m1;
	node->has_hole = has_hole;
	node->max_m1 = max_m1;
	return is_changed;
}

/* Tells the ancestors of @node that its own size or kind changed. */
static void renew_max(struct range_node *node)
{
	struct range_link *link = &node->by_address;

	while (link && refresh_max(link))
		link = link->parent;
}

/* @fresh becomes the neighbour of @node on side @dir. */
static void hang_beside(struct iolas_space *space, struct range_node *node,
			struct range_node *fresh, int dir)
{
	struct range_link *parent = &node->by_address;

	if (parent->child[dir]) {
		parent = range_end(parent->child[dir], !dir);
		dir = !dir;
	}
	range_hang(&space->by_address, parent, dir, &fresh->by_address,
		   refresh_max);
}

static bool is_smaller(const struct range_node *a, const struct range_node *b)
{
	if (range_size_m1(a) != range_size_m1(b))
		return range_size_m1(a) < range_size_m1(b);
	return a->first < b->first;
}

static void add_hole(struct iolas_space *space, struct range_node *node)
{
	struct range_link *parent = NULL;
	struct range_link *link = space->by_size.top;
	int dir = 0;

	while (link) {
		parent = link;
		dir = is_smaller(range_node_by_size(link), node);
		link = link->child[dir];
	}
	range_hang(&space->by_size, parent, dir, &node->by_size, NULL);
	space->hole_count++;
}

static void drop_hole(struct iolas_space *space, struct range_node *node)
{
	range_unhang(&space->by_size, &node->by_size, NULL);
	space->hole_count--;
}

/* Does a hole of @size_m1 at @first belong where @node stands by size? */
static bool keeps_place(struct range_node *node, uint64_t size_m1,
			uint64_t first)
{
	const struct range_node key = { .first = first,
					.last = first + size_m1 };
	struct range_link *low = range_step(&node->by_size, 0);
	struct range_link *high = range_step(&node->by_size, 1);

	return (!low || is_smaller(range_node_by_size(low), &key)) &&
	       (!high || is_smaller(&key, range_node_by_size(high)));
}

/* The hole @node becomes first..last; a move by size only when it must. */
static void resize_hole(struct iolas_space *space, struct range_node *node,
			uint64_t first, uint64_t last)
{
	bool is_moved = !keeps_place(node, last - first, first);

	if (is_moved)
		drop_hole(space, node);
	node->first = first;
	node->last = last;
	if (is_moved)
		add_hole(space, node);
	renew_max(node);
}

static struct range_node *pop_spare(struct iolas_space *space)
{
	struct range_node *node = space->spare;

	space->spare = node->next_spare;
	space->spare_count--;
	return node;
}

static void push_spare(struct iolas_space *space, struct range_node *node)
{
	node->next_spare = space->spare;
	space->spare = node;
	space->spare_count++;
}

int iolas__range_nodes_ready(struct iolas_space *space, uint64_t count)
{
	while (space->spare_count < count) {
		struct range_node *node =
			iolas__slab_alloc(&space->nodes, NULL);

		if (!node)
			return IOLAS_ENOMEM;
		/* Compared, though never relied on, when it is first hung. */
		node->has_hole = false;
		node->max_m1 = 0;
		push_spare(space, node);
	}
	return IOLAS_OK;
}

int iolas__range_tree_init(struct iolas_space *space)
{
	struct range_node *node;
	int status = iolas__range_nodes_ready(space, 1);

	if (status)
		return status;
	node = pop_spare(space);
	node->kind = IOLAS_RANGE_FREE;
	node->first = space->first;
	node->last = space->last;
	range_hang(&space->by_address, NULL, 0, &node->by_address, refresh_max);
	add_hole(space, node);
	return IOLAS_OK;
}

void iolas__range_tree_trim(struct iolas_space *space)
{
	while (space->spare)
		iolas__slab_free(&space->nodes, pop_spare(space));
}

struct range_node *iolas__range_find(const struct iolas_space *space,
				     uint64_t g)
{
	struct range_node *node = range_node_of(space->by_address.top);

	while (g < node->first || g > node->last)
		node = range_node_of(node->by_address.child[g > node->last]);
	return node;
}

struct range_node *iolas__range_cut(struct iolas_space *space,
				    struct range_node *node, uint64_t g)
{
	struct range_node *upper = pop_spare(space);
	bool is_hole = node->kind == IOLAS_RANGE_FREE;

	upper->kind = node->kind;
	upper->first = g;
	upper->last = node->last;
	if (is_hole) {
		drop_hole(space, node);
	} else {
		upper->windows = node->windows;
		upper->windows.starts = 0;
		node->windows.ends = 0;
	}
	node->last = g - 1;
	renew_max(node);
	hang_beside(space, node, upper, 1);
	if (is_hole) {
		add_hole(space, node);
		add_hole(space, upper);
	} else {
		space->reserved_count++;
	}
	return upper;
}

void iolas__range_turn(struct iolas_space *space, struct range_node *node,
		       uint32_t kind)
{
	if (node->kind == IOLAS_RANGE_FREE)
		drop_hole(space, node);
	node->kind = kind;
	if (kind == IOLAS_RANGE_FREE)
		add_hole(space, node);
	renew_max(node);
}

/* A new stretch first..last on side @dir of @node; one ready node. */
static struct range_node *add_beside(struct iolas_space *space,
				     struct range_node *node, int dir,
				     uint32_t kind, uint64_t first,
				     uint64_t last)
{
	struct range_node *fresh = pop_spare(space);

	fresh->kind = kind;
	fresh->first = first;
	fresh->last = last;
	hang_beside(space, node, fresh, dir);
	if (kind == IOLAS_RANGE_FREE)
		add_hole(space, fresh);
	return fresh;
}

struct range_node *iolas__range_carve(struct iolas_space *space,
				      struct range_node *hole, uint64_t first,
				      uint64_t last)
{
	const uint64_t hole_last = hole->last;
	struct range_node *live;

	if (first == hole->first && last == hole_last) {
		iolas__range_turn(space, hole, IOLAS_RANGE_LIVE);
		return hole;
	}
	if (first == hole->first) {
		resize_hole(space, hole, last + 1, hole_last);
		return add_beside(space, hole, 0, IOLAS_RANGE_LIVE, first,
				  last);
	}
	resize_hole(space, hole, hole->first, first - 1);
	live = add_beside(space, hole, 1, IOLAS_RANGE_LIVE, first, last);
	if (last != hole_last)
		add_beside(space, live, 1, IOLAS_RANGE_FREE, last + 1,
			   hole_last);
	return live;
}

static void remove_stretch(struct iolas_space *space, struct range_node *node)
{
	range_unhang(&space->by_address, &node->by_address, refresh_max);
	push_spare(space, node);
}

void iolas__range_release(struct iolas_space *space, struct range_node *node)
{
	struct range_node *low = range_neighbour(node, 0);
	struct range_node *high = range_neighbour(node, 1);
	const uint64_t first = node->first;
	uint64_t last = node->last;

	if (low && low->kind != IOLAS_RANGE_FREE)
		low = NULL;
	if (high && high->kind != IOLAS_RANGE_FREE)
		high = NULL;
	if (!low && !high) {
		iolas__range_turn(space, node, IOLAS_RANGE_FREE);
		return;
	}
	remove_stretch(space, node);
	if (!low) {
		resize_hole(space, high, first, high->last);
		return;
	}
	if (high) {
		last = high->last;
		drop_hole(space, high);
		remove_stretch(space, high);
	}
	resize_hole(space, low, low->first, last);
}

/* @low and @high touch; may they be one stretch? */
static bool is_seamless(const struct range_node *low,
			const struct range_node *high)
{
	if (low->kind != high->kind)
		return false;
	if (low->kind == IOLAS_RANGE_RESERVED)
		return low->windows.ends == 0 && high->windows.starts == 0;
	return low->kind == IOLAS_RANGE_FREE;
}

/* @high becomes part of @low, and its node a spare. */
static void absorb(struct iolas_space *space, struct range_node *low,
		   struct range_node *high)
{
	bool is_hole = low->kind == IOLAS_RANGE_FREE;

	if (is_hole) {
		drop_hole(space, low);
		drop_hole(space, high);
	} else {
		low->windows.ends = high->windows.ends;
		space->reserved_count--;
	}
	range_unhang(&space->by_address, &high->by_address, refresh_max);
	low->last = high->last;
	renew_max(low);
	if (is_hole)
		add_hole(space, low);
	push_spare(space, high);
}

struct range_node *iolas__range_join(struct iolas_space *space,
				     struct range_node *node)
{
	struct range_node *next = range_neighbour(node, 1);
	struct range_node *previous = range_neighbour(node, 0);

	if (next && is_seamless(node, next))
		absorb(space, node, next);
	if (previous && is_seamless(previous, node)) {
		absorb(space, previous, node);
		node = previous;
	}
	return node;
}

/* The hole of subtree @link that comes first in direction @dir. */
static struct range_node *hole_in(struct range_link *link, int dir,
				  uint64_t need_m1)
{
	for (;;) {
		if (subtree_has(link->child[!dir], need_m1))
			link = link->child[!dir];
		else if (node_has(range_node_of(link), need_m1))
			return range_node_of(link);
		else
			link = link->child[dir];
	}
}

struct range_node *iolas__range_hole_next(struct range_node *node, int dir,
					  uint64_t need_m1)
{
	struct range_link *link = &node->by_address;

	if (subtree_has(link->child[dir], need_m1))
		return hole_in(link->child[dir], dir, need_m1);
	while (link->parent) {
		int side = range_side(link);

		link = link->parent;
		if (side == dir)
			continue;
		if (node_has(range_node_of(link), need_m1))
			return range_node_of(link);
		if (subtree_has(link->child[dir], need_m1))
			return hole_in(link->child[dir], dir, need_m1);
	}
	return NULL;
}

struct range_node *iolas__range_hole_from(const struct iolas_space *space,
					  uint64_t from, int dir,
					  uint64_t need_m1)
{
	struct range_node *node;

	if (!subtree_has(space->by_address.top, need_m1))
		return NULL;
	if (from == (dir ? space->first : space->last))
		return hole_in(space->by_address.top, dir, need_m1);
	node = iolas__range_find(space, from);
	if (node_has(node, need_m1))
		return node;
	return iolas__range_hole_next(node, dir, need_m1);
}

struct range_node *iolas__range_size_from(const struct iolas_space *space,
					  uint64_t need_m1)
{
	struct range_link *link = space->by_size.top;
	struct range_node *found = NULL;

	while (link) {
		struct range_node *node = range_node_by_size(link);
		bool is_enough = range_size_m1(node) >= need_m1;

		if (is_enough)
			found = node;
		link = link->child[!is_enough];
	}
	return found;
}

struct range_node *iolas__range_size_next(struct range_node *node)
{
	struct range_link *next = range_step(&node->by_size, 1);

	return next ? range_node_by_size(next) : NULL;
}
