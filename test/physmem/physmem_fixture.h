/* SPDX-License-Identifier: MIT */
/*
 * Memories for tests: regions in one line, a backing that counts what is open
 * and refuses the n-th request, shorthands for requests and counters.
 */
#ifndef TEST_PHYSMEM_PHYSMEM_FIXTURE_H
#define TEST_PHYSMEM_PHYSMEM_FIXTURE_H

#include <iolas/physmem.h>

#include "harness/check.h"
#include "harness/counting_host.h"

#include <stdatomic.h>
#include <string.h>

#define PAGE	     UINT64_C(4096)
#define MI	     (UINT64_C(1) << 20)
#define GI	     (UINT64_C(1) << 30)
#define TI	     (UINT64_C(1) << 40)
#define TOP	     UINT64_MAX
#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* Sanitizers make large cases slow without making them tell more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* Region of @pages pages from page @page on, in @node, from the backing. */
#define REGION(page, pages, in_node)                                        \
	{                                                                   \
		.first = (page)*PAGE,                                       \
		.last = (page)*PAGE + ((pages)*PAGE - 1), .node = (in_node) \
	}

/*
 * The libc backing, counted.  Requests are create, view_reserve, view_map and
 * zero; the @fail_at-th of them is refused, from 1; 0: none.
 */
struct counting_backing {
	struct iolas_backing table;
	atomic_uint objects;
	atomic_uint views;
	atomic_uint requests;
	atomic_uint zero_calls;
	unsigned fail_at;
	uint64_t misalign; /* added to every pointer handed out */
};

static inline bool backing_refuses(struct counting_backing *b)
{
	return atomic_fetch_add(&b->requests, 1) + 1 == b->fail_at;
}

static inline void *fixture_create(void *user, uint64_t bytes, uint64_t *object)
{
	struct counting_backing *b = user;
	unsigned char *base;

	if (backing_refuses(b))
		return NULL;
	base = iolas_backing_libc()->create(NULL, bytes, object);
	if (!base)
		return NULL;
	atomic_fetch_add(&b->objects, 1);
	return base + b->misalign;
}

static inline void fixture_destroy(void *user, uint64_t object, void *base,
				   uint64_t bytes)
{
	struct counting_backing *b = user;

	atomic_fetch_sub(&b->objects, 1);
	iolas_backing_libc()->destroy(
		NULL, object, (unsigned char *)base - b->misalign, bytes);
}

static inline void *fixture_reserve(void *user, uint64_t bytes)
{
	struct counting_backing *b = user;
	unsigned char *view;

	if (backing_refuses(b))
		return NULL;
	view = iolas_backing_libc()->view_reserve(NULL, bytes);
	if (!view)
		return NULL;
	atomic_fetch_add(&b->views, 1);
	return view + b->misalign;
}

static inline int fixture_map(void *user, void *at, uint64_t object,
			      uint64_t offset, uint64_t bytes)
{
	if (backing_refuses(user))
		return IOLAS_EIO;
	return iolas_backing_libc()->view_map(NULL, at, object, offset, bytes);
}

static inline void fixture_release(void *user, void *view, uint64_t bytes)
{
	struct counting_backing *b = user;

	atomic_fetch_sub(&b->views, 1);
	iolas_backing_libc()->view_release(
		NULL, (unsigned char *)view - b->misalign, bytes);
}

static inline int fixture_zero(void *user, uint64_t object, void *base,
			       uint64_t offset, uint64_t bytes)
{
	struct counting_backing *b = user;

	atomic_fetch_add(&b->zero_calls, 1);
	if (backing_refuses(b))
		return IOLAS_EIO;
	return iolas_backing_libc()->zero(NULL, object, base, offset, bytes);
}

static inline void counting_backing_init(struct counting_backing *b)
{
	memset(b, 0, sizeof(*b));
	b->table = (struct iolas_backing){
		.struct_size = sizeof(b->table),
		.user = b,
		.create = fixture_create,
		.destroy = fixture_destroy,
		.view_reserve = fixture_reserve,
		.view_map = fixture_map,
		.view_release = fixture_release,
		.zero = fixture_zero,
	};
}

static inline void counting_backing_fail_at(struct counting_backing *b,
					    unsigned nth)
{
	atomic_store(&b->requests, 0);
	b->fail_at = nth;
}

struct fixture {
	struct counting_host host;
	struct counting_backing backing;
};

static inline void fixture_init(struct fixture *f)
{
	counting_host_init(&f->host);
	counting_backing_init(&f->backing);
}

static inline void fixture_fini(struct fixture *f)
{
	CHECK_EQ(f->backing.objects, 0);
	CHECK_EQ(f->backing.views, 0);
	counting_host_fini(&f->host);
}

static inline int try_make(struct fixture *f,
			   const struct iolas_physmem_region *regions,
			   uint32_t count, uint32_t flags,
			   struct iolas_physmem **mem)
{
	const struct iolas_physmem_config config = {
		.struct_size = sizeof(config),
		.flags = flags,
		.page_lg2 = 12,
		.region_count = count,
		.regions = regions,
		.backing = &f->backing.table,
	};

	return iolas_physmem_create(&f->host.table, &config, mem);
}

static inline struct iolas_physmem *
make(struct fixture *f, const struct iolas_physmem_region *regions,
     uint32_t count, uint32_t flags)
{
	struct iolas_physmem *mem;

	CHECK_EQ(try_make(f, regions, count, flags, &mem), IOLAS_OK);
	return mem;
}

/* Anywhere, no limits; fields are set by the test afterwards. */
static inline struct iolas_physmem_request any_request(void)
{
	return (struct iolas_physmem_request){
		.struct_size = sizeof(struct iolas_physmem_request),
		.node = IOLAS_NODE_ANY,
		.where.struct_size = sizeof(struct iolas_range_constraints),
	};
}

static inline struct iolas_pagelist *make_list(struct fixture *f)
{
	struct iolas_pagelist *list;

	CHECK_EQ(iolas_pagelist_create(&f->host.table, 12, &list), IOLAS_OK);
	return list;
}

static inline struct iolas_physmem_stats read_stats(struct iolas_physmem *mem,
						    uint32_t node)
{
	struct iolas_physmem_stats stats = {
		.struct_size = sizeof(stats),
		.node = node,
	};

	CHECK_EQ(iolas_physmem_stats(mem, &stats), IOLAS_OK);
	return stats;
}

static inline uint64_t free_pages(struct iolas_physmem *mem)
{
	return read_stats(mem, IOLAS_NODE_ANY).free_pages;
}

#endif /* TEST_PHYSMEM_PHYSMEM_FIXTURE_H */
