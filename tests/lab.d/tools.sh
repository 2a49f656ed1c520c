# SPDX-License-Identifier: GPL-2.0-only
# The chroot in which the tree's programs run: the tree below, a layer in memory above. Sourced by tests/lab.
# shellcheck shell=bash

# mount_tools [UPPER WORK]: two folders on one disk take what is changed; without them it is forgotten.
# Nothing else outlives the run: all mounts are in this run's mount namespace.
mount_tools() {
        local upper=${1:-$RUN/memory/upper} work=${2:-$RUN/memory/work} node

        TOOLS=$RUN/tools
        mkdir -p "$RUN/memory" "$TOOLS" "$RUN/vm"
        if [ $# -eq 0 ]; then
                mount -t tmpfs -o mode=755 lab "$RUN/memory"
                mkdir "$upper" "$work"
        fi
        mount -t overlay -o "lowerdir=$TOOL_PATHS$LAYER_PATHS$TREE,upperdir=$upper,workdir=$work" lab "$TOOLS" ||
                die "this machine's kernel cannot mount an overlay of $TREE:" \
                        "load the module 'overlay', or allow mounts if this is a container."

        mount -t proc proc "$TOOLS/proc"
        mount --rbind -o ro /sys "$TOOLS/sys"
        mount -t tmpfs -o mode=755 lab "$TOOLS/dev"
        for node in null zero full random urandom tty kvm vhost-vsock; do
                [ -e "/dev/$node" ] || continue
                : >"$TOOLS/dev/$node"
                mount --bind "/dev/$node" "$TOOLS/dev/$node"
        done
        ln -s /proc/self/fd "$TOOLS/dev/fd"
        ln -s /proc/self/fd/0 "$TOOLS/dev/stdin"
        ln -s /proc/self/fd/1 "$TOOLS/dev/stdout"
        ln -s /proc/self/fd/2 "$TOOLS/dev/stderr"
        mkdir "$TOOLS/dev/shm" "$TOOLS/dev/pts"
        mount -t tmpfs -o mode=1777 lab "$TOOLS/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$TOOLS/dev/pts"
        ln -s pts/ptmx "$TOOLS/dev/ptmx"
        mount -t tmpfs -o mode=1777 lab "$TOOLS/tmp"
        mount -t tmpfs -o mode=755 lab "$TOOLS/run"

        mount --bind "$RUN/vm" "$TOOLS/lab/vm"
        share_network
        set_in_tools
}

# Fetching kernels takes name resolution and the host's certificate authorities.
share_network() {
        local ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}

        cat /etc/resolv.conf >"$TOOLS/etc/resolv.conf" 2>/dev/null || true
        cat /etc/hosts >"$TOOLS/etc/hosts" 2>/dev/null || true
        if [ -r "$ca" ]; then
                mkdir -p "$TOOLS/etc/ssl/certs"
                cat "$ca" >"$TOOLS/etc/ssl/certs/ca-certificates.crt"
        fi
}

# in_tools COMMAND...: runs it in the tree, with a clean environment.
# IN_TOOLS is the same for programs that start programs.
set_in_tools() {
        local proxy

        IN_TOOLS=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "TERM=${TERM:-dumb}"
                DEBIAN_FRONTEND=noninteractive)
        for proxy in http_proxy https_proxy no_proxy; do
                [ -z "${!proxy:-}" ] || IN_TOOLS+=("$proxy=${!proxy}")
        done
        IN_TOOLS+=(chroot "$TOOLS")
}

in_tools() {
        "${IN_TOOLS[@]}" "$@"
}
