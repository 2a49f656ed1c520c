/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue sorted by deadline.
 */
#include "tests/sim/queue.h"

static bool before(const struct queue_node *a, const struct queue_node *b)
{
	if (a->deadline != b->deadline)
		return (s64)(a->deadline - b->deadline) < 0;
	return a->seq < b->seq;
}

/* Puts @with, or nothing, in the place of @node below its parent. */
static void replace(struct queue *q, struct queue_node *node, struct queue_node *with)
{
	struct queue_node *parent = node->parent;

	if (!parent)
		q->root = with;
	else if (parent->left == node)
		parent->left = with;
	else
		parent->right = with;
	if (with)
		with->parent = parent;
}

/* Lifts @node above its parent. */
static void lift(struct queue *q, struct queue_node *node)
{
	struct queue_node *parent = node->parent, *inner;

	replace(q, parent, node);
	if (parent->left == node) {
		inner = node->right;
		parent->left = inner;
		node->right = parent;
	} else {
		inner = node->left;
		parent->right = inner;
		node->left = parent;
	}
	if (inner)
		inner->parent = parent;
	parent->parent = node;
}

void queue_insert(struct queue *q, struct queue_node *node, u64 deadline)
{
	struct queue_node **at = &q->root, *parent = NULL;
	bool first = true;

	*node = (struct queue_node){ .deadline = deadline, .seq = ++q->seq, .queued = true };
	/* Any mixing of bits will do, as long as it is the same in every run. */
	node->priority = (u32)((node->seq * 0x9e3779b97f4a7c15ULL) >> 32);
	while (*at) {
		parent = *at;
		if (before(node, parent)) {
			at = &parent->left;
		} else {
			at = &parent->right;
			first = false;
		}
	}
	*at = node;
	node->parent = parent;
	if (first)
		q->first = node;
	while (node->parent && node->parent->priority < node->priority)
		lift(q, node);
	q->n++;
}

void queue_remove(struct queue *q, struct queue_node *node)
{
	if (q->first == node)
		q->first = queue_next(node);
	while (node->left && node->right)
		lift(q, node->left->priority > node->right->priority ? node->left : node->right);
	replace(q, node, node->left ? node->left : node->right);
	node->queued = false;
	q->n--;
}

struct queue_node *queue_next(const struct queue_node *node)
{
	struct queue_node *next = node->right;

	if (next) {
		while (next->left)
			next = next->left;
		return next;
	}
	for (next = node->parent; next && next->right == node; next = next->parent)
		node = next;
	return next;
}
