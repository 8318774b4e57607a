# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# firewall.bash: two network namespaces and a wire: a host with the firewall, which is 192.0.2.1 and 2001:db8::1, and
# clients, which are 192.0.2.10 to .49 and 2001:db8:N::7 for N from 1 to 10. No packet leaves the machine.

FW_ID=mg-fw-$$

# What keeps this from running, in one line.
fw_check() {
	[ "$(id -u)" -eq 0 ] || { echo 'network namespaces need root'; return 1; }
	command -v nft >/dev/null || { echo 'no nft'; return 1; }
	ip netns add "$FW_ID-check" 2>/dev/null || { echo 'no network namespaces'; return 1; }
	ip netns del "$FW_ID-check"
}

# fw_up ROOT: both ends, and a tree with the real nft.
fw_up() {
	ip netns add "$FW_ID-host"
	ip netns add "$FW_ID-clients"
	ip link add "to-clients" netns "$FW_ID-host" type veth peer name "to-host" netns "$FW_ID-clients"
	{
		echo 'link set lo up'
		echo 'addr add 192.0.2.1/24 dev to-clients'
		echo 'addr add 2001:db8::1/32 nodad dev to-clients'
		echo 'link set to-clients up'
	} | ip -n "$FW_ID-host" -batch -
	{
		echo 'link set lo up'
		for i in {10..49}; do echo "addr add 192.0.2.$i/24 dev to-host"; done
		for i in {1..10}; do echo "addr add 2001:db8:$i::7/32 nodad dev to-host"; done
		echo 'link set to-host up'
	} | ip -n "$FW_ID-clients" -batch -
	mkdir -p "$1/usr/sbin" "$1/etc/mailguard" "$1/var/lib"
	install -m 755 "$(command -v nft)" "$1/usr/sbin/nft"
}

# fw_configure ROOT BACKEND GROUP-FIELDS [MORE]: the settings.
fw_configure() {
	printf 'enforce = { by = [ "%s" ]; };\nfirewall = { %s };\n%s\n' "$2" "$3" "${4-}" \
		>"$1/etc/mailguard/mailguard.conf"
	chmod 644 "$1/etc/mailguard/mailguard.conf"
}

fw_host() { ip netns exec "$FW_ID-host" "$@"; }
fw_clients() { ip netns exec "$FW_ID-clients" "$@"; }

# fw_serve_at END ADDRESS PORT...: a server at the host or the clients until fw_down; its process id goes to FW_SERVERS.
fw_serve_at() {
	local said end=$1
	shift
	exec {said}< <(exec ip netns exec "$FW_ID-$end" "$TESTS/host/firewall_net.py" serve "$@" 3>&-)
	FW_SERVERS="${FW_SERVERS-} $!"
	read -r -t 10 -u "$said"
	exec {said}<&-
}

fw_serve() { fw_serve_at host "$@"; }

# fw_connect TO PORT N FROM...: "FROM GREETED REFUSED" of each.
fw_connect() { fw_clients "$TESTS/host/firewall_net.py" connect "$@"; }

# fw_hold TO PORT FROM: a connection that stays until fw_down; fw_say WORD: whether its other end still answers.
fw_hold() {
	local greeting
	coproc FW_HELD { exec ip netns exec "$FW_ID-clients" "$TESTS/host/firewall_net.py" hold "$@" 3>&-; }
	FW_SERVERS="${FW_SERVERS-} $!"
	read -r -t 10 greeting <&"${FW_HELD[0]}"
	[ "$greeting" = '+OK' ]
}

fw_say() {
	local answer
	echo "$1" >&"${FW_HELD[1]}"
	read -r -t 10 answer <&"${FW_HELD[0]}"
	[ "$answer" = "$1" ]
}

fw_down() {
	# shellcheck disable=SC2086 # a list of ids
	[ -z "${FW_SERVERS-}" ] || kill $FW_SERVERS
	ip netns del "$FW_ID-clients" || true
	ip netns del "$FW_ID-host" || true
}

# fw_iptables ROOT VARIANT: ipset, and iptables of a variant, nft or legacy, for the tree.
fw_iptables() {
	local tool
	install -m 755 "$(command -v ipset)" "$1/usr/sbin/ipset"
	for tool in iptables-save iptables-restore ip6tables-save ip6tables-restore; do
		install -m 755 "$(command -v "xtables-$2-multi")" "$1/usr/sbin/$tool"
	done
}
