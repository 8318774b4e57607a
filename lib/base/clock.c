/* SPDX-License-Identifier: MIT */
#include "mailguard/clock.h"

#include <stdbool.h>
#include <time.h>

static bool is_stopped;
static int64_t stopped_at_s;

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

void mg_clock_set(int64_t now_s)
{
	is_stopped = true;
	stopped_at_s = now_s;
}
