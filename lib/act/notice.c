/* SPDX-License-Identifier: MIT */
#include "notice_priv.h"

#include <string.h>

#include "mailguard/address.h"
#include "mailguard/arena.h"
#include "mailguard/contact.h"
#include "mailguard/ledger.h"
#include "mailguard/letter.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define BACKEND "notice" /* of rows of what was sent (acts.h) */
#define DAY_S (24 * 3600)
#define HOUR_S 3600
#define FAILURES_MAX 3 /* of one sweep */
#define ADDRESS_MAX 330

/* The words of a role: the mark that is left, and the key of what was sent. */
enum role { CUSTOMER, OWNER, ADMIN };

static const char *const roles[] = { MG_NOTICE_CUSTOMER, MG_NOTICE_OWNER,
				     MG_NOTICE_ADMIN };

/* All of it in the arena. */
struct message {
	char act[MG_ACT_ID_MAX];
	int64_t seq;
	enum mg_act_verb verb;
	enum role role;
	struct mg_slice to, subject, body, key;
};

struct sending {
	struct mg_enforcer *e;
	const struct mg_accounts *accounts;
	struct mg_arena text;
	struct message *messages; /* owned */
	size_t n, cap;
	int64_t read_to; /* row of the ledger */
	int64_t kept_at; /* the first that has to be told later; 0 for none */
	int64_t n_sent;  /* in this hour */
	int n_failed;
	struct mg_err *err;
};

/* --- who is told --- */

static bool is_of_the_past(const struct sending *s, int64_t made_at)
{
	return made_at + DAY_S <= s->e->now;
}

/* "notice:owner bob suspend domain a.example": one a day. */
static struct mg_slice key_of(struct sending *s, enum role role,
			      struct mg_slice to, const struct mg_act *act)
{
	struct mg_slice key;
	struct mg_buf b;

	mg_buf_init(&b, 4096);
	mg_buf_add_fmt(&b, "%s ", roles[role]);
	mg_buf_add(&b, to);
	mg_buf_add_fmt(&b, " %s ", mg_act_words[act->verb]);
	mg_buf_add(&b, act->per);
	mg_buf_add_char(&b, ' ');
	mg_buf_add(&b, act->subject);
	key = mg_arena_copy(&s->text, mg_buf_slice(&b));
	mg_buf_release(&b);
	return key;
}

static void add(struct sending *s, const struct mg_ledger_row *row,
		enum role role, struct mg_slice to, struct mg_slice subject,
		struct mg_slice body)
{
	struct message m = { .seq = s->read_to,
			     .verb = row->act.verb,
			     .role = role,
			     .to = mg_arena_copy(&s->text, to),
			     .subject = subject,
			     .body = body };

	memcpy(m.act, row->act.id, sizeof(m.act));
	m.key = key_of(s, role, to, &row->act);
	s->messages = mg_vec_room(s->messages, s->n, &s->cap,
				  sizeof(*s->messages));
	s->messages[s->n++] = m;
}

static void add_contact(struct sending *s, const struct mg_ledger_row *row,
			enum role role, struct mg_slice name,
			struct mg_slice subject, struct mg_slice body)
{
	struct mg_err failure = { 0 };
	struct mg_buf to;
	int rc = 1;

	mg_buf_init(&to, ADDRESS_MAX);
	if (name.len && s->accounts)
		rc = mg_account_contact(s->e->root, s->accounts->source, name,
					&to, &failure);
	if (rc < 0)
		s->e->fail(s->e->arg, "a contact", &failure);
	if (rc == 0 && mg_address_is_safe(mg_buf_slice(&to)))
		add(s, row, role, mg_buf_slice(&to), subject, body);
	mg_buf_release(&to);
}

/* --- what they are told --- */

static struct mg_letter_opts letter_opts(const struct mg_enforcer *e)
{
	return (struct mg_letter_opts){
		.root = e->root,
		.templates = e->settings->notices.templates,
		.language = e->settings->notices.language,
		.contact = e->settings->notices.contact,
		.tz = e->tz,
	};
}

/* The customer's letter; the administrators' one says how to go on. */
static void write_both(struct sending *s, const struct mg_ledger_row *row,
		       const struct mg_slice *subject, struct mg_buf *body)
{
	const struct mg_settings *set = s->e->settings;
	const struct mg_act *act = &row->act;
	const struct mg_slice told = mg_arena_copy(&s->text,
						   mg_buf_slice(body));
	struct mg_slice admins;

	/* A termination waits for approvals, and for this very letter. */
	if (set->notices.customers &&
	    (!act->is_waiting || act->verb == MG_ACT_TERMINATE)) {
		add_contact(s, row, CUSTOMER, act->account, *subject, told);
		add_contact(s, row, OWNER, act->owner, *subject, told);
	}
	mg_buf_add_fmt(body,
		       "\n--\nmailguard why %.8s    says everything about "
		       "it\nmailguard %s %.8s   %s\n",
		       act->id, act->is_waiting ? "approve" : "undo", act->id,
		       act->is_waiting ? "lets it go ahead: it waits"
				       : "ends it");
	admins = mg_arena_copy(&s->text, mg_buf_slice(body));
	for (size_t i = 0; i < set->notices.admins.n; i++)
		add(s, row, ADMIN, set->notices.admins.items[i], *subject,
		    admins);
}

static int tell_of(struct sending *s, const struct mg_ledger_row *row)
{
	const struct mg_letter_opts opts = letter_opts(s->e);
	struct mg_err failure = { 0 };
	struct mg_buf subject, body;
	struct mg_slice line;
	int rc;

	mg_buf_init(&subject, MG_NOTICE_MAX);
	mg_buf_init(&body, MG_NOTICE_MAX);
	rc = mg_letter_write(&opts, row, &subject, &body, &failure);
	line = mg_arena_copy(&s->text, mg_buf_slice(&subject));
	if (rc == 0)
		write_both(s, row, &line, &body);
	mg_buf_release(&subject);
	mg_buf_release(&body);
	if (rc < 0)
		s->e->fail(s->e->arg, "a notice", &failure);
	return 0;
}

struct approved {
	struct sending *s;
	const char *act;
};

/* The action that a person let go ahead: now its customer is told, too. */
static int tell_approved(void *arg, const struct mg_ledger_row *row)
{
	const struct approved *a = arg;
	struct mg_ledger_row now = *row;

	if (row->kind != MG_LEDGER_INTENT || strcmp(row->act.id, a->act) != 0)
		return 0;
	now.act.is_waiting = false;
	(void)tell_of(a->s, &now);
	return 1;
}

static int take(void *arg, const struct mg_ledger_row *row)
{
	struct sending *s = arg;
	struct approved approved = { s, row->mark.act };
	int rc = 0;

	s->read_to = row->seq;
	if (is_of_the_past(s, row->made_at))
		return 0;
	if (row->kind == MG_LEDGER_INTENT)
		return tell_of(s, row);
	if (row->kind == MG_LEDGER_MARK && row->mark.mark == MG_MARK_APPROVED)
		rc = mg_ledger_each(s->e->store, tell_approved, &approved,
				    s->err);
	return rc < 0 ? rc : 0;
}

/* --- sent --- */

struct known {
	struct mg_slice key;
	int64_t now;
	bool is_there;
};

static int look(void *arg, const struct mg_applied *row)
{
	struct known *k = arg;

	k->is_there |= row->until > k->now && mg_slice_is(row->key, k->key);
	return 0;
}

static int count_hour(void *arg, const struct mg_applied *row)
{
	struct sending *s = arg;

	s->n_sent += row->until > s->e->now + DAY_S - HOUR_S;
	return 0;
}

/* What a termination has to wait for. */
static bool is_final(const struct message *m)
{
	return m->verb == MG_ACT_TERMINATE && m->role == CUSTOMER;
}

/* That it was taken, and that no other of its kind is due for a day. */
static int note(struct sending *s, const struct message *m,
		const struct mg_err *failure)
{
	const struct mg_applied row = { m->key,
					s->e->now + DAY_S,
					{ NULL, 0 } };
	const enum mg_act_mark mark = failure       ? MG_MARK_FAILED
				      : is_final(m) ? MG_MARK_NOTICED
						    : MG_MARK_DONE;
	const struct mg_slice by = mg_slice_str(roles[m->role]);
	struct mg_store *store = s->e->store;
	bool is_there = false;
	int rc = mg_store_begin(store, s->err);

	if (rc == 0)
		rc = mg_acts_has_mark(store, m->act, mark, by, &is_there,
				      s->err);
	if (rc == 0 && !is_there)
		rc = mg_acts_mark(store, s->e->now, m->act, mark, by,
				  mg_slice_str(failure ? failure->text : ""),
				  s->err);
	if (rc == 0 && !failure)
		rc = mg_applied_put(store, BACKEND, &row, s->err);
	if (rc == 0)
		rc = mg_store_commit(store, s->err);
	if (rc < 0)
		mg_store_rollback(store);
	return rc;
}

static void keep(struct sending *s, const struct message *m)
{
	if (!s->kept_at || m->seq < s->kept_at)
		s->kept_at = m->seq;
}

/* The same for the same message, so that a reader's mail program sees one. */
static void id_of(const struct message *m, size_t at, struct mg_buf *out)
{
	mg_buf_add_fmt(out, "%s.%d.%zu", m->act, (int)m->role, at);
}

static int send_one(struct sending *s, const struct message *m, size_t at)
{
	struct known known = { .key = m->key, .now = s->e->now };
	struct mg_err failure = { 0 };
	struct mg_buf id;
	int rc = mg_applied_each(s->e->store, BACKEND, look, &known, s->err);

	if (rc < 0 || known.is_there)
		return rc;
	if (s->n_sent >= s->e->settings->notices.per_hour) {
		keep(s, m);
		return 0;
	}
	mg_buf_init(&id, 64);
	id_of(m, at, &id);
	rc = mg_notice_mail(s->e, m->to, mg_buf_slice(&id), m->subject, m->body,
			    &failure);
	mg_buf_release(&id);
	if (rc < 0) {
		keep(s, m);
		if (s->n_failed++ == 0)
			s->e->fail(s->e->arg, "a notice", &failure);
		return note(s, m, &failure);
	}
	s->n_sent++;
	return note(s, m, NULL);
}

/* One that is not taken keeps no other back; of a sendmail that takes none the
   next sweep asks again. */
static int send_all(struct sending *s)
{
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		at = i && s->messages[i].seq == s->messages[i - 1].seq ? at + 1
								       : 0;
		if (s->n_failed >= FAILURES_MAX)
			keep(s, &s->messages[i]);
		else
			rc = send_one(s, &s->messages[i], at);
	}
	return rc;
}

/* What is to be told again is read again; what ended its day is dropped. */
static int take_old(void *arg, const struct mg_applied *row)
{
	struct sending *s = arg;

	if (row->until <= s->e->now && row->until) {
		s->messages = mg_vec_room(s->messages, s->n, &s->cap,
					  sizeof(*s->messages));
		s->messages[s->n++] = (struct message){
			.key = mg_arena_copy(&s->text, row->key)
		};
	}
	return 0;
}

static int settle(struct sending *s)
{
	struct mg_store *store = s->e->store;
	int rc;

	s->n = 0;
	rc = mg_applied_each(store, BACKEND, take_old, s, s->err);
	if (rc == 0)
		rc = mg_store_begin(store, s->err);
	for (size_t i = 0; rc == 0 && i < s->n; i++)
		rc = mg_applied_drop(store, BACKEND, s->messages[i].key,
				     s->err);
	if (rc == 0)
		rc = mg_acts_set_noticed(store,
					 s->kept_at ? s->kept_at - 1
						    : s->read_to,
					 s->err);
	if (rc == 0)
		rc = mg_store_commit(store, s->err);
	if (rc < 0)
		mg_store_rollback(store);
	return rc;
}

static bool is_wanted(const struct mg_settings *s)
{
	return s->notices.admins.n || s->notices.customers;
}

static int tell(struct sending *s, int64_t from)
{
	int rc = mg_ledger_each_after(s->e->store, from, take, s, s->err);

	if (rc < 0 || s->read_to == from)
		return rc;
	rc = mg_applied_each(s->e->store, BACKEND, count_hour, s, s->err);
	if (rc == 0)
		rc = send_all(s);
	return rc < 0 ? rc : settle(s);
}

int mg_notices_send(struct mg_enforcer *e, struct mg_err *err)
{
	struct sending s = { .e = e, .err = err };
	int64_t from = 0;
	int rc;

	if (!is_wanted(e->settings))
		return 0;
	rc = mg_acts_noticed(e->store, &from, err);
	s.read_to = from;
	if (rc == 0 && e->settings->notices.customers)
		s.accounts = e->accounts(e->arg);
	if (rc == 0)
		rc = tell(&s, from);
	mg_mem_free(s.messages);
	mg_arena_release(&s.text);
	return rc < 0 ? rc : mg_notice_digest_due(e, err);
}
