/* SPDX-License-Identifier: MIT */
#include "act_run.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailguard/address.h"
#include "mailguard/clock.h"
#include "mailguard/duration.h"
#include "mailguard/file.h"
#include "mailguard/findings.h"
#include "mailguard/lock.h"
#include "mailguard/log.h"
#include "mailguard/network.h"
#include "mailguard/report.h"

/* A sweep a minute is done by then; a first one may take longer. */
#define WAIT_MS 15000
#define WAIT_STEP_MS 50

#define KEY_MAX 24 /* of a time, in digits */

static int wait_lock(struct mg_act_run *r, const char *who, struct mg_err *err)
{
	const int64_t until_ms = mg_clock_mono_ms() + WAIT_MS;
	int rc;

	while ((rc = mg_lock_take(r->state_fd, who, &r->lock_fd, err)) ==
		       -MG_EBUSY &&
	       mg_clock_mono_ms() < until_ms)
		(void)poll(NULL, 0, WAIT_STEP_MS);
	return rc;
}

static int try_lock(struct mg_act_run *r, const char *who, struct mg_err *err)
{
	return mg_lock_try(r->state_fd, who, &r->lock_fd, err);
}

static const struct mg_accounts *give_accounts(void *arg)
{
	struct mg_act_run *r = arg;
	struct mg_err err = { 0 };

	if (!r->has_accounts && !r->has_failed) {
		r->has_accounts = mg_command_load_accounts(&r->host, NULL,
							   &r->accounts,
							   &err) == 0;
		r->has_failed = !r->has_accounts;
		if (r->has_failed)
			mg_log(MG_LOG_ERROR, "%s", err.text);
	}
	return r->has_accounts ? &r->accounts : NULL;
}

static void say_failure(void *arg, const char *what, const struct mg_err *err)
{
	struct mg_act_run *r = arg;

	r->has_failed = true;
	mg_log(MG_LOG_ERROR, "%s: %s", what, err->text);
}

typedef int (*lock_fn)(struct mg_act_run *r, const char *who,
		       struct mg_err *err);

static int open_run(struct mg_act_run *r, const struct mg_command_place *place,
		    lock_fn lock, const char *who, struct mg_err *err)
{
	int rc;

	*r = (struct mg_act_run){ .state_fd = -1, .lock_fd = -1 };
	rc = mg_command_open_host(&r->host, place, err);
	if (rc == 0)
		rc = mg_file_make_private_dir(r->host.state, &r->state_fd, err);
	if (rc == 0)
		rc = lock(r, who, err);
	if (rc == 0)
		rc = mg_store_open(&r->store, r->host.state, MG_STORE_WRITE,
				   err);
	r->enforcer = (struct mg_enforcer){
		.root = &r->host.root,
		.state = r->host.state,
		.lock_fd = r->lock_fd,
		.settings = &r->host.settings,
		.store = r->store,
		.tz = r->host.tz,
		.now = mg_clock_now(),
		.accounts = give_accounts,
		.fail = say_failure,
		.warn = mg_command_warn_unread,
		.arg = r,
	};
	return rc;
}

int mg_act_run_open(struct mg_act_run *r, const struct mg_command_place *place,
		    const char *who, struct mg_err *err)
{
	return open_run(r, place, wait_lock, who, err);
}

int mg_act_run_try(struct mg_act_run *r, const struct mg_command_place *place,
		   const char *who, struct mg_err *err)
{
	return open_run(r, place, try_lock, who, err);
}

void mg_act_run_close(struct mg_act_run *r)
{
	mg_store_close(r->store);
	mg_accounts_release(&r->accounts);
	mg_command_close_host(&r->host);
	mg_file_close(&r->lock_fd); /* last: others may write from here on */
	mg_file_close(&r->state_fd);
}

struct mg_slice mg_act_run_person(void)
{
	const char *sudo = secure_getenv("SUDO_USER");

	if (sudo && mg_account_name_is_valid(mg_slice_str(sudo)))
		return mg_slice_str(sudo);
	return geteuid() == 0 ? MG_LIT("root") : MG_LIT("a user");
}

/* --- what a word means --- */

static bool place_domain(const struct mg_accounts *a, struct mg_slice name,
			 struct mg_act *act)
{
	char canonical[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(name, canonical);
	const uint32_t i = mg_accounts_domain(a, mg_slice_of(canonical, len));

	if (i == MG_ACCOUNT_NONE)
		return false;
	act->domain = a->domains[i].name;
	act->account = a->accounts[a->domains[i].account].name;
	act->owner = a->accounts[a->domains[i].account].owner;
	return true;
}

static bool place_account(const struct mg_accounts *a, struct mg_slice name,
			  struct mg_act *act)
{
	const uint32_t i = mg_accounts_user(a, name);

	if (i == MG_ACCOUNT_NONE)
		return false;
	act->account = a->accounts[i].name;
	act->owner = a->accounts[i].owner;
	return true;
}

static bool place_owner(const struct mg_accounts *a, struct mg_slice name,
			struct mg_act *act)
{
	for (size_t i = 0; i < a->n_accounts; i++)
		if (mg_slice_is(a->accounts[i].owner, name)) {
			act->owner = a->accounts[i].owner;
			return true;
		}
	return false;
}

static bool place_login(const struct mg_accounts *a, struct mg_slice login,
			struct mg_act *act)
{
	const struct mg_slice domain = mg_address_domain(login);

	return domain.len ? place_domain(a, domain, act)
			  : place_account(a, login, act);
}

/* Whether it is something of this host; in act what it belongs to. */
static bool place_subject(const struct mg_accounts *a, struct mg_act *act)
{
	struct mg_slice mailbox, ip;

	if (mg_slice_is(act->per, MG_LIT("domain"))) {
		if (!place_domain(a, act->subject, act))
			return false;
		act->subject = act->domain;
		return true;
	}
	if (mg_slice_is(act->per, MG_LIT("mailbox")))
		return place_login(a, act->subject, act);
	if (mg_slice_is(act->per, MG_LIT("mailbox-ip")))
		return mg_mailbox_ip_cut(act->subject, &mailbox, &ip) &&
		       place_login(a, mailbox, act);
	if (mg_slice_is(act->per, MG_LIT("account")))
		return place_account(a, act->subject, act);
	return mg_slice_is(act->per, MG_LIT("owner")) &&
	       place_owner(a, act->subject, act);
}

static int parse_word(const char *word, struct mg_act *act, struct mg_err *err)
{
	struct mg_findings_opts of = { .seq = 0 };
	struct mg_network network;
	int rc;

	/* A network is no kind of subject that was found. */
	if (mg_network_parse(mg_slice_str(word), &network)) {
		act->per = MG_LIT("ip");
		act->subject = mg_slice_str(word);
		return 0;
	}
	rc = mg_findings_of_word(mg_slice_str(word), &of, err);
	if (rc == 0 && of.subject.len == 0)
		rc = mg_fail(err, MG_EUSAGE,
			     "'%s' is no subject: give domain:example.com, "
			     "mailbox:a@example.com, account:bob or an address",
			     word);
	act->per = of.per;
	act->subject = of.subject;
	return rc;
}

int mg_act_run_subject(struct mg_act_run *r, const char *word,
		       struct mg_act *act, struct mg_err *err)
{
	const struct mg_accounts *a;
	struct mg_network network;
	const int rc = parse_word(word, act, err);

	if (rc < 0)
		return rc;
	if (mg_slice_is(act->per, MG_LIT("ip")))
		return mg_network_parse(act->subject, &network)
			       ? 0
			       : mg_fail(err, MG_EUSAGE,
					 "'%s' is no address and no network",
					 word);
	a = give_accounts(r);
	if (!a)
		return mg_fail(
			err, MG_ECONF,
			"without the account tables nobody can be found");
	if (!place_subject(a, act))
		return mg_fail(err, MG_EUSAGE, "there is no %.*s '%.*s' here",
			       MG_SLICE_ARG(act->per),
			       MG_SLICE_ARG(act->subject));
	return 0;
}

int mg_act_run_times(const struct mg_act_run *r, const char *since,
		     const char *until, struct mg_gather_ask *ask,
		     struct mg_err *err)
{
	const int64_t now = r->enforcer.now;
	int rc = mg_report_time_parse(mg_slice_str(since), r->host.tz, now,
				      &ask->since, err);

	ask->until = now;
	if (rc == 0 && until)
		rc = mg_report_time_parse(mg_slice_str(until), r->host.tz, now,
					  &ask->until, err);
	if (rc == 0 && ask->since >= ask->until)
		rc = mg_fail(err, MG_EUSAGE, "--since lies behind --until");
	return rc;
}

int mg_act_run_words(int argc, const char *missing, const char *reason,
		     struct mg_err *err)
{
	if (argc != 2)
		return mg_fail(err, MG_EUSAGE, "%s", missing);
	if (!reason || !*reason)
		return mg_fail(err, MG_EUSAGE,
			       "--reason is needed: it stands in the ledger, "
			       "and answers those who ask");
	return 0;
}

int mg_act_run_customer(struct mg_act_run *r, const char *word,
			char identity[MG_EFFECT_IDENTITY_MAX],
			struct mg_act *act, struct mg_err *err)
{
	char key[KEY_MAX];
	int rc = mg_act_run_subject(r, word, act, err);

	if (rc < 0)
		return rc;
	if (!mg_slice_is(act->per, MG_LIT("mailbox")) &&
	    !mg_slice_is(act->per, MG_LIT("domain")) &&
	    !mg_slice_is(act->per, MG_LIT("account")))
		return mg_fail(err, MG_EUSAGE,
			       "'%s' is no mailbox, domain or account", word);
	rc = mg_effect_identity(&r->accounts, &r->host.root, act, identity,
				err);
	if (rc < 0)
		return rc;
	act->identity = mg_slice_str(identity);
	(void)snprintf(key, sizeof(key), "%" PRId64, act->since);
	mg_act_id(act->verb, act->per, act->subject, mg_slice_str(key),
		  act->id);
	return 0;
}

int mg_act_run_until(const char *time, int64_t now, int64_t *until,
		     struct mg_err *err)
{
	int64_t span;

	*until = MG_ACT_NO_END;
	if (!time)
		return 0;
	if (!mg_duration_parse(mg_slice_str(time), &span) || span == 0)
		return mg_fail(err, MG_EUSAGE,
			       "--for: '%s' is no duration: give 1h, 2d", time);
	*until = now + span;
	return 0;
}

int mg_act_run_mark(struct mg_act_run *r, const char *id, enum mg_act_mark mark,
		    struct mg_slice by, struct mg_slice detail,
		    struct mg_err *err)
{
	int rc = mg_store_begin(r->store, err);

	if (rc == 0)
		rc = mg_acts_mark(r->store, r->enforcer.now, id, mark, by,
				  detail, err);
	if (rc == 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	return rc;
}

int mg_act_run_add(struct mg_act_run *r, const struct mg_act *act,
		   struct mg_err *err)
{
	int rc = mg_store_begin(r->store, err);

	if (rc == 0)
		rc = mg_acts_add(r->store, r->enforcer.now, act, err);
	if (rc >= 0 && act->verb == MG_ACT_EXEMPT)
		rc = mg_enforce_spare(&r->enforcer, act, err);
	if (rc >= 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	return rc;
}

int mg_act_run_carry_out(struct mg_act_run *r, struct mg_err *err)
{
	int rc;

	r->has_failed = false;
	rc = mg_enforce_carry_out(&r->enforcer, err);
	if (rc == 0)
		rc = mg_effects_run(&r->enforcer, err);
	if (rc == 0 && r->has_failed)
		rc = mg_fail(err, MG_EIO,
			     "it is decided, and not carried out by all back "
			     "ends and hooks; sweeps try again");
	return rc;
}

int mg_act_run_plan(struct mg_act_run *r, struct mg_buf *out,
		    struct mg_err *err)
{
	const struct mg_conf_texts *by = &r->host.settings.enforce.by;
	struct mg_force force = { .entries = NULL };
	int rc = mg_enforce_gather(&r->enforcer, &force, err);

	for (size_t i = 0; rc >= 0 && i < by->n; i++) {
		const struct mg_backend *b = mg_backend_find(by->items[i]);
		const struct mg_backend_host host =
			mg_enforce_host(&r->enforcer, &force);

		if (b)
			rc = b->diff(&host, out, err);
	}
	mg_force_release(&force);
	return rc < 0 ? rc : 0;
}
