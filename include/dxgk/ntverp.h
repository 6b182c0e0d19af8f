/* SPDX-License-Identifier: MIT */
/*
 * ntverp.h of the Windows surface: the version numbers that resource scripts
 * ask for.
 */
#ifndef DXGK_NTVERP_H
#define DXGK_NTVERP_H

#define VER_PRODUCTMAJORVERSION 10
#define VER_PRODUCTMINORVERSION 0
#define VER_PRODUCTBUILD	26100
#define VER_PRODUCTBUILD_QFE	1

#endif /* DXGK_NTVERP_H */
