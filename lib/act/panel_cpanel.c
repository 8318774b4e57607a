/* SPDX-License-Identifier: MIT */
/*
 * cpanel - cPanel and WHM, by their commands and never by editing their files.
 *
 * What it does to the host: whmapi1 suspendacct, unsuspendacct, removeacct,
 * suspend_, unsuspend_, hold_ and release_outgoing_email,
 * terminate_cpuser_mailbox_sessions; uapi Email suspend_outgoing,
 * unsuspend_outgoing, hold_outgoing, release_outgoing, suspend_login,
 * unsuspend_login, passwd_pop, terminate_mailbox_sessions. Nothing else.
 *
 * What somebody else has suspended is not ours to lift: an account's suspension
 * says in its reason whose it is, of a mailbox it is noted whether it was so
 * before. A domain is stopped by the maps that mail servers read.
 *
 * Values stand on command lines, URI-encoded; replies are JSON, whose own word
 * for success counts, not the exit status.
 */
#include "mailguard/panel.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/arena.h"
#include "mailguard/hash.h"
#include "mailguard/json_pick.h"
#include "mailguard/limits.h"

#define ARGS_MAX 10
#define OURS "mailguard "
#define REPLY_MAX (4U << 20)
#define SUSPENDED "/etc/outgoing_mail_suspended_users"
#define HELD "/etc/outgoing_mail_hold_users"

/* --- one command --- */

struct request {
	const struct mg_panel_host *h;
	struct mg_arena arena;
	const char *argv[ARGS_MAX];
	size_t n, hidden;
	bool is_whm;
};

static void add_word(struct request *r, const char *name, struct mg_slice value)
{
	struct mg_buf word;

	mg_buf_init(&word, 8 * MG_HOOK_REASON_MAX);
	mg_buf_add_str(&word, name);
	for (size_t i = 0; i < value.len; i++) {
		const char c = value.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_')
			mg_buf_add_char(&word, c);
		else
			mg_buf_add_fmt(&word, "%%%02X", (unsigned char)c);
	}
	r->argv[r->n++] = mg_arena_copy_text(&r->arena, mg_buf_slice(&word));
	mg_buf_release(&word);
}

static int begin(struct request *r, const struct mg_panel_host *h,
		 const char *tool, struct mg_err *err)
{
	const char *top = strcmp(h->root->path, "/") ? h->root->path : "";
	char path[PATH_MAX];
	int rc;

	*r = (struct request){ .h = h, .is_whm = !strcmp(tool, "whmapi1") };
	(void)snprintf(path, sizeof(path), "%s/usr/local/cpanel/bin/%s", top,
		       tool);
	rc = mg_file_check_program(path, err);
	if (rc == 1)
		rc = mg_fail(err, MG_ECONF, "there is no '%s' on this host",
			     path);
	r->argv[r->n++] = mg_arena_copy_text(&r->arena, mg_slice_str(path));
	return rc;
}

/* "whmapi1 --output=json FUNCTION" */
static int begin_whm(struct request *r, const struct mg_panel_host *h,
		     const char *function, struct mg_err *err)
{
	const int rc = begin(r, h, "whmapi1", err);

	r->argv[r->n++] = "--output=json";
	r->argv[r->n++] = function;
	return rc;
}

/* "uapi --user=USER --output=json Email FUNCTION email=MAILBOX" */
static int begin_uapi(struct request *r, const struct mg_panel_host *h,
		      const struct mg_hook_call *c, const char *function,
		      struct mg_err *err)
{
	const int rc = begin(r, h, "uapi", err);

	add_word(r, "--user=", c->account);
	r->argv[r->n++] = "--output=json";
	r->argv[r->n++] = "Email";
	r->argv[r->n++] = function;
	add_word(r, "email=", c->subject);
	return rc;
}

static int refuse(const struct request *r, const struct mg_json_picked *why,
		  struct mg_err *err)
{
	struct mg_buf text;

	mg_buf_init(&text, 4 * MG_JSON_TEXT_MAX);
	mg_buf_add_printable(&text, mg_slice_of(why->text, why->len));
	(void)mg_fail(err, MG_EIO, "cPanel refused %s: %s",
		      r->argv[r->is_whm ? 2 : 4],
		      text.len ? text.ptr : "it does not say why");
	mg_buf_release(&text);
	return -MG_EIO;
}

/*
 * Runs it and frees it. Values by their paths, where n is not 0. Returns 0; 1 in
 * a dry run; or the failure, that of cPanel in its words.
 */
static int finish(struct request *r, const char *const *more, size_t n,
		  struct mg_json_picked *values, struct mg_err *err)
{
	const char *paths[8] = {
		r->is_whm ? "metadata.result" : "result.status",
		r->is_whm ? "metadata.reason" : "result.errors[0]"
	};
	struct mg_json_picked all[8];
	struct mg_buf reply;
	int rc;

	r->argv[r->n] = NULL;
	for (size_t i = 0; i < n; i++)
		paths[2 + i] = more[i];
	mg_buf_init(&reply, REPLY_MAX);
	rc = mg_panel_run(r->h, r->argv, r->hidden, &reply, err);
	if (rc == 0) {
		rc = mg_json_pick(&r->h->jail, mg_buf_slice(&reply), paths,
				  2 + n, all, err);
		if (rc < 0)
			mg_err_prefix(err, "what cPanel answered");
		else if (strcmp(all[0].text, "1") != 0)
			rc = refuse(r, &all[1], err);
		else if (n)
			memcpy(values, all + 2, n * sizeof(*values));
	}
	mg_buf_release(&reply);
	mg_arena_release(&r->arena);
	return rc;
}

/* A command that changes something; a dry run is as good. */
static int do_it(struct request *r, struct mg_err *err)
{
	const int rc = finish(r, NULL, 0, NULL, err);

	return rc == 1 ? 0 : rc;
}

/* A function of WHM that has the account alone. */
static int do_whm(const struct mg_panel_host *h, const char *function,
		  const struct mg_hook_call *c, struct mg_err *err)
{
	struct request r;
	const int rc = begin_whm(&r, h, function, err);

	add_word(&r, "user=", c->account);
	return rc == 0 ? do_it(&r, err) : rc;
}

static int do_uapi(const struct mg_panel_host *h, const char *function,
		   const struct mg_hook_call *c, struct mg_err *err)
{
	struct request r;
	const int rc = begin_uapi(&r, h, c, function, err);

	return rc == 0 ? do_it(&r, err) : rc;
}

/* --- an account, by its suspension --- */

struct summary {
	bool is_suspended, is_ours, has_key;
};

/* Reads, so that a dry run does it too. */
static int look(const struct mg_panel_host *h, const struct mg_hook_call *c,
		struct summary *out, struct mg_err *err)
{
	static const char *const paths[] = { "data.acct[0].user",
					     "data.acct[0].suspended",
					     "data.acct[0].suspendreason" };
	struct mg_json_picked v[3];
	struct mg_panel_host reader = *h;
	struct mg_slice reason;
	struct request r;
	int rc;

	reader.is_dry = false;
	rc = begin_whm(&r, &reader, "accountsummary", err);
	add_word(&r, "user=", c->account);
	if (rc == 0)
		rc = finish(&r, paths, 3, v, err);
	if (rc == 0 &&
	    !mg_slice_is(mg_slice_of(v[0].text, v[0].len), c->account))
		rc = mg_fail(err, MG_EIO, "cPanel answered of another account");
	if (rc < 0)
		return rc;
	reason = mg_slice_of(v[2].text, v[2].len);
	*out = (struct summary){ .is_suspended = !strcmp(v[1].text, "1") };
	out->is_ours = out->is_suspended &&
		       mg_slice_cut_lit(&reason, MG_LIT(OURS));
	out->has_key = out->is_ours && mg_slice_cut_lit(&reason, c->key) &&
		       mg_slice_cut_lit(&reason, MG_LIT(":"));
	return 0;
}

static int suspend_account(const struct mg_panel_host *h,
			   const struct mg_hook_call *c,
			   struct mg_panel_note *note, struct mg_err *err)
{
	struct mg_buf reason;
	struct summary now;
	struct request r;
	int rc = look(h, c, &now, err);

	if (rc == 0)
		rc = mg_panel_note_add(h, &mg_panel_cpanel, c, note, err);
	if (rc < 0)
		return rc;
	if (now.is_suspended) {
		if (!now.is_ours)
			mg_buf_add_str(h->said,
				       "somebody else has suspended it "
				       "already: left as it is\n");
		return 0;
	}
	mg_buf_init(&reason, 2 * MG_HOOK_REASON_MAX);
	mg_buf_add_fmt(&reason, OURS "%.*s: %.*s", MG_SLICE_ARG(c->key),
		       MG_SLICE_ARG(c->reason));
	rc = begin_whm(&r, h, "suspendacct", err);
	add_word(&r, "user=", c->account);
	add_word(&r, "reason=", mg_buf_slice(&reason));
	r.argv[r.n++] = h->settings->cpanel.disallow ? "disallowun=1"
						     : "disallowun=0";
	mg_buf_release(&reason);
	return rc == 0 ? do_it(&r, err) : rc;
}

/* The last of ours ends it, where it is ours by now. */
static int unsuspend_account(const struct mg_panel_host *h,
			     const struct mg_hook_call *c,
			     struct mg_panel_note *note, struct mg_err *err)
{
	const bool is_noted = mg_panel_note_has(note, c->key);
	struct summary now;
	int rc = look(h, c, &now, err);

	if (rc == 0 && note->n_keys <= is_noted &&
	    (now.has_key || (is_noted && now.is_ours)))
		rc = do_whm(h, "unsuspendacct", c, err);
	if (rc == 0)
		rc = mg_panel_note_drop(h, &mg_panel_cpanel, c, note, err);
	return rc;
}

/* --- what stands in one of two lists --- */

/* A list with the commands that put something into it and take it out. */
struct list {
	const char *file;
	const char *whm[2], *uapi[2]; /* in, out */
};

static const struct list lists[] = {
	{ SUSPENDED,
	  { "suspend_outgoing_email", "unsuspend_outgoing_email" },
	  { "suspend_outgoing", "unsuspend_outgoing" } },
	{ HELD,
	  { "hold_outgoing_email", "release_outgoing_email" },
	  { "hold_outgoing", "release_outgoing" } },
};

static int is_listed(const struct mg_panel_host *h, const struct list *list,
		     struct mg_slice name, bool *out, struct mg_err *err)
{
	struct mg_slice rest, line;
	struct mg_buf text;
	int rc;

	*out = false;
	mg_buf_init(&text, MG_TABLE_MAX);
	rc = mg_root_read(h->root, list->file, &text, err);
	rest = mg_buf_slice(&text);
	while (rc == 0 && !*out && mg_slice_cut_line(&rest, &line))
		*out = mg_slice_is(mg_slice_trim(line), name);
	mg_buf_release(&text);
	return rc == 1 ? 0 : rc;
}

static int change_list(const struct mg_panel_host *h,
		       const struct mg_hook_call *c, const struct list *list,
		       int way, struct mg_err *err)
{
	return mg_slice_is(c->per, MG_LIT("account"))
		       ? do_whm(h, list->whm[way], c, err)
		       : do_uapi(h, list->uapi[way], c, err);
}

/* How it was: a letter each for what somebody else did, and for our login. */
static bool was(const struct mg_panel_note *note, char what)
{
	return strchr(note->was, what) != NULL;
}

static int put_in(const struct mg_panel_host *h, const struct mg_hook_call *c,
		  const struct list *list, struct mg_panel_note *note,
		  struct mg_err *err)
{
	const bool is_first = note->n_keys == 0;
	bool is_there, is_others, has_login;
	int rc = is_listed(h, list, c->subject, &is_there, err);

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
		rc = change_list(h, c, list, 0, err);
	if (rc == 0 && c->with_login)
		rc = do_uapi(h, "suspend_login", c, err);
	return rc;
}

static int take_out(const struct mg_panel_host *h, const struct mg_hook_call *c,
		    const struct list *list, struct mg_panel_note *note,
		    struct mg_err *err)
{
	bool is_there;
	int rc = is_listed(h, list, c->subject, &is_there, err);

	if (rc < 0 || !mg_panel_note_has(note, c->key))
		return rc;
	if (note->n_keys == 1 && is_there && !was(note, 't'))
		rc = change_list(h, c, list, 1, err);
	if (rc == 0 && note->n_keys == 1 && was(note, 'l'))
		rc = do_uapi(h, "unsuspend_login", c, err);
	if (rc == 0)
		rc = mg_panel_note_drop(h, &mg_panel_cpanel, c, note, err);
	return rc;
}

/* --- the verbs --- */

/*
 * passwd_pop takes the password as an argument: who can list processes may see
 * it for the moment. Nobody is told it and nothing keeps it.
 */
static int change_password(const struct mg_panel_host *h,
			   const struct mg_hook_call *c, struct mg_err *err)
{
	static const char digits[] = "0123456789abcdefghijkmnpqrstuvwxyzABCDEFG"
				     "HJKLMNPQRSTUVWXYZ-_.";
	unsigned char raw[2 * MG_HASH_KEY_LEN];
	char password[sizeof(raw) + 4] = "aA1-";
	struct request r;
	int rc = mg_hash_key_random(raw, err);

	if (rc == 0)
		rc = mg_hash_key_random(raw + MG_HASH_KEY_LEN, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(raw); i++)
		password[4 + i] = digits[raw[i] % (sizeof(digits) - 1)];
	rc = begin_uapi(&r, h, c, "passwd_pop", err);
	r.hidden = r.n;
	add_word(&r, "password=", mg_slice_of(password, sizeof(password)));
	return rc == 0 ? do_it(&r, err) : rc;
}

static bool is_gone(const struct mg_panel_host *h, const struct mg_hook_call *c)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/var/cpanel/users/%.*s",
		       MG_SLICE_ARG(c->account));
	return !mg_root_has(h->root, path);
}

/* Irreversible: only what is suspended, and was by us. */
static int terminate(const struct mg_panel_host *h,
		     const struct mg_hook_call *c, struct mg_err *err)
{
	struct summary now;
	struct request r;
	int rc;

	if (is_gone(h, c))
		return 0;
	rc = look(h, c, &now, err);
	if (rc == 0 && !now.is_ours)
		rc = mg_fail(err, MG_EIO,
			     "it is not suspended by mailguard, so it is not "
			     "removed");
	if (rc < 0)
		return rc;
	rc = begin_whm(&r, h, "removeacct", err);
	add_word(&r, "username=", c->account);
	r.argv[r.n++] = "keepdns=0";
	return rc == 0 ? do_it(&r, err) : rc;
}

static bool is_about(const struct mg_hook_call *c, const char *kind)
{
	return mg_slice_is(c->per, mg_slice_str(kind));
}

/* The list of a verb and a subject, or NULL. */
static const struct list *list_of(const struct mg_panel_host *h,
				  const struct mg_hook_call *c,
				  enum mg_hook_verb verb)
{
	if (is_about(c, "domain"))
		return NULL;
	if (verb == MG_HOOK_THROTTLE || verb == MG_HOOK_RELEASE)
		return &lists[1];
	if (is_about(c, "account") &&
	    h->settings->cpanel.suspend == MG_CPANEL_ACCOUNT)
		return NULL;
	return &lists[0];
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
	const struct list *list = list_of(h, c, c->verb);
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
		return is_in ? put_in(h, c, list, &note, err)
			     : take_out(h, c, list, &note, err);
	return is_in ? suspend_account(h, c, &note, err)
		     : unsuspend_account(h, c, &note, err);
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
			       ? do_whm(h, "terminate_cpuser_mailbox_sessions",
					c, err)
			       : do_uapi(h, "terminate_mailbox_sessions", c,
					 err);
	case MG_HOOK_PASSWORD:
		return change_password(h, c, err);
	case MG_HOOK_TERMINATE:
		return terminate(h, c, err);
	default:
		return act_noted(h, c, err);
	}
}

/* Whether the action with the key is in force, on the panel too. */
static int is_in_force(const struct mg_panel_host *h,
		       const struct mg_hook_call *c, bool *out,
		       struct mg_err *err)
{
	const struct list *list = list_of(h, c, c->of);
	struct mg_panel_note note;
	struct summary now;
	bool is_there;
	int rc = mg_panel_note_read(h, &mg_panel_cpanel, c, &note, err);

	*out = rc >= 0 && mg_panel_note_has(&note, c->key);
	if (rc < 0 || is_about(c, "domain"))
		return rc < 0 ? rc : 0;
	if (list) {
		rc = is_listed(h, list, c->subject, &is_there, err);
		*out = *out && is_there;
	} else {
		rc = look(h, c, &now, err);
		*out = rc == 0 && now.is_suspended && (*out || now.has_key);
	}
	return rc;
}

static int query(const struct mg_panel_host *h, const struct mg_hook_call *c,
		 enum mg_hook_result *result, struct mg_err *err)
{
	struct summary now;
	bool is_so = false;
	int rc;

	*result = MG_HOOK_SKIPPED;
	if (!has_verb(c, c->of))
		return 0;
	*result = MG_HOOK_UNKNOWN;
	switch (c->of) {
	case MG_HOOK_SESSIONS:
	case MG_HOOK_PASSWORD:
		return 0; /* nobody can tell */
	case MG_HOOK_TERMINATE:
		is_so = is_gone(h, c);
		rc = is_so ? 0 : look(h, c, &now, err);
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
