# SPDX-License-Identifier: Apache-2.0
"""The service as an operator meets it: unit files, confinement, sockets handed over, keys, reload, metrics."""
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import pytest
import requests

from conftest import BIN, SANITIZED, descendants

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPLOY = os.path.join(ROOT, "deploy")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")


def read(name):
    with open(os.path.join(DEPLOY, name), encoding="utf-8") as f:
        return f.read()


def directives(text):
    return {l.split("=", 1)[0] for l in text.splitlines() if "=" in l and not l.startswith("#")}


# --- the files of deploy/ ---

def test_units_are_valid(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    for name in ("riptide.service", "riptide.socket"):
        text = read(name).replace("/usr/bin/riptide", os.path.join(BIN, "riptide"))
        (tmp_path / name).write_text(text)
    r = subprocess.run(["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())], capture_output=True, text=True, timeout=60)
    ours = [l for l in r.stderr.splitlines() if "riptide" in l]
    assert r.returncode == 0 and not ours, r.stderr


def test_the_unit_confines_but_lets_browsers_have_namespaces():
    have = directives(read("riptide.service"))
    assert {"NoNewPrivileges", "CapabilityBoundingSet", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices",
            "ProtectKernelModules", "LockPersonality", "RestrictAddressFamilies", "SystemCallArchitectures", "Delegate", "OOMPolicy",
            "WatchdogSec", "User"} <= have
    assert not have & {"RestrictNamespaces", "MemoryDenyWriteExecute", "ProtectKernelTunables", "ProtectKernelLogs", "ProcSubset",
                       "ProtectControlGroups", "PrivateUsers"}


def test_the_unit_gives_the_daemon_time_to_drain():
    unit, conf = read("riptide.service"), read("riptide.conf")
    stop = int(re.search(r"^TimeoutStopSec=(\d+)", unit, re.M).group(1))
    grace = int(re.search(r"^#drain_grace = (\d+)s", conf, re.M).group(1))
    assert stop >= grace + 10


def test_alerts_are_valid_and_name_metrics_that_there_are():
    with open(os.path.join(ROOT, "docs", "METRICS.md"), encoding="utf-8") as f:
        known = set(re.findall(r"`((?:riptide|process)_\w+)`", f.read()))
    with open(os.path.join(ROOT, "docs", "OPERATIONS.md"), encoding="utf-8") as f:
        manual = f.read()
    alerts = read("prometheus-alerts.yml")
    named = re.findall(r"\b(?:riptide|process)_[a-z_]+", alerts) + re.findall(r"`(riptide_[a-z_]+)`", manual)
    assert len(named) > 20
    assert not {re.sub(r"_(bucket|sum|count)$", "", n) for n in named} - known
    assert not [a for a in re.findall(r"alert: (\w+)", alerts) if a not in manual]
    if shutil.which("promtool"):
        r = subprocess.run(["promtool", "check", "rules", os.path.join(DEPLOY, "prometheus-alerts.yml")], capture_output=True, text=True, timeout=30)
        assert r.returncode == 0, r.stdout + r.stderr


# --- confinement: what the unit does, done by hand ---

CONFINED = r"""
set -e
mount --make-rprivate /
for m in /home /root; do mount -t tmpfs -o size=64k,mode=0755 tmpfs $m; done
for m in /usr /etc /var; do mount --bind $m $m; mount -o remount,bind,ro $m; done
mount -t tmpfs -o mode=0755 tmpfs /mnt
mkdir /mnt/shm /mnt/pts
for d in null zero full random urandom tty; do touch /mnt/$d; mount --bind /dev/$d /mnt/$d; done
mount -t tmpfs -o mode=1777 tmpfs /mnt/shm
mount --move /mnt /dev
exec setpriv --reuid=2345 --regid=2345 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def manager(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    os.chmod(path, 0o777)
    s.settimeout(30)
    return s


@root_only
@pytest.mark.skipif(SANITIZED, reason="sanitizers need more than the unit gives")
def test_the_service_works_in_the_units_confinement(site):
    """No capability, read-only system, private /dev, an ordinary user: it says READY, feeds the watchdog, renders in a sandbox."""
    before = descendants()
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        os.chmod(home, 0o755)
        for name in ("riptide", "riptide-extract", "riptide-launch", "riptide-stitch", "riptide-egress"):
            shutil.copy2(os.path.join(BIN, name), home)
        os.mkdir(home + "/state")
        os.chown(home + "/state", 2345, 2345)
        notify = manager(home + "/notify")
        env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "NOTIFY_SOCKET": home + "/notify", "WATCHDOG_USEC": "1000000"}
        p = subprocess.Popen(["unshare", "-m", "bash", "-c", CONFINED, "-", home + "/riptide", "serve", "--listen", "127.0.0.1:0",
                              "--state-dir", home + "/state", "--allow-private"], env=env, stderr=subprocess.PIPE, text=True)
        try:
            lines = [p.stderr.readline()]
            while lines[-1] and " listens on " not in lines[-1]:
                lines.append(p.stderr.readline())
            url = "http://" + re.search(r"listens on (\S+),", lines[-1]).group(1)
            heard = notify.recv(100)
            assert heard == b"READY=1"
            told = set()
            while heard != b"WATCHDOG=1" or not told:
                heard = notify.recv(100)
                told |= {heard} if heard.startswith(b"STATUS=") else set()
            assert all(re.fullmatch(rb"STATUS=0 jobs running, 0 waiting; [01] browsers ready", t) for t in told), told
            r = requests.post(url + "/v1/render", json={"url": site.url + "/"}, timeout=60)
            assert r.status_code == 200 and r.json()["document"]["title"] == "Index", r.text
            browsers, renderers = 0, 0
            for pid in set(descendants()) - set(before):
                try:
                    status = open("/proc/%d/status" % pid, encoding="ascii").read()
                    command = open("/proc/%d/cmdline" % pid, "rb").read()
                except OSError:
                    continue
                depth = len(re.search(r"^NSpid:\s+(.*)", status, re.M).group(1).split())
                if b"--type=renderer" in command:
                    renderers += 1
                    assert int(re.search(r"^Seccomp_filters:\s+(.*)", status, re.M).group(1)) >= 2, status  # the launcher's, and Chromium's
                elif os.path.basename(command.split(b"\0")[0].split(b" ")[0]).startswith(b"chromium") and b"--type=" not in command:
                    browsers += 1
                    assert depth >= 2, "the browser has no pid namespace of its own:\n" + status
                    assert os.readlink("/proc/%d/ns/net" % pid) != os.readlink("/proc/self/ns/net")
            assert browsers and renderers
        finally:
            p.send_signal(signal.SIGTERM)
            rest = p.communicate(timeout=60)[1]
        assert p.returncode == 0, lines + [rest]
        while heard != b"STOPPING=1":
            heard = notify.recv(100)
        notify.close()


# --- a socket that was handed over ---

def start_with_socket(tmp_path, address, *args):
    """The daemon with a listening socket as fd 3, as systemd does it; and the socket's port."""
    s = socket.socket()
    s.bind((address, 0))
    s.listen(16)
    script = 'exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=riptide exec "$@"' % s.fileno()
    p = subprocess.Popen(["bash", "-c", script, "-", os.path.join(BIN, "riptide"), "serve", "--state-dir", str(tmp_path / "state"),
                          "--listen", "127.0.0.1:1", *args], pass_fds=[s.fileno()], stderr=subprocess.PIPE, text=True)
    return p, s


def test_a_handed_over_socket_is_served(tmp_path):
    p, s = start_with_socket(tmp_path, "127.0.0.1")
    try:
        # Connected before the daemon is ready: served, not refused.
        r = requests.get("http://127.0.0.1:%d/livez" % s.getsockname()[1], timeout=30)
        assert r.status_code == 200
    finally:
        s.close()
        p.send_signal(signal.SIGTERM)
        err = p.communicate(timeout=60)[1]
    assert p.returncode == 0, err


def test_a_handed_over_socket_for_everybody_needs_a_key(tmp_path):
    p, s = start_with_socket(tmp_path, "0.0.0.0")
    s.close()
    err = p.communicate(timeout=30)[1]
    assert p.returncode == 2 and "riptide keys create" in err, err


# --- keys beside the running daemon ---

def test_keys_made_and_revoked_beside_the_daemon(serve):
    s = serve()
    assert s.get("/v1/jobs").status_code == 200
    made = s.riptide("keys", "create", "ci", "--state-dir", s.state, "--scopes", "render", "--rate", "100")
    key = made.text.strip()
    assert re.fullmatch(r"rt_[A-Za-z0-9_-]{32}", key) and key not in made.err
    s.wait(lambda: s.get("/v1/jobs").status_code == 401, 3)
    r = s.get("/v1/jobs", headers={"Authorization": "Bearer " + key})
    assert r.status_code == 200 and r.headers["RateLimit-Limit"] == "100"
    assert s.get("/v1/jobs", auth=("x", key)).status_code == 200
    assert s.post("/v1/render", {"html": "x", "actions": [{"type": "execute_script", "code": "1"}]},
                  headers={"X-API-Key": key}).status_code == 403
    listed = s.riptide("keys", "list", "--json", "--state-dir", s.state).json
    assert [(k["name"], k["status"], k["scopes"]) for k in listed] == [("ci", "active", ["render"])]
    s.riptide("keys", "revoke", "ci", "--state-dir", s.state)
    s.wait(lambda: s.get("/v1/jobs", headers={"X-API-Key": key}).status_code == 401, 2)
    # The last revocation closes the service, it does not open it.
    assert s.get("/v1/jobs").status_code == 401
    acts = s.riptide("keys", "audit", "--json", "--state-dir", s.state).json
    assert [(a["act"], a["subject"], a["key"], a["peer"]) for a in acts] == [(act, "ci", "cli", "uid:%d" % os.getuid()) for act in ("key.revoke", "key.create")]
    lines = s.riptide("keys", "audit", "--state-dir", s.state).text.splitlines()
    assert len(lines) == 3 and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\s+key\.revoke\s+ci\s+cli\s+uid:%d" % os.getuid(), lines[1]), lines
    secrets = [f for f in s.state.rglob("*") if f.is_file() and key[3:].encode() in f.read_bytes()]
    assert not secrets and key not in s.log


def test_a_key_for_metrics_reads_them_and_nothing_else(serve):
    s = serve()
    key = {"X-API-Key": s.riptide("keys", "create", "prometheus", "--state-dir", s.state, "--scopes", "metrics").text.strip()}
    s.wait(lambda: s.get("/metrics").status_code == 401, 3)
    assert s.get("/metrics", headers=key).status_code == 200
    assert s.get("/v1/jobs", headers=key).status_code == 403
    assert s.render({"html": "x"}, headers=key).status_code == 403
    for path in ("/livez", "/readyz", "/healthz", "/v1/pressure"):
        assert s.get(path).status_code == 200


def test_guessing_locks_out_and_tells_when(serve):
    s = serve()
    key = s.riptide("keys", "create", "a", "--state-dir", s.state, "--scopes", "admin").text.strip()
    s.wait(lambda: s.get("/v1/jobs").status_code == 401, 3)
    codes = [s.get("/v1/jobs", headers={"X-API-Key": "rt_%032d" % i}) for i in range(30)]
    assert [r.status_code for r in codes[:10]] == [401] * 10
    locked = codes[-1]
    assert locked.status_code == 429 and locked.json()["error"]["code"] == "locked_out" and int(locked.headers["Retry-After"]) >= 1
    assert s.get("/v1/jobs", headers={"X-API-Key": key}).status_code == 200
    metrics = s.get("/metrics", headers={"X-API-Key": key}).text
    assert int(re.search(r'riptide_auth_failures_total\{reason="unknown"\} (\d+)', metrics).group(1)) >= 10


# --- settings ---

def test_reload_takes_a_good_file_and_keeps_the_settings_on_a_bad_one(serve, tmp_path):
    conf = tmp_path / "riptide.conf"
    conf.write_text("max_body = 2k\n")
    s = serve("--config", conf)
    post = lambda: s.post("/v1/extract", data=b"<p>x" * 1000, headers={"Content-Type": "text/html"}).status_code
    assert post() == 413
    conf.write_text("max_body = 1M\nmax_connections = 77\n")
    s.process.send_signal(signal.SIGHUP)
    s.wait(lambda: post() == 200)
    s.wait(lambda: "need a restart: max_connections" in s.log)
    conf.write_text("max_body = 2k\nmax_bdy = 1\n")
    s.process.send_signal(signal.SIGHUP)
    s.wait(lambda: 'riptide.conf:2: unknown setting "max_bdy"; did you mean "max_body"?' in s.log)
    assert post() == 200
    assert s.metric("riptide_config_reloads_total") == {'{result="ok"}': 1, '{result="refused"}': 1}
    assert s.riptide("config", "check", conf, rc=2).err.count("max_bdy") == 1


def test_reload_takes_a_renewed_certificate_and_keeps_the_old_one_instead_of_a_bad_one(serve, tmp_path):
    cert, key = tmp_path / "server.pem", tmp_path / "server.key"

    def issue(days):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
                        "-subj", "/CN=localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
        return cert.read_text()
    shown = lambda: ssl.get_server_certificate(tuple(s.address.split(":")))
    first = issue(2)
    s = serve("--tls-cert", cert, "--tls-key", key, wait_ready=False)
    s.session.verify = False
    assert shown() == first
    s.wait_ready()  # and a connection that is kept alive
    second = issue(3)
    assert shown() == first != second
    s.process.send_signal(signal.SIGHUP)
    s.wait(lambda: shown() == second)
    assert s.get("/livez").status_code == 200
    cert.write_text("no certificate")
    s.process.send_signal(signal.SIGHUP)
    s.wait(lambda: "the certificate stays as it is: " in s.log)
    assert shown() == second and str(cert) in s.log


def test_reload_changes_the_habits_of_the_pool(serve, tmp_path):
    conf = tmp_path / "riptide.conf"
    conf.write_text("browsers = 1\nrecycle_jobs = 0\nwarm_pages = 1\nlog_format = human\n")
    s = serve("--config", conf)
    browsers = lambda: s.get("/v1/browsers").json()["browsers"]
    assert s.render({"html": "<p>x"}).json()["status"] == "complete"
    old = s.wait(lambda: [b for b in browsers() if b["warm"] == 1 and b["jobs"] == 1])[0]
    conf.write_text("browsers = 1\nrecycle_jobs = 1\nwarm_pages = 3\nlog_format = json\n")
    s.process.send_signal(signal.SIGHUP)
    s.wait(lambda: [(b["id"] > old["id"], b["state"], b["warm"]) for b in browsers()] == [(True, "ready", 3)])
    assert s.metric("riptide_browser_restarts_total")['{cause="jobs"}'] == 1
    told = s.wait(lambda: [json.loads(l) for l in s.log.splitlines() if l.startswith("{")])
    assert "recycle_jobs" in told[0]["message"] and "restart" not in s.log, told


def test_a_misspelt_variable_is_told(riptide):
    env = {"RIPTIDE_MAX_QEUE": "7", "RIPTIDE_BROWSER_PATH": "/x", "RIPTIDE_OTHER_TOOL": "1", "RIPTIDE_MAX_QUEUE": "9"}
    r = riptide("config", "print", env=env)
    assert r.text.count("max_queue = 9") == 1
    assert r.err.count("RIPTIDE_") == 2 and "RIPTIDE_MAX_QEUE is no setting and left aside; did you mean RIPTIDE_MAX_QUEUE?" in r.err, r.err


def test_config_print_reads_back(riptide, tmp_path):
    conf = tmp_path / "a.conf"
    conf.write_text(riptide("config", "print", "--max-queue", "7", "--no-isolate-principals").text)
    again = riptide("config", "print", "--config", conf).text
    assert "max_queue = 7 " in again and "isolate_principals = false " in again and "a.conf:" in again
    assert riptide("config", "example").text == read("riptide.conf")


# --- metrics ---

def test_metrics_satisfy_promtool(service, site):
    assert service.render({"url": site.url + "/", "actions": [{"type": "wait_for_css", "css": "body"}]}).status_code == 200
    r = service.get("/metrics")
    assert r.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert len(r.text.splitlines()) > 100
    if shutil.which("promtool"):
        p = subprocess.run(["promtool", "check", "metrics"], input=r.text, capture_output=True, text=True, timeout=30)
        assert p.returncode == 0 and not p.stderr and not p.stdout, p.stderr


def test_cpu_time_and_bytes_are_counted_by_key(serve, site):
    """Of browsers that still run (looked at now and then) and of those that ended."""
    s = serve("--browsers", "1")
    keys = {name: s.riptide("keys", "create", name, "--state-dir", s.state).text.strip() for name in ("busy", "idle")}
    admin = {"X-API-Key": s.riptide("keys", "create", "all", "--state-dir", s.state, "--scopes", "admin").text.strip()}
    s.wait(lambda: s.get("/metrics", headers=admin).status_code == 200 and s.get("/metrics").status_code == 401, 5)
    spin = {"url": site.url + "/", "actions": [{"type": "execute_script", "code": "const end = Date.now() + 700; while (Date.now() < end);"}]}
    for name, n in (("busy", 4), ("idle", 1)):
        for _ in range(n):
            body = spin if name == "busy" else {"url": site.url + "/"}
            assert s.render(body, headers={"X-API-Key": keys[name]}).json()["status"] == "complete"

    def counted(what):
        text = s.get("/metrics", headers=admin).text
        return {m[1]: float(m[2]) for m in re.finditer(r'riptide_key_%s_total\{key="([^"]+)"\} (\S+)' % what, text)}

    # Two keys' browsers, one after the other: the first has ended. A busy machine gives the loop less than its time.
    cpu = s.wait(lambda: (lambda v: v if len(v) == 2 and max(v.values()) > 0.3 else None)(counted("cpu_seconds")), 30)
    busy = max(cpu, key=cpu.get)
    assert cpu[busy] < 4 * 1.5 + 5 and cpu[busy] > min(cpu.values())
    received = counted("received_bytes")
    assert set(received) == set(cpu) and received[busy] > 3 * min(received.values())


def test_each_log_line_is_json_and_no_client_forges_one(serve):
    s = serve("--log-format", "json", "--log-level", "debug")
    evil = "\x1b[31m"
    s.get("/v1/jobs/x%0d%0a2026-01-01T00:00:00Z%20riptide:%20error:%20forged", headers={"User-Agent": evil, "X-Request-Id": "abc"})
    s.stop()
    lines = s.log.splitlines()
    assert len(lines) >= 3
    for line in lines:
        v = json.loads(line)
        assert {"time", "level", "program", "message"} <= set(v)
    assert evil not in s.log
