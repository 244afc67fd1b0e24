// SPDX-License-Identifier: Apache-2.0
// The store: who may open it, what is damaged and named, keys, kept answers, the audit log,
// threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store_dir.h"

#include <pthread.h>

// --- opening ---

static void
refused(const char *path, const char *words)
{
	struct store *s = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(store_open(path, &s, &err), ERR_STATE_DIR);
	assert_null(s);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void
put_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
directory_and_files_are_ours_alone(void **state UNUSED)
{
	struct stat st;
	struct store *s;

	chmod(dir, 0755);
	s = open_here();
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	for (const char *const *f =
		 (const char *const[]){"riptide.db", "riptide.db-wal", "lock", NULL};
	     *f; f++) {
		assert_int_equal(stat(in_dir(*f), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	store_close(s);
}

static void
missing_directories_are_made(void **state UNUSED)
{
	char path[128];
	struct store *s = NULL;
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/c", dir);
	assert_int_equal(store_open(path, &s, NULL), 0);
	assert_string_equal(store_dir(s), path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	store_close(s);
}

static void
what_others_may_write_is_refused(void **state UNUSED)
{
	assert_int_equal(chmod(dir, 0777), 0);
	refused(dir, "can be written by others");
	assert_int_equal(chmod(dir, 0700), 0);
	store_close(open_here());
	assert_int_equal(chmod(in_dir("riptide.db"), 0666), 0);
	refused(dir, "riptide.db can be written by others");
	assert_int_equal(chmod(in_dir("riptide.db"), 0644), 0); // only read: closed
	store_close(open_here());
}

static void
links_and_folders_in_place_of_files_are_refused(void **state UNUSED)
{
	char target[128], alias[128];

	snprintf(target, sizeof(target), "%s/elsewhere", dir);
	snprintf(alias, sizeof(alias), "%s/link", dir);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink(target, alias), 0);
	refused(alias, "no directory of its own");
	put_file(in_dir("target.db"), "", 0);
	assert_int_equal(symlink(in_dir("target.db"), in_dir("riptide.db")), 0);
	refused(dir, "riptide.db is not a file of its own");
	assert_int_equal(unlink(in_dir("riptide.db")), 0);
	assert_int_equal(mkdir(in_dir("riptide.db"), 0700), 0);
	refused(dir, "riptide.db is not a file of its own");
	assert_int_equal(rmdir(in_dir("riptide.db")), 0);
	assert_int_equal(link(in_dir("target.db"), in_dir("riptide.db")), 0);
	refused(dir, "riptide.db is not a file of its own");
	assert_int_equal(unlink(in_dir("riptide.db")), 0);
	assert_int_equal(mkfifo(in_dir("riptide.db"), 0600), 0);
	refused(dir, "riptide.db is not a file of its own");
}

static void
second_daemon_is_refused_with_the_first_ones_pid(void **state UNUSED)
{
	struct store *first = open_here(), *shared = NULL;
	char pid[32];

	snprintf(pid, sizeof(pid), "(process %d)", getpid());
	refused(dir, pid);
	assert_int_equal(store_open_shared(dir, &shared, NULL), 0); // `riptide keys` works
	store_close(shared);
	store_close(first);
	store_close(open_here()); // the lock has gone with its holder
}

static void
damaged_databases_are_named(void **state UNUSED)
{
	char garbage[8192];
	struct store *s = open_here();
	FILE *f;

	put_session(s, "k", "a", "{\"cookies\":[]}");
	store_close(s);
	memset(garbage, 'x', sizeof(garbage));
	// In the middle: found by the check at start.
	f = fopen(in_dir("riptide.db"), "r+");
	assert_non_null(f);
	fseek(f, 4096 * 2, SEEK_SET);
	fwrite(garbage, 1, sizeof(garbage), f);
	fclose(f);
	refused(dir, "riptide.db is damaged");
	assert_int_equal(truncate(in_dir("riptide.db"), 5000), 0);
	refused(dir, "riptide.db is damaged");
	put_file(in_dir("riptide.db"), garbage, sizeof(garbage));
	refused(dir, "riptide.db is damaged");
	put_file(in_dir("riptide.db"), "", 0); // empty: a new one
	store_close(open_here());
}

static void
newer_schemas_and_foreign_databases_are_refused(void **state UNUSED)
{
	struct store *s = NULL;

	store_close(open_here());
	sqlite_here("PRAGMA user_version = 99");
	refused(dir, "newer riptide");
	assert_int_equal(store_open_shared(dir, &s, NULL), ERR_STATE_DIR);
	sqlite_here("PRAGMA user_version = 7; PRAGMA application_id = 12345");
	refused(dir, "another program's");
}

static int
child_has_no_home(void *arg UNUSED)
{
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;

	unsetenv("HOME");
	unsetenv("XDG_STATE_HOME");
	if (getuid() == 0)
		return store_default_dir(&out, &err) == 0 && strcmp(out.p, "/var/lib/riptide") == 0;
	return store_default_dir(&out, &err) == ERR_STATE_DIR;
}

static void
default_directory_follows_xdg(void **state UNUSED)
{
	cleanup_buf out = BUF_INIT;

	assert_int_equal(in_child(child_has_no_home, NULL), 1);
	setenv("XDG_STATE_HOME", "/x/state", 1);
	assert_int_equal(store_default_dir(&out, NULL), 0);
	assert_string_equal(out.p, "/x/state/riptide");
	unsetenv("XDG_STATE_HOME");
}

// --- keys ---

static struct store_key
key_row(const char *id, const char *name)
{
	struct store_key k = {.scopes = 5, .created_ms = 10, .limits = cJSON_Parse("{\"rate\":3}")};

	snprintf(k.id, sizeof(k.id), "%s", id);
	snprintf(k.name, sizeof(k.name), "%s", name);
	snprintf(k.hash, sizeof(k.hash), "hash-%s", id);
	return k;
}

static int
add_key(struct store *s, const char *id, const char *name)
{
	struct store_key k = key_row(id, name);
	int rc = store_key_add(s, &k, NULL);

	store_key_done(&k);
	return rc;
}

static void
keys_come_back_as_they_were(void **state UNUSED)
{
	struct store *s = open_here();
	struct store_key *list;
	size_t n;

	assert_int_equal(add_key(s, "1", "anna"), 0);
	assert_int_equal(add_key(s, "2", "anna"), ERR_CONFLICT);
	assert_int_equal(store_key_revoke(s, "anna", NULL), 0);
	assert_int_equal(store_key_revoke(s, "anna", NULL), ERR_NOT_FOUND);
	assert_int_equal(add_key(s, "2", "anna"), 0); // the name is free again
	store_key_used(s, "2", 77);
	store_key_used(s, "2", 66);
	assert_int_equal(store_key_list(s, &list, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_true(list[0].revoked_ms > 0);
	assert_int_equal(list[1].revoked_ms, 0);
	assert_string_equal(list[1].hash, "hash-2");
	assert_int_equal(list[1].scopes, 5);
	assert_int_equal(list[1].last_used_ms, 77);
	assert_int_equal(json_int(list[1].limits, "rate", 0), 3);
	for (size_t i = 0; i < n; i++)
		store_key_done(&list[i]);
	free(list);
	assert_int_equal(store_key_revoke(s, "2", NULL), 0);
	store_close(s);
}

static int
child_adds_a_key(void *arg UNUSED)
{
	struct store *s;

	return store_open_shared(dir, &s, NULL) == 0 && add_key(s, "9", "from outside") == 0;
}

static void
generation_sees_other_processes(void **state UNUSED)
{
	struct store *s = open_here();
	int64_t before = store_key_generation(s), now;

	assert_int_equal(store_key_generation(s), before);
	assert_int_equal(in_child(child_adds_a_key, NULL), 1);
	now = store_key_generation(s);
	assert_int_not_equal(now, before);
	assert_int_equal(store_key_revoke(s, "9", NULL), 0);
	assert_int_not_equal(store_key_generation(s), now);
	store_close(s);
}

// --- idempotency ---

static enum store_idem
begin(struct store *s, const char *key, const char *idem, const char *print, struct buf *body)
{
	enum store_idem what;
	char job_id[33];
	int status;

	assert_int_equal(
	    store_idem_begin(s, key, idem, print, 60000, &what, job_id, &status, body, NULL), 0);
	if (what == IDEM_DONE) {
		assert_string_equal(job_id, "job1");
		assert_int_equal(status, 201);
	}
	return what;
}

static void
answers_are_kept_under_their_key(void **state UNUSED)
{
	struct store *s = open_here();
	cleanup_buf body = BUF_INIT;

	assert_int_equal(begin(s, "k", "i", "f1", &body), IDEM_NEW);
	assert_int_equal(begin(s, "k", "i", "f1", &body), IDEM_RUNNING);
	assert_int_equal(begin(s, "k", "i", "f2", &body), IDEM_MISMATCH);
	assert_int_equal(begin(s, "k2", "i", "f2", &body), IDEM_NEW);
	store_idem_finish(s, "k", "i", "job1", 201, SV("a\0b"));
	assert_int_equal(begin(s, "k", "i", "f1", &body), IDEM_DONE);
	assert_int_equal(body.n, 3);
	assert_memory_equal(body.p, "a\0b", 3);
	store_idem_forget(s, "k", "i");
	assert_int_equal(begin(s, "k", "i", "f9", &body), IDEM_NEW);
	store_close(s);
}

static void
what_a_killed_daemon_had_begun_is_forgotten(void **state UNUSED)
{
	struct store *s = open_here();
	cleanup_buf body = BUF_INIT;

	assert_int_equal(begin(s, "k", "running", "f", &body), IDEM_NEW);
	assert_int_equal(begin(s, "k", "done", "f", &body), IDEM_NEW);
	store_idem_finish(s, "k", "done", "job1", 201, SV("x"));
	store_close(s);
	s = open_here();
	assert_int_equal(begin(s, "k", "running", "f", &body), IDEM_NEW);
	assert_int_equal(begin(s, "k", "done", "f", &body), IDEM_DONE);
	store_close(s);
}

static void
expired_answers_are_new_again(void **state UNUSED)
{
	struct store *s = open_here();
	cleanup_buf body = BUF_INIT;

	assert_int_equal(begin(s, "k", "i", "f", &body), IDEM_NEW);
	store_idem_finish(s, "k", "i", "job1", 201, SV("x"));
	assert_int_equal(store_idem_sweep(s), 0);
	sqlite_here("UPDATE idem SET expires_ms = 1");
	assert_int_equal(begin(s, "k", "i", "f2", &body), IDEM_NEW);
	sqlite_here("UPDATE idem SET expires_ms = 1");
	assert_int_equal(store_idem_sweep(s), 1);
	store_close(s);
}

static void
large_answers_are_not_kept(void **state UNUSED)
{
	struct store *s = open_here();
	cleanup_buf body = BUF_INIT;
	char *big = xcalloc(1, STORE_IDEM_BODY_MAX + 1);

	assert_int_equal(begin(s, "k", "i", "f", &body), IDEM_NEW);
	store_idem_finish(s, "k", "i", "job1", 201, (struct sv){big, STORE_IDEM_BODY_MAX + 1});
	assert_int_equal(begin(s, "k", "i", "f", &body), IDEM_DONE);
	assert_int_equal(body.n, 0);
	free(big);
	store_close(s);
}

// --- audit ---

static void
audit_lists_the_newest_first(void **state UNUSED)
{
	struct store *s = open_here();
	cJSON *list;

	store_audit(s, "admin", "127.0.0.1", "keys.create", "anna", "r1");
	store_audit(s, NULL, NULL, "keys.revoke", "\xff bad \xc3", NULL);
	assert_int_equal(store_audit_list(s, 10, &list, NULL), 0);
	assert_int_equal(cJSON_GetArraySize(list), 2);
	assert_string_equal(json_str(list->child, "act"), "keys.revoke");
	assert_string_equal(json_str(list->child, "subject"), ""); // ends at what is no UTF-8
	assert_string_equal(json_str(list->child->next, "peer"), "127.0.0.1");
	cJSON_Delete(list);
	assert_int_equal(store_audit_list(s, 1, &list, NULL), 0);
	assert_int_equal(cJSON_GetArraySize(list), 1);
	cJSON_Delete(list);
	store_close(s);
}

// --- threads ---

static void *
hammer(void *arg)
{
	struct store *s = arg;

	for (int i = 0; i < 50; i++) {
		struct store_session r = session_row("k", "t", "{\"v\":1}"), got = {0};

		snprintf(r.id, sizeof(r.id), "t%d", i % 5);
		if (store_session_put(s, &r, NULL) != 0 &&
		    store_session_add(s, &r, 0, NULL) == ERR_STORAGE_FULL)
			return arg;
		if (store_session_get(s, "k", r.id, &got, NULL) != 0)
			return arg;
		store_session_done(&got);
		store_session_done(&r);
		(void)store_key_generation(s);
	}
	return NULL;
}

static void
threads_share_it(void **state UNUSED)
{
	struct store *s = open_here();
	pthread_t t[4];
	void *failed;

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, hammer, s), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		pthread_join(t[i], &failed);
		assert_null(failed);
	}
	store_close(s);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(directory_and_files_are_ours_alone),
	    T(missing_directories_are_made),
	    T(what_others_may_write_is_refused),
	    T(links_and_folders_in_place_of_files_are_refused),
	    T(second_daemon_is_refused_with_the_first_ones_pid),
	    T(damaged_databases_are_named),
	    T(newer_schemas_and_foreign_databases_are_refused),
	    T(default_directory_follows_xdg),
	    T(keys_come_back_as_they_were),
	    T(generation_sees_other_processes),
	    T(answers_are_kept_under_their_key),
	    T(what_a_killed_daemon_had_begun_is_forgotten),
	    T(expired_answers_are_new_again),
	    T(large_answers_are_not_kept),
	    T(audit_lists_the_newest_first),
	    T(threads_share_it),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
