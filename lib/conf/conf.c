/* SPDX-License-Identifier: MIT */
#include "mailguard/conf.h"

#include "conf_priv.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define MISTAKE_BYTES 1024 /* of the text; a longer one is cut */

static size_t number_of_file(const struct mg_conf *conf, const char *file)
{
	for (size_t i = 0; file && i < conf->n_files; i++)
		if (!strcmp(conf->files[i], file))
			return i;
	return 0;
}

static void add_mistake(struct mg_conf *, struct mg_conf_place, const char *,
			va_list) MG_PRINTF(3, 0);

static void add_mistake(struct mg_conf *conf, struct mg_conf_place place,
			const char *fmt, va_list args)
{
	char text[MISTAKE_BYTES];
	size_t at = 0;

	if (conf->n_mistakes == MG_CONF_MISTAKES_MAX) {
		conf->n_more++;
		return;
	}
	if (place.file)
		at = (size_t)snprintf(text, sizeof(text) / 2,
				      "%s:%u: ", place.file, place.line);
	if (at >= sizeof(text) / 2)
		at = sizeof(text) / 2 - 1;
	(void)vsnprintf(text + at, sizeof(text) - at, fmt, args);
	conf->mistakes = mg_vec_room(conf->mistakes, conf->n_mistakes,
				     &conf->cap_mistakes,
				     sizeof(*conf->mistakes));
	conf->mistakes[conf->n_mistakes] = (struct mg_conf_mistake){
		.place = place,
		.file = number_of_file(conf, place.file),
		.number = conf->n_mistakes,
		.text = mg_arena_copy_text(&conf->arena, mg_slice_str(text)),
	};
	conf->n_mistakes++;
}

void mg_conf_wrong(struct mg_conf *conf, struct mg_conf_place place,
		   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_mistake(conf, place, fmt, args);
	va_end(args);
}

void mg_conf_wrong_line(struct mg_conf *conf, unsigned line, const char *fmt,
			...)
{
	va_list args;

	va_start(args, fmt);
	add_mistake(conf, (struct mg_conf_place){ conf->file, line }, fmt,
		    args);
	va_end(args);
}

bool mg_conf_is_wrong(const struct mg_conf *conf, unsigned line)
{
	for (size_t i = conf->n_before; i < conf->n_scanned; i++)
		if (conf->mistakes[i].place.line == line)
			return true;
	return false;
}

struct mg_conf *mg_conf_new(const struct mg_conf_table *table, void *to)
{
	struct mg_conf *conf = mg_mem_zalloc(1, sizeof(*conf));

	conf->table = table;
	conf->to = to;
	memset(to, 0, table->size);
	mg_conf_preset(conf, table, to);
	return conf;
}

static void begin_file(struct mg_conf *conf, const char *name)
{
	conf->files = mg_vec_room(conf->files, conf->n_files, &conf->cap_files,
				  sizeof(*conf->files));
	conf->file = mg_arena_copy_text(&conf->arena, mg_slice_str(name));
	conf->files[conf->n_files++] = conf->file;
	conf->n_before = conf->n_scanned = conf->n_mistakes;
}

/*
 * libconfig knows the line of a string in a list only after it has looked at
 * the word behind it, which may be lines below. Both come in the order of the
 * file.
 */
static void mend_lines(const config_setting_t *s,
		       const struct mg_conf_lines *lines, size_t *at)
{
	const int n = config_setting_length(s);

	for (int i = 0; i < n; i++) {
		config_setting_t *e = config_setting_get_elem(s, (unsigned)i);

		if (config_setting_is_aggregate(e))
			mend_lines(e, lines, at);
		else if (config_setting_type(e) == CONFIG_TYPE_STRING &&
			 !config_setting_is_group(s) && *at < lines->n)
			e->line = lines->items[(*at)++];
	}
}

/* Its own words are "syntax error", or what else it stops at. */
static void say_stopped(struct mg_conf *conf, const config_t *config)
{
	const unsigned line = (unsigned)config_error_line(config);

	conf->is_cut = true;
	if (!mg_conf_is_wrong(conf, line))
		mg_conf_wrong_line(
			conf, line,
			"%s: is a ';', a comma or a bracket missing "
			"here or before, or one too many? What comes "
			"behind it was not looked at",
			config_error_text(config));
}

static void read_by_libconfig(struct mg_conf *conf, const char *text,
			      const struct mg_conf_lines *lines)
{
	config_t config;
	size_t at = 0;

	config_init(&config);
	conf->n_scanned = conf->n_mistakes;
	if (!config_read_string(&config, text))
		say_stopped(conf, &config);
	conf->n_scanned = conf->n_mistakes;
	mend_lines(config_root_setting(&config), lines, &at);
	mg_conf_walk(conf, config_root_setting(&config));
	config_destroy(&config);
}

static void say_too_long(struct mg_conf *conf)
{
	conf->is_cut = true;
	mg_conf_wrong_line(conf, 1,
			   "the file is longer than %d bytes, which no "
			   "configuration is",
			   MG_CONF_BYTES_MAX);
}

void mg_conf_read_text(struct mg_conf *conf, const char *name,
		       struct mg_slice text)
{
	struct mg_conf_lines lines = { 0 };
	struct mg_buf copy;

	begin_file(conf, name);
	mg_buf_init(&copy, MG_CONF_BYTES_MAX);
	mg_buf_add(&copy, text);
	if (copy.truncated)
		say_too_long(conf);
	else if (mg_conf_scan(conf, &copy, &lines))
		read_by_libconfig(conf, copy.ptr, &lines);
	else
		conf->is_cut = true;
	mg_buf_release(&copy);
	mg_mem_free(lines.items);
}

static int read_bytes(struct mg_conf *conf, const char *name, int rc,
		      const struct mg_buf *text)
{
	if (rc == 0)
		mg_conf_read_text(conf, name, mg_buf_slice(text));
	if (rc != -MG_ELIMIT)
		return rc;
	begin_file(conf, name);
	say_too_long(conf);
	return 0;
}

int mg_conf_read_host(struct mg_conf *conf, const struct mg_root *root,
		      const char *path, struct mg_err *err)
{
	char name[PATH_MAX];
	struct mg_buf text;
	int rc;

	(void)snprintf(name, sizeof(name), "%s%s",
		       strcmp(root->path, "/") ? root->path : "", path);
	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	rc = mg_root_read_trusted(root, path, &text, err);
	rc = read_bytes(conf, name, rc, &text);
	mg_buf_release(&text);
	return rc;
}

int mg_conf_read_path(struct mg_conf *conf, const char *path,
		      struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	rc = mg_file_read_trusted(path, &text, err);
	rc = read_bytes(conf, path, rc, &text);
	mg_buf_release(&text);
	return rc;
}

int mg_conf_each_file(const struct mg_root *root, const char *path,
		      mg_conf_file_fn fn, void *arg, struct mg_err *err)
{
	struct mg_file_info info;
	struct mg_buf names;
	int rc;

	mg_buf_init(&names, MG_CONF_BYTES_MAX);
	rc = mg_root_list(root, path, &names, &info, err);
	for (size_t at = 0; rc == 0 && at < names.len;) {
		const struct mg_slice name = mg_slice_str(names.ptr + at);
		char file[PATH_MAX];

		at += name.len + 1;
		if (name.ptr[0] == '.' ||
		    !mg_slice_has_suffix(name, MG_LIT(".conf")))
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, name.ptr);
		rc = fn(arg, root, file, err);
		if (rc == 1)
			rc = 0; /* it went away since */
	}
	mg_buf_release(&names);
	return rc;
}

static int read_one(void *arg, const struct mg_root *root, const char *path,
		    struct mg_err *err)
{
	struct mg_conf *conf = arg;

	return mg_conf_read_host(conf, root, path, err);
}

int mg_conf_read_folder(struct mg_conf *conf, const struct mg_root *root,
			const char *path, struct mg_err *err)
{
	return mg_conf_each_file(root, path, read_one, conf, err);
}

struct mg_conf_place mg_conf_place(const struct mg_conf *conf,
				   const void *value)
{
	for (size_t i = conf->n_origins; i > 0; i--)
		if (conf->origins[i - 1].value == value)
			return conf->origins[i - 1].place;
	return (struct mg_conf_place){ 0 };
}

void mg_conf_set_place(struct mg_conf *conf, const void *value, unsigned line)
{
	if (!conf->file)
		return;
	conf->origins = mg_vec_room(conf->origins, conf->n_origins,
				    &conf->cap_origins, sizeof(*conf->origins));
	conf->origins[conf->n_origins++] = (struct mg_conf_origin){
		.value = value,
		.place = { conf->file, line },
	};
}

const char *mg_conf_file(const struct mg_conf *conf, size_t i)
{
	return i < conf->n_files ? conf->files[i] : NULL;
}

static int by_place(const void *a, const void *b)
{
	const struct mg_conf_mistake *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void find_missing(struct mg_conf *conf)
{
	const struct mg_conf_table *t = conf->table;
	const struct mg_conf_place at = { mg_conf_file(conf, 0), 1 };

	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].is_required && !(conf->seen >> i & 1))
			mg_conf_wrong(conf, at, "'%s' is missing",
				      t->fields[i].name);
}

int mg_conf_finish(struct mg_conf *conf, struct mg_err *err)
{
	size_t n_others;

	if (!conf->is_cut)
		find_missing(conf);
	if (conf->n_mistakes == 0)
		return 0;
	qsort(conf->mistakes, conf->n_mistakes, sizeof(*conf->mistakes),
	      by_place);
	n_others = conf->n_mistakes + conf->n_more - 1;
	if (n_others == 0)
		return mg_fail(err, MG_ECONF, "%s", conf->mistakes[0].text);
	return mg_fail(err, MG_ECONF, "%s (and %zu more mistakes)",
		       conf->mistakes[0].text, n_others);
}

size_t mg_conf_n_mistakes(const struct mg_conf *conf)
{
	return conf->n_mistakes;
}

const char *mg_conf_mistake(const struct mg_conf *conf, size_t i)
{
	assert(i < conf->n_mistakes);
	return conf->mistakes[i].text;
}

void mg_conf_free(struct mg_conf *conf)
{
	if (!conf)
		return;
	mg_mem_free(conf->files);
	mg_mem_free(conf->origins);
	mg_mem_free(conf->mistakes);
	mg_arena_release(&conf->arena);
	mg_mem_free(conf);
}
