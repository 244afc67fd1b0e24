// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>

// What log_line writes to stderr lands in `out`; one read gives one write(2) of a packet pipe.
struct capture {
	int saved, pipe[2];
};

static struct capture
begin(void)
{
	struct capture c = {.saved = dup(STDERR_FILENO)};

	assert_int_equal(pipe2(c.pipe, O_DIRECT | O_NONBLOCK | O_CLOEXEC), 0);
	assert_true(dup2(c.pipe[1], STDERR_FILENO) >= 0);
	return c;
}

static void
end(struct capture *c)
{
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	close(c->pipe[0]);
	close(c->pipe[1]);
}

static size_t
next(struct capture *c, char *out, size_t size)
{
	ssize_t n = read(c->pipe[0], out, size - 1);

	out[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void
a_json_line_is_one_object_in_one_write(void **state)
{
	struct capture c = begin();
	char line[8192], rest[16];
	cJSON *v = NULL;
	size_t n;

	(void)state;
	log_init(LOG_INFO, LOG_JSON, "prog");
	log_warn("a \"quoted\"\n\x1b[31m text %d \xff", 7);
	log_debug("not shown");
	n = next(&c, line, sizeof(line));
	assert_int_equal(next(&c, rest, sizeof(rest)), 0);
	end(&c);
	assert_ptr_equal(memchr(line, '\n', n), line + n - 1);
	assert_int_equal(json_parse_api((struct sv){line, n}, NULL, &v, NULL), 0);
	assert_string_equal(json_str(v, "level"), "warn");
	assert_string_equal(json_str(v, "program"), "prog");
	assert_string_equal(json_str(v, "message"), "a \"quoted\"\n\x1b[31m text 7 \xef\xbf\xbd");
	assert_int_equal(strlen(json_str(v, "time")), strlen("2026-11-21T05:30:00.123Z"));
	cJSON_Delete(v);
}

static void
a_human_line_cannot_be_forged(void **state)
{
	struct capture c = begin();
	char line[8192];
	size_t n;

	(void)state;
	log_init(LOG_DEBUG, LOG_HUMAN, "prog");
	log_debug("x\n2026 prog: error: y\r\x1b[2J\x7f\xc2\x9b\xff\xc3\xa9");
	n = next(&c, line, sizeof(line));
	end(&c);
	assert_true(n > 24);
	assert_int_equal(line[10], 'T');
	assert_string_equal(line + 24,
	    " prog: debug: x\\x0a2026 prog: error: y\\x0d\\x1b[2J\\x7f\\x9b\\xff\xc3\xa9\n");
}

static void
a_long_text_is_cut_not_lost(void **state)
{
	struct capture c = begin();
	char big[10000], line[8192];
	size_t n;

	(void)state;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	log_init(LOG_INFO, LOG_HUMAN, "prog");
	log_error("%s", big);
	n = next(&c, line, sizeof(line));
	n += next(&c, line + n, sizeof(line) - n); // a pipe's packets end at 4096 bytes
	end(&c);
	assert_true(n > 4000 && n < 5000);
	assert_string_equal(line + n - 6, "xx...\n");
}

static void
levels_have_names(void **state)
{
	(void)state;
	assert_string_equal(log_level_names[LOG_ERROR], "error");
	assert_string_equal(log_level_names[LOG_DEBUG], "debug");
	assert_null(log_level_names[LOG_DEBUG + 1]);
	log_init(LOG_WARN, LOG_HUMAN, "prog");
	assert_true(log_enabled(LOG_ERROR) && log_enabled(LOG_WARN));
	assert_false(log_enabled(LOG_INFO));
}

// H-21: the id of a request is the client's own text.
static void
lines_name_what_the_thread_works_for(void **state)
{
	struct capture c = begin();
	char json[8192], human[8192], plain[8192];
	cJSON *v = NULL;
	size_t n;

	(void)state;
	log_init(LOG_INFO, LOG_JSON, "prog");
	log_context("req\r\n2026 prog: error: forged", "job-1", "\x1b[31mkey");
	log_info("text");
	n = next(&c, json, sizeof(json));
	log_init(LOG_INFO, LOG_HUMAN, "prog");
	log_info("text");
	(void)next(&c, human, sizeof(human));
	log_context(NULL, NULL, NULL);
	log_info("text");
	(void)next(&c, plain, sizeof(plain));
	end(&c);
	assert_ptr_equal(memchr(json, '\n', n), json + n - 1);
	assert_int_equal(json_parse_api((struct sv){json, n}, NULL, &v, NULL), 0);
	assert_string_equal(json_str(v, "request_id"), "req\r\n2026 prog: error: forged");
	assert_string_equal(json_str(v, "job_id"), "job-1");
	assert_string_equal(json_str(v, "message"), "text");
	cJSON_Delete(v);
	assert_string_equal(human + 24,
	    " prog: info: text request_id=req\\x0d\\x0a2026 prog: error: forged job_id=job-1 "
	    "key=\\x1b[31mkey\n");
	assert_string_equal(plain + 24, " prog: info: text\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_json_line_is_one_object_in_one_write),
	    cmocka_unit_test(a_human_line_cannot_be_forged),
	    cmocka_unit_test(a_long_text_is_cut_not_lost),
	    cmocka_unit_test(levels_have_names),
	    cmocka_unit_test(lines_name_what_the_thread_works_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
