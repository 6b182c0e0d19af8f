/* SPDX-License-Identifier: MIT */
/*
 * dispmprt.h of the Windows surface: the port driver's side of a display
 * miniport.
 */
#ifndef DXGK_DISPMPRT_H
#define DXGK_DISPMPRT_H

#include "wdm.h"
#include "dispmprt_device.h"
#include "dispmprt_interface.h"
#include "dispmprt_ddi.h"
#include "dispmprt_driver.h"

#ifndef _Function_class_DXGK_
#define _Function_class_DXGK_(...)
#endif
#ifndef _IRQL_requires_DXGK_
#define _IRQL_requires_DXGK_(...)
#endif
#ifndef _IRQL_requires_max_DXGK_
#define _IRQL_requires_max_DXGK_(...)
#endif
#ifndef _Field_size_bytes_DXGK_
#define _Field_size_bytes_DXGK_(...)
#endif

#endif /* DXGK_DISPMPRT_H */
