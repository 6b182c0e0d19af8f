/* SPDX-License-Identifier: MIT */
/*
 * Lines of a trace, read from plain text or from .xz through liblzma.
 */
#ifndef TOOLS_TRACE_TRACE_FILE_H
#define TOOLS_TRACE_TRACE_FILE_H

#include <stdint.h>

/* Longest line accepted, NUL included; the longest real one is under 400. */
#define TRACE_LINE_MAX 4096

struct trace_file;

/*
 * Opens @path; a name ending in .xz is decompressed.  NULL: *why is a static
 * or errno text.
 */
struct trace_file *trace_file_open(const char *path, const char **why);
void trace_file_close(struct trace_file *file);

/*
 * The next line without its newline.  1: *line is valid until the next call;
 * 0: the end; -1: damaged, trace_file_error() says how.
 */
int trace_file_next(struct trace_file *file, const char **line);

/* Number of the line last returned, from 1. */
uint64_t trace_file_line(const struct trace_file *file);
const char *trace_file_error(const struct trace_file *file);

#endif /* TOOLS_TRACE_TRACE_FILE_H */
