# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# What make install brings for systemd and cron.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	THERE=$BATS_TEST_TMPDIR/there
	UNITS=$THERE/usr/lib/systemd/system
	make -s -C "$TESTS/.." install DESTDIR="$THERE" PREFIX=/usr
}

@test "systemd accepts the units" {
	command -v systemd-analyze >/dev/null || mg_skip 'no systemd-analyze'
	[ "$(find "$UNITS" -name 'mailguard*' | wc -l)" = 4 ]
	sed -i "s|^ExecStart=mailguard|ExecStart=$THERE/usr/sbin/mailguard|" "$UNITS"/*.service
	run -0 systemd-analyze verify --man=no "$UNITS"/*
	[ -z "$output" ]
	# It would say what is wrong.
	sed -i 's/^WatchdogSec=.*/WatchdogSec=soon/' "$UNITS/mailguard.service"
	run systemd-analyze verify --man=no "$UNITS/mailguard.service"
	[[ "$output" == *soon* ]]
}

@test "what the units and the crontab run are commands that there are" {
	local called
	mapfile -t called < <(sed -n 's/^ExecStart=mailguard //p' "$UNITS"/*.service
		sed -n 's/.* root mailguard //p' "$THERE/usr/share/mailguard/cron/mailguard")
	[ "${#called[@]}" = 5 ]
	for command in "${called[@]}"; do
		"$MAILGUARD" help | grep -q "^  ${command%% *} "
	done
	grep -q '^ExecReload=kill -HUP ' "$UNITS/mailguard.service"
	[ -z "$(tail -c 1 "$THERE/usr/share/mailguard/cron/mailguard")" ]
}

@test "uninstall takes them away" {
	make -s -C "$TESTS/.." uninstall DESTDIR="$THERE" PREFIX=/usr
	[ -z "$(find "$THERE" -name '*mailguard*' -not -path "$THERE/etc/*")" ]
}
