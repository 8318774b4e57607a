# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output and stderr
#
# What strangers and customers can put into a log, in amounts that no real
# server would write in a test. The numbers are those of tests/data/README.md.

bats_require_minimum_version 1.5.0

load ../helper

FLOOD=${MG_FLOOD:-120000} # names; 10,000,000 take some minutes
RSS=64                    # MiB that a sweep may hold
ROOT=$TESTS/data/hosts/cpanel

# sweep LOG: count it into the state of this test.
sweep() {
	"$MAILGUARD" sweep --quiet --root "$ROOT" --state "$BATS_TEST_TMPDIR/state" --accounts cpanel \
		--dialect exim "$1"
}

query() {
	sqlite3 "$BATS_TEST_TMPDIR/state/state.db" "$1"
}

# Every count, by its names and not by row ids.
rows() {
	query "SELECT 'origin', hour, kind, name, o.domain, messages, recipients, delivered, forwarded FROM fact
		JOIN origin o ON o.id = origin UNION ALL
		SELECT 'sender', hour, 0, '', domain, messages, recipients, 0, 0 FROM sender_fact
		JOIN sender s ON s.id = sender ORDER BY 1, 2, 3, 4, 5"
}

# is_bounded MIB: so large is the state at most.
is_bounded() {
	local bytes
	bytes=$(stat -c %s "$BATS_TEST_TMPDIR/state/state.db")
	echo "the state has $bytes bytes"
	[ "$bytes" -lt $(($1 * 1024 * 1024)) ]
}

# flood KIND: sweep a log of FLOOD names whole, then in three pieces that are cut within lines: the same rows.
flood() {
	local log=$BATS_TEST_TMPDIR/log size from=0 to piece
	"$TESTS/fault/flood.py" "$1" "$FLOOD" >"$log"
	sweep "$log"
	rows >"$BATS_TEST_TMPDIR/whole"
	rm -r "$BATS_TEST_TMPDIR/state"
	size=$(stat -c %s "$log")
	for piece in 1 2 3; do
		to=$((piece == 3 ? size : piece * size / 3 - 7))
		tail -c +$((from + 1)) "$log" | head -c $((to - from)) >>"$log.grown"
		from=$to
		sweep "$log.grown"
	done
	rows | cmp - "$BATS_TEST_TMPDIR/whole"
}

@test "A30: a flood of sender domains makes 10,000 rows an hour and no more" {
	flood senders
	[ "$(query 'SELECT sum(messages) FROM sender_fact')" -eq "$FLOOD" ]
	[ "$(query 'SELECT max(n) FROM (SELECT count(*) n FROM sender_fact GROUP BY hour)')" -eq 10001 ]
	is_bounded $((2 + FLOOD / 100000))
}

@test "A30: a flood of addresses that are passed on makes 100,000 rows, all of their account" {
	flood forwarders
	[ "$(query 'SELECT sum(forwarded) FROM fact JOIN origin ON id = origin WHERE account = "alice"')" -eq "$FLOOD" ]
	[ "$(query 'SELECT count(*) FROM origin WHERE kind = 5')" -eq 100001 ]
	is_bounded 24
}

@test "A30: a flood of spellings of one login stays the account's" {
	flood mailboxes
	[ "$(query 'SELECT sum(messages) FROM fact JOIN origin ON id = origin WHERE account = "alice"')" -eq "$FLOOD" ]
	[ "$(query 'SELECT count(*) FROM origin WHERE kind = 1')" -eq 100001 ]
	is_bounded 24
}

@test "A30: a flood of directories of scripts stays the account's" {
	flood scripts
	[ "$(query 'SELECT sum(messages) FROM fact JOIN origin ON id = origin WHERE account = "alice"')" -eq "$FLOOD" ]
	[ "$(query 'SELECT count(*) FROM origin WHERE kind = 2')" -eq 100001 ]
	is_bounded 24
}

FRONT='2026-11-22 02:19:34 +0000 '
ID=1xUxB0-00000000CXd-0nge
MAIL="$FRONT$ID <= x@y U=alice P=local S=100 for a@far.test"

# held LOG: sweep it within the memory that is allowed; that lines are strange is said by status 1.
held() {
	"$TESTS/fault/max_rss.py" $RSS "$MAILGUARD" sweep --quiet --root "$ROOT" \
		--state "$BATS_TEST_TMPDIR/state" --accounts cpanel --dialect exim "$1" || [ $? -eq 1 ]
}

messages() {
	query 'SELECT ifnull(sum(messages), 0) FROM fact'
}

lines() {
	query "SELECT ifnull(sum(n), 0) FROM line WHERE kind LIKE '$1'"
}

offset() {
	query 'SELECT offset FROM log'
}

@test "A28: a line of 1 GiB without an end holds no memory, and is one line when its end comes" {
	local log=$BATS_TEST_TMPDIR/log behind
	echo "$MAIL" >"$log"
	behind=$(stat -c %s "$log")
	truncate -s 1G "$log"
	held "$log"
	[ "$(messages)" -eq 1 ]
	[ "$(offset)" -eq "$behind" ]
	held "$log"
	[ "$(offset)" -eq "$behind" ]
	printf '\n%s\n' "$MAIL" >>"$log"
	held "$log"
	[ "$(messages)" -eq 2 ]
	[ "$(lines overlong)" -eq 1 ]
	[ "$(offset)" -eq "$(stat -c %s "$log")" ]
}

@test "A28: a line of 10 MB is one overlong line among others" {
	local log=$BATS_TEST_TMPDIR/log
	{
		echo "$MAIL"
		head -c 10000000 /dev/zero | tr '\0' x
		printf '\n%s\n' "$MAIL"
		head -c 65536 /dev/zero | tr '\0' x
		printf '\n%s\n' "$MAIL"
		head -c 65537 /dev/zero | tr '\0' x
		printf '\n%s\n' "$MAIL"
	} >"$log"
	held "$log"
	[ "$(messages)" -eq 4 ]
	[ "$(lines overlong)" -eq 2 ]
	[ "$(lines unstamped)" -eq 1 ]
	[ "$(lines %)" -eq 7 ]
	[ "$(offset)" -eq "$(stat -c %s "$log")" ]
}

@test "A29: NUL, invalid UTF-8, CR and byte order marks end neither a line nor a sweep" {
	local log=$BATS_TEST_TMPDIR/log odd
	{
		printf '\xff\xfe%s\n' "$MAIL"
		for odd in '\0' '\xff' '\xc0\xaf' '\xed\xa0\x80' '\r' '\e[2J' '\xef\xbb\xbf' '\x80' '\x7f' '\t' '\v'; do
			# within a subject, a quoted sender, a HELO, an answer, and as a line of its own
			printf '%b\n' "$FRONT$ID <= x@y U=alice P=local S=100 T=\"a${odd}b\" for a@far.test"
			printf '%b\n' "$FRONT$ID <= \"a${odd}b\"@y U=alice P=local S=100 for a@far.test"
			printf '%b\n' "$FRONT$ID <= x@y H=(a${odd}b) [203.0.113.7]:25 P=esmtp S=100 for joe@a.example"
			printf '%b\n' "$FRONT$ID ** a@far.test R=r T=t: 550 a${odd}b"
			printf '%b\n' "a${odd}b" "$odd"
		done
		# lines that another system ended, or wrote
		printf '%s\r\n' "$MAIL"
		echo "$MAIL" | iconv -t UTF-16
		echo
		echo "$MAIL"
	} >"$log"
	held "$log"
	[ "$(messages)" -eq 24 ]
	[ "$(lines %)" -eq "$(tr -cd '\n' <"$log" | wc -c)" ]
}

@test "A27: mail over the edges of hours and through 300 mailboxes is in the sums of domain and account" {
	local log=$BATS_TEST_TMPDIR/log n hour
	for hour in 01:59:59 02:00:00 02:59:59 03:00:00; do
		for n in {1..300}; do
			printf '2026-11-22 %s +0000 1xUxB0-%011d-0nge <= x@y H=(x) [198.51.100.7]:25 P=esmtpa ' $hour "$n"
			printf 'A=PLAIN:u%d@%s.example S=100 for a@far.test b@far.test\n' "$n" "$((n % 2))" | tr 01 ab
		done
	done >"$log"
	sweep "$log"
	for by in mailbox domain account; do
		"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state" --by $by --hours --utc --since all --top 0 \
			--format json >"$BATS_TEST_TMPDIR/$by.json"
	done
	# hours begin at 01, 02 (twice the mail) and 03
	run -0 jq -c '[.rows[] | [.domain, .recipients]] | sort' "$BATS_TEST_TMPDIR/domain.json"
	[ "$output" = '[["a.example",300],["a.example",300],["a.example",600],["b.example",300],["b.example",300],["b.example",600]]' ]
	run -0 jq -c '[.rows[] | .recipients] | sort' "$BATS_TEST_TMPDIR/account.json"
	[ "$output" = '[600,600,1200]' ]
	run -0 jq -c '[.rows[] | .recipients] | group_by(.) | map([.[0], length])' "$BATS_TEST_TMPDIR/mailbox.json"
	[ "$output" = '[[2,600],[4,300]]' ]
}
