/* SPDX-License-Identifier: MIT */
/*
 * Dovecot's own tools: what they are asked, and what their words mean. All that
 * they say comes from files that root alone writes (its settings, our map) and
 * from our own questions: no bytes that a stranger chose.
 *
 * Source: doveconf(1), doveadm-auth(1), doveadm-reload(1).
 */
#include "backend_dovecot.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/spawn.h"

#define WORDS_MAX (4U << 20) /* bytes of what a tool says */
#define ARGS_MAX 12
#define TOOL_S 30
#define PROBE_MS 15000 /* for Dovecot to start its auth process anew */
#define PAUSE_MS 200

/* An address beside the one that is always refused. */
#define PROBE_FREE "100:0:0:1::1"

int mg_backend_dovecot_path(const struct mg_backend_dovecot_job *d,
			    const char *on_host, char out[PATH_MAX],
			    struct mg_err *err)
{
	const char *root = d->host->root->path;
	const int n = snprintf(out, PATH_MAX, "%s%s",
			       strcmp(root, "/") ? root : "", on_host);

	return n < PATH_MAX ? 0
			    : mg_fail(err, MG_ECONF,
				      "'%.64s...' is too long a path", root);
}

/* --- Dovecot's tools --- */

/* A run of a tool, with all that it said. */
struct said {
	int status;
	struct mg_buf out, errors;
};

static void said_init(struct said *s)
{
	s->status = -1;
	mg_buf_init(&s->out, WORDS_MAX);
	mg_buf_init(&s->errors, WORDS_MAX);
}

static void said_release(struct said *s)
{
	mg_buf_release(&s->out);
	mg_buf_release(&s->errors);
}

static bool says(const struct mg_buf *b, const char *what)
{
	const struct mg_slice text = mg_buf_slice(b);

	return mg_slice_search(text, mg_slice_str(what)) < text.len;
}

static struct mg_slice first_line(const struct mg_buf *b)
{
	struct mg_slice rest = mg_buf_slice(b), line = MG_LIT("");

	(void)mg_slice_cut_line(&rest, &line); /* none is empty */
	return line;
}

/* args: what stands behind the name, ended by NULL. */
static int run(const struct mg_backend_dovecot_job *d, const char *name,
	       const char *const *args, struct said *s, struct mg_err *err)
{
	const char *argv[ARGS_MAX] = { name };
	char path[PATH_MAX];
	const struct mg_program program = { .path = path,
					    .argv = argv,
					    .seconds = TOOL_S,
					    .out = &s->out,
					    .errors = &s->errors };
	int rc = mg_program_find(d->host->root, name, path, err);

	for (size_t i = 0; args[i] && i + 2 < ARGS_MAX; i++)
		argv[i + 1] = args[i];
	mg_buf_clear(&s->out);
	mg_buf_clear(&s->errors);
	return rc == 0 ? mg_program_run(&program, &s->status, err) : rc;
}

/* What failed, in the tool's own words. */
static int refuse(const char *name, const struct said *s, struct mg_err *err)
{
	struct mg_buf words;

	mg_buf_init(&words, 400);
	mg_buf_add_printable(&words, first_line(&s->errors));
	(void)mg_fail(err, MG_ECONF, "%s refuses (exit %d): %s", name,
		      s->status, words.ptr);
	mg_buf_release(&words);
	return -MG_ECONF;
}

bool mg_backend_dovecot_is_there(const struct mg_backend_dovecot_job *d)
{
	struct mg_err ignored;
	char path[PATH_MAX];

	return mg_program_find(d->host->root, "dovecot", path, &ignored) == 0;
}

int mg_backend_dovecot_version(const struct mg_backend_dovecot_job *d,
			       enum mg_dovecot_version *out, struct mg_err *err)
{
	static const char *const args[] = { "--version", NULL };
	struct said s;
	int rc;

	said_init(&s);
	rc = run(d, "dovecot", args, &s, err);
	if (rc == 0 && s.status != 0)
		rc = refuse("dovecot --version", &s, err);
	if (rc == 0 && !mg_rules_dovecot_version(mg_buf_slice(&s.out), out))
		rc = mg_fail(err, MG_ECONF,
			     "'dovecot --version' says no version that is "
			     "known here");
	said_release(&s);
	return rc;
}

int mg_backend_dovecot_doveconf(const struct mg_backend_dovecot_job *d,
				const char *on_host, struct mg_buf *out,
				struct mg_err *err)
{
	char path[PATH_MAX];
	const char *const args[] = { "-n", "-c", path, NULL };
	struct said s;
	int rc = mg_backend_dovecot_path(d, on_host, path, err);

	said_init(&s);
	if (rc == 0)
		rc = run(d, "doveconf", args, &s, err);
	if (rc == 0 && s.status != 0)
		rc = refuse("doveconf", &s, err);
	if (rc == 0 && out)
		mg_buf_add(out, mg_buf_slice(&s.out));
	said_release(&s);
	return rc;
}

int mg_backend_dovecot_is_first(const struct mg_backend_dovecot_job *d,
				struct mg_err *err)
{
	struct mg_buf out;
	int rc;

	mg_buf_init(&out, WORDS_MAX);
	rc = mg_backend_dovecot_doveconf(d, MG_BACKEND_DOVECOT_MAIN, &out, err);
	if (rc == 0)
		rc = mg_rules_dovecot_is_first(
			mg_buf_slice(&out), mg_slice_str(d->map),
			MG_LIT(MG_BACKEND_DOVECOT_QUERY));
	mg_buf_release(&out);
	return rc;
}

int mg_backend_dovecot_reload(const struct mg_backend_dovecot_job *d,
			      struct mg_err *err)
{
	char path[PATH_MAX];
	const char *const args[] = { "-c", path, "reload", NULL };
	struct said s;
	int rc = mg_backend_dovecot_path(d, MG_BACKEND_DOVECOT_MAIN, path, err);

	said_init(&s);
	if (rc == 0)
		rc = run(d, "doveadm", args, &s, err);
	if (rc == 0 && s.status != 0)
		rc = says(&s.errors, "not running")
			     ? 1
			     : refuse("doveadm reload", &s, err);
	said_release(&s);
	return rc;
}

/* Asks Dovecot for an address. Returns 1 where it is refused by the map, 0 where
   it is not, -MG_ECONF where nobody can log in. */
static int ask(const struct mg_backend_dovecot_job *d, const char *rip,
	       struct mg_err *err)
{
	char path[PATH_MAX], ip[64];
	const char *const args[] = { "-c",   path, "auth",
				     "test", "-x", "service=imap",
				     "-x",   ip,   "mailguard-probe",
				     "none", NULL };
	struct said s;
	int rc = mg_backend_dovecot_path(d, MG_BACKEND_DOVECOT_MAIN, path, err);

	(void)snprintf(ip, sizeof(ip), "rip=%s", rip);
	said_init(&s);
	if (rc == 0)
		rc = run(d, "doveadm", args, &s, err);
	if (rc == 0 && says(&s.out, "code=user_disabled"))
		rc = 1;
	else if (rc == 0 &&
		 (says(&s.out, "code=temp_fail") || !says(&s.out, "auth ")))
		rc = refuse("doveadm auth test", &s, err);
	said_release(&s);
	return rc;
}

/* The auth process starts anew at its own time. */
int mg_backend_dovecot_probe(const struct mg_backend_dovecot_job *d,
			     struct mg_err *err)
{
	const int64_t until_ms = mg_clock_mono_ms() + PROBE_MS;
	int rc = 0;

	while (rc != 1 && mg_clock_mono_ms() < until_ms) {
		(void)poll(NULL, 0, PAUSE_MS);
		rc = ask(d, MG_RULES_DOVECOT_PROBE, err);
	}
	if (rc == 1)
		rc = ask(d, PROBE_FREE, err);
	else if (rc == 0)
		rc = mg_fail(err, MG_ECONF,
			     "Dovecot has read the lines and does not refuse "
			     "what is in the map; it needs its SQLite driver "
			     "(package dovecot-sqlite)");
	if (rc == 1)
		rc = mg_fail(err, MG_ECONF,
			     "Dovecot refuses what is not in the map, too");
	return rc;
}
