# SPDX-License-Identifier: Apache-2.0
"""TLS of the HTTP server."""
import os
import select
import ssl
import subprocess
import time

import pytest

from conftest import GROSS_MS
from http_peer import body_of, closed_by_peer, ECHO, HOST, read_all, serve, statuses  # shared, serve: fixtures


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    for name, subject in (("server", "/CN=localhost"), ("client", "/O=Tests/CN=client one")):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", subject, "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / (name + ".key"),
                        "-out", folder / (name + ".pem")], check=True, capture_output=True)
    return folder


def tls_env(folder, **more):
    return {"HTTP_ECHO_CERT": str(folder / "server.pem"), "HTTP_ECHO_KEY": str(folder / "server.key"), **more}


def tls_context(folder, client=False, alpn=None):
    context = ssl.create_default_context(cafile=str(folder / "server.pem"))
    if client:
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def tls_ask(server, context, data):
    with server.connect() as plain, context.wrap_socket(plain, server_hostname="localhost") as s:
        s.sendall(data)
        answer = read_all(s)
        return answer, s.selected_alpn_protocol()


def test_tls_serves_http_1_1_only(serve, certificates):
    server = serve("head_ms=400", env=tls_env(certificates))
    request = b"GET /big?n=3000000 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer, protocol = tls_ask(server, tls_context(certificates, alpn=["h2", "http/1.1"]), request)
    assert len(body_of(answer)) == 3000000 and protocol == "http/1.1"
    answer, _ = tls_ask(server, tls_context(certificates), b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert b"tls=1" in answer
    data = b"".join(b"GET %s HTTP/1.1\r\n%s\r\n" % (p, HOST) for p in (b"/slow?ms=100", b"/echo?1", b"/stream?n=5000&bytes=100"))
    answer, _ = tls_ask(server, tls_context(certificates), data + b"POST /echo HTTP/1.1\r\n" + HOST +
                        b"Connection: close\r\nContent-Length: 200000\r\n\r\n" + b"y" * 200000)
    assert statuses(answer) == [200] * 4 and answer.endswith(b"y" * 200000)
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        tls_ask(server, tls_context(certificates, alpn=["h2"]), request)
    plain = server.ask(request)
    assert statuses(plain) == [400] and b"https://" in body_of(plain)  # plain text to the TLS port
    with server.connect() as stalled:  # H-22
        stalled.sendall(b"\x16\x03\x01\x02\x00")
        start = time.monotonic()
        closed_by_peer(stalled)
        assert time.monotonic() - start < 0.4 + GROSS_MS / 1000


def test_tls_files_and_who_does_not_read(serve, certificates, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(3 << 20))
    server = serve("write_ms=500", env=tls_env(certificates, HTTP_ECHO_FILE=str(path)))
    context = tls_context(certificates)
    answer, _ = tls_ask(server, context, b"GET /file?from=7&n=3000000 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert body_of(answer) == path.read_bytes()[7:3000007]
    with server.connect() as plain, context.wrap_socket(plain, server_hostname="localhost") as s:
        s.sendall(b"GET /big?n=50000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        before = server.cpu_s()
        select.select([], [], [], 1.5)
        assert server.cpu_s() - before < 0.7
        n = 0
        try:
            while piece := s.recv(1 << 20):
                n += len(piece)
        except (ConnectionError, ssl.SSLError):
            pass
        assert n < 50000000  # it was ended meanwhile


def test_tls_client_certificates(serve, certificates):
    server = serve(env=tls_env(certificates, HTTP_ECHO_CLIENT_CA=str(certificates / "client.pem")))
    request = b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer, _ = tls_ask(server, tls_context(certificates, client=True), request)
    assert b"subject=CN=client one,O=Tests " in answer
    with pytest.raises((ssl.SSLError, ConnectionError)):
        assert not tls_ask(server, tls_context(certificates), request)[0]
        raise ConnectionError("closed")


def test_tls_settings_that_do_not_work_are_named(certificates):
    for env in ({"HTTP_ECHO_CERT": str(certificates / "server.pem")},
                tls_env(certificates, HTTP_ECHO_KEY=str(certificates / "client.key")),
                tls_env(certificates, HTTP_ECHO_CERT="/nonexistent")):
        done = subprocess.run([ECHO], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **env})
        assert done.returncode == 1 and done.stderr
