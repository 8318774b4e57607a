/* SPDX-License-Identifier: MIT */
/*
 * notice_priv - the parts of telling people: what there is to tell and whom,
 * how much of it goes out, and by which way.
 */
#ifndef MG_NOTICE_PRIV_H
#define MG_NOTICE_PRIV_H

#include "mailguard/hook.h"
#include "mailguard/ledger.h"
#include "mailguard/letter.h"
#include "mailguard/notice.h"

#define MG_NOTICE_MAX (256U << 10) /* bytes of a body */
#define MG_NOTICE_DAY_S (24 * 3600)

enum mg_notice_role {
	MG_NOTICE_TO_CUSTOMER,
	MG_NOTICE_TO_OWNER,
	MG_NOTICE_TO_ADMIN,
	MG_NOTICE_TO_HOOK, /* by its verb notify */
};

/* One message; what it points to is the run's. */
struct mg_notice {
	struct mg_act act;
	int64_t seq;         /* of the row of the ledger that it tells of */
	bool is_of_approval; /* that row says that it may go ahead */
	enum mg_notice_role role;
	size_t hook;     /* its number from 1, of that role; else 0 */
	size_t at;       /* its number among those of the same row */
	bool has_failed; /* in a sweep before this one */
	struct mg_slice to, subject, body;
	struct mg_slice by;  /* of its marks: "notice:customer" */
	struct mg_slice key; /* what is sent once in a day */
};

/* One that was begun less than a day ago. */
struct mg_notice_sent {
	struct mg_slice key;
	int64_t at;  /* Unix seconds */
	int n_begun; /* times, without a known end; 0: it has one */
	bool is_out; /* it is counted as a message */
};

/* A run. */
struct mg_notices {
	struct mg_enforcer *e;
	const struct mg_accounts *accounts; /* NULL: no customer is told */
	struct mg_hooks hooks;
	struct mg_arena text;
	struct mg_notice *items; /* owned */
	size_t n, cap;
	struct mg_notice_sent *sent; /* owned */
	size_t n_sent, cap_sent;
	int64_t read_to;  /* row of the ledger */
	int64_t until_ms; /* no hook, and nothing that failed before, is begun
			     after that (hooks.budget) */
	int64_t kept_at;  /* the first that has to be told later; 0 for none */
	/* Of mail, and of each hook behind it. */
	int n_failed[1 + MG_HOOKS_MAX];
	bool is_in_order[1 + MG_HOOKS_MAX]; /* something went out */
	bool is_deaf[1 + MG_HOOKS_MAX];     /* has no verb notify */
	struct mg_err *err;
};

/* The notice that a termination has to wait for. */
bool mg_notice_is_final(const struct mg_notice *m);

/*
 * mg_notices_send_all - send what the run has, within its bounds, and note it.
 *
 * Returns 0 or -MG_EIO of the store: then nothing goes out any more.
 */
MG_NODISCARD int mg_notices_send_all(struct mg_notices *s);

/*
 * mg_notice_add_mechanism - what the letter about a suspension says of how the
 * mail was sent: looked for once, since the logs are read for it.
 */
void mg_notice_add_mechanism(struct mg_notices *s,
			     const struct mg_ledger_row *row,
			     struct mg_letter_opts *opts);

/*
 * mg_notice_hook - have one hook tell of something.
 *
 * result   out   MG_HOOK_DONE, _SKIPPED; of all others err says why
 */
void mg_notice_hook(struct mg_notices *s, const struct mg_notice *m,
		    enum mg_hook_result *result, struct mg_err *err);

/*
 * mg_notice_mail - send one.
 *
 * to   in   mg_address_is_safe
 * id   in   letters, digits, dots and "-"
 *
 * Returns 0 once sendmail took it, else -MG_ECONF or -MG_EIO.
 */
MG_NODISCARD int mg_notice_mail(const struct mg_enforcer *e, struct mg_slice to,
				struct mg_slice id, struct mg_slice subject,
				struct mg_slice body, struct mg_err *err);

/* Sends the digest to all administrators where its time has come. */
MG_NODISCARD int mg_notice_digest_due(struct mg_enforcer *e,
				      struct mg_err *err);

#endif
