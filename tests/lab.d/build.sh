# SPDX-License-Identifier: GPL-2.0-only
# Building in the tree. Sourced by tests/lab.
#
# The build folders belong to a checkout and are kept, so that a rebuild takes seconds. What a run tests is
# a copy of the source and of the build, made when it starts: editing, or another run in the same checkout,
# does not change the ground under a guest.
# shellcheck shell=bash

work_key() {
        printf '%s-%s\n' "$(basename "$LAB_TOP")" "$(printf '%s' "$LAB_TOP" | sha256sum | cut -c1-8)"
}

# tar's status 1 tells of a file that was saved by an editor meanwhile; its copy is as good as any.
copy_source() {
        { tar -C "$LAB_TOP" --exclude=./.git --warning=no-file-changed -cf - . || [ $? -eq 1 ]; } |
                tar -C "$RUN/src" -xf - ||
                die "the source could not be copied to $RUN (disk full?)."
}

# Leaves the copy of the source at /src, and empty mount points for the rest.
mount_source() {
        WORK=$LAB_DIR/work/$(work_key)
        mkdir -p "$WORK/build/debug" "$WORK/build/release" "$RUN/src"
        copy_source
        mount --bind "$RUN/src" "$TOOLS/src"
        mount -o remount,bind,ro "$TOOLS/src"
        mount --bind "$WORK/build" "$TOOLS/build"
        if [ -n "$OPT_SHARE" ]; then
                mount --bind "$OPT_SHARE" "$TOOLS/share"
        fi
}

has_project() {
        [ -e "$RUN/src/meson.build" ]
}

setup_folder() {
        local kind=$1 options

        case $kind in
        debug) options="--buildtype=debug -Db_sanitize=address,undefined -Db_lundef=false" ;;
        release) options="--buildtype=release" ;;
        esac
        # shellcheck disable=SC2086 # a list of words
        in_tools meson setup --prefix=/usr --sysconfdir=/etc --localstatedir=/var -Dwerror=true \
                $options "/build/$kind" /src
}

# A folder that was set up with another tree's compiler is no use, nor is one whose setup was interrupted.
build_folder() {
        local kind=$1 folder=$WORK/build/$1

        if [ "$(cat "$folder.tree" 2>/dev/null)" != "$TREE" ] || [ ! -e "$folder/build.ninja" ]; then
                rm -rf "$folder" "$folder.tree"
                mkdir "$folder"
                setup_folder "$kind" || return
                echo "$TREE" >"$folder.tree"
        fi
        in_tools ninja -C "/build/$kind"
}

install_stage() {
        rm -rf "$WORK/build/stage"
        mkdir "$WORK/build/stage"
        in_tools meson install -C /build/release --no-rebuild --quiet --destdir /build/stage && stage_catalog
}

# What a package's trigger does: the journal reads explanations from a database.
stage_catalog() {
        [ -d "$WORK/build/stage/usr/lib/systemd/catalog" ] || return 0
        in_tools sh -ec 'cp /build/stage/usr/lib/systemd/catalog/* /usr/lib/systemd/catalog/
                journalctl --update-catalog
                mkdir -p /build/stage/var/lib/systemd/catalog
                cp /var/lib/systemd/catalog/database /build/stage/var/lib/systemd/catalog/'
}

build_kind() {
        build_folder "$1" || return
        [ "$1" != release ] || install_stage
}

show_build_failure() {
        local log=$1

        grep -E -A6 'error:|FAILED:|ERROR:' "$log" | head -n 60 | sed 's/^/    /' >&2 || true
        cp "$log" "$WORK/build.log" 2>/dev/null || true
        die "the build failed; all of its output is in $WORK/build.log"
}

# build_project KIND...: builds under this checkout's lock, then takes the copy that this run works with.
build_project() {
        local kind

        mount_source
        exec 7>>"$WORK/lock"
        flock -n 7 || { say "waiting for another build of this checkout ..."; flock 7; }
        if [ -n "$OPT_BUILD" ] && has_project; then
                for kind in "$@"; do
                        if [ "$VERB" = build ]; then
                                build_kind "$kind" >&2 || die "the build failed ($kind)."
                        else
                                run_step "building ($kind)" "$RUN/build.log" build_kind "$kind" ||
                                        show_build_failure "$RUN/build.log"
                        fi
                done
        elif [ -n "$OPT_BUILD" ]; then
                say "there is no meson.build: nothing is built"
        fi
        freeze_build
        flock -u 7
        exec 7>&-
}

freeze_build() {
        mkdir -p "$RUN/build/debug" "$RUN/build/release" "$RUN/build/stage"
        cp -a --reflink=auto "$WORK/build/." "$RUN/build/" || die "the build could not be copied to $RUN (disk full?)."
        umount "$TOOLS/build"
        mount --bind "$RUN/build" "$TOOLS/build"
}
