// SPDX-License-Identifier: Apache-2.0
// Artifacts: one file a content, gone with the last row; quota, lifetime, a disk that runs full,
// SIGKILL at any moment, and what the sweep at start puts right.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store_dir.h"

#include "base/log.h"
#include "orchestrator/store/artifacts.h"

#include <dirent.h>
#include <pthread.h>

static const struct artifacts_opts usual = {.ttl_ms = 60000};

struct fixture {
	struct store *s;
	struct artifacts *a;
};

static void
open_with(struct fixture *f, const struct artifacts_opts *o)
{
	struct err err = ERR_INIT;

	f->s = open_here();
	if (artifacts_open(f->s, o, &f->a, &err) != 0)
		fail_msg("%s", err.message);
}

static void
shut(struct fixture *f)
{
	artifacts_close(f->a);
	store_close(f->s);
}

static struct artifact
put_as(struct fixture *f, const char *key, const char *bytes)
{
	struct artifact r = {.kind = "pdf", .name = "page.pdf", .content_type = "application/pdf"};
	struct err err = ERR_INIT;

	snprintf(r.key, sizeof(r.key), "%s", key);
	if (artifacts_put(f->a, &r, sv_from(bytes), &err) != 0)
		fail_msg("%s", err.message);
	return r;
}

static int
try_put(struct fixture *f, const char *key, const char *bytes)
{
	struct artifact r = {.kind = "pdf"};

	snprintf(r.key, sizeof(r.key), "%s", key);
	return artifacts_put(f->a, &r, sv_from(bytes), NULL);
}

static int
get(struct fixture *f, const char *key, const char *id)
{
	struct artifact r;
	int fd, rc = artifacts_get(f->a, key, id, &r, &fd, NULL);

	if (rc == 0)
		close(fd);
	return rc;
}

static size_t n_files;

static int
count_file(const char *path UNUSED, const struct stat *st UNUSED, int kind, struct FTW *f UNUSED)
{
	n_files += kind == FTW_F;
	return 0;
}

static size_t
files(void)
{
	n_files = 0;
	assert_int_equal(nftw(in_dir("artifacts"), count_file, 16, FTW_PHYS), 0);
	return n_files;
}

// --- tests ---

static void
what_is_put_comes_back(void **state UNUSED)
{
	struct fixture f;
	struct artifact r, got;
	cleanup_buf bytes = BUF_INIT;
	struct stat st;
	int fd;

	open_with(&f, &usual);
	r = put_as(&f, "k", "hello");
	assert_int_equal(strlen(r.id), 32);
	assert_string_equal(
	    r.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	assert_int_equal(r.expires_ms, r.created_ms + 60000);
	assert_int_equal(artifacts_get(f.a, "k", r.id, &got, &fd, NULL), 0);
	assert_int_equal(buf_read_fd(&bytes, fd, "artifact", NULL), 0);
	assert_string_equal(bytes.p, "hello");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
	assert_memory_equal(&got, &r, sizeof(r));
	shut(&f);
}

static void
ids_are_another_key_s_secret(void **state UNUSED)
{
	struct fixture f;
	struct artifact r;

	open_with(&f, &usual);
	r = put_as(&f, "k", "hello");
	assert_int_equal(get(&f, "other", r.id), ERR_NOT_FOUND);
	assert_int_equal(artifacts_delete(f.a, "other", r.id, NULL), ERR_NOT_FOUND);
	assert_int_equal(get(&f, "k", r.sha256), ERR_NOT_FOUND);
	assert_int_equal(get(&f, "k", "../riptide.db"), ERR_NOT_FOUND);
	assert_int_equal(get(&f, "k", r.id), 0);
	shut(&f);
}

static void
equal_content_is_one_file_until_the_last_row_goes(void **state UNUSED)
{
	struct fixture f;
	struct artifact a, b;

	open_with(&f, &usual);
	a = put_as(&f, "k1", "same");
	b = put_as(&f, "k2", "same");
	(void)put_as(&f, "k2", "other");
	assert_string_not_equal(a.id, b.id);
	assert_int_equal(files(), 2);
	assert_int_equal(artifacts_delete(f.a, "k1", a.id, NULL), 0);
	assert_int_equal(artifacts_delete(f.a, "k1", a.id, NULL), ERR_NOT_FOUND);
	assert_int_equal(files(), 2);
	assert_int_equal(get(&f, "k2", b.id), 0);
	assert_int_equal(artifacts_delete(f.a, "k2", b.id, NULL), 0);
	assert_int_equal(files(), 1);
	shut(&f);
}

static void
an_open_file_outlives_its_deletion(void **state UNUSED)
{
	struct fixture f;
	struct artifact r, got;
	cleanup_buf bytes = BUF_INIT;
	int fd;

	open_with(&f, &usual);
	r = put_as(&f, "k", "streamed");
	assert_int_equal(artifacts_get(f.a, "k", r.id, &got, &fd, NULL), 0);
	assert_int_equal(artifacts_delete(f.a, "k", r.id, NULL), 0);
	assert_int_equal(buf_read_fd(&bytes, fd, "artifact", NULL), 0);
	assert_string_equal(bytes.p, "streamed");
	close(fd);
	shut(&f);
}

static void
quota_is_per_key(void **state UNUSED)
{
	struct fixture f;
	struct artifact r;

	open_with(&f, &(struct artifacts_opts){.ttl_ms = 60000, .quota_bytes = 10});
	r = put_as(&f, "k", "123456");
	assert_int_equal(try_put(&f, "k", "12345"), ERR_QUOTA);
	assert_int_equal(try_put(&f, "k2", "12345"), 0);
	assert_int_equal(try_put(&f, "k", "1234"), 0);
	// The same content counts each time: the key has it twice.
	assert_int_equal(try_put(&f, "k", "123456"), ERR_QUOTA);
	assert_int_equal(artifacts_delete(f.a, "k", r.id, NULL), 0);
	assert_int_equal(try_put(&f, "k", "12345"), 0);
	// What has expired is no reason to refuse.
	sqlite_here("UPDATE artifact SET expires_ms = 1 WHERE key = 'k'");
	assert_int_equal(try_put(&f, "k", "1234567890"), 0);
	shut(&f);
}

static void
a_key_may_have_a_quota_of_its_own(void **state UNUSED)
{
	struct store_key k = {.id = "rich", .name = "rich", .hash = "h"};
	struct fixture f;

	open_with(&f, &(struct artifacts_opts){.ttl_ms = 60000, .quota_bytes = 3});
	k.limits = cJSON_Parse("{\"artifact_bytes\":5}");
	assert_int_equal(store_key_add(f.s, &k, NULL), 0);
	store_key_done(&k);
	assert_int_equal(try_put(&f, "rich", "12345"), 0);
	assert_int_equal(try_put(&f, "rich", "6"), ERR_QUOTA);
	assert_int_equal(try_put(&f, "poor", "1234"), ERR_QUOTA);
	assert_int_equal(try_put(&f, "poor", "123"), 0);
	shut(&f);
}

static void
expired_ones_are_gone_and_swept(void **state UNUSED)
{
	struct fixture f;
	struct artifact r, kept;
	struct artifacts_stats stats;
	char text[16];

	open_with(&f, &usual);
	r = put_as(&f, "k", "old");
	kept = put_as(&f, "k2", "old");
	for (int i = 0; i < 450; i++) { // more than a batch
		snprintf(text, sizeof(text), "old%d", i);
		(void)put_as(&f, "k", text);
	}
	sqlite_here("UPDATE artifact SET expires_ms = 1 WHERE key = 'k'");
	assert_int_equal(get(&f, "k", r.id), ERR_NOT_FOUND);
	assert_int_equal(artifacts_sweep(f.a), 451);
	assert_int_equal(artifacts_sweep(f.a), 0);
	assert_int_equal(files(), 1);
	assert_int_equal(get(&f, "k2", kept.id), 0);
	artifacts_stats(f.a, &stats);
	assert_int_equal(stats.count, 1);
	assert_int_equal(stats.bytes, 3);
	assert_int_equal(stats.stored, 452);
	assert_int_equal(stats.swept, 451);
	shut(&f);
}

static void
low_disk_stops_storing(void **state UNUSED)
{
	struct fixture f;
	struct artifacts_stats stats;
	struct err err = ERR_INIT;
	struct artifact r = {.kind = "pdf"};

	open_with(&f, &(struct artifacts_opts){.ttl_ms = 60000, .min_free_bytes = INT64_MAX / 2});
	assert_int_equal(artifacts_put(f.a, &r, SV("x"), &err), ERR_STORAGE_FULL);
	assert_non_null(strstr(err.message, "to stay free"));
	assert_int_equal(files(), 0);
	artifacts_stats(f.a, &stats);
	assert_true(stats.low_disk);
	assert_true(stats.disk_free_bytes > 0);
	assert_int_equal(stats.refused, 1);
	artifacts_configure(f.a, &usual);
	assert_int_equal(try_put(&f, "k", "x"), 0);
	shut(&f);
}

static int
on_small_disk(void *arg UNUSED)
{
	struct fixture f = {0};
	char *big = xcalloc(1, 5 << 20);
	struct artifact r = {.kind = "pdf"};
	int rc = 0;

	memset(big, 'x', (5 << 20) - 1);
	if (!small_disk(4096))
		return NO_MOUNT;
	if (store_open(dir, &f.s, NULL) != 0 || artifacts_open(f.s, &usual, &f.a, NULL) != 0)
		return 1;
	// No limit of its own: the disk says so in the middle of the write.
	if (artifacts_put(f.a, &r, (struct sv){big, 5 << 20}, NULL) != ERR_STORAGE_FULL)
		return 2;
	if (files() != 0)
		return 3;
	for (int i = 0; i < 100 && rc == 0; i++) {
		big[i] = 'y';
		rc = artifacts_put(f.a, &r, (struct sv){big, 100000}, NULL);
	}
	if (rc != ERR_STORAGE_FULL || files() == 0)
		return 4;
	if (artifacts_delete(f.a, r.key, r.id, NULL) != 0 ||
	    artifacts_put(f.a, &r, (struct sv){big, 50000}, NULL) != 0 || get(&f, r.key, r.id) != 0)
		return 5;
	free(big);
	shut(&f);
	return 0;
}

static void
full_disk_leaves_no_part_of_a_file(void **state UNUSED)
{
	int code = in_child(on_small_disk, NULL);

	if (code == NO_MOUNT)
		skip();
	assert_int_equal(code, 0);
}

static void
sweep_at_start_makes_files_and_rows_agree(void **state UNUSED)
{
	struct fixture f;
	struct artifact gone, cut, kept;
	char path[256];
	int fd;

	open_with(&f, &usual);
	gone = put_as(&f, "k", "its file is removed");
	cut = put_as(&f, "k", "its file is cut");
	kept = put_as(&f, "k", "kept");
	snprintf(path, sizeof(path), "artifacts/%.2s/%.62s", gone.sha256, gone.sha256 + 2);
	assert_int_equal(unlink(in_dir(path)), 0);
	snprintf(path, sizeof(path), "artifacts/%.2s/%.62s", cut.sha256, cut.sha256 + 2);
	assert_int_equal(truncate(in_dir(path), 3), 0);
	assert_int_equal(get(&f, "k", cut.id), ERR_CORRUPT);
	assert_int_equal(get(&f, "k", gone.id), ERR_CORRUPT);
	snprintf(path, sizeof(path), "artifacts/%.2s/%060d00", kept.sha256, 0);
	fd = open(in_dir(path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	fd = open(in_dir("artifacts/tmp/0123"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	shut(&f);
	log_init(LOG_ERROR, LOG_HUMAN, "test_artifacts");
	open_with(&f, &usual);
	log_init(LOG_INFO, LOG_HUMAN, "test_artifacts");
	assert_int_equal(files(), 1);
	assert_int_equal(get(&f, "k", gone.id), ERR_NOT_FOUND);
	assert_int_equal(get(&f, "k", cut.id), ERR_NOT_FOUND);
	assert_int_equal(get(&f, "k", kept.id), 0);
	shut(&f);
}

static void
put_one(void *arg, int i)
{
	struct fixture *f = arg;
	char *bytes = xmalloc(60001);

	if (!f->a &&
	    (store_open(dir, &f->s, NULL) != 0 || artifacts_open(f->s, &usual, &f->a, NULL) != 0))
		_exit(1);
	memset(bytes, 'a', 60000);
	bytes[snprintf(bytes, 64, "%d of %d", i, getpid())] = ' ';
	bytes[60000] = '\0';
	if (try_put(f, "k", bytes) != 0)
		_exit(1);
	free(bytes);
}

static void
sigkill_in_mid_write_leaves_whole_ones(void **state UNUSED)
{
	struct artifacts_stats stats;
	uint64_t before = 0;

	srand(6);
	log_init(LOG_ERROR, LOG_HUMAN, "test_artifacts");
	for (int round = 0; round < 50; round++) {
		struct fixture child = {0}, f;

		assert_true(kill_in_mid_write(put_one, &child, 1 + rand() % 4));
		open_with(&f, &usual);
		artifacts_stats(f.a, &stats);
		assert_int_equal(stats.bytes, stats.count * 60000);
		assert_int_equal(files(), stats.count); // their contents differ
		assert_true(stats.count > before);
		before = stats.count;
		shut(&f);
	}
	log_init(LOG_INFO, LOG_HUMAN, "test_artifacts");
}

static void *
put_and_delete(void *arg)
{
	struct fixture *f = arg;

	for (int i = 0; i < 60; i++) {
		struct artifact r = {.key = "k", .kind = "pdf"};
		char text[8];

		snprintf(text, sizeof(text), "%d", i % 3); // the same few contents for all
		if (artifacts_put(f->a, &r, sv_from(text), NULL) != 0 || get(f, "k", r.id) != 0 ||
		    artifacts_delete(f->a, "k", r.id, NULL) != 0)
			return arg;
	}
	return NULL;
}

static void
threads_share_contents(void **state UNUSED)
{
	struct fixture f;
	pthread_t t[4];
	void *failed;

	open_with(&f, &usual);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, put_and_delete, &f), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		pthread_join(t[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(files(), 0);
	shut(&f);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(what_is_put_comes_back),
	    T(ids_are_another_key_s_secret),
	    T(equal_content_is_one_file_until_the_last_row_goes),
	    T(an_open_file_outlives_its_deletion),
	    T(quota_is_per_key),
	    T(a_key_may_have_a_quota_of_its_own),
	    T(expired_ones_are_gone_and_swept),
	    T(low_disk_stops_storing),
	    T(full_disk_leaves_no_part_of_a_file),
	    T(sweep_at_start_makes_files_and_rows_agree),
	    T(sigkill_in_mid_write_leaves_whole_ones),
	    T(threads_share_contents),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
