/* SPDX-License-Identifier: MIT */
/*
 * Begin- and EndExclusiveAccess around attaching the domain: attaching is not
 * atomic, so the device must be quiet meanwhile (spec/dxgk.md, section B.3).
 */
#include "dxgk/dxgk_loader.h"

#include "base/atomics.h"

static NTSTATUS begin(struct iolas__dxgk_loader *loader)
{
	DXGKARG_BEGINEXCLUSIVEACCESS args = { 0 };
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter,
			      "DxgkDdiBeginExclusiveAccess", PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiBeginExclusiveAccess(
		loader->context, &args);
	iolas__dxgk_ddi_end(&ddi);
	if (NT_SUCCESS(status))
		/* Relaxed: a flag for reports, it protects nothing. */
		iolas__store_relaxed(&loader->adapter->is_exclusive, 1);
	return status;
}

static NTSTATUS end(struct iolas__dxgk_loader *loader)
{
	DXGKARG_ENDEXCLUSIVEACCESS args = { 0 };
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__store_relaxed(&loader->adapter->is_exclusive, 0);
	iolas__dxgk_ddi_begin(&ddi, loader->adapter,
			      "DxgkDdiEndExclusiveAccess", PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiEndExclusiveAccess(loader->context,
							       &args);
	iolas__dxgk_ddi_end(&ddi);
	return status;
}

NTSTATUS iolas__dxgk_attach_exclusively(struct iolas__dxgk_loader *loader)
{
	const DRIVER_INITIALIZATION_DATA *ddi = &loader->driver->ddi;
	struct iolas_dxgk_adapter *adapter = loader->adapter;
	const bool wants_isolation =
		(loader->iommu_caps.Value &
		 (DXGK_IOMMU_CAP_ISOLATIONSUPPORTED |
		  DXGK_IOMMU_CAP_DMAREMAPPINGSUPPORTED)) != 0;
	NTSTATUS status;

	if (!adapter->domain || adapter->is_attached)
		return STATUS_SUCCESS;
	if (!ddi->DxgkDdiBeginExclusiveAccess ||
	    !ddi->DxgkDdiEndExclusiveAccess) {
		if (wants_isolation)
			iolas__dxgk_driver_report(
				adapter, "DxgkDdiBeginExclusiveAccess",
				IOLAS_DXGK_RULE_SLOT_MISSING,
				"isolation was opted in to without Begin- and "
				"EndExclusiveAccess");
		return wants_isolation ? STATUS_INVALID_PARAMETER
				       : STATUS_SUCCESS;
	}
	status = begin(loader);
	if (!NT_SUCCESS(status))
		return status; /* the switch is off, the device stays */
	status = iolas__dxgk_ntstatus(iolas_dxgk_adapter_attach(adapter));
	if (!NT_SUCCESS(end(loader)))
		iolas__dxgk_driver_report(adapter, "DxgkDdiEndExclusiveAccess",
					  IOLAS_DXGK_RULE_EXCLUSIVE,
					  "failed; there is no way back");
	return status;
}
