/* SPDX-License-Identifier: MIT */
/*
 * An observer that writes down what it is told, and can be told to refuse.
 */
#ifndef TEST_DOMAIN_DOMAIN_LOG_H
#define TEST_DOMAIN_DOMAIN_LOG_H

#include "domain_rig.h"

#define LOG_EVENTS 64

struct log_event {
	char what; /* m u a f i */
	uint64_t first;
	uint64_t len; /* i: last address */
	iolas_pa pa;
	uint32_t flags;
};

struct log {
	struct log_event event[LOG_EVENTS];
	unsigned count;
	int mapped_status; /* answered after @pass_count maps */
	int allocated_status;
	unsigned pass_count;
	unsigned mapped_count;
};

static inline void log_add(struct log *log, struct log_event event)
{
	CHECK(log->count < LOG_EVENTS);
	log->event[log->count++] = event;
}

static inline int log_mapped(void *user, iolas_iova iova, iolas_pa pa,
			     uint64_t len, unsigned prot)
{
	struct log *log = user;

	log_add(log, (struct log_event){ 'm', iova, len, pa, prot });
	return log->mapped_count++ < log->pass_count ? 0 : log->mapped_status;
}

static inline void log_unmapped(void *user, iolas_iova iova, uint64_t len)
{
	log_add(user, (struct log_event){ 'u', iova, len, 0, 0 });
}

static inline int log_allocated(void *user, iolas_iova iova, uint64_t len)
{
	log_add(user, (struct log_event){ 'a', iova, len, 0, 0 });
	return ((struct log *)user)->allocated_status;
}

static inline void log_freed(void *user, iolas_iova iova, uint64_t len)
{
	log_add(user, (struct log_event){ 'f', iova, len, 0, 0 });
}

static inline void log_invalidate(void *user,
				  const struct iolas_invalidation *what)
{
	log_add(user, (struct log_event){ 'i', what->span.first,
					  what->span.last, 0, what->flags });
}

static inline uint64_t log_observe(struct log *log, struct rig *rig)
{
	const struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.user = log,
		.mapped = log_mapped,
		.unmapped = log_unmapped,
		.allocated = log_allocated,
		.freed = log_freed,
		.invalidate = log_invalidate,
	};
	uint64_t id = 0;

	CHECK_EQ(iolas_domain_observe(rig->domain, &observer, &id), IOLAS_OK);
	CHECK(id != 0);
	return id;
}

/* The kinds of the events since the last look, in order. */
static inline const char *log_take(struct log *log)
{
	static char kinds[LOG_EVENTS + 1];

	for (unsigned i = 0; i < log->count; i++)
		kinds[i] = log->event[i].what;
	kinds[log->count] = '\0';
	log->count = 0;
	return kinds;
}

#endif /* TEST_DOMAIN_DOMAIN_LOG_H */
