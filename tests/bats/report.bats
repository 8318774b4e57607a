# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# What report shows.

bats_require_minimum_version 1.5.0

load ../helper

setup_file() {
	export STATE=$BATS_FILE_TMPDIR/state
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$STATE" "$TESTS/data/exim/4.96-rich.log"
}

report() {
	"$MAILGUARD" report --state "$STATE" --utc "$@"
}

@test "the table lines up, most recipients first" {
	run -0 --separate-stderr report
	[[ "${lines[0]}" =~ ^DOMAIN\ +ACCOUNT\ +MESSAGES\ +RCPT ]]
	[[ "${lines[1]}" =~ ^a\.example\ +alice\ +38\ +329\  ]]
	[[ "$output" == *"(unattributed)"* ]]
	[ -z "$stderr" ]
	local width=${#lines[0]}
	for line in "${lines[@]}"; do
		[ ${#line} -eq "$width" ]
	done
}

@test "JSON has the schema's name, the question and the rows" {
	run -0 --separate-stderr report --format json --hours --since all --top 0
	[ "$(jq -r .schema <<<"$output")" = mailguard.report/1 ]
	[ "$(jq -c '[.by, .hours, .since, .until]' <<<"$output")" = '["domain",true,null,null]' ]
	[ "$(jq -c '.rows[0] | keys_unsorted' <<<"$output")" = \
		'["hour","domain","account","messages","recipients","delivered","deferred","failed","unknown_recipients","forwarded","bytes"]' ]
	[ "$(jq '[.rows[] | select(.domain == null)] | length' <<<"$output")" -ge 1 ]
	local json=$output
	run -0 --separate-stderr report --json --hours --top 0
	[ "$output" = "$json" ]
}

@test "CSV has a head and as many rows as JSON" {
	local n
	n=$(report --format json --top 0 | jq '.rows | length')
	run -0 --separate-stderr report --format csv --top 0
	[ "${lines[0]}" = "domain,account,weak,messages,recipients,delivered,deferred,failed,unknown_recipients,forwarded,bytes" ]
	[ ${#lines[@]} -eq $((n + 1)) ]
}

@test "--top leaves rows out and says so" {
	run -0 --separate-stderr report --top 1
	[ ${#lines[@]} -eq 2 ]
	[[ "$stderr" == *"more rows; --top 0 shows all"* ]]
	run -0 --separate-stderr report --top 1 --quiet
	[ -z "$stderr" ]
}

@test "--since and --until bound the hours" {
	local hour
	hour=$(report --json --hours | jq -r '.rows[0].hour')
	run -0 --separate-stderr report --json --since "$hour"
	[ "$(jq -r .since <<<"$output")" = "$hour" ]
	[ "$(jq '.rows | length' <<<"$output")" -ge 3 ]
	run -0 --separate-stderr report --json --until "$hour"
	[ "$(jq '.rows | length' <<<"$output")" = 0 ]
	[[ "$stderr" == *"nothing was counted in this time"* ]]
}

@test "durations count back from now" {
	local last
	last=$(date -u -d "$(report --json --hours | jq -r '.rows[-1].hour')" +%s)
	MAILGUARD_AT() {
		MG_TEST_NOW=$1 "$MAILGUARD-test" report --state "$STATE" --json --since "$2"
	}
	run -0 --separate-stderr MAILGUARD_AT $((last + 7200)) 3h
	[ "$(jq '.rows | length' <<<"$output")" -ge 1 ]
	run -0 --separate-stderr MAILGUARD_AT $((last + 7200)) 1h
	[ "$(jq '.rows | length' <<<"$output")" = 0 ]
}

@test "senders are shown by their domain" {
	run -0 --separate-stderr report --by sender-domain --json --top 0
	[ "$(jq -r .by <<<"$output")" = sender-domain ]
	[ "$(jq '.rows[] | select(.domain == "a.example") | .messages' <<<"$output")" -gt 0 ]
}

@test "the parts of an account are its mailboxes, scripts and users, no more and no less" {
	local parts whole
	whole=$(report --by account --json --top 0 | jq '.rows[] | select(.account == "bob") | .recipients')
	parts=$(for by in mailbox script; do report --by $by --json --top 0; done |
		jq -s '[.[].rows[] | select(.account == "bob") | .recipients] | add')
	[ "$parts" -eq "$whole" ]
	run -0 --separate-stderr report --by owner --json --top 0
	[ "$(jq '.rows[] | select(.owner == "reseller1") | .recipients' <<<"$output")" -eq "$whole" ]
	run -0 --separate-stderr report --by script
	[[ "$output" == *"/home/alice/public_html/blog/wp-content"* ]]
}

@test "words that are none are usage errors" {
	run -2 --separate-stderr report --by hour
	run -2 --separate-stderr report --format xml
	run -2 --separate-stderr report --since yesterweek
	[[ "$stderr" == *"'yesterweek' is no time"* ]]
	run -2 --separate-stderr report --since 2026-02-30
	run -2 --separate-stderr report surplus
}

@test "no state is a configuration error that says what to do" {
	run -3 --separate-stderr "$MAILGUARD" report --state "$BATS_TEST_TMPDIR/none"
	[[ "$stderr" == *"run a sweep first"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/none" ]
}

@test "a state of a newer mailguard is refused, and left alone" {
	cp -r "$STATE" "$BATS_TEST_TMPDIR/newer"
	sqlite3 "$BATS_TEST_TMPDIR/newer/state.db" "PRAGMA user_version = 99"
	run -3 --separate-stderr "$MAILGUARD" report --state "$BATS_TEST_TMPDIR/newer"
	[[ "$stderr" == *"written by a newer mailguard"* ]]
}

@test "a database that is none is an error" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/bad"
	head -c 8192 /dev/urandom >"$BATS_TEST_TMPDIR/bad/state.db"
	run -4 --separate-stderr "$MAILGUARD" report --state "$BATS_TEST_TMPDIR/bad"
	[[ "$stderr" == *"not a database"* ]]
}

@test "a report does not wait for a sweep that has the lock" {
	run -0 --separate-stderr timeout 10 flock "$STATE/lock" "$MAILGUARD" report --state "$STATE"
}

@test "--slots shows five minutes a row, of the last two hours that were logged" {
	local log=$BATS_TEST_TMPDIR/log state=$BATS_TEST_TMPDIR/slots
	local tail='H=(x) [198.51.100.7]:5 P=esmtpsa A=login:info@a.example S=100 id=m@x T="x" for'
	cat >"$log" <<-EOF
		2026-03-01 10:00:00 1vwUE4-000000-01 <= info@a.example $tail a@far.test
		2026-03-01 12:04:59 1vwUE4-000000-02 <= info@a.example $tail a@far.test
		2026-03-01 12:05:00 1vwUE4-000000-03 <= info@a.example $tail a@far.test b@far.test
		2026-03-01 12:09:59 1vwUE4-000000-04 <= info@a.example $tail a@far.test
		2026-03-01 12:10:00 1vwUE4-000000-02 => a@far.test R=r T=t H=mx [203.0.113.9]
	EOF
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$state" "$log"
	run -0 --separate-stderr "$MAILGUARD" report --state "$state" --utc --slots --json
	[ "$(jq -c '[.rows[] | [.slot[11:16], .messages, .recipients, .delivered]]' <<<"$output")" = \
		'[["12:00",1,1,0],["12:05",2,3,0],["12:10",0,0,1]]' ]
	run -0 --separate-stderr "$MAILGUARD" report --state "$state" --utc --slots --by mailbox
	[[ ${lines[0]} =~ ^SLOT\ .*MAILBOX ]]
	run -2 --separate-stderr "$MAILGUARD" report --state "$state" --slots --hours
	run -2 --separate-stderr "$MAILGUARD" report --state "$state" --slots --by ip
	[[ $stderr = *"whole hours only"* ]]
}

@test "a line of a time to come takes no slot away" {
	local log=$BATS_TEST_TMPDIR/log state=$BATS_TEST_TMPDIR/slots now
	now=$(date -u -d "2026-03-01 12:20" +%s)
	cat >"$log" <<-EOF
		2026-03-01 12:05:00 1vwUE4-000000-03 <= info@a.example H=(x) [198.51.100.7]:5 P=esmtpsa A=login:info@a.example S=100 for a@far.test
		2099-01-01 00:00:00 SMTP connection from [198.51.100.7]
	EOF
	MG_TEST_NOW=$now "$MAILGUARD-test" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$state" "$log"
	run -0 --separate-stderr "$MAILGUARD" report --state "$state" --utc --slots --json
	[ "$(jq -c '[.rows[] | [.slot[11:16], .recipients]]' <<<"$output")" = '[["12:05",1]]' ]
}
