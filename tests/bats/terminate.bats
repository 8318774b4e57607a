# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; hooks are written in single quotes
#
# The removal of an account: all that it waits for, who may approve it, and that a sweep does it once. The hook writes a
# line for each effect it has, so that two are seen.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC
DAY=86400

setup() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	EFFECTS=$ROOT/effects
	HOOKS=$ROOT/etc/mailguard/hooks.d
	mkdir -p "$ROOT"/{etc/mailguard/policies,usr/sbin,var/lib} "$HOOKS"
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	echo 'alice: alice@far.example' >"$ROOT/etc/mailguard/contacts"
	printf '#!/bin/sh\ncat >>%s/mail\n' "$ROOT" >"$ROOT/usr/sbin/sendmail"
	chmod 755 "$ROOT/usr/sbin/sendmail"
	: >"$ROOT/main.log"
	settings
	hook count "$(counting)"
}

# settings [MORE]
settings() {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
		hooks: { limit = "2s"; grace = "1s"; };
		enforce: { ${ENFORCE-terminations = { allowed = true; \};} };
		notices: { customers = true; };
		${1-}
	END
}

# hook NAME TEXT
hook() {
	printf '#!/bin/sh\nD=%s\n%s\n' "$ROOT" "$2" >"$HOOKS/$1"
	chmod 755 "$HOOKS/$1"
}

# counting: a hook that keeps the contract; with the account go its lines in the tables.
counting() {
	cat <<-'END'
		key=$MAILGUARD_KEY
		did() { grep -qx "$1 $key" "$D/effects" 2>/dev/null; }
		case $1 in
		query) case $MAILGUARD_OF in
			suspend) if did suspend && ! did unsuspend; then echo done; else echo not-done; fi ;;
			unsuspend) if did unsuspend; then echo done; else echo not-done; fi ;;
			terminate) if did terminate; then echo done; else echo not-done; fi ;;
			*) echo unknown ;;
			esac ;;
		suspend | unsuspend) did "$1" || echo "$1 $key" >>"$D/effects" ;;
		terminate) did terminate || { echo "terminate $key" >>"$D/effects"; gone; } ;;
		*) exit 64 ;;
		esac
	END
}

# gone: what hooks call that remove an account.
gone() {
	printf 'gone() { for f in passwd mailguard/domains mailguard/document-roots; do sed -i "/^alice:/d;/: *alice/d;/home.alice/d" "$D/etc/$f"; done; }\n'
}

mg() {
	MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"
}

# later SECONDS: a sweep then.
later() { AT=$((NOW + $1)) mg sweep -q; }

effects() { cut -d' ' -f1 "$EFFECTS" | paste -sd' '; }

# the [ACTION]: id of the last one of that kind.
the() { mg why account:alice --json | jq -r --arg a "${1-terminate}" '[.actions[] | select(.action == $a)] | last | .id'; }

marks() {
	mg why account:alice --json | jq -r --arg a "${1-terminate}" '[.actions[] | select(.action == $a)] | last | [.marks[].mark] | join(" ")'
}

missing() { mg status --actions --json | jq -r '.rows[] | select(.action == "terminate").missing'; }

# code [ID]: that of an approval, by somebody who does not approve.
code() {
	MG_TEST_LOGIN=999 mg approve "${1-$(the)}" --reason x 2>&1 </dev/null | sed -n 's/.*and --code //p'
}

# approves UID [ID]
approves() {
	MG_TEST_LOGIN=$1 mg approve "${2-$(the)}" --reason "seen" --account alice --code "$(code "${2-$(the)}")"
}

# begun: suspended, to be terminated, told, and approved by two.
begun() {
	hook count "$(gone; counting)"
	mg suspend account:alice --reason spam >/dev/null
	mg terminate alice --reason "spam for months" >/dev/null
	later 60
	approves 1001 >/dev/null
	approves 1002 >/dev/null
}

# wait_days N: sweep each day; and as many sweeps more as a grace has, for which nobody wants to wait.
wait_days() {
	for ((day = 1; day <= $1; day++)); do
		later $((day * DAY + 60)) || return
	done
	sqlite3 "$ROOT/var/lib/mailguard/state.db" "UPDATE meta SET value = 300 WHERE name LIKE 'sweeps %'"
}

@test "it waits, and says for what; the dry run says the same and what would be run, and leaves nothing" {
	run -2 mg terminate alice
	[[ "$output" == *"--reason is needed"* ]]
	run -2 mg terminate alice --reason x
	[[ "$output" == *"an account is suspended before it is terminated"* ]]
	mg suspend account:alice --reason spam
	run -2 mg terminate joe@a.example --reason x
	run -2 mg terminate nobody --reason x
	run -0 mg terminate alice --reason 'two "words"' --dry-run
	[ "${lines[0]}" = "would let wait: terminate account:alice" ]
	[[ "${lines[1]}" == "still needs: 2 of 2 approvals; a bundle of evidence"*"the final notice to its contact"*"300 of 300 sweeps"* ]]
	[[ "${lines[3]}" == "/etc/mailguard/hooks.d/count terminate {"*'"verb":"terminate"'*'"uid":5001'* ]]
	[ "$(the)" = null ]
	run -0 mg terminate alice --reason 'two "words"'
	[[ "$output" != *"a bundle of evidence"* ]]
	run -2 mg terminate alice --reason again
	[[ "$output" == *"to be terminated already"* ]]
	later 60
	later 120
	[[ "$(missing)" == "2 of 2 approvals; 14d of grace; 299 of 300 sweeps that see it suspended" ]]
	run -0 mg status --actions
	[[ "$output" == *"terminate alice still needs: 2 of 2 approvals"* ]]
	run -0 mg why "$(the)"
	[[ "$output" == *"missing   2 of 2 approvals"*"now       waits"* ]]
	[ "$(marks)" = "evidence noticed" ]
	grep -q 'account is to be closed' "$ROOT/mail"
	[ "$(effects)" = suspend ]
	export DOC=$BATS_TEST_TMPDIR/acts.json KIND=acts
	mg status --actions --json >"$DOC"
	validate
	run -0 mg ledger verify
}

@test "a sweep removes it once nothing is missing, once; it cannot be undone" {
	begun
	wait_days 14
	[ "$(effects)" = suspend ]
	[[ "$(missing)" == "286 of 300 sweeps"* || "$(missing)" == *"of grace"* ]]
	run -0 later $((14 * DAY + 120))
	[[ "$output" == *"accounts that were removed: 1"* ]]
	later $((14 * DAY + 180))
	later $((15 * DAY))
	[ "$(effects)" = "suspend terminate" ]
	[ "$(marks)" = "evidence noticed approved approved started done ended" ]
	[ "$(marks suspend)" = "evidence started done done ended" ] # its notice, too
	run -2 mg undo "$(the)" --reason x
	[[ "$output" == *"removed the account, which cannot be undone"* ]]
	run -0 mg status --actions
	[[ "$output" == *"nothing is in force"* ]]
	run -0 mg evidence verify "$ROOT"/var/lib/mailguard/evidence/*-terminate-*.tar.gz
	run -0 mg ledger verify
}

# withheld WORDS...: it is not removed, and says why.
withheld() {
	later $((14 * DAY + 120)) || true
	later $((14 * DAY + 180)) || true
	[ "$(effects)" = suspend ] || { effects; return 1; }
	[[ "$(missing)" == *"$1"* ]] || { missing; return 1; }
}

@test "what is missing keeps it: it is not allowed, protected, exempt, or its evidence is gone" {
	begun
	wait_days 14
	ENFORCE='' settings
	withheld "'enforce.terminations.allowed'"
	for what in account:alice domain:b.example mailbox:joe@a.example mailbox:alice; do
		settings "protected = [ \"$what\" ];"
		withheld "that nothing of it is in 'protected'"
	done
	settings
	AT=$((NOW + 14 * DAY)) mg exempt joe@b.example --for 2d --reason "a hospital"
	withheld "that nothing of it is exempt"
	AT=$((NOW + 14 * DAY)) mg undo "$(mg status --actions --json | jq -r '.rows[] | select(.action == "exempt").id')" --reason x
	mv "$ROOT/var/lib/mailguard/evidence" "$ROOT/away"
	withheld "evidence that can be verified"
	mv "$ROOT/away" "$ROOT/var/lib/mailguard/evidence"
	cp "$ROOT"/var/lib/mailguard/evidence/*-suspend-*.tar.gz "$BATS_TEST_TMPDIR/other"
	bundle=$(echo "$ROOT"/var/lib/mailguard/evidence/*-terminate-*.tar.gz)
	mv "$bundle" "$bundle.kept"
	cp "$BATS_TEST_TMPDIR/other" "$bundle"
	withheld "evidence that can be verified"
	mv "$bundle.kept" "$bundle"
	later $((14 * DAY + 240))
	[ "$(effects)" = "suspend terminate" ]
}

@test "A61 an account that somebody let go is not removed, and one that we let go is no more to be" {
	begun
	wait_days 14
	echo "unsuspend $(the suspend)" >>"$EFFECTS"
	later $((14 * DAY + 120)) || true
	[ "$(effects)" = "suspend unsuspend" ]
	[[ "$(missing)" == *"the suspension, which the hook 'count' does not say is so"* ]]
	mg unsuspend account:alice --reason "cleaned up"
	later $((14 * DAY + 180)) || true
	[ "$(marks)" = "evidence noticed approved approved released" ]
	run -0 mg why "$(the)"
	[[ "$output" == *"the suspension that it stands on is over"*"now       over"* ]]
	[[ "$(effects)" != *terminate* ]]
}

@test "A15 a new account of the old name is not removed" {
	begun
	wait_days 14
	sed -i 's/^alice:x:5001:5001:/alice:x:5009:5009:/' "$ROOT/etc/passwd"
	later $((14 * DAY + 120)) || true
	[ "$(effects)" = suspend ]
	[[ "$(marks)" == *released ]]
	run -0 mg why "$(the)"
	[[ "$output" == *"the account of that name is another one by now"* ]]
}

@test "A55 what is approved is what was shown: the account's name is typed, and the code is of this action alone" {
	mg suspend account:alice --reason spam
	mg suspend account:bob --reason spam
	mg terminate alice --reason x
	mg terminate bob --reason x
	export MG_TEST_LOGIN=1001
	run -2 mg approve "$(the)" --reason x </dev/null
	[[ "$output" == *"removes the account alice for good"*"uid 5001"*"domains   a.example b.example (2)"*"give --account with its name, and --code $(code)"* ]]
	hash=$(sha256sum "$ROOT"/var/lib/mailguard/evidence/*-alice-terminate-*.tar.gz | cut -d' ' -f1)
	[[ "$output" == *"evidence  $hash"* ]]
	run -2 mg approve "$(the)" --reason x --account bob --code "$(code)"
	[[ "$output" == *"that is not the account's name, which is 'alice'"* ]]
	bobs=$(mg status --actions --json | jq -r '.rows[] | select(.action == "terminate" and .subject == "bob").id')
	[ "$(code "$bobs")" != "$(code)" ]
	run -2 mg approve "$(the)" --reason x --account alice --code "$(code "$bobs")"
	[[ "$output" == *"that is not the code"* ]]
	[ "$(marks)" = evidence ]
	run -0 mg approve "$(the)" --reason "seen it" --account alice --code "$(code)"
	[ "$(marks)" = "evidence approved" ]
	# What is typed at a terminal.
	run -0 script -qec "MG_TEST_NOW=$NOW MG_TEST_LOGIN=1002 $MAILGUARD-test approve $(the) --reason too --root $ROOT" /dev/null \
		< <(printf 'alice\n%s\n' "$(code)")
	[[ "$output" == *"type the account's name"*"type the code"*"approved"* ]]
	# What was not proven cannot be shown.
	rm "$ROOT"/var/lib/mailguard/evidence/*-bob-terminate-*.tar.gz
	run -4 mg approve "$bobs" --reason x --account bob --code 123456
	[[ "$output" == *"no evidence that can be verified"* ]]
}

@test "A56 two people approve: not one twice, nor whoever nobody logged in as" {
	mg suspend account:alice --reason spam
	mg terminate alice --reason x
	if [ "$(cat /proc/self/loginuid 2>/dev/null || echo 4294967295)" = 4294967295 ]; then
		run -3 mg approve "$(the)" --reason x --account alice --code "$(code)"
		[[ "$output" == *"nobody is logged in here"* ]]
	fi
	MG_TEST_LOGIN=4294967295 run -3 mg approve "$(the)" --reason x --account alice --code "$(code)"
	approves 1001
	run -2 approves 1001
	[[ "$output" == *"you (login uid 1001) approved it already: it needs somebody else"* ]]
	SUDO_USER=bob run -2 approves 1001
	later 60
	[[ "$(missing)" == "1 of 2 approvals"* ]]
	SUDO_USER=bob approves 1002
	[ "$(marks)" = "evidence approved noticed approved" ]
	later 120
	[[ "$(missing)" != *approvals* ]]
}

@test "A59 a clock that is set does not shorten a grace" {
	begun
	MG_TEST_BOOT=$((NOW + 120)) later $((30 * DAY)) || true
	[[ "$(missing)" == *"14d of grace, anew since the clock"*"300 of 300 sweeps"* ]]
	MG_TEST_BOOT=$((NOW + 180)) later 180 || true
	later 240
	[[ "$(missing)" == *"14d of grace"* ]]
	# Nor does a host that starts with another date: a day without a sweep is no grace.
	sqlite3 "$ROOT/var/lib/mailguard/state.db" "UPDATE meta SET value = 300 WHERE name LIKE 'sweeps %'"
	MG_TEST_BOOT=60 later $((40 * DAY)) || true
	[[ "$(missing)" == *"14d of grace, anew"* ]]
	[ "$(effects)" = suspend ]
}

@test "sweeps that are run one after another count once" {
	begun
	for _ in 1 2 3 4 5; do later 90; done
	[[ "$(missing)" == *"298 of 300 sweeps"* ]]
}

@test "so many a day, and none while suspensions wait for a person" {
	begun
	wait_days 14
	ENFORCE='terminations = { allowed = true; day = 0; };' settings
	withheld "another day: 0 were begun in this one"
}

# mailboxes_are_watched: by a policy that suspends one a sweep.
mailboxes_are_watched() {
	ENFORCE='by = [ "exim" ]; terminations = { allowed = true; }; suspensions = { sweep = 1; share = 100; owner = 9; };' settings
	echo 'mail:x:8:' >"$ROOT/etc/group"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/sbin/exim" # with an empty queue
	chmod 755 "$ROOT/usr/sbin/exim"
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "mass"; subject = "mailbox"; limit = 5; offence = true; text = "No mass mail."; } );
		  offences: { merge = "1h"; expire = "180d"; }; ladder = ( { offence = 1; action = "suspend-mailbox"; } ); };
	END
}

# mails_of_bob TIME: two of his mailboxes send too much.
mails_of_bob() {
	local i
	for i in {1..12}; do
		printf '%s 1xUzR1-%06d-0M <= m%d@c.example H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:m%d@c.example S=100 for c%d@far.test\n' \
			"$(date -u -d "@$1" '+%F %T')" "$i" $((i % 2)) $((i % 2)) "$i"
	done >>"$ROOT/main.log"
}

@test "A57 none while a suspension of a policy waits for a person" {
	begun
	mailboxes_are_watched
	wait_days 13
	mails_of_bob $((NOW + 13 * DAY + 60))
	AT=$((NOW + 13 * DAY + 120)) run -6 mg sweep -q
	[[ "$output" == *"suspensions wait for a person"* ]]
	for _ in 1 2; do
		AT=$((NOW + 14 * DAY + 120)) run mg sweep -q
		[[ "$(effects)" != *terminate* ]]
		[[ "$(missing)" == "a person who approves or undoes the suspensions that wait" ]]
	done
	AT=$((NOW + 14 * DAY + 150)) mg undo "$(mg status --actions --json | jq -r '.rows[] | select(.waits and .action == "suspend").id')" \
		--reason "looked at it"
	AT=$((NOW + 14 * DAY + 240)) run mg sweep -q
	[[ "$(effects)" == *terminate ]]
}

@test "an appeal that is open keeps it, against it or the suspension; upheld it ends what it was against" {
	begun
	wait_days 14
	run -2 mg appeal "$(the)"
	[[ "$output" == *"--reason is needed"* ]]
	run -2 mg appeal "$(the)" --settle upheld --reason x
	[[ "$output" == *"no appeal against $(the) is open"* ]]
	run -2 mg appeal "$(the)" --settle perhaps --reason x
	for what in terminate suspend; do
		run -0 mg appeal "$(the $what)" --reason "the list is confirmed"
		run -2 mg appeal "$(the $what)" --reason "again"
		withheld "the end of an appeal"
		run -0 mg appeal "$(the $what)" --settle dismissed --reason "it is not"
	done
	[[ "$(marks)" == *"approved appealed settled" ]]
	mg appeal "$(the)" --reason "once more"
	run -0 mg appeal "$(the)" --settle upheld --reason "it is"
	[[ "$(marks)" == *"appealed settled released" ]]
	mg appeal "$(the suspend)" --reason "and this"
	run -0 mg appeal "$(the suspend)" --settle upheld --reason "it is"
	[ "$(effects)" = "suspend unsuspend" ]
	run -2 mg appeal "$(the)" --reason x
	[[ "$output" == *"is over"* ]]
	run -0 mg ledger verify
}

@test "undo withdraws one that waits" {
	begun
	run -0 mg undo "$(the)" --reason "the owner paid"
	wait_days 15
	[ "$(effects)" = suspend ]
	run -0 mg terminate alice --reason again
}

@test "where the hook was killed, it is asked, and not run again where nobody knows" {
	begun
	wait_days 14
	hook count "$(gone; counting | sed '/^terminate) if did/s/.*/terminate) echo unknown ;;/'; echo '[ $1 != terminate ] || kill -9 $$')"
	later $((14 * DAY + 120)) || true
	for n in 3 4 5 6 7 8; do later $((14 * DAY + n * 4000)) || true; done
	[ "$(effects)" = "suspend terminate" ]
	[[ "$(marks)" == *"started stuck" ]]
	[[ "$(missing)" == *"a person who looks at what hook:count did"* ]]
	run -0 mg undo "$(the)" --reason "it was done: looked at it"
}

# killed CALL N: a sweep that is ended at the N-th such call of any of its processes.
killed() {
	MG_TEST_NOW=$((NOW + 14 * DAY + 120)) strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$MAILGUARD-test" sweep -q --root "$ROOT" >/dev/null 2>&1
}

# kill_around CALLS N...: kill the sweep that removes at calls around its hook; prints how often it was killed, and what was
# not one effect.
kill_around() {
	local call nth n_killed=0
	cp -a "$ROOT" "$BATS_TEST_TMPDIR/ready"
	for call in $1; do
		for nth in "${@:2}"; do
			rm -rf "${BATS_TEST_TMPDIR:?}/root"
			cp -a "$BATS_TEST_TMPDIR/ready" "$ROOT"
			killed "$call" "$nth" || n_killed=$((n_killed + 1))
			for n in 1 2 3; do
				for ((i = 0; i < 100; i++)); do # a hook that goes on holds the lock
					later $((14 * DAY + 120 + n * 3700)) 2>/dev/null
					[ $? -eq 7 ] || break
					sleep 0.05
				done
			done
			[ "$(effects)" = "suspend terminate" ] || echo "$call $nth: $(effects), $(marks)"
		done
	done
	echo "$n_killed"
}

@test "F03 a sweep killed at system calls around a removal: exactly one effect" {
	begun
	wait_days 14
	run -0 kill_around "execve,fork,clone,vfork pwrite64 fdatasync wait4 write" 1 2 3 5 8 13 21 34
	[ "${#lines[@]}" = 1 ]
	[ "$output" -ge 20 ]
}

@test "F03 the control, a hook without keys, has two" {
	begun
	wait_days 14
	hook count "$(counting | sed 's/^terminate) if did/terminate) if false/; s/did terminate || .*/echo "terminate $key" >>"$D\/effects" ;;/')"
	run -0 kill_around write 2 5
	[[ "$output" == *": suspend terminate terminate"* ]]
}
