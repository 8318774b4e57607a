/* SPDX-License-Identifier: MIT */
/*
 * service - a program that is kept running: it is told to end by signals, and
 * tells how it is to who started it.
 *
 * SIGTERM and SIGINT ask it to end, which it does when its work is in order; a
 * second one ends it at once. SIGHUP asks it to read anew what is set.
 * What it tells are the few lines of sd_notify(3), to the socket that systemd
 * names; without one it tells nobody.
 */
#ifndef MAILGUARD_SERVICE_H
#define MAILGUARD_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"

struct mg_service {
	int fd;           /* of the socket; -1 for nobody to tell */
	int64_t pulse_ms; /* how often to say that it is well; 0 for never */
	int64_t pulse_at_ms;
};

/* As they are in the environment (NOTIFY_SOCKET and so on), or NULL. */
struct mg_service_words {
	const char *socket, *watchdog_us, *watchdog_pid;
};

/*
 * mg_service_begin - heed signals from here on, and find out whom to tell.
 *
 * Returns 0; -MG_EUSAGE for a socket that is no path and no abstract name; -MG_EIO
 * where it cannot be reached. The caller's (mg_service_end), also on failure.
 *
 * Source: sd_notify(3), sd_watchdog_enabled(3).
 */
MG_NODISCARD int mg_service_begin(struct mg_service *s,
				  const struct mg_service_words *words,
				  struct mg_err *err);
void mg_service_end(struct mg_service *s);

/* Tells a line like "READY=1"; control bytes in it become "?", so that it stays
   one. Nobody waits for it: what is not heard is lost. */
void mg_service_tell(const struct mg_service *s, const char *fmt, ...)
	MG_PRINTF(2, 3);

/* Says that it is well, when it is time to. To be called often. */
void mg_service_pulse(struct mg_service *s);

/* Whether it was asked to end; whether to read anew what is set, since the last
   time that this was called. */
bool mg_service_is_ending(void);
bool mg_service_wants_reload(void);

/*
 * mg_service_wait - until there is something to read, a signal, or the time is
 * over; never longer than to the next pulse.
 *
 * fd   in   -1 for the others alone
 */
void mg_service_wait(const struct mg_service *s, int fd, int64_t for_ms);

#endif
