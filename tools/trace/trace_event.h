/* SPDX-License-Identifier: MIT */
/*
 * One event of a recorded IOVA and IOMMU trace.
 *
 *	<t_ns> <cpu> <dom> n <granule> <start_pfn>
 *	<t_ns> <cpu> <dom> r <lo_pfn> <hi_pfn>
 *	<t_ns> <cpu> <dom> a <pages> <limit_pfn> -> <iova> [t]
 *	<t_ns> <cpu> <dom> f <iova> <pages>
 *	<t_ns> <cpu> <dom> m <iova> <pa> <bytes> <prot>
 *	<t_ns> <cpu> <dom> u <iova> <bytes>
 *	<t_ns> <cpu> <dom> i
 *
 * Addresses and frame numbers are hexadecimal with 0x, the rest is decimal.
 */
#ifndef TOOLS_TRACE_TRACE_EVENT_H
#define TOOLS_TRACE_TRACE_EVENT_H

#include <stdint.h>

/* prot bits of a map event */
#define TRACE_PROT_READ	 1u
#define TRACE_PROT_WRITE 2u

struct trace_event {
	uint64_t t_ns;
	uint32_t cpu;
	uint32_t domain;
	char op; /* one of n r a f m u i */
	union {
		struct {
			uint64_t granule, start_pfn;
		} init;
		struct {
			uint64_t lo_pfn, hi_pfn; /* inclusive */
		} reserve;
		struct {
			uint64_t pages, limit_pfn, iova;
		} alloc;
		struct {
			uint64_t iova, pages;
		} free;
		struct {
			uint64_t iova, pa, bytes, prot;
		} map;
		struct {
			uint64_t iova, bytes;
		} unmap;
	};
};

/*
 * Reads @line.  0: *event is filled; 1: a comment or an empty line; -1: not an
 * event, *why is a static text.
 */
int trace_event_parse(const char *line, struct trace_event *event,
		      const char **why);

#endif /* TOOLS_TRACE_TRACE_EVENT_H */
