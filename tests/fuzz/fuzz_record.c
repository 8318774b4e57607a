/* SPDX-License-Identifier: MIT */
/*
 * Any bytes from the parser child: what is let through keeps its rules.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mg_record_pipe pipe;
	struct mg_record record;
	struct mg_err err;

	if (size > sizeof(pipe.bytes))
		return 0;
	/* Everything is held already; a read of the closed end fails. */
	pipe.fd = -1;
	pipe.at = 0;
	pipe.len = size;
	if (size)
		memcpy(pipe.bytes, data, size);
	while (mg_record_read(&pipe, &record, &err) == 1) {
		assert(record.type < MG_RECORD_TYPES);
		assert(mg_record_check(&record, NULL) == 0);
		if (record.type == MG_RECORD_FLIGHT)
			assert(memchr(record.body.flight.id, 0, 24));
	}
	return 0;
}
