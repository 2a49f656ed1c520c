# SPDX-License-Identifier: GPL-2.0-only
# Test suites: what runs where, two guests at a time, and one total at the end. Sourced by tests/lab.
#
# A job is a set of tests in one place: the tree itself, or a guest. It leaves a folder in $RUN/jobs with
# its plan (names that must be answered for), its results and the output of what failed.
# shellcheck shell=bash

NATIVE_SUITES="unit check bus"
# The longest first, so that the two guests end at about the same time.
GUEST_SUITES="vm stall bpf package broker counters isolcpus tuned kernels cost"
DEMAND_SUITES="soak peers scale growth"
WORKERS=2
# Waits for the host count as guest time in virtual time, so a test's own limit is no measure of it.
GUEST_MULTIPLIER=20
# The limits in the build files are for a machine of today that has nothing else to do.
NATIVE_MULTIPLIER=4

# describe_suite SUITE: how its guest starts, on which kernels, with how many CPUs, and more words for the kernel.
describe_suite() {
        case $1 in
        bpf) echo "script default,newest 2" ;;
        kernels) echo "script series 1" ;;
        cost) echo "script default 1" ;;
        vm | tuned | peers | scale | package) echo "systemd default 1" ;;
        broker) echo "systemd default 1 lab.bus=dbus-broker" ;;
        isolcpus) echo "systemd default 2 isolcpus=1" ;;
        counters) echo "script default 4" ;;
        growth) echo "script default 32" ;;
        *) echo "systemd default 2" ;;
        esac
}

# What the guest of one suite has on top of the tree, and nobody else: the power daemon that excludes the tree's,
# and a client of another loader, which takes minutes to build.
declare -A SUITE_LAYERS=([tuned]=tuned [peers]=scxctl) SUITE_PATHS=()
# What the tree needs for one suite: to prepare its guest, or to run it.
declare -A BUILD_LAYERS=([package]=packaging [bus]="prometheus less")

# is_suite_wanted SUITE FILTER...: what is a test's name is not known yet, but they begin like their suite.
is_suite_wanted() {
        local suite=$1
        shift

        case " $* " in
        "  ") case " $DEMAND_SUITES " in *" $suite "*) return 1 ;; esac ;;
        *" $suite"*) ;;
        *) return 1 ;;
        esac
}

# For the time before mount_tools.
ensure_suite_layers() {
        local paths=$LAYER_PATHS suite

        for suite in "${!SUITE_LAYERS[@]}"; do
                is_suite_wanted "$suite" "$@" || continue
                LAYER_PATHS=
                ensure_layers "${SUITE_LAYERS[$suite]}"
                SUITE_PATHS[$suite]=$LAYER_PATHS
        done
        LAYER_PATHS=
        # In this order: each layer has a package database of its own, and the uppermost is asked what can be built.
        for suite in bus package; do
                # shellcheck disable=SC2086 # a list of words
                ! is_suite_wanted "$suite" "$@" || ensure_layers ${BUILD_LAYERS[$suite]}
        done
        TOOL_PATHS=$LAYER_PATHS
        LAYER_PATHS=$paths
}

# suite_topology SUITE: its CPUs as --topology has them; nothing for those that do not care.
suite_topology() {
        case $1 in
        counters) echo sockets=2,cores=2 ;;
        esac
}

# list_tests KIND: caches "suite<TAB>name" lines of a build folder.
list_tests() {
        local list=$RUN/jobs/tests.$1

        [ -e "$list" ] || in_tools /src/tests/lab.d/inside/results.py list "/build/$1" >"$list" ||
                die "the tests of /build/$1 cannot be listed."
        cat "$list"
}

suite_place() {
        case " $NATIVE_SUITES " in *" $1 "*) echo debug; return ;; esac
        echo release
}

# select_tests SUITE FILTER...: names in SUITE that a filter (a suite, a name or a pattern) takes in.
# No filter takes all.
select_tests() {
        local suite=$1 name filter
        shift

        list_tests "$(suite_place "$suite")" | sed -n "s/^$suite	//p" | while read -r name; do
                [ $# -gt 0 ] || echo "$name"
                for filter in "$@"; do
                        # shellcheck disable=SC2053,SC2254 # a filter may be a pattern
                        case $suite in $filter) echo "$name"; break ;; esac
                        # shellcheck disable=SC2254
                        case $name in $filter) echo "$name"; break ;; esac
                done
        done
}

# plan_job JOB SUFFIX NAME...
plan_job() {
        local job=$RUN/jobs/$1 suffix=$2 name
        shift 2

        mkdir -p "$job/details"
        : >"$job/results"
        for name in "$@"; do
                printf '%s%s\n' "$name" "$suffix"
        done >"$job/plan"
}

# Tests that a job never answered for have failed, whatever the reason.
settle_job() {
        local job=$RUN/jobs/$1 reason=$2 name

        while read -r name; do
                cut -f2 "$job/results" | grep -qxF -- "$name" && continue
                printf 'fail\t%s\t0\t%s\n' "$name" "$reason" >>"$job/results"
                printf 'fail  %-44s            (%s)\n' "$name" "$reason"
        done <"$job/plan"
}

run_native_job() {
        local job=$1 suite names=() words=() only=()
        shift

        for suite in "$@"; do
                mapfile -t -O ${#names[@]} names < <(select_tests "$suite" "${FILTERS[@]}")
                words+=(--suite "$suite")
        done
        [ ${#names[@]} -gt 0 ] || return 0
        plan_job "$job" "" "${names[@]}"
        [ ${#FILTERS[@]} -eq 0 ] || only=("${names[@]}")
        mkdir -p "$TOOLS/tmp/$job"
        in_tools /src/tests/lab.d/inside/results.py run /build/debug \
                --results "/tmp/$job/results" --details "/tmp/$job/details" \
                --multiplier $NATIVE_MULTIPLIER "${words[@]}" "${only[@]}" || true
        cp -r "$TOOLS/tmp/$job/." "$RUN/jobs/$job/" 2>/dev/null || true
        settle_job "$job" "did not run"
}

# run_guest_job JOB SUITE KERNEL SUFFIX NAME...
run_guest_job() {
        local job=$1 suite=$2 kernel=$3 suffix=${4#-} init cpus append rc=0 xfer=$RUN/vm/$1/xfer
        shift 4

        read -r init _ cpus append < <(describe_suite "$suite")
        # The job's subshell owns these.
        OPT_CPUS=${OPT_CPUS:-$cpus}
        OPT_TOPOLOGY=${OPT_TOPOLOGY:-$(suite_topology "$suite")}
        OPT_APPEND="$OPT_APPEND $append"
        OPT_TIMEOUT=${OPT_TIMEOUT:-$(suite_limit "$suite")}
        LAYER_PATHS=${SUITE_PATHS[$suite]:-}$LAYER_PATHS

        # Limits are numbers of instructions, whatever this machine can do.
        case $suite in
        cost | scale | growth) local GUEST_ACCEL=tcg GUEST_CLOCK=virtual ;;
        # Minutes of load: of a machine of 125 million instructions per second, which emulation keeps up with.
        soak) local GUEST_SHIFT=3 ;;
        esac

        plan_job "$job" "$suffix" "$@"
        if [ "$suite" = package ]; then
                local GUEST_BARE=yes
                build_packages "$xfer/packages" || {
                        settle_job "$job" "the packages could not be built"
                        return
                }
        fi
        boot_guest "$job" "$kernel" "$init" /src/tests/lab.d/inside/results.py run /build/release \
                --results /lab/xfer/results --details /lab/xfer/details --suffix "$suffix" \
                --multiplier $GUEST_MULTIPLIER --jobs 1 --suite "$suite" "$@" || rc=$?
        cp -r "$xfer/results" "$xfer/details" "$RUN/jobs/$job/" 2>/dev/null || true
        case $rc in
        124) settle_job "$job" "the guest ran out of time before or in this test" ;;
        125) settle_job "$job" "the guest died before or in this test" ;;
        *) settle_job "$job" "did not run" ;;
        esac
}

# Each line of JOBS is: job, suite, kernel, suffix of the names ('-' for none), names.
plan_guest_jobs() {
        local suite names kernels

        for suite in "$@"; do
                mapfile -t names < <(select_tests "$suite" "${FILTERS[@]}")
                [ ${#names[@]} -gt 0 ] || continue
                read -r _ kernels _ < <(describe_suite "$suite")
                if [ "$kernels" = series ]; then
                        plan_kernel_jobs "$suite" "${names[*]}"
                elif [ "$kernels" = default ] || [ "$NEWEST_KERNEL" = "$DEFAULT_KERNEL" ]; then
                        JOBS+=("$suite $suite $DEFAULT_KERNEL - ${names[*]}")
                else
                        JOBS+=("$suite-default $suite $DEFAULT_KERNEL @$(short_kernel "$DEFAULT_KERNEL") ${names[*]}"
                                "$suite-newest $suite $NEWEST_KERNEL @$(short_kernel "$NEWEST_KERNEL") ${names[*]}")
                fi
        done
}

# One kernel of each series that has sched_ext; when nothing is named, as in CI, the oldest and the newest.
plan_kernel_jobs() {
        local suite=$1 names=$2 series release wanted="6.16.3 6.17 6.18 6.19 7.0 7.1 7.2 7.3"

        [ ${#FILTERS[@]} -gt 0 ] || wanted="6.16.3 newest"
        [ "$OPT_KERNEL" = default ] || wanted=$OPT_KERNEL
        for series in $wanted; do
                if release=$(fetch_some_kernel "$series"); then
                        JOBS+=("$suite-$series $suite $release @$(short_kernel "$release") $names")
                else
                        mkdir -p "$RUN/jobs/$suite-$series"
                        printf 'skip\tkernel@%s\t0\tthe archive no longer has the packages of any kernel %s\n' \
                                "$series" "$series" >"$RUN/jobs/$suite-$series/results"
                fi
        done
}

# collect FILE SUITE...: what the guests of these suites left in FILE.
collect() {
        local file=$1 line job suite path

        shift
        for line in "${JOBS[@]}"; do
                read -r job suite _ <<<"$line"
                path=$RUN/vm/$job/xfer/out/$file
                case " $* " in *" $suite "*) [ ! -e "$path" ] || cat "$path" ;; esac
        done
}

# The table of kernels.
show_kernels() {
        collect kernel kernels >"$RUN/kernels"
        [ ! -s "$RUN/kernels" ] || in_tools /src/tests/kernels/table.py <"$RUN/kernels"
}

# A guest's life in seconds: what runs on demand may take hours.
suite_limit() {
        case " $DEMAND_SUITES " in
        *" $1 "*) echo 14400 ;;
        *) echo 2400 ;;
        esac
}

# A job that was started already (the lab's own suite) holds no guest, but a core: it counts as a worker.
run_guest_jobs() {
        local line words running=1

        for line in "${JOBS[@]}"; do
                if [ "$running" -ge $WORKERS ]; then
                        wait -n || true
                        running=$((running - 1))
                fi
                read -ra words <<<"$line"
                run_guest_job "${words[@]}" &
                running=$((running + 1))
        done
        wait || true
}

run_lab_suite() {
        local name

        case " ${FILTERS[*]} " in
        "  " | *" lab "*) ;;
        *) return 0 ;;
        esac
        mkdir -p "$RUN/jobs/lab/details"
        : >"$RUN/jobs/lab/results"
        BPFLAND_LAB_DIR=$LAB_DIR "$LAB_D/selftest" --results "$RUN/jobs/lab" --cheap </dev/null || true
}

# Every word must mean something: a suite, or a test of some suite.
check_filters() {
        local filter suites="$NATIVE_SUITES $GUEST_SUITES $DEMAND_SUITES lab" known

        known=$({ list_tests debug; list_tests release; } | sort -u)
        for filter in "${FILTERS[@]}"; do
                if grep -q "^$filter	" <<<"$known" || [ "$filter" = lab ]; then
                        continue
                fi
                case " $suites " in
                *" $filter "*)
                        say "no tests in suite $filter"
                        continue
                        ;;
                esac
                # shellcheck disable=SC2254
                while read -r _ name; do
                        case $name in $filter) continue 2 ;; esac
                done <<<"$known"
                say "there is no suite and no test '$filter'; there are:"
                sed 's/\t/ /; s/^/    /' <<<"$known" >&2
                exit 2
        done
}

show_failures() {
        local job name reason

        for job in "$RUN"/jobs/*/; do
                while IFS=$'\t' read -r _ name _ reason; do
                        echo
                        echo "--- $name: $reason"
                        tail -n 60 "$job/details/${name//\//_}" 2>/dev/null || true
                done < <(grep '^fail' "$job/results")
        done
}

show_skips() {
        local name reason

        while IFS=$'\t' read -r _ name _ reason; do
                echo "--- $name was skipped: $reason"
        done < <(cat "$RUN"/jobs/*/results | grep '^skip')
}

# The last line, in one form for people and programs.
print_total() {
        local passed failed skipped

        passed=$(cat "$RUN"/jobs/*/results | grep -c '^pass' || true)
        failed=$(cat "$RUN"/jobs/*/results | grep -c '^fail' || true)
        skipped=$(cat "$RUN"/jobs/*/results | grep -c '^skip' || true)
        echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
        [ "$failed" -eq 0 ]
}

keep_logs() {
        rm -rf "$WORK/last-test"
        cp -r "$RUN/jobs" "$WORK/last-test"
        local console
        for console in "$RUN"/vm/*/console; do
                [ ! -e "$console" ] || cp "$console" "$WORK/last-test/$(basename "$(dirname "$console")").console"
        done
}

run_suites() {
        local suite start=$EPOCHSECONDS demand=()
        FILTERS=("$@")

        mkdir -p "$RUN/jobs"
        JOBS=()
        if has_project; then
                check_filters
                # Suites on demand run when named, or when one of their tests is.
                for suite in $DEMAND_SUITES; do
                        [ ${#FILTERS[@]} -eq 0 ] || demand+=("$suite")
                done
                DEFAULT_KERNEL=$(resolve_kernel "$OPT_KERNEL")
                NEWEST_KERNEL=$(resolve_kernel newest)
                [ "$OPT_KERNEL" = default ] || NEWEST_KERNEL=$DEFAULT_KERNEL

                # shellcheck disable=SC2086 # lists of words
                run_native_job native $NATIVE_SUITES
                # shellcheck disable=SC2086
                plan_guest_jobs $GUEST_SUITES "${demand[@]}"
        fi
        run_lab_suite &
        run_guest_jobs
        show_kernels
        # Who waited how long, as the cases of stall.py left it.
        collect waits stall soak
        show_failures
        show_skips
        keep_logs
        say "tests took $(seconds_since "$start") s; logs are in $WORK/last-test"
        print_total
}
