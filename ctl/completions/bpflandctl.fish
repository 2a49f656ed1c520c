# SPDX-License-Identifier: GPL-2.0-only
# Completions of bpflandctl(1) for fish: the program itself says what can come next.

function __fish_bpflandctl
    set -l words (commandline -opc)
    set -l current (commandline -ct)

    for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':command *'
                set -l first (math (string replace ':command ' '' -- $line) + 1)
                complete -C "$(string join ' ' -- (string escape -- $words[$first..-1]) $current)"
            case ':file'
                __fish_complete_path $current
            case ':host'
                __fish_print_hostnames
            case '*'
                echo $line
        end
    end
end

complete -c bpflandctl -f -a '(__fish_bpflandctl)'
