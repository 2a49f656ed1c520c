# SPDX-License-Identifier: GPL-2.0-only
# Debian packages: made in the tree, tried in a guest that has nothing else of this project. Sourced by tests/lab.
# shellcheck shell=bash

# build_packages FOLDER: tests/package/build says what it leaves there.
build_packages() {
        local folder=$1

        run_step "building the Debian packages" "$RUN/packages.log" in_tools /src/tests/package/build /tmp/packages || {
                tail -n 40 "$RUN/packages.log" | sed 's/^/    /' >&2
                return 1
        }
        mkdir -p "$folder"
        cp -r "$TOOLS/tmp/packages/." "$folder/"
}
