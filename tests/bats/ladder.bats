# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# From log lines to offences, and from those, rung by rung, to suspensions; and all that keeps a policy from them.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC
DAY=86400

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT/etc/mailguard/policies" "$ROOT/var/lib" "$ROOT/var/cpanel/users" "$ROOT/usr/sbin"
	host 1 alice:1001:rita bob:1002:rita carol:1003:sam dan:1004:
	settings ''
	policy
	n_sent=0
	echo "mail:x:8:" >"$ROOT/etc/group"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/sbin/exim" # with an empty queue
	chmod 755 "$ROOT/usr/sbin/exim"
	: >"$ROOT/main.log"
	AT=$((NOW - DAY)) sweep # from here on it acts
}

# host DAY NAME:UID:OWNER...: a cPanel host with these accounts, each with NAME.example, created on a day of 2025.
host() {
	local started name uid owner
	started=$((1735689600 + $1 * DAY))
	shift
	echo "root:x:0:0:root:/root:/bin/sh" >"$ROOT/etc/passwd"
	: >"$ROOT/etc/userdomains"
	: >"$ROOT/etc/trueuserowners"
	for account in "$@"; do
		IFS=: read -r name uid owner <<<"$account"
		echo "$name:x:$uid:$uid::/home/$name:/bin/sh" >>"$ROOT/etc/passwd"
		echo "$name.example: $name" >>"$ROOT/etc/userdomains"
		[ -z "$owner" ] || echo "$name: $owner" >>"$ROOT/etc/trueuserowners"
		[ -e "$ROOT/var/cpanel/users/$name" ] || echo "STARTDATE=$started" >"$ROOT/var/cpanel/users/$name"
	done
}

# settings MORE [DIALECT]
settings() {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		accounts = "cpanel";
		sources = ( { name = "mail"; dialect = "${2-exim}"; log = "/main.log"; } );
		enforce: { by = [ "exim" ]; suspensions = { ${CAPS-sweep = 9; share = 100; owner = 100;} }; };
		$1
	END
}

# policy [RUNGS]: more than five an hour is an offence.
policy() {
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-END
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "mass"; subject = "domain"; limit = 5; warn_at = 80; offence = true; text = "No mass mail."; } );
		  offences: { merge = "12h"; expire = "180d"; };
		  ladder = ( ${1-$RUNGS} ); };
	END
}
RUNGS='{ offence = 1; action = "suspend-mailbox"; }, { offence = 2; action = "suspend-domain"; }, { offence = 3; action = "suspend-account"; }, { offence = 4; action = "terminate"; }'

# MG_TEST_BOOT goes with the clock, but where a test says otherwise.
mg() {
	MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"
}

# sweep: what it says does not matter; the back end's lines are not put in.
sweep() {
	mg sweep -q || [ $? -eq "${WANT-1}" ] || [ $? -eq 1 ]
}

# sends LOGIN N [TIME]: of Exim, to one recipient each.
sends() {
	for ((i = 0; i < $2; i++)); do
		n_sent=$((n_sent + 1))
		printf '%s 1xUzR1-%06d-0M <= %s H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:%s S=100 for c%d@far.test\n' \
			"$(date -u -d "@$((${3-${AT-$NOW}} - 60))" '+%F %T')" $n_sent "$1" "$1" $n_sent
	done >>"$ROOT/main.log"
}

# acts: suspensions and terminations, as "VERB PER:SUBJECT[ waits]".
acts() {
	mg status --actions --json | jq -r '.rows[] | select(.action == "suspend" or .action == "terminate" or .action == "throttle")
		| "\(.action) \(.per):\(.subject)\(if .waits then " waits" else "" end)"' | sort
}

# offences: rows of the ledger, as "EVENT PER:SUBJECT ACCOUNT".
offences() {
	mg ledger list --all --json | jq -r '.rows[] | select(.state == "offence") | "\(.action) \(.per):\(.subject) \(.account)"'
}

release_all() {
	mg release "$1" --reason "settled" || true
}

@test "each rung, from the log line to the suspension" {
	sends joe@alice.example 6
	sweep
	[ "$(acts)" = 'suspend mailbox:joe@alice.example' ]
	[ "$(offences)" = 'offence mailbox:joe@alice.example alice' ]
	mg ledger verify
	AT=$((NOW + DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend domain:alice.example\nsuspend mailbox:joe@alice.example' ]
	AT=$((NOW + 2 * DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend account:alice\nsuspend domain:alice.example\nsuspend mailbox:joe@alice.example' ]
	AT=$((NOW + 3 * DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend account:alice\nsuspend domain:alice.example\nsuspend mailbox:joe@alice.example\nterminate account:alice waits' ]
	[ "$(offences | wc -l)" = 4 ]
	mg ledger verify
}

@test "what is found of one incident is one offence, and stops each mailbox that did it" {
	sends joe@alice.example 6
	sweep
	AT=$((NOW + 3600))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend mailbox:jim@alice.example\nsuspend mailbox:joe@alice.example' ]
	[ "$(offences)" = $'offence mailbox:joe@alice.example alice\njoined mailbox:jim@alice.example alice' ]
	run -0 mg offence list alice --json
	[ "$(jq -c '.rows[] | [.findings, .strike, .next, .state]' <<<"$output")" = '[2,1,"suspend-domain","counts"]' ]
	DOC=$BATS_TEST_TMPDIR/doc.json
	echo "$output" >"$DOC"
	KIND=offences validate
	mg ledger list --all --json >"$DOC"
	KIND=ledger validate
}

@test "a stranger's offence is stopped and is no strike, and a person says which it was" {
	sends joe@alice.example 6
	sweep
	id=$(mg offence list --json | jq -r '.rows[].id')
	run -2 mg offence cause "$id" compromised
	run -2 mg offence cause "$id" stolen --reason x
	run -2 mg offence cause 0000 compromised --reason x
	run -0 mg offence cause "${id:0:6}" compromised --reason "the password was stolen"
	AT=$((NOW + DAY))
	run -0 mg offence list
	[[ "$output" == *"no strike"* ]]
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend mailbox:jim@alice.example\nsuspend mailbox:joe@alice.example' ]
	mg offence cause "$id" deliberate --reason "it was not"
	AT=$((NOW + 2 * DAY))
	sends kim@alice.example 6
	sweep
	[[ "$(acts)" == 'suspend account:alice'* ]]
	mg offence withdraw "$id" --reason "our mistake"
	run -2 mg offence withdraw "$id" --reason again
	[ "$(AT=$((NOW + 2 * DAY)) mg offence list --json | jq -c '[.rows[] | .strike]')" = '[null,1,2]' ]
	mg ledger verify
}

@test "an offence is forgiven once its time is over" {
	sends joe@alice.example 6
	sweep
	AT=$((NOW + 181 * DAY)) MG_TEST_BOOT=$((NOW + 181 * DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend mailbox:jim@alice.example\nsuspend mailbox:joe@alice.example' ]
}

@test "a warning near the limit is an act, and stops nothing" {
	sends joe@alice.example 5
	sweep
	[ "$(mg ledger list --all --json | jq -c '[.rows[] | select(.state == "intent") | [.action, .subject]]')" = '[["warn","alice.example"]]' ]
	[ "$(acts)$(offences)" = '' ]
}

@test "rungs that warn and throttle" {
	policy '{ offence = 1; action = "warn"; }, { offence = 2; action = "throttle"; for = "2h"; }'
	sends joe@alice.example 6
	sweep
	[ "$(acts)" = '' ]
	[ "$(mg ledger list --all --json | jq -c '[.rows[] | select(.state == "intent") | [.action, .per, .subject]]')" = '[["warn","account","alice"]]' ]
	AT=$((NOW + DAY))
	sends joe@alice.example 6
	sweep
	[ "$(acts)" = 'throttle mailbox:joe@alice.example' ]
}

@test "A05 A06 who is not in the tables, and who is named by somebody else, commits nothing" {
	sends 'joe x@alice.example' 6
	for ((i = 0; i < 6; i++)); do
		printf '2026-03-01 23:30:00 1xUzR1-9%05d-0M <= joe@alice.example U=bob P=local S=100 for c%d@far.test\n' "$i" "$i"
	done >>"$ROOT/main.log"
	sweep
	[[ "$(offences)" == *' bob' ]]
	[[ "$(offences)$(acts)" != *alice* ]]
}

@test "A15 an account with the name and number of a deleted one begins with no strike" {
	sends joe@alice.example 6
	sweep
	rm "$ROOT/var/cpanel/users/alice"
	host 200 alice:1001:rita bob:1002:rita carol:1003:sam dan:1004:
	AT=$((NOW + DAY))
	sends joy@alice.example 6
	sweep
	[ "$(acts)" = 'suspend mailbox:joy@alice.example' ]
	[ "$(mg offence list --json | jq -c '[.rows[] | .strikes]')" = '[1,1]' ]
}

@test "A15 what an account did before it was created is nobody's offence" {
	sends joe@alice.example 6
	rm "$ROOT/var/cpanel/users/alice"
	echo "STARTDATE=$NOW" >"$ROOT/var/cpanel/users/alice"
	sweep
	[ "$(acts)" = '' ]
	[ "$(mg offence list --json | jq -r '.rows[].state')" = 'the account is another one by now' ]
}

@test "A16 strikes are those of the owner at that time, and stay with the account" {
	sends joe@alice.example 6
	sweep
	sed -i 's/^alice: rita/alice: sam/' "$ROOT/etc/trueuserowners"
	AT=$((NOW + DAY))
	sends joe@alice.example 6 "$((NOW + DAY))"
	sweep
	[ "$(mg offence list owner:rita --json | jq '.rows | length')" = 1 ]
	[ "$(mg offence list owner:sam --json | jq '.rows | length')" = 1 ]
	[[ "$(acts)" == *'suspend domain:alice.example'* ]]
}

@test "A07 what every local user can write suspends nobody, unless it is trusted by name" {
	settings '' syslog
	for ((i = 0; i < 6; i++)); do
		printf 'Mar  1 23:30:00 h postfix/smtpd[1]: 4B1D00000%d: client=x[192.0.2.7], sasl_method=PLAIN, sasl_username=joe@alice.example\n' "$i"
		printf 'Mar  1 23:30:00 h postfix/qmgr[1]: 4B1D00000%d: from=<joe@alice.example>, size=100, nrcpt=1 (queue active)\n' "$i"
	done >"$ROOT/main.log"
	cp -r "$ROOT/var/lib/mailguard" "$BATS_TEST_TMPDIR/before"
	run --separate-stderr mg sweep
	[[ "$stderr" == *"1 offence is only observed: from a log that every local user can write"* ]]
	[ "$(acts)" = '' ]
	rm -r "$ROOT/var/lib/mailguard"
	cp -r "$BATS_TEST_TMPDIR/before" "$ROOT/var/lib/mailguard"
	settings 'trust = [ "syslog" ];' syslog
	sweep
	[ "$(acts)" = 'suspend mailbox:joe@alice.example' ]
}

@test "A57 more than a sweep may suspend waits, and so does all that comes after, until a person looked" {
	CAPS='sweep = 2; share = 100; owner = 100;' settings ''
	for a in alice bob carol; do
		sends "joe@$a.example" 6
	done
	run -6 --separate-stderr mg sweep
	[[ "$stderr" == *"suspensions wait for a person"* ]]
	[ "$(acts | grep -c waits)" = 1 ]
	run -1 mg status
	[[ "$output" == *"1 suspension of policies waits for a person"* ]]
	AT=$((NOW + 7200))
	sends joe@dan.example 6
	run -6 mg sweep
	[ "$(acts | grep -c waits)" = 2 ]
	for id in $(mg status --actions --json | jq -r '.rows[] | select(.waits) | .id'); do
		mg undo "$id" --reason "looked at it" || true
	done
	AT=$((NOW + DAY))
	sends jim@dan.example 6
	sweep
	[[ "$(acts)" == *'suspend domain:dan.example'* && "$(acts)" != *waits* ]]
}

@test "of what is no termination one approval is enough, and a second one is told so; the others go on waiting" {
	local id ids
	CAPS='sweep = 1; share = 100; owner = 100;' settings ''
	for a in alice bob carol; do
		sends "joe@$a.example" 6
	done
	run -6 mg sweep -q
	[ "$(acts | grep -c waits)" = 2 ]
	mapfile -t ids < <(mg status --actions --json | jq -r '.rows[] | select(.waits) | .id')
	id=${ids[0]}
	run -2 mg approve "$id" --reason "seen" --account alice
	[[ "$output" == *"--account and --code are for terminations; this is a suspend"* ]]
	MG_TEST_LOGIN=1001 run -0 mg approve "$id" --reason "seen by one"
	[ "$(acts | grep -c waits)" = 1 ]
	MG_TEST_LOGIN=1002 run -2 mg approve "$id" --reason "seen by another"
	[[ "$output" == *"does not wait for approval: it is in force, or over"* ]]
	run -2 mg approve "${ids[@]}" --reason "all at once"
	[ "$(acts | grep -c waits)" = 1 ]
	[ "$(mg why "$id" --json | jq '[.actions[0].marks[] | select(.mark == "approved")] | length')" = 1 ]
	MG_TEST_LOGIN=1002 run -0 mg approve "${ids[1]}" --reason "seen by another"
	[ "$(acts | grep -c waits)" = 0 ]
	# Nothing waits any more, so policies go on.
	AT=$((NOW + DAY))
	sends joe@dan.example 6
	sweep
	[[ "$(acts)" == *'suspend mailbox:joe@dan.example' ]]
	mg ledger verify
}

@test "A57 the numbers of a day, of an owner and the share of the accounts" {
	while read -r set second; do
		CAPS=$set settings ''
		rm -rf "$ROOT/var/lib/mailguard"
		: >"$ROOT/main.log"
		AT=$((NOW - DAY)) sweep
		sends joe@alice.example 6
		sweep
		[ "$(acts)" = 'suspend mailbox:joe@alice.example' ]
		AT=$((NOW + 1800))
		sends "joe@$second.example" 6
		sweep
		[ "$(acts | grep -c waits)" = 1 ] || { echo "$set"; acts; return 1; }
		AT=$NOW
	done <<-'END'
		day=1;share=100;owner=9; carol
		owner=1;share=100; bob
		share=25;owner=9; carol
	END
}

@test "A57 two mailboxes of one owner do not stop the suspensions of everybody" {
	CAPS='owner = 1; share = 100; day = 9;' settings ''
	sends joe@alice.example 6
	sends joe@bob.example 6
	sends joe@carol.example 6
	run mg sweep
	[ "$(acts | grep -c waits)" = 1 ]
	[[ "$(acts)" == *$'suspend mailbox:joe@carol.example\n'* || "$(acts)" == *'suspend mailbox:joe@carol.example' ]]
	AT=$((NOW + 1800))
	sends joe@dan.example 6
	run mg sweep
	[ "$(acts | grep -c waits)" = 1 ]
}

@test "who is protected is suspended by a person only" {
	settings 'protected = [ "owner:rita" ];'
	sends joe@alice.example 6
	sends joe@carol.example 6
	sweep
	[ "$(acts)" = $'suspend mailbox:joe@alice.example waits\nsuspend mailbox:joe@carol.example' ]
	run mg why joe@alice.example
	[[ "$output" == *"It waits: it is protected"* ]]
}

@test "A58 the first sweep, and what is old, are only observed" {
	rm -r "$ROOT/var/lib/mailguard"
	sends joe@alice.example 6
	run --separate-stderr mg sweep
	[[ "$stderr" == *"1 offence is only observed: from before the first sweep that acts"* ]]
	AT=$((NOW + DAY))
	sends jim@alice.example 6 "$((NOW + DAY - 3 * 3600))"
	run --separate-stderr mg sweep
	[[ "$stderr" == *"1 offence is only observed: found too late to act on"* ]]
	[ "$(acts)" = '' ]
	[ "$(mg offence list --json | jq -c '[.rows[] | .strike]')" = '[null,null]' ]
}

@test "A59 after the clock was set nothing is suspended for two hours" {
	AT=$((NOW + 300)) MG_TEST_BOOT=$NOW
	export MG_TEST_BOOT
	run --separate-stderr mg sweep
	[[ "$stderr" != *"the clock of this host"* ]] || false
	MG_TEST_BOOT=$((NOW + 60))
	AT=$((NOW + 700))
	sends joe@alice.example 6
	run -1 --separate-stderr mg sweep
	[[ "$stderr" == *"the clock of this host was set by more than 5 minutes"* ]]
	[[ "$stderr" == *"1 offence is only observed: the clock of the host jumped"* ]]
	[ "$(acts)" = '' ]
	run -1 mg status
	[[ "$output" == *"the clock of the host was set"* ]]
	AT=$((NOW + 700 + 7201)) MG_TEST_BOOT=$((NOW + 60 + 7201))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = 'suspend mailbox:jim@alice.example' ]
}

@test "one sweep, seven, and one after a crash come to the same offences and acts" {
	local want part
	policy '{ offence = 1; action = "suspend-mailbox"; }, { offence = 2; action = "suspend-domain"; }'
	for who in joe@alice joe@bob jim@bob kim@carol; do
		sends "$who.example" 6
	done
	cp "$ROOT/main.log" "$BATS_TEST_TMPDIR/all"
	cp -r "$ROOT/var/lib/mailguard" "$BATS_TEST_TMPDIR/before"
	sweep
	want=$(acts; offences | sort)
	[ "$(acts | wc -l)" -ge 3 ]
	again() {
		rm -r "$ROOT/var/lib/mailguard"
		cp -r "$BATS_TEST_TMPDIR/before" "$ROOT/var/lib/mailguard"
		: >"$ROOT/main.log"
	}
	again
	for part in 4 8 11 15 18 20 24; do
		head -n $part "$BATS_TEST_TMPDIR/all" >"$ROOT/main.log"
		sweep
	done
	[ "$(acts; offences | sort)" = "$want" ]
	for nth in 1 3 6 10 15 21 28; do
		again
		cp "$BATS_TEST_TMPDIR/all" "$ROOT/main.log"
		MG_TEST_NOW=$NOW strace -f -qq -o /dev/null -e trace=pwrite64,fdatasync \
			-e "inject=pwrite64:signal=KILL:when=$nth" "$MAILGUARD-test" sweep -q --root "$ROOT" >/dev/null 2>&1 || true
		sweep
		[ "$(acts; offences | sort)" = "$want" ]
		mg ledger verify >/dev/null
	done
}

@test "a log that was cut is only observed, in the sweep that sees it" {
	sends info@dan.example 3
	sweep
	: >"$ROOT/main.log"
	sends joe@alice.example 6
	run -1 --separate-stderr mg sweep
	[[ "$stderr" == *"1 offence is only observed: from a log that is not understood, or has a gap"* ]]
	[ "$(acts)" = '' ]
}

# begun: suspensions that a policy began by itself, as "TIME ACCOUNT OWNER".
begun() {
	mg ledger list --all --json | jq -r '.rows[] | select(.state == "intent" and .action == "suspend") | .id as $id
		| "\(.made_at | fromdate) \(.account) \(.owner) \(.id)"' | while read -r line; do
		grep -q "${line##* }" <<<"$waiting" || echo "$line"
	done
}

@test "A57 random sweeps, killed and two at once, never begin more than the numbers" {
	local CAPS='sweep = 2; day = 4; owner = 1; share = 50.0;' names=(alice bob carol dan) waiting='' step who
	RANDOM=6
	settings ''
	for ((step = 0; step < 30; step++)); do
		AT=$((NOW + step * 1200))
		for who in "${names[@]}"; do
			((RANDOM % 4)) || sends "m$((RANDOM % 5))@$who.example" 6
		done
		case $((RANDOM % 3)) in
		0) MG_TEST_NOW=$AT strace -f -qq -o /dev/null -e trace=pwrite64 -e "inject=pwrite64:signal=KILL:when=$((RANDOM % 30 + 1))" \
			"$MAILGUARD-test" sweep -q --root "$ROOT" >/dev/null 2>&1 || true ;;
		1)
			mg sweep -q >/dev/null 2>&1 &
			mg sweep -q >/dev/null 2>&1 || true
			wait $! || true
			;;
		*) mg sweep -q >/dev/null 2>&1 || true ;;
		esac
		waiting+=$(mg status --actions --json | jq -r '.rows[] | select(.waits) | .id')$'\n'
		# A person drops what waits now and then, and the policy goes on.
		((step % 6)) || for id in $(mg status --actions --json | jq -r '.rows[] | select(.waits) | .id'); do
			mg undo "$id" --reason "random" >/dev/null 2>&1 || true
		done
	done
	begun >"$BATS_TEST_TMPDIR/begun"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/begun")" -ge 2 ]
	awk '{ at[NR] = $1; account[NR] = $2; owner[NR] = $3
		minute = day = hour = n = 0; split("", seen)
		for (i = 1; i <= NR; i++) {
			minute += at[i] > $1 - 60
			day += at[i] > $1 - 86400
			hour += $3 != "null" && owner[i] == $3 && at[i] > $1 - 3600
			if (at[i] > $1 - 86400 && !seen[account[i]]++) n++
		}
		if (minute > 2 || day > 4 || hour > 1 || n > 2) { print "exceeded at " $0; exit 1 } }' "$BATS_TEST_TMPDIR/begun"
	mg ledger verify
}

@test "A61 an account that the ladder suspended and a reseller lets go is begun once more, and then left" {
	policy '{ offence = 1; action = "suspend-account"; }'
	mkdir -p "$ROOT/etc/mailguard/hooks.d"
	cat >"$ROOT/etc/mailguard/hooks.d/panel" <<-END
		#!/bin/sh
		case \$1 in
		suspend) echo "\$MAILGUARD_NAME" >>$ROOT/effects; : >$ROOT/locked ;;
		query) if [ -e $ROOT/locked ]; then echo done; else echo not-done; fi ;;
		*) exit 64 ;;
		esac
	END
	chmod 755 "$ROOT/etc/mailguard/hooks.d/panel"
	sends joe@alice.example 6
	sweep
	[ "$(acts)" = 'suspend account:alice' ]
	for n in 1 2; do
		rm "$ROOT/locked"
		AT=$((NOW + 60 * n)) run -4 mg sweep -q
		[[ "$output" == *"suspend account:alice ("*"was taken back"* ]]
	done
	for n in {3..9}; do
		AT=$((NOW + 60 * n)) run -1 mg sweep -q
		[[ "$output" == *"not carried out by 1 hook"* ]]
	done
	[ "$(paste -sd' ' "$ROOT/effects")" = "alice alice" ]
	[ "$(mg ledger list --all --json | jq '[.rows[] | select(.action == "drifted")] | length')" = 2 ]
	AT=$((NOW + 600)) run -1 mg status
	[[ "$output" == *"- suspend account:alice: hook:panel is stuck, and a person must look: somebody else took it back; 'mailguard undo "* ]]
}

# standing OF: strikes, rung reached, next rung and how many more lead there.
standing() {
	mg why "$1" --json | jq -r '.standing[] | "\(.account) \(.strikes) \(.reached.action) \(.next.action) \(.more) \(.clauses | join(","))"'
}

@test "why tells which offences count and until when, the rung reached, the next one and what leads there" {
	[ "$(standing account:alice)" = '' ]
	sends joe@alice.example 6
	sends joe@bob.example 6
	sweep
	AT=$((NOW + DAY))
	sends jim@alice.example 6
	sweep
	[ "$(standing account:alice)" = 'alice 2 suspend-domain suspend-account 1 mass' ]
	# Whatever is asked about: the account of it, and no other.
	[ "$(standing joe@alice.example)" = 'alice 2 suspend-domain suspend-account 1 mass' ]
	[ "$(standing alice.example)" = 'alice 2 suspend-domain suspend-account 1 mass' ]
	[ "$(standing owner:rita | cut -d' ' -f1,2 | sort | paste -sd' ')" = 'alice 2 bob 1' ]
	[ "$(standing carol.example)" = '' ]
	run -0 mg why account:alice --utc
	[[ "$output" == *'account alice (uid 1001), ladder of policy p'*'strikes   2'*' by mailbox:joe@alice.example: counts, until 2026-08-28'*' by mailbox:jim@alice.example: counts, until'*'reached   suspend-domain'*'next      suspend-account, with 1 more offence before 2026-08-28'*'(mass)'* ]]
	DOC=$BATS_TEST_TMPDIR/why.json
	mg why account:alice --json >"$DOC"
	KIND=why validate
	# What a person says of one changes where the account stands.
	mg offence cause "$(mg offence list account:alice --json | jq -r '.rows[0].id')" compromised --reason 'stolen password'
	[ "$(standing account:alice)" = 'alice 1 suspend-mailbox suspend-domain 1 mass' ]
	[ "$(mg why account:alice --json | jq -c '[.standing[0].offences[] | [.state, .counts]]')" = '[["no strike",false],["counts",true]]' ]
	AT=$((NOW + 200 * DAY))
	[ "$(standing account:alice)" = 'alice 0 null suspend-mailbox 1 mass' ]
	[ "$(mg why account:alice --json | jq -c '[.standing[0].offences[].state] | unique')" = '["forgiven"]' ]
}

@test "at the last rung nothing is further, and a mistake in a policy keeps nobody from what was found" {
	policy '{ offence = 1; action = "suspend-mailbox"; }'
	sends joe@alice.example 6
	sweep
	[ "$(standing account:alice)" = 'alice 1 suspend-mailbox null 0 mass' ]
	run -0 mg why account:alice
	[[ "$output" == *'no rung is further'* ]]
	echo 'policy: { name = 1; };' >"$ROOT/etc/mailguard/policies/p.conf"
	run -0 --separate-stderr mg why account:alice
	[[ "$stderr" == *'p.conf'*'continuing'* ]]
	[[ "$output" == *'strikes   1'*'no policy of that name is in force'* ]]
}

@test "A15 an account made anew under the same name and user id gets no effect that was meant for the other one, nor its end" {
	policy '{ offence = 1; action = "suspend-account"; }'
	mkdir -p "$ROOT/etc/mailguard/hooks.d"
	cat >"$ROOT/etc/mailguard/hooks.d/panel" <<-END
		#!/bin/sh
		case \$1 in
		query) echo not-done ;;
		notify) exit 64 ;;
		*) echo "\$1 \$MAILGUARD_NAME" >>$ROOT/effects; exit 75 ;;
		esac
	END
	chmod 755 "$ROOT/etc/mailguard/hooks.d/panel"
	sends joe@alice.example 6
	sends ann@bob.example 6
	WANT=4 sweep
	[ "$(sort "$ROOT/effects")" = $'suspend alice\nsuspend bob' ]
	run -4 mg unsuspend account:bob --reason "a mistake"
	[ "$(tail -n 1 "$ROOT/effects")" = "unsuspend bob" ]

	rm "$ROOT/effects"
	sed -i 's/STARTDATE=.*/STARTDATE=1772300000/' "$ROOT/var/cpanel/users/alice" "$ROOT/var/cpanel/users/bob"
	AT=$((NOW + 600)) run -1 mg sweep -q
	[[ "$output" == *"the account of that name is another one by now (uid 1001, created 1772300000, not uid 1001, created 1735776000)"* ]]
	[[ "$output" == *"(uid 1002, created 1772300000, not uid 1002, created 1735776000)"* ]]
	[ ! -e "$ROOT/effects" ]
	[ "$(acts)" = '' ]
	AT=$((NOW + 9000)) sweep
	[ ! -e "$ROOT/effects" ]
}

@test "what a policy that wants an incident form suspended is lifted for one; what a person did is not asked about" {
	local form=$BATS_TEST_TMPDIR/form conf=$ROOT/etc/mailguard/policies/p.conf
	sends joe@alice.example 6
	sweep
	mg suspend jim@alice.example --reason 'a person did'
	sed -i 's/offences:/incident = true; &/' "$conf"
	run -2 mg unsuspend joe@alice.example --reason cleaned
	[[ "$output" == *"policy 'p': --incident FILE is needed here"* ]]
	mg unsuspend jim@alice.example --reason 'no form'
	printf 'Mechanism: a\nSteps taken: b\nMailing policy: c\n' >"$form"
	mg unsuspend joe@alice.example --reason 'with a form' --incident "$form"
	[ "$(acts)" = '' ]
	# A policy of another name asks for nothing; one that cannot be read may.
	AT=$((NOW + DAY))
	sends ann@bob.example 6
	sweep
	sed -i 's/name = "p"/name = "q"/' "$conf"
	mv "$conf" "$conf.off"
	echo 'policy: { name = 1; };' >"$conf"
	run -3 mg unsuspend ann@bob.example --reason cleaned
	[ "$(acts)" = 'suspend mailbox:ann@bob.example' ]
	mv "$conf.off" "$conf"
	mg unsuspend ann@bob.example --reason cleaned
	[ "$(acts)" = '' ]
}
