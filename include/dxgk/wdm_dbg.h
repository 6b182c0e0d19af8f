/* SPDX-License-Identifier: MIT */
/*
 * Debug output and assertions.  Assertions are checked in every build: the
 * build type never changes behaviour.
 */
#ifndef WDM_DBG_H
#define WDM_DBG_H

#include <stdarg.h>
#include "wdm_ke.h"

EXTERN_C_START

#define DPFLTR_VIDEO_ID	     27
#define DPFLTR_VIDEOPRT_ID   29
#define DPFLTR_IHVDRIVER_ID  77
#define DPFLTR_IHVVIDEO_ID   78
#define DPFLTR_DEFAULT_ID    101
#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
#define DPFLTR_MASK	     0x80000000u

/* Exported by libiolas-dxgk.  %wZ takes a PUNICODE_STRING, %I64x 64 bits. */
DXGK_EXPORT ULONG DbgPrint(PCSTR Format, ...);
DXGK_EXPORT ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
DXGK_EXPORT ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level,
				    PCSTR Format, va_list arglist);
DXGK_EXPORT VOID NTAPI DbgBreakPoint(VOID);
DXGK_EXPORT VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName,
				 ULONG LineNumber, PSTR Message);

EXTERN_C_END

#define DXGK_ASSERT(e, text)                                                   \
	((e) ? (void)0                                                         \
	     : RtlAssert((PVOID)(uintptr_t)(text), (PVOID)(uintptr_t)__FILE__, \
			 __LINE__, NULL))
#ifndef ASSERT
#define ASSERT(e) DXGK_ASSERT(e, #e)
#endif
#define NT_ASSERT(e)		 DXGK_ASSERT(e, #e)
#define NT_VERIFY(e)		 DXGK_ASSERT(e, #e)
#define ASSERTMSG(text, e)	 DXGK_ASSERT(e, text)
#define NT_ASSERTMSG		 ASSERTMSG
#define NT_ASSERT_ASSUME(e)	 DXGK_ASSERT(e, #e)

#define PAGED_CODE()		 DXGK_ASSERT(KeGetCurrentIrql() <= APC_LEVEL, "PAGED_CODE")
#define PAGED_ASSERT(e)		 DXGK_ASSERT(e, #e)

#define KdPrint(parenthesized)	 ((void)DbgPrint parenthesized)
#define KdPrintEx(parenthesized) ((void)DbgPrintEx parenthesized)
#define KdBreakPoint()		 DbgBreakPoint()

/* Event tracing is switched off. */
#define WPP_INIT_TRACING(...) ((void)0)
#define WPP_CLEANUP(...)      ((void)0)
#define WPP_CONTROL_GUIDS

#endif /* WDM_DBG_H */
