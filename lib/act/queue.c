/* SPDX-License-Identifier: MIT */
#include "mailguard/queue.h"

#include <string.h>

#include "mailguard/ask.h"

/* --- in the child --- */

struct listing {
	const struct mg_queue_words *words;
	struct mg_slice text;
};

static void read_listing(const void *arg, struct mg_buf *answer)
{
	const struct listing *l = arg;
	struct mg_slice rest = l->text, line;

	while (mg_slice_cut_line(&rest, &line)) {
		struct mg_queued found = { .id = "" };

		if (l->words->message(line, &found))
			mg_buf_add(answer, mg_slice_of((const char *)&found,
						       sizeof(found)));
	}
}

struct messages {
	const struct mg_queue_words *words;
	const struct mg_queue_texts *texts;
	size_t n;
	const struct mg_slice *keys;
	size_t n_keys;
};

static uint32_t find_key(const struct messages *m,
			 const struct mg_force_entry *entry)
{
	char key[MG_QUEUE_KEY_MAX];

	/* A login that is no name is nobody's, however it reads as a key. */
	if (entry->key != MG_FORCE_UID && !mg_force_name_is_safe(entry->name))
		return MG_QUEUE_NOBODY;
	m->words->key(entry, key);
	for (size_t i = 0; i < m->n_keys; i++)
		if (mg_slice_is_nocase(m->keys[i], mg_slice_str(key)))
			return (uint32_t)i;
	return MG_QUEUE_NOBODY;
}

static struct mg_queue_owner find_owner(const struct messages *m,
					const struct mg_queue_texts *texts)
{
	struct mg_queue_owner owner = { MG_QUEUE_NOBODY, MG_QUEUE_NOBODY };
	struct mg_force_entry e = { .uid = 0 };
	size_t at;

	if (!m->words->sender(texts, &e))
		return owner;
	owner.own = find_key(m, &e);
	at = mg_slice_rfind(e.name, '@');
	if (e.key == MG_FORCE_LOGIN && at < e.name.len) {
		e.key = MG_FORCE_DOMAIN;
		e.name = mg_slice_from(e.name, at + 1);
		owner.domain = find_key(m, &e);
	}
	return owner;
}

static void read_messages(const void *arg, struct mg_buf *answer)
{
	const struct messages *m = arg;

	for (size_t i = 0; i < m->n; i++) {
		const struct mg_queue_owner owner = find_owner(m, &m->texts[i]);

		mg_buf_add(answer,
			   mg_slice_of((const char *)&owner, sizeof(owner)));
	}
}

/* --- and what is taken from it --- */

static bool is_id(const char id[MG_QUEUE_ID_MAX])
{
	const size_t len = strnlen(id, MG_QUEUE_ID_MAX);

	for (size_t i = 0; i < len; i++) {
		const char c = id[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		      (c >= 'a' && c <= 'z') || (c == '-' && i)))
			return false;
	}
	return len > 0 && len < MG_QUEUE_ID_MAX;
}

static int refuse(struct mg_err *err)
{
	return mg_fail(err, MG_EPARSE,
		       "the child that read the queue says what cannot be");
}

int mg_queue_list(const struct mg_queue_words *words,
		  const struct mg_jail *jail, struct mg_slice listing,
		  struct mg_buf *out, struct mg_err *err)
{
	const struct listing l = { words, listing };
	const struct mg_question q = { read_listing, &l,
				       sizeof(struct mg_queued) };
	const struct mg_queued *m;
	int rc = mg_ask(&q, jail, out, err);

	m = (const void *)out->ptr;
	for (size_t i = 0; rc == 0 && i < out->len / sizeof(*m); i++)
		if (!is_id(m[i].id) || m[i].arrived < 0)
			rc = refuse(err);
	return rc;
}

static bool is_key(uint32_t number, size_t n_keys)
{
	return number < n_keys || number == MG_QUEUE_NOBODY;
}

int mg_queue_owners(const struct mg_queue_words *words,
		    const struct mg_jail *jail,
		    const struct mg_queue_texts *texts, size_t n,
		    const struct mg_slice *keys, size_t n_keys,
		    struct mg_buf *out, struct mg_err *err)
{
	const struct messages m = { words, texts, n, keys, n_keys };
	const struct mg_question q = { read_messages, &m,
				       sizeof(struct mg_queue_owner) };
	const struct mg_queue_owner *owner;
	int rc = mg_ask(&q, jail, out, err);

	owner = (const void *)out->ptr;
	if (rc == 0 && out->len != n * sizeof(*owner))
		rc = refuse(err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!is_key(owner[i].own, n_keys) ||
		    !is_key(owner[i].domain, n_keys))
			rc = refuse(err);
	return rc;
}
