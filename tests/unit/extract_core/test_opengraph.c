// SPDX-License-Identifier: Apache-2.0
// Meta tags as objects: Twitter cards and Dublin Core beside Open Graph, and the samples of
// scrapinghub/extruct where the shared corpus is there.
#include "page_fixture.h"

#include "extract/meta/structured/structured.h"

#define SAMPLES TEST_SHARED "/corpus/extruct/samples/misc/"

static bool
read_sample(const char *name, struct buf *out)
{
	cleanup_free char *path = xasprintf("%s%s", SAMPLES, name);
	struct err err = ERR_INIT;

	return buf_read_file(out, path, &err) == 0;
}

static void
families_are_kept_apart(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f,
	    "<meta property=og:title content=T><meta name=twitter:card content=summary><meta name=DC.title content=D>"
	    "<meta name=dcterms.issued content=2024-01-31><meta property=fb:app_id content=7><meta name=author content=A>"
	    "<link rel='DCTERMS.replaces' href=/old><link rel=canonical href=/x>",
	    "https://e.org/");
	assert_json(opengraph_read(&f.p), "{\"og:title\":\"T\",\"fb:app_id\":\"7\"}");
	assert_json(twitter_read(&f.p), "{\"twitter:card\":\"summary\"}");
	assert_json(dublin_core_read(&f.p),
	    "{\"dc.title\":\"D\",\"dcterms.issued\":\"2024-01-31\",\"dcterms.replaces\":\"https://e.org/old\"}");
	fixture_close(&f);
}

// Is the value one of those under the key: itself, in a list, or the `url` of an object in one?
static bool
holds(const cJSON *o, const char *key, const char *value)
{
	const cJSON *v = json_get(o, key);
	const char *colon = strrchr(key, ':');

	if (!v && colon) { // og:image:width belongs to the og:image before it
		cleanup_free char *parent = xstrndup(key, (size_t)(colon - key));

		json_foreach (item, json_get(o, parent))
			if (json_str(item, colon + 1) &&
			    strcmp(json_str(item, colon + 1), value) == 0)
				return true;
	}
	if (cJSON_IsString(v))
		return strcmp(v->valuestring, value) == 0;
	json_foreach (item, v) {
		const char *text =
		    cJSON_IsObject(item) ? json_str(item, "url") : cJSON_GetStringValue(item);

		if (text && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

static void
check_open_graph(const char *name)
{
	cleanup_free char *html_name = xasprintf("%s.html", name),
			  *json_name = xasprintf("%s.json", name);
	cleanup_buf html = BUF_INIT;
	cleanup_buf json = BUF_INIT;
	struct fixture f;
	cJSON *expected, *got;

	assert_true(read_sample(html_name, &html) && read_sample(json_name, &json));
	expected = cJSON_ParseWithLength(json.p, json.n);
	assert_non_null(expected);
	fixture_open(&f, html.p, NULL);
	got = opengraph_read(&f.p);
	json_foreach (pair, json_get(expected->child, "properties")) {
		struct sv value = page_collapse(&f.p, sv_from(pair->child->next->valuestring));

		if (!holds(got, pair->child->valuestring, value.p))
			fail_msg("%s: no %s \"%s\"", name, pair->child->valuestring, value.p);
	}
	cJSON_Delete(expected);
	cJSON_Delete(got);
	fixture_close(&f);
}

static void
check_dublin_core(void)
{
	static const char *const lists[] = {"elements", "terms"};
	cleanup_buf html = BUF_INIT;
	cleanup_buf json = BUF_INIT;
	struct fixture f;
	cJSON *expected, *got;

	assert_true(read_sample("dublincore_test.html", &html));
	assert_true(read_sample("dublincore_test.json", &json));
	expected = cJSON_ParseWithLength(json.p, json.n);
	fixture_open(&f, html.p, NULL);
	got = dublin_core_read(&f.p);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		json_foreach (item, json_get(expected->child, lists[i])) {
			const char *name = json_str(item, "name"),
				   *text = json_str(item, "content");
			cleanup_free char *key = xstrdup(name ? name : json_str(item, "rel"));
			struct sv value =
			    page_collapse(&f.p, sv_from(text ? text : json_str(item, "href")));

			for (char *c = key; *c; c++)
				*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
			if (!holds(got, key, value.p))
				fail_msg("no %s \"%s\"", key, value.p);
		}
	cJSON_Delete(expected);
	cJSON_Delete(got);
	fixture_close(&f);
}

static void
samples_of_extruct_say_what_they_should(void **state)
{
	cleanup_buf probe = BUF_INIT;

	(void)state;
	if (!read_sample("opengraph_test.html", &probe)) {
		print_message("no corpus at " SAMPLES "\n");
		skip();
	}
	check_open_graph("opengraph_test");
	check_open_graph("opengraph_ns_product_test");
	check_dublin_core();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(families_are_kept_apart),
	    cmocka_unit_test(samples_of_extruct_say_what_they_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
