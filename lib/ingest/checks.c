/* SPDX-License-Identifier: MIT */
#include "mailguard/checks.h"

#include "mailguard/account.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Lines of many processes are a little out of order. */
#define KNOWN_S 3600

void mg_checks_init(struct mg_checks *c, const struct mg_hash_key *key,
		    uint32_t max)
{
	*c = (struct mg_checks){ .key = *key, .max = max };
}

void mg_checks_release(struct mg_checks *c)
{
	mg_mem_free(c->cells);
	mg_map_release(&c->by_key);
	mg_mem_free(c->hours);
	mg_map_release(&c->by_hour);
	mg_checks_init(c, &c->key, c->max);
}

static uint64_t hash_of(const struct mg_checks *c, const struct mg_check *check)
{
	char key[sizeof(check->hour) + sizeof(check->ip) +
		 sizeof(check->login)];

	memcpy(key, &check->hour, sizeof(check->hour));
	memcpy(key + sizeof(check->hour), &check->ip, sizeof(check->ip));
	memcpy(key + sizeof(check->hour) + sizeof(check->ip), &check->login,
	       sizeof(check->login));
	return mg_hash_quick(&c->key, mg_slice_of(key, sizeof(key)));
}

static uint32_t find_cell(const struct mg_checks *c,
			  const struct mg_check *check, uint64_t hash)
{
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&c->by_key, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&c->by_key, hash, &at)) {
		const struct mg_check *other = &c->cells[i].check;

		if (other->hour == check->hour &&
		    other->login == check->login &&
		    !memcmp(&other->ip, &check->ip, sizeof(check->ip)))
			break;
	}
	return i;
}

static struct mg_checks_hour *find_hour(struct mg_checks *c, int64_t hour)
{
	const uint64_t hash = (uint64_t)hour / 3600;
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&c->by_hour, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&c->by_hour, hash, &at))
		if (c->hours[i].hour == hour)
			return &c->hours[i];
	i = (uint32_t)c->n_hours;
	c->hours = mg_vec_room(c->hours, c->n_hours, &c->cap_hours,
			       sizeof(*c->hours));
	c->hours[c->n_hours++] = (struct mg_checks_hour){ .hour = hour };
	mg_map_add(&c->by_hour, hash, i);
	return &c->hours[i];
}

/* How many rows of its sort the hour of a row has. */
static uint32_t *n_rows_of(struct mg_checks *c, const struct mg_check *check)
{
	return &find_hour(c, check->hour)->n_rows[check->login != 0];
}

static void add_cell(struct mg_checks *c, const struct mg_checks_cell *cell)
{
	const uint64_t hash = hash_of(c, &cell->check);

	++*n_rows_of(c, &cell->check);
	mg_map_add(&c->by_key, hash, (uint32_t)c->n_cells);
	c->cells = mg_vec_room(c->cells, c->n_cells, &c->cap_cells,
			       sizeof(*c->cells));
	c->cells[c->n_cells++] = *cell;
}

static bool is_crowd(const struct mg_check *check)
{
	static const struct mg_ip nobody;

	return check->login == 0 &&
	       !memcmp(&check->ip, &nobody, sizeof(nobody));
}

void mg_checks_add(struct mg_checks *c, const struct mg_check *check,
		   uint32_t origin)
{
	const uint32_t i = find_cell(c, check, hash_of(c, check));
	struct mg_checks_cell cell = { .check = *check, .origin = origin };

	if (i != MG_MAP_NONE) {
		for (int k = 0; k < MG_CHECK_COUNTS; k++)
			c->cells[i].check.n[k] += check->n[k];
		return;
	}
	if (!is_crowd(check) && *n_rows_of(c, check) >= c->max) {
		memset(&cell.check.ip, 0, sizeof(cell.check.ip));
		cell.check.login = 0;
		mg_checks_add(c, &cell.check, MG_ACCOUNT_NONE);
		return;
	}
	add_cell(c, &cell);
}

void mg_checks_settle(struct mg_checks *c)
{
	const size_t n_cells = c->n_cells;
	int64_t latest = INT64_MIN;

	for (size_t i = 0; i < c->n_hours; i++)
		if (c->hours[i].hour > latest)
			latest = c->hours[i].hour;
	c->n_cells = 0;
	c->n_hours = 0;
	mg_map_clear(&c->by_key);
	mg_map_clear(&c->by_hour);
	for (size_t i = 0; i < n_cells; i++) {
		struct mg_checks_cell cell = c->cells[i];

		if (cell.check.hour < latest - KNOWN_S)
			continue;
		memset(cell.check.n, 0, sizeof(cell.check.n));
		add_cell(c, &cell);
	}
}
