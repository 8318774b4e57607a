/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a log of which some places are known: the last place that is
 * really of it is found, others are not, and reading goes on there as if all
 * before had just gone by.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mailguard/identify.h"

#define KNOWN 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mg_hash_key key = { 3, 4 };

/* The place at an offset, of all the bytes at once. */
static struct mg_place place_of(struct mg_slice log, size_t at,
				struct mg_trail *t)
{
	*t = (struct mg_trail){ .end = 0 };
	t->n_head = log.len < MG_FOLLOW_HEAD ? (uint32_t)log.len
					     : MG_FOLLOW_HEAD;
	memcpy(t->head, log.ptr, t->n_head);
	if (at)
		mg_trail_add(t, 0, mg_slice_of(log.ptr, at));
	return mg_trail_place(t, &key);
}

/* Places of the log itself; of an odd number, one that another log has. */
static void make_known(struct mg_slice log, const uint8_t *where,
		       struct mg_known known[KNOWN], int64_t *last)
{
	struct mg_trail t;

	*last = 0;
	for (int i = 0; i < KNOWN; i++) {
		const size_t at = 1 + (where[2 * i] * 256U + where[2 * i + 1]) %
					      log.len;

		known[i] = (struct mg_known){ .log = i + 1,
					      .place = place_of(log, at, &t) };
		if (where[2 * i] % 2)
			known[i].place.anchor_hash ^= 1;
		else if ((int64_t)at > *last)
			*last = (int64_t)at;
	}
}

static int file_of(struct mg_slice log)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("log", 0);
	assert(fd >= 0 && ftruncate(fd, 0) == 0);
	assert(pwrite(fd, log.ptr, log.len, 0) == (ssize_t)log.len);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mg_trail trail, whole;
	struct mg_known known[KNOWN];
	struct mg_identity got;
	struct mg_place here, there;
	struct mg_input in;
	struct mg_slice log;
	struct mg_err err;
	int64_t last;

	if (size <= 2 * KNOWN)
		return 0;
	log = mg_slice_of((const char *)data + 2 * KNOWN, size - 2 * KNOWN);
	make_known(log, data, known, &last);
	mg_input_plain(&in, file_of(log), 0, (int64_t)log.len);
	assert(mg_identify(&in, &key, known, KNOWN, &trail, &got, &err) == 0);
	assert(got.match == (last ? MG_MATCH_SAME : MG_MATCH_NONE));
	assert(got.offset == last && in.at == last);
	assert(!last || known[got.log - 1].place.at == last);
	here = mg_trail_place(&trail, &key);
	there = place_of(log, (size_t)last, &whole);
	assert(!memcmp(&here, &there, sizeof(here)));

	/* Cut off before that place it is no more than a part of it. */
	if (last < 2)
		return 0;
	log.len = (size_t)last - 1;
	mg_input_plain(&in, file_of(log), 0, (int64_t)log.len);
	assert(mg_identify(&in, &key, known, KNOWN, &trail, &got, &err) == 0);
	assert(got.offset <= last);
	assert(got.match != MG_MATCH_SAME || got.offset < last);
	return 0;
}
