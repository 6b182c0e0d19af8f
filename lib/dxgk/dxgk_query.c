/* SPDX-License-Identifier: MIT */
/*
 * What Dxgkrnl asks a driver through DxgkDdiQueryAdapterInfo: capabilities of
 * isolation before start, the rest after it (spec/dxgk-miniport.md, 2.2).
 */
#include "dxgk/dxgk_loader.h"

#include <string.h>

#define STRIDE sizeof(DXGK_SEGMENTDESCRIPTOR4)

/* The memory segments of one answer, whatever its form. */
struct segment_array {
	DXGK_QUERYADAPTERINFOTYPE type;
	void *descriptors; /* DXGK_SEGMENTS of them, zeroed */
	uint32_t count;
	size_t stride;
};

static NTSTATUS ask(struct iolas__dxgk_loader *loader,
		    DXGK_QUERYADAPTERINFOTYPE type, void *input,
		    size_t input_bytes, void *output, size_t output_bytes)
{
	const DXGKARG_QUERYADAPTERINFO args = {
		.Type = type,
		.pInputData = input,
		.InputDataSize = (UINT)input_bytes,
		.pOutputData = output,
		.OutputDataSize = (UINT)output_bytes,
	};
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiQueryAdapterInfo",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiQueryAdapterInfo(loader->context,
							     &args);
	iolas__dxgk_ddi_end(&ddi);
	return status;
}

static void report_caps(struct iolas__dxgk_loader *loader, const char *text)
{
	iolas__dxgk_driver_report(loader->adapter, "DxgkDdiQueryAdapterInfo",
				  IOLAS_DXGK_RULE_CAPS, "%s", text);
}

void iolas__dxgk_query_isolation(struct iolas__dxgk_loader *loader)
{
	DXGK_PHYSICAL_MEMORY_CAPS memory = { { { 0 } } };
	DXGK_IOMMU_CAPS iommu = { { { 0 } } };

	loader->highest_visible = 0;
	loader->iommu_caps.Value = 0;
	if (loader->driver->version < DXGKDDI_INTERFACE_VERSION_WDDM2_9)
		return;
	if (NT_SUCCESS(ask(loader, DXGKQAITYPE_PHYSICAL_MEMORY_CAPS, NULL, 0,
			   &memory, sizeof(memory))))
		loader->highest_visible =
			(uint64_t)memory.HighestVisibleAddress.QuadPart;
	if (NT_SUCCESS(ask(loader, DXGKQAITYPE_IOMMU_CAPS, NULL, 0, &iommu,
			   sizeof(iommu))))
		loader->iommu_caps = iommu;
	if (iommu.IommuIsolationRequired && !iommu.IommuIsolationSupported)
		report_caps(loader, "IommuIsolationRequired without "
				    "IommuIsolationSupported");
	if (iommu.IommuIsolationSupported)
		loader->adapter->config.flags |= IOLAS_DXGK_DRIVER_ISOLATION;
	if (iommu.DmaRemappingSupported)
		loader->adapter->config.flags |= IOLAS_DXGK_DRIVER_REMAPPING;
}

/* Length of DXGK_DRIVERCAPS as the driver's version knows it. */
static size_t caps_bytes(uint32_t version)
{
	size_t bytes = 0;

#define ROW(first, x64, x86)    \
	if (version >= (first)) \
		bytes = DXGK_BY_POINTER(x64, x86);
	DXGK_DRIVERCAPS_SIZES(ROW)
#undef ROW
	return bytes;
}

static NTSTATUS query_driver_caps(struct iolas__dxgk_loader *loader)
{
	DXGK_DRIVERCAPS caps;
	NTSTATUS status;

	memset(&caps, 0, sizeof(caps));
	status = ask(loader, DXGKQAITYPE_DRIVERCAPS, NULL, 0, &caps,
		     caps_bytes(loader->driver->version));
	if (!NT_SUCCESS(status)) {
		report_caps(loader, "DXGKQAITYPE_DRIVERCAPS was refused");
		return status;
	}
	loader->wddm_version = (uint32_t)caps.WDDMVersion;
	loader->memory_caps = caps.MemoryManagementCaps.Value;
	if (loader->memory_caps & (DXGK_VIDMMCAP_IOMMUSECUREMODESUPPORTED |
				   DXGK_VIDMMCAP_IOMMUSECUREMODEREQUIRED))
		loader->adapter->config.flags |= IOLAS_DXGK_DRIVER_ISOLATION;
	if (loader->driver->version >= DXGKDDI_INTERFACE_VERSION_WDDM2_9 &&
	    loader->iommu_caps.IommuIsolationSupported !=
		    !!(loader->memory_caps &
		       DXGK_VIDMMCAP_IOMMUSECUREMODESUPPORTED))
		report_caps(loader, "IommuIsolationSupported and "
				    "IoMmuSecureModeSupported disagree");
	return STATUS_SUCCESS;
}

static void take_segment(struct iolas__dxgk_segment_info *info,
			 const struct segment_array *array, uint32_t index)
{
	const unsigned char *at = array->descriptors;

	at += index * array->stride;
	if (array->type == DXGKQAITYPE_QUERYSEGMENT) {
		const DXGK_SEGMENTDESCRIPTOR *d = (const void *)at;

		*info = (struct iolas__dxgk_segment_info){
			d->Flags.Value, (uint64_t)d->BaseAddress.QuadPart,
			d->Size, d->CommitLimit
		};
	} else if (array->type == DXGKQAITYPE_QUERYSEGMENT3) {
		const DXGK_SEGMENTDESCRIPTOR3 *d = (const void *)at;

		*info = (struct iolas__dxgk_segment_info){
			d->Flags.Value, (uint64_t)d->BaseAddress.QuadPart,
			d->Size, d->CommitLimit
		};
	} else {
		const DXGK_SEGMENTDESCRIPTOR4 *d = (const void *)at;

		*info = (struct iolas__dxgk_segment_info){
			d->Flags.Value, (uint64_t)d->BaseAddress.QuadPart,
			d->Size, d->CommitLimit
		};
	}
}

/* One of the two passes; *count is what the driver says. */
static NTSTATUS ask_segments(struct iolas__dxgk_loader *loader,
			     struct segment_array *array, void *descriptors)
{
	DXGK_QUERYSEGMENTIN in = { .AgpFlags = { { { 0 } } } };
	DXGK_QUERYSEGMENTIN4 in4 = { .PhysicalAdapterIndex = 0 };
	/* The two older forms differ in the pointer's type only. */
	DXGK_QUERYSEGMENTOUT3 out = { .NbSegment = array->count,
				      .pSegmentDescriptor = descriptors };
	DXGK_QUERYSEGMENTOUT4 out4 = { .NbSegment = array->count,
				       .pSegmentDescriptor = descriptors,
				       .SegmentDescriptorStride = STRIDE };
	NTSTATUS status;

	if (array->type != DXGKQAITYPE_QUERYSEGMENT4) {
		status = ask(loader, array->type, &in, sizeof(in), &out,
			     sizeof(out));
		array->count = out.NbSegment;
		return status;
	}
	status = ask(loader, array->type, &in4, sizeof(in4), &out4,
		     sizeof(out4));
	array->count = out4.NbSegment;
	array->stride = out4.SegmentDescriptorStride;
	if (NT_SUCCESS(status) && array->stride > STRIDE)
		return STATUS_INVALID_PARAMETER;
	return status;
}

static size_t descriptor_bytes(DXGK_QUERYADAPTERINFOTYPE type)
{
	if (type == DXGKQAITYPE_QUERYSEGMENT)
		return sizeof(DXGK_SEGMENTDESCRIPTOR);
	if (type == DXGKQAITYPE_QUERYSEGMENT3)
		return sizeof(DXGK_SEGMENTDESCRIPTOR3);
	return STRIDE;
}

static void report_segments(struct iolas__dxgk_loader *loader, uint32_t segment,
			    const char *text)
{
	iolas__dxgk_driver_report(loader->adapter, "DxgkDdiQueryAdapterInfo",
				  IOLAS_DXGK_RULE_SEGMENTS, "segment %u: %s",
				  segment, text);
}

/* Rules of the flags; documented ones, reported and not enforced. */
static void check_segment(struct iolas__dxgk_loader *loader, uint32_t index)
{
	const struct iolas__dxgk_segment_info *s = &loader->segments[index];
	const DXGK_SEGMENTFLAGS f = { { .Value = s->flags } };
	const uint32_t id = index + 1;

	if (s->bytes == 0 || s->bytes % DXGK_PAGE_BYTES != 0)
		report_segments(loader, id, "its size is no page multiple");
	if (f.Agp && s->flags != DXGK_SEGMENTFLAG_AGP)
		report_segments(loader, id, "Agp excludes every other flag");
	if (f.CacheCoherent && !f.Aperture)
		report_segments(loader, id, "CacheCoherent without Aperture");
	if (f.PreservedDuringHibernate && !f.PreservedDuringStandby)
		report_segments(loader, id,
				"PreservedDuringHibernate without "
				"PreservedDuringStandby");
	if (f.CpuVisible && f.SupportsCpuHostAperture)
		report_segments(loader, id,
				"SupportsCpuHostAperture with CpuVisible");
	if (s->commit_limit > s->bytes)
		report_segments(loader, id, "CommitLimit above Size");
	if (f.Aperture && !loader->driver->ddi.DxgkDdiBuildPagingBuffer)
		report_segments(loader, id,
				"an aperture needs DxgkDdiBuildPagingBuffer");
}

/* Both passes of one form; count 0 with success means that it was refused. */
static NTSTATUS query_segments_as(struct iolas__dxgk_loader *loader,
				  struct segment_array *array)
{
	uint32_t counted;

	array->count = 0;
	array->stride = descriptor_bytes(array->type);
	if (!NT_SUCCESS(ask_segments(loader, array, NULL))) {
		array->count = 0;
		return STATUS_SUCCESS;
	}
	counted = array->count;
	if (counted > DXGK_SEGMENTS) {
		report_segments(loader, counted, "more than ids can name");
		return STATUS_INVALID_PARAMETER;
	}
	if (counted == 0)
		return STATUS_SUCCESS;
	if (!NT_SUCCESS(ask_segments(loader, array, array->descriptors)) ||
	    array->count != counted || array->stride == 0) {
		report_segments(loader, counted,
				"the second answer differs from the first");
		return STATUS_INVALID_PARAMETER;
	}
	return STATUS_SUCCESS;
}

/* The newest form that the driver's version has, else the ones before. */
static NTSTATUS query_segments(struct iolas__dxgk_loader *loader)
{
	static const struct {
		DXGK_QUERYADAPTERINFOTYPE type;
		uint32_t since;
	} forms[] = {
		{ DXGKQAITYPE_QUERYSEGMENT4,
		  DXGKDDI_INTERFACE_VERSION_WDDM2_0 },
		{ DXGKQAITYPE_QUERYSEGMENT3, DXGKDDI_INTERFACE_VERSION_WIN8 },
		{ DXGKQAITYPE_QUERYSEGMENT, DXGKDDI_INTERFACE_VERSION_VISTA },
	};
	DXGK_SEGMENTDESCRIPTOR4 descriptors[DXGK_SEGMENTS];
	struct segment_array array = { .descriptors = descriptors };
	NTSTATUS status = STATUS_SUCCESS;

	loader->segment_count = 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (loader->driver->version < forms[i].since)
			continue;
		memset(descriptors, 0, sizeof(descriptors));
		array.type = forms[i].type;
		status = query_segments_as(loader, &array);
		if (!NT_SUCCESS(status) || array.count != 0)
			break;
	}
	for (uint32_t i = 0; NT_SUCCESS(status) && i < array.count; i++) {
		take_segment(&loader->segments[i], &array, i);
		loader->segment_count = i + 1;
		check_segment(loader, i);
	}
	return status;
}

/* Asked of isolating drivers only; the size must be whole pages. */
static void query_save_area(struct iolas__dxgk_loader *loader)
{
	DXGK_FRAMEBUFFERSAVEAREA area = { 0 };
	UINT index = 0;

	if (loader->driver->version < DXGKDDI_INTERFACE_VERSION_WDDM2_4 ||
	    !(loader->adapter->config.flags & IOLAS_DXGK_DRIVER_ISOLATION))
		return;
	if (!NT_SUCCESS(ask(loader, DXGKQAITYPE_FRAMEBUFFERSAVESIZE, &index,
			    sizeof(index), &area, sizeof(area))))
		return;
	if (area.MaximumSize % DXGK_PAGE_BYTES != 0)
		report_caps(loader,
			    "DXGKQAITYPE_FRAMEBUFFERSAVESIZE is no page "
			    "multiple");
	else if (iolas__dxgk_save_area_commit(loader->adapter,
					      area.MaximumSize))
		report_caps(loader, "the frame buffer's save area cannot be "
				    "committed");
}

NTSTATUS iolas__dxgk_query_caps(struct iolas__dxgk_loader *loader)
{
	NTSTATUS status = query_driver_caps(loader);

	if (!NT_SUCCESS(status) || loader->driver->is_display_only)
		return status;
	status = query_segments(loader);
	if (NT_SUCCESS(status))
		query_save_area(loader);
	return status;
}
