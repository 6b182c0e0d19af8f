/* SPDX-License-Identifier: MIT */
/*
 * ntddvdeo.h of the Windows surface: nothing of it is about memory.
 */
#ifndef DXGK_NTDDVDEO_H
#define DXGK_NTDDVDEO_H

#include "wdm_rtl.h"

#endif /* DXGK_NTDDVDEO_H */
