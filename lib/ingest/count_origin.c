/* SPDX-License-Identifier: MIT */
/*
 * Who pays for a message: the first rule that holds, and the rest of the line
 * is never asked.
 *
 *  1. A=driver:login     the mailbox that logged in
 *  2. U=user P=local     the account of that system user, and the script that
 *                        called; what cPanel identified, where users share
 *  3. relayed by address the sender's domain if it is hosted here, marked weak
 *                        (decided by the deliveries, count_outcome.c)
 *  4. none               unattributed, counted and reported as such
 *
 * Never charged: bounces that the MTA makes itself, mail from outside, and
 * local submissions that an inbound message explains (redirects).
 */
#include "count_priv.h"

#include "mailguard/address.h"

uint32_t mg_count_unknown(struct mg_counter *c, struct mg_slice reason)
{
	return mg_count_origin(c, MG_ORIGIN_UNKNOWN, reason, MG_ACCOUNT_NONE,
			       MG_ACCOUNT_NONE);
}

/* A login without domain is the account itself (cPanel's own user). */
static uint32_t account_login(struct mg_counter *c, struct mg_slice login)
{
	const uint32_t account = mg_accounts_user(c->accounts, login);

	if (account == MG_ACCOUNT_NONE)
		return mg_count_unknown(c, MG_BECAUSE_LOGIN);
	return mg_count_origin(c, MG_ORIGIN_MAILBOX, login,
			       c->accounts->accounts[account].main_domain,
			       account);
}

static uint32_t login_origin(struct mg_counter *c, struct mg_slice login)
{
	char name[MG_MAILBOX_MAX];
	size_t len = mg_mailbox_canonical(login, name);
	uint32_t domain;

	if (len == 0)
		return account_login(c, login);
	domain = mg_count_hosted(c, mg_slice_of(name, len));
	if (domain == MG_ACCOUNT_NONE)
		return mg_count_unknown(c, MG_BECAUSE_LOGIN);
	return mg_count_origin(c, MG_ORIGIN_MAILBOX, mg_slice_of(name, len),
			       domain, c->accounts->domains[domain].account);
}

uint32_t mg_count_login(struct mg_counter *c, struct mg_slice login)
{
	const struct mg_memo_entry *e = mg_memo_find(&c->logins, login);
	uint32_t origin;

	if (e)
		return e->number;
	origin = login_origin(c, login);
	(void)mg_memo_put(&c->logins, login, origin);
	return origin;
}

/* The domain whose document root holds it, or this one where none does. */
static uint32_t script_origin(struct mg_counter *c, struct mg_slice directory,
			      uint32_t account, uint32_t otherwise)
{
	const uint32_t site = mg_accounts_site(c->accounts, account, directory);

	return mg_count_origin(c, MG_ORIGIN_SCRIPT, directory,
			       site != MG_ACCOUNT_NONE ? site : otherwise,
			       account);
}

static uint32_t caller_origin(struct mg_counter *c,
			      const struct mg_caller *caller)
{
	uint32_t origin;

	if (caller->origin)
		return caller->origin - 1;
	origin = script_origin(
		c, mg_slice_of(caller->directory, caller->len), caller->account,
		c->accounts->accounts[caller->account].main_domain);
	mg_count_know_caller(c, caller, origin);
	return origin;
}

/* The script is named, and waits no longer. */
static uint32_t take_caller(struct mg_counter *c, size_t i)
{
	const uint32_t origin = caller_origin(c, &c->callers[i]);

	mg_count_drop_caller(c, i);
	return origin;
}

/*
 * A user that many share names nobody, and neither does its directory: whoever
 * runs as nobody may change into any site that Apache serves.
 */
static uint32_t user_origin(struct mg_counter *c, struct mg_slice user,
			    uint32_t account)
{
	if (account == MG_ACCOUNT_NONE && !mg_account_name_is_valid(user))
		return mg_count_unknown(c, MG_BECAUSE_ODD_LINE);
	return mg_count_origin(
		c, MG_ORIGIN_USER, user,
		account == MG_ACCOUNT_NONE
			? MG_ACCOUNT_NONE
			: c->accounts->accounts[account].main_domain,
		account);
}

/* Rule 2. The sender says nothing: a script chooses it. */
static uint32_t local_origin(struct mg_counter *c,
			     const struct mg_exim_line *line, int64_t at)
{
	struct mg_memo_entry *known;
	const uint32_t account = mg_count_user(c, line->user, &known);
	uint32_t origin;
	size_t i;

	if (account != MG_ACCOUNT_NONE) {
		i = mg_count_find_caller(c, account, line, at);
		if (i < c->n_callers)
			return take_caller(c, i);
	}
	if (known && known->other)
		return known->other - 1;
	origin = user_origin(c, line->user, account);
	if (known)
		known->other = origin + 1;
	return origin;
}

uint32_t mg_count_relayed(struct mg_counter *c)
{
	if (!c->relay_origin)
		c->relay_origin = mg_count_unknown(c, MG_BECAUSE_RELAY) + 1;
	return c->relay_origin - 1;
}

/* Whom a message from outside is charged to if it turns out to be relayed. */
uint32_t mg_count_relay(struct mg_counter *c, struct mg_slice sender)
{
	const uint32_t domain = mg_count_hosted(c, sender);

	if (domain == MG_ACCOUNT_NONE) /* nearly all mail from outside */
		return mg_count_relayed(c);
	return mg_count_origin(c, MG_ORIGIN_RELAY,
			       c->accounts->domains[domain].name, domain,
			       c->accounts->domains[domain].account);
}

/*
 * A submission to one recipient with the Message-ID of a message that came in
 * and is still being delivered: a Sieve redirect. R= proves nothing, since any
 * local user may choose it (sendmail -oMm).
 */
static bool is_forward(struct mg_counter *c, const struct mg_exim_line *line,
		       const struct mg_flight *f)
{
	struct mg_flight_entry *e = NULL;

	if (line->message_id.len && f->n_recipients <= MG_FORWARD_RECIPIENTS)
		e = mg_flights_find_message_id(
			&c->flights, mg_hash(&c->key, line->message_id));
	if (!e)
		return false;
	e->flight.n_forwards++;
	mg_flights_touch(&c->flights, e);
	return true;
}

static bool is_local(const struct mg_exim_line *line)
{
	return !line->has_host && line->user.len &&
	       mg_slice_has_prefix(line->protocol, MG_LIT("local"));
}

/* P= says whether the client logged in (esmtpa, esmtpsa). */
static bool is_authenticated(const struct mg_exim_line *line)
{
	return line->driver.len ||
	       mg_slice_is(line->protocol, MG_LIT("esmtpa")) ||
	       mg_slice_is(line->protocol, MG_LIT("esmtpsa"));
}

bool mg_count_has_account(const struct mg_counter *c, uint32_t origin)
{
	return c->origins.items[origin].account != MG_ACCOUNT_NONE;
}

/*
 * Only Exim's own user (Debian, cPanel, RHEL, DirectAdmin) makes bounces: any
 * local user may choose the sender <>, and R= too (sendmail -oMm).
 */
static bool is_bounce(const struct mg_exim_line *line)
{
	static const struct mg_slice users[] = {
		MG_LIT_INIT("Debian-exim"),
		MG_LIT_INIT("mailnull"),
		MG_LIT_INIT("exim"),
		MG_LIT_INIT("mail"),
	};

	if (!mg_slice_is(line->sender, MG_LIT("<>")))
		return false;
	for (size_t i = 0; i < sizeof(users) / sizeof(*users); i++)
		if (mg_slice_is(line->user, users[i]))
			return true;
	return false;
}

bool mg_count_is_local(const struct mg_exim_line *line)
{
	return !is_authenticated(line) && is_local(line);
}

void mg_count_attribute(struct mg_counter *c, struct mg_flight *f,
			const struct mg_exim_line *line, int64_t at)
{
	f->state = MG_FLIGHT_CHARGED;
	if (is_authenticated(line)) {
		f->origin = line->is_odd || !line->login.len
				    ? mg_count_unknown(
					      c, line->is_odd
							 ? MG_BECAUSE_ODD_LINE
							 : MG_BECAUSE_LOGIN)
				    : mg_count_login(c, line->login);
	} else if (mg_count_is_local(line)) {
		f->flags |= MG_FLIGHT_LOCAL;
		f->origin = local_origin(c, line, at);
		if (is_bounce(line) && !mg_count_has_account(c, f->origin))
			f->state = MG_FLIGHT_BOUNCE;
		else if (is_forward(c, line, f))
			f->state = MG_FLIGHT_FORWARD;
	} else if (line->has_host) {
		f->state = MG_FLIGHT_INBOUND;
		f->origin = mg_count_relay(c, line->sender);
		if (mg_ip_is_loopback(line->host.ip))
			f->flags |= MG_FLIGHT_LOCAL;
	} else {
		f->origin = mg_count_unknown(c, MG_BECAUSE_ODD_LINE);
	}
}

/*
 * The origin that was identified: its account and domain, and the script where
 * that is known already. On a cPanel host the domain is the one that the panel
 * counts under itself; on another the document root says more than such a line.
 */
uint32_t mg_count_refine(struct mg_counter *c, const struct mg_flight *f,
			 uint32_t identified)
{
	const struct mg_subject *old = &c->origins.items[f->origin];
	const struct mg_subject *new = &c->origins.items[identified];

	if (f->state != MG_FLIGHT_CHARGED || old->kind != MG_ORIGIN_SCRIPT)
		return identified;
	if (c->accounts->source != MG_ACCOUNTS_CPANEL)
		return script_origin(c, old->name, new->account, new->domain);
	return mg_count_origin(c, MG_ORIGIN_SCRIPT, old->name, new->domain,
			       new->account);
}
