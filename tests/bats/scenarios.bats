# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; hooks are written in single quotes
#
# Each rung of a ladder, from the lines of a log to what it does, and back by undo: what a hook was told, what is in force,
# the one letter, the evidence as other programs see it, what why says of it, and that it does not come again. One table, one way.

bats_require_minimum_version 1.5.0

load ../helper
load ../effects

DAY=86400

setup() {
	effects_setup
	hook told "$(telling)"
	rm "$HOOKS/count"
	echo 'mail:x:8:' >"$ROOT/etc/group"
	mkdir -p "$ROOT/usr/sbin"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/sbin/exim" # with an empty queue
	chmod 755 "$ROOT/usr/sbin/exim"
	cat >>"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		enforce: { by = [ "exim" ]; suspensions = { sweep = 9; share = 100; owner = 100; }; terminations = { allowed = true; }; };
		notices: { customers = true; };
	END
	echo 'alice: alice@far.example' >"$ROOT/etc/mailguard/contacts"
	printf '#!/bin/sh\ncat >>%s/mail\n' "$ROOT" >"$ROOT/usr/sbin/sendmail"
	chmod 755 "$ROOT/usr/sbin/sendmail"
	n_sent=0
	AT=$((NOW - DAY)) sweep # from here on it acts
}

# telling: a hook that keeps the contract for all that is begun and ended; a line "VERB SUBJECT" for each effect.
telling() {
	cat <<-'END'
		is() { grep -q "^$1 .* $MAILGUARD_KEY\$" "$D/effects" 2>/dev/null; }
		case $1 in
		query) of=$MAILGUARD_OF
			case $of in suspend) if is suspend && ! is unsuspend; then echo done; else echo not-done; fi ;;
			*) if is "$of"; then echo done; else echo not-done; fi ;; esac ;;
		warn | suspend | unsuspend | terminate) is "$1" || echo "$1 $MAILGUARD_SUBJECT $MAILGUARD_KEY" >>"$D/effects" ;;
		*) exit 64 ;;
		esac
	END
}

# told: what hooks did, in order.
told() { cut -d' ' -f1,2 "$EFFECTS" 2>/dev/null | paste -sd' '; }

# ladder RUNG...
ladder() {
	local rungs='' i=0 rung
	for rung in "$@"; do
		i=$((i + 1))
		rungs+="${rungs:+, }{ offence = $i; action = \"$rung\"; $([ "$rung" != throttle ] || echo 'for = "2h";') }"
	done
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-END
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "mass"; subject = "domain"; limit = 5; offence = true; text = "No mass mail."; } );
		  offences: { merge = "12h"; expire = "180d"; }; ladder = ( $rungs ); };
	END
}

# sweep: nobody put Exim's lines in, which it says.
sweep() { mg sweep -q || [ $? -eq 1 ]; }

# burst: six mails of joe, now, and a sweep.
burst() {
	local i
	for ((i = 0; i < 6; i++)); do
		n_sent=$((n_sent + 1))
		printf '%s 1xUzR1-%06d-0M <= joe@a.example H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:joe@a.example S=100 for c%d@far.test\n' \
			"$(date -u -d "@$((${AT-$NOW} - 60))" '+%F %T')" $n_sent $n_sent
	done >>"$ROOT/main.log"
	sweep
}

in_force() { mg status --actions --json | jq -r '.rows[] | "\(.action) \(.per):\(.subject)"' | sort; }
the() { mg status --actions --json | jq -r --arg a "$1" '.rows[] | select(.action == $a).id'; }

# proven SUBJECT: the one bundle of it is what other programs say it is too, and ends in the burst.
proven() {
	local bundle dir=$BATS_TEST_TMPDIR/out name
	bundle=$(mg evidence list --json | jq -r '.rows | last | .name')
	mg evidence key >"$BATS_TEST_TMPDIR/key.pub"
	mkdir -p "$dir"
	name=$bundle bundle=$ROOT/var/lib/mailguard/evidence/$bundle.tar.gz
	bsdtar -xf "$bundle" -C "$dir"
	(cd "$dir/$name" && sha256sum --quiet -c SHA256SUMS)
	minisign -Vq -p "$BATS_TEST_TMPDIR/key.pub" -m "$bundle"
	signify-openbsd -Vq -p "$BATS_TEST_TMPDIR/key.pub" -m "$bundle" -x "$bundle.minisig"
	cat "$dir/$name"/log/*.log | tail -n 6 | cmp - <(tail -n 6 "$ROOT/main.log")
	[ "$(jq -r '"\(.per):\(.subject)"' "$dir/$name/manifest.json")" = "$1" ]
	mg why "$1" | grep -q "$(sha256sum <"$bundle" | cut -c1-16)"
}

# rung ACTION SUBJECT TOLD TAKEN_BACK: from lines to the consequence, and back; what is told and taken back are effects of hooks.
rung() {
	local action=$1 subject=$2 verb=${1%%-*} id
	ladder "$action"
	burst
	[ "$(in_force)" = "$verb $subject" ]
	[ "$(told)" = "$3" ]
	[ "$verb" = throttle ] || proven "$subject"
	run -0 mg why "$subject"
	[[ "$output" == *"$verb $subject"*"Strike 1 "*"mass"* ]]
	[[ "$output" == *"evidence "*"started "*"by hook:told"*"done "* || $verb = throttle ]]
	AT=$((NOW + 60)) sweep
	id=$(the "$verb")
	[[ "$(grep -E '^(To|Subject): ' "$ROOT/mail")" == "To: alice@far.example"$'\n'"Subject: Outgoing e-mail is "*" [$id]" ]]
	AT=$((NOW + 90)) run -0 mg undo "$id" --reason "looked at it"
	[ "$(told)" = "$3${4:+ $4}" ]
	[ -z "$(AT=$((NOW + 90)) in_force)" ]
	AT=$((NOW + 120)) sweep
	AT=$((NOW + 3700)) sweep
	[ "$(told)" = "$3${4:+ $4}" ]
	[ -z "$(AT=$((NOW + 3700)) in_force)" ]
	run -0 mg why "$subject"
	[[ "$output" == *"released "*": looked at it"*"now       over"* ]]
	run -0 mg ledger verify
}

@test "a throttle, and back" {
	rung throttle mailbox:joe@a.example '' ''
}

@test "a mailbox is suspended, and back" {
	rung suspend-mailbox mailbox:joe@a.example 'suspend mailbox:joe@a.example' 'unsuspend mailbox:joe@a.example'
}

@test "a domain is suspended, and back" {
	rung suspend-domain domain:a.example 'suspend domain:a.example' 'unsuspend domain:a.example'
}

@test "an account is suspended, and back" {
	rung suspend-account account:alice 'suspend account:alice' 'unsuspend account:alice'
}

@test "a warning, and back" {
	ladder warn
	burst
	run -0 mg why account:alice
	[[ "$output" == *"warn account:alice"*"Strike 1 "*"now       in force"*"reached   warn"* ]]
	run -0 mg undo "$(mg why account:alice --json | jq -r '.actions[] | select(.action == "warn").id')" --reason "looked at it"
	AT=$((NOW + 60)) sweep
	[ -z "$(told)$(in_force)" ]
	[[ "$(grep -E '^(To|Subject): ' "$ROOT/mail")" == "To: alice@far.example"$'\n'"Subject: Your e-mail "* ]]
	run -0 mg why account:alice
	[[ "$output" == *"released "*": looked at it"*"now       over"* ]]
	run -0 mg ledger verify
}

# suspended_then_to_go: by two bursts, a day apart.
suspended_then_to_go() {
	ladder suspend-account terminate
	burst
	proven account:alice
	AT=$((NOW + DAY)) burst
	AT=$((NOW + DAY)) proven account:alice
}

missing() { mg status --actions --json | jq -r '.rows[] | select(.action == "terminate").missing'; }

@test "a termination waits, and back" {
	suspended_then_to_go
	[ "$(in_force)" = $'suspend account:alice\nterminate account:alice' ]
	AT=$((NOW + DAY + 30)) sweep
	[[ "$(AT=$((NOW + DAY + 30)) missing)" == "2 of 2 approvals; "*" of grace; "*"sweeps that see it suspended" ]]
	AT=$((NOW + DAY)) run -0 mg undo "$(the terminate)" --reason "looked at it"
	AT=$((NOW + DAY + 60)) sweep
	[ "$(in_force)" = 'suspend account:alice' ]
	AT=$((NOW + DAY + 60)) run -0 mg undo "$(the suspend)" --reason "looked at it"
	AT=$((NOW + DAY + 120)) sweep
	[ "$(told)" = 'suspend account:alice unsuspend account:alice' ]
	[ -z "$(in_force)" ]
	run -0 mg ledger verify
}

# approves UID: that person does, of the account's name and the code that was shown.
approves() {
	local code
	code=$(MG_TEST_LOGIN=999 mg approve "$(the terminate)" --reason x 2>&1 </dev/null | sed -n 's/.*and --code //p')
	MG_TEST_LOGIN=$1 mg approve "$(the terminate)" --reason seen --account alice --code "$code"
}

@test "a termination that two people approved is carried out after its grace, once, and there is no way back" {
	local day id
	suspended_then_to_go
	hook told "$(telling | sed 's|^warn .suspend|terminate) is terminate \|\| { echo "terminate $MAILGUARD_SUBJECT $MAILGUARD_KEY" >>"$D/effects"; sed -i "/alice/d" "$D/etc/passwd" "$D/etc/mailguard/domains" "$D/etc/mailguard/document-roots"; } ;;\n&|')"
	id=$(the terminate)
	AT=$((NOW + DAY + 60)) sweep
	AT=$((NOW + DAY + 60)) approves 1001
	AT=$((NOW + DAY + 60)) run -2 approves 1001
	AT=$((NOW + DAY + 60)) approves 1002
	for day in {2..31}; do
		AT=$((NOW + day * DAY)) sweep
	done
	[ "$(told)" = 'suspend account:alice' ] # too few sweeps saw it
	sqlite3 "$ROOT/var/lib/mailguard/state.db" "UPDATE meta SET value = 300 WHERE name LIKE 'sweeps %'"
	for day in 32 33 34; do
		AT=$((NOW + day * DAY)) sweep
	done
	[ "$(told)" = 'suspend account:alice terminate account:alice' ]
	[ -z "$(in_force)" ]
	run -2 mg undo "$id" --reason x
	[[ "$output" == *"removed the account, which cannot be undone"* ]]
	run -0 mg evidence verify "$ROOT"/var/lib/mailguard/evidence/*-terminate-*.tar.gz
	run -0 mg ledger verify
}

@test "the same incident gives the same evidence, to the byte" {
	local bundle
	ladder suspend-account
	mg evidence keygen
	cp -a "$ROOT/var" "$BATS_TEST_TMPDIR/before"
	burst
	bundle=$(echo "$ROOT"/var/lib/mailguard/evidence/*.tar.gz)
	cp "$bundle" "$bundle.minisig" "$BATS_TEST_TMPDIR/"
	rm -rf "${ROOT:?}/var" "$EFFECTS"
	cp -a "$BATS_TEST_TMPDIR/before" "$ROOT/var"
	: >"$ROOT/main.log" # the same file: a bundle tells its inode
	n_sent=0
	burst
	cmp "$bundle" "$BATS_TEST_TMPDIR/${bundle##*/}"
	cmp "$bundle.minisig" "$BATS_TEST_TMPDIR/${bundle##*/}.minisig"
}
