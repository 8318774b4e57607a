# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# What report shows.

bats_require_minimum_version 1.5.0

load ../helper

setup_file() {
	export STATE=$BATS_FILE_TMPDIR/state
	mg_swept 4.96-rich.log
}

report() {
	"$MAILGUARD" report --state "$STATE" --utc "$@"
}

@test "the table lines up, most recipients first" {
	run -0 --separate-stderr report
	[[ "${lines[0]}" =~ ^mail\ by\ domain,\ 20[0-9-]+\ [0-9:]+\ to\ [0-9:]+\ UTC$ ]]
	[[ "${lines[1]}" =~ ^DOMAIN\ +ACCOUNT\ +MESSAGES\ +RCPT\ .*BYTES\ \ ORIGIN$ ]]
	[[ "${lines[2]}" =~ ^a\.example\ +alice\ +38\ +329\  ]]
	[[ "$output" == *"(unattributed)"* ]]
	[ -z "$stderr" ]
	local before=${lines[1]%  ORIGIN}
	for line in "${lines[@]:2}"; do
		[ "${line:${#before}:2}" = "  " ]
		[ "${line:${#before}-1:1}" != " " ]
	done
}

@test "JSON has the schema's name, the question and the rows" {
	run -0 --separate-stderr report --format json --hours --since all --top 0
	[ "$(jq -r .schema <<<"$output")" = mailguard.report/1 ]
	[ "$(jq -c '[.by, .hours, .since, .until]' <<<"$output")" = '["domain",true,null,null]' ]
	[ "$(jq -c '.rows[0] | keys_unsorted' <<<"$output")" = \
		'["hour","domain","account","messages","recipients","delivered","deferred","failed","unknown_recipients","forwarded","bytes","origin_kind","origin"]' ]
	[ "$(jq '[.rows[] | select(.domain == null)] | length' <<<"$output")" -ge 1 ]
	local json=$output
	run -0 --separate-stderr report --json --hours --top 0
	[ "$output" = "$json" ]
}

@test "CSV has a head and as many rows as JSON" {
	local n
	n=$(report --format json --top 0 | jq '.rows | length')
	run -0 --separate-stderr report --format csv --top 0
	[ "${lines[0]}" = "domain,account,weak,messages,recipients,delivered,deferred,failed,unknown_recipients,forwarded,bytes,origin_kind,origin" ]
	[ ${#lines[@]} -eq $((n + 1)) ]
}

@test "--top leaves rows out and says so" {
	run -0 --separate-stderr report --top 1
	[ ${#lines[@]} -eq 3 ]
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
	run -2 --separate-stderr report --sort hour
	[[ "$stderr" == *"no column 'hour' to sort by"* ]]
	run -2 --separate-stderr report surplus
	[[ "$stderr" == *"nothing was counted for 'surplus'"* ]]
	run -2 --separate-stderr report a.example b.example
	[[ "$stderr" == *"'b.example' is not expected"* ]]
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
	run -0 --separate-stderr timeout 10 flock "$STATE" "$MAILGUARD" report --state "$STATE"
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
	[[ ${lines[1]} =~ ^SLOT\ .*MAILBOX ]]
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

@test "a report is about a subject: of a kind, or a name that is of one kind" {
	local all one
	all=$(report --by mailbox --json --top 0 | jq -c '[.rows[] | select(.domain == "a.example") | .mailbox]')
	[ "$all" != '[]' ]
	for word in domain:a.example a.example A.Example; do
		run -0 --separate-stderr report --by mailbox --json --top 0 $word
		[ "$(jq -c '[.rows[].mailbox]' <<<"$output")" = "$all" ]
		[ "$(jq -r .subject <<<"$output")" = domain:a.example ]
	done
	one=$(jq -r '.[0]' <<<"$all")
	run -0 --separate-stderr report "$one"
	[[ "${lines[0]}" == "mail of mailbox $one by mailbox, "* ]]
	[[ "${lines[2]}" == "$one "* ]]
	[ ${#lines[@]} -eq 3 ]
	run -0 --separate-stderr report account:bob --json
	[ "$(jq -c '[.rows[].account] | unique' <<<"$output")" = '["bob"]' ]
	run -2 --separate-stderr report ip:192.0.2.1 --by domain
	[[ "$stderr" == *"mail is not counted by address"* ]]
}

@test "--sort puts first what has most of it, or texts in their order" {
	run -0 --separate-stderr report --json --top 0 --sort failed
	[ "$(jq '[.rows[].failed] | . == (sort | reverse)' <<<"$output")" = true ]
	run -0 --separate-stderr report --by mailbox --json --top 0 --sort mailbox
	[ "$(jq '[.rows[].mailbox] | . == sort' <<<"$output")" = true ]
}

@test "days are those of the zone" {
	local last
	last=$(date -u -d "$(report --json --hours | jq -r '.rows[-1].hour')" +%s)
	at() {
		MG_TEST_NOW=$1 "$MAILGUARD-test" report --state "$STATE" --utc --json --since "$2" --until "$3"
	}
	run -0 --separate-stderr at "$last" today all
	[ "$(jq -r .since <<<"$output")" = "$(date -u -d @"$last" +%F)T00:00:00Z" ]
	[ "$(jq '.rows | length' <<<"$output")" -ge 1 ]
	run -0 --separate-stderr at $((last + 86400)) yesterday today
	[ "$(jq '.rows | length' <<<"$output")" -ge 1 ]
	run -0 --separate-stderr at $((last + 86400)) today all
	[ "$(jq '.rows | length' <<<"$output")" = 0 ]
}

# terminal WIDTH VARIABLE=VALUE... -- OPTION...: a report on a terminal of that width.
terminal() {
	local width=$1 settings=()
	shift
	while [ "$1" != -- ]; do
		settings+=("$1")
		shift
	done
	shift
	python3 - "$width" env -i TERM=xterm "${settings[@]}" "$MAILGUARD" report --state "$STATE" --utc "$@" <<-'PYTHON'
		import fcntl, os, pty, struct, sys, termios

		pid, fd = pty.fork()
		if pid == 0:
		    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
		    os.execvp(sys.argv[2], sys.argv[2:])
		out = b""
		try:
		    while data := os.read(fd, 4096):
		        out += data
		except OSError:
		    pass  # the other end is closed
		sys.stdout.buffer.write(out.replace(b"\r\n", b"\n"))
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	PYTHON
}

@test "only a terminal gets colour and plots, as far as its user wants them" {
	run -0 report
	[[ "$output" != *$'\e'* && "$output" != *COMPARED* ]]
	run -0 terminal 130 LANG=C.UTF-8 --
	[[ "$output" == *$'\e[1mDOMAIN\e[0m'* && "$output" == *COMPARED* && "$output" == *█* ]]
	run -0 terminal 130 LANG=C.UTF-8 NO_COLOR=1 --
	[[ "$output" != *$'\e'* && "$output" == *█* ]]
	run -0 terminal 130 LANG=C TERM=dumb --
	[[ "$output" != *$'\e'* && "$output" == *"############"* ]]
	run -0 terminal 130 LANG=C.UTF-8 LC_ALL=tr_TR.ISO8859-9 NO_COLOR=1 --
	LC_ALL=C
	[[ ! "$output" =~ [^\ -~$'\n'] ]]
}

@test "a table fits the terminal, and numbers are short there" {
	for width in 40 60 80 100 200; do
		run -0 terminal $width LANG=C NO_COLOR=1 --
		for line in "${lines[@]:1}"; do
			[ ${#line} -le $width ]
		done
		[[ "${lines[1]}" == DOMAIN*RCPT* ]]
	done
	local bytes
	bytes=$(report --json | jq '.rows[0].bytes')
	run -0 terminal 200 NO_COLOR=1 --
	[[ "${lines[2]}" == *KiB* ]]
	run -0 terminal 200 NO_COLOR=1 -- --exact
	[[ "${lines[2]}" == *" $bytes "* ]]
}

@test "--output replaces a file whole, and leaves it alone when something fails" {
	local out=$BATS_TEST_TMPDIR/out
	mkdir "$out"
	run -0 --separate-stderr report --json -o "$out/report.json"
	[ -z "$output" ]
	[ "$(stat -c %a "$out/report.json")" = 600 ]
	diff <(report --json) "$out/report.json"
	chmod 640 "$out/report.json"
	run -2 --separate-stderr report --sort no -o "$out/report.json"
	diff <(report --json) "$out/report.json"
	run -0 --separate-stderr report --json --top 1 -q -o "$out/report.json"
	[ "$(jq '.rows | length' "$out/report.json")" = 1 ]
	[ "$(stat -c %a "$out/report.json")" = 640 ]
	run -4 --separate-stderr report -o "$out"
	[[ "$stderr" == *"not a regular file"* ]]
	run -4 --separate-stderr report -o /dev/stdout
	[ "$(ls -A "$out")" = report.json ]
}

@test "metrics are in the form that collectors read, of a bounded number of rows" {
	run -0 --separate-stderr report --prometheus --since 2026-01-01
	local metrics=$output
	[ "$(grep -c '^# TYPE mailguard_domain_recipients gauge$' <<<"$metrics")" = 1 ]
	grep -qx 'mailguard_domain_recipients{domain="a.example",account="alice"} 329' <<<"$metrics"
	grep -qx 'mailguard_domain_since_timestamp_seconds 1767225600' <<<"$metrics"
	run ! grep -vE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? -?[0-9]+)$' <<<"$metrics"
	local sum
	sum=$(report --json --top 0 --since 2026-01-01 | jq '[.rows[].recipients] | add')
	run -0 --separate-stderr report --prometheus --since 2026-01-01 --top 1 -q
	[ "$(awk '/^mailguard_domain_recipients{/ { n += $NF } END { print n }' <<<"$output")" = "$sum" ]
	run -2 --separate-stderr report --prometheus --top 0
	run -2 --separate-stderr report --prometheus --top 1001
	run -2 --separate-stderr report --prometheus --hours
	report --prometheus -o "$BATS_TEST_TMPDIR/mailguard.prom"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/mailguard.prom")" = 644 ]
}
