# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# Logs of Dovecot: who checked their mail, and who could not log in.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	LOG=$BATS_TEST_TMPDIR/dovecot.log
	STATE=$BATS_TEST_TMPDIR/state
}

sweep() {
	"$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$STATE" --accounts cpanel "$@"
}

report() {
	"$MAILGUARD" report --state "$STATE" --utc "$@"
}

# login HOUR SERVICE MAILBOX IP
login() {
	echo "2026-11-22 $1:15:00 $2-login: Info: Login: user=<$3>, method=PLAIN, rip=$4, lip=10.99.0.4, TLS, session=<a>"
}

# failed HOUR TRIES IP
failed() {
	echo "2026-11-22 $1:15:00 imap-login: Info: Disconnected: Connection closed (auth failed, $2 attempts in 9 secs):" \
		"user=<x, rip=192.0.2.66, lip=10.99.0.4>, method=PLAIN, rip=$3, lip=10.99.0.4, session=<b>"
}

some_checks() {
	login 01 imap joe@a.example 192.0.2.7
	login 01 pop3 joe@a.example 192.0.2.7
	login 01 imap ann@a.example 192.0.2.7
	login 02 imap joe@a.example 192.0.2.7
	login 02 pop3 shop@b.example 2001:db8::7
	failed 02 3 203.0.113.66
	failed 02 1 203.0.113.66
}

@test "Dovecot's own log is counted, and what was counted is told" {
	some_checks >"$LOG"
	run -0 --separate-stderr sweep --dialect dovecot "$LOG"
	[ -z "$output" ]
	[[ "$stderr" == *" 7 lines, 0.0 MB: 5 POP3 and IMAP logins, 2 sessions with failed logins" ]]
	run -0 --separate-stderr report --by ip --format csv
	[ "$output" = "ip,checks,imap,pop3,failed_logins,failed_sessions,mailboxes
192.0.2.7,4,3,1,0,0,2
2001:db8::7,1,0,1,0,0,1
203.0.113.66,0,0,0,4,2,0" ]
	run -0 --separate-stderr report --by domain --format csv
	[ "${#lines[@]}" -eq 1 ]
}

@test "by the hour, in bounds, and the addresses with the most checks" {
	some_checks >"$LOG"
	sweep --quiet --dialect dovecot "$LOG"
	run -0 --separate-stderr report --by ip --hours --top 1 --format csv
	[ "$output" = "hour,ip,checks,imap,pop3,failed_logins,failed_sessions,mailboxes
2026-11-22T01:00:00Z,192.0.2.7,3,2,1,0,0,2
2026-11-22T02:00:00Z,192.0.2.7,1,1,0,0,0,1" ]
	[[ "$stderr" == *"2 more rows"* ]]
	run -0 --separate-stderr report --by ip --since 2026-11-22T02:00 --format csv
	[ "${lines[1]}" = 192.0.2.7,1,1,0,0,0,1 ]
	run -0 --separate-stderr report --by ip --until 2026-11-22T02:00
	[[ "${lines[2]}" == "192.0.2.7       3     2     1              0                0          2" ]]
	[ "${#lines[@]}" -eq 3 ]
}

@test "a mailbox that checks again in a later sweep is no other mailbox" {
	some_checks >"$LOG"
	sweep --quiet --dialect dovecot "$LOG"
	some_checks >>"$LOG"
	sweep --quiet --dialect dovecot "$LOG"
	run -0 --separate-stderr report --by ip --format csv
	[ "${lines[1]}" = 192.0.2.7,8,6,2,0,0,2 ]
	[ "${lines[3]}" = 203.0.113.66,0,0,0,8,4,0 ]
}

@test "the mail log of a host tells of mail and of logins" {
	cat "$TESTS/data/postfix/3.7-rsyslog.log" "$TESTS/data/dovecot/2.3-rsyslog.log" >"$LOG"
	run -0 --separate-stderr sweep --dialect syslog "$LOG"
	[[ "$stderr" == *" messages arrived, "*" failed; 57 POP3 and IMAP logins, 21 sessions with failed logins" ]]
}

@test "a log that came through syslog is not Dovecot's own" {
	run -1 --separate-stderr sweep --dialect dovecot "$TESTS/data/dovecot/2.3-rsyslog.log"
	[[ "$stderr" == *"is it the right file and --dialect?"* ]]
	run -0 --separate-stderr report --by ip
	[[ "$stderr" == *"nothing was counted"* ]]
}

@test "a state of the first version learns to count checks" {
	mkdir -m 700 "$STATE"
	sqlite3 "$STATE/state.db" <"$TESTS/data/state/1.sql"
	some_checks >"$LOG"
	sweep --quiet --dialect dovecot "$LOG"
	run -0 --separate-stderr report --by ip --format csv
	[ "${lines[1]}" = 192.0.2.7,4,3,1,0,0,2 ]
	run -0 --separate-stderr report --by domain --format csv
	[ "${#lines[@]}" -eq 2 ]
}

@test "a dry run counts and keeps nothing" {
	some_checks >"$LOG"
	run -0 --separate-stderr sweep --dry-run --dialect dovecot "$LOG"
	[[ "$stderr" == *"5 POP3 and IMAP logins"* ]]
	[ ! -e "$STATE" ]
}

@test "a flood of addresses costs a bounded number of rows, no count, and nobody who can log in" {
	awk 'BEGIN { for (i = 1; i <= 210000; i++)
		printf "2026-11-22 02:15:00 imap-login: Info: Aborted login (auth failed, 2 attempts in 4 secs): " \
			"user=<x>, rip=2001:db8:%x:%x::1, lip=::1\n", i / 65536, i % 65536 }' >"$LOG"
	login 02 imap joe@a.example 192.0.2.7 >>"$LOG"
	sweep --quiet --dialect dovecot "$LOG"
	report --by ip --hours --top 0 --format json >"$BATS_TEST_TMPDIR/report.json"
	[ "$(jq '[.rows[].failed_logins] | add' "$BATS_TEST_TMPDIR/report.json")" -eq 420000 ]
	[ "$(jq '.rows | length' "$BATS_TEST_TMPDIR/report.json")" -eq 200002 ]
	[ "$(jq -c '[.rows[] | select(.ip == null) | [.checks, .failed_sessions, .mailboxes]]' \
		"$BATS_TEST_TMPDIR/report.json")" = '[[0,10000,0]]' ]
	[ "$(jq -c '[.rows[] | select(.ip == "192.0.2.7") | .checks]' "$BATS_TEST_TMPDIR/report.json")" = '[1]' ]
	# However the log is cut, the rows are the same.
	STATE=$BATS_TEST_TMPDIR/pieces
	for size in 5000001 20000000 99999999; do
		head -c $size "$LOG" >"$BATS_TEST_TMPDIR/piece.log"
		sweep --quiet --dialect dovecot "$BATS_TEST_TMPDIR/piece.log"
	done
	report --by ip --hours --top 0 --format json | cmp - "$BATS_TEST_TMPDIR/report.json"
}
