/* SPDX-License-Identifier: MIT */
/*
 * Mail on hold. Every message of a subject that arrives while it is in force is
 * put on hold by Postfix; so what is on hold, is the subject's, and arrived in
 * that time was held by us, and nothing else was. Whose it is says the queue
 * file, in what Postfix itself wrote there: no log, and nothing a sender chose.
 */
#include "backend_postfix_held.h"

#include <stdio.h>

#include "mailguard/queue.h"
#include "mailguard/rules_postfix.h"

#define AT_ONCE_MAX 100 /* deliveries begun at once, of those released */

/* What is in force now is held until its end; what is not any more before its
   time was ended by a person. */
static void take_force(struct mg_postfix_held *h, const struct mg_force *force,
		       int64_t now)
{
	char key[MG_RULES_POSTFIX_KEY_MAX];

	for (size_t i = 0; i < force->n_entries; i++) {
		const struct mg_force_entry *e = &force->entries[i];
		struct mg_postfix_subject *s;

		if (!mg_force_is_of_mail(e->key) ||
		    !mg_rules_postfix_holds(e) || e->until <= now)
			continue;
		mg_rules_postfix_key(e, key);
		s = mg_postfix_held_subject(h, mg_slice_str(key));
		if (!s) {
			s = mg_postfix_held_add_subject(h, mg_slice_str(key));
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

static bool has_ended(const struct mg_postfix_held *h)
{
	for (size_t i = 0; i < h->n_subjects; i++)
		if (!h->subjects[i].in_force)
			return true;
	return false;
}

bool mg_postfix_held_for(const struct mg_postfix_subject *s,
			 const struct mg_postfix_message *m)
{
	return s && m->arrived >= s->since && m->arrived <= s->until;
}

/* Marks what goes out now, the oldest first; adds the ids to a list. */
static void choose(struct mg_postfix_held *h, struct mg_buf *ids)
{
	for (size_t i = 0; i < h->n_messages; i++) {
		struct mg_postfix_message *m = &h->messages[i];
		struct mg_postfix_subject *s =
			m->is_queued && m->key.ptr
				? mg_postfix_held_subject(h, m->key)
				: NULL;

		if (!mg_postfix_held_for(s, m))
			continue;
		s->has_mail = true;
		if (!s->in_force && s->due > 0) {
			s->due--;
			m->is_released = true;
			mg_buf_add(ids, m->id);
			mg_buf_add_char(ids, '\n');
		}
	}
}

/* Off hold they are deferred, and tried within queue_run_delay; a few at once,
   so that nobody waits for that. */
static int let_go(const struct mg_postfix_held *h, struct mg_slice ids,
		  struct mg_err *err)
{
	static const char *const argv[] = { "postsuper", "-H", "-", NULL };
	struct mg_slice line;
	int rc = mg_postfix_must(h->p, argv, ids, err);

	for (int i = 0; rc == 0 && i < AT_ONCE_MAX; i++) {
		char id[MG_QUEUE_ID_MAX];

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

static int release_ended(struct mg_postfix_held *h, struct mg_err *err)
{
	const int64_t now = h->p->host->now;
	struct mg_buf ids;
	bool all = true;
	int rc;

	for (size_t i = 0; i < h->n_subjects; i++) {
		struct mg_postfix_subject *s = &h->subjects[i];

		if (!s->in_force)
			s->due = mg_rules_postfix_due(s->pace, now, &s->from);
	}
	mg_buf_init(&ids, MG_QUEUE_MAX);
	rc = mg_postfix_held_list(h, err);
	if (rc == 0)
		rc = mg_postfix_held_know(h, &all, err);
	/* What was not looked at may be anybody's. */
	for (size_t i = 0; (rc > 0 || !all) && i < h->n_subjects; i++)
		h->subjects[i].has_mail = true;
	if (rc == 0)
		choose(h, &ids);
	if (rc == 0 && ids.len)
		rc = let_go(h, mg_buf_slice(&ids), err);
	mg_buf_release(&ids);
	return rc < 0 ? rc : 0;
}

int mg_postfix_release(const struct mg_postfix_files *p, struct mg_err *err)
{
	struct mg_postfix_held h = { .p = p };
	int rc = mg_postfix_held_recall(&h, err);

	take_force(&h, p->host->force, p->host->now);
	if (rc == 0 && has_ended(&h))
		rc = release_ended(&h, err);
	if (rc == 0 && h.n_subjects)
		rc = mg_postfix_held_remember(&h, err);
	mg_postfix_held_release(&h);
	return rc;
}
