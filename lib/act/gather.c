/* SPDX-License-Identifier: MIT */
#include "gather_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/bundles.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/shelf.h"

/* Bundles of one name and other bytes: of one second. */
#define NAMES_MAX 100

/* The bundle before one of a name, by the ledger. */
struct before {
	struct mg_slice name; /* of the new one */
	char previous[MG_EVIDENCE_NAME_MAX];
	unsigned char sha256[MG_SHA256_LEN];
	unsigned char own_sha256[MG_SHA256_LEN]; /* of that name; or zeros */
	bool has_own, is_gone;                   /* is_gone: that one expired */
};

static int look_at_bundle(void *arg, const struct mg_bundle *b)
{
	struct before *before = arg;

	if (mg_slice_is(b->name, before->name)) {
		if (b->event == MG_BUNDLE_MADE) {
			before->has_own = true;
			memcpy(before->own_sha256, b->sha256, MG_SHA256_LEN);
		}
		if (b->event == MG_BUNDLE_MADE || b->event == MG_BUNDLE_EXPIRED)
			before->is_gone = b->event == MG_BUNDLE_EXPIRED;
		return 0;
	}
	/* What came behind it is not before it. */
	if (before->has_own || b->event != MG_BUNDLE_MADE ||
	    b->name.len >= MG_EVIDENCE_NAME_MAX)
		return 0;
	memset(before->previous, 0, sizeof(before->previous));
	memcpy(before->previous, b->name.ptr, b->name.len);
	memcpy(before->sha256, b->sha256, MG_SHA256_LEN);
	return 0;
}

static void gather(struct mg_gathering *g)
{
	mg_gather_decision(g);
	mg_gather_counts(g);
	mg_gather_account(g);
	mg_gather_logs(g);
	mg_gather_web(g);
	mg_gather_sort_facts(g);
	mg_gather_scripts(g);
	mg_gather_direct(g);
	mg_gather_investigation(g);
	mg_gather_queue(g);
}

void mg_gather_release(struct mg_gathering *g)
{
	mg_evidence_release(&g->evidence);
	mg_mem_free(g->facts);
	mg_mem_free(g->scripts);
	mg_mem_free(g->directs);
}

/* The bytes of the archive. */
static int pack(struct mg_evidence *e, struct mg_buf *out, struct mg_err *err)
{
	char bytes[16384];
	int64_t at = 0, n = 0;
	int fd = -1, rc = mg_file_make_scratch(&fd, err);

	mg_buf_init(out, MG_EVIDENCE_BYTES_MAX);
	if (rc == 0)
		rc = mg_evidence_write(e, fd, err);
	while (rc == 0 &&
	       (n = mg_file_read_at(fd, bytes, sizeof(bytes), at, err)) > 0) {
		mg_buf_add(out, mg_slice_of(bytes, (size_t)n));
		at += n;
	}
	mg_file_close(&fd);
	if (rc == 0 && n < 0)
		rc = (int)n;
	return rc == 0 ? mg_buf_check(out, "a bundle", err) : rc;
}

static int record(struct mg_gathering *g, const struct mg_gather_made *made,
		  struct mg_err *err)
{
	const struct mg_act *a = g->ask->act;
	struct mg_store *s = g->enforcer->store;
	struct mg_bundle row = {
		.event = MG_BUNDLE_MADE,
		.name = mg_slice_str(made->name),
		.n_bytes = made->n_bytes,
		.per = a->per,
		.subject = a->subject,
		.act = mg_slice_str(a->id),
		.by = g->ask->by,
		.reason = g->ask->reason,
	};
	int rc = mg_store_begin(s, err);

	memcpy(row.sha256, made->sha256, MG_SHA256_LEN);
	if (rc == 0)
		rc = mg_bundles_add(s, g->enforcer->now, &row, err);
	if (rc == 0)
		rc = mg_store_commit(s, err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

static bool is_same(const struct mg_buf *bytes,
		    const unsigned char sha256[MG_SHA256_LEN])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, mg_buf_slice(bytes));
	mg_sha256_end(&h, digest);
	return !memcmp(digest, sha256, MG_SHA256_LEN);
}

/*
 * Seals under a name. Returns 0; 1 where another bundle has it; a negative
 * code.
 */
static int put(struct mg_gathering *g, struct mg_gather_made *made,
	       struct mg_err *err)
{
	struct before before = { .name = mg_slice_str(made->name) };
	struct mg_evidence_about *about = &g->evidence.about;
	struct mg_buf bytes;
	int rc = mg_bundles_each(g->enforcer->store, look_at_bundle, &before,
				 err);

	if (rc < 0)
		return rc;
	about->name = before.name;
	if (!g->is_copy)
		about->previous = mg_slice_str(before.previous);
	memcpy(about->previous_sha256, before.sha256, MG_SHA256_LEN);
	rc = mg_shelf_path(g->enforcer->state, made->name, made->path, err);
	if (rc == 0)
		rc = pack(&g->evidence, &bytes, err);
	if (rc < 0)
		return rc;
	made->n_bytes = (int64_t)bytes.len;
	if (before.has_own && !is_same(&bytes, before.own_sha256))
		rc = 1;
	made->was_there = rc == 0 && before.has_own && !before.is_gone;
	/* One of the ledger whose file is gone is put back. */
	if (rc == 0)
		rc = mg_shelf_put(g->enforcer->state, made->name,
				  mg_buf_slice(&bytes), made->sha256, err);
	if (rc == 0 && !made->was_there)
		rc = record(g, made, err);
	mg_buf_release(&bytes);
	return rc;
}

int mg_gather_put(struct mg_gathering *g, const char *first,
		  struct mg_gather_made *made, struct mg_err *err)
{
	int rc = 1;

	for (int i = 1; rc == 1 && i < NAMES_MAX; i++) {
		const int n = snprintf(made->name, sizeof(made->name),
				       i == 1 ? "%s" : "%s-%d", first, i);

		if (n < 0 || (size_t)n >= sizeof(made->name))
			return mg_fail(err, MG_ELIMIT, "'%s' is too long",
				       first);
		rc = put(g, made, err);
	}
	if (rc == 1)
		rc = mg_fail(err, MG_ELIMIT, "there are too many bundles '%s'",
			     first);
	return rc;
}

int mg_gather_evidence(struct mg_enforcer *e, const struct mg_gather_ask *ask,
		       struct mg_gather_made *out, struct mg_err *err)
{
	struct mg_gathering g = { .enforcer = e, .ask = ask };
	const struct mg_act *a = ask->act;
	char first[MG_EVIDENCE_NAME_MAX];
	const struct mg_evidence_about about = {
		.per = a->per,
		.subject = a->subject,
		.action = a->id[0] ? mg_slice_str(mg_act_words[a->verb])
				   : MG_LIT("asked"),
		.act = mg_slice_str(a->id),
		.since = ask->since,
		.until = ask->until,
		.by = ask->by,
		.reason = ask->reason,
	};
	int rc;

	*out = (struct mg_gather_made){ .n_bytes = 0 };
	mg_evidence_init(&g.evidence, &about);
	g.accounts = e->accounts(e->arg);
	gather(&g);
	mg_evidence_name(about.until, about.subject, about.action, about.act,
			 first);
	rc = mg_gather_put(&g, first, out, err);
	out->n_cuts = g.evidence.n_cuts;
	mg_gather_release(&g);
	return rc;
}

int mg_gather_for_act(struct mg_enforcer *e, const struct mg_act *act,
		      struct mg_gather_made *out, struct mg_err *err)
{
	const struct mg_gather_ask ask = {
		.act = act,
		.since = act->made_at - MG_GATHER_SINCE_S,
		.until = act->made_at,
		.by = act->by,
		.reason = act->reason,
	};

	return mg_gather_evidence(e, &ask, out, err);
}
