/* SPDX-License-Identifier: MIT */
/*
 * sal.h of the Windows surface: annotations, all empty.
 */
#ifndef DXGK_SAL_H
#define DXGK_SAL_H

#include "wdm_sal.h"

#endif /* DXGK_SAL_H */
