/* SPDX-License-Identifier: MIT */
/*
 * What is set, for people, in the language of the files.
 */
#include "conf_priv.h"

#include "mailguard/duration.h"
#include "mailguard/limits.h"

#define PATH_BYTES 256

static void add_quoted(struct mg_buf *b, struct mg_slice text)
{
	mg_buf_add_char(b, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n')
			mg_buf_add_str(b, "\\n");
		else if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			mg_buf_add_fmt(b, "\\%c", text.ptr[i]);
		else
			mg_buf_add_char(b, text.ptr[i]);
	}
	mg_buf_add_char(b, '"');
}

static void add_texts(struct mg_buf *b, const struct mg_conf_texts *texts)
{
	mg_buf_add_str(b, texts->n ? "[" : "[ ");
	for (size_t i = 0; i < texts->n; i++) {
		mg_buf_add_str(b, i ? ", " : " ");
		add_quoted(b, texts->items[i]);
	}
	mg_buf_add_str(b, texts->n ? " ]" : "]");
}

/* As it would stand in a file; groups are told by their settings. */
static void add_value(struct mg_buf *b, const struct mg_conf_field *f,
		      const void *at)
{
	switch (f->type) {
	case MG_CONF_TEXT:
		if (((const struct mg_slice *)at)->len)
			add_quoted(b, *(const struct mg_slice *)at);
		return;
	case MG_CONF_WORD:
		add_quoted(b, mg_slice_str(f->words[*(const unsigned *)at]));
		return;
	case MG_CONF_NUMBER:
		mg_buf_add_fmt(b, "%lld", (long long)*(const int64_t *)at);
		return;
	case MG_CONF_REAL:
		mg_buf_add_fmt(b, "%.15g", *(const double *)at);
		return;
	case MG_CONF_BOOL:
		mg_buf_add_str(b, *(const bool *)at ? "true" : "false");
		return;
	case MG_CONF_DURATION:
		mg_buf_add_char(b, '"');
		mg_duration_add(b, *(const int64_t *)at);
		mg_buf_add_char(b, '"');
		return;
	case MG_CONF_TEXTS:
		add_texts(b, at);
		return;
	case MG_CONF_GROUP:
	case MG_CONF_GROUPS:
		mg_buf_add_str(b, "( )");
		return;
	}
}

/* A walk over all settings, for a caller. */
struct each {
	const struct mg_conf *conf;
	mg_conf_each_fn fn;
	void *arg;
	struct mg_buf value;
};

static void each_of(struct each *e, const struct mg_conf_table *table,
		    const void *group, const char *prefix);

static void each_item(struct each *e, const struct mg_conf_field *f,
		      const struct mg_conf_groups *groups, const char *path)
{
	struct mg_buf item;

	mg_buf_init(&item, PATH_BYTES);
	for (size_t i = 0; i < groups->n; i++) {
		mg_buf_clear(&item);
		mg_buf_add_fmt(&item, "%s[%zu].", path, i + 1);
		each_of(e, f->group, groups->items[i], item.ptr);
	}
	mg_buf_release(&item);
}

static void each_field(struct each *e, const struct mg_conf_field *f,
		       const void *at, struct mg_buf *path)
{
	const struct mg_conf_groups *groups = at;

	if (f->type == MG_CONF_GROUP) {
		mg_buf_add_char(path, '.');
		each_of(e, f->group, at, path->ptr);
		return;
	}
	if (f->type == MG_CONF_GROUPS && groups->n) {
		each_item(e, f, groups, path->ptr);
		return;
	}
	mg_buf_clear(&e->value);
	add_value(&e->value, f, at);
	e->fn(e->arg, &(struct mg_conf_setting){
			      .path = path->ptr,
			      .value = mg_buf_slice(&e->value),
			      .unit = f->unit,
			      .place = mg_conf_place(e->conf, at),
		      });
}

static void each_of(struct each *e, const struct mg_conf_table *table,
		    const void *group, const char *prefix)
{
	struct mg_buf path;

	mg_buf_init(&path, PATH_BYTES);
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct mg_conf_field *f = &table->fields[i];

		mg_buf_clear(&path);
		mg_buf_add_fmt(&path, "%s%s", prefix, f->name);
		each_field(e, f, (const char *)group + f->offset, &path);
	}
	mg_buf_release(&path);
}

void mg_conf_each(const struct mg_conf *conf, mg_conf_each_fn fn, void *arg)
{
	struct each e = { .conf = conf, .fn = fn, .arg = arg };

	mg_buf_init(&e.value, MG_CONF_BYTES_MAX);
	each_of(&e, conf->table, conf->to, "");
	mg_buf_release(&e.value);
}
