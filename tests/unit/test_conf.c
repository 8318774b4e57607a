/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/conf.h"
#include "mailguard/limits.h"

struct item {
	struct mg_slice id;
	double fee;
	int64_t window;
};

struct things {
	struct mg_slice name, path;
	unsigned color;
	int64_t count, pause;
	double share;
	bool is_on;
	struct mg_conf_texts tags;
	struct {
		int64_t width, height;
	} box;
	struct mg_conf_groups items;
};

static const char *const colors[] = { "red", "green", "blue", NULL };

static const char *check_path(struct mg_slice text)
{
	return mg_slice_has_prefix(text, MG_LIT("/")) ? NULL
						      : "must begin with '/'";
}

/* clang-format off */
static const struct mg_conf_field item_fields[] = {
	{ .name = "id", .type = MG_CONF_TEXT, .offset = offsetof(struct item, id), .is_required = true },
	{ .name = "fee", .type = MG_CONF_REAL, .offset = offsetof(struct item, fee), .max = 1000, .unit = "USD" },
	{ .name = "window", .type = MG_CONF_DURATION, .offset = offsetof(struct item, window), .min = 60, .max = 86400, .preset = "\"1h\"" },
};
static const struct mg_conf_table item_table = { item_fields, 3, sizeof(struct item) };

#define BOX(f) (offsetof(struct things, box.f) - offsetof(struct things, box))
static const struct mg_conf_field box_fields[] = {
	{ .name = "width", .type = MG_CONF_NUMBER, .offset = BOX(width), .min = 1, .max = 9, .preset = "3" },
	{ .name = "height", .type = MG_CONF_NUMBER, .offset = BOX(height), .min = 1, .max = 9 },
};
static const struct mg_conf_table box_table = { box_fields, 2, sizeof(((struct things *)0)->box) };

#define FIELD(f) offsetof(struct things, f)
static const struct mg_conf_field fields[] = {
	{ .name = "name", .type = MG_CONF_TEXT, .offset = FIELD(name), .preset = "\"anna\"" },
	{ .name = "path", .type = MG_CONF_TEXT, .offset = FIELD(path), .check = check_path },
	{ .name = "color", .type = MG_CONF_WORD, .offset = FIELD(color), .words = colors, .preset = "\"green\"" },
	{ .name = "count", .type = MG_CONF_NUMBER, .offset = FIELD(count), .min = -5, .max = 5e12 },
	{ .name = "pause", .type = MG_CONF_DURATION, .offset = FIELD(pause), .max = 3600 },
	{ .name = "share", .type = MG_CONF_REAL, .offset = FIELD(share), .min = 0.5, .max = 99.5, .unit = "percent", .preset = "2.5" },
	{ .name = "is_on", .type = MG_CONF_BOOL, .offset = FIELD(is_on), .preset = "true" },
	{ .name = "tags", .type = MG_CONF_TEXTS, .offset = FIELD(tags), .max = 4, .check = check_path },
	{ .name = "box", .type = MG_CONF_GROUP, .offset = FIELD(box), .group = &box_table },
	{ .name = "items", .type = MG_CONF_GROUPS, .offset = FIELD(items), .group = &item_table },
};
static const struct mg_conf_table table = { fields, sizeof(fields) / sizeof(*fields), sizeof(struct things) };
/* clang-format on */

static void expect_text(struct mg_slice s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.ptr, text, s.len + 1); /* terminated */
}

static void test_presets(void **state)
{
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);

	(void)state;
	assert_int_equal(mg_conf_finish(conf, &err), 0);
	expect_text(t.name, "anna");
	assert_int_equal(t.path.len, 0);
	assert_int_equal(t.color, 1);
	assert_int_equal(t.count, 0);
	assert_true(t.share > 2.4 && t.share < 2.6);
	assert_true(t.is_on);
	assert_int_equal(t.box.width, 3);
	assert_int_equal(t.items.n, 0);
	assert_null(mg_conf_place(conf, &t.name).file);
	mg_conf_free(conf);
}

static void test_every_type(void **state)
{
	static const char text[] = "# all of them\n"
				   "name = \"b\" \"ob\";\r\n"
				   "path = \"/a b\\n\\x41\\\"\";\n"
				   "color = \"blue\"; count = 4999999999999L\n"
				   "pause : \"90s\", share = 7;\n"
				   "/* two\nlines */ is_on = FALSE;\n"
				   "tags = [ \"/1\", // one\n\"/2\" ];\n"
				   "box = { height = 9; };\n"
				   "items = ( { id = \"x\"; fee = 1.5; },\n"
				   "{ id = \"y\"; window = \"1m\"; } );";
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);
	const struct item *item;

	(void)state;
	mg_conf_read_text(conf, "f", mg_slice_str(text));
	if (mg_conf_finish(conf, &err) < 0)
		fail_msg("%s", err.text);
	expect_text(t.name, "bob");
	expect_text(t.path, "/a b\nA\"");
	assert_int_equal(t.color, 2);
	assert_int_equal(t.count, 4999999999999);
	assert_int_equal(t.pause, 90);
	assert_true(t.share > 6.9 && t.share < 7.1);
	assert_false(t.is_on);
	assert_int_equal(t.tags.n, 2);
	expect_text(t.tags.items[1], "/2");
	assert_int_equal(t.box.width, 3);
	assert_int_equal(t.box.height, 9);
	assert_int_equal(t.items.n, 2);
	item = t.items.items[0];
	expect_text(item->id, "x");
	assert_true(item->fee > 1.4 && item->fee < 1.6);
	assert_int_equal(item->window, 3600);
	assert_int_equal(mg_conf_item_place(item).line, 11);
	item = t.items.items[1];
	assert_int_equal(item->window, 60);
	assert_int_equal(mg_conf_item_place(item).line, 12);
	assert_int_equal(mg_conf_place(conf, &item->window).line, 12);
	assert_string_equal(mg_conf_place(conf, &t.is_on).file, "f");
	assert_int_equal(mg_conf_place(conf, &t.is_on).line, 7);
	assert_int_equal(mg_conf_place(conf, &t.box.height).line, 10);
	assert_null(mg_conf_place(conf, &t.box.width).file);
	mg_conf_free(conf);
}

/* Each row is a file, and all that is wrong with it, line by line. */
struct bad {
	const char *text, *mistakes;
};

static void expect_mistakes(const struct bad *row)
{
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);
	struct mg_buf all;

	mg_buf_init(&all, 1 << 20);
	mg_conf_read_text(conf, "f", mg_slice_str(row->text));
	assert_int_equal(mg_conf_finish(conf, &err), -MG_ECONF);
	for (size_t i = 0; i < mg_conf_n_mistakes(conf); i++)
		mg_buf_add_fmt(&all, "%s\n", mg_conf_mistake(conf, i));
	if (strcmp(all.ptr, row->mistakes))
		fail_msg("'%s' gives '%s', not '%s'", row->text, all.ptr,
			 row->mistakes);
	mg_buf_release(&all);
	mg_conf_free(conf);
}

/* clang-format off */
static const struct bad types[] = {
	{ "name = 1;", "f:1: 'name' is a whole number, but must be a text in quotes\n" },
	{ "name = { };", "f:1: 'name' is a group { }, but must be a text in quotes\n" },
	{ "color = true;", "f:1: 'color' is true or false, but must be a word in quotes\n" },
	{ "color = \"Red\";", "f:1: 'color' must be one of \"red\", \"green\", \"blue\"\n" },
	{ "count = \"1\";", "f:1: 'count' is a text in quotes, but must be a whole number\n" },
	{ "count = 1.0;", "f:1: 'count' is a number with a point, but must be a whole number\n" },
	{ "share = \"1\";", "f:1: 'share' is a text in quotes, but must be a number\n" },
	{ "is_on = 1;", "f:1: 'is_on' is a whole number, but must be true or false\n" },
	{ "pause = 90;", "f:1: 'pause' must be a length of time in quotes, such as \"90s\", \"5m\", \"1h\" or \"14d\"\n" },
	{ "pause = \"90\";", "f:1: 'pause' must be a length of time in quotes, such as \"90s\", \"5m\", \"1h\" or \"14d\"\n" },
	{ "tags = \"/a\";", "f:1: 'tags' is a text in quotes, but must be a list of texts in quotes\n" },
	{ "tags = [ 1 ];", "f:1: 'tags[1]' is a whole number, but must be a text in quotes\n" },
	{ "box = ( );", "f:1: 'box' is a list ( ), but must be a group { }\n" },
	{ "items = [ ];", "f:1: 'items' is a list [ ], but must be a list of groups ( { }, { } )\n" },
	{ "items = { };", "f:1: 'items' is a group { }, but must be a list of groups ( { }, { } )\n" },
	{ "items = ( 1 );", "f:1: 'items[1]' is a whole number, but must be a group { }\n" },
};

static const struct bad ranges[] = {
	{ "count = -6;", "f:1: 'count' must be from -5 to 5000000000000\n" },
	{ "count = 5000000000001L;", "f:1: 'count' must be from -5 to 5000000000000\n" },
	{ "share = 0;", "f:1: 'share' must be from 0.5 to 99.5 percent\n" },
	{ "share = 99.6;", "f:1: 'share' must be from 0.5 to 99.5 percent\n" },
	{ "share = 1e999;", "f:1: 'share' must be from 0.5 to 99.5 percent\n" },
	{ "pause = \"3601s\";", "f:1: 'pause' must be from 0s to 1h\n" },
	{ "box = { width = 0; };", "f:1: 'box.width' must be from 1 to 9\n" },
	{ "path = \"a\";", "f:1: 'path' must begin with '/'\n" },
	{ "tags = [\n\"/a\",\n\"b\"\n\n];", "f:3: 'tags[2]' must begin with '/'\n" },
	{ "tags = (\"/1\", \"/2\",\n \"/3\", \"/4\", \"/5\");", "f:1: 'tags' has 5 elements, and must have from 0 to 4\n" },
};

/* What libconfig 1.5 lets pass, follows, or stops at. */
static const struct bad swallowed[] = {
	{ "count = 99999999999;", "f:1: '99999999999' is over 2147483647: write an L behind it\n" },
	{ "count = -2147483649;", "f:1: '-2147483649' is over 2147483647: write an L behind it\n" },
	{ "count = 99999999999999999999L;", "f:1: '99999999999999999999L' is no number that can be read\n" },
	{ "count = 99999999999999999999;", "f:1: '99999999999999999999' is no number that can be read\n" },
	{ "count = 0xffffffff;", "f:1: '0xffffffff': write numbers in decimal digits\n" },
	{ "name = \"a\\x00b\";", "f:1: a text cannot hold '\\x00'\n" },
	{ "name = \"a;\nis_on = true;\n", "f:1: the text that begins here has no end in its line\n" },
	{ "name = \"a\\", "f:1: the text that begins here has no end in its line\n" },
	{ "/* a\n*\n/", "f:1: the comment that begins here has no end\n" },
	{ "\n  @include \"/etc/shadow\"\n", "f:2: @include is not followed; put further files into the directory conf.d\n" },
	{ "\xef\xbb\xbfname = \"a\";", "f:1: the file begins with a byte order mark; save it without one\n" },
	{ "name = \"a\";\n\x7f" "ELF", "f:2: a control character or zero byte: this is no text file\n" },
	{ "name =\r\"a\";", "f:1: a control character or zero byte: this is no text file\n" },
	{ "name = \"\x1b[31m\";", "f:1: a control character or zero byte: this is no text file\n" },
	{ "name = \"a\";\nname = \"b\";\nname = 3;", "f:2: 'name' is set here a second time, the first is in line 1\nf:3: 'name' is set here a second time, the first is in line 1\n" },
	{ "box = { width = 1;\nwidth = 0; };\ncount = 7.5;", "f:2: 'width' is set here a second time, the first is in line 1\nf:3: 'count' is a number with a point, but must be a whole number\n" },
	{ "a = (((((((((((((((( 1 ))))))))))))))));", "f:1: 'a' is no known setting\n" },
	{ "a = ((((((((((((((((( 1 )))))))))))))))));", "f:1: groups or lists within too many others\n" },
};

static const struct bad names[] = {
	{ "nam = 1;", "f:1: 'nam' is no known setting; did you mean 'name'?\n" },
	{ "Name = 1;", "f:1: 'Name' is no known setting; did you mean 'name'?\n" },
	{ "cuont = 1;", "f:1: 'cuont' is no known setting; did you mean 'count'?\n" },
	{ "tag = 1;", "f:1: 'tag' is no known setting; did you mean 'tags'?\n" },
	{ "xylophone = 1;", "f:1: 'xylophone' is no known setting\n" },
	{ "*x = 1;", "f:1: '*x' is no known setting\n" },
	{ "box = { widht = 1; name = 2; };", "f:1: 'box.widht' is no known setting; did you mean 'width'?\nf:1: 'box.name' is no known setting\n" },
	{ "items = ( { id = \"a\"; },\n{ idd = 1; } );", "f:2: 'items[2].idd' is no known setting; did you mean 'id'?\nf:2: 'items[2]' has no 'id'\n" },
};

static const struct bad sentences[] = {
	{ "count = 1;\nname = ;\npath = 3;", "f:2: syntax error: is a ';', a comma or a bracket missing here or before, or one too many? What comes behind it was not looked at\n" },
	{ "count = 9.5;\nitems = ( { }\n", "f:1: 'count' is a number with a point, but must be a whole number\nf:3: syntax error: is a ';', a comma or a bracket missing here or before, or one too many? What comes behind it was not looked at\n" },
	{ "]", "f:1: syntax error: is a ';', a comma or a bracket missing here or before, or one too many? What comes behind it was not looked at\n" },
};
/* clang-format on */

#define CHECK(rows)                                                            \
	do {                                                                   \
		for (size_t i = 0; i < sizeof(rows) / sizeof(*(rows)); i++)    \
			expect_mistakes(&(rows)[i]);                           \
	} while (0)

static void test_wrong_types(void **state)
{
	(void)state;
	CHECK(types);
}

static void test_ranges(void **state)
{
	(void)state;
	CHECK(ranges);
}

static void test_what_libconfig_swallows(void **state)
{
	(void)state;
	CHECK(swallowed);
}

static void test_unknown_names(void **state)
{
	(void)state;
	CHECK(names);
}

static void test_no_sentences(void **state)
{
	(void)state;
	CHECK(sentences);
}

static void test_later_files_win_and_lists_join(void **state)
{
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);

	(void)state;
	mg_conf_read_text(conf, "a",
			  MG_LIT("name = \"one\"; count = 1; tags = [ \"/a\" ];"
				 "box = { width = 4; height = 5; };"
				 "items = ( { id = \"i\"; } );"));
	mg_conf_read_text(conf, "b",
			  MG_LIT("\nname = \"two\"; tags = [ \"/b\" ];"
				 "box = { width = 6; };"
				 "items = ( { id = \"j\"; } );"));
	if (mg_conf_finish(conf, &err) < 0)
		fail_msg("%s", err.text);
	expect_text(t.name, "two");
	assert_string_equal(mg_conf_place(conf, &t.name).file, "b");
	assert_int_equal(mg_conf_place(conf, &t.name).line, 2);
	assert_string_equal(mg_conf_place(conf, &t.count).file, "a");
	assert_int_equal(t.tags.n, 2);
	expect_text(t.tags.items[0], "/a");
	expect_text(t.tags.items[1], "/b");
	assert_int_equal(t.box.width, 6);
	assert_int_equal(t.box.height, 5);
	assert_int_equal(t.items.n, 2);
	expect_text(((struct item *)t.items.items[0])->id, "i");
	mg_conf_free(conf);
}

static void test_mistakes_stand_in_the_order_of_files(void **state)
{
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);

	(void)state;
	mg_conf_read_text(conf, "z", MG_LIT("\n\ncount = 0x1;"));
	mg_conf_read_text(conf, "a", MG_LIT("\ncount = 0x1;\nb = 1;"));
	mg_conf_wrong(conf, mg_conf_place(conf, &t.count), "odd %d", 1);
	mg_conf_wrong(conf, (struct mg_conf_place){ "a", 1 }, "odd");
	assert_int_equal(mg_conf_finish(conf, &err), -MG_ECONF);
	assert_int_equal(mg_conf_n_mistakes(conf), 5);
	assert_string_equal(mg_conf_mistake(conf, 0),
			    "z:3: '0x1': write numbers in decimal digits");
	assert_string_equal(mg_conf_mistake(conf, 4),
			    "a:3: 'b' is no known setting");
	assert_string_equal(err.text,
			    "z:3: '0x1': write numbers in decimal digits "
			    "(and 4 more mistakes)");
	mg_conf_free(conf);
}

static void test_what_is_required(void **state)
{
	static const struct mg_conf_table needy = { item_fields, 3,
						    sizeof(struct item) };
	struct item item;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&needy, &item);

	(void)state;
	assert_int_equal(mg_conf_finish(conf, &err), -MG_ECONF);
	assert_string_equal(err.text, "'id' is missing");
	mg_conf_free(conf);
	conf = mg_conf_new(&needy, &item);
	mg_conf_read_text(conf, "f", MG_LIT("id = \"x\";"));
	assert_int_equal(mg_conf_finish(conf, &err), 0);
	mg_conf_free(conf);
}

/* The rest is counted, and none is written anywhere it should not be. */
static void test_many_mistakes(void **state)
{
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, 1 << 20);
	for (int i = 0; i < 250; i++)
		mg_buf_add_fmt(&text, "x%d = \"%0300d\";\n", i, i);
	mg_conf_read_text(conf, "f", mg_buf_slice(&text));
	assert_int_equal(mg_conf_finish(conf, &err), -MG_ECONF);
	assert_int_equal(mg_conf_n_mistakes(conf), MG_CONF_MISTAKES_MAX);
	assert_string_equal(
		err.text,
		"f:1: 'x0' is no known setting (and 249 more mistakes)");
	mg_conf_free(conf);

	conf = mg_conf_new(&table, &t);
	mg_buf_add_fill(&text, 'x', MG_CONF_NAMES_MAX);
	mg_buf_add_fmt(&text, "x = 1;");
	for (int i = 0; i < 10; i++)
		mg_buf_add_fmt(&text, "y%d = 1;", i);
	mg_conf_read_text(conf, "f", mg_buf_slice(&text));
	assert_int_equal(mg_conf_finish(conf, &err), -MG_ECONF);
	assert_string_equal(err.text, "f:251: too many settings in one group");
	mg_conf_free(conf);
	mg_buf_release(&text);
}

static void test_a_file_too_long(void **state)
{
	struct things t;
	struct mg_err err = { 0 };
	struct mg_conf *conf = mg_conf_new(&table, &t);
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, MG_CONF_BYTES_MAX + 1);
	mg_buf_add_fill(&text, ' ', MG_CONF_BYTES_MAX);
	mg_conf_read_text(conf, "f", mg_buf_slice(&text));
	assert_int_equal(mg_conf_finish(conf, &err), 0);
	mg_buf_add_char(&text, ' ');
	mg_conf_read_text(conf, "f", mg_buf_slice(&text));
	assert_int_equal(mg_conf_finish(conf, &err), -MG_ECONF);
	assert_string_equal(err.text, "f:1: the file is longer than 1048576 "
				      "bytes, which no configuration is");
	mg_conf_free(conf);
	mg_buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_what_libconfig_swallows),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_no_sentences),
		cmocka_unit_test(test_later_files_win_and_lists_join),
		cmocka_unit_test(test_mistakes_stand_in_the_order_of_files),
		cmocka_unit_test(test_what_is_required),
		cmocka_unit_test(test_many_mistakes),
		cmocka_unit_test(test_a_file_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
