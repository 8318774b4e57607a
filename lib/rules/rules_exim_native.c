/* SPDX-License-Identifier: MIT */
/*
 * ACLs that count.
 *
 * A key of the ratelimit database has the number of the window in it, and a
 * period so long that the rate is nothing but a count: of 500 recipients in an
 * hour less than a tenth of one is forgotten. What is refused is not counted;
 * the smallest unit is asked first, so that what a mailbox may not send is no
 * part of what its domain has sent. An unreadable file of limits, or a torn line
 * in it, counts as none.
 */
#include "mailguard/rules_exim_native.h"

#include "rules_exim_priv.h"

#define V "$acl_m_mailguard_"

/* The line of a key is acl_m_mailguard_line then. */
static const char line_acl[] =
	"mailguard_finds_limits:\n"
	"  warn    set acl_m_mailguard_line = "
	"${lookup{$acl_arg1}lsearch{@MAP@}}\n"
	"  warn    condition = ${if !match{" V "line}"
	"{\\N^([a-z]+=[\\w.+=@-]+ |[lt]\\d+=\\d{1,13} )*\\.$\\N}}\n"
	"          set acl_m_mailguard_line =\n"
	"  accept\n"
	"\n";

/*
 * Local mail that was let through once is free, however many recipients and
 * tries it has.
 */
static const char over_acl[] =
	"mailguard_is_over:\n"
	"  deny    condition = ${if !exists{@MAP@}}\n"
	"  deny    condition = ${if def:sender_host_address}\n"
	"          condition = ${if !bool{" MG_EXIM_IS_READABLE "}}\n"
	"  deny    condition = ${if !def:sender_host_address}\n"
	"          condition = ${if eq{" V "free}{counted}}\n"
	"  warn    condition = ${if acl{{mailguard_finds_limits}{$acl_arg1}}}\n"
	"  warn    set acl_m_mailguard_self = " V "line\n"
	"          set acl_m_mailguard_domain = "
	"${extract{domain}{" V "self}{$value}"
	"{${if def:sender_host_address{${lc:" MG_EXIM_BEHIND_AT "}}}}}\n"
	"  warn    condition = ${if acl{{mailguard_finds_limits}"
	"{domain=" V "domain}}}\n"
	"  warn    set acl_m_mailguard_of_domain = " V "line\n"
	"          set acl_m_mailguard_account = "
	"${extract{account}{" V "self}{$value}"
	"{${extract{account}{" V "of_domain}}}}\n"
	"  warn    condition = ${if acl{{mailguard_finds_limits}"
	"{account=" V "account}}}\n"
	"  warn    set acl_m_mailguard_of_account = " V "line\n";

/* --- a clause --- */

/* Who is counted: empty for nobody. */
static const char *subject_of(const struct mg_clause *c)
{
	switch (c->per) {
	case MG_PER_MAILBOX:
		return "${if match{$acl_arg1}{\\N(?s)^login=(.*)$\\N}{$1}}";
	case MG_PER_SCRIPT:
		return "${if match{$acl_arg1}{\\N^uid=\\N}{" V "account}}";
	case MG_PER_DOMAIN:
		return "${if def:acl_m_mailguard_of_domain{" V "domain}}";
	default:
		return V "account";
	}
}

/* A line may have another limit for a while. */
static void add_limit(struct mg_buf *out, const char *line, size_t number)
{
	mg_buf_add_fmt(out,
		       "${if >{${extract{t%zu}{%s}{$value}{0}}}{$tod_epoch}"
		       "{${extract{l%zu}{%s}{$value}{0}}}",
		       number, line, number, line);
}

static void add_limits(struct mg_buf *out, const struct mg_clause *c,
		       size_t number)
{
	if (c->per == MG_PER_MAILBOX) {
		add_limit(out, V "self", number);
		mg_buf_add_char(out, '{');
	}
	add_limit(out,
		  c->per == MG_PER_MAILBOX || c->per == MG_PER_DOMAIN
			  ? V "of_domain"
			  : V "of_account",
		  number);
	mg_buf_add_fmt(out, "{%lld}}%s", (long long)c->limit,
		       c->per == MG_PER_MAILBOX ? "}}" : "");
}

/* Of more than the limit alone, as much as that: local mail goes out one day. */
#define RECIPIENTS                                                             \
	"${if >{$acl_arg2}{" V "limit}{${if >{" V "limit}{0}{" V               \
	"limit}{1}}}{$acl_arg2}}"

/* The end of the window, as a time of day. */
static void add_end(struct mg_buf *out, int64_t window_s)
{
	const long long s = window_s;

	mg_buf_add_fmt(out,
		       "${substr_-2_2:${eval:100+(($tod_epoch/%lld+1)*%lld)"
		       "/3600%%24}}:${substr_-2_2:${eval:100+"
		       "(($tod_epoch/%lld+1)*%lld)/60%%60}} UTC",
		       s, s, s, s);
}

static void add_clause(struct mg_buf *out, const struct mg_clause *c,
		       size_t number)
{
	const bool is_of_messages = c->measure == MG_MEASURE_MESSAGES;

	mg_buf_add_fmt(out,
		       "mailguard_counts_%zu:\n"
		       "  warn    set acl_m_mailguard_of = %s\n"
		       "  deny    condition = ${if !def:acl_m_mailguard_of}\n",
		       number, subject_of(c));
	if (is_of_messages)
		mg_buf_add_str(out, "  deny    condition = "
				    "${if def:sender_host_address}\n"
				    "          condition = "
				    "${if >{$recipients_count}{0}}\n");
	mg_buf_add_str(out, "  warn    set acl_m_mailguard_limit = ");
	add_limits(out, c, number);
	mg_buf_add_fmt(out,
		       "\n  accept  ratelimit = " V "limit.5 / 52w / per_cmd"
		       " / leaky / count=%s / "
		       "mailguard_%zu_%.*s_${eval:$tod_epoch/%lld}_${md5:" V
		       "of}\n          set acl_m_mailguard = text=\"mailguard: "
		       "${sg{" V "of}{\\N[^\\w.+=@-]\\N}{?}} has sent " V
		       "limit of " V "limit allowed in %lld minutes, try again "
		       "after ",
		       is_of_messages ? "1" : RECIPIENTS, number,
		       MG_SLICE_ARG(c->id), (long long)c->window_s,
		       (long long)c->window_s / 60);
	add_end(out, c->window_s);
	mg_buf_add_fmt(out, " (%.*s)\"\n  deny\n\n", MG_SLICE_ARG(c->id));
}

/* --- all --- */

void mg_rules_exim_add_native(struct mg_buf *out,
			      const struct mg_policies *policies,
			      struct mg_slice limits)
{
	/* The smallest first. */
	static const enum mg_per order[] = { MG_PER_MAILBOX, MG_PER_SCRIPT,
					     MG_PER_DOMAIN, MG_PER_ACCOUNT };
	struct mg_rules_exim_walk walk = { .policies = policies };
	const struct mg_clause *c;

	mg_rules_exim_add_with_path(out, over_acl, limits);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		walk = (struct mg_rules_exim_walk){ .policies = policies };
		while (mg_rules_exim_next(&walk, &c))
			if (c->per == order[i])
				mg_buf_add_fmt(out,
					       "  accept  condition = ${if acl{"
					       "{mailguard_counts_%zu}"
					       "{$acl_arg1}{$acl_arg2}}}\n",
					       walk.number);
	}
	mg_buf_add_str(out, "  deny    set acl_m_mailguard_free = counted\n\n");
	mg_rules_exim_add_with_path(out, line_acl, limits);
	walk = (struct mg_rules_exim_walk){ .policies = policies };
	while (mg_rules_exim_next(&walk, &c))
		add_clause(out, c, walk.number);
}
