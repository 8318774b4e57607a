/* SPDX-License-Identifier: MIT */
/*
 * cpanel - cPanel and WHM, by their commands and never by editing their files.
 *
 * What it does to the host: whmapi1 suspendacct, unsuspendacct, removeacct,
 * suspend_, unsuspend_, hold_ and release_outgoing_email,
 * terminate_cpuser_mailbox_sessions; uapi Email suspend_outgoing,
 * unsuspend_outgoing, hold_outgoing, release_outgoing, suspend_login,
 * unsuspend_login, passwd_pop, terminate_mailbox_sessions; and accountsummary and
 * list_pops, which change nothing. Nothing else.
 *
 * What somebody else has suspended is not ours to lift: an account's suspension
 * says in its reason whose it is, of a mailbox it is noted whether it was so
 * before. A domain is stopped by the maps that mail servers read.
 */
#include "panel_cpanel_priv.h"

#include "mailguard/hash.h"
#include "mailguard/json.h"

static int run_passwd_pop(const struct mg_panel_host *h,
			  const struct mg_hook_call *c,
			  struct mg_slice password, struct mg_err *err)
{
	struct mg_cpanel_command k;
	struct mg_buf input;
	int rc;

	mg_buf_init(&input, MG_JSON_TEXT_MAX);
	mg_buf_add_str(&input, "{\"email\":");
	mg_json_add_string(&input, c->subject);
	mg_buf_add_str(&input, ",\"password\":");
	mg_json_add_string(&input, password);
	mg_buf_add_char(&input, '}');
	mg_cpanel_begin_secret(&k, h, c, "passwd_pop", mg_buf_slice(&input));
	rc = mg_cpanel_do(&k, err);
	mg_buf_release(&input);
	return rc;
}

/*
 * Nobody is told the password, no argument has it, and nothing keeps it. Cut off
 * before the note, the same key gives another one that nobody knows either.
 */
static int change_password(const struct mg_panel_host *h,
			   const struct mg_hook_call *c, struct mg_err *err)
{
	static const char digits[] = "0123456789abcdefghijkmnpqrstuvwxyzABCDEFG"
				     "HJKLMNPQRSTUVWXYZ-_.";
	unsigned char raw[2 * MG_HASH_KEY_LEN];
	char password[sizeof(raw) + 4] = "aA1-";
	struct mg_panel_note note;
	int rc = mg_panel_note_read(h, &mg_panel_cpanel, c, &note, err);

	if (rc < 0 || mg_panel_note_has(&note, c->key))
		return rc < 0 ? rc : 0;
	rc = mg_hash_key_random(raw, err);

	if (rc == 0)
		rc = mg_hash_key_random(raw + MG_HASH_KEY_LEN, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(raw); i++)
		password[4 + i] = digits[raw[i] % (sizeof(digits) - 1)];
	rc = run_passwd_pop(h, c, mg_slice_of(password, sizeof(password)), err);
	return rc < 0 ? rc
		      : mg_panel_note_set(h, &mg_panel_cpanel, c, &note, err);
}

static bool is_about(const struct mg_hook_call *c, const char *kind)
{
	return mg_slice_is(c->per, mg_slice_str(kind));
}

/* The list of a verb and a subject, or NULL. */
static const struct mg_cpanel_list *list_of(const struct mg_panel_host *h,
					    const struct mg_hook_call *c,
					    enum mg_hook_verb verb)
{
	if (is_about(c, "domain"))
		return NULL;
	if (verb == MG_HOOK_THROTTLE || verb == MG_HOOK_RELEASE)
		return &mg_cpanel_held;
	if (is_about(c, "account") &&
	    h->settings->cpanel.suspend == MG_CPANEL_ACCOUNT)
		return NULL;
	return &mg_cpanel_stopped;
}

static bool has_verb(const struct mg_hook_call *c, enum mg_hook_verb verb)
{
	switch (verb) {
	case MG_HOOK_SUSPEND:
	case MG_HOOK_UNSUSPEND:
		return true;
	case MG_HOOK_THROTTLE:
	case MG_HOOK_RELEASE:
	case MG_HOOK_SESSIONS:
		return !is_about(c, "domain");
	case MG_HOOK_PASSWORD:
		return is_about(c, "mailbox") &&
		       mg_slice_find(c->subject, '@') < c->subject.len;
	case MG_HOOK_TERMINATE:
		return is_about(c, "account");
	default:
		return false;
	}
}

/* Those with a key that is noted. */
static int act_noted(const struct mg_panel_host *h,
		     const struct mg_hook_call *c, struct mg_err *err)
{
	const struct mg_cpanel_list *list = list_of(h, c, c->verb);
	const bool is_in = c->verb == MG_HOOK_SUSPEND ||
			   c->verb == MG_HOOK_THROTTLE;
	struct mg_panel_note note;
	const int rc = mg_panel_note_read(h, &mg_panel_cpanel, c, &note, err);

	if (rc < 0)
		return rc;
	if (is_about(c, "domain"))
		return is_in ? mg_panel_note_add(h, &mg_panel_cpanel, c, &note,
						 err)
			     : mg_panel_note_drop(h, &mg_panel_cpanel, c, &note,
						  err);
	if (list)
		return is_in ? mg_cpanel_put_in(h, c, list, &note, err)
			     : mg_cpanel_take_out(h, c, list, &note, err);
	return is_in ? mg_cpanel_suspend(h, c, &note, err)
		     : mg_cpanel_unsuspend(h, c, &note, err);
}

static int act(const struct mg_panel_host *h, const struct mg_hook_call *c,
	       enum mg_hook_result *result, struct mg_err *err)
{
	*result = has_verb(c, c->verb) ? MG_HOOK_DONE : MG_HOOK_SKIPPED;
	if (*result == MG_HOOK_SKIPPED)
		return 0;
	switch (c->verb) {
	case MG_HOOK_SESSIONS:
		return is_about(c, "account")
			       ? mg_cpanel_do_whm(
					 h, "terminate_cpuser_mailbox_sessions",
					 c, err)
			       : mg_cpanel_do_uapi(h,
						   "terminate_mailbox_sessions",
						   c, err);
	case MG_HOOK_PASSWORD:
		return change_password(h, c, err);
	case MG_HOOK_TERMINATE:
		return mg_cpanel_remove(h, c, err);
	default:
		return act_noted(h, c, err);
	}
}

/* Whether the action with the key is in force, on the panel too. */
static int is_in_force(const struct mg_panel_host *h,
		       const struct mg_hook_call *c, bool *out,
		       struct mg_err *err)
{
	const struct mg_cpanel_list *list = list_of(h, c, c->of);
	struct mg_panel_note note;
	struct mg_cpanel_account now;
	bool is_there;
	int rc = mg_panel_note_read(h, &mg_panel_cpanel, c, &note, err);

	*out = rc >= 0 && mg_panel_note_has(&note, c->key);
	if (rc < 0 || is_about(c, "domain"))
		return rc < 0 ? rc : 0;
	if (list) {
		rc = mg_cpanel_is_put_in(h, c, list, &note, &is_there, err);
		*out = *out && is_there;
	} else {
		rc = mg_cpanel_look(h, c, &now, err);
		*out = rc == 0 && now.is_suspended && (*out || now.has_key);
	}
	return rc;
}

static int query(const struct mg_panel_host *h, const struct mg_hook_call *c,
		 enum mg_hook_result *result, struct mg_err *err)
{
	struct mg_cpanel_account now;
	struct mg_panel_note note;
	bool is_so = false;
	int rc;

	*result = MG_HOOK_SKIPPED;
	if (!has_verb(c, c->of))
		return 0;
	*result = MG_HOOK_UNKNOWN;
	switch (c->of) {
	case MG_HOOK_SESSIONS:
		return 0; /* nobody can tell */
	case MG_HOOK_PASSWORD:
		rc = mg_panel_note_read(h, &mg_panel_cpanel, c, &note, err);
		rc = rc < 0 ? rc : 0;
		is_so = mg_panel_note_has(&note, c->key);
		break;
	case MG_HOOK_TERMINATE:
		is_so = mg_cpanel_is_gone(h, c);
		rc = is_so ? 0 : mg_cpanel_look(h, c, &now, err);
		break;
	default:
		rc = is_in_force(h, c, &is_so, err);
		is_so = is_so ==
			(c->of == MG_HOOK_SUSPEND || c->of == MG_HOOK_THROTTLE);
	}
	if (rc == 0)
		*result = is_so ? MG_HOOK_IS_DONE : MG_HOOK_IS_NOT_DONE;
	return rc;
}

const struct mg_panel mg_panel_cpanel = {
	.name = "cpanel",
	.summary = "cPanel and WHM",
	.act = act,
	.query = query,
};
