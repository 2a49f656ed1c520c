# SPDX-License-Identifier: GPL-2.0-only
# Kernels: which the archive has, and a layer for each that is used. Sourced by tests/lab.
#
# A kernel is not installed in the tree. Its packages are unpacked into a folder of their own, which guests
# see as one more layer of their root. So any packaged kernel can be booted without making the tree anew.
# shellcheck shell=bash

# Asking apt takes a second, so the answer is kept beside the tree.
list_archive_kernels() {
        in_tools apt-cache pkgnames linux-image- |
                sed -nE 's/^linux-image-([1-9][0-9]*\.[0-9.]+\+deb[0-9]+-cloud-amd64)$/\1/p' >"$TREE.kernels.$$"
        mv "$TREE.kernels.$$" "$TREE.kernels"
}

# list_kernels: releases such as 6.18.15+deb13-cloud-amd64 that the archive or the cache has, oldest first.
list_kernels() {
        [ -s "$TREE.kernels" ] || list_archive_kernels
        {
                cat "$TREE.kernels"
                find "$LAB_DIR/kernels" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*-amd64' -printf '%f\n'
        } | sort -Vu
}

# 6.12 is the stable kernel, built without sched_ext; 7.1 and 7.2 for trixie carry unusable type data.
has_sched_ext() {
        if [ -e "$LAB_DIR/kernels/$1/boot/config-$1" ]; then
                grep -q '^CONFIG_SCHED_CLASS_EXT=y' "$LAB_DIR/kernels/$1/boot/config-$1"
        else
                case $1 in
                6.1[0-3].*) return 1 ;;
                esac
        fi
}

is_defective() {
        case $1 in
        7.[12].*+deb13*) return 0 ;;
        esac
        return 1
}

short_kernel() {
        echo "${1%%+*}"
}

# resolve_kernel WANTED: the release that 'default', 'newest', a version or the start of one means.
resolve_kernel() {
        local wanted=$1 release good='' found='' all

        all=$(list_kernels)
        case $wanted in
        default)
                for release in $all; do
                        if ! has_sched_ext "$release" || is_defective "$release"; then
                                continue
                        fi
                        [ -n "$good" ] || good=$release
                        case $release in 6.18.*) found=$release ;; esac
                done
                found=${found:-$good}
                ;;
        newest) found=$(tail -n 1 <<<"$all") ;;
        *)
                for release in $all; do
                        case $release in
                        "$wanted" | "$wanted"+* | "$wanted".*) found=$release ;;
                        esac
                done
                # A full release name may name another flavour than cloud, which the list leaves out.
                if [ -z "$found" ] && in_tools apt-cache show "linux-image-$wanted" >/dev/null 2>&1; then
                        found=$wanted
                fi
                ;;
        esac
        [ -n "$found" ] || die "the archive has no kernel '$wanted': 'tests/lab kernels' lists what there is."
        echo "$found"
}

# Packages of one release: the image used to be one package and was split later.
fetch_kernel() {
        local release=$1 packages

        packages=$(in_tools apt-cache pkgnames linux- |
                grep -xF -e "linux-image-$release" -e "linux-binary-$release" \
                        -e "linux-modules-$release" -e "linux-base-$release")
        mkdir -p "$TOOLS/tmp/kernel"
        # shellcheck disable=SC2086 # a list of names
        in_tools sh -ec 'cd /tmp/kernel; apt-get -q download "$@"' sh $packages || {
                # The lists may be older than the archive.
                in_tools apt-get -q update
                # shellcheck disable=SC2086
                in_tools sh -ec 'cd /tmp/kernel; apt-get -q download "$@"' sh $packages
        }
}

unpack_kernel() {
        local release=$1 layer=$2 modules=$2/usr/lib/modules/$1

        mkdir -p "$layer" "$TOOLS/tmp/layer"
        mount --bind "$layer" "$TOOLS/tmp/layer"
        # shellcheck disable=SC2016
        # The archive forgets the packages of one release one after the other, the modules first.
        in_tools sh -ec 'for deb in /tmp/kernel/*.deb; do dpkg-deb -x "$deb" /tmp/layer; done
                rm -r /tmp/kernel
                [ ! -d "/tmp/layer/usr/lib/modules/$1/kernel" ] || depmod -b /tmp/layer/usr "$1"' sh "$release" || {
                umount "$TOOLS/tmp/layer"
                rm -rf "${layer:?}"
                return 1
        }
        umount "$TOOLS/tmp/layer"

        # Later packages keep these beside the modules; libbpf looks for the configuration in /boot.
        mkdir -p "$layer/boot"
        [ ! -e "$modules/vmlinuz" ] || ln -f "$modules/vmlinuz" "$layer/boot/vmlinuz-$release"
        [ ! -e "$modules/config" ] || ln -f "$modules/config" "$layer/boot/config-$release"
        rm -rf "${layer:?}/usr/share" "$layer/boot/System.map-$release"
        [ -s "$layer/boot/vmlinuz-$release" ] || {
                echo "the archive no longer has the image of this kernel; choose another."
                return 1
        }
}

has_modules() {
        [ -d "$LAB_DIR/kernels/$1/usr/lib/modules/$1/kernel" ]
}

make_kernel_layer() {
        fetch_kernel "$1" && unpack_kernel "$1" "$2"
}

# ensure_kernel RELEASE: its layer is in $LAB_DIR/kernels/RELEASE afterwards.
ensure_kernel() {
        local release=$1 layer=$LAB_DIR/kernels/$1 new=$LAB_DIR/kernels/.new-$1

        [ ! -e "$layer" ] || [ -s "$layer/boot/vmlinuz-$release" ] || rm -rf "$layer"
        [ ! -e "$layer" ] || return 0
        {
                flock 7
                if [ ! -e "$layer" ]; then
                        rm -rf "$new"
                        run_step "fetching kernel $(short_kernel "$release")" "$RUN/kernel.log" \
                                make_kernel_layer "$release" "$new" ||
                                fail_with_log "$RUN/kernel.log" "kernel $release could not be fetched."
                        mv "$new" "$layer"
                fi
        } 7>>"$LAB_DIR/kernels/lock"
}

# fetch_some_kernel WANTED: the newest release of that name or series that can still be had; fails without any.
fetch_some_kernel() {
        local wanted=$1 release

        case $wanted in
        default | newest) wanted=$(resolve_kernel "$wanted") ;;
        esac
        for release in $(list_kernels | tac); do
                case $release in
                "$wanted" | "$wanted"+* | "$wanted".*)
                        if (ensure_kernel "$release") >/dev/null 2>>"$RUN/fetch.log"; then
                                echo "$release"
                                return
                        fi
                        ;;
                esac
        done
        return 1
}

print_kernels() {
        local release here ext note default newest

        if run_step "asking the archive" "$RUN/apt.log" in_tools apt-get -q update; then
                list_archive_kernels
        else
                say "the archive does not answer; this is what was known before"
        fi
        default=$(resolve_kernel default)
        newest=$(resolve_kernel newest)
        printf '%-34s %-6s %-10s %s\n' KERNEL HERE SCHED_EXT NOTE
        for release in $(list_kernels); do
                here=no ext=no note=
                [ ! -e "$LAB_DIR/kernels/$release" ] || here=yes
                ! has_sched_ext "$release" || ext=yes
                ! is_defective "$release" || note="defective type data: some scheduler functions cannot be called"
                [ "$release" != "$default" ] || note="--kernel default"
                [ "$release" != "$newest" ] || note="--kernel newest"
                printf '%-34s %-6s %-10s %s\n' "$release" "$here" "$ext" "$note"
        done
}
