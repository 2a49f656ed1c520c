/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log, as somebody reads it who is not the journal.
 */
#include "daemon/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/names.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

/* What @speak writes to standard error. */
static const char *overhear(void (*speak)(void))
{
	int saved = dup(STDERR_FILENO);
	int fd = open(tree_path(&tree, "log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	dup2(fd, STDERR_FILENO);
	speak();
	dup2(saved, STDERR_FILENO);
	close(fd);
	close(saved);
	return tree_read(&tree, "log");
}

static void speak(void)
{
	const struct log_field fields[] = { { LOG_FIELD_PROFILE, "gaming" } };

	log_message(LOG_WARNING, "%s is %d", "x", 3);
	log_event(LOG_ERR, MESSAGE_ID_EXITED, fields, 1, "ended");
}

static void collectors_get_a_priority(void)
{
	unsetenv(ENV_JOURNAL_STREAM);
	CHECK_STR(overhear(speak), "<4>x is 3\n<3>ended\n");
}

/* An inherited variable that means some other file does not lead the log astray. */
static void the_journal_is_used_only_if_it_listens(void)
{
	setenv(ENV_JOURNAL_STREAM, "1:1", 1);
	CHECK_STR(overhear(speak), "<4>x is 3\n<3>ended\n");
	setenv(ENV_JOURNAL_STREAM, "nonsense", 1);
	CHECK_STR(overhear(speak), "<4>x is 3\n<3>ended\n");
	unsetenv(ENV_JOURNAL_STREAM);
}

int main(void)
{
	tree_make(&tree);
	RUN(collectors_get_a_priority);
	RUN(the_journal_is_used_only_if_it_listens);
	tree_remove(&tree);
	return TEST_RESULT();
}
