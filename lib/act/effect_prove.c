/* SPDX-License-Identifier: MIT */
/*
 * Evidence between an intent and its effect. A mark keeps its hash and path:
 * "SHA256 PATH".
 */
#include "effect_priv.h"

#include <stdio.h>

#include "mailguard/gather.h"
#include "mailguard/sha256.h"

#define BY MG_LIT("evidence")

static int take_path(void *arg, int64_t made_at, enum mg_act_mark mark,
		     struct mg_slice by, struct mg_slice detail)
{
	struct mg_buf *path = arg;
	struct mg_slice hash;

	(void)made_at;
	(void)by;
	if (mark != MG_MARK_EVIDENCE || !mg_slice_cut_at(&detail, ' ', &hash))
		return 0;
	mg_buf_clear(path);
	mg_buf_add(path, detail);
	return 0;
}

static int note(struct mg_enforcer *e, const struct mg_act *act,
		const struct mg_gather_made *made, struct mg_err *err)
{
	struct mg_buf detail;
	char hash[MG_SHA256_TEXT_MAX];
	int rc;

	mg_sha256_format(made->sha256, MG_SHA256_LEN, hash);
	mg_buf_init(&detail, sizeof(hash) + sizeof(made->path));
	mg_buf_add_fmt(&detail, "%s %s", hash, made->path);
	rc = mg_effect_mark(e, act->id, MG_MARK_EVIDENCE, BY,
			    mg_buf_slice(&detail), err);
	mg_buf_release(&detail);
	return rc;
}

/* The steps of a move have its bundle. */
static struct mg_act proven_by(const struct mg_act *act)
{
	struct mg_act whole = *act;

	if (mg_act_is_step(act)) {
		whole.verb = MG_ACT_CONTAIN;
		whole.target = MG_LIT("");
		(void)snprintf(whole.id, sizeof(whole.id), "%.*s",
			       MG_SLICE_ARG(act->target));
	}
	return whole;
}

int mg_effect_prove(struct mg_enforcer *e, const struct mg_act *act,
		    struct mg_buf *path, struct mg_err *err)
{
	const struct mg_act whole = proven_by(act);
	struct mg_gather_made made;
	int rc = mg_acts_each_mark(e->store, whole.id, take_path, path, err);

	if (rc < 0 || path->len)
		return rc;
	rc = mg_gather_for_act(e, &whole, &made, err);
	if (rc == 0)
		rc = note(e, &whole, &made, err);
	if (rc == 0)
		mg_buf_add_str(path, made.path);
	return rc;
}
