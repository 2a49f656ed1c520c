/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures: a little SVG, written as it is drawn. Readable on light and dark ground, and to those
 * who do not see it: title and description come first.
 */
#pragma once

#include <stdio.h>

enum svg_class {
	SVG_TEXT,
	SVG_FAINT,	/* text that explains, lines that only guide */
	SVG_FIRST,	/* the first of two series, and the second */
	SVG_SECOND,
	_SVG_MAX,
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

void svg_begin(FILE *file, unsigned width, unsigned height, const char *title,
	       const char *description);
void svg_end(FILE *file);

/* Any text: what XML needs is escaped. @size: height of letters; bold from 14 on. */
void svg_text(FILE *file, double x, double y, unsigned size, enum svg_anchor anchor,
	      enum svg_class class, const char *text);
void svg_line(FILE *file, double x1, double y1, double x2, double y2);

/* A filled bar; @tip is what is said when one points at it. */
void svg_bar(FILE *file, double x, double y, double width, double height, enum svg_class class,
	     const char *tip);
