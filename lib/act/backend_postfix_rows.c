/* SPDX-License-Identifier: MIT */
/*
 * What is known of mail on hold, from one time to the next: a row for each
 * subject, and one for each message that was looked at.
 */
#include "backend_postfix_held.h"

#include <stdio.h>

#include "mailguard/acts.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define HOLD MG_LIT("hold/")   /* rows: KEY; until its end; numbers, below */
#define WHOSE MG_LIT("whose/") /* rows: a queue id; its arrival; KEY, or "" */

static struct mg_slice copy(struct mg_postfix_held *h, struct mg_slice s)
{
	return mg_slice_of(mg_arena_copy_text(&h->text, s), s.len);
}

void mg_postfix_held_release(struct mg_postfix_held *h)
{
	mg_mem_free(h->subjects);
	mg_mem_free(h->messages);
	mg_arena_release(&h->text);
}

struct mg_postfix_subject *mg_postfix_held_subject(struct mg_postfix_held *h,
						   struct mg_slice key)
{
	for (size_t i = 0; i < h->n_subjects; i++)
		if (mg_slice_is(h->subjects[i].key, key))
			return &h->subjects[i];
	return NULL;
}

struct mg_postfix_subject *
mg_postfix_held_add_subject(struct mg_postfix_held *h, struct mg_slice key)
{
	h->subjects = mg_vec_room(h->subjects, h->n_subjects, &h->cap_subjects,
				  sizeof(*h->subjects));
	h->subjects[h->n_subjects] =
		(struct mg_postfix_subject){ .key = copy(h, key) };
	return &h->subjects[h->n_subjects++];
}

struct mg_postfix_message *
mg_postfix_held_add_message(struct mg_postfix_held *h, struct mg_slice id)
{
	h->messages = mg_vec_room(h->messages, h->n_messages, &h->cap_messages,
				  sizeof(*h->messages));
	h->messages[h->n_messages] =
		(struct mg_postfix_message){ .id = copy(h, id) };
	return &h->messages[h->n_messages++];
}

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
	struct mg_postfix_held *h = arg;
	struct mg_slice key = row->key, value = row->value;

	if (mg_slice_cut_lit(&key, HOLD)) {
		struct mg_postfix_subject *s = mg_postfix_held_add_subject(h,
									   key);

		s->until = s->until_was = row->until;
		s->was = copy(h, value);
		if (!cut_number(&value, &s->since) ||
		    !cut_number(&value, &s->pace) ||
		    !cut_number(&value, &s->from))
			h->n_subjects--;
	} else if (mg_slice_cut_lit(&key, WHOSE)) {
		struct mg_postfix_message *m = mg_postfix_held_add_message(h,
									   key);

		m->arrived = row->until;
		m->key = copy(h, value);
		m->has_row = true;
		h->n_known = h->n_messages;
	}
	return 0;
}

int mg_postfix_held_recall(struct mg_postfix_held *h, struct mg_err *err)
{
	return mg_applied_each(h->p->host->store, MG_POSTFIX_NAME, take_row, h,
			       err);
}

static int put_row(const struct mg_postfix_held *h, struct mg_slice kind,
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

static int put_subject(const struct mg_postfix_held *h,
		       const struct mg_postfix_subject *s, struct mg_err *err)
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

int mg_postfix_held_remember(const struct mg_postfix_held *h,
			     struct mg_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->n_subjects; i++)
		rc = put_subject(h, &h->subjects[i], err);
	for (size_t i = 0; rc == 0 && i < h->n_messages; i++) {
		struct mg_postfix_message *m = &h->messages[i];
		const bool stays = m->is_queued && !m->is_released;

		if (m->key.ptr && stays != m->has_row)
			rc = put_row(h, WHOSE, m->id, m->arrived,
				     stays ? &m->key : NULL, err);
	}
	return rc;
}
