/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes are operations on two spaces and their slow models
 * (test/model/range_string.c).  Under libFuzzer the engine has main(); replay
 * builds get theirs from fuzz_replay.c.
 */
#include "model/range_model.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	size_t at;

	if (range_string_run(data, bytes, &at) == NULL)
		return 0;
	range_string_print(data, bytes);
	fflush(stdout);
	abort();
}
