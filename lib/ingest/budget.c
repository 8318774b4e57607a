/* SPDX-License-Identifier: MIT */
#include "mailguard/budget.h"

#include "budget_priv.h"

#include "mailguard/mem.h"
#include "mailguard/subjects.h"
#include "mailguard/vec.h"

#define KINDS (MG_ORIGIN_UNKNOWN + 1)

void mg_budget_release(struct mg_budget *b)
{
	mg_mem_free(b->n_named);
	mg_mem_free(b->hours);
	b->n_named = NULL;
	b->hours = NULL;
	b->n_hours = b->cap_hours = 0;
	mg_budget_release_checks(b);
}

/* The last place is that of origins without an account. */
static int64_t *named(struct mg_budget *b, uint32_t account,
		      enum mg_origin_kind kind)
{
	const size_t place = account == MG_ACCOUNT_NONE
				     ? b->accounts->n_accounts
				     : account;

	return &b->n_named[place * KINDS + kind];
}

static int note_count(void *arg, enum mg_origin_kind kind,
		      struct mg_slice account, int64_t n)
{
	struct mg_budget *b = arg;
	const uint32_t number = mg_accounts_user(b->accounts, account);

	/* Names of accounts that are gone take nobody's room. */
	if (account.len == 0 || number != MG_ACCOUNT_NONE)
		*named(b, number, kind) = n;
	return 0;
}

/*
 * Whether there is room for one more name. While all origins together are fewer
 * than those of an account may be, nobody's are counted.
 */
static int has_room(struct mg_budget *b, const struct mg_origin *origin,
		    uint32_t account, bool *has, struct mg_err *err)
{
	int rc = 0;

	if (!b->n_named && b->n_origins == 0)
		rc = mg_store_last_origin(b->store, &b->n_origins, err);
	*has = b->n_origins < b->max_names;
	if (rc < 0 || (!b->n_named && *has))
		return rc;
	if (!b->n_named) {
		b->n_named =
			mg_mem_zalloc((b->accounts->n_accounts + 1) * KINDS,
				      sizeof(*b->n_named));
		rc = mg_store_count_origins(b->store, note_count, b, err);
	}
	*has = *named(b, account, origin->kind) < b->max_names;
	return rc;
}

/* A row for a name that has room, if it is not there. */
static int add_name(struct mg_budget *b, const struct mg_origin *origin,
		    uint32_t account, int64_t *row, struct mg_err *err)
{
	const int rc = mg_store_add_origin(b->store, origin, row, err);

	if (rc < 0 || *row == 0)
		return rc;
	b->n_origins++;
	if (b->n_named)
		++*named(b, account, origin->kind);
	return 0;
}

int mg_budget_origin(struct mg_budget *b, const struct mg_origin *origin,
		     uint32_t account, int64_t *row, struct mg_err *err)
{
	struct mg_origin crowd = *origin;
	bool may = false;
	int rc = 0;

	*row = 0;
	crowd.name = mg_crowd_name;
	if (!mg_slice_is(origin->name, mg_crowd_name))
		rc = has_room(b, origin, account, &may, err);
	/* New names come in runs: then the look before is not worth it. */
	if (rc == 0 && may && b->are_origins_new)
		rc = add_name(b, origin, account, row, err);
	if (rc < 0 || *row)
		return rc;
	rc = mg_store_find_origin(b->store, origin, row, err);
	b->are_origins_new = *row == 0;
	if (rc < 0 || *row)
		return rc;
	return may ? add_name(b, origin, account, row, err)
		   : mg_store_origin(b->store, &crowd, row, err);
}

/* --- rows of hours --- */

bool mg_budget_is_free(struct mg_budget_room *r, int64_t max)
{
	if (r->n_coming) {
		r->n_free = r->n_rows + r->n_coming <= max ? r->n_coming : 0;
		r->n_coming = 0;
	}
	if (r->n_free == 0)
		return false;
	r->n_free--;
	r->n_rows++;
	r->is_loose = true;
	return true;
}

static int count_senders(struct mg_budget *b, struct mg_budget_hour *h,
			 struct mg_err *err)
{
	h->room = (struct mg_budget_room){ .n_rows = 0 };
	return mg_store_count_senders(b->store, h->hour, &h->room.n_rows, err);
}

static int find_hour(struct mg_budget *b, int64_t hour,
		     struct mg_budget_hour **out, struct mg_err *err)
{
	struct mg_budget_hour found = { .hour = hour };
	int rc;

	/* Lines come nearly in the order of time. */
	for (size_t i = b->n_hours; i-- > 0;) {
		*out = &b->hours[i];
		if (b->hours[i].hour == hour)
			return 0;
	}
	rc = count_senders(b, &found, err);
	if (rc < 0)
		return rc;
	b->hours = mg_vec_room(b->hours, b->n_hours, &b->cap_hours,
			       sizeof(*b->hours));
	b->hours[b->n_hours] = found;
	*out = &b->hours[b->n_hours++];
	return 0;
}

int mg_budget_expect_sender(struct mg_budget *b, int64_t hour,
			    struct mg_err *err)
{
	struct mg_budget_hour *h = NULL;
	const int rc = find_hour(b, hour, &h, err);

	if (rc == 0)
		h->room.n_coming++;
	return rc;
}

/* Domains of this host, and senders without one, are not a stranger's choice
   among many. */
static bool is_ours(const struct mg_budget *b, struct mg_slice domain)
{
	return domain.len == 0 ||
	       mg_accounts_domain(b->accounts, domain) != MG_ACCOUNT_NONE;
}

/* Whether a domain may have its name in an hour that may be full. */
static int take_room(struct mg_budget *b, struct mg_budget_hour *h,
		     struct mg_slice domain, int64_t row, bool *may,
		     struct mg_err *err)
{
	bool has = false;
	int rc = h->room.is_loose ? count_senders(b, h, err) : 0;

	if (rc == 0 && row)
		rc = mg_store_has_sender_fact(b->store, h->hour, row, &has,
					      err);
	if (rc < 0)
		return rc;
	*may = has || h->room.n_rows < b->max_senders || is_ours(b, domain);
	h->room.n_rows += *may && !has;
	return 0;
}

/* The row of a domain that has room; made if it is missing. */
static int make_sender(struct mg_budget *b, struct mg_slice domain,
		       int64_t *own, struct mg_err *err)
{
	int rc = 0;

	if (!b->are_senders_new)
		rc = mg_store_find_sender(b->store, domain, own, err);
	if (rc < 0 || *own)
		return rc;
	rc = mg_store_add_sender(b->store, domain, own, err);
	b->are_senders_new = *own != 0;
	return rc < 0 || *own
		       ? rc
		       : mg_store_find_sender(b->store, domain, own, err);
}

int mg_budget_sender(struct mg_budget *b, int64_t hour, struct mg_slice domain,
		     int64_t *own, int64_t *row, struct mg_err *err)
{
	bool may = !mg_slice_is(domain, mg_crowd_name);
	struct mg_budget_hour *h = NULL;
	int rc = may ? find_hour(b, hour, &h, err) : 0;

	if (rc == 0 && may && !mg_budget_is_free(&h->room, b->max_senders)) {
		if (*own == 0)
			rc = mg_store_find_sender(b->store, domain, own, err);
		if (rc == 0)
			rc = take_room(b, h, domain, *own, &may, err);
	}
	if (rc == 0 && !may)
		return mg_store_sender(b->store, mg_crowd_name, row, err);
	if (rc == 0 && *own == 0)
		rc = make_sender(b, domain, own, err);
	*row = *own;
	return rc;
}
