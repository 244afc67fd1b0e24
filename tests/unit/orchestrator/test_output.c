// SPDX-License-Identifier: Apache-2.0
// Output files: checked before, complete or absent after, whatever stood there before.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "orchestrator/cli/output.h"

static char dir[64];

static const char *
in_dir(const char *name)
{
	static char path[2][256];
	static int i;

	i = !i;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/riptide-test-output-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
tear_down(void **state)
{
	DIR *d = opendir(dir);

	(void)state;
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.' || e->d_name[1] == 'r')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	return rmdir(dir);
}

static unsigned
n_files(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
expect_text(const char *path, const char *text)
{
	cleanup_buf b = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(buf_read_file(&b, path, &err), 0);
	assert_string_equal(b.p, text);
}

static void
nothing_is_there_until_commit(void **state)
{
	struct output o;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(output_open(&o, in_dir("a"), false, &err), 0);
	assert_int_equal(output_write(&o, SV("text"), &err), 0);
	assert_int_equal(access(in_dir("a"), F_OK), -1);
	assert_int_equal(output_commit(&o, &err), 0);
	output_close(&o);
	expect_text(in_dir("a"), "text");
	assert_int_equal(n_files(), 1);
}

static void
closing_without_commit_leaves_the_old_file(void **state)
{
	struct output o;
	struct err err = ERR_INIT;

	(void)state;
	put(in_dir("a"), "old");
	assert_int_equal(output_open(&o, in_dir("a"), false, &err), 0);
	assert_int_equal(output_write(&o, SV("new"), &err), 0);
	output_close(&o);
	output_close(&o);
	expect_text(in_dir("a"), "old");
	assert_int_equal(n_files(), 1);
}

static void
commit_replaces_and_keeps_the_mode(void **state)
{
	struct output o;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	put(in_dir("a"), "a longer old text");
	chmod(in_dir("a"), 0640);
	assert_int_equal(output_open(&o, in_dir("a"), false, &err), 0);
	assert_int_equal(output_write(&o, SV("new"), &err), 0);
	assert_int_equal(output_commit(&o, &err), 0);
	output_close(&o);
	expect_text(in_dir("a"), "new");
	assert_int_equal(stat(in_dir("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(n_files(), 1);
}

static void
private_files_are_for_their_owner_only(void **state)
{
	struct output o;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(output_open(&o, in_dir("s"), true, &err), 0);
	assert_int_equal(output_write(&o, SV("{}"), &err), 0);
	assert_int_equal(output_commit(&o, &err), 0);
	output_close(&o);
	assert_int_equal(stat(in_dir("s"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
a_symlink_stays_and_its_target_is_replaced(void **state)
{
	struct output o;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	put(in_dir("target"), "old");
	assert_int_equal(symlink("target", in_dir("link")), 0);
	assert_int_equal(output_open(&o, in_dir("link"), false, &err), 0);
	assert_int_equal(output_write(&o, SV("new"), &err), 0);
	assert_int_equal(output_commit(&o, &err), 0);
	output_close(&o);
	expect_text(in_dir("target"), "new");
	assert_int_equal(lstat(in_dir("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void
places_that_take_no_file_are_errors_at_once(void **state)
{
	struct output o;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(output_open(&o, in_dir("no/dir/x"), false, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.message, "no/dir/x"));
	assert_int_equal(output_open(&o, dir, false, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.message, dir));
	assert_int_equal(output_open(&o, in_dir("new/"), false, &err), ERR_OUTPUT);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_int_equal(
	    output_open(&o, in_dir("fifo"), false, &err), ERR_OUTPUT); // nobody reads it
	assert_int_equal(n_files(), 1);
}

static void
pipes_and_devices_are_written_straight(void **state)
{
	struct output o;
	struct err err = ERR_INIT;
	char text[8] = "";
	int reader;

	(void)state;
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	reader = open(in_dir("fifo"), O_RDONLY | O_NONBLOCK);
	assert_int_equal(output_open(&o, in_dir("fifo"), false, &err), 0);
	assert_int_equal(output_write(&o, SV("text"), &err), 0);
	assert_int_equal(output_commit(&o, &err), 0);
	output_close(&o);
	assert_int_equal(read(reader, text, sizeof(text)), 4);
	close(reader);
	assert_int_equal(output_open(&o, "/dev/null", false, &err), 0);
	assert_int_equal(output_write(&o, SV("text"), &err), 0);
	output_close(&o);
}

static void
a_full_device_is_storage_full(void **state)
{
	struct output o;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(output_open(&o, "/dev/full", false, &err), 0);
	assert_int_equal(output_write(&o, SV("text"), &err), ERR_STORAGE_FULL);
	output_close(&o);
}

static void
two_names_of_one_file_are_told(void **state)
{
	struct output a, b, c;
	struct err err = ERR_INIT;
	char other[256];

	(void)state;
	snprintf(other, sizeof(other), "%s/../%s/x", dir, strrchr(dir, '/') + 1);
	assert_int_equal(output_open(&a, in_dir("x"), false, &err), 0);
	assert_int_equal(output_open(&b, other, false, &err), 0);
	assert_int_equal(output_open(&c, in_dir("y"), false, &err), 0);
	assert_true(output_same(&a, &b));
	assert_false(output_same(&a, &c));
	output_close(&a);
	output_close(&b);
	output_close(&c);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(nothing_is_there_until_commit),
	    IN_DIR(closing_without_commit_leaves_the_old_file),
	    IN_DIR(commit_replaces_and_keeps_the_mode),
	    IN_DIR(private_files_are_for_their_owner_only),
	    IN_DIR(a_symlink_stays_and_its_target_is_replaced),
	    IN_DIR(places_that_take_no_file_are_errors_at_once),
	    IN_DIR(pipes_and_devices_are_written_straight),
	    IN_DIR(a_full_device_is_storage_full),
	    IN_DIR(two_names_of_one_file_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
