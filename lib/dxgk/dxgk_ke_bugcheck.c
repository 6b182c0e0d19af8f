/* SPDX-License-Identifier: MIT */
/*
 * The end of the machine: KeBugCheckEx, fail-fast, and guards that survive
 * them.  A guard is a frame of iolas_dxgk_guard_run() on the same thread.
 */
#include "dxgk/dxgk_kernel.h"

#include <setjmp.h>
#include <stdlib.h>

#define KERNEL_SECURITY_CHECK_FAILURE 0x139

struct guard {
	struct guard *outer;
	jmp_buf frame;
	struct iolas_dxgk_bugcheck bugcheck;
	struct iolas_dxgk_adapter *context;
	int mutexes;
	int spin_locks;
	uint8_t irql;
};

static _Thread_local struct guard *innermost;

int iolas_dxgk_guard_run(void (*body)(void *arg), void *arg,
			 struct iolas_dxgk_bugcheck *bugcheck)
{
	struct guard guard = { .outer = innermost,
			       .context = iolas__dxgk_context(),
			       .mutexes = iolas__dxgk_mutexes_held(),
			       .spin_locks = iolas__dxgk_spin_locks_held(),
			       .irql = iolas_dxgk_irql() };

	if (!body || (bugcheck && bugcheck->struct_size != sizeof(*bugcheck)))
		return IOLAS_EINVAL;
	if (!setjmp(guard.frame)) {
		innermost = &guard;
		body(arg);
		innermost = guard.outer;
		return IOLAS_OK;
	}
	innermost = guard.outer;
	iolas__dxgk_set_context(guard.context);
	iolas_dxgk_set_irql(guard.irql);
	/* What was held stays held, but by nobody who could be told of it. */
	iolas__dxgk_mutexes_count(guard.mutexes - iolas__dxgk_mutexes_held());
	iolas__dxgk_spin_locks_count(guard.spin_locks -
				     iolas__dxgk_spin_locks_held());
	if (bugcheck)
		*bugcheck = guard.bugcheck;
	return IOLAS_EFAULT;
}

void iolas__dxgk_guard_leave(uint32_t code, uint64_t p1, uint64_t p2,
			     uint64_t p3, uint64_t p4)
{
	struct guard *guard = innermost;

	if (!guard)
		return;
	guard->bugcheck = (struct iolas_dxgk_bugcheck){
		.struct_size = sizeof(guard->bugcheck),
		.code = code,
		.parameter = { p1, p2, p3, p4 },
	};
	longjmp(guard->frame, 1);
}

DECLSPEC_NORETURN VOID NTAPI KeBugCheckEx(ULONG BugCheckCode,
					  ULONG_PTR BugCheckParameter1,
					  ULONG_PTR BugCheckParameter2,
					  ULONG_PTR BugCheckParameter3,
					  ULONG_PTR BugCheckParameter4)
{
	DXGK_CALL("KeBugCheckEx");

	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.call = &call,
			.rule = IOLAS_DXGK_RULE_BUG_CHECK,
			.bugcheck = BugCheckCode,
			.subcode = (uint32_t)BugCheckParameter1 },
		"0x%X (0x%llx, 0x%llx, 0x%llx, 0x%llx)", BugCheckCode,
		(unsigned long long)BugCheckParameter1,
		(unsigned long long)BugCheckParameter2,
		(unsigned long long)BugCheckParameter3,
		(unsigned long long)BugCheckParameter4);
	iolas__dxgk_guard_leave(BugCheckCode, BugCheckParameter1,
				BugCheckParameter2, BugCheckParameter3,
				BugCheckParameter4);
	abort();
}

DECLSPEC_NORETURN VOID NTAPI RtlFailFast(ULONG Code)
{
	DXGK_CALL("RtlFailFast");
	const bool is_list = Code == FAST_FAIL_CORRUPT_LIST_ENTRY;

	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.call = &call,
			.rule = is_list ? IOLAS_DXGK_RULE_LIST_CORRUPT
					: IOLAS_DXGK_RULE_BUG_CHECK,
			.bugcheck = KERNEL_SECURITY_CHECK_FAILURE,
			.subcode = Code },
		is_list ? "a list entry's neighbours do not point back to it"
			: "failed fast with code %u",
		Code);
	iolas__dxgk_guard_leave(KERNEL_SECURITY_CHECK_FAILURE, Code, 0, 0, 0);
	abort();
}
