/* SPDX-License-Identifier: MIT */
/*
 * See live_updater.h.  The phase is sequentially consistent: it turns odd
 * before the first item of the steady zone goes and even after the last is
 * back, as the walker's owner sees it; QEMU sees the items through the same
 * memory in the order of the stores.
 */
#include "oracle/live_updater.h"

#include "harness/check.h"

#include <sched.h>

#define PAGE	    UINT64_C(4096)
#define MIB2	    (UINT64_C(2) << 20)
#define BLOCKS	    24u	 /* of the steady zone, cut in one phase */
#define WALKS	    4u	 /* a phase lasts at least */
#define CHANGES	    200u /* and */
#define POST_AFTER  16u
#define WAIT_BEYOND 4000u
#define RW	    (IOLAS_READ | IOLAS_WRITE)

static struct iolas_gather *filling(struct live_thread *t)
{
	return &t->gather[t->filling];
}

/*
 * The gather's fields are the thread's again once the acquire sees
 * LIVE_INVALIDATED; the release of LIVE_POSTED gives them to live_serve().
 */
static void hand_over(struct live_thread *t)
{
	struct iolas_pgtable *pt = t->live->pt;
	const int post = atomic_load_explicit(&t->post, memory_order_acquire);

	if (post == LIVE_POSTED)
		return;
	if (post == LIVE_INVALIDATED)
		CHECK_ANY_THREAD(iolas_pgtable_gather_done(
					 pt, &t->gather[!t->filling]) ==
				 IOLAS_OK);
	if (t->since_post < POST_AFTER || iolas_gather_is_empty(filling(t))) {
		atomic_store_explicit(&t->post, LIVE_IDLE,
				      memory_order_relaxed);
		return;
	}
	t->filling = !t->filling;
	t->since_post = 0;
	atomic_store_explicit(&t->post, LIVE_POSTED, memory_order_release);
}

/* After each change; false when it is time to end. */
static bool go_on(struct live_thread *t)
{
	t->ops++;
	t->since_post++;
	do {
		hand_over(t);
		if (atomic_load(&t->live->is_over))
			return false;
		if (t->since_post > WAIT_BEYOND)
			sched_yield();
	} while (t->since_post > WAIT_BEYOND);
	return true;
}

/* --- steady zone --------------------------------------------------------- */

static void put_up(struct live_thread *t)
{
	CHECK_ANY_THREAD(iolas_pgtable_map(t->live->pt, NULL, LIVE_STEADY_IOVA,
					   LIVE_STEADY_PA, LIVE_STEADY_BYTES,
					   RW) == IOLAS_OK);
	t->rounds++;
}

static void put_up_again(struct live_thread *t)
{
	atomic_fetch_add(&t->live->phase, 1);
	CHECK_ANY_THREAD(iolas_pgtable_unmap(t->live->pt, NULL,
					     LIVE_STEADY_IOVA,
					     LIVE_STEADY_BYTES, 0, filling(t),
					     NULL) == IOLAS_OK);
	put_up(t);
	atomic_fetch_add(&t->live->phase, 1);
}

/* Other rights for a few pages, for which large leaves have to be cut. */
static void cut(struct live_thread *t, uint64_t block)
{
	const uint64_t first = rng_below(&t->rng, 512);
	const uint64_t pages = 1 + rng_below(&t->rng, 512 - first);

	CHECK_ANY_THREAD(iolas_pgtable_protect(
				 t->live->pt,
				 LIVE_STEADY_IOVA + block * MIB2 + first * PAGE,
				 pages * PAGE,
				 rng_below(&t->rng, 2) ? IOLAS_READ : RW,
				 filling(t)) == IOLAS_OK);
}

static void *steady_thread(void *arg)
{
	struct live_thread *t = arg;
	uint64_t begin = 0, changes = 0, base = 0;

	do {
		if (changes >= CHANGES &&
		    atomic_load(&t->live->walks) - begin >= WALKS) {
			put_up_again(t);
			begin = atomic_load(&t->live->walks);
			base = rng_next(&t->rng);
			changes = 0;
		} else {
			/* Some blocks of this phase, spread by an odd step. */
			cut(t, (base + 37 * rng_below(&t->rng, BLOCKS)) % 512);
			changes++;
		}
	} while (go_on(t));
	return NULL;
}

/* --- flipping zone ------------------------------------------------------- */

struct run {
	uint64_t offset, len;
};

static struct run draw_run(struct rng *rng)
{
	struct run run;

	if (rng_below(rng, 2)) {
		run.offset = rng_below(rng, LIVE_FLIP_BYTES / MIB2) * MIB2;
		run.len = MIB2;
		return run;
	}
	run.offset = rng_below(rng, LIVE_FLIP_BYTES / PAGE) * PAGE;
	run.len = PAGE * (1 + rng_below(rng, 600));
	if (run.len > LIVE_FLIP_BYTES - run.offset)
		run.len = LIVE_FLIP_BYTES - run.offset;
	return run;
}

static void flip_unmap(struct live_thread *t, const struct run *run)
{
	CHECK_ANY_THREAD(iolas_pgtable_unmap(
				 t->live->pt, NULL,
				 LIVE_FLIP_IOVA + run->offset, run->len,
				 rng_below(&t->rng, 2) ? IOLAS_UNMAP_EXACT : 0,
				 filling(t), NULL) == IOLAS_OK);
}

static void flip_map(struct live_thread *t, const struct run *run)
{
	const iolas_pa pa = rng_below(&t->rng, 3) ? LIVE_FLIP_A : LIVE_FLIP_B;
	const int status = iolas_pgtable_map(t->live->pt, NULL,
					     LIVE_FLIP_IOVA + run->offset,
					     pa + run->offset, run->len, RW);

	CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_EEXIST);
	t->rounds += status == IOLAS_OK;
}

static void flip_protect(struct live_thread *t, const struct run *run)
{
	const int status = iolas_pgtable_protect(
		t->live->pt, LIVE_FLIP_IOVA + run->offset, run->len,
		rng_below(&t->rng, 2) ? IOLAS_READ : RW, filling(t));

	CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_ENOENT);
}

static void *flip_thread(void *arg)
{
	struct live_thread *t = arg;

	do {
		const struct run run = draw_run(&t->rng);

		switch (rng_below(&t->rng, 6)) {
		case 0:
			flip_unmap(t, &run);
			break;
		case 1:
			flip_protect(t, &run);
			break;
		case 2:
			flip_map(t, &run);
			break;
		default:
			flip_unmap(t, &run);
			flip_map(t, &run);
			break;
		}
	} while (go_on(t));
	return NULL;
}

/* --- for the walker's owner ---------------------------------------------- */

static void init_thread(struct live *live, struct live_thread *t, uint64_t seed)
{
	t->live = live;
	t->rng.state = seed;
	t->filling = 0;
	t->since_post = 0;
	t->ops = t->rounds = 0;
	atomic_init(&t->post, LIVE_IDLE);
	iolas_gather_init(&t->gather[0]);
	iolas_gather_init(&t->gather[1]);
}

void live_start(struct live *live, struct iolas_pgtable *pt, uint64_t seed)
{
	live->pt = pt;
	atomic_init(&live->phase, 0);
	atomic_init(&live->walks, 0);
	atomic_init(&live->is_over, false);
	init_thread(live, &live->steady, seed);
	init_thread(live, &live->flip, ~seed);
	put_up(&live->steady);
	CHECK_EQ(pthread_create(&live->steady.thread, NULL, steady_thread,
				&live->steady),
		 0);
	CHECK_EQ(pthread_create(&live->flip.thread, NULL, flip_thread,
				&live->flip),
		 0);
}

static void serve(struct live_thread *t,
		  void (*invalidate)(void *user,
				     const struct iolas_gather *what),
		  void *user)
{
	if (atomic_load_explicit(&t->post, memory_order_acquire) != LIVE_POSTED)
		return;
	invalidate(user, &t->gather[!t->filling]);
	atomic_store_explicit(&t->post, LIVE_INVALIDATED, memory_order_release);
}

void live_serve(struct live *live,
		void (*invalidate)(void *user, const struct iolas_gather *what),
		void *user)
{
	serve(&live->steady, invalidate, user);
	serve(&live->flip, invalidate, user);
}

static void end_thread(struct live_thread *t)
{
	CHECK_EQ(pthread_join(t->thread, NULL), 0);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(iolas_pgtable_gather_done(t->live->pt, &t->gather[i]),
			 IOLAS_OK);
}

void live_stop(struct live *live)
{
	atomic_store(&live->is_over, true);
	end_thread(&live->steady);
	end_thread(&live->flip);
}
