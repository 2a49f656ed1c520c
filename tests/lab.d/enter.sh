# SPDX-License-Identifier: GPL-2.0-only
# Becoming root, and entering the namespaces that keep a run from leaving anything behind. Sourced by tests/lab.
# shellcheck shell=bash

# Variables that matter to the lab; sudo and its kin drop the environment.
LAB_ENVIRONMENT="BPFLAND_LAB_DIR XDG_CACHE_HOME http_proxy https_proxy no_proxy SSL_CERT_FILE TERM"

become_root() {
        local name via=() pass=()

        [ "$(id -u)" -ne 0 ] || return 0
        for name in $LAB_ENVIRONMENT; do
                [ -z "${!name:-}" ] || pass+=("$name=${!name}")
        done
        for via in sudo doas pkexec; do
                if command -v "$via" >/dev/null; then
                        say "the lab needs root: asking $via"
                        exec "$via" env "${pass[@]}" BPFLAND_LAB_VIA="$via" bash "$LAB_SELF" "$@"
                fi
        done
        die "the lab needs root (it makes a Debian tree, mounts and virtual machines)," \
                "and none of sudo, doas and pkexec is installed:" \
                "run it as root, for example with: su -c '$LAB_SELF $VERB'"
}

check_host() {
        local tool

        [ "$(uname -m)" = x86_64 ] || die "the lab knows only x86-64 machines for now; this one is $(uname -m)."
        for tool in unshare setpriv flock; do
                command -v "$tool" >/dev/null || die "the program '$tool' is missing: install util-linux 2.36 or later."
        done
        unshare --mount --pid --fork true 2>/dev/null ||
                die "this root may not make namespaces (a container without privileges?):" \
                        "run the lab on the machine itself, or in a privileged container."
        mkdir -p "$LAB_DIR/runs" "$LAB_DIR/kernels" "$LAB_DIR/work" ||
                die "cannot write to $LAB_DIR: set BPFLAND_LAB_DIR to a folder that can be written."
}

# A run's folder is locked by the run for as long as any of its processes lives.
remove_stale_runs() {
        local dir

        for dir in "$LAB_DIR"/runs/*/; do
                [ -d "$dir" ] || continue
                ( flock -n 9 && rm -rf "$dir" ) 9>>"$dir/lock" || true
        done
}

# The inner lab must die with the outer one however that ends, so both links of the chain carry a death signal.
# Background, because bash puts off traps while a command runs in the foreground.
enter_lab() {
        local rc=0 inner=

        become_root "$@"
        check_host
        remove_stale_runs

        # Hidden until it is locked, or another lab would take it for a dead run's.
        RUN=$(mktemp -d "$LAB_DIR/runs/.$$.XXXXXX") || die "cannot write to $LAB_DIR (full?)."
        exec 9>"$RUN/lock"
        flock 9
        mv "$RUN" "$LAB_DIR/runs/${RUN##*/.}"
        RUN=$LAB_DIR/runs/${RUN##*/.}
        follow_parent

        [ ! -t 0 ] || LAB_TTY=$(stty -g)
        trap 'leave_lab 130' INT
        trap 'leave_lab 143' TERM HUP
        trap 'end_lab' EXIT

        BPFLAND_LAB_RUN=$RUN setpriv --pdeathsig KILL \
                unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc \
                bash "$LAB_SELF" "$@" <&0 &
        inner=$!
        wait "$inner" || rc=$?
        restore_terminal
        exit "$rc"
}

# sudo and its kin stay between the user and the lab: killing them must end the lab too.
follow_parent() {
        local parent=$PPID self=$$

        [ -n "${BPFLAND_LAB_VIA:-}" ] || return 0
        (
                while kill -0 "$parent" 2>/dev/null; do sleep 1; done
                kill -TERM "$self"
        ) 9>&- >/dev/null 2>&1 </dev/null &
        follower=$!
}

restore_terminal() {
        [ -z "${LAB_TTY:-}" ] || stty "$LAB_TTY" || true
}

end_lab() {
        [ -z "${follower:-}" ] || kill "$follower" 2>/dev/null || true
        rm -rf "$RUN"
}

leave_lab() {
        [ -z "$inner" ] || kill -KILL "$inner" 2>/dev/null || true
        wait "$inner" 2>/dev/null || true
        restore_terminal
        say "stopped."
        exit "$1"
}
