/* SPDX-License-Identifier: MIT */
/*
 * ntdef.h of the Windows surface: the basic types.
 */
#ifndef DXGK_NTDEF_H
#define DXGK_NTDEF_H

#include "wdm_types.h"

#endif /* DXGK_NTDEF_H */
