/* SPDX-License-Identifier: MIT */
/*
 * The second opinion: the same facts against mingw-w64's driver headers.  Our
 * folder is not on the include path here.
 */
#include "dxgk_layout.h"

#include <wdm.h>
#include <ntstatus.h>

#ifdef DXGK_WDM_H
#error "this is our own header, not mingw-w64's"
#endif

#include "dxgk_status_facts.h"
#include "dxgk_mingw_facts.h"
#define STATUS_FACT(name, value) ASSERT_VALUE((ULONG)(name), value)
DXGK_STATUS_FACTS(STATUS_FACT)
DXGK_MINGW_FACTS(ASSERT_SIZE, ASSERT_OFFSET, ASSERT_VALUE)
