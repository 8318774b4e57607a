/* SPDX-License-Identifier: MIT */
/*
 * From what libconfig read to the caller's struct, by the table.
 */
#include "conf_priv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/duration.h"
#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define PATH_BYTES 256  /* shown of the path of a setting */
#define WORDS_BYTES 256 /* shown of the words that may stand */

static void walk_group(struct mg_conf *conf, const struct mg_conf_table *table,
		       void *to, const config_setting_t *group, uint64_t *seen);

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
static void wrong(struct mg_conf *conf, const config_setting_t *s,
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

static void wrong_type(struct mg_conf *conf, const config_setting_t *s,
		       const char *wanted)
{
	struct mg_buf what;

	mg_buf_init(&what, PATH_BYTES);
	mg_buf_add_fmt(&what, "is %s, but must be %s", name_of_type(s), wanted);
	wrong(conf, s, what.ptr);
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

static bool is_list(const config_setting_t *s)
{
	return config_setting_is_list(s) || config_setting_is_array(s);
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
	wrong(conf, s, what.ptr);
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
	wrong(conf, s, what.ptr);
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
		wrong(conf, s, why);
	return !why;
}

static struct mg_slice keep(struct mg_conf *conf, const config_setting_t *s)
{
	const struct mg_slice text = string_of(s);

	return mg_slice_of(mg_arena_copy_text(&conf->arena, text), text.len);
}

static bool walk_text(struct mg_conf *conf, const struct mg_conf_field *f,
		      void *at, const config_setting_t *s)
{
	if (!is_string(s)) {
		wrong_type(conf, s, "a text in quotes");
		return false;
	}
	if (!is_good_text(conf, f, s))
		return false;
	*(struct mg_slice *)at = keep(conf, s);
	return true;
}

static bool walk_word(struct mg_conf *conf, const struct mg_conf_field *f,
		      void *at, const config_setting_t *s)
{
	if (!is_string(s)) {
		wrong_type(conf, s, "a word in quotes");
		return false;
	}
	return is_word(conf, f, s, at);
}

static bool walk_number(struct mg_conf *conf, const struct mg_conf_field *f,
			void *at, const config_setting_t *s)
{
	if (!is_whole(s)) {
		wrong_type(conf, s, "a whole number");
		return false;
	}
	if (!is_in_range(conf, f, s, (double)config_setting_get_int64(s)))
		return false;
	*(int64_t *)at = config_setting_get_int64(s);
	return true;
}

static bool walk_real(struct mg_conf *conf, const struct mg_conf_field *f,
		      void *at, const config_setting_t *s)
{
	double n;

	if (!config_setting_is_number(s)) {
		wrong_type(conf, s, "a number");
		return false;
	}
	n = is_whole(s) ? (double)config_setting_get_int64(s)
			: config_setting_get_float(s);
	if (!is_in_range(conf, f, s, n))
		return false;
	*(double *)at = n;
	return true;
}

static bool walk_bool(struct mg_conf *conf, void *at, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL) {
		wrong_type(conf, s, "true or false");
		return false;
	}
	*(bool *)at = config_setting_get_bool(s);
	return true;
}

static bool walk_duration(struct mg_conf *conf, const struct mg_conf_field *f,
			  void *at, const config_setting_t *s)
{
	int64_t seconds;

	if (!is_string(s) || !mg_duration_parse(string_of(s), &seconds)) {
		wrong(conf, s,
		      "must be a length of time in quotes, such as \"90s\", "
		      "\"5m\", \"1h\" or \"14d\"");
		return false;
	}
	if (!is_in_range(conf, f, s, (double)seconds))
		return false;
	*(int64_t *)at = seconds;
	return true;
}

/* Whether a list may have so many elements, those of other files included. */
static bool is_good_length(struct mg_conf *conf, const struct mg_conf_field *f,
			   const config_setting_t *s, size_t n)
{
	const double max = f->max > 0 ? f->max : MG_CONF_LIST_MAX;
	char what[PATH_BYTES];

	if ((double)n >= f->min && (double)n <= max)
		return true;
	(void)snprintf(what, sizeof(what),
		       "has %zu elements, and must have from %.0f to %.0f", n,
		       f->min, max);
	wrong(conf, s, what);
	return false;
}

/* The n elements that a list has of other files, and room for so many more. */
static void *longer(struct mg_conf *conf, const void *items, size_t n,
		    size_t n_more, size_t size)
{
	void *all = mg_arena_zalloc(&conf->arena, (n + n_more) * size);

	if (n)
		memcpy(all, items, n * size);
	return all;
}

static bool walk_texts(struct mg_conf *conf, const struct mg_conf_field *f,
		       struct mg_conf_texts *at, const config_setting_t *s)
{
	const size_t n = (size_t)config_setting_length(s);
	struct mg_slice *items;

	if (!is_list(s)) {
		wrong_type(conf, s, "a list of texts in quotes");
		return false;
	}
	if (!is_good_length(conf, f, s, at->n + n))
		return false;
	at->items = items = longer(conf, at->items, at->n, n, sizeof(*items));
	for (unsigned i = 0; i < n; i++)
		if (walk_text(conf, f, &items[at->n],
			      config_setting_get_elem(s, i)))
			at->n++;
	return true;
}

static void find_missing(struct mg_conf *conf, const struct mg_conf_table *t,
			 const config_setting_t *group, uint64_t seen)
{
	char what[PATH_BYTES];

	for (size_t i = 0; i < t->n_fields; i++) {
		if (!t->fields[i].is_required || (seen >> i & 1))
			continue;
		(void)snprintf(what, sizeof(what), "has no '%s'",
			       t->fields[i].name);
		wrong(conf, group, what);
	}
}

/* A group that must be whole: unlike the file's own, it has one piece. */
static bool walk_whole(struct mg_conf *conf, const struct mg_conf_table *t,
		       void *to, const config_setting_t *s)
{
	uint64_t seen = 0;

	if (!config_setting_is_group(s)) {
		wrong_type(conf, s, "a group { }");
		return false;
	}
	walk_group(conf, t, to, s, &seen);
	if (!conf->is_cut)
		find_missing(conf, t, s, seen);
	return true;
}

/* What stands before an item of a list in memory. */
struct head {
	_Alignas(max_align_t) struct mg_conf_place place;
};

static void *new_item(struct mg_conf *conf, const struct mg_conf_table *t,
		      const config_setting_t *s)
{
	struct head *head = mg_arena_zalloc(&conf->arena,
					    sizeof(*head) + t->size);

	head->place.file = conf->file;
	head->place.line = config_setting_source_line(s);
	mg_conf_preset(conf, t, head + 1);
	return head + 1;
}

struct mg_conf_place mg_conf_item_place(const void *item)
{
	return ((const struct head *)item - 1)->place;
}

static bool walk_groups(struct mg_conf *conf, const struct mg_conf_field *f,
			struct mg_conf_groups *at, const config_setting_t *s)
{
	const size_t n = (size_t)config_setting_length(s);
	void **items;

	if (!config_setting_is_list(s)) {
		wrong_type(conf, s, "a list of groups ( { }, { } )");
		return false;
	}
	if (!is_good_length(conf, f, s, at->n + n))
		return false;
	at->items = items = longer(conf, at->items, at->n, n, sizeof(*items));
	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *e = config_setting_get_elem(s, i);
		void *to = new_item(conf, f->group, e);

		if (walk_whole(conf, f->group, to, e))
			items[at->n++] = to;
	}
	return true;
}

static bool walk_field(struct mg_conf *conf, const struct mg_conf_field *f,
		       void *at, const config_setting_t *s)
{
	switch (f->type) {
	case MG_CONF_TEXT:
		return walk_text(conf, f, at, s);
	case MG_CONF_WORD:
		return walk_word(conf, f, at, s);
	case MG_CONF_NUMBER:
		return walk_number(conf, f, at, s);
	case MG_CONF_REAL:
		return walk_real(conf, f, at, s);
	case MG_CONF_BOOL:
		return walk_bool(conf, at, s);
	case MG_CONF_DURATION:
		return walk_duration(conf, f, at, s);
	case MG_CONF_TEXTS:
		return walk_texts(conf, f, at, s);
	case MG_CONF_GROUP:
		return walk_whole(conf, f->group, at, s);
	case MG_CONF_GROUPS:
		return walk_groups(conf, f, at, s);
	}
	return false;
}

static void unknown(struct mg_conf *conf, const struct mg_conf_table *table,
		    const config_setting_t *s)
{
	const char *nearest = mg_conf_nearest(table, config_setting_name(s));
	char what[PATH_BYTES];

	(void)snprintf(what, sizeof(what), "is no known setting%s%s%s",
		       nearest ? "; did you mean '" : "",
		       nearest ? nearest : "", nearest ? "'?" : "");
	wrong(conf, s, what);
}

static void walk_group(struct mg_conf *conf, const struct mg_conf_table *table,
		       void *to, const config_setting_t *group, uint64_t *seen)
{
	const int n = config_setting_length(group);

	for (unsigned i = 0; i < (unsigned)n; i++) {
		const config_setting_t *s = config_setting_get_elem(group, i);
		const struct mg_conf_field *f =
			mg_conf_find(table, config_setting_name(s));
		char *at;

		if (config_setting_type(s) == CONFIG_TYPE_NONE)
			continue; /* libconfig stopped in the middle of it */
		if (!f) {
			unknown(conf, table, s);
			continue;
		}
		*seen |= UINT64_C(1) << (f - table->fields);
		at = (char *)to + f->offset;
		if (walk_field(conf, f, at, s) && f->type != MG_CONF_GROUP)
			mg_conf_set_place(conf, at,
					  config_setting_source_line(s));
	}
}

void mg_conf_walk(struct mg_conf *conf, const config_setting_t *root)
{
	walk_group(conf, conf->table, conf->to, root, &conf->seen);
}

/* Written as in a file, and so read by the same code. */
static void put_preset(struct mg_conf *conf, const struct mg_conf_field *f,
		       void *at)
{
	struct mg_buf text;
	config_t config;
	int is_read;

	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	mg_buf_add_fmt(&text, "%s = %s;", f->name, f->preset);
	config_init(&config);
	is_read = config_read_string(&config, text.ptr);
	assert(is_read);
	(void)is_read;
	(void)walk_field(conf, f, at,
			 config_setting_get_elem(config_root_setting(&config),
						 0));
	config_destroy(&config);
	mg_buf_release(&text);
}

void mg_conf_preset(struct mg_conf *conf, const struct mg_conf_table *table,
		    void *to)
{
	const char *file = conf->file;

	assert(table->n_fields <= MG_CONF_FIELDS_MAX);
	conf->file = NULL;
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct mg_conf_field *f = &table->fields[i];
		void *at = (char *)to + f->offset;

		if (f->type == MG_CONF_GROUP)
			mg_conf_preset(conf, f->group, at);
		else if (f->preset)
			put_preset(conf, f, at);
	}
	conf->file = file;
}
