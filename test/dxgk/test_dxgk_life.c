/* SPDX-License-Identifier: MIT */
/*
 * Registration and life cycle: order of DDIs, versions, failures, leaks.
 * Library: dxgk.  Orders are those of spec/dxgk.md section C and
 * spec/dxgk-miniport.md sections 1 and 2.
 */
#include "fake_rig.h"

#define V24 DXGKDDI_INTERFACE_VERSION_WDDM2_4
#define V29 DXGKDDI_INTERFACE_VERSION_WDDM2_9

static void a_whole_life_runs_in_the_documented_order(void **state)
{
	struct fake_rig rig;
	struct iolas_dxgk_adapter_info info = { .struct_size = sizeof(info) };

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_adapter_info(rig.adapter, &info), IOLAS_OK);
	CHECK_EQ(info.is_started, 1);
	CHECK_EQ(info.segment_count, 1);
	CHECK_EQ(info.wddm_version, DXGKDDI_WDDMv2_4);
	CHECK_EQ(info.sources, 3);
	CHECK_EQ(info.children, 2);
	rig_is_clean(&rig);
	rig_end(&rig);
	CHECK_STR(fake_log_without("Q"), "EASDdsRU");
	/* Isolation is asked before Start, all else after it. */
	CHECK(strncmp(fake.log, "EAQQSQ", 6) == 0);
}

static void stop_and_start_may_repeat_without_remove(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_device_destroy(rig.device), STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
	rig_end(&rig);
	CHECK_STR(fake_log_without("Q"), "EASDdsSsRU");
}

static void a_failing_start_is_removed_and_not_stopped(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	fake.fails = "S";
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_NO_MEMORY);
	CHECK_STR(fake_log_without("Q"), "EASR");
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void refused_capabilities_end_the_start(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	fake.fails = "Q";
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_NO_MEMORY);
	CHECK_STR(fake_log_without("Q"), "EASsR");
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_CAPS), 1);
	rig_end(&rig);
}

static void a_function_that_is_not_served_is_skipped(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.has_no_context = 1;
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL),
		 STATUS_NOT_SUPPORTED);
	CHECK_STR(fake.log, "EA");
	fake.has_no_context = 0;
	fake.fails = "A";
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL),
		 STATUS_NO_MEMORY);
	rig_end(&rig);
}

static void links_are_told_of_each_other(void **state)
{
	const struct iolas_dxgk_device_config device = {
		.struct_size = sizeof(device),
		.links = 2,
	};
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_SUCCESS);
	CHECK_STR(fake.log, "EAL");
	iolas_dxgk_adapter_remove(rig.adapter);
	fake.fails = "L";
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_NO_MEMORY);
	CHECK_STR(fake.log, "EALRALR");
	rig_end(&rig);
}

/* Only the registered Version's bytes may be read: the rest is a trap. */
static void data_are_copied_by_version_and_no_further(void **state)
{
	static const struct {
		uint32_t version;
		size_t bytes;
	} rows[] = {
		/* spec/dxgk-miniport.md section 1, sizes by version */
		{ DXGKDDI_INTERFACE_VERSION_VISTA, 0x1f0 },
		{ DXGKDDI_INTERFACE_VERSION_WIN7, 0x238 },
		{ DXGKDDI_INTERFACE_VERSION_WIN8, 0x298 },
		{ DXGKDDI_INTERFACE_VERSION_WDDM2_0, 0x340 },
		{ V24, 0x480 },
		{ V29, 0x4f0 },
		{ DXGKDDI_INTERFACE_VERSION_WDDM3_1, 0x560 },
		{ DXGKDDI_INTERFACE_VERSION_WDDM3_2, 0x560 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_rig rig;

		fake_reset(rows[i].version);
		memset((char *)&fake.ddi + rows[i].bytes, 0xee,
		       sizeof(fake.ddi) - rows[i].bytes);
		rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
		CHECK_EQ(iolas_dxgk_driver_version(rig.driver),
			 rows[i].version);
		/* 0xee... would be called in Start otherwise. */
		CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL),
			 STATUS_SUCCESS);
		CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
		rig_end(&rig);
	}
}

static void unknown_versions_and_null_are_refused(void **state)
{
	struct fake_rig rig;

	(void)state;
	rig_machine(&rig);
	fake_reset(0x1051);
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, &rig.driver),
		 STATUS_REVISION_MISMATCH);
	CHECK(rig.driver == NULL);
	fake_reset(V24 + 1); /* between two known ones */
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, &rig.driver),
		 STATUS_REVISION_MISMATCH);
	fake_reset(0x12000); /* newer than all */
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, &rig.driver),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_driver_unload(rig.driver), IOLAS_OK);
	CHECK_EQ(DxgkInitialize(NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(DxgkInitializeDisplayOnlyDriver(NULL, NULL, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(DxgkUnInitialize(NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_driver_load(NULL, fake_entry, &rig.driver),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, NULL, &rig.driver),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_driver_unload(NULL), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
}

static void an_entry_must_register_once_and_tell_the_truth(void **state)
{
	struct fake_rig rig;

	(void)state;
	rig_machine(&rig);
	fake_reset(V24);
	fake.ddi.DxgkDdiStopDevice = NULL;
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, &rig.driver),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_SLOT_MISSING), 1);
	/* The same, hidden by the entry: 0x103 is a success. */
	fake.entry_answer = STATUS_PENDING;
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, &rig.driver),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_ENTRY_STATUS), 1);
	fake_reset(V24);
	fake.fails = "E";
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, fake_entry, &rig.driver),
		 STATUS_NO_MEMORY);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
}

static int32_t silent_entry(void *object, void *path)
{
	(void)object;
	(void)path;
	return STATUS_SUCCESS;
}

static int32_t double_entry(void *object, void *path)
{
	NTSTATUS first = DxgkInitialize(object, path, &fake.ddi);
	NTSTATUS second = DxgkInitialize(object, path, &fake.ddi);

	CHECK_EQ(first, STATUS_SUCCESS);
	CHECK_EQ(second, STATUS_INVALID_PARAMETER);
	CHECK_EQ(DxgkUnInitialize(object), STATUS_SUCCESS);
	CHECK_EQ(DxgkUnInitialize(object), STATUS_INVALID_PARAMETER);
	return DxgkInitialize(object, path, &fake.ddi);
}

static void
registering_twice_is_refused_and_undone_by_uninitialize(void **state)
{
	struct fake_rig rig;

	(void)state;
	rig_machine(&rig);
	fake_reset(V24);
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, silent_entry, &rig.driver),
		 STATUS_UNSUCCESSFUL);
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, double_entry, &rig.driver),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_driver_unload(rig.driver), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
}

static void the_interface_is_poisoned_when_start_returns(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(fake.interface_bytes, 0x1c8); /* spec/dxgk.md section C */
	CHECK(fake.original->DxgkCbMapMemory != fake.dxgk.DxgkCbMapMemory);
	CHECK(fake.original->DeviceHandle != fake.dxgk.DeviceHandle);
	rig_end(&rig);
}

static void memory_that_outlives_stop_is_reported(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.leaks = 2;
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_LEAK_AT_STOP), 1);
	rig_end(&rig);
}

static void a_ddi_comes_back_at_its_irql(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.keeps_irql = 1;
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_DDI_IRQL), 1);
	CHECK_EQ(iolas_dxgk_irql(), IOLAS_DXGK_PASSIVE);
	fake.keeps_irql = 0;
	rig_end(&rig);
}

static void an_adapter_with_a_driver_stays_and_so_does_the_driver(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_EBUSY);
	CHECK_EQ(iolas_dxgk_driver_unload(rig.driver), IOLAS_EBUSY);
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void a_domain_is_attached_inside_the_bracket(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	fake.iommu_caps.IommuIsolationSupported = 1;
	rig_loaded(&rig, IOLAS_DXGK_IDENTITY, IOLAS_DXGK_DETACHED);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
	CHECK_STR(fake_log_without("Q"), "EABbS");
	rig_is_clean(&rig);
	rig_end(&rig);

	/* A failing Begin turns the switch off. */
	fake_reset(V29);
	fake.iommu_caps.IommuIsolationSupported = 1;
	fake.fails = "B";
	rig_loaded(&rig, IOLAS_DXGK_IDENTITY, IOLAS_DXGK_DETACHED);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_NO_MEMORY);
	CHECK_STR(fake_log_without("Q"), "EABR");
	rig_end(&rig);

	/* Isolation without the bracket's DDIs is a contradiction. */
	fake_reset(V29);
	fake.iommu_caps.IommuIsolationSupported = 1;
	fake.ddi.DxgkDdiEndExclusiveAccess = NULL;
	rig_loaded(&rig, IOLAS_DXGK_IDENTITY, IOLAS_DXGK_DETACHED);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_SLOT_MISSING), 1);
	rig_end(&rig);
}

static void isolation_required_needs_an_iommu(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	fake.iommu_caps.IommuIsolationSupported = 1;
	fake.iommu_caps.IommuIsolationRequired = 1;
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_NOT_SUPPORTED);
	CHECK_STR(fake_log_without("Q"), "EAR");
	rig_end(&rig);
}

static void a_device_that_cannot_see_all_memory_does_not_start(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	fake.highest_visible = 0xffffff;
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_NOT_SUPPORTED);
	rig_end(&rig);
	/* ... unless it remaps. */
	fake_reset(V29);
	fake.highest_visible = 0xffffff;
	fake.iommu_caps.DmaRemappingSupported = 1;
	rig_loaded(&rig, IOLAS_DXGK_REMAPPED, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
	rig_end(&rig);
}

static void segments_are_asked_twice_and_judged(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.segment_count = 3;
	fake.second_segment_count = 2;
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_SEGMENTS), 1);
	rig_end(&rig);

	fake_reset(V24);
	fake.segment_count = 33;
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);

	/* Wrong flags are reported and tolerated. */
	fake_reset(V24);
	fake.segment_flags = DXGK_SEGMENTFLAG_CACHECOHERENT;
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_SEGMENTS), 1);
	rig_end(&rig);
}

static void older_drivers_are_asked_for_older_segments(void **state)
{
	static const uint32_t versions[] = {
		DXGKDDI_INTERFACE_VERSION_VISTA, DXGKDDI_INTERFACE_VERSION_WIN7,
		DXGKDDI_INTERFACE_VERSION_WIN8,
		DXGKDDI_INTERFACE_VERSION_WDDM1_3
	};

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct iolas_dxgk_adapter_info info = { .struct_size =
								sizeof(info) };
		struct fake_rig rig;

		fake_reset(versions[i]);
		fake.segment_count = 3;
		fake.commit_limit = 1u << 20;
		rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
		iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
		CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
		CHECK_EQ(iolas_dxgk_adapter_info(rig.adapter, &info), IOLAS_OK);
		CHECK_EQ(info.segment_count, 3);
		rig_is_clean(&rig);
		rig_end(&rig);
	}
}

/* Each row breaks one documented rule; each of the segments is reported. */
static void segment_flags_are_judged_one_by_one(void **state)
{
	static const struct {
		UINT flags;
		unsigned reports;
	} rows[] = {
		{ DXGK_SEGMENTFLAG_AGP, 0 },
		{ DXGK_SEGMENTFLAG_AGP | DXGK_SEGMENTFLAG_CPUVISIBLE, 1 },
		{ DXGK_SEGMENTFLAG_APERTURE | DXGK_SEGMENTFLAG_CACHECOHERENT,
		  1 /* no BuildPagingBuffer */ },
		{ DXGK_SEGMENTFLAG_PRESERVEDDURINGHIBERNATE, 1 },
		{ DXGK_SEGMENTFLAG_PRESERVEDDURINGHIBERNATE |
			  DXGK_SEGMENTFLAG_PRESERVEDDURINGSTANDBY,
		  0 },
		{ DXGK_SEGMENTFLAG_CPUVISIBLE |
			  DXGK_SEGMENTFLAG_SUPPORTSCPUHOSTAPERTURE,
		  1 },
	};
	struct fake_rig rig;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_reset(V24);
		fake.segment_flags = rows[i].flags;
		rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
		iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
		CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
		CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_SEGMENTS),
			 rows[i].reports);
		rig_end(&rig);
	}
	fake_reset(DXGKDDI_INTERFACE_VERSION_WIN8);
	fake.commit_limit = (1u << 20) + 1; /* above Size */
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_SEGMENTS), 1);
	rig_end(&rig);
}

static int32_t display_only_entry(void *object, void *path)
{
	KMDDOD_INITIALIZATION_DATA data;

	memset(&data, 0, sizeof(data));
	data.Version = DXGKDDI_INTERFACE_VERSION_WIN8;
	data.DxgkDdiAddDevice = fake.ddi.DxgkDdiAddDevice;
	data.DxgkDdiStartDevice = fake.ddi.DxgkDdiStartDevice;
	data.DxgkDdiStopDevice = fake.ddi.DxgkDdiStopDevice;
	data.DxgkDdiRemoveDevice = fake.ddi.DxgkDdiRemoveDevice;
	data.DxgkDdiUnload = fake.ddi.DxgkDdiUnload;
	data.DxgkDdiQueryAdapterInfo = fake.ddi.DxgkDdiQueryAdapterInfo;
	return DxgkInitializeDisplayOnlyDriver(object, path, &data);
}

static void a_display_only_driver_lives_without_allocations(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_machine(&rig);
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, display_only_entry,
					&rig.driver),
		 STATUS_SUCCESS);
	{
		struct iolas_dxgk_adapter_config config = {
			.struct_size = sizeof(config),
			.machine = rig.machine,
		};

		CHECK_EQ(iolas_dxgk_adapter_create(&config, &rig.adapter),
			 IOLAS_OK);
	}
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, NULL),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_device_create(rig.adapter, &rig.device),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
	CHECK_STR(fake_log_without("Q"), "ASsRU");
}

static void null_and_wrong_stages_are_answered(void **state)
{
	struct iolas_dxgk_adapter_info info = { .struct_size = sizeof(info) };
	struct fake_rig rig;
	uint32_t device = 7;

	(void)state;
	fake_reset(V24);
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	CHECK_EQ(iolas_dxgk_adapter_add(NULL, rig.driver, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, NULL, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_start(NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_start(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_stop(NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_remove(NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_remove(rig.adapter),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_info(rig.adapter, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_adapter_pump(rig.adapter), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_adapter_interrupt(rig.adapter, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_create(NULL, &device),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(device, 0);
	CHECK_EQ(iolas_dxgk_device_create(rig.adapter, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_device_destroy(0), STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_device_destroy(0xffffffff), STATUS_INVALID_HANDLE);
	rig_end(&rig);
}

RUN_CASES(CASE(a_whole_life_runs_in_the_documented_order),
	  CASE(stop_and_start_may_repeat_without_remove),
	  CASE(a_failing_start_is_removed_and_not_stopped),
	  CASE(refused_capabilities_end_the_start),
	  CASE(a_function_that_is_not_served_is_skipped),
	  CASE(links_are_told_of_each_other),
	  CASE(data_are_copied_by_version_and_no_further),
	  CASE(unknown_versions_and_null_are_refused),
	  CASE(an_entry_must_register_once_and_tell_the_truth),
	  CASE(registering_twice_is_refused_and_undone_by_uninitialize),
	  CASE(the_interface_is_poisoned_when_start_returns),
	  CASE(memory_that_outlives_stop_is_reported),
	  CASE(a_ddi_comes_back_at_its_irql),
	  CASE(an_adapter_with_a_driver_stays_and_so_does_the_driver),
	  CASE(a_domain_is_attached_inside_the_bracket),
	  CASE(isolation_required_needs_an_iommu),
	  CASE(a_device_that_cannot_see_all_memory_does_not_start),
	  CASE(segments_are_asked_twice_and_judged),
	  CASE(older_drivers_are_asked_for_older_segments),
	  CASE(segment_flags_are_judged_one_by_one),
	  CASE(a_display_only_driver_lives_without_allocations),
	  CASE(null_and_wrong_stages_are_answered))
