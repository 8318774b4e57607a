# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
# shellcheck disable=SC2030,SC2031 # each test is a shell of its own, and setup sets NOW anew
#
# How mail was sent: past the mail server, of which the counts are a real kernel's, in a network namespace of each
# test; and by mailing lists. What else the lines of logs tell is in evidence.bats.

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

@test "a suspension that followed from what went past the server says so, whatever else was sent" {
	sed -i 's/limit = 2; action = "warn";/& offence = true;/; s/ ); };/ ); ladder = ( { offence = 1; action = "suspend-account"; } ); };/' \
		"$ROOT/etc/mailguard/policies/p.conf"
	sed -i '$a enforce: { by = [ "exim" ]; suspensions = { share = 100; }; };\nnotices: { admins = [ "root@host.example" ]; };' "$ROOT/etc/mailguard/mailguard.conf"
	echo 'mail:x:8:' >"$ROOT/etc/group"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/sbin/exim" # with an empty queue
	printf '#!/bin/sh\ncat >>"%s"\n' "$ROOT/mail" >"$ROOT/usr/sbin/sendmail"
	chmod 755 "$ROOT/usr/sbin/exim" "$ROOT/usr/sbin/sendmail"
	mg rules apply egress
	AT=$((NOW - 86400)) mg sweep -q || [ $? -eq 1 ] # from here on it acts
	arrivals 9
	opens 3 5001
	mg sweep -q || [ $? -eq 1 ]
	[ "$(mechanism account:alice)" = login ]
	run -0 mg why account:alice --customer
	[[ "$output" == *"
Sent:        past the mail server: its programs open connections to mail
"* ]]
	grep -F 'Sent:        past the mail server' "$ROOT/mail"
	bundle=$(mg evidence list --json | jq -r '.rows | last | .name')
	bsdtar -xOf "$ROOT/var/lib/mailguard/evidence/$bundle.tar.gz" "$bundle/investigation.json" |
		jq -e '.mechanism == "direct-smtp" and .direct[0].n == 3'
}

# relayed ID SENDER [DOMAIN]: of Exim, from list software on this host to one member, and out again.
relayed() {
	local stamp='2026-11-22 05:00:00 +0000'
	printf '%s\n' "$stamp $1 <= $2 H=localhost [127.0.0.1] P=esmtp S=900 id=$1@a.example for bob@${3-b.test}" \
		"$stamp $1 => bob@${3-b.test} R=dnslookup T=remote_smtp H=mx.b.test [192.0.2.50] C=\"250 OK\"" \
		"$stamp $1 Completed" >>"$LOG"
}

# swept: the log is swept anew.
swept() {
	touch -d @$((NOW - 60)) "$LOG"
	rm -rf "${ROOT:?}/var/lib/mailguard"
	mg sweep -q
}

# told SUBJECT: the mechanism, and the lists.
told() { mg investigate "$1" --json | jq -c '[.mechanism] + [.facts[] | select(.kind == "list") | .text, .n]'; }

@test "mail of list software that goes out through the server here is a list's, and the list is named" {
	for i in {1..3}; do relayed "1xUAA$i-0004C4-1p" "staff-bounces+bob$i=b.test@a.example"; done
	relayed 1xUAA5-0004C4-1p owner-news@a.example
	relayed 1xUAA6-0004C4-1p ann@a.example
	# To an address that is here, nothing goes out.
	printf '%s\n' '2026-11-22 05:00:00 +0000 1xUAA7-0004C4-1p <= staff-bounces@a.example H=localhost [127.0.0.1] P=esmtp S=900 for x@c.example' \
		'2026-11-22 05:00:00 +0000 1xUAA7-0004C4-1p => x <x@c.example> R=local_user T=mail_spool' >>"$LOG"
	swept
	[ "$(told domain:a.example)" = '["list","staff@a.example",3,"news@a.example",1]' ]
	DOC=$BATS_TEST_TMPDIR/doc
	mg investigate account:alice --json >"$DOC"
	KIND=investigation run -0 validate
	[ "$(jq -c '[.facts[] | select(.kind == "relay" or .kind == "address") | .kind, .text, .n]' "$DOC")" = \
		'["relay","a.example",5,"address","127.0.0.1",5]' ]
	jq -r '.next[]' "$DOC" | grep -F 'each should have confirmed it'
	[ "$(told account:bob)" = '["unknown"]' ]
	run -0 --separate-stderr mg investigate domain:a.example
	[[ "$output" == *"  by a mailing list, as the envelope sender tells
"*"
Of mailing lists, by the envelope sender
        3  2026-11-22 05:00:00 +0000  staff@a.example
"* ]]
	# Half is not most.
	relayed 1xUAA8-0004C4-1p ann@a.example
	relayed 1xUAA9-0004C4-1p ann@a.example
	relayed 1xUABA-0004C4-1p ann@a.example
	swept
	[ "$(told domain:a.example)" = '["relay","staff@a.example",3,"news@a.example",1]' ]
}

@test "who chooses a list's sender after logging in from everywhere has a stolen password, and a script stays one" {
	arrivals 4
	sed -i 's/<= ann@/<= ann-bounces@/' "$LOG"
	swept
	[ "$(told ann@a.example)" = '["list","ann@a.example",4]' ]
	n=0
	while read -r line; do
		n=$((n + 1))
		echo "${line/192.0.2.1/192.0.$n.1}"
	done <"$LOG" >"$LOG.new"
	mv "$LOG.new" "$LOG"
	swept
	[ "$(told ann@a.example)" = '["stolen-password","ann@a.example",4]' ]
	printf '%s\n' '2026-11-22 05:00:00 +0000 cwd=/home/alice/public_html/shop 4 args: /usr/sbin/sendmail -t -i -fnews-bounces@a.example' \
		'2026-11-22 05:00:00 +0000 1xUAA1-0004C4-1p <= news-bounces@a.example U=alice P=local S=900 for x@b.test' >"$LOG"
	swept
	[ "$(told account:alice)" = '["script"]' ]
}

@test "of Postfix the sender stands in a line of its own, and a retry is not another message" {
	sed -i 's/dialect = "exim"/dialect = "postfix"/' "$ROOT/etc/mailguard/mailguard.conf"
	cat >"$LOG" <<-'END'
		Nov 22 05:00:00 h postfix/smtpd[9]: 4jXJfx43QNzkh7: client=localhost[127.0.0.1]
		Nov 22 05:00:00 h postfix/cleanup[9]: 4jXJfx43QNzkh7: message-id=<1@a.example>
		Nov 22 05:00:00 h postfix/qmgr[9]: 4jXJfx43QNzkh7: from=<staff-bounces@a.example>, size=364, nrcpt=1 (queue active)
		Nov 22 05:00:01 h postfix/smtp[9]: 4jXJfx43QNzkh7: to=<x@b.test>, relay=mx.b.test[192.0.2.50]:25, delay=1, delays=0.1/0/0.1/0.8, dsn=4.2.2, status=deferred (host mx.b.test[192.0.2.50] said: 452 4.2.2 full)
		Nov 22 05:09:00 h postfix/qmgr[9]: 4jXJfx43QNzkh7: from=<staff-bounces@a.example>, size=364, nrcpt=1 (queue active)
		Nov 22 05:09:01 h postfix/smtp[9]: 4jXJfx43QNzkh7: to=<x@b.test>, relay=mx.b.test[192.0.2.50]:25, delay=541, delays=540/0/0.1/0.8, dsn=2.0.0, status=sent (250 OK)
		Nov 22 05:09:01 h postfix/qmgr[9]: 4jXJfx43QNzkh7: removed
		Nov 22 05:10:00 h postfix/submission/smtpd[9]: 4jXJfx43QNzkh8: client=pc[192.0.2.7], sasl_method=PLAIN, sasl_username=ann@a.example
		Nov 22 05:10:00 h postfix/cleanup[9]: 4jXJfx43QNzkh8: message-id=<2@a.example>
		Nov 22 05:10:00 h postfix/qmgr[9]: 4jXJfx43QNzkh8: from=<news+bounces-12-x=b.test@a.example>, size=364, nrcpt=1 (queue active)
		Nov 22 05:19:00 h postfix/qmgr[9]: 4jXJfx43QNzkh8: from=<news+bounces-12-x=b.test@a.example>, size=364, nrcpt=1 (queue active)
	END
	swept
	[ "$(told domain:a.example)" = '["list","news@a.example",1,"staff@a.example",1]' ]
	[ "$(told ann@a.example)" = '["list","news@a.example",1]' ]
}
