/* SPDX-License-Identifier: MIT */
/*
 * The file of csf's temporary denies, of lines
 * "time|address|ports|direction|seconds|comment".
 *
 * The comments are of lfd, too, which quotes names that strangers chose: so a
 * jailed child reads it (ask.h).
 */
#include "backend_csf.h"

#include <string.h>

#include "mailguard/ask.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define DENIES "/var/lib/csf/csf.tempban"
#define FILE_MAX (4U << 20)
#define ANSWER_MAX (16U << 20) /* a line has 15 bytes at least, a record 40 */

void mg_csf_add(struct mg_csf_denies *d, const struct mg_network *network,
		int64_t until)
{
	d->items = mg_vec_room(d->items, d->n, &d->cap, sizeof(*d->items));
	d->items[d->n++] = (struct mg_csf_deny){ *network, until };
}

struct mg_csf_deny *mg_csf_find(const struct mg_csf_denies *d,
				const struct mg_network *n)
{
	for (size_t i = 0; i < d->n; i++)
		if (!memcmp(&d->items[i].network.ip, &n->ip, sizeof(n->ip)) &&
		    d->items[i].network.prefix == n->prefix)
			return &d->items[i];
	return NULL;
}

/* What the child says of a line. */
struct found {
	struct mg_csf_deny deny;
	uint32_t is_ours; /* 0 or 1 */
};

static bool read_line(struct mg_slice line, struct found *out)
{
	struct mg_slice at, ip, unused, seconds;
	uint64_t begins, lasts;

	if (!mg_slice_cut_at(&line, '|', &at) ||
	    !mg_slice_cut_at(&line, '|', &ip) ||
	    !mg_slice_cut_at(&line, '|', &unused) ||
	    !mg_slice_cut_at(&line, '|', &unused) ||
	    !mg_slice_cut_at(&line, '|', &seconds) ||
	    !mg_num_parse(at, INT32_MAX, &begins) ||
	    !mg_num_parse(seconds, INT32_MAX, &lasts) ||
	    !mg_network_parse(ip, &out->deny.network))
		return false;
	out->deny.until = (int64_t)(begins + lasts);
	out->is_ours = mg_slice_has_prefix(line, MG_LIT(MG_CSF_SIGN));
	return true;
}

/* In a jailed child: the comments of lfd quote names that strangers chose. */
static void read_lines(const void *arg, struct mg_buf *answer)
{
	struct mg_slice left = *(const struct mg_slice *)arg, line;

	while (mg_slice_cut_line(&left, &line)) {
		struct found f = { .is_ours = 0 };

		if (read_line(line, &f))
			mg_buf_add(answer,
				   mg_slice_of((const char *)&f, sizeof(f)));
	}
}

static int take(const struct mg_buf *answer, struct mg_csf_denies *ours,
		struct mg_csf_denies *others, struct mg_err *err)
{
	const struct found *f = (const void *)answer->ptr;

	for (size_t i = 0; i < answer->len / sizeof(*f); i++) {
		const struct mg_csf_deny *d = &f[i].deny;

		if (d->until < 0 || d->network.prefix > 128 || f[i].is_ours > 1)
			return mg_fail(err, MG_EPARSE,
				       "the child that read '" DENIES
				       "' says what cannot be");
		mg_csf_add(f[i].is_ours ? ours : others, &d->network, d->until);
	}
	return 0;
}

static int ask(const struct mg_root *root, struct mg_slice text,
	       struct mg_buf *answer, struct mg_err *err)
{
	const struct mg_question q = { read_lines, &text,
				       sizeof(struct found) };
	const struct mg_jail jail = mg_priv_jail(root);

	return mg_ask(&q, &jail, answer, err);
}

int mg_csf_read(const struct mg_root *root, struct mg_csf_denies *ours,
		struct mg_csf_denies *others, struct mg_err *err)
{
	struct mg_buf text, answer;
	int rc;

	ours->n = 0;
	others->n = 0;
	mg_buf_init(&text, FILE_MAX);
	mg_buf_init(&answer, ANSWER_MAX);
	rc = mg_root_read(root, DENIES, &text, err);
	if (rc == 0 && text.len)
		rc = ask(root, mg_buf_slice(&text), &answer, err);
	if (rc == 0)
		rc = take(&answer, ours, others, err);
	mg_buf_release(&answer);
	mg_buf_release(&text);
	return rc < 0 ? rc : 0;
}
