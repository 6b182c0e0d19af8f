/* SPDX-License-Identifier: MIT */
/*
 * ntddk.h of the Windows surface: the same as wdm.h here.
 */
#ifndef DXGK_NTDDK_H
#define DXGK_NTDDK_H

#include "wdm.h"

#endif /* DXGK_NTDDK_H */
