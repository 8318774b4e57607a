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

static int is_listed(const struct mg_panel_host *h,
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

/* The mailbox as a regular expression of Perl's that nothing else matches. */
static void add_pattern(struct mg_slice name, struct mg_buf *out)
{
	mg_buf_add_char(out, '^');
	for (size_t i = 0; i < name.len; i++) {
		const char c = name.ptr[i];
		const bool is_plain = (c >= 'a' && c <= 'z') ||
				      (c >= 'A' && c <= 'Z') ||
				      (c >= '0' && c <= '9');

		if (!is_plain)
			mg_buf_add_char(out, '\\');
		mg_buf_add_char(out, c);
	}
	mg_buf_add_char(out, '$');
}

/* Whether the login is suspended now, by whomever; asked in a dry run too. */
static int is_login_shut(const struct mg_panel_host *h,
			 const struct mg_hook_call *c, bool *out,
			 struct mg_err *err)
{
	static const char *const paths[] = { "result.data[0].email",
					     "result.data[0].suspended_login" };
	struct mg_panel_host reader = *h;
	struct mg_json_picked v[2];
	struct mg_cpanel_command k;
	struct mg_buf pattern;
	int rc;

	reader.is_dry = false;
	mg_buf_init(&pattern, MG_JSON_TEXT_MAX);
	add_pattern(c->subject, &pattern);
	mg_cpanel_begin_email(&k, &reader, c, "list_pops");
	mg_cpanel_add(&k, "regex=", mg_buf_slice(&pattern));
	rc = mg_cpanel_ask(&k, paths, 2, v, err);
	mg_buf_release(&pattern);
	if (rc == 0 &&
	    !mg_slice_is(mg_slice_of(v[0].text, v[0].len), c->subject))
		rc = mg_fail(err, MG_EIO, "cPanel knows no mailbox '%.*s'",
			     MG_SLICE_ARG(c->subject));
	*out = rc == 0 && !strcmp(v[1].text, "1");
	return rc;
}

/* How it was: 't' and 'o' for what somebody else did to the mail and the login,
   'l' for a login that we suspended. */
static bool was(const struct mg_panel_note *note, char what)
{
	return strchr(note->was, what) != NULL;
}

/* A customer can open the login of his own mailbox again, on the panel. */
int mg_cpanel_is_put_in(const struct mg_panel_host *h,
			const struct mg_hook_call *c,
			const struct mg_cpanel_list *list,
			const struct mg_panel_note *note, bool *out,
			struct mg_err *err)
{
	bool is_shut = true;
	int rc = is_listed(h, c, list, out, err);

	if (rc == 0 && *out && c->of == MG_HOOK_SUSPEND && c->with_login &&
	    was(note, 'l'))
		rc = is_login_shut(h, c, &is_shut, err);
	*out = *out && is_shut;
	return rc;
}

int mg_cpanel_put_in(const struct mg_panel_host *h,
		     const struct mg_hook_call *c,
		     const struct mg_cpanel_list *list,
		     struct mg_panel_note *note, struct mg_err *err)
{
	const bool is_first = note->n_keys == 0;
	bool is_there, is_others, is_shut = was(note, 'o');
	bool has_login = was(note, 'l');
	int rc = is_listed(h, c, list, &is_there, err);

	if (rc == 0 && is_first && is_there)
		mg_buf_add_str(h->said, "somebody else has done it already: "
					"left as it is\n");
	is_others = is_first ? is_there : was(note, 't');
	if (rc == 0 && c->with_login && !has_login &&
	    !mg_panel_note_has(note, c->key))
		rc = is_login_shut(h, c, &is_shut, err);
	has_login |= c->with_login && !is_shut;
	(void)snprintf(note->was, sizeof(note->was), "%s%s%s",
		       is_others ? "t" : "", is_shut ? "o" : "",
		       has_login ? "l" : "");
	if (rc == 0)
		rc = mg_panel_note_add(h, &mg_panel_cpanel, c, note, err);
	if (rc == 0 && !is_there)
		rc = change(h, c, list, IN, err);
	if (rc == 0 && c->with_login && has_login)
		rc = mg_cpanel_do_uapi(h, "suspend_login", c, err);
	return rc;
}

int mg_cpanel_take_out(const struct mg_panel_host *h,
		       const struct mg_hook_call *c,
		       const struct mg_cpanel_list *list,
		       struct mg_panel_note *note, struct mg_err *err)
{
	bool is_there;
	int rc = is_listed(h, c, list, &is_there, err);

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
