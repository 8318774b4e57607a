#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the logs of real Postfixes, shipped in tests/data/postfix, what was really sent.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	export MG_DIALECT=postfix
}

@test "Postfix 3.7 by rsyslog, with short queue ids, is counted right" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.7-rsyslog"
}

@test "Postfix 3.7 by postlogd, with long queue ids, is counted right" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.7-postlogd"
}

@test "Postfix 3.10 by rsyslog is counted right" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.10-rsyslog"
}

@test "mail through a content filter of Postfix 3.7 counts once" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.7-filter"
}

@test "mail through a content filter of Postfix 3.10 counts once" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.10-filter"
}

@test "mail that is put back into the queue, held, deleted or expired counts once" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.7-queue"
}

@test "hostile text in a log of Postfix 3.7 moves no count" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.7-hostile"
}

@test "hostile text in a log of Postfix 3.10 moves no count" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.10-hostile"
}

@test "a plain table of domains gives the same counts as cPanel's" {
	mg_counts_truth plain "$TESTS/data/postfix/3.7-rsyslog"
}

@test "the dialect syslog counts a Postfix log as well" {
	MG_DIALECT=syslog mg_counts_truth cpanel "$TESTS/data/postfix/3.7-rsyslog"
}

@test "F43: lines that rsyslog says are repeated, and text that says so itself, move no count" {
	mg_counts_truth cpanel "$TESTS/data/postfix/3.7-reduced"
}

@test "A07, A08: lines by logger and postlog are believed, and move no other count" {
	mg_counts_but cpanel "$TESTS/data/postfix/3.7-forged" <<-END
		c.example (bob): messages is 3, should be 0
		c.example (bob): recipients is 1001, should be 0
		c.example (bob): delivered is 1, should be 0
		unattributed (no account): messages is 0, should be 1
		unattributed (no account): recipients is 0, should be 1
		unattributed (no account): delivered is 0, should be 1
	END
}
