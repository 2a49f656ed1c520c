/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder of one's own for a test: made with its content, gone at the end.
 */
#pragma once

#include <stddef.h>

struct tree {
	char root[64];
};

void tree_make(struct tree *t);
void tree_remove(struct tree *t);

/* "@root/@path"; the last eight answers stay valid. */
const char *tree_path(const struct tree *t, const char *path);

/* Folders on the way to @path are made as well. */
void tree_mkdir(const struct tree *t, const char *path);
void tree_write(const struct tree *t, const char *path, const char *text);
void tree_write_bytes(const struct tree *t, const char *path, const void *data, size_t size);
void tree_unlink(const struct tree *t, const char *path);
/* The file's text; "" if there is none. Valid until the next call. */
const char *tree_read(const struct tree *t, const char *path);
