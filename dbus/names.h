/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The well-known strings that only the bus layer needs: errors and polkit actions. Name, path and
 * interfaces are in daemon/names.h.
 */
#pragma once

#include "daemon/names.h"

#define BUS_INTERFACE_PREFIX BUS_NAME "."
#define BUS_INTERFACE_PROPERTIES "org.freedesktop.DBus.Properties"

/* Of the standard errors, the one that sd-bus-protocol.h has no constant for. */
#define BUS_ERROR_INVALID_SIGNATURE "org.freedesktop.DBus.Error.InvalidSignature"

#define BUS_ERROR_NO_SUCH_PROFILE BUS_ERROR_PREFIX "NoSuchProfile"
#define BUS_ERROR_NO_SUCH_TUNABLE BUS_ERROR_PREFIX "NoSuchTunable"
#define BUS_ERROR_OUT_OF_RANGE BUS_ERROR_PREFIX "OutOfRange"
#define BUS_ERROR_NO_SUCH_COOKIE BUS_ERROR_PREFIX "NoSuchCookie"
#define BUS_ERROR_NOT_OWNER BUS_ERROR_PREFIX "NotOwner"
#define BUS_ERROR_LIMIT_REACHED BUS_ERROR_PREFIX "LimitReached"
#define BUS_ERROR_NOT_SUPPORTED BUS_ERROR_PREFIX "NotSupported"
#define BUS_ERROR_FOREIGN BUS_ERROR_PREFIX "Foreign"
#define BUS_ERROR_FAILED BUS_ERROR_PREFIX "Failed"

#define ACTION_HOLD_PROFILE "org.bpfland1.hold-profile"
#define ACTION_SET_PROFILE "org.bpfland1.set-profile"
#define ACTION_SET_TUNABLES "org.bpfland1.set-tunables"
#define ACTION_SET_DOMAINS "org.bpfland1.set-domains"
#define ACTION_MANAGE_SCHEDULER "org.bpfland1.manage-scheduler"
