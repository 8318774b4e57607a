# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# exim.bash: what tests do with the Exim of exim_host.sh. Sourced, behind helper.bash; LOG is its log.

# The host, and the rest of the world that it delivers to.
exim_up() {
	mg_host_up exim
	[ -z "${NO_HOST-}" ] || return 0
	ip netns exec "$("$TESTS/host/testhost.sh" netns cl)" python3 -B "$TESTS/host/smtp_sink.py" 10.99.0.9 3>&- &
}

on_host() { "$TESTS/host/testhost.sh" run ex "$@"; }

smtp() { ip netns exec "$("$TESTS/host/testhost.sh" netns cl)" "$TESTS/host/exim_mail.py" "$@"; }

# script UID RECIPIENT...: what a script of an account hands to sendmail, with a sender of its choice.
script() {
	printf 'Subject: script\n\nhello\n' | on_host setpriv --reuid "$1" --regid "$1" --clear-groups \
		sendmail -f forged@far.test "${@:2}"
}

# said BEGINNING WORDS COMMAND...: the command says that.
said() {
	local out
	out=$("${@:2}")
	# shellcheck disable=SC2053 # a pattern
	[[ $out == $1 ]] || { echo "$out"; return 1; }
}

# The service manager does not wait until the daemon has read its configuration.
# One that has read it at its start is not told again.
put_in() {
	local tries
	on_host mailguard rules apply exim --install
	for tries in {1..100}; do
		! grep -A 9 'SIGHUP received' "$LOG" | grep -q ' daemon started' || break
		sleep 0.1
	done
	echo "after $tries tries"
}

delivered() { grep -c " => $1" "$LOG" || true; }

# Exim delivers in a process of its own.
arrives() { # RECIPIENT N
	local tries
	for tries in {1..50}; do
		[ "$(delivered "$1")" -lt "$2" ] || break
		sleep 0.1
	done
	[ "$(delivered "$1")" -eq "$2" ] || { echo "after $tries tries: $(tail "$LOG")"; return 1; }
}

# wait_until SECONDS: until that time has gone by.
wait_until() {
	while [ "$(date +%s)" -le "$1" ]; do
		sleep 0.2
	done
}
