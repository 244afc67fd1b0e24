# SPDX-License-Identifier: Apache-2.0
"""riptide-launch, spoken to over its control socket: what it isolates, and that nothing survives any of its ends."""
import array
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import BIN, SANITIZED, TESTOPS_BIN, descendants, open_to_others

CHROMIUM = os.environ.get("RIPTIDE_BROWSER_PATH", "/usr/lib/chromium/chromium-headless-shell")
FLAGS = ["--remote-debugging-port=0", "--user-data-dir={dir}/profile", "--no-first-run", "--disable-quic",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "about:blank"]
ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "{dir}/home", "TMPDIR": "{dir}/tmp",
       "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
START_S = 60 if SANITIZED else 20
GONE_S = 2.0
USER = "riptide-launch-test"
SLOTS = range(61184, 65520)


def other_users():
    """Is there any user but us? Not in the user namespace that `unshare -r` makes."""
    with open("/proc/self/uid_map") as f:
        return any(int(a) <= SLOTS[0] < int(a) + int(n) for a, _, n in map(str.split, f))


REAL_ROOT = os.geteuid() == 0 and other_users()
SOLE_ROOT = os.geteuid() == 0 and not other_users()
needs_root = pytest.mark.skipif(not REAL_ROOT, reason="needs root")


def until(condition, seconds=10.0):
    """The first true value of condition(), asked every 10 ms; fails at the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "not within %.1f s: %s" % (seconds, condition)
        select.select([], [], [], 0.01)


def status_of(pid):
    """/proc/PID/status as a dict, empty when the process is gone."""
    try:
        with open("/proc/%d/status" % pid) as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except (FileNotFoundError, ProcessLookupError):
        return {}


def cmdline(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """program(degrade) -> path of a launcher that every user can run (a checkout may lie under /root)."""
    at = tmp_path_factory.mktemp("launch-bin")
    open_to_others(at)
    found = []
    for directory in (BIN, TESTOPS_BIN):
        source = os.path.join(directory, "riptide-launch")
        if os.path.exists(source):
            found.append(shutil.copy(source, at / ("riptide-launch-%d" % len(found))))
            os.chmod(found[-1], 0o755)

    def can_degrade(path):
        one = Launcher(path, at, {}, argv=["/no-such-browser"], degrade=True)
        one.send(one.packet)
        answer = one.event()
        one.close()
        return answer["code"] == "browser_not_found"

    degradable = next(filter(can_degrade, found), None)

    def get(degrade=False):
        if degrade and SOLE_ROOT:
            pytest.skip("Chromium refuses uid 0, and there is no other user here")
        if degrade and not degradable:
            pytest.skip("no build with test ops")
        return degradable if degrade else found[0]
    return get


@pytest.fixture(scope="session")
def somebody():
    """uid and gid of an ordinary user made for these tests."""
    made = subprocess.run(["useradd", "-M", USER], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode not in (0, 9):  # 9: it is there already
        pytest.skip("no ordinary user: useradd: " + made.stderr)
    entry = pwd.getpwnam(USER)
    yield entry.pw_uid, entry.pw_gid
    subprocess.run(["userdel", USER], stdin=subprocess.DEVNULL, capture_output=True)


@pytest.fixture(params=["root", "user"])
def identity(request):
    """How to start the launcher: arguments for Popen."""
    if request.param == "root":
        return {} if os.geteuid() == 0 else pytest.skip("not root")
    if os.geteuid() != 0:
        return {}
    if SOLE_ROOT:
        pytest.skip("no other user here")
    uid, gid = request.getfixturevalue("somebody")
    return {"user": uid, "group": gid, "extra_groups": []}


@pytest.fixture(params=["namespaces", "degraded"])
def degrade(request):
    return request.param == "degraded"


class Launcher:
    def __init__(self, program, root, identity, **request):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os.set_inheritable(theirs.fileno(), True)
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", 'exec "$0" 3<&%d %d<&-' % (theirs.fileno(), theirs.fileno()), program],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, **identity)
        theirs.close()
        self.control.settimeout(START_S)
        self.root, self.fds, self.ready, self.sockets = root, {}, None, []
        self.packet = {"argv": [CHROMIUM, *FLAGS], "argv_shared": [], "env": ENV, "profile_root": str(root),
                       "shm_bytes": 64 << 20, "no_sandbox": False, **request}

    def send(self, packet, *fds):
        data = packet if isinstance(packet, bytes) else json.dumps(packet).encode()
        self.control.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])

    def event(self):
        data, fds, _, _ = socket.recv_fds(self.control, 65536, 8)
        self.sockets += [socket.socket(fileno=fd) for fd in fds]
        return json.loads(data or b"null")

    def start(self):
        self.send(self.packet)
        self.ready = self.event()
        assert self.ready and self.ready["event"] == "ready", self.ready
        return self

    def http(self, path, method="GET"):
        request = urllib.request.Request("http://127.0.0.1:%d%s" % (self.ready["port"], path), method=method)
        return json.load(urllib.request.urlopen(request, timeout=10))

    def devtools(self, method, **params):
        """The answer to a call over the connected socket that came with `ready`. One call a browser."""
        s = self.sockets[0]
        s.settimeout(10)
        s.sendall(("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n"
                   % (self.ready["path"], self.ready["port"], "A" * 22 + "==")).encode())
        with s.makefile("rb") as f:
            assert f.readline().split()[1] == b"101"
            while f.readline() != b"\r\n":
                pass
            call = json.dumps({"id": 1, "method": method, "params": params}).encode()
            s.sendall(b"\x81\xfe" + len(call).to_bytes(2, "big") + bytes(4) + call)  # masked by zeros: as it is
            while True:
                _, size = f.read(2)
                if size == 126:
                    size = int.from_bytes(f.read(2), "big")
                answer = json.loads(f.read(size))
                if answer.get("id") == 1:
                    return answer["result"]

    @property
    def init(self):
        return self.ready["init_pid"]

    def browser(self):
        """Chromium's main process in our pid namespace."""
        return next(p for p in descendants(self.init) if status_of(p).get("PPid") == str(self.init))

    def renderers(self):
        return [p for p in descendants(self.process.pid) if b"--type=renderer" in cmdline(p)]

    def watch(self, top=None):
        """Hold a pidfd of everything below `top` (the launcher), and of itself."""
        top = top or self.process.pid
        for pid in [top, *descendants(top)]:
            try:
                self.fds[pid] = os.pidfd_open(pid)
            except ProcessLookupError:
                pass
        return len(self.fds)

    def gone(self, seconds=GONE_S):
        """Seconds until every watched process had ended."""
        begin, waiting = time.monotonic(), select.poll()
        left = {fd: pid for pid, fd in self.fds.items()}
        for fd in left:
            waiting.register(fd, select.POLLIN)
        while left:
            events = waiting.poll(max(0, (begin + seconds - time.monotonic()) * 1000))
            assert events, "still there after %.1f s: %s" % (seconds, [(p, cmdline(p)[:80]) for p in left.values()])
            for fd, _ in events:
                waiting.unregister(fd)
                del left[fd]
        return time.monotonic() - begin

    def close(self):
        self.control.close()
        if self.process.poll() is None:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for fd in self.fds.values():
            os.close(fd)
        for s in self.sockets:
            s.close()
        self.fds, self.sockets = {}, []


@pytest.fixture
def root(tmp_path):
    """A profile root that any user may write to."""
    at = tmp_path / "profiles"
    at.mkdir()
    at.chmod(0o1777)
    open_to_others(tmp_path)
    return at


@pytest.fixture
def launch(program, root, identity):
    """launch(degrade, argv=…) -> Launcher; all are closed at the end, and nothing may remain."""
    made = []

    def start(degrade=False, **request):
        if degrade:
            request["degrade"] = True
        made.append(Launcher(program(degrade or "degrade_network" in request), root, identity, **request))
        return made[-1]

    before = set(descendants())
    yield start
    for one in made:
        one.close()
    until(lambda: not leftover(before), GONE_S)
    assert [e for e in os.listdir(root) if not e.startswith(".riptide-uids")] == []


def leftover(before):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    return set(descendants()) - before


# What it starts
def test_chromium_answers_and_is_confined(launch, identity, degrade, record_property):
    begin = time.monotonic()
    one = launch(degrade).start()
    record_property("ready_ms", round((time.monotonic() - begin) * 1000, 1))
    assert "HeadlessChrome" in one.http("/json/version")["Browser"]
    assert one.ready["pid_namespace"] is one.ready["mount_namespace"] is (not degrade)
    assert ("degraded" in one.ready) is degrade
    assert one.ready["no_new_privs"] is True
    status = status_of(one.browser())
    assert status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0
    if REAL_ROOT:
        assert status["Uid"].split() == [str(one.ready["uid"])] * 4
        assert one.ready["uid"] == identity.get("user", one.ready["uid"]) and one.ready["uid"] != 0
        assert status["Groups"].strip() == "" or one.ready["user_namespace"]
    assert len(status["NSpid"].split()) == (1 if degrade else 2)


def test_devtools_is_reached_by_the_socket_that_comes_with_ready(launch, degrade):
    one = launch(degrade).start()
    assert [s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) > 0 for s in one.sockets] == [True]
    assert one.devtools("Browser.getVersion")["product"].startswith("HeadlessChrome/")


def test_renderer_has_chromiums_sandbox(launch, degrade):
    one = launch(degrade).start()
    one.http("/json/new?about:blank", "PUT")
    # The launcher's own filter is the first.
    statuses = until(lambda: [s for s in map(status_of, one.renderers()) if int(s.get("Seccomp_filters", 0)) >= 2])
    for status in statuses:
        assert len(status["NSpid"].split()) >= (2 if degrade else 3)
        assert int(status["CapEff"], 16) == 0


@needs_root
def test_two_browsers_never_share_a_uid(program, root):
    both = [Launcher(program(), root, {}).start() for _ in range(2)]
    try:
        uids = [one.ready["uid"] for one in both]
        assert len(set(uids)) == 2 or pwd.getpwnam("riptide").pw_uid in uids
        assert set(uids) <= set(SLOTS) or "riptide" in [u.pw_name for u in pwd.getpwall()]
    finally:
        for one in both:
            one.close()


# Its network
@pytest.fixture(params=["own", "host", "degraded"])
def network(request):
    return request.param


PROXY = ["--proxy-server=socks5://127.1.2.3:{egress}", "--proxy-bypass-list=<-loopback>"]


@pytest.fixture
def guarded(launch, network):
    """guarded() -> a browser with egress by a listener: in a network namespace of its own, without one, without any."""
    def start(**request):
        if network != "own":
            request["degrade_network"] = True
        one = launch(network == "degraded", egress=True, argv=[CHROMIUM, *PROXY, *FLAGS], **request)
        return one.start()
    return start


def test_egress_is_by_the_listener_that_comes_with_ready(guarded, network):
    one = guarded()
    assert one.ready["network_namespace"] is (network == "own") is ("degraded" not in one.ready)
    assert one.ready["pid_namespace"] is (network != "degraded")
    assert (one.ready["egress_port"] == 1080) is (network == "own")
    listener = one.sockets[1]
    assert listener.getsockname() == ("0.0.0.0", one.ready["egress_port"])
    device = listener.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0")
    assert device == (b"" if network == "own" else b"lo")
    assert one.devtools("Target.createTarget", url="http://127.0.0.1:8009/")["targetId"]
    listener.settimeout(10)
    accepted, _ = listener.accept()
    with accepted:
        accepted.settimeout(10)
        assert accepted.getsockname() == ("127.1.2.3", one.ready["egress_port"])
        assert accepted.recv(3) == b"\x05\x01\x00"  # SOCKS5, one method: none


def test_without_egress_there_is_no_listener_and_the_hosts_network(launch):
    one = launch().start()
    assert len(one.sockets) == 1 and "egress_port" not in one.ready and one.ready["network_namespace"] is False
    assert os.stat("/proc/%d/ns/net" % one.process.pid).st_ino == os.stat("/proc/self/ns/net").st_ino


DIAL = """
import errno, socket, sys
def dial(family, kind, address):
    with socket.socket(family, kind) as s:
        s.settimeout(5)
        try:
            s.connect(address)
            return s.send(b"x") and "reached"
        except OSError as e:
            return errno.errorcode.get(e.errno, str(e))
port = int(sys.argv[1])
print(dial(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)), dial(socket.AF_INET6, socket.SOCK_STREAM, ("::1", port)),
      dial(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.9", port)), dial(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.9", port)),
      dial(socket.AF_INET6, socket.SOCK_DGRAM, ("2001:db8::9", port)), dial(socket.AF_UNIX, socket.SOCK_STREAM, sys.argv[2]),
      dial(socket.AF_INET, socket.SOCK_STREAM, ("127.1.2.3", 1080)))
"""


def links(pid):
    with open("/proc/%s/net/dev" % pid) as f:
        return {line.split(":")[0].strip() for line in f.readlines()[2:]}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_in_its_network_namespace_nothing_can_be_reached(launch):
    one = launch(egress=True, argv=[CHROMIUM, *PROXY, *FLAGS]).start()
    assert links(one.browser()) <= {"lo", "nowhere"}
    with open("/proc/%d/net/route" % one.browser()) as f:
        assert len(f.readlines()) == 1  # the heading
    if os.path.exists("/proc/%d/net/if_inet6" % one.browser()):
        with open("/proc/%d/net/if_inet6" % one.browser()) as f:
            assert {line.split()[-1] for line in f} <= {"lo"}
    with socket.create_server(("127.0.0.1", 0)) as host, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0riptide-launch-test-%d" % os.getpid())
        abstract.listen()
        said = subprocess.run(["nsenter", "-t", str(one.browser()), "-n", "/usr/bin/python3", "-c",
                               DIAL.replace("sys.argv[2]", repr(abstract.getsockname().decode())),
                               str(host.getsockname()[1])], capture_output=True, text=True, timeout=60)
    v4, v6, *outside, unix, guard = said.stdout.split()
    assert v4 == "ECONNREFUSED" and v6 in ("ECONNREFUSED", "EADDRNOTAVAIL", "EAFNOSUPPORT"), said
    assert set(outside) <= {"ENETUNREACH", "EAFNOSUPPORT"} and unix == "ECONNREFUSED" and guard == "reached", said
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", one.ready["port"]), 5)


def test_chromium_does_not_think_that_it_is_offline(guarded, network):
    """It does where there is nothing but loopback: pages see navigator.onLine."""
    one = guarded()
    if network == "own" and "nowhere" not in links(one.browser()):
        can = [subprocess.run(["unshare", "-rn", "ip", "link", "add", "type", kind], capture_output=True).returncode == 0
               for kind in ("bridge", "dummy")]
        assert not any(can)
        pytest.skip("the kernel has neither bridge nor dummy")
    if network != "own" and links("self") == {"lo"}:
        pytest.skip("only loopback here")
    one.devtools("Target.createTarget", url="data:text/html,<script>location='http://x/'+navigator.onLine</script>")
    listener = one.sockets[1]
    listener.settimeout(10)
    accepted, _ = listener.accept()
    with accepted, accepted.makefile("rwb", buffering=0) as f:
        accepted.settimeout(10)
        assert f.read(3) == b"\x05\x01\x00"
        f.write(b"\x05\x00")
        assert f.read(8) == b"\x05\x01\x00\x03\x01x\x00\x50"
        f.write(b"\x05\x00\x00\x01" + bytes(6))
        assert f.readline() == b"GET /true HTTP/1.1\r\n"


def namespaces():
    """Of network: the numbers that any process is in."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.add(os.stat("/proc/%s/ns/net" % pid).st_ino)
        except OSError:
            pass
    return found


def test_nothing_survives_with_egress(guarded, network, root):
    one = guarded()
    one.devtools("Target.createTarget", url="data:text/html,<script>while(1);</script>")
    until(lambda: len(one.renderers()) >= 1)
    before = namespaces()
    inside = os.stat("/proc/%d/ns/net" % one.browser()).st_ino if os.geteuid() == 0 else 0
    one.watch()
    end_supervisor(one)
    one.gone()
    assert [e for e in os.listdir(root) if e.startswith("riptide")] == []
    if inside and network == "own":
        assert inside in before and inside not in namespaces()


PROBE = r"""
say() { echo "$1=$2" >&2; }
say root "$(ls /root /home 2>/dev/null | wc -w)"
say shadow "$(cat /etc/shadow 2>/dev/null | wc -c)"
say state "$(ls /var/lib /var/log /srv /opt /mnt /media 2>/dev/null | wc -w)"
say tmp "$(ls -m /tmp)"
say procs "$(ls /proc | grep -c '^[0-9]')"
say usr "$(touch /usr/x 2>/dev/null && echo writable)"
say slash "$(touch /x 2>/dev/null && echo writable)"
say etc "$(touch /etc/x 2>/dev/null && echo writable)"
say fds "$(ls -C -w 0 /proc/self/fd)"
say nofile "$(ulimit -n)"
say core "$(ulimit -c)"
say env "$(env | sed 's/=.*//' | sort | tr '\n' ' ')"
say home "$(test -w "$HOME" && echo ok)"
say mode "$(stat -c %a "$HOME/..")"
say writable "$(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) rw[ ,].*/\1/p' /proc/self/mountinfo | sort | tr '\n' ' ')"
say shm "$(stat -f -c %b:%S /dev/shm)"
say session "$(test "$(cut -d' ' -f6 /proc/$$/stat)" = $$ && echo own)"
say sig "$(grep -c 'SigIgn:.*0000000000000000' /proc/self/status)"
"""


def test_a_shell_in_its_place_finds_no_secrets(launch, fake):
    one = launch(argv=[fake(PROBE)])
    one.send(one.packet)
    end = one.event()
    assert end["event"] == "exit" and end["status"] == 0, end
    said = dict(line.split("=", 1) for line in end["stderr"].splitlines() if "=" in line)
    assert said["root"] == said["shadow"] == said["state"] == "0", said
    assert set(said["tmp"].split(", ")) <= {"riptide", one.packet["argv"][0].split("/")[2]}
    assert int(said["procs"]) <= 8
    assert said["writable"].split() == ["/dev/shm", "/proc", "/tmp"]
    assert said["usr"] == said["slash"] == said["etc"] == ""
    assert said["fds"].split() == ["0", "1", "2", "3"]  # 3: ls reading the directory
    assert int(said["nofile"]) <= 4096 and said["core"] == "0"
    assert set(said["env"].split()) - {"PWD", "_", "OLDPWD", "SHLVL"} == set(ENV)
    assert said["home"] == "ok" and said["mode"] == "700" and said["session"] == "own" and said["sig"] == "1"
    blocks, size = said["shm"].split(":")
    assert int(blocks) * int(size) == 64 << 20


SOCKETS = """/usr/bin/python3 - >&2 <<'.'
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def said(what, n, *args):
    fd = libc.syscall(n, *args) if n else libc.socket(*args)
    print("%s=%s" % (what, "made" if fd >= 0 else errno.errorcode[ctypes.get_errno()]))
for name in ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_VSOCK", "AF_PACKET", "AF_ALG", "AF_BLUETOOTH", "AF_QIPCRTR"):
    said(name, 0, getattr(socket, name), socket.SOCK_RAW if name == "AF_NETLINK" else socket.SOCK_DGRAM, 0)
said("upper", 0, ctypes.c_uint64(socket.AF_VSOCK | 1 << 32), socket.SOCK_STREAM, 0)
said("io_uring", 425, 1, (ctypes.c_char * 120)())
.
"""


def test_a_browser_makes_no_sockets_of_other_families(launch, fake, degrade):
    """AF_VSOCK leads out of every network namespace."""
    one = launch(degrade, argv=[fake(SOCKETS)])
    one.send(one.packet)
    end = one.event()
    said = dict(line.split("=", 1) for line in end["stderr"].splitlines() if "=" in line)
    assert {k for k, v in said.items() if v == "made"} - {"AF_INET6"} == {"AF_UNIX", "AF_INET", "AF_NETLINK"}, end
    assert said.pop("io_uring") == "ENOSYS" and said.pop("AF_INET6") in ("made", "EAFNOSUPPORT") and len(said) == 9, end
    assert set(said.values()) == {"made", "EAFNOSUPPORT"}


@pytest.mark.skipif(not REAL_ROOT or not os.environ.get("RIPTIDE_ISOLATED"), reason="needs root and mounts of its own")
def test_a_browser_does_not_see_the_resolvers_socket(launch, fake):
    """It takes questions from whoever can write to it, in any network namespace."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    try:
        os.makedirs("/run/systemd/resolve")
        with socket.socket(socket.AF_UNIX) as resolver, open("/run/systemd/resolve/stub-resolv.conf", "w") as f:
            resolver.bind("/run/systemd/resolve/io.systemd.Resolve")
            os.chmod("/run/systemd/resolve/io.systemd.Resolve", 0o666)
            f.write("nameserver 127.0.0.53\n")
            f.flush()
            one = launch(argv=[fake("find /run >&2; cat /run/systemd/resolve/* >&2")])
            one.send(one.packet)
            said = one.event()["stderr"].split("\n")
    finally:
        subprocess.run(["umount", "-l", "/run"], check=True)
    assert said[:-1] == ["/run", "/run/systemd", "/run/systemd/resolve", "/run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53"]


def test_only_the_shared_flags_depend_on_the_mount_namespace(launch, fake, degrade):
    one = launch(degrade, argv=[fake('echo "$@" >&2'), "a", "{dir}/b"], argv_shared=["shared"])
    one.send(one.packet)
    words = one.event()["stderr"].split()
    assert words[0] == "a" and words[1].endswith("/b") and "{dir}" not in words[1]
    assert words[2:] == (["shared"] if degrade else [])


def upload(one, name, source):
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(source, "rb") as f, mine, theirs:
        one.send({"op": "upload", "name": name}, f.fileno(), theirs.fileno())
        theirs.close()
        mine.settimeout(10)
        return json.loads(mine.recv(65536))


def test_upload_is_readable_by_the_browser_alone(launch, degrade, tmp_path):
    one = launch(degrade).start()
    source = tmp_path / "secret.txt"
    source.write_bytes(b"data \xff" * 1000)
    source.chmod(0o600)
    answers = [upload(one, "secret.txt", source) for _ in range(2)]
    assert answers[0]["path"] != answers[1]["path"]
    for answer in answers:
        assert os.path.basename(answer["path"]) == "secret.txt"
        assert answer["path"].startswith(one.ready["dir"] + "/uploads/")
        if REAL_ROOT:
            seen = "/proc/%d/root%s" % (one.browser(), answer["path"])
            assert open(seen, "rb").read() == source.read_bytes()
            assert (os.stat(seen).st_uid, os.stat(seen).st_mode & 0o777) == (one.ready["uid"], 0o400)
    assert upload(one, "../../x", source)["code"] == "input_unreadable"
    assert upload(one, "dev", "/dev/zero")["code"] == "too_large"


# How it ends
def end_socket(one):
    one.control.shutdown(socket.SHUT_WR)


def end_supervisor(one):
    os.kill(one.process.pid, signal.SIGKILL)


def end_init(one):
    os.kill(one.init, signal.SIGKILL)


def end_browser(one):
    os.kill(one.browser(), signal.SIGKILL)


def end_terminated(one):
    os.kill(one.process.pid, signal.SIGTERM)


def end_supervisor_and_init(one):
    os.kill(one.process.pid, signal.SIGSTOP)
    os.kill(one.init, signal.SIGKILL)
    os.kill(one.process.pid, signal.SIGKILL)


def busy(one):
    """A renderer in an endless loop."""
    one.http("/json/new?data:text/html,<script>while(1);</script>", "PUT")


@pytest.mark.parametrize("end", [end_socket, end_supervisor, end_init, end_browser, end_terminated])
def test_nothing_survives(launch, degrade, end, root, record_property):
    one = launch(degrade).start()
    busy(one)
    until(lambda: len(one.renderers()) >= 1)
    assert one.watch() >= 6
    end(one)
    record_property("gone_ms", round(one.gone() * 1000, 1))
    assert [e for e in os.listdir(root) if e.startswith("riptide")] == []
    if end in (end_socket, end_init, end_browser):
        assert one.process.wait(GONE_S) == 0
        last = one.event()
        assert last["event"] == "exit" and "DevTools listening" in last["stderr"]
        if end is end_browser:
            assert os.WTERMSIG(last["status"]) == signal.SIGKILL


def test_nothing_survives_both_launcher_processes(launch, degrade, root):
    """The directory of a browser without namespaces is left then, and taken at the next start."""
    one = launch(degrade).start()
    one.watch()
    end_supervisor_and_init(one)
    one.gone()
    left = [e for e in os.listdir(root) if e.startswith("riptide")]
    assert len(left) == (1 if degrade else 0)
    launch(degrade).start().close()


PARENT = """
import os, socket, subprocess, sys
while os.open("/dev/null", os.O_RDONLY) < 3:
    pass  # fd 3 is the launcher's
control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
os.dup2(theirs.fileno(), 3)
theirs.close()
p = subprocess.Popen([sys.argv[1]], pass_fds=[3], stdin=subprocess.DEVNULL)
os.close(3)
control.send(sys.argv[2].encode())
print(p.pid, control.recv(65536).decode(), flush=True)
sys.stdin.read()
"""


def test_nothing_survives_the_parent(launch, program, identity, degrade, root):
    template = launch(degrade)  # for its packet
    parent = subprocess.Popen(["/usr/bin/python3", "-c", PARENT, program(degrade), json.dumps(template.packet)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **identity)
    try:
        pid, _, event = parent.stdout.readline().partition(" ")
        assert json.loads(event)["event"] == "ready", event
        assert template.watch(int(pid)) >= 5
        parent.kill()
        template.gone()
    finally:
        parent.kill()
        parent.communicate()
    assert [e for e in os.listdir(root) if e.startswith("riptide")] == []


NO_USERNS = """
import ctypes, os, sys
ready, go = os.pipe(), os.pipe()
if os.fork() == 0:
    if ctypes.CDLL(None).unshare(0x10000000):
        os._exit(77)
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    os.setgid(0)
    os.setuid(0)
    with open("/proc/sys/user/max_user_namespaces", "w") as f:
        f.write("0")
    os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
os.close(ready[1])
if not os.read(ready[0], 1):
    sys.exit(77)
with open("/proc/self/task/%d/children" % os.getpid()) as f:
    child = f.read().strip()
for kind in "uid", "gid":
    with open("/proc/%s/%s_map" % (child, kind), "w") as f:
        f.write("0 0 65536\\n")
os.write(go[1], b"x")
os.close(go[1])
os.wait()
"""


@needs_root
def test_without_user_namespaces_the_setuid_helper_confines(program, root):
    """A kernel that lets only root make namespaces: no_new_privs stays off, else the helper could not work."""
    template = Launcher(program(), root, {})
    helper = subprocess.Popen(["/usr/bin/python3", "-c", NO_USERNS, PARENT, program(), json.dumps(template.packet)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        _, _, event = helper.stdout.readline().partition(" ")
        if not event and helper.wait(5) == 77:
            pytest.skip("user namespaces can't be made here")
        ready = json.loads(event)
        assert ready["event"] == "ready" and ready["no_new_privs"] is False, ready
        below = descendants(helper.pid)
        assert any(b"chrome-sandbox" in cmdline(p) for p in below)
        url = "http://127.0.0.1:%d/json/new?about:blank" % ready["port"]
        urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=10).read()
        assert until(lambda: [p for p in descendants(helper.pid) if b"--type=renderer" in cmdline(p)
                              and status_of(p).get("Seccomp") == "2"])
        template.watch(helper.pid)
        helper.stdin.close()
        template.gone()
    finally:
        helper.kill()
        helper.wait()
        template.close()


def test_stale_directories_are_swept_and_live_ones_kept(launch, root):
    live = launch(degrade=True).start()
    victim = root / "riptide-browser-dead00" / "profile" / "Default"
    victim.mkdir(parents=True)
    (victim / "Cookies").write_text("x")
    (victim / "out").symlink_to("/etc")
    foreign = root / "other"
    foreign.mkdir()
    uid = live.ready["uid"]
    if REAL_ROOT:
        for path in (victim, *victim.parents):
            if path == root:
                break
            os.chown(path, uid, uid)
    again = launch().start()
    again.close()
    assert not victim.exists() and os.path.isdir("/etc")
    assert os.path.isdir(live.ready["dir"]) and "HeadlessChrome" in live.http("/json/version")["Browser"]
    foreign.rmdir()


# What goes wrong at the start
def test_missing_browser(launch, degrade):
    one = launch(degrade, argv=["/usr/lib/chromium/no-such-browser"])
    one.send(one.packet)
    event = one.event()
    assert (event["event"], event["code"]) == ("error", "browser_not_found")
    assert "no-such-browser" in event["message"] and one.event() is None


def test_browser_that_can_not_be_executed(launch, fake, degrade):
    one = launch(degrade, argv=[fake("exit 0", mode=0o644)])
    one.send(one.packet)
    event = one.event()
    assert (event["event"], event["code"]) == ("error", "browser_start_failed")
    assert "Permission denied" in event["message"]


def test_browser_that_exits_at_once(launch, fake, degrade):
    one = launch(degrade, argv=[fake("echo no luck >&2; exit 3")])
    one.send(one.packet)
    event = one.event()
    assert event["event"] == "exit" and os.WEXITSTATUS(event["status"]) == 3 and event["stderr"] == "no luck\n"


def test_devtools_where_nobody_answers_is_no_start(launch, fake, degrade):
    one = launch(degrade, argv=[fake("echo DevTools listening on ws://127.0.0.1:1/x >&2; sleep 1000")])
    one.send(one.packet)
    event = one.event()
    assert (event["event"], event["code"], event["transient"]) == ("error", "browser_start_failed", True)
    assert event["message"] == "DevTools at 127.0.0.1:1: Connection refused" and one.event() is None


def test_browser_that_hangs_is_gone_with_its_children(launch, fake, degrade):
    one = launch(degrade, argv=[fake("echo here >&2; sleep 1000 & (trap '' TERM; sleep 1000 & wait) & "
                                     "setsid sleep 1000 & sleep 1000")])
    one.send(one.packet)
    until(lambda: len(descendants(one.process.pid)) >= 6)
    one.watch()
    end_socket(one)
    one.gone()
    assert one.event()["stderr"] == "here\n"


LISTENER = """exec /usr/bin/python3 -c '
import os, socket
s = socket.create_server(("127.0.0.1", 0))
os.write(2, b"DevTools listen")
os.write(2, b"ing on ws://127.0.0.1:%d/devtools/browser/u\\n" % s.getsockname()[1])
s.accept()[0].recv(1)'"""


def test_stderr_is_bounded_and_the_address_found_in_any_noise(launch, fake):
    noise = "head -c 3000000 /dev/zero | tr '\\0' x >&2; printf '\\377\\001\"\\n' >&2; "
    junk = "echo 'DevTools listening on ws://127.0.0.1:99999999/x' >&2; echo 'DevTools listening on ws://:/' >&2; "
    one = launch(argv=[fake(noise + junk + LISTENER)]).start()
    assert (one.ready["port"], one.ready["path"]) == (one.sockets[0].getpeername()[1], "/devtools/browser/u")
    end_socket(one)
    last = one.event()["stderr"]
    assert last.startswith("xxx") and 'x\ufffd\x01"\nDev' in last and last.endswith("browser/u\n")
    assert len(last) == 4096


@pytest.mark.parametrize("packet, path", [
    (b"{", ""), (b"[]", ""), ({"argv": []}, "argv"), ({"argv": ["chromium"]}, "argv"), ({"argv": [1]}, "argv"),
    ({"argv": ["/x"] * 300}, "argv"), ({"argv": ["/x"], "env": {"A": 1}}, "env"),
    ({"argv": ["/x"], "profile_root": "tmp"}, "profile_root"),
    ({"argv": ["/x"], "profile_root": "/tmp", "shm_bytes": 1}, "shm_bytes"),
    ({"argv": ["/x"], "profile_root": "/tmp", "nice": -5}, "nice"),
])
def test_a_bad_request_is_answered(launch, packet, path):
    one = launch()
    one.send(packet)
    event = one.event()
    assert event["event"] == "error" and event["code"] in ("invalid_request", "invalid_json"), event
    assert path in event["message"]
    assert one.event() is None


def test_without_a_control_socket_it_says_who_starts_it(program):
    done = subprocess.run([program()], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "started by riptide" in done.stderr


def test_a_parent_that_says_nothing(launch):
    one = launch()
    one.watch()
    one.control.shutdown(socket.SHUT_WR)
    one.gone()


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", *sys.argv[1:]]))
