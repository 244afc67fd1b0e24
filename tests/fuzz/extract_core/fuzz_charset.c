// SPDX-License-Identifier: Apache-2.0
// Any bytes, with and without a label from the header: an encoding is found, and what comes out is
// UTF-8.
#include "extract/html/charset.h"

#include <assert.h>
#include <stdint.h>

#define OUTPUT ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const labels[] = {NULL, NULL, NULL, "utf-8", "gbk", "big5", "euc-jp",
    "shift_jis", "iso-2022-jp", "euc-kr", "utf-16", "koi8-r", "replacement", "x-user-defined",
    "gb18030"};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT_MAX(OUTPUT);
	struct err err = ERR_INIT;
	const char *name = NULL;
	int rc;

	if (size == 0)
		return 0;
	charset_init();
	rc = charset_to_utf8((struct sv){(const char *)data + 1, size - 1},
	    labels[data[0] % ARRAY_LEN(labels)], &out, &name, &err);
	assert(rc == 0 && name && name[0]);
	for (size_t i = 0; i < out.n;) {
		size_t n = utf8_seq(out.p + i, out.n - i);

		assert(n > 0);
		i += n;
	}
	buf_done(&out);
	return 0;
}
