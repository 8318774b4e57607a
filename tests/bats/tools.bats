#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# RELIABILITY F65 for the programs of every back end: each is replaced, in a tree of its own, by one that hangs, that
# kills itself, and that says a gigabyte and fails. (What is missing or lies is in the suite of each back end, with the
# real ones.)

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	ROOT=$BATS_TEST_TMPDIR/root
	export MG_TEST_PATIENCE=2
	mkdir -p "$ROOT"/{usr/sbin,var/lib/csf,etc/{mailguard,postfix,exim4,dovecot,csf}}
	printf 'root:x:0:0::/:/bin/sh\n' >"$ROOT/etc/passwd"
	printf 'root:x:0:\nDebian-exim:x:101:\n' >"$ROOT/etc/group"
	echo 'myhostname = mx.example' >"$ROOT/etc/postfix/main.cf"
	printf 'primary_hostname = mx.example\n\nbegin acl\n\nbegin routers\n\nbegin transports\n\nbegin retry\n\nbegin rewrite\n\nbegin authenticators\n' >"$ROOT/etc/exim4/exim4.conf"
	touch "$ROOT"/etc/{postfix/master.cf,dovecot/dovecot.conf}
	echo 'DENY_TEMP_IP_LIMIT = "100"' >"$ROOT/etc/csf/csf.conf"
	chmod 644 "$ROOT"/etc/{passwd,group}
}

# mailguard WORD...: the build that is short of patience.
mailguard() { "$MAILGUARD-test" "$@" --root "$ROOT"; }

# The back ends, and the programs that each of them calls.
BACK_ENDS='nftables nft
egress nft
iptables ipset iptables-save iptables-restore ip6tables-save ip6tables-restore
csf csf
exim exim exim4 update-exim4.conf
postfix postconf postfix postmap
dovecot dovecot doveconf doveadm'

# put SCRIPT PROGRAM...: fakes.
put() {
	local script=$1 program
	shift
	for program; do
		printf '#!/bin/sh\n%s\n' "$script" >"$ROOT/usr/sbin/$program"
		chmod 755 "$ROOT/usr/sbin/$program"
	done
}

# daemons: what the daemons and the firewalls read of this tree.
daemons() { find "$ROOT/etc" -path "$ROOT/etc/mailguard" -prune -o -type f -exec sha256sum {} + | sort; }

# each SCRIPT STATUS WORDS: with that in the place of its programs each back end fails so, and changes nothing.
each() {
	local script=$1 want=$2 words=$3 name programs before
	while read -r name programs; do
		printf 'enforce = { by = [ "%s" ]; };\n' "$name" >"$ROOT/etc/mailguard/mailguard.conf"
		chmod 644 "$ROOT/etc/mailguard/mailguard.conf"
		rm -rf "$ROOT/var/lib/mailguard" "$ROOT"/usr/sbin/*
		# shellcheck disable=SC2086 # a list of names
		put "$script" $programs
		before=$(daemons)
		if [ "$name" = csf ]; then # which is asked only for what is to be blocked
			run --separate-stderr mailguard block 203.0.113.9 --for 1h --reason 'a test'
		else
			run --separate-stderr mailguard rules apply "$name" --install
		fi
		echo "$name: status $status: $stderr"
		# shellcheck disable=SC2053 # patterns
		[[ $status == $want && $stderr == $words ]]
		[ "$(daemons)" = "$before" ]
	done <<<"$BACK_ENDS"
}

@test "F65: a program of a back end that hangs is ended in its time, with all that it began" {
	each "echo \$\$ >>'$BATS_TEST_TMPDIR/began'; sleep 1001 & wait" 4 '*took more than 2 s and was ended*'
	[ "$(wc -l <"$BATS_TEST_TMPDIR/began")" -ge 7 ]
	# but for who is dead already and waits to be seen so
	local group
	while read -r group; do
		run -0 ps -eo pgid=,stat=
		run ! grep -E "^ *$group [^Z]" <<<"$output"
	done <"$BATS_TEST_TMPDIR/began"
}

@test "F65: a program of a back end that is killed is told as that" {
	# shellcheck disable=SC2016 # the fake expands it
	each 'kill -SEGV $$' 4 '*was ended by signal 11 (SEGV)*'
}

@test "F65: a program of a back end that says a gigabyte and fails costs no memory" {
	ulimit -v 2000000
	each 'head -c 1000000000 /dev/zero; head -c 1000000000 /dev/zero >&2; exit 9' '[34]' '*'
}
