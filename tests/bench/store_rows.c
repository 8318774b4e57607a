/* SPDX-License-Identifier: MIT */
/*
 * store_rows DIR N: how many rows of counts a second go into a fresh state
 * below DIR, and how many are added to; N rows each, over 24 hours, in one
 * transaction, in the order in which a sweep would: hour by hour. Prints
 * "INSERTED/s UPDATED/s".
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mailguard/store.h"

#define HOURS 24
#define FIRST_HOUR INT64_C(1795312800)

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int make_origins(struct mg_store *s, long n, int64_t *ids,
			struct mg_err *err)
{
	char name[32];
	int rc = mg_store_begin(s, err);

	for (long i = 0; rc == 0 && i < n; i++) {
		const int len = snprintf(name, sizeof(name), "a@d%ld.test", i);
		const struct mg_origin origin = {
			.kind = MG_ORIGIN_MAILBOX,
			.name = mg_slice_of(name, (size_t)len),
			.domain = mg_slice_of(name + 2, (size_t)len - 2),
			.account = MG_LIT("joe"),
		};

		rc = mg_store_origin(s, &origin, &ids[i], err);
	}
	return rc < 0 ? rc : mg_store_commit(s, err);
}

/* Rows a second, until they are durable. */
static double add_rows(struct mg_store *s, long n, const int64_t *ids,
		       struct mg_err *err)
{
	struct mg_store_fact *facts = calloc((size_t)n, sizeof(*facts));
	const double start = now_s();
	int rc = mg_store_begin(s, err);

	for (long hour = 0; rc == 0 && hour < HOURS; hour++) {
		for (long i = 0; i < n; i++)
			facts[i] = (struct mg_store_fact){
				.at = FIRST_HOUR + hour * 3600,
				.row = ids[i],
				.counts = { .n = { 1, 2, 2, 0, 0, 0, 0,
						   1234 } },
			};
		rc = mg_store_add_facts(s, facts, (size_t)n, err);
	}
	if (rc == 0)
		rc = mg_store_commit(s, err);
	free(facts);
	return rc < 0 ? -1 : (double)(n * HOURS) / (now_s() - start);
}

int main(int argc, char **argv)
{
	const long n = argc > 2 ? strtol(argv[2], NULL, 10) / HOURS : 0;
	struct mg_store *s = NULL;
	struct mg_err err = { 0 };
	double inserted = -1, updated = -1;
	int64_t *ids;

	if (n <= 0)
		return 2;
	ids = calloc((size_t)n, sizeof(*ids));
	if (!ids)
		return 4;
	if (mg_store_open(&s, argv[1], MG_STORE_WRITE, &err) == 0 &&
	    make_origins(s, n, ids, &err) == 0) {
		inserted = add_rows(s, n, ids, &err);
		updated = add_rows(s, n, ids, &err);
	}
	mg_store_close(s);
	free(ids);
	if (inserted < 0 || updated < 0) {
		(void)fprintf(stderr, "store_rows: %s\n", err.text);
		return 4;
	}
	(void)printf("%.0f %.0f\n", inserted, updated);
	return 0;
}
