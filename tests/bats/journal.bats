#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# systemd's journal: exports that are handed over, and a journalctl that keeps to the contract of the real one, which
# tests/integration/journal.bats asks.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	HOST=$BATS_TEST_TMPDIR/host
	STATE=$BATS_TEST_TMPDIR/state
	EXPORT=$BATS_TEST_TMPDIR/export
	SYSLOG=$TESTS/data/postfix/3.7-rsyslog.log
	cp -r "$TESTS/data/hosts/cpanel" "$HOST"
}

sweep() {
	"$MAILGUARD" sweep --root "$HOST" --state "$STATE" "$@"
}

report() {
	"$MAILGUARD" report --state "$STATE" --since all --hours --utc --top 0 --format csv
}

# What the same lines come to in a syslog file.
expected() {
	"$MAILGUARD" sweep -q --root "$HOST" --state "$STATE.syslog" --dialect postfix "$SYSLOG"
	"$MAILGUARD" report --state "$STATE.syslog" --since all --hours --utc --top 0 --format csv
}

messages() {
	"$MAILGUARD" report --state "$STATE" --since all --top 0 --format json | jq "[.rows[].messages] | add // 0"
}

# entries FROM TO: of $EXPORT, by their order.
entries() {
	awk -v from="$1" -v to="$2" 'BEGIN { RS = ""; ORS = "\n\n" } NR >= from && NR <= to' "$EXPORT"
}

# A journalctl that prints $HOST/export from the entry of its --cursor on, and notes how it was called.
fake_journalctl() {
	mkdir -p "$HOST/usr/bin"
	cat >"$HOST/usr/bin/journalctl" <<-'END'
		#!/bin/bash
		host=${0%/usr/bin/journalctl}
		printf '%s\n' "$@" >"$host/called"
		env >"$host/environment"
		from=0
		for word; do
			case $word in
			--cursor=*) from=${word#*;i=}; from=$((16#${from%%;*})) ;;
			esac
		done
		awk -v from="$from" 'BEGIN { RS = ""; ORS = "\n\n" } NR >= from' "$host/export"
		exit "$(cat "$host/status" 2>/dev/null || echo 0)"
	END
	chmod 755 "$HOST/usr/bin/journalctl"
}

@test "an export on standard input is counted like the syslog file" {
	run -0 --separate-stderr sweep --dialect journal - < <("$TESTS/journal_export.py" <"$SYSLOG")
	[[ "$stderr" == *"standard input: 820 lines, 0.4 MB: 68 messages arrived, 405 recipients delivered"* ]]
	diff <(expected) <(report)
}

@test "an entry whose text has a length in front is the same entry" {
	"$TESTS/journal_export.py" --binary <"$SYSLOG" >"$EXPORT"
	sweep -q --dialect journal "$EXPORT"
	diff <(expected) <(report)
}

@test "an entry counts once, however often and in whatever pieces it is handed over" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 | sweep -q --dialect journal -
	entries 200 500 >"$EXPORT.middle"
	sweep -q --dialect journal "$EXPORT.middle"
	entries 100 400 | sweep -q --dialect journal -
	sweep -q --dialect journal "$EXPORT"
	run -0 --separate-stderr sweep --dialect journal - <"$EXPORT"
	[[ "$stderr" == *"standard input: nothing new"* ]]
	diff <(expected) <(report)
}

@test "a part of an entry at the end waits for the rest" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	head -c 200000 "$EXPORT" >"$EXPORT.part"
	run -0 --separate-stderr sweep --dialect journal - <"$EXPORT.part"
	[[ "$stderr" == *"has no end yet"* ]]
	sweep -q --dialect journal - <"$EXPORT"
	diff <(expected) <(report)
}

@test "what others write under a server's name is not counted, and told" {
	"$TESTS/journal_export.py" --uid postfix=5001 <"$SYSLOG" >"$EXPORT"
	run -0 --separate-stderr sweep --dialect journal - <"$EXPORT"
	[[ "$stderr" == *"820 entries have the name of a mail server, and were written by others: not counted"* ]]
	[ "$(messages)" = 0 ]
}

@test "a text with a newline in it is one line of its writer" {
	head -n 40 "$SYSLOG" >"$BATS_TEST_TMPDIR/log"
	{
		"$TESTS/journal_export.py" <"$BATS_TEST_TMPDIR/log"
		printf '__CURSOR=s=5c212859bfe0428cb201025a3bb7bef9;i=100\n__REALTIME_TIMESTAMP=1795313974000000\n'
		printf '_UID=5001\nSYSLOG_IDENTIFIER=x\nMESSAGE\n'
		printf '\x90\0\0\0\0\0\0\0%-144s\n\n' "$(printf 'a\n\n__CURSOR=s=5c212859bfe0428cb201025a3bb7bef9;i=101\n__REALTIME_TIMESTAMP=1795313974000000\n_UID=0\nSYSLOG_IDENTIFIER=x\n\n')"
	} >"$EXPORT"
	run -0 --separate-stderr sweep --dialect journal - <"$EXPORT"
	[[ "$stderr" == *" 41 lines"* ]]
}

@test "what journald dropped is a warning" {
	{
		printf '__CURSOR=s=5c212859bfe0428cb201025a3bb7bef9;i=1\n__REALTIME_TIMESTAMP=1795313974000000\n'
		printf '_UID=0\nSYSLOG_IDENTIFIER=systemd-journald\nMESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\n'
		printf 'MESSAGE=Suppressed 100 messages from postfix@-.service\n\n'
	} >"$EXPORT"
	run -1 --separate-stderr sweep --dialect journal - <"$EXPORT"
	[[ "$stderr" == *"journald says 1 times that it dropped messages"* ]]
}

@test "a file that is no export is noticed" {
	run -1 --separate-stderr sweep --dialect journal "$SYSLOG" "$TESTS/data/README.md"
	[[ "$stderr" == *"README.md: "*"are none of such a log"* ]]
}

@test "--journal reads what is new since the last time" {
	fake_journalctl
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 >"$HOST/export"
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: 300 lines"* ]]
	run ! grep -q cursor "$HOST/called"
	cp "$EXPORT" "$HOST/export"
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: 520 lines"* ]]
	grep -qE '^--cursor=s=5c212859bfe0428cb201025a3bb7bef9;i=12c;t=[0-9a-f]+$' "$HOST/called"
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: nothing new"* ]]
	diff <(expected) <(report)
}

@test "journalctl is run with its own words and nothing of ours" {
	fake_journalctl
	: >"$HOST/export"
	SECRET=x sweep -q --journal
	run -0 grep -c . "$HOST/called"
	[ "$(head -n 4 "$HOST/called" | tr '\n' ' ')" = "--quiet --no-pager --output=export --root=$HOST " ]
	grep -qx SYSLOG_FACILITY=2 "$HOST/called"
	run ! grep -qE 'SECRET|HOME' "$HOST/environment"
}

@test "a journalctl that fails is an error, and what it printed before counts once" {
	fake_journalctl
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 >"$HOST/export"
	echo 3 >"$HOST/status"
	run -4 --separate-stderr sweep --journal
	[[ "$stderr" == *"journalctl: the child process ended with status 3"* ]]
	[[ "$stderr" == *"journal: 300 lines"* ]]
	cp "$EXPORT" "$HOST/export"
	rm "$HOST/status"
	sweep -q --journal
	diff <(expected) <(report)
}

@test "a host without a journalctl that root may run is a configuration error" {
	run -3 --separate-stderr sweep --journal
	[[ "$stderr" == *"no '/usr/bin/journalctl' below '$HOST'"* ]]
	fake_journalctl
	chmod 777 "$HOST/usr/bin/journalctl"
	run -3 --separate-stderr sweep --journal
	[[ "$stderr" == *"is no program that root may run"* ]]
}

@test "--dry-run of a journal keeps nothing" {
	fake_journalctl
	"$TESTS/journal_export.py" <"$SYSLOG" >"$HOST/export"
	run -0 --separate-stderr sweep --dry-run --journal
	[[ "$stderr" == *"68 messages arrived"* ]]
	[ ! -e "$STATE" ]
}

@test "wrong words about a journal are usage errors" {
	run -2 --separate-stderr sweep --journal "$SYSLOG"
	[[ "$stderr" == *"no log may be given beside it"* ]]
	run -4 --separate-stderr sweep -
	[[ "$stderr" == *"cannot open '-'"* ]]
	"$TESTS/journal_export.py" <"$SYSLOG" | gzip >"$EXPORT.gz"
	run -5 --separate-stderr sweep --dialect journal "$EXPORT.gz"
	[[ "$stderr" == *"give what unpacks it to standard input, as '-'"* ]]
}

@test "a journalctl that fails is said in a bundle, and what it printed is in it" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$HOST/export"
	fake_journalctl
	sweep -q --journal
	echo 1 >"$HOST/status"
	MG_TEST_NOW=1795330800 "$MAILGUARD-test" investigate joe@a.example --root "$HOST" --state "$STATE" --json >"$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^log: journalctl: "))] | length == 1' "$BATS_TEST_TMPDIR/doc"
	jq -e '.mechanism == "login"' "$BATS_TEST_TMPDIR/doc"
	grep -xF -- '--since=@1795158000' "$HOST/called"
	grep -xF -- '--until=@1795334400' "$HOST/called"
	rm "$HOST/usr/bin/journalctl"
	MG_TEST_NOW=1795330800 "$MAILGUARD-test" investigate joe@a.example --root "$HOST" --state "$STATE" --json >"$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^log: journalctl: no .*journalctl"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
}

@test "a journalctl that hangs keeps no bundle waiting" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$HOST/export"
	fake_journalctl
	sweep -q --journal
	printf 'exec sleep 60\n' >>"$HOST/usr/bin/journalctl"
	sed -i 's/^exit .*//' "$HOST/usr/bin/journalctl"
	MG_TEST_PATIENCE=2 MG_TEST_NOW=1795330800 timeout 30 "$MAILGUARD-test" investigate joe@a.example --root "$HOST" \
		--state "$STATE" --json >"$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^log: journalctl: .*too long"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
	jq -e '.mechanism == "login"' "$BATS_TEST_TMPDIR/doc"
}
