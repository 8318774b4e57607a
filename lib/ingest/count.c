/* SPDX-License-Identifier: MIT */
#include "count_priv.h"

#include "mailguard/address.h"
#include "mailguard/mem.h"

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
		.last_at = INT64_MIN,
		.latest = INT64_MAX,
	};
	mg_subjects_init(&c->origins, key, MG_ORIGINS_MAX);
	mg_subjects_init(&c->senders, key, MG_SENDERS_MAX);
	mg_flights_init(&c->flights, key, MG_FLIGHT_MAX);
}

void mg_counter_release(struct mg_counter *c)
{
	mg_subjects_release(&c->origins);
	mg_subjects_release(&c->senders);
	mg_tally_release(&c->by_origin);
	mg_tally_release(&c->by_sender);
	mg_flights_release(&c->flights);
	mg_mem_free(c->callers);
	c->callers = NULL;
}

int64_t mg_count_hour(const struct mg_counter *c, int64_t at)
{
	int64_t into = (at - c->hour_offset_s) % 3600;

	if (into < 0)
		into += 3600;
	return at - into;
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

uint32_t mg_count_hosted(const struct mg_counter *c, struct mg_slice address)
{
	char name[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(mg_address_domain(address),
					       name);

	if (len == 0)
		return MG_ACCOUNT_NONE;
	return mg_accounts_domain(c->accounts, mg_slice_of(name, len));
}

static void drop_caller(struct mg_counter *c, size_t i)
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

static void add_caller(struct mg_counter *c, int64_t at, uint32_t pid,
		       struct mg_slice directory)
{
	const struct mg_slice path = clean_path(directory);
	const uint32_t account = mg_accounts_of_path(c->accounts, path);
	struct mg_caller *caller;

	if (account == MG_ACCOUNT_NONE)
		return;
	while (c->n_callers && (c->n_callers == MG_CWDS_MAX ||
				c->callers[0].at < at - MG_CWD_AGE_S))
		drop_caller(c, 0);
	caller = &c->callers[c->n_callers++];
	*caller = (struct mg_caller){ .at = at,
				      .pid = pid,
				      .account = account,
				      .len = (uint16_t)path.len };
	memcpy(caller->directory, path.ptr, path.len);
}

void mg_count_cwd(struct mg_counter *c, const struct mg_exim_line *line,
		  int64_t at)
{
	add_caller(c, at, line->pid, line->directory);
}

void mg_counter_restore_caller(struct mg_counter *c, const struct mg_cwd *cwd)
{
	add_caller(c, cwd->at, cwd->pid, cwd->directory);
}

bool mg_count_take_caller(struct mg_counter *c, uint32_t account,
			  const struct mg_exim_line *line, int64_t at,
			  struct mg_caller *out)
{
	for (size_t i = c->n_callers; i-- > 0;) {
		const struct mg_caller *caller = &c->callers[i];

		if ((account != MG_ACCOUNT_NONE &&
		     caller->account != account) ||
		    caller->pid != line->pid || caller->at < at - MG_CWD_AGE_S)
			continue;
		*out = *caller;
		drop_caller(c, i);
		return true;
	}
	return false;
}

static bool is_same_stamp(const struct mg_civil *a, const struct mg_civil *b)
{
	return a->second == b->second && a->minute == b->minute &&
	       a->hour == b->hour && a->day == b->day && a->month == b->month &&
	       a->year == b->year;
}

/* The instant of a line; most have the stamp of the line before. */
static int64_t instant(struct mg_counter *c, const struct mg_exim_line *line)
{
	if (line->has_zone)
		c->last_at = mg_civil_utc(&line->at) - line->zone_s;
	else if (c->last_at == INT64_MIN ||
		 !is_same_stamp(&line->at, &c->last_stamp))
		c->last_at = mg_tz_to_utc(c->tz, &line->at, c->last_at);
	c->last_stamp = line->at;
	return c->last_at;
}

static void complete(struct mg_counter *c, const struct mg_exim_line *line)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);

	if (e)
		mg_flights_drop(&c->flights, e);
}

void mg_counter_line(struct mg_counter *c, struct mg_slice text)
{
	struct mg_exim_line line;
	int64_t at;

	mg_exim_parse(text, &line);
	c->n_lines[line.kind]++;
	if (line.kind >= MG_EXIM_BLANK)
		return;
	at = instant(c, &line);
	switch (line.kind) {
	case MG_EXIM_ARRIVAL:
		mg_count_arrival(c, &line, at);
		break;
	case MG_EXIM_DELIVERY:
	case MG_EXIM_DEFERRAL:
	case MG_EXIM_FAILURE:
		mg_count_delivery(c, &line, at);
		break;
	case MG_EXIM_COMPLETED:
		complete(c, &line);
		break;
	case MG_EXIM_RESCINDED:
		mg_count_rescinded(c, &line);
		break;
	case MG_EXIM_IDENTIFICATION:
		mg_count_identification(c, &line, at);
		break;
	case MG_EXIM_CWD:
		mg_count_cwd(c, &line, at);
		break;
	default:
		break;
	}
}

void mg_counter_overlong(struct mg_counter *c)
{
	c->n_lines[MG_EXIM_OVERLONG]++;
}
