/* SPDX-License-Identifier: MIT */
/*
 * Whose mail is refused, and whose is held: lists of accounts and mailboxes that
 * cPanel keeps, read here and changed by its commands alone.
 */
#include "panel_cpanel_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/limits.h"

struct mg_cpanel_list {
	const char *file;
	const char *whm[2], *uapi[2]; /* in, out */
};

enum { IN, OUT };

const struct mg_cpanel_list mg_cpanel_stopped = {
	"/etc/outgoing_mail_suspended_users",
	{ "suspend_outgoing_email", "unsuspend_outgoing_email" },
	{ "suspend_outgoing", "unsuspend_outgoing" },
};

const struct mg_cpanel_list mg_cpanel_held = {
	"/etc/outgoing_mail_hold_users",
	{ "hold_outgoing_email", "release_outgoing_email" },
	{ "hold_outgoing", "release_outgoing" },
};

int mg_cpanel_is_listed(const struct mg_panel_host *h,
			const struct mg_hook_call *c,
			const struct mg_cpanel_list *list, bool *out,
			struct mg_err *err)
{
	struct mg_slice rest, line;
	struct mg_buf text;
	int rc;

	*out = false;
	mg_buf_init(&text, MG_TABLE_MAX);
	rc = mg_root_read(h->root, list->file, &text, err);
	rest = mg_buf_slice(&text);
	while (rc == 0 && !*out && mg_slice_cut_line(&rest, &line))
		*out = mg_slice_is(mg_slice_trim(line), c->subject);
	mg_buf_release(&text);
	return rc == 1 ? 0 : rc;
}

static int change(const struct mg_panel_host *h, const struct mg_hook_call *c,
		  const struct mg_cpanel_list *list, int way,
		  struct mg_err *err)
{
	return mg_slice_is(c->per, MG_LIT("account"))
		       ? mg_cpanel_do_whm(h, list->whm[way], c, err)
		       : mg_cpanel_do_uapi(h, list->uapi[way], c, err);
}

/* How it was: a letter each for what somebody else did, and for our login. */
static bool was(const struct mg_panel_note *note, char what)
{
	return strchr(note->was, what) != NULL;
}

int mg_cpanel_put_in(const struct mg_panel_host *h,
		     const struct mg_hook_call *c,
		     const struct mg_cpanel_list *list,
		     struct mg_panel_note *note, struct mg_err *err)
{
	const bool is_first = note->n_keys == 0;
	bool is_there, is_others, has_login;
	int rc = mg_cpanel_is_listed(h, c, list, &is_there, err);

	if (rc == 0 && is_first && is_there)
		mg_buf_add_str(h->said, "somebody else has done it already: "
					"left as it is\n");
	is_others = is_first ? is_there : was(note, 't');
	has_login = c->with_login || was(note, 'l');
	(void)snprintf(note->was, sizeof(note->was), "%s%s",
		       is_others ? "t" : "", has_login ? "l" : "");
	if (rc == 0)
		rc = mg_panel_note_add(h, &mg_panel_cpanel, c, note, err);
	if (rc == 0 && !is_there)
		rc = change(h, c, list, IN, err);
	if (rc == 0 && c->with_login)
		rc = mg_cpanel_do_uapi(h, "suspend_login", c, err);
	return rc;
}

int mg_cpanel_take_out(const struct mg_panel_host *h,
		       const struct mg_hook_call *c,
		       const struct mg_cpanel_list *list,
		       struct mg_panel_note *note, struct mg_err *err)
{
	bool is_there;
	int rc = mg_cpanel_is_listed(h, c, list, &is_there, err);

	if (rc < 0 || !mg_panel_note_has(note, c->key))
		return rc;
	if (note->n_keys == 1 && is_there && !was(note, 't'))
		rc = change(h, c, list, OUT, err);
	if (rc == 0 && note->n_keys == 1 && was(note, 'l'))
		rc = mg_cpanel_do_uapi(h, "unsuspend_login", c, err);
	if (rc == 0)
		rc = mg_panel_note_drop(h, &mg_panel_cpanel, c, note, err);
	return rc;
}
