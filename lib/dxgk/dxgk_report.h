/* SPDX-License-Identifier: MIT */
/*
 * Violation reports: one call files one.  Each machine keeps a bounded log.
 */
#ifndef IOLAS_DXGK_DXGK_REPORT_H
#define IOLAS_DXGK_DXGK_REPORT_H

#include <dxgk/iolas_dxgk.h>

#include <pthread.h>

struct iolas__dxgk_call;

/* A machine's violations, oldest first. */
struct iolas__dxgk_log {
	pthread_mutex_t lock;
	struct iolas_dxgk_violation *kept; /* limit entries, host memory */
	uint64_t limit;
	uint64_t count; /* filed since clear; may exceed limit */
	uint64_t sequence;
};

/* The rule's facts; NULL for an unknown number.  Table: dxgk_rules.c. */
struct iolas__dxgk_rule {
	uint32_t bugcheck;
	uint32_t subcode;
	const char *text;
};
const struct iolas__dxgk_rule *iolas__dxgk_rule(uint32_t rule);

/*
 * What was broken.  @machine NULL: @adapter's, else the ambient one; without
 * any the report goes to the process's standard log only.
 */
struct iolas__dxgk_report {
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_adapter *adapter;
	const struct iolas__dxgk_call *call;
	uint32_t rule;
	uint32_t bugcheck; /* not 0: with @subcode instead of the rule's */
	uint32_t subcode;
	uint32_t reserved;
	uint64_t handle;
	const void *made_site;
	const void *freed_site;
};

/* Files it; @format says what happened.  No lock may be held. */
void iolas__dxgk_report(const struct iolas__dxgk_report *report,
			const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends "symbol+offset" or the bare address; returns letters written. */
size_t iolas__dxgk_site_text(const void *site, char *text, size_t bytes);

#endif /* IOLAS_DXGK_DXGK_REPORT_H */
