// SPDX-License-Identifier: Apache-2.0
// Hexadecimal text, random ids and SHA-256 (FIPS 180-4, by libcrypto). Any thread.
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/buf.h"

#define SHA256_BYTES     32
#define SHA256_HEX       65 // room for its hexadecimal text
#define RANDOM_ID        33 // room for an id of 128 random bits
#define RANDOM_MAX_BYTES 64

// 2 * n lower-case digits and NUL.
void hex_encode(const void *p, size_t n, char *out);
// n random bytes (at most RANDOM_MAX_BYTES) as hex_encode writes them. Aborts when the kernel has
// none: no other source of identity is good enough.
void random_hex(char *out, size_t n);
void random_bytes(void *out, size_t n); // the same, raw
void sha256(struct sv bytes, unsigned char out[SHA256_BYTES]);
void sha256_hex(struct sv bytes, char out[SHA256_HEX]);

#endif
