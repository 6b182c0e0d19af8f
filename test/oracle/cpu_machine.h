/* SPDX-License-Identifier: MIT */
/*
 * QEMU's x86 CPU as a walker of page tables: it never runs an instruction.  The
 * gdb stub sets the control registers, the monitor shows what the MMU sees.
 */
#ifndef TEST_ORACLE_CPU_MACHINE_H
#define TEST_ORACLE_CPU_MACHINE_H

#include "oracle/qemu_process.h"

struct cpu_machine {
	struct qemu qemu;
	char *text; /* last answer of the monitor */
	size_t text_size;
};

/* One line of the full dump. */
struct cpu_leaf {
	uint64_t iova;
	uint64_t pa;
	bool no_exec, global, large, dirty, accessed, pcd, pwt, user, write;
};

/* NULL, or why there is nothing to test with. */
const char *cpu_machine_start(struct cpu_machine *machine,
			      const struct guest_ram *ram);
void cpu_machine_stop(struct cpu_machine *machine);

/* Long mode with @levels (4 or 5) from @root_pa, below 4 GiB; as above. */
const char *cpu_machine_use(struct cpu_machine *machine, unsigned levels,
			    uint64_t root_pa);

/*
 * All leaves in ascending order of their index: cpu_dump() asks, then each
 * cpu_dump_next() fills @leaf until it answers false.  *@place starts as
 * cpu_dump() gave it.
 */
const char *cpu_dump(struct cpu_machine *machine);
bool cpu_dump_next(struct cpu_machine *machine, const char **place,
		   struct cpu_leaf *leaf);

/* true and *@pa when the MMU translates @iova */
bool cpu_translate(struct cpu_machine *machine, uint64_t iova, uint64_t *pa);

/*
 * Copies [@iova, @iova + @bytes) to the sink, one walk per KiB, from first to
 * last; false when one of them found no translation.
 */
bool cpu_copy(struct cpu_machine *machine, uint64_t iova, uint64_t bytes);

#endif /* TEST_ORACLE_CPU_MACHINE_H */
