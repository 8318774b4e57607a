# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# The manual and the README say what the program does. What mandoc thinks of
# the pages is tests/lint/manual.sh.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	cd "$TESTS/.." || exit 1
	PAGES=packaging/man
	mapfile -t COMMANDS < <("$MAILGUARD" help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
	[ ${#COMMANDS[@]} -ge 3 ]
}

# plain PAGE: as a person reads it, wide enough to keep every option in one piece.
plain() {
	mandoc -T ascii -O width=200 "$1" | sed 's/.\x08//g'
}

# section NAME: of a plain page on standard input.
section() {
	awk -v name="$1" '/^[A-Z]/ { here = $0 == name; next } here'
}

# told_options COMMAND: "-x, --name VALUE" of each option in its --help.
told_options() {
	"$MAILGUARD" "$1" --help | sed -nE '/^options:/,$s/^ +((-[a-z], )?--[a-z-]+( [A-Z]+)?) .*/\1/p' | sort
}

# written_options COMMAND: the same from its manual page.
written_options() {
	plain "$PAGES/mailguard-$1.8" | section OPTIONS |
		sed -nE 's/^ {5}((-[a-z], )?--[a-z-]+( [A-Z]+)?)(  .*)?$/\1/p' | sort
}

@test "every command has a page, and every page a command" {
	printf '%s\n' "${COMMANDS[@]}" | sort >"$BATS_TEST_TMPDIR/commands"
	find "$PAGES" -name 'mailguard-*.8' -printf '%f\n' | sed 's/mailguard-//; s/\.8$//' | sort |
		diff "$BATS_TEST_TMPDIR/commands" -
}

@test "every option of a command is in its page, and every option of the page in the command" {
	for command in "${COMMANDS[@]}"; do
		told_options "$command" >"$BATS_TEST_TMPDIR/told"
		grep -qx -- '-h, --help' "$BATS_TEST_TMPDIR/told"
		written_options "$command" | diff "$BATS_TEST_TMPDIR/told" -
	done
}

@test "every option stands in the synopsis too" {
	for command in "${COMMANDS[@]}"; do
		plain "$PAGES/mailguard-$command.8" | section SYNOPSIS >"$BATS_TEST_TMPDIR/synopsis"
		for option in $(told_options "$command" | grep -oE -- '--?[a-z-]+'); do
			grep -qE -- "(^|[[| ])$option([]| ]|\$)" "$BATS_TEST_TMPDIR/synopsis"
		done
	done
}

@test "a page and the list of commands describe a command in the same words" {
	for command in "${COMMANDS[@]}"; do
		local summary
		summary=$("$MAILGUARD" help | sed -n "s/^  $command  *//p")
		plain "$PAGES/mailguard-$command.8" | section NAME |
			grep -qxF "     mailguard-$command - $summary"
	done
}

@test "every page has the sections that a reader looks for" {
	for page in "$PAGES"/*.8; do
		for name in NAME SYNOPSIS DESCRIPTION OPTIONS ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
			plain "$page" | grep -qx "$name"
		done
	done
}

@test "pages name pages that exist" {
	local names
	mapfile -t names < <(grep -ho '^\.Xr mailguard[a-z-]* 8' "$PAGES"/*.8 | cut -d ' ' -f 2)
	[ ${#names[@]} -gt 3 ]
	for name in "${names[@]}"; do
		[ -e "$PAGES/$name.8" ]
	done
}

@test "the page of the suite names every command and every exit status" {
	plain "$PAGES/mailguard.8" >"$BATS_TEST_TMPDIR/page"
	for command in "${COMMANDS[@]}"; do
		grep -q "mailguard-$command(8)" "$BATS_TEST_TMPDIR/page"
	done
	local statuses
	mapfile -t statuses < <(sed -nE 's/^\tMG_[A-Z]+ = ([0-9]+),.*/\1/p' include/mailguard/err.h)
	[ ${#statuses[@]} -ge 8 ]
	for status in "${statuses[@]}"; do
		section 'EXIT STATUS' <"$BATS_TEST_TMPDIR/page" | grep -qE "^     $status +[A-Z]"
	done
}

@test "every column of a report is in its page" {
	plain "$PAGES/mailguard-report.8" >"$BATS_TEST_TMPDIR/page"
	mg_sweep cpanel "$TESTS/data/exim/demo.log"
	for format in table csv; do
		local heading
		heading=$("$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state" --hours --format $format |
			sed -n '/^mail by/d; p; q')
		for column in ${heading//,/ }; do
			grep -qw -- "$column" "$BATS_TEST_TMPDIR/page"
		done
	done
}

@test "the README names every command" {
	for command in "${COMMANDS[@]}"; do
		grep -q "mailguard $command" README.md
	done
}

@test "the README names every page, and the tree every folder of the library" {
	for page in "$PAGES"/*; do
		local name=${page##*/}
		grep -qF "${name%.*}(${name##*.})" README.md
	done
	for folder in lib/*/; do
		grep -qE "^$folder +[a-z]" README.md
	done
}

@test "the report in the README is the one that make demo prints" {
	mg_sweep cpanel "$TESTS/data/exim/demo.log"
	MG_DIALECT=postfix mg_sweep cpanel "$TESTS/data/postfix/3.7-rsyslog.log"
	MG_DIALECT=dovecot mg_sweep cpanel "$TESTS/data/dovecot/2.4-own.log"
	for about in "" "--by mailbox a.example" "--by ip"; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr "$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state" --utc $about
		[ ${#lines[@]} -gt 3 ]
		for line in "${lines[@]}"; do
			grep -qxF -- "$line" README.md
		done
	done
}

@test "the files that the README names exist" {
	local names
	mapfile -t names < <(grep -oE '(^|[` ])(cmd|include|lib|packaging|tests)/[A-Za-z0-9_./-]*' README.md | tr -d '` ')
	[ ${#names[@]} -gt 9 ]
	for name in "${names[@]}"; do
		[ -e "$name" ]
	done
}

# narrow COMMAND...: what a terminal of 72 columns without colours shows of it.
narrow() {
	LC_ALL=C NO_COLOR=1 script -qec "stty cols 72; $MAILGUARD $*" /dev/null </dev/null | tr -d '\r'
}

@test "the incident of mailguard(7) is what the commands print" {
	local host=$TESTS/data/hosts/cpanel state=$BATS_TEST_TMPDIR/state log=$TESTS/data/exim/demo.log line
	mg_sweep cpanel "$log"
	{
		narrow report --root "$host" --state "$state"
		narrow report --by mailbox domain:a.example --root "$host" --state "$state"
		narrow backtest -q --policy "$TESTS/../etc/policies/hourly-limits.conf" --root "$host" "$log"
	} >"$BATS_TEST_TMPDIR/printed"
	sed -n '/^\.Bd/,/^\.Ed/p' "$PAGES/mailguard.7" | grep -v '^[.#]' >"$BATS_TEST_TMPDIR/told"
	diff "$BATS_TEST_TMPDIR/told" "$BATS_TEST_TMPDIR/printed"
}
