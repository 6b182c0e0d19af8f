/* SPDX-License-Identifier: MIT */
/*
 * Ends what pshpack4.h began.  No guard: every include counts.
 */
#pragma pack(pop)
