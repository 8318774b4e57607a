/* SPDX-License-Identifier: MIT */
/*
 * What there is to tell, and whom: a message for each, from the rows of the
 * ledger.
 */
#include "notice_priv.h"

#include <string.h>

#include "mailguard/address.h"
#include "mailguard/contact.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define ADDRESS_MAX 330
#define KEY_MAX 4096

/*
 * A final notice is tried for so long: a termination waits for it, and a mail
 * server may be out of order for some days.
 */
#define FINAL_S (14 * MG_NOTICE_DAY_S)

/* Marks are by these, and keys begin with them. */
static const char *const roles[] = { MG_NOTICE_CUSTOMER, MG_NOTICE_OWNER,
				     MG_NOTICE_ADMIN, MG_NOTICE_HOOK };

/* Of which there is a final notice. */
static bool is_final_of(const struct mg_act *act)
{
	return act->verb == MG_ACT_TERMINATE;
}

bool mg_notice_is_final(const struct mg_notice *m)
{
	return is_final_of(&m->act) && m->role == MG_NOTICE_TO_CUSTOMER;
}

/* --- one message --- */

static struct mg_slice copy(struct mg_notices *s, struct mg_buf *b)
{
	const struct mg_slice made = mg_arena_copy(&s->text, mg_buf_slice(b));

	mg_buf_release(b);
	return made;
}

static struct mg_slice by_of(struct mg_notices *s, const struct mg_notice *m)
{
	struct mg_buf b;

	mg_buf_init(&b, KEY_MAX);
	mg_buf_add_str(&b, roles[m->role]);
	if (m->role == MG_NOTICE_TO_HOOK)
		mg_buf_add(&b, m->to);
	return copy(s, &b);
}

/*
 * "notice:owner bob@a.example throttle domain a.example": one a day. What stops
 * somebody, what a person did, and a hook's note, is one for each action.
 */
static struct mg_slice key_of(struct mg_notices *s, const struct mg_notice *m)
{
	struct mg_buf b;

	mg_buf_init(&b, KEY_MAX);
	mg_buf_add_fmt(&b, "%.*s %.*s %s %.*s ", MG_SLICE_ARG(m->by),
		       MG_SLICE_ARG(m->to), mg_act_words[m->act.verb],
		       MG_SLICE_ARG(m->act.per));
	mg_buf_add(&b, m->act.subject);
	if (mg_act_has_effects(m->act.verb) || m->role == MG_NOTICE_TO_HOOK ||
	    !mg_slice_is(m->act.by, MG_LIT("policy")))
		mg_buf_add_fmt(&b, " %s", m->act.id);
	if (m->role == MG_NOTICE_TO_HOOK && m->is_of_approval)
		mg_buf_add_str(&b, " approved");
	return copy(s, &b);
}

/* What is older than a day is no news, but for what is waited for. */
static bool is_of_the_past(const struct mg_notices *s,
			   const struct mg_notice *m, int64_t made_at)
{
	const int64_t last_s = mg_notice_is_final(m) ? FINAL_S
						     : MG_NOTICE_DAY_S;

	return made_at + last_s <= s->e->now;
}

/* A row of the ledger, and what it is in words. */
struct news {
	const struct mg_ledger_row *row;
	bool is_of_approval;
	int64_t told_at; /* Unix seconds */
	struct mg_slice subject, body;
};

static void add(struct mg_notices *s, const struct news *news,
		enum mg_notice_role role, struct mg_slice to, size_t hook)
{
	struct mg_notice m = { .act = mg_act_copy(&news->row->act, &s->text),
			       .seq = s->read_to,
			       .is_of_approval = news->is_of_approval,
			       .role = role,
			       .hook = hook,
			       .to = mg_arena_copy(&s->text, to),
			       .subject = news->subject,
			       .body = news->body };
	const struct mg_notice *last = s->n ? &s->items[s->n - 1] : NULL;

	if (is_of_the_past(s, &m, news->told_at))
		return;
	m.by = by_of(s, &m);
	m.key = key_of(s, &m);
	m.at = last && last->seq == m.seq ? last->at + 1 : 0;
	s->items = mg_vec_room(s->items, s->n, &s->cap, sizeof(*s->items));
	s->items[s->n++] = m;
}

/* --- who is told --- */

/* The letter to the customer, where there is one of this row; or NULL. */
static const struct mg_notice *letter_of(const struct mg_notices *s)
{
	const struct mg_notice *last = s->n ? &s->items[s->n - 1] : NULL;

	return last && last->seq == s->read_to &&
			       last->role == MG_NOTICE_TO_CUSTOMER
		       ? last
		       : NULL;
}

/* An owner may be the customer. */
static bool is_told_already(const struct mg_notices *s, struct mg_slice to)
{
	const struct mg_notice *letter = letter_of(s);

	return letter && mg_slice_is(letter->to, to);
}

static void add_contact(struct mg_notices *s, const struct news *news,
			enum mg_notice_role role, struct mg_slice name)
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
	if (rc == 0 && mg_address_is_safe(mg_buf_slice(&to)) &&
	    !is_told_already(s, mg_buf_slice(&to)))
		add(s, news, role, mg_buf_slice(&to), 0);
	mg_buf_release(&to);
}

static void add_customers(struct mg_notices *s, const struct news *news)
{
	const struct mg_act *act = &news->row->act;
	struct mg_err failure = { 0 };

	add_contact(s, news, MG_NOTICE_TO_CUSTOMER, act->account);
	if (is_final_of(act) && s->accounts && !letter_of(s)) {
		(void)mg_fail(&failure, MG_ECONF,
			      "there is nobody to send the final notice of %s "
			      "to: put an address into "
			      "/etc/mailguard/contacts, and order the "
			      "termination anew",
			      act->id);
		s->e->fail(s->e->arg, "a notice", &failure);
	}
	add_contact(s, news, MG_NOTICE_TO_OWNER, act->owner);
}

static void add_admins(struct mg_notices *s, const struct news *news)
{
	const struct mg_conf_texts *admins = &s->e->settings->notices.admins;

	for (size_t i = 0; i < admins->n; i++)
		add(s, news, MG_NOTICE_TO_ADMIN, admins->items[i], 0);
}

static void add_hooks(struct mg_notices *s, const struct news *news)
{
	for (size_t i = 0; i < s->hooks.n; i++)
		add(s, news, MG_NOTICE_TO_HOOK, mg_slice_str(s->hooks.names[i]),
		    1 + i);
}

/*
 * What waits is for administrators until it is approved; whoever approves knows
 * of it. But for a termination, which waits for approvals and for its letter.
 */
static void add_all(struct mg_notices *s, struct news *news,
		    struct mg_buf *body)
{
	const struct mg_act *act = &news->row->act;

	if (s->e->settings->notices.customers &&
	    act->is_waiting == is_final_of(act))
		add_customers(s, news);
	mg_buf_add_fmt(body,
		       "\n--\nmailguard why %.8s    says everything about "
		       "it\nmailguard %s %.8s   %s\n",
		       act->id, act->is_waiting ? "approve" : "undo", act->id,
		       act->is_waiting ? "lets it go ahead: it waits"
				       : "ends it");
	news->body = mg_arena_copy(&s->text, mg_buf_slice(body));
	if (!news->is_of_approval || is_final_of(act))
		add_admins(s, news);
	add_hooks(s, news);
}

/* --- what they are told --- */

/* A mistake in a letter of the host is said, and ours goes out. */
static int write_letter(struct mg_notices *s, const struct mg_ledger_row *row,
			struct mg_buf *subject, struct mg_buf *body)
{
	const struct mg_enforcer *e = s->e;
	struct mg_letter_opts opts = {
		.root = e->root,
		.templates = e->settings->notices.templates,
		.language = e->settings->notices.language,
		.contact = e->settings->notices.contact,
		.tz = e->tz,
	};
	struct mg_err failure = { 0 };
	int rc;

	mg_notice_add_mechanism(s, row, &opts);
	rc = mg_letter_write(&opts, row, subject, body, &failure);
	if (rc >= 0)
		return rc;
	e->fail(e->arg, "a notice", &failure);
	mg_buf_clear(subject);
	mg_buf_clear(body);
	opts.templates = MG_LIT("");
	rc = mg_letter_write(&opts, row, subject, body, &failure);
	if (rc < 0)
		e->fail(e->arg, "a notice", &failure);
	return rc;
}

static void tell_of(struct mg_notices *s, struct news *news)
{
	struct mg_buf subject, body;

	mg_buf_init(&subject, MG_NOTICE_MAX);
	mg_buf_init(&body, MG_NOTICE_MAX);
	if (write_letter(s, news->row, &subject, &body) == 0) {
		news->subject = mg_arena_copy(&s->text, mg_buf_slice(&subject));
		news->body = mg_arena_copy(&s->text, mg_buf_slice(&body));
		add_all(s, news, &body);
	}
	mg_buf_release(&subject);
	mg_buf_release(&body);
}

struct approved {
	struct mg_notices *s;
	const struct mg_ledger_row *mark;
	int64_t seq; /* row of the intent; 0 while it waits */
};

/* Several may have to approve: the last of them lets it go ahead. */
static int find_approved(void *arg, const struct mg_act *act)
{
	struct approved *a = arg;

	if (!strcmp(act->id, a->mark->mark.act))
		a->seq = act->seq;
	return 0;
}

static int tell_approved(void *arg, const struct mg_ledger_row *row)
{
	const struct approved *a = arg;
	struct mg_ledger_row now = *row;
	struct news news = { .row = &now,
			     .is_of_approval = true,
			     .told_at = a->mark->made_at };

	now.act.is_waiting = false;
	tell_of(a->s, &news);
	return 1;
}

static int take_approval(struct mg_notices *s, const struct mg_ledger_row *row)
{
	struct approved a = { s, row, 0 };
	int rc = mg_acts_each(s->e->store, MG_ACTS_IN_FORCE, s->e->now,
			      find_approved, &a, s->err);

	if (rc == 0 && a.seq)
		rc = mg_ledger_each_after(s->e->store, a.seq - 1, tell_approved,
					  &a, s->err);
	return rc < 0 ? rc : 0;
}

static int take(void *arg, const struct mg_ledger_row *row)
{
	struct mg_notices *s = arg;
	struct news news = { .row = row, .told_at = row->made_at };

	s->read_to = row->seq;
	if (row->made_at + FINAL_S <= s->e->now)
		return 0;
	/* Of a move it is one letter. */
	if (row->kind == MG_LEDGER_INTENT && !mg_act_is_step(&row->act))
		tell_of(s, &news);
	if (row->kind == MG_LEDGER_MARK && row->mark.mark == MG_MARK_APPROVED)
		return take_approval(s, row);
	return 0;
}

/* --- all of it --- */

/* What is to be told again is read again. */
static int set_read(struct mg_notices *s)
{
	struct mg_store *store = s->e->store;
	const int64_t to = s->kept_at ? s->kept_at - 1 : s->read_to;
	int rc = mg_store_begin(store, s->err);

	if (rc == 0)
		rc = mg_acts_set_noticed(store, to, s->err);
	if (rc == 0)
		rc = mg_store_commit(store, s->err);
	if (rc < 0)
		mg_store_rollback(store);
	return rc;
}

static int tell(struct mg_notices *s, int64_t from)
{
	int rc = mg_ledger_each_after(s->e->store, from, take, s, s->err);

	if (rc < 0 || s->read_to == from)
		return rc;
	rc = mg_notices_send_all(s);
	return rc < 0 ? rc : set_read(s);
}

static bool is_wanted(const struct mg_notices *s)
{
	const struct mg_settings *set = s->e->settings;

	return set->notices.admins.n || set->notices.customers || s->hooks.n;
}

int mg_notices_send(struct mg_enforcer *e, struct mg_err *err)
{
	struct mg_notices s = { .e = e, .err = err };
	int64_t from = 0;
	int rc = mg_hooks_find(e->root, e->settings->hooks.folder, &s.hooks,
			       err);

	if (rc < 0 || !is_wanted(&s))
		return rc;
	rc = mg_acts_noticed(e->store, &from, err);
	s.read_to = from;
	if (rc == 0 && e->settings->notices.customers)
		s.accounts = e->accounts(e->arg);
	if (rc == 0)
		rc = tell(&s, from);
	mg_mem_free(s.sent);
	mg_mem_free(s.items);
	mg_arena_release(&s.text);
	return rc < 0 ? rc : mg_notice_digest_due(e, err);
}
