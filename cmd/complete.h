/* SPDX-License-Identifier: MIT */
/*
 * complete - what a shell offers behind "mailguard", from the option tables.
 */
#ifndef MG_COMPLETE_H
#define MG_COMPLETE_H

/*
 * Prints a script for bash, to be kept in packaging/completions: commands,
 * their options, directories for a DIR, files for a FILE or LOG.
 */
void mg_complete_print(void);

#endif
