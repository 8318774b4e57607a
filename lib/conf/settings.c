/* SPDX-License-Identifier: MIT */
#include "mailguard/settings.h"

/* A name stands for one source. */
static void check_unique(const struct mg_settings *s, struct mg_conf *conf,
			 size_t at)
{
	const struct mg_settings_source *a = s->sources.items[at], *b;

	for (size_t i = 0; i < at && a->name.len; i++) {
		b = s->sources.items[i];
		if (mg_slice_is(a->name, b->name)) {
			mg_conf_wrong(conf, mg_conf_place(conf, &a->name),
				      "'sources[%zu].name': another source has "
				      "this name",
				      at + 1);
			return;
		}
	}
}

static void check_sources(const struct mg_settings *s, struct mg_conf *conf)
{
	for (size_t i = 0; i < s->sources.n; i++) {
		const struct mg_settings_source *x = s->sources.items[i];

		check_unique(s, conf, i);
		if (x->log.len == 0 && x->dialect.len &&
		    !mg_slice_is(x->dialect, MG_LIT("journal")))
			mg_conf_wrong(conf, mg_conf_item_place(x),
				      "'sources[%zu]' has no 'log'", i + 1);
	}
}

static int read_host(struct mg_conf *conf, const struct mg_root *root,
		     struct mg_err *err)
{
	int rc = mg_conf_read_host(conf, root, MG_SETTINGS_PATH, err);

	if (rc >= 0)
		rc = mg_conf_read_folder(conf, root, MG_SETTINGS_FOLDER, err);
	return rc < 0 ? rc : 0;
}

int mg_settings_read(struct mg_settings *out, const struct mg_root *root,
		     const char *file, struct mg_err *err)
{
	struct mg_conf *conf = mg_conf_new(&mg_settings_table, out);
	int rc;

	out->conf = conf;
	rc = file ? mg_conf_read_path(conf, file, err)
		  : read_host(conf, root, err);
	if (rc < 0)
		return rc;
	check_sources(out, conf);
	return mg_conf_finish(conf, err);
}

void mg_settings_release(struct mg_settings *settings)
{
	mg_conf_free(settings->conf);
	settings->conf = NULL;
}
