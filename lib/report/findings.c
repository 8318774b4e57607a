/* SPDX-License-Identifier: MIT */
#include "findings_priv.h"

#include "mailguard/address.h"
#include "mailguard/num.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define ID_DIGITS_MIN 4 /* of a beginning: among thousands it is often alone */

/* --- which ones --- */

static bool is_id(struct mg_slice word)
{
	if (word.len < ID_DIGITS_MIN || word.len >= MG_FINDING_ID_MAX)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!((word.ptr[i] >= '0' && word.ptr[i] <= '9') ||
		      (word.ptr[i] >= 'a' && word.ptr[i] <= 'f')))
			return false;
	return true;
}

static const char *guess_kind(struct mg_slice word)
{
	struct mg_slice mailbox, ip;

	if (mg_mailbox_ip_cut(word, &mailbox, &ip))
		return "mailbox-ip";
	if (mg_slice_find(word, '@') < word.len)
		return "mailbox";
	if (mg_ip_is_valid(word))
		return "ip";
	if (mg_slice_find(word, '/') < word.len)
		return "script";
	return mg_slice_find(word, '.') < word.len ? "domain" : "account";
}

int mg_findings_of_word(struct mg_slice word, struct mg_findings_opts *opts,
			struct mg_err *err)
{
	static const char *const kinds[] = { "domain",    "mailbox", "account",
					     "owner",     "script",  "ip",
					     "mailbox-ip" };
	const struct mg_slice all = word;
	struct mg_slice kind;
	uint64_t seq;

	if (mg_slice_cut_lit(&word, MG_LIT("#"))) {
		if (!mg_num_parse(word, INT64_MAX, &seq) || seq == 0)
			return mg_fail(err, MG_EUSAGE, "'%.*s' is no number",
				       MG_SLICE_ARG(all));
		opts->seq = (int64_t)seq;
		return 0;
	}
	for (size_t i = 0; i < LENGTH(kinds); i++) {
		struct mg_slice rest = word;

		if (mg_slice_cut_at(&rest, ':', &kind) &&
		    mg_slice_is(kind, mg_slice_str(kinds[i])) && rest.len) {
			opts->per = kind;
			opts->subject = rest;
			return 0;
		}
	}
	if (is_id(word)) {
		opts->id = word;
		return 0;
	}
	opts->per = mg_slice_str(guess_kind(word));
	opts->subject = word;
	return 0;
}

static struct mg_findings_about about_panel(const struct mg_panel_event *e)
{
	const bool is_of_owner = e->kind == MG_PANEL_CREATED ||
				 e->kind == MG_PANEL_OWNER;

	return (struct mg_findings_about){
		.per = MG_LIT("account"),
		.subject = e->account,
		.account = e->account,
		.owner = is_of_owner ? e->other : MG_LIT(""),
		.by = e->panel,
		.detail = e->other.len ? e->other : e->reason
	};
}

struct mg_findings_about mg_findings_about(const struct mg_ledger_row *row)
{
	const struct mg_finding *f = &row->finding;
	const struct mg_act *a = &row->act;
	const struct mg_offence *o = &row->offence;
	const struct mg_bundle *b = &row->bundle;

	switch (row->kind) {
	case MG_LEDGER_FINDING:
		return (struct mg_findings_about){
			mg_slice_str(f->id), f->per,   f->subject,
			f->account,          f->owner, { NULL, 0 },
			{ NULL, 0 }
		};
	case MG_LEDGER_INTENT:
		return (struct mg_findings_about){ mg_slice_str(a->id),
						   a->per,
						   a->subject,
						   a->account,
						   a->owner,
						   a->by,
						   a->reason };
	case MG_LEDGER_MARK:
		return (struct mg_findings_about){ .id = mg_slice_str(
							   row->mark.act),
						   .by = row->mark.by,
						   .detail = row->mark.detail };
	case MG_LEDGER_OFFENCE:
		return (struct mg_findings_about){ mg_slice_str(o->id),
						   o->per,
						   o->subject,
						   o->who.account,
						   o->owner,
						   o->by,
						   o->reason };
	case MG_LEDGER_PANEL:
		return about_panel(&row->panel);
	case MG_LEDGER_BUNDLE:
		return (struct mg_findings_about){ .id = b->act,
						   .per = b->per,
						   .subject = b->subject,
						   .by = b->by,
						   .detail = b->name };
	default:
		return (struct mg_findings_about){ .per = row->clause.per };
	}
}

bool mg_findings_match(const struct mg_findings_opts *o,
		       const struct mg_ledger_row *row)
{
	const struct mg_findings_about about = mg_findings_about(row);

	if (o->seq)
		return row->seq == o->seq;
	if (o->id.len)
		return mg_slice_has_prefix(about.id, o->id);
	return o->subject.len == 0 || (mg_slice_is(about.per, o->per) &&
				       mg_slice_is(about.subject, o->subject));
}

/* Of a domain's mailbox, of an account's domain and so on. */
static bool is_of(const struct mg_findings_opts *o, const char *per,
		  struct mg_slice name)
{
	return name.len && mg_slice_is(o->per, mg_slice_str(per)) &&
	       mg_slice_is(o->subject, name);
}

bool mg_findings_match_act(const struct mg_findings_opts *o,
			   const struct mg_act *a)
{
	if (o->seq)
		return a->seq == o->seq;
	if (o->id.len)
		return mg_slice_has_prefix(mg_slice_str(a->id), o->id) ||
		       mg_slice_has_prefix(a->finding, o->id) ||
		       (mg_act_is_step(a) &&
			mg_slice_has_prefix(a->target, o->id));
	return (mg_slice_is(a->per, o->per) &&
		mg_slice_is(a->subject, o->subject)) ||
	       is_of(o, "domain", a->domain) ||
	       is_of(o, "account", a->account) || is_of(o, "owner", a->owner);
}

struct mg_slice mg_findings_verb(const struct mg_ledger_row *row)
{
	if (row->kind == MG_LEDGER_INTENT)
		return mg_slice_str(mg_act_words[row->act.verb]);
	if (row->kind == MG_LEDGER_MARK)
		return mg_slice_str(mg_mark_words[row->mark.mark]);
	if (row->kind == MG_LEDGER_OFFENCE)
		return mg_slice_str(mg_offence_words[row->offence.event]);
	if (row->kind == MG_LEDGER_PANEL)
		return mg_slice_str(mg_panel_event_words[row->panel.kind]);
	if (row->kind == MG_LEDGER_BUNDLE)
		return mg_slice_str(mg_bundle_words[row->bundle.event]);
	if (row->kind != MG_LEDGER_FINDING)
		return MG_LIT("clause");
	if (row->finding.state == MG_FINDING_WITHDRAWN)
		return MG_LIT("withdrawn");
	if (row->finding.waiver.len)
		return MG_LIT("waived");
	if (row->finding.state == MG_FINDING_NEAR)
		return MG_LIT("warn");
	return row->clause.action;
}
