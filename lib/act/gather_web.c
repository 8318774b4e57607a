/* SPDX-License-Identifier: MIT */
/*
 * Requests to the web server shortly before programs of the host sent mail.
 *
 * A website that was broken into is made to send by a request, and its access
 * log has the address that it came from. Those logs lie where the panel keeps
 * them, or the setting `weblogs` says. Root opens them, and only where nobody
 * else can have put another file in their place: a customer who can would choose
 * what goes into the evidence.
 */
#include "gather_priv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/generation.h"

#define DOMAINS_MAX 64 /* whose logs are looked at; more is noted */

/* Of lines, and of logs that are read for them: some seconds. */
#define LINES_MAX ((int64_t)8 << 20)
#define READ_MAX ((int64_t)2 << 30)

#define NAMES_BYTES_MAX ((size_t)16 << 20) /* of one directory */

/*
 * Where panels keep them.
 *
 * Source: cPanel, "The cPanel Log Files"; DirectAdmin, "Logs"; Plesk for Linux,
 * "Log Files"; Hestia and Virtualmin, their web templates.
 */
#define PATTERNS_MAX 4
static const char *const by_panel[][PATTERNS_MAX] = {
	[MG_ACCOUNTS_CPANEL] = { "/var/log/apache2/domlogs/%d",
				 "/var/log/apache2/domlogs/%d-ssl_log",
				 "/var/log/nginx/domains/%d",
				 "/var/log/nginx/domains/%d-ssl_log" },
	[MG_ACCOUNTS_DIRECTADMIN] = { "/var/log/httpd/domains/%d.log",
				      "/var/log/nginx/domains/%d.log" },
	[MG_ACCOUNTS_PLESK] = { "/var/www/vhosts/system/%d/logs/access_log",
				"/var/www/vhosts/system/%d/logs/access_ssl_log",
				"/var/www/vhosts/system/%d/logs/"
				"proxy_access_log",
				"/var/www/vhosts/system/%d/logs/"
				"proxy_access_ssl_log" },
	[MG_ACCOUNTS_HESTIA] = { "/var/log/apache2/domains/%d.log",
				 "/var/log/nginx/domains/%d.log" },
	[MG_ACCOUNTS_VIRTUALMIN] = { "/var/log/virtualmin/%d_access_log" },
	[MG_ACCOUNTS_PLAIN] = { NULL },
};

struct web {
	struct mg_gathering *g;
	struct mg_gather_stream stream;
	uint32_t domains[DOMAINS_MAX];
	size_t n_domains, n_left;
	char directory[PATH_MAX]; /* whose names are at hand; "" for none */
	struct mg_buf names;      /* each with a NUL */
	char path[PATH_MAX];      /* of the pattern before */
};

static void add_domain(struct web *w, uint32_t domain)
{
	for (size_t i = 0; i < w->n_domains; i++)
		if (w->domains[i] == domain)
			return;
	if (w->n_domains == DOMAINS_MAX)
		w->n_left++;
	else
		w->domains[w->n_domains++] = domain;
}

/* The one that is served from there first; a script can be reached by all. */
static void add_domains(struct web *w, const struct mg_pick_fact *f)
{
	const struct mg_accounts *a = w->g->accounts;
	const struct mg_slice text = mg_slice_of(f->text, f->len);
	const uint32_t account = f->kind == MG_FACT_SCRIPT
					 ? mg_accounts_of_path(a, text)
					 : mg_accounts_user(a, text);
	uint32_t site;

	if (account == MG_ACCOUNT_NONE || !mg_gather_is_asked(w->g, account))
		return;
	site = mg_accounts_site(a, account, text);
	if (site != MG_ACCOUNT_NONE)
		add_domain(w, site);
	for (uint32_t i = 0; i < a->n_domains; i++)
		if (a->domains[i].account == account)
			add_domain(w, i);
}

/* What cannot be trusted or read is said; what is not there is not. */
static void add_log(struct web *w, const char *path)
{
	struct mg_file_info info;
	struct mg_err err = { 0 };
	int fd = -1;
	const int rc = mg_root_open_trusted(w->g->enforcer->root, path, &fd,
					    &info, &err);

	if (rc < 0)
		mg_evidence_cut(&w->g->evidence, "web: %s", err.text);
	else if (rc == 0)
		mg_gather_stream_add(&w->stream, path, fd, &info);
}

static bool list_names(struct web *w, const char *directory)
{
	struct mg_file_info info;

	if (!strcmp(w->directory, directory))
		return true;
	(void)snprintf(w->directory, sizeof(w->directory), "%s", directory);
	mg_buf_clear(&w->names);
	return mg_root_list(w->g->enforcer->root, directory, &w->names, &info,
			    NULL) == 0;
}

/*
 * A log, and what was rotated of it. Only what a program that rotates would call
 * it: "a.example.org" is no generation of "a.example".
 */
static void add_generations(struct web *w, const char *path)
{
	const char *base = strrchr(path, '/') + 1, *name;
	char directory[PATH_MAX], whole[PATH_MAX];

	add_log(w, path);
	(void)snprintf(directory, sizeof(directory), "%.*s",
		       (int)(base - path - 1), path);
	if (!list_names(w, directory))
		return;
	for (size_t at = 0; at < w->names.len; at += strlen(name) + 1) {
		name = w->names.ptr + at;
		if (mg_generation_of(base, name) == MG_GENERATION_SURE &&
		    snprintf(whole, sizeof(whole), "%s/%s", directory, name) <
			    (int)sizeof(whole))
			add_log(w, whole);
	}
}

/*
 * A pattern with %d and %u put in; neither name has a slash. Domains of an
 * account have one path between them where it has no %d.
 */
static void add_pattern(struct web *w, struct mg_slice pattern, uint32_t domain)
{
	const struct mg_domain *d = &w->g->accounts->domains[domain];
	const struct mg_slice user = w->g->accounts->accounts[d->account].name;
	struct mg_slice piece;
	struct mg_buf path;

	mg_buf_init(&path, PATH_MAX - 1);
	while (mg_slice_cut_at(&pattern, '%', &piece)) {
		mg_buf_add(&path, piece);
		if (mg_slice_cut_lit(&pattern, MG_LIT("d")))
			mg_buf_add(&path, d->name);
		else if (mg_slice_cut_lit(&pattern, MG_LIT("u")))
			mg_buf_add(&path, user);
		else
			mg_buf_add_char(&path, '%');
	}
	mg_buf_add(&path, pattern);
	if (!path.truncated && strcmp(path.ptr, w->path) != 0) {
		(void)snprintf(w->path, sizeof(w->path), "%s", path.ptr);
		add_generations(w, w->path);
	}
	mg_buf_release(&path);
}

static void add_logs(struct web *w)
{
	const struct mg_conf_texts *set = &w->g->enforcer->settings->weblogs;
	const char *const *preset = by_panel[w->g->accounts->source];

	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < w->n_domains; k++)
			add_pattern(w, set->items[i], w->domains[k]);
	for (size_t i = 0; !set->n && i < PATTERNS_MAX && preset[i]; i++)
		for (size_t k = 0; k < w->n_domains; k++)
			add_pattern(w, mg_slice_str(preset[i]), w->domains[k]);
}

static void read_logs(struct web *w)
{
	struct mg_evidence *e = &w->g->evidence;
	const struct mg_pick_minutes sent = w->g->sent;
	unsigned n_logs = 0;

	w->stream = (struct mg_gather_stream){
		.g = w->g,
		.name = "web server",
		.folder = "web",
		.near = &sent,
		.since = w->g->ask->since,
		.max_bytes = LINES_MAX,
		.max_read = READ_MAX,
		.n_logs = &n_logs,
	};
	add_logs(w);
	if (w->n_left)
		mg_evidence_cut(e, "web: logs of %zu more domains", w->n_left);
	if (w->stream.n_files == 0)
		mg_evidence_cut(e, "web: no access log of the web server was "
				   "found; the setting weblogs says where "
				   "they are");
	mg_gather_stream_read(&w->stream);
}

void mg_gather_web(struct mg_gathering *g)
{
	struct web w = { .g = g };

	mg_buf_init(&w.names, NAMES_BYTES_MAX);
	for (size_t i = 0; g->accounts && i < g->n_facts; i++)
		if (g->facts[i].kind == MG_FACT_SCRIPT ||
		    g->facts[i].kind == MG_FACT_USER)
			add_domains(&w, &g->facts[i]);
	if (w.n_domains)
		read_logs(&w);
	mg_buf_release(&w.names);
}
