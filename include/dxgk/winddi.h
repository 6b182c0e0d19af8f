/* SPDX-License-Identifier: MIT */
/*
 * winddi.h of the Windows surface: nothing of it is about memory.
 */
#ifndef DXGK_WINDDI_H
#define DXGK_WINDDI_H

#include "wdm_types.h"

#endif /* DXGK_WINDDI_H */
