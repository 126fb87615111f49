# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
_uptide() {
	local current="${COMP_WORDS[COMP_CWORD]}" called="" word words files
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$called $word" in @CALLS@) called="$called $word" ;; esac
	done
	case "$called" in
@CASES@
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	if [ -n "$called" ] && [ "${current:0:1}" != - ]; then
		mapfile -t files < <(compgen -f -- "$current")
		COMPREPLY+=("${files[@]}")
	fi
}
complete -o filenames -F _uptide uptide
