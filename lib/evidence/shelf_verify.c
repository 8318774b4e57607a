/* SPDX-License-Identifier: MIT */
/*
 * Whether a bundle is what was sealed. Nothing of it is read before its
 * signature was found right: it may come from anywhere.
 */
#include <stdio.h>
#include <string.h>

#include "mailguard/evidence.h"
#include "mailguard/shelf.h"
#include "mailguard/tar.h"

static const char sums_name[] = "SHA256SUMS";

struct check {
	struct mg_buf sums;
	size_t n_files, n_right;
};

/* The name of a file without the folder that all lie in; NULL for others. */
static const char *inner_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash && slash != name && slash[1] && slash[1] != '/' &&
			       !strstr(name, "..")
		       ? slash + 1
		       : NULL;
}

static int take_sums(void *arg, const char *name, struct mg_slice bytes)
{
	struct check *c = arg;
	const char *inner = inner_name(name);

	if (!inner)
		return 1;
	c->n_files++;
	if (!strcmp(inner, sums_name))
		mg_buf_add(&c->sums, bytes);
	return 0;
}

static int compare(void *arg, const char *name, struct mg_slice bytes)
{
	struct check *c = arg;
	const char *inner = inner_name(name);
	unsigned char digest[MG_SHA256_LEN];
	char line[MG_SHA256_TEXT_MAX + 2 * MG_EVIDENCE_NAME_MAX];
	struct mg_slice rest = mg_buf_slice(&c->sums), found;
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, bytes);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, MG_SHA256_LEN, line);
	(void)snprintf(line + 2 * MG_SHA256_LEN,
		       sizeof(line) - 2 * MG_SHA256_LEN, "  %s", inner);
	while (mg_slice_cut_line(&rest, &found))
		if (mg_slice_is(found, mg_slice_str(line))) {
			c->n_right++;
			break;
		}
	return 0;
}

static int check_files(struct mg_slice archive, size_t *n, struct mg_err *err)
{
	struct check c = { .n_files = 0 };
	int rc;

	mg_buf_init(&c.sums, MG_EVIDENCE_FILE_MAX);
	rc = mg_tar_each(archive, MG_EVIDENCE_FILE_MAX, take_sums, &c, err);
	if (rc == 0)
		rc = mg_tar_each(archive, MG_EVIDENCE_FILE_MAX, compare, &c,
				 err);
	/* All but the list itself are in it. */
	if (rc == 1 || (rc == 0 && c.n_right + 1 != c.n_files))
		rc = mg_fail(err, MG_EFOUND,
			     "its files are not those of its "
			     "list");
	mg_buf_release(&c.sums);
	*n = c.n_files;
	return rc;
}

static int check_signature(const char *path, const struct mg_seal_public *key,
			   struct mg_slice bytes, struct mg_err *err)
{
	char beside[PATH_MAX + sizeof(MG_SHELF_SIGNATURE)];
	struct mg_slice comment;
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	(void)snprintf(beside, sizeof(beside), "%s" MG_SHELF_SIGNATURE, path);
	rc = mg_shelf_read(beside, &text, err);
	if (rc == 0)
		rc = mg_seal_verify(key, bytes, mg_buf_slice(&text), &comment,
				    err);
	mg_buf_release(&text);
	return rc;
}

int mg_shelf_verify(const char *path, const struct mg_seal_public *key,
		    struct mg_buf *archive, struct mg_shelf_proof *out,
		    struct mg_err *err)
{
	struct mg_sha256 h;
	int rc;

	*out = (struct mg_shelf_proof){ .n_files = 0 };
	if (strlen(path) >= PATH_MAX)
		return mg_fail(err, MG_EUSAGE, "the path is too long");
	rc = mg_shelf_read(path, archive, err);
	if (rc < 0)
		return rc;
	rc = check_signature(path, key, mg_buf_slice(archive), err);
	if (rc == 0)
		rc = check_files(mg_buf_slice(archive), &out->n_files, err);
	if (rc == -MG_EFOUND)
		mg_err_prefix(err, "'%s'", path);
	mg_sha256_init(&h);
	mg_sha256_add(&h, mg_buf_slice(archive));
	mg_sha256_end(&h, out->sha256);
	out->n_bytes = archive->len;
	mg_seal_id(key->number, out->key);
	return rc;
}
