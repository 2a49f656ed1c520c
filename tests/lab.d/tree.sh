# SPDX-License-Identifier: GPL-2.0-only
# The Debian tree that everything is built and run in: made once, shared read-only by all runs. Sourced by tests/lab.
# shellcheck shell=bash

TREE_SUITE=trixie
TREE_RECIPE=1 # counted up when the way the tree is made changes

list_packages() {
        sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$LAB_D/packages" | paste -sd,
}

tree_key() {
        { echo "$TREE_SUITE $TREE_RECIPE"; list_packages; } | sha256sum | cut -c1-12
}

# The host's own Debian mirror; nothing is printed when it has none, and mmdebstrap then chooses.
find_mirror() {
        local uri release

        command -v apt-get >/dev/null || return 0
        # shellcheck disable=SC2016 # apt's own variables
        apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
                while read -r uri release; do
                        case $release in
                        bookworm | trixie | forky | sid | oldstable | stable | testing | unstable) ;;
                        *) continue ;;
                        esac
                        case $uri in
                        http:* | https:* | file:*) ;;
                        mirror+file:*) uri=$(grep -m1 -oE 'https?://[^[:space:]]+' "${uri#mirror+file:}") || continue ;;
                        *) continue ;;
                        esac
                        echo "$uri"
                        break
                done
}

# The host's proxies for apt, as options in apt's own syntax.
find_apt_options() {
        command -v apt-config >/dev/null || return 0
        apt-config dump | grep -iE '^Acquire::(https?::Proxy|Retries)' || true
}

install_mmdebstrap() {
        ! command -v mmdebstrap >/dev/null || return 0
        command -v apt-get >/dev/null ||
                die "mmdebstrap is missing and this is no Debian system:" \
                        "install mmdebstrap (and apt) with your package manager, then try again."
        run_step "installing mmdebstrap on this machine" "$RUN/apt.log" install_host_packages mmdebstrap ||
                fail_with_log "$RUN/apt.log" "mmdebstrap is missing and apt could not install it."
}

install_host_packages() {
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y --no-install-recommends "$@" || {
                apt-get update && apt-get install -y --no-install-recommends "$@"
        }
}

# The archive signs trixie with a key that an old keyring package does not hold.
find_keyring() {
        local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

        [ -e "$keyring" ] || ! command -v apt-get >/dev/null ||
                install_host_packages debian-archive-keyring >"$RUN/apt.log" 2>&1 || true
        [ ! -e "$keyring" ] || echo "$keyring"
}

UNREACHABLE='Temporary failure resolving|Could not (resolve|connect)|Network is unreachable'
UNREACHABLE="$UNREACHABLE|connection timed out|Unable to connect"

fail_with_log() {
        local log=$1 cause
        shift
        tail -n 15 "$log" | sed 's/^/    /' >&2
        cause=
        if grep -qE 'No space left' "$log"; then
                cause=" The disk is full: free some space, or set BPFLAND_LAB_DIR to a folder on another disk."
        elif grep -qE "$UNREACHABLE" "$log"; then
                cause=" The Debian archive cannot be reached: check the network and"
                cause="$cause this machine's apt sources and proxy settings."
        elif grep -qE 'NO_PUBKEY|not signed|EXPKEYSIG' "$log"; then
                cause=" The archive's key is unknown here: update the package debian-archive-keyring."
        fi
        die "$*$cause"
}

run_mmdebstrap() {
        local target=$1 mirror=$2 keyring=$3 option options=() sources=()

        while IFS= read -r option; do
                [ -z "$option" ] || options+=(--aptopt="$option")
        done < <(find_apt_options)
        [ -z "$keyring" ] || options+=(--keyring="$keyring")
        [ -z "$mirror" ] || sources=("deb $mirror $TREE_SUITE main" "deb $mirror $TREE_SUITE-backports main")

        # The lists stay, so that a kernel can be fetched later without asking for them again.
        mmdebstrap --variant=minbase --mode=root --format=directory --include="$(list_packages)" \
                --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::GzipIndexes "true"' \
                --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
                --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
                --skip=cleanup/apt/lists "${options[@]}" "$TREE_SUITE" "$target" "${sources[@]}"
}

# Names and sizes of all files: enough to notice what is missing or cut short, in half a second.
sum_tree() {
        find "$1/usr" "$1/etc" \( -type f -o -type l \) -printf '%P %s\n' | sort | cksum
}

# What a guest needs to find in place whatever the packages did.
finish_tree() {
        local tree=$1

        mkdir -p "$tree"/{src,share,build/debug,build/release,lab/xfer,lab/vm,lab/out}
        echo bpfland-lab >"$tree/etc/hostname"
        echo 5b1f0e3c9d2a4f6788aa0c1d2e3f4a5b >"$tree/etc/machine-id"
        # Being installed, the other message bus made itself the default; who wants it starts it.
        rm -f "$tree"/etc/systemd/{system,user}/dbus.service
        rm -f "$tree/etc/resolv.conf"
        : >"$tree/etc/resolv.conf"
        sum_tree "$tree" >"$tree.sum"
        sync -f "$tree"
}

is_tree_good() {
        [ -e "$TREE.sum" ] && [ "$(sum_tree "$TREE" 2>/dev/null)" = "$(cat "$TREE.sum")" ]
}

make_tree() {
        local new=$TREE.new mirror keyring

        rm -rf "$new" "$new.sum"
        require_space "$LAB_DIR" 4000 "the lab"
        install_mmdebstrap
        mirror=$(find_mirror)
        keyring=$(find_keyring)
        run_step "making the Debian $TREE_SUITE tree (about a minute, 1.1 GB)" "$RUN/tree.log" \
                run_mmdebstrap "$new" "$mirror" "$keyring" || {
                rm -rf "$new"
                fail_with_log "$RUN/tree.log" "the tree could not be made."
        }
        finish_tree "$new"
        rm -rf "$TREE" "$TREE.kernels"
        mv "$new.sum" "$TREE.sum"
        mv "$new" "$TREE"
}

# Fails when a lab is using it.
remove_tree() {
        local tree=$1

        # shellcheck disable=SC2094 # the lock goes with what it guards
        ( flock -n 6 && rm -rf "$tree" "$tree".{sum,new,new.sum,kernels,lock} ) 6<"$tree.lock"
}

# Trees of other package lists go when nobody has used them for a week.
remove_old_trees() {
        local lock tree

        find "$LAB_DIR" -maxdepth 1 -name 'tree-*.lock' -mtime +7 | while read -r lock; do
                [ "$lock" = "$TREE.lock" ] || remove_tree "${lock%.lock}" || true
        done
}

# Leaves a good tree in $TREE, and holds it (fd 8) for the life of this run.
ensure_tree() {
        TREE=$LAB_DIR/tree-$(tree_key)
        touch "$TREE.lock"
        exec 8<"$TREE.lock"

        flock -n -s 8 || { say "waiting for another lab that makes the tree ..."; flock -s 8; }
        if ! is_tree_good; then
                # A shared lock cannot be traded for an exclusive one in one step: look again afterwards.
                flock -u 8
                flock -x 8
                if ! is_tree_good; then
                        [ ! -e "$TREE" ] || say "the tree is damaged: making it anew"
                        make_tree
                        remove_old_trees
                fi
                flock -s 8
        fi
}
