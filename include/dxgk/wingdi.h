/* SPDX-License-Identifier: MIT */
/*
 * wingdi.h of the Windows surface: nothing of it is about memory.
 */
#ifndef DXGK_WINGDI_H
#define DXGK_WINGDI_H

#include "wdm_types.h"

#endif /* DXGK_WINGDI_H */
