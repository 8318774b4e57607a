/* SPDX-License-Identifier: MIT */
/*
 * weblog - a line of a web server's access log.
 *
 * The common and the combined format, as Apache, nginx, LiteSpeed and the
 * control panels write them, with or without the name of the virtual host in
 * front:
 *
 *	[HOST] CLIENT IDENT USER [22/Nov/2026:02:17:38 +0100] "POST /a.php HTTP/1.1" 200 ...
 *
 * Source: Apache HTTP Server 2.4, mod_log_config, "Examples"; nginx,
 * ngx_http_log_module, log_format combined.
 */
#ifndef MAILGUARD_WEBLOG_H
#define MAILGUARD_WEBLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/slice.h"

/* Slices point into the line. */
struct mg_weblog_line {
	struct mg_slice
		client; /* an address, or a name where those are logged */
	int64_t at;     /* Unix seconds: when the request came in */
	struct mg_slice method; /* "POST"; empty where it sent no request */
	struct mg_slice path;   /* as sent, without what follows a '?' */
};

/*
 * mg_weblog_parse - one line, without its newline.
 *
 * What a client sent is quoted, and a quote in it escaped; so the first `] "`
 * ends the stamp, whatever a user called himself in front of it.
 *
 * Returns whether it is one; out is scratch if not.
 */
bool mg_weblog_parse(struct mg_slice line, struct mg_weblog_line *out);

#endif
