# SPDX-License-Identifier: GPL-2.0-only
# Guests: a kernel of the lab on the tree, the kernel's layer and the installed build. Sourced by tests/lab.
#
# The root that a guest sees is put together here, read-only, and shared by virtiofsd; guest/init puts a
# layer in the guest's memory over it, so that whatever the guest does to its root ends with it.
# /lab/xfer is the one folder both sides write to: the command goes in, the exit status comes out.
# shellcheck shell=bash

GUEST_DEFAULT_TIMEOUT=1800

# GUEST_BARE leaves the installed build out.
mount_guest_root() {
        local vm=$1 release=$2 root=$TOOLS/lab/vm/$3/root name stage=$RUN/build/stage:

        [ -z "${GUEST_BARE:-}" ] || stage=
        mkdir -p "$root" "$vm/xfer/out"
        mount -t overlay -o "ro,lowerdir=$stage$LAB_DIR/kernels/$release:$LAYER_PATHS$TREE" lab "$root"
        for name in debug release; do
                mount --bind "$RUN/build/$name" "$root/build/$name"
        done
        mount --bind "$RUN/src" "$root/src"
        if [ -n "$OPT_SHARE" ]; then
                mount --bind "$OPT_SHARE" "$root/share"
        fi
        mount --bind "$vm/xfer" "$root/lab/xfer"
}

unmount_guest_root() {
        umount -R "$TOOLS/lab/vm/$1/root" 2>/dev/null || umount -lR "$TOOLS/lab/vm/$1/root" || true
}

# The command as a script of its own, so that no quoting is left to the guest.
write_command() {
        local xfer=$1 pair
        shift

        {
                echo '#!/bin/sh'
                echo "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8"
                echo "export BPFLAND_LAB_ACCEL=$GUEST_ACCEL BPFLAND_LAB_CLOCK=$GUEST_CLOCK"
                for pair in "${OPT_ENV[@]}"; do
                        echo "export ${pair%%=*}=$(quote_words "${pair#*=}")"
                done
                echo 'cd /src'
                echo "exec $(quote_words "$@")"
        } >"$xfer/command"
        chmod +x "$xfer/command"
}

count_cpus() {
        local host

        if [ -n "$OPT_CPUS" ]; then
                echo "$OPT_CPUS"
        elif [ "$GUEST_ACCEL" = kvm ]; then
                host=$(nproc)
                echo $((host < 4 ? host : 4))
        else
                echo 1
        fi
}

# Sets SMP and NUMA to qemu's options for the CPUs and for the memory behind them.
describe_machine() {
        local memory=$1 pair nodes=1 cpus=1 total i IFS=,

        SMP=
        for pair in $OPT_TOPOLOGY; do
                case $pair in
                nodes=*) nodes=${pair#*=} ;;
                *)
                        SMP=$SMP,$pair
                        cpus=$((cpus * ${pair#*=}))
                        ;;
                esac
        done
        [ -n "$OPT_TOPOLOGY" ] && [ -z "$OPT_CPUS" ] || cpus=$(count_cpus)
        SMP="cpus=$cpus$SMP"

        case $memory in
        *G) total=$((${memory%G} * 1024)) ;;
        *) total=${memory%M} ;;
        esac
        if [ "$nodes" -eq 1 ]; then
                NUMA=(-object "memory-backend-memfd,id=mem0,size=${total}M,share=on" -machine memory-backend=mem0)
                return
        fi
        [ $((cpus % nodes)) -eq 0 ] || die "$cpus CPUs cannot be divided among $nodes NUMA nodes."
        NUMA=()
        for ((i = 0; i < nodes; i++)); do
                NUMA+=(-object "memory-backend-memfd,id=mem$i,size=$((total / nodes))M,share=on"
                        -numa "node,nodeid=$i,memdev=mem$i,cpus=$((i * cpus / nodes))-$(((i + 1) * cpus / nodes - 1))")
        done
}

# Sets QEMU to the words of the command line. In virtual time an instruction takes a nanosecond, times two for
# each GUEST_SHIFT.
describe_guest() {
        local vm=/lab/vm/$1 release=$2 init=$3 memory=${OPT_MEMORY:-2G} cpu=max accel words

        describe_machine "$memory"
        case $GUEST_ACCEL-$GUEST_CLOCK in
        kvm-*) accel="-accel kvm" cpu=host ;;
        *-virtual) accel="-accel tcg,thread=single -icount shift=${GUEST_SHIFT:-0},sleep=off -rtc clock=vm" ;;
        *) accel="-accel tcg,thread=multi" ;;
        esac
        # Without it the guest sees no hyper-threads and a last-level cache per CPU.
        if [ -n "$OPT_TOPOLOGY" ] && [ "$cpu" = max ]; then
                cpu=max,topoext=on
        fi

        words="root=labroot rootfstype=virtiofs rw init=/src/tests/lab.d/guest/init lab.init=$init"
        words="$words console=ttyS0 panic=-1 audit=0 modprobe.blacklist=kvm,kvm_amd,kvm_intel,evdev,button"
        words="$words systemd.show_status=error systemd.machine_id=5b1f0e3c9d2a4f6788aa0c1d2e3f4a5b"

        # shellcheck disable=SC2206,SC2054 # words; commas are part of qemu's
        QEMU=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
                -machine q35,sata=off,smbus=off,i8042=off,vmport=off $accel
                -cpu "$cpu" -smp "$SMP" -m "$memory" "${NUMA[@]}"
                -kernel "$vm/root/boot/vmlinuz-$release"
                -append "$words $OPT_APPEND"
                -chardev "socket,id=root,path=$vm/root.sock" -device vhost-user-fs-pci,chardev=root,tag=labroot
                -chardev "file,id=log,path=$vm/console" -serial chardev:log
                -device virtio-serial-pci)
        if [ "$init" = shell ] || [ "$init" = shell-script ]; then
                # shellcheck disable=SC2054
                QEMU+=(-chardev stdio,id=out,signal=off -device virtconsole,chardev=out)
        else
                # shellcheck disable=SC2054
                QEMU+=(-chardev "file,id=out,path=$vm/output" -device virtserialport,chardev=out,name=lab.output)
        fi
}

start_virtiofsd() {
        local vm=$1 name=$2 tries=0

        in_tools /usr/libexec/virtiofsd --shared-dir "/lab/vm/$name/root" --socket-path "/lab/vm/$name/root.sock" \
                --sandbox none --cache always --no-announce-submounts --log-level error >"$vm/virtiofsd.log" 2>&1 &
        VIRTIOFSD=$!
        while [ ! -S "$vm/root.sock" ]; do
                if ! kill -0 "$VIRTIOFSD" 2>/dev/null || [ "$tries" -ge 200 ]; then
                        sed 's/^/    /' "$vm/virtiofsd.log" >&2
                        die "the guest's root cannot be shared (virtiofsd did not start)."
                fi
                tries=$((tries + 1))
                sleep 0.05
        done
}

show_console() {
        [ -z "${GUEST_QUIET:-}" ] || return 0
        say "the end of the guest's console:"
        tail -n 40 "$1/console" 2>/dev/null | tr -d '\r' | sed 's/^/    /' >&2
        tail -n 5 "$1/qemu.log" 2>/dev/null | sed 's/^/    /' >&2
}

# judge_guest VM LIMIT STATUS-OF-QEMU: the command's exit status, or 124 (time) and 125 (guest) with the reason.
judge_guest() {
        local vm=$1 limit=$2 qemu=$3

        if [ -s "$vm/xfer/status" ]; then
                return "$(cat "$vm/xfer/status")"
        fi
        show_console "$vm"
        case $qemu in
        124 | 137)
                say "the guest had not finished after $limit s and was stopped (--timeout sets the limit)."
                return 124
                ;;
        esac
        if [ -e "$vm/xfer/booted" ]; then
                say "the guest died before its command ended."
        else
                say "the guest did not boot."
        fi
        return 125
}

# boot_guest NAME KERNEL INIT COMMAND...: INIT is script, systemd, shell or shell-script. Returns the command's status.
boot_guest() {
        local name=$1 release vm=$RUN/vm/$1 init=$3 rc=0 reader=
        local limit=${GUEST_TIMEOUT:-${OPT_TIMEOUT:-$GUEST_DEFAULT_TIMEOUT}}
        local GUEST_ACCEL=${GUEST_ACCEL:-$ACCEL} GUEST_CLOCK=${GUEST_CLOCK:-${CLOCK:-real}} SMP NUMA QEMU VIRTIOFSD
        release=$(resolve_kernel "$2")
        shift 3

        ensure_kernel "$release"
        case $init in
        systemd | shell)
                has_modules "$release" ||
                        die "the archive no longer has the modules of kernel $release:" \
                                "it can only run without systemd (--script)."
                ;;
        esac
        mkdir -p "$vm/xfer"
        mount_guest_root "$vm" "$release" "$name"
        write_command "$vm/xfer" "$@"
        mkfifo "$vm/output"
        describe_guest "$name" "$release" "$init"
        start_virtiofsd "$vm" "$name"

        if [ "${init#shell}" = "$init" ]; then
                cat "$vm/output" &
                reader=$!
                timeout --foreground -k 5 "$limit" "${IN_TOOLS[@]}" "${QEMU[@]}" \
                        >"$vm/qemu.log" 2>&1 </dev/null || rc=$?
                # A qemu that never opened the pipe leaves the reader waiting.
                [ "$rc" -eq 0 ] || kill "$reader" 2>/dev/null || true
                wait "$reader" 2>/dev/null || true
        else
                stty size 2>/dev/null >"$vm/xfer/size" || true
                timeout --foreground -k 5 "$limit" "${IN_TOOLS[@]}" "${QEMU[@]}" || rc=$?
        fi
        kill "$VIRTIOFSD" 2>/dev/null || true
        wait "$VIRTIOFSD" 2>/dev/null || true
        unmount_guest_root "$name"
        keep_output "$vm"
        judge_guest "$vm" "$limit" "$rc"
}

keep_output() {
        [ -n "$OPT_OUT" ] || return 0
        mkdir -p "$OPT_OUT"
        cp -a "$1/xfer/out/." "$OPT_OUT/"
}
