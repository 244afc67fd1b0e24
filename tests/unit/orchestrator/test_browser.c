// SPDX-License-Identifier: Apache-2.0
// Which Chromium is run and with which flags. No browser is started here.
#include "orchestrator/pool/browser_priv.h"

#include "sandbox/launch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct browser_opts shell = {.kind = BROWSER_HEADLESS_SHELL};
static const struct browser_opts full = {.kind = BROWSER_CHROMIUM};

static bool
has(const cJSON *list, const char *flag)
{
	json_foreach (item, list)
		if (!strcmp(item->valuestring, flag))
			return true;
	return false;
}

static size_t
count_prefix(const cJSON *list, const char *prefix)
{
	size_t n = 0;
	json_foreach (item, list)
		n += !strncmp(item->valuestring, prefix, strlen(prefix));
	return n;
}

static cJSON *
request(const struct browser_opts *o)
{
	return browser_launch_request(o, "/opt/x/chromium", "/var/tmp");
}

static void
every_flag_has_a_reason_a_browser_and_one_row(void **state UNUSED)
{
	for (size_t i = 0; i < browser_flags_count; i++) {
		const struct browser_flag *f = &browser_flags[i];
		assert_true(strlen(f->reason) > 10);
		assert_int_not_equal(f->kinds, 0);
		assert_int_equal(!strncmp(f->flag, "--", 2), f->when != FLAG_FEATURES);
		assert_null(strstr(f->flag, "--disable-features"));
		for (size_t j = i + 1; j < browser_flags_count; j++)
			assert_string_not_equal(f->flag, browser_flags[j].flag);
	}
}

static void
flags_made_for_trusted_pages_are_never_used(void **state UNUSED)
{
	static const char *const never[] = {"--disable-ipc-flooding-protection",
	    "--disable-popup-blocking", "--disable-hang-monitor", "--disable-web-security",
	    "--single-process", "--no-zygote", "--remote-allow-origins", "--allow-file-access",
	    "--ignore-certificate-errors", "--remote-debugging-pipe", "--disable-setuid-sandbox",
	    "--disable-namespace-sandbox", "--disable-site-isolation-trials", "IsolateOrigins",
	    "--disable-threaded-compositing", "--disable-gpu-compositing"};
	for (size_t i = 0; i < browser_flags_count; i++)
		for (size_t j = 0; j < ARRAY_LEN(never); j++)
			assert_null(strstr(browser_flags[i].flag, never[j]));
}

static void
there_is_one_disable_features_list(void **state UNUSED)
{
	cJSON *r = request(&shell);
	const cJSON *argv = json_get(r, "argv");
	assert_int_equal(count_prefix(argv, "--disable-features="), 1);
	cleanup_buf text = BUF_INIT;
	browser_flags_features(&shell, &text);
	assert_true(has(argv, text.p));
	assert_non_null(strstr(text.p, "=Translate,"));
	assert_non_null(strstr(text.p, ",RenderDocument,"));
	assert_null(strstr(text.p, "HttpsUpgrades"));
	assert_int_not_equal(text.p[text.n - 1], ',');
	cJSON_Delete(r);
}

static void
the_sandbox_is_off_only_when_asked_for(void **state UNUSED)
{
	struct browser_opts risky = shell;
	risky.insecure_no_sandbox = true;
	cJSON *safe = request(&shell), *unsafe = request(&risky);
	assert_false(has(json_get(safe, "argv"), "--no-sandbox"));
	assert_false(json_bool(safe, "no_sandbox", true));
	assert_true(has(json_get(unsafe, "argv"), "--no-sandbox"));
	assert_true(json_bool(unsafe, "no_sandbox", false));
	cJSON_Delete(safe);
	cJSON_Delete(unsafe);
}

static void
a_browser_with_a_guard_has_no_network_but_its_listener(void **state UNUSED)
{
	struct browser_opts guarded = full;
	int guard; // of the pointer no more than this is asked: is it there?
	guarded.egress = (struct egress *)&guard;
	cJSON *a = request(&guarded), *b = request(&full);
	assert_true(json_bool(a, "egress", false));
	assert_true(has(json_get(a, "argv"), "--proxy-server=socks5://127.0.0.1:" LAUNCH_EGRESS));
	assert_true(has(json_get(a, "argv"), "--proxy-bypass-list=<-loopback>"));
	assert_false(json_bool(b, "egress", true));
	assert_int_equal(count_prefix(json_get(b, "argv"), "--proxy"), 0);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static void
only_the_full_browser_is_told_to_be_headless(void **state UNUSED)
{
	cJSON *a = request(&shell), *b = request(&full);
	const cJSON *argv = json_get(a, "argv");
	assert_int_equal(count_prefix(argv, "--headless"), 0);
	assert_true(has(json_get(b, "argv"), "--headless=new"));
	cJSON_Delete(a);
	cJSON_Delete(b);
}

// Tried on 156: each heeds its own spelling and ignores the other's without a word.
static void
webrtc_is_kept_off_udp_in_each_browsers_spelling(void **state UNUSED)
{
	cJSON *a = request(&shell), *b = request(&full);
	assert_int_equal(
	    count_prefix(json_get(a, "argv"), "--force-webrtc-ip-handling-policy=disable_"), 1);
	assert_int_equal(
	    count_prefix(json_get(b, "argv"), "--webrtc-ip-handling-policy=disable_"), 1);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static void
the_window_size_is_passed_when_given(void **state UNUSED)
{
	struct browser_opts sized = {.window_width = 1280, .window_height = 800};
	cJSON *a = request(&shell), *b = request(&sized);
	assert_int_equal(count_prefix(json_get(a, "argv"), "--window-size"), 0);
	assert_true(has(json_get(b, "argv"), "--window-size=1280,800"));
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static void
the_request_has_path_port_profile_and_a_clean_environment(void **state UNUSED)
{
	assert_int_equal(setenv("RIPTIDE_SECRET", "x", 1), 0);
	cJSON *r = request(&shell);
	const cJSON *argv = json_get(r, "argv");
	assert_string_equal(argv->child->valuestring, "/opt/x/chromium");
	assert_true(has(argv, "--remote-debugging-port=0"));
	assert_true(has(argv, "--user-data-dir=" LAUNCH_DIR "/profile"));
	assert_string_equal(json_str(r, "profile_root"), "/var/tmp");
	assert_int_equal(json_int(r, "shm_bytes", 0), 512 << 20);
	assert_null(json_get(json_get(r, "env"), "RIPTIDE_SECRET"));
	assert_string_equal(json_str(json_get(r, "env"), "HOME"), LAUNCH_DIR "/home");
	assert_string_equal(json_str(json_get(r, "env"), "DBUS_SESSION_BUS_ADDRESS"), "disabled:");
	cJSON_Delete(r);
}

static void
the_request_fits_into_one_packet(void **state UNUSED)
{
	cleanup_buf text = BUF_INIT;
	cJSON *r = request(&full);
	json_print(&text, r, false);
	assert_true(text.n < LAUNCH_MAX_PACKET / 4);
	cJSON_Delete(r);
}

static void
the_documentation_has_every_row(void **state UNUSED)
{
	cleanup_buf text = BUF_INIT;
	browser_flags_markdown(&text);
	for (size_t i = 0; i < browser_flags_count; i++) {
		assert_non_null(strstr(text.p, browser_flags[i].flag));
		assert_non_null(strstr(text.p, browser_flags[i].reason));
	}
}

// A file of this test's own that stands for a browser.
static char *
make_binary(void)
{
	char *dir = xstrdup("/tmp/test_browser_XXXXXX");
	assert_non_null(mkdtemp(dir));
	char *path = xasprintf("%s/chromium", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
	free(dir);
	return path;
}

static void
remove_binary(char *path)
{
	unlink(path);
	*strrchr(path, '/') = 0;
	rmdir(path);
	free(path);
}

static void
the_environment_names_the_binary(void **state UNUSED)
{
	char found[256], *path = make_binary();
	struct err err = ERR_INIT;
	assert_int_equal(setenv("RIPTIDE_BROWSER_PATH", path, 1), 0);
	assert_int_equal(browser_find(BROWSER_HEADLESS_SHELL, found, sizeof(found), &err), 0);
	assert_string_equal(found, path);
	assert_int_equal(browser_find(BROWSER_CHROMIUM, found, sizeof(found), &err), 0);
	assert_string_equal(found, path);
	remove_binary(path);
	assert_int_equal(unsetenv("RIPTIDE_BROWSER_PATH"), 0);
}

static void
a_named_binary_that_is_missing_is_an_error(void **state UNUSED)
{
	char found[256] = "untouched";
	struct err err = ERR_INIT;
	assert_int_equal(setenv("RIPTIDE_BROWSER_PATH", "/no/such/chromium", 1), 0);
	int rc = browser_find(BROWSER_HEADLESS_SHELL, found, sizeof(found), &err);
	assert_int_equal(rc, ERR_BROWSER_NOT_FOUND);
	assert_non_null(strstr(err.message, "/no/such/chromium"));
	assert_non_null(strstr(err.message, "RIPTIDE_BROWSER_PATH"));
	assert_string_equal(found, "untouched");
	assert_int_equal(unsetenv("RIPTIDE_BROWSER_PATH"), 0);
}

static void
a_relative_path_is_refused(void **state UNUSED)
{
	char found[256];
	struct err err = ERR_INIT;
	assert_int_equal(setenv("RIPTIDE_BROWSER_PATH", "chromium", 1), 0);
	assert_int_equal(browser_find(BROWSER_HEADLESS_SHELL, found, sizeof(found), &err),
	    ERR_BROWSER_NOT_FOUND);
	assert_int_equal(unsetenv("RIPTIDE_BROWSER_PATH"), 0);
}

static void
without_the_variable_the_binary_itself_is_found_or_the_package_named(void **state UNUSED)
{
	static const char *const package[] = {"chromium-headless-shell", "chromium"};
	for (int kind = BROWSER_HEADLESS_SHELL; kind <= BROWSER_CHROMIUM; kind++) {
		char found[256];
		struct err err = ERR_INIT;
		int rc = browser_find(kind, found, sizeof(found), &err);
		if (rc == 0) {
			assert_int_equal(strncmp(found, "/usr/lib/chromium/", 18), 0);
			continue;
		}
		assert_int_equal(rc, ERR_BROWSER_NOT_FOUND);
		assert_non_null(strstr(err.message, "apt-get install"));
		assert_non_null(strstr(err.message, package[kind]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_flag_has_a_reason_a_browser_and_one_row),
	    cmocka_unit_test(flags_made_for_trusted_pages_are_never_used),
	    cmocka_unit_test(there_is_one_disable_features_list),
	    cmocka_unit_test(the_sandbox_is_off_only_when_asked_for),
	    cmocka_unit_test(a_browser_with_a_guard_has_no_network_but_its_listener),
	    cmocka_unit_test(only_the_full_browser_is_told_to_be_headless),
	    cmocka_unit_test(webrtc_is_kept_off_udp_in_each_browsers_spelling),
	    cmocka_unit_test(the_window_size_is_passed_when_given),
	    cmocka_unit_test(the_request_has_path_port_profile_and_a_clean_environment),
	    cmocka_unit_test(the_request_fits_into_one_packet),
	    cmocka_unit_test(the_documentation_has_every_row),
	    cmocka_unit_test(the_environment_names_the_binary),
	    cmocka_unit_test(a_named_binary_that_is_missing_is_an_error),
	    cmocka_unit_test(a_relative_path_is_refused),
	    cmocka_unit_test(without_the_variable_the_binary_itself_is_found_or_the_package_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
