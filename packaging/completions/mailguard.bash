# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion for bash; what mailguard help --completion prints.

_mailguard() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} options='' words=''
	local -a paths=()

	[ "$COMP_CWORD" -gt 1 ] || command=''
	case $command in
	'')
		options='--help --version'
		words='sweep watch report status why ledger warn throttle hold suspend unsuspend contain terminate release block unblock exempt approve appeal undo offence notice rules investigate evidence backtest panel hook hook-test doctor config help'
		;;
	sweep)
		options='--accounts --config --dialect --dry-run --journal --old-dir --plain --policy --processes --source --state --root --quiet --help'
		paths=(-f)
		case $prev in
		--accounts) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--dialect) words='' paths=() ;;
		--old-dir) words='' paths=(-d) ;;
		--policy) words='' paths=(-f) ;;
		--processes) words='' paths=() ;;
		--source) words='' paths=() ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	watch)
		options='--accounts --config --dialect --journal --old-dir --policy --source --state --root --quiet --help'
		paths=(-f)
		case $prev in
		--accounts) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--dialect) words='' paths=() ;;
		--old-dir) words='' paths=(-d) ;;
		--policy) words='' paths=(-f) ;;
		--source) words='' paths=() ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	report)
		options='--by --hours --slots --since --until --sort --top --format --json --prometheus --output --exact --utc --state --config --root --quiet --help'
		case $prev in
		--by) words='' paths=() ;;
		--since) words='' paths=() ;;
		--until) words='' paths=() ;;
		--sort) words='' paths=() ;;
		--top) words='' paths=() ;;
		--format) words='' paths=() ;;
		--output) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--config) words='' paths=(-f) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	status)
		options='--actions --config --json --max-age --state --root --help'
		case $prev in
		--config) words='' paths=(-f) ;;
		--max-age) words='' paths=() ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	why)
		options='--customer --language --config --json --utc --state --root --quiet --help'
		case $prev in
		--language) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	ledger)
		options='--all --config --format --json --utc --state --root --quiet --help'
		words='list show verify'
		case $prev in
		--config) words='' paths=(-f) ;;
		--format) words='' paths=() ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	warn)
		options='--reason --dry-run --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	throttle)
		options='--for --until --reason --dry-run --config --state --root --help'
		case $prev in
		--for) words='' paths=() ;;
		--until) words='' paths=() ;;
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	hold)
		options='--for --until --reason --dry-run --config --state --root --help'
		case $prev in
		--for) words='' paths=() ;;
		--until) words='' paths=() ;;
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	suspend)
		options='--reason --for --with-login --skip-ladder --dry-run --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--for) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	unsuspend)
		options='--reason --incident --incident-form --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--incident) words='' paths=(-f) ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	contain)
		options='--reason --for --with-login --dry-run --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--for) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	terminate)
		options='--reason --dry-run --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	release)
		options='--reason --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	block)
		options='--confirm --for --until --reason --dry-run --config --state --root --help'
		case $prev in
		--for) words='' paths=() ;;
		--until) words='' paths=() ;;
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	unblock)
		options='--reason --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	exempt)
		options='--for --until --reason --dry-run --config --state --root --help'
		case $prev in
		--for) words='' paths=() ;;
		--until) words='' paths=() ;;
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	approve)
		options='--reason --account --code --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--account) words='' paths=() ;;
		--code) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	appeal)
		options='--reason --settle --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--settle) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	undo)
		options='--reason --config --state --root --help'
		case $prev in
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	offence)
		options='--reason --config --json --utc --state --root --help'
		words='list cause withdraw'
		case $prev in
		--reason) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	notice)
		options='--config --state --root --help'
		words='test digest template'
		case $prev in
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	rules)
		options='--install --force --confirm --dry-run --config --state --root --help'
		words='show diff apply remove'
		case $prev in
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	investigate)
		options='--since --until --json --config --state --root --quiet --help'
		case $prev in
		--since) words='' paths=() ;;
		--until) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	evidence)
		options='--since --until --reason --bodies --pubkey --redact --output --dry-run --force --json --config --utc --state --root --quiet --help'
		words='create list show verify'
		case $prev in
		--since) words='' paths=() ;;
		--until) words='' paths=() ;;
		--reason) words='' paths=() ;;
		--pubkey) words='' paths=() ;;
		--redact) words='' paths=() ;;
		--output) words='' paths=(-f) ;;
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	backtest)
		options='--policy --accounts --config --dialect --format --json --ladder --utc --root --quiet --help'
		paths=(-f)
		case $prev in
		--policy) words='' paths=(-f) ;;
		--accounts) words='' paths=() ;;
		--config) words='' paths=(-f) ;;
		--dialect) words='' paths=() ;;
		--format) words='' paths=() ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	panel)
		options='--dry-run --config --state --root --help'
		case $prev in
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	hook)
		options='--config --state --root --help'
		words='describe'
		case $prev in
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	hook-test)
		options='--account --domain --terminate --limit --json --state --root --help'
		case $prev in
		--account) words='' paths=() ;;
		--domain) words='' paths=() ;;
		--limit) words='' paths=() ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	doctor)
		options='--config --json --state --root --help'
		case $prev in
		--config) words='' paths=(-f) ;;
		--state) words='' paths=(-d) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	config)
		options='--config --json --policy --root --quiet --help'
		words='check show example manual'
		paths=(-f)
		case $prev in
		--config) words='' paths=(-f) ;;
		--policy) words='' paths=(-f) ;;
		--root) words='' paths=(-d) ;;
		esac
		;;
	help)
		options='--completion --help'
		words='sweep watch report status why ledger warn throttle hold suspend unsuspend contain terminate release block unblock exempt approve appeal undo offence notice rules investigate evidence backtest panel hook hook-test doctor config help'
		case $prev in
		esac
		;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen "${paths[@]}" -W "$words" -- "$cur") ;;
	esac
}

complete -o filenames -F _mailguard mailguard
