/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparing times, virtual ones too: a part of the policy (policy.h), and like it pure.
 */
#pragma once

#include "types.h"

static inline u64 policy_min(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* Whether virtual time @a comes before @b; right across the wrap. */
static inline bool policy_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline u64 policy_later(u64 a, u64 b)
{
	return policy_before(a, b) ? b : a;
}

static inline u64 policy_earlier(u64 a, u64 b)
{
	return policy_before(a, b) ? a : b;
}
