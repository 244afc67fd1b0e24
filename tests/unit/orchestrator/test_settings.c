// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/service/settings_priv.h"

#include "base/log.h"
#include "orchestrator/pool/browser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

static char dir[] = "/tmp/riptide-settings-XXXXXX";

static const char *
write_file(const char *text)
{
	static char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/riptide.conf", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static struct settings
load(const char *text)
{
	struct settings s;
	struct err err = ERR_INIT;

	if (settings_load(write_file(text), NULL, 0, &s, &err) != 0)
		fail_msg("%s: %s", err.path, err.message);
	return s;
}

// The message of a file that is refused.
static const char *
refused(const char *text)
{
	static struct err err;
	struct settings s;

	err = (struct err)ERR_INIT;
	assert_int_equal(settings_load(write_file(text), NULL, 0, &s, &err), ERR_CONFIG);
	return err.message;
}

static void
every_default_is_within_its_range(void **state)
{
	struct settings s = load("");

	(void)state;
	assert_string_equal(s.listen, "127.0.0.1:8377");
	assert_int_equal(s.max_body, 16 << 20);
	assert_int_equal(s.recycle_age, 30 * 60 * 1000);
	assert_int_equal(s.session_lifetime, 24 * 3600 * 1000);
	assert_int_equal(s.browser, BROWSER_HEADLESS_SHELL);
	assert_int_equal(s.log_level, LOG_INFO);
	assert_true(s.isolate_principals);
	assert_false(s.allow_private);
	settings_done(&s);
}

static void
a_file_has_comments_quotes_and_units(void **state)
{
	struct settings s = load("# a comment\n\n  max_queue=7 # behind a value\r\n"
				 "heartbeat = 2 m\nmax-body = 1M\nartifact_quota = 3k\n"
				 "drain_grace = 1500\nallow_private = yes\nlog_level = debug\n"
				 "jwt_issuer = \"a # b \\\"c\\\" \" # x\njwt_audience = a#b\n"
				 "jwt_key_file = /dev/null");

	(void)state;
	assert_int_equal(s.max_queue, 7);
	assert_int_equal(s.heartbeat, 120000);
	assert_int_equal(s.max_body, 1 << 20);
	assert_int_equal(s.artifact_quota, 3072);
	assert_int_equal(s.drain_grace, 1500);
	assert_int_equal(s.log_level, LOG_DEBUG);
	assert_true(s.allow_private);
	assert_string_equal(s.jwt_issuer, "a # b \"c\" ");
	assert_string_equal(s.jwt_audience, "a#b");
	settings_done(&s);
}

static void
a_wrong_line_is_named_with_the_nearest_name(void **state)
{
	struct settings s;
	struct err err = ERR_INIT;
	const char *path = write_file("# one\n\nmax_qeue = 7\n");
	char where[128];

	(void)state;
	snprintf(where, sizeof(where), "%s:3", path);
	assert_int_equal(settings_load(path, NULL, 0, &s, &err), ERR_CONFIG);
	assert_string_equal(err.path, where);
	assert_string_equal(
	    err.message, "unknown setting \"max_qeue\"; did you mean \"max_queue\"?");
}

static void
values_out_of_range_or_of_another_type_are_refused(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
	    {"max_queue = 0", "max_queue: expected an integer from 1 to 100000, not \"0\""},
	    {"max_queue = 1k", "not \"1k\""},
	    {"max_queue = -1", "not \"-1\""},
	    {"max_queue = 99999999999999999999", "not \"99999999999999999999\""},
	    {"max_queue =", "not \"\""},
	    {"session_idle = 31d",
		"session_idle: expected a time (ms, s, m, h, d) from 1s to 30d, not \"31d\""},
	    {"heartbeat = 2w", "not \"2w\""},
	    {"artifact_quota = 9000000T", "from 0 to 1024T, not \"9000000T\""},
	    {"allow_private = maybe", "expected true or false, not \"maybe\""},
	    {"log_level = debig",
		"expected one of error, warn, info, debug, not \"debig\"; did you mean \"debug\"?"},
	    {"max_queue", "expected \"name = value\""},
	    {"listen = \"a", "the quote of the value is not closed"},
	    {"listen = \"127.0.0.1:1\" x", "unexpected text after the closing quote"},
	    {"listen = 127.0.0.1", "expected HOST:PORT"},
	    {"listen = 127.0.0.1:70000", "expected HOST:PORT"},
	    {"listen = ::1:80", "an IPv6 address stands in brackets: [::1]:80"},
	    {"max_queue = 1\nmax_queue = 2", "max_queue: is already set in line 1"},
	    {"jwt_issuer = a\x1b[2J", "control character (0x1b)"},
	    {"jwt_issuer = \xff", "not UTF-8"},
	    {"tls_cert = /dev/null", "tls_cert: needs tls_key, too"},
	    {"tls_client_ca = /dev/null", "tls_client_ca: needs tls_cert, too"},
	    {"jwt_key_file = /dev/null", "jwt_key_file: needs jwt_issuer, too"},
	    {"tls_cert = /nowhere\ntls_key = /dev/null", "\"/nowhere\": No such file"},
	    {"cors_origins = https://a.example, https://b.example/x",
		"not \"https://b.example/x\""},
	    {"allow_hosts = a.example, b..c d", "is no host name"},
	    {"allow_hosts = http://a.example/", "is no host name"},
	    {"allow_hosts = a.example:http", "is no host name"},
	    {"state_dir = here", "expected an absolute path"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *message = refused(cases[i].line);

		if (!strstr(message, cases[i].says))
			fail_msg("%s: \"%s\"", cases[i].line, message);
	}
}

static void
environment_wins_over_file_and_options_over_both(void **state)
{
	const char *path = write_file("max_queue = 1\nmax_streams = 1\nheartbeat = 1s\n");
	const struct setting_source options[] = {{"heartbeat", "3s"}, {"allow-private", "true"}};
	cleanup_buf text = BUF_INIT;
	struct settings s;
	struct err err = ERR_INIT;

	(void)state;
	setenv("RIPTIDE_MAX_STREAMS", "2", 1);
	setenv("RIPTIDE_HEARTBEAT", "2s", 1);
	setenv("RIPTIDE_MAX_BODY", "", 1); // as if not set
	assert_int_equal(settings_load(path, options, 2, &s, &err), 0);
	assert_int_equal(s.max_queue, 1);
	assert_int_equal(s.max_streams, 2);
	assert_int_equal(s.heartbeat, 3000);
	assert_true(s.allow_private);
	settings_print(&s, &text);
	assert_non_null(strstr(text.p, "riptide.conf:1\n"));
	assert_non_null(strstr(text.p, "# $RIPTIDE_MAX_STREAMS\n"));
	assert_non_null(strstr(text.p, "# --heartbeat\n"));
	settings_done(&s);

	setenv("RIPTIDE_MAX_STREAMS", "many", 1);
	assert_int_equal(settings_load(path, options, 2, &s, &err), ERR_CONFIG);
	assert_string_equal(err.path, "$RIPTIDE_MAX_STREAMS");
	unsetenv("RIPTIDE_MAX_STREAMS");
	unsetenv("RIPTIDE_HEARTBEAT");
	unsetenv("RIPTIDE_MAX_BODY");
}

static void
the_usual_places_are_tried_in_order(void **state)
{
	struct settings s;
	struct err err = ERR_INIT;
	char folder[96];

	(void)state;
	setenv("XDG_CONFIG_HOME", dir, 1);
	assert_int_equal(settings_load(NULL, NULL, 0, &s, &err), 0);
	assert_int_equal(s.max_queue, 200);
	settings_done(&s);

	snprintf(folder, sizeof(folder), "%s/riptide", dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	strncat(folder, "/riptide.conf", sizeof(folder) - strlen(folder) - 1);
	assert_int_equal(rename(write_file("max_queue = 9\n"), folder), 0);
	assert_int_equal(settings_load(NULL, NULL, 0, &s, &err), 0);
	assert_int_equal(s.max_queue, 9);
	assert_string_equal(settings_file(&s), folder);
	settings_done(&s);
	unlink(folder);
	*strrchr(folder, '/') = '\0';
	rmdir(folder);
	assert_int_equal(settings_load("/nowhere.conf", NULL, 0, &s, &err), ERR_CONFIG);
}

static void
what_is_printed_reads_back_the_same(void **state)
{
	struct settings s = load("jwt_issuer = \"\\\"x\\\\ # y\"\njwt_audience = \" a\"\n"
				 "jwt_key_file=/dev/null\nheartbeat = 1500\nmax_body = 1500000\n"
				 "browser = chromium\n");
	struct settings again;
	cleanup_buf text = BUF_INIT;

	(void)state;
	settings_print(&s, &text);
	again = load(text.p);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (!setting_same(&s, &again, &setting_rows[i]))
			fail_msg("%s differs", setting_rows[i].name);
	settings_done(&s);
	settings_done(&again);
}

static void
the_example_file_is_the_table(void **state)
{
	cleanup_buf example = BUF_INIT, live = BUF_INIT;
	struct settings s, plain = load("");

	(void)state;
	settings_example(&example);
	for (const char *p = example.p; *p;) { // "#name = value" alive
		size_t n = strcspn(p, "\n");

		buf_sv(&live,
		    p[0] == '#' && p[1] != ' ' ? (struct sv){p + 1, n - 1} : (struct sv){p, n});
		buf_ch(&live, '\n');
		p += n + (p[n] != '\0');
	}
	s = load(live.p);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		assert_true(setting_same(&s, &plain, &setting_rows[i]));
	settings_done(&s);
	settings_done(&plain);
}

static void
options_of_the_command_line_are_the_table(void **state)
{
	char queue[] = "--max-queue", five[] = "5", private[] = "--allow-private",
	     isolate[] = "--no-isolate-principals", level[] = "--log-level=debug";
	char *argv[] = {queue, five, private, isolate, level};
	struct opts_spec spec = {.usage = "x", .doc = "x"};
	struct settings_args args;
	struct settings s;
	struct err err = ERR_INIT;
	const char *rest[8];
	size_t n;

	(void)state;
	spec.rows = settings_opts(&spec.n_rows);
	settings_args_init(&args);
	assert_int_equal(opts_parse(&spec, ARRAY_LEN(argv), argv, &args, rest, &n, &err), 0);
	args.config = write_file("");
	assert_int_equal(settings_load_args(&args, &s, &err), 0);
	assert_int_equal(s.max_queue, 5);
	assert_true(s.allow_private);
	assert_false(s.isolate_principals);
	assert_int_equal(s.log_level, LOG_DEBUG);
	settings_done(&s);
	args.text[SET_max_queue] = "0";
	assert_int_equal(settings_load_args(&args, &s, &err), ERR_CONFIG);
	assert_string_equal(err.path, "--max-queue");
}

static void *
read_all_the_time(void *arg)
{
	atomic_bool *stop = arg;

	while (!*stop) {
		cleanup_settings *s = settings_current();

		assert(s->max_queue == (int64_t)strlen(s->cors_origins));
	}
	return NULL;
}

static void
a_reload_swaps_what_may_change_and_keeps_the_rest(void **state)
{
	struct settings s = load("max_queue = 1\ncors_origins = *\nmax_connections = 50\n");
	cleanup_buf changed = BUF_INIT, ignored = BUF_INIT;
	const struct settings *old, *now;
	atomic_bool stop = false;
	pthread_t readers[2];

	(void)state;
	settings_publish(&s);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all_the_time, &stop), 0);
	old = settings_current();
	s = load("max_queue = 3\ncors_origins = *,*\nmax_connections = 60\nlisten = [::1]:1\n");
	settings_reload(&s, &changed, &ignored);
	assert_string_equal(changed.p, "cors_origins, max_queue");
	assert_string_equal(ignored.p, "listen, max_connections");
	now = settings_current();
	assert_int_equal(now->max_queue, 3);
	assert_int_equal(now->max_connections, 50);
	assert_string_equal(now->listen, "127.0.0.1:8377");
	assert_int_equal(old->max_queue, 1); // the old reader's snapshot is whole still
	settings_release(now);
	settings_release(old);
	for (int i = 0; i < 50; i++) {
		s = load(i % 2 ? "max_queue = 1\ncors_origins = *\n"
			       : "max_queue = 5\ncors_origins = *,*,*\n");
		settings_reload(&s, &changed, &ignored);
	}
	stop = true;
	for (size_t i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
}

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int
remove_dir(void **state)
{
	(void)state;
	unlink(write_file(""));
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_default_is_within_its_range),
	    cmocka_unit_test(a_file_has_comments_quotes_and_units),
	    cmocka_unit_test(a_wrong_line_is_named_with_the_nearest_name),
	    cmocka_unit_test(values_out_of_range_or_of_another_type_are_refused),
	    cmocka_unit_test(environment_wins_over_file_and_options_over_both),
	    cmocka_unit_test(the_usual_places_are_tried_in_order),
	    cmocka_unit_test(what_is_printed_reads_back_the_same),
	    cmocka_unit_test(the_example_file_is_the_table),
	    cmocka_unit_test(options_of_the_command_line_are_the_table),
	    cmocka_unit_test(a_reload_swaps_what_may_change_and_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
