#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # run sets output, stderr and lines
#
# Addresses that are blocked, or that the kernel counts, with the real nft and real connections between network
# namespaces. Needs root.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	load ../host/firewall
	local why
	why=$(fw_check) || mg_skip "$why"
	ROOT=$BATS_TEST_TMPDIR/root
	fw_up "$ROOT"
	configure ''
}

teardown() {
	[ ! -d "$ROOT" ] || fw_down
}

configure() { fw_configure "$ROOT" nftables "$@"; }
mailguard() { fw_host "$MAILGUARD" "$@" --root "$ROOT"; }
block() { mailguard block "$1" --reason 'a test' "${@:2}"; }
table() { fw_host nft list table inet mailguard; }

@test "ten addresses of each family are blocked, and no longer" {
	fw_serve 192.0.2.1 110
	fw_serve 2001:db8::1 995
	mailguard rules apply
	for i in {10..19}; do block "192.0.2.$i" --for 1h; done
	for i in {1..10}; do block "2001:db8:$i::1234" --for 1h; done
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.{10..20}
	[ "$output" = "$(printf '192.0.2.%s 0 1\n' {10..19}; echo 192.0.2.20 1 0)" ]
	run -0 --separate-stderr fw_connect 2001:db8::1 995 1 2001:db8:{1..10}::7
	[ "$output" = "$(printf '2001:db8:%s::7 0 1\n' {1..10})" ]
	for i in {10..19}; do mailguard unblock "192.0.2.$i" --reason 'a test'; done
	for i in {1..10}; do mailguard unblock "2001:db8:$i::1234" --reason 'a test'; done
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.{10..19}
	[ "$output" = "$(printf '192.0.2.%s 1 0\n' {10..19})" ]
	run -0 --separate-stderr fw_connect 2001:db8::1 995 1 2001:db8:{1..10}::7
	[ "$output" = "$(printf '2001:db8:%s::7 1 0\n' {1..10})" ]
}

@test "only the ports of mail are closed, and a block ends by itself" {
	fw_serve 192.0.2.1 110 25
	block 192.0.2.10 --for 2s
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.10
	[ "$output" = '192.0.2.10 0 1' ]
	run -0 --separate-stderr fw_connect 192.0.2.1 25 1 192.0.2.10
	[ "$output" = '192.0.2.10 1 0' ]
	for _ in {1..50}; do
		[ "$(fw_connect 192.0.2.1 110 1 192.0.2.10)" != '192.0.2.10 1 0' ] || return 0
		read -r -t 0.1 <> <(:) || true
	done
	false
}

@test "the kernel counts: 30 connections pass, the next are refused, after the window it works again" {
	configure 'checks = "kernel"; window = "5s";'
	fw_serve 192.0.2.1 110
	fw_serve 2001:db8::1 110
	mailguard rules apply
	run -0 --separate-stderr fw_connect 192.0.2.1 110 33 192.0.2.10 192.0.2.11
	[ "$output" = "$(printf '192.0.2.%s 30 3\n' 10 11)" ]
	run -0 --separate-stderr fw_connect 2001:db8::1 110 31 2001:db8:1::7
	[ "$output" = '2001:db8:1::7 30 1' ]
	run -0 --separate-stderr mailguard rules diff
	# a reload keeps the counts
	mailguard rules apply
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.10
	[ "$output" = '192.0.2.10 0 1' ]
	for _ in {1..100}; do
		[ "$(fw_connect 192.0.2.1 110 1 192.0.2.10)" != '192.0.2.10 1 0' ] || return 0
		read -r -t 0.1 <> <(:) || true
	done
	false
}

@test "forged first packets fill nothing" {
	configure 'checks = "kernel";'
	fw_serve 192.0.2.1 110
	mailguard rules apply
	fw_clients "$TESTS/host/firewall_net.py" forge 192.0.2.1 110 500 198.18.0.0/16
	run ! grep -q 198.18. <(fw_host nft list set inet mailguard checks4)
	fw_connect 192.0.2.1 110 1 192.0.2.10
	grep -q 192.0.2.10 <(fw_host nft list set inet mailguard checks4)
}

@test "A20: who is exempt is neither blocked nor counted, nor is the host itself" {
	configure 'checks = "kernel"; limit = 2;' 'exempt = [ "192.0.2.10", "2001:db8:1::/48" ];'
	fw_serve 192.0.2.1 110
	fw_serve 2001:db8::1 110
	mailguard rules apply
	block 192.0.2.10 --for 1h || true
	mailguard exempt 192.0.2.11 --for 1h --reason 'a test'
	run -0 --separate-stderr fw_connect 192.0.2.1 110 5 192.0.2.10 192.0.2.11 192.0.2.12
	[ "$output" = "$(echo 192.0.2.10 5 0; echo 192.0.2.11 5 0; echo 192.0.2.12 2 3)" ]
	run -0 --separate-stderr fw_connect 2001:db8::1 110 5 2001:db8:1::7
	[ "$output" = '2001:db8:1::7 5 0' ]
	run -0 --separate-stderr fw_host "$TESTS/host/firewall_net.py" connect 192.0.2.1 110 5 192.0.2.1
	[ "$output" = '192.0.2.1 5 0' ]
}

@test "what was blocked is blocked again after a flush and after a start of the host, for the time that is left" {
	block 192.0.2.10 --for 1000s
	fw_host nft flush ruleset
	block 192.0.2.11 --for 1000s
	[ "$(table | grep -o '192.0.2.1[01] timeout' | sort)" = "$(printf '192.0.2.1%s timeout\n' 0 1)" ]
	table | grep -E '192.0.2.10 timeout (16m40s|16m3[0-9]s)'
	ip netns del "$FW_ID-host"
	ip netns add "$FW_ID-host"
	mailguard rules apply
	[ "$(table | grep -o '192.0.2.1[01] timeout' | sort)" = "$(printf '192.0.2.1%s timeout\n' 0 1)" ]
}

@test "F68: what somebody else changes in the table is seen, told and left" {
	mailguard rules apply
	run -0 --separate-stderr mailguard rules diff
	fw_host nft insert rule inet mailguard input accept
	run -1 --separate-stderr mailguard rules diff
	[[ $output == *'changed by somebody else'*+rule\ input* ]]
	table >"$BATS_TEST_TMPDIR/before"
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *'somebody else changed the table'*'--force'* ]]
	table | cmp - "$BATS_TEST_TMPDIR/before"
	run -3 --separate-stderr mailguard rules remove
	run -0 --separate-stderr mailguard rules apply --force
	run -0 --separate-stderr mailguard rules diff
	run ! grep -qx $'\t\taccept' <(table)
}

@test "F68: a rule that is replaced, too, and one of a table that was saved and restored is no change" {
	mailguard rules apply
	table >"$BATS_TEST_TMPDIR/saved"
	fw_host nft delete table inet mailguard
	fw_host nft -f "$BATS_TEST_TMPDIR/saved"
	run -0 --separate-stderr mailguard rules apply
	local handle
	handle=$(fw_host nft -a list chain inet mailguard input | sed -n 's/.*jump checks # handle //p')
	fw_host nft replace rule inet mailguard input handle "$handle" tcp dport 110 jump checks
	run -3 --separate-stderr mailguard rules apply
}

@test "other tables stay as they are" {
	fw_host nft add table inet mailguard2
	fw_host nft add chain inet mailguard2 checks
	mailguard rules apply
	mailguard rules remove
	[ "$(fw_host nft list tables)" = 'table inet mailguard2' ]
}

@test "F65: without nft, or with one that fails or lies, nothing changes" {
	mailguard rules apply
	block 192.0.2.10 --for 1h
	table >"$BATS_TEST_TMPDIR/before"
	mv "$ROOT/usr/sbin/nft" "$ROOT/nft"
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *"no 'nft' on this host"* ]]
	printf '#!/bin/sh\nprintf "\\033[31mbad\\nmore\\n" >&2; exit 1\n' >"$ROOT/usr/sbin/nft"
	chmod 755 "$ROOT/usr/sbin/nft"
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *'refuses'*'\x1b[31mbad'* && $stderr != *more* ]]
	printf '#!/bin/sh\nhead -c 3000000 /dev/zero; exit 0\n' >"$ROOT/usr/sbin/nft"
	run -4 --separate-stderr mailguard rules apply
	[[ $stderr == *'which is not so'* ]]
	table | sed 's/expires [^ ]*//' | cmp - <(sed 's/expires [^ ]*//' "$BATS_TEST_TMPDIR/before")
	mv "$ROOT/nft" "$ROOT/usr/sbin/nft"
	run -0 --separate-stderr mailguard rules apply
}

@test "A22: what is no address, or is everybody, is not blocked" {
	local bad
	for bad in 0.0.0.0/0 ::/0 192.0.2.0/24 2001:db8::/32; do
		run -2 --separate-stderr block "$bad" --for 1h
	done
	# these could be names, were there any
	for bad in 1.2.3 010.1.1.1 fe80::1%eth0 '192.0.2.1 }'; do
		run ! --separate-stderr block "$bad" --for 1h
	done
	block ::ffff:192.0.2.10 --for 1h
	table | grep -q '192.0.2.10 timeout'
}

# as_nobody TO FROM: whether nobody gets through to a server that the clients' end runs.
as_nobody() {
	fw_host setpriv --reuid 65534 --clear-groups /usr/bin/python3 - "$@" <<-'END'
		import socket, sys
		try:
		    socket.create_connection((sys.argv[1], 25), 5, (sys.argv[2], 0)).recv(5)
		    print("through")
		except OSError as e:
		    print(e.strerror)
	END
}

@test "egress: what others than the mail server open is counted by user, and refused where that is set" {
	printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$ROOT/etc/passwd"
	configure '' 'egress = { mode = "observe"; };'
	mailguard rules apply egress
	fw_serve_at clients 192.0.2.10 25
	[ "$(as_nobody 192.0.2.10 192.0.2.1)" = through ]
	mailguard rules show egress | grep -x '# 1 by uid 65534, nobody'
	configure '' 'egress = { mode = "refuse"; };'
	mailguard rules apply egress
	[ "$(as_nobody 192.0.2.10 192.0.2.1)" = 'No route to host' ]
	fw_host "$TESTS/host/firewall_net.py" connect 192.0.2.10 25 1 192.0.2.1 | grep -x '192.0.2.1 1 0'
	mailguard rules show egress | grep -E '^# [23] by uid 65534, nobody'
	mailguard rules remove egress
	[ "$(as_nobody 192.0.2.10 192.0.2.1)" = through ]
	configure '' 'egress = { users = [ "nobodyhere" ]; };'
	run -3 --separate-stderr mailguard rules apply egress
	[[ $stderr == *"no user 'nobodyhere'"* ]]
}

@test "direct-smtp: what a user opens past the mail server is a finding of his account, once an hour" {
	printf 'root:x:0:0::/:/bin/sh\nalice:x:65534:65534::/home/alice:/bin/sh\n' >"$ROOT/etc/passwd"
	echo 'a.example: alice' >"$ROOT/etc/mailguard/domains"
	mkdir -p "$ROOT/etc/mailguard/policies" "$ROOT/var/log"
	: >"$ROOT/var/log/mail.log"
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "direct"; rule = "direct-smtp"; subject = "account"; limit = 2; action = "warn"; offence = true; } );
		  ladder = ( { offence = 1; action = "warn"; } ); };
	END
	configure '' 'egress = { mode = "observe"; };
		accounts = "plain"; sources = ( { name = "m"; dialect = "postfix"; log = "/var/log/mail.log"; } );'
	mailguard config check | grep -F 'an account opens more than 2 connections to mail servers elsewhere'
	mailguard rules apply egress
	fw_serve_at clients 192.0.2.10 25
	as_nobody 192.0.2.10 192.0.2.1
	mailguard sweep -q
	as_nobody 192.0.2.10 192.0.2.1
	mailguard sweep -q
	[ "$(mailguard ledger --json | jq '.rows | length')" -eq 0 ]
	# As with sweeps that a change of the hour lies between.
	for _ in 1 2 3; do as_nobody 192.0.2.10 192.0.2.1; done
	mailguard sweep -q
	mailguard sweep -q
	run -0 mailguard why alice
	[[ $output == *'connections to mail servers elsewhere, past the one here; 2 are allowed'* ]]
	[[ $output == *'what the kernel counts by user'* ]]
	[ "$(mailguard ledger --json | jq '[.rows[] | select(.clause == "direct" and .n > 2)] | length')" -eq 1 ]
	mailguard ledger verify
	# Refused, it is counted all the same.
	configure '' 'egress = { mode = "refuse"; };
		accounts = "plain"; sources = ( { name = "m"; dialect = "postfix"; log = "/var/log/mail.log"; } );'
	mailguard rules apply egress
	[ "$(as_nobody 192.0.2.10 192.0.2.1)" = 'No route to host' ]
	mailguard sweep -q
}

@test "A23: nft takes every text that is generated" {
	local checks size prefix6 ports exempt
	for checks in log kernel; do
		for size in 100 2000000; do
			for prefix6 in 48 57 64; do
				for ports in '"1"' '"110", "995", "65535"'; do
					for exempt in '' '"0.0.0.0/0", "::/0"' '"192.0.2.0/24", "192.0.2.1", "::ffff:198.51.100.0/24", "2001:db8::/32"'; do
						configure "checks = \"$checks\"; size = $size; prefix6 = $prefix6; ports = [ $ports ];" \
							"exempt = [ $exempt ];"
						mailguard rules show nftables >"$BATS_TEST_TMPDIR/text"
						fw_host nft -c -f "$BATS_TEST_TMPDIR/text"
					done
				done
			done
		done
	done
}

@test "A24: kill -9 at each system call of rules apply leaves the old or the new, and the next one mends it" {
	local calls call k
	mailguard rules apply
	block 192.0.2.10 --for 1h
	cp -r "$ROOT/var/lib/mailguard" "$BATS_TEST_TMPDIR/state"
	shape() { table | sed 's/chain load.*/chain load {/; s/expires [^ ]*//; s/timeout [0-9hms]*//'; }
	shape >"$BATS_TEST_TMPDIR/old"
	configure 'ports = [ "110" ];'
	mailguard rules apply
	shape >"$BATS_TEST_TMPDIR/new"
	run ! cmp -s "$BATS_TEST_TMPDIR/old" "$BATS_TEST_TMPDIR/new"
	calls='clone wait4 fdatasync execve sendto recvfrom memfd_create pwrite64 write unlink ftruncate'
	for call in $calls; do
		for k in 1 2 3 5 8; do
			configure ''
			mailguard rules apply >"$BATS_TEST_TMPDIR/said"
			configure 'ports = [ "110" ];'
			mailguard() { fw_host strace -f -qq -o /dev/null -e "trace=$call" \
				-e "inject=$call:signal=KILL:when=$k" "$MAILGUARD" "$@" --root "$ROOT"; }
			mailguard rules apply >"$BATS_TEST_TMPDIR/said" 2>&1 || true
			mailguard() { fw_host "$MAILGUARD" "$@" --root "$ROOT"; }
			shape >"$BATS_TEST_TMPDIR/got"
			cmp -s "$BATS_TEST_TMPDIR/got" "$BATS_TEST_TMPDIR/old" ||
				diff "$BATS_TEST_TMPDIR/got" "$BATS_TEST_TMPDIR/new"
			mailguard rules apply >"$BATS_TEST_TMPDIR/said" || { echo "$call $k"; cat "$BATS_TEST_TMPDIR/said"; false; }
			shape | diff - "$BATS_TEST_TMPDIR/new"
		done
	done
}

@test "A25: a block of where the administrator is logged in from ends in a minute, unless it is confirmed" {
	configure 'ports = [ "22" ];'
	fw_serve 192.0.2.1 22
	export SSH_CONNECTION='192.0.2.10 50022 192.0.2.1 22'
	block 192.0.2.11 --for 1h
	block 192.0.2.10 --for 1h 2>"$BATS_TEST_TMPDIR/said"
	grep -q 'you are logged in from there.*60 s.*--confirm' "$BATS_TEST_TMPDIR/said"
	[ "$(fw_connect 192.0.2.1 22 1 192.0.2.10)" = '192.0.2.10 0 1' ]
	table | grep -E '192.0.2.10 timeout (1m|5[0-9]s) '
	table | grep -E '192.0.2.11 timeout (1h|59m[0-9]*s) '
	block 192.0.2.10 --for 1h --confirm 2>"$BATS_TEST_TMPDIR/said"
	table | grep -E '192.0.2.10 timeout (1h|59m[0-9]*s) '
	# as under sudo, which empties the environment
	mkdir "$ROOT/proc"
	# shellcheck disable=SC2016 # the other shell expands it
	fw_host sh -c 'mount --bind /proc "$1/proc" && env SSH_CONNECTION= "$2" block 192.0.2.10 \
		--reason "a test" --for 2h --dry-run --root "$1"; true' - "$ROOT" "$MAILGUARD" 2>"$BATS_TEST_TMPDIR/said"
	grep -q 'you are logged in from there' "$BATS_TEST_TMPDIR/said"
}

# apply_at PORT WORD...: rules apply by somebody who is logged in at a port from 192.0.2.10; a trial takes a second.
apply_at() {
	fw_host env MG_TEST_TRIAL=1 SSH_CONNECTION="192.0.2.10 50022 192.0.2.1 $1" \
		"$MAILGUARD-test" rules apply --root "$ROOT" "${@:2}" 2>"$BATS_TEST_TMPDIR/said" </dev/null
}

@test "A25: rules apply that covers where the administrator is logged in from is tried, and opened unless it is confirmed" {
	configure 'ports = [ "22" ]; checks = "kernel"; limit = 2;'
	fw_serve 192.0.2.1 22
	local id
	apply_at 22 --confirm
	[ ! -s "$BATS_TEST_TMPDIR/said" ]
	[ "$(fw_connect 192.0.2.1 22 3 192.0.2.10)" = '192.0.2.10 2 1' ]
	# whoever comes in by another port is not kept out
	apply_at 2222
	[ ! -s "$BATS_TEST_TMPDIR/said" ]
	apply_at 22
	grep -q 'you are logged in from 192.0.2.10, which this covers.*In 1 s .*--confirm' "$BATS_TEST_TMPDIR/said"
	id=$(grep -oP "not confirmed: 192.0.2.10 is exempt .*undo \K[0-9a-f]{8}" "$BATS_TEST_TMPDIR/said")
	[ "$(fw_connect 192.0.2.1 22 3 192.0.2.10 192.0.2.11)" = "$(printf '192.0.2.10 3 0\n192.0.2.11 2 1')" ]
	# and stays so: a sweep does not bring it back
	apply_at 22
	[ ! -s "$BATS_TEST_TMPDIR/said" ]
	[ "$(fw_connect 192.0.2.1 22 3 192.0.2.10)" = '192.0.2.10 3 0' ]
	run -0 --separate-stderr mailguard why "$id"
	[[ $output == *'rules apply was not confirmed from there'* ]]
	# "yes" of a terminal
	mailguard undo "$id" --reason 'a test'
	[ "$(fw_connect 192.0.2.1 22 3 192.0.2.10)" = '192.0.2.10 0 3' ]
	run -0 script -qec "ip netns exec $FW_ID-host env MG_TEST_TRIAL=20 SSH_CONNECTION='192.0.2.10 50022 192.0.2.1 22' $MAILGUARD-test rules apply --root $ROOT" /dev/null <<<yes
	[[ $output == *'type yes'* && $output != *'not confirmed'* ]]
}

@test "A25: no rule cuts a session that stands, not even one that covers its address and port" {
	configure 'ports = [ "22" ];'
	fw_serve 192.0.2.1 22
	fw_hold 192.0.2.1 22 192.0.2.10
	block 192.0.2.10 --for 1h --confirm
	[ "$(fw_connect 192.0.2.1 22 1 192.0.2.10)" = '192.0.2.10 0 1' ]
	fw_say 'still here'
	mailguard rules apply --force
	fw_say 'and here'
	mailguard rules remove
	fw_say 'and after'
}

@test "F69: a million addresses are loaded in one go, in bounded time and memory" {
	fw_serve 192.0.2.1 110
	fw_host ip route add 20.0.0.0/8 dev to-clients
	for address in 20.0.0.1 20.15.66.63 20.15.66.164 20.15.66.165; do
		fw_clients ip address add "$address/8" dev to-host
	done
	run -0 --separate-stderr fw_host timeout 120 "$TESTS/fault/max_rss.py" 768 \
		"$(dirname "$MAILGUARD")/tests/firewall_rows" 1000000 "$BATS_TEST_TMPDIR"
	[[ $output =~ ^[0-9]+(\ [0-9]+){3}$ ]]
	# the second, the last, the one that came last of all, the next
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 20.0.0.1 20.15.66.63 20.15.66.164 20.15.66.165
	[ "$output" = "$(printf '20.%s 0 1\n' 0.0.1 15.66.63 15.66.164; echo 20.15.66.165 1 0)" ]
}

@test "a full set whose addresses are all displaced at once has those that end last" {
	configure 'size = 100;'
	fw_serve 192.0.2.1 110
	mailguard rules apply
	for i in {1..99}; do block "20.0.1.$i" --for 1h >"$BATS_TEST_TMPDIR/said"; done
	block 192.0.2.10 --for 1h
	mv "$ROOT/usr/sbin/nft" "$ROOT/away"
	for i in {1..99}; do run ! block "20.0.0.$i" --for 2h; done
	run ! block 192.0.2.11 --for 2h
	mv "$ROOT/away" "$ROOT/usr/sbin/nft"
	mailguard rules apply
	[ "$(fw_connect 192.0.2.1 110 1 192.0.2.10 192.0.2.11)" = "$(printf '192.0.2.10 1 0\n192.0.2.11 0 1')" ]
}
