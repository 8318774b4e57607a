/* SPDX-License-Identifier: MIT */
/*
 * Programs that log in or send for many people: what they do must not be taken
 * for one person's, and their addresses must not be blocked.
 */
#include "host_priv.h"

#include <string.h>

static const struct {
	const char *path, *name;
	enum { LIST, WEBMAIL, PROXY } kind;
} signs[] = {
	{ "/usr/local/cpanel/3rdparty/mailman", "Mailman 2", LIST },
	{ "/usr/lib/mailman", "Mailman 2", LIST },
	{ "/usr/local/mailman", "Mailman 2", LIST },
	{ "/etc/mailman3", "Mailman 3", LIST },
	{ "/usr/local/cpanel/base/3rdparty/roundcube", "Roundcube", WEBMAIL },
	{ "/usr/share/roundcube", "Roundcube", WEBMAIL },
	{ "/var/lib/roundcube", "Roundcube", WEBMAIL },
	{ "/usr/share/psa-roundcube", "Roundcube", WEBMAIL },
	{ "/var/www/html/roundcube", "Roundcube", WEBMAIL },
	{ "/usr/share/rainloop", "RainLoop", WEBMAIL },
	{ "/var/lib/rainloop", "RainLoop", WEBMAIL },
	{ "/var/www/html/rainloop", "RainLoop", WEBMAIL },
	{ "/var/www/html/snappymail", "SnappyMail", WEBMAIL },
	{ "/var/lib/snappymail", "SnappyMail", WEBMAIL },
	{ "/etc/perdition", "Perdition", PROXY },
};

#define N_SIGNS (sizeof(signs) / sizeof(*signs))

static const char *const texts[] = {
	[LIST] = "sends for its lists, to many recipients at once",
	[WEBMAIL] = "logs in for its users from addresses of this host, which "
		    "must not be blocked",
	[PROXY] = "logs in for others from its own address, which must not be "
		  "blocked",
};

static void find_signs(struct mg_look *l)
{
	const char *last = "";

	for (size_t i = 0; i < N_SIGNS; i++) {
		if (!strcmp(signs[i].name, last) ||
		    !mg_look_has(l, signs[i].path))
			continue;
		last = signs[i].name;
		mg_say(l, MG_TOPIC_CLIENTS, MG_LEVEL_NOTE, last, "%s (%s)",
		       texts[signs[i].kind], signs[i].path);
	}
}

/* A block "mail {" of nginx. */
static void find_nginx(struct mg_look *l)
{
	struct mg_slice text, line;
	struct mg_buf file, room;

	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&room, MG_CONFIG_MAX);
	(void)mg_config_read(l, "/etc/nginx/nginx.conf", &mg_syntax_plain,
			     &file);
	text = mg_buf_slice(&file);
	while (mg_config_line(&text, &mg_syntax_plain, &room, &line)) {
		if (!mg_slice_cut_lit(&line, MG_LIT("mail")) ||
		    !mg_slice_has_prefix(mg_slice_trim(line), MG_LIT("{")))
			continue;
		mg_say(l, MG_TOPIC_CLIENTS, MG_LEVEL_NOTE, "nginx", "%s (%s)",
		       texts[PROXY], "mail { in /etc/nginx/nginx.conf");
		break;
	}
	mg_buf_release(&room);
	mg_buf_release(&file);
}

/* What Dovecot believes of the addresses behind others. */
static void find_trusted(struct mg_look *l)
{
	static const char *const keys[] = { "login_trusted_networks",
					    "haproxy_trusted_networks" };
	struct mg_buf file, value;

	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&value, MG_SAY_MAX / 2);
	if (l->host->servers & MG_SERVER_DOVECOT)
		(void)mg_config_read(l, "/etc/dovecot/dovecot.conf",
				     &mg_syntax_dovecot, &file);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (mg_config_get(mg_buf_slice(&file), &mg_syntax_dovecot,
				  keys[i], &value) &&
		    value.len)
			mg_say(l, MG_TOPIC_CLIENTS, MG_LEVEL_NOTE, "Dovecot",
			       "%s = %s: these may name the client's address, "
			       "and must not be blocked",
			       keys[i], value.ptr);
	mg_buf_release(&value);
	mg_buf_release(&file);
}

static void say_smarthost(struct mg_look *l, const char *server,
			  const char *host)
{
	mg_say(l, MG_TOPIC_CLIENTS, MG_LEVEL_NOTE, server,
	       "hands outgoing mail to %s, whose limits count, too", host);
}

static void find_relayhost(struct mg_look *l)
{
	struct mg_buf file, value;

	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&value, MG_SAY_MAX / 2);
	if (l->host->servers & MG_SERVER_POSTFIX &&
	    mg_config_read(l, "/etc/postfix/main.cf", &mg_syntax_postfix,
			   &file) &&
	    mg_config_get(mg_buf_slice(&file), &mg_syntax_postfix, "relayhost",
			  &value) &&
	    value.len)
		say_smarthost(l, "Postfix", value.ptr);
	mg_buf_release(&value);
	mg_buf_release(&file);
}

/* Debian asks at installation and keeps the answers. */
static void find_debian_smarthost(struct mg_look *l)
{
	struct mg_buf file, value;
	struct mg_slice text;

	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&value, MG_SAY_MAX / 2);
	(void)mg_config_read(l, "/etc/exim4/update-exim4.conf.conf",
			     &mg_syntax_plain, &file);
	text = mg_buf_slice(&file);
	if (mg_config_get(text, &mg_syntax_plain, "dc_eximconfig_configtype",
			  &value) &&
	    (mg_slice_is(mg_buf_slice(&value), MG_LIT("smarthost")) ||
	     mg_slice_is(mg_buf_slice(&value), MG_LIT("satellite"))) &&
	    mg_config_get(text, &mg_syntax_plain, "dc_smarthost", &value) &&
	    value.len)
		say_smarthost(l, "Exim", value.ptr);
	mg_buf_release(&value);
	mg_buf_release(&file);
}

void mg_find_clients(struct mg_look *l)
{
	find_signs(l);
	find_nginx(l);
	find_trusted(l);
	find_relayhost(l);
	if (l->host->servers & MG_SERVER_EXIM)
		find_debian_smarthost(l);
}
