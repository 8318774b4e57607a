#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the logs of real Dovecots, shipped in tests/data/dovecot, who really logged in.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	DATA=$TESTS/data/dovecot
}

# naive LOG: failed sessions of 192.0.2.66, which never spoke, to who takes the first rip= of a line.
naive() {
	sed -n 's/.*-login: .*(auth failed.* \{0,1\}user=<[^=]*rip=\([0-9.]*\).*/\1/p' "$1" | grep -c '^192\.0\.2\.66$'
}

@test "Dovecot 2.3 through rsyslog is counted right" {
	MG_DIALECT=syslog mg_checks_truth cpanel "$DATA/2.3-rsyslog"
}

@test "Dovecot 2.3 in a file of its own, without years, is counted right" {
	MG_DIALECT=dovecot mg_checks_truth cpanel "$DATA/2.3-own"
}

@test "Dovecot 2.4 through rsyslog is counted right" {
	MG_DIALECT=syslog mg_checks_truth cpanel "$DATA/2.4-rsyslog"
}

@test "Dovecot 2.4 in a file of its own, with stamps of ISO 8601, is counted right" {
	MG_DIALECT=dovecot mg_checks_truth cpanel "$DATA/2.4-own"
}

@test "hostile names in a log of Dovecot 2.3 move no count" {
	MG_DIALECT=syslog mg_checks_truth cpanel "$DATA/2.3-hostile"
	rm -r "$BATS_TEST_TMPDIR/state"
	MG_DIALECT=dovecot mg_checks_truth cpanel "$DATA/2.3-hostile-own"
}

@test "hostile names in a log of Dovecot 2.4 move no count" {
	MG_DIALECT=dovecot mg_checks_truth cpanel "$DATA/2.4-hostile"
}

@test "those names do fool a reader that takes the first address" {
	[ "$(naive "$DATA/2.3-hostile.log")" -gt 20 ]
	[ "$(naive "$DATA/2.4-hostile.log")" -gt 20 ]
}

@test "a plain table of domains gives the same counts as cPanel's, and so does the dialect postfix" {
	MG_DIALECT=dovecot mg_checks_truth plain "$DATA/2.3-own"
	rm -r "$BATS_TEST_TMPDIR/state"
	MG_DIALECT=postfix mg_checks_truth plain "$DATA/2.4-rsyslog"
}

@test "every line of them is of a known kind, and only names that fit are in the table of origins" {
	for log in "$DATA"/*.log; do
		dialect=dovecot
		[[ "$(head -n 1 "$log")" != *" dovecot: "* ]] || dialect=syslog
		rm -rf "$BATS_TEST_TMPDIR/state"
		MG_DIALECT=$dialect mg_sweep cpanel --quiet "$log"
		run -0 sqlite3 "$BATS_TEST_TMPDIR/state/state.db" \
			"SELECT kind, n FROM line WHERE kind NOT LIKE 'dovecot/%' OR kind IN ('dovecot/other', 'dovecot/odd')"
		[ -z "$output" ]
		run -0 sqlite3 "$BATS_TEST_TMPDIR/state/state.db" \
			"SELECT DISTINCT name FROM origin WHERE name LIKE '%192.0.2.66%' OR domain NOT LIKE '_.example'"
		[ -z "$output" ]
	done
}

@test "one file of the whole mail system gives what each of its parts gives" {
	cat "$TESTS/data/postfix/3.7-rsyslog.log" "$DATA/2.3-rsyslog.log" |
		sort -s -k 1,1 >"$BATS_TEST_TMPDIR/mail.log"
	MG_DIALECT=syslog mg_sweep cpanel "$BATS_TEST_TMPDIR/mail.log"
	mg_report >"$BATS_TEST_TMPDIR/report.json"
	"$TESTS/compare_truth.py" "$BATS_TEST_TMPDIR/report.json" "$TESTS/data/postfix/3.7-rsyslog.truth.json"
	mg_checks >"$BATS_TEST_TMPDIR/checks.json"
	"$TESTS/compare_checks.py" "$BATS_TEST_TMPDIR/checks.json" "$DATA/2.3-rsyslog.truth.json"
}
