/* SPDX-License-Identifier: MIT */
/*
 * Time as the kernel counts it: 100 ns units, ticks of 15.625 ms, a counter of
 * 10 MHz.  All of it but the system time comes from the monotonic clock.
 */
#include "dxgk/dxgk_kernel.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#define NS_PER_SECOND	 UINT64_C(1000000000)
#define UNITS_PER_SECOND UINT64_C(10000000)
#define TICK_UNITS	 156250u
/* From 1601 to 1970. */
#define EPOCH_SECONDS UINT64_C(11644473600)

uint64_t iolas__dxgk_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t iolas__dxgk_system_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_sec + EPOCH_SECONDS) * UNITS_PER_SECOND +
	       (uint64_t)now.tv_nsec / 100;
}

uint64_t iolas__dxgk_deadline(LONGLONG timeout)
{
	const uint64_t now = iolas__dxgk_now_ns();
	uint64_t units;

	if (timeout > 0) {
		uint64_t system = iolas__dxgk_system_time();

		units = (uint64_t)timeout > system ? (uint64_t)timeout - system
						   : 0;
	} else {
		units = 0 - (uint64_t)timeout;
	}
	if (units > (UINT64_MAX / 2 - now) / 100)
		return UINT64_MAX / 2;
	return now + units * 100;
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode,
				      BOOLEAN Alertable,
				      PLARGE_INTEGER Interval)
{
	DXGK_CALL("KeDelayExecutionThread");
	struct timespec until;
	uint64_t deadline;

	(void)WaitMode;
	(void)Alertable;
	if (!Interval) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "Interval is NULL");
		return STATUS_INVALID_PARAMETER;
	}
	if (!iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_APC))
		return STATUS_UNSUCCESSFUL;
	if (Interval->QuadPart == 0) {
		sched_yield();
		return STATUS_SUCCESS;
	}
	deadline = iolas__dxgk_deadline(Interval->QuadPart);
	until.tv_sec = (time_t)(deadline / NS_PER_SECOND);
	until.tv_nsec = (long)(deadline % NS_PER_SECOND);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	       EINTR)
		;
	return STATUS_SUCCESS;
}

VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
	const uint64_t until =
		iolas__dxgk_now_ns() + (uint64_t)MicroSeconds * 1000;

	while (iolas__dxgk_now_ns() < until)
		YieldProcessor();
}

VOID NTAPI KeQueryTickCount(PLARGE_INTEGER TickCount)
{
	if (TickCount)
		TickCount->QuadPart =
			(LONGLONG)(KeQueryInterruptTime() / TICK_UNITS);
}

ULONG NTAPI KeQueryTimeIncrement(VOID)
{
	return TICK_UNITS;
}

VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
	if (CurrentTime)
		CurrentTime->QuadPart = (LONGLONG)iolas__dxgk_system_time();
}

ULONGLONG NTAPI KeQueryInterruptTime(VOID)
{
	return iolas__dxgk_now_ns() / 100;
}

LARGE_INTEGER NTAPI
KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
	LARGE_INTEGER count;

	if (PerformanceFrequency)
		PerformanceFrequency->QuadPart = (LONGLONG)UNITS_PER_SECOND;
	count.QuadPart = (LONGLONG)KeQueryInterruptTime();
	return count;
}
