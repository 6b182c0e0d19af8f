/* SPDX-License-Identifier: MIT */
/*
 * Domain: create and destroy, what it is made of, and its counters.
 */
#include "domain/domain_priv.h"

#include "base/struct_read.h"

#define DEFAULT_BOUND_COUNT 256
#define MAX_BOUND_COUNT	    65536
#define MAX_HISTORY_COUNT   65536

/* spec/page-table-formats.md section 1.1: never translated [M]. */
#define VTD_INTERRUPT_FIRST UINT64_C(0xfee00000)
#define VTD_INTERRUPT_LAST  UINT64_C(0xfeefffff)

static int read_config(const struct iolas_host *host,
		       const struct iolas_domain_config *given,
		       struct iolas_domain_config *config)
{
	if (iolas__struct_read(config, sizeof(*config), sizeof(*config), given))
		return IOLAS_EINVAL;
	if (config->policy > IOLAS_POLICY_DEFERRED || !config->pgtable)
		return IOLAS_EINVAL;
	if (config->bound_count > MAX_BOUND_COUNT ||
	    config->history_count > MAX_HISTORY_COUNT)
		return IOLAS_EINVAL;
	if (config->first > config->last)
		return IOLAS_EINVAL;
	if (config->policy == IOLAS_POLICY_DEFERRED && config->bound_ns &&
	    !host->clock_ns)
		return IOLAS_ENOTSUP;
	if (config->bound_count == 0)
		config->bound_count = DEFAULT_BOUND_COUNT;
	return IOLAS_OK;
}

static int make_pgtable(struct iolas_domain *domain,
			const struct iolas_domain_config *config,
			uint32_t *format)
{
	struct iolas_pgtable_info info = { .struct_size = sizeof(info) };
	int status;

	status = iolas_pgtable_create(&domain->host, config->pgtable,
				      &domain->pt);
	if (status)
		return status;
	status = iolas_pgtable_info(domain->pt, &info);
	if (status)
		return status;
	domain->input = info.input;
	domain->page_sizes = info.page_sizes;
	domain->granule_lg2 = info.granule_lg2;
	domain->is_shared = info.flags & IOLAS_PGTABLE_SHARED;
	*format = info.format;
	return IOLAS_OK;
}

/* The part of the table's input range to allocate from. */
static int choose_window(const struct iolas_domain *domain,
			 const struct iolas_domain_config *config,
			 struct iolas_span *window)
{
	const uint64_t granule = UINT64_C(1) << domain->granule_lg2;

	if (config->last == 0) {
		window->first = domain->input.first + granule;
		window->last = domain->input.last;
		return IOLAS_OK;
	}
	if (!iolas__is_aligned(config->first, domain->granule_lg2) ||
	    !iolas__is_aligned(config->last + 1, domain->granule_lg2))
		return IOLAS_EINVAL;
	if (config->first < domain->input.first ||
	    config->last > domain->input.last)
		return IOLAS_ERANGE;
	window->first = config->first;
	window->last = config->last;
	return IOLAS_OK;
}

static int make_space(struct iolas_domain *domain,
		      const struct iolas_domain_config *config, uint32_t format)
{
	struct iolas_range_config range = { .struct_size = sizeof(range) };
	struct iolas_span window;
	int status = choose_window(domain, config, &window);

	if (status)
		return status;
	range.first = window.first;
	range.last = window.last;
	range.granule_lg2 = domain->granule_lg2;
	status = iolas_range_create(&domain->host, &range, &domain->space);
	if (status || format != IOLAS_FORMAT_VTD_SS)
		return status;
	return iolas_range_reserve(domain->space, VTD_INTERRUPT_FIRST,
				   VTD_INTERRUPT_LAST);
}

static int make_history(struct iolas_domain *domain)
{
	if (domain->history_count == 0)
		return IOLAS_OK;
	domain->history = iolas__host_object_alloc(
		&domain->host,
		domain->history_count * sizeof(*domain->history));
	return domain->history ? IOLAS_OK : IOLAS_ENOMEM;
}

/* Gives everything back; any part may be missing. */
static void unmake(struct iolas_domain *domain)
{
	const struct iolas_host host = domain->host;

	iolas_range_destroy_all(domain->space);
	iolas_pgtable_destroy(domain->pt);
	iolas__epoch_fini(&domain->unmaps);
	iolas__slab_fini(&domain->nodes);
	if (domain->history)
		iolas__host_object_free(&host, domain->history,
					domain->history_count *
						sizeof(*domain->history));
	iolas__host_object_free(&host, domain, sizeof(*domain));
}

static void init(struct iolas_domain *domain, const struct iolas_host *host,
		 const struct iolas_domain_config *config)
{
	domain->host = *host;
	domain->policy = config->policy;
	domain->bound_ns = config->bound_ns;
	domain->bound_bytes = config->bound_bytes;
	domain->bound_count = config->bound_count;
	domain->history_count = config->history_count;
	iolas__slab_init(&domain->nodes, &domain->host,
			 sizeof(union iolas__domain_node),
			 _Alignof(union iolas__domain_node));
	iolas__epoch_init(&domain->unmaps, &domain->host);
	/* Relaxed: nobody else has the domain yet. */
	iolas__store_relaxed(&domain->waiting.owned_first, UINT64_MAX);
}

int iolas_domain_create(const struct iolas_host *host,
			const struct iolas_domain_config *config,
			struct iolas_domain **domain)
{
	struct iolas_domain_config read;
	struct iolas_host table;
	struct iolas_domain *made;
	uint32_t format = 0;
	int status;

	if (!domain)
		return IOLAS_EINVAL;
	*domain = NULL;
	if (iolas__host_read(&table, host))
		return IOLAS_EINVAL;
	status = read_config(&table, config, &read);
	if (status)
		return status;
	made = iolas__host_object_alloc(&table, sizeof(*made));
	if (!made)
		return IOLAS_ENOMEM;
	init(made, &table, &read);
	status = make_pgtable(made, &read, &format);
	if (!status)
		status = make_space(made, &read, format);
	if (!status)
		status = make_history(made);
	if (status) {
		unmake(made);
		return status;
	}
	*domain = made;
	return IOLAS_OK;
}

static bool is_attached(struct iolas_domain *domain)
{
	/* Relaxed: the caller keeps other threads away. */
	return iolas__load_relaxed(&domain->attached) != 0;
}

static bool has_live_ranges(struct iolas_domain *domain)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	return iolas_range_stats(domain->space, &stats) == IOLAS_OK &&
	       stats.live_count != 0;
}

int iolas_domain_destroy(struct iolas_domain *domain)
{
	if (!domain)
		return IOLAS_OK;
	if (is_attached(domain))
		return IOLAS_EBUSY;
	iolas__domain_flush(domain);
	if (has_live_ranges(domain))
		return IOLAS_EBUSY;
	unmake(domain);
	return IOLAS_OK;
}

int iolas_domain_destroy_all(struct iolas_domain *domain)
{
	if (!domain)
		return IOLAS_OK;
	if (is_attached(domain))
		return IOLAS_EBUSY;
	iolas__domain_flush(domain);
	unmake(domain);
	return IOLAS_OK;
}

struct iolas_space *iolas_domain_space(struct iolas_domain *domain)
{
	return domain ? domain->space : NULL;
}

struct iolas_pgtable *iolas_domain_pgtable(struct iolas_domain *domain)
{
	return domain ? domain->pt : NULL;
}

int iolas_domain_lookup(struct iolas_domain *domain, iolas_iova iova,
			struct iolas_mapping *mapping)
{
	if (!domain)
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	return iolas_pgtable_lookup(domain->pt, iova, mapping);
}

/* Counters: relaxed everywhere, each stands for itself. */
static void sum_stripes(struct iolas_domain *domain,
			struct iolas_domain_stats *stats)
{
	for (unsigned i = 0; i < IOLAS__DOMAIN_STRIPES; i++) {
		struct iolas__domain_stripe *s = &domain->stripe[i];

		stats->map_count += iolas__load_relaxed(&s->map_count);
		stats->map_bytes += iolas__load_relaxed(&s->map_bytes);
		stats->unmap_count += iolas__load_relaxed(&s->unmap_count);
		stats->unmap_bytes += iolas__load_relaxed(&s->unmap_bytes);
	}
}

static void read_waiting(struct iolas_domain *domain,
			 struct iolas_domain_stats *stats)
{
	struct iolas__waiting_list *list = &domain->waiting;

	iolas__lock_acquire(&domain->host, &list->lock);
	stats->deferred_count = iolas__load_relaxed(&list->count);
	stats->deferred_bytes = iolas__load_relaxed(&list->bytes);
	stats->deferred_peak_ns = list->peak_ns;
	iolas__lock_release(&list->lock);
}

int iolas_domain_stats(struct iolas_domain *domain,
		       struct iolas_domain_stats *stats)
{
	struct iolas_domain_stats sum = { .struct_size = sizeof(sum) };

	if (!domain)
		return IOLAS_EINVAL;
	sum_stripes(domain, &sum);
	read_waiting(domain, &sum);
	sum.invalidation_count =
		iolas__load_relaxed(&domain->invalidation_count);
	sum.forced_by_time =
		iolas__load_relaxed(&domain->forced[IOLAS__FORCED_BY_TIME]);
	sum.forced_by_bytes =
		iolas__load_relaxed(&domain->forced[IOLAS__FORCED_BY_BYTES]);
	sum.forced_by_count =
		iolas__load_relaxed(&domain->forced[IOLAS__FORCED_BY_COUNT]);
	sum.forced_by_space =
		iolas__load_relaxed(&domain->forced[IOLAS__FORCED_BY_SPACE]);
	iolas__lock_acquire(&domain->host, &domain->lock);
	sum.observer_count = domain->observer_count;
	iolas__lock_release(&domain->lock);
	return iolas__struct_write(stats, &sum, sizeof(sum), sizeof(sum));
}
