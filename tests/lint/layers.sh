#!/bin/bash
# SPDX-License-Identifier: MIT
#
# layers.sh [TREE] - check who includes whom.
#
# An #include points to a lower layer or stays in its own folder, libc is free
# to all, and a third party's header has one place. The header
# mailguard/NAME.h belongs to the folder where NAME.c (or NAME_*.c) stands.
set -euo pipefail
cd "${1-$(dirname "$0")/../..}"

declare -A layer=(
	[cmd]=4
	[act]=3
	[ingest]=2 [judge]=2 [rules]=2 [evidence]=2 [report]=2 [host]=2
	[conf]=1 [maillog]=1 [account]=1 [store]=1 [complaint]=1 [out]=1 [pack]=1
	[net]=1
	[base]=0
)

# Public headers without a source of their name.
declare -A header_only=([entry]=base [limits]=base [vec]=base)

# What commands share, and parts of one; otherwise they do not include one
# another.
cmd_headers=' act_run.h command.h options.h session.h complete.h evidence_export.h evidence_look.h sweep_plan.h sweep_progress.h sweep_run.h sweep_run_priv.h sweep_say.h trial.h watch_eyes.h '

# Where a third party's header may stand: a file, or a folder.
third_party() { # HEADER
	case $1 in
	json-c/*) echo lib/base/json ;;
	sqlite3.h) echo lib/store/ ;;
	libconfig.h) echo lib/conf/ ;;
	archive.h | archive_entry.h | zlib.h) echo lib/pack/ ;;
	sodium.h) echo lib/evidence/seal.c ;;
	ares.h | hiredis/*) echo lib/net/ ;;
	*) return 1 ;;
	esac
}

# libc's own and the kernel's.
is_system() { # HEADER
	case $1 in
	sys/*.h | linux/*.h | net/*.h | netinet/*.h | arpa/*.h | asm/*.h) ;;
	assert.h | ctype.h | dirent.h | elf.h | endian.h | errno.h | fcntl.h | \
		fnmatch.h | getopt.h | glob.h | grp.h | inttypes.h | libgen.h | \
		limits.h | locale.h | math.h | poll.h | pwd.h | sched.h | signal.h | \
		spawn.h | stdalign.h | stdarg.h | stdbool.h | stddef.h | stdint.h | \
		stdio.h | stdlib.h | stdnoreturn.h | string.h | strings.h | \
		syslog.h | termios.h | time.h | unistd.h | immintrin.h) ;;
	*) return 1 ;;
	esac
}

folder_of_header() { # NAME
	local source
	for source in lib/*/"$1".c lib/*/"$1"_*.c; do
		if [ -e "$source" ]; then
			source=${source#lib/}
			echo "${source%%/*}"
			return
		fi
	done
	echo "${header_only[$1]-}"
}

# Prints what is wrong with an include, or nothing.
judge() { # FILE FOLDER HEADER-WITH-ITS-BRACKETS
	local file=$1 folder=$2 header=${3:1:-1} place owner
	case $3 in
	'<'*)
		if is_system "$header"; then
			return
		elif ! place=$(third_party "$header"); then
			echo "unknown third party"
		elif [[ $file != "$place"* ]]; then
			echo "belongs to $place only"
		fi
		;;
	'"mailguard/'*)
		header=${header#mailguard/}
		owner=$(folder_of_header "${header%.h}")
		if [ -z "$owner" ]; then
			echo "no lib/*/${header%.h}.c owns it"
		elif [ "$owner" != "$folder" ] &&
			[ "${layer[$owner]-9}" -ge "${layer[$folder]}" ]; then
			echo "$folder (layer ${layer[$folder]}) may not look at" \
				"$owner (layer ${layer[$owner]-unknown})"
		fi
		;;
	*)
		if [[ $header == */* || ! -e ${file%/*}/$header ]]; then
			echo "not beside the file"
		elif [[ $folder == cmd && $cmd_headers != *" $header "* ]]; then
			echo "commands do not include one another"
		fi
		;;
	esac
}

bad=0
while IFS=: read -r file line include; do
	case $file in
	cmd/*) folder=cmd ;;
	lib/*) folder=${file#lib/} folder=${folder%%/*} ;;
	*) folder=$(folder_of_header "$(basename "$file" .h)") ;;
	esac
	header=
	if [[ $include =~ include[[:space:]]*(\<[^\>]+\>|\"[^\"]+\") ]]; then
		header=${BASH_REMATCH[1]}
	fi
	if [ -z "${layer[${folder:-none}]-}" ]; then
		why='the file is in no layer; is there a lib/*/NAME.c for it?'
	elif [ -z "$header" ]; then
		why='computed include'
	else
		why=$(judge "$file" "$folder" "$header")
	fi
	if [ -n "$why" ]; then
		echo "$file:$line: ${header:-$include}: $why"
		bad=1
	fi
done < <(grep -rnE --include='*.[ch]' '^[ \t]*#[ \t]*include' \
	lib cmd include 2>/dev/null | LC_ALL=C sort -t: -k1,1 -k2,2n)
exit "$bad"
