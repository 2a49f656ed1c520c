/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an examination finds.
 */
#include "ctl/findings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/text.h"

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].text);
		free(f->list[i].remedy);
	}
	free(f->list);
	*f = FINDINGS_NULL;
}

static int append(struct findings *f, const struct finding *new)
{
	struct finding *list = realloc(f->list, (f->n + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	f->list = list;
	list[f->n++] = *new;
	return 0;
}

void findings_add(struct findings *f, enum severity severity, const char *subject,
		  const char *remedy, const char *format, ...)
{
	struct finding new = { .severity = severity, .subject = subject };
	va_list args;

	va_start(args, format);
	if (vasprintf(&new.text, format, args) < 0)
		new.text = NULL;
	va_end(args);
	new.remedy = remedy ? strdup(remedy) : NULL;
	if (!new.text || (remedy && !new.remedy) || append(f, &new) < 0) {
		free(new.text);
		free(new.remedy);
		f->error = -ENOMEM;
		return;
	}
	/* It may hold names of files and units, and words of the service. */
	text_line(new.text);
	if (new.remedy)
		text_line(new.remedy);
}

enum severity findings_worst(const struct findings *f)
{
	enum severity worst = FINDING_OK;

	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].severity > worst)
			worst = f->list[i].severity;
	return worst;
}

const char *severity_name(enum severity s)
{
	static const char *const names[_FINDING_MAX] = {
		[FINDING_OK] = "ok",
		[FINDING_WARNING] = "warning",
		[FINDING_BAD] = "bad",
	};

	return names[s];
}
