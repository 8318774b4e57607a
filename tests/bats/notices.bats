# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; scripts expand their own words
#
# Mail about actions: letters to customers, one to each administrator, the digest. sendmail is one that keeps what it is given;
# Python's own parser reads it.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC

setup() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	SENT=$BATS_TEST_TMPDIR/sent
	mkdir -p "$ROOT"/{etc/mailguard/policies,usr/sbin,var/lib,sent} "$SENT"
	echo 'Debian-exim:x:105:' >"$ROOT/etc/group"
	printf '%s:x:%s::/home/alice:/bin/sh\n' alice 5001:5001 >"$ROOT/etc/passwd"
	printf '%s\n' 'a.example: alice' 'b.example: alice' >"$ROOT/etc/mailguard/domains"
	echo 'alice: owner-of-a@far.example' >"$ROOT/etc/mailguard/contacts"
	sendmail 'cat >"$n"'
	settings 'customers = true; contact = "support@host.example";'
	touch "$ROOT/main.log"
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "hourly"; subject = "domain"; count = "recipients"; limit = 3; action = "throttle"; for = "2h";
		    text = "Three an hour."; } ); };
	END
}

# settings MORE
settings() {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
		enforce: { by = [ "exim" ]; };
		notices: { admins = [ "postmaster@host.example" ]; $1 };
	END
}

# sendmail SCRIPT: with the file that the message is to be in as $n.
sendmail() {
	cat >"$ROOT/usr/sbin/sendmail" <<-END
		#!/bin/sh
		n=$SENT/\$(ls $SENT | wc -l); echo "\$*" >>$BATS_TEST_TMPDIR/arguments
		$1
	END
	chmod 755 "$ROOT/usr/sbin/sendmail"
}

mg() { MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"; }

# mails DOMAIN ID...
mails() {
	for id in "${@:2}"; do
		printf '2026-03-01 23:30:00 1w0000-00000%s-00 <= info@%s H=(c) [192.0.2.1] P=esmtpsa A=plain:info@%s S=500 id=%s@x for r@far.example\n' \
			"$id" "$1" "$1" "$id"
	done >>"$ROOT/main.log"
}

# sent: "TO: SUBJECT" of each, in order; and that it is a message without a fault.
sent() {
	python3 - "$SENT" <<-'END'
		import email, email.policy, os, sys
		for name in sorted(os.listdir(sys.argv[1]), key=int):
		    m = email.message_from_binary_file(open(f'{sys.argv[1]}/{name}', 'rb'), policy=email.policy.default)
		    assert not m.defects and m['auto-submitted'] == 'auto-generated', m.defects
		    print(f"{m['to']}: {m['subject']}")
	END
}

# body N: what its reader sees.
body() {
	python3 -c 'import email, email.policy, sys
print(email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default).get_content(), end="")' "$SENT/$1"
}

# id_of SUBJECT: of the last action about it.
id_of() { mg why "$1" --json | jq -r '.actions[-1].id'; }

@test "a finding that is met: the customer gets a letter, the administrator how to end it, each once" {
	mails a.example 1 2 3
	run -0 mg sweep
	id=$(mg why a.example --json | jq -r '.actions[0].id')
	run -0 sent
	[ "$output" = "owner-of-a@far.example: Outgoing e-mail is limited for now [$id]
postmaster@host.example: Outgoing e-mail is limited for now [$id]" ]
	run -0 body 0
	[[ "$output" == *"mailbox info@a.example"*"3 in 1h; 3 are allowed"*"Three an hour."*"support@host.example"* ]]
	[[ "$output" != *"mailguard undo"* ]]
	run -0 body 1
	[[ "$output" == *"mailguard undo ${id:0:8}"* ]]
	diff - "$BATS_TEST_TMPDIR/arguments" <<-'END'
		-i -f root -- owner-of-a@far.example
		-i -f root -- postmaster@host.example
	END
	run -0 mg sweep
	mails a.example 4 5 6
	run -0 mg sweep
	[ "$(sent | wc -l)" -eq 2 ]
	run -0 mg why a.example
	[[ "$output" == *"by notice:customer"*"by notice:admin"* ]]
}

@test "of the same kind about the same subject one a day" {
	run -0 mg throttle a.example --reason one
	run -0 mg sweep
	run -0 mg release a.example --reason back
	run -0 mg throttle a.example --reason two
	run -0 mg sweep
	[ "$(sent | wc -l)" -eq 2 ]
	AT=$((NOW + 90000)) run -0 mg throttle a.example --reason three
	AT=$((NOW + 90000)) run -0 mg sweep
	[ "$(sent | grep -c limited)" -eq 4 ]
	run -0 mg why a.example --customer
	[[ "$output" == "Subject: Outgoing e-mail is limited for now "*"Reason:      three"* ]]
}

@test "a flood waits for the next hour, and ends after a day" {
	settings 'per_hour = 3;'
	for i in 1 2 3 4 5; do
		echo "d$i.example: alice" >>"$ROOT/etc/mailguard/domains"
		mg throttle "d$i.example" --for 2d --reason x
	done
	run -0 mg sweep
	[ "$(sent | wc -l)" -eq 3 ]
	AT=$((NOW + 60)) run -0 mg sweep
	[ "$(sent | wc -l)" -eq 3 ]
	AT=$((NOW + 3700)) run -0 mg sweep
	[ "$(sent | grep -c limited)" -eq 5 ]
}

@test "a sendmail that fails: it is said, tried again, and given up after a day" {
	sendmail 'cat >/dev/null; printf "the queue\\033 is full\\nmore\\n" >&2; exit 75'
	run -0 mg throttle a.example --for 3d --reason x
	run -4 mg sweep
	[[ "$output" == *"sendmail ended with status 75: the queue\\x1b is full,"* ]]
	sendmail 'cat >"$n"'
	AT=$((NOW + 60)) run -0 mg sweep
	[ "$(sent | wc -l)" -eq 2 ]
	sendmail 'exit 75'
	run -0 mg hold b.example --for 3d --reason x
	AT=$((NOW + 86500)) run mg sweep
	[[ "$output" != *"a notice"* ]]
}

@test "a contact that sendmail refuses each time keeps nobody else from being told" {
	sendmail 'case "$*" in *refused@*) exit 1 ;; esac; cat >"$n"'
	settings 'customers = true;'
	echo 'c.example: carol' >>"$ROOT/etc/mailguard/domains"
	printf '%s:x:%s::/home/carol:/bin/sh\n' carol 5002:5002 >>"$ROOT/etc/passwd"
	printf '%s\n' 'alice: refused@far.example' 'carol: carol@far.example' >"$ROOT/etc/mailguard/contacts"
	for i in 1 2 3 4; do
		echo "d$i.example: alice" >>"$ROOT/etc/mailguard/domains"
		mg throttle "d$i.example" --for 2d --reason x
	done
	AT=$((NOW + 10)) run -4 mg sweep
	run -0 mg throttle c.example --for 2d --reason x
	AT=$((NOW + 60)) run -4 mg sweep
	[ "$(sent | grep -c '^carol@far.example: ')" -eq 1 ]
	[ "$(sent | grep -c '^postmaster@host.example: ')" -eq 5 ]
}

@test "what waits is for administrators; once it is approved its customer is told" {
	sed -i 's/by = \[ "exim" \];/by = [ "exim" ]; throttles = 0;/' "$ROOT/etc/mailguard/mailguard.conf"
	mails a.example 1 2 3
	run -0 mg sweep
	run -0 body 0
	[[ "$output" == *"mailguard approve "*"it waits"* ]]
	[ "$(sent | wc -l)" -eq 1 ]
	run -0 mg approve "$(mg why a.example --json | jq -r '.actions[0].id')" --reason yes
	run -0 mg sweep
	[ "$(sent | grep -c '^owner-of-a')" -eq 1 ]
	[ "$(sent | wc -l)" -eq 2 ]
}

@test "A53: a contact that a customer chose is an address, or nobody's" {
	for bad in '-oQ/tmp@a.example' '|/bin/sh' 'a@b.example,c@d.example e' '"x y"@a.example'; do
		echo "alice: $bad" >"$ROOT/etc/mailguard/contacts"
		rm -rf "$ROOT/var/lib/mailguard"
		run -0 mg throttle a.example --reason "$bad"
		run -0 mg sweep
	done
	[ "$(sent | grep -vc '^postmaster@host.example: ')" -eq 1 ] # the first of the two
	grep -qx -- '-i -f root -- a@b.example' "$BATS_TEST_TMPDIR/arguments"
}

@test "A53: what a person and a stranger wrote stays in the body" {
	run -0 mg throttle a.example --reason $'x\n\nSubject: y\r\n.\r\n\e[31m'
	run -0 mg sweep
	run -0 body 0
	[[ "$output" == *'x\x0a\x0aSubject: y\x0d\x0a.\x0d\x0a\x1b[31m'* ]]
	[ "$(sent | grep -c limited)" -eq 2 ]
}

@test "letters of the host, in its languages; a mistake in one is said" {
	mkdir -p "$ROOT/etc/mailguard/letters/de"
	printf 'Subject: Gebremst [{id}]\n\nGebremst: {subject} ({account}).\n{contact}\n' \
		>"$ROOT/etc/mailguard/letters/de/throttle.txt"
	settings 'language = "de";'
	run -0 mg throttle a.example --reason x
	run -0 mg why a.example --customer
	[[ "$output" == "Subject: Gebremst ["*"]

Gebremst: domain a.example (alice)." ]]
	printf 'Subject: Gedrosselt für {id}, bis es weniger wird als vereinbart, höchstens für zwei Stunden\n\nGebremst: {subject}.\nGrüße\n' \
		>"$ROOT/etc/mailguard/letters/de/throttle.txt"
	run -0 mg sweep
	[ "$(sent)" = "postmaster@host.example: Gedrosselt für $(id_of a.example), bis es weniger wird als vereinbart, höchstens für zwei Stunden" ]
	run -0 body 0
	[[ "$output" == *"Grüße"* ]]
	run ! grep -q '.\{77\}' "$SENT/0"
	run -0 mg why a.example --customer --language en
	[[ "$output" == "Subject: Outgoing "* ]]
	printf 'Subject: {subject}\n\nx\n' >"$ROOT/etc/mailguard/letters/de/throttle.txt"
	run -3 mg why a.example --customer
	[[ "$output" == *"the letter 'throttle': line 1: there is no '{subject}'"* ]]
	chmod 666 "$ROOT/etc/mailguard/letters/de/throttle.txt"
	run -3 mg why a.example --customer
	run -2 mg why a.example --customer --language ../../x
	run -2 mg why a.example --language de
}

@test "the digest, once a day at its time" {
	run -0 mg sweep
	run -0 mg throttle a.example --for 3d --reason x
	run -0 mg sweep
	AT=$((NOW + 7 * 3600)) run -0 mg sweep # 06:33
	run ! grep -rq 'the day' "$SENT"
	AT=$((NOW + 8 * 3600)) run -0 mg sweep
	AT=$((NOW + 9 * 3600)) run -0 mg sweep
	[ "$(sent | grep -c '^postmaster@host.example: mailguard: the day$')" -eq 1 ]
	run -0 body 2
	[[ "$output" == *"throttle domain:a.example, by root"*"Now in force"*"undo "* ]]
	AT=$((NOW + 9 * 3600)) run -0 mg notice digest
	[[ "$output" == *"throttle domain:a.example, by root"* ]]
	# The ledger has all that was said of an end; here its beginning is enough.
	AT=$((NOW + 9 * 3600)) mg release a.example --reason "$(printf 'a%.0s' {1..200})bc"
	AT=$((NOW + 9 * 3600)) run -0 mg notice digest
	[[ "$output" == *": $(printf 'a%.0s' {1..200})...
"* ]]
}

@test "a day with more actions than a message holds: what is in force stands in the digest all the same" {
	sed -i 's/subject = "domain"/subject = "mailbox"/; s/limit = 3/limit = 1/' "$ROOT/etc/mailguard/policies/p.conf"
	for i in {1000..2999}; do
		printf '2026-03-01 23:30:00 1w%04d-000001-00 <= u%d@a.example H=(c) [192.0.2.1] P=esmtpsa A=plain:u%d@a.example S=500 id=%d@x for r@far.example s@far.example\n' \
			"$i" "$i" "$i" "$i"
	done >>"$ROOT/main.log"
	run mg sweep
	run -0 mg notice digest
	[[ "$output" == *" more actions: 'mailguard ledger list' has them"*"Now in force, and what waits:"*"throttle  u"* ]]
}

@test "notice test, template, and words that it does not know" {
	run -0 mg notice test
	run -0 mg notice test joe@far.example
	run -0 sent
	[ "$output" = "postmaster@host.example: mailguard: a test
joe@far.example: mailguard: a test" ]
	run -2 mg notice test -- '-x@far.example'
	run -0 mg notice template suspend
	[[ "$output" == "Subject: Outgoing e-mail is suspended [{id}]"* ]]
	run -2 mg notice template nonsense
	run -2 mg notice nonsense
	settings ''
	rm "$ROOT/usr/sbin/sendmail"
	run -3 mg notice test
}

# terminate: a termination of alice that waits, as if a person had ordered it.
terminate() {
	python3 - "$ROOT/var/lib/mailguard/state.db" "${AT-$NOW}" <<-'END'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		seq = db.execute("SELECT max(seq) + 1 FROM ledger").fetchone()[0]
		db.execute("INSERT INTO ledger VALUES (?, 3, ?, 'x', zeroblob(32))", (seq, int(sys.argv[2])))
		names = [row[1] for row in db.execute("PRAGMA table_info(intent)")]
		row = dict.fromkeys(names, 0) | dict(seq=seq, id="7" * 16, verb=7, per="account", subject="alice",
			account="alice", domain=None, owner=None, finding=None, since_at=int(sys.argv[2]), until_at=2**60, by="x",
			reason="x", target=None, identity=None, is_waiting=1)
		db.execute(f"INSERT INTO intent ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
			[row[name] for name in names])
		db.commit()
	END
}

@test "what a crash cut off is not sent twice, and that is said" {
	sendmail 'cat >"$n"; kill -9 $PPID'
	run -0 mg throttle a.example --for 3d --reason x
	run -137 mg sweep
	[ "$(sent)" = "owner-of-a@far.example: Outgoing e-mail is limited for now [$(id_of a.example)]" ]
	sendmail 'cat >"$n"'
	AT=$((NOW + 60)) run -0 mg sweep
	AT=$((NOW + 120)) run -0 mg sweep
	[ "$(sent | grep -c ^owner-of-a)" -eq 1 ]
	[ "$(sent | grep -c ^postmaster)" -eq 1 ]
	run -0 mg why a.example
	[[ "$output" == *"failed "*"by notice:customer: it was cut off: it may have gone out"* ]]
}

@test "the letter about a suspension says how the mail was sent, and reads the logs for it once" {
	for i in 1 2 3 4; do
		printf '2026-03-01 23:3%s:00 1w0000-00000%s-00 <= info@a.example H=(c) [198.51.%s.7] P=esmtpsa A=plain:info@a.example S=500 id=%s@x for r@far.example\n' \
			0 "$i" "$i" "$i" >>"$ROOT/main.log"
	done
	run -0 mg sweep
	printf '#!/bin/sh\n' >"$ROOT/usr/sbin/exim" # whose queue is empty
	chmod 755 "$ROOT/usr/sbin/exim"
	run -0 mg suspend info@a.example --reason spam
	run -0 mg sweep
	letter=$(grep -l '^Subject: Outgoing e-mail is suspended' "$SENT"/* | head -n 1)
	run -0 body "${letter##*/}"
	[[ "$output" == *"Sent:        by a login from many networks: its password is stolen,"* ]]
	: >"$ROOT/main.log"
	run -0 mg why info@a.example --customer
	[[ "$output" == *"its password is stolen,"* ]]
}

@test "a final notice is sent again after a crash, and noticed once sendmail took it" {
	run -0 mg sweep
	terminate
	sendmail 'kill -9 $PPID'
	run -137 mg sweep
	run ! grep -q noticed <(mg why account:alice)
	sendmail 'exit 75'
	AT=$((NOW + 60)) run -4 mg sweep
	sendmail 'cat >"$n"'
	AT=$((NOW + 3 * 86400)) run -0 mg sweep
	AT=$((NOW + 5 * 86400)) run -0 mg sweep
	[ "$(sent | grep -v 'the day')" = "owner-of-a@far.example: Your account is to be closed [7777777777777777]" ]
	run -0 mg why account:alice
	[[ "$output" == *"noticed "*"by notice:customer"* ]]
}

@test "a final notice without anybody to send it to is said" {
	run -0 mg sweep
	rm "$ROOT/etc/mailguard/contacts"
	terminate
	run -3 mg sweep
	[[ "$output" == *"nobody to send the final notice of 7777777777777777 to"* ]]
	run ! grep -q noticed <(mg why account:alice)
}

@test "each suspension is told, and that it goes on; of what is smaller so many a day" {
	settings 'customers = true; per_day = 2;'
	for i in 1 2 3 4; do
		echo "d$i.example: alice" >>"$ROOT/etc/mailguard/domains"
		mg throttle "d$i.example" --for 2d --reason x
	done
	for AT in $((NOW + 1)) $((NOW + 2)); do
		run -0 mg suspend info@a.example --reason x
		run -0 mg unsuspend info@a.example --reason x
	done
	AT=$((NOW + 3)) run -0 mg sweep
	[ "$(sent | grep -c '^owner-of-a.*limited')" -eq 2 ]
	[ "$(sent | grep -c '^owner-of-a.*is suspended')" -eq 2 ]
	[ "$(sent | grep -c '^owner-of-a.*goes on')" -eq 2 ]
	[ "$(sent | grep -c '^postmaster')" -eq 8 ]
	run -0 mg why d4.example
	[[ "$output" == *"skipped "*"by notice:customer: it was told enough for a day"* ]]
	AT=$((NOW + 60)) run -0 mg sweep
	[ "$(sent | grep -c '^owner-of-a')" -eq 6 ]
}

@test "customers leave the administrators their share of an hour, and they theirs" {
	settings 'customers = true; per_hour = 4;'
	for i in 1 2 3 4; do
		echo "d$i.example: u$i" >>"$ROOT/etc/mailguard/domains"
		echo "u$i: u$i@far.example" >>"$ROOT/etc/mailguard/contacts"
		echo "u$i:x:600$i:600$i::/home/u$i:/bin/sh" >>"$ROOT/etc/passwd"
		mg throttle "d$i.example" --for 2d --reason x
	done
	run -0 mg sweep
	[ "$(sent | grep -c '^postmaster')" -eq 2 ]
	[ "$(sent | grep -c '^u[0-9]@')" -eq 2 ]
	AT=$((NOW + 3700)) run -0 mg sweep
	[ "$(sent | grep -c '^postmaster')" -eq 4 ]
	[ "$(sent | grep -c '^u[0-9]@')" -eq 4 ]
}

@test "an owner who is the customer gets one letter" {
	sed -i 's/accounts = "plain"/accounts = "cpanel"/' "$ROOT/etc/mailguard/mailguard.conf"
	printf '%s\n' 'alice: same@far.example' 'bob: same@far.example' >"$ROOT/etc/mailguard/contacts"
	echo 'a.example: alice' >"$ROOT/etc/userdomains"
	echo 'a.example: alice' >"$ROOT/etc/trueuserdomains"
	echo 'alice: bob' >"$ROOT/etc/trueuserowners"
	run -0 mg throttle a.example --reason x
	run -0 mg sweep
	[ "$(sent | grep -c '^same@')" -eq 1 ]
	echo 'bob: other@far.example' >>"$ROOT/etc/mailguard/contacts"
	sed -i '/^bob: same/d' "$ROOT/etc/mailguard/contacts"
	run -0 mg hold a.example --reason x
	run -0 mg sweep
	[ "$(sent | grep -c '^other@')" -eq 1 ]
}

@test "a mistake in a letter of the host keeps nobody from being told" {
	mkdir -p "$ROOT/etc/mailguard/letters/en"
	printf 'Subject: x\n\n{nonsense}\n' >"$ROOT/etc/mailguard/letters/en/throttle.txt"
	run -0 mg throttle a.example --reason x
	run -3 mg sweep
	[[ "$output" == *"there is no '{nonsense}'"* ]]
	[ "$(sent | grep -c limited)" -eq 2 ]
}

@test "that it is begun is on disk before it goes out: without that nothing goes out" {
	run -0 mg throttle a.example --reason x
	python3 - "$ROOT/var/lib/mailguard/state.db" <<-'END'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		db.execute("CREATE TRIGGER t BEFORE INSERT ON applied WHEN new.backend = 'notice' BEGIN SELECT raise(abort, 'full'); END")
		db.commit()
	END
	run -4 mg sweep
	run -4 mg sweep
	[ "$(sent | wc -l)" -eq 0 ]
	python3 - "$ROOT/var/lib/mailguard/state.db" <<-'END'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		db.execute("DROP TRIGGER t")
		db.execute("CREATE TRIGGER t BEFORE INSERT ON applied WHEN new.backend = 'notice' AND new.value = x'' BEGIN SELECT raise(abort, 'full'); END")
		db.commit()
	END
	for _ in 1 2 3; do run -4 mg sweep; done
	[ "$(sent | wc -l)" -eq 1 ] # never two of the same
}

@test "a message is of this host where its sender has no domain, and of nobody's where that has no name" {
	ids() { sed -n 's/^Message-ID: <mailguard\..*@\(.*\)>$/\1/p' "$SENT"/*; }
	mg notice test joe@far.example
	[ "$(ids)" = localhost ]
	printf 'mx1\n' >"$ROOT/etc/hostname"
	printf 'a b\n' >"$ROOT/etc/mailname"
	AT=$((NOW + 1)) mg notice test joe@far.example
	[ "$(ids)" = $'localhost\nmx1' ]
	printf 'MX.Host.example\n' >"$ROOT/etc/mailname"
	AT=$((NOW + 2)) mg notice test joe@far.example
	settings 'from = "abuse@isp.example";'
	AT=$((NOW + 3)) mg notice test joe@far.example
	[ "$(ids)" = $'localhost\nmx1\nmx.host.example\nisp.example' ]
}
