# SPDX-License-Identifier: GPL-2.0-only
# Layers: what only some commands need on top of the tree, made when first asked for and kept. Sourced by tests/lab.
#
# layers/NAME is a script that runs as root in the tree; what it changed there is the layer. So the tree itself,
# which everybody waits for once, stays small. --with NAME adds a layer to any command.
# shellcheck shell=bash

LAYER_PATHS= # of the layers in use, the uppermost first, each with a colon behind it
TOOL_PATHS=  # the same, of those that only the tree's own programs see, and no guest

# The tree it lies on and the script decide what a layer holds.
layer_path() {
        echo "$LAB_DIR/layers/$1-${TREE##*/tree-}-$(sha256sum <"$LAB_D/layers/$1" | cut -c1-12)"
}

# Name resolution and certificates are the host's of the day, and apt's lists can be had again.
strip_layer() {
        local upper=$1

        rm -f "$upper"/etc/{resolv.conf,hosts} "$upper/etc/ssl/certs/ca-certificates.crt"
        rm -rf "$upper"/var/cache/apt "$upper"/var/log/{apt,dpkg.log} "$upper"/var/lib/apt/lists
        rm -rf "$upper"/{tmp,run,dev,proc,sys,lab,src,build}
}

run_layer_script() {
        cp "$LAB_D/layers/$1" "$TOOLS/tmp/layer"
        in_tools bash -eu /tmp/layer
}

# A process that has just ended may still hold a file for a moment.
unmount_tools() {
        umount -R "$TOOLS" 2>/dev/null || umount -lR "$TOOLS"
}

# Those that nobody has used for a week, of trees and scripts of the past.
remove_old_layers() {
        local lock

        find "$LAB_DIR/layers" -mindepth 2 -maxdepth 2 -name lock -mtime +7 | while read -r lock; do
                # shellcheck disable=SC2094 # the lock goes with what it guards
                ( flock -n 6 && rm -rf "$(dirname "$lock")" ) 6<"$lock" || true
        done
}

make_layer() {
        local name=$1 path=$2 new=$2/new rc=0

        require_space "$LAB_DIR" 4000 "the layer '$name'"
        rm -rf "$new"
        mkdir -p "$new/upper" "$new/work"
        mount_tools "$new/upper" "$new/work"
        run_step "making the layer '$name'" "$RUN/layer.log" run_layer_script "$name" || rc=$?
        unmount_tools
        [ "$rc" -eq 0 ] || {
                rm -rf "$new"
                fail_with_log "$RUN/layer.log" "the layer '$name' could not be made."
        }
        strip_layer "$new/upper"
        mv "$new/upper" "$path/tree"
        rm -rf "$new"
        remove_old_layers
}

# ensure_layers NAME...: all of them are there and in LAYER_PATHS. For the time before mount_tools.
ensure_layers() {
        local name path lock

        for name in "$@"; do
                path=$(layer_path "$name")
                mkdir -p "$path"
                touch "$path/lock"
                # Held for the life of this run, so that nobody takes it away under us.
                exec {lock}<"$path/lock"
                flock -n -s "$lock" || {
                        say "waiting for another lab that makes the layer '$name' ..."
                        flock -s "$lock"
                }
                if [ ! -e "$path/tree" ]; then
                        flock -u "$lock"
                        flock -x "$lock"
                        [ -e "$path/tree" ] || make_layer "$name" "$path"
                        flock -s "$lock"
                fi
                LAYER_PATHS=$path/tree:$LAYER_PATHS
        done
}
