/* SPDX-License-Identifier: MIT */
/*
 * Ports: whatever the harness put behind them.  A port that nobody answers
 * reads as all ones, as on a bus.
 */
#include "dxgk/dxgk_kernel.h"

#include "base/struct_read.h"

int iolas_dxgk_ports_set(struct iolas_dxgk_machine *machine,
			 const struct iolas_dxgk_ports *ports)
{
	struct iolas_dxgk_ports copy = { .struct_size = sizeof(copy) };
	struct iolas__dxgk_kernel *kernel;

	if (!machine ||
	    (ports &&
	     iolas__struct_read(&copy, sizeof(copy), sizeof(copy), ports)) ||
	    copy.width)
		return IOLAS_EINVAL;
	kernel = iolas__dxgk_kernel_of(machine);
	if (!kernel)
		return IOLAS_ENOMEM;
	pthread_mutex_lock(&kernel->lock);
	kernel->ports = copy;
	kernel->has_ports = ports != NULL;
	pthread_mutex_unlock(&kernel->lock);
	return IOLAS_OK;
}

/* The machine's ports, copied; false: there are none, reported. */
static bool find_ports(const struct iolas__dxgk_call *call,
		       const volatile void *port,
		       struct iolas_dxgk_ports *ports)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_kernel_machine();
	struct iolas__dxgk_kernel *kernel =
		machine ? iolas__dxgk_kernel_of(machine) : NULL;
	bool has_ports = false;

	if (kernel) {
		pthread_mutex_lock(&kernel->lock);
		*ports = kernel->ports;
		has_ports = kernel->has_ports;
		pthread_mutex_unlock(&kernel->lock);
	}
	if (!has_ports)
		iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_PORT,
					  "nobody answers at port 0x%llx",
					  (unsigned long long)(uintptr_t)port);
	return has_ports;
}

static uint32_t read_port(const struct iolas__dxgk_call *call,
			  const volatile void *port, uint32_t width)
{
	struct iolas_dxgk_ports ports;

	if (!find_ports(call, port, &ports) || !ports.read)
		return UINT32_MAX;
	return ports.read(ports.user, (uintptr_t)port, width);
}

static void write_port(const struct iolas__dxgk_call *call,
		       const volatile void *port, uint32_t width,
		       uint32_t value)
{
	struct iolas_dxgk_ports ports;

	if (find_ports(call, port, &ports) && ports.write)
		ports.write(ports.user, (uintptr_t)port, width, value);
}

UCHAR NTAPI READ_PORT_UCHAR(PUCHAR Port)
{
	DXGK_CALL("READ_PORT_UCHAR");

	return (UCHAR)read_port(&call, Port, sizeof(*Port));
}

USHORT NTAPI READ_PORT_USHORT(PUSHORT Port)
{
	DXGK_CALL("READ_PORT_USHORT");

	return (USHORT)read_port(&call, Port, sizeof(*Port));
}

ULONG NTAPI READ_PORT_ULONG(PULONG Port)
{
	DXGK_CALL("READ_PORT_ULONG");

	return read_port(&call, Port, sizeof(*Port));
}

VOID NTAPI WRITE_PORT_UCHAR(PUCHAR Port, UCHAR Value)
{
	DXGK_CALL("WRITE_PORT_UCHAR");

	write_port(&call, Port, sizeof(*Port), Value);
}

VOID NTAPI WRITE_PORT_USHORT(PUSHORT Port, USHORT Value)
{
	DXGK_CALL("WRITE_PORT_USHORT");

	write_port(&call, Port, sizeof(*Port), Value);
}

VOID NTAPI WRITE_PORT_ULONG(PULONG Port, ULONG Value)
{
	DXGK_CALL("WRITE_PORT_ULONG");

	write_port(&call, Port, sizeof(*Port), Value);
}
