/* SPDX-License-Identifier: MIT */
/*
 * Telling AddressSanitizer which bytes nobody may touch.  Own allocators are
 * invisible to it otherwise.  Without the sanitizer these are nothing, and the
 * core asks for no symbol.
 */
#ifndef IOLAS_BASE_ASAN_H
#define IOLAS_BASE_ASAN_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define IOLAS__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IOLAS__ASAN 1
#endif
#endif
#ifndef IOLAS__ASAN
#define IOLAS__ASAN 0
#endif

#if IOLAS__ASAN
void __asan_poison_memory_region(const volatile void *addr, size_t bytes);
void __asan_unpoison_memory_region(const volatile void *addr, size_t bytes);
int __asan_address_is_poisoned(const volatile void *addr);
#endif

/* Addresses and sizes are multiples of 8: ASan's shadow knows no less. */
static inline void iolas__asan_poison(const void *addr, size_t bytes)
{
#if IOLAS__ASAN
	__asan_poison_memory_region(addr, bytes);
#else
	(void)addr;
	(void)bytes;
#endif
}

static inline void iolas__asan_unpoison(const void *addr, size_t bytes)
{
#if IOLAS__ASAN
	__asan_unpoison_memory_region(addr, bytes);
#else
	(void)addr;
	(void)bytes;
#endif
}

#endif /* IOLAS_BASE_ASAN_H */
