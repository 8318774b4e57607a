# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154 # scripts expand their own words; run sets output
#
# Exim's back end on fake hosts: tools that are missing or misbehave, changes by others, cPanel.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT"/{etc/mailguard,usr/sbin,usr/bin,var/lib}
	echo 'Debian-exim:x:105:' >"$ROOT/etc/group"
	echo 'alice:x:5001:5001::/home/alice:/bin/sh' >"$ROOT/etc/passwd"
	echo 'a.example: alice' >"$ROOT/etc/mailguard/domains"
	printf 'accounts = "plain"\nenforce = { by = [ "exim" ] }\n' >"$ROOT/etc/mailguard/mailguard.conf"
	printf '%s\n' 'acl_smtp_mail = check' 'begin acl' 'check:' '  accept' 'begin routers' 'begin retry' \
		>"$ROOT/etc/exim.conf"
	cp "$ROOT/etc/exim.conf" "$BATS_TEST_TMPDIR/before"
	fake exim 'case "$*" in *-be*) echo "text=\"mailguard\"" ;; esac'
	fake service 'echo "$@" >>'"$BATS_TEST_TMPDIR/service"
}

fake() { # NAME SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$ROOT/usr/sbin/$1"
	chmod 755 "$ROOT/usr/sbin/$1"
}

rules() { "$MAILGUARD" rules "$@" --root "$ROOT"; }

# nothing_changed WORDS: apply --install fails with the words and leaves the configuration as it was.
nothing_changed() {
	run -3 rules apply exim --install
	[[ "$output" == *"$1"* ]]
	cmp "$ROOT/etc/exim.conf" "$BATS_TEST_TMPDIR/before"
	[ "$(ls -A "$ROOT/etc")" = "$(printf '%s\n' exim.conf group mailguard passwd)" ]
}

@test "installed, reloaded, and taken out again" {
	run -0 rules apply exim --install
	grep -q '^mailguard_check_mail:' "$ROOT/etc/exim.conf"
	cmp "$ROOT/etc/exim.conf.before-mailguard" "$BATS_TEST_TMPDIR/before"
	grep -qx 'exim reload' "$BATS_TEST_TMPDIR/service"
	[ "$(stat -c '%a %g' "$ROOT/etc/mailguard/maps/exim")" = '640 105' ]
	[ "$(stat -c %a "$ROOT/etc/mailguard/maps")" = 711 ]
	run -0 rules apply exim --install
	[ "$(grep -cx 'exim reload' "$BATS_TEST_TMPDIR/service")" -eq 1 ]
	run -0 rules remove exim
	cmp "$ROOT/etc/exim.conf" "$BATS_TEST_TMPDIR/before"
	[ ! -e "$ROOT/etc/exim.conf.before-mailguard" ]
	[ ! -e "$ROOT/etc/mailguard/maps/exim" ]
}

@test "an Exim whose configuration has not got our lines: it is said, and stands in the ledger" {
	run -0 "$MAILGUARD" throttle a.example --reason x --root "$ROOT"
	[[ "$output" == *"warning: exim may not know of it: "*"rules apply exim --install"* ]]
	run -0 "$MAILGUARD" why a.example --root "$ROOT"
	[[ "$output" == *"by exim: written; the daemon was not set up"* ]]
	run -0 rules apply exim --install
	run -0 "$MAILGUARD" hold a.example --reason x --root "$ROOT"
	[[ "$output" != *"may not know"* ]]
}

@test "F65: an Exim that is missing, fails, is killed or makes noise" {
	rm "$ROOT/usr/sbin/exim"
	nothing_changed "there is no 'exim'"
	fake exim 'echo "line 3: nonsense" >&2; exit 1'
	nothing_changed "'exim' failed with status 1: line 3: nonsense"
	fake exim 'yes noise | head -n 100000; exit 2'
	nothing_changed "'exim' failed with status 2"
	fake exim 'case "$*" in *-be*) echo "text=\"other\"" ;; esac'
	nothing_changed "'exim -be' failed with status 0"
}

@test "F66: a service that does not reload, or ends once it was: all is put back" {
	fake service 'case $2 in reload) exit 1 ;; esac'
	nothing_changed "the service 'exim' does not reload (status 1)"
	fake service 'if [ "$2" = reload ]; then touch '"$BATS_TEST_TMPDIR/dead"'; else [ ! -e '"$BATS_TEST_TMPDIR/dead"' ]; fi'
	nothing_changed 'Exim has ended after it was reloaded'
}

@test "F68: what somebody else has changed is told, and replaced by --force only" {
	run -0 rules apply exim --install
	sed -i 's/451 4.7.1/551 4.7.1/' "$ROOT/etc/exim.conf"
	run -1 rules diff exim
	[ "$output" = "/etc/exim.conf: somebody has changed mailguard's lines" ]
	run -3 rules apply exim --install
	[[ "$output" == *"somebody has changed mailguard's lines in '/etc/exim.conf'"* ]]
	run -3 rules remove exim
	grep -q '551 4.7.1' "$ROOT/etc/exim.conf"
	echo 'domain=b.example: refuse=9999999999 text="x"' >>"$ROOT/etc/mailguard/maps/exim"
	run "$MAILGUARD" throttle a.example --for 1h --reason test --root "$ROOT"
	[[ "$output" == *"somebody has changed '/etc/mailguard/maps/exim'"* ]] || { echo "$output"; return 1; }
	run -0 rules apply exim --install --force
	run -0 rules diff exim
	[ "$output" = '' ]
	grep -q '^domain=a.example: refuse=' "$ROOT/etc/mailguard/maps/exim"
	run -1 grep b.example "$ROOT/etc/mailguard/maps/exim"
}

cpanel() {
	ACLS=$ROOT/usr/local/cpanel/etc/exim/acls
	rm "$ROOT/etc/exim.conf"
	mkdir -p "$ACLS"/ACL_{MAIL_PRE,RECIPIENT}_BLOCK "$ROOT/usr/local/cpanel/scripts"
	printf '%s\n' '@BEGINACL@' '' '@CONFIG@' 'a = b' '@RETRYSTART@' '@ROUTERSTART@' >"$ROOT/etc/exim.conf.local"
	cp "$ROOT/etc/exim.conf.local" "$BATS_TEST_TMPDIR/before"
	fake build 'echo build >>'"$BATS_TEST_TMPDIR/scripts"
	mv "$ROOT/usr/sbin/build" "$ROOT/usr/local/cpanel/scripts/buildeximconf"
	fake restart 'echo restart >>'"$BATS_TEST_TMPDIR/scripts"
	mv "$ROOT/usr/sbin/restart" "$ROOT/usr/local/cpanel/scripts/restartsrv_exim"
}

@test "cPanel: its sections and its include point, by its own scripts" {
	cpanel
	run -0 rules apply exim --install
	[ "$(cat "$BATS_TEST_TMPDIR/scripts")" = "$(printf 'build\nrestart')" ]
	grep -q 'mailguard_refuses' "$ACLS/ACL_MAIL_PRE_BLOCK/custom_begin_mail_pre"
	grep -q '^mailguard_hold:' "$ROOT/etc/exim.conf.local"
	run -0 rules remove exim
	cmp "$ROOT/etc/exim.conf.local" "$BATS_TEST_TMPDIR/before"
	[ ! -e "$ACLS/ACL_MAIL_PRE_BLOCK/custom_begin_mail_pre" ]
}

@test "cPanel in native mode: counted at its include point for recipients, and no more once the mode is another" {
	local include
	cpanel
	include=$ACLS/ACL_RECIPIENT_BLOCK/custom_begin_recipient
	mkdir "$ROOT/etc/mailguard/policies"
	cp "$TESTS/../etc/policies/hourly-limits.conf" "$ROOT/etc/mailguard/policies/"
	echo 'exim = { mode = "native" }' >>"$ROOT/etc/mailguard/mailguard.conf"
	run -0 rules apply exim --install
	grep -q '{{mailguard_is_over}{login=' "$include"
	grep -q '^mailguard_is_over:' "$ROOT/etc/exim.conf.local"
	grep -qx 'domain=a.example: account=alice .' "$ROOT/etc/mailguard/maps/exim-limits"
	run -0 rules diff exim
	sed -i 's/limit = 500/limit = 600/' "$ROOT/etc/mailguard/policies/hourly-limits.conf"
	run -1 rules diff exim
	[[ "$output" == *"/etc/exim.conf.local: has mailguard's lines of another version"* ]]
	sed -i '/native/d' "$ROOT/etc/mailguard/mailguard.conf"
	run -0 rules apply exim --install
	run -1 grep -r mailguard_is_over "$ROOT/etc" "$ACLS"
	[ ! -e "$ROOT/etc/mailguard/maps/exim-limits" ]
	run -0 rules remove exim
	cmp "$ROOT/etc/exim.conf.local" "$BATS_TEST_TMPDIR/before"
	[ ! -e "$include" ]
}

@test "killed at any moment: the map is the old one or the new one, never half" {
	local i before
	run -0 rules apply exim
	for i in {1..30}; do
		before=$(sha256sum <"$ROOT/etc/mailguard/maps/exim")
		"$MAILGUARD" throttle "m$i@a.example" --for 1h --reason test --root "$ROOT" >/dev/null 2>&1 3>&- &
		sleep "0.0$((i % 10))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		[ "$(sha256sum <"$ROOT/etc/mailguard/maps/exim")" = "$before" ] ||
			grep -q "^login=m$i@a.example: " "$ROOT/etc/mailguard/maps/exim"
		[ "$(tail -n 1 "$ROOT/etc/mailguard/maps/exim")" = '# END mailguard' ]
	done
	run -0 rules apply exim
}
