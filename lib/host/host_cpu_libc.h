/* SPDX-License-Identifier: MIT */
/*
 * A number for each thread of the program, for host->cpu_enter.
 */
#ifndef IOLAS_HOST_HOST_CPU_LIBC_H
#define IOLAS_HOST_HOST_CPU_LIBC_H

/* The calling thread's own number, from 0; UINT32_MAX: none is left. */
unsigned iolas__libc_cpu_enter(void *user);

#endif /* IOLAS_HOST_HOST_CPU_LIBC_H */
