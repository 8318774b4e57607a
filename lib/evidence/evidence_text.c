/* SPDX-License-Identifier: MIT */
/*
 * The manifest of a bundle, the list of its hashes, and its page for people.
 */
#include "evidence_priv.h"

#include "mailguard/json.h"
#include "mailguard/tz.h"

static void add_key(struct mg_buf *out, const char *key)
{
	mg_buf_add_fmt(out, ",\n \"%s\":", key);
}

static void add_text(struct mg_buf *out, const char *key, struct mg_slice text)
{
	add_key(out, key);
	if (text.len)
		mg_json_add_string(out, text);
	else
		mg_buf_add_str(out, "null");
}

/* RFC 3339, UTC. */
static void add_time(struct mg_buf *out, const char *key, int64_t at)
{
	struct mg_civil c;

	mg_civil_of(at, 0, &c);
	add_key(out, key);
	mg_buf_add_fmt(out, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", c.year,
		       c.month, c.day, c.hour, c.minute, c.second);
}

static void add_hash(struct mg_buf *out,
		     const unsigned char sha256[MG_SHA256_LEN])
{
	char text[MG_SHA256_TEXT_MAX];

	mg_sha256_format(sha256, MG_SHA256_LEN, text);
	mg_buf_add_str(out, text);
}

static void add_previous(const struct mg_evidence_about *a, struct mg_buf *out)
{
	add_key(out, "previous");
	if (a->previous.len == 0) {
		mg_buf_add_str(out, "null");
		return;
	}
	mg_buf_add_str(out, "{\"name\":");
	mg_json_add_string(out, a->previous);
	mg_buf_add_str(out, ",\"sha256\":\"");
	add_hash(out, a->previous_sha256);
	mg_buf_add_str(out, "\"}");
}

static void add_files(const struct mg_evidence *e, struct mg_buf *out)
{
	add_key(out, "files");
	mg_buf_add_char(out, '[');
	for (size_t i = 0; i < e->n_files; i++) {
		const struct mg_evidence_file *f = &e->files[i];

		mg_buf_add_str(out, i ? ",\n  {\"name\":" : "\n  {\"name\":");
		mg_json_add_string(out, mg_slice_str(f->name));
		mg_buf_add_fmt(out, ",\"bytes\":%zu,\"sha256\":\"",
			       f->bytes.len);
		add_hash(out, f->sha256);
		mg_buf_add_str(out, "\",\"origin\":");
		mg_buf_add(out, f->origin.len ? f->origin : MG_LIT("null"));
		mg_buf_add_char(out, '}');
	}
	mg_buf_add_char(out, ']');
}

static void add_cuts(const struct mg_evidence *e, struct mg_buf *out)
{
	add_key(out, "cut");
	mg_buf_add_char(out, '[');
	for (size_t i = 0; i < e->n_cuts; i++) {
		mg_buf_add_str(out, i ? ",\n  " : "\n  ");
		mg_json_add_string(out, e->cuts[i]);
	}
	mg_buf_add_char(out, ']');
}

void mg_evidence_add_manifest(const struct mg_evidence *e, struct mg_buf *out)
{
	const struct mg_evidence_about *a = &e->about;

	mg_buf_add_str(out, "{\"schema\":\"" MG_EVIDENCE_SCHEMA "\"");
	add_text(out, "name", a->name);
	add_text(out, "per", a->per);
	add_text(out, "subject", a->subject);
	add_text(out, "action", a->action);
	add_text(out, "act", a->act);
	add_time(out, "since", a->since);
	add_time(out, "until", a->until);
	add_text(out, "by", a->by);
	add_text(out, "reason", a->reason);
	add_text(out, "binary", MG_LIT(MG_VERSION));
	add_text(out, "redacted", a->redacted);
	add_previous(a, out);
	add_files(e, out);
	add_cuts(e, out);
	mg_buf_add_str(out, "}\n");
}

void mg_evidence_add_sums(const struct mg_evidence *e, struct mg_buf *out)
{
	for (size_t i = 0; i < e->n_files; i++) {
		add_hash(out, e->files[i].sha256);
		mg_buf_add_fmt(out, "  %s\n", e->files[i].name);
	}
}

static void add_line(struct mg_buf *out, const char *what, struct mg_slice text)
{
	if (text.len == 0)
		return;
	mg_buf_add_fmt(out, "%-10s", what);
	mg_buf_add_printable(out, text);
	mg_buf_add_char(out, '\n');
}

static void add_instant(struct mg_buf *out, const char *what, int64_t at)
{
	mg_buf_add_fmt(out, "%-10s", what);
	mg_tz_add(out, at, NULL);
	mg_buf_add_char(out, '\n');
}

/* What each file is, in the order of their names. */
static const struct {
	const char *prefix, *text;
} meanings[] = {
	{ "account", "whose it is: account, owner, domains, as of the panel" },
	{ "counts", "what was counted of the subject, hour by hour" },
	{ "decision", "what was found and done, clause by clause" },
	{ "investigation", "how it was sent, and what to do next" },
	{ "log/", "the exact lines of the logs; .json says where they stand" },
	{ "messages/",
	  "those messages: envelopes and headers, bodies if asked for" },
	{ "queue",
	  "what the subject had in the mail queue when this was made" },
	{ "script/", "scripts of the account, copied under its own rights" },
	{ "web/",
	  "requests to the web server near mail of scripts; .json as in log/" },
};

static void add_contents(const struct mg_evidence *e, struct mg_buf *out)
{
	mg_buf_add_str(out, "\nWhat is in it:\n\n");
	for (size_t m = 0; m < sizeof(meanings) / sizeof(*meanings); m++)
		for (size_t i = 0; i < e->n_files; i++)
			if (mg_slice_has_prefix(mg_slice_str(e->files[i].name),
						mg_slice_str(
							meanings[m].prefix))) {
				mg_buf_add_fmt(out, "  %-15s %s\n",
					       meanings[m].prefix,
					       meanings[m].text);
				break;
			}
	if (e->n_cuts)
		mg_buf_add_str(out, "\nWhat is missing, or was cut:\n\n");
	for (size_t i = 0; i < e->n_cuts; i++) {
		mg_buf_add_str(out, "  ");
		mg_buf_add_printable(out, e->cuts[i]);
		mg_buf_add_char(out, '\n');
	}
}

void mg_evidence_add_readme(const struct mg_evidence *e, struct mg_buf *out)
{
	const struct mg_evidence_about *a = &e->about;

	mg_buf_add_str(out,
		       "Evidence, gathered by mailguard " MG_VERSION "\n\n");
	add_line(out, "bundle", a->name);
	add_line(out, a->per.ptr, a->subject);
	add_line(out, "action", a->action);
	add_line(out, "act", a->act);
	add_instant(out, "since", a->since);
	add_instant(out, "until", a->until);
	add_line(out, "asked by", a->by);
	add_line(out, "reason", a->reason);
	add_line(out, "redacted", a->redacted);
	add_contents(e, out);
	mg_buf_add_str(
		out,
		"\nmanifest.json has the SHA-256 of each file and where it came "
		"from.\nTo check the files: sha256sum -c SHA256SUMS\n"
		"To check the bundle, before it is opened, with the host's "
		"public key:\n  mailguard evidence verify FILE.tar.gz --pubkey "
		"KEY\n  minisign -V -p KEY -m FILE.tar.gz\n\n"
		"Lines of logs hold text that strangers chose. Nothing in here "
		"is a program.\nIt may hold personal data: keep it only as "
		"long as it is needed.\n");
}
