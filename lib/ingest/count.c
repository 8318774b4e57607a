/* SPDX-License-Identifier: MIT */
#include "part_priv.h"

#include "mailguard/address.h"
#include "mailguard/mem.h"

/*
 * Names that are remembered at a time, 64 bytes each: 8 MB, of the 64 that a
 * sweep of a host of 20,000 domains may take with its parent. With fewer, more
 * answers are worked out again.
 */
#define MEMO_LOGINS 32768
#define MEMO_DOMAINS 32768
#define MEMO_DIRECTORIES 32768
#define MEMO_USERS 32768

void mg_counter_init(struct mg_counter *c, const struct mg_accounts *accounts,
		     const struct mg_tz *tz, int32_t hour_offset_s,
		     const struct mg_hash_key *key)
{
	*c = (struct mg_counter){
		.accounts = accounts,
		.tz = tz,
		.hour_offset_s = hour_offset_s,
		.key = *key,
		.callers = mg_mem_zalloc(MG_CWDS_MAX, sizeof(*c->callers)),
		.first_at = INT64_MAX,
		.last_at = INT64_MIN,
		.latest = INT64_MAX,
		.engine = MG_ENGINE_PLAIN,
		.quick_stamp = MG_NO_QUICK_STAMP,
	};
	/* The tables' key is one of this run; `key` makes what is stored. */
	mg_subjects_init(&c->origins, &accounts->key, MG_ORIGINS_MAX);
	mg_subjects_init(&c->senders, &accounts->key, MG_SENDERS_MAX);
	mg_flights_init(&c->flights, &accounts->key, MG_FLIGHT_MAX);
	mg_checks_init(&c->checks, &accounts->key);
}

void mg_counter_release(struct mg_counter *c)
{
	mg_subjects_release(&c->origins);
	mg_subjects_release(&c->senders);
	mg_tally_release(&c->by_origin);
	mg_tally_release(&c->by_sender);
	mg_flights_release(&c->flights);
	mg_larges_release(&c->larges);
	mg_checks_release(&c->checks);
	mg_memo_release(&c->logins);
	mg_memo_release(&c->domains);
	mg_memo_release(&c->directories);
	mg_memo_release(&c->users);
	mg_mem_free(c->login_hashes);
	mg_mem_free(c->batch);
	mg_mem_free(c->ahead);
	mg_mem_free(c->tags);
	mg_mem_free(c->callers);
	c->login_hashes = NULL;
	c->batch = NULL;
	c->ahead = NULL;
	c->tags = NULL;
	c->callers = NULL;
}

void mg_counter_set_engine(struct mg_counter *c, enum mg_engine engine)
{
	const struct mg_hash_key *key = &c->accounts->key;

	c->engine = engine;
	if (engine == MG_ENGINE_PLAIN)
		return;
	mg_memo_init(&c->logins, MEMO_LOGINS, key);
	mg_memo_init(&c->domains, MEMO_DOMAINS, key);
	mg_memo_init(&c->directories, MEMO_DIRECTORIES, key);
	mg_memo_init(&c->users, MEMO_USERS, key);
	c->tags = mg_count_new_tags();
	c->ahead = mg_count_new_ahead();
	c->batch = mg_count_new_batch();
}

void mg_counter_forget_senders(struct mg_counter *c)
{
	mg_subjects_release(&c->senders);
	mg_memo_clear(&c->domains);
	c->n_forgets++;
}

/* The start of the period of some seconds that an instant lies in. */
static int64_t period(const struct mg_counter *c, int64_t at, int32_t seconds)
{
	int64_t into = (at - c->hour_offset_s) % seconds;

	if (into < 0)
		into += seconds;
	return at - into;
}

int64_t mg_count_hour(const struct mg_counter *c, int64_t at)
{
	return period(c, at, 3600);
}

int64_t mg_count_slot(const struct mg_counter *c, int64_t at)
{
	return period(c, at, MG_SLOT_S);
}

uint32_t mg_count_origin(struct mg_counter *c, enum mg_origin_kind kind,
			 struct mg_slice name, uint32_t domain,
			 uint32_t account)
{
	const struct mg_subject subject = {
		.kind = kind, .domain = domain, .account = account, .name = name
	};

	return mg_subjects_number(&c->origins, &subject);
}

static uint32_t find_hosted(const struct mg_counter *c, struct mg_slice domain)
{
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(domain, name);

	if (len == 0)
		return MG_ACCOUNT_NONE;
	return mg_accounts_domain(c->accounts, mg_slice_of(name, len));
}

uint32_t mg_count_hosted(struct mg_counter *c, struct mg_slice address)
{
	const struct mg_slice domain = mg_address_domain(address);
	const struct mg_memo_entry *e = mg_memo_find(&c->domains, domain);
	uint32_t found;

	if (e)
		return e->number;
	found = find_hosted(c, domain);
	(void)mg_memo_put(&c->domains, domain, found);
	return found;
}

static uint32_t find_sender(struct mg_counter *c, struct mg_slice domain)
{
	char name[MG_DOMAIN_MAX];
	const struct mg_subject subject = {
		.domain = MG_ACCOUNT_NONE,
		.account = MG_ACCOUNT_NONE,
		.name = mg_slice_of(name, mg_domain_canonical(domain, name)),
	};

	return mg_subjects_number(&c->senders, &subject);
}

uint32_t mg_count_sender_number(struct mg_counter *c, struct mg_slice address)
{
	const struct mg_slice domain = mg_address_domain(address);
	struct mg_memo_entry *e = mg_memo_find(&c->domains, domain);
	uint32_t found;

	if (e && e->other)
		return e->other - 1;
	found = find_sender(c, domain);
	if (!e)
		e = mg_memo_put(&c->domains, domain, find_hosted(c, domain));
	if (e)
		e->other = found + 1;
	return found;
}

void mg_count_expect_login(const struct mg_counter *c, struct mg_slice login,
			   struct mg_reading *r)
{
	r->login = mg_memo_prefetch(&c->logins, login);
}

void mg_count_expect_domain(const struct mg_counter *c, struct mg_slice address,
			    struct mg_reading *r)
{
	r->domain = mg_memo_prefetch(&c->domains, mg_address_domain(address));
}

void mg_count_expect_directory(const struct mg_counter *c,
			       struct mg_slice directory)
{
	(void)mg_memo_prefetch(&c->directories, directory);
}

void mg_count_expect_user(const struct mg_counter *c, struct mg_slice user)
{
	(void)mg_memo_prefetch(&c->users, user);
}

uint32_t mg_count_user(struct mg_counter *c, struct mg_slice user,
		       struct mg_memo_entry **known)
{
	struct mg_memo_entry *e = mg_memo_find(&c->users, user);
	const uint32_t account = e ? e->number
				   : mg_accounts_user(c->accounts, user);

	if (!e)
		e = mg_memo_put(&c->users, user, account);
	if (known)
		*known = e;
	return account;
}

struct mg_flight_entry *mg_count_new_flight(struct mg_counter *c,
					    struct mg_slice id, int64_t at)
{
	if (at > c->latest)
		at = c->latest;
	if (c->part)
		mg_part_note_added(c->part, at);
	return mg_flights_add(&c->flights, id, at);
}

void mg_count_drop_caller(struct mg_counter *c, size_t i)
{
	c->n_callers--;
	memmove(&c->callers[i], &c->callers[i + 1],
		(c->n_callers - i) * sizeof(*c->callers));
}

static bool is_script_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       (ch >= '0' && ch <= '9') || (ch && strchr("/._-+,=:@~%", ch));
}

/* The part of a path that is in the alphabet of names: whole components. */
static struct mg_slice clean_path(struct mg_slice path)
{
	size_t n = 0;

	while (n < path.len && n < MG_ORIGIN_NAME_MAX &&
	       is_script_char(path.ptr[n]))
		n++;
	if (n < path.len) {
		n = mg_slice_rfind(mg_slice_of(path.ptr, n), '/');
		if (n == path.len)
			n = 0;
	}
	while (n > 1 && path.ptr[n - 1] == '/')
		n--;
	return mg_slice_of(path.ptr, n);
}

void mg_count_age_callers(struct mg_counter *c, int64_t at)
{
	while (c->n_callers && c->callers[0].at < at - MG_CWD_AGE_S)
		mg_count_drop_caller(c, 0);
}

static void add_caller(struct mg_counter *c, int64_t at, uint32_t pid,
		       struct mg_slice path, uint32_t account, uint32_t origin)
{
	struct mg_caller *caller;

	if (at > c->latest)
		at = c->latest;
	if (c->n_callers == MG_CWDS_MAX)
		mg_count_drop_caller(c, 0);
	mg_count_age_callers(c, at);
	caller = &c->callers[c->n_callers++];
	caller->at = at;
	caller->pid = pid;
	caller->account = account;
	caller->origin = origin;
	caller->len = (uint16_t)path.len;
	memcpy(caller->directory, path.ptr, path.len);
	if (c->part)
		mg_part_note_caller(c, at);
}

void mg_count_cwd(struct mg_counter *c, struct mg_slice directory, uint32_t pid,
		  int64_t at)
{
	const struct mg_memo_entry *e = mg_memo_find(&c->directories,
						     directory);
	struct mg_slice path = directory;
	uint32_t account, origin = 0;

	/* Exim's own spool, and the same scripts again and again. */
	if (e) {
		account = e->number;
		origin = e->other;
	} else {
		path = clean_path(directory);
		account = mg_accounts_of_path(c->accounts, path);
		if (account == MG_ACCOUNT_NONE || path.len == directory.len)
			(void)mg_memo_put(&c->directories, directory, account);
	}
	if (account != MG_ACCOUNT_NONE)
		add_caller(c, at, pid, path, account, origin);
}

void mg_count_know_caller(struct mg_counter *c, const struct mg_caller *caller,
			  uint32_t origin)
{
	struct mg_memo_entry *e = mg_memo_find(
		&c->directories, mg_slice_of(caller->directory, caller->len));

	if (e)
		e->other = origin + 1;
}

void mg_counter_restore_caller(struct mg_counter *c, const struct mg_cwd *cwd)
{
	mg_count_cwd(c, cwd->directory, cwd->pid, cwd->at);
}

size_t mg_count_find_caller(const struct mg_counter *c, uint32_t account,
			    const struct mg_exim_line *line, int64_t at)
{
	for (size_t i = c->n_callers; i-- > 0;) {
		const struct mg_caller *caller = &c->callers[i];

		if (caller->account == account && caller->pid == line->pid &&
		    caller->at >= at - MG_CWD_AGE_S)
			return i;
	}
	return c->n_callers;
}

static void complete(struct mg_counter *c, const struct mg_exim_line *line)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);

	if (e)
		mg_flights_drop(&c->flights, e);
}

static void count_exim(struct mg_counter *c, const struct mg_exim_line *line,
		       int64_t at)
{
	switch (line->kind) {
	case MG_EXIM_ARRIVAL:
		mg_count_arrival(c, line, at);
		break;
	case MG_EXIM_DELIVERY:
	case MG_EXIM_DEFERRAL:
	case MG_EXIM_FAILURE:
		mg_count_delivery(c, line, at);
		break;
	case MG_EXIM_COMPLETED:
		complete(c, line);
		break;
	case MG_EXIM_RESCINDED:
		mg_count_rescinded(c, line);
		break;
	case MG_EXIM_OVERFLOWED:
		mg_count_overflowed(c, line, at);
		break;
	case MG_EXIM_IDENTIFICATION:
		mg_count_identification(c, line, at);
		break;
	case MG_EXIM_CWD:
		mg_count_cwd(c, line->directory, line->pid, at);
		break;
	default:
		break;
	}
}

/*
 * A line that was not understood is kept by its shape, behind the name of the
 * daemon's part that wrote it.
 */
static void keep_shape(struct mg_counter *c, enum mg_shape_why why,
		       struct mg_slice service, struct mg_slice text)
{
	char shape[MG_SHAPE_MAX];
	const size_t len = mg_shape_of(service, text, shape);

	mg_shapes_add(&c->shapes, why, mg_slice_of(shape, len), 1,
		      c->line_byte);
}

/* Whether a line of Exim is one of those that the site has it write. */
static bool is_logwrite(const struct mg_counter *c, struct mg_slice text)
{
	const size_t id_len = mg_exim_id_len(text);

	if (id_len)
		text = mg_slice_from(text, id_len + 1);
	for (size_t i = 0; i < c->n_logwrite; i++)
		if (mg_slice_has_prefix(text, c->logwrite[i]))
			return true;
	return false;
}

void mg_count_kind(struct mg_counter *c, unsigned kind, bool is_odd,
		   struct mg_slice service, struct mg_slice text)
{
	if (kind == MG_EXIM_OTHER && is_logwrite(c, text))
		kind = MG_EXIM_NOTE;
	c->n_lines[kind]++;
	if (is_odd) {
		c->n_odd[kind]++;
		keep_shape(c, MG_SHAPE_ODD, service, text);
	} else if (kind == MG_EXIM_OTHER ||
		   kind == MG_EXIM_KINDS + MG_POSTFIX_OTHER ||
		   kind == MG_LINE_DOVECOT + MG_DOVECOT_OTHER) {
		keep_shape(c, MG_SHAPE_UNKNOWN, service, text);
	} else if (kind == MG_EXIM_UNSTAMPED) {
		keep_shape(c, MG_SHAPE_STRANGE, service, text);
	}
}

static void count_parsed(struct mg_counter *c, const struct mg_exim_line *line,
			 int64_t at)
{
	if (line->kind < MG_EXIM_BLANK && mg_part_leaves_exim(c, line, at))
		return;
	mg_count_kind(c, line->kind, line->is_odd, MG_LIT(""), line->body);
	if (line->kind < MG_EXIM_BLANK)
		count_exim(c, line, at);
}

void mg_count_exim_text(struct mg_counter *c, struct mg_slice text, int64_t at)
{
	struct mg_exim_line line;

	mg_exim_parse_text(text, &line);
	count_parsed(c, &line, at);
}

/* A line whose stamp has to be read. */
static void count_stamped(struct mg_counter *c, struct mg_slice text)
{
	struct mg_exim_line line;
	int64_t at = INT64_MIN;

	mg_exim_parse(text, &line);
	if (line.kind < MG_EXIM_BLANK) {
		at = mg_count_instant(c, line.at, line.has_zone, line.zone_s);
		mg_count_know_stamp(c, text);
	}
	count_parsed(c, &line, at);
}

void mg_count_exim_line(struct mg_counter *c, struct mg_slice text,
			const struct mg_reading *r)
{
	int64_t at = INT64_MIN;

	if (mg_count_quick_exim(c, text, r, &at))
		return;
	if (at != INT64_MIN)
		mg_count_exim_text(c, mg_slice_from(text, MG_EXIM_TEXT_AT), at);
	else
		count_stamped(c, text);
}

/* Exim through syslog, with a stamp of its own or without. */
void mg_count_wrapped_exim(struct mg_counter *c,
			   const struct mg_envelope *envelope, int64_t at)
{
	struct mg_exim_line line;

	mg_exim_parse(envelope->text, &line);
	if (line.kind == MG_EXIM_UNSTAMPED)
		mg_exim_parse_text(envelope->text, &line);
	line.pid = envelope->pid;
	count_parsed(c, &line, at);
}

void mg_counter_overlong(struct mg_counter *c)
{
	c->n_lines[MG_EXIM_OVERLONG]++;
}
