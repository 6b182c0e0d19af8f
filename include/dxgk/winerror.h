/* SPDX-License-Identifier: MIT */
/*
 * winerror.h of the Windows surface: the few HRESULT values that driver code
 * names.
 */
#ifndef DXGK_WINERROR_H
#define DXGK_WINERROR_H

#include "wdm_types.h"

#define S_OK		  ((HRESULT)0)
#define S_FALSE		  ((HRESULT)1)
#define E_NOTIMPL	  ((HRESULT)0x80004001)
#define E_POINTER	  ((HRESULT)0x80004003)
#define E_ABORT		  ((HRESULT)0x80004004)
#define E_FAIL		  ((HRESULT)0x80004005)
#define E_UNEXPECTED	  ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED	  ((HRESULT)0x80070005)
#define E_OUTOFMEMORY	  ((HRESULT)0x8007000E)
#define E_INVALIDARG	  ((HRESULT)0x80070057)

#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#define FAILED(result)	  ((HRESULT)(result) < 0)

#endif /* DXGK_WINERROR_H */
