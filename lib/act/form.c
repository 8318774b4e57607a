/* SPDX-License-Identifier: MIT */
#include "mailguard/form.h"

#include <limits.h>
#include <stdio.h>

#include "mailguard/file.h"
#include "mailguard/ledger.h"
#include "mailguard/mem.h"
#include "mailguard/replace.h"
#include "mailguard/vec.h"

#define FOLDER "incidents"
#define MODE 0600 /* what a customer wrote is for no other user */

struct asking {
	const struct mg_act *like;
	int64_t *rows; /* owned; of the suspensions, in the ledger */
	size_t n_rows, cap_rows;
	const struct mg_policy *policies;
	size_t n_policies;
	const struct mg_policy *found;
};

static int take_suspension(void *arg, const struct mg_act *act)
{
	struct asking *a = arg;

	if (act->verb != MG_ACT_SUSPEND ||
	    !mg_slice_is(act->per, a->like->per) ||
	    !mg_slice_is(act->subject, a->like->subject))
		return 0;
	a->rows = mg_vec_room(a->rows, a->n_rows, &a->cap_rows,
			      sizeof(*a->rows));
	a->rows[a->n_rows++] = act->seq;
	return 0;
}

/* The row of one of them, which names the policy that it followed from. */
static int look_at(void *arg, const struct mg_ledger_row *row)
{
	struct asking *a = arg;

	for (size_t i = 0; i < a->n_policies; i++)
		if (a->policies[i].wants_form &&
		    mg_slice_is(a->policies[i].name, row->clause.policy))
			a->found = &a->policies[i];
	return 1; /* no further row */
}

int mg_form_is_asked(struct mg_store *s, const struct mg_policy *policies,
		     size_t n_policies, const struct mg_act *like, int64_t now,
		     struct mg_slice *policy, struct mg_err *err)
{
	struct asking a = { .like = like,
			    .policies = policies,
			    .n_policies = n_policies };
	int rc = mg_acts_each(s, MG_ACTS_IN_FORCE, now, take_suspension, &a,
			      err);

	for (size_t i = 0; rc >= 0 && i < a.n_rows; i++)
		rc = mg_ledger_each_after(s, a.rows[i] - 1, look_at, &a, err);
	mg_mem_free(a.rows);
	if (rc >= 0 && a.found)
		*policy = a.found->name;
	return rc < 0 ? rc : a.found != NULL;
}

int mg_form_keep(const char *state, struct mg_slice text,
		 char sha256[MG_SHA256_TEXT_MAX], struct mg_err *err)
{
	unsigned char digest[MG_SHA256_LEN];
	char folder[PATH_MAX], path[PATH_MAX + MG_SHA256_TEXT_MAX + 8];
	struct mg_sha256 h;
	const int n = snprintf(folder, sizeof(folder), "%s/" FOLDER, state);
	int fd = -1, rc;

	if (n < 0 || (size_t)n >= sizeof(folder))
		return mg_fail(err, MG_ELIMIT,
			       "the path of '" FOLDER "' is too long");
	mg_sha256_init(&h);
	mg_sha256_add(&h, text);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, MG_SHA256_LEN, sha256);
	(void)snprintf(path, sizeof(path), "%s/%s.txt", folder, sha256);
	rc = mg_file_make_private_dir(folder, &fd, err);
	mg_file_close(&fd);
	return rc == 0 ? mg_replace_file(path, MODE, -1, text, err) : rc;
}
