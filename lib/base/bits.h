/* SPDX-License-Identifier: MIT */
/*
 * Bits, alignment and overflow-safe sums.  No compiler helper is needed: the
 * core is linked without libgcc.
 */
#ifndef IOLAS_BASE_BITS_H
#define IOLAS_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool iolas__is_pow2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

/* Position of the lowest set bit; v is not 0. */
static inline unsigned iolas__ctz64(uint64_t v)
{
	return (unsigned)__builtin_ctzll(v);
}

/* Position of the highest set bit; v is not 0. */
static inline unsigned iolas__fls64(uint64_t v)
{
	return 63u - (unsigned)__builtin_clzll(v);
}

/* Written out: __builtin_popcount calls libgcc where there is no instruction. */
static inline unsigned iolas__popcount64(uint64_t v)
{
	v -= (v >> 1) & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) +
	    ((v >> 2) & UINT64_C(0x3333333333333333));
	v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)((v * UINT64_C(0x0101010101010101)) >> 56);
}

static inline uint64_t iolas__mask(unsigned lg2)
{
	return (UINT64_C(1) << lg2) - 1; /* lg2 < 64 */
}

static inline bool iolas__is_aligned(uint64_t v, unsigned lg2)
{
	return (v & iolas__mask(lg2)) == 0;
}

static inline uint64_t iolas__align_down(uint64_t v, unsigned lg2)
{
	return v & ~iolas__mask(lg2);
}

/* false when the sum leaves 64 bits; *sum is then unspecified. */
static inline bool iolas__add_ok(uint64_t a, uint64_t b, uint64_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

/* Last byte of [first, first + len), len not 0; false when it wraps. */
static inline bool iolas__last_byte(uint64_t first, uint64_t len,
				    uint64_t *last)
{
	return len != 0 && iolas__add_ok(first, len - 1, last);
}

static inline bool iolas__align_up_ok(uint64_t v, unsigned lg2, uint64_t *up)
{
	if (!iolas__add_ok(v, iolas__mask(lg2), up))
		return false;
	*up = iolas__align_down(*up, lg2);
	return true;
}

static inline uint64_t iolas__min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t iolas__max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif /* IOLAS_BASE_BITS_H */
