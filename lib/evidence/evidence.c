/* SPDX-License-Identifier: MIT */
#include "evidence_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/tar.h"
#include "mailguard/tz.h"
#include "mailguard/vec.h"

#define CUT_MAX 512    /* bytes of a note */
#define SUBJECT_MAX 80 /* bytes of a subject in a name */
#define ACT_DIGITS 8   /* of an id in a name */

/* Of letters, digits and these a name is made; none begins with the first. */
static const char name_marks[] = "-._@+";

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr(name_marks, c));
}

static void add_name(struct mg_buf *b, struct mg_slice text, size_t max)
{
	for (size_t i = 0; i < text.len && i < max; i++)
		mg_buf_add_char(b,
				is_name_char(text.ptr[i]) ? text.ptr[i] : '_');
}

void mg_evidence_name(int64_t at, struct mg_slice subject,
		      struct mg_slice action, struct mg_slice act,
		      char out[MG_EVIDENCE_NAME_MAX])
{
	struct mg_civil c;
	struct mg_buf b;

	mg_civil_of(at, 0, &c);
	mg_buf_init(&b, MG_EVIDENCE_NAME_MAX - 1);
	mg_buf_add_fmt(&b, "%04d%02d%02dT%02d%02d%02dZ-", c.year, c.month,
		       c.day, c.hour, c.minute, c.second);
	add_name(&b, subject, SUBJECT_MAX);
	mg_buf_add_char(&b, '-');
	add_name(&b, action, 16);
	if (act.len) {
		mg_buf_add_char(&b, '-');
		add_name(&b, act, ACT_DIGITS);
	}
	memcpy(out, b.ptr, b.len + 1);
	mg_buf_release(&b);
}

bool mg_evidence_name_is_valid(struct mg_slice name)
{
	if (name.len == 0 || name.len >= MG_EVIDENCE_NAME_MAX ||
	    name.ptr[0] < '0' || name.ptr[0] > '9')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_char(name.ptr[i]))
			return false;
	return true;
}

void mg_evidence_init(struct mg_evidence *e,
		      const struct mg_evidence_about *about)
{
	*e = (struct mg_evidence){ .about = *about };
}

void mg_evidence_release(struct mg_evidence *e)
{
	mg_mem_free(e->files);
	mg_mem_free(e->cuts);
	mg_arena_release(&e->arena);
	*e = (struct mg_evidence){ .n_files = 0 };
}

static void hash(struct mg_slice bytes, unsigned char out[MG_SHA256_LEN])
{
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, bytes);
	mg_sha256_end(&h, out);
}

static void add(struct mg_evidence *e, const char *name, struct mg_slice bytes,
		struct mg_slice origin)
{
	struct mg_evidence_file *f;

	e->n_bytes += bytes.len;
	e->files = mg_vec_room(e->files, e->n_files, &e->cap_files,
			       sizeof(*e->files));
	f = &e->files[e->n_files++];
	f->name = mg_arena_copy_text(&e->arena, mg_slice_str(name));
	f->bytes = mg_arena_copy(&e->arena, bytes);
	f->origin = mg_arena_copy(&e->arena, origin);
	hash(bytes, f->sha256);
}

/* What tells of the files has its own half: it is never what is left out. */
void mg_evidence_add(struct mg_evidence *e, const char *name,
		     struct mg_slice bytes, struct mg_slice origin)
{
	if (bytes.len > MG_EVIDENCE_FILE_MAX ||
	    e->n_bytes + bytes.len > MG_EVIDENCE_BYTES_MAX / 2)
		mg_evidence_cut(e,
				"%s: its %zu bytes are more than a bundle "
				"may hold",
				name, bytes.len);
	else
		add(e, name, bytes, origin);
}

void mg_evidence_cut(struct mg_evidence *e, const char *fmt, ...)
{
	char text[CUT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	e->cuts = mg_vec_room(e->cuts, e->n_cuts, &e->cap_cuts,
			      sizeof(*e->cuts));
	e->cuts[e->n_cuts++] = mg_arena_copy(&e->arena, mg_slice_str(text));
}

/* By the bytes of their names; there are some dozens. */
static void sort_files(struct mg_evidence *e)
{
	for (size_t i = 1; i < e->n_files; i++)
		for (size_t k = i;
		     k && strcmp(e->files[k - 1].name, e->files[k].name) > 0;
		     k--) {
			const struct mg_evidence_file f = e->files[k];

			e->files[k] = e->files[k - 1];
			e->files[k - 1] = f;
		}
}

/* What tells of the others: in this order, each of those before. */
static const struct {
	const char *name;
	void (*add)(const struct mg_evidence *e, struct mg_buf *out);
} own[] = {
	{ "README.txt", mg_evidence_add_readme },
	{ "manifest.json", mg_evidence_add_manifest },
	{ "SHA256SUMS", mg_evidence_add_sums },
};

static bool is_own(const char *name)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!strcmp(name, own[i].name))
			return true;
	return false;
}

static int add_own(struct mg_evidence *e, struct mg_err *err)
{
	struct mg_buf text;
	int rc = 0;

	mg_buf_init(&text, MG_EVIDENCE_FILE_MAX);
	for (size_t i = 0; rc == 0 && i < sizeof(own) / sizeof(*own); i++) {
		sort_files(e);
		mg_buf_clear(&text);
		own[i].add(e, &text);
		rc = mg_buf_check(&text, own[i].name, err);
		if (rc == 0)
			add(e, own[i].name, mg_buf_slice(&text), MG_LIT(""));
	}
	mg_buf_release(&text);
	sort_files(e);
	return rc;
}

/* They tell of what is written now, and would tell of themselves. */
static void drop_own(struct mg_evidence *e, size_t n_bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n_files; i++)
		if (!is_own(e->files[i].name))
			e->files[n++] = e->files[i];
	e->n_files = n;
	e->n_bytes = n_bytes;
}

static int add_to_tar(const struct mg_evidence *e, struct mg_tar *tar,
		      struct mg_err *err)
{
	char name[2 * MG_EVIDENCE_NAME_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < e->n_files; i++) {
		const int n = snprintf(name, sizeof(name), "%.*s/%s",
				       MG_SLICE_ARG(e->about.name),
				       e->files[i].name);

		if (n < 0 || (size_t)n >= sizeof(name))
			return mg_fail(err, MG_ELIMIT,
				       "the name '%s' is too long",
				       e->files[i].name);
		rc = mg_tar_add(tar, name, e->files[i].bytes, err);
	}
	return rc;
}

int mg_evidence_write(struct mg_evidence *e, int fd, struct mg_err *err)
{
	const size_t n_bytes = e->n_bytes;
	struct mg_tar *tar = NULL;
	int rc = add_own(e, err), ended;

	if (rc == 0)
		rc = mg_tar_begin(&tar, fd, e->about.until, err);
	if (rc == 0)
		rc = add_to_tar(e, tar, err);
	ended = mg_tar_end(tar, rc == 0 ? err : NULL);
	drop_own(e, n_bytes);
	return rc < 0 ? rc : ended;
}
