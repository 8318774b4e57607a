#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh - a sweep of a log of each server, and reports of what was counted.
#
# The logs were written by real servers (tests/data/README.md), as if one host
# ran all three. Everything goes to build/demo.
set -eu
cd "$(dirname "$0")/.."

host=tests/data/hosts/cpanel
state=build/demo/state

# Show a command, then do it.
run() {
	echo "\$ $*"
	"$@"
	echo
}

sweep() { # DIALECT LOG
	run build/mailguard sweep --root $host --state $state --dialect "$1" \
		"tests/data/$2"
}

report() {
	run build/mailguard report --root $host --state $state "$@"
}

rm -rf build/demo
mkdir -p build/demo
sweep exim exim/demo.log
sweep postfix postfix/3.7-rsyslog.log
sweep dovecot dovecot/2.4-own.log
report
report --by mailbox a.example
report --by ip
report --format html -o build/demo/report.html
echo "For a browser: build/demo/report.html"
