/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one error convention.
 *
 * A function that can fail returns 0 or a negative errno value. Where the caller owes a person an
 * explanation, the function also takes a `struct error *`: on failure it holds what kind of
 * failure this is and one sentence that names the thing, the value and what to do. Lines after the
 * first, where there are any, are for developers. On success it is untouched. NULL is allowed where
 * nobody will read it. `ret_` arguments are written on success only.
 */
#pragma once

enum error_kind {
	ERROR_FAILED,		/* something did not work that should have */
	ERROR_INVALID_ARGS,	/* malformed: wrong type, unknown word */
	ERROR_OUT_OF_RANGE,	/* well-formed, but outside the allowed range */
	ERROR_NO_SUCH_PROFILE,
	ERROR_NO_SUCH_TUNABLE,
	ERROR_NOT_SUPPORTED,	/* not on this kernel or machine */
	ERROR_NO_SUCH_COOKIE,	/* of a hold, a request or a try; ended, or never given out */
	ERROR_NOT_OWNER,	/* somebody else's hold, request or try */
	ERROR_LIMIT_REACHED,	/* as many as one may have, or as there may be */
	ERROR_FOREIGN,		/* another sched_ext scheduler is attached */
	ERROR_ACCESS_DENIED,	/* to us: by the kernel, or by a file's mode */
	ERROR_REFUSED,		/* the kernel does not take the scheduler's code, and never will */
	ERROR_NO_SUCH_TASK,
	_ERROR_MAX,
};

struct error {
	enum error_kind kind;
	char message[1024];
};

/* Fills @e, when there is one, and returns -@errnum, so that `return error_set(…)` reads well. */
int error_set(struct error *e, enum error_kind kind, int errnum, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
