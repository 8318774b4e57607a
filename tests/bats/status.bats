# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# mailguard status: whether sweeps run, keep up, and understand; and the file that they leave.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	MAILGUARD=$MAILGUARD-test
	STATE=$BATS_TEST_TMPDIR/state
	LOG=$BATS_TEST_TMPDIR/mainlog
	at 01:50
	message 01:45:01 >"$LOG"
}

# at HH:MM: the time of day from here on, 2026-11-22 UTC.
at() {
	export MG_TEST_NOW=$((1795305600 + 3600 * 10#${1%:*} + 60 * 10#${1#*:}))
}

# later HOURS: so much after that.
later() {
	MG_TEST_NOW=$((MG_TEST_NOW + 3600 * $1))
}

# message HH:MM:SS [LOGIN]: the line of one that was sent.
message() {
	local login=${2-info@a.example}
	echo "2026-11-22 $1 ${1//:/}-0003rl-0M <= x@far.test H=(x) [192.0.2.7] P=esmtpa A=login:$login S=100 for a@far.test"
}

# sweep STATUS [LOG...]: count LOG, or others.
sweep() {
	local status=$1
	shift
	[ $# -gt 0 ] || set -- "$LOG"
	run "-$status" "$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$STATE" "$@"
}

# status EXIT [OPTION...]: ask for it; the document is in DOC, the problems in output.
status() {
	local status=$1
	DOC=$BATS_TEST_TMPDIR/status.json
	shift
	run "-$status" --separate-stderr "$MAILGUARD" status --state "$STATE" --json "$@"
	[ -z "$stderr" ]
	printf '%s\n' "$output" >"$DOC"
	[ "$(jq .healthy "$DOC")" = "$([ "$status" -eq 0 ] && echo true || echo false)" ]
	output=$(jq -r '.problems // empty' "$DOC")
}

@test "a good sweep is healthy, and says how far it came" {
	sweep 0
	at 01:53
	status 0
	[ "$(jq -c '[.began, .ended, .good, .status, .messages, .unattributed, .cause]' "$DOC")" = \
		'["2026-11-22T01:50:00Z","2026-11-22T01:50:00Z","2026-11-22T01:50:00Z",0,1,0,null]' ]
	[ "$(jq -c '.rows[0] | [.source, .log, .behind_bytes, .last_line, .swept, .lines]' "$DOC")" = \
		"[\"exim\",\"$LOG\",0,\"2026-11-22T01:45:01Z\",\"2026-11-22T01:50:00Z\",1]" ]
	[ "$(jq '.state_bytes > 4096' "$DOC")" = true ]
	cmp "$STATE/health" - <<-'EOF'
		began=1795312200
		ended=1795312200
		good=1795312200
		status=0
		good.exim=1795312200
	EOF
	[ "$(stat -c %a "$STATE/health")" = 600 ]
}

@test "what was not read yet is behind" {
	sweep 0
	message 01:51:00 >>"$LOG"
	status 0
	[ "$(jq '.rows[0].behind_bytes' "$DOC")" -eq "$(message 01:51:00 | wc -c)" ]
	# Rotated: the new file is not read yet.
	mv "$LOG" "$LOG.1"
	message 01:52:00 >"$LOG"
	message 01:53:00 >>"$LOG"
	status 0
	[ "$(jq '.rows[0].behind_bytes' "$DOC")" -eq "$(wc -c <"$LOG")" ]
	sweep 0
	status 0
	[ "$(jq -c '[.rows[].behind_bytes]' "$DOC")" = '[0]' ]
}

@test "rotated files that were named once are not followed" {
	message 01:40:00 >"$LOG.1"
	message 01:35:00 >"$LOG.2"
	message 01:30:00 | gzip >"$LOG.3.gz"
	message 01:25:00 | gzip >"$BATS_TEST_TMPDIR/older.gz"
	sweep 0 "$LOG"* "$BATS_TEST_TMPDIR/older.gz"
	rm "$LOG.2"
	status 0
	[ "$(jq -c '[.rows[].log]' "$DOC")" = "[\"$LOG\"]" ]
}

@test "a relative path is found from everywhere" {
	cd "$BATS_TEST_TMPDIR"
	sweep 0 mainlog
	cd /
	status 0
	[ "$(jq -c '.rows[0] | [.log, .behind_bytes]' "$DOC")" = '["mainlog",0]' ]
}

@test "sweeps that stop are noticed after max-age, not before" {
	sweep 0
	at 02:05
	status 0 --max-age 15m
	at 02:06
	status 1 --max-age 15m
	[[ ${output} == *'the last good sweep was 16 min ago'* ]]
	status 0 --max-age 1h
	status 0
}

@test "one command that stops is noticed while another goes on, once there is something to read" {
	local other=$BATS_TEST_TMPDIR/dovecot.log
	cp "$TESTS/data/dovecot/2.3-own.log" "$other"
	sweep 0
	sweep 0 --dialect dovecot "$other"
	at 02:10
	sweep 0
	status 0 --max-age 15m
	echo 'Nov 22 02:05:00 imap-login: Info: x' >>"$other"
	status 1 --max-age 15m
	[ "$output" = "$other: 36 bytes are not read; the last good sweep of it was 20 min ago" ]
	status 0 --max-age 20m
	# A sweep of it that fails does not count.
	sweep 4 --dialect dovecot "$other.none"
	run cat "$STATE/health"
	[[ $output == *$'good=1795313400\nstatus=4\n'*good.dovecot=1795312200* ]]
}

@test "a log that was swept once, and got nothing since, is not followed" {
	local once=$BATS_TEST_TMPDIR/once
	cp "$LOG" "$once"
	message 01:46:00 >>"$once"
	sweep 0 "$once"
	sweep 0
	rm "$once"
	status 1
	[ "$output" = "$once is not there" ]
	later 25
	message 02:00:00 >>"$LOG"
	sweep 0
	status 0
	[ "$(jq -c '[.rows[].log]' "$DOC")" = "[\"$LOG\"]" ]
}

@test "a sweep that fails is a problem at once; what was good before stays known" {
	sweep 0
	at 01:55
	sweep 4 "$LOG" "$LOG.none"
	status 1
	[[ $output == "the last sweep ended with status 4: cannot open '$LOG.none': no such file or directory, skipping" ]]
	[ "$(jq -r .good "$DOC")" = 2026-11-22T01:50:00Z ]
	grep -qx "why=cannot open '$LOG.none': no such file or directory, skipping" "$STATE/health"
	at 02:00
	sweep 0
	status 0
	[ "$(jq -r .good "$DOC")" = 2026-11-22T02:00:00Z ]
}

@test "a state without a file of health has no good sweep" {
	sweep 0
	rm "$STATE/health"
	status 1 --max-age 15m
	[ "$output" = 'no sweep has ended here yet' ]
	[ "$(jq -c '[.began, .ended, .good]' "$DOC")" = '[null,null,null]' ]
}

@test "a file of health that is damaged is a problem, and no obstacle" {
	sweep 0
	for text in began 'status=x' $'ended=1\n=' $'good=-1\n'; do
		printf '%s\n' "$text" >"$STATE/health"
		status 1
		[[ $output == *"'health' is damaged"* ]]
	done
	printf 'began=1\nended=2\ngood=2\nstatus=0\nlater=7\n' >"$STATE/health"
	status 0
	echo damaged >"$STATE/health"
	sweep 0
	status 0
}

@test "dry runs and sweeps that have to wait leave no word" {
	sweep 0
	at 02:00
	sweep 0 --dry-run "$LOG"
	status 0
	[ "$(jq -r .ended "$DOC")" = 2026-11-22T01:50:00Z ]
	exec 9<"$STATE"
	flock 9
	sweep 7
	status 0
	[ "$(jq -r .ended "$DOC")" = 2026-11-22T01:50:00Z ]
}

@test "a log that is missing, or was cut" {
	sweep 0
	mv "$LOG" "$LOG.away"
	status 1
	[ "$output" = "$LOG is not there" ]
	[ "$(jq '.rows[0].behind_bytes' "$DOC")" = null ]
	mv "$LOG.away" "$LOG"
	: >"$LOG"
	status 1
	[[ $output == "$LOG is shorter than what was read of it"* ]]
}

@test "drift is a problem until a sweep understands again" {
	sweep 0
	for i in 1 2 3; do
		echo "2026-11-22 01:55:0$i something of a new version $i"
	done >>"$LOG"
	sweep 1
	status 1
	[[ $output == *'exim: 3 of 3 lines of the last sweep are of no known kind'* ]]
	[[ $output == *'the last sweep ended with status 1: '* ]]
	message 01:56:00 >>"$LOG"
	sweep 0
	status 0
}

@test "mail that nobody is charged with, and why" {
	sweep 0
	message 01:46:00 who@gone.test >>"$LOG"
	sweep 0
	status 1
	[[ $output == '50 % of the mail of the last day is charged to nobody; '* ]]
	[ "$(jq -c '[.messages, .unattributed, .cause]' "$DOC")" = '[2,1,"unknown-login"]' ]
	# A day later it is no news any more.
	at 23:59
	later 3
	status 0
	[ "$(jq .messages "$DOC")" -eq 0 ]
}

@test "the journal is a source without a file" {
	printf '__CURSOR=s=0123456789abcdef0123456789abcdef;i=1;b=0;m=0;t=0;x=0\n__REALTIME_TIMESTAMP=1795311900000000\n_UID=0\nSYSLOG_IDENTIFIER=postfix/smtpd\nMESSAGE=connect from x[192.0.2.1]\n\n' |
		"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$STATE" --dialect journal -
	status 0
	[ "$(jq -c '.rows | map([.source, .log, .behind_bytes, .lines])' "$DOC")" = '[["journal",null,null,1]]' ]
}

@test "for people" {
	sweep 0
	at 01:53
	run -0 --separate-stderr "$MAILGUARD" status --state "$STATE" --root "$TESTS/data/hosts/cpanel"
	[ "${lines[0]}" = 'last sweep    2026-11-22 01:50, 3 min ago, took 0 s: good' ]
	[[ ${lines[1]} == "state         $STATE, 0."*' MB' ]]
	[ "${lines[2]}" = 'unattributed  0 of 1 messages of the last day (0 %) are charged to nobody' ]
	[[ ${lines[3]} == 'SOURCE  LOG '*'BEHIND  LAST LINE '* ]]
	[ "${lines[5]}" = 'no problems' ]
	rm "$LOG"
	run -1 --separate-stderr "$MAILGUARD" status --state "$STATE"
	[ "${lines[-1]}" = "- $LOG is not there" ]
}

@test "hostile names print no control characters" {
	LOG=$BATS_TEST_TMPDIR/$'main\e[31mlog'
	message 01:45:01 >"$LOG"
	sweep 0
	rm "$LOG"
	run -1 --separate-stderr "$MAILGUARD" status --state "$STATE"
	[[ $output != *$'\e'* ]]
}

@test "usage errors" {
	run -2 --separate-stderr "$MAILGUARD" status --state "$STATE" surplus
	run -2 --separate-stderr "$MAILGUARD" status --state "$STATE" --max-age soon
	[[ $stderr == *"--max-age: 'soon'"* ]]
	run -2 --separate-stderr "$MAILGUARD" status --state "$STATE" --max-age 0m
	run -3 --separate-stderr "$MAILGUARD" status --state "$STATE"
	[[ $stderr == *'no state in'* ]]
}
