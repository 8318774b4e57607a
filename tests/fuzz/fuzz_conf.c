/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of settings: it is read or it is wrong, never both, each
 * mistake names a line of the file, and what was read can be shown and read
 * again as the same.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/num.h"
#include "mailguard/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses a text that was begun when it stops at a mistake. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

/* "f:LINE: TEXT", or a text about no line. */
static void check_mistake(const char *mistake, size_t n_lines)
{
	struct mg_slice text = mg_slice_str(mistake);
	uint64_t line;

	assert(text.len);
	if (!mg_slice_cut_lit(&text, MG_LIT("f:")))
		return;
	assert(mg_num_cut(&text, UINT32_MAX, &line));
	assert(line >= 1 && line <= n_lines);
	assert(mg_slice_cut_lit(&text, MG_LIT(": ")) && text.len);
}

static void check_setting(void *arg, const struct mg_conf_setting *s)
{
	const size_t n_lines = *(const size_t *)arg;

	assert(*s->path);
	assert(!s->place.file ||
	       (!strcmp(s->place.file, "f") && s->place.line >= 1 &&
		s->place.line <= n_lines));
}

/* One that stands in no list, as a file of its own; empty for the others. */
static void write_setting(struct mg_buf *b, const struct mg_conf_setting *s)
{
	struct mg_slice path = mg_slice_str(s->path), group;

	if (!s->place.file || strchr(s->path, '[') || s->value.len == 0)
		return;
	if (mg_slice_cut_at(&path, '.', &group))
		mg_buf_add_fmt(b, "%.*s = { %.*s = %.*s; };\n",
			       MG_SLICE_ARG(group), MG_SLICE_ARG(path),
			       MG_SLICE_ARG(s->value));
	else
		mg_buf_add_fmt(b, "%.*s = %.*s;\n", MG_SLICE_ARG(path),
			       MG_SLICE_ARG(s->value));
}

static void show(void *arg, const struct mg_conf_setting *s)
{
	write_setting(arg, s);
}

static void read_again(void *arg, const struct mg_conf_setting *s)
{
	struct mg_conf *again = arg;
	struct mg_buf text;

	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	write_setting(&text, s);
	mg_conf_read_text(again, "f", mg_buf_slice(&text));
	mg_buf_release(&text);
}

/* A good file says the same when it is read from what is shown of it. */
static void check_again(const struct mg_conf *conf)
{
	struct mg_settings settings;
	struct mg_conf *again = mg_conf_new(&mg_settings_table, &settings);
	struct mg_buf first, second;
	struct mg_err err;

	mg_buf_init(&first, MG_CONF_BYTES_MAX);
	mg_buf_init(&second, MG_CONF_BYTES_MAX);
	mg_conf_each(conf, read_again, again);
	assert(mg_conf_finish(again, &err) == 0);
	mg_conf_each(conf, show, &first);
	mg_conf_each(again, show, &second);
	assert(mg_slice_is(mg_buf_slice(&first), mg_buf_slice(&second)));
	mg_buf_release(&second);
	mg_buf_release(&first);
	mg_conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mg_slice text = mg_slice_of((const char *)data, size);
	struct mg_settings settings;
	struct mg_conf *conf = mg_conf_new(&mg_settings_table, &settings);
	struct mg_err err = { 0 };
	size_t n_lines = 1; /* and the one behind the last newline */

	for (size_t i = 0; i < size; i++)
		n_lines += data[i] == '\n';
	mg_conf_read_text(conf, "f", text);
	if (mg_conf_finish(conf, &err) < 0)
		assert(err.code == MG_ECONF && mg_conf_n_mistakes(conf));
	else
		assert(mg_conf_n_mistakes(conf) == 0);
	for (size_t i = 0; i < mg_conf_n_mistakes(conf); i++)
		check_mistake(mg_conf_mistake(conf, i), n_lines);
	mg_conf_each(conf, check_setting, &n_lines);
	if (mg_conf_n_mistakes(conf) == 0)
		check_again(conf);
	mg_conf_free(conf);
	return 0;
}
