// SPDX-License-Identifier: Apache-2.0
// RDFa Lite to items: vocabularies, prefixes, chains, and the W3C's samples as scrapinghub/extruct
// has them, where the shared corpus is there.
#include "schema_fixture.h"

#define SAMPLES TEST_SHARED "/corpus/extruct/samples/w3crdfa/"

static void
a_typed_element_is_an_item(void **state)
{
	(void)state;
	check_items(rdfa_read,
	    "<p vocab='http://schema.org/' typeof=Person resource='#me'><b property=name>Jane</b> "
	    "<a property=url href=/j>x</a><img property=image src=j.png><time property=born "
	    "datetime=2000-01-02>then</time><meta property=height content=1.7></p>",
	    "[{\"@id\":\"https://example.org/dir/#me\",\"@context\":\"http://schema.org\",\"@type\":\"Person\","
	    "\"name\":\"Jane\",\"url\":\"https://example.org/j\",\"image\":\"https://example.org/dir/j.png\","
	    "\"born\":\"2000-01-02\",\"height\":\"1.7\"}]");
}

static void
items_nest_and_values_repeat(void **state)
{
	(void)state;
	check_items(rdfa_read,
	    "<div vocab='https://schema.org/' typeof=BreadcrumbList>"
	    "<span property=itemListElement typeof=ListItem><a property=item typeof=WebPage href=/a>"
	    "<i property=name>A</i></a><meta property=position content=1></span>"
	    "<span property=itemListElement typeof=ListItem><i property=name>B</i></span></div>",
	    "[{\"@context\":\"http://schema.org\",\"@type\":\"BreadcrumbList\",\"itemListElement\":["
	    "{\"@context\":\"http://schema.org\",\"@type\":\"ListItem\",\"item\":{\"@id\":\"https://example.org/a\","
	    "\"@context\":\"http://schema.org\",\"@type\":\"WebPage\",\"name\":\"A\"},\"position\":\"1\"},"
	    "{\"@context\":\"http://schema.org\",\"@type\":\"ListItem\",\"name\":\"B\"}]}]");
}

static void
prefixes_and_whole_addresses_name_other_vocabularies(void **state)
{
	(void)state;
	check_items(rdfa_read,
	    "<div prefix='ov: http://open.vocab.org/terms/' typeof='schema:Person foaf:Person'>"
	    "<b property='schema:name ov:nick'>J</b><i property='http://purl.org/dc/terms/x'>y</i></div>",
	    "[{\"@context\":\"http://schema.org\",\"@type\":[\"Person\",\"http://xmlns.com/foaf/0.1/Person\"],"
	    "\"name\":\"J\",\"http://open.vocab.org/terms/nick\":\"J\",\"http://purl.org/dc/terms/x\":\"y\"}]");
}

static void
what_is_said_of_one_address_stands_together(void **state)
{
	(void)state;
	check_items(rdfa_read,
	    "<div vocab='http://schema.org/'><p typeof=Person resource='#a'><b property=name>A</b></p>"
	    "<p resource='#a'><b property=email>e</b></p></div>",
	    "[{\"@id\":\"https://example.org/dir/#a\",\"@context\":\"http://schema.org\",\"@type\":\"Person\","
	    "\"name\":\"A\",\"email\":\"e\"}]");
	check_items(rdfa_read,
	    "<body vocab='http://purl.org/dc/terms/'><h2 property=title>T</h2></body>",
	    "[{\"@id\":\"https://example.org/dir/\",\"http://purl.org/dc/terms/title\":\"T\"}]");
}

static void
open_graph_is_not_read_as_rdfa(void **state)
{
	(void)state;
	check_items(rdfa_read,
	    "<meta property=og:title content=T><p property=word>no vocabulary</p>", "[]");
}

static void
depth_and_values_are_bounded(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct schema_budget b = {10, 100, 10000, false};
	struct fixture f;
	cJSON *out = json_arr();

	(void)state;
	buf_str(&html, "<body vocab='http://schema.org/'>");
	for (int i = 0; i < 300; i++)
		buf_str(&html, "<div property=part typeof=Thing>");
	for (int i = 0; i < 300; i++)
		buf_str(&html, "</div><p typeof=Thing><b property=name>x</b></p>");
	fixture_open(&f, html.p, NULL);
	rdfa_read(&f.p, out, &b);
	assert_true(b.spent);
	assert_true(cJSON_GetArraySize(out) <= 10);
	cJSON_Delete(out);
	fixture_close(&f);
}

// --- the W3C's samples ---

static const char *
local_name(const char *iri)
{
	const char *slash = strrchr(iri, '/'), *hash = strrchr(iri, '#');
	const char *last = hash > slash ? hash : slash;

	return last && last[1] ? last + 1 : iri;
}

// Recursion is bounded by SCHEMA_MAX_DEPTH.
static bool
says(const cJSON *v, const char *property, const char *value)
{
	json_foreach (k, v) {
		if (k->string && strcmp(local_name(k->string), property) == 0) {
			const cJSON *first = cJSON_IsArray(k) ? k->child : k;

			for (const cJSON *x = first; x; x = cJSON_IsArray(k) ? x->next : NULL) {
				const char *text = cJSON_IsObject(x) ? json_str(x, "@id")
								     : cJSON_GetStringValue(x);

				if (!text ? value[0] == '_'
					  : strcmp(text, value) == 0 ||
						strcmp(local_name(text), local_name(value)) == 0)
					return true;
			}
		}
		if (k->child && says(k, property, value))
			return true;
	}
	return false;
}

static void
check_object(const char *name, const cJSON *got, const cJSON *object)
{
	struct arena a;
	struct page p = {.a = &a};

	arena_init(&a, 0);
	json_foreach (k, object) {
		if (strcmp(k->string, "@id") == 0 || strstr(k->string, "usesVocabulary"))
			continue;
		json_foreach (v, k) {
			const char *text =
			    cJSON_IsString(v) ? v->valuestring : json_str(v, "@value");
			struct sv value;

			value = page_collapse(&p, sv_from(text ? text : json_str(v, "@id")));
			if (!says(got, local_name(k->string), value.p))
				print_error("%s: %s \"%s\" is missing\n", name, k->string, value.p);
			assert_true(says(got, local_name(k->string), value.p));
		}
	}
	arena_done(&a);
}

static void
check_sample(const char *name)
{
	cleanup_free char *html_path = xasprintf("%s%s.html", SAMPLES, name),
			  *json_path = xasprintf("%s%s.expanded.json", SAMPLES, name);
	cleanup_buf html = BUF_INIT;
	cleanup_buf json = BUF_INIT;
	struct err err = ERR_INIT;
	struct fixture f;
	cJSON *expected, *got;

	assert_int_equal(buf_read_file(&html, html_path, &err), 0);
	assert_int_equal(buf_read_file(&json, json_path, &err), 0);
	expected = cJSON_ParseWithLength(json.p, json.n);
	assert_non_null(expected);
	fixture_open(&f, html.p, "http://www.example.com/index.html");
	got = read_items(rdfa_read, &f);
	json_foreach (object, expected)
		check_object(name, got, object);
	cJSON_Delete(got);
	cJSON_Delete(expected);
	fixture_close(&f);
}

static void
samples_of_the_w3c_say_what_they_should(void **state)
{
	static const char *const names[] = {"w3c.rdfalite.example003", "w3c.rdfalite.example004",
	    "w3c.rdfalite.example005", "w3c.rdfaprimer.example005", "w3c.rdfaprimer.example006",
	    "w3c.rdfaprimer.example007", "w3c.rdfaprimer.example008", "w3c.rdfaprimer.example009",
	    "w3c.rdfaprimer.example010", "w3c.rdfaprimer.example011", "w3c.rdfaprimer.example015",
	    "w3c.rdf11primer.example014"};

	(void)state;
	each_sample(SAMPLES, names, ARRAY_LEN(names), check_sample);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_typed_element_is_an_item),
	    cmocka_unit_test(items_nest_and_values_repeat),
	    cmocka_unit_test(prefixes_and_whole_addresses_name_other_vocabularies),
	    cmocka_unit_test(what_is_said_of_one_address_stands_together),
	    cmocka_unit_test(open_graph_is_not_read_as_rdfa),
	    cmocka_unit_test(depth_and_values_are_bounded),
	    cmocka_unit_test(samples_of_the_w3c_say_what_they_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
