/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as main.cf and master.cf: what is put in comes out again, and
 * nothing else does; as names: nothing in the map is a line of its own; and as
 * what postcat and postqueue print.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "mailguard/rules_postfix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*install_fn)(struct mg_slice text, struct mg_slice dir,
			  struct mg_buf *out, struct mg_err *err);

static void add_plain(struct mg_slice text, struct mg_buf *out)
{
	mg_buf_init(out, MG_RULES_POSTFIX_CF_MAX);
	mg_rules_postfix_uninstall(text, out);
}

static void check_install(install_fn install, struct mg_slice text)
{
	struct mg_buf plain, ours, out;
	struct mg_err err;

	add_plain(text, &plain);
	mg_buf_init(&ours, MG_RULES_POSTFIX_CF_MAX);
	if (install(text, MG_LIT("/etc/mailguard/maps/postfix"), &ours, &err) ==
	    0) {
		/* The block begins on a line of its own. */
		if (plain.len && plain.ptr[plain.len - 1] != '\n')
			mg_buf_add_char(&plain, '\n');
		add_plain(mg_buf_slice(&ours), &out);
		/* What stood around ours may be ours when it is put together. */
		if (mg_slice_search(text, MG_LIT("mailguard")) == text.len)
			assert(mg_slice_is(mg_buf_slice(&out),
					   mg_buf_slice(&plain)));
		mg_buf_release(&out);
	}
	mg_buf_release(&ours);
	mg_buf_release(&plain);
}

static size_t count_lines(struct mg_slice text)
{
	struct mg_slice line;
	size_t n = 0;

	for (; mg_slice_cut_line(&text, &line); n++)
		assert(mg_slice_find(line, '\0') == line.len);
	return n;
}

/* Two lines for each entry, besides the first three. */
static void check_map(struct mg_slice text)
{
	struct mg_force force = { 0 };
	struct mg_slice name;
	struct mg_buf map;

	for (unsigned i = 0; mg_slice_cut_line(&text, &name); i++)
		(void)mg_force_add(&force, &(struct mg_force_entry){
						   .key = 1U << i % 3,
						   .verb = i % 2,
						   .name = name,
						   .uid = i,
						   .until = i,
						   .act = MG_LIT("0123") });
	mg_force_sort(&force);
	mg_buf_init(&map, 16 << 20);
	mg_rules_postfix_add_map(&map, &force, NULL);
	assert(!map.truncated);
	size_t n = 3;
	for (size_t i = 0; i < force.n_entries; i++)
		n += force.entries[i].until > 0 ? 2 : 0;
	assert(count_lines(mg_buf_slice(&map)) == n);
	mg_buf_release(&map);
	mg_force_release(&force);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mg_slice text = mg_slice_of((const char *)data, size);
	struct mg_rules_postfix_message message;
	struct mg_slice login;
	uint32_t uid;

	check_install(mg_rules_postfix_install_main, text);
	check_install(mg_rules_postfix_install_master, text);
	check_map(text);
	if (mg_rules_postfix_held(text, &message))
		assert(message.id.len && message.arrived >= 0);
	if (mg_rules_postfix_login(text, &login))
		assert(login.len <= size);
	(void)mg_rules_postfix_local_user(text, &uid);
	return 0;
}
