/* SPDX-License-Identifier: MIT */
#include "mailguard/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/num.h"

#define TEXT_MAX 512 /* bytes of what is told at once */

/* All that a handler may touch. */
static volatile sig_atomic_t is_ending, is_reload_wanted;

static void handle(int number)
{
	if (number == SIGHUP) {
		is_reload_wanted = 1;
		return;
	}
	is_ending = 1;
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
}

static sigset_t ours(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	return set;
}

/* A read or a wait that it interrupts goes on. */
static void heed(int number)
{
	struct sigaction action = { .sa_handler = handle,
				    .sa_flags = SA_RESTART };

	(void)sigemptyset(&action.sa_mask);
	/* Cannot fail: the numbers are known. */
	(void)sigaction(number, &action, NULL);
}

/* A path, or an abstract name behind "@". */
static int connect_to(const char *name, int *fd, struct mg_err *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const size_t len = strlen(name);

	if ((*name != '/' && *name != '@') || len >= sizeof(to.sun_path))
		return mg_fail(err, MG_EUSAGE,
			       "NOTIFY_SOCKET: '%s' is no path and no abstract "
			       "name",
			       name);
	memcpy(to.sun_path, name, len);
	if (*name == '@')
		to.sun_path[0] = '\0';
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0 ||
	    connect(*fd, (const struct sockaddr *)(const void *)&to,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
		    0)
		return mg_fail_errno(err, "cannot reach '%s'", name);
	return 0;
}

/* Half of what is asked for, as its manual recommends. */
static int64_t pulse_ms(const struct mg_service_words *words)
{
	uint64_t us, pid;

	if (!words->watchdog_us ||
	    !mg_num_parse(mg_slice_str(words->watchdog_us), INT64_MAX, &us))
		return 0;
	if (words->watchdog_pid &&
	    (!mg_num_parse(mg_slice_str(words->watchdog_pid), INT32_MAX,
			   &pid) ||
	     (pid_t)pid != getpid()))
		return 0;
	return (int64_t)(us / 2000);
}

int mg_service_begin(struct mg_service *s, const struct mg_service_words *words,
		     struct mg_err *err)
{
	const sigset_t set = ours();
	int rc = 0;

	*s = (struct mg_service){ .fd = -1 };
	is_ending = is_reload_wanted = 0;
	heed(SIGTERM);
	heed(SIGINT);
	heed(SIGHUP);
	/* Whoever starts us may have blocked them. */
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (words->socket)
		rc = connect_to(words->socket, &s->fd, err);
	if (rc == 0 && s->fd >= 0)
		s->pulse_ms = pulse_ms(words);
	return rc;
}

void mg_service_end(struct mg_service *s)
{
	mg_file_close(&s->fd);
}

void mg_service_tell(const struct mg_service *s, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	int n;

	if (s->fd < 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A line of a stranger's ("WATCHDOG=trigger") would be obeyed. */
	for (char *c = text; n > 0 && *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	if (n > 0)
		(void)send(s->fd, text, strnlen(text, sizeof(text)),
			   MSG_NOSIGNAL);
}

void mg_service_pulse(struct mg_service *s)
{
	const int64_t now_ms = mg_clock_mono_ms();

	if (s->pulse_ms == 0 || now_ms < s->pulse_at_ms)
		return;
	s->pulse_at_ms = now_ms + s->pulse_ms;
	mg_service_tell(s, "WATCHDOG=1");
}

bool mg_service_is_ending(void)
{
	return is_ending;
}

bool mg_service_wants_reload(void)
{
	const bool is_wanted = is_reload_wanted;

	is_reload_wanted = 0;
	return is_wanted;
}

/* Signals come in while it waits, and at no moment between the look and that. */
void mg_service_wait(const struct mg_service *s, int fd, int64_t for_ms)
{
	struct pollfd what = { .fd = fd, .events = POLLIN };
	struct timespec left;
	const sigset_t set = ours();
	sigset_t before;

	if (s->pulse_ms && for_ms > s->pulse_ms)
		for_ms = s->pulse_ms;
	if (for_ms < 0)
		for_ms = 0;
	left = (struct timespec){ .tv_sec = for_ms / 1000,
				  .tv_nsec = for_ms % 1000 * 1000000 };
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	if (!is_ending && !is_reload_wanted)
		(void)ppoll(&what, 1, &left, &before);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}
