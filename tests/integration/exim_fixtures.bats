#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the logs of real Exims, shipped in tests/data/exim, what was really sent.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
}

@test "Exim 4.96 with a rich selector is counted right" {
	mg_counts_truth cpanel "$TESTS/data/exim/4.96-rich"
}

@test "Exim 4.98 with a rich selector is counted right" {
	mg_counts_truth cpanel "$TESTS/data/exim/4.98-rich"
}

@test "Exim 4.96 with Debian's selector, which lists no recipients, is counted right" {
	mg_counts_truth cpanel "$TESTS/data/exim/4.96-default"
}

@test "Exim 4.96 through syslog, whose long lines come in pieces, is counted right" {
	MG_DIALECT=syslog mg_counts_truth cpanel "$TESTS/data/exim/4.96-syslog"
}

@test "cPanel's identification of senders is believed for local mail" {
	mg_counts_truth cpanel "$TESTS/data/exim/4.96-cpanel"
}

@test "hostile text in a log of Exim 4.96 moves no count" {
	mg_counts_truth cpanel "$TESTS/data/exim/4.96-hostile"
}

@test "hostile text in a log of Exim 4.98 moves no count" {
	mg_counts_truth cpanel "$TESTS/data/exim/4.98-hostile"
}

@test "the demonstration log is counted right" {
	mg_counts_truth cpanel "$TESTS/data/exim/demo"
}

@test "a plain table of domains gives the same counts as cPanel's" {
	mg_counts_truth plain "$TESTS/data/exim/4.96-rich"
}

@test "lines that a local user writes by cwd= are believed, and move no other count" {
	local version
	for version in 4.96 4.98; do
		rm -rf "$BATS_TEST_TMPDIR/state"
		mg_counts_but cpanel "$TESTS/data/exim/$version-forged" <<-END
			a.example (alice): messages is 4, should be 5
			a.example (alice): recipients is 4, should be 5
			a.example (alice): delivered is 4, should be 5
			c.example (bob): messages is 2, should be 0
			c.example (bob): recipients is 2, should be 0
			unattributed (no account): messages is 2, should be 0
			unattributed (no account): recipients is 2, should be 0
			unattributed (no account): delivered is 2, should be 0
		END
	done
}
