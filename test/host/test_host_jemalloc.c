/* SPDX-License-Identifier: MIT */
/*
 * The jemalloc host: chunks come from the one arena, its statistics move with
 * them, and everything goes back.
 * Floor: jemalloc.
 */
#include <iolas/jemalloc.h>
#include <iolas/range.h>

#include "slab/slab_priv.h"

#include "harness/check.h"

#include <dlfcn.h>
#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIB 1024u
#define MIB (1024u * KIB)

static struct iolas_jemalloc_stats stats_now(void)
{
	struct iolas_jemalloc_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_host_jemalloc_stats(&stats), IOLAS_OK);
	CHECK_EQ(stats.struct_size, sizeof(stats));
	return stats;
}

/* The arena that jemalloc says @chunk is in; knows first bytes only. */
static unsigned arena_of(const void *chunk)
{
	unsigned arena = 0;
	size_t bytes = sizeof(arena);

	CHECK(mallctl("arenas.lookup", &arena, &bytes, &chunk, sizeof(chunk)) ==
	      0);
	return arena;
}

/* The start of the mallctl names that fail; NULL: none do. */
static const char *broken;

static bool is_broken(const char *name)
{
	return broken && strncmp(name, broken, strlen(broken)) == 0;
}

/* In front of jemalloc's. */
int mallctl(const char *name, void *old, size_t *old_bytes, void *fresh,
	    size_t fresh_bytes)
{
	int (*real)(const char *, void *, size_t *, void *, size_t);

	if (is_broken(name))
		return ENOENT;
	*(void **)&real = dlsym(RTLD_NEXT, "mallctl");
	return real(name, old, old_bytes, fresh, fresh_bytes);
}

/* Runs @body where the arena does not exist yet: in a child, before others. */
static bool holds_in_a_child(bool (*body)(void))
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		exit(!body()); /* not _exit: what it ran counts for coverage */
	CHECK(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool host_works(void)
{
	const struct iolas_host *host = iolas_host_jemalloc();
	iolas_pa pa;
	void *chunk;

	if (!host)
		return false;
	chunk = host->chunk_alloc(host->user, 2 * MIB, MIB, &pa);
	if (!chunk)
		return false;
	host->chunk_free(host->user, chunk, 2 * MIB);
	return true;
}

static bool try_without_both_ways(void)
{
	struct iolas_jemalloc_stats stats = { .struct_size = sizeof(stats) };
	bool good;

	broken = ""; /* every name */
	good = !iolas_host_jemalloc() && !iolas_host_jemalloc() &&
	       iolas_host_jemalloc_stats(&stats) == IOLAS_ENOMEM &&
	       stats.mapped == 0;
	broken = NULL;
	return good && host_works();
}

static bool try_without_the_extended_way(void)
{
	broken = "experimental.";
	return host_works();
}

static bool try_without_default_hooks(void)
{
	broken = "arena.0.extent_hooks";
	return host_works();
}

static void an_arena_that_cannot_be_made_is_asked_for_again(void **state)
{
	(void)state;
	CHECK(holds_in_a_child(try_without_both_ways));
}

static void an_older_jemalloc_makes_an_arena_too(void **state)
{
	(void)state;
	CHECK(holds_in_a_child(try_without_the_extended_way));
	CHECK(holds_in_a_child(try_without_default_hooks));
}

static void statistics_that_jemalloc_lacks_are_not_supported(void **state)
{
	static const char *const missing[] = { "epoch", "arenas.page",
					       "stats." };
	struct iolas_jemalloc_stats stats;

	(void)state;
	for (unsigned i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		memset(&stats, 0x77, sizeof(stats));
		stats.struct_size = sizeof(stats);
		broken = missing[i];
		CHECK_EQ(iolas_host_jemalloc_stats(&stats), IOLAS_ENOTSUP);
		broken = NULL;
		CHECK_EQ(stats.mapped, UINT64_C(0x7777777777777777));
	}
}

enum { RACERS = 8 };
static pthread_barrier_t start;

static void *ask_for_the_host(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&start);
	return (void *)(uintptr_t)iolas_host_jemalloc();
}

static unsigned arena_count(void)
{
	unsigned count = 0;
	size_t bytes = sizeof(count);

	CHECK(mallctl("arenas.narenas", &count, &bytes, NULL, 0) == 0);
	return count;
}

/* Early in the list of cases: nobody has asked for the host before. */
static void racing_first_calls_make_one_arena(void **state)
{
	const unsigned before = arena_count();
	pthread_t thread[RACERS];

	(void)state;
	CHECK(pthread_barrier_init(&start, NULL, RACERS) == 0);
	for (unsigned i = 0; i < RACERS; i++)
		CHECK(pthread_create(&thread[i], NULL, ask_for_the_host,
				     NULL) == 0);
	for (unsigned i = 0; i < RACERS; i++) {
		void *host;

		CHECK(pthread_join(thread[i], &host) == 0);
		CHECK(host && host == (const void *)iolas_host_jemalloc());
	}
	pthread_barrier_destroy(&start);
	CHECK_EQ(arena_count(), before + 1);
}

static void the_table_is_one_that_the_library_takes(void **state)
{
	struct iolas_host copy;

	(void)state;
	CHECK_EQ(iolas__host_read(&copy, iolas_host_jemalloc()), IOLAS_OK);
	CHECK(copy.flags & IOLAS_HOST_LINEAR);
	CHECK(copy.clock_ns && copy.log && copy.relax);
}

static void chunks_come_from_the_arena_and_go_back_to_it(void **state)
{
	static const size_t bytes[] = {
		1, 300, 4096, 64 * KIB, 65 * KIB, MIB, 2 * MIB, 2 * MIB - 4032
	};
	static const size_t aligns[] = { 8, 64, 4096, 64 * KIB, MIB };
	const struct iolas_host *host = iolas_host_jemalloc();
	const struct iolas_jemalloc_stats before = stats_now();
	struct iolas_jemalloc_stats after;

	(void)state;
	for (unsigned b = 0; b < sizeof(bytes) / sizeof(*bytes); b++)
		for (unsigned a = 0; a < sizeof(aligns) / sizeof(*aligns);
		     a++) {
			iolas_pa pa = 0;
			void *chunk = host->chunk_alloc(host->user, bytes[b],
							aligns[a], &pa);

			CHECK(chunk && pa == (uintptr_t)chunk);
			CHECK(pa % aligns[a] == 0);
			CHECK_EQ(arena_of(chunk), before.arena_index);
			memset(chunk, 0x5a, bytes[b]);
			host->chunk_free(host->user, chunk, bytes[b]);
		}
	after = stats_now();
	CHECK_EQ(after.allocated, before.allocated);
	CHECK_EQ(after.alloc_count - before.alloc_count, 8 * 5);
	CHECK_EQ(after.free_count - before.free_count, 8 * 5);
}

static void statistics_move_with_the_chunks(void **state)
{
	const struct iolas_host *host = iolas_host_jemalloc();
	const struct iolas_jemalloc_stats before = stats_now();
	struct iolas_jemalloc_stats during;
	iolas_pa pa;
	void *chunk = host->chunk_alloc(host->user, 2 * MIB, 4096, &pa);

	(void)state;
	CHECK(chunk);
	during = stats_now();
	CHECK_EQ(during.allocated - before.allocated, 2 * MIB);
	CHECK(during.active >= during.allocated);
	CHECK(during.mapped >= during.active);
	CHECK(during.resident >= during.active);
	CHECK(during.metadata > 0);
	CHECK_EQ(during.alloc_count, before.alloc_count + 1);
	CHECK_EQ(during.free_count, before.free_count);
	host->chunk_free(host->user, chunk, 2 * MIB);
	CHECK_EQ(stats_now().allocated, before.allocated);
}

static void the_programs_own_malloc_does_not_move_them(void **state)
{
	const struct iolas_jemalloc_stats before = stats_now();
	void *own = malloc(3 * MIB);

	(void)state;
	CHECK(own);
	memset(own, 1, 3 * MIB);
	CHECK_EQ(stats_now().allocated, before.allocated);
	CHECK_EQ(stats_now().alloc_count, before.alloc_count);
	free(own);
	CHECK_EQ(stats_now().free_count, before.free_count);
}

static void impossible_chunks_are_refused(void **state)
{
	const struct iolas_host *host = iolas_host_jemalloc();
	iolas_pa pa = 42;

	(void)state;
	CHECK(!host->chunk_alloc(host->user, 0, 64, &pa));
	CHECK(!host->chunk_alloc(host->user, 64, 0, &pa));
	CHECK(!host->chunk_alloc(host->user, 64, 48, &pa));
	CHECK(!host->chunk_alloc(host->user, SIZE_MAX, 64, &pa));
	CHECK(!host->chunk_alloc(host->user, (size_t)1 << 60, 64, &pa));
	CHECK_EQ(pa, 42);
}

static void wrong_statistics_calls_change_nothing(void **state)
{
	struct {
		struct iolas_jemalloc_stats stats;
		unsigned char tail[8];
	} longer;
	struct iolas_jemalloc_stats stats;

	(void)state;
	CHECK_EQ(iolas_host_jemalloc_stats(NULL), IOLAS_EINVAL);
	memset(&stats, 0x77, sizeof(stats));
	stats.struct_size = 8;
	CHECK_EQ(iolas_host_jemalloc_stats(&stats), IOLAS_EINVAL);
	CHECK_EQ(stats.mapped, UINT64_C(0x7777777777777777));
	stats.struct_size = UINT32_MAX;
	CHECK_EQ(iolas_host_jemalloc_stats(&stats), IOLAS_EINVAL);
	CHECK_EQ(stats.mapped, UINT64_C(0x7777777777777777));
	/* A later release's struct: what we do not know reads as zero. */
	memset(&longer, 0x77, sizeof(longer));
	longer.stats.struct_size = sizeof(longer);
	CHECK_EQ(iolas_host_jemalloc_stats(&longer.stats), IOLAS_OK);
	CHECK_EQ(longer.stats.struct_size, sizeof(longer));
	CHECK_EQ(longer.tail[0] | longer.tail[7], 0);
}

static void a_slab_lives_in_the_arena(void **state)
{
	const struct iolas_host *host = iolas_host_jemalloc();
	const struct iolas_jemalloc_stats before = stats_now();
	struct iolas_jemalloc_stats during;
	struct iolas__slab slab;

	(void)state;
	iolas__slab_init(&slab, host, 4096, 4096);
	for (unsigned i = 0; i < 2000; i++) {
		void *page = iolas__slab_alloc(&slab, NULL);

		CHECK(page);
		if (i == 0)
			CHECK_EQ(arena_of(page), before.arena_index);
	}
	during = stats_now();
	CHECK(during.allocated - before.allocated >= slab.chunk_bytes);
	/* Slab chunks nearly fill jemalloc's size classes. */
	CHECK(during.allocated - before.allocated <=
	      slab.chunk_bytes + slab.chunk_bytes / 16);
	iolas__slab_fini(&slab);
	CHECK_EQ(stats_now().allocated, before.allocated);
}

static void a_whole_space_lives_in_the_arena(void **state)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = UINT64_MAX,
		.granule_lg2 = 12,
	};
	const struct iolas_jemalloc_stats before = stats_now();
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_space *space;
	iolas_iova iova;
	uint64_t taken;

	(void)state;
	CHECK_EQ(iolas_range_create(iolas_host_jemalloc(), &config, &space),
		 IOLAS_OK);
	for (unsigned i = 0; i < 20000; i++)
		CHECK_EQ(iolas_range_alloc(space, 4096, NULL, &iova), IOLAS_OK);
	CHECK_EQ(iolas_range_stats(space, &stats), IOLAS_OK);
	taken = stats_now().allocated - before.allocated;
	/* Size classes round up by a quarter at most. */
	CHECK(taken >= stats.metadata_bytes);
	CHECK(taken <= stats.metadata_bytes + stats.metadata_bytes / 4);
	iolas_range_destroy_all(space);
	CHECK_EQ(stats_now().allocated, before.allocated);
}

static void a_child_after_fork_uses_and_destroys_its_copy(void **state)
{
	const struct iolas_host *host = iolas_host_jemalloc();
	struct iolas__slab slab;
	unsigned char *page;
	pid_t child;
	int status;

	(void)state;
	iolas__slab_init(&slab, host, 4096, 4096);
	page = iolas__slab_alloc(&slab, NULL);
	CHECK(page);
	page[0] = 1;
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		page[0] = 2;
		for (unsigned i = 0; i < 100; i++)
			if (!iolas__slab_alloc(&slab, NULL))
				_exit(1);
		iolas__slab_fini(&slab);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_EQ(page[0], 1);
	iolas__slab_fini(&slab);
}

/* The first two run in children, so that the third still makes the arena. */
RUN_CASES(CASE(an_arena_that_cannot_be_made_is_asked_for_again),
	  CASE(an_older_jemalloc_makes_an_arena_too),
	  CASE(racing_first_calls_make_one_arena),
	  CASE(the_table_is_one_that_the_library_takes),
	  CASE(chunks_come_from_the_arena_and_go_back_to_it),
	  CASE(statistics_move_with_the_chunks),
	  CASE(the_programs_own_malloc_does_not_move_them),
	  CASE(impossible_chunks_are_refused),
	  CASE(statistics_that_jemalloc_lacks_are_not_supported),
	  CASE(wrong_statistics_calls_change_nothing),
	  CASE(a_slab_lives_in_the_arena),
	  CASE(a_whole_space_lives_in_the_arena),
	  CASE(a_child_after_fork_uses_and_destroys_its_copy))
