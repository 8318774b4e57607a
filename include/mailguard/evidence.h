/* SPDX-License-Identifier: MIT */
/*
 * evidence - what is put into a bundle, its manifest, and the bundle's bytes.
 *
 * Whoever makes a bundle adds files under names of its own making, each with a
 * word on where it came from; the manifest, a list for sha256sum(1) and a page
 * for people come by themselves. Names from outside appear in the manifest
 * alone, as JSON. The same input gives the same bytes.
 *
 *     mg_evidence_init(&e, &about);
 *     mg_evidence_add(&e, "counts.json", text, origin); ...
 *     rc = mg_evidence_write(&e, fd, err);
 *     mg_evidence_release(&e);
 */
#ifndef MAILGUARD_EVIDENCE_H
#define MAILGUARD_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/sha256.h"
#include "mailguard/slice.h"

/* The value of "schema" in manifest.json; tests/data/schema holds it. */
#define MG_EVIDENCE_SCHEMA "mailguard.evidence/1"

/*
 * Bytes of a bundle, which is signed as one piece in memory; and of one file
 * in it. A day's lines of a busy mailbox are some megabytes.
 */
#define MG_EVIDENCE_BYTES_MAX ((size_t)256 << 20)
#define MG_EVIDENCE_FILE_MAX ((size_t)128 << 20)

/* Bytes of the name of a bundle, with its end. */
#define MG_EVIDENCE_NAME_MAX 160

/* What a bundle is about; borrowed until mg_evidence_release. */
struct mg_evidence_about {
	struct mg_slice name;         /* mg_evidence_name */
	struct mg_slice per, subject; /* "mailbox", its name */
	struct mg_slice action, act;  /* "suspend", its id; or empty */
	int64_t since, until;         /* Unix seconds; it is of this time */
	struct mg_slice by, reason;
	struct mg_slice previous; /* the bundle before it; empty for none */
	unsigned char previous_sha256[MG_SHA256_LEN];
	struct mg_slice redacted; /* of which bundle it is a copy without
				     what? empty for none */
};

struct mg_evidence_file {
	const char *name;       /* "log/0001.log" */
	struct mg_slice bytes;  /* the evidence's */
	struct mg_slice origin; /* an object of JSON */
	unsigned char sha256[MG_SHA256_LEN];
};

struct mg_evidence {
	struct mg_evidence_about about;
	struct mg_evidence_file *files; /* owned */
	size_t n_files, cap_files;
	struct mg_slice *cuts; /* owned */
	size_t n_cuts, cap_cuts;
	size_t n_bytes;
	struct mg_arena arena; /* of the texts of both */
};

/*
 * mg_evidence_name - the name of a bundle: time, subject, action and the start
 * of the act's id: "20261122T101500Z-info@a.example-suspend-1a2b3c4d".
 *
 * Bytes of a subject that have no place in a file's name become "_".
 */
void mg_evidence_name(int64_t at, struct mg_slice subject,
		      struct mg_slice action, struct mg_slice act,
		      char out[MG_EVIDENCE_NAME_MAX]);

/* Whether a text is such a name: nothing that leads out of a folder. */
bool mg_evidence_name_is_valid(struct mg_slice name);

void mg_evidence_init(struct mg_evidence *e,
		      const struct mg_evidence_about *about);
/* Accepts a zeroed one. */
void mg_evidence_release(struct mg_evidence *e);

/*
 * mg_evidence_add - add a file; copies all.
 *
 * name     in   relative, of our making
 * origin   in   an object of JSON; empty where mailguard made it
 *
 * What would go beyond MG_EVIDENCE_BYTES_MAX is left out, and noted as cut.
 */
void mg_evidence_add(struct mg_evidence *e, const char *name,
		     struct mg_slice bytes, struct mg_slice origin);

/* Notes that something is missing or was cut, and why. Printable text. */
void mg_evidence_cut(struct mg_evidence *e, const char *fmt, ...)
	MG_PRINTF(2, 3);

/*
 * mg_evidence_write - write the archive, with manifest.json, SHA256SUMS and
 * README.txt, to a descriptor. Returns 0, -MG_EIO or -MG_ELIMIT.
 */
MG_NODISCARD int mg_evidence_write(struct mg_evidence *e, int fd,
				   struct mg_err *err);

#endif
