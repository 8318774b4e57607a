/* SPDX-License-Identifier: MIT */
/*
 * settings_priv - checks of values, for the table of settings: what is wrong with
 * a text, or NULL.
 */
#ifndef MG_SETTINGS_PRIV_H
#define MG_SETTINGS_PRIV_H

#include "mailguard/settings.h"

const char *mg_settings_check_port(struct mg_slice text);
const char *mg_settings_check_network(struct mg_slice text);
const char *mg_settings_check_path(struct mg_slice path);
const char *mg_settings_check_name(struct mg_slice name);
const char *mg_settings_check_logwrite(struct mg_slice text);
const char *mg_settings_check_address(struct mg_slice text);
const char *mg_settings_check_digest(struct mg_slice text);
const char *mg_settings_check_language(struct mg_slice text);
const char *mg_settings_check_weblog(struct mg_slice path);
const char *mg_settings_check_subject(struct mg_slice subject);

#endif
