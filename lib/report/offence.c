/* SPDX-License-Identifier: MIT */
#include "offence_priv.h"

#include "mailguard/ladder.h"

bool mg_offence_is_strike(const struct mg_offence *o, int64_t now)
{
	const struct mg_ladder_offence seen = {
		.at = o->at,
		.until = o->until,
		.cause = (enum mg_cause)o->cause,
		.is_observed = o->doubt != MG_DOUBT_NONE,
		.is_confirmed = o->is_confirmed,
		.is_withdrawn = o->is_withdrawn,
	};

	return mg_ladder_is_strike(&seen, now);
}

const char *mg_offence_state(const struct mg_offence *o, int64_t now)
{
	if (o->is_withdrawn)
		return "withdrawn";
	if (now >= o->until)
		return "forgiven";
	if (o->cause == MG_CAUSE_COMPROMISED)
		return "no strike";
	if (o->doubt != MG_DOUBT_NONE && !o->is_confirmed)
		return mg_doubt_words[o->doubt];
	return "counts";
}

bool mg_offence_is_asked(const struct mg_findings_opts *of,
			 const struct mg_offence *o)
{
	if (of->id.len)
		return mg_slice_has_prefix(mg_slice_str(o->id), of->id);
	return of->subject.len == 0 ||
	       (mg_slice_is(of->per, o->per) &&
		mg_slice_is(of->subject, o->subject)) ||
	       (mg_slice_is(of->per, MG_LIT("account")) &&
		mg_slice_is(of->subject, o->who.account)) ||
	       (mg_slice_is(of->per, MG_LIT("owner")) &&
		mg_slice_is(of->subject, o->owner));
}
