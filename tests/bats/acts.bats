# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# From a finding to an action and back: sweep with enforce.by, throttle, hold, block, exempt, undo, release, approve,
# status, why. The firewall is a real one, in a network namespace of each test.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT/etc/mailguard/policies" "$ROOT/var/lib" "$ROOT/usr/sbin"
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	cp "$(command -v nft)" "$ROOT/usr/sbin/nft"
	LOG=$ROOT/dovecot.log
	touch "$LOG"
	settings ''
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "checks"; subject = "ip"; count = "checks"; limit = 3; action = "block"; for = "1h";
		    text = "Three checks are enough."; } ); };
	END
	NETNS=mg-acts-$BATS_TEST_NUMBER-$$
	ip netns add "$NETNS"
}

teardown() {
	[ -z "${watch-}" ] || kill "$watch" 2>/dev/null || true
	ip netns del "$NETNS"
}

# settings MORE
settings() {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "dovecot"; log = "/dovecot.log"; } );
		enforce: { by = [ "nftables" ]; $1 };
	END
}

mg() {
	MG_TEST_NOW=${AT-$NOW} ip netns exec "$NETNS" "$MAILGUARD-test" "$@" --root "$ROOT"
}

# logins N ADDRESS [TIME]: from a mailbox that is not here, which counts as well.
logins() {
	for ((i = 0; i < $1; i++)); do
		printf '%s imap-login: Info: Login: user=<joe@a.example>, method=PLAIN, rip=%s, lip=192.0.2.9, mpid=1, TLS, session=<x>\n' \
			"${3-2026-03-01 23:30:00}" "$2"
	done >>"$LOG"
}

# blocked: addresses in the kernel's sets.
blocked() {
	ip netns exec "$NETNS" nft -j list table inet mailguard 2>/dev/null |
		jq -r '.nftables[] | .set? // empty | select(.name | startswith("blocked")) | .elem[]?.elem.val' | sort
}

# id_of SUBJECT: the id of what is in force against it.
id_of() {
	mg status --actions --json | jq -r --arg s "$1" '.rows[] | select(.subject == $s) | .id'
}

@test "a sweep blocks who is over the limit, says so, and does it once" {
	logins 3 198.51.100.1
	logins 2 198.51.100.2
	run -0 --separate-stderr mg sweep
	[[ "$stderr" == *"1 action begun"* ]]
	[ "$(blocked)" = 198.51.100.1 ]
	[ "$(mg status --actions --json | jq -c '.rows[] | [.action, .per, .subject, .n, .limit, .by, .until, .waits]')" = \
		'["block","ip","198.51.100.1",3,3,"policy","2026-03-02T00:33:20Z",false]' ]
	run mg status
	[[ "$output" =~ 'sets          nftables blocked4 1 of '[0-9]+', nftables blocked6 0 of ' ]]
	[[ "$output" =~ 'block   198.51.100.1'\ .*\ 'undo '[0-9a-f]{8} ]]
	n=$(mg ledger list --all --json | jq '.rows | length')
	run -0 --separate-stderr mg sweep
	[[ "$stderr" != *"begun"* ]]
	[ "$(mg ledger list --all --json | jq '.rows | length')" = "$n" ]
	[ "$(mg ledger list --all --json | jq -c '[.rows[] | select(.state == "intent" or .state == "mark") | .action]')" = '["block","done"]' ]
	run -0 mg ledger verify
}

@test "it ends by itself, and by undo, release and unblock, with the reason in the ledger" {
	logins 3 198.51.100.1
	logins 3 198.51.100.2
	mg sweep -q
	[ "$(blocked)" = $'198.51.100.1\n198.51.100.2' ]
	run -2 mg undo "$(id_of 198.51.100.1)"
	[[ "$output" == *"--reason is needed"* ]]
	run -0 mg undo "$(id_of 198.51.100.1)" --reason "their office"
	[ "$(blocked)" = 198.51.100.2 ]
	mg sweep -q
	[ "$(blocked)" = 198.51.100.2 ]
	run -0 mg why 198.51.100.1
	[[ "$output" == *"released  "*" by "*": their office"* ]]
	run -0 mg unblock 198.51.100.2 --reason "mistake"
	[ "$(blocked)" = '' ]
	run -2 mg unblock 198.51.100.2 --reason "again"
	[[ "$output" == *"nothing is in force against '198.51.100.2'"* ]]
	mg block 203.0.113.7 --reason "tries passwords"
	mg block 2001:db8:7:1::9 --reason "tries passwords"
	run -0 mg unblock 203.0.113.0/24 --reason "all of them"
	[[ "$output" == "ended "*" (block ip:203.0.113.7)" ]]
	run -0 mg unblock 2001:db8:7:1::5 --reason "of the same network"
	[ "$(blocked)" = '' ]
}

@test "what a person ended does not come back in the next hour for the same counts" {
	logins 3 198.51.100.1 '2026-03-01 23:50:00'
	AT=$((NOW + 1200)) mg sweep -q
	AT=$((NOW + 1210)) mg unblock 198.51.100.1 --reason "their office"
	logins 1 198.51.100.1 '2026-03-02 00:05:00'
	AT=$((NOW + 2000)) mg sweep -q
	[ "$(mg ledger list --json | jq '.rows | length')" = 2 ]
	[ "$(blocked)" = '' ]
	logins 3 198.51.100.1 '2026-03-02 01:05:00'
	AT=$((NOW + 5600)) mg sweep -q
	[ "$(blocked)" = 198.51.100.1 ]
}

@test "a person blocks an address, for as long as is said" {
	run -0 mg block 203.0.113.7 --for 30m --reason "tries passwords"
	[[ "$output" == "block ip:203.0.113.7 until 2026-03-02 "*"; 'mailguard undo "*"' ends it" ]]
	[ "$(blocked)" = 203.0.113.7 ]
	AT=$((NOW + 1801)) mg sweep -q
	[ "$(AT=$((NOW + 1801)) mg status --actions --json | jq '.rows | length')" = 0 ]
	run -2 mg block 203.0.113.7
	[[ "$output" == *"--reason is needed"* ]]
	run -2 mg block a.example --reason x
	[[ "$output" == *"is no address"* ]]
	run -2 mg throttle 203.0.113.7 --reason x
	[[ "$output" == *"is an address"* ]]
	run -2 mg throttle nowhere.example --reason x
	[[ "$output" == *"there is no domain 'nowhere.example' here"* ]]
}

@test "A20 what is never blocked is told to who tries, and begun by no policy" {
	for ip in 127.0.0.1 10.1.2.3 ::1; do
		run -2 mg block "$ip" --reason x
		[[ "$output" == *"'$ip' is never blocked: "* ]]
	done
	logins 3 10.1.2.3
	mg sweep -q
	[ "$(mg ledger list --json | jq '.rows | length')" = 1 ]
	[ "$(mg status --actions --json | jq '.rows | length')" = 0 ]
}

@test "a dry run of a person's act writes nothing" {
	run -0 mg block 203.0.113.7 --reason x --dry-run
	[[ "$output" == "would block ip:203.0.113.7 until "* ]]
	[ "$(mg ledger list --all --json | jq '.rows | length')" = 0 ]
	[ "$(blocked)" = '' ]
}

@test "who is exempt is found and not touched" {
	mg exempt 198.51.100.1 --for 1d --reason "monitoring"
	logins 3 198.51.100.1
	logins 3 198.51.100.2
	mg sweep -q
	[ "$(blocked)" = 198.51.100.2 ]
	[ "$(mg ledger list --json | jq -r '.rows[].subject' | sort | uniq)" = $'198.51.100.1\n198.51.100.2' ]
}

@test "what is exempt from now on is released, and does not come back" {
	settings 'blocks = 2;'
	for i in 1 2 3; do
		logins 3 "198.51.100.$i"
	done
	mg sweep -q
	[ "$(mg status --actions --json | jq '.rows | length')" = 3 ]
	run -0 mg exempt 198.51.100.0/24 --for 1h --reason "their office"
	[ "$(blocked)" = '' ]
	[ "$(mg status --actions --json | jq -c '[.rows[] | .action]')" = '["exempt"]' ]
	run -0 mg why 198.51.100.1
	[[ "$output" == *"released  "*": exempt: their office"* ]]
	AT=$((NOW + 3700)) mg sweep -q
	[ "$(blocked)" = '' ]
}

# unknown TIME N STATUS: N messages of info@a.example, to somebody who does not exist where STATUS is 5.1.1.
unknown() {
	local i id
	for ((i = 0; i < $2; i++)); do
		id=$(printf 'ABC%07X' $((n_mails++)))
		printf "$1+00:00 h postfix/%s\n" "smtpd[1]: $id: client=c[192.0.2.1], sasl_method=PLAIN, sasl_username=info@a.example" \
			"qmgr[2]: $id: from=<info@a.example>, size=500, nrcpt=1 (queue active)" \
			"smtp[3]: $id: to=<x@far.example>, relay=f[192.0.2.9]:25, delay=1, dsn=$3, status=$([ "$3" = 2.0.0 ] &&
				echo 'sent (250 ok)' || echo 'bounced (host f[192.0.2.9] said: 550 5.1.1 User unknown)')" \
			"qmgr[2]: $id: removed"
	done >>"$ROOT/mail.log"
}

@test "an action ends with the finding that is withdrawn, and begins anew with it" {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "syslog"; log = "/mail.log"; } );
		enforce: { by = [ "postfix" ]; };
	END
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "bad"; rule = "failure-rate"; subject = "mailbox"; limit = 50; minimum = 5; action = "throttle"; } ); };
	END
	n_mails=0
	unknown 2026-03-01T23:20:00 7 5.1.1
	run mg sweep -q
	[ "$(throttled)" = mailbox:info@a.example ]
	unknown 2026-03-01T23:21:00 9 2.0.0
	run mg sweep -q
	[ "$(throttled)" = '' ]
	run -0 mg why info@a.example
	[[ "$output" == *"released  "*" by policy: its finding was withdrawn: "* ]]
	unknown 2026-03-01T23:22:00 30 5.1.1
	run mg sweep -q
	[ "$(throttled)" = mailbox:info@a.example ]
	n=$(mg ledger list --all --json | jq '.rows | length')
	run mg sweep -q
	[ "$(mg ledger list --all --json | jq '.rows | length')" = "$n" ]
}

@test "A57 what is over the number of a sweep waits, until it is approved or dropped" {
	settings 'blocks = 1;'
	logins 3 198.51.100.1
	logins 3 198.51.100.2
	logins 3 198.51.100.3
	run -0 --separate-stderr mg sweep
	[[ "$stderr" == *"1 action begun, 2 wait for approval"* ]]
	[ "$(blocked | wc -l)" = 1 ]
	mapfile -t waiting < <(mg status --actions --json | jq -r '.rows[] | select(.waits) | .id')
	[ "${#waiting[@]}" = 2 ]
	run -0 mg approve "${waiting[0]}" --reason "looked at it"
	[ "$(blocked | wc -l)" = 2 ]
	run -2 mg approve "${waiting[0]}" --reason again
	run -0 mg undo "${waiting[1]}" --reason "no"
	[ "$(mg status --actions --json | jq -c '[.rows[] | .waits]')" = '[false,false]' ]
}

@test "A21 who owns a network of IPv6 does not use up what others may be blocked with" {
	settings 'blocks = 2;'
	logins 3 198.51.100.1
	for i in 1 2 3 4; do
		logins 3 "2001:db8:7:$i::9"
	done
	logins 3 2001:db8:8:1::9
	run -0 --separate-stderr mg sweep
	[[ "$stderr" == *"5 actions begun, 1 waits for approval"* ]]
	[ "$(mg status --actions --json | jq -c '[.rows[] | select(.waits) | .subject]')" = '["2001:db8:8:1::"]' ]
}

@test "A57 the number is that of a minute, however many sweeps that has" {
	settings 'blocks = 2;'
	for i in 1 2 3; do
		logins 3 "198.51.100.$i"
		mg sweep -q
	done
	[ "$(blocked | wc -l)" = 2 ]
	logins 3 198.51.100.4
	AT=$((NOW + 60)) mg sweep -q
	[ "$(blocked | wc -l)" = 3 ]
}

@test "A58 what is old is found and not acted on, nor what a person only gave to be counted" {
	logins 3 198.51.100.1 '2026-03-01 20:00:00'
	mg sweep -q
	[ "$(mg ledger list --json | jq '.rows | length')" = 1 ]
	[ "$(mg status --actions --json | jq '.rows | length')" = 0 ]
	rm -r "$ROOT/var/lib/mailguard" "$LOG"
	logins 3 198.51.100.1
	mg sweep -q --dialect dovecot "$LOG"
	[ "$(mg ledger list --json | jq '.rows | length')" = 1 ]
	[ "$(mg status --actions --json | jq '.rows | length')" = 0 ]
}

@test "F65 a back end that fails is said, marked once, and tried again by the next sweep" {
	printf '#!/bin/sh\necho boo >&2\nexit 3\n' >"$ROOT/usr/sbin/nft"
	logins 3 198.51.100.1
	run ! mg sweep
	[[ "$output" == *nftables*boo* ]]
	run ! mg sweep
	[ "$(mg ledger list --all --json | jq -c '[.rows[] | select(.state == "intent" or .state == "mark") | .action]')" = '["block","failed"]' ]
	cp "$(command -v nft)" "$ROOT/usr/sbin/nft"
	mg sweep -q
	[ "$(blocked)" = 198.51.100.1 ]
	[ "$(mg ledger list --all --json | jq -c '[.rows[] | select(.state == "intent" or .state == "mark") | .action]')" = '["block","failed","done"]' ]
}

@test "a watch acts within seconds of the line, and lets others act beside it" {
	MG_TEST_NOW=$NOW ip netns exec "$NETNS" "$MAILGUARD-test" watch --root "$ROOT" >/dev/null 2>&1 3>&- &
	watch=$!
	sleep 1
	logins 3 198.51.100.1
	for ((i = 0; i < 50; i++)); do
		[ "$(blocked)" != 198.51.100.1 ] || break
		sleep 0.2
	done
	[ "$(blocked)" = 198.51.100.1 ]
	run -0 mg unblock 198.51.100.1 --reason "enough"
	[ "$(blocked)" = '' ]
	kill -TERM "$watch"
	wait "$watch"
	watch=
	[ "$(mg ledger list --all --json | jq -c '[.rows[] | select(.state == "mark") | .action]')" = '["done","released"]' ]
}

@test "without a back end nothing is begun, and a person is told" {
	settings 'by = [ ];'
	sed -i 's/by = \[ "nftables" \]; //' "$ROOT/etc/mailguard/mailguard.conf"
	logins 3 198.51.100.1
	mg sweep -q
	[ "$(mg status --actions --json | jq '.rows | length')" = 0 ]
	run -3 mg block 203.0.113.7 --reason x
	[[ "$output" == *"name back ends in 'enforce.by'"* ]]
}

@test "a state from before hooks is brought up to date, with its ledger as it was written" {
	mkdir -m 700 "$ROOT/var/lib/mailguard"
	sqlite3 "$ROOT/var/lib/mailguard/state.db" <"$TESTS/data/state/10.sql"
	run -3 mg status --actions
	[[ "$output" == *"older mailguard: run a sweep first"* ]]
	mg sweep -q
	[ "$(mg status --actions --json | jq -c '[.rows[] | [.subject, .id]]')" = \
		'[["joe@a.example","8aeec6586a42d79c"],["ben@c.example","358448c157810858"]]' ]
	run -0 mg ledger verify
	[[ "$output" == "11 rows, each as it was written"* ]]
	run -0 mg undo 8aeec658 --reason "enough"
	run -0 mg ledger verify
	[[ "$output" == "12 rows, "* ]]
	run -19 sqlite3 "$ROOT/var/lib/mailguard/state.db" "UPDATE mark SET by = 'x'"
	[[ "$output" == *"the ledger is append-only"* ]]
	run -19 sqlite3 "$ROOT/var/lib/mailguard/state.db" "DELETE FROM intent"
	[[ "$output" == *"the ledger is append-only"* ]]
}

@test "a mailbox from one address: no firewall can keep it out, so it is only found, and config check says so" {
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "checks"; subject = "mailbox-ip"; count = "checks"; limit = 3; action = "block"; for = "1h"; } );
		  waivers = ( { clause = "checks"; ip = "198.51.100.3"; reason = "ours"; } ); };
	END
	run -0 --separate-stderr mg config check
	[[ $output == *'a mailbox, from one address (IPv6: a /64), has 3 POP3 and IMAP logins, block it there for 1 hour.'* ]]
	[[ $output == *'Dovecot can tell them apart, no firewall can.'* ]]
	[[ $stderr == *"'checks': nothing that enforce.by names can tell the mailboxes of an address apart"* ]]
	logins 3 198.51.100.1
	logins 2 198.51.100.2
	logins 3 198.51.100.3
	mg sweep -q
	[ -z "$(mg status --actions --json | jq -r '.rows[].subject')" ]
	run -0 --separate-stderr mg backtest --policy "$ROOT/etc/mailguard/policies/p.conf" --dialect dovecot "$LOG"
	[[ $output == *joe@a.example/198.51.100.1* && $output != *198.51.100.2* ]]
	run -3 --separate-stderr mg block joe@a.example/198.51.100.1 --reason x
	[[ $stderr == *'nothing here carries it out'* ]]
	DOC=$BATS_TEST_TMPDIR/doc.json
	mg why joe@a.example/198.51.100.1 --json >"$DOC"
	KIND=why validate
	[ "$(jq -r '.findings[0] | .per + " " + .subject' "$DOC")" = 'mailbox-ip joe@a.example/198.51.100.1' ]
	run -0 --separate-stderr mg why joe@a.example/198.51.100.1
	[[ $output == *'mailbox-ip:joe@a.example/198.51.100.1 of account alice'*'3 checks; 3 are allowed'* ]]
	[[ $(mg why joe@a.example/198.51.100.3) == *ours* ]]
	mg ledger list --all --json >"$DOC"
	KIND=ledger validate
	sed -i 's/"block"/"throttle"/' "$ROOT/etc/mailguard/policies/p.conf"
	run -3 --separate-stderr mg config check
	[[ $stderr == *"what a mailbox may not do from an address is 'block'"* ]]
}

@test "a mailbox is blocked from one address, and not where that or the mailbox is exempt" {
	settings 'by = [ "dovecot" ]'
	sed -i 's/"nftables" \]; by = \[ //' "$ROOT/etc/mailguard/mailguard.conf"
	mkdir -p "$ROOT/usr/sbin"
	sed -i 's/subject = "ip"/subject = "mailbox-ip"/' "$ROOT/etc/mailguard/policies/p.conf"
	mg exempt 198.51.100.2 --for 1d --reason office
	logins 3 198.51.100.1
	logins 3 198.51.100.2
	logins 3 2001:db8::7
	mg sweep -q || true # no Dovecot is here
	[ "$(mg status --actions --json | jq -r '.rows[] | select(.action == "block") | .subject' | sort)" = \
		$'joe@a.example/198.51.100.1\njoe@a.example/2001:db8::' ]
	run -2 --separate-stderr mg block joe@a.example/198.51.100.2 --reason x
	[[ $stderr == *'is never blocked'* ]]
	run -2 --separate-stderr mg block joe@x.example/198.51.100.9 --reason x
	[[ $stderr == *"there is no mailbox-ip 'joe@x.example/198.51.100.9' here"* ]]
	mg exempt a.example --reason newsletter
	[ -z "$(mg status --actions --json | jq -r '.rows[] | select(.action == "block") | .subject')" ]
}

@test "JSON of what is in force, of why, and of all rows is what the schemas promise" {
	logins 3 198.51.100.1
	mg sweep -q
	mg block 203.0.113.7 --reason "tries passwords"
	mg exempt a.example --reason "newsletter"
	mg undo "$(id_of 203.0.113.7)" --reason "enough"
	DOC=$BATS_TEST_TMPDIR/doc.json
	mg status --actions --json >"$DOC"
	KIND=acts validate
	mg why 198.51.100.1 --json >"$DOC"
	KIND=why validate
	[ "$(jq -c '[.actions[] | .action, .marks[].mark]' "$DOC")" = '["block","done"]' ]
	mg ledger list --all --json >"$DOC"
	KIND=ledger validate
	[ "$(jq -c '[.rows[] | select(.state == "mark") | .action]' "$DOC")" = '["done","done","released"]' ]
}

# sends TIME LOGIN N: of Exim, to one recipient each.
sends() {
	for ((i = 0; i < $3; i++)); do
		n_sent=$((n_sent + 1))
		printf '%s 1xUzR1-%06d-0M <= %s H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:%s S=100 for c%d@far.test\n' \
			"$1" $n_sent "$2" "$2" $n_sent
	done >>"$ROOT/main.log"
}

# Five an hour, of a domain; nothing here is Exim.
with_exim() {
	n_sent=0
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
		enforce: { by = [ "exim" ]; };
	END
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "hourly"; subject = "domain"; limit = 5; action = "throttle"; text = "Five are enough."; } ); };
	END
	: >"$ROOT/main.log"
}

throttled() {
	mg status --actions --json | jq -r '.rows[] | "\(.per):\(.subject)"' | sort
}

@test "a mailbox that no file can name does not spare its domain" {
	with_exim
	sends '2026-03-01 23:30:00' "o'brien@a.example" 6
	run mg sweep -q
	[ "$(throttled)" = domain:a.example ]
	run mg rules show exim
	[[ "$output" == *"domain=a.example: refuse="* ]]
}

@test "a domain that belongs to somebody else by now is not touched" {
	with_exim
	run mg throttle b.example --reason "was alice's"
	run mg rules show exim
	[[ "$output" == *"domain=b.example: "* ]]
	sed -i 's/^b.example: alice/b.example: bob/' "$ROOT/etc/mailguard/domains"
	run mg rules show exim
	[[ "$output" == *"probe: "* && "$output" != *b.example* ]]
	[[ "$output" != *uid=* ]]
}

@test "after the mailbox that was over the limit the next one meets it, too, in the same hour" {
	with_exim
	sends '2026-03-01 23:10:00' joe@a.example 6
	run mg sweep -q
	[ "$(throttled)" = mailbox:joe@a.example ]
	sends '2026-03-01 23:16:00' jim@a.example 6
	run mg sweep -q
	[ "$(throttled)" = $'domain:a.example\nmailbox:joe@a.example' ]
	rm -r "$ROOT/var/lib/mailguard"
	run mg sweep -q
	[ "$(throttled)" = domain:a.example ]
	run -0 mg ledger verify
}

@test "local mail is held with the domain that is its account's only one, not with one of several" {
	with_exim
	sends '2026-03-01 23:30:00' ben@c.example 3
	sends '2026-03-01 23:30:01' kim@c.example 3
	sends '2026-03-01 23:30:02' joe@a.example 3
	sends '2026-03-01 23:30:03' jim@a.example 3
	run mg sweep -q
	[ "$(throttled)" = $'domain:a.example\ndomain:c.example' ]
	run mg rules show exim
	[[ "$output" == *"uid=5002: hold="* && "$output" != *"uid=5001: "* ]]
}

@test "a script of an account that shares its user id: its domain is stopped instead, and that is told" {
	with_exim
	sed -i 's/"domain"/"script"/' "$ROOT/etc/mailguard/policies/p.conf"
	sed -i 's/:500[12]:500[12]:/:33:33:/' "$ROOT/etc/passwd"
	for i in 1 2 3 4 5 6; do
		printf '%s\n' "2026-03-01 23:30:0$i cwd=/home/alice/public_html 3 args: /usr/sbin/sendmail -t -i" \
			"2026-03-01 23:30:0$i 1w0000-00000$i-00 <= alice@h U=alice P=local S=500 id=$i@x for r@far.test"
	done >>"$ROOT/main.log"
	run mg sweep
	[[ "$output" == *"/home/alice/public_html: its account shares its user id with others"* ]]
	[ "$(throttled)" = script:/home/alice/public_html ]
	run mg rules show exim
	[[ "$output" == *"domain=a.example: refuse="* && "$output" != *"uid="*" hold="* && "$output" != *b.example* ]]
}

# told: what the ledger says of intents and what became of them, without numbers and times.
told() {
	mg ledger list --all --json | jq -c '[.rows[] | select(.state == "intent" or .state == "mark") | [.action, .id]] | sort'
}

@test "F03 kill -9 at system calls of a sweep that acts: one intent, one mark, one effect" {
	logins 3 198.51.100.1
	logins 3 198.51.100.2
	mg sweep -q
	want=$(told)
	[ "$(jq length <<<"$want")" = 4 ]
	n_killed=0
	for call in execve,vfork,clone pwrite64 fdatasync wait4 write; do
		for nth in 1 2 3 5 8 13 21; do
			rm -rf "$ROOT/var/lib/mailguard"
			ip netns exec "$NETNS" nft flush ruleset
			AT=$NOW MG_TEST_NOW=$NOW ip netns exec "$NETNS" strace -f -qq -o /dev/null -e "trace=$call" \
				-e "inject=$call:signal=KILL:when=$nth" "$MAILGUARD-test" sweep -q --root "$ROOT" >/dev/null 2>&1 ||
				n_killed=$((n_killed + 1))
			mg sweep -q
			[ "$(told)" = "$want" ]
			[ "$(blocked)" = $'198.51.100.1\n198.51.100.2' ]
		done
	done
	[ "$n_killed" -ge 15 ]
}
