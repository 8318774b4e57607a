/* SPDX-License-Identifier: MIT */
/*
 * contact - whom to write to about an account.
 */
#ifndef MAILGUARD_CONTACT_H
#define MAILGUARD_CONTACT_H

#include "mailguard/account.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/slice.h"

/*
 * mg_account_contact - the address that the host has for an account.
 *
 * source   in   which panel's files
 * name     in   of an account or of its owner
 * out      out  the address as it stands there, added: a customer chose it
 *
 * The first that has one:
 *
 *     /etc/mailguard/contacts      "name: address", of every host
 *     cPanel                       CONTACTEMAIL= in /var/cpanel/users/NAME
 *     DirectAdmin                  email= in .../data/users/NAME/user.conf
 *     Hestia, Vesta                CONTACT='' in data/users/NAME/user.conf
 *
 * The files of Plesk and Virtualmin are of domains, not of accounts: there the
 * first one is needed. Returns 0; 1 where there is none; -MG_ECONF where others
 * could change the first one; -MG_EIO; -MG_ELIMIT.
 */
MG_NODISCARD int mg_account_contact(const struct mg_root *root,
				    enum mg_account_source source,
				    struct mg_slice name, struct mg_buf *out,
				    struct mg_err *err);

#endif
