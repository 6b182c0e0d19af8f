/* SPDX-License-Identifier: MIT */
/*
 * See cpu_machine.h.  Register numbers and the order of setting them:
 * spec/oracles.md section B.
 */
#include "oracle/cpu_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REG_CR0	  0x1bu
#define REG_CR3	  0x1du
#define REG_CR4	  0x1eu
#define REG_EFER  0x20u

#define CR0_PG_PE UINT32_C(0x80000011)
#define CR4_PAE	  UINT32_C(0x20)
#define CR4_LA57  UINT32_C(0x1000)
#define EFER_LME  UINT32_C(0x100)
#define EFER_NXE  UINT32_C(0x800)

/* --- monitor ------------------------------------------------------------- */

static void keep(struct cpu_machine *m, size_t at, char byte)
{
	if (at == m->text_size) {
		m->text_size = m->text_size ? 2 * m->text_size : 65536;
		m->text = realloc(m->text, m->text_size);
		if (!m->text)
			abort();
	}
	m->text[at] = byte;
}

static int read_main(struct cpu_machine *m)
{
	return qemu_read(&m->qemu, &m->qemu.main);
}

static bool starts_with(struct cpu_machine *m, const char *head, int *byte)
{
	for (; *head; head++) {
		*byte = read_main(m);
		if (*byte != *head)
			return false;
	}
	return true;
}

static void skip_line(struct cpu_machine *m, int byte)
{
	while (byte != '\n')
		byte = read_main(m);
}

/* The text of the next answer that is a string; events are passed over. */
static void take_text(struct cpu_machine *m)
{
	size_t n = 0;
	int byte = 0;

	while (!starts_with(m, "{\"return\": \"", &byte))
		skip_line(m, byte);
	while ((byte = read_main(m)) != '"') {
		if (byte == '\\') {
			byte = read_main(m);
			if (byte == 'r')
				continue;
			if (byte == 'n')
				byte = '\n';
		}
		keep(m, n++, (char)byte);
	}
	keep(m, n, '\0');
	skip_line(m, byte);
}

static void monitor(struct cpu_machine *m, const char *command)
{
	char line[256];
	const int len = snprintf(line, sizeof(line),
				 "{\"execute\":\"human-monitor-command\","
				 "\"arguments\":{\"command-line\":\"%s\"}}\n",
				 command);

	qemu_send(&m->qemu, &m->qemu.main, line, (size_t)len);
	take_text(m);
}

/* --- gdb stub ------------------------------------------------------------ */

/* Sends one packet; true when it is answered with OK. */
static bool packet(struct cpu_machine *m, const char *body)
{
	struct qemu_stream *side = &m->qemu.side;
	char text[128], answer[8] = "";
	unsigned sum = 0;
	size_t n = 0;
	int len, byte;

	for (const char *p = body; *p; p++)
		sum += (unsigned char)*p;
	len = snprintf(text, sizeof(text), "$%s#%02x", body, sum & 0xff);
	qemu_send(&m->qemu, side, text, (size_t)len);
	while (qemu_read(&m->qemu, side) != '$')
		;
	while ((byte = qemu_read(&m->qemu, side)) != '#') {
		if (n + 1 < sizeof(answer))
			answer[n++] = (char)byte;
	}
	qemu_read(&m->qemu, side);
	qemu_read(&m->qemu, side);
	qemu_send(&m->qemu, side, "+", 1);
	return strcmp(answer, "OK") == 0;
}

/* Registers travel as bytes, lowest first; 4 of them outside 64-bit code. */
static bool set_register(struct cpu_machine *m, unsigned number, uint32_t value)
{
	char body[64];

	snprintf(body, sizeof(body), "P%x=%08" PRIx32, number,
		 (uint32_t)__builtin_bswap32(value));
	return packet(m, body);
}

static bool monitor_shows(struct cpu_machine *m, const char *name,
			  uint64_t value)
{
	const char *place;

	monitor(m, "info registers");
	place = strstr(m->text, name);
	return place && strtoull(place + strlen(name), NULL, 16) == value;
}

/* --- machine ------------------------------------------------------------- */

const char *cpu_machine_start(struct cpu_machine *m,
			      const struct guest_ram *ram)
{
	static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";
	static const char *const extra[] = {
		"-accel", "tcg",	  "-cpu",
		"max",	  "-S",		  "-qmp",
		"stdio",  "-chardev",	  "socket,id=side,fd=" QEMU_SIDE_FD,
		"-gdb",	  "chardev:side", NULL,
	};
	const char *why;
	int byte;

	memset(m, 0, sizeof(*m));
	why = qemu_start(&m->qemu, ram, extra);
	if (why)
		return why;
	byte = qemu_try_read(&m->qemu.main);
	if (byte < 0)
		qemu_broken(&m->qemu, "did not start");
	skip_line(m, byte);
	qemu_send(&m->qemu, &m->qemu.main, hello, sizeof(hello) - 1);
	/* Single registers can be written only by who has asked for the list. */
	packet(m, "qXfer:features:read:target.xml:0,ffb");
	return NULL;
}

void cpu_machine_stop(struct cpu_machine *m)
{
	qemu_stop(&m->qemu);
	free(m->text);
	m->text = NULL;
	m->text_size = 0;
}

const char *cpu_machine_use(struct cpu_machine *m, unsigned levels,
			    uint64_t root_pa)
{
	const uint32_t cr4 = CR4_PAE | (levels == 5 ? CR4_LA57 : 0);

	if (root_pa >> 32)
		qemu_broken(&m->qemu, "cannot be given a root above 4 GiB");
	if (set_register(m, REG_CR4, cr4) &&
	    set_register(m, REG_EFER, EFER_LME | EFER_NXE) &&
	    set_register(m, REG_CR3, (uint32_t)root_pa) &&
	    set_register(m, REG_CR0, CR0_PG_PE) &&
	    monitor_shows(m, "CR3=", root_pa) && monitor_shows(m, "CR4=", cr4))
		return NULL;
	return "needs a QEMU whose gdb stub numbers registers as 7.2 does";
}

const char *cpu_dump(struct cpu_machine *m)
{
	monitor(m, "info tlb");
	return m->text;
}

bool cpu_dump_next(struct cpu_machine *m, const char **place,
		   struct cpu_leaf *leaf)
{
	const char *flag;
	char *end;

	if (!**place)
		return false;
	leaf->iova = strtoull(*place, &end, 16);
	if (*end != ':')
		qemu_broken(&m->qemu, *place);
	leaf->pa = strtoull(end + 1, &end, 16);
	flag = end + 1;
	if (strcspn(flag, "\n") != 9)
		qemu_broken(&m->qemu, *place);
	leaf->no_exec = flag[0] == 'X';
	leaf->global = flag[1] == 'G';
	leaf->large = flag[2] == 'P';
	leaf->dirty = flag[3] == 'D';
	leaf->accessed = flag[4] == 'A';
	leaf->pcd = flag[5] == 'C';
	leaf->pwt = flag[6] == 'T';
	leaf->user = flag[7] == 'U';
	leaf->write = flag[8] == 'W';
	*place = flag + 10;
	return true;
}

bool cpu_translate(struct cpu_machine *m, uint64_t iova, uint64_t *pa)
{
	char command[64];

	snprintf(command, sizeof(command), "gva2gpa %#" PRIx64, iova);
	monitor(m, command);
	if (strncmp(m->text, "gpa: ", 5) == 0) {
		*pa = strtoull(m->text + 5, NULL, 16);
		return true;
	}
	if (strncmp(m->text, "Unmapped", 8) != 0)
		qemu_broken(&m->qemu, m->text);
	return false;
}

bool cpu_copy(struct cpu_machine *m, uint64_t iova, uint64_t bytes)
{
	char command[128];

	/* Quoted twice: for JSON, and lest the size be divided by "proc". */
	snprintf(command, sizeof(command),
		 "memsave %#" PRIx64 " %#" PRIx64 " \\\"" QEMU_SINK_PATH "\\\"",
		 iova, bytes);
	monitor(m, command);
	if (*m->text && !strstr(m->text, "Invalid addr"))
		qemu_broken(&m->qemu, m->text);
	return !*m->text;
}
