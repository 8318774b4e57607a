/* SPDX-License-Identifier: MIT */
/*
 * collect - what lies in a directory of an account, for a bundle of evidence.
 *
 * A child reads it that has become the account, so that nothing comes of it
 * that the account could not have read itself; it goes through no link and to
 * no other file system below the account's home. What it sends are copies, each
 * with what the file was once it was open: the customer may swap, grow, cut or
 * rewrite a file meanwhile. The parent copies bytes and looks at none.
 *
 * Of what is no plain file of the account's own, and has no other name, there
 * is a row and no copy: a hard link to another's file, a FIFO, a device.
 */
#ifndef MAILGUARD_COLLECT_H
#define MAILGUARD_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/priv.h"
#include "mailguard/slice.h"

/* Accounts have ids from here on; below are those of the system. */
#define MG_COLLECT_UID_MIN 1000

/* Bytes of one copy: scripts have some thousand. */
#define MG_COLLECT_FILE_MAX ((size_t)1 << 20)
/* Copies of a directory; of more, the last changed. */
#define MG_COLLECT_COPIES_MAX 16
/* Rows of a directory, and names that are looked at in it. */
#define MG_COLLECT_ROWS_MAX 1000
#define MG_COLLECT_NAMES_MAX 100000
/* How long all of a bundle may take, since processes of the account can stop
   the child, and a sweep waits meanwhile. */
#define MG_COLLECT_MS 20000

/* Why there is no whole copy. */
enum mg_collect_why {
	MG_COLLECT_WHOLE,     /* there is */
	MG_COLLECT_CUT,       /* longer than MG_COLLECT_FILE_MAX */
	MG_COLLECT_CHANGED,   /* changed while it was copied */
	MG_COLLECT_NO_SCRIPT, /* neither by its name nor executable */
	MG_COLLECT_TOO_MANY,  /* others were changed later */
	MG_COLLECT_NO_FILE,   /* a directory, a link, a FIFO, a device */
	MG_COLLECT_LINKED,    /* it has other names: whose it is is not known */
	MG_COLLECT_FOREIGN,   /* another user's */
	MG_COLLECT_CLOSED,    /* it could not be opened or read */
	MG_COLLECT_WHYS
};

/* Words for each, as a person reads them. */
extern const char *const mg_collect_whys[MG_COLLECT_WHYS];

struct mg_collected {
	struct mg_slice name;  /* any bytes but "/" and 0 */
	struct mg_slice bytes; /* empty where why says so */
	enum mg_collect_why why;
	bool is_named; /* one of those asked for by name */
	uint32_t uid, mode;
	int64_t n_links, size_bytes;
	int64_t mtime, ctime; /* Unix seconds; the account sets the first */
};

/* Slices stand for the call. Ends early with what is not 0. */
typedef int (*mg_collect_fn)(void *arg, const struct mg_collected *file);

struct mg_collect_ask {
	const struct mg_root *root;
	struct mg_jail account;
	const char *home;      /* absolute, on the host */
	const char *directory; /* below it; "" for itself */
	/* Files that come first, whatever they are called otherwise. */
	const struct mg_slice *names;
	size_t n_names;
	int64_t until_ms; /* when to give up (mg_clock_mono_ms) */
};

/* Whether it is one of those named. */
bool mg_collect_is_named(const struct mg_collect_ask *ask,
			 struct mg_slice name);

/*
 * mg_collect - every name of a directory, with copies of its scripts.
 *
 * fn       in   those named first, then scripts; of each sort the last changed
 *               first
 * n_left   out  names for which there was no row
 *
 * Returns 0; what fn returned; -MG_EIO in words where the account is none, or
 * the directory cannot be had, or the child was stopped.
 */
MG_NODISCARD int mg_collect(const struct mg_collect_ask *ask, mg_collect_fn fn,
			    void *arg, int64_t *n_left, struct mg_err *err);

#endif
