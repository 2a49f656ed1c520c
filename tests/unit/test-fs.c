/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files and text from outside.
 */
#include "daemon/fs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/text.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

static int read_path(const char *path, size_t max)
{
	char *text = NULL;
	size_t size = 0;
	int r = fs_read(path, max, &text, &size);

	if (r < 0)
		CHECK(!text && !size);
	free(text);
	return r;
}

static void reads_whole_files_only(void)
{
	char *text = NULL;
	size_t size = 0;

	tree_write(&tree, "eight", "12345678");
	CHECK_EQ(fs_read(tree_path(&tree, "eight"), 8, &text, &size), 0);
	CHECK_EQ(size, 8);
	CHECK_STR(text, "12345678");
	free(text);
	CHECK_EQ(read_path(tree_path(&tree, "eight"), 7), -EFBIG);
	CHECK_EQ(read_path(tree_path(&tree, "none"), 7), -ENOENT);
}

static void what_is_no_file_is_refused_at_once(void)
{
	struct error e;

	tree_mkdir(&tree, "folder");
	CHECK(!mkfifo(tree_path(&tree, "fifo"), 0600));
	CHECK(!symlink("loop", tree_path(&tree, "loop")));
	CHECK_EQ(read_path(tree_path(&tree, "folder"), 10), -EISDIR);
	CHECK_EQ(read_path(tree_path(&tree, "fifo"), 10), -ENODEV);
	CHECK_EQ(read_path("/dev/zero", 10), -ENODEV);
	CHECK_EQ(read_path(tree_path(&tree, "loop"), 10), -ELOOP);
	CHECK_EQ(fs_explain("a/b", -EISDIR, 10, &e), -EISDIR);
	CHECK_NAMES(e.message, "a/b");
	CHECK_NAMES(e.message, "folder");
	fs_explain("a/b", -EFBIG, 65536, &e);
	CHECK_NAMES(e.message, "65536");
}

static void a_file_that_need_not_be_there(void)
{
	struct fs_file f = FS_FILE_NULL;
	struct error e = {};

	tree_write(&tree, "state/eight", "12345678");
	CHECK_EQ(fs_load(&f, tree_path(&tree, "state"), "none", 8, &e), 0);
	CHECK_EQ(fs_load(&f, tree_path(&tree, "none"), "eight", 8, &e), 0);
	CHECK_EQ(fs_load(&f, tree_path(&tree, "state"), "eight", 7, &e), -EFBIG);
	CHECK_NAMES(e.message, "state/eight: is too large");
	CHECK(!f.path && !f.text && !f.size);
	CHECK_EQ(fs_load(&f, tree_path(&tree, "state"), "eight", 8, &e), 1);
	CHECK_STR(f.path, tree_path(&tree, "state/eight"));
	CHECK_STR(f.text, "12345678");
	CHECK_EQ(f.size, 8);
	fs_file_done(&f);
}

/* Files of procfs say they are empty, and are not. */
static void a_size_of_zero_is_not_believed(void)
{
	char *text = NULL, line[64];
	size_t size = 0;

	CHECK_EQ(fs_read("/proc/self/status", 65536, &text, &size), 0);
	CHECK(size > 0);
	free(text);
	CHECK_EQ(read_path("/proc/self/status", 16), -EFBIG);
	CHECK_EQ(fs_read_line("/proc/self/status", line, sizeof(line)), 0);
	CHECK_NAMES(line, "Name:");
	CHECK(!strchr(line, '\n'));
}

static size_t count_files(void)
{
	char command[600];
	FILE *p;
	size_t n = 0;

	snprintf(command, sizeof(command), "ls -A %s/w | wc -l", tree.root);
	p = popen(command, "r");
	if (!p || fscanf(p, "%zu", &n) != 1)
		n = 9999;
	if (p)
		pclose(p);
	return n;
}

static void writes_replace_as_a_whole(void)
{
	struct stat st;

	tree_mkdir(&tree, "w");
	CHECK_EQ(fs_write(tree_path(&tree, "w/f"), "one", 3, 0600), 0);
	CHECK_STR(tree_read(&tree, "w/f"), "one");
	CHECK(!stat(tree_path(&tree, "w/f"), &st));
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK_EQ(fs_write(tree_path(&tree, "w/f"), "longer", 6, 0644), 0);
	CHECK_STR(tree_read(&tree, "w/f"), "longer");
	CHECK(!stat(tree_path(&tree, "w/f"), &st));
	CHECK_EQ(st.st_mode & 07777, 0644);
	CHECK_EQ(count_files(), 1);
	CHECK_EQ(fs_write(tree_path(&tree, "none/f"), "x", 1, 0644), -ENOENT);
}

/* A limit on file size stands in for a disk that is full half-way. */
static void a_failed_write_leaves_the_old_file(void)
{
	struct rlimit small = { 4, RLIM_INFINITY }, old;

	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	CHECK(!setrlimit(RLIMIT_FSIZE, &small));
	CHECK_EQ(fs_write(tree_path(&tree, "w/f"), "far too long", 12, 0644), -EFBIG);
	CHECK(!setrlimit(RLIMIT_FSIZE, &old));
	CHECK_STR(tree_read(&tree, "w/f"), "longer");
	CHECK_EQ(count_files(), 1);
}

static void folders_and_removal(void)
{
	CHECK_EQ(fs_mkdir(tree_path(&tree, "new"), 0755), 0);
	CHECK_EQ(fs_mkdir(tree_path(&tree, "new"), 0755), 0);
	CHECK_EQ(fs_mkdir(tree_path(&tree, "w/f"), 0755), -ENOTDIR);
	CHECK_EQ(fs_mkdir(tree_path(&tree, "no/new"), 0755), -ENOENT);
	CHECK(fs_exists(tree_path(&tree, "w/f")));
	CHECK_EQ(fs_remove(tree_path(&tree, "w/f")), 0);
	CHECK(!fs_exists(tree_path(&tree, "w/f")));
	CHECK_EQ(fs_remove(tree_path(&tree, "w/f")), 0);
}

static void printable_text(void)
{
	char lines[] = "two\nlines\001\t\xc3\xa9";

	CHECK(text_is_printable("plain"));
	CHECK(text_is_printable("Zürich – 東京 🙂"));
	CHECK(!text_is_printable("a\nb"));
	CHECK(!text_is_printable("a\x7f"));
	CHECK(!text_is_printable("\xc2\x85"));		/* a control character of two bytes */
	CHECK(!text_is_printable("\xff"));
	CHECK(!text_is_printable("\xc0\xaf"));		/* an overlong '/' */
	CHECK(!text_is_printable("\xed\xa0\x80"));	/* half a surrogate pair */
	CHECK(!text_is_printable("\xf4\x90\x80\x80"));	/* beyond Unicode */
	CHECK(!text_is_printable("\xe2\x82"));		/* cut short */
	text_clean(lines);
	CHECK_STR(lines, "two\nlines?\t\xc3\xa9");
	text_line(lines);
	CHECK_STR(lines, "two lines? \xc3\xa9");
}

static void characters_have_a_length(void)
{
	uint32_t point = 0;

	CHECK_EQ(text_utf8_char("a", &point), 1);
	CHECK_EQ(text_utf8_char("é", &point), 2);
	CHECK_EQ(text_utf8_char("東x", &point), 3);
	CHECK_EQ(point, 0x6771);
	CHECK_EQ(text_utf8_char("🙂", &point), 4);
	CHECK_EQ(point, 0x1f642);
	CHECK_EQ(text_utf8_char("\xff", &point), 0);
	CHECK_EQ(text_utf8_char("\xe2\x82", &point), 0);
}

static void any_bytes_become_text(void)
{
	char dirty[] = "ok\xff\xe2\x82 \x1b[1m \xc2\x85 é\n\tend";

	text_clean(dirty);
	CHECK_STR(dirty, "ok??? ?[1m ?? é\n\tend");
}

static void a_lock_is_there_while_it_is_held(void)
{
	const char *path = tree_path(&tree, "lock");
	int one = fs_lock(path, 0), two = fs_lock(path, 0);
	struct stat st;

	CHECK(one >= 0 && two >= 0);
	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode & 0777, 0600);
	CHECK_EQ(fs_lock(path, FS_LOCK_ALONE), -EWOULDBLOCK);
	close(one);
	CHECK_EQ(fs_lock(path, FS_LOCK_ALONE), -EWOULDBLOCK);
	close(two);
	one = fs_lock(path, FS_LOCK_ALONE);
	CHECK(one >= 0);
	CHECK_EQ(fs_lock(path, 0), -EWOULDBLOCK);
	close(one);
	CHECK_EQ(fs_lock(tree_path(&tree, "none/lock"), FS_LOCK_ALONE), -ENOENT);
}

int main(void)
{
	tree_make(&tree);
	signal(SIGXFSZ, SIG_IGN);
	RUN(reads_whole_files_only);
	RUN(what_is_no_file_is_refused_at_once);
	RUN(a_file_that_need_not_be_there);
	RUN(a_size_of_zero_is_not_believed);
	RUN(writes_replace_as_a_whole);
	RUN(a_failed_write_leaves_the_old_file);
	RUN(folders_and_removal);
	RUN(a_lock_is_there_while_it_is_held);
	RUN(printable_text);
	RUN(characters_have_a_length);
	RUN(any_bytes_become_text);
	tree_remove(&tree);
	return TEST_RESULT();
}
