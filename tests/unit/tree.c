/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder of one's own for a test. A ground that cannot be laid ends the test.
 */
#include "tests/unit/tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(99);
}

void tree_make(struct tree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/bpfland-unit-XXXXXX");
	must(mkdtemp(t->root) != NULL, t->root);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void tree_remove(struct tree *t)
{
	must(!nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), t->root);
}

const char *tree_path(const struct tree *t, const char *path)
{
	static char answers[8][512];
	static unsigned next;
	char *answer = answers[next++ % 8];

	snprintf(answer, sizeof(answers[0]), "%s/%s", t->root, path);
	return answer;
}

void tree_mkdir(const struct tree *t, const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", t->root, path);
	for (char *slash = whole + strlen(t->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		must(!mkdir(whole, 0755) || errno == EEXIST, whole);
		*slash = '/';
	}
	must(!mkdir(whole, 0755) || errno == EEXIST, whole);
}

void tree_write_bytes(const struct tree *t, const char *path, const void *data, size_t size)
{
	const char *slash = strrchr(path, '/');
	char folder[512];
	FILE *file;

	if (slash) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		tree_mkdir(t, folder);
	}
	file = fopen(tree_path(t, path), "we");
	must(file != NULL, path);
	must(fwrite(data, 1, size, file) == size, path);
	must(!fclose(file), path);
}

void tree_write(const struct tree *t, const char *path, const char *text)
{
	tree_write_bytes(t, path, text, strlen(text));
}

void tree_unlink(const struct tree *t, const char *path)
{
	must(!unlink(tree_path(t, path)), path);
}

const char *tree_read(const struct tree *t, const char *path)
{
	static char text[65536];
	FILE *file = fopen(tree_path(t, path), "re");
	size_t n = 0;

	if (file) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = 0;
	return text;
}
