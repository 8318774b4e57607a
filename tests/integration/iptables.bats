#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # run sets output, stderr and lines
#
# Addresses that are blocked by ipset and iptables, the real ones of both kinds, nft and legacy, with real connections
# between network namespaces. Needs root.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	load ../host/firewall
	local why
	why=$(fw_check) || mg_skip "$why"
	command -v ipset xtables-nft-multi xtables-legacy-multi >/dev/null || mg_skip 'no ipset or no iptables'
	ROOT=$BATS_TEST_TMPDIR/root
	fw_up "$ROOT"
	use legacy
	configure ''
}

teardown() {
	[ ! -d "$ROOT" ] || fw_down
}

use() {
	VARIANT=$1
	fw_iptables "$ROOT" "$1"
}

configure() { fw_configure "$ROOT" iptables "$@"; }
mailguard() { fw_host "$MAILGUARD" "$@" --root "$ROOT"; }
block() { mailguard block "$1" --reason 'a test' "${@:2}"; }
save() { fw_host "xtables-$VARIANT-multi" "${1-iptables}-save" -t filter | grep -v '^[#:]'; }
restore() { fw_host "xtables-$VARIANT-multi" iptables-restore --noflush; }
has_rules() { { save; save ip6tables; } | grep -q MAILGUARD; }
members() { fw_host ipset list "mailguard-$1" | sed '1,/^Members:/d' | sort; }

# blocks: what both kinds must do.
blocks() {
	use "$1"
	fw_serve 192.0.2.1 110 25
	fw_serve 2001:db8::1 995
	mailguard rules apply
	run -0 --separate-stderr mailguard rules diff
	for i in {10..12}; do block "192.0.2.$i" --for 1h; done
	for i in {1..3}; do block "2001:db8:$i::1234" --for 1h; done
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.{10..13}
	[ "$output" = "$(printf '192.0.2.%s 0 1\n' {10..12}; echo 192.0.2.13 1 0)" ]
	run -0 --separate-stderr fw_connect 192.0.2.1 25 1 192.0.2.10
	[ "$output" = '192.0.2.10 1 0' ]
	run -0 --separate-stderr fw_connect 2001:db8::1 995 1 2001:db8:{1..4}::7
	[ "$output" = "$(printf '2001:db8:%s::7 0 1\n' {1..3}; echo 2001:db8:4::7 1 0)" ]
	run -0 --separate-stderr fw_host "$TESTS/host/firewall_net.py" connect 192.0.2.1 110 1 192.0.2.1
	[ "$output" = '192.0.2.1 1 0' ]
	for i in {10..12}; do mailguard unblock "192.0.2.$i" --reason 'a test'; done
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.{10..12}
	[ "$output" = "$(printf '192.0.2.%s 1 0\n' {10..12})" ]
	mailguard rules remove
	run ! has_rules
	[ -z "$(fw_host ipset list -name)" ]
}

@test "iptables-legacy: addresses of both families are blocked at the ports of mail, and no longer" { blocks legacy; }

@test "iptables-nft: addresses of both families are blocked at the ports of mail, and no longer" { blocks nft; }

@test "a block ends by itself, and its time outlasts a reload of all" {
	fw_serve 192.0.2.1 110
	block 192.0.2.11 --for 1000s
	block 192.0.2.10 --for 3s
	mailguard rules apply
	configure 'ports = [ "110", "25" ];'
	mailguard rules apply
	[[ "$(members blocked4 | grep 192.0.2.11)" =~ timeout\ (9[89].|1000)$ ]]
	for _ in {1..60}; do
		[ "$(fw_connect 192.0.2.1 110 1 192.0.2.10)" != '192.0.2.10 1 0' ] || return 0
		read -r -t 0.1 <> <(:) || true
	done
	false
}

@test "what lasts longer than ipset can say is put off in time" {
	block 192.0.2.10 --for 60d
	run -0 members blocked4
	[[ $output =~ ^192.0.2.10\ timeout\ (20|21)[0-9]{5}$ ]]
	run -0 --separate-stderr mailguard rules diff
}

@test "A20: who is exempt is not blocked, in a network that is" {
	configure '' 'exempt = [ "192.0.2.10", "2001:db8:1::7", "0.0.0.0/0" ];'
	mailguard rules apply
	members exempt4 | grep -x '0.0.0.0/1'
	configure '' 'exempt = [ "2001:db8:1::7" ];'
	fw_serve 2001:db8::1 110
	# of IPv6 a block is of the whole /64
	run -2 --separate-stderr block 2001:db8:1::99 --for 1h
	[[ $stderr == *"'2001:db8:1::99' is never blocked"* ]]
	block 2001:db8:2::99 --for 1h
	run -0 --separate-stderr fw_connect 2001:db8::1 110 1 2001:db8:1::7 2001:db8:2::7
	[ "$output" = $'2001:db8:1::7 1 0\n2001:db8:2::7 0 1' ]
	run ! grep -x 0.0.0.0/1 <(members exempt4)
}

@test "what somebody flushed, or a start of the host, is loaded again for the time that is left" {
	block 192.0.2.10 --for 1000s
	printf '*filter\n-F INPUT\nCOMMIT\n' | restore
	run -1 --separate-stderr mailguard rules diff
	block 192.0.2.11 --for 1000s
	[ "$(save | grep -c -- '-A INPUT.*-j MAILGUARD')" = 1 ]
	printf '*filter\n-F INPUT\n-F MAILGUARD\n-X MAILGUARD\nCOMMIT\n' | restore
	fw_host ipset flush mailguard-blocked4
	run -1 --separate-stderr mailguard rules diff
	[[ $output == *'the sets mailguard-... are not there'* ]]
	block 192.0.2.12 --for 1000s
	[ "$(members blocked4 | cut -d' ' -f1)" = "$(printf '192.0.2.1%s\n' 0 1 2)" ]
	fw_host ipset flush mailguard-exempt4
	run -1 --separate-stderr mailguard rules diff
	block 192.0.2.12 --for 950s
	members exempt4 | grep -x 127.0.0.0/8
	ip netns del "$FW_ID-host"
	ip netns add "$FW_ID-host"
	mailguard rules apply
	[ "$(members blocked4 | grep -cE 'timeout 9[0-9]{2}')" = 3 ]
}

@test "F68: what somebody else changes in the chain is seen, told and left; rules of others stay" {
	printf '*filter\n-A INPUT -s 198.51.100.7/32 -j DROP\nCOMMIT\n' | restore
	mailguard rules apply
	printf '*filter\n-I MAILGUARD 1 -j ACCEPT\nCOMMIT\n' | restore
	save >"$BATS_TEST_TMPDIR/before"
	run -1 --separate-stderr mailguard rules diff
	[[ $output == *'of IPv4 was changed by somebody else'*'+-A MAILGUARD -j ACCEPT'* ]]
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *'somebody else changed the chain'*'--force'* ]]
	run -3 --separate-stderr mailguard rules remove
	save | cmp - "$BATS_TEST_TMPDIR/before"
	run -0 --separate-stderr mailguard rules apply --force
	run -0 --separate-stderr mailguard rules diff
	run -0 --separate-stderr mailguard rules remove
	[ "$(save | grep -v '^COMMIT\|^\*')" = '-A INPUT -s 198.51.100.7/32 -j DROP' ]
}

@test "F65: a tool that is missing, fails or lies changes nothing" {
	local tool
	mailguard rules apply
	block 192.0.2.10 --for 1h
	same() {
		{ save; save ip6tables; members blocked4 | cut -d' ' -f1; members exempt4; } | sed 's/mailguard load [0-9]*/N/'
	}
	same >"$BATS_TEST_TMPDIR/before"
	for tool in ipset iptables-save iptables-restore ip6tables-save ip6tables-restore; do
		mv "$ROOT/usr/sbin/$tool" "$ROOT/kept"
		run -3 --separate-stderr mailguard rules apply
		[[ $stderr == *"no '$tool' on this host"* ]]
		printf '#!/bin/sh\nprintf "\\033[31mbad\\nmore\\n" >&2; exit 1\n' >"$ROOT/usr/sbin/$tool"
		chmod 755 "$ROOT/usr/sbin/$tool"
		run -3 --separate-stderr mailguard rules apply
		[[ $stderr == *"$tool' refuses"*'\x1b[31mbad'* && $stderr != *more* ]]
		same | diff - "$BATS_TEST_TMPDIR/before"
		mv "$ROOT/kept" "$ROOT/usr/sbin/$tool"
	done
	for tool in iptables-restore ip6tables-restore; do
		mv "$ROOT/usr/sbin/$tool" "$ROOT/kept"
		printf '#!/bin/sh\nhead -c 3000000 /dev/zero; exit 0\n' >"$ROOT/usr/sbin/$tool"
		chmod 755 "$ROOT/usr/sbin/$tool"
		run -4 --separate-stderr mailguard rules apply
		[[ $stderr == *'which is not so'* ]]
		mv "$ROOT/kept" "$ROOT/usr/sbin/$tool"
		same | diff - "$BATS_TEST_TMPDIR/before"
	done
	run -0 --separate-stderr mailguard rules apply
	same | diff - "$BATS_TEST_TMPDIR/before"
}

@test "F65: where the rules are refused at first, no set is left behind" {
	mv "$ROOT/usr/sbin/ip6tables-restore" "$ROOT/kept"
	printf '#!/bin/sh\nexit 1\n' >"$ROOT/usr/sbin/ip6tables-restore"
	chmod 755 "$ROOT/usr/sbin/ip6tables-restore"
	run -3 --separate-stderr mailguard rules apply
	[ -z "$(fw_host ipset list -name)" ]
	run ! has_rules
}

@test "a host that was started without IPv6: IPv4 is blocked all the same, and no tool of IPv6 is asked" {
	local tool
	for tool in save restore; do
		printf '#!/bin/sh\necho "Address family not supported by protocol" >&2; exit 3\n' \
			>"$BATS_TEST_TMPDIR/refuses"
		rm "$ROOT/usr/sbin/ip6tables-$tool"
		install -m 755 "$BATS_TEST_TMPDIR/refuses" "$ROOT/usr/sbin/ip6tables-$tool"
	done
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *'Address family not supported'* ]]
	mkdir -p "$ROOT/proc/sys/net/ipv4"
	fw_serve 192.0.2.1 110
	mailguard rules apply
	run -0 --separate-stderr mailguard rules diff
	[ -z "$output" ]
	block 192.0.2.10 --for 1h
	block 2001:db8:1::1 --for 1h
	run -0 --separate-stderr fw_connect 192.0.2.1 110 1 192.0.2.10 192.0.2.13
	[ "$output" = "$(printf '192.0.2.10 0 1\n192.0.2.13 1 0')" ]
	run -0 --separate-stderr mailguard rules show
	[[ $output == *'# iptables-restore'* && $output != *'# ip6tables-restore'* ]]
	mailguard rules remove
	run ! has_rules
}

@test "A23: both take every text that is generated" {
	local size prefix6 ports exempt
	for size in 100 2000000; do
		for prefix6 in 48 57 64; do
			for ports in '"1"' '"1","2","3","4","5","6","7","8","9","10","11","12","13","14","65535"'; do
				for exempt in '' '"0.0.0.0/0", "::/0"' '"192.0.2.0/24", "192.0.2.1", "::ffff:198.51.100.0/24", "2001:db8::/32"'; do
					configure "size = $size; prefix6 = $prefix6; ports = [ $ports ];" "exempt = [ $exempt ];"
					mailguard rules apply
					run -0 --separate-stderr mailguard rules diff
				done
			done
		done
	done
}

@test "the kernel counts by nftables only, and that is said" {
	configure 'checks = "kernel";'
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *'only the back end nftables'* ]]
}

@test "A24: kill -9 at each system call of rules apply leaves the old or the new, and the next one mends it" {
	local call k
	mailguard rules apply
	block 192.0.2.10 --for 1h
	shape() { { save; save ip6tables; } | sed 's/mailguard load [0-9]*/N/'; members blocked4 | cut -d' ' -f1; }
	shape >"$BATS_TEST_TMPDIR/old"
	configure 'ports = [ "110" ];'
	mailguard rules apply
	shape >"$BATS_TEST_TMPDIR/new"
	run ! cmp -s "$BATS_TEST_TMPDIR/old" "$BATS_TEST_TMPDIR/new"
	for call in clone wait4 fdatasync execve memfd_create pwrite64 write; do
		for k in 1 2 4 7; do
			configure ''
			mailguard rules apply >"$BATS_TEST_TMPDIR/said"
			configure 'ports = [ "110" ];'
			fw_host strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$k" \
				"$MAILGUARD" rules apply --root "$ROOT" >"$BATS_TEST_TMPDIR/said" 2>&1 || true
			# each family is old or new, whole
			shape | sed '/^\*/d; /^COMMIT/d' >"$BATS_TEST_TMPDIR/got"
			[ "$(grep -c -- '-A MAILGUARD' "$BATS_TEST_TMPDIR/got")" = 12 ]
			[ "$(tail -n 1 "$BATS_TEST_TMPDIR/got")" = 192.0.2.10 ]
			mailguard rules apply >"$BATS_TEST_TMPDIR/said" || { echo "$call $k"; cat "$BATS_TEST_TMPDIR/said"; false; }
			shape | diff - "$BATS_TEST_TMPDIR/new"
		done
	done
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

@test "a full set whose addresses are all displaced at once has those that end last" {
	configure 'size = 100;'
	fw_serve 192.0.2.1 110
	mailguard rules apply
	for i in {1..99}; do block "20.0.1.$i" --for 1h >"$BATS_TEST_TMPDIR/said"; done
	block 192.0.2.10 --for 1h
	mv "$ROOT/usr/sbin/ipset" "$ROOT/away"
	for i in {1..99}; do run ! block "20.0.0.$i" --for 2h; done
	run ! block 192.0.2.11 --for 2h
	mv "$ROOT/away" "$ROOT/usr/sbin/ipset"
	mailguard rules apply
	[ "$(fw_connect 192.0.2.1 110 1 192.0.2.10 192.0.2.11)" = "$(printf '192.0.2.10 1 0\n192.0.2.11 0 1')" ]
}
