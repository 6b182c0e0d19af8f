/* SPDX-License-Identifier: MIT */
/*
 * See vtd_machine.h.  Register numbers: spec/page-table-formats.md sections
 * 1.4, 1.6; those of edu and QEMU's habits: spec/oracles.md section A.
 *
 * Time stands still while a CPU could run: the ROM halts, and `sleep=off` lets
 * the clock jump to edu's timer, so that its 100 ms cost nothing.
 */
#include "oracle/vtd_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIT		UINT64_C(0xfed90000)
#define UNIT_GCMD	(UNIT + 0x18)
#define UNIT_GSTS	(UNIT + 0x1c)
#define UNIT_ROOT	(UNIT + 0x20)
#define UNIT_CCMD	(UNIT + 0x28)
#define UNIT_FSTS	(UNIT + 0x34)
#define UNIT_IVA	(UNIT + 0xf0)
#define UNIT_IOTLB	(UNIT + 0xf8)
#define UNIT_FRCD	(UNIT + 0x220)
#define GCMD_SRTP	(UINT32_C(1) << 30)
#define GCMD_TE		(UINT32_C(1) << 31)
#define BUSY		(UINT64_C(1) << 63)
#define AM_MAX		18u /* CAP.MAMV of the model */

#define EDU_BAR		UINT64_C(0xe0000000)
#define EDU_SOURCE	(EDU_BAR + 0x80)
#define EDU_TARGET	(EDU_BAR + 0x88)
#define EDU_COUNT	(EDU_BAR + 0x90)
#define EDU_COMMAND	(EDU_BAR + 0x98)
#define EDU_BUFFER	UINT64_C(0x40000)
#define EDU_START	UINT64_C(1)
#define EDU_FROM_DEVICE UINT64_C(2)

#define ROOT_TABLE	GUEST_RAM_OWN
#define CONTEXT_TABLE	(GUEST_RAM_OWN + 0x1000)

/* Commands are gathered and sent at once; each is answered by one line. */
static void say(struct vtd_machine *m, const char *word, uint64_t addr,
		uint64_t value)
{
	m->batch_len += (size_t)snprintf(
		m->batch + m->batch_len, sizeof(m->batch) - m->batch_len,
		"%s %#" PRIx64 " %#" PRIx64 "\n", word, addr, value);
}

static void ask(struct vtd_machine *m, const char *word, uint64_t addr)
{
	m->batch_len += (size_t)snprintf(m->batch + m->batch_len,
					 sizeof(m->batch) - m->batch_len,
					 "%s %#" PRIx64 "\n", word, addr);
}

static void flush(struct vtd_machine *m)
{
	qemu_send(&m->qemu, &m->qemu.main, m->batch, m->batch_len);
	m->batch_len = 0;
}

static uint64_t answer(struct vtd_machine *m)
{
	char line[256];

	qemu_read_line(&m->qemu, &m->qemu.main, line, sizeof(line));
	if (strncmp(line, "OK", 2) != 0)
		qemu_broken(&m->qemu, line);
	return line[2] == ' ' ? strtoull(line + 3, NULL, 0) : 0;
}

static void put(struct vtd_machine *m, const char *word, uint64_t addr,
		uint64_t value)
{
	say(m, word, addr, value);
	flush(m);
	answer(m);
}

static uint64_t get(struct vtd_machine *m, const char *word, uint64_t addr)
{
	ask(m, word, addr);
	flush(m);
	return answer(m);
}

/* Sleeps between two looks: asking keeps QEMU from getting on. */
static void wait_idle(struct vtd_machine *m, uint64_t addr, uint64_t busy)
{
	while (get(m, "readq", addr) & busy)
		usleep(50);
}

static void pci_config(struct vtd_machine *m, unsigned reg, uint32_t value)
{
	put(m, "outl", 0xcf8,
	    UINT32_C(0x80000000) | VTD_EDU_SOURCE_ID << 8 | reg);
	put(m, "outl", 0xcfc, value);
}

/* The first exchange tells a QEMU that lacks our devices from a working one. */
static const char *greet(struct vtd_machine *m)
{
	char byte;

	ask(m, "readl", UNIT);
	flush(m);
	if (qemu_try_read(&m->qemu.main) < 0) {
		if (qemu_complained(&m->qemu, "not a valid device model"))
			return "needs a QEMU with intel-iommu and edu";
		qemu_broken(&m->qemu, "did not start");
	}
	m->qemu.main.begin--;
	byte = (char)answer(m);
	return byte ? NULL : "needs a QEMU whose VT-d unit is at 0xfed90000";
}

const char *vtd_machine_start(struct vtd_machine *m, struct guest_ram *ram,
			      unsigned aw_bits, bool is_traced)
{
	char unit[64];
	const char *const extra[] = {
		"-accel",
		"tcg,thread=single,tb-size=16",
		"-icount",
		"shift=0,sleep=off",
		"-qtest",
		"stdio",
		"-qtest-log",
		"none",
		"-device",
		unit,
		"-device",
		"edu,addr=5,dma_mask=0xffffffffffffffff",
		is_traced ? "-trace" : NULL,
		"vtd_dmar_translate",
		NULL,
	};
	const char *why;

	memset(m, 0, sizeof(*m));
	m->ram = ram;
	snprintf(unit, sizeof(unit), "intel-iommu,aw-bits=%u", aw_bits);
	why = qemu_start(&m->qemu, ram, extra);
	if (!why)
		why = greet(m);
	if (why) {
		qemu_stop(&m->qemu);
		return why;
	}
	pci_config(m, 0x10, (uint32_t)EDU_BAR);
	pci_config(m, 0x04, 0x6); /* memory space, bus master */
	return NULL;
}

void vtd_machine_stop(struct vtd_machine *m)
{
	qemu_stop(&m->qemu);
}

static void global_command(struct vtd_machine *m, uint32_t bit)
{
	const uint32_t kept = (uint32_t)get(m, "readl", UNIT_GSTS) & GCMD_TE;

	put(m, "writel", UNIT_GCMD, kept | bit);
	while (!(get(m, "readl", UNIT_GSTS) & bit))
		;
}

void vtd_attach(struct vtd_machine *m, const struct iolas_attach_words *words)
{
	uint64_t *root = (void *)guest_ram_at(m->ram, ROOT_TABLE);
	uint64_t *context = (void *)guest_ram_at(m->ram, CONTEXT_TABLE);

	memset(root, 0, 4096);
	memset(context, 0, 4096);
	root[0] = CONTEXT_TABLE | 1;
	context[2 * VTD_EDU_SOURCE_ID + 1] = words->word[1];
	context[2 * VTD_EDU_SOURCE_ID] = words->word[0];

	put(m, "writeq", UNIT_ROOT, ROOT_TABLE);
	global_command(m, GCMD_SRTP);
	put(m, "writeq", UNIT_CCMD, BUSY | UINT64_C(1) << 61);
	wait_idle(m, UNIT_CCMD, BUSY);
	vtd_invalidate_all(m);
	global_command(m, GCMD_TE);
}

static void dma(struct vtd_machine *m, uint64_t source, uint64_t target,
		size_t bytes, uint64_t command)
{
	say(m, "writeq", EDU_SOURCE, source);
	say(m, "writeq", EDU_TARGET, target);
	say(m, "writeq", EDU_COUNT, bytes);
	say(m, "writeq", EDU_COMMAND, command);
	flush(m);
	for (int i = 0; i < 4; i++)
		answer(m);
	wait_idle(m, EDU_COMMAND, EDU_START);
	m->dmas++;
}

void vtd_dma_read(struct vtd_machine *m, iolas_iova iova, size_t bytes)
{
	dma(m, iova, EDU_BUFFER, bytes, EDU_START);
}

void vtd_dma_write(struct vtd_machine *m, iolas_iova iova, size_t bytes)
{
	dma(m, EDU_BUFFER, iova, bytes, EDU_START | EDU_FROM_DEVICE);
}

struct vtd_fault vtd_take_fault(struct vtd_machine *m)
{
	struct vtd_fault fault = { 0 };
	uint64_t low, high;

	ask(m, "readq", UNIT_FRCD);
	ask(m, "readq", UNIT_FRCD + 8);
	say(m, "writeq", UNIT_FRCD + 8, BUSY); /* F: write 1 to clear */
	say(m, "writel", UNIT_FSTS, 1);	       /* overflow: the same */
	flush(m);
	low = answer(m);
	high = answer(m);
	answer(m);
	answer(m);
	fault.is_recorded = high >> 63;
	fault.is_read = high >> 62 & 1;
	fault.reason = high >> 32 & 0xff;
	fault.source_id = high & 0xffff;
	fault.page = low & ~UINT64_C(0xfff);
	return fault;
}

bool vtd_take_translation(struct vtd_machine *m, struct vtd_translation *t)
{
	static const char mark[] = "vtd_dmar_translate";
	char text[512];
	struct stat said;
	ssize_t got;
	const char *place;

	got = pread(m->qemu.stderr_fd, text, sizeof(text) - 1, m->trace_seen);
	text[got > 0 ? got : 0] = '\0';
	if (fstat(m->qemu.stderr_fd, &said))
		qemu_broken(&m->qemu, "lost its stderr");
	m->trace_seen = said.st_size;
	place = strstr(text, mark);
	return place && sscanf(place,
			       "vtd_dmar_translate dev 00:05.00 iova %" SCNx64
			       " -> gpa %" SCNx64 " mask %" SCNx64,
			       &t->iova, &t->pa, &t->mask) == 3;
}

static void iotlb_command(struct vtd_machine *m, uint64_t granularity,
			  uint32_t domain_id)
{
	put(m, "writeq", UNIT_IOTLB,
	    BUSY | granularity << 60 | (uint64_t)domain_id << 32);
	wait_idle(m, UNIT_IOTLB, BUSY);
}

void vtd_invalidate_all(struct vtd_machine *m)
{
	iotlb_command(m, 1, 0);
}

void vtd_invalidate_domain(struct vtd_machine *m, uint32_t domain_id)
{
	iotlb_command(m, 2, domain_id);
}

void vtd_invalidate_pages(struct vtd_machine *m, uint32_t domain_id,
			  iolas_iova iova, unsigned am, bool leaf_only)
{
	put(m, "writeq", UNIT_IVA, iova | (leaf_only ? 0x40 : 0) | am);
	iotlb_command(m, 3, domain_id);
}

void vtd_invalidate_gather(struct vtd_machine *m, uint32_t domain_id,
			   const struct iolas_gather *gather)
{
	unsigned am = 0;

	if (iolas_gather_is_empty(gather))
		return;
	while (am <= AM_MAX &&
	       gather->first >> (12 + am) != gather->last >> (12 + am))
		am++;
	if (gather->flags & IOLAS_GATHER_WHOLE ||
	    gather->first > gather->last || am > AM_MAX)
		vtd_invalidate_domain(m, domain_id);
	else
		vtd_invalidate_pages(
			m, domain_id, gather->first >> (12 + am) << (12 + am),
			am, !(gather->flags & IOLAS_GATHER_TABLES));
}
