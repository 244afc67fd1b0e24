// SPDX-License-Identifier: Apache-2.0
// TLS of the server's own connections, on OpenSSL: 1.2 and later, HTTP/1.1 only (ALPN), client
// certificates when asked for. Loop thread, but for http_tls_new.
#include "orchestrator/http/http_priv.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

// `wanted`: what is not in the file.
static int
failed(struct err *err, const char *what, const char *wanted)
{
	char why[160] = "";

	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	ERR_clear_error();
	return err_set(err, ERR_CONFIG, "%s: %s (%s)", what, wanted, why);
}

// RFC 7301: of what the client offers only http/1.1 is taken; a client that offers only other
// protocols gets the alert that says so.
static int
choose_protocol(SSL *ssl UNUSED, const unsigned char **out, unsigned char *out_n,
    const unsigned char *in, unsigned n, void *arg UNUSED)
{
	static const unsigned char ours[] = "\x08http/1.1";

	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_n, ours, sizeof(ours) - 1,
		in, n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

static const char no_certificate[] = "holds no certificate in PEM that can be read";

static bool
given(const char *path)
{
	return path && path[0];
}

static int
require_clients(SSL_CTX *ctx, const char *path, struct err *err)
{
	STACK_OF(X509_NAME) * names;

	if (!given(path))
		return 0;
	if (SSL_CTX_load_verify_file(ctx, path) != 1)
		return failed(err, path, no_certificate);
	names = SSL_load_client_CA_file(path);
	if (!names)
		return failed(err, path, no_certificate);
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

// A key of another kind than the certificate's is taken, and only then found not to be its own.
static int
use_key(SSL_CTX *ctx, const char *path, struct err *err)
{
	bool others = SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM) == 1;

	if (others && SSL_CTX_check_private_key(ctx) == 1)
		return 0;
	others |= ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
	return failed(err, path,
	    others ? "is not the key of the certificate"
		   : "holds no private key in PEM that can be read");
}

static int
configure(SSL_CTX *ctx, const struct http_tls *t, struct err *err)
{
	static const unsigned char id[] = "riptide";
	int rc;

	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE |
				     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); // tickets only
	SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	if (SSL_CTX_use_certificate_chain_file(ctx, t->cert_path) != 1)
		return failed(err, t->cert_path, no_certificate);
	rc = use_key(ctx, t->key_path, err);
	if (rc != 0)
		return rc;
	return require_clients(ctx, t->client_ca_path, err);
}

int
htls_new(const struct http_tls *t, struct ssl_ctx_st **out, struct err *err)
{
	SSL_CTX *ctx;
	int rc;

	*out = NULL;
	if (!given(t->cert_path) && !given(t->key_path) && !given(t->client_ca_path))
		return 0;
	if (!given(t->cert_path) || !given(t->key_path))
		return err_set(err, ERR_CONFIG, "TLS needs both a certificate and a key");
	ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return failed(err, "TLS", "can't be set up");
	rc = configure(ctx, t, err);
	if (rc)
		SSL_CTX_free(ctx);
	else
		*out = ctx;
	return rc;
}

void
htls_free(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

int
http_tls_check(const struct http_tls *t, struct err *err)
{
	struct ssl_ctx_st *ctx;
	int rc = htls_new(t, &ctx, err);

	htls_free(ctx);
	return rc;
}

// --- new certificates ---

struct renewal {
	struct http_server *server;
	SSL_CTX *ctx;
};

static void // loop thread
renew(void *arg)
{
	struct renewal *r = arg;

	SSL_CTX_free(r->server->tls); // connections hold what they began with
	r->server->tls = r->ctx;
	free(r);
}

int
http_server_renew_tls(struct http_server *s, const struct http_tls *t, struct err *err)
{
	struct renewal *r;
	SSL_CTX *ctx;
	int rc = htls_new(t, &ctx, err);

	if (rc != 0 || !ctx)
		return rc;
	r = xmalloc(sizeof(*r));
	*r = (struct renewal){.server = s, .ctx = ctx};
	if (!hserver_post(s, renew, r)) {
		SSL_CTX_free(ctx);
		free(r);
	}
	return 0;
}

// --- connections ---

int
htls_start(struct conn *c)
{
	c->ssl = SSL_new(c->server->tls);
	if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1)
		return -1;
	SSL_set_accept_state(c->ssl);
	return 0;
}

void
htls_shutdown(struct conn *c)
{
	SSL_shutdown(c->ssl);
	ERR_clear_error();
}

void
htls_end(struct conn *c)
{
	if (c->ssl && SSL_is_init_finished(c->ssl))
		htls_shutdown(c);
	SSL_free(steal_ptr(c->ssl));
}

// What a failed call means. The queue of errors is per thread and must be left empty.
static ssize_t
outcome(struct conn *c, int rc)
{
	int why = SSL_get_error(c->ssl, rc);

	ERR_clear_error();
	c->tls_wants_out = why == SSL_ERROR_WANT_WRITE;
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return IO_AGAIN;
	return why == SSL_ERROR_ZERO_RETURN ? IO_EOF : IO_ERROR;
}

static void
note_subject(struct conn *c)
{
	X509 *cert = SSL_get0_peer_certificate(c->ssl);
	BIO *text = cert ? BIO_new(BIO_s_mem()) : NULL;
	char *p;
	long n;

	if (!text)
		return;
	X509_NAME_print_ex(text, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253);
	n = BIO_get_mem_data(text, &p);
	c->subject = xstrndup(p, (size_t)n);
	BIO_free(text);
}

// "http://" where it should be "https://": a plain answer says more than the end of the connection.
// What was sent is read first, or the kernel would throw the answer away with it.
static void
answer_plain_http(struct conn *c)
{
	static const char text[] =
	    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
	    "Content-Length: 42\r\n\r\nThis port speaks TLS: https://, not http:\n";
	char rest[4096];

	for (int i = 0; i < 16 && recv(c->fd, rest, sizeof(rest), MSG_DONTWAIT) > 0; i++)
		;
	(void)!send(c->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// 1: done, IO_AGAIN, IO_ERROR.
ssize_t
htls_shake_hands(struct conn *c)
{
	int rc = SSL_do_handshake(c->ssl);

	if (rc == 1)
		note_subject(c);
	else if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST)
		answer_plain_http(c);
	return rc == 1 ? 1 : outcome(c, rc) == IO_AGAIN ? IO_AGAIN : IO_ERROR;
}

ssize_t
htls_recv(struct conn *c, char *p, size_t n)
{
	size_t k = 0;
	int rc = SSL_read_ex(c->ssl, p, n, &k);

	return rc == 1 ? (ssize_t)k : outcome(c, rc);
}

ssize_t
htls_send(struct conn *c, const char *p, size_t n)
{
	size_t k = 0;
	int rc = SSL_write_ex(c->ssl, p, n, &k);
	ssize_t r = rc == 1 ? (ssize_t)k : outcome(c, rc);

	return r == IO_EOF ? IO_ERROR : r;
}

// Bytes on the wire.
uint64_t
htls_sent(const struct conn *c)
{
	return BIO_number_written(SSL_get_wbio(c->ssl));
}
