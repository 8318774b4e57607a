/* SPDX-License-Identifier: MIT */
/*
 * Mail on hold. Every message of a subject that arrives while it is in force is
 * put on hold by Postfix; so what is on hold, is the subject's, and arrived in
 * that time was held by us, and nothing else was. Whose it is says the queue
 * file, in what Postfix itself wrote there: no log, and nothing a sender chose.
 */
#include "backend_postfix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/acts.h"
#include "mailguard/arena.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/rules_postfix.h"
#include "mailguard/vec.h"

#define QUEUE_MAX (64 << 20)   /* bytes that postqueue prints */
#define LOOKED_MAX 200         /* queue files in one go, some 5 ms each */
#define AT_ONCE_MAX 100        /* deliveries begun at once, of those released */
#define HEAD_MAX (256 << 10)   /* bytes of a message's headers, or envelope */
#define HOLD MG_LIT("hold/")   /* rows: KEY; until its end; numbers, below */
#define WHOSE MG_LIT("whose/") /* rows: a queue id; its arrival; KEY, or "" */

/* Somebody whose mail is held, or was until then. */
struct subject {
	struct mg_slice key;
	int64_t since, until, pace;
	int64_t from; /* since when messages have been due */
	int64_t due;  /* now */
	int64_t until_was;
	struct mg_slice was; /* its row; empty: it has none */
	bool in_force, has_mail;
};

struct message {
	struct mg_slice id, key; /* key: as in its row; ptr NULL: not known */
	int64_t arrived;
	bool has_row, is_queued, is_released;
};

struct held {
	const struct mg_postfix_files *p;
	struct subject *subjects; /* owned */
	size_t n_subjects, cap_subjects;
	struct message *messages; /* owned; by arrival once they are read */
	size_t n_messages, cap_messages;
	size_t n_known; /* of them, which were there before; by id at first */
	struct mg_arena text;
};

static struct mg_slice copy(struct held *h, struct mg_slice s)
{
	return mg_slice_of(mg_arena_copy_text(&h->text, s), s.len);
}

static void release(struct held *h)
{
	mg_mem_free(h->subjects);
	mg_mem_free(h->messages);
	mg_arena_release(&h->text);
}

static struct subject *find_subject(struct held *h, struct mg_slice key)
{
	for (size_t i = 0; i < h->n_subjects; i++)
		if (mg_slice_is(h->subjects[i].key, key))
			return &h->subjects[i];
	return NULL;
}

static int order_id(const void *id, const void *message)
{
	return mg_slice_cmp(*(const struct mg_slice *)id,
			    ((const struct message *)message)->id);
}

static struct message *find_known(struct held *h, struct mg_slice id)
{
	return h->n_known ? bsearch(&id, h->messages, h->n_known,
				    sizeof(*h->messages), order_id)
			  : NULL;
}

static struct subject *add_subject(struct held *h, struct mg_slice key)
{
	h->subjects = mg_vec_room(h->subjects, h->n_subjects, &h->cap_subjects,
				  sizeof(*h->subjects));
	h->subjects[h->n_subjects] = (struct subject){ .key = copy(h, key) };
	return &h->subjects[h->n_subjects++];
}

static struct message *add_message(struct held *h, struct mg_slice id)
{
	h->messages = mg_vec_room(h->messages, h->n_messages, &h->cap_messages,
				  sizeof(*h->messages));
	h->messages[h->n_messages] = (struct message){ .id = copy(h, id) };
	return &h->messages[h->n_messages++];
}

/* --- what is known --- */

static bool cut_number(struct mg_slice *s, int64_t *out)
{
	uint64_t n;

	(void)mg_slice_cut_lit(s, MG_LIT(" "));
	if (!mg_num_cut(s, INT64_MAX, &n))
		return false;
	*out = (int64_t)n;
	return true;
}

static int take_row(void *arg, const struct mg_applied *row)
{
	struct held *h = arg;
	struct mg_slice key = row->key, value = row->value;

	if (mg_slice_cut_lit(&key, HOLD)) {
		struct subject *s = add_subject(h, key);

		s->until = s->until_was = row->until;
		s->was = copy(h, value);
		if (!cut_number(&value, &s->since) ||
		    !cut_number(&value, &s->pace) ||
		    !cut_number(&value, &s->from))
			h->n_subjects--;
	} else if (mg_slice_cut_lit(&key, WHOSE)) {
		struct message *m = add_message(h, key);

		m->arrived = row->until;
		m->key = copy(h, value);
		m->has_row = true;
		h->n_known = h->n_messages;
	}
	return 0;
}

/* What is in force now is held until its end; what is not any more before its
   time was ended by a person. */
static void take_force(struct held *h, const struct mg_force *force,
		       int64_t now)
{
	char key[MG_RULES_POSTFIX_KEY_MAX];

	for (size_t i = 0; i < force->n_entries; i++) {
		const struct mg_force_entry *e = &force->entries[i];
		struct subject *s;

		if (e->key == MG_FORCE_ADDRESS || !mg_rules_postfix_holds(e) ||
		    e->until <= now)
			continue;
		mg_rules_postfix_key(e, key);
		s = find_subject(h, mg_slice_str(key));
		if (!s) {
			s = add_subject(h, mg_slice_str(key));
			s->since = e->since;
		}
		if (e->since < s->since)
			s->since = e->since;
		s->until = s->from = e->until;
		s->pace = e->pace;
		s->in_force = true;
	}
	for (size_t i = 0; i < h->n_subjects; i++)
		if (!h->subjects[i].in_force && h->subjects[i].until > now)
			h->subjects[i].until = h->subjects[i].from = now;
}

static bool has_ended(const struct held *h)
{
	for (size_t i = 0; i < h->n_subjects; i++)
		if (!h->subjects[i].in_force)
			return true;
	return false;
}

/* --- what is on hold --- */

static int order_messages(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	if (x->arrived != y->arrived)
		return x->arrived < y->arrived ? -1 : 1;
	return mg_slice_cmp(x->id, y->id);
}

/* Returns 0, a failure, or the status of a postqueue that would not say. */
static int list(struct held *h, struct mg_err *err)
{
	static const char *const argv[] = { "postqueue", "-j", NULL };
	struct mg_rules_postfix_message found;
	struct mg_slice rest, line;
	struct mg_buf out;
	int rc;

	mg_buf_init(&out, QUEUE_MAX);
	rc = mg_postfix_run(h->p, argv, MG_LIT(""), &out, err);
	rest = mg_buf_slice(&out);
	while (rc == 0 && mg_slice_cut_line(&rest, &line)) {
		struct message *m;

		if (!mg_rules_postfix_held(line, &found))
			continue;
		m = find_known(h, found.id);
		if (!m || m->arrived != found.arrived)
			m = add_message(h, found.id);
		m->arrived = found.arrived;
		m->is_queued = true;
	}
	mg_buf_release(&out);
	if (h->n_messages)
		qsort(h->messages, h->n_messages, sizeof(*h->messages),
		      order_messages);
	return rc;
}

static int postcat(const struct held *h, const char *what, const char *id,
		   struct mg_buf *out, struct mg_err *err)
{
	mg_buf_clear(out);
	return mg_postfix_run(
		h->p, (const char *const[]){ "postcat", what, id, NULL },
		MG_LIT(""), out, err);
}

static bool held(const struct subject *s, const struct message *m)
{
	return s && m->arrived >= s->since && m->arrived <= s->until;
}

/* Of a mailbox and its domain one of which it was held for; one that is in
   force keeps it. */
static struct subject *by_login(struct held *h, const struct message *m,
				struct mg_slice login)
{
	struct mg_force_entry e = { .key = MG_FORCE_DOMAIN };
	struct subject *mailbox = find_subject(h, login), *domain = NULL;
	const size_t at = mg_slice_rfind(login, '@');
	char key[MG_RULES_POSTFIX_KEY_MAX];

	if (at < login.len) {
		e.name = mg_slice_from(login, at + 1);
		mg_rules_postfix_key(&e, key);
		domain = find_subject(h, mg_slice_str(key));
	}
	if (!held(domain, m))
		return held(mailbox, m) ? mailbox : NULL;
	if (!held(mailbox, m) || (domain->in_force && !mailbox->in_force))
		return domain;
	return mailbox;
}

/* Whose a message is, from its queue file. One that is gone is nobody's. */
static int find_whose(struct held *h, struct message *m, struct mg_err *err)
{
	struct mg_force_entry e = { .key = MG_FORCE_UID };
	char key[MG_RULES_POSTFIX_KEY_MAX], id[64];
	const struct subject *s = NULL;
	struct mg_slice login;
	struct mg_buf out;
	int rc;

	(void)snprintf(id, sizeof(id), "%.*s", MG_SLICE_ARG(m->id));
	mg_buf_init(&out, HEAD_MAX);
	rc = postcat(h, "-qh", id, &out, err);
	if (rc == 0 &&
	    mg_rules_postfix_local_user(mg_buf_slice(&out), &e.uid)) {
		mg_rules_postfix_key(&e, key);
		s = find_subject(h, mg_slice_str(key));
	} else if (rc == 0) {
		rc = postcat(h, "-qe", id, &out, err);
		if (rc == 0 &&
		    mg_rules_postfix_login(mg_buf_slice(&out), &login))
			s = by_login(h, m, login);
	}
	mg_buf_release(&out);
	m->key = s ? s->key : MG_LIT("");
	return rc < 0 ? rc : 0;
}

/* Marks what goes out now, the oldest first; adds the ids to a list. */
static int choose(struct held *h, struct mg_buf *ids, struct mg_err *err)
{
	size_t n_looked = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->n_messages; i++) {
		struct message *m = &h->messages[i];
		struct subject *s;

		if (!m->is_queued)
			continue;
		if (!m->key.ptr && n_looked++ < LOOKED_MAX)
			rc = find_whose(h, m, err);
		s = m->key.ptr ? find_subject(h, m->key) : NULL;
		if (rc < 0 || !held(s, m))
			continue;
		s->has_mail = true;
		if (!s->in_force && s->due > 0) {
			s->due--;
			m->is_released = true;
			mg_buf_add(ids, m->id);
			mg_buf_add_char(ids, '\n');
		}
	}
	/* What was not looked at may be anybody's. */
	for (size_t i = 0; n_looked > LOOKED_MAX && i < h->n_subjects; i++)
		h->subjects[i].has_mail = true;
	return rc;
}

/* Off hold they are deferred, and tried within queue_run_delay; a few at once,
   so that nobody waits for that. */
static int let_go(const struct held *h, struct mg_slice ids, struct mg_err *err)
{
	static const char *const argv[] = { "postsuper", "-H", "-", NULL };
	struct mg_slice line;
	int rc = mg_postfix_must(h->p, argv, ids, err);

	for (int i = 0; rc == 0 && i < AT_ONCE_MAX; i++) {
		char id[64];

		if (!mg_slice_cut_line(&ids, &line))
			break;
		(void)snprintf(id, sizeof(id), "%.*s", MG_SLICE_ARG(line));
		rc = mg_postfix_run(h->p,
				    (const char *const[]){ "postqueue", "-i",
							   id, NULL },
				    MG_LIT(""), NULL, err);
		rc = rc > 0 ? 0 : rc;
	}
	return rc;
}

/* --- and what is known afterwards --- */

static int put_row(const struct held *h, struct mg_slice kind,
		   struct mg_slice name, int64_t until, struct mg_slice *value,
		   struct mg_err *err)
{
	struct mg_store *store = h->p->host->store;
	struct mg_buf key;
	int rc;

	mg_buf_init(&key, 512);
	mg_buf_add(&key, kind);
	mg_buf_add(&key, name);
	if (value)
		rc = mg_applied_put(store, MG_POSTFIX_NAME,
				    &(struct mg_applied){ mg_buf_slice(&key),
							  until, *value },
				    err);
	else
		rc = mg_applied_drop(store, MG_POSTFIX_NAME, mg_buf_slice(&key),
				     err);
	mg_buf_release(&key);
	return rc;
}

static int put_subject(const struct held *h, const struct subject *s,
		       struct mg_err *err)
{
	const bool stays = s->in_force || s->has_mail;
	char text[80];
	struct mg_slice value;

	(void)snprintf(text, sizeof(text), "%lld %lld %lld",
		       (long long)s->since, (long long)s->pace,
		       (long long)s->from);
	value = mg_slice_str(text);
	if (stays && s->until == s->until_was && mg_slice_is(value, s->was))
		return 0;
	return put_row(h, HOLD, s->key, s->until, stays ? &value : NULL, err);
}

static int remember(const struct held *h, struct mg_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->n_subjects; i++)
		rc = put_subject(h, &h->subjects[i], err);
	for (size_t i = 0; rc == 0 && i < h->n_messages; i++) {
		struct message *m = &h->messages[i];
		const bool stays = m->is_queued && !m->is_released;

		if (m->key.ptr && stays != m->has_row)
			rc = put_row(h, WHOSE, m->id, m->arrived,
				     stays ? &m->key : NULL, err);
	}
	return rc;
}

static int release_ended(struct held *h, struct mg_err *err)
{
	const int64_t now = h->p->host->now;
	struct mg_buf ids;
	int rc;

	for (size_t i = 0; i < h->n_subjects; i++) {
		struct subject *s = &h->subjects[i];

		if (!s->in_force)
			s->due = mg_rules_postfix_due(s->pace, now, &s->from);
	}
	mg_buf_init(&ids, QUEUE_MAX);
	rc = list(h, err);
	for (size_t i = 0; rc > 0 && i < h->n_subjects; i++)
		h->subjects[i].has_mail = true; /* for all that is known */
	if (rc == 0)
		rc = choose(h, &ids, err);
	if (rc == 0 && ids.len)
		rc = let_go(h, mg_buf_slice(&ids), err);
	mg_buf_release(&ids);
	return rc < 0 ? rc : 0;
}

int mg_postfix_release(const struct mg_postfix_files *p, struct mg_err *err)
{
	struct held h = { .p = p };
	int rc = mg_applied_each(p->host->store, MG_POSTFIX_NAME, take_row, &h,
				 err);

	take_force(&h, p->host->force, p->host->now);
	if (rc == 0 && has_ended(&h))
		rc = release_ended(&h, err);
	if (rc == 0 && h.n_subjects)
		rc = remember(&h, err);
	release(&h);
	return rc;
}
