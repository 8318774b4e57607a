/* SPDX-License-Identifier: MIT */
/*
 * settings - what the administrator of a host set, in mailguard.conf(5).
 *
 * One table says all of it: from it come the parser, `mailguard config show`,
 * the shipped etc/mailguard.conf and the list in the manual.
 */
#ifndef MAILGUARD_SETTINGS_H
#define MAILGUARD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/conf.h"

#define MG_SETTINGS_PATH "/etc/mailguard/mailguard.conf"
#define MG_SETTINGS_FOLDER "/etc/mailguard/conf.d"

/* A log, or the journal: the struct of an item of `sources`. */
struct mg_settings_source {
	struct mg_slice name;    /* for --source; may be empty */
	struct mg_slice dialect; /* a word of sweep --dialect */
	struct mg_slice log;     /* path or pattern; empty for the journal */
	struct mg_slice old_dir; /* empty for none */
};

/* The words of firewall.checks, egress.mode and exim.mode, by their numbers. */
enum mg_settings_checks { MG_CHECKS_LOG, MG_CHECKS_KERNEL };
enum mg_settings_cpanel { MG_CPANEL_ACCOUNT, MG_CPANEL_OUTGOING };
enum mg_settings_egress { MG_EGRESS_OBSERVE, MG_EGRESS_REFUSE };
enum mg_settings_exim { MG_EXIM_MAPS, MG_EXIM_NATIVE };

struct mg_settings {
	struct mg_slice accounts;      /* a word of --accounts; empty: detect */
	struct mg_slice state;         /* directory, below the host's root */
	struct mg_conf_groups sources; /* of struct mg_settings_source */
	struct {
		struct mg_conf_texts by; /* back ends (backend.h); none: nothing
					    is touched */
		int64_t age; /* seconds; of what is older nothing follows */
		int64_t throttles; /* that one sweep may begin by itself */
		int64_t blocks;    /* likewise */
		int64_t pace;      /* messages an hour of what was held */
		bool incident;     /* unsuspend wants a form (incident.h) */
		struct {
			int64_t sweep, day; /* that policies may begin in one */
			double share;       /* percent of accounts in a day */
			int64_t owner;      /* of one owner in an hour */
		} suspensions;
		struct {
			bool allowed;
			int64_t approvals; /* of as many people */
			int64_t grace;     /* seconds after the last notice */
			int64_t sweeps;    /* that saw it suspended */
			int64_t day;       /* at most, in 24 hours */
		} terminations;
	} enforce;
	struct {
		struct mg_slice folder; /* directory of hooks (hook.h) */
		int64_t limit, grace;   /* seconds (supervise.h) */
		int64_t budget;         /* seconds of a sweep (effect.h) */
	} hooks;
	struct {
		unsigned suspend; /* enum mg_settings_cpanel */
		bool disallow;    /* nobody but root may unsuspend */
	} cpanel;
	struct mg_slice maps;         /* directory of what mail servers read */
	struct mg_conf_texts protect; /* "account:bob": never suspended by a
					 policy alone */
	struct mg_conf_texts trust;   /* shared logs that may suspend */
	struct mg_conf_texts exempt;  /* addresses and networks (network.h) */
	bool exempt_private; /* those of private networks, too (exempt.h) */
	struct {
		struct mg_conf_texts ports; /* none: of POP3 and IMAP */
		unsigned checks;            /* enum mg_settings_checks */
		int64_t limit;              /* of MG_CHECKS_KERNEL: connections
					       in a window */
		int64_t window;             /* seconds */
		int64_t prefix6;            /* bits of IPv6: one client */
		int64_t size;               /* addresses that a set holds */
	} firewall;
	struct {
		unsigned mode;              /* enum mg_settings_egress */
		struct mg_conf_texts ports; /* none: 25 */
		struct mg_conf_texts users; /* none: those of mail servers */
	} egress;
	struct {
		struct mg_conf_texts admins; /* addresses; none: no notices */
		bool customers; /* the account's contact and its owner, too */
		struct mg_slice from;      /* address; empty: root */
		struct mg_slice contact;   /* for questions; may be empty */
		struct mg_slice digest;    /* "07:00"; "never" */
		struct mg_slice language;  /* of letters */
		struct mg_slice templates; /* directory of those of the host */
		int64_t per_hour;          /* at most */
		int64_t per_day;           /* at most, to a customer or owner */
	} notices;
	struct mg_conf_texts weblogs; /* paths of access logs, with %d or %u;
					 none: where the panel has them */
	struct {
		int64_t hours;    /* seconds that counts of hours are kept */
		int64_t evidence; /* seconds that bundles are kept */
	} retention;
	struct {
		double unknown; /* percent of a daemon's lines */
	} drift;
	struct {
		struct mg_conf_texts logwrite; /* beginnings of lines */
		unsigned mode;                 /* enum mg_settings_exim */
	} exim;
	struct mg_conf *conf; /* where each value came from; owned */
};

extern const struct mg_conf_table mg_settings_table;

/*
 * mg_settings_read - the settings of a host.
 *
 * root   in   the host
 * file   in   a file as typed, which is read instead of the host's own; NULL
 *             for MG_SETTINGS_PATH and MG_SETTINGS_FOLDER, which need not be
 * out    out  the settings; the caller's (mg_settings_release), also on
 *             failure, when out->conf knows the mistakes
 *
 * Returns 0; -MG_ECONF when there are mistakes, or others could change a file;
 * -MG_EIO; -MG_ELIMIT.
 */
MG_NODISCARD int mg_settings_read(struct mg_settings *out,
				  const struct mg_root *root, const char *file,
				  struct mg_err *err);

/* Accepts a zeroed one. */
void mg_settings_release(struct mg_settings *settings);

#endif
