/* SPDX-License-Identifier: MIT */
/*
 * A QEMU of our own: started on shared RAM with a ROM that only halts, spoken
 * to line by line, killed when the test dies.  Every machine runs under TCG,
 * without network, display, disks or configuration files.
 */
#ifndef TEST_ORACLE_QEMU_PROCESS_H
#define TEST_ORACLE_QEMU_PROCESS_H

#include "oracle/guest_ram.h"

#include <stdbool.h>
#include <sys/types.h>

/* Descriptors as QEMU sees them. */
#define QEMU_RAM_PATH  "/proc/self/fd/100"
#define QEMU_ROM_PATH  "/proc/self/fd/101"
#define QEMU_SIDE_FD   "102"
#define QEMU_SINK_PATH "/proc/self/fd/103"
#define QEMU_ARGS_MAX  64
#define QEMU_LINE_SIZE 4096

/* @usual, or as many times that as IOLAS_ORACLE_TIMES in the environment says. */
unsigned oracle_rounds(unsigned usual);

/* A stream in both directions, with what was read ahead. */
struct qemu_stream {
	int fd;
	size_t begin, end;
	char ahead[65536];
};

struct qemu {
	pid_t pid;
	int stderr_fd;
	int sink_fd;		 /* a file that QEMU may write to */
	struct qemu_stream main; /* QEMU's stdin and stdout */
	struct qemu_stream side; /* QEMU's descriptor 102 */
};

/*
 * qemu_start() - run qemu-system-x86_64 with what every machine has
 * @extra: further arguments, ended by NULL
 *
 * Return: NULL, or why there is nothing to test with.
 */
const char *qemu_start(struct qemu *qemu, const struct guest_ram *ram,
		       const char *const *extra);
void qemu_stop(struct qemu *qemu);

/* Shows what QEMU said on stderr and ends the program. */
_Noreturn void qemu_broken(struct qemu *qemu, const char *what);
/* true when QEMU's stderr holds @text */
bool qemu_complained(const struct qemu *qemu, const char *text);

/* All of them end the program when QEMU is gone, but for qemu_try_read(). */
void qemu_send(struct qemu *qemu, struct qemu_stream *stream, const char *bytes,
	       size_t count);
int qemu_try_read(struct qemu_stream *stream); /* one byte, or -1 at the end */
int qemu_read(struct qemu *qemu, struct qemu_stream *stream);
void qemu_read_line(struct qemu *qemu, struct qemu_stream *stream, char *line,
		    size_t size);

#endif /* TEST_ORACLE_QEMU_PROCESS_H */
