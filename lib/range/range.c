/* SPDX-License-Identifier: MIT */
/*
 * The door of the range allocator: arguments are checked here, the lock is
 * taken here, and bytes turn into granules and back.
 */
#include "base/struct_read.h"
#include "range/range_priv.h"

static int check_config(const struct iolas_range_config *config)
{
	uint64_t mask;

	if (config->flags != 0 || config->reserved != 0 ||
	    config->granule_lg2 > 63)
		return IOLAS_EINVAL;
	mask = iolas__mask(config->granule_lg2);
	if (config->first > config->last || (config->first & mask) != 0 ||
	    (config->last & mask) != mask)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

/* Only the slabs hold host memory besides the space itself. */
static void space_end(struct iolas_space *space)
{
	struct iolas_host host = space->host;

	iolas__slab_fini(&space->nodes);
	iolas__slab_fini(&space->window_nodes);
	iolas__host_object_free(&host, space, sizeof(*space));
}

static int space_begin(struct iolas_space *space,
		       const struct iolas_range_config *config)
{
	space->granule_lg2 = config->granule_lg2;
	space->first = config->first >> config->granule_lg2;
	space->last = config->last >> config->granule_lg2;
	iolas__slab_init(&space->nodes, &space->host, sizeof(struct range_node),
			 8);
	iolas__slab_init(&space->window_nodes, &space->host,
			 sizeof(struct range_window), 8);
	return iolas__range_tree_init(space);
}

int iolas_range_create(const struct iolas_host *host,
		       const struct iolas_range_config *given,
		       struct iolas_space **out)
{
	struct iolas_range_config config;
	struct iolas_space *space;
	struct iolas_host copy;
	int status;

	if (!out)
		return IOLAS_EINVAL;
	*out = NULL;
	status = iolas__host_read(&copy, host);
	if (status == IOLAS_OK)
		status = iolas__struct_read(&config, sizeof(config),
					    sizeof(config), given);
	if (status == IOLAS_OK)
		status = check_config(&config);
	if (status != IOLAS_OK)
		return status;

	space = iolas__host_object_alloc(&copy, sizeof(*space));
	if (!space)
		return IOLAS_ENOMEM;
	space->host = copy;
	status = space_begin(space, &config);
	if (status != IOLAS_OK) {
		space_end(space);
		return status;
	}
	*out = space;
	return IOLAS_OK;
}

int iolas_range_destroy(struct iolas_space *space)
{
	if (!space)
		return IOLAS_OK;
	if (space->live_count != 0)
		return IOLAS_EBUSY;
	space_end(space);
	return IOLAS_OK;
}

void iolas_range_destroy_all(struct iolas_space *space)
{
	if (space)
		space_end(space);
}

/* Cuts the range and its guard out of the hole @node and makes it live. */
static void take(struct iolas_space *space, struct range_node *node,
		 const struct range_request *request, uint64_t base)
{
	uint64_t body_last = base + request->n_m1;

	node = iolas__range_carve(space, node, base,
				  body_last + request->guard);
	node->body_last = body_last;
	space->live_count++;
	space->live_granules += request->n_m1 + 1;
	space->guard_granules += request->guard;
	space->alloc_count++;
}

static int alloc_locked(struct iolas_space *space,
			const struct range_request *request, uint64_t *base)
{
	struct range_node *node = iolas__range_place(space, request, base);

	if (!node) {
		space->fail_count++;
		return IOLAS_ENOSPC;
	}
	if (iolas__range_nodes_ready(space, 2) != IOLAS_OK)
		return IOLAS_ENOMEM;
	take(space, node, request, *base);
	return IOLAS_OK;
}

int iolas_range_alloc(struct iolas_space *space, uint64_t len,
		      const struct iolas_range_constraints *constraints,
		      iolas_iova *iova)
{
	struct iolas_range_constraints copy;
	struct range_request request;
	uint64_t base;
	int status;

	if (!space || !iova)
		return IOLAS_EINVAL;
	status = iolas__range_request_read(space, len, constraints, &copy,
					   &request);
	if (status != IOLAS_OK)
		return status;
	range_lock(space);
	status = alloc_locked(space, &request, &base);
	range_unlock(space);
	if (status == IOLAS_OK)
		*iova = range_first_byte(space, base);
	return status;
}

/* Never needs memory: giving back only turns one stretch and merges. */
static int free_locked(struct iolas_space *space, uint64_t base, uint64_t n_m1)
{
	struct range_node *node;

	if (base < space->first || base > space->last)
		return IOLAS_ENOENT;
	node = iolas__range_find(space, base);
	if (node->kind != IOLAS_RANGE_LIVE || node->first != base ||
	    node->body_last - base != n_m1)
		return IOLAS_ENOENT;
	space->live_count--;
	space->live_granules -= n_m1 + 1;
	space->guard_granules -= node->last - node->body_last;
	space->free_count++;
	iolas__range_release(space, node);
	return IOLAS_OK;
}

int iolas_range_free(struct iolas_space *space, iolas_iova iova, uint64_t len)
{
	unsigned lg2;
	int status;

	if (!space || len == 0)
		return IOLAS_EINVAL;
	lg2 = space->granule_lg2;
	if (!iolas__is_aligned(len, lg2))
		return IOLAS_EINVAL;
	if (!iolas__is_aligned(iova, lg2))
		return IOLAS_ENOENT;
	range_lock(space);
	status = free_locked(space, iova >> lg2, (len >> lg2) - 1);
	range_unlock(space);
	return status;
}

/* A reserved stretch is shown as one with the reserved ones it touches. */
static void span_reserved(struct range_node *node, uint64_t *first,
			  uint64_t *last)
{
	struct range_node *end = node;

	for (; node && node->kind == IOLAS_RANGE_RESERVED;
	     node = range_neighbour(node, 0))
		*first = node->first;
	for (; end && end->kind == IOLAS_RANGE_RESERVED;
	     end = range_neighbour(end, 1))
		*last = end->last;
}

void iolas__range_describe(const struct iolas_space *space,
			   struct range_node *node, uint64_t g,
			   struct iolas_range_info *info)
{
	uint64_t first = node->first, last = node->last;

	info->struct_size = sizeof(*info);
	info->kind = node->kind;
	if (node->kind == IOLAS_RANGE_RESERVED) {
		span_reserved(node, &first, &last);
	} else if (node->kind == IOLAS_RANGE_LIVE && g > node->body_last) {
		info->kind = IOLAS_RANGE_GUARD;
		first = node->body_last + 1;
	} else if (node->kind == IOLAS_RANGE_LIVE) {
		last = node->body_last;
	}
	info->first = range_first_byte(space, first);
	info->last = range_last_byte(space, last);
}

int iolas_range_next(struct iolas_space *space, iolas_iova from,
		     struct iolas_range_info *given)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	uint64_t g;

	if (!space || !given)
		return IOLAS_EINVAL;
	g = iolas__max64(from >> space->granule_lg2, space->first);
	if (g > space->last)
		return IOLAS_ENOENT;
	range_lock(space);
	iolas__range_describe(space, iolas__range_find(space, g), g, &info);
	range_unlock(space);
	return iolas__struct_write(given, &info, sizeof(info), sizeof(info));
}

/* A sum that may be 2^64, hence 0 here; @count tells that from nothing. */
static uint64_t bytes_m1(const struct iolas_space *space, uint64_t granules,
			 uint64_t count)
{
	return count ? (granules << space->granule_lg2) - 1 : 0;
}

static void stats_locked(struct iolas_space *space,
			 struct iolas_range_stats *stats)
{
	struct range_node *top = range_node_of(space->by_address.top);
	struct range_node *largest = NULL;
	uint64_t free_granules = space->last - space->first + 1 -
				 space->live_granules - space->guard_granules -
				 space->reserved_granules;

	if (top->has_hole)
		largest = iolas__range_hole_from(space, space->first, 1,
						 top->max_m1);
	stats->live_count = space->live_count;
	stats->live_bytes_m1 =
		bytes_m1(space, space->live_granules, space->live_count);
	stats->guard_bytes = space->guard_granules << space->granule_lg2;
	stats->reserved_count = space->reserved_count;
	stats->reserved_bytes_m1 = bytes_m1(space, space->reserved_granules,
					    space->reserved_count);
	stats->hole_count = space->hole_count;
	stats->free_bytes_m1 =
		bytes_m1(space, free_granules, space->hole_count);
	stats->largest_first =
		largest ? range_first_byte(space, largest->first) : 1;
	stats->largest_last =
		largest ? range_last_byte(space, largest->last) : 0;
	stats->metadata_bytes = sizeof(*space) + space->nodes.chunk_bytes +
				space->window_nodes.chunk_bytes;
	stats->alloc_count = space->alloc_count;
	stats->free_count = space->free_count;
	stats->fail_count = space->fail_count;
}

int iolas_range_stats(struct iolas_space *space,
		      struct iolas_range_stats *given)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	if (!space || !given)
		return IOLAS_EINVAL;
	range_lock(space);
	stats_locked(space, &stats);
	range_unlock(space);
	return iolas__struct_write(given, &stats, sizeof(stats), sizeof(stats));
}

int iolas_range_trim(struct iolas_space *space)
{
	if (!space)
		return IOLAS_EINVAL;
	range_lock(space);
	iolas__range_tree_trim(space);
	range_unlock(space);
	return IOLAS_OK;
}
