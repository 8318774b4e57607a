# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; a hash of shadow(5) has dollars
#
# What the hooks that are shipped run: mailguard panel.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	STATE=$BATS_TEST_TMPDIR/state
	export ROOT STATE
	mkdir -p "$ROOT/etc" "$ROOT/usr/sbin"
	cp "$(PATH=/usr/sbin:$PATH command -v usermod)" "$ROOT/usr/sbin/"
	printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'bob:x:1001:1001::/home/bob:/bin/sh' >"$ROOT/etc/passwd"
	printf '%s\n' 'bob:x:1001:' >"$ROOT/etc/group"
	shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
}

# shadow LINE: what stands for bob, and nobody else's line is ever another.
shadow() {
	printf '%s\n' 'root:*:19000::::::' "$1" >"$ROOT/etc/shadow"
	chmod 0640 "$ROOT/etc/shadow"
}

# is_shadow LINE
is_shadow() {
	printf '%s\n' 'root:*:19000::::::' "$1" | diff - "$ROOT/etc/shadow"
}

# panel VERB KEY [KIND NAME [OF]]: with what the hook would be told.
panel() {
	printf '{"schema":1,"key":"%s","of":"%s","kind":"%s","name":"%s","account":"bob","uid":1001,"reason":"x"}' \
		"$2" "${5:-suspend}" "${3:-account}" "${4:-bob}" |
		"$MAILGUARD" panel plain "$1" --root "$ROOT" --state "$STATE" "${@:6}"
}

# root: usermod(8) wants it, even for another tree.
root() {
	[ "$(id -u)" = 0 ] || mg_skip "usermod is root's"
}

@test "A15 plain: an account whose name has another user id by now is left alone, and what was begun can be ended" {
	root
	panel suspend one
	sed -i 's/^bob:x:1001:/bob:x:1002:/' "$ROOT/etc/passwd"
	run -0 panel unsuspend one
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
	run -4 panel suspend two
	[[ "$output" == *"'bob' has user id 1002, not 1001: it is another account by now"* ]]
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
	run -0 panel query two
	[ "$output" = not-done ]
}

@test "plain: a suspended account has expired and is locked, and is as before afterwards" {
	root
	run -0 panel query one
	[ "$output" = not-done ]
	run -0 panel suspend one
	[[ "$output" == "ran: $ROOT/usr/sbin/usermod "*" --lock --expiredate 1 bob" ]]
	is_shadow 'bob:!$6$salt$hash:19000:0:99999:7::1:'
	run -0 panel query one
	[ "$output" = "done" ]
	run -0 panel query one account bob unsuspend
	[ "$output" = not-done ]
	run -0 panel unsuspend one
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
	run -0 panel query one
	[ "$output" = not-done ]
	run -0 find "$STATE/panel" -type f
	[ -z "$output" ]
}

@test "plain: the same key again changes nothing, and of two suspensions the last one to end ends it" {
	root
	panel suspend one
	run -0 panel suspend one
	[ -z "$output" ]
	run -0 panel suspend two
	[ -z "$output" ]
	run -0 panel unsuspend one
	is_shadow 'bob:!$6$salt$hash:19000:0:99999:7::1:'
	run -0 panel query two
	[ "$output" = "done" ]
	run -0 panel unsuspend one
	[ -z "$output" ]
	panel unsuspend two
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
}

@test "plain: what an administrator locked before stays locked" {
	root
	shadow 'bob:!$6$salt$hash:19000:0:99999:7:::'
	panel suspend one
	is_shadow 'bob:!$6$salt$hash:19000:0:99999:7::1:'
	panel unsuspend one
	is_shadow 'bob:!$6$salt$hash:19000:0:99999:7:::'
	shadow 'bob:!:19000:0:99999:7::1:'
	run -0 panel suspend one
	[ -z "$output" ]
	run -0 panel unsuspend one
	is_shadow 'bob:!:19000:0:99999:7::1:'
}

@test "plain: what an administrator changed in the meantime stays" {
	root
	panel suspend one
	shadow 'bob:!$6$new$password:19000:0:99999:7::19500:'
	run -0 panel query one
	[ "$output" = not-done ]
	run -0 panel unsuspend one
	[ -z "$output" ]
	is_shadow 'bob:!$6$new$password:19000:0:99999:7::19500:'
}

@test "plain: a crash between note and usermod is made good by the same call" {
	root
	mv "$ROOT/usr/sbin/usermod" "$ROOT/usermod"
	run -3 --separate-stderr panel suspend one
	[[ "$stderr" == *"no 'usermod' on this host"* ]]
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
	run -0 panel query one
	[ "$output" = not-done ]
	mv "$ROOT/usermod" "$ROOT/usr/sbin/usermod"
	panel suspend one
	is_shadow 'bob:!$6$salt$hash:19000:0:99999:7::1:'
	panel unsuspend one
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
}

@test "plain: of a mailbox and a domain it is noted, and nothing is run" {
	for subject in "mailbox info@bob.example" "domain bob.example"; do
		# shellcheck disable=SC2086 # kind and name
		run -0 panel suspend one $subject
		[ -z "$output" ]
		# shellcheck disable=SC2086
		run -0 panel query one $subject
		[ "$output" = "done" ]
		# shellcheck disable=SC2086
		run -0 panel query two $subject
		[ "$output" = not-done ]
		# shellcheck disable=SC2086
		run -0 panel unsuspend one $subject
		# shellcheck disable=SC2086
		run -0 panel query one $subject
		[ "$output" = not-done ]
	done
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
}

@test "a dry run says the commands and changes nothing" {
	run -0 panel suspend one account bob suspend --dry-run
	[[ "$output" == "would run: $ROOT/usr/sbin/usermod "*" --lock --expiredate 1 bob" ]]
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
	[ ! -e "$STATE" ]
}

@test "verbs that a panel has no use for are not its" {
	for verb in warn throttle release terminate password sessions notify nonsense; do
		run -64 panel "$verb" one
	done
	run -2 --separate-stderr "$MAILGUARD" panel nonsense suspend
	[[ "$stderr" == *"mailguard-panel(8)"* ]]
}

@test "what a hook may not touch is refused, whatever called the panel" {
	for told in '{"key":"one","kind":"account","name":"root","account":"root","uid":0}' \
		'{"key":"one","kind":"account","name":"-rf","account":"-rf","uid":1001}' \
		'{"key":"one","kind":"account","name":"bob","account":"bob","uid":"1001","uid":0}' \
		'{"kind":"account","name":"bob","account":"bob","uid":1001}' '' '[]'; do
		run -5 --separate-stderr "$MAILGUARD" panel plain suspend --root "$ROOT" --state "$STATE" <<<"$told"
	done
	is_shadow 'bob:$6$salt$hash:19000:0:99999:7::20000:'
}
