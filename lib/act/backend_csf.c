/* SPDX-License-Identifier: MIT */
/*
 * The back end "csf": blocked addresses by temporary denies of ConfigServer
 * Firewall, for hosts where it owns all rules.
 *
 * csf ends with status 0 whether it took an address or not, so its own file of
 * denies is what counts. It drops the oldest deny when there are too many (100
 * by default), so that never more are given than it keeps.
 *
 * Source: csf's readme.txt and csf.conf.
 */
#include "backend_csf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/backend.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/spawn.h"

#define SETTINGS "/etc/csf/csf.conf"
#define FILE_MAX (4U << 20)
#define USUAL_LIMIT 100 /* of csf.conf as it is shipped */
#define SECONDS_MIN 2   /* of less csf makes an hour */
#define SLACK_S 60      /* an end that is so near is the same */
#define SECONDS 60      /* that one call may take; it waits for its lock */
#define PORTS_TEXT_MAX 128

struct job {
	const struct mg_backend_host *host;
	char ports[PORTS_TEXT_MAX];
	size_t limit; /* that csf keeps, less those of others */
	struct mg_csf_denies there, others, wanted;
	size_t n_left_out;
	struct mg_err
		refused; /* what csf would not do first; code 0: nothing */
};

/* DENY_TEMP_IP_LIMIT = "100" */
static size_t read_limit(const struct mg_backend_host *h)
{
	struct mg_slice left, line, unused;
	uint64_t limit = USUAL_LIMIT;
	struct mg_buf text;

	mg_buf_init(&text, FILE_MAX);
	if (mg_root_read(h->root, SETTINGS, &text, NULL))
		mg_buf_clear(&text);
	left = mg_buf_slice(&text);
	while (mg_slice_cut_line(&left, &line))
		if (mg_slice_cut_lit(&line, MG_LIT("DENY_TEMP_IP_LIMIT")) &&
		    mg_slice_cut_at(&line, '"', &unused))
			(void)mg_num_cut(&line, INT32_MAX, &limit);
	mg_buf_release(&text);
	return (size_t)limit;
}

static int order_untils(const void *a, const void *b)
{
	const struct mg_csf_deny *x = a, *y = b;

	return (x->until < y->until) - (x->until > y->until);
}

/* Those that end last, as many as csf keeps. */
static void want(struct job *j)
{
	const struct mg_force *f = j->host->force;

	for (size_t i = 0; i < f->n_entries; i++) {
		const struct mg_force_entry *e = &f->entries[i];

		/* csf denies an address once. */
		if (e->key == MG_FORCE_ADDRESS &&
		    e->until >= j->host->now + SECONDS_MIN &&
		    !mg_csf_find(&j->others, &e->network))
			mg_csf_add(&j->wanted, &e->network, e->until);
	}
	if (j->wanted.n <= j->limit)
		return;
	qsort(j->wanted.items, j->wanted.n, sizeof(*j->wanted.items),
	      order_untils);
	j->n_left_out = j->wanted.n - j->limit;
	j->wanted.n = j->limit;
}

static void write_ports(struct job *j)
{
	const struct mg_conf_texts *set = &j->host->settings->firewall.ports;
	size_t n = 0;

	if (set->n == 0)
		(void)snprintf(j->ports, sizeof(j->ports), "110,143,993,995");
	for (size_t i = 0; i < set->n && n < sizeof(j->ports); i++)
		n += (size_t)snprintf(j->ports + n, sizeof(j->ports) - n,
				      "%s%s", i ? "," : "", set->items[i].ptr);
}

static int begin(struct job *j, const struct mg_backend_host *h,
		 struct mg_err *err)
{
	size_t limit;
	int rc;

	*j = (struct job){ .host = h };
	write_ports(j);
	rc = mg_csf_read(j->host->root, &j->there, &j->others, err);
	limit = read_limit(h);
	j->limit = limit > j->others.n ? limit - j->others.n : 0;
	want(j);
	return rc;
}

static void end(struct job *j)
{
	mg_mem_free(j->there.items);
	mg_mem_free(j->others.items);
	mg_mem_free(j->wanted.items);
}

static bool is_same(const struct mg_csf_deny *a, const struct mg_csf_deny *b)
{
	return a && b && a->until - b->until <= SLACK_S &&
	       b->until - a->until <= SLACK_S;
}

/* What csf refuses keeps nothing else from being done; that it does not run, or
   not to its end, does. */
static int call(struct job *j, const char *const *argv, struct mg_err *err)
{
	char path[PATH_MAX];
	const struct mg_program p = { .path = path,
				      .argv = argv,
				      .seconds = SECONDS };
	int status, rc = mg_program_find(j->host->root, "csf", path, err);

	if (rc == 0)
		rc = mg_program_run(&p, &status, err);
	if (rc == 0 && status && !j->refused.code)
		(void)mg_fail(&j->refused, MG_EIO,
			      "'%s %s %s' ended with status %d", path, argv[1],
			      argv[2], status);
	return rc;
}

static int take_out(struct job *j, const struct mg_csf_deny *d,
		    struct mg_err *err)
{
	char ip[MG_NETWORK_TEXT_MAX];
	const char *const argv[] = { "csf", "-trd", ip, NULL };

	mg_network_format(&d->network, ip);
	return call(j, argv, err);
}

static int put_in(struct job *j, const struct mg_csf_deny *d,
		  struct mg_err *err)
{
	char ip[MG_NETWORK_TEXT_MAX], seconds[24];
	const char *const argv[] = { "csf",    "-td", ip,   seconds,     "-p",
				     j->ports, "-d",  "in", MG_CSF_SIGN, NULL };

	mg_network_format(&d->network, ip);
	(void)snprintf(seconds, sizeof(seconds), "%lld",
		       (long long)(d->until - j->host->now));
	return call(j, argv, err);
}

static int say_refused(const struct job *j, struct mg_err *err)
{
	if (!j->refused.code)
		return 0;
	*err = j->refused;
	return -err->code;
}

/* What csf says it has, not what it said it did. */
static int probe(struct job *j, struct mg_err *err)
{
	char ip[MG_NETWORK_TEXT_MAX];
	size_t n_missing = 0;
	int rc = mg_csf_read(j->host->root, &j->there, &j->others, err);

	for (size_t i = 0; rc == 0 && i < j->wanted.n; i++)
		if (!mg_csf_find(&j->there, &j->wanted.items[i].network) &&
		    n_missing++ == 0)
			mg_network_format(&j->wanted.items[i].network, ip);
	if (n_missing)
		rc = mg_fail(err, MG_EIO,
			     "csf does not block %zu of %zu addresses, '%s' "
			     "first: see csf -g",
			     n_missing, j->wanted.n, ip);
	return rc;
}

static int bring(struct job *j, struct mg_err *err)
{
	bool has_changed = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->there.n; i++) {
		const struct mg_csf_deny *d = &j->there.items[i];

		if (d->until <= j->host->now ||
		    is_same(d, mg_csf_find(&j->wanted, &d->network)))
			continue;
		has_changed = true;
		rc = take_out(j, d, err);
	}
	for (size_t i = 0; rc == 0 && i < j->wanted.n; i++) {
		const struct mg_csf_deny *d = &j->wanted.items[i];

		if (is_same(d, mg_csf_find(&j->there, &d->network)))
			continue;
		has_changed = true;
		rc = put_in(j, d, err);
	}
	if (rc == 0)
		rc = say_refused(j, err);
	return rc == 0 && has_changed ? probe(j, err) : rc;
}

static int refresh(const struct mg_backend_host *h, struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0)
		rc = bring(&j, err);
	end(&j);
	return rc;
}

static int apply(const struct mg_backend_host *h, bool install,
		 struct mg_err *err)
{
	char path[PATH_MAX];
	int rc = mg_program_find(h->root, "csf", path, err);

	(void)install; /* there is no configuration to add a line to */
	return rc < 0 ? rc : refresh(h, err);
}

static void add_line(const struct job *j, const struct mg_csf_deny *d,
		     char sign, struct mg_buf *out)
{
	char ip[MG_NETWORK_TEXT_MAX];

	mg_network_format(&d->network, ip);
	if (sign)
		mg_buf_add_fmt(out, "%cblocked %s\n", sign, ip);
	else
		mg_buf_add_fmt(out,
			       "csf -td %s %lld -p %s -d in " MG_CSF_SIGN "\n",
			       ip, (long long)(d->until - j->host->now),
			       j->ports);
}

static int show(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct job j;
	const int rc = begin(&j, h, err);

	for (size_t i = 0; rc == 0 && i < j.wanted.n; i++)
		add_line(&j, &j.wanted.items[i], '\0', out);
	if (rc == 0 && j.n_left_out)
		mg_buf_add_fmt(out,
			       "# %zu more are left out: csf keeps no more "
			       "(DENY_TEMP_IP_LIMIT in " SETTINGS ")\n",
			       j.n_left_out);
	end(&j);
	return rc;
}

static int diff(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	const size_t before = out->len;
	struct job j;
	const int rc = begin(&j, h, err);

	for (size_t i = 0; rc == 0 && i < j.there.n; i++) {
		const struct mg_csf_deny *d = &j.there.items[i];

		if (d->until > h->now && !mg_csf_find(&j.wanted, &d->network))
			add_line(&j, d, '-', out);
	}
	for (size_t i = 0; rc == 0 && i < j.wanted.n; i++) {
		const struct mg_csf_deny *d = &j.wanted.items[i];

		if (!is_same(d, mg_csf_find(&j.there, &d->network)))
			add_line(&j, d, '+', out);
	}
	end(&j);
	return rc < 0 ? rc : out->len > before;
}

static int take_all_out(const struct mg_backend_host *h, struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	for (size_t i = 0; rc == 0 && i < j.there.n; i++)
		rc = take_out(&j, &j.there.items[i], err);
	if (rc == 0)
		rc = say_refused(&j, err);
	end(&j);
	return rc;
}

static int fill(const struct mg_backend_host *h, mg_backend_fill_fn fn,
		void *arg, struct mg_err *err)
{
	struct job j;
	const int rc = begin(&j, h, err);

	if (rc == 0)
		fn(arg,
		   &(struct mg_backend_fill){
			   "csf.tempban", (int64_t)(j.wanted.n + j.n_left_out),
			   (int64_t)j.limit });
	end(&j);
	return rc;
}

const struct mg_backend mg_backend_csf = {
	.name = "csf",
	.summary = "blocked addresses are denied by csf, for a time",
	.keys = MG_FORCE_ADDRESS,
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.remove = take_all_out,
	.fill = fill,
};
