// SPDX-License-Identifier: Apache-2.0
// Names and check sums. Any thread.
#include "base/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sys/random.h>

void
hex_encode(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * n] = '\0';
}

void
random_bytes(void *out, size_t n)
{
	assert(n <= RANDOM_MAX_BYTES); // up to 256 bytes are never cut short
	if (getrandom(out, n, 0) != (ssize_t)n)
		abort();
}

void
random_hex(char *out, size_t n)
{
	unsigned char raw[RANDOM_MAX_BYTES];

	random_bytes(raw, n);
	hex_encode(raw, n, out);
}

void
sha256(struct sv bytes, unsigned char out[SHA256_BYTES])
{
	unsigned n = 0;
	int ok = EVP_Digest(bytes.p ? bytes.p : "", bytes.n, out, &n, EVP_sha256(), NULL);

	assert(ok == 1 && n == SHA256_BYTES); // fails for want of memory only
}

void
sha256_hex(struct sv bytes, char out[SHA256_HEX])
{
	unsigned char digest[SHA256_BYTES];

	sha256(bytes, digest);
	hex_encode(digest, sizeof(digest), out);
}
