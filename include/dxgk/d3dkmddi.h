/* SPDX-License-Identifier: MIT */
/*
 * d3dkmddi.h of the Windows surface: callbacks, argument structs and DDIs
 * between Dxgkrnl and a display miniport.
 */
#ifndef DXGK_D3DKMDDI_H
#define DXGK_D3DKMDDI_H

#include "d3dukmdt.h"
#include "d3dkmdt.h"
#include "d3dkm_alloc.h"
#include "d3dkm_callbacks.h"
#include "d3dkm_caps.h"
#include "d3dkm_ddi.h"
#include "d3dkm_device.h"
#include "d3dkm_handle.h"
#include "d3dkm_isolation.h"
#include "d3dkm_paging.h"
#include "d3dkm_physmem.h"
#include "d3dkm_query.h"
#include "d3dkm_segment.h"
#include "d3dkm_standard.h"

#endif /* DXGK_D3DKMDDI_H */
