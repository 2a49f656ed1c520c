# SPDX-License-Identifier: GPL-2.0-only
# One function per command; run inside the namespaces. Sourced by tests/lab.
# shellcheck shell=bash

prepare_lab() {
        ensure_tree
        # shellcheck disable=SC2086 # a list of words
        ensure_layers $OPT_WITH
        [ "$VERB" != test ] || ensure_suite_layers "${ARGS[@]}"
        mount_tools
}

# prepare_guest CLOCK KIND...: a built project, and a decision about KVM.
prepare_guest() {
        local clock=$1
        shift

        prepare_lab
        build_project "$@"
        choose_clock "$clock"
}

command_run() {
        prepare_guest "" release
        boot_guest guest "$OPT_KERNEL" "${OPT_INIT:-script}" "${ARGS[@]}"
}

command_boot() {
        local start rc=0

        prepare_guest "" release
        start=$EPOCHSECONDS
        [ ${#ARGS[@]} -gt 0 ] || ARGS=(true)
        boot_guest guest "$OPT_KERNEL" "${OPT_INIT:-script}" "${ARGS[@]}" || rc=$?
        [ ! -e "$RUN/vm/guest/xfer/uptime" ] ||
                say "the guest was up after $(cat "$RUN/vm/guest/xfer/uptime") s of its own clock;" \
                        "boot and end took $(seconds_since "$start") s"
        return "$rc"
}

# A shell in virtual time would see hours pass while the user thinks.
command_shell() {
        local init=shell

        prepare_guest real release
        [ "$OPT_INIT" != script ] || init=shell-script
        boot_guest guest "$OPT_KERNEL" "$init" true
}

command_exec() {
        prepare_lab
        build_project release
        # shellcheck disable=SC2016
        in_tools env "${OPT_ENV[@]}" sh -c 'cd /src && exec "$@"' sh "${ARGS[@]}"
}

command_build() {
        local start=$EPOCHSECONDS

        prepare_lab
        build_project debug release
        has_project || return 1
        say "built in $(seconds_since "$start") s"
}

command_kernels() {
        prepare_lab
        print_kernels
}

command_demo() {
        local start=$EPOCHSECONDS rc=0 ready

        prepare_guest "" release
        [ -e "$RUN/src/tests/demo/run" ] || die "there is no tests/demo/run in $LAB_TOP."
        ready=$EPOCHSECONDS
        say "tree, kernel and build took $((ready - start)) s; booting ..."
        boot_guest demo "$OPT_KERNEL" "${OPT_INIT:-systemd}" /src/tests/demo/run || rc=$?
        say "the demo took $(seconds_since "$ready") s, everything $(seconds_since "$start") s"
        return "$rc"
}

command_bench() {
        local i rc=0

        case ${ARGS[0]:-} in
        --list | --help)
                ensure_tree
                mount_tools
                mount_source
                in_tools /src/tests/bench/run "${ARGS[0]}"
                return
                ;;
        esac
        OPT_WITH="bench $OPT_WITH"
        OPT_TIMEOUT=${OPT_TIMEOUT:-14400}
        prepare_guest "" release
        # What is misspelt should not cost a boot.
        in_tools /src/tests/bench/run --check "${OPT_CPUS:-1}" "${ARGS[@]}" || exit 2
        boot_guest bench "$OPT_KERNEL" "${OPT_INIT:-systemd}" /src/tests/bench/run "${ARGS[@]}" || rc=$?
        for ((i = 0; i < ${#OPT_RESULTS[@]}; i += 2)); do
                [ ! -e "$RUN/vm/bench/xfer/out/${OPT_RESULTS[i]}" ] ||
                        cp "$RUN/vm/bench/xfer/out/${OPT_RESULTS[i]}" "${OPT_RESULTS[i + 1]}"
        done
        return "$rc"
}

command_clean() {
        local tree used=

        WORK=$LAB_DIR/work/$(work_key)
        rm -rf "$WORK"
        [ -n "$OPT_ALL" ] || return 0
        for tree in "$LAB_DIR"/tree-*.lock; do
                [ -e "$tree" ] || continue
                tree=${tree%.lock}
                remove_tree "$tree" || used=$tree
        done
        [ -z "$used" ] || die "another lab is using $used: it and the kernels stay."
        rm -rf "$LAB_DIR/kernels" "$LAB_DIR/layers" "$LAB_DIR/work" "$LAB_DIR/kvm"
}

command_test() {
        prepare_guest "" debug release
        run_suites "${ARGS[@]}"
}

run_command() {
        umask 022
        cd /
        "command_$VERB"
}
