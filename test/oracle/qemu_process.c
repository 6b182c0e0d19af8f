/* SPDX-License-Identifier: MIT */
/* See qemu_process.h. */
#include "oracle/qemu_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM	  "qemu-system-x86_64"
#define ROM_BYTES 65536u
#define HIGH_FD	  200

/* In every machine. */
static const char *const common_args[] = {
	PROGRAM,
	"-nodefaults",
	"-no-user-config",
	"-display",
	"none",
	"-vga",
	"none",
	"-machine",
	"q35,memory-backend=ram",
	"-m",
	"2560M",
	"-object",
	"memory-backend-file,id=ram,size=2560M,share=on,mem-"
	"path=" QEMU_RAM_PATH,
	"-bios",
	QEMU_ROM_PATH,
	"-net",
	"none",
};

unsigned oracle_rounds(unsigned usual)
{
	const char *times = getenv("IOLAS_ORACLE_TIMES");

	return usual * (times ? (unsigned)strtoul(times, NULL, 0) : 1);
}

static bool find_program(char *path, size_t size)
{
	const char *list = getenv("PATH");

	if (!list || !*list)
		list = "/usr/local/bin:/usr/bin:/bin";
	while (*list) {
		const size_t len = strcspn(list, ":");

		snprintf(path, size, "%.*s/" PROGRAM, (int)len, list);
		if (len && access(path, X_OK) == 0)
			return true;
		list += len + (list[len] == ':');
	}
	return false;
}

/* What a CPU meets at reset: cli; hlt; again. */
static int make_rom(void)
{
	static const uint8_t halt[] = { 0xfa, 0xf4, 0xeb, 0xfd };
	const int fd = guest_ram_memory_file("halting-rom", ROM_BYTES);

	if (fd >= 0 && pwrite(fd, halt, sizeof(halt), ROM_BYTES - 16) !=
			       (ssize_t)sizeof(halt)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int raise_fd(int fd)
{
	const int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);

	close(fd);
	return high;
}

static bool make_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return false;
	pair[0] = raise_fd(pair[0]);
	pair[1] = raise_fd(pair[1]);
	return pair[0] >= 0 && pair[1] >= 0;
}

/* Runs in the child: nothing here may allocate or lock. */
static _Noreturn void become_qemu(const char *path, char **args, pid_t parent,
				  const int fds[7])
{
	static const int places[7] = { 0, 1, 2, 100, 101, 102, 103 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (int i = 0; i < 7; i++) {
		if (dup2(fds[i], places[i]) < 0)
			_exit(127);
	}
	execv(path, args);
	_exit(127);
}

static void fill_args(char **args, const char *const *extra)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(common_args) / sizeof(*common_args); i++)
		args[n++] = (char *)(uintptr_t)common_args[i];
	for (size_t i = 0; extra[i]; i++)
		args[n++] = (char *)(uintptr_t)extra[i];
	args[n] = NULL;
}

const char *qemu_start(struct qemu *qemu, const struct guest_ram *ram,
		       const char *const *extra)
{
	const pid_t parent = getpid();
	char *args[QEMU_ARGS_MAX];
	char path[4096];
	int main_pair[2], side_pair[2], rom;

	memset(qemu, 0, sizeof(*qemu));
	if (!find_program(path, sizeof(path)))
		return "needs the package qemu-system-x86";
	fill_args(args, extra);
	rom = make_rom();
	qemu->stderr_fd = guest_ram_memory_file("qemu-stderr", 0);
	qemu->sink_fd = guest_ram_memory_file("qemu-sink", 0);
	if (rom < 0 || qemu->stderr_fd < 0 || qemu->sink_fd < 0 ||
	    !make_pair(main_pair) || !make_pair(side_pair))
		return "needs memory files and sockets";

	qemu->pid = fork();
	if (qemu->pid == 0)
		become_qemu(path, args, parent,
			    (const int[7]){ main_pair[1], main_pair[1],
					    qemu->stderr_fd, ram->fd, rom,
					    side_pair[1], qemu->sink_fd });
	close(rom);
	close(main_pair[1]);
	close(side_pair[1]);
	qemu->main.fd = main_pair[0];
	qemu->side.fd = side_pair[0];
	return qemu->pid < 0 ? "needs a second process" : NULL;
}

void qemu_stop(struct qemu *qemu)
{
	if (qemu->pid <= 0)
		return;
	kill(qemu->pid, SIGKILL);
	while (waitpid(qemu->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(qemu->main.fd);
	close(qemu->side.fd);
	close(qemu->stderr_fd);
	close(qemu->sink_fd);
	qemu->pid = 0;
}

static void read_stderr(const struct qemu *qemu, char *text, size_t size)
{
	const ssize_t got = pread(qemu->stderr_fd, text, size - 1, 0);

	text[got > 0 ? got : 0] = '\0';
}

bool qemu_complained(const struct qemu *qemu, const char *text)
{
	char said[4096];

	read_stderr(qemu, said, sizeof(said));
	return strstr(said, text) != NULL;
}

_Noreturn void qemu_broken(struct qemu *qemu, const char *what)
{
	char said[4096];

	read_stderr(qemu, said, sizeof(said));
	fprintf(stderr, "QEMU: %s; on stderr: %s\n", what, said);
	abort();
}

void qemu_send(struct qemu *qemu, struct qemu_stream *stream, const char *bytes,
	       size_t count)
{
	while (count) {
		const ssize_t sent =
			send(stream->fd, bytes, count, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			qemu_broken(qemu, "cannot be written to");
		bytes += sent;
		count -= (size_t)sent;
	}
}

int qemu_try_read(struct qemu_stream *stream)
{
	while (stream->begin == stream->end) {
		const ssize_t got = recv(stream->fd, stream->ahead,
					 sizeof(stream->ahead), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		stream->begin = 0;
		stream->end = (size_t)got;
	}
	return (unsigned char)stream->ahead[stream->begin++];
}

int qemu_read(struct qemu *qemu, struct qemu_stream *stream)
{
	const int byte = qemu_try_read(stream);

	if (byte < 0)
		qemu_broken(qemu, "is gone");
	return byte;
}

void qemu_read_line(struct qemu *qemu, struct qemu_stream *stream, char *line,
		    size_t size)
{
	size_t n = 0;
	int byte;

	while ((byte = qemu_read(qemu, stream)) != '\n') {
		if (n + 1 < size)
			line[n++] = (char)byte;
	}
	line[n] = '\0';
}
