/* SPDX-License-Identifier: MIT */
/*
 * The scripts that sent, copied by a child with the rights of their account.
 *
 * Exim names the directory that a program of the account ran in; which file it
 * was it tells only where the site logs the header that PHP adds. So that file
 * comes first, and what lies beside it is listed, the last changed first, and
 * the scripts are copied: without the header, each of them may have sent.
 */
#include "gather_priv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/collect.h"
#include "mailguard/json.h"
#include "mailguard/num.h"
#include "mailguard/priv.h"
#include "mailguard/vec.h"

/* The directories that most was sent from. */
#define DIRECTORIES_MAX 4

/* Files that are looked for by name: those that sent most. */
#define NAMES_MAX 16

#define LIST "script/files.json"

struct directory {
	struct mg_gathering *g;
	int64_t until_ms;
	struct mg_slice path;
	struct mg_buf *list;          /* JSON of it */
	const struct mg_slice *names; /* of files that the log names */
	size_t n_names;
	size_t n;
};

static void add_row(struct mg_buf *out, const struct mg_gather_script *s,
		    const struct mg_collected *f)
{
	char mode[8];

	(void)snprintf(mode, sizeof(mode), "%04o", f->mode);
	mg_buf_add_str(out, "{\"path\":");
	mg_json_add_string(out, s->path);
	mg_gather_text(out, "copy", mg_slice_str(s->copy));
	mg_gather_text(out, "note", mg_slice_str(mg_collect_whys[s->why]));
	mg_buf_add_fmt(out, ",\"named\":%s", f->is_named ? "true" : "false");
	mg_gather_number(out, "uid", f->uid);
	mg_gather_text(out, "mode", mg_slice_str(mode));
	mg_gather_number(out, "links", f->n_links);
	mg_gather_number(out, "bytes", f->size_bytes);
	mg_gather_time(out, "modified", f->mtime);
	mg_gather_time(out, "changed", f->ctime);
	mg_buf_add_char(out, '}');
}

static struct mg_slice join(struct mg_gathering *g, struct mg_slice directory,
			    struct mg_slice name)
{
	struct mg_slice path;
	struct mg_buf b;

	mg_buf_init(&b, PATH_MAX + NAME_MAX);
	mg_buf_add(&b, directory);
	mg_buf_add_char(&b, '/');
	mg_buf_add(&b, name);
	path = mg_arena_copy(&g->evidence.arena, mg_buf_slice(&b));
	mg_buf_release(&b);
	return path;
}

/* A copy has a name of our making, and an end that no web server runs. */
static int take_file(void *arg, const struct mg_collected *f)
{
	struct directory *d = arg;
	struct mg_gathering *g = d->g;
	struct mg_gather_script *s;
	struct mg_buf origin;

	g->scripts = mg_vec_room(g->scripts, g->n_scripts, &g->cap_scripts,
				 sizeof(*g->scripts));
	s = &g->scripts[g->n_scripts++];
	*s = (struct mg_gather_script){ .path = join(g, d->path, f->name),
					.why = f->why,
					.is_named = f->is_named,
					.changed = f->ctime,
					.n_bytes = f->size_bytes };
	if (f->bytes.len)
		(void)snprintf(s->copy, sizeof(s->copy), "script/%06zu.txt",
			       ++g->n_copies);
	mg_buf_init(&origin, MG_GATHER_TEXT_MAX);
	add_row(&origin, s, f);
	mg_buf_add_str(d->list, d->n++ ? ",\n" : "\n");
	mg_buf_add(d->list, mg_buf_slice(&origin));
	if (f->bytes.len)
		mg_evidence_add(&g->evidence, s->copy, f->bytes,
				mg_buf_slice(&origin));
	mg_buf_release(&origin);
	return 0;
}

/*
 * Whose home a directory lies in. The log's word is a hint: it leads to an
 * account of the tables or to none, and to its home or nowhere.
 */
static const struct mg_account *find_account(const struct mg_gathering *g,
					     struct mg_slice directory,
					     struct mg_jail *ids)
{
	const uint32_t i = mg_accounts_of_path(g->accounts, directory);
	const struct mg_account *a;

	if (i == MG_ACCOUNT_NONE || !mg_gather_is_asked(g, i))
		return NULL;
	a = &g->accounts->accounts[i];
	if (a->uid < MG_COLLECT_UID_MIN || a->home.len >= PATH_MAX ||
	    directory.len >= PATH_MAX ||
	    !mg_priv_find_user(g->enforcer->root, a->name, ids) ||
	    ids->uid != a->uid)
		return NULL;
	return a;
}

static void collect(struct directory *d, const struct mg_account *a,
		    const struct mg_jail *ids)
{
	struct mg_evidence *e = &d->g->evidence;
	const struct mg_collect_ask ask = {
		.root = d->g->enforcer->root,
		.account = *ids,
		.home = mg_arena_copy_text(&e->arena, a->home),
		.directory = mg_arena_copy_text(
			&e->arena, mg_slice_from(d->path, a->home.len)),
		.names = d->names,
		.n_names = d->n_names,
		.until_ms = d->until_ms,
	};
	struct mg_err err = { 0 };
	int64_t n_left;

	if (mg_collect(&ask, take_file, d, &n_left, &err) < 0)
		mg_evidence_cut(e, "script: %.*s: %s", MG_SLICE_ARG(d->path),
				err.text);
	else if (n_left)
		mg_evidence_cut(e, "script: %.*s: %lld more names",
				MG_SLICE_ARG(d->path), (long long)n_left);
}

static void take_directory(struct directory d)
{
	struct mg_gathering *g = d.g;
	const struct mg_slice path = d.path;
	struct mg_buf *list = d.list;
	const struct mg_account *a;
	struct mg_jail ids;

	a = find_account(g, path, &ids);
	if (!a) {
		mg_evidence_cut(&g->evidence,
				"script: %.*s is in no home of whom this is "
				"about, and was not looked at",
				MG_SLICE_ARG(path));
		return;
	}
	if (list->len > 1)
		mg_buf_add_char(list, ',');
	mg_buf_add_str(list, "{\"directory\":");
	mg_json_add_string(list, path);
	mg_gather_text(list, "account", a->name);
	mg_buf_add_str(list, ",\"files\":[");
	collect(&d, a, &ids);
	mg_buf_add_str(list, "]}\n");
}

/*
 * Of "UID:FILE" the name; a path's last component, since what is looked at are
 * the directories of the account. A name only picks among what is there.
 */
static struct mg_slice name_of(const struct mg_pick_fact *f)
{
	struct mg_slice text = mg_slice_of(f->text, f->len), rest = text, part;
	uint64_t uid;

	if (mg_num_cut(&rest, UINT32_MAX, &uid) &&
	    mg_slice_cut_lit(&rest, MG_LIT(":")))
		text = rest;
	while (mg_slice_cut_at(&text, '/', &part))
		;
	return text;
}

static size_t find_names(const struct mg_gathering *g,
			 struct mg_slice names[NAMES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_facts && n < NAMES_MAX; i++)
		if (g->facts[i].kind == MG_FACT_FILE &&
		    name_of(&g->facts[i]).len)
			names[n++] = name_of(&g->facts[i]);
	return n;
}

/* What the log names, and no directory had. */
static void note_missing(struct mg_gathering *g, const struct mg_slice *names,
			 size_t n_names)
{
	for (size_t i = 0; i < n_names; i++) {
		bool is_there = false;

		for (size_t k = 0; k < g->n_scripts; k++)
			is_there |= g->scripts[k].is_named &&
				    mg_slice_has_suffix(g->scripts[k].path,
							names[i]);
		if (!is_there)
			mg_evidence_cut(&g->evidence,
					"script: %.*s, which the log names, is "
					"in no directory that was looked at",
					MG_SLICE_ARG(names[i]));
	}
}

void mg_gather_scripts(struct mg_gathering *g)
{
	struct mg_slice names[NAMES_MAX];
	const size_t n_names = find_names(g, names);
	const int64_t until_ms = mg_clock_mono_ms() + MG_COLLECT_MS;
	struct mg_buf list;
	size_t n = 0;

	mg_buf_init(&list, MG_GATHER_TEXT_MAX);
	mg_buf_add_char(&list, '[');
	for (size_t i = 0; g->accounts && i < g->n_facts; i++) {
		const struct mg_pick_fact *f = &g->facts[i];

		if (f->kind != MG_FACT_SCRIPT)
			continue;
		if (n++ < DIRECTORIES_MAX)
			take_directory((struct directory){
				.g = g,
				.until_ms = until_ms,
				.path = mg_slice_of(f->text, f->len),
				.list = &list,
				.names = names,
				.n_names = n_names });
	}
	if (n > DIRECTORIES_MAX)
		mg_evidence_cut(&g->evidence,
				"script: %zu more directories, from which less "
				"was sent",
				n - DIRECTORIES_MAX);
	note_missing(g, names, n_names);
	mg_buf_add_str(&list, "]\n");
	if (n)
		mg_evidence_add(&g->evidence, LIST, mg_buf_slice(&list),
				MG_LIT("{\"from\":\"the account's home\"}"));
	mg_buf_release(&list);
}
