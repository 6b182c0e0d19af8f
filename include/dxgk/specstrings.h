/* SPDX-License-Identifier: MIT */
/*
 * specstrings.h of the Windows surface: annotations, all empty.
 */
#ifndef DXGK_SPECSTRINGS_H
#define DXGK_SPECSTRINGS_H

#include "wdm_sal.h"

#endif /* DXGK_SPECSTRINGS_H */
