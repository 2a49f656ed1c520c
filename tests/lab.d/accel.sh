# SPDX-License-Identifier: GPL-2.0-only
# KVM or emulation: a device node proves nothing, a boot does. Sourced by tests/lab.
# shellcheck shell=bash

KVM_PROBE_SECONDS=20

probe_kvm() {
        [ -w /dev/kvm ] || return 1
        GUEST_ACCEL=kvm GUEST_TIMEOUT=$KVM_PROBE_SECONDS GUEST_QUIET=yes \
                boot_guest kvm-probe default script /bin/true >/dev/null 2>&1
}

# One probe per boot of this machine. Sets ACCEL to kvm or tcg.
find_accel() {
        local boot known=$LAB_DIR/kvm

        boot=$(cat /proc/sys/kernel/random/boot_id)
        if [ "$(cut -d' ' -f1 "$known" 2>/dev/null)" != "$boot" ]; then
                ensure_kernel "$(resolve_kernel default)"
                if probe_kvm; then
                        echo "$boot kvm"
                else
                        echo "$boot tcg"
                fi >"$known.$$"
                mv "$known.$$" "$known"
        fi
        ACCEL=$(cut -d' ' -f2 "$known")
}

# Sets ACCEL and CLOCK from what works and what was asked for.
choose_clock() {
        find_accel
        CLOCK=${OPT_CLOCK:-$1}
        if [ -z "$CLOCK" ]; then
                if [ "$ACCEL" = kvm ]; then CLOCK=real; else CLOCK=virtual; fi
        fi
        case $ACCEL-$CLOCK in
        kvm-real) say "KVM works here" ;;
        kvm-virtual)
                ACCEL=tcg
                say "KVM works here, but virtual time was asked for: emulating"
                ;;
        *-virtual) say "no working KVM, emulating (virtual time)" ;;
        *) say "no working KVM, emulating (real time)" ;;
        esac
}
