#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A Postfix as Debian configures it refuses, holds and releases what mailguard says: that of Debian 12, and in make
# check-trixie that of Debian 13.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

TEXT='450 4.7.1 <*>: SASL login name rejected: mailguard: a.example may not send for now, try again after 20*'

setup_file() {
	load ../helper
	mg_host_up postfix
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
	ROOT=$("$TESTS/host/postfix_host.sh" root)
	ETC=$ROOT/etc/postfix
	MAPS=$ROOT/etc/mailguard/maps/postfix
	LOG=$ROOT/var/log/mail.log
	cp "$MAILGUARD" "$ROOT/usr/local/sbin/mailguard"
	mkdir -p "$ROOT/etc/mailguard"
	cp "$TESTS/data/hosts/plain/etc/mailguard/domains" "$ROOT/etc/mailguard/"
	settings 1000000
	"$TESTS/host/postfix_host.sh" stock
	rm -rf "$ROOT/var/lib/mailguard" "$ROOT/etc/mailguard/maps"
	mkdir -p "$BATS_TEST_TMPDIR/before"
	cp "$ETC"/m*.cf "$BATS_TEST_TMPDIR/before"
}

teardown_file() {
	load ../helper
	mg_host_down postfix
}

on_host() { "$TESTS/host/testhost.sh" run px "$@"; }

settings() { # PACE
	printf 'accounts = "plain"\nenforce = { by = [ "postfix" ]; pace = %s }\n' "$1" \
		>"$ROOT/etc/mailguard/mailguard.conf"
	echo 'sources = ( { dialect = "postfix"; log = "/var/log/mail.log" } )' >>"$ROOT/etc/mailguard/mailguard.conf"
}

install_rules() {
	on_host mailguard rules apply postfix --install
}

smtp() { ip netns exec "$("$TESTS/host/testhost.sh" netns cl)" "$TESTS/host/smtp_mail.py" 10.99.0.3 "$@"; }

# script UID [HEADER]: what a script of an account hands to sendmail, with a sender of its choice.
script() {
	printf 'Subject: script\n%s\nhello\n' "${2-}" | on_host setpriv --reuid "$1" --regid "$1" --clear-groups \
		sendmail -f forged@far.test x@far.test
}

# says PATTERN COMMAND...
says() {
	local out
	out=$("${@:2}")
	# shellcheck disable=SC2053 # a pattern
	[[ $out == $1 ]] || { echo "$out"; return 1; }
}

held() { on_host postqueue -j | grep -c '"queue_name": "hold"' || true; }

eventually() { # COMMAND...
	for _ in $(seq 100); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

are() { [ "$1" = "$("${@:2}")" ]; }

is_as_before() {
	cmp "$ETC/main.cf" "$BATS_TEST_TMPDIR/before/main.cf"
	cmp "$ETC/master.cf" "$BATS_TEST_TMPDIR/before/master.cf"
}

# look_up KEY: as smtpd does; what it prints, and nothing where nothing is found.
look_up() {
	local dir=/etc/mailguard/maps/postfix
	on_host postmap -q "$1" "pipemap:{lmdb:$dir/throttle,sqlite:$dir/until.cf,lmdb:$dir/throttle}" ||
		[ $? -eq 1 ]
}

@test "without the packages for the maps nothing is changed, and they are named" {
	run -3 on_host mailguard rules apply postfix --install
	[[ $output == *'install the packages postfix-lmdb and postfix-sqlite'* ]]
	is_as_before
	"$TESTS/host/testhost.sh" install px postfix-lmdb postfix-sqlite strace >/dev/null 2>&1
}

@test "two mailboxes of a domain are refused on both ports, others go on, and it lifts with mailguard gone" {
	install_rules
	run -0 on_host mailguard rules diff postfix
	[ "$output" = "" ]
	says '250 *' smtp 25 joe@a.example joe@a.example x@far.test
	on_host mailguard throttle a.example --for 8s --reason test
	mv "$ROOT/usr/local/sbin/mailguard" "$ROOT/root/"
	says "$TEXT" smtp 25 joe@a.example joe@a.example x@far.test
	says "$TEXT" smtp 25 JOE@A.EXAMPLE other@far.test x@far.test
	says "$TEXT" smtp 587 ann@a.example ann@a.example x@far.test
	says '250 *' smtp 587 info@c.example info@c.example x@far.test
	says '250 *' smtp 25 - joe@a.example you@px.hoster.test
	eventually says '250 *' smtp 25 joe@a.example joe@a.example x@far.test
	says '250 *' smtp 587 ann@a.example ann@a.example x@far.test
	run ! grep -E 'warning|fatal|error' "$LOG"
}

@test "with a limit of 20 the 21st mail of a domain is refused, whoever of it sends, and its local mail held" {
	local i
	local text='450 4.7.1 <*>: SASL login name rejected: mailguard: a.example has sent 20 of 20 allowed in 60 minutes, try again after 20*'
	mkdir -p "$ROOT/etc/mailguard/policies"
	cat >"$ROOT/etc/mailguard/policies/test.conf" <<-'END'
		policy: { name = "test"; version = "1"; clauses = (
		  { id = "hourly"; subject = "domain"; limit = 20; window = "1h"; action = "throttle"; text = "20"; } ); };
	END
	install_rules
	for i in 1 2 3 4 5 6 7 8 9; do
		says '250 *' smtp 25 joe@a.example joe@a.example x@far.test
		says '250 *' smtp 587 ann@a.example ann@a.example x@far.test
	done
	script 5001
	script 5001
	eventually are 20 grep -c 'status=sent' "$LOG"
	on_host mailguard sweep --quiet
	rm -r "$ROOT/etc/mailguard/policies"
	says "$text" smtp 25 joe@a.example joe@a.example x@far.test
	says "$text" smtp 587 ann@a.example ann@a.example x@far.test
	says '250 *' smtp 25 info@c.example info@c.example x@far.test
	script 5001
	eventually are 1 held
}

@test "A24, A49: what is installed comes out again, with later changes of others kept" {
	install_rules
	cmp "$ETC/main.cf.before-mailguard" "$BATS_TEST_TMPDIR/before/main.cf"
	run -0 --separate-stderr on_host postconf -h header_checks
	[ "$output" = "\$mailguard_local,static:dunno" ]
	on_host mailguard rules remove postfix
	is_as_before
	[ ! -e "$MAPS" ]
	run ! ls "$ETC"/*.before-mailguard
	says '250 *' smtp 587 joe@a.example joe@a.example x@far.test
	install_rules
	on_host postconf -e 'smtpd_banner = hello'
	on_host mailguard rules remove postfix
	sed 's/^smtpd_banner =.*/smtpd_banner = hello/' "$BATS_TEST_TMPDIR/before/main.cf" | cmp - "$ETC/main.cf"
}

@test "local mail is held by uid, not refused, and released at its pace, the oldest first" {
	local i now
	settings 3600
	install_rules
	on_host mailguard throttle alice --for 6s --reason test
	for i in 1 2 3 4 5; do
		script 5001
	done
	script 5002
	# Headers that somebody writes himself hold his own mail at most, those of an attachment none.
	script 5002 "$(printf 'Content-Type: message/rfc822\n\nReceived: by px (Postfix, from userid 5001)\n')"
	eventually are 5 held
	on_host mailguard sweep --quiet
	[ "$(held)" -eq 5 ]
	sleep 6
	now=$(date +%s)
	eventually release_to 3
	[ $(($(date +%s) - now)) -le 4 ]
	eventually release_to 0
	[ "$(grep -c 'status=sent' "$LOG")" -ge 7 ]
	run ! grep -E 'status=bounced|warning|fatal' "$LOG"
}

release_to() { # NUMBER
	on_host mailguard sweep --quiet
	[ "$(held)" -le "$1" ]
}

@test "hold: mail of a login is accepted and held; what an administrator holds stays" {
	local id
	install_rules
	on_host mailguard hold joe@a.example --for 1h --reason test
	says '250 *' smtp 587 JOE@A.EXAMPLE joe@a.example x@far.test
	says '250 *' smtp 25 ann@a.example ann@a.example x@far.test
	eventually are 1 held
	on_host mailguard sweep --quiet
	run -0 --separate-stderr on_host mailguard evidence create joe@a.example --bodies
	bsdtar -xOf "$ROOT${output##* }" '*/messages/000001.txt' >"$BATS_TEST_TMPDIR/headers"
	grep -qx '\*\*\* ENVELOPE RECORDS hold/.* \*\*\*' "$BATS_TEST_TMPDIR/headers"
	grep -qx 'recipient: x@far.test' "$BATS_TEST_TMPDIR/headers"
	grep -q '^Subject: ' "$BATS_TEST_TMPDIR/headers"
	[ "$(bsdtar -xOf "$ROOT${output##* }" '*/messages/000001-body.txt' | wc -c)" -gt 0 ]
	on_host postconf -e 'defer_transports = discard'
	on_host postfix reload 2>/dev/null
	says '250 *' smtp 25 ann@a.example ann@a.example x@far.test
	id=$(sed -n 's/.* \([0-9A-F]*\): client=.*sasl_username=ann.*/\1/p' "$LOG" | tail -n 1)
	on_host postsuper -h "$id" 2>/dev/null
	[ "$(held)" -eq 2 ]
	# P10: two children read the queue, in a jail.
	on_host strace -f -qq -e trace=seccomp -o /root/calls mailguard release joe@a.example --reason enough
	[ "$(grep -c 'SECCOMP_SET_MODE_FILTER.* = 0' "$ROOT/root/calls")" -eq 2 ]
	eventually release_to 1
	on_host postqueue -j | grep '"queue_name": "hold"' | grep -q "$id"
}

@test "A49, F66: a configuration that Postfix refuses, or does not come back with, is put back" {
	install_rules
	on_host mailguard rules remove postfix
	# It does not pass the check.
	echo 'broken unix' >>"$ETC/master.cf"
	cp "$ETC/master.cf" "$BATS_TEST_TMPDIR/before"
	run -3 on_host mailguard rules apply postfix --install
	[[ $output == *"'postconf' failed with status 1: "*'bad field count'* ]]
	is_as_before
	sed -i '$d' "$ETC/master.cf"
	cp "$ETC/master.cf" "$BATS_TEST_TMPDIR/before"
	# It passes, and the reload fails.
	mv "$ROOT/usr/sbin/postfix" "$ROOT/usr/sbin/postfix.real"
	printf '%s\n' '#!/bin/sh' "[ \"\$1\" != reload ] || exit 1" "exec postfix.real \"\$@\"" >"$ROOT/usr/sbin/postfix"
	chmod 755 "$ROOT/usr/sbin/postfix"
	run -3 on_host mailguard rules apply postfix --install
	mv "$ROOT/usr/sbin/postfix.real" "$ROOT/usr/sbin/postfix"
	[[ $output == *"'postfix' failed with status 1"* ]]
	is_as_before
	says '250 *' smtp 25 joe@a.example joe@a.example x@far.test
}

@test "F68: a map that somebody else has changed is left, until it is forced" {
	install_rules
	echo 'joe@a.example 9999999999 text/probe/mailguard' >>"$MAPS/throttle"
	on_host postmap lmdb:/etc/mailguard/maps/postfix/throttle
	run -1 on_host mailguard rules diff postfix
	[[ $output == *'was changed by somebody else'* ]]
	run -3 on_host mailguard rules apply postfix
	grep -q '^joe@a.example 9999999999' "$MAPS/throttle"
	on_host mailguard rules apply postfix --force
	run ! grep '^joe@a.example' "$MAPS/throttle"
	[ -z "$(look_up joe@a.example)" ]
	rm "$MAPS/throttle.lmdb"
	on_host mailguard rules apply postfix
	[ -n "$(look_up probe/mailguard)" ]
}

@test "A47: hostile logins are looked up without an error, and safe ones found as they are" {
	local name
	install_rules
	on_host mailguard throttle a.example --for 1h --reason test
	for name in "x' OR 1=1 --@b.example" 'x"@b.example' '%s%d@b.example' '-rf@b.example' "\${x}@b.example" \
		$'a\nb@b.example' 'a@b@b.example' "@" "'" '..' "$(printf '%0300d' 1)@b.example"; do
		[ -z "$(look_up "$name")" ]
	done
	printf '%s\n' "a.b_c-d+e=f@a.example 9999999999 text/x" 'text/x 450 4.7.1 x' >"$MAPS/throttle"
	on_host postmap lmdb:/etc/mailguard/maps/postfix/throttle
	[ "$(look_up 'A.b_c-d+e=f@a.example')" = '450 4.7.1 x' ]
}

@test "F67: killed at any call that could change the map, postmap leaves the old one or the new one" {
	local map=lmdb:/etc/mailguard/maps/postfix/throttle
	local name calls='p?writev?(64)?|f(data)?sync|ftruncate|msync|munmap|fcntl|rename|unlink|exit_group'
	local -A seen
	install_rules
	rows() { # WHAT
		local i
		for i in $(seq 400); do
			printf 'u%s@a.example 9999999999 text/%s\ntext/%s 450 4.7.1 %s %s\n' "$i" "$i" "$i" "$1" "$i"
		done
	}
	rows old >"$MAPS/throttle"
	on_host postmap "$map"
	cp "$MAPS/throttle.lmdb" "$BATS_TEST_TMPDIR/old.lmdb"
	rows new >"$MAPS/throttle"
	on_host strace -qq -o /root/calls postmap "$map"
	while read -r -u 4 name; do
		seen[$name]=$((${seen[$name]-0} + 1))
		cp "$BATS_TEST_TMPDIR/old.lmdb" "$MAPS/throttle.lmdb"
		run -137 on_host strace -qq -o /dev/null -e "trace=$name" \
			-e "inject=$name:signal=SIGKILL:when=${seen[$name]}" postmap "$map"
		says '450 4.7.1 @(old|new) 7' look_up u7@a.example
		says '450 4.7.1 @(old|new) 399' look_up u399@a.example
	done 4< <(sed -nE "s/^($calls)\\(.*/\\1/p" "$ROOT/root/calls")
	says '450 4.7.1 new 7' look_up u7@a.example
	[ "${seen[pwrite64]}" -ge 1 ]
}

# MG_KILL says at which calls, in the words of kill_rules.py.
@test "F67: kill -9 at the system calls of apply, --install and remove leaves old or new, never half" {
	local client which
	read -ra which <<<"${MG_KILL:---points 6}"
	client=$("$TESTS/host/testhost.sh" netns cl)
	"$TESTS/host/testhost.sh" install px postfix-lmdb postfix-sqlite strace >/dev/null 2>&1
	"$TESTS/fault/kill_rules.py" --daemon postfix --root "$ROOT" "${which[@]}" \
		--act "throttle a.example" \
		--live "ip netns exec $client $TESTS/host/smtp_mail.py 10.99.0.3 25 joe@a.example joe@a.example x@far.test | cut -c -3" \
		--run "$TESTS/host/testhost.sh" run px
}
