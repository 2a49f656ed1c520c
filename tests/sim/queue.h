/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue sorted by deadline, as the kernel's: any entry can be taken out, and they can be looked
 * at in order. Virtual times wrap and are compared by difference; equal ones keep the order of
 * coming.
 *
 * A treap: a search tree whose shape is that of one filled in random order.
 */
#pragma once

#include "bpf/types.h"

struct queue_node {
	struct queue_node *left, *right, *parent;
	u64 deadline, seq;
	u32 priority;
	bool queued;
};

struct queue {
	struct queue_node *root, *first;
	u64 seq;
	u32 n;
};

void queue_insert(struct queue *q, struct queue_node *node, u64 deadline);
void queue_remove(struct queue *q, struct queue_node *node);

/* The next one in order; NULL after the last. */
struct queue_node *queue_next(const struct queue_node *node);
