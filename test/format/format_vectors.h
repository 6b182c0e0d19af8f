/* SPDX-License-Identifier: MIT */
/*
 * What format-vectors.json says, as vectors_to_c.py writes it down.
 */
#ifndef TEST_FORMAT_FORMAT_VECTORS_H
#define TEST_FORMAT_FORMAT_VECTORS_H

#include <iolas/pgtable.h>

#define VECTOR_LEVELS 5

struct vector_entry {
	unsigned level;
	iolas_pa table_pa;
	unsigned index;
	uint64_t value;
	int is_leaf;
};

struct map_vector {
	const char *id;
	uint32_t levels;
	int snoop;
	iolas_iova iova;
	iolas_pa pa;
	uint64_t size;
	unsigned prot;
	iolas_pa root_pa;
	struct vector_entry entry[VECTOR_LEVELS];
	unsigned entry_count;
};

struct walk_vector {
	const char *id;
	uint32_t levels;
	uint32_t output_bits;
	iolas_iova iova;
	unsigned access;
	iolas_pa root_pa;
	struct vector_entry entry[VECTOR_LEVELS];
	unsigned entry_count;
	uint32_t reason; /* 0: translates */
};

struct attach_vector {
	const char *id;
	uint32_t kind;
	uint32_t levels;
	uint32_t domain_id;
	iolas_pa root_pa;
	iolas_pa table_pa;
	uint64_t word[8];
	unsigned word_count;
};

#endif /* TEST_FORMAT_FORMAT_VECTORS_H */
