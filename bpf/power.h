/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How busy a CPU is, for CPUFrequency=auto: pure arithmetic, like policy.h.
 */
#pragma once

#include "abi.h"

/* What the kernel calls full performance. */
#define POWER_FULL 1024

/* Of how many ticks the average is made, by and large. */
#define POWER_TICKS 8

/*
 * How busy a CPU is, from 0 to POWER_FULL, at a tick that found a task running there, @ticks (from
 * 1) after the last such tick: those in between found it idle, or did not come at all because an
 * idle CPU has none. A weighted average, in which a tick of long ago counts for nothing.
 */
static inline u32 power_busy(u32 busy, u64 ticks)
{
	/* After eight times POWER_TICKS nothing is left; and every kernel unrolls that many. */
	if (ticks > 8 * POWER_TICKS)
		ticks = 8 * POWER_TICKS;
	for (u32 i = 1; i < 8 * POWER_TICKS && i < ticks; i++)
		busy -= (busy + POWER_TICKS - 1) / POWER_TICKS;
	return busy + (POWER_FULL - busy + POWER_TICKS - 1) / POWER_TICKS;
}
