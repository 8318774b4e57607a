# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
# shellcheck disable=SC2030,SC2031 # each test is a shell of its own, and setup sets NOW anew
#
# How mail was sent, where a log alone does not tell: past the mail server. The counts are a real kernel's, in a
# network namespace of each test. What the lines of logs tell is in evidence.bats.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	NOW=1795327200 # 2026-11-22 06:00 UTC
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT/etc/mailguard/policies" "$ROOT/var/lib" "$ROOT/var/log" "$ROOT/usr/sbin"
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	cp "$(command -v nft)" "$ROOT/usr/sbin/nft"
	LOG=$ROOT/var/log/mainlog
	: >"$LOG"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain";
		sources = ( { name = "m"; dialect = "exim"; log = "/var/log/mainlog"; } );
		egress = { mode = "observe"; };
	END
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "direct"; rule = "direct-smtp"; subject = "account"; limit = 2; action = "warn"; },
		  { id = "more"; rule = "direct-smtp"; subject = "account"; limit = 1; action = "observe"; } ); };
	END
	NETNS=mg-investigate-$BATS_TEST_NUMBER-$$
	ip netns add "$NETNS"
	ip -n "$NETNS" link add out type veth peer name far
	ip -n "$NETNS" addr add 192.0.2.1/24 dev out
	ip -n "$NETNS" link set far up
	ip -n "$NETNS" link set out up arp off
}

teardown() {
	ip netns del "$NETNS"
}

mg() {
	MG_TEST_NOW=${AT-$NOW} ip netns exec "$NETNS" "$MAILGUARD-test" "$@" --root "$ROOT"
}

# opens N UID: connections to a mail server elsewhere, past the one here; nobody answers.
opens() {
	ip netns exec "$NETNS" setpriv --reuid="$2" --clear-groups /usr/bin/python3 - "$1" <<-'END'
		import socket, sys
		for _ in range(int(sys.argv[1])):
		    s = socket.socket()
		    s.setblocking(False)
		    s.connect_ex(("192.0.2.25", 25))
		    s.close()
	END
}

# arrivals N: mail of a login of alice's domain.
arrivals() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '2026-11-22 05:00:%02d +0000 1xUAA%c-0004C4-1p <= ann@a.example H=(pc) [192.0.2.1] P=esmtpa A=PLAIN:ann@a.example S=900 for x@b.test\n' \
			$i "$(printf '%b' "\\x$((41 + i))")"
	done >>"$LOG"
	touch -d @$((NOW - 60)) "$LOG"
}

mechanism() { mg investigate "$@" --json | jq -r .mechanism; }

@test "what an account sent past the mail server is told by the ledger, hour by hour, at least" {
	mg rules apply egress
	opens 5 5001
	opens 1 5002
	mg sweep -q
	opens 4 5001
	AT=$((NOW + 3600)) mg sweep -q
	NOW=$((NOW + 3660))
	DOC=$BATS_TEST_TMPDIR/doc
	mg investigate account:alice --json >"$DOC"
	KIND=investigation run -0 validate
	[ "$(jq -c '[.mechanism, .direct]' "$DOC")" = \
		'["direct-smtp",[{"account":"alice","uid":5001,"n":9,"hours":2,"first":"2026-11-22T06:00:00Z","last":"2026-11-22T07:05:00Z"}]]' ]
	jq -r '.next[]' "$DOC" | grep -F 'egress.mode = "refuse"'
	run -0 --separate-stderr mg investigate account:alice
	[[ "$output" == *"  past the mail server: its programs open connections to mail servers elsewhere
"* ]]
	[[ "$output" == *"
        9  2026-11-22 06:00:00 +0000  alice, uid 5001; in 2 hours, the last until 2026-11-22 07:05:00 +0000
"*"which program it was is not known"* ]]
	# Of the hours that were asked for; and only of whom it is.
	[ "$(mg investigate account:alice --since 2026-11-22T06:30 --json | jq '.direct[0].n')" = 4 ]
	[ "$(mg investigate account:bob --json | jq -c '[.mechanism, .direct]')" = '["unknown",[]]' ]
	# A mailbox opens no connection; that its account does is said.
	[ "$(mg investigate ann@a.example --json | jq -c '[.mechanism, .direct[0].n]')" = '["unknown",9]' ]
	# The same stands in a bundle.
	mg evidence create account:alice --json >"$BATS_TEST_TMPDIR/made"
	bundle=$(jq -r .name "$BATS_TEST_TMPDIR/made")
	bsdtar -xOf "$ROOT/var/lib/mailguard/evidence/$bundle.tar.gz" "$bundle/investigation.json" | cmp - "$DOC"
}

@test "what sent most is the mechanism, of lines and of what went past the server" {
	mg rules apply egress
	opens 3 5001
	arrivals 4
	mg sweep -q
	[ "$(mechanism account:alice)" = login ]
	opens 1 5001
	AT=$((NOW + 3600)) mg sweep -q
	opens 2 5001
	AT=$((NOW + 3900)) mg sweep -q
	NOW=$((NOW + 3960))
	[ "$(mechanism account:alice)" = direct-smtp ]
}
