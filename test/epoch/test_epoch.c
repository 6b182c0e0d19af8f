/* SPDX-License-Identifier: MIT */
/*
 * Epoch, one thread: what waits for whom, in readers, sections and the crowd.
 * Floor: epoch.
 */
#include "epoch/epoch_priv.h"

#include "harness/check.h"

#include <string.h>

struct thing {
	struct iolas__epoch_node node;
	unsigned called;
};

static struct iolas__epoch epoch;
static struct iolas_host host;

static void gone(void *user, struct iolas__epoch_node *node)
{
	struct thing *thing = (struct thing *)(void *)node;

	CHECK(user == &epoch);
	thing->called++;
}

static void retire(struct thing *thing)
{
	thing->called = 0;
	iolas__epoch_retire(&epoch, &thing->node, gone, &epoch);
}

static void begin(void)
{
	host = *iolas_host_libc();
	iolas__epoch_init(&epoch, &host);
}

static void nothing_waits_when_nobody_reads(void **state)
{
	struct thing thing[3];

	(void)state;
	begin();
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	for (unsigned i = 0; i < 3; i++)
		retire(&thing[i]);
	CHECK_EQ(iolas__epoch_pending(&epoch), 3);
	CHECK_EQ(iolas__epoch_poll(&epoch), 3);
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(thing[i].called, 1);
	CHECK_EQ(iolas__epoch_pending(&epoch), 0);
	iolas__epoch_fini(&epoch);
}

static void a_reader_holds_what_is_retired_during_its_section(void **state)
{
	struct iolas__reader reader;
	struct thing before, during;

	(void)state;
	begin();
	iolas__epoch_reader_add(&epoch, &reader);
	CHECK(!iolas__reader_is_inside(&reader));
	retire(&before);
	CHECK_EQ(iolas__epoch_poll(&epoch), 1);
	iolas__reader_begin(&reader);
	CHECK(iolas__reader_is_inside(&reader));
	retire(&during);
	for (unsigned i = 0; i < 4; i++)
		CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	CHECK_EQ(during.called, 0);
	iolas__reader_end(&reader);
	CHECK_EQ(iolas__epoch_poll(&epoch), 1);
	CHECK_EQ(during.called, 1);
	iolas__epoch_reader_remove(&reader);
	iolas__epoch_fini(&epoch);
}

static void a_section_begun_later_holds_nothing_older(void **state)
{
	struct iolas__reader early, late;
	struct thing thing;

	(void)state;
	begin();
	iolas__epoch_reader_add(&epoch, &early);
	iolas__epoch_reader_add(&epoch, &late);
	iolas__reader_begin(&early);
	retire(&thing);
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	iolas__reader_begin(&late);
	iolas__reader_end(&early);
	CHECK_EQ(iolas__epoch_poll(&epoch), 1);
	iolas__reader_end(&late);
	iolas__epoch_reader_remove(&late);
	iolas__epoch_reader_remove(&early);
	iolas__epoch_reader_remove(&early);
	iolas__epoch_reader_remove(NULL);
	iolas__epoch_fini(&epoch);
}

/* More sections at once than slots: the rest shares a word and still holds. */
static void every_section_holds_also_in_the_crowd(void **state)
{
	/* One takes the thread's lane. */
	enum { SECTIONS = IOLAS__EPOCH_SLOTS + 6 };
	struct iolas__section section[SECTIONS];
	struct thing thing;

	(void)state;
	begin();
	for (unsigned last = 0; last < SECTIONS; last++) {
		for (unsigned i = 0; i < SECTIONS; i++)
			iolas__epoch_enter(&epoch, &section[i]);
		CHECK(section[SECTIONS - 1].slot == NULL);
		retire(&thing);
		for (unsigned i = 0; i < SECTIONS; i++)
			if (i != last)
				iolas__epoch_leave(&epoch, &section[i]);
		CHECK_EQ(iolas__epoch_poll(&epoch), 0);
		iolas__epoch_leave(&epoch, &section[last]);
		CHECK_EQ(iolas__epoch_poll(&epoch), 1);
	}
	iolas__epoch_fini(&epoch);
}

static void who_joins_the_crowd_does_not_let_its_oldest_go(void **state)
{
	struct iolas__section slots[IOLAS__EPOCH_SLOTS], old, late;
	struct thing thing, other;

	(void)state;
	begin();
	host.cpu_enter = NULL;
	for (unsigned i = 0; i < IOLAS__EPOCH_SLOTS; i++)
		iolas__epoch_enter(&epoch, &slots[i]);
	iolas__epoch_enter(&epoch, &old);
	CHECK(old.slot == NULL);
	for (unsigned i = 0; i < IOLAS__EPOCH_SLOTS; i++)
		iolas__epoch_leave(&epoch, &slots[i]);
	retire(&thing);
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	for (unsigned i = 0; i < IOLAS__EPOCH_SLOTS; i++)
		iolas__epoch_enter(&epoch, &slots[i]);
	iolas__epoch_enter(&epoch, &late);
	CHECK(late.slot == NULL);
	retire(&other);
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	iolas__epoch_leave(&epoch, &old);
	for (unsigned i = 0; i < IOLAS__EPOCH_SLOTS; i++)
		iolas__epoch_leave(&epoch, &slots[i]);
	/* One word for all: the late one keeps the old number. */
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	iolas__epoch_leave(&epoch, &late);
	CHECK_EQ(iolas__epoch_poll(&epoch), 2);
	iolas__epoch_fini(&epoch);
}

static void waiting_for_oneself_is_refused(void **state)
{
	struct iolas__reader reader;
	struct thing thing;

	(void)state;
	begin();
	iolas__epoch_reader_add(&epoch, &reader);
	iolas__reader_begin(&reader);
	retire(&thing);
	CHECK_EQ(iolas__epoch_synchronize(&epoch, &reader), IOLAS_EDEADLK);
	CHECK_EQ(thing.called, 0);
	iolas__reader_end(&reader);
	CHECK_EQ(iolas__epoch_synchronize(&epoch, &reader), IOLAS_OK);
	CHECK_EQ(thing.called, 1);
	CHECK_EQ(iolas__epoch_synchronize(&epoch, NULL), IOLAS_OK);
	iolas__epoch_reader_remove(&reader);
	iolas__epoch_fini(&epoch);
}

static struct iolas__reader *held;

static void leave_on_the_third_turn(void *user, unsigned turn)
{
	(void)user;
	if (turn == 3)
		iolas__reader_end(held);
}

static void synchronize_waits_through_the_host(void **state)
{
	struct iolas__reader reader;
	struct thing thing;

	(void)state;
	begin();
	host.relax = leave_on_the_third_turn;
	held = &reader;
	iolas__epoch_reader_add(&epoch, &reader);
	iolas__reader_begin(&reader);
	retire(&thing);
	CHECK_EQ(iolas__epoch_synchronize(&epoch, NULL), IOLAS_OK);
	CHECK_EQ(thing.called, 1);
	CHECK(!iolas__reader_is_inside(&reader));
	iolas__epoch_fini(&epoch);
	CHECK(reader.epoch == NULL);
}

static void fini_calls_back_what_still_waits(void **state)
{
	struct iolas__reader reader;
	struct thing stamped, fresh;

	(void)state;
	begin();
	iolas__epoch_reader_add(&epoch, &reader);
	iolas__reader_begin(&reader);
	retire(&stamped);
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	retire(&fresh);
	iolas__reader_end(&reader);
	iolas__epoch_fini(&epoch);
	CHECK_EQ(stamped.called, 1);
	CHECK_EQ(fresh.called, 1);
}

static unsigned barriers;

static void count_barrier(void *user)
{
	(void)user;
	barriers++;
}

static void one_barrier_serves_a_batch(void **state)
{
	struct thing thing[50];

	(void)state;
	begin();
	host.barrier_all = count_barrier;
	barriers = 0;
	for (unsigned i = 0; i < 50; i++)
		retire(&thing[i]);
	CHECK_EQ(barriers, 0);
	CHECK_EQ(iolas__epoch_poll(&epoch), 50);
	CHECK_EQ(barriers, 1);
	CHECK_EQ(iolas__epoch_poll(&epoch), 0);
	CHECK_EQ(barriers, 1);
	iolas__epoch_fini(&epoch);
}

RUN_CASES(CASE(nothing_waits_when_nobody_reads),
	  CASE(a_reader_holds_what_is_retired_during_its_section),
	  CASE(a_section_begun_later_holds_nothing_older),
	  CASE(every_section_holds_also_in_the_crowd),
	  CASE(who_joins_the_crowd_does_not_let_its_oldest_go),
	  CASE(waiting_for_oneself_is_refused),
	  CASE(synchronize_waits_through_the_host),
	  CASE(fini_calls_back_what_still_waits),
	  CASE(one_barrier_serves_a_batch))
