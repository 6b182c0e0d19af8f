/* SPDX-License-Identifier: MIT */
/*
 * Balanced binary trees of embedded links (AVL: G. Adelson-Velsky and
 * E. Landis, 1962), with a hook that keeps a summary per subtree.
 *
 * The hook is a constant at each call, so the compiler folds it away.  A tree
 * never allocates; direction 0 is towards lower keys, 1 towards higher ones.
 */
#ifndef IOLAS_RANGE_RANGE_AVL_H
#define IOLAS_RANGE_RANGE_AVL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_INLINE static inline __attribute__((always_inline))

struct range_link {
	struct range_link *parent;
	struct range_link *child[2];
	uint32_t height; /* 1 for a leaf */
	uint32_t mark;	 /* the owner's: not touched here */
};

struct range_root {
	struct range_link *top;
};

/* Recomputes the summary of @link from itself and its children; did it change? */
typedef bool range_refresh_fn(struct range_link *link);

static inline uint32_t range_height(const struct range_link *link)
{
	return link ? link->height : 0;
}

/* 1 when @link hangs on its parent's higher side. */
static inline int range_side(const struct range_link *link)
{
	return link->parent->child[1] == link;
}

/* Recomputes what @link keeps; true when its parent has to look at it. */
RANGE_INLINE bool range_renew(struct range_link *link,
			      range_refresh_fn *refresh)
{
	uint32_t low = range_height(link->child[0]);
	uint32_t high = range_height(link->child[1]);
	uint32_t height = 1 + (low > high ? low : high);
	bool is_changed = height != link->height;

	link->height = height;
	if (refresh && refresh(link))
		is_changed = true;
	return is_changed;
}

/* @fresh (may be NULL) takes the place of @old under old's parent. */
static inline void range_replace(struct range_root *root,
				 struct range_link *old,
				 struct range_link *fresh)
{
	if (!old->parent)
		root->top = fresh;
	else
		old->parent->child[range_side(old)] = fresh;
	if (fresh)
		fresh->parent = old->parent;
}

/* @link sinks to side @dir; its other child rises and is returned. */
RANGE_INLINE struct range_link *range_rotate(struct range_root *root,
					     struct range_link *link, int dir,
					     range_refresh_fn *refresh)
{
	struct range_link *up = link->child[!dir];
	struct range_link *mid = up->child[dir];

	range_replace(root, link, up);
	link->child[!dir] = mid;
	if (mid)
		mid->parent = link;
	up->child[dir] = link;
	link->parent = up;
	range_renew(link, refresh);
	range_renew(up, refresh);
	return up;
}

/* Balances @link, whose subtrees are balanced; returns what stands there. */
RANGE_INLINE struct range_link *range_balance(struct range_root *root,
					      struct range_link *link,
					      range_refresh_fn *refresh)
{
	for (int dir = 0; dir < 2; dir++) {
		struct range_link *deep = link->child[dir];

		if (range_height(deep) <= range_height(link->child[!dir]) + 1)
			continue;
		if (range_height(deep->child[dir]) <
		    range_height(deep->child[!dir]))
			range_rotate(root, deep, dir, refresh);
		return range_rotate(root, link, !dir, refresh);
	}
	return link;
}

/*
 * Repairs heights, balance and summaries from @link upwards, to the first that
 * stays as it was: those above it depend on nothing else.  @pass, if not NULL,
 * stands above @link or is @link; its neighbours changed too, so the climb does
 * not end before it.
 */
RANGE_INLINE void range_climb(struct range_root *root, struct range_link *link,
			      const struct range_link *pass,
			      range_refresh_fn *refresh)
{
	while (link) {
		bool is_changed = range_renew(link, refresh);
		struct range_link *top = range_balance(root, link, refresh);

		if (!is_changed && top == link && !pass)
			return;
		if (link == pass)
			pass = NULL;
		link = top->parent;
	}
}

/* Hangs @fresh on the free side @dir of @parent (NULL: the tree is empty). */
RANGE_INLINE void range_hang(struct range_root *root, struct range_link *parent,
			     int dir, struct range_link *fresh,
			     range_refresh_fn *refresh)
{
	fresh->parent = parent;
	fresh->child[0] = NULL;
	fresh->child[1] = NULL;
	if (parent)
		parent->child[dir] = fresh;
	else
		root->top = fresh;
	fresh->height = 0; /* as its parent saw it before */
	range_climb(root, fresh, fresh, refresh);
}

/* Outermost link of the subtree @link on side @dir; NULL for NULL. */
static inline struct range_link *range_end(struct range_link *link, int dir)
{
	while (link && link->child[dir])
		link = link->child[dir];
	return link;
}

/* Neighbour of @link in key order on side @dir; NULL at the end. */
static inline struct range_link *range_step(struct range_link *link, int dir)
{
	if (link->child[dir])
		return range_end(link->child[dir], !dir);
	while (link->parent && range_side(link) == dir)
		link = link->parent;
	return link->parent;
}

/* Takes @link out. */
RANGE_INLINE void range_unhang(struct range_root *root, struct range_link *link,
			       range_refresh_fn *refresh)
{
	struct range_link *climb_from = link->parent;
	struct range_link *pass = NULL;

	if (link->child[0] && link->child[1]) {
		/* The next higher link, which has no lower child, moves up. */
		struct range_link *next = range_end(link->child[1], 0);

		climb_from = next->parent == link ? next : next->parent;
		range_replace(root, next, next->child[1]);
		for (int dir = 0; dir < 2; dir++) {
			next->child[dir] = link->child[dir];
			if (next->child[dir])
				next->child[dir]->parent = next;
		}
		range_replace(root, link, next);
		pass = next;
	} else {
		range_replace(root, link, link->child[!link->child[0]]);
	}
	range_climb(root, climb_from, pass, refresh);
}

#endif /* IOLAS_RANGE_RANGE_AVL_H */
