/* SPDX-License-Identifier: MIT */
#include "mailguard/health.h"

#include "mailguard/buf.h"
#include "mailguard/file.h"
#include "mailguard/limits.h"
#include "mailguard/num.h"
#include "mailguard/replace.h"

#define FILE_BYTES_MAX 4096

bool mg_health_is_good(int status)
{
	return status == MG_OK || status == MG_EFOUND;
}

static struct mg_health_source *find_source(struct mg_health *h,
					    struct mg_slice name)
{
	for (size_t i = 0; i < h->n_sources; i++)
		if (mg_slice_is(mg_slice_str(h->sources[i].name), name))
			return &h->sources[i];
	return NULL;
}

void mg_health_set_source(struct mg_health *h, struct mg_slice name,
			  int64_t good_at)
{
	struct mg_health_source *source = find_source(h, name);

	if (!source && h->n_sources < MG_HEALTH_SOURCES && name.len &&
	    name.len < sizeof(source->name)) {
		source = &h->sources[h->n_sources++];
		*source = (struct mg_health_source){ .good_at = 0 };
		memcpy(source->name, name.ptr, name.len);
	}
	if (source)
		source->good_at = good_at;
}

int64_t mg_health_source_at(const struct mg_health *h, struct mg_slice name)
{
	for (size_t i = 0; i < h->n_sources; i++)
		if (mg_slice_is(mg_slice_str(h->sources[i].name), name))
			return h->sources[i].good_at;
	return 0;
}

static bool parse_line(struct mg_slice line, struct mg_health *h)
{
	struct mg_slice key;
	uint64_t n;

	if (!mg_slice_cut_at(&line, '=', &key))
		return false;
	if (mg_slice_is(key, MG_LIT("why"))) {
		if (line.len >= sizeof(h->why))
			line.len = sizeof(h->why) - 1;
		memcpy(h->why, line.ptr, line.len);
		return true;
	}
	if (!mg_num_parse(line, INT64_MAX, &n))
		return false;
	if (mg_slice_is(key, MG_LIT("status")))
		h->status = n < 256 ? (int)n : 255;
	else if (mg_slice_is(key, MG_LIT("began")))
		h->began_at = (int64_t)n;
	else if (mg_slice_is(key, MG_LIT("ended")))
		h->ended_at = (int64_t)n;
	else if (mg_slice_is(key, MG_LIT("good")))
		h->good_at = (int64_t)n;
	else if (mg_slice_cut_lit(&key, MG_LIT("good.")))
		mg_health_set_source(h, key, (int64_t)n);
	return true;
}

/* Keys that a later version has are passed over. */
static int parse(struct mg_slice text, struct mg_health *h, struct mg_err *err)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line))
		if (!parse_line(line, h))
			return mg_fail(err, MG_EPARSE,
				       "the file '%s' is damaged; the next "
				       "sweep replaces it",
				       MG_HEALTH_NAME);
	return 0;
}

int mg_health_read(const char *dir, struct mg_health *out, struct mg_err *err)
{
	struct mg_root root;
	struct mg_buf text;
	int rc = mg_root_open(&root, dir, err);

	if (rc < 0)
		return rc;
	*out = (struct mg_health){ .status = 0 };
	mg_buf_init(&text, FILE_BYTES_MAX);
	rc = mg_root_read(&root, "/" MG_HEALTH_NAME, &text, err);
	if (rc == 0)
		rc = parse(mg_buf_slice(&text), out, err);
	mg_buf_release(&text);
	mg_root_close(&root);
	return rc;
}

/* What was good before, and this sweep does not change. */
static void merge(struct mg_health *h, const struct mg_health *before)
{
	const bool is_good = mg_health_is_good(h->status);

	h->good_at = is_good ? h->ended_at : before->good_at;
	for (size_t i = 0; i < h->n_sources; i++) {
		const struct mg_slice name = mg_slice_str(h->sources[i].name);

		h->sources[i].good_at = is_good ? h->ended_at
						: mg_health_source_at(before,
								      name);
	}
	for (size_t i = 0; i < before->n_sources; i++) {
		const struct mg_health_source *old = &before->sources[i];

		if (!find_source(h, mg_slice_str(old->name)))
			mg_health_set_source(h, mg_slice_str(old->name),
					     old->good_at);
	}
}

static void write_text(const struct mg_health *h, struct mg_buf *out)
{
	mg_buf_add_fmt(out, "began=%lld\nended=%lld\ngood=%lld\nstatus=%d\n",
		       (long long)h->began_at, (long long)h->ended_at,
		       (long long)h->good_at, h->status);
	for (size_t i = 0; i < h->n_sources; i++)
		mg_buf_add_fmt(out, "good.%s=%lld\n", h->sources[i].name,
			       (long long)h->sources[i].good_at);
	if (h->why[0]) {
		mg_buf_add_str(out, "why=");
		mg_buf_add_printable(out, mg_slice_str(h->why));
		mg_buf_add_char(out, '\n');
	}
}

static int write_file(const char *dir, struct mg_slice text, struct mg_err *err)
{
	struct mg_replace file;
	struct mg_buf path;
	int rc;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_add_fmt(&path, "%s/" MG_HEALTH_NAME, dir);
	rc = mg_replace_begin(&file, path.ptr, 0600, err);
	/* The next sweep, minutes later, says it again. */
	file.is_lasting = false;
	if (rc == 0)
		rc = mg_file_write_all(file.fd, text, err);
	if (rc == 0)
		rc = mg_replace_commit(&file, err);
	mg_replace_release(&file);
	mg_buf_release(&path);
	return rc;
}

int mg_health_write(const char *dir, const struct mg_health *health,
		    struct mg_err *err)
{
	struct mg_health h = *health, before;
	struct mg_buf text;
	int rc;

	/* Of a damaged one nothing is known to have been good. */
	if (mg_health_read(dir, &before, NULL) != 0)
		before = (struct mg_health){ .status = 0 };
	merge(&h, &before);
	mg_buf_init(&text, FILE_BYTES_MAX);
	write_text(&h, &text);
	rc = mg_buf_check(&text, MG_HEALTH_NAME, err);
	if (rc == 0)
		rc = write_file(dir, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}
