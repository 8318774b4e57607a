# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output and kin; bash -c has its own $1
#
# The front door: commands, options, statuses.

bats_require_minimum_version 1.5.0

load ../helper

@test "--version is one line" {
	run -0 --separate-stderr "$MAILGUARD" --version
	[[ "$output" =~ ^mailguard\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[ -z "$stderr" ]
}

@test "help lists every command" {
	run -0 --separate-stderr "$MAILGUARD" help
	for command in sweep report help; do
		[[ "$output" == *"  $command "* ]]
	done
	run -0 --separate-stderr "$MAILGUARD" --help
	[[ "$output" == "usage: mailguard COMMAND"* ]]
}

@test "every command tells its options, by help and by --help" {
	for command in sweep report help; do
		run -0 --separate-stderr "$MAILGUARD" $command --help
		[[ "$output" == "usage: mailguard $command"* ]]
		local told=$output
		run -0 --separate-stderr "$MAILGUARD" help $command
		[ "$output" = "$told" ]
	done
}

@test "no command is a usage error" {
	run -2 --separate-stderr "$MAILGUARD"
	[ -z "$output" ]
	[[ "$stderr" == *"no command given"* ]]
}

@test "an unknown subcommand is a usage error that names it" {
	run -2 --separate-stderr "$MAILGUARD" sweeep
	[[ "$stderr" == *"unknown command 'sweeep'"* ]]
}

@test "an unknown option is a usage error that names it" {
	run -2 --separate-stderr "$MAILGUARD" report --colour
	[[ "$stderr" == *"unknown option '--colour'"* ]]
	run -2 --separate-stderr "$MAILGUARD" report -z
	[[ "$stderr" == *"unknown option '-z'"* ]]
}

@test "an option without its value is a usage error" {
	run -2 --separate-stderr "$MAILGUARD" report --state
	[[ "$stderr" == *"'--state' needs a value"* ]]
}

@test "a flag with a value, and a count that is none, are usage errors" {
	run -2 --separate-stderr "$MAILGUARD" report --hours=yes
	[[ "$stderr" == *"takes no value"* ]]
	run -2 --separate-stderr "$MAILGUARD" report --top many
	[[ "$stderr" == *"'many' is no number"* ]]
}

@test "control bytes of a word do not reach the terminal" {
	run -2 --separate-stderr "$MAILGUARD" $'\e[31mred'
	[[ "$stderr" == *'\x1b[31mred'* ]]
	[[ "$stderr" != *$'\e'* ]]
}

@test "a full disk is an error, not an empty report" {
	mg_sweep cpanel "$TESTS/data/exim/4.96-rich.log"
	run -4 --separate-stderr bash -c '"$1" report --state "$2" >/dev/full' _ "$MAILGUARD" \
		"$BATS_TEST_TMPDIR/state"
	[[ "$stderr" == *"no space left on device"* ]]
	run -4 --separate-stderr bash -c '"$1" --version >/dev/full' _ "$MAILGUARD"
}

@test "closed standard descriptors do not end up in the state" {
	"$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$BATS_TEST_TMPDIR/state" \
		"$TESTS/data/exim/4.96-rich.log" /nowhere 0<&- 1>&- 2>&- || [ $? -eq 4 ]
	run -0 sqlite3 "$BATS_TEST_TMPDIR/state/state.db" "PRAGMA integrity_check"
	[ "$output" = ok ]
}

@test "the completion for bash is what the tables say" {
	"$MAILGUARD" help --completion | diff "$TESTS/../packaging/completions/mailguard.bash" -
}

# offered WORD...: what bash offers in place of the last of them, sorted.
offered() {
	# shellcheck source=packaging/completions/mailguard.bash
	. "$TESTS/../packaging/completions/mailguard.bash"
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_mailguard
	printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}

@test "bash completes commands, options, words, files and directories" {
	cd "$BATS_TEST_TMPDIR"
	mkdir dir
	touch file 'two words'
	[ "$(offered mailguard sw)" = 'sweep ' ]
	[ "$(offered mailguard --v)" = '--version ' ]
	[ "$(offered mailguard sweep --dr)" = '--dry-run ' ]
	[ "$(offered mailguard report --dr)" = ' ' ]
	[ "$(offered mailguard sweep '')" = 'dir file two words ' ]
	[ "$(offered mailguard sweep --state '')" = 'dir ' ]
	[ "$(offered mailguard sweep --accounts '')" = ' ' ]
	[ "$(offered mailguard config s)" = 'show ' ]
	[ "$(offered mailguard config check f)" = 'file ' ]
	[ "$(offered mailguard help rep)" = 'report ' ]
	[ "$(offered mailguard none '')" = ' ' ]
}
