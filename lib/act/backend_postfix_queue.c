/* SPDX-License-Identifier: MIT */
/*
 * What is on hold, and whose it is, as the tools of Postfix say it; read by a
 * child (queue.h).
 */
#include "backend_postfix_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/queue.h"
#include "mailguard/rules_postfix.h"

#define LOOKED_MAX 200      /* queue files in one go, some 10 ms each */
#define TEXT_MAX (64 << 10) /* bytes of a message's headers, or envelope */

/* --- the words of Postfix, for the child --- */

static bool message(struct mg_slice line, struct mg_queued *out)
{
	struct mg_rules_postfix_message m;

	if (!mg_rules_postfix_held(line, &m) || m.id.len >= sizeof(out->id))
		return false;
	memcpy(out->id, m.id.ptr, m.id.len);
	out->arrived = m.arrived;
	return true;
}

/* Of the headers the first is Postfix's own where a local user handed it in;
   and only where none did the envelope has no line ends of his. */
static bool sender(const struct mg_queue_texts *texts,
		   struct mg_force_entry *out)
{
	out->key = MG_FORCE_UID;
	if (mg_rules_postfix_local_user(texts->of[0], &out->uid))
		return true;
	out->key = MG_FORCE_LOGIN;
	return mg_rules_postfix_login(texts->of[1], &out->name);
}

static const struct mg_queue_words words = { message, sender,
					     mg_rules_postfix_key };

static struct mg_jail jail(const struct mg_postfix_held *h)
{
	return mg_priv_jail(h->p->host->root);
}

/* --- what is on hold --- */

static int order_messages(const void *a, const void *b)
{
	const struct mg_postfix_message *x = a, *y = b;

	if (x->arrived != y->arrived)
		return x->arrived < y->arrived ? -1 : 1;
	return mg_slice_cmp(x->id, y->id);
}

static int order_id(const void *id, const void *message)
{
	return mg_slice_cmp(*(const struct mg_slice *)id,
			    ((const struct mg_postfix_message *)message)->id);
}

static void take(struct mg_postfix_held *h, const struct mg_queued *q)
{
	const struct mg_slice id = mg_slice_str(q->id);
	struct mg_postfix_message *m = NULL;

	if (h->n_known)
		m = bsearch(&id, h->messages, h->n_known, sizeof(*m), order_id);
	/* Short ids are used again. */
	if (!m || m->arrived != q->arrived)
		m = mg_postfix_held_add_message(h, id);
	m->arrived = q->arrived;
	m->is_queued = true;
}

static int read_list(struct mg_postfix_held *h, struct mg_slice listing,
		     struct mg_err *err)
{
	const struct mg_jail child = jail(h);
	const struct mg_queued *found;
	struct mg_buf answer;
	int rc;

	mg_buf_init(&answer, MG_QUEUE_MAX);
	rc = mg_queue_list(&words, &child, listing, &answer, err);
	found = (const void *)answer.ptr;
	for (size_t i = 0; rc == 0 && i < answer.len / sizeof(*found); i++)
		take(h, &found[i]);
	mg_buf_release(&answer);
	return rc;
}

int mg_postfix_held_list(struct mg_postfix_held *h, struct mg_err *err)
{
	static const char *const argv[] = { "postqueue", "-j", NULL };
	struct mg_buf listing;
	int rc;

	mg_buf_init(&listing, MG_QUEUE_MAX);
	rc = mg_postfix_run(h->p, argv, MG_LIT(""), &listing, err);
	if (rc == 0 && listing.len)
		rc = read_list(h, mg_buf_slice(&listing), err);
	mg_buf_release(&listing);
	if (h->n_messages)
		qsort(h->messages, h->n_messages, sizeof(*h->messages),
		      order_messages);
	return rc;
}

/* --- whose it is --- */

/* Of a mailbox and its domain one of which it was held for; one that is in
   force keeps it. */
static struct mg_postfix_subject *choose(struct mg_postfix_held *h,
					 const struct mg_postfix_message *m,
					 const struct mg_queue_owner *owner)
{
	struct mg_postfix_subject *own = NULL, *domain = NULL;

	if (owner->own != MG_QUEUE_NOBODY)
		own = &h->subjects[owner->own];
	if (owner->domain != MG_QUEUE_NOBODY)
		domain = &h->subjects[owner->domain];
	if (!mg_postfix_held_for(domain, m))
		return mg_postfix_held_for(own, m) ? own : NULL;
	if (!mg_postfix_held_for(own, m) ||
	    (domain->in_force && !own->in_force))
		return domain;
	return own;
}

/* The messages that are looked at now. */
struct look {
	struct mg_postfix_message *messages[LOOKED_MAX];
	struct mg_queue_texts texts[LOOKED_MAX];
	size_t n;
	struct mg_arena text;
};

/* One that is gone says nothing. */
static int print(const struct mg_postfix_held *h, struct look *l,
		 const char *what, const char *id, struct mg_slice *out,
		 struct mg_err *err)
{
	const char *const argv[] = { "postcat", what, id, NULL };
	struct mg_buf said;
	int rc;

	mg_buf_init(&said, TEXT_MAX);
	rc = mg_postfix_run(h->p, argv, MG_LIT(""), &said, err);
	if (rc == 0)
		*out = mg_slice_of(mg_arena_copy_text(&l->text,
						      mg_buf_slice(&said)),
				   said.len);
	mg_buf_release(&said);
	return rc < 0 ? rc : 0;
}

static int add(const struct mg_postfix_held *h, struct look *l,
	       struct mg_postfix_message *m, struct mg_err *err)
{
	struct mg_queue_texts *t = &l->texts[l->n];
	char id[MG_QUEUE_ID_MAX];
	int rc;

	(void)snprintf(id, sizeof(id), "%.*s", MG_SLICE_ARG(m->id));
	rc = print(h, l, "-qh", id, &t->of[0], err);
	if (rc == 0)
		rc = print(h, l, "-qe", id, &t->of[1], err);
	l->messages[l->n++] = m;
	return rc;
}

static int ask(struct mg_postfix_held *h, const struct look *l,
	       struct mg_err *err)
{
	struct mg_slice *keys = mg_mem_zalloc(h->n_subjects, sizeof(*keys));
	const struct mg_jail child = jail(h);
	const struct mg_queue_owner *owners;
	struct mg_buf answer;
	int rc;

	for (size_t i = 0; i < h->n_subjects; i++)
		keys[i] = h->subjects[i].key;
	mg_buf_init(&answer, sizeof(*owners) * LOOKED_MAX);
	rc = mg_queue_owners(&words, &child, l->texts, l->n, keys,
			     h->n_subjects, &answer, err);
	owners = (const void *)answer.ptr;
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		struct mg_postfix_message *m = l->messages[i];
		const struct mg_postfix_subject *s = choose(h, m, &owners[i]);

		m->key = s ? s->key : MG_LIT("");
	}
	mg_buf_release(&answer);
	mg_mem_free(keys);
	return rc;
}

int mg_postfix_held_know(struct mg_postfix_held *h, bool *all,
			 struct mg_err *err)
{
	struct look *l = mg_mem_zalloc(1, sizeof(*l));
	int rc = 0;

	*all = true;
	for (size_t i = 0; rc == 0 && i < h->n_messages; i++) {
		struct mg_postfix_message *m = &h->messages[i];

		if (!m->is_queued || m->key.ptr)
			continue;
		*all = l->n < LOOKED_MAX;
		if (!*all)
			break;
		rc = add(h, l, m, err);
	}
	if (rc == 0 && l->n)
		rc = ask(h, l, err);
	mg_arena_release(&l->text);
	mg_mem_free(l);
	return rc;
}
