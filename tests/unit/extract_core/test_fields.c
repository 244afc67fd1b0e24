// SPDX-License-Identifier: Apache-2.0
// Custom fields: sources, types, transforms, nesting, what is missing, and that limits cost a field
// only.
#include "page_fixture.h"

#include "extract/fields/fields.h"
#include "extract/fields/fields_priv.h"
#include "extract/fields/result_schema.h"
#include "extract/meta/structured/structured.h"
#include "tests/unit/patience.h"

static const char PAGE[] =
    "<html lang=en><head><meta name=author content='Ann'><script type='application/ld+json'>"
    "{\"@graph\":[{\"@type\":\"Product\",\"name\":\"Hat\",\"brand\":{\"@id\":\"#b\"},\"offers\":[{\"price\":9.5},{\"price\":\"7\"}],"
    "\"aggregateRating\":{\"@type\":\"AggregateRating\",\"ratingValue\":4.5}},"
    "{\"@id\":\"#b\",\"@type\":\"Brand\",\"name\":\"ACME\"}]}</script>"
    "<script>var data = {\"sku\": 'X-17'};</script></head><body>"
    "<h1> The  <b>Hat</b> </h1><p class=price>Price: $1,299.00 (was $1,499)</p><p class=empty></p>"
    "<time datetime=2024-01-31T10:00:00Z>yesterday</time><a class=more href=/more>More</a>"
    "<ul><li class=row><a href=1>One</a><i>1</i></li><li class=row><a href=2>Two</a></li></ul>"
    "<p>Tel: 555-0100, Tel: 555-0199</p><span class=no>No</span></body></html>";

struct result {
	int rc;
	struct err err;
	char *values, *errors; // JSON
};

static struct result
read_fields(const char *html, const char *fields)
{
	struct result r = {.err = ERR_INIT};
	struct fixture f;
	struct extract_options *o = NULL;
	struct fields_plan *plan = NULL;
	cJSON *options = json_obj(), *values = json_obj(), *errors = json_arr(), *schema, *parsed;

	fixture_open(&f, html, "https://e.org/d/");
	schema = schema_read(&f.p);
	f.p.schema = schema;
	parsed = cJSON_Parse(fields);
	assert_non_null(parsed);
	json_set(options, "fields", parsed);
	r.rc = extract_options_read(options, &f.a, "extract", &o, &r.err);
	if (r.rc == 0)
		r.rc = fields_compile(o->fields, o->n_fields, &f.a, &plan, &r.err);
	if (r.rc == 0)
		r.rc = fields_read(&f.p, plan, values, errors, &r.err);
	r.values = cJSON_PrintUnformatted(values);
	r.errors = cJSON_PrintUnformatted(errors);
	fields_free(plan);
	cJSON_Delete(values);
	cJSON_Delete(errors);
	cJSON_Delete(options);
	cJSON_Delete(schema);
	fixture_close(&f);
	return r;
}

static void
check_on(const char *page, const char *fields, const char *values, const char *errors)
{
	struct result r = read_fields(page, fields);

	if (r.rc != 0)
		print_error("%s: %s\n", r.err.path, r.err.message);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.values, values);
	assert_string_equal(r.errors, errors);
	free(r.values);
	free(r.errors);
}

static void
check_errors(const char *fields, const char *values, const char *errors)
{
	check_on(PAGE, fields, values, errors);
}

static void
check(const char *fields, const char *values)
{
	check_errors(fields, values, "[]");
}

static void
refuses(const char *fields, int code, const char *path, const char *message)
{
	struct result r = read_fields(PAGE, fields);

	assert_int_equal(r.rc, code);
	assert_string_equal(r.err.path, path);
	assert_string_equal(r.err.message, message);
	free(r.values);
	free(r.errors);
}

static void
every_source_finds_a_value(void **state)
{
	(void)state;
	check(
	    "{\"a\":{\"css\":\"h1\"},\"b\":{\"xpath\":\"//h1/b\"},\"c\":{\"regex\":\"was \\\\$([\\\\d,]+)\"},"
	    "\"d\":{\"json_ld\":\"Product.name\"}}",
	    "{\"a\":\"The Hat\",\"b\":\"Hat\",\"c\":\"1,499\",\"d\":\"Hat\"}");
	check(
	    "{\"a\":{\"css\":\"a.more::attr(href)\"},\"b\":{\"css\":\"h1::text\"},\"c\":{\"xpath\":\"string(//a/@href)\"},"
	    "\"d\":{\"css\":\"meta[name=author]\"},\"e\":{\"css\":\"script\",\"regex\":\"sku.: '(.*?)'\"},"
	    "\"f\":{\"xpath\":\"//p\",\"regex\":\"Tel: (\\\\S+),\"}}",
	    "{\"a\":\"/more\",\"b\":\"The\",\"c\":\"/more\",\"d\":\"Ann\",\"e\":\"X-17\",\"f\":\"555-0100\"}");
}

static void
types_convert(void **state)
{
	(void)state;
	check(
	    "{\"n\":{\"css\":\".price\",\"type\":\"number\"},\"d\":{\"css\":\"time\",\"type\":\"date\"},"
	    "\"u\":{\"css\":\"a.more\",\"type\":\"url\"},\"h\":{\"css\":\"h1 b\",\"type\":\"html\"},"
	    "\"yes\":{\"css\":\"h1\",\"type\":\"boolean\"},\"no\":{\"css\":\".no\",\"type\":\"boolean\"},"
	    "\"count\":{\"xpath\":\"count(//li)\",\"type\":\"number\"}}",
	    "{\"n\":1299,\"d\":\"2024-01-31T10:00:00Z\",\"u\":\"https://e.org/more\",\"h\":\"<b>Hat</b>\","
	    "\"yes\":true,\"no\":false,\"count\":2}");
}

static void
an_element_without_its_attribute_is_there(void **state)
{
	(void)state;
	check_on("<img src=a.png><input><meta name=x>",
	    "{\"i\":{\"css\":\"img\",\"type\":\"boolean\"},\"n\":{\"css\":\"input\",\"type\":"
	    "\"boolean\"},\"m\":{\"css\":\"meta\",\"type\":\"boolean\"},\"s\":{\"css\":\"img\"}}",
	    "{\"i\":true,\"n\":true,\"m\":true,\"s\":null}", "[]");
}

static void
a_language_is_known_by_its_whole_name_and_its_region(void **state)
{
	(void)state;
	check_on(
	    "<b lang=es>1.299</b><b lang=es-MX>1.299</b><b lang=es_mx>1,299</b><b lang=es-AR>1.299"
	    "</b><b lang=de-CH-1996>1.299</b><b lang=de-AT>1.299</b><b lang=lt>1.299</b>",
	    "{\"n\":{\"css\":\"b\",\"type\":\"number\",\"many\":true}}",
	    "{\"n\":[1299,1.299,1299,1299,1.299,1299,1299]}", "[]");
	check_on("<b lang=fi>1.299</b><b lang=fil>1.299</b><b lang=fi-FI>1.299</b>",
	    "{\"n\":{\"css\":\"b\",\"type\":\"number\",\"many\":true}}",
	    "{\"n\":[1299,1.299,1299]}", "[]");
}

static void
dates_are_those_of_the_element_or_its_text(void **state)
{
	(void)state;
	check_on("<time datetime=2024-05-03>long ago</time><time datetime=P3D>4 May 2024</time>"
		 "<time datetime=''>on 5 May 2024, 10:30</time><time>never</time>",
	    "{\"t\":{\"css\":\"time\",\"type\":\"date\",\"many\":true}}",
	    "{\"t\":[\"2024-05-03\",\"2024-05-04\",\"2024-05-05T10:30:00\"]}",
	    "[{\"name\":\"t\",\"error\":\"no date in \\\"never\\\"\"}]");
}

static void
urls_are_those_of_the_element(void **state)
{
	(void)state;
	check_on("<base href=/b/><a href=''>text</a><a>text</a><i>rel/x</i><i>no address</i>"
		 "<img src='data:,' data-src=lazy.png><img srcset='s.png 1x, l.png 2x'>"
		 "<video><source src=v.mp4></video><p data-url=/p>text</p>",
	    "{\"a\":{\"css\":\"a\",\"type\":\"url\",\"many\":true},"
	    "\"i\":{\"css\":\"i\",\"type\":\"url\",\"many\":true},"
	    "\"m\":{\"css\":\"img, video, p\",\"type\":\"url\",\"many\":true}}",
	    "{\"a\":[],\"i\":[\"https://e.org/b/rel/x\"],\"m\":[\"https://e.org/b/lazy.png\","
	    "\"https://e.org/b/l.png\",\"https://e.org/b/v.mp4\",\"https://e.org/p\"]}",
	    "[{\"name\":\"a\",\"error\":\"the value is empty or no URL\"},"
	    "{\"name\":\"a\",\"error\":\"the value is empty or no URL\"},"
	    "{\"name\":\"i\",\"error\":\"the value is empty or no URL\"}]");
}

// What a program wrote has points; what a person wrote is as the nearest language has it.
static void
the_language_says_what_points_and_slashes_mean(void **state)
{
	(void)state;
	check_on(
	    "<html lang=de><script type=application/ld+json>{\"@type\":\"Offer\",\"price\":"
	    "\"1.299\"}</script><b>1.299</b><b lang=en>1.299</b><i>03/04/2024</i><i lang=en-GB>"
	    "03/04/2024</i><i lang=en-US>03/04/2024</i><u>1,299</u><s>0,00001</s>",
	    "{\"p\":{\"json_ld\":\"Offer.price\",\"type\":\"number\"},"
	    "\"b\":{\"css\":\"b\",\"type\":\"number\",\"many\":true},"
	    "\"i\":{\"css\":\"i\",\"type\":\"date\",\"many\":true},"
	    "\"x\":{\"xpath\":\"2598 div 2000\",\"type\":\"number\"},"
	    "\"u\":{\"css\":\"u\",\"type\":\"number\",\"transform\":[\"number\"]},"
	    "\"s\":{\"css\":\"s\",\"type\":\"number\",\"transform\":[\"number\",\"trim\"]}}",
	    "{\"p\":1.299,\"b\":[1299,1.299],\"i\":[\"2024-04-03\",\"2024-04-03\",\"2024-03-04\"],"
	    "\"x\":1.299,\"u\":1.299,\"s\":1e-05}",
	    "[]");
}

static void
many_takes_all(void **state)
{
	(void)state;
	check(
	    "{\"a\":{\"css\":\"li a\",\"many\":true},\"b\":{\"css\":\"nope\",\"many\":true},"
	    "\"c\":{\"regex\":\"Tel: (\\\\d+-\\\\d+)\",\"many\":true},\"d\":{\"json_ld\":\"Product.offers.price\",\"many\":true,\"type\":\"number\"},"
	    "\"e\":{\"xpath\":\"//li/a/@href\",\"many\":true,\"type\":\"url\"}}",
	    "{\"a\":[\"One\",\"Two\"],\"b\":[],\"c\":[\"555-0100\",\"555-0199\"],\"d\":[9.5,7],"
	    "\"e\":[\"https://e.org/d/1\",\"https://e.org/d/2\"]}");
}

static void
transforms_apply_in_order(void **state)
{
	(void)state;
	check(
	    "{\"a\":{\"css\":\"h1\",\"transform\":[\"lower\"]},\"b\":{\"css\":\"h1\",\"transform\":[\"upper\",\"trim\"]},"
	    "\"c\":{\"css\":\".price\",\"transform\":[\"number\"]},\"d\":{\"css\":\"time::attr(datetime)\",\"transform\":[\"date\"]},"
	    "\"e\":{\"css\":\"a.more::attr(href)\",\"transform\":[\"url\",\"upper\"]}}",
	    "{\"a\":\"the hat\",\"b\":\"THE HAT\",\"c\":\"1299\",\"d\":\"2024-01-31T10:00:00Z\",\"e\":\"HTTPS://E.ORG/MORE\"}");
	check_errors("{\"a\":{\"css\":\"h1\",\"transform\":[\"lower\",\"number\"]}}",
	    "{\"a\":null}", "[{\"name\":\"a\",\"error\":\"no number in \\\"the hat\\\"\"}]");
}

static void
nested_fields_are_relative_to_their_element(void **state)
{
	(void)state;
	check(
	    "{\"rows\":{\"css\":\"li.row\",\"many\":true,\"fields\":{\"t\":{\"css\":\"a\"},"
	    "\"u\":{\"css\":\"a\",\"type\":\"url\"},\"n\":{\"xpath\":\"./i\",\"type\":\"number\"},\"c\":{\"css\":\":scope::attr(class)\"},"
	    "\"r\":{\"regex\":\"[A-Z]\"}}}}",
	    "{\"rows\":[{\"t\":\"One\",\"u\":\"https://e.org/d/1\",\"n\":1,\"c\":\"row\",\"r\":\"O\"},"
	    "{\"t\":\"Two\",\"u\":\"https://e.org/d/2\",\"n\":null,\"c\":\"row\",\"r\":\"T\"}]}");
	check(
	    "{\"one\":{\"xpath\":\"//ul\",\"fields\":{\"rows\":{\"css\":\"> li\",\"many\":true,\"fields\":{\"t\":{\"css\":\"a::text\"}}}}}}",
	    "{\"one\":{\"rows\":[{\"t\":\"One\"},{\"t\":\"Two\"}]}}");
}

static void
what_has_no_value_is_passed_over(void **state)
{
	static const char page[] =
	    "<p>none</p><p lang=en><b>bold</b></p><p lang=fr>own <b>in</b> text</p>"
	    "<ul><li id=x>one<i>two</i></li><li><i id=y>three</i></li></ul>";

	(void)state;
	check_on(page,
	    "{\"a\":{\"css\":\"p::attr(lang)\"},\"b\":{\"css\":\"[lang]::text\"},\"c\":{\"css\":\"p ::text\",\"many\":true},"
	    "\"d\":{\"css\":\"::attr(id)\"},\"e\":{\"css\":\"p > ::text\"},"
	    "\"f\":{\"css\":\"li\",\"many\":true,\"fields\":{\"id\":{\"css\":\"::attr(id)\"},\"all\":{\"css\":\"::text\",\"many\":true},"
	    "\"own\":{\"css\":\":scope::text\"}}}}",
	    "{\"a\":\"en\",\"b\":\"own text\",\"c\":[\"none\",\"bold\",\"own text\",\"in\"],\"d\":\"x\",\"e\":\"bold\","
	    "\"f\":[{\"id\":\"x\",\"all\":[\"one\",\"two\"],\"own\":\"one\"},{\"id\":\"y\",\"all\":[\"three\"],\"own\":null}]}",
	    "[]");
}

static void
json_ld_paths_walk_types_keys_indexes_and_references(void **state)
{
	(void)state;
	check(
	    "{\"a\":{\"json_ld\":\"Product.brand.name\"},\"b\":{\"json_ld\":\"Product.offers.1.price\",\"type\":\"number\"},"
	    "\"c\":{\"json_ld\":\"AggregateRating.ratingValue\",\"type\":\"number\"},\"d\":{\"json_ld\":\"name\"},"
	    "\"e\":{\"json_ld\":\"Product.offers.0\",\"type\":\"object\"},\"f\":{\"json_ld\":\"Product.nope.x\"}}",
	    "{\"a\":\"ACME\",\"b\":7,\"c\":4.5,\"d\":\"Hat\",\"e\":{\"price\":9.5},\"f\":null}");
	check(
	    "{\"a\":{\"json_ld\":\"Product.offers[1].price\"},\"b\":{\"json_ld\":\"Product.offers[*].price\",\"many\":true}}",
	    "{\"a\":\"7\",\"b\":[\"9.5\",\"7\"]}");
}

static void
what_is_missing_takes_the_default_or_is_reported(void **state)
{
	(void)state;
	check(
	    "{\"a\":{\"css\":\"nope\"},\"b\":{\"css\":\"nope\",\"default\":\"none\"},\"c\":{\"css\":\".empty\",\"default\":7}}",
	    "{\"a\":null,\"b\":\"none\",\"c\":7}");
	check_errors(
	    "{\"a\":{\"css\":\"nope\",\"required\":true},\"b\":{\"css\":\"h1\",\"type\":\"number\",\"default\":0},"
	    "\"o\":{\"css\":\"ul\",\"fields\":{\"x\":{\"css\":\"b\",\"required\":true}}},"
	    "\"t\":{\"css\":\"h1::text\",\"fields\":{\"x\":{\"css\":\"b\"}}}}",
	    "{\"a\":null,\"b\":0,\"o\":{\"x\":null},\"t\":null}",
	    "[{\"name\":\"a\",\"error\":\"required, but not found\"},{\"name\":\"b\",\"error\":\"no number in \\\"The Hat\\\"\"},"
	    "{\"name\":\"o.x\",\"error\":\"required, but not found\"},"
	    "{\"name\":\"t\",\"error\":\"nested fields need an element, but a text was found\"}]");
}

static void
errors_of_rows_say_which(void **state)
{
	(void)state;
	check_errors(
	    "{\"r\":{\"css\":\"li\",\"many\":true,\"fields\":{\"i\":{\"css\":\"i\",\"type\":"
	    "\"number\",\"required\":true},\"a\":{\"css\":\"a\",\"fields\":{\"n\":{\"css\":"
	    "\":scope\",\"type\":\"number\"}}}}}}",
	    "{\"r\":[{\"i\":1,\"a\":{\"n\":null}},{\"i\":null,\"a\":{\"n\":null}}]}",
	    "[{\"name\":\"r.0.a.n\",\"error\":\"no number in \\\"One\\\"\"},"
	    "{\"name\":\"r.1.i\",\"error\":\"required, but not found\"},"
	    "{\"name\":\"r.1.a.n\",\"error\":\"no number in \\\"Two\\\"\"}]");
}

static void
bad_expressions_are_refused_by_path(void **state)
{
	(void)state;
	refuses("{\"p\":{\"css\":\"div[x=\"}}", ERR_INVALID_SELECTOR, "extract.fields.p.css",
	    "unexpected end at character 7");
	refuses("{\"p\":{\"xpath\":\"//p[\"}}", ERR_INVALID_XPATH, "extract.fields.p.xpath",
	    "unexpected end at character 5");
	refuses("{\"p\":{\"css\":\"ul\",\"fields\":{\"q\":{\"regex\":\"(\"}}}}", ERR_INVALID_REGEX,
	    "extract.fields.p.fields.q.regex", "missing closing parenthesis at character 2");
	refuses("{\"p\":{\"xpath\":\"nope()\"}}", ERR_INVALID_XPATH, "extract.fields.p.xpath",
	    "unknown function at character 1");
}

static void
a_limit_costs_the_field_not_the_document(void **state)
{
	struct result r = read_fields("<p>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab</p>",
	    "{\"a\":{\"regex\":\"(a+)+$\",\"default\":\"x\"},\"b\":{\"css\":\"p\",\"regex\":\"b\"}}");

	(void)state;
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.values, "{\"a\":\"x\",\"b\":\"b\"}");
	assert_string_equal(r.errors,
	    "[{\"name\":\"a\",\"error\":\"the regular expression reaches the match limit on this page\"}]");
	free(r.values);
	free(r.errors);
}

static void
check_schema(const char *schema, const char *values, const char *expected)
{
	cJSON *s = cJSON_Parse(schema), *v = cJSON_Parse(values), *errors = json_arr();
	char *text;

	assert_non_null(s);
	assert_non_null(v);
	result_schema_check(s, v, errors);
	text = cJSON_PrintUnformatted(errors);
	assert_string_equal(text, expected);
	free(text);
	cJSON_Delete(s);
	cJSON_Delete(v);
	cJSON_Delete(errors);
}

static void
the_schema_of_the_result_is_checked(void **state)
{
	(void)state;
	check_schema("{\"type\":\"object\",\"required\":[\"a\",\"b\"]}", "{\"a\":null,\"b\":1}",
	    "[{\"name\":\"a\",\"error\":\"required, but not there\"}]");
	check_schema("{\"properties\":{\"a\":{\"items\":{\"type\":[\"integer\",\"null\"]}},\"b\":{"
		     "\"type\":\"string\"}}}",
	    "{\"a\":[1,1.5,null],\"b\":null}",
	    "[{\"name\":\"a.1\",\"error\":\"expected integer or null, found number\"}]");
	check_schema(
	    "{\"properties\":{\"p\":{\"minimum\":1,\"maximum\":5},\"s\":{\"minLength\":3,"
	    "\"maxLength\":4},\"l\":{\"minItems\":1,\"maxItems\":2},\"e\":{\"enum\":[1,\"x\"]}}}",
	    "{\"p\":0,\"s\":\"\u00e9\u00e9\",\"l\":[],\"e\":\"y\"}",
	    "[{\"name\":\"p\",\"error\":\"0 is less than 1\"},{\"name\":\"s\",\"error\":\"shorter than "
	    "3 characters\"},{\"name\":\"l\",\"error\":\"fewer than 1 items\"},{\"name\":\"e\","
	    "\"error\":\"not one of the values of the schema's enum\"}]");
	check_schema("{\"properties\":{\"p\":{\"minimum\":1,\"maximum\":5,\"type\":\"number\"}}}",
	    "{\"p\":3,\"other\":true}", "[]");
}

static void
enums_are_compared_member_by_member(void **state)
{
	static const char no[] =
	    "[{\"name\":\"\",\"error\":\"not one of the values of the schema's enum\"}]";

	(void)state;
	check_schema("{\"enum\":[{\"a\":1,\"b\":[1,{}]}]}", "{\"b\":[1,{}],\"a\":1}", "[]");
	check_schema("{\"enum\":[{\"a\":1,\"b\":1}]}", "{\"a\":1}", no);
	check_schema("{\"enum\":[{\"a\":1}]}", "{\"a\":1,\"b\":1}", no);
	check_schema("{\"enum\":[{\"a\":1}]}", "{\"b\":1}", no);
	check_schema("{\"enum\":[[1,2],[1],[1,3]]}", "[1,3]", "[]");
	check_schema("{\"enum\":[[1,2],[1],[2,1,3],{}]}", "[2,1]", no);
	check_schema("{\"enum\":[{}]}", "[]", no);
}

// Equal objects in each other: twice the work for each level would take hours.
static void
deep_enums_are_compared_in_linear_time(void **state)
{
	cleanup_buf v = BUF_INIT, schema = BUF_INIT;
	int64_t started = cpu_ms();

	(void)state;
	for (int i = 0; i < 40; i++)
		buf_str(&v, "{\"a\":");
	buf_str(&v, "1");
	for (int i = 0; i < 40; i++)
		buf_ch(&v, '}');
	buf_fmt(&schema, "{\"enum\":[%s]}", v.p);
	check_schema(schema.p, v.p, "[]");
	assert_true(cpu_ms() - started < patient_ms(2000));
}

// A schema with as many names as the page has values.
static void
a_large_schema_is_given_up(void **state)
{
	cleanup_buf v = BUF_INIT, schema = BUF_INIT;
	int64_t started;

	(void)state;
	buf_str(&v, "{\"a\":0");
	buf_str(&schema, "{\"required\":[\"a\"");
	for (int i = 0; i < 20000; i++) {
		buf_fmt(&v, ",\"a%d\":0", i);
		buf_fmt(&schema, ",\"a%d\"", i);
	}
	buf_str(&v, "}");
	buf_str(&schema, "]}");
	started = cpu_ms();
	check_schema(schema.p, v.p,
	    "[{\"name\":\"\",\"error\":\"the schema needs more than 1000000 comparisons; the rest is "
	    "not checked\"}]");
	assert_true(cpu_ms() - started < patient_ms(2000));
}

static void
check_schema_refused(const char *schema, const char *path)
{
	struct arena a;
	struct err err = ERR_INIT;
	struct extract_options *o = NULL;
	cJSON *options = json_obj();

	json_set(options, "schema", cJSON_Parse(schema));
	arena_init(&a, 0);
	assert_int_equal(
	    extract_options_read(options, &a, "extract", &o, &err), ERR_INVALID_REQUEST);
	assert_string_equal(err.path, path);
	arena_done(&a);
	cJSON_Delete(options);
}

static void
a_bad_schema_is_refused_by_path(void **state)
{
	(void)state;
	check_schema_refused("[]", "extract.schema");
	check_schema_refused("{\"tpye\":\"string\"}", "extract.schema.tpye");
	check_schema_refused(
	    "{\"properties\":{\"a\":{\"type\":\"text\"}}}", "extract.schema.properties.a.type");
	check_schema_refused("{\"items\":{\"minItems\":\"2\"}}", "extract.schema.items.minItems");
	check_schema_refused("{\"required\":[1]}", "extract.schema.required");
}

static void
numbers_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		bool comma_decimal;
		double value;
	} rows[] = {
	    {"42", false, 42},
	    {"-5", false, -5},
	    {"\xe2\x88\x92"
	     "5",
		false, -5},
	    {"COVID-19", false, 19},
	    {"Vol.5", false, 5},
	    {"\xe2\x80\x93"
	     "5 \xc2\xb0"
	     "C",
		false, -5},
	    {"- 5 \xe2\x82\xac", false, -5},
	    {"Rest - 5 \xe2\x82\xac", false, 5},
	    {"Rest: -5 \xe2\x82\xac", false, -5},
	    {"-$5.00", false, -5},
	    {"-\xe2\x82\xac\xc2\xa0"
	     "5,00",
		false, -5},
	    {"$-5", false, -5},
	    {"-.5", false, -0.5},
	    {"5-10", false, 5},
	    {"12.05.2024", true, 12.05},
	    {"1.5.2", false, 1.5},
	    {"1,2,3", false, 1.2},
	    {"1,23,456.78", false, 123456.78},
	    {"1,234.567", false, 1234.567},
	    {"1.234,567", false, 1234.567},
	    {"1.23.456", false, 1.23},
	    {"2024-01", false, 2024},
	    {"1,299", false, 1299},
	    {"1,299.50", false, 1299.5},
	    {"1.299,50 \xe2\x82\xac", false, 1299.5},
	    {"1.299", false, 1.299},
	    {"1.299", true, 1299},
	    {"1,299", true, 1.299},
	    {"1 299,5", true, 1299.5},
	    {"1\xc2\xa0"
	     "299\xc2\xa0"
	     "000",
		false, 1299000},
	    {"1'299.90", false, 1299.9},
	    {"0.999", true, 0.999},
	    {"1,234,567", false, 1234567},
	    {"1.234.567", false, 1234567},
	    {"12,34", false, 12.34},
	    {".5", false, 0.5},
	    {".5.6 kg", false, 0.5},
	    {"$ 19.99 USD", false, 19.99},
	    {"50%", false, 50},
	    {"3 10", false, 3},
	    {"١٬٢٣٤٫٥٠", false, 1234.5},
	    {"١٬٢٣٤٫٥٠", true, 1234.5},
	    {"٠٫١٢٣", false, 0.123},
	    {"١٫٢٣٤", true, 1.234},
	    {"قیمت: ۱۲۳۴ تومان", false, 1234},
	    {"₹ १,२३,४५६.७८", false, 123456.78},
	    {"１２，３４５円", false, 12345},
	    {"－１２．５", false, -12.5},
	};
	cleanup_buf many = BUF_INIT;
	double v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(number_find(sv_from(rows[i].text), rows[i].comma_decimal, &v));
		if (v != rows[i].value)
			print_error("%s gives %g\n", rows[i].text, v);
		assert_true(v == rows[i].value);
	}
	assert_false(number_find(SV("none"), false, &v));
	buf_str(&many, "1");
	for (int i = 0; i < 400; i++)
		buf_ch(&many, '0');
	assert_false(number_find(buf_view(&many), false, &v)); // no part of it either
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_source_finds_a_value),
	    cmocka_unit_test(types_convert),
	    cmocka_unit_test(an_element_without_its_attribute_is_there),
	    cmocka_unit_test(a_language_is_known_by_its_whole_name_and_its_region),
	    cmocka_unit_test(dates_are_those_of_the_element_or_its_text),
	    cmocka_unit_test(urls_are_those_of_the_element),
	    cmocka_unit_test(the_language_says_what_points_and_slashes_mean),
	    cmocka_unit_test(many_takes_all),
	    cmocka_unit_test(transforms_apply_in_order),
	    cmocka_unit_test(nested_fields_are_relative_to_their_element),
	    cmocka_unit_test(what_has_no_value_is_passed_over),
	    cmocka_unit_test(json_ld_paths_walk_types_keys_indexes_and_references),
	    cmocka_unit_test(what_is_missing_takes_the_default_or_is_reported),
	    cmocka_unit_test(errors_of_rows_say_which),
	    cmocka_unit_test(bad_expressions_are_refused_by_path),
	    cmocka_unit_test(a_limit_costs_the_field_not_the_document),
	    cmocka_unit_test(the_schema_of_the_result_is_checked),
	    cmocka_unit_test(enums_are_compared_member_by_member),
	    cmocka_unit_test(deep_enums_are_compared_in_linear_time),
	    cmocka_unit_test(a_large_schema_is_given_up),
	    cmocka_unit_test(a_bad_schema_is_refused_by_path),
	    cmocka_unit_test(numbers_are_read_in_every_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
