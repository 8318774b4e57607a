/* SPDX-License-Identifier: MIT */
/*
 * plain - a host without a panel.
 *
 * What it does to the host: usermod(8) for an account, and nothing else. A
 * suspended account has expired, and its password is locked: no login, no cron
 * job; mail that is there stays, and websites go on. A mailbox and a domain are
 * stopped by the maps that mail servers read (backend.h), which know of every
 * suspension by themselves: here it is only noted.
 *
 * Undoing puts back what was there before, and nothing that somebody else has
 * changed since: an expiry that is not ours stays, and a password is unlocked
 * only if it is the one that we locked.
 *
 * Source: shadow(5), usermod(8).
 */
#include <limits.h>
#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/num.h"
#include "mailguard/panel.h"
#include "mailguard/sha256.h"
#include "mailguard/spawn.h"

#define EXPIRED MG_LIT("1") /* day 1 of 1970, as passwd(1) knows it */
#define ARGS_MAX 12

/* A line of shadow(5). */
struct lock {
	bool is_locked; /* the password begins with '!' */
	bool has_password;
	char expire[24];                 /* days, as written; "" for never */
	char digest[MG_SHA256_TEXT_MAX]; /* of the password's hash */
};

static void digest_of(struct mg_slice password, char out[MG_SHA256_TEXT_MAX])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 hash;

	mg_sha256_init(&hash);
	mg_sha256_add_text(&hash, password);
	mg_sha256_end(&hash, digest);
	mg_sha256_format(digest, MG_SHA256_LEN, out);
}

/* name:password:last:min:max:warn:inactive:expire:flag */
static bool parse_line(struct mg_slice line, struct mg_slice who,
		       struct lock *out)
{
	struct mg_slice field[8];

	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
		if (!mg_slice_cut_at(&line, ':', &field[i]))
			return false;
	if (!mg_slice_is(field[0], who) || field[7].len >= sizeof(out->expire))
		return false;
	out->is_locked = mg_slice_cut_lit(&field[1], MG_LIT("!"));
	out->has_password = field[1].len > 0 && field[1].ptr[0] != '!' &&
			    field[1].ptr[0] != '*';
	digest_of(field[1], out->digest);
	memcpy(out->expire, field[7].ptr, field[7].len);
	out->expire[field[7].len] = '\0';
	return true;
}

static int read_lock(const struct mg_panel_host *h, struct mg_slice who,
		     struct lock *out, struct mg_err *err)
{
	struct mg_slice rest, line;
	struct mg_buf text;
	bool is_there = false;
	int rc;

	memset(out, 0, sizeof(*out));
	mg_buf_init(&text, MG_TABLE_MAX);
	rc = mg_root_read(h->root, "/etc/shadow", &text, err);
	rest = mg_buf_slice(&text);
	while (rc == 0 && !is_there && mg_slice_cut_line(&rest, &line))
		is_there = parse_line(line, who, out);
	mg_buf_release(&text);
	if (rc < 0)
		return rc;
	return is_there ? 0
			: mg_fail(err, MG_EIO,
				  "there is no '%.*s' in /etc/shadow",
				  MG_SLICE_ARG(who));
}

static bool is_expired(const struct lock *l)
{
	return mg_slice_is(mg_slice_str(l->expire), EXPIRED);
}

static bool is_shut(const struct lock *l)
{
	return is_expired(l) && (l->is_locked || !l->has_password);
}

/* usermod with options, ended by NULL, for a user. */
static int run_usermod(const struct mg_panel_host *h,
		       const struct mg_hook_call *c, const char *const *options,
		       struct mg_err *err)
{
	const char *argv[ARGS_MAX];
	char path[PATH_MAX], name[MG_PANEL_KEY_MAX];
	size_t n = 0;
	int rc = mg_program_find(h->root, "usermod", path, err);

	if (rc < 0)
		return rc;
	memcpy(name, c->account.ptr, c->account.len); /* of 32 bytes at most */
	name[c->account.len] = '\0';
	argv[n++] = path;
	if (strcmp(h->root->path, "/") != 0) {
		argv[n++] = "--prefix";
		argv[n++] = h->root->path;
	}
	while (*options)
		argv[n++] = *options++;
	argv[n++] = name;
	argv[n] = NULL;
	rc = mg_panel_run(h, argv, MG_LIT(""), NULL, err);
	return rc == 1 ? 0 : rc;
}

/* --- an account --- */

/* "EXPIRE LOCKED DIGEST", of before. */
static void note_before(const struct lock *l, struct mg_panel_note *note)
{
	struct mg_buf was;

	mg_buf_init(&was, sizeof(note->was) - 1);
	mg_buf_add_fmt(&was, "%s %d %s", l->expire, l->is_locked, l->digest);
	memcpy(note->was, was.ptr, was.len + 1);
	mg_buf_release(&was);
}

static int parse_before(const struct mg_panel_note *note, struct lock *out,
			struct mg_err *err)
{
	struct mg_slice rest = mg_slice_str(note->was), expire, locked;

	memset(out, 0, sizeof(*out));
	if (!mg_slice_cut_at(&rest, ' ', &expire) ||
	    !mg_slice_cut_at(&rest, ' ', &locked) ||
	    expire.len >= sizeof(out->expire) ||
	    rest.len >= sizeof(out->digest))
		return mg_fail(err, MG_EPARSE,
			       "the note of how it was is not readable");
	memcpy(out->expire, expire.ptr, expire.len);
	memcpy(out->digest, rest.ptr, rest.len);
	out->is_locked = mg_slice_is(locked, MG_LIT("1"));
	return 0;
}

/* How it was is on disk before anything changes. */
static int suspend(const struct mg_panel_host *h, const struct mg_hook_call *c,
		   struct mg_panel_note *note, struct mg_err *err)
{
	static const char *const options[] = { "--lock", "--expiredate", "1",
					       NULL };
	struct lock now;
	int rc = read_lock(h, c->account, &now, err);

	if (rc == 0 && note->n_keys == 0)
		note_before(&now, note);
	if (rc == 0)
		rc = mg_panel_note_add(h, &mg_panel_plain, c, note, err);
	if (rc == 0 && !is_shut(&now))
		rc = run_usermod(h, c, options, err);
	return rc;
}

/* What differs from before, as far as it is our doing. */
static int restore(const struct mg_panel_host *h, const struct mg_hook_call *c,
		   const struct mg_panel_note *note, struct mg_err *err)
{
	const char *options[4];
	struct lock was, now;
	size_t n = 0;
	int rc = parse_before(note, &was, err);

	if (rc == 0)
		rc = read_lock(h, c->account, &now, err);
	if (rc < 0)
		return rc;
	if (is_expired(&now) && !is_expired(&was)) {
		options[n++] = "--expiredate";
		options[n++] = was.expire;
	}
	if (now.is_locked && now.has_password && !was.is_locked &&
	    !strcmp(now.digest, was.digest))
		options[n++] = "--unlock";
	options[n] = NULL;
	return n ? run_usermod(h, c, options, err) : 0;
}

static int unsuspend(const struct mg_panel_host *h,
		     const struct mg_hook_call *c, struct mg_panel_note *note,
		     struct mg_err *err)
{
	int rc = 0;

	if (!mg_panel_note_has(note, c->key))
		return 0;
	if (note->n_keys == 1 && mg_slice_is(c->per, MG_LIT("account")))
		rc = restore(h, c, note, err);
	if (rc == 0)
		rc = mg_panel_note_drop(h, &mg_panel_plain, c, note, err);
	return rc;
}

static int act(const struct mg_panel_host *h, const struct mg_hook_call *c,
	       enum mg_hook_result *result, struct mg_err *err)
{
	struct mg_panel_note note;
	int rc;

	*result = MG_HOOK_SKIPPED;
	if (c->verb != MG_HOOK_SUSPEND && c->verb != MG_HOOK_UNSUSPEND)
		return 0;
	*result = MG_HOOK_DONE;
	rc = mg_panel_note_read(h, &mg_panel_plain, c, &note, err);
	if (rc < 0)
		return rc;
	if (c->verb == MG_HOOK_UNSUSPEND)
		return unsuspend(h, c, &note, err);
	if (mg_slice_is(c->per, MG_LIT("account")))
		return suspend(h, c, &note, err);
	return mg_panel_note_add(h, &mg_panel_plain, c, &note, err);
}

static int query(const struct mg_panel_host *h, const struct mg_hook_call *c,
		 enum mg_hook_result *result, struct mg_err *err)
{
	struct mg_panel_note note;
	struct lock now;
	bool is_so;
	int rc;

	*result = MG_HOOK_SKIPPED;
	if (c->of != MG_HOOK_SUSPEND && c->of != MG_HOOK_UNSUSPEND)
		return 0;
	rc = mg_panel_note_read(h, &mg_panel_plain, c, &note, err);
	is_so = mg_panel_note_has(&note, c->key);
	if (rc >= 0 && is_so && mg_slice_is(c->per, MG_LIT("account"))) {
		rc = read_lock(h, c->account, &now, err);
		is_so = is_shut(&now) || c->of == MG_HOOK_UNSUSPEND;
	}
	*result = is_so == (c->of == MG_HOOK_SUSPEND) ? MG_HOOK_IS_DONE
						      : MG_HOOK_IS_NOT_DONE;
	return rc < 0 ? rc : 0;
}

const struct mg_panel mg_panel_plain = {
	.name = "plain",
	.summary = "no panel: locks system users",
	.act = act,
	.query = query,
};
