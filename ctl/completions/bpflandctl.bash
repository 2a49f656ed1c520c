# SPDX-License-Identifier: GPL-2.0-only
# Completions of bpflandctl(1) for bash: the program itself says what can come next.
# shellcheck shell=bash

_bpflandctl() {
        local words=() word cut line candidate i

        # The shell breaks words at "=": what belongs to one option or assignment is put together again.
        for ((i = 1; i <= COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if ((${#words[@]})) && [[ $word == = || ${words[-1]} == ?*= ]]; then
                        words[-1]+=$word
                else
                        words+=("$word")
                fi
        done
        word=${words[-1]}
        cut=
        [[ $word == *=* && $COMP_WORDBREAKS == *=* ]] && cut=${word%%=*}=

        COMPREPLY=()
        while IFS= read -r line; do
                candidate=${line%%$'\t'*}
                case $candidate in
                :command*)
                        _bpflandctl_command "$((${#words[@]} - ${candidate#:command }))"
                        return ;;
                :file) compopt -o default ;;
                :host) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -A hostname -- "$word") ;;
                *=)
                        compopt -o nospace 2>/dev/null
                        COMPREPLY+=("$candidate") ;;
                ?*) COMPREPLY+=("${candidate#"$cut"}") ;;
                esac
        done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
}

# A command line of its own, whose first word is $1 words before the one that is typed.
_bpflandctl_command() {
        if declare -F _comp_command_offset >/dev/null; then
                _comp_command_offset "$((COMP_CWORD - $1))"
        elif declare -F _command_offset >/dev/null; then
                _command_offset "$((COMP_CWORD - $1))"
        elif (($1 == 0)); then
                mapfile -t COMPREPLY < <(compgen -A command -- "${COMP_WORDS[COMP_CWORD]}")
        else
                compopt -o default 2>/dev/null
        fi
}

complete -F _bpflandctl bpflandctl
