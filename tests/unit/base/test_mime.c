// SPDX-License-Identifier: Apache-2.0
#include "base/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void
essence_is_what_stands_before_the_parameters(void **state)
{
	(void)state;
	assert_true(sv_eq_str(mime_essence(SV(" text/xml ; charset=utf-8")), "text/xml"));
	assert_true(sv_eq_str(mime_essence(SV("text/xml")), "text/xml"));
	assert_int_equal(mime_essence(SV(";")).n, 0);
	assert_int_equal(mime_essence(SV_NULL).n, 0);
}

static void
xml_is_told_by_its_type(void **state)
{
	static const struct {
		const char *type;
		bool xml;
	} rows[] = {{"text/xml", true}, {"Application/XML", true}, {"application/atom+xml", true},
	    {"image/svg+XML", true}, {"text/html", false}, {"application/xml-dtd", false},
	    {"+xml", false}, {"", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (mime_is_xml(sv_from(rows[i].type)) != rows[i].xml)
			fail_msg("%s", rows[i].type);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(essence_is_what_stands_before_the_parameters),
	    cmocka_unit_test(xml_is_told_by_its_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
