/* SPDX-License-Identifier: MIT */
/*
 * Members are at most 4-aligned from here to poppack.h.  No guard: every
 * include counts.
 */
#if defined(__clang__)
/* That the packing outlives this file is its purpose. */
#pragma clang diagnostic ignored "-Wpragma-pack"
#endif
#pragma pack(push, 4)
