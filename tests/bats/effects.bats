# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; hooks are written in single quotes
#
# Suspensions by hooks: the intent before the effect, each effect once, what is done after a crash, how it ends. The hook
# writes a line for each effect it has, so that two are seen.

bats_require_minimum_version 1.5.0

load ../helper
load ../effects

setup() {
	effects_setup
}

@test "a suspension is an intent, a start, an effect and its end; undo takes it back" {
	run -2 mg suspend joe@a.example
	[[ "$output" == *"--reason is needed"* ]]
	run -0 mg suspend joe@a.example --reason "spam"
	[[ "$output" == "suspend mailbox:joe@a.example; 'mailguard undo "*"' ends it" ]]
	[ "$(effects)" = suspend ]
	[ "$(marks)" = "evidence started done" ]
	run -0 mg status --actions
	[[ "$output" == *"suspend  joe@a.example  -  "*" undo "* ]]
	[ "$(mg status --actions --json | jq -c '[.rows[] | [.action, .until]]')" = '[["suspend",null]]' ]
	run -2 mg suspend joe@a.example --reason "again"
	[[ "$output" == *"it is suspended already"* ]]
	later 60
	[ "$(effects)" = suspend ]
	run -0 mg undo "$(mg status --actions --json | jq -r '.rows[0].id')" --reason "cleaned"
	[ "$(effects)" = "suspend unsuspend" ]
	[ "$(marks)" = "evidence started done released" ]
	[ "$(marks unsuspend)" = "started done ended" ]
	run -0 mg status --actions
	[[ "$output" == *"nothing is in force"* ]]
	run -0 mg why joe@a.example
	[[ "$output" == *"reason    spam"*"started   "*" by hook:count"*"released  "*": cleaned"*"now       over"* ]]
	run -0 mg ledger verify
	later 120
	[ "$(effects)" = "suspend unsuspend" ]
}

@test "a step at the host's discretion is one in the ledger" {
	run -0 mg suspend account:alice --skip-ladder --reason 'open relay'
	[[ "$output" == 'suspend account:alice off the ladder; '* ]]
	run -0 mg why account:alice
	[[ "$output" == *"off-ladder "*" by "*": at the host's discretion"* ]]
	run -0 mg ledger --all --json
	[ "$(jq '[.rows[] | select(.action == "off-ladder")] | length' <<<"$output")" -eq 1 ]
}

@test "unsuspend ends what suspend began, and nothing else" {
	run -2 mg unsuspend joe@a.example --reason "x"
	[[ "$output" == *"no suspension of ours is in force"* ]]
	mg suspend account:alice --reason "spam" --with-login
	run -2 mg unsuspend joe@a.example --reason "x"
	run -0 mg unsuspend account:alice --reason "cleaned"
	[ "$(effects)" = "suspend unsuspend" ]
}

@test "an unsuspension may demand an incident form that is filled in, and keeps what it says" {
	sed -i '$a enforce: { incident = true; };' "$ROOT/etc/mailguard/mailguard.conf"
	form=$BATS_TEST_TMPDIR/form
	run -0 mg unsuspend --incident-form
	[[ "$output" == *"Mechanism:"*"Steps taken:"*"Mailing policy:"* ]]
	echo "$output" >"$form"
	mg suspend joe@a.example --reason spam
	run -2 mg unsuspend joe@a.example --reason "cleaned"
	[[ "$output" == *"--incident FILE is needed here"* ]]
	run -5 mg unsuspend joe@a.example --reason "cleaned" --incident "$form"
	[[ "$output" == *"the incident form says nothing under 'Mechanism:'"* ]]
	run -4 mg unsuspend joe@a.example --reason "cleaned" --incident "$form.none"
	printf 'Mechanism: a stolen   password\nMechanism: again\n' >"$form.twice"
	run -5 mg unsuspend joe@a.example --reason "cleaned" --incident "$form.twice"
	[[ "$output" == *"'Mechanism:' twice"* ]]
	head -c 65537 /dev/zero | tr '\0' a >"$form.large"
	run -6 mg unsuspend joe@a.example --reason "cleaned" --incident "$form.large"
	[[ "$output" == *"$form.large"*65536* ]]
	printf 'Mechanism: a\0\nSteps taken: b\nMailing policy: c\n' >"$form.nul"
	run -5 mg unsuspend joe@a.example --reason "cleaned" --incident "$form.nul"
	[[ "$output" == *"$form.nul"*"a NUL byte"* ]]
	run -2 mg unsuspend ann@a.example --reason "cleaned" --incident "$form"
	[ ! -e "$ROOT/var/lib/mailguard/incidents" ]
	[ "$(effects)" = suspend ]
	printf '# a note\nMechanism: a stolen   password\nSteps taken:\n changed it,\n\033[2Jand his machine\nMailing policy: own customers\n' >"$form"
	run -0 mg unsuspend joe@a.example --reason "cleaned" --incident "$form"
	[ "$(effects)" = "suspend unsuspend" ]
	run -0 mg why joe@a.example
	[[ "$output" == *"cleaned; Mechanism: a stolen password; Steps taken: changed it,"*"and his machine; Mailing policy: own customers"* ]]
	[[ "$output" != *$'\033'* ]]
	# It is kept as it was given, for root alone, under the hash in the ledger.
	sum=$(sha256sum <"$form")
	sum=${sum%% *}
	[[ "$output" == *"; form $sum"* ]]
	cmp "$form" "$ROOT/var/lib/mailguard/incidents/$sum.txt"
	[ "$(stat -c %a "$ROOT/var/lib/mailguard/incidents" "$ROOT/var/lib/mailguard/incidents/$sum.txt" | paste -sd' ')" = '700 600' ]
	run -0 mg ledger verify
	# The longest one is, too.
	{ printf 'Mechanism: a\nSteps taken: b\nMailing policy: ' && head -c 65492 /dev/zero | tr '\0' c; } >"$form"
	[ "$(stat -c %s "$form")" = 65536 ]
	AT=$((NOW + 60)) mg suspend joe@a.example --reason again
	AT=$((NOW + 120)) mg unsuspend joe@a.example --reason "cleaned" --incident "$form"
	mg why joe@a.example --json | jq -e --arg s "$(sha256sum <"$form" | cut -d' ' -f1)" '[.actions[].marks[] | select(.detail) | select(.detail | endswith("; form " + $s))] | length == 1'
}

@test "one that was begun for a time is taken back by the sweep after it, once" {
	mg suspend a.example --reason "spam" --for 1h
	later 3599
	[ "$(effects)" = suspend ]
	later 3600
	later 3660
	[ "$(effects)" = "suspend unsuspend" ]
}

@test "where another suspension of the same stands, the end of the first takes nothing back before the other's" {
	mg suspend joe@a.example --reason "spam" --for 1h
	AT=$((NOW + 3600)) mg suspend joe@a.example --reason "again"
	[ "$(effects)" = "suspend suspend" ]
	later 3660
	[ "$(effects)" = "suspend suspend" ]
	[ -z "$(marks unsuspend)" ]
	# Each has a key of its own, which the panel is told.
	AT=$((NOW + 3720)) mg unsuspend joe@a.example --reason back
	later 3780
	[ "$(effects)" = "suspend suspend unsuspend unsuspend" ]
	[ "$(marks unsuspend)" = "started done ended" ]
}

@test "A15 a domain that is taken away and brought back frees nobody, nor does half a table" {
	mg suspend joe@a.example --reason spam
	rm "$ROOT/etc/mailguard/document-roots"
	sed -i /^a.example/d "$ROOT/etc/mailguard/domains"
	run -4 --separate-stderr mg sweep
	[[ "$stderr" == *"no such account just now"* ]]
	run -1 mg sweep
	run -1 mg status
	[[ "$output" == *"mailguard is stuck, and a person must look: there is no such account just now"* ]]
	echo 'a.example: alice' >>"$ROOT/etc/mailguard/domains"
	run -0 mg sweep
	[ "$(marks)" = "evidence started done stuck settled" ]
	run -0 mg status --actions
	[[ "$output" == *"suspend  joe@a.example  -  "* ]]
	mg unsuspend joe@a.example --reason back
	[ "$(effects)" = "suspend unsuspend" ]
}

@test "a dry run prints what the hooks would be told, and leaves nothing" {
	run -0 mg suspend joe@a.example --reason 'two "words"' --dry-run
	[ "${lines[0]}" = "would suspend mailbox:joe@a.example" ]
	[[ "${lines[1]}" == "/etc/mailguard/hooks.d/count suspend {"*'"verb":"suspend"'*'"uid":5001'* ]]
	[ "$(jq -r .reason <<<"${lines[1]#* suspend }")" = 'two "words"' ]
	[ ! -e "$EFFECTS" ]
	[ "$(mg ledger list --all --json | jq '.rows | length')" = 0 ]
}

@test "nobody is suspended who is not here, and nothing where nobody carries it out" {
	run -2 mg suspend joe@far.example --reason x
	run -2 mg suspend 192.0.2.1 --reason x
	run -2 mg suspend owner:alice --reason x
	rm "$HOOKS/count"
	run -3 mg suspend joe@a.example --reason x
	[[ "$output" == *"nothing here carries it out"* ]]
	[ "$(mg ledger list --all --json | jq '.rows | length')" = 0 ]
}

@test "A15 an account of the same name with another user id is not touched" {
	hook count "exit 75"
	run -4 mg suspend joe@a.example --reason "spam"
	sed -i 's/^alice:x:5001:5001:/alice:x:5009:5009:/' "$ROOT/etc/passwd"
	hook count "$(counting)"
	AT=$((NOW + 60)) run -1 mg sweep -q
	[[ "$output" == *"the account of that name is another one by now (uid 5009, not uid 5001)"* ]]
	[ ! -e "$EFFECTS" ]
	[ "$(marks)" = "evidence started failed ended" ]
}

@test "A15 whoever has the name next is refused no mail, not for one sweep either" {
	local map=$ROOT/etc/mailguard/maps/exim
	echo 'Debian-exim:x:101:' >>"$ROOT/etc/group"
	sed -i '$a enforce: { by = [ "exim" ]; };' "$ROOT/etc/mailguard/mailguard.conf"
	run -0 mg suspend joe@a.example --reason "spam"
	grep -q '^login=joe@a.example:' "$map"
	sed -i 's/^alice:x:5001:5001:/alice:x:5009:5009:/' "$ROOT/etc/passwd"
	# The hook is not there to end it.
	rm "$HOOKS/count"
	AT=$((NOW + 60)) run mg sweep -q
	run ! grep 'joe@a.example' "$map"
}

@test "without evidence no hook is run; the next sweep makes it and goes on" {
	mkdir -m 700 "$ROOT/var/lib/mailguard"
	: >"$ROOT/var/lib/mailguard/evidence"
	run -4 mg suspend joe@a.example --reason "spam"
	[ ! -e "$EFFECTS" ]
	[ "$(marks)" = "" ]
	rm "$ROOT/var/lib/mailguard/evidence"
	later 60
	[ "$(effects)" = suspend ]
	[ "$(marks)" = "evidence started done" ]
	run -0 mg evidence verify "$ROOT"/var/lib/mailguard/evidence/*.tar.gz
}

@test "F54 what a hook did is what query says, not its exit status" {
	hook count "[ \$1 = suspend ] && { $(counting); exit 1; }
$(counting)"
	run -0 mg suspend joe@a.example --reason "spam"
	[ "$(marks)" = "evidence started done" ]
	[ "$(effects)" = suspend ]
	mg unsuspend joe@a.example --reason "x"

	hook count '[ $1 != query ] || echo not-done'
	AT=$((NOW + 10)) run -4 mg suspend joe@a.example --reason "again"
	[[ "$output" == *"it says that it did, query says not"* ]]
	[ "$(marks)" = "evidence started failed" ]
}

@test "what a hook said is in the ledger as it was said, and is escaped once where it is shown" {
	hook count '[ $1 != query ] || { echo not-done; exit; }; printf "caf\303\251\\\\n\033[2Jsecond\n"; exit 1'
	run -4 mg suspend joe@a.example --reason "spam"
	[[ "$output" == *'caf\xc3\xa9\\n\x1b[2Jsecond'* ]]
	run -0 mg why joe@a.example
	[[ "$output" == *'caf\xc3\xa9\\n\x1b[2Jsecond'* ]]
	run -0 mg why joe@a.example --json
	[[ "$(jq -r '[.actions[].marks[] | select(.mark == "failed")][0].detail' <<<"$output")" == *$'caf\303\251\\n\033[2Jsecond' ]]
}

@test "what fails is tried again, each time after a longer while, and then is left to a person" {
	hook count '[ $1 = query ] && { echo not-done; exit; }; echo "$1" >>"$D/effects"; echo "the panel is down"; exit 1'
	run -4 mg suspend joe@a.example --reason "spam"
	later 30 || true
	[ "$(effects)" = suspend ]
	AT=$((NOW + 60)) run -4 mg sweep -q
	[[ "$output" == *"the panel is down"* ]]
	[ "$(effects)" = "suspend suspend" ]
	later 120 || true
	[ "$(effects)" = "suspend suspend" ]
	for n in {1..12}; do
		later $((n * 3700)) || true
	done
	[ "$(wc -l <"$EFFECTS")" = 10 ]
	[[ "$(marks)" == *"started failed started stuck" ]]
	AT=$((NOW + 100000)) run -1 mg sweep -q
	[[ "$output" == *"what is in force is not carried out by 1 hook: see 'mailguard status'"* ]]
	[ "$(wc -l <"$EFFECTS")" = 10 ]

	# A person ends it, and it is over.
	AT=$((NOW + 100000)) run -1 mg status
	[[ "$output" == *"- suspend mailbox:joe@a.example: hook:count is stuck, and a person must look: "*"the panel is down; 'mailguard undo "*"' ends it"* ]]
	hook count "$(counting)"
	mg undo "$(undo_of "$output")" --reason "by hand"
	AT=$((NOW + 100000)) run -0 mg sweep -q
	AT=$((NOW + 100000)) run -0 mg status
}

@test "what could not be taken back stands until a person says that it is" {
	mg suspend joe@a.example --reason spam
	hook count "$(counting | sed "s/unsuspend) if is.*/unsuspend) exit 1 ;;/")"
	run -4 mg unsuspend joe@a.example --reason back
	run -1 mg status
	[[ "$output" == *"- unsuspend mailbox:joe@a.example: hook:count failed, and is tried again: it ended with status 1; "*"' ends it"* ]]
	for n in {1..12}; do
		later $((n * 3700)) || true
	done
	AT=$((NOW + 100000)) run -1 mg sweep -q
	AT=$((NOW + 100000)) run -1 mg status
	[[ "$output" == *"hook:count is stuck"* ]]
	mg undo "$(undo_of "$output")" --reason "done by hand"
	AT=$((NOW + 100000)) run -0 mg sweep -q
	AT=$((NOW + 100000)) run -0 mg status
	[ "$(effects)" = suspend ]
}

@test "A61 what somebody else took back is said, begun once more, and then left" {
	mg suspend joe@a.example --reason "spam"
	key=$(cut -d' ' -f2 "$EFFECTS")
	echo "unsuspend $key" >>"$EFFECTS"
	AT=$((NOW + 60)) run -4 mg sweep -q
	[[ "$output" == *"was taken back by somebody else, and is begun once more"* ]]
	[ "$(effects)" = "suspend unsuspend suspend" ]
	later 120
	echo "unsuspend $key" >>"$EFFECTS"
	AT=$((NOW + 180)) run -4 mg sweep -q
	[[ "$output" == *"was taken back again by somebody else, and is left so"* ]]
	AT=$((NOW + 240)) run -1 mg sweep -q
	AT=$((NOW + 7200)) run -1 mg sweep -q
	[ "$(effects)" = "suspend unsuspend suspend unsuspend" ]
	[ "$(marks)" = "evidence started done drifted started done drifted stuck" ]
	AT=$((NOW + 7200)) run -1 mg status
	[[ "$output" == *"hook:count is stuck, and a person must look: somebody else took it back; 'mailguard undo "*"' ends it"* ]]
	[ "$(AT=$((NOW + 7200)) mg ledger list --all --json | jq '[.rows[] | select(.action == "drifted")] | length')" = 2 ]
	mg undo "$(undo_of "$output")" --reason "it is the reseller's"
	AT=$((NOW + 7260)) run -0 mg sweep -q
	[ "$(effects)" = "suspend unsuspend suspend unsuspend" ]
}

# telling SECONDS: one that takes so long, and notes in asked what it is told, of whom.
telling() {
	printf 'echo "$1 $MAILGUARD_NAME" >>"$D/asked"\nsleep %s\n%s\n' "$1" "$(counting)"
}

@test "a sweep asks for as long as it may, the next one goes on behind it, and what is new comes first" {
	local n
	sed -i 's/limit = "2s";/& budget = "1s";/' "$ROOT/etc/mailguard/mailguard.conf"
	for n in {1..6}; do
		AT=$((NOW + n)) mg suspend "m$n@a.example" --reason spam
	done
	mg suspend last@a.example --reason spam --for 1h
	hook count "$(telling 0.4)"

	# A command asks about nothing but what it did itself.
	AT=$((NOW + 10)) mg suspend m0@a.example --reason spam
	[ "$(cut -d' ' -f2 "$ROOT/asked" | sort -u)" = m0@a.example ]

	rm "$ROOT/asked"
	later 60
	n=$(wc -l <"$ROOT/asked")
	[ "$n" -ge 1 ]
	[ "$n" -lt 8 ]
	while [ "$n" -lt 8 ]; do
		later 120
		n=$(wc -l <"$ROOT/asked")
	done
	[ "$(head -n 8 "$ROOT/asked" | sort -u | wc -l)" = 8 ]

	rm "$ROOT/asked"
	later 3600
	[ "$(head -n 1 "$ROOT/asked")" = "unsuspend last@a.example" ]
}

@test "what the time of a sweep is not enough for is said, and done by the next" {
	local n
	sed -i 's/limit = "2s";/& budget = "1s";/' "$ROOT/etc/mailguard/mailguard.conf"
	for n in 1 2 3; do
		mg suspend "m$n@a.example" --reason spam --for 1h
	done
	hook count "$(telling 0.6)"
	AT=$((NOW + 3600)) run -4 mg sweep -q
	[[ "$output" == *"hooks: 2 more wait for the next sweep, since the time of one is over ('hooks.budget')"* ]]
	later 3660 || true
	later 3720
	[ "$(effects)" = "suspend suspend suspend unsuspend unsuspend unsuspend" ]
}

# slow: a hook that takes a second, whose effect comes at its end.
slow() {
	printf '[ $1 = query ] || { echo $$ >"$D/began"; sleep 1; }\n%s\n' "$(counting)"
}

@test "F55 F51 killed while its hook runs: the hook ends, nobody begins beside it, one effect" {
	hook count "$(slow)"
	MG_TEST_NOW=$NOW "$MAILGUARD-test" suspend joe@a.example --reason spam --root "$ROOT" >/dev/null 2>&1 3>&- &
	parent=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -e "$ROOT/began" ] || break
		sleep 0.05
	done
	[ -e "$ROOT/began" ]
	kill -KILL "$parent"
	wait "$parent" || true
	[ "$(marks)" = "evidence started" ]
	run -7 mg sweep -q
	[[ "$output" == *"another mailguard is at work"* ]]
	for ((i = 0; i < 60; i++)); do
		[ ! -e "$EFFECTS" ] || break
		sleep 0.05
	done
	sleep 0.3
	later 60
	[ "$(effects)" = suspend ]
	[ "$(marks)" = "evidence started done" ]
}

@test "F54 a hook that hangs is ended, and what nobody knows is run once more and then left to a person" {
	hook count '[ $1 = query ] && { echo unknown; exit; }; echo "$1" >>"$D/effects"; sleep 60'
	run -4 mg suspend joe@a.example --reason "spam"
	[ "$(marks)" = "evidence started failed" ]
	AT=$((NOW + 60)) run -4 mg sweep -q
	[[ "$output" == *"nobody knows whether it was done; a person must look"* ]]
	[ "$(effects)" = "suspend suspend" ]
	[ "$(marks)" = "evidence started failed started stuck" ]
	later 100000 || [ $? = 1 ]
	[ "$(effects)" = "suspend suspend" ]
}

@test "F56 started with SIGCHLD ignored it knows what became of a hook" {
	trap '' CHLD
	run -0 mg suspend joe@a.example --reason "spam"
	trap - CHLD
	[ "$(marks)" = "evidence started done" ]
}
