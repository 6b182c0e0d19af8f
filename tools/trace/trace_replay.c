/* SPDX-License-Identifier: MIT */
/*
 * Replay of a recorded trace through domains of this library.
 */
#include "trace/trace_replay.h"

#include <iolas/domain.h>

#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_LG2   12u
#define PAGE_BYTES (UINT64_C(1) << PAGE_LG2)
#define DOMAIN_MAX 256u

/* A mapped piece of a range, in recorded addresses. */
struct chunk {
	uint64_t iova;
	uint64_t pa;
	uint64_t bytes;
	unsigned prot;
};

/* A live range: [recorded, recorded + bytes) in the trace, base in ours. */
struct range {
	uint64_t recorded;
	uint64_t bytes;
	uint64_t base;
	bool is_fixed; /* mapped by the trace without an allocation */
	struct chunk *chunk;
	size_t chunk_count;
	size_t chunk_max;
};

struct replay_domain {
	struct iolas_domain *domain;
	struct iolas_gather gather;
	bool is_started; /* its allocator: the `n` event was seen */
	void *ranges;	 /* tree of struct range, tsearch(3) */
	uint64_t table_bytes;
};

struct trace_replay {
	const struct iolas_host *host;
	bool is_lazy;
	struct replay_domain domain[DOMAIN_MAX];
	struct trace_replay_totals totals;
	char error[160];
};

/* Ranges are disjoint, so that "overlaps" is equality and the rest an order. */
static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->recorded + x->bytes - 1 < y->recorded)
		return -1;
	return x->recorded > y->recorded + y->bytes - 1;
}

static struct range *find_range(struct replay_domain *domain, uint64_t recorded,
				uint64_t bytes)
{
	const struct range wanted = { .recorded = recorded, .bytes = bytes };
	struct range *const *found =
		tfind(&wanted, &domain->ranges, compare_ranges);

	return found ? *found : NULL;
}

static int fail(struct trace_replay *replay, const char *what, int status)
{
	snprintf(replay->error, sizeof(replay->error), "%s%s%s", what,
		 status ? ": " : "", status ? iolas_strerror(status) : "");
	return -1;
}

struct trace_replay *trace_replay_create(const struct iolas_host *host,
					 int is_lazy)
{
	struct trace_replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return NULL;
	replay->host = host;
	replay->is_lazy = is_lazy != 0;
	return replay;
}

static void free_range(void *node)
{
	struct range *range = node;

	free(range->chunk);
	free(range);
}

void trace_replay_destroy(struct trace_replay *replay)
{
	if (!replay)
		return;
	for (unsigned i = 0; i < DOMAIN_MAX; i++) {
		iolas_domain_destroy_all(replay->domain[i].domain);
		tdestroy(replay->domain[i].ranges, free_range);
	}
	free(replay);
}

const char *trace_replay_error(const struct trace_replay *replay)
{
	return replay->error;
}

static void note_tables(struct trace_replay *replay,
			struct replay_domain *domain)
{
	struct iolas_pgtable_stats stats = { .struct_size = sizeof(stats) };
	struct trace_replay_totals *totals = &replay->totals;

	if (iolas_pgtable_stats(iolas_domain_pgtable(domain->domain), &stats))
		return;
	totals->table_bytes += stats.table_bytes - domain->table_bytes;
	domain->table_bytes = stats.table_bytes;
	if (totals->table_bytes > totals->peak_table_bytes)
		totals->peak_table_bytes = totals->table_bytes;
}

static int make_domain(struct trace_replay *replay,
		       struct replay_domain *domain)
{
	const struct iolas_pgtable_config tables = {
		.struct_size = sizeof(tables),
		.format = IOLAS_FORMAT_VTD_SS,
		.levels = 4,
	};
	const struct iolas_domain_config config = {
		.struct_size = sizeof(config),
		.policy = replay->is_lazy ? IOLAS_POLICY_BATCHED
					  : IOLAS_POLICY_STRICT,
		.pgtable = &tables,
		.first = PAGE_BYTES,
		.last = (UINT64_C(1) << 48) - 1,
	};
	int status;

	if (domain->domain)
		return 0;
	status = iolas_domain_create(replay->host, &config, &domain->domain);
	if (status)
		return fail(replay, "iolas_domain_create", status);
	iolas_gather_init(&domain->gather);
	return 0;
}

/* Identity maps may come before the allocator starts. */
static int start_domain(struct trace_replay *replay,
			struct replay_domain *domain,
			const struct trace_event *event)
{
	if (domain->is_started)
		return fail(replay, "the domain starts twice", 0);
	if (event->init.granule != PAGE_BYTES || event->init.start_pfn != 1)
		return fail(replay, "only pages of 4096 bytes from 1 on", 0);
	domain->is_started = true;
	return make_domain(replay, domain);
}

static int reserve(struct trace_replay *replay, struct replay_domain *domain,
		   const struct trace_event *event)
{
	const uint64_t lo = event->reserve.lo_pfn, hi = event->reserve.hi_pfn;
	int status;

	if (hi >= UINT64_C(1) << (64 - PAGE_LG2))
		return fail(replay, "a frame number is too high", 0);
	status = iolas_range_reserve(iolas_domain_space(domain->domain),
				     lo << PAGE_LG2,
				     (hi << PAGE_LG2) + PAGE_BYTES - 1);
	return status ? fail(replay, "iolas_range_reserve", status) : 0;
}

/* Enters @range into the tree; it is freed on failure. */
static int enter_range(struct trace_replay *replay,
		       struct replay_domain *domain, struct range *range)
{
	if (!tsearch(range, &domain->ranges, compare_ranges)) {
		free_range(range);
		return fail(replay, "out of memory", 0);
	}
	if (range->is_fixed)
		return 0;
	replay->totals.live_pages += range->bytes >> PAGE_LG2;
	if (++replay->totals.live_ranges > replay->totals.peak_live_ranges)
		replay->totals.peak_live_ranges = replay->totals.live_ranges;
	if (replay->totals.live_pages > replay->totals.peak_live_pages)
		replay->totals.peak_live_pages = replay->totals.live_pages;
	return 0;
}

static struct range *new_range(uint64_t recorded, uint64_t bytes)
{
	struct range *range = calloc(1, sizeof(*range));

	if (range) {
		range->recorded = recorded;
		range->bytes = bytes;
	}
	return range;
}

/* The DMA API aligns a range to its size rounded up to a power of two. */
static uint64_t natural_alignment(uint64_t bytes)
{
	uint64_t align = PAGE_BYTES;

	while (align < bytes)
		align <<= 1;
	return align;
}

static int alloc(struct trace_replay *replay, struct replay_domain *domain,
		 const struct trace_event *event)
{
	const uint64_t pages = event->alloc.pages;
	struct iolas_range_constraints where = {
		.struct_size = sizeof(where),
		.flags = IOLAS_PLACE_HIGH,
	};
	struct range *range;
	int status;

	if (pages > UINT64_C(1) << 40 ||
	    event->alloc.limit_pfn >= UINT64_C(1) << (64 - PAGE_LG2) ||
	    event->alloc.iova > UINT64_MAX - (pages << PAGE_LG2))
		return fail(replay, "an allocation is out of range", 0);
	if (find_range(domain, event->alloc.iova, pages << PAGE_LG2))
		return fail(replay, "an allocation overlaps a live one", 0);
	range = new_range(event->alloc.iova, pages << PAGE_LG2);
	if (!range)
		return fail(replay, "out of memory", 0);
	where.align = natural_alignment(range->bytes);
	where.last = (event->alloc.limit_pfn << PAGE_LG2) + PAGE_BYTES - 1;
	status = iolas_domain_alloc(domain->domain, range->bytes, &where,
				    &range->base);
	if (status) {
		free_range(range);
		return fail(replay, "iolas_domain_alloc", status);
	}
	replay->totals.allocs++;
	return enter_range(replay, domain, range);
}

static int free_alloc(struct trace_replay *replay, struct replay_domain *domain,
		      const struct trace_event *event)
{
	const uint64_t pages = event->free.pages;
	struct range *range = find_range(domain, event->free.iova, PAGE_BYTES);
	int status;

	if (!range || range->recorded != event->free.iova ||
	    range->bytes >> PAGE_LG2 != pages || range->is_fixed)
		return fail(replay, "a free matches no allocation", 0);
	if (range->chunk_count != 0)
		return fail(replay, "a free of something still mapped", 0);
	status = iolas_domain_free(domain->domain, range->base, range->bytes);
	if (status)
		return fail(replay, "iolas_domain_free", status);
	tdelete(range, &domain->ranges, compare_ranges);
	replay->totals.live_ranges--;
	replay->totals.live_pages -= pages;
	replay->totals.frees++;
	free_range(range);
	return 0;
}

/* Our address for a recorded one inside @range. */
static uint64_t translate(const struct range *range, uint64_t recorded)
{
	return range->base + (recorded - range->recorded);
}

/* Looks every page of @chunk up; @is_mapped: what the trace says of it. */
static void compare_pages(struct trace_replay *replay,
			  struct replay_domain *domain,
			  const struct range *range, const struct chunk *chunk,
			  bool is_mapped)
{
	for (uint64_t at = 0; at < chunk->bytes; at += PAGE_BYTES) {
		const uint64_t iova = translate(range, chunk->iova + at);
		struct iolas_mapping m = { .struct_size = sizeof(m) };
		int status = iolas_domain_lookup(domain->domain, iova, &m);
		bool is_right;

		if (is_mapped)
			is_right = status == IOLAS_OK &&
				   m.pa + (iova - m.iova) == chunk->pa + at &&
				   (m.prot & (IOLAS_READ | IOLAS_WRITE)) ==
					   chunk->prot;
		else
			is_right = status == IOLAS_ENOENT;
		replay->totals.lookups++;
		replay->totals.mismatches += !is_right;
	}
}

static struct chunk *add_chunk(struct range *range)
{
	if (range->chunk_count == range->chunk_max) {
		size_t max = range->chunk_max ? 2 * range->chunk_max : 4;
		struct chunk *more = realloc(range->chunk, max * sizeof(*more));

		if (!more)
			return NULL;
		range->chunk = more;
		range->chunk_max = max;
	}
	return &range->chunk[range->chunk_count];
}

/*
 * A map without an allocation: the trace maps an identity window.  It keeps
 * its address, and nobody else may get it.
 */
static struct range *fixed_range(struct trace_replay *replay,
				 struct replay_domain *domain,
				 const struct trace_event *event)
{
	struct range *range = new_range(event->map.iova, event->map.bytes);

	if (!range)
		return NULL;
	range->base = event->map.iova;
	range->is_fixed = true;
	if (iolas_range_reserve(iolas_domain_space(domain->domain), range->base,
				range->base + range->bytes - 1)) {
		free_range(range);
		return NULL;
	}
	return enter_range(replay, domain, range) ? NULL : range;
}

static bool is_page_run(uint64_t first, uint64_t bytes)
{
	return bytes != 0 && ((first | bytes) & (PAGE_BYTES - 1)) == 0 &&
	       first <= UINT64_MAX - bytes;
}

static int map(struct trace_replay *replay, struct replay_domain *domain,
	       const struct trace_event *event)
{
	struct range *range;
	struct chunk *chunk;
	int status;

	if (!is_page_run(event->map.iova, event->map.bytes) ||
	    !is_page_run(event->map.pa, event->map.bytes))
		return fail(replay, "a map is not made of pages", 0);
	if (make_domain(replay, domain))
		return -1;
	range = find_range(domain, event->map.iova, event->map.bytes);
	if (!range)
		range = fixed_range(replay, domain, event);
	if (!range || event->map.iova < range->recorded ||
	    event->map.bytes >
		    range->bytes - (event->map.iova - range->recorded))
		return fail(replay, "a map leaves its allocation", 0);
	chunk = add_chunk(range);
	if (!chunk)
		return fail(replay, "out of memory", 0);
	*chunk = (struct chunk){ event->map.iova, event->map.pa,
				 event->map.bytes, 0 };
	if (event->map.prot & TRACE_PROT_READ)
		chunk->prot |= IOLAS_READ;
	if (event->map.prot & TRACE_PROT_WRITE)
		chunk->prot |= IOLAS_WRITE;
	status = iolas_domain_map(domain->domain, translate(range, chunk->iova),
				  chunk->pa, chunk->bytes, chunk->prot);
	if (status)
		return fail(replay, "iolas_domain_map", status);
	range->chunk_count++;
	replay->totals.maps++;
	compare_pages(replay, domain, range, chunk, true);
	note_tables(replay, domain);
	return 0;
}

/* Takes the chunks inside [first, first + bytes) out; answers their bytes. */
static uint64_t remove_chunks(struct trace_replay *replay,
			      struct replay_domain *domain, struct range *range,
			      uint64_t first, uint64_t bytes)
{
	uint64_t removed = 0;
	size_t kept = 0;

	for (size_t i = 0; i < range->chunk_count; i++) {
		const struct chunk *chunk = &range->chunk[i];

		if (chunk->iova >= first &&
		    chunk->iova + chunk->bytes <= first + bytes) {
			compare_pages(replay, domain, range, chunk, false);
			removed += chunk->bytes;
		} else {
			range->chunk[kept++] = *chunk;
		}
	}
	range->chunk_count = kept;
	return removed;
}

static int unmap(struct trace_replay *replay, struct replay_domain *domain,
		 const struct trace_event *event)
{
	const uint64_t first = event->unmap.iova, bytes = event->unmap.bytes;
	struct range *range;
	int status;

	if (!is_page_run(first, bytes))
		return fail(replay, "an unmap is not made of pages", 0);
	range = find_range(domain, first, bytes);
	if (!range || first < range->recorded ||
	    bytes > range->bytes - (first - range->recorded))
		return fail(replay, "an unmap leaves its allocation", 0);
	for (size_t i = 0; i < range->chunk_count; i++)
		compare_pages(replay, domain, range, &range->chunk[i], true);
	status = iolas_domain_unmap(domain->domain, translate(range, first),
				    bytes,
				    replay->is_lazy ? &domain->gather : NULL);
	if (status)
		return fail(replay, "iolas_domain_unmap", status);
	replay->totals.unmaps++;
	if (remove_chunks(replay, domain, range, first, bytes) != bytes)
		return fail(replay, "an unmap of something not mapped", 0);
	return 0;
}

static int flush(struct trace_replay *replay, struct replay_domain *domain)
{
	int status = iolas_domain_sync(domain->domain, &domain->gather);

	replay->totals.flushes++;
	return status ? fail(replay, "iolas_domain_sync", status) : 0;
}

static int dispatch(struct trace_replay *replay, struct replay_domain *domain,
		    const struct trace_event *event)
{
	if (event->op == 'n')
		return start_domain(replay, domain, event);
	if (!domain->is_started && event->op != 'm')
		return fail(replay, "the domain has not been started", 0);
	switch (event->op) {
	case 'r':
		return reserve(replay, domain, event);
	case 'a':
		return alloc(replay, domain, event);
	case 'f':
		return free_alloc(replay, domain, event);
	case 'm':
		return map(replay, domain, event);
	case 'u':
		return unmap(replay, domain, event);
	default:
		return flush(replay, domain);
	}
}

int trace_replay_apply(struct trace_replay *replay,
		       const struct trace_event *event)
{
	if (event->domain >= DOMAIN_MAX)
		return fail(replay, "more domains than this replay holds", 0);
	if (dispatch(replay, &replay->domain[event->domain], event))
		return -1;
	replay->totals.events++;
	return 0;
}

/* twalk_r() callback state. */
struct verify {
	struct trace_replay *replay;
	struct replay_domain *domain;
	uint64_t pages; /* mapped, by the trace */
};

static void verify_range(const void *node, VISIT visit, void *closure)
{
	struct verify *verify = closure;
	const struct range *range = *(struct range *const *)node;

	if (visit != postorder && visit != leaf)
		return;
	for (size_t i = 0; i < range->chunk_count; i++) {
		compare_pages(verify->replay, verify->domain, range,
			      &range->chunk[i], true);
		verify->pages += range->chunk[i].bytes >> PAGE_LG2;
	}
}

/* Pages that the tables translate, counted leaf by leaf. */
static uint64_t count_mapped_pages(struct replay_domain *domain)
{
	struct iolas_pgtable *tables = iolas_domain_pgtable(domain->domain);
	struct iolas_mapping m = { .struct_size = sizeof(m) };
	uint64_t pages = 0, at = 0;

	while (iolas_pgtable_next(tables, at, UINT64_MAX, &m) == IOLAS_OK) {
		pages += m.size >> PAGE_LG2;
		at = m.iova + m.size;
		if (at == 0)
			break;
	}
	return pages;
}

void trace_replay_verify(struct trace_replay *replay)
{
	for (unsigned i = 0; i < DOMAIN_MAX; i++) {
		struct replay_domain *domain = &replay->domain[i];
		struct verify verify = { replay, domain, 0 };

		if (!domain->domain)
			continue;
		twalk_r(domain->ranges, verify_range, &verify);
		replay->totals.mismatches +=
			verify.pages != count_mapped_pages(domain);
	}
}

void trace_replay_totals(struct trace_replay *replay,
			 struct trace_replay_totals *totals)
{
	*totals = replay->totals;
}
