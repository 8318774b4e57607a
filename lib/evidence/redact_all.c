/* SPDX-License-Identifier: MIT */
/* The child that redacts, and who takes what it says as bytes. */
#include "redact_priv.h"

#include <string.h>

#include "mailguard/ask.h"

struct job {
	const struct mg_redact_ask *ask;
	const struct mg_redact_item *items;
	size_t n, max;
};

/* "joe@a.example", "joe@a.example/192.0.2.9". */
static void own_mailbox(struct mg_redact *r, struct mg_slice mailbox)
{
	const size_t at = mg_slice_rfind(mailbox, '@');
	struct mg_slice domain = mg_slice_from(mailbox, at + 1), before;

	if (mg_slice_cut_at(&domain, '/', &before))
		domain = before;
	mg_redact_own(r, domain);
	mg_redact_keep(r, mg_slice_of(mailbox.ptr, at));
}

static void own(struct mg_redact *r, const struct mg_redact_ask *ask)
{
	if (mg_slice_is(ask->per, MG_LIT("ip")))
		return; /* it is nobody's */
	if (mg_slice_is(ask->per, MG_LIT("domain")))
		mg_redact_own(r, ask->subject);
	else if (mg_slice_find(ask->subject, '@') < ask->subject.len)
		own_mailbox(r, ask->subject);
	else
		mg_redact_own_of(r, ask->account);
}

static void redact(struct mg_redact *r, const struct mg_redact_item *item,
		   struct mg_buf *out)
{
	mg_buf_clear(out);
	mg_redact_text(r, item->kind, item->text, out);
}

/* Each text after its length. Twice: the first time learns all addresses. */
static void redact_all(const void *arg, struct mg_buf *answer)
{
	const struct job *job = arg;
	struct mg_redact r;
	struct mg_buf text;
	uint64_t len;

	mg_redact_init(&r, job->ask->key);
	own(&r, job->ask);
	mg_buf_init(&text, job->max);
	for (size_t i = 0; i < job->n; i++)
		redact(&r, &job->items[i], &text);
	for (size_t i = 0; i < job->n; i++) {
		redact(&r, &job->items[i], &text);
		len = text.truncated ? UINT64_MAX : text.len;
		mg_buf_add(answer,
			   mg_slice_of((const char *)&len, sizeof(len)));
		mg_buf_add(answer, mg_buf_slice(&text));
	}
	mg_buf_release(&text);
	mg_redact_release(&r);
}

static int take(struct mg_redact_item *items, size_t n, struct mg_slice rest,
		struct mg_err *err)
{
	uint64_t len;

	for (size_t i = 0; i < n; i++) {
		if (rest.len < sizeof(len))
			break;
		memcpy(&len, rest.ptr, sizeof(len));
		rest = mg_slice_from(rest, sizeof(len));
		if (len > rest.len)
			break;
		items[i].redacted = mg_slice_of(rest.ptr, (size_t)len);
		rest = mg_slice_from(rest, (size_t)len);
		if (i + 1 == n && rest.len == 0)
			return 0;
	}
	return n == 0 && rest.len == 0
		       ? 0
		       : mg_fail(err, MG_EPARSE,
				 "the child that redacts did not say all");
}

int mg_redact_all(const struct mg_redact_ask *ask, const struct mg_jail *jail,
		  struct mg_redact_item *items, size_t n, struct mg_buf *answer,
		  struct mg_err *err)
{
	const struct job job = { ask, items, n, answer->max };
	const struct mg_question q = { redact_all, &job, 1 };
	const int rc = mg_ask(&q, jail, answer, err);

	return rc < 0 ? rc : take(items, n, mg_buf_slice(answer), err);
}
