// SPDX-License-Identifier: Apache-2.0
// What strangers show to be let in: fields that may carry a key, and tokens. A token is only right
// when its signature is that of the secret, so what is accepted is accepted again as it stands.
#include "orchestrator/service/auth_priv.h"
#include "orchestrator/service/jwt.h"

#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW    1800000000

static struct jwt_verifier *
verifier(void)
{
	static struct jwt_verifier *v;
	cleanup_free char *path = NULL;
	struct err err = ERR_INIT;
	int fd;

	if (v)
		return v;
	fd = memfd_create("key", MFD_CLOEXEC);
	if (fd < 0 || util_write_all(fd, SECRET, sizeof(SECRET) - 1) != 0)
		abort();
	path = xasprintf("/proc/self/fd/%d", fd);
	v = jwt_verifier_new(path, "https://id.example", "rt", &err);
	close(fd);
	if (!v)
		abort();
	return v;
}

static void
try_token(struct sv token)
{
	struct jwt_claims claims = {.subject = ""};
	struct err err = ERR_INIT;

	if (jwt_verify(verifier(), token, NOW, &claims, &err) != 0) {
		if (err.code != ERR_UNAUTHORIZED || !err.message[0])
			abort();
		return;
	}
	if (!claims.subject[0] || claims.expires_s + JWT_LEEWAY_S <= NOW)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"authorization", "x-api-key", "sec-websocket-protocol"};
	struct http_field field;
	struct http_request r = {.fields = &field, .n_fields = 1, .peer = "::1"};
	cleanup_buf secret = BUF_INIT_MAX(16384);

	if (size == 0)
		return 0;
	field.name = sv_from(names[data[0] % ARRAY_LEN(names)]);
	field.value = (struct sv){(const char *)data + 1, size - 1};
	if (auth_credential(&r, &secret)) {
		if (secret.n == 0 || secret.overflow)
			abort();
		try_token(buf_view(&secret));
	}
	try_token(field.value);
	return 0;
}
