/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures.
 */
#include "ctl/svg.h"

#include "daemon/text.h"

static const char *const class_names[_SVG_MAX] = {
	[SVG_TEXT] = "t",
	[SVG_FAINT] = "f",
	[SVG_FIRST] = "a",
	[SVG_SECOND] = "b",
};

/* Names of files are any bytes, and what was cut to fit may end in half of a character. */
static void escape(FILE *file, const char *text)
{
	uint32_t point;
	size_t n;

	for (const char *c = text; *c; c += n ? n : 1) {
		n = text_utf8_char(c, &point);
		/* XML has no way at all to write these, nor most control characters. */
		if (!n || point == 0xfffe || point == 0xffff) {
			fputc('?', file);
			continue;
		}
		switch (point) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			if (point < ' ')
				fputc(' ', file);
			else
				fwrite(c, 1, n, file);
		}
	}
}

/* The colours keep three to one on white and on near black, and differ in lightness, too. */
void svg_begin(FILE *file, unsigned width, unsigned height, const char *title,
	       const char *description)
{
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
		"height=\"%u\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">",
		width, height, width, height);
	escape(file, title);
	fputs("</title>\n<desc id=\"desc\">", file);
	escape(file, description);
	fputs("</desc>\n"
	      "<style>\n"
	      "text { font-family: system-ui, sans-serif; }\n"
	      ".t { fill: #24292f; } .f { fill: #57606a; } .a { fill: #0969da; }"
	      " .b { fill: #bc4c00; }\n"
	      "line { stroke: #8c959f; stroke-width: 1; }\n"
	      "@media (prefers-color-scheme: dark) {\n"
	      ".t { fill: #e6edf3; } .f { fill: #9198a1; } .a { fill: #58a6ff; }"
	      " .b { fill: #f0883e; }\n"
	      "line { stroke: #6e7681; }\n"
	      "}\n"
	      "</style>\n",
	      file);
}

void svg_end(FILE *file)
{
	fputs("</svg>\n", file);
}

void svg_text(FILE *file, double x, double y, unsigned size, enum svg_anchor anchor,
	      enum svg_class class, const char *text)
{
	static const char *const anchors[] = {
		[SVG_START] = "start",
		[SVG_MIDDLE] = "middle",
		[SVG_END] = "end",
	};

	fprintf(file,
		"<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%u\" font-weight=\"%s\" "
		"text-anchor=\"%s\">",
		class_names[class], x, y, size, size >= 14 ? "600" : "400", anchors[anchor]);
	escape(file, text);
	fputs("</text>\n", file);
}

void svg_line(FILE *file, double x1, double y1, double x2, double y2)
{
	fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x1, y1, x2, y2);
}

void svg_bar(FILE *file, double x, double y, double width, double height, enum svg_class class,
	     const char *tip)
{
	fprintf(file,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>",
		class_names[class], x, y, width, height);
	escape(file, tip);
	fputs("</title></rect>\n", file);
}
