# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# kill -9 at every system call of a sweep, parent and parser child.

bats_require_minimum_version 1.5.0

load ../helper

@test "kill -9 at each system call of a sweep changes no row" {
	"$TESTS/fault/kill_calls.py" --mailguard "$MAILGUARD" --root "$TESTS/data/hosts/cpanel" \
		--log "$TESTS/data/exim/4.96-rich.log"
}

@test "kill -9 at the system calls of a sweep of the journal, journalctl's too, changes no row" {
	local host=$BATS_TEST_TMPDIR/host
	cp -r "$TESTS/data/hosts/cpanel" "$host"
	mkdir -p "$host/usr/bin"
	# shellcheck disable=SC2016 # the script's own variable
	# from the start, each time: what was counted is known by its numbers
	printf '#!/bin/sh\nexec cat "${0%%/usr/bin/journalctl}/export"\n' >"$host/usr/bin/journalctl"
	chmod 755 "$host/usr/bin/journalctl"
	"$TESTS/journal_export.py" <"$TESTS/data/postfix/3.7-rsyslog.log" >"$BATS_TEST_TMPDIR/export"
	"$TESTS/fault/kill_calls.py" --mailguard "$MAILGUARD" --root "$host" --log "$BATS_TEST_TMPDIR/export" \
		--journal --points 80
}
