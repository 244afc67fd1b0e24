// SPDX-License-Identifier: Apache-2.0
// Sessions over a real store and a pretended pool: one job at a time, one owner, limits, living
// contexts and what takes their place when they die. (The pool's two functions are wrapped by the
// linker, see tests/CMakeLists.txt.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store_dir.h"

#include "base/log.h"
#include "orchestrator/session/session.h"
#include "../patience.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

// --- the pretended pool ---

struct pool_context {
	bool dead;
};
static atomic_int n_open, n_closed;

bool __wrap_pool_context_alive(const struct pool_context *c);
void __wrap_pool_context_close(struct pool_context *c);

bool
__wrap_pool_context_alive(const struct pool_context *c)
{
	return !c->dead;
}

void
__wrap_pool_context_close(struct pool_context *c)
{
	if (!c)
		return;
	atomic_fetch_sub(&n_open, 1);
	atomic_fetch_add(&n_closed, 1);
	free(c);
}

static struct pool_context *
new_context(void)
{
	atomic_fetch_add(&n_open, 1);
	return xcalloc(1, sizeof(struct pool_context));
}

// --- helpers ---

struct fixture {
	struct store *store;
	struct sessions *ss;
	struct err err;
};

static const struct sessions_opts usual = {
    .max_per_key = 5, .max_live = 3, .idle_timeout_ms = 60000, .max_lifetime_ms = 600000};

static void
open_with(struct fixture *f, const struct sessions_opts *o)
{
	*f = (struct fixture){.store = open_here()};
	f->ss = sessions_new(f->store, o);
	atomic_store(&n_open, 0);
	atomic_store(&n_closed, 0);
}

static void
shut(struct fixture *f)
{
	sessions_free(f->ss);
	store_close(f->store);
	assert_int_equal(atomic_load(&n_open), 0);
}

static int
create(struct fixture *f, const char *key, const char *id, const char *config, const char *state)
{
	cJSON *c = config ? cJSON_Parse(config) : NULL, *s = state ? cJSON_Parse(state) : NULL;
	cJSON *out = NULL;
	int rc = sessions_create(f->ss, key, id, c, s, &out, &f->err);

	cJSON_Delete(c);
	cJSON_Delete(s);
	cJSON_Delete(out);
	return rc;
}

static int
take(struct fixture *f, const char *key, const char *id, const char *config, int64_t ms,
    struct session **out)
{
	cJSON *c = config ? cJSON_Parse(config) : NULL;
	int rc =
	    session_acquire(f->ss, key, id, c, deadline_in_ms(patient_ms(ms)), -1, out, &f->err);

	cJSON_Delete(c);
	return rc;
}

static struct session *
must_take(struct fixture *f, const char *key, const char *id)
{
	struct session *s = NULL;

	if (take(f, key, id, NULL, 5000, &s) != 0)
		fail_msg("%s", f->err.message);
	return s;
}

// A job that opens a context of its own when there is none, and leaves the state.
static void
job(struct fixture *f, const char *key, const char *id, const char *state)
{
	struct session *s = must_take(f, key, id);

	if (!session_context(s))
		session_set_context(s, new_context());
	assert_int_equal(session_release(s, state ? cJSON_Parse(state) : NULL, false, &f->err), 0);
}

static void
expect_state(struct fixture *f, const char *key, const char *id, const char *want)
{
	cJSON *state = NULL;
	char *text;

	if (sessions_state(f->ss, key, id, &state, &f->err) != 0)
		fail_msg("%s", f->err.message);
	text = cJSON_PrintUnformatted(state);
	assert_string_equal(text, want);
	free(text);
	cJSON_Delete(state);
}

static int
describe(struct fixture *f, const char *key, const char *id)
{
	cJSON *out = NULL;
	int rc = sessions_describe(f->ss, key, id, &out, &f->err);

	cJSON_Delete(out);
	return rc;
}

#define EMPTY "{\"cookies\":[],\"origins\":[]}"
#define LOGIN                                                                                      \
	"{\"cookies\":[{\"name\":\"sid\",\"value\":\"1\",\"domain\":\"a.example\"}],\"origins\":[" \
	"{\"origin\":\"https://a.example\",\"localStorage\":[{\"name\":\"k\",\"value\":\"v\"}]}]}"

// --- made ---

static void
ids_of_the_server_are_random(void **state UNUSED)
{
	struct fixture f;
	char seen[2][64];

	open_with(&f, &usual);
	for (int i = 0; i < 2; i++) {
		cJSON *out = NULL;

		assert_int_equal(
		    sessions_create(f.ss, "k", i ? "" : NULL, NULL, NULL, &out, NULL), 0);
		snprintf(seen[i], sizeof(seen[i]), "%s", json_str(out, "session_id"));
		assert_int_equal(strlen(seen[i]), 32);
		assert_int_equal(strspn(seen[i], "0123456789abcdef"), 32);
		assert_int_equal(describe(&f, "k", seen[i]), 0);
		cJSON_Delete(out);
	}
	assert_string_not_equal(seen[0], seen[1]);
	shut(&f);
}

static void
names_are_checked(void **state UNUSED)
{
	static const char *const bad[] = {".", "..", "a/b", "a b", "\xc3\xa9", "a\n", "%2e", NULL};
	char longest[130];
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	for (size_t i = 0; bad[i]; i++) {
		assert_int_equal(create(&f, "k", bad[i], NULL, NULL), ERR_INVALID_REQUEST);
		assert_string_equal(f.err.path, "session_id");
		assert_int_equal(take(&f, "k", bad[i], NULL, 10, &s), ERR_INVALID_REQUEST);
		assert_int_equal(describe(&f, "k", bad[i]), ERR_SESSION_NOT_FOUND);
		assert_int_equal(sessions_delete(f.ss, "k", bad[i], NULL), ERR_SESSION_NOT_FOUND);
	}
	memset(longest, 'x', 129);
	longest[129] = '\0';
	assert_int_equal(create(&f, "k", longest, NULL, NULL), ERR_INVALID_REQUEST);
	longest[128] = '\0';
	assert_int_equal(create(&f, "k", longest, NULL, NULL), 0);
	assert_int_equal(describe(&f, "k", longest), 0);
	shut(&f);
}

static void
each_key_has_its_own(void **state UNUSED)
{
	struct fixture f;
	cJSON *list = NULL;

	open_with(&f, &usual);
	assert_int_equal(create(&f, "k1", "shop", NULL, LOGIN), 0);
	assert_int_equal(create(&f, "k1", "shop", NULL, NULL), ERR_CONFLICT);
	assert_int_equal(describe(&f, "k2", "shop"), ERR_SESSION_NOT_FOUND);
	assert_int_equal(sessions_delete(f.ss, "k2", "shop", NULL), ERR_SESSION_NOT_FOUND);
	assert_int_equal(create(&f, "k2", "shop", NULL, NULL), 0);
	expect_state(&f, "k2", "shop", EMPTY);
	expect_state(&f, "k1", "shop", LOGIN);
	assert_int_equal(sessions_list(f.ss, "k1", &list, NULL), 0);
	assert_int_equal(cJSON_GetArraySize(list), 1);
	cJSON_Delete(list);
	shut(&f);
}

static void
keys_have_a_quota(void **state UNUSED)
{
	struct fixture f;
	struct session *s;
	char id[16];

	open_with(&f, &usual);
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "s%d", i);
		assert_int_equal(create(&f, "k", id, NULL, NULL), 0);
	}
	assert_int_equal(create(&f, "k", "s5", NULL, NULL), ERR_QUOTA);
	assert_int_equal(take(&f, "k", "s5", NULL, 1000, &s), ERR_QUOTA);
	assert_int_equal(create(&f, "k2", "s5", NULL, NULL), 0);
	assert_int_equal(sessions_delete(f.ss, "k", "s0", NULL), 0);
	assert_int_equal(create(&f, "k", "s5", NULL, NULL), 0);
	shut(&f);
}

static void
what_is_wrong_is_named(void **state UNUSED)
{
	struct fixture f;

	open_with(&f, &usual);
	assert_int_equal(create(&f, "k", "a", "{\"max_page\":1}", NULL), ERR_INVALID_REQUEST);
	assert_string_equal(f.err.path, "session_config.max_page");
	assert_int_equal(
	    create(&f, "k", "a", NULL, "{\"cookies\":[{\"name\":\"x\"}]}"), ERR_INVALID_REQUEST);
	assert_string_equal(f.err.path, "state.cookies[0].value");
	assert_int_equal(describe(&f, "k", "a"), ERR_SESSION_NOT_FOUND); // nothing was made
	shut(&f);
}

static void
passwords_are_not_shown(void **state UNUSED)
{
	struct fixture f;
	cJSON *out = NULL;
	char *text;

	open_with(&f, &usual);
	assert_int_equal(
	    create(&f, "k", "a", "{\"http_user\":\"anna\",\"http_password\":\"s3cret\"}", NULL), 0);
	assert_int_equal(sessions_describe(f.ss, "k", "a", &out, NULL), 0);
	text = cJSON_PrintUnformatted(out);
	assert_null(strstr(text, "s3cret"));
	assert_non_null(strstr(text, "anna"));
	free(text);
	cJSON_Delete(out);
	{
		struct session *s = must_take(&f, "k", "a");

		assert_string_equal(session_settings(s)->http_password, "s3cret");
		assert_int_equal(session_release(s, NULL, false, NULL), 0);
	}
	shut(&f);
}

// --- used ---

static void
first_use_makes_it(void **state UNUSED)
{
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	assert_int_equal(take(&f, "k", "a", "{\"max_pages\":2}", 1000, &s), 0);
	assert_null(session_context(s));
	assert_null(session_checkpoint(s));
	assert_int_equal(session_settings(s)->max_pages, 2);
	assert_true(session_settings(s)->persist_cookies);
	assert_int_equal(session_release(s, cJSON_Parse(LOGIN), false, NULL), 0);
	expect_state(&f, "k", "a", LOGIN);
	// The same configuration again is none of a conflict, another one is.
	assert_int_equal(take(&f, "k", "a", "{\"max_pages\":2}", 1000, &s), 0);
	assert_non_null(session_checkpoint(s));
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	assert_int_equal(take(&f, "k", "a", "{\"max_pages\":3}", 1000, &s), ERR_CONFLICT);
	assert_string_equal(f.err.path, "session_config");
	assert_int_equal(take(&f, "k", "a", NULL, 1000, &s), ERR_SESSION_EXHAUSTED);
	shut(&f);
}

static void
contexts_stay_warm_and_survive_nothing(void **state UNUSED)
{
	struct fixture f;
	struct session *s;
	struct pool_context *c;
	struct sessions_stats stats;

	open_with(&f, &usual);
	job(&f, "k", "a", LOGIN);
	s = must_take(&f, "k", "a");
	c = session_context(s);
	assert_non_null(c); // warm
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	c->dead = true; // its browser crashed
	s = must_take(&f, "k", "a");
	assert_null(session_context(s));
	assert_int_equal(atomic_load(&n_closed), 1);
	assert_string_equal(json_str(json_path(session_checkpoint(s), "cookies.0"), "name"),
	    "sid"); // from the last
	session_set_context(s, new_context());
	assert_int_equal(session_release(s, NULL, true, NULL), 0); // lost
	assert_int_equal(atomic_load(&n_open), 0);
	sessions_stats(f.ss, &stats);
	assert_int_equal(stats.restored, 1);
	assert_int_equal(stats.live, 0);
	assert_int_equal(stats.busy, 0);
	shut(&f);
}

static void
daemon_restart_loses_nothing(void **state UNUSED)
{
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	assert_int_equal(take(&f, "k", "a", "{\"max_pages\":2}", 1000, &s), 0);
	assert_int_equal(session_release(s, cJSON_Parse(LOGIN), false, NULL), 0);
	shut(&f);
	open_with(&f, &usual);
	expect_state(&f, "k", "a", LOGIN);
	s = must_take(&f, "k", "a");
	assert_int_equal(session_settings(s)->max_pages, 2);
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	assert_int_equal(take(&f, "k", "a", NULL, 1000, &s), ERR_SESSION_EXHAUSTED);
	shut(&f);
}

static void
what_is_not_to_persist_is_not_stored(void **state UNUSED)
{
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	assert_int_equal(take(&f, "k", "a", "{\"persist_cookies\":false}", 1000, &s), 0);
	assert_int_equal(session_release(s, cJSON_Parse(LOGIN), false, NULL), 0);
	expect_state(&f, "k", "a",
	    "{\"origins\":[{\"origin\":\"https://a.example\",\"localStorage\":[{\"name\":\"k\","
	    "\"value\":\"v\"}]}],\"cookies\":[]}");
	assert_int_equal(take(&f, "k", "b", "{\"persist_storage\":false}", 1000, &s), 0);
	assert_int_equal(session_release(s, cJSON_Parse(LOGIN), false, NULL), 0);
	expect_state(&f, "k", "b",
	    "{\"cookies\":[{\"name\":\"sid\",\"value\":\"1\",\"domain\":\"a.example\"}],"
	    "\"origins\":[]}");
	shut(&f);
}

static void
too_many_living_contexts_end_the_least_recent(void **state UNUSED)
{
	struct fixture f;
	struct session *s;
	struct sessions_stats stats;

	open_with(&f, &usual); // 3
	job(&f, "k", "a", NULL);
	job(&f, "k", "b", NULL);
	job(&f, "k", "c", NULL);
	job(&f, "k", "a", NULL);
	job(&f, "k", "d", NULL);
	assert_int_equal(atomic_load(&n_open), 3);
	s = must_take(&f, "k", "b");
	assert_null(session_context(s)); // it was b's turn
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	s = must_take(&f, "k", "a");
	assert_non_null(session_context(s));
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	sessions_stats(f.ss, &stats);
	assert_int_equal(stats.live, 3);
	assert_int_equal(stats.stored, 4);
	shut(&f);
}

// --- one at a time ---

struct racer {
	struct fixture *f;
	atomic_int *inside, *most, *served, *busy;
	int64_t wait_ms;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	struct session *s;
	int rc =
	    session_acquire(r->f->ss, "k", "a", NULL, deadline_in_ms(r->wait_ms), -1, &s, NULL);

	if (rc == ERR_SESSION_BUSY)
		atomic_fetch_add(r->busy, 1);
	if (rc != 0)
		return NULL;
	if (atomic_fetch_add(r->inside, 1) > 0)
		atomic_store(r->most, 2);
	sched_yield();
	atomic_fetch_sub(r->inside, 1);
	atomic_fetch_add(r->served, 1);
	if (session_release(s, cJSON_Parse(LOGIN), false, NULL) != 0)
		atomic_store(r->most, 3);
	return NULL;
}

// 50 jobs on one session come one after the other.
static void
fifty_jobs_come_one_after_the_other(void **state UNUSED)
{
	struct fixture f;
	atomic_int inside = 0, most = 0, served = 0, busy = 0;
	struct racer r = {&f, &inside, &most, &served, &busy, patient_ms(20000)};
	pthread_t t[50];
	cJSON *out = NULL;

	open_with(&f, &usual);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, race, &r), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(most, 0);
	assert_int_equal(served, 50);
	assert_int_equal(sessions_describe(f.ss, "k", "a", &out, NULL), 0);
	assert_int_equal(json_int(out, "jobs", 0), 50);
	cJSON_Delete(out);
	shut(&f);
}

static void
busy_until_the_deadline_is_a_conflict(void **state UNUSED)
{
	struct fixture f;
	struct session *s, *other;
	int64_t begin;

	open_with(&f, &usual);
	s = must_take(&f, "k", "a");
	begin = clock_ms();
	assert_int_equal(
	    session_acquire(f.ss, "k", "a", NULL, deadline_in_ms(60), -1, &other, &f.err),
	    ERR_SESSION_BUSY);
	assert_in_range(clock_ms() - begin, 55, patient_ms(GROSS_MS));
	assert_int_equal(create(&f, "k", "a", NULL, NULL), ERR_CONFLICT);
	{
		cJSON *state_in = cJSON_Parse(LOGIN);

		assert_int_equal(
		    sessions_set_state(f.ss, "k", "a", state_in, NULL), ERR_SESSION_BUSY);
		cJSON_Delete(state_in);
	}
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	s = must_take(&f, "k", "a"); // who gave up does not get it
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	shut(&f);
}

static void
cancelled_waiters_leave_the_queue(void **state UNUSED)
{
	struct fixture f;
	struct session *s, *other;
	int fd = eventfd(1, EFD_CLOEXEC);

	open_with(&f, &usual);
	s = must_take(&f, "k", "a");
	assert_int_equal(
	    session_acquire(f.ss, "k", "a", NULL, deadline_in_ms(20000), fd, &other, &f.err),
	    ERR_CANCELLED);
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	s = must_take(&f, "k", "a");
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	close(fd);
	shut(&f);
}

static void
a_hundred_wait_at_most(void **state UNUSED)
{
	struct fixture f;
	atomic_int inside = 0, most = 0, served = 0, busy = 0;
	struct racer r = {&f, &inside, &most, &served, &busy, patient_ms(10000)};
	pthread_t t[110];
	struct session *s;
	struct deadline dl = deadline_in_ms(patient_ms(10000));

	open_with(&f, &usual);
	s = must_take(&f, "k", "a");
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, race, &r), 0);
	while (atomic_load(&busy) < 10 && !deadline_passed(dl)) // a hundred are in the queue
		sched_yield();
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(busy, 10);
	assert_int_equal(served, 100);
	shut(&f);
}

// --- ended ---

static void
idle_and_old_ones_end(void **state UNUSED)
{
	struct fixture f;
	struct session *s;
	struct sessions_stats stats;

	open_with(&f, &usual);
	job(&f, "k", "old", LOGIN);
	job(&f, "k", "busy", LOGIN);
	job(&f, "k", "young", LOGIN);
	s = must_take(&f, "k", "busy");
	sqlite_here("UPDATE session SET expires_ms = 1 WHERE id <> 'young'");
	assert_int_equal(describe(&f, "k", "old"), ERR_SESSION_NOT_FOUND); // before any sweep
	assert_int_equal(sessions_sweep(f.ss), 1);
	assert_int_equal(atomic_load(&n_open), 2);
	assert_int_equal(session_release(s, NULL, false, NULL), 0); // its job makes it young again
	assert_int_equal(describe(&f, "k", "busy"), 0);
	assert_int_equal(sessions_sweep(f.ss), 0);
	sessions_stats(f.ss, &stats);
	assert_int_equal(stats.expired, 1);
	assert_int_equal(stats.stored, 2);
	// Used again, it begins anew.
	s = must_take(&f, "k", "old");
	assert_null(session_checkpoint(s));
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	shut(&f);
}

static void
lifetimes_are_the_shorter_of_the_two(void **state UNUSED)
{
	static const struct {
		const char *config;
		int64_t life;
	} rows[] = {
	    {"{}", 60000},
	    {"{\"idle_timeout_ms\":5000}", 5000},
	    {"{\"idle_timeout_ms\":3600000}", 60000}, // not past the service's
	    {"{\"max_lifetime_ms\":1000}", 1000},
	};
	struct fixture f;

	open_with(&f, &usual);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_session row;
		char id[8];

		snprintf(id, sizeof(id), "s%zu", i);
		assert_int_equal(create(&f, "k", id, rows[i].config, NULL), 0);
		assert_int_equal(store_session_get(f.store, "k", id, &row, NULL), 0);
		assert_int_equal(row.expires_ms - row.created_ms, rows[i].life);
		store_session_done(&row);
	}
	shut(&f);
}

static void
deleted_under_a_job_it_does_not_come_back(void **state UNUSED)
{
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	s = must_take(&f, "k", "a");
	session_set_context(s, new_context());
	assert_int_equal(sessions_delete(f.ss, "k", "a", NULL), 0);
	assert_int_equal(describe(&f, "k", "a"), ERR_SESSION_NOT_FOUND);
	assert_int_equal(session_release(s, cJSON_Parse(LOGIN), false, NULL), 0);
	assert_int_equal(describe(&f, "k", "a"), ERR_SESSION_NOT_FOUND);
	assert_int_equal(atomic_load(&n_open), 0);
	job(&f, "k", "b", NULL);
	assert_int_equal(sessions_delete(f.ss, "k", "b", NULL), 0); // an idle one's goes at once
	assert_int_equal(atomic_load(&n_open), 0);
	shut(&f);
}

static void
a_new_state_ends_the_living_context(void **state UNUSED)
{
	struct fixture f;
	struct session *s;
	cJSON *in = cJSON_Parse(LOGIN), *bad = cJSON_Parse("{\"cookies\":1}");

	open_with(&f, &usual);
	job(&f, "k", "a", NULL);
	assert_int_equal(sessions_set_state(f.ss, "k", "a", bad, &f.err), ERR_INVALID_REQUEST);
	assert_int_equal(atomic_load(&n_open), 1);
	assert_int_equal(sessions_set_state(f.ss, "k", "a", in, &f.err), 0);
	assert_int_equal(atomic_load(&n_open), 0);
	expect_state(&f, "k", "a", LOGIN);
	s = must_take(&f, "k", "a");
	assert_null(session_context(s));
	assert_non_null(session_checkpoint(s));
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	assert_int_equal(sessions_set_state(f.ss, "k", "x", in, &f.err), ERR_SESSION_NOT_FOUND);
	cJSON_Delete(in);
	cJSON_Delete(bad);
	shut(&f);
}

// --- bad days ---

static void
damaged_ones_are_told_once_and_made_anew(void **state UNUSED)
{
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	job(&f, "k", "a", LOGIN);
	job(&f, "k", "b", LOGIN);
	sqlite_here("UPDATE session SET state = 'x' WHERE id = 'a'");
	log_init(LOG_ERROR, LOG_HUMAN, "test_session");
	assert_int_equal(take(&f, "k", "a", NULL, 1000, &s), ERR_CORRUPT);
	log_init(LOG_INFO, LOG_HUMAN, "test_session");
	s = must_take(&f, "k", "a");
	assert_null(session_checkpoint(s));
	assert_null(session_context(s)); // the living one went with the row
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	expect_state(&f, "k", "b", LOGIN);
	shut(&f);
}

static void
a_state_too_large_keeps_the_last(void **state UNUSED)
{
	struct fixture f;
	struct session *s;
	cJSON *huge = cJSON_Parse(LOGIN);
	char *text = xmalloc(STORE_STATE_MAX + 1);

	open_with(&f, &usual);
	job(&f, "k", "a", LOGIN);
	memset(text, 'x', STORE_STATE_MAX);
	text[STORE_STATE_MAX] = '\0';
	json_set_str(huge, "extra", text);
	free(text);
	s = must_take(&f, "k", "a");
	assert_int_equal(session_release(s, huge, false, &f.err), ERR_TOO_LARGE);
	expect_state(&f, "k", "a", LOGIN);
	s = must_take(&f, "k", "a"); // given back in any case
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	shut(&f);
}

static void
browsers_that_died_are_buried_by_the_sweep(void **state UNUSED)
{
	struct fixture f;
	struct session *s;

	open_with(&f, &usual);
	job(&f, "k", "a", NULL);
	job(&f, "k", "b", NULL);
	s = must_take(&f, "k", "a");
	session_context(s)->dead = true;
	assert_int_equal(session_release(s, NULL, false, NULL), 0);
	assert_int_equal(sessions_sweep(f.ss), 0);
	assert_int_equal(atomic_load(&n_open), 1);
	shut(&f);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(ids_of_the_server_are_random),
	    T(names_are_checked),
	    T(each_key_has_its_own),
	    T(keys_have_a_quota),
	    T(what_is_wrong_is_named),
	    T(passwords_are_not_shown),
	    T(first_use_makes_it),
	    T(contexts_stay_warm_and_survive_nothing),
	    T(daemon_restart_loses_nothing),
	    T(what_is_not_to_persist_is_not_stored),
	    T(too_many_living_contexts_end_the_least_recent),
	    T(fifty_jobs_come_one_after_the_other),
	    T(busy_until_the_deadline_is_a_conflict),
	    T(cancelled_waiters_leave_the_queue),
	    T(a_hundred_wait_at_most),
	    T(idle_and_old_ones_end),
	    T(lifetimes_are_the_shorter_of_the_two),
	    T(deleted_under_a_job_it_does_not_come_back),
	    T(a_new_state_ends_the_living_context),
	    T(damaged_ones_are_told_once_and_made_anew),
	    T(a_state_too_large_keeps_the_last),
	    T(browsers_that_died_are_buried_by_the_sweep),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
