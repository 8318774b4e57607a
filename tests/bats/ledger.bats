# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
# shellcheck disable=SC2030,SC2031 # each test is a shell of its own, and setup sets POLICY anew
#
# What is over a limit: sweep --policy, ledger, why, backtest.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	ROOT=$TESTS/data/hosts/plain
	STATE=$BATS_TEST_TMPDIR/state
	LOG=$BATS_TEST_TMPDIR/main.log
	POLICY=$BATS_TEST_TMPDIR/policy.conf
	policy 10
}

# policy LIMIT [MORE]: recipients in any hour for a domain, warned of at 80 %.
policy() {
	cat >"$POLICY" <<-END
		policy: { name = "test"; version = "1"; clauses = (
		  { id = "hourly"; subject = "domain"; limit = $1; warn_at = 80; action = "${ACTION-throttle}";
		    text = "No more than that."; } ); ${2-} };
	END
}

# mail STAMP N [DOMAIN]: N messages to one recipient each, accepted from a login at a second of 2026-03-01.
mail() {
	for ((i = 0; i < $2; i++)); do
		printf '2026-03-01 %s 1w%04d-%06d-00 <= info@%s H=(c) [192.0.2.1] P=esmtpsa A=plain:info@%s S=500 id=%d-%s@x for r@far.example\n' \
			"$1" $((10#${1//:/} / 100)) $((n_mails++)) "${3-a.example}" "${3-a.example}" "$n_mails" "$1"
	done >>"$LOG"
}

sweep() {
	MG_TEST_NOW=1772408000 "$MAILGUARD-test" sweep --root "$ROOT" --state "$STATE" --accounts plain --policy "$POLICY" "$LOG" "$@"
}

ledger() {
	"$MAILGUARD" ledger "$@" --state "$STATE" --utc
}

# findings: id, action, subject, window and count of what holds.
findings() {
	ledger list --json | jq -r '.rows[] | [.id, .action, .subject, .from, .until, .n, .limit] | @tsv'
}

@test "the limit itself is allowed, one more is a finding, and it is said" {
	ACTION=observe policy 10
	mail 10:02:00 5
	mail 10:58:59 5
	run -0 --separate-stderr sweep
	[[ "$stderr" == *"0 new findings and 1 new warning by 1 clause"* ]]
	mail 10:59:00 1
	run -0 --separate-stderr sweep
	[[ "$stderr" == *"1 new finding and "* ]]
	[ "$(ledger list --json | jq -c '.rows[] | select(.state == "over") | [.action, .subject, .account, .from, .until, .n, .limit, .log_class]')" = \
		'["observe","a.example","alice","2026-03-01T10:00:00Z","2026-03-01T11:00:00Z",11,10,"daemon"]' ]
	run -0 --separate-stderr sweep
	[[ "$stderr" == *"0 new findings and 0 new warnings"* ]]
}

@test "what is to be throttled is found once the limit is reached, so that the next message is the first too many" {
	mail 10:02:00 9
	run -0 --separate-stderr sweep
	[ "$(ledger list --json | jq -c '[.rows[] | select(.state == "over")]')" = '[]' ]
	mail 10:03:00 1
	run -0 --separate-stderr sweep
	[ "$(ledger list --json | jq -c '.rows[] | select(.state == "over") | [.action, .n, .limit]')" = '["throttle",10,10]' ]
}

@test "what is more than an hour apart is not added up" {
	mail 10:04:59 6
	mail 11:00:00 5
	run -0 --separate-stderr sweep
	[ "$(findings | wc -l)" -eq 0 ]
}

@test "a sweep that comes late finds what one in time would have found" {
	mail 10:02:00 6
	mail 10:20:00 6
	mail 13:00:00 12
	mail 18:10:00 1
	run -0 --separate-stderr sweep
	findings >"$BATS_TEST_TMPDIR/late"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/late")" -eq 2 ]
	mv "$LOG" "$BATS_TEST_TMPDIR/whole"
	rm -r "$STATE"
	for n in 3 7 9 13 25; do
		head -n "$n" "$BATS_TEST_TMPDIR/whole" >"$LOG"
		run -0 --separate-stderr sweep
	done
	findings | diff "$BATS_TEST_TMPDIR/late" -
	[ "$(ledger list --all --json | jq '.rows | length')" -gt 3 ]
	run -0 --separate-stderr ledger verify
}

@test "what a finding says grows with its window, and the last row holds" {
	mail 10:02:00 11
	sweep -q
	mail 10:03:00 4
	sweep -q
	[ "$(ledger list --all --json | jq -c '[.rows[] | select(.state == "over") | .n]')" = '[11,15]' ]
	[ "$(ledger list --json | jq -c '[.rows[] | select(.state == "over") | .n]')" = '[15]' ]
}

@test "a row that was changed is found, and rows refuse to be" {
	mail 10:02:00 11
	mail 10:02:00 20 b.example
	sweep -q
	run -0 --separate-stderr ledger verify
	[[ "$output" == "3 rows, each as it was written; the last is "* ]]
	change() {
		python3 - "$STATE/state.db" "$@" <<-'PYTHON'
			import sqlite3, sys
			db = sqlite3.connect(sys.argv[1])
			for sql in sys.argv[2:]:
			    db.execute(sql)
			db.commit()
		PYTHON
	}
	for table in ledger clause finding; do
		run -1 --separate-stderr change "DELETE FROM $table"
		[[ "$stderr" == *"the ledger is append-only"* ]]
		run -1 --separate-stderr change "UPDATE $table SET seq = seq + 9"
		[[ "$stderr" == *"the ledger is append-only"* ]]
	done
	cp -r "$STATE" "$STATE.good"
	for sql in "UPDATE finding SET n = 12 WHERE seq = 2" "UPDATE finding SET subject = 'b.example' WHERE seq = 2" \
		"UPDATE finding SET waiver = 'x' WHERE seq = 2" "UPDATE ledger SET made_at = made_at + 1 WHERE seq = 2" \
		"UPDATE ledger SET binary = '9' WHERE seq = 2"; do
		rm -r "$STATE"
		cp -r "$STATE.good" "$STATE"
		run -0 change "DROP TRIGGER finding_stands" "DROP TRIGGER ledger_stands" "$sql"
		run -1 --separate-stderr ledger verify
		[[ "$stderr" == *"row 2 of the ledger is not as it was written; the 1 before it are"* ]]
	done
	rm -r "$STATE"
	cp -r "$STATE.good" "$STATE"
	run -0 change "DROP TRIGGER finding_stays" "DROP TRIGGER ledger_stays" "DELETE FROM finding WHERE seq = 2" \
		"DELETE FROM ledger WHERE seq = 2"
	run -1 --separate-stderr ledger verify
	[[ "$stderr" == *"row 2 of the ledger"* ]]
	rm -r "$STATE"
	cp -r "$STATE.good" "$STATE"
	run -0 change "DROP TRIGGER clause_stands" "UPDATE clause SET text = 'other'"
	run -1 --separate-stderr ledger verify
	[[ "$stderr" == *"row 1 of the ledger"* ]]
}

@test "why tells the clause, the customer's sentence and the counts" {
	mail 10:02:00 11
	sweep -q
	for word in a.example domain:a.example "$(findings | cut -c 1-6)" '#2'; do
		run -0 --separate-stderr "$MAILGUARD" why "$word" --state "$STATE" --utc
		[[ "$output" == *"throttle domain:a.example of account alice"* ]]
		[[ "$output" == *"11 recipients; 10 are allowed, from 2026-03-01 09:05 to 2026-03-01 10:05"* ]]
		[[ "$output" == *"customer  No more than that."* ]]
		[[ "$output" == *"slots     2026-03-01 10:00  11 messages, 11 recipients"* ]]
		[[ "$output" == *"hours     2026-03-01 10:00  11 messages, 11 recipients"* ]]
	done
	run -0 --separate-stderr "$MAILGUARD" why b.example --state "$STATE"
	[ -z "$output" ]
	[[ "$stderr" == *"nothing was found of 'b.example'"* ]]
}

@test "an override holds until it ends, and its reason is kept" {
	policy 10 'overrides = ( { clause = "hourly"; domain = "a.example"; limit = 20; until = "2026-03-01 10:30Z";
		reason = "newsletter"; } );'
	mail 10:02:00 15
	sweep -q
	[ "$(findings | wc -l)" -eq 0 ]
	mail 10:31:00 1
	sweep -q
	[ "$(ledger list --json | jq -c '.rows[] | [.n, .limit, .override]')" = '[16,10,null]' ]
	rm -r "$STATE" "$LOG"
	mail 10:02:00 21
	sweep -q
	[ "$(ledger list --json | jq -c '.rows[] | [.n, .limit, .override]')" = '[21,20,"newsletter"]' ]
}

@test "what is waived is found, and said to be" {
	policy 10 'waivers = ( { account = "alice"; reason = "our own"; } );'
	mail 10:02:00 15
	sweep -q
	[ "$(ledger list --json | jq -c '.rows[] | [.action, .waiver]')" = '["waived","our own"]' ]
}

@test "a backtest finds the same and writes nothing" {
	mail 10:02:00 15
	mail 11:30:00 9 b.example
	sweep -q
	ledger list --json | jq -c '.rows[] | [.action, .subject, .n, .from]' >"$BATS_TEST_TMPDIR/swept"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/swept")" -eq 2 ]
	gzip "$LOG"
	run -0 --separate-stderr "$MAILGUARD" backtest --root "$ROOT" --accounts plain --policy "$POLICY" --json -q "$LOG.gz"
	[ "$(jq -r .schema <<<"$output")" = mailguard.backtest/1 ]
	jq -c '.rows[] | [.action, .subject, .n, .from]' <<<"$output" | diff "$BATS_TEST_TMPDIR/swept" -
	run -2 --separate-stderr "$MAILGUARD" backtest "$LOG.gz"
	[[ "$stderr" == *"name one with --policy FILE"* ]]
}

@test "a dry run judges, and leaves nothing" {
	mail 10:02:00 15
	run -0 --separate-stderr sweep --dry-run
	[[ "$stderr" == *"1 new finding and "* ]]
	[ ! -e "$STATE" ]
	mail 10:04:00 1 b.example
	sweep -q
	mail 10:05:00 15 b.example
	run -0 --separate-stderr sweep -n
	[[ "$stderr" == *"1 new finding and "* ]]
	[ "$(findings | wc -l)" -eq 1 ]
}

@test "policies of the host are found below the root, and mistakes in them all told" {
	cp -r "$ROOT" "$BATS_TEST_TMPDIR/root"
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT/etc/mailguard/policies"
	cp "$POLICY" "$ROOT/etc/mailguard/policies/one.conf"
	mail 10:02:00 15
	run -0 --separate-stderr "$MAILGUARD" sweep --root "$ROOT" --state "$STATE" --accounts plain "$LOG"
	[[ "$stderr" == *"1 new finding and "* ]]
	sed 's/"test"/"other"/; s/limit = 10/limit = -1/; s/"domain"/"planet"/' "$POLICY" >"$ROOT/etc/mailguard/policies/two.conf"
	run -3 --separate-stderr "$MAILGUARD" sweep --root "$ROOT" --state "$STATE" --accounts plain "$LOG"
	[[ "$stderr" == *"two.conf:2: "*"limit"* ]]
	[[ "$stderr" == *"two.conf:2: "*"subject"* ]]
}

@test "the policy that is shipped is one" {
	mail 10:02:00 15
	POLICY=$TESTS/../etc/policies/hourly-limits.conf
	run -0 --separate-stderr sweep
	[[ "$stderr" == *"0 new findings and 0 new warnings by 2 clauses"* ]]
}

# logins MINUTES ADDRESS USER...: one login a minute of 10:00, each from the next user.
logins() {
	local n=$1 ip=$2 users
	users=("${@:3}")
	for ((i = 0; i < n; i++)); do
		printf '2026-03-01 10:%02d:00 imap-login: Info: Login: user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.9, mpid=1, TLS, session=<x>\n' \
			"$i" "${users[i % ${#users[@]}]}" "$ip"
	done
}

@test "30 checks from an address are all it gets, with an allowance for each mailbox behind it" {
	POLICY=$TESTS/../etc/policies/hourly-limits.conf
	{
		logins 29 192.0.2.1 joe@a.example
		logins 30 192.0.2.2 ann@a.example
		logins 59 192.0.2.3 ann@a.example ben@a.example
		logins 40 2001:db8::1 joe@a.example
	} | sort >"$LOG"
	run -0 --separate-stderr sweep --dialect dovecot
	[ "$(ledger list --json | jq -c '.rows[] | [.action, .subject, .n, .of, .limit, .until]')" = \
		'["block","192.0.2.2",30,1,30,"2026-03-01T10:30:00Z"]
["block","2001:db8::",30,1,30,"2026-03-01T10:30:00Z"]' ] || {
		ledger list --json
		false
	}
	ledger list --json | jq -r '.rows[].id' >"$BATS_TEST_TMPDIR/whole"
	cp "$LOG" "$BATS_TEST_TMPDIR/all"
	rm -r "$STATE"
	for n in 40 77 130 158; do
		head -n "$n" "$BATS_TEST_TMPDIR/all" >"$LOG"
		sweep -q --dialect dovecot
	done
	ledger list --json | jq -r '.rows[].id' | diff "$BATS_TEST_TMPDIR/whole" -
}

# unknown STAMP N: N messages of which each goes to somebody who does not exist, as syslog has them.
unknown() {
	for ((i = 0; i < $2; i++)); do
		id=$(printf 'ABC%07X' $((n_mails++)))
		printf "$1+00:00 h postfix/%s\n" "smtpd[1]: $id: client=c[192.0.2.1], sasl_method=PLAIN, sasl_username=info@a.example" \
			"qmgr[2]: $id: from=<info@a.example>, size=500, nrcpt=1 (queue active)" \
			"smtp[3]: $id: to=<x@far.example>, relay=f[192.0.2.9]:25, delay=1, dsn=5.1.1, status=bounced (host f[192.0.2.9] said: 550 5.1.1 User unknown)" \
			"qmgr[2]: $id: removed"
	done >>"$LOG"
}

@test "a line that comes when its window is gone withdraws nothing" {
	cat >"$POLICY" <<-'END'
		policy: { name = "test"; version = "1"; clauses = (
		  { id = "bad"; rule = "failure-rate"; subject = "domain"; limit = 10; minimum = 5; } ); };
	END
	unknown 2026-03-01T10:01:00 7
	MG_TEST_NOW=1772359320 sweep -q --dialect syslog
	unknown 2026-03-01T14:01:00 1
	MG_TEST_NOW=1772373720 sweep -q --dialect syslog
	unknown 2026-03-01T10:01:08 1
	MG_TEST_NOW=1772373780 sweep -q --dialect syslog
	ledger list --all --json >"$BATS_TEST_TMPDIR/all"
	[ "$(jq -c '.rows[] | select(.state != "clause") | [.state, .n, .of]' "$BATS_TEST_TMPDIR/all")" = '["over",7,7]' ]
}

@test "what is withdrawn names whom it was about" {
	cat >"$POLICY" <<-'END'
		policy: { name = "test"; version = "1"; clauses = (
		  { id = "bad"; rule = "failure-rate"; subject = "mailbox"; limit = 50; minimum = 5; } ); };
	END
	unknown 2026-03-01T10:01:00 7
	sweep -q --dialect syslog
	unknown 2026-03-01T10:02:00 9
	sed -i '/10:02:00/s/dsn=5.1.1, status=bounced.*/dsn=2.0.0, status=sent (250 ok)/' "$LOG"
	sweep -q --dialect syslog
	ledger list --all --json >"$BATS_TEST_TMPDIR/all"
	[ "$(jq -c '.rows[] | select(.state != "clause") | [.state, .subject, .account]' "$BATS_TEST_TMPDIR/all")" = \
		'["over","info@a.example","alice"]
["withdrawn","info@a.example","alice"]' ] || { cat "$BATS_TEST_TMPDIR/all"; false; }
}

# sent STAMP N: a message to N recipients, as syslog has it.
sent() {
	id=$(printf 'ABC%07X' $((n_mails++)))
	printf "$1+00:00 h postfix/%s\n" "smtpd[1]: $id: client=c[192.0.2.1], sasl_method=PLAIN, sasl_username=info@a.example" \
		"qmgr[2]: $id: from=<info@a.example>, size=500, nrcpt=$2 (queue active)" >>"$LOG"
}

@test "of hours long before the last event nothing new is found where anybody writes the log" {
	sent 2026-03-01T08:00:00 11
	sweep -q --dialect syslog
	sent 2026-03-01T10:00:00 11
	sweep -q --dialect syslog
	for ((i = 1; i <= 30; i++)); do
		sent "2026-01-$(printf %02d "$i")T10:00:00" 99
	done
	sent 2026-03-01T08:01:00 11 # window until 08:05, which is not too long ago
	sent 2026-03-01T07:54:00 11
	sweep -q --dialect syslog
	[ "$(findings | cut -f 4 | sort)" = $'2026-03-01T07:05:00Z\n2026-03-01T09:05:00Z' ] || { findings; false; }
	# A log that was never read before is old throughout.
	run -0 --separate-stderr "$MAILGUARD" backtest --root "$ROOT" --accounts plain --policy "$POLICY" --json -q \
		--dialect syslog "$LOG"
	[ "$(jq '.rows | length' <<<"$output")" -eq 33 ] || { echo "$output"; false; }
}

@test "of a time to come nothing is found, and no slot is kept" {
	for stamp in 2026-03-02T22:00:00 2027-01-01T10:00:00; do
		for ((i = 0; i < 11; i++)); do
			id=$(printf 'ABC%07X' $((n_mails++)))
			printf "$stamp+00:00 h postfix/%s\n" \
				"smtpd[1]: $id: client=c[192.0.2.1], sasl_method=PLAIN, sasl_username=info@a.example" \
				"qmgr[2]: $id: from=<info@a.example>, size=500, nrcpt=1 (queue active)"
		done >>"$LOG"
	done
	sweep -q --dialect syslog # at 2026-03-01 23:33:20
	[ "$(findings | cut -f 4)" = 2026-03-02T21:05:00Z ]
	[ "$(sqlite3 "$STATE/state.db" "SELECT count(*) FROM slot")" -eq 1 ]
}

# fits COMMAND...: run it on a terminal of 80 columns, fail if a line of it is longer; what it shows is in SHOWN.
fits() {
	SHOWN=$(LC_ALL=C NO_COLOR=1 script -qec "stty cols 80; $MAILGUARD $*" /dev/null </dev/null | tr -d '\r')
	[ -n "$SHOWN" ]
	run ! grep '.\{81\}' <<<"$SHOWN"
}

@test "on a terminal of 80 columns nothing is wider, and what matters stays" {
	mail 10:02:00 15
	mail 10:03:00 15 b.example
	sweep -q
	fits ledger --state "$STATE" --root "$ROOT"
	[[ "$SHOWN" == *WHEN*ACTION*SUBJECT*COUNT* ]]
	fits status --state "$STATE" --root "$ROOT"
	[[ "$SHOWN" == *SOURCE*LOG*BEHIND* ]]
	fits why a.example --state "$STATE" --root "$ROOT"
	[[ "$SHOWN" == *"No more than that."* ]]
	fits backtest -q --root "$ROOT" --accounts plain --policy "$POLICY" "$LOG"
	[[ "$SHOWN" == *b.example* ]]
	# Into a file or a pipe all of it goes, as it is.
	run -0 --separate-stderr ledger
	[[ "$output" == *SINCE* ]]
}

@test "wrong words are usage errors" {
	run -2 --separate-stderr "$MAILGUARD" ledger drop --state "$STATE"
	[[ "$stderr" == *"'drop' is none of list, show, verify"* ]]
	run -2 --separate-stderr "$MAILGUARD" ledger show --state "$STATE"
	run -2 --separate-stderr "$MAILGUARD" ledger list more --state "$STATE"
	run -2 --separate-stderr "$MAILGUARD" ledger --format xml --state "$STATE"
	run -2 --separate-stderr "$MAILGUARD" why --state "$STATE"
	run -2 --separate-stderr "$MAILGUARD" why '#0' --state "$STATE"
	run -3 --separate-stderr "$MAILGUARD" why a.example --state "$STATE"
}
