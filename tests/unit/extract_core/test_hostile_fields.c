// SPDX-License-Identifier: Apache-2.0
// Selectors, XPath and regular expressions made to be slow, on pages made for them: done in time or
// refused with a typed limit. `LIMITED` ones would never end. Prints a line for each (./run bench
// hostile).
#include "hostile.h"

enum outcome { ANY, LIMITED, UNLIMITED };

// --- expressions ---

#define DIVS_8    "<div><div><div><div><div><div><div><div>"
#define DIVS_64   DIVS_8 DIVS_8 DIVS_8 DIVS_8 DIVS_8 DIVS_8 DIVS_8 DIVS_8
#define BREAKS_8  "<br><br><br><br><br><br><br><br>"
#define BREAKS_64 BREAKS_8 BREAKS_8 BREAKS_8 BREAKS_8 BREAKS_8 BREAKS_8 BREAKS_8 BREAKS_8
#define BREAKS                                                                                     \
	BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64  \
	    BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64 BREAKS_64
static const struct text_plan
    as = {"<p>", "a", "b", 100000},
    short_as = {"<p>", "a", "b", 1000},
    lines_of_as = {"", "<p>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "", 500000},
    words = {"<p>", "word %u, ", "", MEGABYTE}, deep = {"", "<div class=x>", "x", 7000},
    deep_text = {"", "<div class=x>word ", "x", 9000},
    siblings = {"<ul>", "<li class=x>x", "", 1300000}, attributes = {"<p ", "a%u=b ", ">x", 8000},
    all_attributes = {"", "<b c1=1 c2=2 c3=3 c4=4 c5=5 c6=6 c7=7 c8=8>x", "", MEGABYTE},
    long_class = {"<p class='", "a", "'>x", MEGABYTE},
    long_lang = {"<div lang='", "a-b-", "'>" BREAKS, MEGABYTE},
    deep_rows = {DIVS_64 DIVS_64 DIVS_64 DIVS_64 DIVS_64 DIVS_64 DIVS_64, "<input a b c>", "",
	MEGABYTE},
    fieldset = {"<fieldset disabled>", "<i><input></i>", "<legend><input>" BREAKS "</legend>",
	MEGABYTE},
    fieldsets = {"", "<fieldset disabled><legend><input>", "", 16000},
    long_text = {"<p datetime=P3D>", "word ", "</p>" BREAKS BREAKS BREAKS, MEGABYTE},
    numbers = {"", "<p>%u", "", 500000},
    spaces = {"<style>", " ", "</style>" BREAKS BREAKS BREAKS BREAKS, MEGABYTE},
    small = {"<ul>", "<li class=x id=a%u>text %u", "", 3000};

#define NEST(inner) "{\"f\":{\"css\":\"div\",\"many\":true,\"fields\":" inner "}}"

static const struct text_plan
    deep_megabyte =
	{"<div><div><div><div><div><div><div><div><div><div><div><div><div><div><div><div>"
	 "<div><div><div><div><div><div><div><div><div><div><div><div><div><div><div><div>",
	    "<div>a word, ", "", MEGABYTE},
    honest = {"<!doctype html><html lang=en><body><main>",
	"<div class=row id=r%u><h2>Row %u</h2><p class=text>Some words of an honest page, price: $%u.50.</p><a href=/%u>more</a></div>\n",
	"</main>", 10 * MEGABYTE},
    json_ld_and_rows = {"<script type=application/ld+json>{\"@graph\":[",
	"{\"@type\":\"A\",\"a\":[{\"a\":[1,2,3]}]},", "{}]}</script>" BREAKS BREAKS BREAKS BREAKS,
	MEGABYTE},
    json_ld = {"<script type=application/ld+json>{\"@graph\":[",
	"{\"@type\":\"A\",\"a\":[[[[{\"a\":[1,2,3]}]]]]},", "{}]}</script>", MEGABYTE};

static const struct expr_case {
	const char *name;
	const struct text_plan *html;
	const char *member; // css, xpath or regex; fields, schema: its JSON
	struct text_plan expr;
	enum outcome outcome;
} exprs[] = {
    {"css_has_of_has", &deep, "css", {":has(:has(:has(:has(:has(:has(i))))))", "", "", 0}, ANY},
    {"css_has_chain", &siblings, "css", {"*", ":has(~ i)", "", 200}, ANY},
    {"css_has_descendants", &siblings, "css", {":has(* * * * i)", "", "", 0}, ANY},
    {"css_has_siblings", &siblings, "css", {":has(~ * ~ * ~ i)", "", "", 0}, ANY},
    {"css_nth_of", &siblings, "css", {":nth-child(2n of :not(i))", "", "", 0}, ANY},
    {"css_nth_last_of", &siblings, "css", {":nth-last-child(odd of .x)", "", "", 0}, ANY},
    {"css_nth_of_nth_of", &siblings, "css",
	{":nth-child(2 of :nth-last-child(2n of :nth-child(3n of .x)))", "", "", 0}, ANY},
    {"css_descendants", &deep, "css", {"", "* ", "i", 1000}, ANY},
    {"css_descendants_and_siblings", &siblings, "css", {"", "* ~ * ", "i", 300}, ANY},
    {"css_siblings", &siblings, "css", {"", ".x ~ ", "i", 300}, ANY},
    {"css_not_is_where", &siblings, "css",
	{":not(:is(:where(:not(:is(:where(.x .y))))))", "", "", 0}, ANY},
    {"css_not_nests", &deep, "css", {"", ":not(* ", "i))))))))))))))))))))))))))))))", 150}, ANY},
    {"css_list", &siblings, "css", {"i", ",.a%u", "", 4000}, ANY},
    {"css_list_of_ten_thousand", &siblings, "css", {"i", ",.a%u", "", 60000}, LIMITED},
    {"css_list_in_is", &siblings, "css", {":is(i", ",.a%u .b", ")", 4000}, ANY},
    {"css_compound", &siblings, "css", {"", ".x", "i", 4000}, ANY},
    {"css_attribute_parts", &long_class, "css", {"[class*=", "aaaa", "b]", 2000}, ANY},
    {"css_attribute_words", &long_class, "css", {"[class~=", "aaaa", "b]", 2000}, ANY},
    {"css_attribute_ends", &long_class, "css", {"", "[class$=ab],", "i", 4000}, ANY},
    {"css_many_attribute_parts", &all_attributes, "css", {"", "[c1*=zz],", "i", 4000}, ANY},
    {"css_contains", &deep_text, "css", {":contains(nothing)", "", "", 0}, ANY},
    {"css_contains_list", &deep_text, "css", {"", ":contains(no%u),", "i", 4000}, ANY},
    {"css_contains_siblings", &siblings, "css", {":contains(zz) ~ ", ":contains(zz) ~ ", "i", 2000},
	ANY},
    {"css_empty_list", &siblings, "css", {"", ":empty,", "i", 4000}, ANY},
    {"css_comments", &siblings, "css", {"", "/**/", "i", 4000}, ANY},
    {"css_forgiven", &siblings, "css", {":is(", "!,:is(!,", "i", 4000}, LIMITED},
    {"css_forgiven_items", &siblings, "css", {":is(", "!,", "i)", 4000}, ANY},
    {"css_forgiven_brackets", &siblings, "css", {":is(!", "[(", "", 4000}, LIMITED},
    {"css_any_prefix", &all_attributes, "css", {"", "[*|zz],", "i", 1700}, ANY},
    {"css_languages", &long_lang, "css", {":lang(x", ",a-z%u", ")", 4000}, LIMITED},
    {"css_languages_of_subtags", &long_lang, "css", {":lang(\\*", "-b%u", ")", 4000}, ANY},
    {"css_languages_of_deep", &deep_rows, "css", {":lang(en)", "", "", 0}, ANY},
    {"css_disabled_deep", &deep_rows, "css", {":disabled", "", "", 0}, ANY},
    {"css_disabled", &fieldset, "css", {":disabled", "", "", 0}, ANY},
    {"css_disabled_nests", &fieldsets, "css", {":disabled", "", "", 0}, ANY},
    {"css_brackets", &small, "css", {"", ":not(", "", 4000}, LIMITED},
    {"regex_nested_plus", &as, "regex", {"(a+)+$", "", "", 0}, LIMITED},
    {"regex_nested_plus_short", &short_as, "regex", {"(a+)+$", "", "", 0}, LIMITED},
    {"regex_nested_plus_lines", &lines_of_as, "regex", {"(a+)+c", "", "", 0}, ANY},
    {"regex_nested_plus_class", &lines_of_as, "regex", {"(a+)+[cd]", "", "", 0}, LIMITED},
    {"regex_alternatives", &as, "regex", {"(a|aa)+$", "", "", 0}, LIMITED},
    {"regex_stars", &as, "regex", {"(.*)*x", "", "", 0}, ANY},
    {"regex_stars_class", &as, "regex", {"(.*)*[xy]", "", "", 0}, LIMITED},
    {"regex_three_stars", &words, "regex", {"(\\w*\\s*)*#[0]", "", "", 0}, ANY},
    {"regex_quadratic", &as, "regex", {"a*[^a]x|a*[^a]y", "", "", 0}, LIMITED},
    {"regex_quadratic_possessive", &as, "regex", {"a*+[cd]", "", "", 0}, LIMITED},
    {"regex_quadratic_possessive_spaced", &words, "regex", {"[^z]*+[zy]", "", "", 0}, LIMITED},
    {"regex_cubic", &as, "regex", {"a*a*a*[cd]", "", "", 0}, LIMITED},
    {"regex_dots", &words, "regex", {"(?s).*.*.*[#]", "", "", 0}, LIMITED},
    {"regex_lookahead", &as, "regex", {"(?:(?=a*+b)a)*[cd]", "", "", 0}, LIMITED},
    {"regex_lookahead_fails", &as, "regex", {"(?:(?!a*+c)a)*[cd]", "", "", 0}, LIMITED},
    {"regex_lookbehind", &as, "regex", {"(?<=a{200}|b{100})[cd]", "", "", 0}, ANY},
    {"regex_backreference", &as, "regex", {"(a*)\\1\\1[cd]", "", "", 0}, LIMITED},
    {"regex_backreferences", &as, "regex", {"(a+)(?:\\1)*[cd]", "", "", 0}, LIMITED},
    {"regex_big_repeats", &as, "regex", {"(?:a{1000}){1000}b", "", "", 0}, ANY},
    {"regex_big_repeats_fail", &as, "regex", {"(?:a{60000}c|a)*[de][fg]", "", "", 0}, LIMITED},
    {"regex_ranges", &as, "regex", {"(?:a{0,60000}){0,60000}[cd]", "", "", 0}, LIMITED},
    {"regex_optionals", &as, "regex",
	{"a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?[cd]", "", "", 0}, LIMITED},
    {"regex_recursion", &as, "regex", {"(a(?1)?b?)*[cd]", "", "", 0}, LIMITED},
    {"regex_recursion_left", &as, "regex", {"((?1)?a)", "", "", 0}, LIMITED},
    {"regex_brackets", &small, "regex", {"", "(", "", 4000}, LIMITED},
    {"regex_of_64_kb", &small, "regex", {"", "(a|b)?", "", 65536}, LIMITED},
    {"regex_of_4_kb", &as, "regex", {"", "(a|b)?", "[cd]", 4000}, LIMITED},
    {"regex_alternatives_of_4_kb", &words, "regex", {"x", "|[#]%u", "", 4000}, ANY},
    {"regex_grapheme", &words, "regex", {"\\X*#[0]", "", "", 0}, LIMITED},
    {"regex_case", &words, "regex", {"(?i)w[^#]*?[#$]", "", "", 0}, LIMITED},
    {"regex_empty_matches", &words, "regex", {"", "", "|x", 0}, ANY},
    {"regex_ranges_of_either_case", &small, "regex", {"(?i)", "[\\x{0}-\\x{10ffff}]", "", 4000},
	LIMITED},
    {"regex_few_ranges_of_either_case", &small, "regex", {"(?i)", "[\\x{0}-\\x{10ffff}]", "", 60},
	ANY},
    {"regex_limit_verbs", &as, "regex",
	{"(*LIMIT_MATCH=4000000000)(*LIMIT_DEPTH=4000000000)(a+)+[cd]", "", "", 0}, LIMITED},
    {"regex_no_start_optimisation", &as, "regex",
	{"(*NO_START_OPT)(*NO_AUTO_POSSESS)(a+)+c", "", "", 0}, LIMITED},
    {"xpath_count_in_each", &siblings, "xpath", {"//*[count(//*)>1]", "", "", 0}, LIMITED},
    {"xpath_following_preceding", &siblings, "xpath", {"//*/following::*/preceding::*", "", "", 0},
	ANY},
    {"xpath_ancestors", &deep, "xpath", {"", "//*/ancestor::*", "", 300}, ANY},
    {"xpath_descendants", &deep, "xpath", {"", "//*", "", 400}, ANY},
    {"xpath_siblings", &siblings, "xpath",
	{"//li/following-sibling::li/preceding-sibling::li", "", "", 0}, ANY},
    {"xpath_string_of_each", &deep_text, "xpath", {"//*[string()='x']", "", "", 0}, ANY},
    {"xpath_strings_in_each", &siblings, "xpath", {"//*[contains(//ul,'zz')]", "", "", 0}, LIMITED},
    {"xpath_length_in_each", &siblings, "xpath", {"//*[string-length(//ul)<0]", "", "", 0},
	LIMITED},
    {"xpath_concat", &words, "xpath", {"concat(", "string(/),", "'x')", 600}, LIMITED},
    {"xpath_concat_tower", &words, "xpath",
	{"concat(concat(concat(/,/,/,/),/,/,/,/,/),concat(concat(/,/,/,/),/,/,/,/,/,/,/,/))", "",
	    "", 0},
	LIMITED},
    {"xpath_concat_in_each", &siblings, "xpath", {"//*[concat(/,/,/)='x']", "", "", 0}, LIMITED},
    {"xpath_translate", &words, "xpath", {"translate(/,'", "abcdefghij", "','x')", 3900}, ANY},
    {"xpath_translate_in_each", &siblings, "xpath", {"//*[translate(/,'abc','def')='']", "", "", 0},
	LIMITED},
    {"xpath_normalize_in_each", &siblings, "xpath", {"//*[normalize-space(/)='']", "", "", 0},
	LIMITED},
    {"xpath_substring_in_each", &siblings, "xpath", {"//*[substring(/,2,1)='']", "", "", 0},
	LIMITED},
    {"xpath_substring_after_in_each", &siblings, "xpath",
	{"//*[substring-after(/,'zz')='y']", "", "", 0}, LIMITED},
    {"xpath_sum_in_each", &numbers, "xpath", {"//*[sum(//p)<0]", "", "", 0}, LIMITED},
    {"xpath_number_in_each", &siblings, "xpath", {"//*[number(/)>0]", "", "", 0}, LIMITED},
    {"xpath_sets_equal", &numbers, "xpath", {"//p='x'", "", "", 0}, ANY},
    {"xpath_sets_of_sets_equal", &numbers, "xpath", {"//p/text()=//b", "", "", 0}, ANY},
    {"xpath_set_unlike_itself", &siblings, "xpath", {"//li!=//li", "", "", 0}, ANY},
    {"xpath_sets_with_other_texts", &numbers, "xpath", {"//p/text()=//p/..", "", "", 0}, ANY},
    {"xpath_sets_never_equal", &numbers, "xpath", {"//p/text()=//p/@*|//p[.='x']", "", "", 0}, ANY},
    {"xpath_sets_compared", &numbers, "xpath", {"//p < //p[.=0]", "", "", 0}, ANY},
    {"xpath_sets_never_less", &siblings, "xpath", {"//li < //li", "", "", 0}, ANY},
    {"xpath_sets_in_each", &small, "xpath", {"//*[//* < //*][//* < //*]", "", "", 0}, ANY},
    {"xpath_union", &siblings, "xpath", {"//li|//li/text()|//*", "", "", 0}, ANY},
    {"xpath_unions", &siblings, "xpath", {"//li", "|//li/text()", "", 1000}, ANY},
    {"xpath_union_in_each", &siblings, "xpath", {"//*[//a|//li]", "", "", 0}, LIMITED},
    {"xpath_attributes", &attributes, "xpath", {"//@*", "", "", 0}, ANY},
    {"xpath_all_attributes", &all_attributes, "xpath", {"//@*/../@*", "", "", 0}, ANY},
    {"xpath_namespaces", &siblings, "xpath", {"//namespace::*", "", "", 0}, ANY},
    {"xpath_ids", &siblings, "xpath", {"id(/)", "", "", 0}, ANY},
    {"xpath_ids_in_each", &siblings, "xpath", {"//*[id(/)]", "", "", 0}, LIMITED},
    {"xpath_lang", &deep, "xpath", {"//*[lang('en')]", "", "", 0}, ANY},
    {"xpath_position", &siblings, "xpath", {"//li[position()=last()]", "", "", 0}, ANY},
    {"xpath_last_in_each", &siblings, "xpath", {"//li[../li[last()]='y']", "", "", 0}, LIMITED},
    {"xpath_predicates", &siblings, "xpath", {"//li", "[1=1]", "", 4000}, ANY},
    {"xpath_nested_predicates", &siblings, "xpath",
	{"", "//*[", "1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 120}, LIMITED},
    {"xpath_brackets", &small, "xpath", {"", "(", "", 4000}, LIMITED},
    {"xpath_minus", &small, "xpath", {"", "-", "1", 4000}, ANY},
    {"xpath_number_of_spaces", &spaces, "xpath", {"//br[/html/head/style>1]", "", "", 0}, LIMITED},
    {"xpath_sum_of_spaces", &spaces, "xpath",
	{"//br[sum(/html/head/style)+sum(/html/head/style)]", "", "", 0}, LIMITED},
    {"xpath_same_spaces", &spaces, "xpath",
	{"//br[string(/html/head/style)=string(/html/head/style)]", "", "", 0}, LIMITED},
    {"xpath_starting_spaces", &spaces, "xpath",
	{"//br[starts-with(/html/head/style,/html/head/style)]", "", "", 0}, LIMITED},
    {"xpath_sums", &small, "xpath", {"1", "+1", "", 4000}, ANY},
    {"xpath_ors", &small, "xpath", {"1=2", " or 1=2", "", 4000}, ANY},
    {"xpath_equals", &small, "xpath", {"1", "=1", "", 4000}, ANY},
    {"xpath_slashes", &siblings, "xpath", {"/html/body", "/..//*/..", "", 2000}, ANY},
    {"xpath_long_literal", &siblings, "xpath", {"//*[.='", "abcdefgh", "']", 4000}, ANY},
    {"fields_of_ten_honest_megabytes", &honest, "fields",
	{"{\"a\":{\"css\":\"main > .row:nth-child(5) h2\"},\"b\":{\"css\":\"#r900 p.text\"},\"c\":{\"css\":\"div:has(> h2) a[href$='7']\"},"
	 "\"d\":{\"css\":\".row p:not(.x)\"},\"e\":{\"xpath\":\"//div[@id='r70000']/a/@href\"},"
	 "\"f\":{\"xpath\":\"count(//p[contains(., 'price')])\",\"type\":\"number\"},\"g\":{\"xpath\":\"//h2[last()]\"},"
	 "\"h\":{\"xpath\":\"//div[a]/p[1]\"},\"i\":{\"regex\":\"([\\\\w.]+)@(?:\\\\w+[.])+\\\\w+\"},\"j\":{\"regex\":\"price: [$]([0-9]{5}[.]50)\"}}",
	    "", "", 0},
	UNLIMITED},
    {"fields_texts_of_nested", &deep_megabyte, "fields",
	{"{\"f\":{\"css\":\"div\",\"many\":true}}", "", "", 0}, ANY},
    {"fields_html_of_nested", &deep_megabyte, "fields",
	{"{\"f\":{\"css\":\"div\",\"many\":true,\"type\":\"html\"}}", "", "", 0}, ANY},
    {"fields_regex_in_nested", &deep_megabyte, "fields",
	{"{\"f\":{\"css\":\"div\",\"many\":true,\"regex\":\"[xyz]{3}\"}}", "", "", 0}, ANY},
    {"fields_regex_in_nested_html", &deep_megabyte, "fields",
	{"{\"f\":{\"xpath\":\"//div\",\"many\":true,\"type\":\"html\",\"regex\":\"[xyz]{3}\"}}", "",
	    "", 0},
	ANY},
    {"fields_transforms_of_nested", &deep_megabyte, "fields",
	{"{\"f\":{\"css\":\"div\",\"many\":true,\"transform\":[\"upper\",\"lower\",\"collapse\",\"upper\",\"date\"]}}",
	    "", "", 0},
	ANY},
    {"fields_json_ld_of_rows", &json_ld_and_rows, "fields",
	{"{\"r\":{\"css\":\"br\",\"many\":true,\"fields\":{\"u\":{\"json_ld\":\"Nothing.b\"}}}}",
	    "", "", 0},
	ANY},
    {"fields_objects_of_rows", &json_ld_and_rows, "fields",
	{"{\"r\":{\"css\":\"br\",\"many\":true,\"fields\":{\"u\":{\"json_ld\":\"A\",\"many\":true,"
	 "\"type\":\"object\"}}}}",
	    "", "", 0},
	LIMITED},
    {"fields_defaults_of_rows", &json_ld_and_rows, "fields",
	{"{\"r\":{\"css\":\"br\",\"many\":true,\"fields\":{\"u\":{\"css\":\"i\",\"default\":[1",
	    ",2", "]}}}}", 300000},
	LIMITED},
    {"fields_nothing_in_rows", &json_ld_and_rows, "fields",
	{"{\"r\":{\"css\":\"br\",\"many\":true,\"fields\":{\"u\":{\"css\":\"i\"}",
	    ",\"f%u\":{\"css\":\"i\"}", "}}}", 9000},
	ANY},
    {"fields_no_address", &long_text, "fields",
	{"{\"r\":{\"css\":\"br\",\"many\":true,\"fields\":{\"u\":{\"xpath\":\"/html/body/p\","
	 "\"type\":\"url\"}}}}",
	    "", "", 0},
	ANY},
    {"fields_no_date", &long_text, "fields",
	{"{\"r\":{\"css\":\"br\",\"many\":true,\"fields\":{\"u\":{\"xpath\":\"/html/body/p\","
	 "\"type\":\"date\"}}}}",
	    "", "", 0},
	LIMITED},
    {"fields_in_fields", &deep_megabyte, "fields",
	{NEST(NEST(NEST(NEST(NEST(NEST("{\"t\":{\"css\":\"b\"}}")))))), "", "", 0}, ANY},
    {"fields_in_vain", &deep_megabyte, "fields",
	{"{\"f\":{\"css\":\"div\",\"many\":true,\"fields\":{\"a\":{\"css\":\"x y z\"},\"b\":{\"xpath\":\".//x[y]\"},"
	 "\"c\":{\"regex\":\"[xyz]{3}\"}}}}",
	    "", "", 0},
	LIMITED},
    {"fields_of_siblings", &siblings, "fields",
	{"{\"f\":{\"css\":\"li\",\"many\":true,\"fields\":{\"a\":{\"css\":\":scope ~ li\"},\"b\":{\"xpath\":\"../li[last()]\"}}}}",
	    "", "", 0},
	ANY},
    {"fields_five_hundred", &words, "fields",
	{"{\"g\":{\"regex\":\"x\"}", ",\"f%u\":{\"regex\":\"[xy]{3}z\"}", "}", 13000}, ANY},
    {"fields_five_hundred_selectors", &siblings, "fields",
	{"{\"g\":{\"css\":\"x\"}", ",\"f%u\":{\"css\":\"p.x%u\"}", "}", 10000}, ANY},
    {"fields_and_a_large_enum", &siblings, "schema",
	{"{\"items\":{\"enum\":[1", ",\"no %u\"", "]}}", 100000}, LIMITED},
    {"fields_and_required_ones", &siblings, "schema",
	{"{\"items\":{\"required\":[\"no\"", ",\"no %u\"", "]}}", 100000}, ANY},
    {"fields_json_ld", &json_ld, "fields",
	{"{\"f\":{\"json_ld\":\"A.a.a\",\"many\":true}}", "", "", 0}, ANY},
    {"xpath_of_64_kb", &small, "xpath", {"1", "+1", "", 65536}, LIMITED},
};

static cJSON *
options_of(const struct expr_case *c)
{
	cleanup_buf expr = BUF_INIT;
	cJSON *options = json_obj(), *fields = json_obj(), *field = json_obj(),
	      *document = json_arr(), *strategies = json_arr();

	hostile_build(&c->expr, 1, &expr);
	buf_ch(&expr, '\0');
	if (strcmp(c->member, "schema") == 0) { // of a list of texts
		cJSON *schema = json_obj(), *properties = json_obj();

		json_set(properties, "f", cJSON_Parse(expr.p));
		json_set(schema, "properties", properties);
		json_set(options, "schema", schema);
		json_set_str(field, "css", "li");
		json_set_bool(field, "many", true);
		json_set(fields, "f", field);
	} else if (strcmp(c->member, "fields") == 0) {
		cJSON_Delete(fields);
		fields = cJSON_Parse(expr.p);
		assert_non_null(fields);
		cJSON_Delete(field);
	} else {
		json_set_str(field, c->member, expr.p);
		json_set_bool(field, "many", true);
		json_set(fields, "f", field);
	}
	json_set(options, "fields", fields);
	json_push(document, cJSON_CreateString("extraction_metadata"));
	json_push(strategies, cJSON_CreateString("css_json"));
	json_set(options, "strategies", strategies);
	json_set(options, "document", document);
	return options;
}

static void
field_is_read_in_time(void **state)
{
	const struct expr_case *c = *state;
	struct seen s;
	cJSON *options = options_of(c);

	hostile_run(c->html, 1, options, &s);
	hostile_report(c->name, &s, NULL);
	if (c->outcome == LIMITED)
		assert_true(s.limited);
	if (c->outcome == UNLIMITED)
		assert_false(s.limited);
	cJSON_Delete(options);
}

// usage: test_hostile_fields [full [PATTERN of names]]
int
main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_LEN(exprs)];
	size_t n = 0;

	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	for (size_t i = 0; i < ARRAY_LEN(exprs); i++)
		tests[n++] = (struct CMUnitTest){.name = exprs[i].name,
		    .test_func = field_is_read_in_time,
		    .initial_state = (void *)&exprs[i]};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
