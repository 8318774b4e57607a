# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# A daemon that writes other lines after an upgrade is noticed, by sweep.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	LOG=$BATS_TEST_TMPDIR/mainlog
	STATE=$BATS_TEST_TMPDIR/state
}

sweep() {
	"$MAILGUARD" sweep --quiet --root "$TESTS/data/hosts/cpanel" --state "$STATE" --accounts cpanel \
		--dialect exim "$@"
}

# total FIELD [STATE]: of all rows.
total() {
	"$MAILGUARD" report --state "${2:-$STATE}" --top 0 --since all --format json | jq "[.rows[].$1] | add // 0"
}

mark() {
	sqlite3 "$STATE/state.db" "SELECT lines, unknown, odd, alarm, alarm_at IS NOT NULL FROM drift"
}

# upgraded SED: the log of a real Exim, whose second half a new version wrote.
upgraded() {
	local log=$TESTS/data/exim/4.96-rich.log
	head -n 360 "$log"
	tail -n +361 "$log" | sed -E "$1"
}

@test "ordinary logs raise no alarm" {
	for log in "$TESTS"/data/exim/{4.96-cpanel,4.96-default,4.96-rich,4.98-rich,demo}.log; do
		run -0 --separate-stderr sweep --state "$BATS_TEST_TMPDIR/$(basename "$log")" "$log"
		[ -z "$stderr" ]
	done
	for log in "$TESTS"/data/postfix/*{filter,filter-pipe,rsyslog,postlogd,queue}.log \
		"$TESTS"/data/dovecot/*-rsyslog.log; do
		run -0 --separate-stderr sweep --dialect syslog --state "$BATS_TEST_TMPDIR/$(basename "$log")" "$log"
		[ -z "$stderr" ]
	done
}

@test "hostile senders raise none" {
	for log in "$TESTS"/data/exim/*-hostile.log; do
		run -0 --separate-stderr sweep --state "$BATS_TEST_TMPDIR/$(basename "$log")" "$log"
		[ -z "$stderr" ]
	done
	for log in "$TESTS"/data/{postfix,dovecot}/*-hostile.log; do
		run -0 --separate-stderr sweep --dialect syslog --state "$BATS_TEST_TMPDIR/$(basename "$log")" "$log"
		[ -z "$stderr" ]
	done
}

@test "generated logs are understood whole" {
	local kind dialect
	for kind in exim postfix dovecot; do
		mkdir -p "$BATS_TEST_TMPDIR/$kind/etc"
		"$TESTS/bench/genlog.py" --kind $kind --lines 50k --out "$LOG" --truth "$BATS_TEST_TMPDIR/truth" \
			--userdomains "$BATS_TEST_TMPDIR/$kind/etc/userdomains" \
			--primary "$BATS_TEST_TMPDIR/$kind/etc/trueuserdomains" \
			--passwd "$BATS_TEST_TMPDIR/$kind/etc/passwd" 2>/dev/null
		dialect=$([ $kind = exim ] && echo exim || echo syslog)
		sweep --root "$BATS_TEST_TMPDIR/$kind" --state "$STATE.$kind" --dialect "$dialect" "$LOG"
		run -0 sqlite3 "$STATE.$kind/state.db" "SELECT unknown, alarm FROM drift"
		[ "$output" = "0|0" ]
	done
}

@test "an arrival line with a new field is an alarm that shows its shape" {
	# A field that no version has, in front of those that say who sent it.
	upgraded 's/ <= (.*) P=/ <= \1 ZZ=17 P=/' >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"lines of kind 'arrival' are not in the order that is known"* ]]
	[[ "$stderr" == *"times, the first at byte "*" of $LOG: "*" <= x@x "*" ZZ=9 P=x "* ]]
	# what was understood is counted: every delivery, every arrival before
	[ "$(total messages)" -gt 0 ]
	[ "$(total delivered)" -gt 0 ]
	# strangers can make such lines, so they hold up nothing
	[[ "$(mark)" == "720|0|"*"|0|0" ]]
}

@test "an arrival line with another flag is an alarm, and a mark that nothing may be done" {
	upgraded 's/ <= / <+ /' >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" =~ "warning: "([0-9]+)" of "[0-9]+" lines of Exim are of no known kind" ]]
	[ "${BASH_REMATCH[1]}" -eq "$(grep -c ' <+ ' "$LOG")" ]
	[[ "$stderr" == *": x <+ x@x "* ]]
	[[ "$(mark)" == "720|$(grep -c ' <+ ' "$LOG")|"*"|1|1" ]]
	# at each place that is named such a line begins
	grep -oP 'the first at byte \K[0-9]+' <<<"$stderr" >"$LOG.places"
	[ "$(wc -l <"$LOG.places")" -eq 5 ]
	while read -r place; do
		tail -c +$((place + 1)) "$LOG" | head -n 1 | grep -q '^2026-[^<]* <+ '
	done <"$LOG.places"
	# all that was understood is counted
	head -n 360 "$LOG" >"$LOG.old"
	local messages
	messages=$(total messages)
	run -0 --separate-stderr sweep --state "$STATE.old" "$LOG.old"
	[ "$(total messages "$STATE.old")" -eq "$messages" ]
}

@test "the failures of Exim 4.99 are no drift" {
	# 4.99 writes a blank before the colon of the reason
	upgraded 's/( \*\* .* T=[a-z_]+( H=[^ ]+ \[[^]]+\](:[0-9]+)?)?): /\1 : /' >"$LOG"
	grep -q ' \*\* .* : ' "$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ -z "$stderr" ]
	run -0 --separate-stderr sweep --state "$STATE.old" "$TESTS/data/exim/4.96-rich.log"
	[ "$(total failed)" -eq "$(total failed "$STATE.old")" ]
	[ "$(total unknown_recipients)" -eq "$(total unknown_recipients "$STATE.old")" ]
}

@test "ids of another form are an alarm" {
	upgraded 's/ ([0-9A-Za-z]{6})-([0-9A-Za-z]{6})-([0-9A-Za-z]{2}) / \1-\2\3 /' >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"lines of Exim are of no known kind"* ]]
	[[ "$stderr" == *"Completed"* ]]
}

@test "one line in a thousand is none" {
	local n
	for n in $(seq 999); do echo "2026-11-22 01:00:00 Start queue run: pid=$n"; done >"$LOG"
	echo "2026-11-22 01:00:00 Grommet 17 is loose" >>"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	run -0 sqlite3 "$STATE/state.db" "SELECT why, shape, n FROM shape"
	[ "$output" = "1|Grommet 9 is loose|1" ]
	echo "2026-11-22 01:00:00 Grommet 18 is loose" >>"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"1 of 1 lines of Exim are of no known kind"*": Grommet 9 is loose" ]]
	run -0 sqlite3 "$STATE/state.db" "SELECT why, shape, n FROM shape"
	[ "$output" = "1|Grommet 9 is loose|2" ]
}

@test "the mark is of the last sweep that read something" {
	echo "2026-11-22 01:00:00 Grommet 17 is loose" >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[ "$(mark)" = "1|1|0|1|1" ]
	run -0 --separate-stderr sweep "$LOG"
	[ "$(mark)" = "1|1|0|1|1" ]
	echo "2026-11-22 01:00:00 Start queue run: pid=7" >>"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(mark)" = "1|0|0|0|1" ]
}

@test "all logs of a sweep are judged together" {
	for n in $(seq 1000); do echo "2026-11-22 01:00:00 Start queue run: pid=$n"; done >"$LOG.1"
	echo "2026-11-22 01:00:00 Grommet 17 is loose" >"$LOG"
	run -0 --separate-stderr sweep "$LOG.1" "$LOG"
	[ "$(mark)" = "1001|1|0|0|0" ]
}

@test "a daemon is not hidden by the lines of others" {
	local n
	for n in $(seq 5000); do echo "Nov 22 01:00:00 h sshd[7]: Accepted publickey for joe"; done >"$LOG"
	echo "Nov 22 01:00:00 h postfix/smtpd[7]: connect from x[192.0.2.7]" >>"$LOG"
	echo "Nov 22 01:00:00 h postfix/smtpd[7]: Grommet[17] is loose" >>"$LOG"
	run -1 --separate-stderr sweep --dialect syslog "$LOG"
	[[ "$stderr" == *"1 of 2 lines of Postfix are of no known kind"* ]]
	[[ "$stderr" == *": smtpd: x] is loose" ]]
}

@test "shapes show nothing that a terminal could obey" {
	printf '2026-11-22 01:00:00 \033[31mred\007 \xc2\x9b1m "a\nb\\\n' >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" != *$'\033'* ]]
	[[ "$stderr" == *": ?[x? ??x x"* ]]
}

@test "a dry run raises the same alarm and leaves no mark" {
	echo "2026-11-22 01:00:00 Grommet 17 is loose" >"$LOG"
	run -1 --separate-stderr sweep --dry-run "$LOG"
	[[ "$stderr" == *": Grommet 9 is loose" ]]
	[ ! -e "$STATE" ]
}
