/* SPDX-License-Identifier: MIT */
/*
 * main() for fuzz targets without a fuzzing engine: runs the target once for
 * each file named, so that every compiler replays the corpus.  TAP output.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static int replay(const char *path)
{
	static uint8_t data[1 << 16];
	FILE *file = fopen(path, "rb");
	size_t bytes;

	if (!file)
		return 0;
	bytes = fread(data, 1, sizeof(data), file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, bytes); /* aborts when it finds a fault */
	return bytes != 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int is_fine = replay(argv[i]);

		printf("%sok %d - %s\n", is_fine ? "" : "not ", i, argv[i]);
		failed += !is_fine;
	}
	return failed != 0;
}
