/* SPDX-License-Identifier: MIT */
#include "mailguard/shelf.h"

#include <stdio.h>

#include "mailguard/evidence.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/replace.h"

#define FOLDER "evidence"
#define NAMES_MAX ((size_t)64 << 20) /* bytes of the names of all bundles */
#define SECRET "evidence.key"
#define PUBLIC "evidence.pub"

static int join(const char *state, const char *more, const char *name,
		const char *end, char out[PATH_MAX], struct mg_err *err)
{
	const int n = snprintf(out, PATH_MAX, "%s/%s%s%s", state, more, name,
			       end);

	if (n < 0 || n >= PATH_MAX)
		return mg_fail(err, MG_ELIMIT, "the path of '%s' is too long",
			       name);
	return 0;
}

int mg_shelf_path(const char *state, const char *name, char out[PATH_MAX],
		  struct mg_err *err)
{
	return join(state, FOLDER "/", name, ".tar.gz", out, err);
}

int mg_shelf_read(const char *path, struct mg_buf *out, struct mg_err *err)
{
	struct mg_file_info info;
	char bytes[16384];
	int64_t n = 0;
	int fd = -1, rc = mg_file_open_log(path, &fd, &info, err);

	while (rc == 0 &&
	       (n = mg_file_read_some(fd, bytes, sizeof(bytes), err)) > 0) {
		mg_buf_add(out, mg_slice_of(bytes, (size_t)n));
		rc = mg_buf_check(out, path, err);
	}
	mg_file_close(&fd);
	return rc < 0 ? rc : (int)n;
}

/* --- keys --- */

/* Returns 0 or 1 where there is none, or a negative code. */
static int read_secret(const char *state, struct mg_seal_secret *out,
		       struct mg_err *err)
{
	struct mg_file_info info;
	char path[PATH_MAX];
	struct mg_buf text;
	int rc = join(state, "", SECRET, "", path, err);

	if (rc == 0 && mg_file_look(path, &info) == 1)
		return 1;
	if (rc == 0 && (!mg_file_is_ours(&info) || info.mode & 077))
		rc = mg_fail(err, MG_ECONF,
			     "others can read '%s': make it anew (mailguard "
			     "evidence keygen --force)",
			     path);
	if (rc < 0)
		return rc;
	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	rc = mg_shelf_read(path, &text, err);
	if (rc == 0)
		rc = mg_seal_parse_secret(mg_buf_slice(&text), out, err);
	if (rc == -MG_EPARSE)
		mg_err_prefix(err, "'%s'", path);
	mg_buf_release(&text);
	return rc;
}

static int write_key(const char *state, const char *name, struct mg_buf *text,
		     struct mg_err *err)
{
	char path[PATH_MAX];
	int rc = join(state, "", name, "", path, err);

	if (rc == 0)
		rc = mg_replace_file(path, 0600, -1, mg_buf_slice(text), err);
	mg_buf_release(text);
	mg_buf_init(text, MG_SEAL_FILE_MAX);
	return rc;
}

static int make_keys(const char *state, struct mg_seal_secret *secret,
		     struct mg_err *err)
{
	struct mg_seal_public public;
	struct mg_buf text;
	int rc = mg_seal_new(secret, err);

	if (rc < 0)
		return rc;
	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	mg_seal_add_secret(&text, secret);
	rc = write_key(state, SECRET, &text, err);
	mg_seal_public_of(secret, &public);
	mg_seal_add_public(&text, &public);
	if (rc == 0)
		rc = write_key(state, PUBLIC, &text, err);
	mg_buf_release(&text);
	return rc;
}

int mg_shelf_keygen(const char *state, bool force, struct mg_seal_public *out,
		    struct mg_err *err)
{
	struct mg_seal_secret secret;
	char path[PATH_MAX];
	int rc = join(state, "", SECRET, "", path, err);

	if (rc == 0 && !force && mg_file_exists(path))
		rc = mg_fail(err, MG_EUSAGE,
			     "there is a key: '%s'; --force makes another, and "
			     "what this one sealed needs its public key then",
			     path);
	if (rc < 0)
		return rc;
	rc = make_keys(state, &secret, err);
	mg_seal_public_of(&secret, out);
	mg_seal_wipe(&secret);
	return rc;
}

static int need_secret(const char *state, struct mg_seal_secret *out,
		       struct mg_err *err)
{
	const int rc = read_secret(state, out, err);

	return rc == 1 ? mg_fail(err, MG_ECONF,
				 "there is no key yet; mailguard evidence "
				 "keygen makes one")
		       : rc;
}

int mg_shelf_derive(const char *state, const char *purpose,
		    struct mg_slice name, unsigned char out[MG_SHA256_LEN],
		    struct mg_err *err)
{
	struct mg_seal_secret secret;
	struct mg_sha256 h;
	const int rc = need_secret(state, &secret, err);

	if (rc < 0)
		return rc;
	mg_sha256_init(&h);
	mg_sha256_add_text(&h, mg_slice_str(purpose));
	mg_sha256_add(&h, mg_slice_of((const char *)secret.key,
				      sizeof(secret.key)));
	mg_sha256_add_text(&h, name);
	mg_sha256_end(&h, out);
	mg_seal_wipe(&secret);
	return 0;
}

/* Of the secret one, so that the two cannot differ. */
int mg_shelf_public(const char *state, struct mg_seal_public *out,
		    struct mg_err *err)
{
	struct mg_seal_secret secret;
	const int rc = need_secret(state, &secret, err);

	if (rc < 0)
		return rc;
	mg_seal_public_of(&secret, out);
	mg_seal_wipe(&secret);
	return 0;
}

/* --- bundles --- */

static void hash(struct mg_slice bytes, unsigned char out[MG_SHA256_LEN])
{
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, bytes);
	mg_sha256_end(&h, out);
}

static int make_folder(const char *state, struct mg_err *err)
{
	char path[PATH_MAX];
	int fd = -1, rc = join(state, FOLDER, "", "", path, err);

	if (rc == 0)
		rc = mg_file_make_private_dir(path, &fd, err);
	mg_file_close(&fd);
	return rc;
}

static int write_signature(const char *path, const char *name,
			   const struct mg_seal_secret *secret,
			   struct mg_slice bytes, struct mg_err *err)
{
	char beside[PATH_MAX + sizeof(MG_SHELF_SIGNATURE)];
	struct mg_buf text;
	int rc;

	(void)snprintf(beside, sizeof(beside), "%s" MG_SHELF_SIGNATURE, path);
	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	mg_seal_sign(secret, bytes, mg_slice_str(name), &text);
	rc = mg_replace_file(beside, 0600, -1, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

int mg_shelf_put(const char *state, const char *name, struct mg_slice bytes,
		 unsigned char sha256[MG_SHA256_LEN], struct mg_err *err)
{
	struct mg_seal_secret secret;
	char path[PATH_MAX];
	int rc = make_folder(state, err);

	if (rc == 0)
		rc = mg_shelf_path(state, name, path, err);
	if (rc == 0)
		rc = read_secret(state, &secret, err);
	if (rc == 1)
		rc = make_keys(state, &secret, err);
	if (rc < 0)
		return rc;
	rc = write_signature(path, name, &secret, bytes, err);
	if (rc == 0)
		rc = mg_replace_file(path, 0600, -1, bytes, err);
	hash(bytes, sha256);
	mg_seal_wipe(&secret);
	return rc;
}

int mg_shelf_remove(const char *state, const char *name, struct mg_err *err)
{
	char beside[PATH_MAX + sizeof(MG_SHELF_SIGNATURE)], path[PATH_MAX];
	int rc = mg_shelf_path(state, name, path, err);

	if (rc < 0)
		return rc;
	(void)snprintf(beside, sizeof(beside), "%s" MG_SHELF_SIGNATURE, path);
	rc = mg_file_remove(path, err);
	return rc < 0 ? rc : mg_file_remove(beside, err);
}

/* --- what writers that were killed have left --- */

/* A signature is written before what it signs, and removed behind it. */
static bool is_left(struct mg_slice name, struct mg_slice before)
{
	static const struct mg_slice end = MG_LIT_INIT(MG_SHELF_SIGNATURE);
	struct mg_slice signed_name = name;

	if (mg_replace_is_temporary(name))
		return true;
	if (name.len < end.len ||
	    !mg_slice_is(mg_slice_from(name, name.len - end.len), end))
		return false;
	signed_name.len -= end.len;
	return !mg_slice_is(signed_name, before);
}

static int tidy(const struct mg_root *state, const char *folder,
		struct mg_err *err)
{
	struct mg_slice rest, name, before = MG_LIT("");
	struct mg_file_info info;
	struct mg_buf names;
	char path[PATH_MAX];
	int rc;

	mg_buf_init(&names, NAMES_MAX);
	rc = mg_root_list(state, folder, &names, &info, err);
	rest = mg_buf_slice(&names);
	while (rc == 0 && mg_slice_cut_at(&rest, '\0', &name)) {
		if (!is_left(name, before)) {
			/* "x.tar.gz.kept" stands between it and its own. */
			if (!before.len || !mg_slice_has_prefix(name, before))
				before = name;
			continue;
		}
		rc = join(state->path, folder, name.ptr, "", path, err);
		if (rc == 0)
			rc = mg_file_remove(path, err);
	}
	mg_buf_release(&names);
	return rc < 0 ? rc : 0;
}

int mg_shelf_tidy(const char *state, struct mg_err *err)
{
	struct mg_root root = { .fd = -1 };
	int rc = mg_root_open(&root, state, err);

	if (rc == 0)
		rc = tidy(&root, "/", err);
	if (rc == 0)
		rc = tidy(&root, "/" FOLDER "/", err);
	mg_root_close(&root);
	return rc;
}
