/* SPDX-License-Identifier: MIT */
/*
 * hook_test - a hook taken through its contract, on a subject that is there for
 * it alone.
 *
 * Each verb, the same again, one that is killed at once and called again,
 * another key, a subject that does not exist, and after each of them what
 * `query` says.
 */
#ifndef MAILGUARD_HOOK_TEST_H
#define MAILGUARD_HOOK_TEST_H

#include <stdbool.h>

#include "mailguard/hook.h"

enum mg_hook_verdict {
	MG_HOOK_KEEPS,   /* what the contract wants */
	MG_HOOK_HAS_NOT, /* it has no such verb, which is fine */
	MG_HOOK_BREAKS,  /* the contract */
};

struct mg_hook_test {
	const struct mg_hook_host *host;
	const struct mg_hooks *hooks;
	struct mg_slice account, domain, mailbox; /* there for the test */
	int64_t uid;
	bool is_terminal; /* terminate is tried, too */

	/* Called for each thing that was tried; texts stand for the call.
	   detail: what is wrong, and what the hook printed. */
	void (*tell)(void *arg, const char *hook, const char *kind,
		     const char *what, enum mg_hook_verdict verdict,
		     struct mg_slice detail);
	void *arg;
};

/* Runs all of it with one hook; returns how often it broke the contract. */
unsigned mg_hook_test(const struct mg_hook_test *t, const char *hook);

#endif
