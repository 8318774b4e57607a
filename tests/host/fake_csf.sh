#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fake_csf.sh: what csf 16 does with -td and -trd, below the root that it is installed in as usr/sbin/csf. Its status is
# always 0; private addresses are refused; beyond the limit the oldest deny is dropped in silence.

denies=${0%/usr/sbin/csf}/var/lib/csf/csf.tempban
limit=$(sed -n 's/^DENY_TEMP_IP_LIMIT = "\(.*\)"/\1/p' "${0%/usr/sbin/csf}/etc/csf/csf.conf")
ip=$2

case $1 in
-td)
	seconds=$3 ports=$5 direction=$7
	shift 7
	[ "$seconds" -ge 2 ] || seconds=3600
	case $ip in
	10.* | 192.168.*)
		echo "csf: $ip is not a valid PUBLIC IP/CIDR"
		exit 0
		;;
	esac
	if grep -q "|$ip|" "$denies"; then
		echo "csf: $ip is already temporarily blocked"
		exit 0
	fi
	echo "$(date +%s)|$ip|$ports|$direction|$seconds|$*" >>"$denies"
	tail -n "$limit" "$denies" >"$denies.new" && cat "$denies.new" >"$denies"
	;;
-trd)
	grep -v "|$ip|" "$denies" >"$denies.new"
	cat "$denies.new" >"$denies"
	;;
esac
exit 0
