/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a map or a configuration that is there: what is made of it is
 * whole and ours, the same when it is made again, and is taken out again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mailguard/rules_exim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX (1 << 20)
#define NOW 1795356000

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static void check_same(const struct mg_buf *a, const struct mg_buf *b)
{
	check(mg_slice_is(mg_buf_slice(a), mg_buf_slice(b)));
}

/* Each line is one that Exim takes for a key with a value, or a mark. */
static void check_lines(struct mg_slice text)
{
	struct mg_slice line, key;

	while (mg_slice_cut_line(&text, &line)) {
		if (line.ptr[0] == '#')
			continue;
		check(mg_slice_cut_at(&line, ':', &key) &&
		      mg_force_name_is_safe(key) &&
		      mg_slice_has_suffix(line, MG_LIT("\"")));
	}
}

static void fuzz_map(struct mg_slice input)
{
	struct mg_force f = { .entries = NULL };
	const struct mg_force_entry e = {
		.key = MG_FORCE_LOGIN,
		.name = mg_slice_of(input.ptr, input.len < 64 ? input.len : 64),
		.until = NOW + 60,
		.act = MG_LIT("3f9a0c1d22e45b76"),
	};
	struct mg_buf one, two;

	(void)mg_force_add(&f, &e);
	mg_force_sort(&f);
	mg_buf_init(&one, OUT_MAX);
	mg_buf_init(&two, OUT_MAX);
	mg_rules_exim_add_map(&one, &f, input, NOW, NULL);
	check(mg_rules_exim_is_intact(mg_buf_slice(&one)));
	check_lines(mg_buf_slice(&one));
	mg_rules_exim_add_map(&two, &f, mg_buf_slice(&one), NOW, NULL);
	check_same(&one, &two);
	mg_buf_release(&two);
	mg_buf_release(&one);
	mg_force_release(&f);
}

static void fuzz_install(enum mg_rules_exim_file file, struct mg_slice input)
{
	const struct mg_rules_exim_lines lines = {
		.map = MG_LIT("/etc/mailguard/maps/exim"),
		.native = input.len % 2 ? MG_LIT("x:\n  accept\n") : MG_LIT(""),
	};
	struct mg_buf plain, installed, again;

	mg_buf_init(&plain, OUT_MAX);
	mg_buf_init(&installed, OUT_MAX);
	mg_buf_init(&again, OUT_MAX);
	mg_rules_exim_uninstall(input, &plain);
	if (mg_rules_exim_install(file, mg_buf_slice(&plain), &lines,
				  &installed, NULL) == 0 &&
	    !mg_rules_exim_has_block(mg_buf_slice(&plain))) {
		if (plain.len && plain.ptr[plain.len - 1] != '\n')
			mg_buf_add_char(&plain, '\n');
		check(mg_rules_exim_is_intact(mg_buf_slice(&installed)));
		mg_rules_exim_uninstall(mg_buf_slice(&installed), &again);
		check_same(&plain, &again);
	}
	mg_buf_release(&again);
	mg_buf_release(&installed);
	mg_buf_release(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mg_slice input = mg_slice_of((const char *)data, size);

	fuzz_map(input);
	fuzz_install(MG_EXIM_WHOLE, input);
	fuzz_install(MG_EXIM_CPANEL, input);
	return 0;
}
