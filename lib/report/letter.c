/* SPDX-License-Identifier: MIT */
#include "mailguard/letter.h"

#include "mailguard/duration.h"
#include "mailguard/template.h"
#include "mailguard/term.h"

#define TEMPLATE_MAX (64U << 10) /* bytes of a file */
#define LETTER_MAX (256U << 10)
#define TEXT_MAX (64U << 10) /* of all values, of which some are escaped */
#define LANGUAGE_MAX 35      /* bytes, RFC 5646 section 4.4.1 */
#define PATH_BYTES_MAX 4096
#define COLUMNS 76

bool mg_letter_language_is_valid(struct mg_slice language)
{
	if (language.len == 0 || language.len > LANGUAGE_MAX)
		return false;
	for (size_t i = 0; i < language.len; i++) {
		const char c = language.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

/* --- the template --- */

/* The host's own one, else ours. */
static int read_template(const struct mg_letter_opts *o, struct mg_slice action,
			 struct mg_buf *file, struct mg_slice *out,
			 struct mg_err *err)
{
	struct mg_buf path;
	int rc;

	if (o->templates.len == 0) {
		*out = mg_letter_english(action);
		return 0;
	}
	mg_buf_init(&path, PATH_BYTES_MAX);
	mg_buf_add(&path, o->templates);
	mg_buf_add_fmt(&path, "/%.*s/%.*s.txt", MG_SLICE_ARG(o->language),
		       MG_SLICE_ARG(action));
	rc = mg_buf_check(&path, "the path of a template", err);
	if (rc == 0)
		rc = mg_root_read_trusted(o->root, path.ptr, file, err);
	mg_buf_release(&path);
	*out = rc == 0 ? mg_buf_slice(file) : mg_letter_english(action);
	return rc < 0 ? rc : 0;
}

/* Takes "Subject: ..." and the empty line off. */
static int cut_subject(struct mg_slice *text, struct mg_slice *out,
		       struct mg_err *err)
{
	struct mg_slice empty = { NULL, 0 };

	if (mg_slice_cut_line(text, out) &&
	    mg_slice_cut_lit(out, MG_LIT("Subject: ")) && out->len &&
	    mg_slice_cut_line(text, &empty) && empty.len == 0)
		return 0;
	return mg_fail(err, MG_ECONF,
		       "a template begins with 'Subject: ...' and an empty "
		       "line");
}

/* --- its values --- */

/* What a letter says, of either kind of row. */
struct facts {
	struct mg_slice id, action, per, subject, domain, account, owner;
	struct mg_slice reason;
	int64_t n, limit, window_s, since, until;
};

/* What a person warns of need not be a limit. */
static struct mg_slice action_of(const struct mg_act *a)
{
	return a->verb == MG_ACT_WARN && !mg_slice_is(a->by, MG_LIT("policy"))
		       ? MG_LIT("warning")
		       : mg_slice_str(mg_act_words[a->verb]);
}

static struct facts facts_of(const struct mg_ledger_row *row)
{
	const struct mg_finding *f = &row->finding;
	const struct mg_act *a = &row->act;

	if (row->kind == MG_LEDGER_INTENT)
		return (struct facts){ mg_slice_str(a->id),
				       action_of(a),
				       a->per,
				       a->subject,
				       a->domain,
				       a->account,
				       a->owner,
				       mg_slice_is(a->by, MG_LIT("policy"))
					       ? MG_LIT("")
					       : a->reason,
				       a->n,
				       a->limit,
				       a->window_s,
				       a->since,
				       a->until };
	return (struct facts){ .id = mg_slice_str(f->id),
			       .action = MG_LIT("warn"),
			       .per = f->per,
			       .subject = f->subject,
			       .domain = f->domain,
			       .account = f->account,
			       .owner = f->owner,
			       .n = f->n,
			       .limit = f->limit,
			       .window_s = f->until - f->from,
			       .since = f->from,
			       .until = f->until };
}

/* Values that had to be made, one behind the other. */
struct values {
	struct mg_template_value items[20];
	size_t n;
	struct mg_buf text;
	size_t from; /* where the one begins that is being made */
};

static void take(struct values *v, const char *name)
{
	struct mg_slice made = mg_buf_slice(&v->text);

	v->items[v->n++] = (struct mg_template_value){
		mg_slice_str(name), mg_slice_from(made, v->from)
	};
	v->from = v->text.len;
}

static void take_text(struct values *v, const char *name, struct mg_slice text)
{
	mg_buf_add_printable(&v->text, text);
	take(v, name);
}

static void take_number(struct values *v, const char *name, int64_t n,
			bool is_there)
{
	if (is_there)
		mg_buf_add_fmt(&v->text, "%lld", (long long)n);
	take(v, name);
}

static void take_time(struct values *v, const char *name, int64_t t,
		      const struct mg_tz *tz)
{
	if (t > 0 && t < MG_ACT_NO_END)
		mg_tz_add(&v->text, t, tz);
	take(v, name);
}

static void gather(const struct mg_letter_opts *o,
		   const struct mg_ledger_row *row, const struct facts *f,
		   struct values *v)
{
	const struct mg_ledger_clause *c = &row->clause;

	take_text(v, "id",
		  f->id); /* the first: the subject line has no other */
	mg_buf_add_printable(&v->text, mg_slice_is(f->per, MG_LIT("ip"))
					       ? MG_LIT("address")
					       : f->per);
	mg_buf_add_char(&v->text, ' ');
	mg_buf_add_printable(&v->text, f->subject);
	take(v, "subject");
	take_text(v, "account", f->account);
	take_text(v, "owner", f->owner);
	take_text(v, "domain", f->domain);
	take_number(v, "n", f->n, f->limit > 0);
	take_number(v, "limit", f->limit, f->limit > 0);
	if (f->window_s)
		mg_duration_add(&v->text, f->window_s);
	take(v, "window");
	take_text(v, "clause", c->id);
	take_text(v, "text", c->text);
	take_text(v, "policy", c->policy);
	take_text(v, "version", c->version);
	take_time(v, "since", f->since, o->tz);
	take_time(v, "until", f->until, o->tz);
	take_text(v, "reason", f->reason);
	take_text(v, "contact", o->contact);
	take_text(v, "mechanism", o->mechanism);
}

/* Where what stands behind a name begins: "Since:       2026"; else 0. */
static unsigned indent_of(struct mg_slice line)
{
	size_t at = mg_slice_search(line, MG_LIT("  "));

	while (at < line.len && line.ptr[at] == ' ')
		at++;
	return at < MG_TERM_WIDTH_MIN && at < line.len ? (unsigned)at : 0;
}

/* As wide as a letter is. */
static void add_wrapped(struct mg_slice text, struct mg_buf *out)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line)) {
		mg_term_wrap(line, COLUMNS, indent_of(line), out);
		if (line.len == 0)
			mg_buf_add_char(out, '\n');
	}
}

static int expand(struct mg_slice text, const struct values *v,
		  struct mg_buf *subject, struct mg_buf *body,
		  struct mg_err *err)
{
	struct mg_slice line = { NULL, 0 };
	struct mg_buf wide;
	int rc = cut_subject(&text, &line, err);

	mg_buf_init(&wide, LETTER_MAX);
	if (rc == 0)
		rc = mg_template_expand(line, v->items, 1, subject, err);
	if (rc == 0)
		rc = mg_template_expand(text, v->items, v->n, &wide, err);
	if (rc == 0)
		rc = mg_buf_check(&wide, "a letter", err);
	add_wrapped(mg_buf_slice(&wide), body);
	mg_buf_release(&wide);
	return rc;
}

int mg_letter_write(const struct mg_letter_opts *opts,
		    const struct mg_ledger_row *row, struct mg_buf *subject,
		    struct mg_buf *body, struct mg_err *err)
{
	const struct facts f = facts_of(row);
	struct values v = { .n = 0 };
	struct mg_slice text;
	struct mg_buf file;
	int rc;

	mg_buf_init(&file, TEMPLATE_MAX);
	rc = read_template(opts, f.action, &file, &text, err);
	if (rc == 0 && text.len == 0)
		rc = 1;
	/* Its slices stand still: the memory is all there from the start. */
	mg_buf_init(&v.text, TEXT_MAX);
	mg_buf_add_fill(&v.text, ' ', TEXT_MAX);
	mg_buf_clear(&v.text);
	if (rc == 0) {
		gather(opts, row, &f, &v);
		rc = mg_buf_check(&v.text, "what a letter says", err);
	}
	if (rc == 0)
		rc = expand(text, &v, subject, body, err);
	if (rc < 0)
		mg_err_prefix(err, "the letter '%.*s'", MG_SLICE_ARG(f.action));
	if (rc == 0)
		rc = mg_buf_check(body, "a letter", err);
	mg_buf_release(&v.text);
	mg_buf_release(&file);
	return rc;
}

/* --- how it was sent --- */

struct lookup {
	struct mg_slice act;
	struct mg_arena *arena;
	struct mg_letter_opts *opts;
	bool is_there;
};

static int take_mechanism(void *arg, const struct mg_applied *row)
{
	struct lookup *l = arg;

	if (!mg_slice_is(row->key, l->act))
		return 0;
	l->opts->mechanism = mg_arena_copy(l->arena, row->value);
	l->is_there = true;
	return 0;
}

int mg_letter_find_mechanism(struct mg_store *s, const char *act,
			     struct mg_arena *arena,
			     struct mg_letter_opts *opts, struct mg_err *err)
{
	struct lookup l = { mg_slice_str(act), arena, opts, false };
	const int rc = mg_applied_each(s, MG_LETTER_MECHANISM, take_mechanism,
				       &l, err);

	return rc < 0 ? rc : l.is_there;
}

/* --- printed --- */

struct printing {
	struct mg_store *store;
	struct mg_letter_opts opts;
	const struct mg_findings_opts *of;
	int64_t finding, act; /* the last rows of each; 0 for none */
	struct mg_arena arena;
	struct mg_err *err;
};

static bool is_asked(const struct mg_findings_opts *of,
		     const struct mg_ledger_row *row)
{
	if (row->kind == MG_LEDGER_INTENT)
		return row->act.verb != MG_ACT_EXEMPT &&
		       !mg_act_is_step(&row->act) &&
		       mg_findings_match_act(of, &row->act);
	return row->kind == MG_LEDGER_FINDING &&
	       row->finding.state != MG_FINDING_WITHDRAWN &&
	       mg_findings_match(of, row);
}

static int note_last(void *arg, const struct mg_ledger_row *row)
{
	struct printing *p = arg;

	if (is_asked(p->of, row))
		*(row->kind == MG_LEDGER_INTENT ? &p->act
						: &p->finding) = row->seq;
	return 0;
}

/* The first row that it gets. */
static int print_one(void *arg, const struct mg_ledger_row *row)
{
	struct printing *p = arg;
	struct mg_buf subject, body;
	int rc = 0;

	mg_buf_init(&subject, LETTER_MAX);
	mg_buf_init(&body, LETTER_MAX);
	mg_buf_add_str(&subject, "Subject: ");
	if (row->kind == MG_LEDGER_INTENT)
		rc = mg_letter_find_mechanism(p->store, row->act.id, &p->arena,
					      &p->opts, p->err);
	if (rc >= 0)
		rc = mg_letter_write(&p->opts, row, &subject, &body, p->err);
	mg_buf_add_str(&subject, "\n\n");
	if (rc == 0)
		rc = mg_file_write_all(p->of->fd, mg_buf_slice(&subject),
				       p->err);
	if (rc == 0)
		rc = mg_file_write_all(p->of->fd, mg_buf_slice(&body), p->err);
	mg_buf_release(&subject);
	mg_buf_release(&body);
	return rc < 0 ? rc : 1;
}

int mg_letter_print(struct mg_store *s, const struct mg_letter_opts *opts,
		    const struct mg_findings_opts *of, uint64_t *n_rows,
		    struct mg_err *err)
{
	struct printing p = { .store = s, .opts = *opts, .of = of, .err = err };
	int rc = mg_ledger_each(s, note_last, &p, err);
	const int64_t seq = p.act ? p.act : p.finding;

	*n_rows = seq != 0;
	if (rc == 0 && seq)
		rc = mg_ledger_each_after(s, seq - 1, print_one, &p, err);
	mg_arena_release(&p.arena);
	return rc < 0 ? rc : 0;
}
