/* SPDX-License-Identifier: MIT */
/*
 * clock - the one place that reads the time of day.
 */
#ifndef MAILGUARD_CLOCK_H
#define MAILGUARD_CLOCK_H

#include <stdint.h>

/* Now, in Unix seconds UTC; what mg_clock_set said, where it was called. */
int64_t mg_clock_now(void);

/* Milliseconds of a clock that never jumps, for durations shown to people. */
int64_t mg_clock_mono_ms(void);

/*
 * mg_clock_boot - seconds since the host was started, asleep or not, which
 * nobody can set; what mg_clock_set_boot said, where it was called; as
 * mg_clock_now where only that was set.
 */
int64_t mg_clock_boot(void);

/*
 * mg_clock_set - stop the clock at a given second, for tests. The program that
 * ships never calls it; the test build does when MG_TEST_NOW is set.
 */
void mg_clock_set(int64_t now_s);

/* The same of mg_clock_boot, for MG_TEST_BOOT. */
void mg_clock_set_boot(int64_t boot_s);

#endif
