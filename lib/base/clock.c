/* SPDX-License-Identifier: MIT */
#include "mailguard/clock.h"

#include <stdbool.h>
#include <time.h>

static bool is_stopped, is_boot_stopped;
static int64_t stopped_at_s, boot_stopped_at_s;

int64_t mg_clock_now(void)
{
	struct timespec now;

	if (is_stopped)
		return stopped_at_s;
	/* CLOCK_REALTIME cannot fail with a valid pointer. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

int64_t mg_clock_mono_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t mg_clock_boot(void)
{
	struct timespec now;

	if (is_boot_stopped)
		return boot_stopped_at_s;
	if (is_stopped)
		return stopped_at_s;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

void mg_clock_set(int64_t now_s)
{
	is_stopped = true;
	stopped_at_s = now_s;
}

void mg_clock_set_boot(int64_t boot_s)
{
	is_boot_stopped = true;
	boot_stopped_at_s = boot_s;
}
