/* SPDX-License-Identifier: MIT */
/*
 * force - what is in force, in the keys that a mail server or a firewall looks
 * up: logins, domains, user ids, addresses.
 *
 * Between the acts (acts.h), which speak of accounts, and the generators, which
 * write files and rules. Pure data: the same acts and tables give the same list
 * in the same order, so that the same bytes are generated. No name gets in that
 * could be anything but a name in any of the files.
 */
#ifndef MAILGUARD_FORCE_H
#define MAILGUARD_FORCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/network.h"
#include "mailguard/slice.h"
#include "mailguard/tz.h"

/* What a key is. Bits: a back end carries out some of them. */
enum mg_force_key {
	MG_FORCE_LOGIN = 1,   /* a mailbox, as it logs in */
	MG_FORCE_DOMAIN = 2,  /* every login behind the @ of which it stands */
	MG_FORCE_UID = 4,     /* mail that a system user hands in locally */
	MG_FORCE_ADDRESS = 8, /* an address, or an IPv6 network of 64 bits */
	MG_FORCE_CLOSED = 16, /* a login that may not log in at all, or all
				 behind "@a.example" */
	MG_FORCE_LOGIN_FROM = 32, /* a login, from an address alone */
};

enum mg_force_verb {
	MG_FORCE_THROTTLE, /* SMTP refused for now, local mail held */
	MG_FORCE_HOLD,     /* both accepted and held */
	MG_FORCE_BLOCK,    /* of MG_FORCE_ADDRESS and _LOGIN_FROM */
	/*
	 * SMTP refused for good, local mail held. For good, since there is no
	 * time after which to try again: a client keeps what it could not send,
	 * a server that relays for its users tells them at once, and not after
	 * days of trying. It is as panels do it.
	 */
	MG_FORCE_SUSPEND,
};

struct mg_force_entry {
	enum mg_force_key key;
	enum mg_force_verb verb;
	struct mg_slice name;      /* of LOGIN, DOMAIN, CLOSED and LOGIN_FROM:
				      lower case */
	uint32_t uid;              /* of UID */
	struct mg_network network; /* of ADDRESS and LOGIN_FROM */
	int64_t since, until;      /* Unix seconds */
	int64_t n, limit;    /* what was counted of what is allowed; 0, 0: a
			      person's word */
	int64_t window_s;    /* that they were counted in */
	int64_t pace;        /* of HOLD and UID: so many an hour afterwards; 0:
			      at once */
	struct mg_slice act; /* id, 16 hexadecimal digits */
	bool is_outranked;   /* of LOGIN: its domain is suspended; left out */
};

/* Zeroed it is empty. */
struct mg_force {
	struct mg_force_entry *entries; /* owned; by key, then name, uid or
					   address; of one key the last to end */
	size_t n_entries, cap_entries;
	struct mg_network *exempt; /* owned; never touched, by address */
	size_t n_exempt, cap_exempt;
	struct mg_arena text; /* what slices point into */
};

/* Whether a login or a domain may stand in a generated file: of letters,
   digits and "._-+@=" only, of at most 254 bytes, not beginning with '-'. */
bool mg_force_name_is_safe(struct mg_slice name);

/*
 * mg_force_add - add an entry; its slices are copied.
 *
 * Returns false for a name that is not safe: the caller says so.
 */
bool mg_force_add(struct mg_force *f, const struct mg_force_entry *entry);

/* Whether a key is about mail that is sent. */
static inline bool mg_force_is_of_mail(enum mg_force_key key)
{
	return key == MG_FORCE_LOGIN || key == MG_FORCE_DOMAIN ||
	       key == MG_FORCE_UID;
}

void mg_force_add_exempt(struct mg_force *f, const struct mg_network *network);

/* Puts it in order, once all was added: of several entries of one key a
   suspension stays, or else the one that ends last; of a login whose domain is
   suspended that alone. */
void mg_force_sort(struct mg_force *f);

/* Whether a range of addresses has one in common with an exempt one. */
bool mg_force_is_exempt(const struct mg_force *f,
			const struct mg_network *network);

/*
 * mg_force_add_text - what a client is told: "mailguard: example.com has sent
 * 512 of 500 allowed in 60 minutes, try again after 2026-11-22 14:35:00 +0000
 * (3f9a0c1d22e45b76)", or "mailguard: example.com is suspended ...". One line,
 * only printable ASCII, at most 250 bytes.
 */
void mg_force_add_text(struct mg_buf *out, const struct mg_force_entry *entry,
		       const struct mg_tz *tz);

/* Frees what it holds; accepts a zeroed one. */
void mg_force_release(struct mg_force *f);

#endif
