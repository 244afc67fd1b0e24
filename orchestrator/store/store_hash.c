// SPDX-License-Identifier: Apache-2.0
// Names and check sums of what is stored. Any thread.
#include "orchestrator/store/store_priv.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sys/random.h>

static void
to_hex(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void
store_sha256(struct sv bytes, char hex[65])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int ok = EVP_Digest(bytes.p ? bytes.p : "", bytes.n, md, &n, EVP_sha256(), NULL);

	assert(ok == 1 && n == 32); // fails for want of memory only
	to_hex(md, n, hex);
}

void
store_random_id(char hex[33])
{
	unsigned char raw[16];
	ssize_t n = getrandom(raw, sizeof(raw), 0);

	assert(n == sizeof(raw)); // up to 256 bytes are never cut short
	to_hex(raw, sizeof(raw), hex);
}
