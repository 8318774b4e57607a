/* SPDX-License-Identifier: MIT */
/*
 * Why a session ended without a login, in the words of four generations:
 *
 *   1.x, 2.0   Disconnected (auth failed, 2 attempts)
 *   2.1 - 2.3  Disconnected: Inactivity (auth failed, 2 attempts in 60 secs)
 *   2.3        Disconnected: Connection closed (user disabled)
 *   2.4        Login aborted: Logged out (user disabled, 2 attempts in 9 secs)
 *              (user_disabled)
 *
 * A failed try is one that the server refused. One that the client broke off
 * before it had said a password is none; one that it left unanswered is: the
 * answer to a wrong password is delayed, so whoever guesses need not wait for
 * it. What the server could not decide is held against nobody.
 */
#include "dovecot_priv.h"

#include "mailguard/limits.h"
#include "mailguard/num.h"

enum verdict {
	NO_TRY,
	REFUSED,
	BROKEN_OFF, /* the last one; those before it were refused */
};

static const struct {
	struct mg_slice words;
	enum verdict verdict;
} reasons[] = {
	{ MG_LIT_INIT("auth failed"), REFUSED },
	{ MG_LIT_INIT("no auth attempts"), NO_TRY },
	{ MG_LIT_INIT("user disabled"), REFUSED },
	{ MG_LIT_INIT("password expired"), REFUSED },
	{ MG_LIT_INIT("authorization failed"), REFUSED },
	{ MG_LIT_INIT("login disabled"), REFUSED },
	{ MG_LIT_INIT("anonymous logins disabled"), REFUSED },
	{ MG_LIT_INIT("tried to use "), REFUSED },
	{ MG_LIT_INIT("sent invalid base64 in response"), REFUSED },
	{ MG_LIT_INIT("disconnected while authenticating"), REFUSED },
	{ MG_LIT_INIT("proxy dest auth failed"), REFUSED },
	{ MG_LIT_INIT("proxy dest authentication failure"), REFUSED },
	{ MG_LIT_INIT("client didn't finish SASL auth"), BROKEN_OFF },
	{ MG_LIT_INIT("aborted authentication"), BROKEN_OFF },
	{ MG_LIT_INIT("auth aborted by client"), BROKEN_OFF },
	{ MG_LIT_INIT("disconnected before auth was ready"), NO_TRY },
	{ MG_LIT_INIT("disconnected during TLS handshake"), NO_TRY },
	{ MG_LIT_INIT("disconnected while finishing login"), NO_TRY },
	{ MG_LIT_INIT("cert required, client didn't start TLS"), NO_TRY },
	{ MG_LIT_INIT("client sent an "), NO_TRY },
	{ MG_LIT_INIT("client didn't send a cert"), NO_TRY },
	{ MG_LIT_INIT("auth service reported temporary failure"), NO_TRY },
	{ MG_LIT_INIT("auth process communication failure"), NO_TRY },
	{ MG_LIT_INIT("auth referral"), NO_TRY },
	{ MG_LIT_INIT("connection limit reached"), NO_TRY },
	{ MG_LIT_INIT("internal failure"), NO_TRY },
	{ MG_LIT_INIT("proxy dest "), NO_TRY },
	{ MG_LIT_INIT("client_limit and process_limit was hit"), NO_TRY },
	{ MG_LIT_INIT("The process is shutting down"), NO_TRY },
	/* of Internal login failure */
	{ MG_LIT_INIT("pid="), NO_TRY },
};

/* Takes the last "(...)" of a message off its end. */
static bool cut_last_group(struct mg_slice *s, struct mg_slice *out)
{
	const size_t open = mg_slice_rfind(*s, '(');

	if (s->len == 0 || s->ptr[s->len - 1] != ')' || open == s->len)
		return false;
	*out = mg_slice_of(s->ptr + open + 1, s->len - open - 2);
	s->len = open;
	while (s->len && s->ptr[s->len - 1] == ' ')
		s->len--;
	return true;
}

/* The reason for machines, since 2.4: "auth_failed". */
static bool is_code(struct mg_slice s)
{
	return mg_slice_find(s, ' ') == s.len && mg_slice_find(s, '=') == s.len;
}

static bool find_reason(struct mg_slice reason, enum verdict *out)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (mg_slice_has_prefix(reason, reasons[i].words)) {
			*out = reasons[i].verdict;
			return true;
		}
	}
	return false;
}

/*
 * "..., 3 attempts in 9 secs", or "..., 1/3 successful auths in 9 secs", of
 * which two failed; up to 2.3 most reasons have no number and mean one.
 */
static uint64_t tries_of(struct mg_slice reason)
{
	struct mg_slice unused;
	uint64_t n, of;

	if (!mg_slice_cut_at(&reason, ',', &unused) ||
	    !mg_slice_cut_lit(&reason, MG_LIT(" ")) ||
	    !mg_num_cut(&reason, UINT32_MAX, &n))
		return 1;
	if (mg_slice_has_prefix(reason, MG_LIT(" attempts")))
		return n;
	if (!mg_slice_cut_lit(&reason, MG_LIT("/")) ||
	    !mg_num_cut(&reason, UINT32_MAX, &of) || of < n)
		return 1;
	return of > n ? of - n : 1;
}

bool mg_dovecot_failed_tries(struct mg_slice message, uint32_t *n)
{
	struct mg_slice reason;
	enum verdict verdict;
	uint64_t tries;

	*n = 0;
	/* Without a reason a plugin, or a very old version, ended it. */
	if (!cut_last_group(&message, &reason))
		return true;
	if (is_code(reason) && !cut_last_group(&message, &reason))
		return false;
	if (!find_reason(reason, &verdict))
		return false;
	if (verdict == NO_TRY)
		return true;
	tries = tries_of(reason);
	if (verdict == BROKEN_OFF && tries)
		tries--;
	*n = tries < MG_DOVECOT_ATTEMPTS_MAX ? (uint32_t)tries
					     : MG_DOVECOT_ATTEMPTS_MAX;
	return true;
}
