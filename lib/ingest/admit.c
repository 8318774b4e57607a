/* SPDX-License-Identifier: MIT */
#include "mailguard/admit.h"

#include "mailguard/address.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Hours outside these are no log's: 1990-01-01 and 2200-01-01. */
#define HOUR_MIN 631152000
#define HOUR_MAX 7258118400

void mg_admit_release(struct mg_admit *a)
{
	for (int i = 0; i < MG_SPACES; i++) {
		mg_mem_free(a->rows[i]);
		a->rows[i] = NULL;
		a->n_rows[i] = a->cap_rows[i] = 0;
	}
}

void mg_admit_know(struct mg_admit *a, enum mg_space space, int64_t row)
{
	a->rows[space] = mg_vec_room(a->rows[space], a->n_rows[space],
				     &a->cap_rows[space],
				     sizeof(*a->rows[space]));
	a->rows[space][a->n_rows[space]++] = row;
}

static int refuse(struct mg_err *err, const char *what)
{
	return mg_fail(err, MG_EPARSE,
		       "the parser named %s that the tables do not have", what);
}

/* A mailbox is user@domain of that domain, or the account's own name. */
static bool is_mailbox(struct mg_slice name, const struct mg_domain *d,
		       const struct mg_account *account)
{
	char canonical[MG_MAILBOX_MAX];
	size_t len;

	if (mg_slice_is(name, account->name))
		return true;
	len = mg_mailbox_canonical(name, canonical);
	return mg_slice_is(mg_slice_of(canonical, len), name) &&
	       mg_slice_is(mg_address_domain(name), d->name);
}

/*
 * A directory below the account's home, under the domain that it serves, or the
 * one that cPanel named.
 */
static bool is_script(const struct mg_accounts *t, struct mg_slice name,
		      const struct mg_record_subject *s)
{
	const uint32_t site = mg_accounts_site(t, s->account, name);

	return mg_accounts_of_path(t, name) == s->account &&
	       (site == s->domain || site == MG_ACCOUNT_NONE ||
		t->source == MG_ACCOUNTS_CPANEL);
}

/* Whether name, domain and account belong together for their kind. */
static bool is_borne_out(const struct mg_accounts *t,
			 const struct mg_record_subject *s)
{
	const struct mg_slice name = mg_slice_of(s->name, s->len);
	const struct mg_account *account = &t->accounts[s->account];
	const struct mg_domain *d = &t->domains[s->domain];

	switch (s->kind) {
	case MG_ORIGIN_MAILBOX:
		return is_mailbox(name, d, account);
	case MG_ORIGIN_SCRIPT:
		return is_script(t, name, s);
	case MG_ORIGIN_USER:
		return mg_slice_is(name, account->name);
	case MG_ORIGIN_RELAY:
		return mg_slice_is(name, d->name);
	case MG_ORIGIN_FORWARDER:
		return mg_slice_is(name, d->name) ||
		       mg_slice_is(mg_address_domain(name), d->name);
	default:
		return false;
	}
}

static int check_origin(const struct mg_admit *a,
			const struct mg_record_subject *s, struct mg_err *err)
{
	const struct mg_accounts *t = a->accounts;

	if (s->len == 0)
		return refuse(err, "an origin without name");
	if (s->account == MG_ACCOUNT_NONE && s->domain == MG_ACCOUNT_NONE) {
		if (s->kind == MG_ORIGIN_USER || s->kind == MG_ORIGIN_UNKNOWN)
			return 0;
		return refuse(err, "an origin");
	}
	if (s->account >= t->n_accounts || s->domain >= t->n_domains ||
	    t->domains[s->domain].account != s->account)
		return refuse(err, "an account or a domain");
	return is_borne_out(t, s) ? 0 : refuse(err, "an origin");
}

static int admit_origin(struct mg_admit *a, const struct mg_record_subject *s,
			int64_t *row, struct mg_err *err)
{
	struct mg_origin origin = {
		.kind = (enum mg_origin_kind)s->kind,
		.name = mg_slice_of(s->name, s->len),
	};
	const int rc = check_origin(a, s, err);

	if (rc < 0)
		return rc;
	if (s->account != MG_ACCOUNT_NONE) {
		origin.domain = a->accounts->domains[s->domain].name;
		origin.account = a->accounts->accounts[s->account].name;
		origin.owner = a->accounts->accounts[s->account].owner;
	}
	return mg_store_origin(a->store, &origin, row, err);
}

static int admit_subject(struct mg_admit *a, const struct mg_record_subject *s,
			 struct mg_err *err)
{
	char canonical[MG_DOMAIN_MAX];
	const struct mg_slice name = mg_slice_of(s->name, s->len);
	int64_t row;
	int rc;

	if (s->space == MG_SPACE_ORIGIN)
		rc = admit_origin(a, s, &row, err);
	else if (mg_slice_is(name,
			     mg_slice_of(canonical,
					 mg_domain_canonical(name, canonical))))
		rc = mg_store_sender(a->store, name, &row, err);
	else
		rc = refuse(err, "a sender");
	if (rc == 0)
		mg_admit_know(a, (enum mg_space)s->space, row);
	return rc;
}

static bool is_hour(const struct mg_admit *a, int64_t hour)
{
	return hour >= HOUR_MIN && hour <= HOUR_MAX &&
	       (hour - a->hour_offset_s) % 3600 == 0;
}

static int admit_fact(struct mg_admit *a, const struct mg_record_fact *f,
		      struct mg_err *err)
{
	if (f->subject >= a->n_rows[f->space])
		return refuse(err, "a number");
	if (!is_hour(a, f->hour))
		return refuse(err, "an hour");
	if (f->space == MG_SPACE_ORIGIN)
		return mg_store_add_fact(a->store, f->hour,
					 a->rows[f->space][f->subject],
					 &f->counts, err);
	return mg_store_add_sender_fact(a->store, f->hour,
					a->rows[f->space][f->subject],
					&f->counts, err);
}

static int admit_check(struct mg_admit *a, const struct mg_record_check *r,
		       struct mg_err *err)
{
	int64_t origin = 0;

	if (!is_hour(a, r->check.hour))
		return refuse(err, "an hour");
	if (r->origin != MG_ACCOUNT_NONE) {
		if (r->origin >= a->n_rows[MG_SPACE_ORIGIN])
			return refuse(err, "a number");
		origin = a->rows[MG_SPACE_ORIGIN][r->origin];
	}
	return mg_store_add_check(a->store, &r->check, origin, err);
}

static int admit_flight(struct mg_admit *a, const struct mg_flight *f,
			struct mg_err *err)
{
	int64_t origin = 0;

	if (f->origin != MG_ACCOUNT_NONE) {
		if (f->origin >= a->n_rows[MG_SPACE_ORIGIN])
			return refuse(err, "a number");
		origin = a->rows[MG_SPACE_ORIGIN][f->origin];
	}
	return mg_store_put_flight(a->store, a->source, f, origin, err);
}

static int admit_caller(struct mg_admit *a, const struct mg_record_caller *c,
			struct mg_err *err)
{
	const struct mg_cwd cwd = {
		.at = c->at,
		.pid = c->pid,
		.directory = mg_slice_of(c->directory, c->len),
	};

	return mg_store_add_cwd(a->store, a->source, &cwd, err);
}

static int admit_shape(struct mg_admit *a, const struct mg_shape *s,
		       struct mg_err *err)
{
	return mg_store_add_shape(a->store, a->source, (int)s->why,
				  mg_slice_of(s->text, s->len), (int64_t)s->n,
				  err);
}

int mg_admit_record(struct mg_admit *a, const struct mg_record *record,
		    struct mg_err *err)
{
	switch (record->type) {
	case MG_RECORD_SUBJECT:
		return admit_subject(a, &record->body.subject, err);
	case MG_RECORD_FACT:
		return admit_fact(a, &record->body.fact, err);
	case MG_RECORD_CHECK:
		return admit_check(a, &record->body.check, err);
	case MG_RECORD_GONE:
		return mg_store_delete_flight(a->store, a->source,
					      record->body.gone, err);
	case MG_RECORD_FLIGHT:
		return admit_flight(a, &record->body.flight, err);
	case MG_RECORD_TRACKED:
		return mg_store_add_tracked(a->store, a->source,
					    record->body.tracked.id,
					    record->body.tracked.hash, err);
	case MG_RECORD_CALLER:
		return admit_caller(a, &record->body.caller, err);
	case MG_RECORD_SHAPE:
		return admit_shape(a, &record->body.shape, err);
	default:
		return mg_fail(err, MG_EPARSE,
			       "the parser sent a record out of place");
	}
}
