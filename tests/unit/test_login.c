/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/login.h"

#define NOBODY UINT32_MAX

static struct mg_err err;

/* What the kernel says; NOBODY where it keeps none. */
static uint32_t kept(void)
{
	FILE *f = fopen("/proc/self/loginuid", "re");
	unsigned uid = NOBODY;

	if (f && fscanf(f, "%u", &uid) != 1)
		uid = NOBODY;
	if (f)
		(void)fclose(f);
	return uid;
}

static void expect(uint32_t want)
{
	uint32_t uid = 7;

	err = (struct mg_err){ 0 };
	if (want == NOBODY) {
		assert_int_equal(mg_login_uid(&uid, &err), -MG_ECONF);
		assert_non_null(strstr(err.text, "nobody is logged in here"));
		assert_int_equal(uid, 7);
		return;
	}
	assert_int_equal(mg_login_uid(&uid, &err), 0);
	assert_int_equal(uid, want);
	assert_string_equal(err.text, "");
}

static void test_what_the_kernel_says(void **state)
{
	(void)state;
	expect(kept());
}

/* A session has one as soon as somebody writes it, which root may. */
static void test_of_a_session(void **state)
{
	const int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0)
		return;
	if (kept() == NOBODY && write(fd, "1001", 4) == 4)
		assert_int_equal(kept(), 1001);
	(void)close(fd);
	expect(kept());
}

static void test_set(void **state)
{
	(void)state;
	mg_login_set_uid(1002);
	expect(1002);
	mg_login_set_uid(0); /* root itself logged in: a person like others */
	expect(0);
	mg_login_set_uid(NOBODY - 1);
	expect(NOBODY - 1);
	mg_login_set_uid(NOBODY);
	expect(NOBODY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_kernel_says),
		cmocka_unit_test(test_of_a_session),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
