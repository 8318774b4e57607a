/* SPDX-License-Identifier: MIT */
/*
 * template - a text with places for values.
 *
 * "{name}" stands for the value of that name, "{{" for a brace. A line with a
 * place whose value is empty is left out, so that one template serves where
 * there is a limit and where there is none. Values are put in as they are, and
 * are not looked at for places again.
 */
#ifndef MAILGUARD_TEMPLATE_H
#define MAILGUARD_TEMPLATE_H

#include <stddef.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"

struct mg_template_value {
	struct mg_slice name, value;
};

/*
 * mg_template_expand - the text with its values, added to a buffer.
 *
 * Returns 0; -MG_ECONF with the line for a name that is none of theirs, or a
 * place that does not end on its line.
 */
MG_NODISCARD int mg_template_expand(struct mg_slice text,
				    const struct mg_template_value *values,
				    size_t n, struct mg_buf *out,
				    struct mg_err *err);

#endif
