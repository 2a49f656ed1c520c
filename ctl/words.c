/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words that are nearly right.
 */
#include "ctl/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LETTERS_MAX 63

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned words_distance(const char *a, const char *b)
{
	/* Three rows of the table are enough: this one and the two above. */
	unsigned row[3][LETTERS_MAX + 1];
	size_t na = strnlen(a, LETTERS_MAX), nb = strnlen(b, LETTERS_MAX);

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[j - 1]);

			now[j] = smaller(smaller(above[j], now[j - 1]) + 1,
					 above[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca != cb &&
			    ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]))
				now[j] = smaller(now[j], before[j - 2] + 1);
		}
	}
	return row[na % 3][nb];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	size_t length = strlen(n->word);
	unsigned distance;

	if (length >= 2 && !strncasecmp(candidate, n->word, length))
		distance = 1;
	else
		distance = words_distance(n->word, candidate);
	if (distance > 1 && distance > length / 3)
		return;
	if (distance >= strlen(candidate))	/* nothing of it is left */
		return;
	if (!n->best || distance < n->distance) {
		n->best = candidate;
		n->distance = distance;
	}
}
