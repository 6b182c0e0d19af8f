/* SPDX-License-Identifier: MIT */
/*
 * Many threads on one memory: what a thread holds is nobody else's, wrong and
 * repeated frees of others' pages are refused, nothing is lost.
 * Floor: physmem.  Tools: TSan.
 */
#include "physmem_fixture.h"

#include "harness/rng.h"

#include <pthread.h>

#define THREADS	 4u
#define TURNS	 400u
#define OK(call) CHECK_ANY_THREAD((call) == IOLAS_OK)

static struct fixture f;
static struct iolas_physmem *mem;

static const struct iolas_physmem_region layout[] = {
	REGION(16, 256, 0),
	REGION(4096, 256, 1),
};

/* Fills what is ours with a sign of our own, and reads it back unharmed. */
static void sign(unsigned char *bytes, uint64_t len, unsigned char with)
{
	for (uint64_t i = 0; i < len; i += 512)
		bytes[i] = with;
	for (uint64_t i = 0; i < len; i += 512)
		CHECK_ANY_THREAD(bytes[i] == with);
}

static void use_block(struct rng *rng, unsigned char me)
{
	struct iolas_physmem_request r = any_request();
	const uint64_t len = PAGE * (1 + rng_below(rng, 16));
	iolas_pa pa;

	r.where.flags = (uint32_t)rng_below(rng, 5);
	r.where.seed = rng_next(rng);
	r.flags = (uint32_t)rng_below(rng, 2);
	if (iolas_physmem_alloc(mem, len, &r, &pa) != IOLAS_OK)
		return; /* full for the moment */
	sign(iolas_physmem_ptr(mem, pa, len), len, me);
	CHECK_ANY_THREAD(iolas_physmem_free(mem, pa, len + PAGE) ==
			 IOLAS_ENOENT);
	OK(iolas_physmem_free(mem, pa, len));
}

static void use_pages(struct rng *rng, struct iolas_pagelist *list,
		      unsigned char me)
{
	struct iolas_physmem_request r = any_request();
	const uint64_t count = 1 + rng_below(rng, 20);
	iolas_pa pa;
	void *view;

	r.where.flags =
		rng_below(rng, 2) ? IOLAS_PLACE_RANDOM : IOLAS_PLACE_HIGH;
	r.where.seed = rng_next(rng);
	if (iolas_physmem_alloc_pages(mem, count, &r, list) != IOLAS_OK)
		return;
	OK(iolas_physmem_view(mem, list, &view));
	sign(view, count * PAGE, me);
	OK(iolas_physmem_pa(mem, view, &pa));
	OK(iolas_physmem_view_close(mem, view));
	OK(iolas_physmem_free_pages(mem, list));
	iolas_pagelist_clear(list);
}

/* Somebody's page, perhaps free: never ours to give back. */
static void free_wrongly(struct rng *rng)
{
	const iolas_pa pa = PAGE * (16 + rng_below(rng, 256));
	struct iolas_physmem_stats stats = { .struct_size = sizeof(stats) };

	CHECK_ANY_THREAD(iolas_physmem_free(mem, pa, 300 * PAGE) ==
			 IOLAS_ENOENT);
	OK(iolas_physmem_stats(mem, &stats));
	CHECK_ANY_THREAD(stats.free_pages <= 256);
}

static void *work(void *arg)
{
	const unsigned char me = *(unsigned char *)arg;
	struct rng rng = { me };
	struct iolas_pagelist *list;

	OK(iolas_pagelist_create(&f.host.table, 12, &list));
	for (unsigned i = 0; i < TURNS; i++) {
		use_block(&rng, me);
		use_pages(&rng, list, me);
		free_wrongly(&rng);
		if (i % 64 == me)
			OK(iolas_physmem_fragment(mem, 100, i));
		if (i % 64 == me + 8u)
			iolas_physmem_defragment(mem);
	}
	iolas_pagelist_destroy(list);
	return NULL;
}

static void run(uint32_t flags)
{
	unsigned char names[THREADS];
	pthread_t threads[THREADS];

	fixture_init(&f);
	mem = make(&f, layout, COUNT(layout), flags);
	for (unsigned i = 0; i < THREADS; i++) {
		names[i] = (unsigned char)(i + 1);
		CHECK_EQ(pthread_create(&threads[i], NULL, work, &names[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	iolas_physmem_defragment(mem);
	CHECK_EQ(free_pages(mem), 512);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).largest_pages, 256);
	CHECK_EQ(read_stats(mem, IOLAS_NODE_ANY).poison_hits, 0);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	fixture_fini(&f);
}

static void threads_never_share_a_page(void **state)
{
	(void)state;
	run(0);
}

static void nobody_writes_freed_pages(void **state)
{
	(void)state;
	run(IOLAS_PHYSMEM_POISON);
}

/* One list, freed by all at once: exactly one of them may. */
static atomic_uint freed;

static void *free_shared(void *arg)
{
	const int status = iolas_physmem_free_pages(mem, arg);

	CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_ENOENT);
	if (status == IOLAS_OK)
		atomic_fetch_add_explicit(&freed, 1, memory_order_relaxed);
	return NULL;
}

static void a_list_is_freed_once_whoever_comes_first(void **state)
{
	pthread_t threads[THREADS];
	struct iolas_pagelist *list;

	(void)state;
	fixture_init(&f);
	mem = make(&f, layout, COUNT(layout), 0);
	list = make_list(&f);
	for (unsigned turn = 0; turn < 50; turn++) {
		atomic_store(&freed, 0);
		CHECK_EQ(iolas_physmem_alloc_pages(mem, 100, NULL, list),
			 IOLAS_OK);
		for (unsigned i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_create(&threads[i], NULL, free_shared,
						list),
				 0);
		for (unsigned i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_join(threads[i], NULL), 0);
		CHECK_EQ(atomic_load(&freed), 1);
		CHECK_EQ(free_pages(mem), 512);
		iolas_pagelist_clear(list);
	}
	iolas_pagelist_destroy(list);
	CHECK_EQ(iolas_physmem_destroy(mem), IOLAS_OK);
	fixture_fini(&f);
}

RUN_CASES(CASE(threads_never_share_a_page), CASE(nobody_writes_freed_pages),
	  CASE(a_list_is_freed_once_whoever_comes_first))
