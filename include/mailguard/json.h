/* SPDX-License-Identifier: MIT */
/*
 * json - JSON text by json-c, which no other module includes.
 */
#ifndef MAILGUARD_JSON_H
#define MAILGUARD_JSON_H

#include "mailguard/buf.h"
#include "mailguard/slice.h"

/*
 * mg_json_add_string - append a slice as a JSON string, quotes included.
 *
 * s   in   any bytes, read as UTF-8; each part that is not valid (Unicode
 *          15.0 section 3.9, "maximal subpart") becomes U+FFFD, so that the
 *          output is valid JSON (RFC 8259 section 8.1) whatever came in
 *
 * The output is printable ASCII: everything else is written as \uXXXX, which
 * says the same. So JSON on a terminal is as harmless as a table: no control,
 * C1 or bidirectional character reaches it.
 *
 * When json-c has no memory the buffer is marked as truncated.
 */
void mg_json_add_string(struct mg_buf *b, struct mg_slice s);

#endif
