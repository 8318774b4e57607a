/* SPDX-License-Identifier: MIT */
#include "backend_dovecot.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/expiring.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/replace.h"
#include "mailguard/sha256.h"
#include "mailguard/vec.h"

#define KEY_MAX 320  /* bytes: a name, what it is, and an address */
#define TEXT_MAX 250 /* bytes */
#define GROUP_MAX (1024 * 1024)
#define FOREVER 32503680000 /* the year 3000 */

/* A row of its own, which says what the others were when they were written. */
#define SEAL "mailguard"

/* Rows that are to be in the map, by key. */
struct rows {
	struct mg_expiring_row *items; /* owned */
	size_t n, cap;
	struct mg_arena text;
	char seal[MG_SHA256_TEXT_MAX];
};

static void rows_release(struct rows *r)
{
	mg_mem_free(r->items);
	mg_arena_release(&r->text);
}

static void add(struct rows *r, struct mg_slice key, int64_t until,
		struct mg_slice text)
{
	r->items = mg_vec_room(r->items, r->n, &r->cap, sizeof(*r->items));
	r->items[r->n++] = (struct mg_expiring_row){
		mg_arena_copy(&r->text, key),
		until,
		mg_arena_copy(&r->text, text),
	};
}

static void add_entry(struct rows *r, const struct mg_force_entry *e,
		      const struct mg_tz *tz)
{
	struct mg_buf key, text;

	mg_buf_init(&key, KEY_MAX);
	mg_buf_init(&text, TEXT_MAX);
	if (mg_rules_dovecot_add_key(&key, e)) {
		mg_rules_dovecot_add_text(&text, e, tz);
		add(r, mg_buf_slice(&key), e->until, mg_buf_slice(&text));
	}
	mg_buf_release(&key);
	mg_buf_release(&text);
}

static int by_key(const void *a, const void *b)
{
	const struct mg_expiring_row *x = a, *y = b;

	return mg_slice_cmp(x->key, y->key);
}

static void hash_row(struct mg_sha256 *h, const struct mg_expiring_row *row)
{
	mg_sha256_add_text(h, row->key);
	mg_sha256_add_number(h, row->until);
	mg_sha256_add_text(h, row->text);
}

static void end_hash(struct mg_sha256 *h, char out[MG_SHA256_TEXT_MAX])
{
	unsigned char digest[MG_SHA256_LEN];

	mg_sha256_end(h, digest);
	mg_sha256_format(digest, sizeof(digest), out);
}

static void collect(const struct mg_backend_host *h, struct rows *r)
{
	const struct mg_force *f = h->force;
	struct mg_sha256 hash;

	*r = (struct rows){ .items = NULL };
	add(r, MG_LIT(MG_RULES_DOVECOT_PROBE_KEY), FOREVER,
	    MG_LIT("mailguard: nobody is here"));
	for (size_t i = 0; i < f->n_entries; i++)
		if (f->entries[i].key & mg_backend_dovecot.keys)
			add_entry(r, &f->entries[i], h->tz);
	qsort(r->items, r->n, sizeof(*r->items), by_key);
	mg_sha256_init(&hash);
	for (size_t i = 0; i < r->n; i++)
		hash_row(&hash, &r->items[i]);
	end_hash(&hash, r->seal);
}

/* --- what is there --- */

struct reading {
	struct mg_sha256 hash;
	char seal[MG_SHA256_TEXT_MAX]; /* that it says */
	const struct rows *rows;       /* to compare with, or NULL */
	size_t at;
	int64_t now;
	struct mg_buf *out;
	bool differs;
};

static void tell(struct reading *r, char sign,
		 const struct mg_expiring_row *row)
{
	mg_buf_add_fmt(r->out, "%c ", sign);
	mg_buf_add_printable(r->out, row->key);
	mg_buf_add_fmt(r->out, " until %lld: ", (long long)row->until);
	mg_buf_add_printable(r->out, row->text);
	mg_buf_add_char(r->out, '\n');
	r->differs = true;
}

static void tell_missing(struct reading *r, const struct mg_slice *before)
{
	for (; r->at < r->rows->n; r->at++) {
		const struct mg_expiring_row *row = &r->rows->items[r->at];

		if (before && mg_slice_cmp(row->key, *before) >= 0)
			break;
		tell(r, '+', row);
	}
}

static bool is_same(const struct mg_expiring_row *a,
		    const struct mg_expiring_row *b)
{
	return a->until == b->until && mg_slice_is(a->text, b->text);
}

static void compare(struct reading *r, const struct mg_expiring_row *row)
{
	const struct mg_expiring_row *mine;

	tell_missing(r, &row->key);
	mine = r->at < r->rows->n ? &r->rows->items[r->at] : NULL;
	if (mine && mg_slice_is(mine->key, row->key)) {
		if (!is_same(mine, row)) {
			tell(r, '-', row);
			tell(r, '+', mine);
		}
		r->at++;
	} else if (row->until > r->now) {
		tell(r, '-', row);
	}
}

static int take_row(void *arg, const struct mg_expiring_row *row)
{
	struct reading *r = arg;

	if (mg_slice_is(row->key, MG_LIT(SEAL))) {
		if (row->text.len < sizeof(r->seal))
			memcpy(r->seal, row->text.ptr, row->text.len);
		return 0;
	}
	hash_row(&r->hash, row);
	if (r->rows)
		compare(r, row);
	return 0;
}

/* Whether there is a map, and it is as it was written. Returns 0, 1 where there
   is none, -MG_ECONF, -MG_EIO. */
static int read_map(const struct mg_backend_dovecot_job *d, struct reading *r,
		    struct mg_err *err)
{
	char seal[MG_SHA256_TEXT_MAX];
	struct mg_file_info info;
	int rc;

	mg_sha256_init(&r->hash);
	if (mg_file_look(d->map_path, &info) == 1 || info.size_bytes == 0)
		return 1;
	rc = mg_expiring_each(d->map_path, take_row, r, err);
	/* What a killed writer began was taken back now, perhaps to nothing. */
	if (rc < 0)
		return mg_file_look(d->map_path, &info) == 0 &&
				       info.size_bytes == 0
			       ? 1
			       : rc;
	end_hash(&r->hash, seal);
	if (!memcmp(seal, r->seal, sizeof(seal)))
		return 0;
	return mg_fail(err, MG_ECONF,
		       "'%s' was changed by somebody else: see mailguard rules "
		       "diff dovecot, and give apply --force",
		       d->map_path);
}

/* --- what is to be there --- */

/* The group of Dovecot's processes that are not root's, or -1. */
static int64_t find_group(const struct mg_root *root)
{
	struct mg_slice rest, line, word;
	int64_t gid = -1;
	struct mg_buf text;
	uint64_t n;

	mg_buf_init(&text, GROUP_MAX);
	if (mg_root_read(root, "/etc/group", &text, NULL) == 0)
		for (rest = mg_buf_slice(&text);
		     mg_slice_cut_line(&rest, &line);)
			if (mg_slice_cut_lit(&line, MG_LIT("dovecot:")) &&
			    mg_slice_cut_at(&line, ':', &word) &&
			    mg_slice_cut_at(&line, ':', &word) &&
			    mg_num_parse(word, UINT32_MAX, &n))
				gid = (int64_t)n;
	mg_buf_release(&text);
	return gid;
}

/* One that is empty may be open in Dovecot, and stays the file that it is. */
static int make_map(const struct mg_backend_dovecot_job *d, struct mg_err *err)
{
	char dir[PATH_MAX];
	int rc;

	if (mg_file_exists(d->map_path))
		return 0;
	memcpy(dir, d->map_path, sizeof(dir));
	*strrchr(dir, '/') = '\0';
	rc = mg_file_make_dir(dir, 0755, err);
	if (rc == 0)
		rc = mg_replace_file(d->map_path, 0640,
				     find_group(d->host->root), MG_LIT(""),
				     err);
	return rc;
}

int mg_backend_dovecot_put(const struct mg_backend_dovecot_job *d,
			   struct mg_err *err)
{
	struct reading r = { .rows = NULL };
	struct rows rows;
	int rc = read_map(d, &r, err);

	if (rc == -MG_EIO && d->host->is_forced)
		rc = mg_file_remove(d->map_path, err) < 0 ? -MG_EIO : 1;
	else if (rc == -MG_ECONF && d->host->is_forced)
		rc = 0;
	if (rc == 1)
		rc = make_map(d, err);
	/* Without a seal nobody got further than here. */
	if (rc == 0 && !r.seal[0])
		rc = mg_backend_dovecot_reopen(d, err);
	if (rc < 0)
		return rc;
	collect(d->host, &rows);
	if (memcmp(r.seal, rows.seal, sizeof(r.seal)) || d->host->is_forced) {
		add(&rows, MG_LIT(SEAL), FOREVER, mg_slice_str(rows.seal));
		rc = mg_expiring_put(d->map_path, rows.items, rows.n, err);
	}
	rows_release(&rows);
	return rc;
}

int mg_backend_dovecot_diff_map(const struct mg_backend_dovecot_job *d,
				struct mg_buf *out, struct mg_err *err)
{
	struct rows rows;
	struct reading r = { .rows = &rows, .now = d->host->now, .out = out };
	int rc;

	collect(d->host, &rows);
	rc = read_map(d, &r, err);
	if (rc == -MG_ECONF) {
		mg_buf_add_fmt(out, "%s\n", err->text);
		r.differs = true;
	}
	tell_missing(&r, NULL);
	rows_release(&rows);
	return rc == -MG_EIO ? rc : r.differs;
}

void mg_backend_dovecot_show_map(const struct mg_backend_dovecot_job *d,
				 struct mg_buf *out)
{
	struct rows rows;

	collect(d->host, &rows);
	for (size_t i = 0; i < rows.n; i++)
		mg_buf_add_fmt(out, "%.*s until %lld: %.*s\n",
			       MG_SLICE_ARG(rows.items[i].key),
			       (long long)rows.items[i].until,
			       MG_SLICE_ARG(rows.items[i].text));
	rows_release(&rows);
}
