/* SPDX-License-Identifier: MIT */
/*
 * Whose line it is: the process that stands in front. Only a login process
 * says something that counts.
 */
#include "dovecot_priv.h"

static const char *const kind_names[MG_DOVECOT_KINDS] = {
	[MG_DOVECOT_LOGIN] = "login",
	[MG_DOVECOT_FAILED] = "failed",
	[MG_DOVECOT_ODD] = "odd",
	[MG_DOVECOT_OTHER_LOGIN] = "other-login",
	[MG_DOVECOT_UNTRIED] = "untried",
	[MG_DOVECOT_PROXY] = "proxy",
	[MG_DOVECOT_AUTH] = "auth",
	[MG_DOVECOT_SESSION] = "session",
	[MG_DOVECOT_DELIVERY] = "delivery",
	[MG_DOVECOT_DAEMON] = "daemon",
	[MG_DOVECOT_OTHER] = "other",
};

const char *mg_dovecot_kind_name(enum mg_dovecot_kind kind)
{
	return kind < MG_DOVECOT_KINDS ? kind_names[kind] : "?";
}

static const struct {
	struct mg_slice name;
	enum mg_dovecot_service service;
} logins[] = {
	{ MG_LIT_INIT("imap-login"), MG_DOVECOT_IMAP },
	{ MG_LIT_INIT("pop3-login"), MG_DOVECOT_POP3 },
	{ MG_LIT_INIT("submission-login"), MG_DOVECOT_SUBMISSION },
	{ MG_LIT_INIT("managesieve-login"), MG_DOVECOT_SIEVE },
};

static const struct {
	struct mg_slice name;
	enum mg_dovecot_kind kind;
} processes[] = {
	{ MG_LIT_INIT("imap"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("pop3"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("auth"), MG_DOVECOT_AUTH },
	{ MG_LIT_INIT("auth-worker"), MG_DOVECOT_AUTH },
	{ MG_LIT_INIT("dovecot-auth"), MG_DOVECOT_AUTH },
	{ MG_LIT_INIT("lmtp"), MG_DOVECOT_DELIVERY },
	{ MG_LIT_INIT("lda"), MG_DOVECOT_DELIVERY },
	{ MG_LIT_INIT("submission"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("managesieve"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("sieve"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("imap-hibernate"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("imap-urlauth"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("imap-urlauth-login"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("imap-urlauth-worker"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("doveadm"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("doveadm-server"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("dsync-local"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("dsync-remote"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("dsync-server"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("indexer-worker"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("quota-status"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("script"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("script-login"), MG_DOVECOT_SESSION },
	{ MG_LIT_INIT("master"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("log"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("config"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("doveconf"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("anvil"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("stats"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("old-stats"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("ssl-params"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("ssl-build-param"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("dict"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("dict-async"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("dict-expire"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("director"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("dns-client"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("dns_client"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("indexer"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("ipc"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("aggregator"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("replicator"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("health-check"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("tcpwrap"), MG_DOVECOT_DAEMON },
	{ MG_LIT_INIT("dovecot"), MG_DOVECOT_DAEMON },
};

/* "Info: "; others than Info are about the daemon itself. */
static bool cut_level(struct mg_slice *s, bool *is_info)
{
	static const struct mg_slice levels[] = {
		MG_LIT_INIT("Info: "),  MG_LIT_INIT("Warning: "),
		MG_LIT_INIT("Error: "), MG_LIT_INIT("Fatal: "),
		MG_LIT_INIT("Panic: "), MG_LIT_INIT("Debug: "),
		MG_LIT_INIT("Warn: "),
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		if (!mg_slice_cut_lit(s, levels[i]))
			continue;
		*is_info = i == 0;
		return true;
	}
	return false;
}

/*
 * The name of a process ends where its user, its pid or its text begins:
 * "imap-login:", "imap(joe)<12><AbC>:", "auth-worker(12):".
 */
static struct mg_slice cut_process(struct mg_slice *s)
{
	struct mg_slice name = *s;
	size_t n = 0;

	while (n < s->len && ((s->ptr[n] >= 'a' && s->ptr[n] <= 'z') ||
			      (s->ptr[n] >= '0' && s->ptr[n] <= '9') ||
			      s->ptr[n] == '-' || s->ptr[n] == '_'))
		n++;
	name.len = n;
	if (n < s->len && s->ptr[n] != ':' && s->ptr[n] != '(' &&
	    s->ptr[n] != '<')
		name.len = 0;
	*s = mg_slice_from(*s, name.len);
	return name;
}

static enum mg_dovecot_kind kind_of(struct mg_slice process)
{
	for (size_t i = 0; i < sizeof(processes) / sizeof(*processes); i++)
		if (mg_slice_is(process, processes[i].name))
			return processes[i].kind;
	return MG_DOVECOT_OTHER;
}

static enum mg_dovecot_service service_of(struct mg_slice process)
{
	for (size_t i = 0; i < sizeof(logins) / sizeof(*logins); i++)
		if (mg_slice_is(process, logins[i].name))
			return logins[i].service;
	return MG_DOVECOT_NO_SERVICE;
}

bool mg_dovecot_is_own(struct mg_slice text)
{
	bool is_info;

	return mg_slice_has_prefix(text, MG_LIT("Dovecot v")) ||
	       cut_level(&text, &is_info) || cut_process(&text).len > 0;
}

void mg_dovecot_parse(struct mg_slice text, struct mg_dovecot_line *out)
{
	struct mg_slice process;
	bool is_info = true;

	memset(out, 0, sizeof(*out));
	out->service = MG_DOVECOT_NO_SERVICE;
	/* Up to 1.2 the level stood in front: "Info: imap-login: Login: ". */
	(void)cut_level(&text, &is_info);
	if (mg_slice_has_prefix(text, MG_LIT("Dovecot v")) || !is_info) {
		out->kind = MG_DOVECOT_DAEMON;
		return;
	}
	process = cut_process(&text);
	out->service = service_of(process);
	if (out->service == MG_DOVECOT_NO_SERVICE) {
		out->kind = kind_of(process);
		return;
	}
	out->kind = MG_DOVECOT_OTHER;
	if (!mg_slice_cut_lit(&text, MG_LIT(": ")))
		return;
	(void)cut_level(&text, &is_info);
	if (is_info)
		mg_dovecot_parse_login(text, out);
	else
		out->kind = MG_DOVECOT_DAEMON;
}
