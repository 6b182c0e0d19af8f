/* SPDX-License-Identifier: MIT */
/*
 * Lines of a trace, read from plain text or from .xz through liblzma.
 */
#include "trace/trace_file.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trace_file {
	FILE *stream;
	lzma_stream lzma;
	bool is_compressed;
	bool at_eof;   /* nothing more to decode */
	uint64_t line; /* of the text last returned */
	const char *error;
	size_t begin; /* undelivered text: text[begin, end) */
	size_t end;
	unsigned char packed[1 << 16];
	char text[1 << 16];
};

_Static_assert(TRACE_LINE_MAX < (1 << 16), "a line fits into the buffer");

static bool ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n >= m && strcmp(text + n - m, suffix) == 0;
}

struct trace_file *trace_file_open(const char *path, const char **why)
{
	struct trace_file *file = calloc(1, sizeof(*file));

	if (!file) {
		*why = strerror(ENOMEM);
		return NULL;
	}
	file->lzma = (lzma_stream)LZMA_STREAM_INIT;
	file->is_compressed = ends_with(path, ".xz");
	file->stream = fopen(path, "rb");
	if (!file->stream) {
		*why = strerror(errno);
		free(file);
		return NULL;
	}
	if (file->is_compressed &&
	    lzma_stream_decoder(&file->lzma, UINT64_MAX, LZMA_CONCATENATED) !=
		    LZMA_OK) {
		*why = "cannot start the xz decoder";
		trace_file_close(file);
		return NULL;
	}
	return file;
}

void trace_file_close(struct trace_file *file)
{
	if (!file)
		return;
	lzma_end(&file->lzma);
	fclose(file->stream);
	free(file);
}

static int fail(struct trace_file *file, const char *error)
{
	file->error = error;
	return -1;
}

static int fill_plain(struct trace_file *file)
{
	size_t got = fread(file->text + file->end, 1,
			   sizeof(file->text) - file->end, file->stream);

	if (ferror(file->stream))
		return fail(file, "cannot be read");
	if (got == 0)
		file->at_eof = true;
	file->end += got;
	return 0;
}

static int fill_compressed(struct trace_file *file)
{
	lzma_stream *z = &file->lzma;
	lzma_ret ret;

	if (z->avail_in == 0 && !feof(file->stream)) {
		z->next_in = file->packed;
		z->avail_in = fread(file->packed, 1, sizeof(file->packed),
				    file->stream);
		if (ferror(file->stream))
			return fail(file, "cannot be read");
	}
	z->next_out = (uint8_t *)file->text + file->end;
	z->avail_out = sizeof(file->text) - file->end;
	ret = lzma_code(z, feof(file->stream) ? LZMA_FINISH : LZMA_RUN);
	file->end = sizeof(file->text) - z->avail_out;
	switch (ret) {
	case LZMA_OK:
		return 0;
	case LZMA_STREAM_END:
		file->at_eof = true;
		return 0;
	case LZMA_BUF_ERROR:
		return fail(file, "the xz data end too early");
	case LZMA_FORMAT_ERROR:
		return fail(file, "this is not xz data");
	default:
		return fail(file, "the xz data are damaged");
	}
}

/* Moves the unfinished line to the front and reads more behind it. */
static int refill(struct trace_file *file)
{
	memmove(file->text, file->text + file->begin, file->end - file->begin);
	file->end -= file->begin;
	file->begin = 0;
	return file->is_compressed ? fill_compressed(file) : fill_plain(file);
}

int trace_file_next(struct trace_file *file, const char **line)
{
	char *newline;

	if (file->error)
		return -1;
	for (;;) {
		newline = memchr(file->text + file->begin, '\n',
				 file->end - file->begin);
		if (newline)
			break;
		if (file->end - file->begin >= TRACE_LINE_MAX) {
			file->line++;
			return fail(file, "the line is too long");
		}
		if (file->at_eof) {
			if (file->begin == file->end)
				return 0;
			file->line++;
			return fail(file, "the last line has no end");
		}
		if (refill(file) != 0) {
			file->line++;
			return -1;
		}
	}
	*newline = '\0';
	*line = file->text + file->begin;
	file->line++;
	if (strlen(*line) != (size_t)(newline - *line))
		return fail(file, "the line holds a NUL byte");
	file->begin = (size_t)(newline + 1 - file->text);
	return 1;
}

uint64_t trace_file_line(const struct trace_file *file)
{
	return file->line;
}

const char *trace_file_error(const struct trace_file *file)
{
	return file->error ? file->error : "no error";
}
