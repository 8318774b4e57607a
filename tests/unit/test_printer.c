/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "mailguard/printer.h"

#define T_2026_03_01 INT64_C(1772323200)

static const struct mg_column columns[] = {
	{ "sender", "SENDER", MG_COLUMN_TEXT, 0, NULL },
	{ "messages", "MESSAGES", MG_COLUMN_NUMBER, 0, NULL },
	{ "internal", NULL, MG_COLUMN_TEXT, 0, NULL },
	{ "first", "FIRST", MG_COLUMN_TIME, 0, NULL },
	{ "note", "NOTE", MG_COLUMN_TEXT, 0, NULL },
};

static const struct mg_column text_column[] = {
	{ "t", "T", MG_COLUMN_TEXT, 0, NULL },
};

static const struct mg_column time_column[] = {
	{ "t", "T", MG_COLUMN_TIME, 0, NULL },
};

static const struct mg_printer_opts all_columns = {
	.columns = columns,
	.n_columns = 5,
};

static const struct mg_printer_opts one_text = {
	.columns = text_column,
	.n_columns = 1,
};

static struct mg_printer printer;
static struct mg_err err;

static void begin(const struct mg_printer_opts *opts, enum mg_format format)
{
	struct mg_printer_opts own = *opts;

	own.format = format;
	own.fd = memfd_create("report", MFD_CLOEXEC);
	assert_true(own.fd >= 0);
	mg_printer_begin(&printer, &own);
}

/* Ends the report; gives what was written, terminated. */
static char *end(void)
{
	const int fd = printer.opts.fd;
	struct stat st;
	char *text;

	err = (struct mg_err){ .code = MG_OK };
	assert_int_equal(mg_printer_end(&printer, &err), 0);
	assert_int_equal(err.code, MG_OK);
	assert_int_equal(err.text[0], '\0');
	assert_int_equal(fstat(fd, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
	(void)close(fd);
	return text;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static void end_is(const char *want)
{
	char *text = end();

	assert_string_equal(text, want);
	free(text);
}

static const enum mg_format formats[] = {
	MG_FORMAT_TABLE,
	MG_FORMAT_JSON,
	MG_FORMAT_CSV,
};

/* Values, nulls, absents, an empty text, a long number. */
static void add_sample_rows(void)
{
	mg_printer_row(&printer);
	mg_printer_text(&printer, MG_LIT("a@example.com"));
	mg_printer_number(&printer, 7);
	mg_printer_text(&printer, MG_LIT("x"));
	mg_printer_time(&printer, T_2026_03_01);
	mg_printer_text(&printer, MG_LIT("ok"));

	mg_printer_row(&printer);
	mg_printer_null(&printer);
	mg_printer_null(&printer);
	mg_printer_null(&printer);
	mg_printer_null(&printer);
	mg_printer_null(&printer);

	mg_printer_row(&printer);
	mg_printer_absent(&printer);
	mg_printer_number(&printer, INT64_MIN);
	mg_printer_absent(&printer);
	mg_printer_time(&printer, T_2026_03_01 + 86399);
	mg_printer_absent(&printer);

	mg_printer_row(&printer);
	mg_printer_text(&printer, MG_LIT("b"));
	mg_printer_number(&printer, -1);
	mg_printer_text(&printer, MG_LIT(""));
	mg_printer_absent(&printer);
	mg_printer_text(&printer, MG_LIT(""));
}

static void test_sample_in_every_format(void **state)
{
	static const char *const want[] = {
		[MG_FORMAT_TABLE] =
			"SENDER                     MESSAGES  FIRST             NOTE\n"
			"a@example.com                     7  2026-03-01 00:00  ok\n"
			"-                                 -  -                 -\n"
			"-              -9223372036854775808  2026-03-01 23:59  -\n"
			"b                                -1  -\n",
		[MG_FORMAT_JSON] =
			"{\"rows\":[\n"
			"{\"sender\":\"a@example.com\",\"messages\":7,\"internal\":\"x\","
			"\"first\":\"2026-03-01T00:00:00Z\",\"note\":\"ok\"},\n"
			"{\"sender\":null,\"messages\":null,\"internal\":null,"
			"\"first\":null,\"note\":null},\n"
			"{\"messages\":-9223372036854775808,"
			"\"first\":\"2026-03-01T23:59:59Z\"},\n"
			"{\"sender\":\"b\",\"messages\":-1,\"internal\":\"\",\"note\":\"\"}\n"
			"]}\n",
		[MG_FORMAT_CSV] =
			"sender,messages,internal,first,note\n"
			"a@example.com,7,x,2026-03-01T00:00:00Z,ok\n"
			",,,,\n"
			",-9223372036854775808,,2026-03-01T23:59:59Z,\n"
			"b,-1,,,\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&all_columns, formats[i]);
		add_sample_rows();
		end_is(want[formats[i]]);
	}
}

static void test_no_rows(void **state)
{
	static const char *const want[] = {
		[MG_FORMAT_TABLE] = "SENDER  MESSAGES  FIRST  NOTE\n",
		[MG_FORMAT_JSON] = "{\"rows\":[]}\n",
		[MG_FORMAT_CSV] = "sender,messages,internal,first,note\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&all_columns, formats[i]);
		end_is(want[formats[i]]);
	}
}

static void test_fields_go_before_the_rows(void **state)
{
	static const struct mg_printer_field fields[] = {
		{ .key = "by", .type = MG_FIELD_TEXT, .text = { "a\"\n", 3 } },
		{ .key = "all", .type = MG_FIELD_BOOL, .flag = true },
		{ .key = "drift", .type = MG_FIELD_BOOL },
		{ .key = "since", .type = MG_FIELD_TIME, .time = T_2026_03_01 },
		{ .key = "until", .type = MG_FIELD_NULL },
	};
	const struct mg_printer_opts opts = {
		.columns = text_column,
		.n_columns = 1,
		.fields = fields,
		.n_fields = 5,
	};
	static const char *const want[] = {
		[MG_FORMAT_TABLE] = "T\n",
		[MG_FORMAT_JSON] =
			"{\"by\":\"a\\\"\\n\",\"all\":true,\"drift\":false,"
			"\"since\":\"2026-03-01T00:00:00Z\",\"until\":null,"
			"\"rows\":[]}\n",
		[MG_FORMAT_CSV] = "t\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&opts, formats[i]);
		end_is(want[formats[i]]);
	}
}

static void test_text_is_escaped_for_its_format(void **state)
{
	static const struct {
		struct mg_slice in;
		const char *want[3]; /* by format */
	} rows[] = {
		/* clang-format off */
		{ { "a b", 3 }, { "a b", "\"a b\"", "a b" } },
		{ { "{", 1 }, { "{", "\"{\"", "{" } },
		{ { "a\\b", 3 }, { "a\\\\b", "\"a\\\\b\"", "a\\\\b" } },
		{ { "a,b", 3 }, { "a,b", "\"a,b\"", "\"a,b\"" } },
		{ { "a;b", 3 }, { "a;b", "\"a;b\"", "\"a;b\"" } },
		{ { "\"", 1 }, { "\"", "\"\\\"\"", "\"\"\"\"" } },
		{ { "a\"\"b", 4 },
		  { "a\"\"b", "\"a\\\"\\\"b\"", "\"a\"\"\"\"b\"" } },
		{ { "\33\"\33", 3 },
		  { "\\x1b\"\\x1b", "\"\\u001b\\\"\\u001b\"",
		    "\"\\x1b\"\"\\x1b\"" } },
		{ { "\33]52;c;x\7", 9 },
		  { "\\x1b]52;c;x\\x07", "\"\\u001b]52;c;x\\u0007\"",
		    "\"\\x1b]52;c;x\\x07\"" } },
		{ { "a\r\nb", 4 },
		  { "a\\x0d\\x0ab", "\"a\\r\\nb\"", "a\\x0d\\x0ab" } },
		{ { "\0\x7f", 2 },
		  { "\\x00\\x7f", "\"\\u0000\\u007f\"", "\\x00\\x7f" } },
		{ { "\xc3\xb6", 2 },
		  { "\\xc3\\xb6", "\"\\u00f6\"", "\\xc3\\xb6" } },
		{ { "\xe2\x80\xae", 3 },
		  { "\\xe2\\x80\\xae", "\"\\u202e\"", "\\xe2\\x80\\xae" } },
		{ { "\xff", 1 }, { "\\xff", "\"\\ufffd\"", "\\xff" } },

		/* Formulas; only the first byte makes one. */
		{ { "=cmd|' /C'!A0", 13 },
		  { "=cmd|' /C'!A0", "\"=cmd|' /C'!A0\"", "'=cmd|' /C'!A0" } },
		{ { "=a,\"b\"", 6 },
		  { "=a,\"b\"", "\"=a,\\\"b\\\"\"", "\"'=a,\"\"b\"\"\"" } },
		{ { "+1", 2 }, { "+1", "\"+1\"", "'+1" } },
		{ { "-1", 2 }, { "-1", "\"-1\"", "'-1" } },
		{ { "@a", 2 }, { "@a", "\"@a\"", "'@a" } },
		{ { "\ta", 2 }, { "\\x09a", "\"\\ta\"", "'\\x09a" } },
		{ { "\ra", 2 }, { "\\x0da", "\"\\ra\"", "'\\x0da" } },
		{ { "a=", 2 }, { "a=", "\"a=\"", "a=" } },
		{ { "\0=", 2 }, { "\\x00=", "\"\\u0000=\"", "\\x00=" } },
		/* clang-format on */
	};
	static const char *const frame[] = {
		[MG_FORMAT_TABLE] = "T\n%s\n",
		[MG_FORMAT_JSON] = "{\"rows\":[\n{\"t\":%s}\n]}\n",
		[MG_FORMAT_CSV] = "t\n%s\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 3; i++) {
		const enum mg_format format = formats[i % 3];
		const char *hole = strstr(frame[format], "%s");
		char want[128];

		(void)snprintf(want, sizeof(want), "%.*s%s%s",
			       (int)(hole - frame[format]), frame[format],
			       rows[i / 3].want[format], hole + 2);
		begin(&one_text, format);
		mg_printer_row(&printer);
		mg_printer_text(&printer, rows[i / 3].in);
		end_is(want);
	}
}

static void set_fixed_zone(struct mg_tz *tz, int32_t offset)
{
	*tz = (struct mg_tz){ .later = { .std_offset = offset } };
}

/* A row whose one text is this. */
static void put_text(const char *bytes, size_t len)
{
	mg_printer_row(&printer);
	mg_printer_text(&printer, mg_slice_of(bytes, len));
}

/* Every byte alone, then U+0080 to U+206F: C1, marks of direction, blanks of no
   width. What reaches a terminal are printable bytes of ASCII. */
static void test_A50_no_text_moves_a_terminal(void **state)
{
	char *out;

	(void)state;
	begin(&one_text, MG_FORMAT_TABLE);
	for (int c = 0; c < 256; c++)
		put_text(&(const char){ (char)c }, 1);
	for (int c = 0x80; c < 0x800; c++)
		put_text((const char[]){ (char)(0xc0 | c >> 6),
					 (char)(0x80 | (c & 63)) },
			 2);
	for (int c = 0x800; c <= 0x206f; c++)
		put_text((const char[]){ (char)(0xe0 | c >> 12),
					 (char)(0x80 | (c >> 6 & 63)),
					 (char)(0x80 | (c & 63)) },
			 3);
	out = end();
	assert_int_equal(count_lines(out), 1 + 256 + 0x206f - 0x7f);
	for (const char *p = out; *p; p++)
		if (*p != '\n' && (*p < 0x20 || *p >= 0x7f))
			fail_msg("byte %02x in '%.20s'", (unsigned char)*p, p);
	free(out);
}

static void test_times_are_in_the_zone(void **state)
{
	static const struct {
		int32_t offset;
		const char *json, *table;
	} rows[] = {
		{ 0, "2026-03-01T00:00:00Z", "2026-03-01 00:00" },
		{ 19800, "2026-03-01T05:30:00+05:30", "2026-03-01 05:30" },
		{ -3600, "2026-02-28T23:00:00-01:00", "2026-02-28 23:00" },
		{ -34200, "2026-02-28T14:30:00-09:30", "2026-02-28 14:30" },
		/* RFC 3339 has no seconds of offset; the instant stays. */
		{ 3639, "2026-03-01T01:00:00+01:00", "2026-03-01 01:00" },
		{ -2670, "2026-02-28T23:16:00-00:44", "2026-02-28 23:15" },
		{ -59, "2026-03-01T00:00:00Z", "2026-02-28 23:59" },
	};
	static struct mg_tz tz;
	static const struct mg_printer_opts opts = {
		.columns = time_column,
		.n_columns = 1,
		.tz = &tz,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[128];

		set_fixed_zone(&tz, rows[i].offset);
		begin(&opts, MG_FORMAT_JSON);
		mg_printer_row(&printer);
		mg_printer_time(&printer, T_2026_03_01);
		(void)snprintf(want, sizeof(want),
			       "{\"rows\":[\n{\"t\":\"%s\"}\n]}\n",
			       rows[i].json);
		end_is(want);

		begin(&opts, MG_FORMAT_TABLE);
		mg_printer_row(&printer);
		mg_printer_time(&printer, T_2026_03_01);
		(void)snprintf(want, sizeof(want), "T\n%s\n", rows[i].table);
		end_is(want);
	}
}

static void test_null_text_of_a_table(void **state)
{
	const struct mg_printer_opts opts = {
		.columns = columns,
		.n_columns = 2,
		.null_text = "(none)",
	};

	(void)state;
	begin(&opts, MG_FORMAT_TABLE);
	mg_printer_row(&printer);
	mg_printer_null(&printer);
	mg_printer_absent(&printer);
	end_is("SENDER  MESSAGES\n"
	       "(none)    (none)\n");
}

/* One text of the longest width that is padded, and one a byte longer. */
static void test_widest_column(void **state)
{
	const struct mg_printer_opts opts = {
		.columns = columns,
		.n_columns = 2,
	};
	char text[MG_PRINTER_WIDTH_MAX + 1];
	char want[512];

	(void)state;
	memset(text, 'x', sizeof(text));
	begin(&opts, MG_FORMAT_TABLE);
	mg_printer_row(&printer);
	mg_printer_text(&printer, mg_slice_of(text, sizeof(text) - 1));
	mg_printer_number(&printer, 1);
	mg_printer_row(&printer);
	mg_printer_text(&printer, mg_slice_of(text, sizeof(text)));
	mg_printer_number(&printer, 1);
	(void)snprintf(want, sizeof(want),
		       "%-64s  MESSAGES\n%.64s         1\n%.65s         1\n",
		       "SENDER", text, text);
	end_is(want);
}

static void test_most_columns(void **state)
{
	struct mg_column many[MG_PRINTER_COLUMNS_MAX];
	const struct mg_printer_opts opts = {
		.columns = many,
		.n_columns = MG_PRINTER_COLUMNS_MAX,
	};

	(void)state;
	for (size_t i = 0; i < MG_PRINTER_COLUMNS_MAX; i++)
		many[i] = (struct mg_column){ "k", i == 23 ? "K" : NULL,
					      MG_COLUMN_NUMBER, 0, NULL };
	begin(&opts, MG_FORMAT_TABLE);
	mg_printer_row(&printer);
	for (size_t i = 0; i < MG_PRINTER_COLUMNS_MAX; i++)
		mg_printer_number(&printer, (int64_t)i);
	end_is(" K\n23\n");
}

static void add_many_rows(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mg_printer_row(&printer);
		mg_printer_text(&printer, MG_LIT("someone@example.com"));
		mg_printer_number(&printer, (int64_t)i);
		mg_printer_text(&printer, MG_LIT("x"));
		mg_printer_time(&printer, T_2026_03_01);
		mg_printer_null(&printer);
	}
}

static void test_rows_stream_without_growing(void **state)
{
	static const enum mg_format streams[] = { MG_FORMAT_JSON,
						  MG_FORMAT_CSV };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t cap;
		char *text;

		begin(&all_columns, streams[i]);
		add_many_rows(2000);
		cap = printer.buf.cap;
		add_many_rows(98000);
		assert_int_equal(printer.buf.cap, cap);
		assert_true(cap <= 262144);
		text = end();
		assert_int_equal(count_lines(text), i == 0 ? 100002 : 100001);
		if (streams[i] == MG_FORMAT_JSON) {
			struct json_object *json = json_tokener_parse(text);
			struct json_object *array;

			assert_true(json_object_object_get_ex(json, "rows",
							      &array));
			assert_int_equal(json_object_array_length(array),
					 100000);
			(void)json_object_put(json);
		}
		free(text);
	}
}

static void test_large_table(void **state)
{
	char *text;

	(void)state;
	begin(&all_columns, MG_FORMAT_TABLE);
	add_many_rows(100000);
	text = end();
	assert_int_equal(count_lines(text), 100001);
	assert_non_null(strstr(text, "\nsomeone@example.com     99999  "
				     "2026-03-01 00:00  -\n"));
	free(text);
}

static void begin_on(const char *path, enum mg_format format)
{
	struct mg_printer_opts opts = all_columns;

	opts.format = format;
	opts.fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(opts.fd >= 0);
	mg_printer_begin(&printer, &opts);
}

/* Whether the first write fails or the last one, once it is told. */
static void test_full_disk_is_told_at_the_end(void **state)
{
	static const size_t n_rows[] = { 0, 1, 10000 };

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		begin_on("/dev/full", formats[i % 3]);
		add_many_rows(n_rows[i / 3]);
		err = (struct mg_err){ .code = MG_OK };
		assert_int_equal(mg_printer_end(&printer, &err), -MG_EIO);
		assert_int_equal(err.code, MG_EIO);
		assert_string_equal(err.text,
				    "cannot write: no space left on device");
		assert_int_equal(printer.buf.cap, 0);
		(void)close(printer.opts.fd);
	}
}

static void test_failure_without_an_err(void **state)
{
	(void)state;
	begin_on("/dev/full", MG_FORMAT_CSV);
	assert_int_equal(mg_printer_end(&printer, NULL), -MG_EIO);
	(void)close(printer.opts.fd);
}

static char *long_text(size_t len)
{
	char *text = malloc(len);

	assert_non_null(text);
	memset(text, 'x', len);
	return text;
}

static void add_text_row(struct mg_slice text)
{
	mg_printer_row(&printer);
	mg_printer_text(&printer, text);
}

static void end_is_over_limit(void)
{
	err = (struct mg_err){ .code = MG_OK };
	assert_int_equal(mg_printer_end(&printer, &err), -MG_ELIMIT);
	assert_int_equal(err.code, MG_ELIMIT);
	assert_int_equal(lseek(printer.opts.fd, 0, SEEK_END), 0);
	(void)close(printer.opts.fd);
}

/* The limit is that of the buffer: what is not yet written counts too. */
static void test_longest_row(void **state)
{
	const size_t over = MG_PRINTER_ROW_MAX + 65536;
	char *text = long_text(over);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *out;

		begin(&one_text, formats[i]);
		add_text_row(mg_slice_of(text, MG_PRINTER_ROW_MAX));
		out = end();
		assert_true(strlen(out) > MG_PRINTER_ROW_MAX);
		free(out);

		begin(&one_text, formats[i]);
		add_text_row(mg_slice_of(text, over));
		add_text_row(MG_LIT("next"));
		end_is_over_limit();
	}
	free(text);
}

static void test_table_over_its_maximum_is_not_written(void **state)
{
	const size_t len = 1U << 20;
	char *text = long_text(len);

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		begin(&one_text, MG_FORMAT_TABLE);
		for (size_t i = 0; i < MG_PRINTER_TABLE_MAX / len; i++)
			add_text_row(mg_slice_of(text, len));
		if (over) {
			add_text_row(MG_LIT("x"));
			end_is_over_limit();
		} else {
			char *out = end();

			assert_int_equal(count_lines(out),
					 1 + MG_PRINTER_TABLE_MAX / len);
			free(out);
		}
	}
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample_in_every_format),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_fields_go_before_the_rows),
		cmocka_unit_test(test_text_is_escaped_for_its_format),
		cmocka_unit_test(test_A50_no_text_moves_a_terminal),
		cmocka_unit_test(test_times_are_in_the_zone),
		cmocka_unit_test(test_null_text_of_a_table),
		cmocka_unit_test(test_widest_column),
		cmocka_unit_test(test_most_columns),
		cmocka_unit_test(test_rows_stream_without_growing),
		cmocka_unit_test(test_large_table),
		cmocka_unit_test(test_full_disk_is_told_at_the_end),
		cmocka_unit_test(test_failure_without_an_err),
		cmocka_unit_test(test_longest_row),
		cmocka_unit_test(test_table_over_its_maximum_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
