/* SPDX-License-Identifier: MIT */
#include "evidence_export.h"

#include "act_run.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/evidence.h"
#include "mailguard/replace.h"
#include "mailguard/shelf.h"

#define BESIDE_MAX (PATH_MAX + sizeof(MG_SHELF_SIGNATURE))

static int copy_file(const char *from, const char *to, size_t max,
		     struct mg_err *err)
{
	struct mg_buf bytes;
	int rc;

	mg_buf_init(&bytes, max);
	rc = mg_shelf_read(from, &bytes, err);
	if (rc == 0)
		rc = mg_replace_file(to, 0600, -1, mg_buf_slice(&bytes), err);
	mg_buf_release(&bytes);
	return rc;
}

/* The signature first: what is there is never without. */
static int copy_out(const char *path, const char *output, struct mg_err *err)
{
	char from[BESIDE_MAX], to[BESIDE_MAX];
	int rc;

	if (strlen(output) >= PATH_MAX)
		return mg_fail(err, MG_EUSAGE, "the path is too long");
	(void)snprintf(from, sizeof(from), "%s" MG_SHELF_SIGNATURE, path);
	(void)snprintf(to, sizeof(to), "%s" MG_SHELF_SIGNATURE, output);
	rc = copy_file(from, to, MG_SEAL_FILE_MAX, err);
	return rc < 0 ? rc
		      : copy_file(path, output, MG_EVIDENCE_BYTES_MAX, err);
}

static void say(const struct mg_evidence_export *o,
		const struct mg_gather_made *made)
{
	char sha256[MG_SHA256_TEXT_MAX];

	mg_sha256_format(made->sha256, MG_SHA256_LEN, sha256);
	if (o->json)
		printf("{\"name\":\"%s\",\"sha256\":\"%s\",\"bytes\":%lld,"
		       "\"cuts\":%zu,\"was_there\":%s}\n",
		       made->name, sha256, (long long)made->n_bytes,
		       made->n_cuts, made->was_there ? "true" : "false");
	else
		printf("%s  %s\n", sha256, o->output ? o->output : made->path);
}

int mg_evidence_export(const struct mg_evidence_export *o, struct mg_err *err)
{
	const struct mg_gather_ask ask = { .by = mg_act_run_person(),
					   .reason = mg_slice_str(o->reason) };
	struct mg_gather_made made;
	struct mg_act_run r;
	int rc;

	if (!o->redact || strcmp(o->redact, "recipients") != 0)
		return mg_fail(err, MG_EUSAGE,
			       "export needs --redact recipients");
	rc = mg_act_run_open(&r, o->place, "evidence", err);
	if (rc == 0)
		rc = mg_gather_redact(&r.enforcer, o->name, &ask, &made, err);
	if (rc == 0 && o->output)
		rc = copy_out(made.path, o->output, err);
	if (rc == 0)
		say(o, &made);
	mg_act_run_close(&r);
	return rc;
}
