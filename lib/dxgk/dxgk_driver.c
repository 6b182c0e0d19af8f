/* SPDX-License-Identifier: MIT */
/*
 * Registration: a driver's DriverEntry runs, calls DxgkInitialize, and what it
 * registered is copied by Version, since the struct carries no size
 * (spec/dxgk-miniport.md, section 1).
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The driver whose entry or DDI runs on this thread, for DxgkInitialize. */
static pthread_mutex_t drivers_lock = PTHREAD_MUTEX_INITIALIZER;
static struct iolas_dxgk_driver *drivers; /* loaded, or being loaded */

void iolas__dxgk_driver_report(struct iolas_dxgk_adapter *adapter,
			       const char *call, uint32_t rule,
			       const char *format, ...)
{
	const struct iolas__dxgk_call from = { .name = call, .site = NULL };
	const struct iolas__dxgk_report report = {
		.adapter = adapter,
		.call = &from,
		.rule = rule,
	};
	char text[320];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	iolas__dxgk_report(&report, "%s", text);
}

/* A failure that belongs to a machine, before there is an adapter. */
static void report_entry(struct iolas_dxgk_machine *machine, const char *call,
			 uint32_t rule, const char *text)
{
	const struct iolas__dxgk_call from = { .name = call, .site = NULL };

	iolas__dxgk_report(&(struct iolas__dxgk_report){ .machine = machine,
							 .call = &from,
							 .rule = rule },
			   "%s", text);
}

/* Bytes of DRIVER_INITIALIZATION_DATA for @version; 0: before the first. */
static size_t data_bytes(uint32_t version)
{
	size_t bytes = 0;

#define ROW(first, x64, x86)    \
	if (version >= (first)) \
		bytes = DXGK_BY_POINTER(x64, x86);
	DRIVER_INITIALIZATION_DATA_SIZES(ROW)
#undef ROW
	return bytes;
}

static size_t display_only_bytes(uint32_t version)
{
	size_t bytes = 0;

#define ROW(first, x64, x86)    \
	if (version >= (first)) \
		bytes = DXGK_BY_POINTER(x64, x86);
	KMDDOD_INITIALIZATION_DATA_SIZES(ROW)
#undef ROW
	return bytes;
}

/* A version from the list, or newer than the list's last. */
static bool is_known_version(uint32_t version)
{
#define ROW(value, name)        \
	if (version == (value)) \
		return true;
	DXGKDDI_INTERFACE_VERSIONS(ROW)
#undef ROW
	return version > DXGKDDI_INTERFACE_VERSION_WDDM3_2;
}

/* The loaded driver whose DRIVER_OBJECT this is; drivers_lock is held. */
static struct iolas_dxgk_driver *find_driver(const void *object)
{
	struct iolas_dxgk_driver *driver = drivers;

	while (driver && driver->driver_object != object)
		driver = driver->next;
	return driver;
}

/* A required slot of a memory-only harness that is NULL, or NULL itself. */
static const char *missing_slot(const DRIVER_INITIALIZATION_DATA *ddi,
				bool is_display_only)
{
#define NEED(slot)      \
	if (!ddi->slot) \
		return #slot;
	NEED(DxgkDdiAddDevice)
	NEED(DxgkDdiStartDevice)
	NEED(DxgkDdiStopDevice)
	NEED(DxgkDdiRemoveDevice)
	NEED(DxgkDdiUnload)
	NEED(DxgkDdiQueryAdapterInfo)
	if (is_display_only)
		return NULL;
	NEED(DxgkDdiCreateDevice)
	NEED(DxgkDdiDestroyDevice)
	NEED(DxgkDdiCreateAllocation)
	NEED(DxgkDdiDestroyAllocation)
	NEED(DxgkDdiOpenAllocation)
	NEED(DxgkDdiCloseAllocation)
#undef NEED
	return NULL;
}

/* Takes over *ddi for the object's driver; the one registration path. */
static NTSTATUS register_driver(const char *call, void *object,
				const DRIVER_INITIALIZATION_DATA *ddi,
				bool is_display_only)
{
	struct iolas_dxgk_driver *driver;
	const char *missing = missing_slot(ddi, is_display_only);
	NTSTATUS status = STATUS_SUCCESS;

	pthread_mutex_lock(&drivers_lock);
	driver = find_driver(object);
	if (!driver || driver->is_registered || missing) {
		status = STATUS_INVALID_PARAMETER;
	} else {
		driver->ddi = *ddi;
		driver->version = ddi->Version;
		driver->is_display_only = is_display_only;
		driver->is_registered = true;
	}
	if (driver)
		driver->answered = status;
	pthread_mutex_unlock(&drivers_lock);
	if (missing && driver)
		report_entry(driver->machine, call,
			     IOLAS_DXGK_RULE_SLOT_MISSING, missing);
	return status;
}

NTSTATUS NTAPI DxgkInitialize(PDRIVER_OBJECT DriverObject,
			      PUNICODE_STRING RegistryPath,
			      PDRIVER_INITIALIZATION_DATA Data)
{
	DRIVER_INITIALIZATION_DATA ddi;
	size_t bytes;

	if (!DriverObject || !RegistryPath || !Data)
		return STATUS_INVALID_PARAMETER;
	if (!is_known_version(Data->Version))
		return STATUS_REVISION_MISMATCH;
	bytes = data_bytes(Data->Version);
	memset(&ddi, 0, sizeof(ddi));
	memcpy(&ddi, Data, bytes < sizeof(ddi) ? bytes : sizeof(ddi));
	return register_driver("DxgkInitialize", DriverObject, &ddi, false);
}

NTSTATUS NTAPI DxgkInitializeDisplayOnlyDriver(PDRIVER_OBJECT DriverObject,
					       PUNICODE_STRING RegistryPath,
					       PKMDDOD_INITIALIZATION_DATA Data)
{
	KMDDOD_INITIALIZATION_DATA kmddod;
	DRIVER_INITIALIZATION_DATA ddi;
	size_t bytes;

	if (!DriverObject || !RegistryPath || !Data)
		return STATUS_INVALID_PARAMETER;
	if (!is_known_version(Data->Version) ||
	    display_only_bytes(Data->Version) == 0)
		return STATUS_REVISION_MISMATCH;
	bytes = display_only_bytes(Data->Version);
	memset(&kmddod, 0, sizeof(kmddod));
	memcpy(&kmddod, Data, bytes < sizeof(kmddod) ? bytes : sizeof(kmddod));

	/* The life cycle is all that the two tables share. */
	memset(&ddi, 0, sizeof(ddi));
	ddi.Version = kmddod.Version;
	ddi.DxgkDdiAddDevice = kmddod.DxgkDdiAddDevice;
	ddi.DxgkDdiStartDevice = kmddod.DxgkDdiStartDevice;
	ddi.DxgkDdiStopDevice = kmddod.DxgkDdiStopDevice;
	ddi.DxgkDdiRemoveDevice = kmddod.DxgkDdiRemoveDevice;
	ddi.DxgkDdiInterruptRoutine = kmddod.DxgkDdiInterruptRoutine;
	ddi.DxgkDdiDpcRoutine = kmddod.DxgkDdiDpcRoutine;
	ddi.DxgkDdiUnload = kmddod.DxgkDdiUnload;
	ddi.DxgkDdiQueryAdapterInfo = kmddod.DxgkDdiQueryAdapterInfo;
	return register_driver("DxgkInitializeDisplayOnlyDriver", DriverObject,
			       &ddi, true);
}

NTSTATUS NTAPI DxgkUnInitialize(PDRIVER_OBJECT DriverObject)
{
	struct iolas_dxgk_driver *driver;
	NTSTATUS status = STATUS_INVALID_PARAMETER;

	pthread_mutex_lock(&drivers_lock);
	driver = DriverObject ? find_driver(DriverObject) : NULL;
	if (driver && driver->is_registered) {
		driver->is_registered = false;
		status = STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&drivers_lock);
	return status;
}

static void link_driver(struct iolas_dxgk_driver *driver)
{
	pthread_mutex_lock(&drivers_lock);
	driver->next = drivers;
	drivers = driver;
	pthread_mutex_unlock(&drivers_lock);
}

static void unlink_driver(struct iolas_dxgk_driver *driver)
{
	struct iolas_dxgk_driver **at = &drivers;

	pthread_mutex_lock(&drivers_lock);
	while (*at && *at != driver)
		at = &(*at)->next;
	if (*at)
		*at = driver->next;
	pthread_mutex_unlock(&drivers_lock);
}

static void set_path(struct iolas_dxgk_driver *driver)
{
	static const char text[] = "\\Registry\\Machine\\System\\Services\\kmd";

	for (size_t i = 0; i < sizeof(text); i++)
		driver->path_text[i] = (WCHAR)text[i];
	driver->registry_path.Buffer = driver->path_text;
	driver->registry_path.Length =
		(USHORT)((sizeof(text) - 1) * sizeof(WCHAR));
	driver->registry_path.MaximumLength =
		(USHORT)(sizeof(text) * sizeof(WCHAR));
	/* The key is there for ZwOpenKey, as far as memory goes. */
	iolas_dxgk_registry_set(driver->machine, text, NULL, 0, NULL, 0);
}

/* Did the entry tell the truth?  The answer that counts. */
static NTSTATUS judge_entry(struct iolas_dxgk_driver *driver, NTSTATUS status)
{
	if (NT_SUCCESS(status) && !NT_SUCCESS(driver->answered)) {
		report_entry(driver->machine, "DriverEntry",
			     IOLAS_DXGK_RULE_ENTRY_STATUS,
			     "success, though registering had failed");
		return driver->answered;
	}
	if (NT_SUCCESS(status) && !driver->is_registered)
		return STATUS_UNSUCCESSFUL;
	return status;
}

int32_t iolas_dxgk_driver_load(struct iolas_dxgk_machine *machine,
			       int32_t (*entry)(void *driver_object,
						void *registry_path),
			       struct iolas_dxgk_driver **driver)
{
	struct iolas_dxgk_machine *before = iolas_dxgk_machine_current();
	struct iolas_dxgk_driver *fresh;
	NTSTATUS status;

	if (!driver)
		return STATUS_INVALID_PARAMETER;
	*driver = NULL;
	if (!machine || !entry)
		return STATUS_INVALID_PARAMETER;
	fresh = iolas__dxgk_alloc(&machine->heap, sizeof(*fresh));
	if (!fresh)
		return STATUS_NO_MEMORY;
	fresh->machine = machine;
	set_path(fresh);
	link_driver(fresh);

	iolas_dxgk_machine_set_current(machine);
	status = entry(fresh->driver_object, &fresh->registry_path);
	iolas_dxgk_machine_set_current(before);

	status = judge_entry(fresh, status);
	if (!NT_SUCCESS(status)) {
		unlink_driver(fresh);
		iolas__dxgk_free(&machine->heap, fresh);
		return status;
	}
	*driver = fresh;
	return status;
}

int iolas_dxgk_driver_unload(struct iolas_dxgk_driver *driver)
{
	struct iolas_dxgk_machine *machine, *before;

	if (!driver)
		return IOLAS_OK;
	if (driver->adapter_count != 0)
		return IOLAS_EBUSY;
	machine = driver->machine;
	before = iolas_dxgk_machine_current();
	iolas_dxgk_machine_set_current(machine);
	driver->ddi.DxgkDdiUnload();
	iolas_dxgk_machine_set_current(before);
	iolas__dxgk_pool_report(machine);
	unlink_driver(driver);
	iolas__dxgk_free(&machine->heap, driver);
	return IOLAS_OK;
}

uint32_t iolas_dxgk_driver_version(const struct iolas_dxgk_driver *driver)
{
	return driver ? driver->version : 0;
}
