// SPDX-License-Identifier: Apache-2.0
// Which coding a client gets, and that it decodes to what went in.
#include "orchestrator/http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zlib.h>

static void
fill(struct buf *b, size_t n)
{
	buf_reset(b);
	while (b->n < n)
		buf_fmt(b, "line %zu of a text\n", b->n);
}

static void
the_client_chooses(void **state UNUSED)
{
	static const struct {
		const char *accept, *coding;
	} cases[] = {
	    {"gzip, deflate, br", "br"},
	    {"gzip", "gzip"},
	    {"GZIP;q=0.5", "gzip"},
	    {"br;q=0.5, gzip;q=0.9", "gzip"},
	    {"br;q=0, gzip;q=0.001", "gzip"},
	    {"br; q=0 , *", "gzip"},
	    {"*", "br"},
	    {"*;q=0", NULL},
	    {"gzip;q=0, br;q=0.000", NULL},
	    {"identity", NULL},
	    {"", NULL},
	    {NULL, NULL},
	    {"deflate, zstd", NULL},
	    {"xgzip, gzipx", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf b = BUF_INIT;
		const char *coding;

		fill(&b, 5000);
		coding = http_compress(&b, "application/json", sv_from(cases[i].accept));
		if (coding != cases[i].coding &&
		    (!coding || !cases[i].coding || strcmp(coding, cases[i].coding) != 0))
			fail_msg("%s: %s", cases[i].accept, coding);
		assert_int_equal(coding != NULL, b.n < 5000);
	}
}

static void
only_what_is_worth_it_is_compressed(void **state UNUSED)
{
	cleanup_buf b = BUF_INIT;

	fill(&b, 500);
	assert_null(http_compress(&b, "text/html", SV("gzip")));
	fill(&b, 5000);
	assert_null(http_compress(&b, "image/png", SV("gzip")));
	assert_null(http_compress(&b, NULL, SV("gzip")));
	assert_non_null(http_compress(&b, "application/problem+json", SV("gzip")));
}

static void
gzip_decodes_to_the_same(void **state UNUSED)
{
	cleanup_buf b = BUF_INIT, want = BUF_INIT;
	char out[200000];
	z_stream z = {0};

	fill(&b, 100000);
	fill(&want, 100000);
	assert_string_equal(http_compress(&b, "text/plain", SV("gzip")), "gzip");
	z.next_in = (unsigned char *)b.p;
	z.avail_in = (uInt)b.n;
	z.next_out = (unsigned char *)out;
	z.avail_out = sizeof(out);
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, want.n);
	assert_memory_equal(out, want.p, want.n);
	inflateEnd(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_client_chooses),
	    cmocka_unit_test(only_what_is_worth_it_is_compressed),
	    cmocka_unit_test(gzip_decodes_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
