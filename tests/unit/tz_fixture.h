/* SPDX-License-Identifier: MIT */
/*
 * tz_fixture - files of zones, of tzdata and of our making.
 */
#ifndef MG_TEST_TZ_FIXTURE_H
#define MG_TEST_TZ_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/tz.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define HOUR_S 3600

#define YEAR_1970 INT64_C(0)
#define YEAR_2045 INT64_C(2366841600)
#define YEAR_2100 INT64_C(4102444800)

static struct mg_tz zone; /* large; every test parses it anew */
static struct mg_err err;

static inline struct mg_civil civil(int year, int month, int day, int hour,
				    int minute, int second)
{
	return (struct mg_civil){ year, month, day, hour, minute, second };
}

/* A file in memory of exactly its size, so that a read outside is seen. */
struct bytes {
	char *ptr;
	size_t len;
};

static inline struct bytes read_file(const char *path)
{
	struct bytes b = { NULL, 0 };
	struct stat st;
	FILE *f = fopen(path, "rb");

	if (!f)
		fail_msg("cannot open %s: is tzdata installed?", path);
	assert_int_equal(fstat(fileno(f), &st), 0);
	b.len = (size_t)st.st_size;
	b.ptr = malloc(b.len);
	assert_non_null(b.ptr);
	assert_int_equal(fread(b.ptr, 1, b.len, f), b.len);
	(void)fclose(f);
	return b;
}

/* What a made file has; the zero of each is the smallest that is valid. */
struct recipe {
	const char *magic;   /* NULL is "TZif" */
	char version;        /* NUL, or a digit */
	char second_version; /* NUL is the same */
	size_t n_transitions;
	int64_t first_at, step_s; /* of the transitions; types take turns */
	unsigned wrong_type;      /* added to the index of the last one */
	size_t n_types;           /* 0 is 1; NO_TYPES is none */
	int32_t offset;           /* of the first type; others are an hour on */
	uint8_t is_dst, name_at;
	uint32_t n_leaps, n_isstd, n_isut;
	const char *footer; /* with its newlines; NULL is "\nUTC0\n" */
};

#define NO_TYPES SIZE_MAX

static inline void add_number(struct mg_buf *b, uint64_t value,
			      unsigned n_bytes)
{
	while (n_bytes--)
		mg_buf_add_char(b, (char)(value >> (8 * n_bytes) & 0xff));
}

static inline void add_header(struct mg_buf *b, const struct recipe *r,
			      char version, uint64_t n_transitions,
			      uint64_t n_types)
{
	mg_buf_add_str(b, r->magic ? r->magic : "TZif");
	mg_buf_add_char(b, version);
	mg_buf_add_fill(b, '\0', 15);
	add_number(b, r->n_isut, 4);
	add_number(b, r->n_isstd, 4);
	add_number(b, r->n_leaps, 4);
	add_number(b, n_transitions, 4);
	add_number(b, n_types, 4);
	add_number(b, 4, 4);
}

static inline void add_block(struct mg_buf *b, const struct recipe *r,
			     char version, unsigned time_bytes)
{
	const size_t n_types = r->n_types == NO_TYPES ? 0
			       : r->n_types           ? r->n_types
						      : 1;

	add_header(b, r, version, r->n_transitions, n_types);
	for (size_t i = 0; i < r->n_transitions; i++)
		add_number(b, (uint64_t)(r->first_at + r->step_s * (int64_t)i),
			   time_bytes);
	for (size_t i = 0; i < r->n_transitions; i++)
		add_number(b,
			   (n_types ? (i + 1) % n_types : 0) +
				   (i + 1 == r->n_transitions ? r->wrong_type
							      : 0),
			   1);
	for (size_t i = 0; i < n_types; i++) {
		add_number(b, (uint32_t)(r->offset + (i ? HOUR_S : 0)), 4);
		add_number(b, r->is_dst, 1);
		add_number(b, r->name_at, 1);
	}
	mg_buf_add(b, MG_LIT("ABC\0"));
	mg_buf_add_fill(b, '\0', r->n_leaps * (time_bytes + 4));
	mg_buf_add_fill(b, '\0', r->n_isstd + r->n_isut);
}

/* Parses from a copy that ends where its memory does. */
static inline int parse_bytes(struct mg_slice data)
{
	char *copy = malloc(data.len ? data.len : 1);
	int rc;

	assert_non_null(copy);
	if (data.len)
		memcpy(copy, data.ptr, data.len);
	err = (struct mg_err){ .code = MG_OK };
	rc = mg_tz_parse(mg_slice_of(copy + (data.len ? 0 : 1), data.len),
			 &zone, &err);
	free(copy);
	return rc;
}

static inline void make(struct mg_buf *b, const struct recipe *r)
{
	const char second = r->second_version ? r->second_version : r->version;

	mg_buf_init(b, MG_TZ_FILE_MAX * 2);
	add_block(b, r, r->version, 4);
	if (r->version)
		add_block(b, r, second, 8);
	if (r->version)
		mg_buf_add_str(b, r->footer ? r->footer : "\nUTC0\n");
	assert_false(b->truncated);
}

static inline int parse_recipe(const struct recipe *r)
{
	struct mg_buf b;
	int rc;

	make(&b, r);
	rc = parse_bytes(mg_buf_slice(&b));
	mg_buf_release(&b);
	return rc;
}

#endif
