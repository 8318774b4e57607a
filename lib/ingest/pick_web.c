/* SPDX-License-Identifier: MIT */
/*
 * Requests to the web server that came shortly before a program of the host sent
 * mail: one of them may have made it do so. Which one the logs do not say.
 */
#include "pick_priv.h"

#include "mailguard/weblog.h"

#define MINUTE_S 60

/* Behind a minute in which something was sent: clocks, and lines of the mail
   server that stand a moment before the request is logged. */
#define BEHIND_MINUTES 1

/* Minutes back from the end of a job; what is behind it is at 0. */
static int64_t minutes_back(const struct mg_pick_job *job, int64_t at)
{
	const int64_t back = job->until / MINUTE_S - at / MINUTE_S;

	return back < 0 ? 0 : back;
}

void mg_pick_sent(struct mg_pick_facts *facts, const struct mg_pick_job *job)
{
	const int64_t back = minutes_back(job, job->counter->line_at);

	if (back < MG_PICK_MINUTES)
		facts->sent.bits[back / 8] |= (unsigned char)(1U << back % 8);
}

static bool is_near(const struct mg_pick_job *job, int64_t at)
{
	const int64_t back = minutes_back(job, at);
	int64_t i = back - MG_PICK_NEAR_MINUTES;

	for (i = i < 0 ? 0 : i;
	     i <= back + BEHIND_MINUTES && i < MG_PICK_MINUTES; i++)
		if (job->near->bits[i / 8] & 1U << i % 8)
			return true;
	return false;
}

enum mg_pick_request mg_pick_request(const struct mg_pick_job *job,
				     struct mg_pick_facts *facts,
				     struct mg_slice line)
{
	struct mg_weblog_line l;

	if (!mg_weblog_parse(line, &l))
		return MG_PICK_REQUEST_FAR;
	job->counter->line_at = l.at;
	job->counter->last_at = l.at;
	if (l.at < job->since || l.at > job->until || !is_near(job, l.at))
		return MG_PICK_REQUEST_FAR;
	if (mg_slice_is(l.method, MG_LIT("GET")) ||
	    mg_slice_is(l.method, MG_LIT("HEAD")))
		return MG_PICK_REQUEST_READ;
	if (mg_slice_is(l.method, MG_LIT("POST"))) {
		mg_pick_facts_add(facts, job, MG_FACT_POST, l.path);
		mg_pick_facts_add(facts, job, MG_FACT_CLIENT, l.client);
	}
	return MG_PICK_REQUEST_OTHER;
}
