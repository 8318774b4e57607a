/* SPDX-License-Identifier: MIT */
/* A queue of a mail server that prints "ID TIME", and of a message who sent
   it. */
#include "leave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/num.h"
#include "mailguard/queue.h"

static const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };

/* Says ids as they are, and times below zero. */
static bool message(struct mg_slice line, struct mg_queued *out)
{
	struct mg_slice id;
	uint64_t n;
	bool is_negative;

	if (!mg_slice_cut_at(&line, ' ', &id))
		return false;
	is_negative = mg_slice_cut_lit(&line, MG_LIT("-"));
	memcpy(out->id, id.ptr,
	       id.len < sizeof(out->id) ? id.len : sizeof(out->id));
	if (!mg_num_parse(line, INT64_MAX, &n))
		return false;
	out->arrived = is_negative ? -(int64_t)n : (int64_t)n;
	return true;
}

/* What a jailed process may not do. */
static bool message_that_opens(struct mg_slice line, struct mg_queued *out)
{
	(void)out;
	return syscall(SYS_openat, -100, line.ptr, 0) >= 0;
}

static bool sender(const struct mg_queue_texts *texts,
		   struct mg_force_entry *out)
{
	uint64_t uid;

	if (mg_num_parse(texts->of[0], UINT32_MAX, &uid)) {
		out->key = MG_FORCE_UID;
		out->uid = (uint32_t)uid;
		return true;
	}
	out->key = MG_FORCE_LOGIN;
	out->name = texts->of[1];
	return out->name.len > 0;
}

static void key(const struct mg_force_entry *e, char out[MG_QUEUE_KEY_MAX])
{
	if (e->key == MG_FORCE_UID)
		(void)snprintf(out, MG_QUEUE_KEY_MAX, "uid/%u", e->uid);
	else
		(void)snprintf(out, MG_QUEUE_KEY_MAX, "%s%.*s",
			       e->key == MG_FORCE_DOMAIN ? "domain/" : "",
			       MG_SLICE_ARG(e->name));
}

static const struct mg_queue_words words = { message, sender, key };

static int list(const struct mg_queue_words *w, const char *text,
		struct mg_buf *out)
{
	struct mg_err err;

	mg_buf_init(out, 4096);
	return mg_queue_list(w, &jail, mg_slice_str(text), out, &err);
}

static void test_listing(void **state)
{
	const struct mg_queued *m;
	struct mg_buf out;

	(void)state;
	assert_int_equal(list(&words, "A1 5\nno message\n1w-0-00 7\n", &out),
			 0);
	m = (const void *)out.ptr;
	assert_int_equal(out.len, 2 * sizeof(*m));
	assert_string_equal(m[0].id, "A1");
	assert_int_equal(m[0].arrived, 5);
	assert_string_equal(m[1].id, "1w-0-00");
	assert_int_equal(m[1].arrived, 7);
	mg_buf_release(&out);
}

static void test_what_a_child_may_not_say(void **state)
{
	static const char *const texts[] = {
		"../A 5\n", "-rf 5\n",
		" 5\n",     "A\tB 5\n",
		"A -5\n",   "0123456789012345678901234567890123456789 5\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct mg_buf out;

		assert_int_equal(list(&words, texts[i], &out), -MG_EPARSE);
		mg_buf_release(&out);
	}
}

/* P10: were it read in this process, the file would be opened. */
static void test_it_is_read_in_a_jail(void **state)
{
	const struct mg_queue_words w = { message_that_opens, sender, key };
	struct mg_buf out;

	(void)state;
	assert_int_equal(list(&w, "/dev/null", &out), -MG_EIO);
	mg_buf_release(&out);
}

static void test_owners(void **state)
{
	static const struct mg_slice keys[] = {
		MG_LIT_INIT("uid/5001"),
		MG_LIT_INIT("joe@a.example"),
		MG_LIT_INIT("domain/a.example"),
	};
	enum { NONE = -1 };
	static const struct {
		const char *uid, *login;
		int own, domain;
	} rows[] = {
		{ "5001", "joe@a.example", 0, NONE },
		{ "5002", "joe@a.example", NONE, NONE },
		{ "", "joe@a.example", 1, 2 },
		{ "", "JOE@A.Example", 1, 2 },
		{ "", "ann@a.example", NONE, 2 },
		{ "", "joe@b.example", NONE, NONE },
		{ "", "@a.example", NONE, 2 },
		{ "", "joe", NONE, NONE },
		/* What reads as a key is none. */
		{ "", "uid/5001", NONE, NONE },
		{ "", "domain/a.example", NONE, NONE },
		{ "", "", NONE, NONE },
	};
	enum { N = sizeof(rows) / sizeof(*rows) };
	struct mg_queue_texts texts[N];
	const struct mg_queue_owner *owner;
	struct mg_buf out;
	struct mg_err err;

	(void)state;
	for (size_t i = 0; i < N; i++)
		texts[i] = (struct mg_queue_texts){
			{ mg_slice_str(rows[i].uid),
			  mg_slice_str(rows[i].login) }
		};
	mg_buf_init(&out, 4096);
	assert_int_equal(mg_queue_owners(&words, &jail, texts, N, keys, 3, &out,
					 &err),
			 0);
	owner = (const void *)out.ptr;
	for (size_t i = 0; i < N; i++) {
		assert_int_equal((int32_t)owner[i].own, rows[i].own);
		assert_int_equal((int32_t)owner[i].domain, rows[i].domain);
	}
	mg_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef SHORT_WAY_OUT /* children that end as the sanitizer lets none end */
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_what_a_child_may_not_say),
		cmocka_unit_test(test_owners),
#endif
		cmocka_unit_test(test_it_is_read_in_a_jail),
	};

	(void)test_listing;
	(void)test_what_a_child_may_not_say;
	(void)test_owners;

	return cmocka_run_group_tests(tests, NULL, NULL);
}
