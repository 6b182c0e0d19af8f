/* SPDX-License-Identifier: MIT */
/*
 * Interlocked operations: full barriers, as on Windows.  Increment, Decrement
 * and their like return the new value; Exchange, CompareExchange, ExchangeAdd,
 * Or, And and Xor the old one (spec/dxgk-miniport.md, section 5).
 */
#ifndef WDM_INTERLOCKED_H
#define WDM_INTERLOCKED_H

#include "wdm_types.h"

EXTERN_C_START

#define WDM_INTERLOCKED(suffix, type)                                          \
	FORCEINLINE type InterlockedIncrement##suffix(type volatile *p)        \
	{                                                                      \
		return __atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST);             \
	}                                                                      \
	FORCEINLINE type InterlockedDecrement##suffix(type volatile *p)        \
	{                                                                      \
		return __atomic_sub_fetch(p, 1, __ATOMIC_SEQ_CST);             \
	}                                                                      \
	FORCEINLINE type InterlockedExchange##suffix(type volatile *p, type v) \
	{                                                                      \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);            \
	}                                                                      \
	FORCEINLINE type InterlockedExchangeAdd##suffix(type volatile *p,      \
							type v)                \
	{                                                                      \
		return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);             \
	}                                                                      \
	FORCEINLINE type InterlockedAdd##suffix(type volatile *p, type v)      \
	{                                                                      \
		return __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST);             \
	}                                                                      \
	FORCEINLINE type InterlockedOr##suffix(type volatile *p, type v)       \
	{                                                                      \
		return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);              \
	}                                                                      \
	FORCEINLINE type InterlockedAnd##suffix(type volatile *p, type v)      \
	{                                                                      \
		return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);             \
	}                                                                      \
	FORCEINLINE type InterlockedXor##suffix(type volatile *p, type v)      \
	{                                                                      \
		return __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST);             \
	}                                                                      \
	FORCEINLINE type InterlockedCompareExchange##suffix(                   \
		type volatile *p, type v, type expected)                       \
	{                                                                      \
		__atomic_compare_exchange_n(p, &expected, v, 0,                \
					    __ATOMIC_SEQ_CST,                  \
					    __ATOMIC_SEQ_CST);                 \
		return expected;                                               \
	}

WDM_INTERLOCKED(, LONG)
WDM_INTERLOCKED(64, LONG64)

#undef WDM_INTERLOCKED

FORCEINLINE PVOID InterlockedExchangePointer(PVOID volatile *p, PVOID v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID InterlockedCompareExchangePointer(PVOID volatile *p, PVOID v,
						    PVOID expected)
{
	__atomic_compare_exchange_n(p, &expected, v, 0, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return expected;
}

EXTERN_C_END

#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier()	  __atomic_thread_fence(__ATOMIC_SEQ_CST)

#if defined(__x86_64__) || defined(__i386__)
#define YieldProcessor() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define YieldProcessor() __asm__ __volatile__("yield")
#else
#define YieldProcessor() ((void)0)
#endif

#endif /* WDM_INTERLOCKED_H */
