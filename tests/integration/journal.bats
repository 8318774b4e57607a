#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# The journal by the real journalctl, from a journal file that systemd-journal-remote writes; no systemd runs.

bats_require_minimum_version 1.5.0

load ../helper

REMOTE=/lib/systemd/systemd-journal-remote
MACHINE=6c7c6013a26343b29e964691ff25d04d

setup() {
	HOST=$BATS_TEST_TMPDIR/host
	STATE=$BATS_TEST_TMPDIR/state
	EXPORT=$BATS_TEST_TMPDIR/export
	SYSLOG=$TESTS/data/postfix/3.7-rsyslog.log
	[ -x "$REMOTE" ] || mg_skip "no systemd-journal-remote"
	[ -x /usr/bin/journalctl ] || mg_skip "no journalctl"
	cp -r "$TESTS/data/hosts/cpanel" "$HOST"
	mkdir -p "$HOST/usr/bin" "$HOST/var/log/journal/$MACHINE"
	ln -s /usr/bin/journalctl "$HOST/usr/bin/journalctl"
}

# journal NAME: entries of standard input go into that file of the host's journal.
journal() {
	cat >"$BATS_TEST_TMPDIR/in"
	"$REMOTE" -o "$HOST/var/log/journal/$MACHINE/$1.journal" "$BATS_TEST_TMPDIR/in" 2>/dev/null
}

entries() {
	awk -v from="$1" -v to="$2" 'BEGIN { RS = ""; ORS = "\n\n" } NR >= from && NR <= to' "$EXPORT"
}

sweep() {
	"$MAILGUARD" sweep --root "$HOST" --state "$STATE" "$@"
}

report() {
	"$MAILGUARD" report --state "$1" --since all --hours --utc --top 0 --format csv
}

expected() {
	"$MAILGUARD" sweep -q --root "$HOST" --state "$STATE.syslog" --dialect postfix "$1"
	report "$STATE.syslog"
}

@test "the real journalctl gives what the syslog file has, in several sweeps" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 | journal system
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: 300 lines"* ]]
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: nothing new"* ]]
	entries 301 820 | journal system
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: 520 lines"* ]]
	diff <(expected "$SYSLOG") <(report "$STATE")
}

@test "a journal that was made anew goes on, and the old one is not counted again" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 | journal system
	sweep -q --journal
	mv "$HOST/var/log/journal/$MACHINE/system.journal" "$HOST/var/log/journal/$MACHINE/old.journal"
	entries 301 820 | journal system
	sweep -q --journal
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: nothing new"* ]]
	rm "$HOST/var/log/journal/$MACHINE/old.journal"
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: nothing new"* ]]
	diff <(expected "$SYSLOG") <(report "$STATE")
}

@test "entries that were vacuumed away take none of those behind them along" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 | journal system
	sweep -q --journal
	rm "$HOST/var/log/journal/$MACHINE/system.journal"
	entries 301 820 | journal system
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: 520 lines"* ]]
	diff <(expected "$SYSLOG") <(report "$STATE")
}

@test "journalctl's own export counts once with what --journal read" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	entries 1 300 | journal system
	sweep -q --journal
	entries 301 820 | journal system
	journalctl --root="$HOST" -q -o export >"$EXPORT.all"
	sweep -q --dialect journal - <"$EXPORT.all"
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: nothing new"* ]]
	diff <(expected "$SYSLOG") <(report "$STATE")
}

@test "what a text holds, newlines and all, comes through journalctl as one entry" {
	{
		printf '__REALTIME_TIMESTAMP=1795313974000000\n_BOOT_ID=%s\nSYSLOG_FACILITY=2\n_UID=106\n' "$MACHINE"
		printf 'SYSLOG_IDENTIFIER=postfix/smtpd\nMESSAGE\n'
		printf '\x50\0\0\0\0\0\0\0%-80s\n\n' \
			"$(printf 'connect from x[192.0.2.7]\n\nSYSLOG_IDENTIFIER=postfix/smtpd\n_UID=0\n\nb')"
	} | journal system
	run -0 --separate-stderr sweep --journal
	[[ "$stderr" == *"journal: 1 lines"* ]]
}

@test "more entries than one piece holds are the same as in a syslog file" {
	awk 'BEGIN { for (i = 0; i < 45000; i++) {
			at = sprintf("2026-11-22T%02d:%02d:%02d+00:00 mx postfix", i / 3600, i / 60 % 60, i % 60)
			printf "%s/smtpd[7]: 3C%07X: client=x[192.0.2.7], sasl_method=PLAIN, sasl_username=joe@a.example\n", at, i
			printf "%s/qmgr[8]: 3C%07X: from=<joe@a.example>, size=100, nrcpt=3 (queue active)\n", at, i
		} }' >"$BATS_TEST_TMPDIR/log"
	"$TESTS/journal_export.py" <"$BATS_TEST_TMPDIR/log" >"$EXPORT"
	[ "$(stat -c %s "$EXPORT")" -gt $((33 * 1024 * 1024)) ]
	run -0 --separate-stderr sweep --dialect journal - < <(cat "$EXPORT")
	[[ "$stderr" == *"45000 messages arrived"* ]]
	diff <(expected "$BATS_TEST_TMPDIR/log") <(report "$STATE")
}

# bundle STATE SUBJECT: its evidence, unpacked into $STATE.out.
bundle() {
	local name
	name=$(MG_TEST_NOW=1795330800 "$MAILGUARD-test" evidence create "$2" --root "$HOST" --state "$1" --json | jq -r .name)
	mkdir "$1.out"
	bsdtar --strip-components 1 -xf "$1/evidence/$name.tar.gz" -C "$1.out"
}

@test "a bundle has the entries of its subject, whole, and those are the lines of a syslog file" {
	"$TESTS/journal_export.py" <"$SYSLOG" >"$EXPORT"
	journal system <"$EXPORT"
	sweep -q --journal
	bundle "$STATE" joe@a.example
	jq -e '.cut | map(select(test("journal"))) == []' "$STATE.out/manifest.json"
	[ "$(jq -c '[.path, .source, .ranges]' "$STATE.out/log/0001.json")" = '["journalctl","journal",[]]' ]
	"$MAILGUARD" sweep -q --root "$HOST" --state "$STATE.syslog" --dialect postfix "$SYSLOG"
	bundle "$STATE.syslog" joe@a.example
	sed -n 's/^MESSAGE=//p' "$STATE.out/log/0001.log" >"$BATS_TEST_TMPDIR/entries"
	sed -E 's/^[^ ]+ [^ ]+ [^ ]+ //' "$STATE.syslog.out/log/0001.log" >"$BATS_TEST_TMPDIR/lines"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/lines")" -gt 100 ]
	diff "$BATS_TEST_TMPDIR/lines" "$BATS_TEST_TMPDIR/entries"
	[ "$(grep -c '^__CURSOR=' "$STATE.out/log/0001.log")" = "$(wc -l <"$BATS_TEST_TMPDIR/lines")" ]
	diff <(jq .rows "$STATE.syslog.out/counts.json") <(jq .rows "$STATE.out/counts.json")
	# The same journal gives the same bytes.
	first=$(sha256sum <"$STATE.out/log/0001.log")
	rm -r "$STATE.out"
	bundle "$STATE" joe@a.example
	[ "$(sha256sum <"$STATE.out/log/0001.log")" = "$first" ]
}

@test "what a customer logs in the server's name about a message is in nobody's bundle" {
	line=$(grep -nE ': client=.*sasl_username=joe@a.example' "$SYSLOG" | head -n 1)
	id=$(grep -oE '[0-9A-F]{6,}: client=' <<<"$line")
	n=${line%%:*}
	{
		head -n "$n" "$SYSLOG" | "$TESTS/journal_export.py"
		printf '2026-11-22T06:12:18.500000+00:00 px postfix/smtp[1]: %s to=<forged@b.test>, status=sent (250 ok)\n' "${id%% *}" |
			"$TESTS/journal_export.py" --uid postfix=5001 --first $((n + 1))
		tail -n +$((n + 1)) "$SYSLOG" | "$TESTS/journal_export.py" --first $((n + 2))
	} >"$EXPORT"
	journal system <"$EXPORT"
	sweep -q --journal || [ $? -eq 1 ] # forged lines are an alarm
	bundle "$STATE" joe@a.example
	grep -F "MESSAGE=${id%% *} client" "$STATE.out/log/0001.log"
	run ! grep -rF forged@b.test "$STATE.out"
}
