/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words that are nearly right: what somebody may have meant.
 */
#pragma once

/*
 * How many letters must be put in, left out, replaced or swapped with the next to make @b of @a, in
 * any case (optimal string alignment). Of words longer than 63 letters the beginning counts.
 */
unsigned words_distance(const char *a, const char *b);

struct nearest {
	const char *word;
	const char *best;	/* NULL: nothing is near */
	unsigned distance;
};

#define NEAREST(w) ((struct nearest){ .word = (w) })

/* @candidate is the nearest so far, if it is: within a third of the word, or what it begins. */
void nearest_offer(struct nearest *n, const char *candidate);
