/* SPDX-License-Identifier: MIT */
/*
 * wdm.h of the Windows surface: the part of the kernel that the memory code of
 * a display miniport stands on.
 */
#ifndef DXGK_WDM_H
#define DXGK_WDM_H

#include "wdm_types.h"
#include "wdm_status.h"
#include "wdm_memory.h"
#include "wdm_interlocked.h"
#include "wdm_object.h"
#include "wdm_mdl.h"
#include "wdm_mm.h"
#include "wdm_ke.h"
#include "wdm_ex.h"
#include "wdm_io.h"
#include "wdm_rtl.h"
#include "wdm_dbg.h"
#include "wdm_hal.h"
#include "wdm_resource.h"
#include "wdm_iommu.h"

#endif /* DXGK_WDM_H */
