#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh [DIR] - a sweep of a log of each server, and reports of what was
# counted.
#
# The logs were written by real servers (tests/data/README.md), as if one host
# ran all three; those of DIR, by tests/demo_live.sh just now. Everything goes to
# build/demo.
set -eu
cd "$(dirname "$0")/.."

host=tests/data/hosts/cpanel
exim=tests/data/exim/demo.log
postfix=tests/data/postfix/3.7-rsyslog.log
dovecot=tests/data/dovecot/2.4-own.log
if [ $# = 1 ]; then
	exim=$1/exim.log postfix=$1/postfix.log dovecot=$1/dovecot.log
fi
state=build/demo/state

# Show a command, then do it.
run() {
	echo "\$ $*"
	"$@"
	echo
}

sweep() { # DIALECT LOG
	run build/mailguard sweep --root $host --state $state --dialect "$1" "$2"
}

report() {
	run build/mailguard report --root $host --state $state "$@"
}

rm -rf build/demo
mkdir -p build/demo
sweep exim "$exim"
sweep postfix "$postfix"
sweep dovecot "$dovecot"
report
report --by mailbox a.example
report --by ip
report --format html -o build/demo/report.html
echo "For a browser: build/demo/report.html"
