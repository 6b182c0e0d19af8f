/* SPDX-License-Identifier: MIT */
/*
 * Host table over one jemalloc arena.  Chunks bypass the thread caches both
 * ways: they are few and large, and a cache would mix them with the program's
 * own memory and blur the arena's statistics.
 */
#include <iolas/jemalloc.h>

#include "base/atomics.h"
#include "base/struct_read.h"

#include <jemalloc/jemalloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * What mallctl("experimental.arenas_create_ext") of jemalloc 5.3 reads.  It
 * refuses any other size, and then there is still arenas.create.
 */
struct arena_config {
	extent_hooks_t *extent_hooks;
	bool metadata_use_hooks;
};

#define FIRST_STATS_BYTES sizeof(struct iolas_jemalloc_stats)

/* One arena for the process.  @lock is held only while it is being made. */
static struct {
	pthread_mutex_t lock;
	_Atomic(const struct iolas_host *) ready;
	struct iolas_host table;
	unsigned arena;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int arena_flags(const void *user)
{
	return MALLOCX_ARENA((unsigned)(uintptr_t)user) | MALLOCX_TCACHE_NONE;
}

static void *arena_chunk_alloc(void *user, size_t bytes, size_t align,
			       iolas_pa *pa)
{
	void *chunk;

	if (bytes == 0 || align == 0 || (align & (align - 1)) != 0)
		return NULL;
	chunk = mallocx(bytes, arena_flags(user) | MALLOCX_ALIGN(align));
	if (chunk)
		*pa = (iolas_pa)(uintptr_t)chunk;
	return chunk;
}

static void arena_chunk_free(void *user, void *chunk, size_t bytes)
{
	(void)bytes;
	dallocx(chunk, arena_flags(user));
}

/* The extent hooks of the program's own arenas: jemalloc's, unless replaced. */
static extent_hooks_t *default_hooks(void)
{
	extent_hooks_t *hooks = NULL;
	size_t bytes = sizeof(hooks);

	if (mallctl("arena.0.extent_hooks", &hooks, &bytes, NULL, 0) != 0)
		return NULL;
	return hooks;
}

static bool create_arena(unsigned *arena)
{
	struct arena_config config = { default_hooks(), false };
	size_t bytes = sizeof(*arena);

	if (config.extent_hooks &&
	    mallctl("experimental.arenas_create_ext", arena, &bytes, &config,
		    sizeof(config)) == 0)
		return true;
	bytes = sizeof(*arena);
	return mallctl("arenas.create", arena, &bytes, NULL, 0) == 0;
}

static const struct iolas_host *create_shared(void)
{
	if (!create_arena(&shared.arena))
		return NULL;
	shared.table = *iolas_host_libc();
	shared.table.user = (void *)(uintptr_t)shared.arena;
	shared.table.chunk_alloc = arena_chunk_alloc;
	shared.table.chunk_free = arena_chunk_free;
	/*
	 * Release: table and arena are visible before the pointer is, to the
	 * callers that skip the lock in iolas_host_jemalloc().
	 */
	iolas__store_release(&shared.ready, &shared.table);
	return &shared.table;
}

const struct iolas_host *iolas_host_jemalloc(void)
{
	/* Acquire: pairs with the release in create_shared(). */
	const struct iolas_host *host = iolas__load_acquire(&shared.ready);

	if (host)
		return host;
	pthread_mutex_lock(&shared.lock);
	/* Relaxed: whoever stored it did so under the lock that we hold. */
	host = iolas__load_relaxed(&shared.ready);
	if (!host)
		host = create_shared();
	pthread_mutex_unlock(&shared.lock);
	return host;
}

/* One number of jemalloc's, a size_t like all of those used here. */
static bool read_number(const char *name, uint64_t *value)
{
	size_t number = 0;
	size_t bytes = sizeof(number);

	if (mallctl(name, &number, &bytes, NULL, 0) != 0)
		return false;
	*value = number;
	return true;
}

/* Adds one number of the arena to *sum. */
static bool add_stat(const char *stat, uint64_t *sum)
{
	char name[64];
	uint64_t value;

	snprintf(name, sizeof(name), "stats.arenas.%u.%s", shared.arena, stat);
	if (!read_number(name, &value))
		return false;
	*sum += value;
	return true;
}

static bool advance_epoch(void)
{
	uint64_t epoch = 1;
	size_t bytes = sizeof(epoch);

	return mallctl("epoch", &epoch, &bytes, &epoch, bytes) == 0;
}

static bool read_stats(struct iolas_jemalloc_stats *stats)
{
	uint64_t page;

	if (!advance_epoch() || !read_number("arenas.page", &page) ||
	    !add_stat("small.allocated", &stats->allocated) ||
	    !add_stat("large.allocated", &stats->allocated) ||
	    !add_stat("pactive", &stats->active) ||
	    !add_stat("pdirty", &stats->dirty) ||
	    !add_stat("pmuzzy", &stats->dirty) ||
	    !add_stat("mapped", &stats->mapped) ||
	    !add_stat("retained", &stats->retained) ||
	    !add_stat("resident", &stats->resident) ||
	    !add_stat("base", &stats->metadata) ||
	    !add_stat("internal", &stats->metadata) ||
	    !add_stat("small.nmalloc", &stats->alloc_count) ||
	    !add_stat("large.nmalloc", &stats->alloc_count) ||
	    !add_stat("small.ndalloc", &stats->free_count) ||
	    !add_stat("large.ndalloc", &stats->free_count))
		return false;
	stats->active *= page;
	stats->dirty *= page;
	return true;
}

int iolas_host_jemalloc_stats(struct iolas_jemalloc_stats *stats)
{
	struct iolas_jemalloc_stats now = { 0 };

	/* Before anything else: a wrong call makes no arena. */
	if (!stats || stats->struct_size < FIRST_STATS_BYTES)
		return IOLAS_EINVAL;
	if (!iolas_host_jemalloc())
		return IOLAS_ENOMEM;
	if (!read_stats(&now))
		return IOLAS_ENOTSUP;
	now.arena_index = shared.arena;
	return iolas__struct_write(stats, &now, sizeof(now), FIRST_STATS_BYTES);
}
