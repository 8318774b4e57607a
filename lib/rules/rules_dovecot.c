/* SPDX-License-Identifier: MIT */
#include "mailguard/rules_dovecot.h"

#define MINUTE_S 60
#define V6_BITS 128
#define V6_NETWORK_BITS 64
#define PREFIX_GROUPS 4

bool mg_rules_dovecot_version(struct mg_slice text,
			      enum mg_dovecot_version *out)
{
	if (!mg_slice_cut_lit(&text, MG_LIT("2.")) || text.len < 2 ||
	    text.ptr[0] < '0' || text.ptr[0] > '9')
		return false;
	*out = text.ptr[1] == '.' && text.ptr[0] < '4' ? MG_DOVECOT_2_3
						       : MG_DOVECOT_2_4;
	return true;
}

static bool add_network(struct mg_buf *out, const struct mg_network *n)
{
	const unsigned char *b = n->ip.bytes;
	char text[MG_IP_TEXT_MAX];

	if (n->prefix == V6_BITS) {
		mg_ip_format(&n->ip, text);
		mg_buf_add_str(out, text);
		return true;
	}
	if (n->prefix != V6_NETWORK_BITS)
		return false;
	for (size_t i = 0; i < PREFIX_GROUPS; i++)
		mg_buf_add_fmt(out, "%s%x", i ? ":" : "",
			       (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
	return true;
}

bool mg_rules_dovecot_add_key(struct mg_buf *out,
			      const struct mg_force_entry *e)
{
	if (e->key == MG_FORCE_ADDRESS)
		return add_network(out, &e->network);
	mg_buf_add_str(out, e->key == MG_FORCE_CLOSED ? "login:" : "from:");
	mg_buf_add(out, e->name);
	if (e->key == MG_FORCE_CLOSED)
		return true;
	mg_buf_add_char(out, '/');
	return add_network(out, &e->network);
}

void mg_rules_dovecot_add_text(struct mg_buf *out,
			       const struct mg_force_entry *e,
			       const struct mg_tz *tz)
{
	const char *of = e->key == MG_FORCE_LOGIN_FROM ? " of this mailbox"
						       : "";
	char from[MG_NETWORK_TEXT_MAX];

	if (e->key == MG_FORCE_CLOSED) {
		mg_buf_add_fmt(out,
			       "mailguard: this mailbox is suspended (%.*s)",
			       MG_SLICE_ARG(e->act));
		return;
	}
	mg_network_format(&e->network, from);
	if (e->limit)
		mg_buf_add_fmt(out,
			       "mailguard: %lld logins%s from %s in %lld "
			       "minutes, %lld are allowed; ",
			       (long long)e->n, of, from,
			       (long long)(e->window_s / MINUTE_S),
			       (long long)e->limit);
	else
		mg_buf_add_fmt(out, "mailguard: %s is blocked%s for now; ",
			       from,
			       e->key == MG_FORCE_LOGIN_FROM
				       ? " for this mailbox"
				       : "");
	mg_buf_add_str(out, "try again after ");
	mg_tz_add(out, e->until, tz);
	mg_buf_add_fmt(out, " (%.*s)", MG_SLICE_ARG(e->act));
}

/* --- the lines --- */

/* What each version calls the address and the protocol. */
static const struct variables {
	const char *ip, *protocol, *user, *domain;
} variables[] = {
	[MG_DOVECOT_2_3] = { "%r", "%s", "%u", "%d" },
	[MG_DOVECOT_2_4] = { "%{remote_ip}", "%{protocol}", "%{user}",
			     "%{user | domain}" },
};

/*
 * Dovecot names an address as inet_ntop(3) does, with "::" for a row of zeros,
 * so the first four groups are cut off after the zeros were put back. There is
 * no '%' in it but those of variables; the session is there to make each
 * question another one for Dovecot's cache, which knows of no end. What the
 * columns are called is what Dovecot tells the client, and what it logs.
 */
static void add_question(struct mg_buf *out, enum mg_dovecot_version version)
{
	const struct variables *v = &variables[version];

	/* clang-format off */
	mg_buf_add_fmt(out,
		"WITH a(ip) AS (SELECT '%s'), \\\n"
		"  b(ip, t) AS (SELECT ip, replace(ip, '::', substr(':0:0:0:0:0:0:0:', 1, \\\n"
		"    17 - 2 * (length(ip) - length(replace(ip, ':', ''))))) || ':' FROM a), \\\n"
		"  c(ip, t, n) AS (SELECT ip, t, instr(t, ':') FROM b), \\\n"
		"  d(ip, t, n) AS (SELECT ip, t, n + instr(substr(t, n + 1), ':') FROM c), \\\n"
		"  e(ip, t, n) AS (SELECT ip, t, n + instr(substr(t, n + 1), ':') FROM d), \\\n"
		"  f(ip, t, n) AS (SELECT ip, t, n + instr(substr(t, n + 1), ':') FROM e) \\\n"
		"  SELECT NULL AS password, 'Y' AS nopassword, \\\n"
		"    'user_disabled' AS code, text AS reason \\\n"
		"  FROM expiring, f \\\n"
		"  WHERE (key IN (ip, substr(t, 1, n - 1), 'from:' || lower('%s') || '/' || ip, \\\n"
		"      'from:' || lower('%s') || '/' || substr(t, 1, n - 1)) \\\n"
		"      AND '%s' IN ('imap', 'pop3') \\\n"
		"      OR key IN ('login:' || lower('%s'), 'login:@' || lower('%s'))) \\\n"
		"    AND until > (julianday('now') - 2440587.5) * 86400 \\\n"
		"    AND '%%{session}' IS NOT NULL LIMIT 1\n",
		v->ip, v->user, v->user, v->protocol, v->user, v->domain);
	/* clang-format on */
}

static const char head[] =
	"# mailguard: addresses that may not log in for now. This passdb must "
	"be the\n"
	"# first; whatever is wrong with its file, logins go on to the next.\n"
	"# Out again by: mailguard rules remove dovecot\n";

static const char results[] = "  auth_verbose = no\n"
			      "  result_success = return-fail\n"
			      "  result_failure = continue\n"
			      "  result_internalfail = continue\n"
			      "}\n";

void mg_rules_dovecot_add_passdb(struct mg_buf *out,
				 enum mg_dovecot_version version,
				 struct mg_slice map, struct mg_slice query)
{
	mg_buf_add_str(out, head);
	if (version == MG_DOVECOT_2_3) {
		mg_buf_add_fmt(out,
			       "passdb {\n"
			       "  driver = sql\n"
			       "  args = %.*s\n",
			       MG_SLICE_ARG(query));
	} else {
		mg_buf_add_fmt(out,
			       "passdb mailguard {\n"
			       "  driver = sql\n"
			       "  sql_driver = sqlite\n"
			       "  sqlite_path = %.*s\n"
			       "  use_cache = no\n"
			       "  passdb_sql_query = ",
			       MG_SLICE_ARG(map));
		add_question(out, version);
	}
	mg_buf_add_str(out, results);
}

void mg_rules_dovecot_add_query(struct mg_buf *out, struct mg_slice map)
{
	mg_buf_add_fmt(out,
		       "# mailguard: of its passdb. Dovecot does not start "
		       "without this file.\n"
		       "driver = sqlite\n"
		       "connect = %.*s\n"
		       "password_query = ",
		       MG_SLICE_ARG(map));
	add_question(out, MG_DOVECOT_2_3);
}

bool mg_rules_dovecot_path_is_safe(struct mg_slice path)
{
	for (size_t i = 0; i < path.len; i++) {
		const char c = path.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '/' || c == '.' ||
		      c == '_' || c == '-'))
			return false;
	}
	return path.len > 0;
}

bool mg_rules_dovecot_is_first(struct mg_slice doveconf, struct mg_slice map,
			       struct mg_slice query)
{
	struct mg_slice line, name, value;
	bool is_inside = false;

	while (mg_slice_cut_line(&doveconf, &line)) {
		if (mg_slice_has_prefix(line, MG_LIT("passdb "))) {
			if (is_inside)
				return false;
			is_inside = true;
		}
		value = line;
		if (!is_inside || !mg_slice_cut_at(&value, '=', &name))
			continue;
		name = mg_slice_trim(name);
		value = mg_slice_trim(value);
		if ((mg_slice_is(name, MG_LIT("args")) &&
		     mg_slice_is(value, query)) ||
		    (mg_slice_is(name, MG_LIT("sqlite_path")) &&
		     mg_slice_is(value, map)))
			return true;
	}
	return false;
}
