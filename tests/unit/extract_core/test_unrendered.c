// SPDX-License-Identifier: Apache-2.0
// What is told of a page that no browser has run.
#include "page_fixture.h"

#include "base/clock.h"
#include "extract/unrendered.h"

static void
check(const char *html, const char *expected)
{
	struct fixture f;

	fixture_open(&f, html, NULL);
	assert_json(unrendered_facts(&f.t), expected);
	fixture_close(&f);
}

#define FACTS(refresh, letters, scripts, asks, root)                                               \
	"{\"refresh\":" refresh ",\"letters\":" letters ",\"scripts\":" scripts                    \
	",\"asks_for_scripts\":" asks ",\"empty_root\":" root "}"

static void
a_shell_is_known_by_its_signs(void **state)
{
	(void)state;
	check(
	    "<title>App</title><script src=a.js></script><body><noscript>You need to enable JavaScript"
	    "</noscript><div id=root> <p> </p></div>",
	    FACTS("null", "25", "1", "true", "true"));
	check("<script type=module src=a></script><app-root></app-root>",
	    FACTS("null", "0", "1", "false", "true"));
	check("<div id=App><b>12</b> 3</div><script type=application/ld+json>{}</script>",
	    FACTS("null", "3", "0", "false", "false"));
}

static void
letters_are_of_what_can_be_read(void **state)
{
	(void)state;
	check(
	    "<title>no</title><style>no</style><p>a\xc3\xa4 b<svg><text>no</text></svg><template>no"
	    "</template><noscript><img src=x>no</noscript><script>no</script>",
	    FACTS("null", "5", "1", "false", "false"));
	check("<body><noscript><p>All of it stands here</noscript><script>1</script>",
	    FACTS("null", "17", "1", "false", "false"));
	check("", FACTS("null", "0", "0", "false", "false"));
}

static void
the_first_refresh_counts_unless_it_is_for_those_without_scripts(void **state)
{
	(void)state;
	check("<noscript><meta http-equiv=refresh content='0;url=/no'></noscript>"
	      "<meta http-equiv=Refresh content=' 0;url=/a '><meta http-equiv=refresh content=1>",
	    FACTS("\"0;url=/a\"", "0", "0", "false", "false"));
	check("<body><noscript><meta http-equiv=refresh content='0;url=/no'></noscript>x",
	    FACTS("null", "1", "0", "false", "false"));
}

static void
elements_in_each_other_cost_no_more_than_a_few_looks(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct fixture f;
	int64_t begin;

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_str(&html, "<b id=root>");
	fixture_open(&f, html.p, NULL);
	begin = clock_ms();
	cJSON_Delete(unrendered_facts(&f.t));
	assert_true(clock_ms() - begin < 1000);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_shell_is_known_by_its_signs),
	    cmocka_unit_test(letters_are_of_what_can_be_read),
	    cmocka_unit_test(the_first_refresh_counts_unless_it_is_for_those_without_scripts),
	    cmocka_unit_test(elements_in_each_other_cost_no_more_than_a_few_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
