# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016 # hooks are written in single quotes
#
# effects.bash: a host whose one hook writes a line for each effect it has, so that two are seen. Sourced, behind helper.bash.

NOW=1772408000 # 2026-03-01 23:33:20 UTC

# effects_setup: a host with alice and bob, an empty log, and the hook count.
effects_setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	EFFECTS=$ROOT/effects
	HOOKS=$ROOT/etc/mailguard/hooks.d
	mkdir -p "$ROOT/etc/mailguard/policies" "$ROOT/var/lib" "$HOOKS"
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
		hooks: { limit = "2s"; grace = "1s"; };
	END
	: >"$ROOT/main.log"
	hook count "$(counting)"
}

# hook NAME TEXT: one that tells nobody.
hook() {
	printf '#!/bin/sh\n[ "$1" != notify ] || exit 64\nD=%s\n%s\n' "$ROOT" "$2" >"$HOOKS/$1"
	chmod 755 "$HOOKS/$1"
}

# counting: a hook that keeps the contract. The effect and the note of its key are one step, as a panel's are.
counting() {
	cat <<-'END'
		key=$MAILGUARD_KEY
		is() { [ -e "$D/effects" ] && [ "$(grep "suspend $key\$" "$D/effects" | tail -n 1)" = "$1 $key" ]; }
		case $1 in
		query) case $MAILGUARD_OF in
			suspend) if is suspend; then echo done; else echo not-done; fi ;;
			unsuspend) if is suspend; then echo not-done; else echo done; fi ;;
			*) echo unknown ;;
			esac ;;
		suspend) is suspend || echo "suspend $key" >>"$D/effects" ;;
		unsuspend) if is suspend; then echo "unsuspend $key" >>"$D/effects"; fi ;;
		*) exit 64 ;;
		esac
	END
}

mg() {
	MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"
}

# marks [ACTION]: what became of the last one of that kind, as words.
marks() {
	mg why account:alice --json | jq -r --arg a "${1-suspend}" '[.actions[] | select(.action == $a)] | last | [.marks[].mark] | join(" ")'
}

# undo_of TEXT: the id of the command that ends it, as status says it.
undo_of() { sed -n "s/.*'mailguard undo \([0-9a-f]*\)' ends it.*/\1/p" <<<"$1"; }

effects() { cut -d' ' -f1 "$EFFECTS" | paste -sd' '; }

# later SECONDS: a sweep then.
later() { AT=$((NOW + $1)) mg sweep -q; }
