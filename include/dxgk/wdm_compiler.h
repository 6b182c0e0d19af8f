/* SPDX-License-Identifier: MIT */
/*
 * What the Windows compiler has and gcc and clang spell differently: calling
 * conventions, alignment, inline and declaration attributes, structured
 * exception blocks, compile-time checks.  Nothing here declares a type.
 */
#ifndef WDM_COMPILER_H
#define WDM_COMPILER_H

#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/*
 * The calling convention of every callback, DDI and exported function.  Drivers
 * compiled from source share the host's own convention.  Who loads a driver
 * that was built for Windows defines DXGK_MS_ABI (x86-64 only).
 */
#if defined(_WIN32) && defined(__i386__)
#define DXGK_API __attribute__((__stdcall__))
#elif defined(DXGK_MS_ABI) && defined(__x86_64__)
#define DXGK_API __attribute__((__ms_abi__))
#else
#define DXGK_API
#endif

#ifndef APIENTRY
#define APIENTRY DXGK_API
#endif
#ifndef NTAPI
#define NTAPI DXGK_API
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef WINAPI
#define WINAPI DXGK_API
#endif
#ifndef FASTCALL
#define FASTCALL
#endif

/* Marks a function that libiolas-dxgk exports under its native name. */
#if defined(__GNUC__) && !defined(_WIN32)
#define DXGK_EXPORT __attribute__((__visibility__("default")))
#else
#define DXGK_EXPORT
#endif
#define NTKERNELAPI DXGK_EXPORT
#define NTSYSAPI    DXGK_EXPORT
#define NTHALAPI    DXGK_EXPORT

/*
 * i386 Linux aligns 64-bit members to 4.  Windows aligns them to 8 on all its
 * processors, and so do these headers (spec/dxgk.md, section 0).
 */
#if defined(__i386__) && !defined(_WIN32)
#define DXGK_ALIGN8 __attribute__((__aligned__(8)))
#else
#define DXGK_ALIGN8
#endif

/* Unnamed members are C11 but an extension in C++. */
#define DXGK_ANONYMOUS __extension__

#ifndef FORCEINLINE
#ifdef _MSC_VER
#define FORCEINLINE __forceinline
#else
#define FORCEINLINE static __inline__ __attribute__((__always_inline__))
#endif
#endif
#if !defined(__forceinline) && !defined(_MSC_VER)
#define __forceinline __inline__ __attribute__((__always_inline__))
#endif
#ifndef CFORCEINLINE
#define CFORCEINLINE FORCEINLINE
#endif
#ifndef DECLSPEC_NORETURN
#define DECLSPEC_NORETURN __attribute__((__noreturn__))
#endif
#ifndef DECLSPEC_ALIGN
#define DECLSPEC_ALIGN(n) __attribute__((__aligned__(n)))
#endif
#define DECLSPEC_IMPORT
#ifndef UNALIGNED
#define UNALIGNED
#endif
#define DECLSPEC_EXPORT DXGK_EXPORT

/* A driver's own __declspec(...) says nothing that matters on ELF. */
#if !defined(__declspec) && !defined(_WIN32) && !defined(_MSC_VER)
#define __declspec(attributes)
#endif

/* Compile-time checks. */
#ifdef __cplusplus
#define C_ASSERT(e) static_assert(e, #e)
#else
#define C_ASSERT(e) _Static_assert(e, #e)
#if !defined(static_assert) && __STDC_VERSION__ < 202000L
#define static_assert _Static_assert
#endif
#endif

/*
 * Structured exceptions: the guarded block runs, the handler never does.  The
 * functions that would raise (MmProbeAndLockPages on a bad address) file a
 * violation report instead.  In C++ the words expand to exactly what
 * libstdc++ defines __try to, so that its headers may be included before or
 * after this one.
 */
/* clang-format off */
#ifndef _MSC_VER
#if defined(__cplusplus) && defined(__cpp_exceptions)
struct dxgk_never_thrown {
};
#ifndef __try
#define __try try
#endif
#define __except(filter) catch (const dxgk_never_thrown &)
#define __finally                         \
	catch (const dxgk_never_thrown &) \
	{                                 \
	}                                 \
	if (true)
#elif defined(__cplusplus)
#ifndef __try
#define __try if (true)
#endif
#define __except(filter) else if (false)
#define __finally if (true)
#else
#define __try if (1)
#define __except(filter) else if (0)
#define __finally if (1)
#endif
/* clang-format on */
#define EXCEPTION_EXECUTE_HANDLER    1
#define EXCEPTION_CONTINUE_SEARCH    0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#define GetExceptionCode()	     ((NTSTATUS)0xC0000005) /* ACCESS_VIOLATION */
#endif

#endif /* WDM_COMPILER_H */
