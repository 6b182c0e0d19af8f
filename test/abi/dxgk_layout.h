/* SPDX-License-Identifier: MIT */
/*
 * How the layout checks say what they expect: one line per fact, x64 first,
 * then x86, in decimal, as the specification's tables have them.  All of it is
 * decided while compiling, so that ABIs which do not run here are checked too.
 */
#ifndef TEST_ABI_DXGK_LAYOUT_H
#define TEST_ABI_DXGK_LAYOUT_H

#include <stddef.h>

#ifdef __cplusplus
#define FACT(fact, text) static_assert(fact, text);
#else
#define FACT(fact, text) _Static_assert(fact, text);
#endif

/* The harness compiles once with this defined, and must be refused. */
#ifdef DXGK_LAYOUT_OFF_BY_ONE
#define LAYOUT_COLUMN(x64, x86) ((sizeof(void *) == 8 ? (x64) : (x86)) + 1)
#else
#define LAYOUT_COLUMN(x64, x86) (sizeof(void *) == 8 ? (x64) : (x86))
#endif

#define ASSERT_SIZE(type, x64, x86) \
	FACT(sizeof(type) == LAYOUT_COLUMN(x64, x86), "size of " #type)
#define ASSERT_OFFSET(type, member, x64, x86)                   \
	FACT(offsetof(type, member) == LAYOUT_COLUMN(x64, x86), \
	     "offset of " #type "." #member)
#define ASSERT_WIDTH(type, member, x64, x86)                         \
	FACT(sizeof(((type *)0)->member) == LAYOUT_COLUMN(x64, x86), \
	     "width of " #type "." #member)
#define ASSERT_VALUE(name, value)                                       \
	FACT((unsigned long long)(name) == (unsigned long long)(value), \
	     "value of " #name)

#endif /* TEST_ABI_DXGK_LAYOUT_H */
