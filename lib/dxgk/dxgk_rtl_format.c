/* SPDX-License-Identifier: MIT */
/*
 * Formatted text with the conversions of Windows: l is 32 bits, I64 and ll are
 * 64, %ws, %S, %wZ and %Z know the native strings, %p is padded hexadecimal.
 * WCHAR has 16 bits whatever wchar_t has, hence no libc behind it, except for
 * floating point.
 */
#include "dxgk/dxgk_kernel.h"

#include <stdio.h>
#include <string.h>

/* How an argument is to be shown. */
struct spec {
	bool is_left;
	bool has_plus;
	bool has_space;
	bool is_alternate;
	bool is_zero_padded;
	bool has_precision;
	int width;
	int precision;
	char size; /* 0, 'H' (hh), 'h', 'l' (32 bits), 'q' (64), 'p', 'w' */
};

/* What is read: one of the two is NULL. */
struct reader {
	const char *narrow;
	const WCHAR *wide;
};

static uint32_t peek(const struct reader *reader)
{
	return reader->narrow ? (unsigned char)*reader->narrow : *reader->wide;
}

static uint32_t next(struct reader *reader)
{
	uint32_t letter = peek(reader);

	if (reader->narrow)
		reader->narrow++;
	else
		reader->wide++;
	return letter;
}

static bool skip(struct reader *reader, uint32_t letter)
{
	if (peek(reader) != letter)
		return false;
	next(reader);
	return true;
}

static bool pad(struct iolas__dxgk_sink *sink, uint32_t letter, int count)
{
	while (count-- > 0)
		if (!sink->put(sink, letter))
			return false;
	return true;
}

/* @count letters of either kind, padded to the width. */
static bool put_text(struct iolas__dxgk_sink *sink, const struct spec *spec,
		     const char *narrow, const WCHAR *wide, int count)
{
	if (!spec->is_left && !pad(sink, ' ', spec->width - count))
		return false;
	for (int i = 0; i < count; i++)
		if (!sink->put(sink,
			       narrow ? (unsigned char)narrow[i] : wide[i]))
			return false;
	return !spec->is_left || pad(sink, ' ', spec->width - count);
}

/* Letters of a string up to the precision or its end. */
static int length_of(const struct spec *spec, const char *narrow,
		     const WCHAR *wide)
{
	int count = 0;

	while ((!spec->has_precision || count < spec->precision) &&
	       count < INT16_MAX * 4 &&
	       (narrow ? narrow[count] != 0 : wide[count] != 0))
		count++;
	return count;
}

static bool put_string(struct iolas__dxgk_sink *sink, const struct spec *spec,
		       const void *text, bool is_wide)
{
	const char *narrow = text && is_wide ? NULL : text;
	const WCHAR *wide = text && is_wide ? text : NULL;

	if (!text)
		narrow = "(null)";
	return put_text(sink, spec, narrow, wide,
			length_of(spec, narrow, wide));
}

/* A counted string; bytes count, there need be no end. */
static bool put_counted(struct iolas__dxgk_sink *sink, const struct spec *spec,
			const void *counted, bool is_wide)
{
	const STRING *string = counted;
	int count;

	if (!string || !string->Buffer)
		return put_string(sink, spec, NULL, false);
	count = string->Length / (is_wide ? (int)sizeof(WCHAR) : 1);
	if (spec->has_precision && spec->precision < count)
		count = spec->precision;
	return put_text(sink, spec, is_wide ? NULL : string->Buffer,
			is_wide ? (const WCHAR *)(const void *)string->Buffer
				: NULL,
			count);
}

/* Sign or prefix, zeroes, digits. */
static bool put_number(struct iolas__dxgk_sink *sink, const struct spec *spec,
		       uint64_t value, unsigned base, bool is_upper,
		       const char *prefix)
{
	const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int prefix_count = (int)strlen(prefix);
	char text[72];
	int count = 0, zeroes, blanks;

	while (value) {
		text[sizeof(text) - (size_t)++count] = digits[value % base];
		value /= base;
	}
	zeroes = spec->has_precision ? spec->precision - count : !count;
	if (zeroes < 0)
		zeroes = 0;
	blanks = spec->width - prefix_count - zeroes - count;
	if (spec->is_zero_padded && !spec->is_left && !spec->has_precision &&
	    blanks > 0) {
		zeroes += blanks;
		blanks = 0;
	}
	if (!spec->is_left && !pad(sink, ' ', blanks))
		return false;
	for (int i = 0; i < prefix_count; i++)
		if (!sink->put(sink, (unsigned char)prefix[i]))
			return false;
	if (!pad(sink, '0', zeroes))
		return false;
	for (int i = count; i > 0; i--)
		if (!sink->put(sink,
			       (unsigned char)text[sizeof(text) - (size_t)i]))
			return false;
	return !spec->is_left || pad(sink, ' ', blanks);
}

static uint64_t unsigned_argument(const struct spec *spec,
				  struct iolas__dxgk_arguments *arguments)
{
	switch (spec->size) {
	case 'q':
		return va_arg(arguments->list, uint64_t);
	case 'p':
		return va_arg(arguments->list, uintptr_t);
	case 'h':
		return (uint16_t)va_arg(arguments->list, unsigned);
	case 'H':
		return (uint8_t)va_arg(arguments->list, unsigned);
	default:
		return va_arg(arguments->list, uint32_t);
	}
}

static int64_t signed_argument(const struct spec *spec,
			       struct iolas__dxgk_arguments *arguments)
{
	uint64_t value = unsigned_argument(spec, arguments);

	switch (spec->size) {
	case 'q':
	case 'p':
		return (int64_t)value;
	case 'h':
		return (int16_t)value;
	case 'H':
		return (int8_t)value;
	default:
		return (int32_t)value;
	}
}

static bool put_signed(struct iolas__dxgk_sink *sink, const struct spec *spec,
		       int64_t value)
{
	const char *prefix = value < 0	       ? "-"
			     : spec->has_plus  ? "+"
			     : spec->has_space ? " "
					       : "";

	return put_number(sink, spec,
			  value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10,
			  false, prefix);
}

static bool put_hexadecimal(struct iolas__dxgk_sink *sink,
			    const struct spec *spec, uint64_t value,
			    bool is_upper)
{
	const char *prefix = !spec->is_alternate || !value ? ""
			     : is_upper			   ? "0X"
							   : "0x";

	return put_number(sink, spec, value, 16, is_upper, prefix);
}

static bool put_octal(struct iolas__dxgk_sink *sink, const struct spec *spec,
		      uint64_t value)
{
	return put_number(sink, spec, value, 8, false,
			  spec->is_alternate && value ? "0" : "");
}

/* All digits of an address. */
static bool put_pointer(struct iolas__dxgk_sink *sink, const struct spec *given,
			const void *pointer)
{
	struct spec spec = *given;

	spec.has_precision = true;
	spec.precision = 2 * (int)sizeof(void *);
	return put_number(sink, &spec, (uintptr_t)pointer, 16, true, "");
}

static bool put_float(struct iolas__dxgk_sink *sink, const struct spec *spec,
		      char conversion, double value)
{
	const char format[] = { '%', '.', '*', conversion, '\0' };
	char text[400];
	int count;

	/* The format is built of checked letters only. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	count = snprintf(text, sizeof(text), format,
			 spec->has_precision && spec->precision < 60
				 ? spec->precision
				 : 6,
			 value);
#pragma GCC diagnostic pop
	if (count < 0 || (size_t)count >= sizeof(text))
		count = 0;
	return put_text(sink, spec, text, NULL, count);
}

static bool put_letter(struct iolas__dxgk_sink *sink, const struct spec *spec,
		       uint32_t letter, bool is_wide)
{
	const char narrow = (char)letter;
	const WCHAR wide = (WCHAR)letter;

	return put_text(sink, spec, is_wide ? NULL : &narrow,
			is_wide ? &wide : NULL, 1);
}

/* Are the letters of this conversion wide?  Capitals mean the other kind. */
static bool letters_are_wide(const struct iolas__dxgk_sink *sink,
			     const struct spec *spec, bool is_capital)
{
	if (spec->size == 'h')
		return false;
	if (spec->size == 'l' || spec->size == 'w')
		return true;
	return sink->is_wide != is_capital;
}

static bool convert(struct iolas__dxgk_sink *sink, const struct spec *spec,
		    uint32_t conversion,
		    struct iolas__dxgk_arguments *arguments)
{
	const bool is_capital = conversion < 'a';

	switch (conversion) {
	case 'd':
	case 'i':
		return put_signed(sink, spec, signed_argument(spec, arguments));
	case 'u':
		return put_number(sink, spec,
				  unsigned_argument(spec, arguments), 10, false,
				  "");
	case 'o':
		return put_octal(sink, spec,
				 unsigned_argument(spec, arguments));
	case 'x':
	case 'X':
		return put_hexadecimal(sink, spec,
				       unsigned_argument(spec, arguments),
				       is_capital);
	case 'p':
		return put_pointer(sink, spec, va_arg(arguments->list, void *));
	case 's':
	case 'S':
		return put_string(sink, spec, va_arg(arguments->list, void *),
				  letters_are_wide(sink, spec, is_capital));
	case 'c':
	case 'C':
		return put_letter(sink, spec, va_arg(arguments->list, uint32_t),
				  letters_are_wide(sink, spec, is_capital));
	case 'Z':
		return put_counted(sink, spec, va_arg(arguments->list, void *),
				   spec->size == 'w' || spec->size == 'l');
	case 'e':
	case 'E':
	case 'f':
	case 'g':
	case 'G':
		return put_float(sink, spec, (char)conversion,
				 va_arg(arguments->list, double));
	case 'n':
		/* Never written to: counts in formats are an attack. */
		(void)va_arg(arguments->list, void *);
		return true;
	default:
		return sink->put(sink, conversion);
	}
}

static int read_number(struct reader *reader,
		       struct iolas__dxgk_arguments *arguments)
{
	int number = 0;

	if (skip(reader, '*'))
		return va_arg(arguments->list, int);
	while (peek(reader) >= '0' && peek(reader) <= '9') {
		int digit = (int)(next(reader) - '0');

		number = number < 100000 ? number * 10 + digit : number;
	}
	return number;
}

static void read_flags(struct reader *reader, struct spec *spec)
{
	for (;; next(reader)) {
		switch (peek(reader)) {
		case '-':
			spec->is_left = true;
			continue;
		case '+':
			spec->has_plus = true;
			continue;
		case ' ':
			spec->has_space = true;
			continue;
		case '#':
			spec->is_alternate = true;
			continue;
		case '0':
			spec->is_zero_padded = true;
			continue;
		default:
			return;
		}
	}
}

static char read_size(struct reader *reader)
{
	if (skip(reader, 'h'))
		return skip(reader, 'h') ? 'H' : 'h';
	if (skip(reader, 'l'))
		return skip(reader, 'l') ? 'q' : 'l';
	if (skip(reader, 'w'))
		return 'w';
	if (skip(reader, 'z') || skip(reader, 't'))
		return 'p';
	if (skip(reader, 'j'))
		return 'q';
	if (!skip(reader, 'I'))
		return 0;
	if (skip(reader, '6'))
		return skip(reader, '4') ? 'q' : 0;
	if (skip(reader, '3'))
		return skip(reader, '2') ? 'l' : 0;
	return 'p';
}

static void read_spec(struct reader *reader, struct spec *spec,
		      struct iolas__dxgk_arguments *arguments)
{
	read_flags(reader, spec);
	spec->width = read_number(reader, arguments);
	if (spec->width < 0) {
		spec->is_left = true;
		spec->width = spec->width == INT32_MIN ? 0 : -spec->width;
	}
	if (skip(reader, '.')) {
		spec->precision = read_number(reader, arguments);
		spec->has_precision = spec->precision >= 0;
	}
	spec->size = read_size(reader);
}

bool iolas__dxgk_format(struct iolas__dxgk_sink *sink, const char *format,
			const WCHAR *wide,
			struct iolas__dxgk_arguments *arguments)
{
	struct reader reader = { format, wide };

	while (peek(&reader)) {
		struct spec spec = { .width = 0 };
		uint32_t letter = next(&reader);

		if (letter != '%') {
			if (!sink->put(sink, letter))
				return false;
			continue;
		}
		read_spec(&reader, &spec, arguments);
		if (!peek(&reader))
			break;
		if (!convert(sink, &spec, next(&reader), arguments))
			return false;
	}
	return true;
}
