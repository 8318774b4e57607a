/* SPDX-License-Identifier: MIT */
/*
 * account - who owns what on this host: domain -> account -> owner.
 *
 * The panel's own files, read whole at the start of a run. Whatever a log line
 * names leads to an account only through an exact match here; a table that
 * cannot be read whole is an error, since half of one would charge the wrong
 * people.
 */
#ifndef MAILGUARD_ACCOUNT_H
#define MAILGUARD_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/hash.h"
#include "mailguard/map.h"
#include "mailguard/slice.h"

#define MG_ACCOUNT_NAME_MAX 32     /* bytes, useradd(8) */
#define MG_ACCOUNT_NONE UINT32_MAX /* no such account or domain */

/* Where the tables come from. */
enum mg_account_source {
	MG_ACCOUNTS_CPANEL, /* /etc/userdomains and its kin */
	MG_ACCOUNTS_PLAIN,  /* /etc/mailguard/domains and /etc/passwd */
};

/* A hosting account: a system user. Slices stand as long as the table. */
struct mg_account {
	struct mg_slice name;
	struct mg_slice owner; /* reseller; empty where the host knows none */
	struct mg_slice home;  /* directory; empty where unknown */
	uint32_t main_domain; /* number of a domain, MG_ACCOUNT_NONE for none */
};

struct mg_domain {
	struct mg_slice name; /* canonical (mg_domain_canonical) */
	uint32_t account;
};

/* The tables of one host. Read-only once loaded. */
struct mg_accounts {
	struct mg_account *accounts; /* owned */
	size_t n_accounts, cap_accounts;
	struct mg_domain *domains; /* owned */
	size_t n_domains, cap_domains;
	struct mg_map by_name, by_domain, by_home;
	struct mg_map by_uid;   /* the uid itself is the hash */
	struct mg_hash_key key; /* for the maps */
	struct mg_arena names;  /* canonical names of domains */
	struct mg_buf text[4];  /* the files that other slices point into */
	size_t n_text;
};

/*
 * mg_account_source_parse - the source that a word names ("cpanel", "plain").
 *
 * Returns false for any other word; out is untouched then.
 */
bool mg_account_source_parse(struct mg_slice word, enum mg_account_source *out);

/* The source that a host has: cPanel where its table is there, else plain. */
enum mg_account_source mg_accounts_detect(const struct mg_root *root);

/*
 * mg_accounts_load - read the tables of a host.
 *
 * a        out  filled on success; mg_accounts_release it
 * source   in   which files
 * root     in   the host
 * key      in   secret, for the maps: domain names are chosen by customers
 *
 * Returns 0; -MG_ECONF when the table that the source cannot do without is
 * missing; -MG_EPARSE with file and line for a line of no known shape or a
 * domain with two accounts; -MG_EIO, -MG_ELIMIT.
 *
 * Source: what a cPanel host keeps: /etc/userdomains ("domain: user", all),
 * /etc/trueuserdomains (main domains), /etc/trueuserowners ("user: owner").
 */
MG_NODISCARD int mg_accounts_load(struct mg_accounts *a,
				  enum mg_account_source source,
				  const struct mg_root *root,
				  const struct mg_hash_key *key,
				  struct mg_err *err);

/* Frees what it holds; accepts NULL and a zeroed one. */
void mg_accounts_release(struct mg_accounts *a);

/*
 * Whether a name is one that useradd(8) allows, capital letters too: never a
 * path, an option or a word of another language.
 */
bool mg_account_name_is_valid(struct mg_slice name);

/* Number of a domain by its canonical name, or MG_ACCOUNT_NONE. */
uint32_t mg_accounts_domain(const struct mg_accounts *a, struct mg_slice name);

/* Number of an account by its exact name, or MG_ACCOUNT_NONE. */
uint32_t mg_accounts_user(const struct mg_accounts *a, struct mg_slice name);

/* Number of an account by its user id, or MG_ACCOUNT_NONE. */
uint32_t mg_accounts_uid(const struct mg_accounts *a, uint64_t uid);

/*
 * mg_accounts_of_path - the account whose home a directory is or lies in.
 *
 * path   in   absolute, as text; one with "." or ".." or empty components lies
 *             nowhere
 *
 * Returns the number, of the deepest home where homes lie in one another, or
 * MG_ACCOUNT_NONE.
 */
uint32_t mg_accounts_of_path(const struct mg_accounts *a, struct mg_slice path);

#endif
