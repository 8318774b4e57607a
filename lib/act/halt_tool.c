/* SPDX-License-Identifier: MIT */
/*
 * A tool's status is of one of many messages, its words are of each: they are
 * what is believed.
 */
#include "halt_priv.h"

#include <limits.h>

#include "mailguard/buf.h"
#include "mailguard/spawn.h"

#define SAID_MAX (1U << 20)
#define SECONDS 120

/* How a mail server is told, and what it says of each message that it did. */
static const struct server {
	const char *program, *stop, *go;
	struct mg_slice stopped, gone;
} servers[] = {
	{ "postsuper", "-h", "-H", MG_LIT_INIT(": placed on hold"),
	  MG_LIT_INIT(": released from hold") },
	{ "exim", "-Mf", "-Mt", MG_LIT_INIT("is now frozen"),
	  MG_LIT_INIT("is no longer frozen") },
};

/* Exim wants them as arguments, postsuper on its standard input. */
static int run(const struct mg_root *root, const struct server *server,
	       const char *flag, const struct mg_halt_batch *b,
	       struct mg_buf *said, int *status, struct mg_err *err)
{
	const bool is_exim = b->items[0]->is_exim;
	const char *argv[MG_HALT_AT_ONCE + 3] = { server->program, flag,
						  is_exim ? NULL : "-" };
	char path[PATH_MAX];
	struct mg_buf ids;
	int rc = mg_program_find(root, server->program, path, err);

	mg_buf_init(&ids, (size_t)MG_HALT_AT_ONCE * (MG_HALT_ID_MAX + 1));
	for (size_t i = 0; i < b->n; i++)
		if (is_exim)
			argv[2 + i] = b->items[i]->id;
		else
			mg_buf_add_fmt(&ids, "%s\n", b->items[i]->id);
	/* Its status is of one of many messages; its words are of each. */
	if (rc == 0)
		rc = mg_program_run(&(struct mg_program){ .path = path,
							  .argv = argv,
							  .input = mg_buf_slice(
								  &ids),
							  .seconds = SECONDS,
							  .out = said,
							  .errors = said },
				    status, err);
	mg_buf_release(&ids);
	return rc;
}

void mg_halt_say(const struct mg_halt_batch *b, bool go, struct mg_buf *out)
{
	const struct server *server = &servers[b->items[0]->is_exim];

	mg_buf_add_fmt(out, "%s %s", server->program,
		       go ? server->go : server->stop);
	for (size_t i = 0; i < b->n; i++)
		mg_buf_add_fmt(out, " %s", b->items[i]->id);
	mg_buf_add_char(out, '\n');
}

static bool is_edge(struct mg_slice line, size_t at)
{
	return at >= line.len || line.ptr[at] == ' ' || line.ptr[at] == ':';
}

/* A whole word: "3F2A7C" is not what "13F2A7C9" is. */
static bool is_word(struct mg_slice line, size_t at, size_t len)
{
	return (at == 0 || is_edge(line, at - 1)) && is_edge(line, at + len);
}

/* The tool's line of a message, if it has one that ends so. */
static bool has_said(struct mg_slice said, const char *id, struct mg_slice end)
{
	const struct mg_slice wanted = mg_slice_str(id);
	struct mg_slice line;

	while (mg_slice_cut_line(&said, &line)) {
		const size_t at = mg_slice_search(line, wanted);

		if (at < line.len && is_word(line, at, wanted.len) &&
		    mg_slice_has_suffix(line, end))
			return true;
	}
	return false;
}

/* Exim has a message locked that it delivers; postsuper has come to no end where
   its status says so. */
static void note_one(struct mg_halt_item *item, struct mg_slice said,
		     struct mg_slice end, int status)
{
	const bool is_frozen = item->is_exim &&
			       has_said(said, item->id,
					MG_LIT("is already frozen"));

	/* What it was told before a crash it has done before. */
	item->is_taken = has_said(said, item->id, end) ||
			 (item->is_again && (!item->is_exim || is_frozen));
	item->is_busy = !item->is_taken && !is_frozen &&
			(item->is_exim ? !has_said(said, item->id,
						   MG_LIT("does not exist"))
				       : status != 0);
}

int mg_halt_tell(const struct mg_root *root, struct mg_halt_batch *b, bool go,
		 struct mg_err *err)
{
	const struct server *server = &servers[b->items[0]->is_exim];
	struct mg_buf said;
	int status = 0, rc;

	mg_buf_init(&said, SAID_MAX);
	rc = run(root, server, go ? server->go : server->stop, b, &said,
		 &status, err);
	for (size_t i = 0; rc == 0 && i < b->n; i++)
		note_one(b->items[i], mg_buf_slice(&said),
			 go ? server->gone : server->stopped, status);
	mg_buf_release(&said);
	return rc;
}
