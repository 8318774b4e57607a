/* SPDX-License-Identifier: MIT */
/*
 * What a subject has in the queue: which messages, and their headers as the mail
 * server's own tool prints them. They are copied as bytes, and nobody here reads
 * them.
 */
#include "gather_priv.h"
#include "halt_priv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/clock.h"
#include "mailguard/json.h"
#include "mailguard/mem.h"
#include "mailguard/spawn.h"
#include "mailguard/store.h"
#include "mailguard/vec.h"

/* Messages that are listed, and of which there are copies: a tool is run for
   each, some 10 ms long. */
#define LISTED_MAX 10000
#define COPIED_MAX 200
/* Bytes of one copy; a message to thousands of recipients names them all. */
#define COPY_MAX ((size_t)1 << 20)
/* Bytes of all copies: an eighth of what a bundle takes. */
#define COPIES_MAX ((size_t)16 << 20)
/* A sweep waits meanwhile. */
#define QUEUE_MS 20000
/* Bytes that come from a pipe at once (spawn_program.c). */
#define PIPE_MORE 16384

#define WORDS_MAX 4

enum part { HEADERS, BODY, PARTS };

/* Exim's specification, section 5.2; postcat(1). */
static const struct server {
	const char *name, *argv[PARTS][WORDS_MAX]; /* the id behind them */
} servers[] = {
	{ "postfix",
	  { { "postcat", "-e", "-h", "-q" }, { "postcat", "-b", "-q" } } },
	{ "exim", { { "exim", "-Mvh" }, { "exim", "-Mvb" } } },
};

struct message {
	char id[MG_HALT_ID_MAX + 1];
	const struct server *server;
};

struct queue {
	struct mg_gathering *g;
	struct message *messages; /* owned; the oldest first */
	size_t n, cap, n_unlisted;
	size_t n_copied, n_bytes; /* messages; of copies */
	bool is_lacking[sizeof(servers) / sizeof(*servers)]; /* no tool */
	int64_t until_ms;
	struct mg_buf list;
};

static int take_id(void *arg, struct mg_slice id)
{
	struct queue *q = arg;
	struct message *m;
	bool is_exim;

	if (!mg_halt_is_id(id, &is_exim))
		return 0;
	if (q->n == LISTED_MAX) {
		q->n_unlisted++;
		return 0;
	}
	q->messages = mg_vec_room(q->messages, q->n, &q->cap,
				  sizeof(*q->messages));
	m = &q->messages[q->n++];
	*m = (struct message){ .server = &servers[is_exim] };
	memcpy(m->id, id.ptr, id.len);
	return 0;
}

/* Returns 1; 0 where the queue has it no more; a negative code. */
static int run(const struct queue *q, const struct message *m, enum part part,
	       struct mg_buf *out, struct mg_err *err)
{
	const char *argv[WORDS_MAX + 2] = { NULL };
	const int64_t left_ms = q->until_ms - mg_clock_mono_ms();
	char path[PATH_MAX];
	size_t n = 0;
	int status, rc;

	while (n < WORDS_MAX && m->server->argv[part][n]) {
		argv[n] = m->server->argv[part][n];
		n++;
	}
	argv[n] = m->id;
	rc = mg_program_find(q->g->enforcer->root, argv[0], path, err);
	if (rc == 0)
		rc = mg_program_run(
			&(struct mg_program){ .path = path,
					      .argv = argv,
					      .seconds = left_ms / 1000 + 1,
					      .out = out },
			&status, err);
	return rc < 0 ? rc : status == 0 && out->len > 0;
}

static void add_copy(struct queue *q, const struct message *m, enum part part,
		     const struct mg_buf *said, const char *name)
{
	const size_t len = said->len < COPY_MAX ? said->len : COPY_MAX;
	const struct server *s = m->server;
	struct mg_buf origin;

	mg_buf_init(&origin, PATH_MAX);
	mg_buf_add_str(&origin, "{\"from\":\"");
	for (size_t i = 0; i < WORDS_MAX && s->argv[part][i]; i++)
		mg_buf_add_fmt(&origin, "%s ", s->argv[part][i]);
	mg_buf_add_fmt(&origin, "%s\"}", m->id);
	if (len < said->len || said->truncated)
		mg_evidence_cut(&q->g->evidence,
				"queue: %s has the first %zu bytes of more",
				name, len);
	q->n_bytes += len;
	mg_evidence_add(&q->g->evidence, name, mg_slice_of(said->ptr, len),
			mg_buf_slice(&origin));
	mg_buf_release(&origin);
}

/* A tool that is missing or fails is said once, and not tried again. */
static void copy(struct queue *q, const struct message *m, enum part part)
{
	static const char *const keys[] = { "headers", "body" },
				 *const ends[] = { "", "-body" };
	struct mg_err err = { 0 };
	char name[40] = "";
	struct mg_buf said;
	int rc;

	/* What is beyond does not hang on how much a pipe gives at once. */
	mg_buf_init(&said, COPY_MAX + PIPE_MORE);
	rc = run(q, m, part, &said, &err);
	if (rc == 1) {
		(void)snprintf(name, sizeof(name), "messages/%06zu%s.txt",
			       q->n_copied + 1, ends[part]);
		add_copy(q, m, part, &said, name);
	} else if (rc < 0) {
		q->is_lacking[m->server - servers] = true;
		mg_evidence_cut(&q->g->evidence, "queue: %s", err.text);
	}
	mg_gather_text(&q->list, keys[part], mg_slice_str(name));
	mg_buf_release(&said);
}

static bool has_room(const struct queue *q, const struct message *m)
{
	const size_t next = PARTS * COPY_MAX;

	return q->n_copied < COPIED_MAX && q->n_bytes + next <= COPIES_MAX &&
	       q->g->evidence.n_bytes + next <= MG_EVIDENCE_BYTES_MAX / 2 &&
	       mg_clock_mono_ms() < q->until_ms &&
	       !q->is_lacking[m->server - servers];
}

/* What the queue has no more was delivered, or is being it, and has no copy. */
static void list(struct queue *q, const struct message *m)
{
	const size_t n_bytes = q->n_bytes;

	mg_buf_add_fmt(&q->list, "{\"id\":\"%s\",\"server\":\"%s\"", m->id,
		       m->server->name);
	copy(q, m, HEADERS);
	if (q->g->ask->with_bodies && q->n_bytes > n_bytes)
		copy(q, m, BODY);
	q->n_copied += q->n_bytes > n_bytes;
	mg_buf_add_char(&q->list, '}');
}

static void list_all(struct queue *q)
{
	struct mg_evidence *e = &q->g->evidence;
	size_t n_left = q->n_unlisted;

	mg_buf_add_char(&q->list, '[');
	for (size_t i = 0; i < q->n; i++) {
		const struct message *m = &q->messages[i];

		mg_buf_add_str(&q->list, i ? ",\n" : "\n");
		if (has_room(q, m)) {
			list(q, m);
			continue;
		}
		n_left++;
		mg_buf_add_fmt(&q->list,
			       "{\"id\":\"%s\",\"server\":\"%s\","
			       "\"headers\":null}",
			       m->id, m->server->name);
	}
	mg_buf_add_str(&q->list, "]\n");
	if (n_left)
		mg_evidence_cut(e,
				"queue: %zu of %zu messages were not looked "
				"at, and %zu of them are not listed",
				n_left, q->n + q->n_unlisted, q->n_unlisted);
	mg_gather_add(q->g, "queue.json", &q->list,
		      MG_LIT("{\"from\":\"what was charged to the subject "
			     "and is not known to be completed\"}"));
}

void mg_gather_queue(struct mg_gathering *g)
{
	const struct mg_act *a = g->ask->act;
	struct queue q = { .g = g, .until_ms = mg_clock_mono_ms() + QUEUE_MS };
	struct mg_err err = { 0 };

	mg_buf_init(&q.list, MG_GATHER_TEXT_MAX);
	if (mg_store_each_queued(g->enforcer->store, a->per, a->subject,
				 take_id, &q, &err) < 0)
		mg_evidence_cut(&g->evidence, "queue: %s", err.text);
	if (q.n)
		list_all(&q);
	mg_buf_release(&q.list);
	mg_mem_free(q.messages);
}
