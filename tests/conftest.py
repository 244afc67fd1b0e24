# SPDX-License-Identifier: Apache-2.0
"""Shared by integration and e2e: the binaries, the test site, and the oracle "nothing is left behind"."""
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "site"))
import server  # noqa: E402

BIN = os.environ.get("RIPTIDE_BIN", os.path.join(ROOT, "build", "release", "bin"))
TESTOPS_BIN = os.environ.get("RIPTIDE_TESTOPS_BIN", os.path.join(ROOT, "build", "testops", "bin"))
SANITIZED = bool(os.environ.get("RIPTIDE_SANITIZED"))
# Limits in ms are judged by tests/bench; a test fails only at a gross excess.
GROSS_MS = 2000

# Orphans of what we start become our children, so that they can be counted whatever namespace they are in.
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def processes():
    """{pid: (ppid, state, command)} of all processes."""
    out = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                text = f.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        comm = text[text.index("(") + 1:text.rindex(")")]
        state, ppid = text[text.rindex(")") + 2:].split()[:2]
        out[int(pid)] = (int(ppid), state, comm)
    return out


def descendants(root=None):
    procs = processes()
    found, todo = {}, [root or os.getpid()]
    while todo:
        parent = todo.pop()
        for pid, (ppid, state, comm) in procs.items():
            if ppid == parent and pid not in found:
                found[pid] = (comm, state)
                todo.append(pid)
    return found


def wait_no_descendants(before, seconds=2.0):
    """Seconds until every descendant that is not in `before` was gone; fails after `seconds`."""
    start = time.monotonic()
    while True:
        reap()
        left = {p: c for p, c in descendants().items() if p not in before}
        if not left:
            return time.monotonic() - start
        if time.monotonic() - start > seconds:
            for p in left:  # ours: started by this test
                try:
                    os.kill(p, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            raise AssertionError("left behind after %.1f s: %s" % (seconds, left))
        select_sleep(0.01)


def select_sleep(seconds):
    import select
    select.select([], [], [], seconds)


def temp_entries():
    return {e for e in os.listdir("/tmp") if e.startswith(("riptide", ".org.chromium", "org.chromium", "scoped_dir"))}


@pytest.fixture(scope="session")
def site():
    s = server.Site().start()
    yield s
    s.stop()


@pytest.fixture
def clean(tmp_path):
    """The oracle: after the test no process, profile or temp file remains."""
    tmp = tmp_path / "tmp"
    tmp.mkdir(mode=0o777)
    tmp.chmod(0o1777)
    before, temp_before = descendants(), temp_entries()
    yield tmp
    wait_no_descendants(before)
    assert not os.listdir(tmp), os.listdir(tmp)
    assert temp_entries() <= temp_before, temp_entries() - temp_before


class Result:
    def __init__(self, rc, out, err, seconds):
        self.rc, self.out, self.err, self.seconds = rc, out, err, seconds

    @property
    def text(self):
        return self.out.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return "rc %d in %.2f s\nstdout: %.2000s\nstderr: %.3000s" % (
            self.rc, self.seconds, self.out.decode(errors="replace"), self.err)


class Riptide:
    """Runs the real binary: riptide("render", url, …, rc=0)."""

    def __init__(self, tmp, record):
        self.tmp, self.record = tmp, record

    def env(self, **extra):
        return {"PATH": os.environ["PATH"], "TMPDIR": str(self.tmp), "HOME": str(self.tmp.parent),
                **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **extra}

    def popen(self, *args, bin_dir=BIN, env=None, **kw):
        kw = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kw}
        return subprocess.Popen([os.path.join(bin_dir, "riptide"), *map(str, args)], env=self.env(**(env or {})), **kw)

    def __call__(self, *args, rc=0, timeout=60, stdin=None, bin_dir=BIN, env=None, **kw):
        start = time.monotonic()
        p = self.popen(*args, bin_dir=bin_dir, env=env, **({"stdin": subprocess.PIPE} if stdin is not None else {}), **kw)
        try:
            out, err = p.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            raise AssertionError("no end after %d s: %s\n%s" % (timeout, args, err.decode(errors="replace")))
        r = Result(p.returncode, out or b"", err.decode(errors="replace"), time.monotonic() - start)
        if rc is not None:
            assert r.rc in (rc if isinstance(rc, tuple) else (rc,)), r
        return r

    def render(self, url, *args, **kw):
        return self("render", url, "--allow-private", *args, **kw)

    def envelope(self, url, *args, **kw):
        return self.render(url, "--format", "json", *args, **kw).json

    def run(self, request, *args, **kw):
        return self("run", "-", "--allow-private", "--format", "json", *args,
                    stdin=json.dumps(request).encode(), **kw).json


@pytest.fixture
def riptide(clean, record_property):
    return Riptide(clean, record_property)


class Service:
    """`riptide serve` on a free port, with its own state directory: service.get("/livez"), service.render({…})."""

    def __init__(self, tmp, *args, env=None, bin_dir=BIN, wait_ready=True):
        self.tmp, self.state = tmp, tmp / "state"
        (tmp / "tmp").mkdir(mode=0o777, exist_ok=True)
        (tmp / "tmp").chmod(0o1777)
        self.riptide = Riptide(tmp / "tmp", None)
        # A file has at once what the daemon wrote before it answered; a pipe has it when somebody read it.
        fd, self.log_path = tempfile.mkstemp(".log", "serve-", tmp)
        self.process = self.riptide.popen("serve", "--listen", "127.0.0.1:0", "--state-dir", self.state, "--allow-private", *args,
                                          env=env, bin_dir=bin_dir, stderr=fd)
        os.close(fd)
        self.address = self.read_address()
        self.url = ("https://" if any("tls-cert" in str(a) for a in args) else "http://") + self.address
        import requests
        self.session = requests.Session()
        self.session.trust_env = False
        if wait_ready:
            self.wait_ready()

    def read_address(self, seconds=20.0):
        return self.wait(lambda: re.search(r"listens on ([^ ,]+)", self.log), seconds).group(1)

    def request(self, method, path, **kw):
        kw.setdefault("timeout", 60)
        return self.session.request(method, self.url + path, **kw)

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, json=None, **kw):
        return self.request("POST", path, json=json, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)

    def render(self, body, **kw):
        return self.post("/v1/render", body, **kw)

    def wait(self, what, seconds=20.0):
        """Until what() is true; its value."""
        end = time.monotonic() + seconds
        while True:
            value = what()
            if value:
                return value
            assert self.process.poll() is None, "the daemon ended: %s\n%s" % (self.process.returncode, self.log)
            assert time.monotonic() < end, "still not after %.0f s\n%s" % (seconds, self.log)
            select_sleep(0.02)

    def wait_ready(self, seconds=20.0):
        self.wait(lambda: self.get("/readyz").status_code == 200, seconds)

    @property
    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    @property
    def pid(self):
        return self.process.pid

    def metric(self, name):
        """{labels text: value} of one metric."""
        out = {}
        for line in self.get("/metrics").text.splitlines():
            m = re.match(r"%s(\{[^}]*\})? (\S+)$" % re.escape(name), line)
            if m:
                out[m.group(1) or ""] = float(m.group(2))
        return out

    def stop(self, seconds=40.0):
        """SIGTERM and the end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the daemon did not end in %.0f s\n%s" % (seconds, self.log))
        finally:
            self.session.close()


def envelope(response, status=200):
    """The answer's JSON, whatever it says of the job."""
    assert response.status_code == status, response.text
    return response.json()


def error(response, status, code):
    """The refusal, as it is in the answer."""
    assert response.status_code == status, (response.status_code, response.text)
    e = response.json()["error"]
    assert e["code"] == code, e
    assert e["request_id"] == response.headers["X-Request-Id"]
    return e


@pytest.fixture
def serve(tmp_path):
    """serve(*args) starts a daemon of the test's own; all are stopped, and nothing may be left behind."""
    before, temp_before, started = descendants(), temp_entries(), []

    def start(*args, **kw):
        home = tmp_path / ("service%d" % len(started))
        home.mkdir(exist_ok=True)
        started.append(Service(kw.pop("home", home), *args, **kw))
        return started[-1]

    yield start
    for s in started:
        s.stop()
    wait_no_descendants(before)
    for s in started:
        assert not os.listdir(s.tmp / "tmp"), os.listdir(s.tmp / "tmp")
    assert temp_entries() <= temp_before, temp_entries() - temp_before


def open_to_others(path):
    """Others may pass through what is ours of the folders down to it, as the user that a browser runs as has to."""
    for at in [path, *path.parents]:
        if at.stat().st_uid == os.geteuid() and at != at.parent:
            at.chmod(at.stat().st_mode | 0o711)


@pytest.fixture
def fake(tmp_path):
    """fake(script) -> path of a shell script that stands in for Chromium, in a directory of its own."""
    def make(script, mode=0o755):
        at = tmp_path / "fake"
        at.mkdir(exist_ok=True)
        at.chmod(0o755)
        path = at / "chromium"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(mode)
        open_to_others(tmp_path)
        return str(path)
    return make


CLONE_NEWNET = 0x40000000


class Outside:
    """A network namespace at the other end of a wire, whose addresses are public to who judges them and none of this machine's
    own: what is made by outside.bind(make) listens there."""
    ADDRESSES = ["93.184.215.14", "93.184.215.15"]

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep 600"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        pid = str(self.holder.pid)
        there = ["nsenter", "-t", pid, "-n", "ip"]
        for command in (["ip", "link", "add", "inside", "type", "veth", "peer", "name", "outside", "netns", pid],
                        ["ip", "addr", "add", "198.18.0.1/32", "dev", "inside"], ["ip", "link", "set", "inside", "addrgenmode", "none", "up"],
                        [*there, "link", "set", "lo", "up"], [*there, "link", "set", "outside", "addrgenmode", "none", "up"],
                        *[[*there, "addr", "add", a + "/32", "dev", "outside"] for a in self.ADDRESSES],
                        [*there, "route", "add", "198.18.0.1/32", "dev", "outside"],
                        *[["ip", "route", "add", a + "/32", "dev", "inside"] for a in self.ADDRESSES]):
            subprocess.run(command, check=True)

    def bind(self, make):
        """make() in a thread of that namespace: sockets that it makes stay there."""
        made = []

        def run():
            libc = ctypes.CDLL(None, use_errno=True)
            with open("/proc/%d/ns/net" % self.holder.pid) as ns:
                assert libc.setns(ns.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            made.append(make())
        t = threading.Thread(target=run)
        t.start()
        t.join()
        return made[0]

    def close(self):
        self.holder.kill()
        self.holder.communicate()
        subprocess.run(["ip", "link", "del", "inside"], check=False, capture_output=True)


@pytest.fixture
def outside():
    if os.geteuid() != 0 or not os.environ.get("RIPTIDE_ISOLATED"):
        pytest.skip("needs a network of its own")
    o = Outside()
    yield o
    o.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One daemon for a whole module of tests that do it no harm."""
    before = descendants()
    s = Service(tmp_path_factory.mktemp("service"))
    yield s
    assert s.stop() == 0, s.log
    wait_no_descendants(before)
    assert not os.listdir(s.tmp / "tmp"), os.listdir(s.tmp / "tmp")
