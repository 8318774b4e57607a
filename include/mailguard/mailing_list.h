/* SPDX-License-Identifier: MIT */
/*
 * mailing_list - whether an envelope sender is one that mailing-list software
 * gives to what it sends.
 *
 * Such a sender is where bounces are to come back to, and its form tells the
 * software from a person. It proves nothing: who may choose a sender can choose
 * one of these. The header field of RFC 2919 (List-Id) would say it better, and no
 * log has it.
 *
 * The forms, with NAME for the list and REST for what encodes a recipient (VERP,
 * Bernstein's "Variable Envelope Return Paths"):
 *
 *     NAME-bounces  NAME-bounces+REST       Mailman 2.1 and 3
 *     owner-NAME    owner-NAME+REST         local(8) and VERP_README of Postfix;
 *                                           Majordomo
 *     NAME-owner                            Sympa (return_path_suffix)
 *     NAME+bounces  NAME+bounces-REST       mlmmj
 *     NAME-return-NUMBER-REST               ezmlm
 */
#ifndef MAILGUARD_MAILING_LIST_H
#define MAILGUARD_MAILING_LIST_H

#include <stdbool.h>

#include "mailguard/slice.h"

/*
 * mg_mailing_list_of - the list that a sender is of.
 *
 * sender   in   an address, any bytes; one whose local part is quoted is of none
 * name     out  NAME, not empty; a slice of sender
 *
 * Letters of either case are the same (Mailman writes them small). Returns false,
 * with nothing written, for any other sender, and for one without a domain.
 */
bool mg_mailing_list_of(struct mg_slice sender, struct mg_slice *name);

#endif
