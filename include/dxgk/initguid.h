/* SPDX-License-Identifier: MIT */
/*
 * initguid.h of the Windows surface: from here on DEFINE_GUID defines what it
 * names.  One source file of a program includes it before the others.
 */
#ifndef INITGUID
#define INITGUID
#endif

#include "wdm_rtl.h"

#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
	EXTERN_C const GUID name;                                    \
	const GUID name = { l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }
