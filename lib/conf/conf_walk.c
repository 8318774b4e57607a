/* SPDX-License-Identifier: MIT */
/*
 * From what libconfig read to the caller's struct, by the table: groups and lists.
 */
#include "conf_priv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define WHAT_BYTES 256 /* of what is wrong */

static void walk_group(struct mg_conf *conf, const struct mg_conf_table *table,
		       void *to, const config_setting_t *group, uint64_t *seen);

static bool is_list(const config_setting_t *s)
{
	return config_setting_is_list(s) || config_setting_is_array(s);
}

/* Whether a list may have so many elements, those of other files included. */
static bool is_good_length(struct mg_conf *conf, const struct mg_conf_field *f,
			   const config_setting_t *s, size_t n)
{
	const double max = f->max > 0 ? f->max : MG_CONF_LIST_MAX;
	char what[WHAT_BYTES];

	if ((double)n >= f->min && (double)n <= max)
		return true;
	(void)snprintf(what, sizeof(what),
		       "has %zu elements, and must have from %.0f to %.0f", n,
		       f->min, max);
	mg_conf_wrong_setting(conf, s, what);
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
		mg_conf_wrong_type(conf, s, "a list of texts in quotes");
		return false;
	}
	if (!is_good_length(conf, f, s, at->n + n))
		return false;
	at->items = items = longer(conf, at->items, at->n, n, sizeof(*items));
	for (unsigned i = 0; i < n; i++)
		if (mg_conf_value(conf, f, &items[at->n],
				  config_setting_get_elem(s, i)))
			at->n++;
	return true;
}

static void find_missing(struct mg_conf *conf, const struct mg_conf_table *t,
			 const config_setting_t *group, uint64_t seen)
{
	char what[WHAT_BYTES];

	for (size_t i = 0; i < t->n_fields; i++) {
		if (!t->fields[i].is_required || (seen >> i & 1))
			continue;
		(void)snprintf(what, sizeof(what), "has no '%s'",
			       t->fields[i].name);
		mg_conf_wrong_setting(conf, group, what);
	}
}

/* A group that must be whole: unlike the file's own, it has one piece. */
static bool walk_whole(struct mg_conf *conf, const struct mg_conf_table *t,
		       void *to, const config_setting_t *s)
{
	uint64_t seen = 0;

	if (!config_setting_is_group(s)) {
		mg_conf_wrong_type(conf, s, "a group { }");
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
		mg_conf_wrong_type(conf, s, "a list of groups ( { }, { } )");
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
	case MG_CONF_TEXTS:
		return walk_texts(conf, f, at, s);
	case MG_CONF_GROUP:
		return walk_whole(conf, f->group, at, s);
	case MG_CONF_GROUPS:
		return walk_groups(conf, f, at, s);
	default:
		return mg_conf_value(conf, f, at, s);
	}
}

static void unknown(struct mg_conf *conf, const struct mg_conf_table *table,
		    const config_setting_t *s)
{
	const char *nearest = mg_conf_nearest(table, config_setting_name(s));
	char what[WHAT_BYTES];

	(void)snprintf(what, sizeof(what), "is no known setting%s%s%s",
		       nearest ? "; did you mean '" : "",
		       nearest ? nearest : "", nearest ? "'?" : "");
	mg_conf_wrong_setting(conf, s, what);
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
