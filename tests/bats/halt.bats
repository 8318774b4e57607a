# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; scripts expand their own words
#
# What a suspended subject has in the queue is stopped there, and let go again; its sessions end.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC
A=1w0000-000001-00 B=1w0000-000002-00 C=1w0000-000003-00 D=1w0000-000004-00

setup() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	TOLD=$BATS_TEST_TMPDIR/told
	mkdir -p "$ROOT"/{etc/mailguard,usr/sbin,usr/bin,var/lib}
	echo 'Debian-exim:x:105:' >"$ROOT/etc/group"
	echo 'alice:x:5001:5001::/home/alice:/bin/sh' >"$ROOT/etc/passwd"
	printf '%s\n' 'a.example: alice' 'b.example: alice' >"$ROOT/etc/mailguard/domains"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain"; enforce: { by = [ "exim" ]; };
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
	END
	# B was frozen by a person.
	fake exim 'case "$*" in *-be*) echo "text=\"mailguard\""; exit ;; esac
		echo "exim $*" >>'"$TOLD"'
		verb=$1; shift
		for i; do
			case $verb$i in
			-Mf'$B') echo "Message $i is already frozen" ;;
			-Mf*9-00) echo "Message $i is locked" ;;
			-Mf*) echo "Message $i is now frozen" ;;
			-Mt*) echo "Message $i is no longer frozen" ;;
			esac
		done'
	fake doveadm 'echo "doveadm $*" >>'"$TOLD"'; [ "$1" != kick ] || exit 68'
	mail info@a.example "$A" "$B"
	mail joe@b.example "$C"
}

fake() { # NAME SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$ROOT/usr/sbin/$1"
	chmod 755 "$ROOT/usr/sbin/$1"
}

mg() { MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"; }

# mail LOGIN ID...: accepted, and not completed.
mail() {
	for id in "${@:2}"; do
		printf '2026-03-01 23:30:00 %s <= %s H=(c) [192.0.2.1] P=esmtpsa A=plain:%s S=500 id=%s@x for r@far.example\n' \
			"$id" "$1" "$1" "$id"
	done >>"$ROOT/main.log"
	mg sweep
}

@test "of a mailbox: stopped, what comes to be known later too, and let go but for what a person stopped" {
	run -0 mg suspend info@a.example --reason stolen
	grep -qx "exim -Mf $A $B" "$TOLD"
	mail info@a.example "$D"
	grep -qx "exim -Mf $D" "$TOLD"
	run -0 mg why info@a.example
	[[ "$output" == *"by queue: 1 message stopped"* ]]
	run -0 mg unsuspend info@a.example --reason 'new password'
	run -0 mg sweep
	grep -qx "exim -Mt $A $D" "$TOLD"
	run ! grep -q "$C" "$TOLD"
	: >"$TOLD"
	run -0 mg sweep
	[ ! -s "$TOLD" ]
}

@test "of a domain its mailboxes'; other domains of the account go on" {
	run -0 mg suspend b.example --reason x
	grep -qx "exim -Mf $C" "$TOLD"
	run ! grep -q "$A" "$TOLD"
}

@test "of an account all of it" {
	run -0 mg suspend account:alice --reason x
	grep -qx "exim -Mf $A $B $C" "$TOLD"
}

@test "what is being delivered just now is asked for again" {
	mail info@a.example 1w0000-000009-00
	run -0 mg suspend info@a.example --reason x
	: >"$TOLD"
	run -0 mg sweep
	grep -qx 'exim -Mf 1w0000-000009-00' "$TOLD"
}

@test "what was delivered is not asked for" {
	printf '2026-03-01 23:31:00 %s Completed\n' "$A" >>"$ROOT/main.log"
	run -0 mg sweep
	run -0 mg suspend info@a.example --reason x
	grep -qx "exim -Mf $B" "$TOLD"
}

@test "who may not log in either is thrown out, once" {
	run -0 mg suspend info@a.example --with-login --reason x
	run -0 mg sweep
	diff <(grep ^doveadm "$TOLD") - <<-'END'
		doveadm auth cache flush info@a.example
		doveadm kick info@a.example
	END
}

@test "F65: an Exim that hangs up or is missing: it is said, and tried again" {
	mv "$ROOT/usr/sbin/exim" "$ROOT/usr/sbin/exim.away"
	run mg suspend info@a.example --reason x
	[[ "$output" == *"the queue: there is no 'exim'"* ]]
	mv "$ROOT/usr/sbin/exim.away" "$ROOT/usr/sbin/exim"
	run -0 mg sweep
	grep -qx "exim -Mf $A $B" "$TOLD"
}

@test "a long queue: in batches, and what one of them did stays done where the next one fails" {
	local ids=() i # of 462 messages two are there already
	for i in {10100..10559}; do ids+=("1w0000-${i}0-00"); done
	mail info@a.example "${ids[@]}"
	sed -i '2i[ ! -e '"$TOLD"'.once ] || exit 1; case $1 in -M?) : >'"$TOLD"'.once ;; esac' "$ROOT/usr/sbin/exim"
	run mg suspend info@a.example --reason stolen
	[ "$(grep -c '^exim -Mf' "$TOLD")" -eq 1 ]
	sed -i 2d "$ROOT/usr/sbin/exim"
	: >"$TOLD"
	run mg sweep
	[ "$(grep -c '^exim -Mf' "$TOLD")" -eq 2 ]
	[ "$(grep '^exim -Mf' "$TOLD" | wc -w)" -eq $((462 - 200 + 2 * 2)) ]
	: >"$TOLD"
	run -0 mg unsuspend info@a.example --reason 'new password'
	[ "$(grep '^exim -Mt' "$TOLD" | wc -w)" -eq $((461 + 3 * 2)) ]
}
