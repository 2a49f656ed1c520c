/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an examination finds: one sentence about each thing, and what mends it.
 */
#pragma once

#include <stddef.h>

enum severity {
	FINDING_OK,
	FINDING_WARNING,	/* it works, but not as one may think */
	FINDING_BAD,		/* as it is, it does not work */
	_FINDING_MAX,
};

struct finding {
	enum severity severity;
	const char *subject;	/* one word; static */
	char *text;
	char *remedy;		/* what to type or to do; NULL when all is well */
};

struct findings {
	struct finding *list;
	size_t n;
	int error;		/* -ENOMEM: one is missing */
};

#define FINDINGS_NULL ((struct findings){})
void findings_done(struct findings *f);

/* Adds one; @remedy, which may be NULL, is copied. */
void findings_add(struct findings *f, enum severity severity, const char *subject,
		  const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

enum severity findings_worst(const struct findings *f);

/* "ok", "warning", "bad". */
const char *severity_name(enum severity s);
