# SPDX-License-Identifier: GPL-2.0-only
# The command line: verbs, options, and what they default to. Sourced by tests/lab.
# shellcheck shell=bash disable=SC2034 # read by the other parts

OPT_KERNEL=default
OPT_CPUS=
OPT_TOPOLOGY=
OPT_MEMORY=
OPT_INIT=
OPT_CLOCK=
OPT_APPEND=
OPT_TIMEOUT=
OPT_BUILD=yes
OPT_SHARE=
OPT_OUT=
OPT_ALL=
OPT_WITH=
OPT_ENV=()
OPT_RESULTS=()
ARGS=()

print_help() {
        cat <<'EOF'
tests/lab: builds bpflandd in a Debian tree of its own and runs it on sched_ext kernels.

  tests/lab demo                build, boot, and watch bpflandd at work
  tests/lab test [WHAT...]      every test, or the named suites and tests
  tests/lab bench [ROW...] [--against CMD] [--peers] [--rounds N] [--seconds S]
                  [--json FILE] [--plot FILE] [OPTIONS]
                                the benchmarks: this scheduler against EEVDF, or against what CMD starts,
                                or against the published ones of its family; --list shows the rows
  tests/lab shell [OPTIONS]     a root shell in a guest with systemd
  tests/lab run [OPTIONS] -- COMMAND...
                                boot a guest, run COMMAND in it as root, pass on its exit status
  tests/lab boot [OPTIONS] [-- COMMAND...]
                                the same; without COMMAND it boots, says how long that took, and stops
  tests/lab exec [OPTIONS] -- COMMAND...
                                run COMMAND in the tree, without a guest
  tests/lab build               build both folders (debug, release) in the tree
  tests/lab kernels             kernels that can be had, and which are here
  tests/lab selftest [NAME...]  the lab's own tests
  tests/lab clean [--all]       forget this checkout's build; with --all the tree and kernels too
  tests/lab help

Options of run, boot, shell, demo, bench (exec takes --no-build, --share and --env):
  --kernel V         default (a 6.18), newest, or a version such as 7.0.13 or 6.17
  --cpus N           number of CPUs (1; with KVM as many as the host has, up to 4)
  --topology T       sockets=2,cores=2,threads=2 (and nodes=2 for NUMA nodes)
  --memory M         size of the guest's memory (2G)
  --systemd          boot systemd with D-Bus, polkit and power-profiles-daemon (shell, demo, bench)
  --script           a bare kernel with the usual file systems mounted (run, boot; bench: the goals are of such a guest)
  --virtual-time     emulate; the guest's clock counts instructions, so that figures repeat exactly
                     (the default without KVM)
  --real-time        the guest's clock is the host's: KVM if it works, else plain emulation
  --append ARGS      more words for the kernel's command line
  --timeout SECONDS  how long a guest may live (1800)
  --env NAME=VALUE   set in COMMAND's environment
  --share DIRECTORY  DIRECTORY of this machine, seen at /share (in guests: a copy on write)
  --out DIRECTORY    what COMMAND leaves in /lab/out is copied here
  --with LAYER       more programs than the tree has: bench, peers, packaging, ... (tests/lab.d/layers)
  --no-build         take what the last build left

In the guest and in exec: the source is at /src, the build folders at /build/debug and /build/release,
and the release build is installed in / as a package would.

Everything is cached in $BPFLAND_LAB_DIR, or $XDG_CACHE_HOME/bpfland-lab, or /var/cache/bpfland-lab.
EOF
}

# take_value OPTION [VALUE]: the value must be there.
take_value() {
        [ $# -ge 2 ] || die_usage "the option $1 needs a value."
}

is_number() {
        case $1 in
        '' | *[!0-9]* | 0*) return 1 ;;
        esac
}

check_topology() {
        local pair IFS=,

        for pair in $OPT_TOPOLOGY; do
                case ${pair%%=*} in
                sockets | cores | threads | nodes) ;;
                *)
                        die_usage "the topology '$OPT_TOPOLOGY' is not understood:" \
                                "use sockets=N,cores=N,threads=N,nodes=N."
                        ;;
                esac
                is_number "${pair#*=}" ||
                        die_usage "in the topology '$OPT_TOPOLOGY', '${pair#*=}' is not a number above 0."
        done
}

parse_option() {
        case $1 in
        --kernel) take_value "$@" && OPT_KERNEL=$2 ;;
        --cpus)
                take_value "$@"
                is_number "$2" || die_usage "--cpus wants a number above 0, not '$2'."
                OPT_CPUS=$2
                ;;
        --topology)
                take_value "$@"
                OPT_TOPOLOGY=$2
                check_topology
                ;;
        --memory)
                take_value "$@"
                is_number "${2%[MG]}" || die_usage "--memory wants a size such as 2G or 512M, not '$2'."
                OPT_MEMORY=$2
                ;;
        --append) take_value "$@" && OPT_APPEND="$OPT_APPEND $2" ;;
        --timeout)
                take_value "$@"
                is_number "$2" || die_usage "--timeout wants a number of seconds, not '$2'."
                OPT_TIMEOUT=$2
                ;;
        --env)
                take_value "$@"
                case $2 in
                [A-Za-z_]*=*) OPT_ENV+=("$2") ;;
                *) die_usage "--env wants NAME=VALUE, not '$2'." ;;
                esac
                ;;
        --share)
                take_value "$@"
                OPT_SHARE=$(readlink -f "$2") || true
                [ -d "$OPT_SHARE" ] || die_usage "--share wants a folder, and '$2' is none."
                ;;
        --with)
                take_value "$@"
                [ -e "$LAB_D/layers/$2" ] ||
                        die_usage "there is no layer '$2'; there are: $(ls "$LAB_D/layers" | paste -sd' ')."
                OPT_WITH="$OPT_WITH $2"
                ;;
        --out) take_value "$@" && OPT_OUT=$(realpath -m "$2") ;;
        *) return 1 ;;
        esac
}

parse_flag() {
        case $1 in
        --systemd) OPT_INIT=systemd ;;
        --script) OPT_INIT=script ;;
        --virtual-time) OPT_CLOCK=virtual ;;
        --real-time) OPT_CLOCK=real ;;
        --no-build) OPT_BUILD= ;;
        --all) OPT_ALL=yes ;;
        *) return 1 ;;
        esac
}

# Options come before the first plain word or '--'; what follows is the command's own.
parse_options() {
        while [ $# -gt 0 ]; do
                case $1 in
                --)
                        shift
                        ARGS=("$@")
                        return
                        ;;
                --*=*)
                        parse_option "${1%%=*}" "${1#*=}" || die_usage "there is no option '${1%%=*}'."
                        shift
                        ;;
                -*)
                        if parse_flag "$1"; then
                                shift
                        elif parse_option "$@"; then
                                shift 2
                        else
                                die_usage "there is no option '$1'."
                        fi
                        ;;
                *)
                        ARGS=("$@")
                        return
                        ;;
                esac
        done
}

# The benchmark's own words and the lab's options, in any order; files for results are this machine's.
parse_bench() {
        while [ $# -gt 0 ]; do
                case $1 in
                --) ;;
                --json | --plot)
                        take_value "$@"
                        ARGS+=("$1" "/lab/out/bench${1/--/.}")
                        OPT_RESULTS+=("bench${1/--/.}" "$(realpath -m "$2")")
                        shift
                        ;;
                --against | --rounds | --seconds)
                        take_value "$@"
                        ARGS+=("$1" "$2")
                        shift
                        ;;
                --list | --help)
                        ARGS=("$1")
                        return
                        ;;
                --peers)
                        OPT_WITH="$OPT_WITH peers"
                        ARGS+=("$1")
                        ;;
                -*)
                        if ! parse_flag "$1"; then
                                parse_option "$@" || die_usage "there is no option '$1'."
                                shift
                        fi
                        ;;
                *) ARGS+=("$1") ;;
                esac
                shift
        done
}

parse_command_line() {
        VERB=${1:-help}
        [ $# -eq 0 ] || shift

        case $VERB in
        help | --help | -h)
                print_help
                exit 0
                ;;
        run | exec)
                parse_options "$@"
                [ ${#ARGS[@]} -gt 0 ] || die_usage "'$VERB' needs a command: tests/lab $VERB -- COMMAND..."
                ;;
        boot | shell | demo | build | kernels | clean) parse_options "$@" ;;
        test | selftest) parse_options "$@" ;;
        bench) parse_bench "$@" ;;
        *) die_usage "there is no command '$VERB'." ;;
        esac

        case $VERB in
        shell | demo | build | kernels | clean)
                [ ${#ARGS[@]} -eq 0 ] || die_usage "'$VERB' takes no argument '${ARGS[0]}'."
                ;;
        esac
        [ -z "$OPT_ALL" ] || [ "$VERB" = clean ] || die_usage "only 'clean' takes --all."
}
