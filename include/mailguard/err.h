/* SPDX-License-Identifier: MIT */
/*
 * err - the error object every function that can fail takes last.
 *
 * A code and one line of text, in the caller's memory: no heap, no global.
 * The lowest level that knows the name of the thing writes the text; higher
 * levels pass it on or prefix it. Codes are the exit statuses of mailguard(8),
 * so a command returns what it got. Library functions return 0 (or a
 * documented positive value) or -code, and write err on failure only.
 */
#ifndef MAILGUARD_ERR_H
#define MAILGUARD_ERR_H

#define MG_NODISCARD __attribute__((warn_unused_result))
#define MG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define MG_ERR_TEXT_MAX 512 /* bytes with the terminator; longer text is cut */

enum mg_status {
	MG_OK = 0,
	MG_EFOUND = 1, /* something was found that a person should see */
	MG_EUSAGE = 2, /* wrong words on the command line */
	MG_ECONF = 3,  /* configuration */
	MG_EIO = 4,    /* a file, the system, the database */
	MG_EPARSE = 5, /* malformed input */
	MG_ELIMIT = 6, /* a maximum reached, or a breaker open */
	MG_EBUSY = 7,  /* another run holds the lock */
};

struct mg_err {
	int code;                   /* enum mg_status, MG_OK while unused */
	char text[MG_ERR_TEXT_MAX]; /* lower case, no full stop, terminated */
};

/*
 * mg_fail - record a failure.
 *
 * err    out  filled; may be NULL when the caller wants the code only
 * code   in   one of enum mg_status, not MG_OK
 * fmt    in   what failed first, the subject in single quotes
 *
 * Returns -code, so that callers write `return mg_fail(...)`.
 */
int mg_fail(struct mg_err *err, enum mg_status code, const char *fmt, ...)
	MG_PRINTF(3, 4);

/*
 * mg_fail_errno - the same with code MG_EIO and ": " plus the text of errno,
 * in lower case, appended.
 */
int mg_fail_errno(struct mg_err *err, const char *fmt, ...) MG_PRINTF(2, 3);

/*
 * mg_err_prefix - put "PREFIX: " before the text of a filled error, for the
 * name of a file and line that the lower level could not know.
 */
void mg_err_prefix(struct mg_err *err, const char *fmt, ...) MG_PRINTF(2, 3);

#endif
