/* SPDX-License-Identifier: MIT */
/*
 * gather_priv - the parts of a bundle, each by itself.
 */
#ifndef MG_GATHER_PRIV_H
#define MG_GATHER_PRIV_H

#include "mailguard/collect.h"
#include "mailguard/evidence.h"
#include "mailguard/gather.h"
#include "mailguard/pick.h"

/* A file beside which mail was sent. */
struct mg_gather_script {
	struct mg_slice path; /* any bytes; the evidence's */
	char copy[32];        /* its name in the bundle; "" for none */
	enum mg_collect_why why;
	bool is_named; /* in the log; else it is a guess that it sent */
	int64_t changed, n_bytes;
};

/* A log out of which lines are picked. */
struct mg_gather_log {
	const char *path; /* the arena's */
	int fd;           /* owned */
	struct mg_file_info info;
	enum mg_pack pack;
	char name[32]; /* of its lines in the bundle */
	int64_t n_lines;
	int64_t start, most; /* as in pick.h */
	struct mg_buf lines, ranges;
	int64_t from, to; /* of the last range; to 0: none */
};

/* Connections to mail servers elsewhere that an account opened past the one
   here, by the ledger; there may have been more. */
struct mg_gather_direct {
	struct mg_slice account; /* the evidence's */
	int64_t uid;             /* -1 where the tables do not tell */
	int64_t n, n_hours;      /* connections, in so many clock hours */
	int64_t hour, n_of_hour; /* the last of these */
	int64_t first, last; /* Unix seconds: the first hour's beginning, the
				    last one's end as far as it was counted */
	bool is_cause;       /* what it is made for followed from them */
};

/* A bundle that is being made. */
struct mg_gathering {
	struct mg_enforcer *enforcer;
	const struct mg_gather_ask *ask;
	const struct mg_accounts *accounts; /* NULL where they are not known */
	struct mg_evidence evidence;
	struct mg_pick_fact *facts; /* owned; of the lines of logs */
	size_t n_facts, cap_facts;
	struct mg_pick_minutes sent;      /* by programs of the host */
	struct mg_gather_script *scripts; /* owned */
	size_t n_scripts, cap_scripts, n_copies;
	struct mg_gather_direct *directs; /* owned; one an account */
	size_t n_directs, cap_directs;
	bool is_copy; /* for others: it names no other bundle */
};

/* Bytes of a part that is no log. */
#define MG_GATHER_TEXT_MAX ((size_t)32 << 20)

/* The logs of one stream, and what they are picked by. */
struct mg_gather_stream {
	struct mg_gathering *g;
	struct mg_gather_log *files; /* owned */
	size_t n_files, cap_files;
	struct mg_arena arena;
	const char *name;   /* of the source */
	const char *folder; /* of the bundle */
	enum mg_dialect dialect;
	const struct mg_pick_minutes *near; /* as in pick.h */
	int64_t since;     /* files that were changed before are left out */
	int64_t max_bytes; /* of lines */
	int64_t max_read;  /* of files, unpacked, the newest; 0: all */
	int64_t n_asked;   /* entries of a journal that were asked for */
	unsigned *n_logs;  /* of the folder, numbered over all streams */
};

/* Takes a log that is open, unless it is there or too old; fd is closed then. */
void mg_gather_stream_add(struct mg_gather_stream *s, const char *path, int fd,
			  const struct mg_file_info *info);

/* Adds their lines to the bundle, and gives all that the stream holds back. */
void mg_gather_stream_read(struct mg_gather_stream *s);

/* The same of the journal, which it opens itself. */
void mg_gather_journal(struct mg_gather_stream *s);

/*
 * Each adds a file or more, and notes what it could not have.
 */
void mg_gather_decision(struct mg_gathering *g);
void mg_gather_counts(struct mg_gathering *g);
void mg_gather_account(struct mg_gathering *g);
void mg_gather_logs(struct mg_gathering *g);
/* By kind, the most often first; what follows reads them so. */
void mg_gather_sort_facts(struct mg_gathering *g);
void mg_gather_scripts(struct mg_gathering *g);
/* Requests to the web server near what programs sent; adds facts. */
void mg_gather_web(struct mg_gathering *g);
void mg_gather_direct(struct mg_gathering *g);
/* What all of those tell. */
void mg_gather_investigation(struct mg_gathering *g);
void mg_gather_queue(struct mg_gathering *g);

/*
 * mg_gather_put - seal it under a name and record it; where another bundle has
 * that name, with a number behind it.
 *
 * Returns 0, -MG_EIO, -MG_ECONF or -MG_ELIMIT.
 */
MG_NODISCARD int mg_gather_put(struct mg_gathering *g, const char *first,
			       struct mg_gather_made *made, struct mg_err *err);

/* Frees what it holds. */
void mg_gather_release(struct mg_gathering *g);

/*
 * Adds a text of our making, or notes that it was longer than its buffer may be:
 * half of one is no JSON.
 */
void mg_gather_add(struct mg_gathering *g, const char *name,
		   const struct mg_buf *text, struct mg_slice origin);

/* Members of an object of JSON, each with the comma before it. */
void mg_gather_text(struct mg_buf *out, const char *key, struct mg_slice text);
void mg_gather_time(struct mg_buf *out, const char *key, int64_t at);
void mg_gather_number(struct mg_buf *out, const char *key, int64_t n);

/* Whose lines they are; false where the tables do not know the subject. */
bool mg_gather_subject(const struct mg_gathering *g,
		       struct mg_pick_subject *out);

/* Whether an account of the tables is one whose mail the bundle is about. */
bool mg_gather_is_asked(const struct mg_gathering *g, uint32_t account);

#endif
