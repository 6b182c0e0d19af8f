/* SPDX-License-Identifier: MIT */
/*
 * Callbacks about the device: information, BARs, configuration space,
 * interrupts and DPCs, features.
 * Library: dxgk.  Rules: spec/dxgk-miniport.md section 4.
 */
#include "fake_rig.h"

#define V29	  DXGKDDI_INTERFACE_VERSION_WDDM2_9
#define BAR_FIRST UINT64_C(0xe0000000)

static PHYSICAL_ADDRESS at(uint64_t address)
{
	PHYSICAL_ADDRESS pa;

	pa.QuadPart = (LONGLONG)address;
	return pa;
}

static void the_device_is_described(void **state)
{
	const CM_PARTIAL_RESOURCE_LIST *list;
	DXGK_DEVICE_INFO info;
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	memset(&info, 0xee, sizeof(info));
	CHECK_EQ(fake.dxgk.DxgkCbGetDeviceInformation(fake.dxgk.DeviceHandle,
						      &info),
		 STATUS_SUCCESS);
	CHECK(info.MiniportDeviceContext != NULL);
	CHECK(info.PhysicalDeviceObject != NULL);
	CHECK(info.DeviceRegistryPath.Length > 0);
	CHECK_EQ(info.DockingState, DockStateUnknown);
	/* The default machine: 255 MiB from 1 MiB, 256 MiB from 4 GiB. */
	CHECK_EQ(info.SystemMemorySize.QuadPart, (LONGLONG)511 << 20);
	CHECK_EQ(info.HighestPhysicalAddress.QuadPart,
		 ((LONGLONG)4 << 30) + ((LONGLONG)256 << 20) - 1);
	list = &info.TranslatedResourceList->List[0].PartialResourceList;
	CHECK_EQ(list->Count, 2);
	CHECK_EQ(list->PartialDescriptors[0].Type, CmResourceTypeMemory);
	CHECK_EQ(list->PartialDescriptors[0].u.Memory.Start.QuadPart,
		 BAR_FIRST);
	CHECK_EQ(list->PartialDescriptors[0].u.Memory.Length, 0x2000);
	CHECK_EQ(list->PartialDescriptors[1].Type, CmResourceTypeInterrupt);
	CHECK_EQ(fake.dxgk.DxgkCbGetDeviceInformation(fake.dxgk.DeviceHandle,
						      NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(fake.dxgk.DxgkCbGetDeviceInformation(NULL, &info),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static NTSTATUS map(uint64_t address, ULONG length, PVOID *va)
{
	return fake.dxgk.DxgkCbMapMemory(fake.dxgk.DeviceHandle, at(address),
					 length, FALSE, FALSE, MmNonCached, va);
}

static void device_memory_maps_inside_its_window_only(void **state)
{
	struct fake_rig rig;
	PVOID whole, part, none;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	CHECK_EQ(map(BAR_FIRST, 0x2000, &whole), STATUS_SUCCESS);
	CHECK_EQ(map(BAR_FIRST + 0x1000, 0x1000, &part), STATUS_SUCCESS);
	CHECK((char *)part == (char *)whole + 0x1000);
	*(volatile ULONG *)part = 7;
	rig_is_clean(&rig);
	CHECK_EQ(map(BAR_FIRST, 0, &none), STATUS_INVALID_PARAMETER);
	CHECK_EQ(map(BAR_FIRST, 4, NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(map(BAR_FIRST, 0x2001, &none), STATUS_INVALID_PARAMETER);
	CHECK_EQ(map(BAR_FIRST - 1, 1, &none), STATUS_INVALID_PARAMETER);
	CHECK_EQ(map(UINT64_MAX, 2, &none), STATUS_INVALID_PARAMETER);
	CHECK_EQ(map(0x100000, 0x1000, &none), STATUS_INVALID_PARAMETER);
	CHECK(none == NULL);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_DEVICE_MEMORY), 4);
	CHECK_EQ(fake.dxgk.DxgkCbUnmapMemory(fake.dxgk.DeviceHandle, part),
		 STATUS_SUCCESS);
	CHECK_EQ(fake.dxgk.DxgkCbUnmapMemory(fake.dxgk.DeviceHandle, part),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_DEVICE_MEMORY), 5);
	iolas_dxgk_violations_clear(rig.machine);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_LEAK_AT_STOP), 1); /* whole */
	rig_end(&rig);
}

static void windows_must_not_overlap_memory_or_each_other(void **state)
{
	struct iolas_dxgk_device_config device = {
		.struct_size = sizeof(device),
		.bar_count = 2,
		.bar = { { .first = BAR_FIRST, .bytes = 0x2000 },
			 { .first = BAR_FIRST + 0x1000, .bytes = 0x1000 } },
	};
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	rig_loaded(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_INVALID_PARAMETER);
	device.bar[1].first = 0x100000; /* memory of the machine */
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_INVALID_PARAMETER);
	device.bar[1].first = BAR_FIRST + 0x2000;
	device.bar[1].bytes = 0x800;
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_INVALID_PARAMETER);
	device.bar[1].bytes = 0x1000;
	device.bar_count = IOLAS_DXGK_BARS + 1;
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_INVALID_PARAMETER);
	device.struct_size = sizeof(device) - 1;
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_INVALID_PARAMETER);
	device.struct_size = sizeof(device);
	device.bar_count = 2;
	CHECK_EQ(iolas_dxgk_adapter_add(rig.adapter, rig.driver, &device),
		 STATUS_SUCCESS);
	rig_end(&rig);
}

static void configuration_space_is_an_image_of_4096_bytes(void **state)
{
	PCI_DEVICE_PRESENCE_PARAMETERS wanted;
	struct fake_rig rig;
	HANDLE handle;
	UCHAR bytes[16];
	BOOLEAN is;
	ULONG done;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	handle = fake.dxgk.DeviceHandle;
	CHECK_EQ(fake.dxgk.DxgkCbReadDeviceSpace(handle, PCI_WHICHSPACE_CONFIG,
						 bytes, 0, 4, &done),
		 STATUS_SUCCESS);
	CHECK_EQ(done, 4);
	CHECK(bytes[0] == 0xf4 && bytes[1] == 0x1a); /* 1af4 */
	memset(bytes, 0x5c, sizeof(bytes));
	CHECK_EQ(fake.dxgk.DxgkCbWriteDeviceSpace(handle, PCI_WHICHSPACE_CONFIG,
						  bytes, 4092, 16, &done),
		 STATUS_SUCCESS);
	CHECK_EQ(done, 4); /* the rest lies outside */
	CHECK_EQ(fake.dxgk.DxgkCbReadDeviceSpace(handle, PCI_WHICHSPACE_CONFIG,
						 bytes, UINT32_MAX, 16, &done),
		 STATUS_SUCCESS);
	CHECK_EQ(done, 0);
	CHECK_EQ(fake.dxgk.DxgkCbReadDeviceSpace(handle, PCI_WHICHSPACE_ROM,
						 bytes, 0, 4, &done),
		 STATUS_UNSUCCESSFUL);
	CHECK_EQ(
		fake.dxgk.DxgkCbReadDeviceSpace(handle, 77, bytes, 0, 4, &done),
		STATUS_INVALID_PARAMETER);
	CHECK_EQ(fake.dxgk.DxgkCbReadDeviceSpace(handle, PCI_WHICHSPACE_CONFIG,
						 NULL, 0, 4, &done),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(fake.dxgk.DxgkCbWriteDeviceSpace(handle, PCI_WHICHSPACE_CONFIG,
						  bytes, 0, 4, NULL),
		 STATUS_INVALID_PARAMETER);
	memset(&wanted, 0, sizeof(wanted));
	wanted.VendorID = 0x1af4;
	wanted.DeviceID = 0x1050;
	CHECK_EQ(fake.dxgk.DxgkCbIsDevicePresent(handle, &wanted, &is),
		 STATUS_SUCCESS);
	CHECK_EQ(is, TRUE);
	wanted.DeviceID = 1;
	CHECK_EQ(fake.dxgk.DxgkCbIsDevicePresent(handle, &wanted, &is),
		 STATUS_SUCCESS);
	CHECK_EQ(is, FALSE);
	rig_end(&rig);
}

static void an_interrupt_queues_a_dpc_that_the_pump_runs(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_adapter_interrupt(rig.adapter, 0), 1);
	CHECK_STR(fake_log_without("QEASD"), "I"); /* not inside the caller */
	CHECK_EQ(iolas_dxgk_adapter_pump(rig.adapter), 1);
	CHECK_STR(fake_log_without("QEASD"), "IP");
	CHECK_EQ(iolas_dxgk_adapter_pump(rig.adapter), 0);
	rig_is_clean(&rig);
	/* One DPC per device, however often it is queued. */
	CHECK_EQ(fake.dxgk.DxgkCbQueueDpc(fake.dxgk.DeviceHandle), TRUE);
	CHECK_EQ(fake.dxgk.DxgkCbQueueDpc(fake.dxgk.DeviceHandle), FALSE);
	CHECK_EQ(iolas_dxgk_adapter_pump(rig.adapter), 1);
	CHECK_EQ(fake.dxgk.DxgkCbQueueDpc(NULL), FALSE);
	rig_end(&rig);
}

static void notifications_out_of_order_are_reported(void **state)
{
	DXGKARGCB_NOTIFY_INTERRUPT_DATA data;
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	memset(&data, 0, sizeof(data));
	fake.dxgk.DxgkCbNotifyInterrupt(fake.dxgk.DeviceHandle, &data);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_INTERRUPT_ORDER), 1);
	fake.dxgk.DxgkCbNotifyDpc(fake.dxgk.DeviceHandle);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_INTERRUPT_ORDER), 2);
	fake.fails = "P"; /* the ISR forgets its DPC */
	CHECK_EQ(iolas_dxgk_adapter_interrupt(rig.adapter, 0), 1);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_INTERRUPT_ORDER), 3);
	rig_end(&rig);
}

static uint8_t irql_inside;

static BOOLEAN NTAPI routine(PVOID context)
{
	BOOLEAN result;

	irql_inside = iolas_dxgk_irql();
	if (context) /* once more, inside itself */
		CHECK_EQ(fake.dxgk.DxgkCbSynchronizeExecution(
				 fake.dxgk.DeviceHandle, routine, NULL, 0,
				 &result),
			 STATUS_INVALID_DEVICE_STATE);
	return TRUE;
}

static void synchronized_code_runs_at_device_irql_and_not_twice(void **state)
{
	struct fake_rig rig;
	BOOLEAN result = FALSE;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	CHECK_EQ(fake.dxgk.DxgkCbSynchronizeExecution(
			 fake.dxgk.DeviceHandle, routine, NULL, 0, &result),
		 STATUS_SUCCESS);
	CHECK_EQ(result, TRUE);
	CHECK(irql_inside > IOLAS_DXGK_DISPATCH);
	CHECK_EQ(iolas_dxgk_irql(), IOLAS_DXGK_PASSIVE);
	iolas_dxgk_set_irql(IOLAS_DXGK_HIGH);
	CHECK_EQ(fake.dxgk.DxgkCbSynchronizeExecution(
			 fake.dxgk.DeviceHandle, routine, NULL, 0, &result),
		 STATUS_INVALID_DEVICE_STATE);
	iolas_dxgk_set_irql(IOLAS_DXGK_PASSIVE);
	CHECK_EQ(fake.dxgk.DxgkCbSynchronizeExecution(
			 fake.dxgk.DeviceHandle, routine, &rig, 0, &result),
		 STATUS_SUCCESS);
	CHECK_EQ(fake.dxgk.DxgkCbSynchronizeExecution(fake.dxgk.DeviceHandle,
						      NULL, NULL, 0, &result),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static unsigned protected_calls;

static VOID APIENTRY protected_callback(const PVOID context, PVOID arg,
					NTSTATUS status)
{
	(void)context;
	(void)arg;
	CHECK_EQ(status, STATUS_SUCCESS);
	protected_calls++;
}

static void excluded_access_runs_from_the_pump_unless_synchronous(void **state)
{
	struct fake_rig rig;
	HANDLE handle;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	handle = fake.dxgk.DeviceHandle;
	protected_calls = 0;
	CHECK_EQ(fake.dxgk.DxgkCbExcludeAdapterAccess(handle,
						      DXGK_EXCLUDE_EVICT_ALL,
						      protected_callback, NULL),
		 STATUS_SUCCESS);
	CHECK_EQ(protected_calls, 0);
	CHECK_EQ(iolas_dxgk_adapter_pump(rig.adapter), 1);
	CHECK_EQ(protected_calls, 1);
	CHECK_EQ(fake.dxgk.DxgkCbExcludeAdapterAccess(
			 handle, DXGK_EXCLUDE_CALL_SYNCHRONOUS,
			 protected_callback, NULL),
		 STATUS_SUCCESS);
	CHECK_EQ(protected_calls, 2);
	CHECK_EQ(fake.dxgk.DxgkCbExcludeAdapterAccess(handle, 3,
						      protected_callback, NULL),
		 STATUS_INVALID_PARAMETER); /* both exclude each other */
	CHECK_EQ(fake.dxgk.DxgkCbExcludeAdapterAccess(handle, 0x100,
						      protected_callback, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(fake.dxgk.DxgkCbExcludeAdapterAccess(handle, 0, NULL, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void features_are_off_until_switched_on(void **state)
{
	DXGKARGCB_QUERYFEATURESUPPORT support;
	DXGKARGCB_ISFEATUREENABLED enabled;
	struct fake_rig rig;

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	memset(&enabled, 0, sizeof(enabled));
	enabled.DeviceHandle = fake.dxgk.DeviceHandle;
	enabled.FeatureId = DXGK_FEATURE_SHARE_BACKING_STORE_WITH_KMD;
	enabled.Enabled = 9;
	CHECK_EQ(fake.dxgk.DxgkCbIsFeatureEnabled(&enabled), STATUS_SUCCESS);
	CHECK_EQ(enabled.Enabled, FALSE);
	CHECK_EQ(iolas_dxgk_adapter_set_feature(
			 rig.adapter, DXGK_FEATURE_SHARE_BACKING_STORE_WITH_KMD,
			 1),
		 IOLAS_OK);
	CHECK_EQ(fake.dxgk.DxgkCbIsFeatureEnabled(&enabled), STATUS_SUCCESS);
	CHECK_EQ(enabled.Enabled, TRUE);
	enabled.FeatureId = (DXGK_FEATURE_ID)0x7fffffff; /* unknown */
	CHECK_EQ(fake.dxgk.DxgkCbIsFeatureEnabled(&enabled), STATUS_SUCCESS);
	CHECK_EQ(enabled.Enabled, FALSE);
	memset(&support, 0, sizeof(support));
	support.DeviceHandle = fake.dxgk.DeviceHandle;
	support.FeatureId = DXGK_FEATURE_SHARE_BACKING_STORE_WITH_KMD;
	support.DriverSupportState = DXGK_FEATURE_SUPPORT_STABLE;
	CHECK_EQ(fake.dxgk.DxgkCbQueryFeatureSupport(&support), STATUS_SUCCESS);
	CHECK_EQ(support.Enabled, TRUE);
	support.DriverSupportState = DXGK_FEATURE_SUPPORT_ALWAYS_OFF;
	CHECK_EQ(fake.dxgk.DxgkCbQueryFeatureSupport(&support), STATUS_SUCCESS);
	CHECK_EQ(support.Enabled, FALSE);
	support.DriverSupportState = 4;
	CHECK_EQ(fake.dxgk.DxgkCbQueryFeatureSupport(&support),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(fake.dxgk.DxgkCbIsFeatureEnabled(NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_adapter_set_feature(rig.adapter, 64, 1),
		 IOLAS_EINVAL);
	rig_end(&rig);
}

static void what_this_machine_lacks_says_so(void **state)
{
	ACPI_EVAL_INPUT_BUFFER_COMPLEX input;
	INTERFACE interface, before;
	struct fake_rig rig;
	HANDLE handle;
	UCHAR display[64];

	(void)state;
	fake_reset(V29);
	rig_running(&rig);
	handle = fake.dxgk.DeviceHandle;
	memset(&input, 0, sizeof(input));
	CHECK_EQ(fake.dxgk.DxgkCbEvalAcpiMethod(handle, DISPLAY_ADAPTER_HW_ID,
						&input, sizeof(input), NULL, 0),
		 STATUS_NOT_SUPPORTED);
	memset(&interface, 0x33, sizeof(interface));
	before = interface;
	CHECK_EQ(fake.dxgk.DxgkCbQueryServices(handle, DxgkServicesAgp,
					       &interface),
		 STATUS_NOT_SUPPORTED);
	CHECK_MEM(&interface, &before, sizeof(before)); /* untouched */
	CHECK_EQ(fake.dxgk.DxgkCbAcquirePostDisplayOwnership(
			 handle, (PDXGK_DISPLAY_INFORMATION)display),
		 STATUS_UNSUCCESSFUL);
	CHECK_EQ(fake.dxgk.DxgkCbReportDiagnostic(
			 handle, (DXGK_DIAGNOSTIC_HEADER *)display),
		 STATUS_SUCCESS);
	fake.dxgk.DxgkCbSetPowerComponentActive(handle, 0);
	fake.dxgk.DxgkCbSetPowerComponentIdle(handle, 0);
	fake.dxgk.DxgkCbSetPowerComponentLatency(handle, 0, 1);
	fake.dxgk.DxgkCbSetPowerComponentResidency(handle, 0, 1);
	fake.dxgk.DxgkCbCompleteFStateTransition(handle, 0);
	fake.dxgk.DxgkCbCompletePStateTransition(handle, 0, 0);
	fake.dxgk.DxgkCbLogEtwEvent(NULL, 0, 16, display);
	rig_is_clean(&rig);
	rig_end(&rig);
}

RUN_CASES(CASE(the_device_is_described),
	  CASE(device_memory_maps_inside_its_window_only),
	  CASE(windows_must_not_overlap_memory_or_each_other),
	  CASE(configuration_space_is_an_image_of_4096_bytes),
	  CASE(an_interrupt_queues_a_dpc_that_the_pump_runs),
	  CASE(notifications_out_of_order_are_reported),
	  CASE(synchronized_code_runs_at_device_irql_and_not_twice),
	  CASE(excluded_access_runs_from_the_pump_unless_synchronous),
	  CASE(features_are_off_until_switched_on),
	  CASE(what_this_machine_lacks_says_so))
