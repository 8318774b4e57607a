/* SPDX-License-Identifier: MIT */
/*
 * One value of a file, checked by its field of the table.
 */
#include "conf_priv.h"

#include <assert.h>

#include "mailguard/duration.h"

#define PATH_BYTES 256  /* shown of the path of a setting */
#define WORDS_BYTES 256 /* shown of the words that may stand */

/* "sources[2].dialect": groups by name, elements by number from 1. */
static void add_path(struct mg_buf *b, const config_setting_t *s)
{
	const config_setting_t *parent = config_setting_parent(s);

	if (parent && !config_setting_is_root(parent))
		add_path(b, parent);
	if (config_setting_name(s))
		mg_buf_add_fmt(b, "%s%s", b->len ? "." : "",
			       config_setting_name(s));
	else
		mg_buf_add_fmt(b, "[%d]", config_setting_index(s) + 1);
}

/* A mistake in a setting; where the line was wrong before, it follows. */
void mg_conf_wrong_setting(struct mg_conf *conf, const config_setting_t *s,
			   const char *what)
{
	struct mg_buf path;

	assert(conf->file); /* else a preset is wrong */
	if (mg_conf_is_wrong(conf, config_setting_source_line(s)))
		return;
	mg_buf_init(&path, PATH_BYTES);
	add_path(&path, s);
	mg_conf_wrong_line(conf, config_setting_source_line(s), "'%s' %s",
			   path.ptr, what);
	mg_buf_release(&path);
}

static const char *name_of_type(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a point";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "a list [ ]";
	case CONFIG_TYPE_LIST:
		return "a list ( )";
	default:
		return "a text in quotes";
	}
}

void mg_conf_wrong_type(struct mg_conf *conf, const config_setting_t *s,
			const char *wanted)
{
	struct mg_buf what;

	mg_buf_init(&what, PATH_BYTES);
	mg_buf_add_fmt(&what, "is %s, but must be %s", name_of_type(s), wanted);
	mg_conf_wrong_setting(conf, s, what.ptr);
	mg_buf_release(&what);
}

static bool is_whole(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT ||
	       config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool is_string(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_STRING;
}

static struct mg_slice string_of(const config_setting_t *s)
{
	return mg_slice_str(config_setting_get_string(s));
}

static bool is_in_range(struct mg_conf *conf, const struct mg_conf_field *f,
			const config_setting_t *s, double n)
{
	struct mg_buf what;

	if (n >= f->min && n <= f->max)
		return true;
	mg_buf_init(&what, PATH_BYTES);
	mg_buf_add_str(&what, "must be from ");
	mg_conf_add_range(&what, f);
	mg_conf_wrong_setting(conf, s, what.ptr);
	mg_buf_release(&what);
	return false;
}

static bool find_word(const struct mg_conf_field *f, struct mg_slice text,
		      unsigned *out)
{
	for (unsigned i = 0; f->words[i]; i++) {
		if (!mg_slice_is(mg_slice_str(f->words[i]), text))
			continue;
		*out = i;
		return true;
	}
	return false;
}

/* Also says what is wrong with a text that is none of the words. */
static bool is_word(struct mg_conf *conf, const struct mg_conf_field *f,
		    const config_setting_t *s, unsigned *out)
{
	struct mg_buf what;

	if (find_word(f, string_of(s), out))
		return true;
	mg_buf_init(&what, WORDS_BYTES + PATH_BYTES);
	mg_buf_add_str(&what, "must be one of ");
	for (unsigned i = 0; f->words[i]; i++)
		mg_buf_add_fmt(&what, "%s\"%s\"", i ? ", " : "", f->words[i]);
	mg_conf_wrong_setting(conf, s, what.ptr);
	mg_buf_release(&what);
	return false;
}

static bool is_good_text(struct mg_conf *conf, const struct mg_conf_field *f,
			 const config_setting_t *s)
{
	const char *why;
	unsigned unused;

	if (f->words && !is_word(conf, f, s, &unused))
		return false;
	why = f->check ? f->check(string_of(s)) : NULL;
	if (why)
		mg_conf_wrong_setting(conf, s, why);
	return !why;
}

static struct mg_slice keep(struct mg_conf *conf, const config_setting_t *s)
{
	const struct mg_slice text = string_of(s);

	return mg_slice_of(mg_arena_copy_text(&conf->arena, text), text.len);
}

static bool value_text(struct mg_conf *conf, const struct mg_conf_field *f,
		       void *at, const config_setting_t *s)
{
	if (!is_string(s)) {
		mg_conf_wrong_type(conf, s, "a text in quotes");
		return false;
	}
	if (!is_good_text(conf, f, s))
		return false;
	*(struct mg_slice *)at = keep(conf, s);
	return true;
}

static bool value_word(struct mg_conf *conf, const struct mg_conf_field *f,
		       void *at, const config_setting_t *s)
{
	if (!is_string(s)) {
		mg_conf_wrong_type(conf, s, "a word in quotes");
		return false;
	}
	return is_word(conf, f, s, at);
}

static bool value_number(struct mg_conf *conf, const struct mg_conf_field *f,
			 void *at, const config_setting_t *s)
{
	if (!is_whole(s)) {
		mg_conf_wrong_type(conf, s, "a whole number");
		return false;
	}
	if (!is_in_range(conf, f, s, (double)config_setting_get_int64(s)))
		return false;
	*(int64_t *)at = config_setting_get_int64(s);
	return true;
}

static bool value_real(struct mg_conf *conf, const struct mg_conf_field *f,
		       void *at, const config_setting_t *s)
{
	double n;

	if (!config_setting_is_number(s)) {
		mg_conf_wrong_type(conf, s, "a number");
		return false;
	}
	n = is_whole(s) ? (double)config_setting_get_int64(s)
			: config_setting_get_float(s);
	if (!is_in_range(conf, f, s, n))
		return false;
	*(double *)at = n;
	return true;
}

static bool value_bool(struct mg_conf *conf, void *at,
		       const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL) {
		mg_conf_wrong_type(conf, s, "true or false");
		return false;
	}
	*(bool *)at = config_setting_get_bool(s);
	return true;
}

static bool value_duration(struct mg_conf *conf, const struct mg_conf_field *f,
			   void *at, const config_setting_t *s)
{
	int64_t seconds;

	if (!is_string(s) || !mg_duration_parse(string_of(s), &seconds)) {
		mg_conf_wrong_setting(
			conf, s,
			"must be a length of time in quotes, such as \"90s\", "
			"\"5m\", \"1h\" or \"14d\"");
		return false;
	}
	if (!is_in_range(conf, f, s, (double)seconds))
		return false;
	*(int64_t *)at = seconds;
	return true;
}

bool mg_conf_value(struct mg_conf *conf, const struct mg_conf_field *f,
		   void *at, const config_setting_t *s)
{
	switch (f->type) {
	case MG_CONF_TEXTS: /* an element of it */
	case MG_CONF_TEXT:
		return value_text(conf, f, at, s);
	case MG_CONF_WORD:
		return value_word(conf, f, at, s);
	case MG_CONF_NUMBER:
		return value_number(conf, f, at, s);
	case MG_CONF_REAL:
		return value_real(conf, f, at, s);
	case MG_CONF_BOOL:
		return value_bool(conf, at, s);
	case MG_CONF_DURATION:
		return value_duration(conf, f, at, s);
	case MG_CONF_GROUP:
	case MG_CONF_GROUPS:
		break;
	}
	return false;
}
