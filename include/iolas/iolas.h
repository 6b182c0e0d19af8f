/* SPDX-License-Identifier: MIT */
/*
 * The umbrella: every door of the core in one include.
 */
#ifndef IOLAS_IOLAS_H
#define IOLAS_IOLAS_H

#include <iolas/base.h>
#include <iolas/host.h>
#include <iolas/range.h>
#include <iolas/pagelist.h>
#include <iolas/physmem.h>
#include <iolas/pgtable.h>
#include <iolas/domain.h>
#include <iolas/iommu.h>

#endif /* IOLAS_IOLAS_H */
