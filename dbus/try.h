/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building and reading a message is a chain of calls that each may fail, with one way to go on
 * then: give up and pass the errno value. Only for functions that own nothing, or own it with a
 * cleanup attribute.
 */
#pragma once

#define TRY(call)                                                                                  \
	do {                                                                                       \
		int _r = (call);                                                                   \
		if (_r < 0)                                                                        \
			return _r;                                                                 \
	} while (0)
