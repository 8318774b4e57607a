/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/clock.h"
#include "mailguard/service.h"

#define HANG_S 60 /* then SIGALRM ends the test; no test comes near it */
#define LONG_MS (10 * 60 * 1000)

static struct mg_service service;
static struct mg_err err;

/* A manager that listens at a name as it is in the environment. */
static int listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, name, strlen(name));
	if (*name == '@')
		at.sun_path[0] = '\0';
	assert_true(fd >= 0);
	assert_int_equal(
		bind(fd, (const struct sockaddr *)(const void *)&at,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 strlen(name))),
		0);
	return fd;
}

static const char *heard(int fd)
{
	static char text[1024];
	const ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_tell(void **state)
{
	char abstract[64], path[64];

	(void)state;
	(void)snprintf(abstract, sizeof(abstract), "@mg-service-%ld",
		       (long)getpid());
	(void)snprintf(path, sizeof(path), "/tmp/mg-service-%ld",
		       (long)getpid());
	for (int i = 0; i < 2; i++) {
		const char *name = i ? path : abstract;
		const int fd = listen_at(name);

		assert_int_equal(mg_service_begin(&service,
						  &(struct mg_service_words){
							  .socket = name },
						  &err),
				 0);
		mg_service_tell(&service, "STATUS=%d of %s", 2, "x");
		assert_string_equal(heard(fd), "STATUS=2 of x");
		mg_service_tell(&service, "STATUS=%s", "x\nWATCHDOG=trigger");
		assert_string_equal(heard(fd), "STATUS=x?WATCHDOG=trigger");
		mg_service_pulse(&service);
		assert_string_equal(heard(fd), "");
		assert_int_equal(close(fd), 0);
		mg_service_tell(&service, "nobody is there any more");
		mg_service_end(&service);
	}
	assert_int_equal(unlink(path), 0);
}

static void test_nobody_to_tell(void **state)
{
	static const struct {
		const char *socket;
		int rc;
		const char *says;
	} rows[] = {
		{ NULL, 0, "" },
		{ "", -MG_EUSAGE, "is no path and no abstract name" },
		{ "relative", -MG_EUSAGE, "is no path and no abstract name" },
		{ "vsock:2:1", -MG_EUSAGE, "is no path and no abstract name" },
		{ "/no/such/socket", -MG_EIO, "no such file or directory" },
		{ "/0123456789012345678901234567890123456789012345678901234567"
		  "8901234567890123456789012345678901234567890123456789",
		  -MG_EUSAGE, "is no path and no abstract name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err = (struct mg_err){ 0 };
		assert_int_equal(
			mg_service_begin(&service,
					 &(struct mg_service_words){
						 .socket = rows[i].socket,
						 .watchdog_us = "1000" },
					 &err),
			rows[i].rc);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_int_equal(service.pulse_ms, 0);
		mg_service_tell(&service, "READY=1");
		mg_service_pulse(&service);
		mg_service_end(&service);
	}
}

static void test_watchdog(void **state)
{
	char name[64], us[32], pid[32];
	const struct {
		const char *us, *pid;
		int64_t ms;
	} rows[] = {
		{ "120000000", NULL, 60000 },
		{ us, pid, 60000 },
		{ us, "1", 0 },
		{ us, "x", 0 },
		{ "x", NULL, 0 },
		{ NULL, pid, 0 },
		{ "0", pid, 0 },
	};
	int fd;

	(void)state;
	(void)snprintf(us, sizeof(us), "%d", 120000000);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)snprintf(name, sizeof(name), "@mg-service-%ld", (long)getpid());
	fd = listen_at(name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_service_words words = {
			.socket = name,
			.watchdog_us = rows[i].us,
			.watchdog_pid = rows[i].pid,
		};

		assert_int_equal(mg_service_begin(&service, &words, &err), 0);
		assert_int_equal(service.pulse_ms, rows[i].ms);
		/* Said at once, and not again before its time. */
		mg_service_pulse(&service);
		mg_service_pulse(&service);
		assert_string_equal(heard(fd), rows[i].ms ? "WATCHDOG=1" : "");
		assert_string_equal(heard(fd), "");
		mg_service_end(&service);
	}
	assert_int_equal(close(fd), 0);
}

static void test_signals(void **state)
{
	(void)state;
	assert_int_equal(mg_service_begin(&service,
					  &(struct mg_service_words){ 0 },
					  &err),
			 0);
	assert_false(mg_service_is_ending());
	assert_false(mg_service_wants_reload());
	assert_int_equal(raise(SIGHUP), 0);
	mg_service_wait(&service, -1, LONG_MS); /* there is no waiting */
	assert_true(mg_service_wants_reload());
	assert_false(mg_service_wants_reload());
	assert_false(mg_service_is_ending());
	assert_int_equal(raise(SIGTERM), 0);
	assert_true(mg_service_is_ending());
	mg_service_wait(&service, -1, LONG_MS);
	mg_service_end(&service);
}

/* Also where both were blocked by who started us. */
static void test_a_second_signal_ends_it(void **state)
{
	static const struct {
		int first, second;
	} rows[] = { { SIGTERM, SIGTERM },
		     { SIGTERM, SIGINT },
		     { SIGINT, SIGTERM } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const pid_t child = fork();
		sigset_t all;
		int status;

		assert_true(child >= 0);
		if (child == 0) {
			(void)alarm(HANG_S);
			(void)sigfillset(&all);
			(void)sigprocmask(SIG_SETMASK, &all, NULL);
			if (mg_service_begin(&service,
					     &(struct mg_service_words){ 0 },
					     NULL) < 0 ||
			    raise(rows[i].first) || !mg_service_is_ending())
				_exit(1);
			(void)raise(rows[i].second);
			_exit(2);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), rows[i].second);
	}
}

static void test_wait(void **state)
{
	int64_t began_ms;
	int ends[2];

	(void)state;
	assert_int_equal(mg_service_begin(&service,
					  &(struct mg_service_words){ 0 },
					  &err),
			 0);
	assert_int_equal(pipe(ends), 0);
	began_ms = mg_clock_mono_ms();
	mg_service_wait(&service, ends[0], 20);
	assert_true(mg_clock_mono_ms() - began_ms >= 19);
	mg_service_wait(&service, -1, -5);
	/* Until the next pulse at most. */
	service.pulse_ms = 1;
	mg_service_wait(&service, ends[0], LONG_MS);
	service.pulse_ms = 0;
	assert_int_equal(write(ends[1], "x", 1), 1);
	mg_service_wait(&service, ends[0], LONG_MS);
	(void)close(ends[0]);
	(void)close(ends[1]);
	mg_service_end(&service);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tell),
		cmocka_unit_test(test_nobody_to_tell),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_a_second_signal_ends_it),
		cmocka_unit_test(test_wait),
	};

	(void)alarm(HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
