/* SPDX-License-Identifier: MIT */
/*
 * hook_priv - the parts of calling a hook.
 */
#ifndef MG_HOOK_PRIV_H
#define MG_HOOK_PRIV_H

#include "mailguard/arena.h"
#include "mailguard/hook.h"

#define MG_HOOK_ENV_MAX 32 /* variables, with the NULL at the end */

/*
 * mg_hook_env - the environment of a hook: what it is told, and the fixed part.
 *
 * arena   in/out   owns the texts
 * path    in       of the hook
 * out     out      ended by NULL
 */
void mg_hook_env(const struct mg_hook_host *host,
		 const struct mg_hook_call *call, struct mg_slice path,
		 struct mg_arena *arena, const char *out[MG_HOOK_ENV_MAX]);

#endif
