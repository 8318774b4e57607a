/* SPDX-License-Identifier: MIT */
/*
 * An account as a whole. Whose its suspension is stands in its reason: ours
 * begins with this program's name and the key of the action.
 */
#include "panel_cpanel_priv.h"

#include <stdio.h>
#include <string.h>

#define OURS "mailguard "

int mg_cpanel_look(const struct mg_panel_host *h, const struct mg_hook_call *c,
		   struct mg_cpanel_account *out, struct mg_err *err)
{
	static const char *const paths[] = { "data.acct[0].user",
					     "data.acct[0].suspended",
					     "data.acct[0].suspendreason" };
	struct mg_json_picked v[3];
	struct mg_panel_host reader = *h;
	struct mg_cpanel_command k;
	struct mg_slice reason;
	int rc;

	reader.is_dry = false;
	mg_cpanel_begin_whm(&k, &reader, "accountsummary");
	mg_cpanel_add(&k, "user=", c->account);
	rc = mg_cpanel_ask(&k, paths, 3, v, err);
	if (rc == 0 &&
	    !mg_slice_is(mg_slice_of(v[0].text, v[0].len), c->account))
		rc = mg_fail(err, MG_EIO, "cPanel answered of another account");
	if (rc < 0)
		return rc;
	reason = mg_slice_of(v[2].text, v[2].len);
	*out = (struct mg_cpanel_account){ .is_suspended = !strcmp(v[1].text,
								   "1") };
	out->is_ours = out->is_suspended &&
		       mg_slice_cut_lit(&reason, MG_LIT(OURS));
	out->has_key = out->is_ours && mg_slice_cut_lit(&reason, c->key) &&
		       mg_slice_cut_lit(&reason, MG_LIT(":"));
	return 0;
}

bool mg_cpanel_is_gone(const struct mg_panel_host *h,
		       const struct mg_hook_call *c)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/var/cpanel/users/%.*s",
		       MG_SLICE_ARG(c->account));
	return !mg_root_has(h->root, path);
}

static int run_suspendacct(const struct mg_panel_host *h,
			   const struct mg_hook_call *c, struct mg_err *err)
{
	struct mg_cpanel_command k;
	struct mg_buf reason;

	mg_buf_init(&reason, 2 * MG_HOOK_REASON_MAX);
	mg_buf_add_fmt(&reason, OURS "%.*s: %.*s", MG_SLICE_ARG(c->key),
		       MG_SLICE_ARG(c->reason));
	mg_cpanel_begin_whm(&k, h, "suspendacct");
	mg_cpanel_add(&k, "user=", c->account);
	mg_cpanel_add(&k, "reason=", mg_buf_slice(&reason));
	mg_cpanel_add(&k, "disallowun=",
		      h->settings->cpanel.disallow ? MG_LIT("1") : MG_LIT("0"));
	mg_buf_release(&reason);
	return mg_cpanel_do(&k, err);
}

int mg_cpanel_suspend(const struct mg_panel_host *h,
		      const struct mg_hook_call *c, struct mg_panel_note *note,
		      struct mg_err *err)
{
	struct mg_cpanel_account now;
	int rc = mg_cpanel_look(h, c, &now, err);

	note->was[0] = '\0';
	if (rc == 0)
		rc = mg_panel_note_add(h, &mg_panel_cpanel, c, note, err);
	if (rc < 0)
		return rc;
	if (!now.is_suspended)
		return run_suspendacct(h, c, err);
	if (!now.is_ours)
		mg_buf_add_str(h->said, "somebody else has suspended it "
					"already: left as it is\n");
	return 0;
}

/* That it is our doing is on disk before cPanel tells its hooks. */
static int run_unsuspendacct(const struct mg_panel_host *h,
			     const struct mg_hook_call *c,
			     struct mg_panel_note *note, struct mg_err *err)
{
	int rc;

	(void)snprintf(note->was, sizeof(note->was), MG_PANEL_CPANEL_ENDING);
	rc = mg_panel_note_add(h, &mg_panel_cpanel, c, note, err);
	if (rc == 0)
		rc = mg_panel_note_keep(h, &mg_panel_cpanel, c, note, err);
	return rc < 0 ? rc : mg_cpanel_do_whm(h, "unsuspendacct", c, err);
}

int mg_cpanel_unsuspend(const struct mg_panel_host *h,
			const struct mg_hook_call *c,
			struct mg_panel_note *note, struct mg_err *err)
{
	const bool is_noted = mg_panel_note_has(note, c->key);
	struct mg_cpanel_account now;
	int rc = mg_cpanel_look(h, c, &now, err);

	if (rc == 0 && note->n_keys <= is_noted &&
	    (now.has_key || (is_noted && now.is_ours)))
		rc = run_unsuspendacct(h, c, note, err);
	if (rc == 0)
		rc = mg_panel_note_drop(h, &mg_panel_cpanel, c, note, err);
	return rc;
}

int mg_cpanel_remove(const struct mg_panel_host *h,
		     const struct mg_hook_call *c, struct mg_err *err)
{
	struct mg_cpanel_account now;
	struct mg_cpanel_command k;
	int rc;

	if (mg_cpanel_is_gone(h, c))
		return 0;
	rc = mg_cpanel_look(h, c, &now, err);
	if (rc == 0 && !now.is_ours)
		rc = mg_fail(err, MG_EIO,
			     "it is not suspended by mailguard, so it is not "
			     "removed");
	if (rc < 0)
		return rc;
	mg_cpanel_begin_whm(&k, h, "removeacct");
	mg_cpanel_add(&k, "username=", c->account);
	mg_cpanel_add(&k, "keepdns=", MG_LIT("0"));
	return mg_cpanel_do(&k, err);
}
