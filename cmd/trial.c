/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include "session.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/log.h"
#include "mailguard/num.h"

#define OPEN_S 86400 /* time to think, and to change what is set */
#define TYPED_MAX 16
#define KEY_MAX 24 /* of a time, in digits */

static int64_t trial_s = 60;

int64_t mg_trial_seconds(void)
{
	return trial_s;
}

void mg_trial_set_seconds(int64_t seconds)
{
	trial_s = seconds;
}

bool mg_trial_has_own(const struct mg_root *root,
		      const struct mg_network *network)
{
	struct mg_session own;

	return mg_session_find(root, &own) &&
	       mg_network_has(network, &own.peer);
}

static bool is_counted(const struct mg_settings *settings, uint16_t port)
{
	const struct mg_conf_texts *ports = &settings->firewall.ports;

	for (size_t i = 0;
	     settings->firewall.checks == MG_CHECKS_KERNEL && i < ports->n;
	     i++) {
		uint64_t one;

		if (mg_num_parse(ports->items[i], UINT16_MAX, &one) &&
		    one == port)
			return true;
	}
	return false;
}

static bool is_blocked(const struct mg_force *force, const struct mg_ip *ip,
		       int64_t beyond)
{
	for (size_t i = 0; i < force->n_entries; i++) {
		const struct mg_force_entry *e = &force->entries[i];

		if (e->key == MG_FORCE_ADDRESS && e->until > beyond &&
		    mg_network_has(&e->network, ip))
			return true;
	}
	return false;
}

bool mg_trial_is_needed(const struct mg_act_run *r,
			const struct mg_force *force, struct mg_ip *peer)
{
	struct mg_network network;
	struct mg_session own;

	if (!mg_session_find(&r->host.root, &own))
		return false;
	*peer = own.peer;
	network = mg_network_of(peer, 128);
	return !mg_force_is_exempt(force, &network) &&
	       (is_counted(&r->host.settings, own.port) ||
		is_blocked(force, peer, r->enforcer.now + trial_s));
}

/* What is typed within the time; never "yes" of a terminal that is gone. */
static bool hear_yes(void)
{
	const int64_t until_ms = mg_clock_mono_ms() + trial_s * 1000;
	struct pollfd typed = { .fd = STDIN_FILENO, .events = POLLIN };
	char word[TYPED_MAX];
	ssize_t n;

	for (int64_t left; (left = until_ms - mg_clock_mono_ms()) > 0;) {
		const int rc = poll(&typed, 1, left > 1000 ? 1000 : (int)left);

		if (rc <= 0)
			continue;
		n = read(STDIN_FILENO, word, sizeof(word));
		return n >= 4 && !memcmp(word, "yes\n", 4);
	}
	return false;
}

bool mg_trial_ask(const struct mg_ip *peer)
{
	char ip[MG_IP_TEXT_MAX];

	mg_ip_format(peer, ip);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	mg_log(MG_LOG_WARNING,
	       "you are logged in from %s, which this covers: see whether you "
	       "still come in by another session. In %" PRId64 " s %s is made "
	       "exempt, unless you confirm it%s",
	       ip, trial_s, ip,
	       isatty(STDIN_FILENO) ? ": type yes" : " with --confirm");
	if (isatty(STDIN_FILENO))
		return hear_yes();
	(void)poll(NULL, 0, (int)(trial_s * 1000));
	return false;
}

int mg_trial_open(struct mg_act_run *r, const struct mg_ip *peer,
		  struct mg_err *err)
{
	char ip[MG_IP_TEXT_MAX], key[KEY_MAX];
	struct mg_act act = {
		.verb = MG_ACT_EXEMPT,
		.per = MG_LIT("ip"),
		.since = r->enforcer.now,
		.until = r->enforcer.now + OPEN_S,
		.by = mg_act_run_person(),
		.reason = MG_LIT("rules apply was not confirmed from there"),
	};
	int rc;

	mg_ip_format(peer, ip);
	act.subject = mg_slice_str(ip);
	(void)snprintf(key, sizeof(key), "%" PRId64, act.since);
	mg_act_id(act.verb, act.per, act.subject, mg_slice_str(key), act.id);
	rc = mg_act_run_add(r, &act, err);
	if (rc == 0)
		mg_log(MG_LOG_WARNING,
		       "not confirmed: %s is exempt for a day; 'mailguard undo "
		       "%.8s' ends it",
		       ip, act.id);
	return rc;
}
