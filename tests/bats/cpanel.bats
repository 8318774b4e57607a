# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines
#
# mailguard panel cpanel, against tests/fakes/cpanel.py.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	STATE=$BATS_TEST_TMPDIR/state
	mkdir -p "$ROOT/fake" "$ROOT/etc/mailguard" "$ROOT/var/cpanel/users" "$ROOT/usr/local/cpanel/bin"
	install -m 0755 "$TESTS/fakes/cpanel.py" "$ROOT/usr/local/cpanel/bin/whmapi1"
	install -m 0755 "$TESTS/fakes/cpanel.py" "$ROOT/usr/local/cpanel/bin/uapi"
	printf '%s\n' DNS=example.com OWNER=root >"$ROOT/var/cpanel/users/joe"
}

# The fake was never called as the real one is not.
teardown() {
	[ ! -e "$ROOT/fake/wrong" ]
}

# panel VERB KEY [KIND NAME [OF [MEMBERS]]]
panel() {
	printf '{"schema":1,"key":"%s","of":"%s","kind":"%s","name":"%s","account":"joe","uid":1001,"reason":"%s"%s}' \
		"$2" "${5:-suspend}" "${3:-account}" "${4:-joe}" '900 of 500 & more; $(id)' "${6-}" |
		"$MAILGUARD" panel cpanel "$1" --root "$ROOT" --state "$STATE" "${@:7}"
}

# answers WANTED KEY [KIND NAME [OF]]
answers() {
	run -0 --separate-stderr panel query "${@:2}"
	[ "$output" = "$1" ] || { echo "$output, not $1"; return 1; }
}

# calls N FUNCTION: so often it was called.
calls() {
	[ "$(jq -r 'if .[0] == "whmapi1" then .[2] else .[4] end' "$ROOT/fake/log" | grep -cx "$2")" = "$1" ]
}

setting() {
	printf '%s\n' "$1" >"$ROOT/etc/mailguard/mailguard.conf"
	chmod 0644 "$ROOT/etc/mailguard/mailguard.conf"
}

@test "an account is suspended with our key as its reason, and only that suspension is lifted" {
	answers not-done one
	run -0 panel suspend one
	[[ "$output" == *"suspendacct user=joe reason=mailguard%20one%3A%20900%20of%20500%20%26%20more%3B%20%24%28id%29 disallowun=1"* ]]
	grep -qx 'FAKE_REASON=mailguard one: 900 of 500 & more; $(id)' "$ROOT/var/cpanel/users/joe"
	grep -qx 'FAKE_DISALLOW=1' "$ROOT/var/cpanel/users/joe"
	answers 'done' one
	answers not-done two
	answers not-done one account joe unsuspend
	panel suspend one
	calls 1 suspendacct
	panel unsuspend two
	answers 'done' one
	panel unsuspend one
	run ! grep -q SUSPENDED "$ROOT/var/cpanel/users/joe"
	answers not-done one
	panel unsuspend one
	calls 1 unsuspendacct
}

@test "disallowun is as set" {
	setting 'cpanel = { disallow = false; };'
	panel suspend one
	grep -qx 'FAKE_DISALLOW=0' "$ROOT/var/cpanel/users/joe"
}

@test "what somebody else has suspended is never lifted" {
	printf '%s\n' SUSPENDED=1 'FAKE_REASON=billing' >>"$ROOT/var/cpanel/users/joe"
	run -0 panel suspend one
	[[ "$output" == *"somebody else has suspended it already"* ]]
	answers 'done' one
	panel unsuspend one
	grep -qx FAKE_REASON=billing "$ROOT/var/cpanel/users/joe"
	# Lifted and suspended again by somebody else, while ours is in force.
	sed -i '/SUSPENDED/d; /FAKE/d' "$ROOT/var/cpanel/users/joe"
	panel suspend two
	sed -i 's/^FAKE_REASON=.*/FAKE_REASON=mailguardian: unpaid/' "$ROOT/var/cpanel/users/joe"
	panel unsuspend two
	grep -qx 'FAKE_REASON=mailguardian: unpaid' "$ROOT/var/cpanel/users/joe"
	calls 0 unsuspendacct
}

@test "A61: an account that a reseller reactivated is found so, and suspended again by the same key" {
	panel suspend one
	sed -i '/SUSPENDED/d; /FAKE/d' "$ROOT/var/cpanel/users/joe"
	answers not-done one
	panel suspend one
	answers 'done' one
	calls 2 suspendacct
}

@test "of two suspensions the last one to end ends it" {
	panel suspend one
	panel suspend two
	panel unsuspend one
	answers 'done' two
	panel unsuspend two
	answers not-done two
	calls 1 unsuspendacct
}

@test "a lost state directory keeps nobody suspended whose reason says it is ours" {
	panel suspend one
	mv "$STATE" "$STATE.lost"
	answers 'done' one
	panel unsuspend one
	answers not-done one
}

@test "a mailbox: its outgoing mail, and its login where asked" {
	panel suspend one mailbox info@example.com
	[ "$(cat "$ROOT/etc/outgoing_mail_suspended_users")" = info@example.com ]
	[ ! -e "$ROOT/fake/no_login" ]
	answers 'done' one mailbox info@example.com
	answers not-done two mailbox info@example.com
	panel suspend two mailbox info@example.com suspend ',"login":true'
	[ "$(cat "$ROOT/fake/no_login")" = info@example.com ]
	calls 1 suspend_outgoing
	panel unsuspend one mailbox info@example.com
	answers 'done' two mailbox info@example.com
	panel unsuspend two mailbox info@example.com
	[ ! -s "$ROOT/etc/outgoing_mail_suspended_users" ]
	[ ! -s "$ROOT/fake/no_login" ]
	jq -e 'select(.[0] == "uapi") | .[1] == "--user=joe"' "$ROOT/fake/log"
}

@test "A61: a login that a customer opened again is found so, and suspended again by the same key" {
	panel suspend one mailbox info@example.com suspend ',"login":true'
	run -0 --separate-stderr panel query one mailbox info@example.com suspend ',"login":true'
	[ "$output" = 'done' ]
	: >"$ROOT/fake/no_login"
	run -0 --separate-stderr panel query one mailbox info@example.com suspend ',"login":true'
	[ "$output" = not-done ]
	run -0 --separate-stderr panel query one mailbox info@example.com unsuspend ',"login":true'
	[ "$output" = not-done ]
	panel suspend one mailbox info@example.com suspend ',"login":true'
	[ "$(cat "$ROOT/fake/no_login")" = info@example.com ]
	calls 1 suspend_outgoing
}

@test "a login that somebody else has suspended stays so, and ours is lifted" {
	echo info@example.com >"$ROOT/fake/no_login"
	panel suspend one mailbox info@example.com suspend ',"login":true'
	panel suspend two mailbox info@example.com suspend ',"login":true'
	panel unsuspend one mailbox info@example.com
	panel unsuspend two mailbox info@example.com
	[ "$(cat "$ROOT/fake/no_login")" = info@example.com ]
	calls 0 suspend_login
	calls 0 unsuspend_login
	rm "$ROOT/fake/no_login"
	panel suspend three mailbox info@example.com suspend ',"login":true'
	panel suspend three mailbox info@example.com suspend ',"login":true'
	panel unsuspend three mailbox info@example.com
	[ ! -s "$ROOT/fake/no_login" ]
	run -4 --separate-stderr panel suspend four mailbox nobody@example.com suspend ',"login":true'
	[[ "$stderr" == *"knows no mailbox 'nobody@example.com'"* ]]
}

@test "a mailbox that somebody else has stopped stays stopped" {
	echo info@example.com >"$ROOT/etc/outgoing_mail_suspended_users"
	panel suspend one mailbox info@example.com
	answers 'done' one mailbox info@example.com
	panel unsuspend one mailbox info@example.com
	[ "$(cat "$ROOT/etc/outgoing_mail_suspended_users")" = info@example.com ]
	calls 0 unsuspend_outgoing
}

@test "throttle holds outgoing mail, release lets it go, apart from suspensions" {
	panel suspend one mailbox info@example.com
	for subject in "mailbox info@example.com" "account joe"; do
		# shellcheck disable=SC2086 # kind and name
		panel throttle one $subject
		grep -qx "${subject#* }" "$ROOT/etc/outgoing_mail_hold_users"
		# shellcheck disable=SC2086
		answers 'done' one $subject throttle
		# shellcheck disable=SC2086
		panel release one $subject
		[ ! -s "$ROOT/etc/outgoing_mail_hold_users" ]
	done
	answers 'done' one mailbox info@example.com
}

@test "cpanel.suspend = outgoing stops the account's mail and nothing else" {
	setting 'cpanel = { suspend = "outgoing"; };'
	panel suspend one
	[ "$(cat "$ROOT/etc/outgoing_mail_suspended_users")" = joe ]
	answers 'done' one
	panel unsuspend one
	[ ! -s "$ROOT/etc/outgoing_mail_suspended_users" ]
	calls 0 suspendacct
}

@test "a password is random, and neither said nor kept" {
	run -0 panel password one mailbox info@example.com
	[[ "$output" == *"Email passwd_pop (and a secret on its standard input)" ]]
	answers 'done' one mailbox info@example.com password
	answers not-done two mailbox info@example.com password
	panel password one mailbox info@example.com
	[ "$(wc -l <"$ROOT/fake/passwords")" = 1 ]
	panel password two mailbox info@example.com
	[ "$(sort -u "$ROOT/fake/passwords" | grep -cE '^aA1-.{32}$')" = 2 ]
	# Neither an argument nor a file of ours has one.
	while read -r password; do
		run ! grep -rqF -e "$password" "$ROOT/fake/log" "$STATE"
	done <"$ROOT/fake/passwords"
	# Over the years a mailbox gets many.
	for i in {1..20}; do
		panel password "again$i" mailbox info@example.com
	done
	answers 'done' again20 mailbox info@example.com password
	run -64 panel password one
}

@test "sessions are ended, of a mailbox and of an account" {
	panel sessions one mailbox info@example.com
	panel sessions one
	calls 1 terminate_mailbox_sessions
	calls 1 terminate_cpuser_mailbox_sessions
}

@test "terminate removes what we suspended, and nothing else" {
	run -4 --separate-stderr panel terminate one
	[[ "$stderr" == *"not suspended by mailguard"* ]]
	answers not-done one account joe terminate
	panel suspend one
	panel terminate two
	[ ! -e "$ROOT/var/cpanel/users/joe" ]
	answers 'done' two account joe terminate
	panel terminate two
	calls 1 removeacct
}

@test "a refusal with exit status 0 is a failure, with its words made harmless" {
	echo suspendacct >"$ROOT/fake/fail"
	run -4 --separate-stderr panel suspend one
	[[ "$stderr" == *'cPanel refused suspendacct: Sorry, '*'[31mnot'* ]]
	[[ "$stderr" != *$'\033'* ]]
	echo accountsummary >"$ROOT/fake/fail"
	run -4 --separate-stderr panel query one
	[ -z "$output" ]
}

@test "an answer that is no JSON is a failure" {
	echo accountsummary >"$ROOT/fake/junk"
	run -5 --separate-stderr panel suspend one
	[[ "$stderr" == *"what cPanel answered: it is no JSON object"* ]]
	run ! grep -q SUSPENDED "$ROOT/var/cpanel/users/joe"
}

@test "numbers may be strings" {
	touch "$ROOT/fake/strings"
	panel suspend one
	panel suspend one mailbox info@example.com
	answers 'done' one
	panel unsuspend one
	answers not-done one
}

@test "a dry run looks and changes nothing" {
	run -0 panel suspend one account joe suspend '' --dry-run
	[[ "$output" == *"would run: $ROOT/usr/local/cpanel/bin/whmapi1 --output=json suspendacct user=joe "* ]]
	calls 1 accountsummary
	calls 0 suspendacct
	[ ! -e "$STATE" ]
}

@test "an account that is not there is told, and of a host without cPanel what is missing" {
	rm "$ROOT/var/cpanel/users/joe"
	run -4 --separate-stderr panel suspend one
	[[ "$stderr" == *"Account does not exist: joe"* ]]
	rm "$ROOT/usr/local/cpanel/bin/whmapi1"
	run -3 --separate-stderr panel suspend one
	[[ "$stderr" == *"there is no '$ROOT/usr/local/cpanel/bin/whmapi1'"* ]]
}

@test "the hook cpanel keeps the contract" {
	mkdir "$BATS_TEST_TMPDIR/hooks"
	install -m 0755 "$TESTS/../etc/hooks/cpanel" "$BATS_TEST_TMPDIR/hooks/cpanel"
	run -0 "$MAILGUARD" hook-test "$BATS_TEST_TMPDIR/hooks" --state "$STATE" --root "$ROOT" --account joe \
		--domain example.com --terminate
	[[ "$output" =~ cpanel\ +account\ +terminate\ +keeps ]]
	[ ! -e "$ROOT/var/cpanel/users/joe" ]
}
