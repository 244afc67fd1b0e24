// SPDX-License-Identifier: Apache-2.0
// Sessions in the store: whose they are, what survives SIGKILL and a full disk, damaged rows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store_dir.h"

#include "base/log.h"

#define MB ((size_t)1 << 20)

static void
expect_state(struct store *s, const char *key, const char *id, const char *state)
{
	struct store_session r = {0};
	struct err err = ERR_INIT;
	char *text;

	if (store_session_get(s, key, id, &r, &err) != 0)
		fail_msg("%s", err.message);
	text = cJSON_PrintUnformatted(r.state);
	assert_string_equal(text, state);
	free(text);
	store_session_done(&r);
}

static void
sessions_belong_to_their_key(void **state UNUSED)
{
	struct store *s = open_here();
	struct store_session r = {0}, *list;
	size_t n;

	put_session(s, "k1", "shop", "{\"cookies\":[1]}");
	put_session(s, "k2", "shop", "{\"cookies\":[2]}");
	expect_state(s, "k1", "shop", "{\"cookies\":[1]}");
	expect_state(s, "k2", "shop", "{\"cookies\":[2]}");
	assert_int_equal(store_session_get(s, "k3", "shop", &r, NULL), ERR_NOT_FOUND);
	assert_int_equal(store_session_delete(s, "k3", "shop", NULL), ERR_NOT_FOUND);
	assert_int_equal(store_session_list(s, "k1", &list, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_null(list[0].state);
	assert_int_equal(json_int(list[0].config, "max_pages", 0), 3);
	store_session_done(&list[0]);
	free(list);
	assert_int_equal(store_session_list(s, NULL, &list, &n, NULL), 0);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		store_session_done(&list[i]);
	free(list);
	assert_int_equal(store_session_delete(s, "k1", "shop", NULL), 0);
	assert_int_equal(store_session_get(s, "k1", "shop", &r, NULL), ERR_NOT_FOUND);
	expect_state(s, "k2", "shop", "{\"cookies\":[2]}");
	store_close(s);
}

static void
sessions_are_added_once_and_up_to_the_limit(void **state UNUSED)
{
	struct store *s = open_here();
	struct store_session r = session_row("k", "a", NULL), *gone;
	size_t n;

	assert_int_equal(store_session_put(s, &r, NULL), ERR_NOT_FOUND);
	r.expires_ms = clock_wall_ms() + 60000;
	assert_int_equal(store_session_add(s, &r, 1, NULL), 0);
	assert_int_equal(store_session_add(s, &r, 9, NULL), ERR_CONFLICT);
	snprintf(r.id, sizeof(r.id), "b");
	assert_int_equal(store_session_add(s, &r, 1, NULL), ERR_QUOTA);
	// Expired ones do not count.
	snprintf(r.id, sizeof(r.id), "a");
	assert_int_equal(store_session_expire(s, "k", "a", clock_wall_ms(), NULL), 0);
	r.expires_ms = 1;
	assert_int_equal(store_session_put(s, &r, NULL), 0);
	snprintf(r.id, sizeof(r.id), "b");
	assert_int_equal(store_session_add(s, &r, 1, NULL), 0);
	assert_int_equal(store_session_count(s), 2);
	assert_int_equal(store_session_expired(s, 2, 9, &gone, &n, NULL), 0);
	assert_int_equal(n, 2);
	free(gone);
	assert_int_equal(store_session_expire(s, "k", "a", clock_wall_ms(), NULL), 1);
	assert_int_equal(store_session_count(s), 1);
	store_session_done(&r);
	store_close(s);
}

static void
touch_keeps_the_state(void **state UNUSED)
{
	struct store *s = open_here();
	struct store_session r = session_row("k", "a", NULL), got = {0};

	put_session(s, "k", "a", "{\"cookies\":[1]}");
	r.jobs = 9;
	assert_int_equal(store_session_touch(s, &r, NULL), 0);
	expect_state(s, "k", "a", "{\"cookies\":[1]}");
	assert_int_equal(store_session_get(s, "k", "a", &got, NULL), 0);
	assert_int_equal(got.jobs, 9);
	store_session_done(&got);
	snprintf(r.id, sizeof(r.id), "b");
	assert_int_equal(store_session_touch(s, &r, NULL), ERR_NOT_FOUND);
	store_session_done(&r);
	store_close(s);
}

static void
damaged_sessions_go_to_quarantine_others_load(void **state UNUSED)
{
	static const char *const damage[] = {
	    "UPDATE session SET state = '{\"cookies\":[666]}' WHERE id = 'bad'",
	    "UPDATE session SET state = substr(state, 1, 5) WHERE id = 'bad'",
	    "UPDATE session SET state = NULL WHERE id = 'bad'",
	    "UPDATE session SET state = x'00ff00' WHERE id = 'bad'",
	    "UPDATE session SET config = '{' WHERE id = 'bad'",
	};
	struct store_session r = {0};

	log_init(LOG_ERROR, LOG_HUMAN, "test_store");
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		struct store *s = open_here();
		struct err err = ERR_INIT;

		put_session(s, "k", "bad", "{\"cookies\":[\"s3cret\"]}");
		put_session(s, "k", "good", "{\"cookies\":[1]}");
		store_close(s);
		sqlite_here(damage[i]);
		s = open_here();
		assert_int_equal(store_session_get(s, "k", "bad", &r, &err), ERR_CORRUPT);
		assert_non_null(strstr(err.message, "bad was put in quarantine"));
		assert_null(strstr(err.message, "s3cret"));
		assert_int_equal(store_session_get(s, "k", "bad", &r, &err), ERR_NOT_FOUND);
		expect_state(s, "k", "good", "{\"cookies\":[1]}");
		store_close(s);
	}
	log_init(LOG_INFO, LOG_HUMAN, "test_store");
}

static void
lists_leave_damaged_sessions_out(void **state UNUSED)
{
	struct store *s = open_here();
	struct store_session *list;
	size_t n;

	for (const char *const *id = (const char *const[]){"a", "bad1", "b", "bad2", NULL}; *id;
	     id++)
		put_session(s, "k", *id, NULL);
	store_close(s);
	sqlite_here("UPDATE session SET config_sum = 'x' WHERE id LIKE 'bad%'");
	s = open_here();
	log_init(LOG_ERROR, LOG_HUMAN, "test_store");
	assert_int_equal(store_session_list(s, "k", &list, &n, NULL), 0);
	log_init(LOG_INFO, LOG_HUMAN, "test_store");
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(strlen(list[i].id), 1);
		store_session_done(&list[i]);
	}
	free(list);
	store_close(s);
}

static cJSON *
big_state(char letter, size_t bytes)
{
	cJSON *state = json_obj();
	char *text = xmalloc(bytes + 1);

	memset(text, letter, bytes);
	text[bytes] = '\0';
	json_set_str(state, "v", text);
	free(text);
	return state;
}

static void
states_over_the_limit_are_refused_the_old_one_stays(void **state UNUSED)
{
	struct store *s = open_here();
	struct store_session r = session_row("k", "a", NULL);

	put_session(s, "k", "a", "{\"v\":1}");
	r.state = big_state('x', STORE_STATE_MAX);
	assert_int_equal(store_session_put(s, &r, NULL), ERR_TOO_LARGE);
	expect_state(s, "k", "a", "{\"v\":1}");
	store_session_done(&r);
	store_close(s);
}

struct writer {
	struct store *s;
	size_t bytes;
};

static void
write_state(void *arg, int i)
{
	struct writer *w = arg;
	struct store_session r = session_row("k", "a", NULL);

	if (!w->s && store_open(dir, &w->s, NULL) != 0)
		_exit(1);
	r.state = big_state((char)('a' + i % 26), w->bytes + (size_t)(i % 7) * 5000);
	r.jobs = (uint64_t)i;
	if (store_session_put(w->s, &r, NULL) != 0 && store_session_add(w->s, &r, 0, NULL) != 0)
		_exit(1);
	store_session_done(&r);
}

// After SIGKILL in the middle of a write the state is one that was written, and whole.
static void
sigkill_in_mid_write_leaves_the_old_or_the_new(void **state UNUSED)
{
	srand(41);
	for (int round = 0; round < 50; round++) {
		struct writer w = {.bytes = (size_t)(rand() % 100000)};
		struct store_session r = {0};
		const char *text;
		struct store *s;
		size_t n;

		assert_true(kill_in_mid_write(write_state, &w, 1 + rand() % 4));
		s = open_here();
		assert_int_equal(store_session_get(s, "k", "a", &r, NULL), 0);
		text = json_str(r.state, "v");
		n = strlen(text);
		assert_int_equal(n, w.bytes + (size_t)(r.jobs % 7) * 5000);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(text[i], 'a' + (int)(r.jobs % 26));
		store_session_done(&r);
		store_close(s);
	}
}

// To the last byte, as somebody else would.
static bool
fill_disk(void)
{
	static const char zeros[65536];
	int fd = open(in_dir("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	for (size_t chunk = sizeof(zeros); chunk > 0;)
		if (write(fd, zeros, chunk) <= 0)
			chunk /= 2;
	return close(fd) == 0;
}

static int
write_until_full(struct store *s)
{
	enum store_idem what;
	struct buf body = BUF_INIT;
	char name[32], job_id[33];
	int status, rc = 0;

	for (int i = 0; i < 20000 && rc == 0; i++) {
		snprintf(name, sizeof(name), "%d", i);
		rc = store_idem_begin(s, "k", name, "f", 1000, &what, job_id, &status, &body, NULL);
	}
	return rc;
}

// The number of the step that went wrong.
static int
on_small_disk(void *arg UNUSED)
{
	struct store_session r = session_row("k", "a", "{\"v\":1}"), got = {0};
	struct store *s;

	if (!small_disk(4096))
		return NO_MOUNT;
	if (store_open(dir, &s, NULL) != 0 || store_session_add(s, &r, 0, NULL) != 0)
		return 1;
	cJSON_Delete(r.state);
	r.state = big_state('x', 6 * MB);
	if (store_session_put(s, &r, NULL) != ERR_STORAGE_FULL)
		return 2;
	cJSON_Delete(r.state);
	r.state = big_state('y', 100000);
	if (!fill_disk() || write_until_full(s) != ERR_STORAGE_FULL)
		return 3;
	if (store_session_put(s, &r, NULL) != ERR_STORAGE_FULL)
		return 4;
	if (store_session_get(s, "k", "a", &got, NULL) != 0 || json_int(got.state, "v", 0) != 1)
		return 5;
	store_session_done(&got);
	// And it works again when there is room.
	if (unlink(in_dir("filler")) != 0 || store_session_put(s, &r, NULL) != 0 ||
	    store_check(s, NULL) != 0)
		return 6;
	store_close(s);
	if (store_open(dir, &s, NULL) != 0 || store_session_get(s, "k", "a", &got, NULL) != 0 ||
	    strlen(json_str(got.state, "v")) != 100000)
		return 7;
	return 0;
}

static void
full_disk_keeps_the_version_before(void **state UNUSED)
{
	int code = in_child(on_small_disk, NULL);

	if (code == NO_MOUNT)
		skip();
	assert_int_equal(code, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(sessions_belong_to_their_key),
	    T(sessions_are_added_once_and_up_to_the_limit),
	    T(touch_keeps_the_state),
	    T(damaged_sessions_go_to_quarantine_others_load),
	    T(lists_leave_damaged_sessions_out),
	    T(states_over_the_limit_are_refused_the_old_one_stays),
	    T(sigkill_in_mid_write_leaves_the_old_or_the_new),
	    T(full_disk_keeps_the_version_before),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
