/* SPDX-License-Identifier: MIT */
/*
 * Lines about no message: scripts calling sendmail, failed logins, refusals,
 * connections, the daemon itself.
 */
#include "exim_priv.h"

struct opening {
	struct mg_slice words;
	enum mg_exim_kind kind;
};

/* How a line begins, the first that fits. */
static const struct opening openings[] = {
	{ MG_LIT_INIT("SMTP connection"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("no host name found"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("no IP address found"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("no MAIL in "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("unexpected "), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("SMTP command timeout"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("SMTP data timeout"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("TLS error"), MG_EXIM_CONNECTION },
	{ MG_LIT_INIT("H="), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("F=<"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("SMTP protocol"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("SMTP syntax"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("SMTP call from"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("rejected "), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("refused connection"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("Connection from"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("sender verify"), MG_EXIM_REJECTED },
	{ MG_LIT_INIT("Start queue run"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("End queue run"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("exim "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("pid "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("daemon"), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("Warning: "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("socket bind() "), MG_EXIM_DAEMON },
	{ MG_LIT_INIT("ALERT: "), MG_EXIM_DAEMON },
};

/*
 * "NAME authenticator failed for HOST: 535 ... (set_id=LOGIN)". The address is
 * the one in the fixed place; LOGIN is the stranger's and is not looked at.
 */
static bool cut_auth_failure(struct mg_slice text, struct mg_exim_line *out)
{
	struct mg_slice name;

	if (!mg_slice_cut_at(&text, ' ', &name) ||
	    !mg_slice_cut_lit(&text, MG_LIT("authenticator failed for ")))
		return false;
	out->kind = MG_EXIM_AUTH_FAILED;
	/* 4.99 writes H= before the host. */
	out->has_host = mg_exim_cut_host(&text, MG_LIT("H="), &out->host) ||
			mg_exim_cut_host(&text, MG_LIT(""), &out->host);
	return true;
}

void mg_exim_parse_plain(struct mg_slice text, struct mg_exim_line *out)
{
	if (mg_exim_cut_word(&text, MG_LIT("cwd="), &out->directory)) {
		out->kind = MG_EXIM_CWD;
		return;
	}
	out->kind = MG_EXIM_OTHER;
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++) {
		if (mg_slice_has_prefix(text, openings[i].words)) {
			out->kind = openings[i].kind;
			break;
		}
	}
	if (out->kind == MG_EXIM_OTHER && cut_auth_failure(text, out))
		return;
	if (out->kind == MG_EXIM_REJECTED)
		out->has_host = mg_exim_cut_host(&text, MG_LIT("H="),
						 &out->host);
}
