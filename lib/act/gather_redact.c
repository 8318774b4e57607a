/* SPDX-License-Identifier: MIT */
/*
 * A copy of a bundle for others, without the addresses that are not the
 * subject's. Nothing of it is read here: a jailed child picks what the manifest
 * says, and another rewrites the texts.
 */
#include "gather_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/json_pick.h"
#include "mailguard/mem.h"
#include "mailguard/redact.h"
#include "mailguard/shelf.h"
#include "mailguard/tar.h"
#include "mailguard/tz.h"
#include "mailguard/vec.h"

#define CUTS_MAX 256 /* notes of the original; a bundle has some */
#define PURPOSE "redacted copy"

/* What the manifest tells of the original, in this order. */
static const char *const paths[] = { "per",   "subject", "action", "act",
				     "since", "until",   "by",     "reason" };
enum { PER, SUBJECT, ACTION, ACT, SINCE, UNTIL, BY, REASON, N_PATHS };

struct copy {
	struct mg_gathering g;
	struct mg_jail jail;
	struct mg_shelf_proof proof; /* of the original */
	struct mg_json_picked about[N_PATHS];
	struct mg_redact_item *items; /* owned; files, texts, notes */
	const char **names;           /* owned; of the files; NULL for others */
	size_t n, cap, cap_names;
	size_t subject, by, reason; /* of the items */
	struct mg_slice manifest, account;
	const char **left; /* owned; names of what is not in it */
	size_t n_left, cap_left;
	struct mg_arena arena;
	struct mg_buf answer;
};

static void release(struct copy *c)
{
	mg_gather_release(&c->g);
	mg_mem_free(c->items);
	mg_mem_free(c->names);
	mg_mem_free(c->left);
	mg_arena_release(&c->arena);
	mg_buf_release(&c->answer);
}

static size_t add_item(struct copy *c, const char *name,
		       enum mg_redact_kind kind, struct mg_slice text)
{
	c->items = mg_vec_room(c->items, c->n, &c->cap, sizeof(*c->items));
	c->names = mg_vec_room(c->names, c->n, &c->cap_names,
			       sizeof(*c->names));
	c->items[c->n] = (struct mg_redact_item){ .kind = kind, .text = text };
	c->names[c->n] = name;
	return c->n++;
}

/*
 * Bodies, scripts and what was asked of a web server may hold addresses in any
 * form: packed, encoded, in parts. So may what is of no known kind. They are
 * left out.
 */
static bool find_kind(struct mg_slice name, enum mg_redact_kind *kind)
{
	if (mg_slice_has_suffix(name, MG_LIT(".json")))
		*kind = MG_REDACT_JSON;
	else if (mg_slice_has_suffix(name, MG_LIT(".log")) &&
		 !mg_slice_has_prefix(name, MG_LIT("web/")))
		*kind = MG_REDACT_LOG;
	else if (mg_slice_has_suffix(name, MG_LIT(".txt")) &&
		 !mg_slice_has_suffix(name, MG_LIT("-body.txt")) &&
		 !mg_slice_has_prefix(name, MG_LIT("script/")))
		*kind = MG_REDACT_TEXT;
	else
		return false;
	return true;
}

static int take_file(void *arg, const char *path, struct mg_slice bytes)
{
	struct copy *c = arg;
	const char *slash = strchr(path, '/');
	const struct mg_slice inner = mg_slice_str(slash ? slash + 1 : path);
	const struct mg_slice copy = mg_arena_copy(&c->arena, bytes);
	const char *name = mg_arena_copy_text(&c->arena, inner);
	enum mg_redact_kind kind;

	if (mg_slice_is(inner, MG_LIT("manifest.json"))) {
		c->manifest = copy;
		return 0;
	}
	if (mg_slice_is(inner, MG_LIT("README.txt")) ||
	    mg_slice_is(inner, MG_LIT("SHA256SUMS")))
		return 0;
	if (mg_slice_is(inner, MG_LIT("account.json")))
		c->account = copy;
	if (find_kind(inner, &kind)) {
		(void)add_item(c, name, kind, copy);
		return 0;
	}
	c->left = mg_vec_room(c->left, c->n_left, &c->cap_left,
			      sizeof(*c->left));
	c->left[c->n_left++] = name;
	return 0;
}

/* All that follows is of the bytes whose signature was found right. */
static int open_original(struct copy *c, const char *name, struct mg_err *err)
{
	const char *state = c->g.enforcer->state;
	struct mg_seal_public key;
	struct mg_buf archive;
	char path[PATH_MAX];
	int rc = mg_shelf_path(state, name, path, err);

	mg_buf_init(&archive, MG_EVIDENCE_BYTES_MAX);
	if (rc == 0)
		rc = mg_shelf_public(state, &key, err);
	if (rc == 0)
		rc = mg_shelf_verify(path, &key, &archive, &c->proof, err);
	if (rc == 0)
		rc = mg_tar_each(mg_buf_slice(&archive), MG_EVIDENCE_FILE_MAX,
				 take_file, c, err);
	mg_buf_release(&archive);
	return rc;
}

static struct mg_slice text_of(const struct mg_json_picked *p)
{
	return mg_slice_of(p->text, p->len);
}

static bool parse_time(const struct mg_json_picked *p, int64_t *out)
{
	struct mg_civil at;
	bool is_utc;

	if (!mg_civil_parse(text_of(p), &at, &is_utc))
		return false;
	*out = mg_civil_utc(&at);
	return true;
}

static int take_about(struct copy *c, struct mg_err *err)
{
	struct mg_evidence_about *about = &c->g.evidence.about;
	int rc = mg_json_pick(&c->jail, c->manifest, paths, N_PATHS, c->about,
			      err);

	if (rc == 0 && (c->about[PER].len == 0 ||
			!parse_time(&c->about[SINCE], &about->since) ||
			!parse_time(&c->about[UNTIL], &about->until)))
		rc = mg_fail(err, MG_EPARSE, "its manifest is not one of ours");
	if (rc < 0)
		return rc;
	about->per = text_of(&c->about[PER]);
	about->action = text_of(&c->about[ACTION]);
	about->act = text_of(&c->about[ACT]);
	c->subject = add_item(c, NULL, MG_REDACT_TEXT,
			      text_of(&c->about[SUBJECT]));
	c->by = add_item(c, NULL, MG_REDACT_TEXT, text_of(&c->about[BY]));
	c->reason = add_item(c, NULL, MG_REDACT_TEXT,
			     text_of(&c->about[REASON]));
	return 0;
}

/* A note says what was missing in the original; it is an item like others. */
static int take_cuts(struct copy *c, struct mg_err *err)
{
	struct mg_json_picked some[MG_JSON_PICKS_MAX];
	char text[MG_JSON_PICKS_MAX][16];
	const char *which[MG_JSON_PICKS_MAX];
	int rc = 0;

	for (unsigned i = 0; i < CUTS_MAX; i += MG_JSON_PICKS_MAX) {
		for (unsigned k = 0; k < MG_JSON_PICKS_MAX; k++) {
			(void)snprintf(text[k], sizeof(text[k]), "cut[%u]",
				       i + k);
			which[k] = text[k];
		}
		rc = mg_json_pick(&c->jail, c->manifest, which,
				  MG_JSON_PICKS_MAX, some, err);
		for (unsigned k = 0; rc == 0 && k < MG_JSON_PICKS_MAX; k++) {
			if (!some[k].is_there)
				return 0;
			(void)add_item(c, NULL, MG_REDACT_TEXT,
				       mg_arena_copy(&c->arena,
						     text_of(&some[k])));
		}
		if (rc < 0)
			return rc;
	}
	mg_evidence_cut(&c->g.evidence, "the original has more notes");
	return 0;
}

static int rewrite(struct copy *c, const char *name, struct mg_err *err)
{
	struct mg_redact_ask ask = {
		.per = text_of(&c->about[PER]),
		.subject = text_of(&c->about[SUBJECT]),
		.account = c->account,
	};
	int rc = mg_shelf_derive(c->g.enforcer->state, PURPOSE,
				 mg_slice_str(name), ask.key, err);

	return rc < 0 ? rc
		      : mg_redact_all(&ask, &c->jail, c->items, c->n,
				      &c->answer, err);
}

static void fill(struct copy *c)
{
	struct mg_evidence *e = &c->g.evidence;

	for (size_t i = 0; i < c->n; i++)
		if (c->names[i])
			mg_evidence_add(e, c->names[i], c->items[i].redacted,
					MG_LIT(""));
		else if (i > c->reason)
			mg_evidence_cut(e, "%.*s",
					MG_SLICE_ARG(c->items[i].redacted));
	for (size_t i = 0; i < c->n_left; i++)
		mg_evidence_cut(e, "%s: not in a redacted copy", c->left[i]);
	e->about.subject = c->items[c->subject].redacted;
	e->about.by = c->items[c->by].redacted;
	e->about.reason = c->items[c->reason].redacted;
}

static int put(struct copy *c, const char *name, struct mg_gather_made *out,
	       struct mg_err *err)
{
	struct mg_evidence_about *about = &c->g.evidence.about;
	char sha256[MG_SHA256_TEXT_MAX], redacted[256],
		first[MG_EVIDENCE_NAME_MAX], reason[512];
	struct mg_act of = { .per = about->per, .subject = about->subject };
	struct mg_gather_ask ask = *c->g.ask;

	mg_sha256_format(c->proof.sha256, MG_SHA256_LEN, sha256);
	(void)snprintf(redacted, sizeof(redacted),
		       "recipients: local parts of addresses that are not the "
		       "subject's, bodies, scripts; of the bundle with SHA-256 "
		       "%s",
		       sha256);
	(void)snprintf(reason, sizeof(reason), "redacted copy of %s%s%.*s",
		       name, ask.reason.len ? ": " : "",
		       MG_SLICE_ARG(ask.reason));
	about->redacted = mg_slice_str(redacted);
	ask.act = &of;
	ask.reason = mg_slice_str(reason);
	c->g.ask = &ask;
	mg_evidence_name(about->until, about->subject, MG_LIT("redacted"),
			 mg_slice_str(sha256), first);
	return mg_gather_put(&c->g, first, out, err);
}

int mg_gather_redact(struct mg_enforcer *e, const char *name,
		     const struct mg_gather_ask *ask,
		     struct mg_gather_made *out, struct mg_err *err)
{
	struct copy c = { .g = { .enforcer = e, .ask = ask, .is_copy = true },
			  .jail = mg_priv_jail(e->root) };
	int rc;

	*out = (struct mg_gather_made){ .n_bytes = 0 };
	if (!mg_evidence_name_is_valid(mg_slice_str(name)))
		return mg_fail(err, MG_EUSAGE, "'%s' is no name of a bundle",
			       name);
	mg_buf_init(&c.answer, MG_EVIDENCE_BYTES_MAX);
	mg_evidence_init(&c.g.evidence, &(struct mg_evidence_about){ 0 });
	rc = open_original(&c, name, err);
	if (rc == 0)
		rc = take_about(&c, err);
	if (rc == 0)
		rc = take_cuts(&c, err);
	if (rc == 0)
		rc = rewrite(&c, name, err);
	if (rc == 0) {
		fill(&c);
		rc = put(&c, name, out, err);
	}
	out->n_cuts = c.g.evidence.n_cuts;
	release(&c);
	return rc;
}
