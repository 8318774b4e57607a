/* SPDX-License-Identifier: MIT */
#include "evidence_look.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/evidence.h"
#include "mailguard/file.h"
#include "mailguard/shelf.h"
#include "mailguard/tar.h"

/* A file, or the key itself. */
static int read_key(const char *word, struct mg_seal_public *key,
		    struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	if (mg_seal_parse_public(mg_slice_str(word), key, NULL) == 0)
		return 0;
	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	rc = mg_shelf_read(word, &text, err);
	if (rc == 0)
		rc = mg_seal_parse_public(mg_buf_slice(&text), key, err);
	if (rc == -MG_EPARSE)
		mg_err_prefix(err, "'%s'", word);
	mg_buf_release(&text);
	return rc;
}

/* A path has a slash or an ending; else it is a name on the shelf. */
static bool is_path(const char *word)
{
	return strchr(word, '/') ||
	       mg_slice_has_suffix(mg_slice_str(word), MG_LIT(".tar.gz"));
}

static int find(const struct mg_evidence_look *o, struct mg_seal_public *key,
		char path[PATH_MAX], struct mg_err *err)
{
	const char *word = o->word;
	struct mg_command_host host = { .root = { .fd = -1 } };
	int rc = 0;

	/* On another machine there is no state to be found. */
	if (!o->pubkey || !is_path(word))
		rc = mg_command_open_host(&host, o->place, err);
	if (rc == 0 && is_path(word))
		(void)snprintf(path, PATH_MAX, "%s", word);
	else if (rc == 0 && !mg_evidence_name_is_valid(mg_slice_str(word)))
		rc = mg_fail(err, MG_EUSAGE, "'%s' is no name of a bundle",
			     word);
	else if (rc == 0)
		rc = mg_shelf_path(host.state, word, path, err);
	if (rc == 0)
		rc = o->pubkey ? read_key(o->pubkey, key, err)
			       : mg_shelf_public(host.state, key, err);
	mg_command_close_host(&host);
	return rc;
}

static void say_proof(const struct mg_shelf_proof *proof, const char *path,
		      bool json)
{
	char sha256[MG_SHA256_TEXT_MAX];

	mg_sha256_format(proof->sha256, MG_SHA256_LEN, sha256);
	if (json)
		printf("{\"verified\":true,\"sha256\":\"%s\",\"bytes\":%zu,"
		       "\"files\":%zu,\"key\":\"%s\"}\n",
		       sha256, proof->n_bytes, proof->n_files, proof->key);
	else
		printf("%s: %zu files, each as it was sealed by key %s\n", path,
		       proof->n_files, proof->key);
}

struct showing {
	const char *wanted;
	struct mg_buf *out;
};

/* Both are of our making: no byte of a log is in them as it came. */
static int take_shown(void *arg, const char *name, struct mg_slice bytes)
{
	const struct showing *s = arg;
	const char *slash = strrchr(name, '/');

	if (slash && !strcmp(slash + 1, s->wanted))
		mg_buf_add(s->out, bytes);
	return 0;
}

static int show(struct mg_slice archive, bool json, struct mg_err *err)
{
	struct mg_buf text;
	struct showing s = { json ? "manifest.json" : "README.txt", &text };
	int rc;

	mg_buf_init(&text, MG_EVIDENCE_FILE_MAX);
	rc = mg_tar_each(archive, MG_EVIDENCE_FILE_MAX, take_shown, &s, err);
	if (rc == 0)
		rc = mg_buf_check(&text, s.wanted, err);
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FILENO, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

int mg_evidence_look(const struct mg_evidence_look *look, struct mg_err *err)
{
	struct mg_shelf_proof proof;
	struct mg_seal_public key;
	struct mg_buf archive;
	char path[PATH_MAX];
	int rc = find(look, &key, path, err);

	mg_buf_init(&archive, MG_EVIDENCE_BYTES_MAX);
	if (rc == 0)
		rc = mg_shelf_verify(path, &key, &archive, &proof, err);
	if (rc == 0 && look->is_shown)
		rc = show(mg_buf_slice(&archive), look->json, err);
	else if (rc == 0)
		say_proof(&proof, path, look->json);
	mg_buf_release(&archive);
	return rc;
}
