# SPDX-License-Identifier: GPL-2.0-only
# Messages, timing, and the way long steps are run. Sourced by tests/lab.
# shellcheck shell=bash

# Everything the lab says about itself goes to stderr: stdout belongs to the command in the guest.
say() {
        printf 'lab: %s\n' "$*" >&2
}

die() {
        say "$*"
        exit 1
}

die_usage() {
        say "$*"
        say "'tests/lab help' lists the commands and options."
        exit 2
}

# seconds_since START: START is a value of $EPOCHSECONDS.
seconds_since() {
        echo $((EPOCHSECONDS - $1))
}

# run_step WHAT LOG COMMAND...: runs COMMAND with its output in LOG, and says every 20 seconds that it still runs.
run_step() {
        local what=$1 log=$2 start=$EPOCHSECONDS next=20 pid rc=0
        shift 2

        say "$what ..."
        "$@" >"$log" 2>&1 </dev/null &
        pid=$!
        while kill -0 "$pid" 2>/dev/null; do
                sleep 0.1
                if [ "$(seconds_since "$start")" -ge "$next" ]; then
                        say "$what: $next s so far"
                        next=$((next + 20))
                fi
        done
        wait "$pid" || rc=$?
        [ "$rc" -ne 0 ] || say "$what: done in $(seconds_since "$start") s"
        return "$rc"
}

# require_space DIRECTORY MEGABYTES WHAT
require_space() {
        local free

        free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
        [ "$free" -ge "$2" ] || die "$1 has $free MB free and $3 needs $2 MB:" \
                "free some space, or set BPFLAND_LAB_DIR to a folder on another disk."
}

# quote_words WORD...: one line that a shell reads back as the same words.
quote_words() {
        printf '%q ' "$@"
}
