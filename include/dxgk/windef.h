/* SPDX-License-Identifier: MIT */
/*
 * windef.h of the Windows surface: the basic types.
 */
#ifndef DXGK_WINDEF_H
#define DXGK_WINDEF_H

#include "wdm_types.h"

#endif /* DXGK_WINDEF_H */
