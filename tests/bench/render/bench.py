#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU-ms and wall ms per render, riptide against puppeteer-core, interleaved, judged from outside.

Each side renders the same page COUNT times in one process, one after another, a fresh browser context each, waiting for `load`
and taking the HTML. The clock is the server's: the time between the arrivals of two requests for the page is one whole render
(open, navigate, take, close). CPU is that of the whole process tree between the first and the last counted arrival, split by program.
The first WARM renders of each process are not counted. Rounds alternate between the sides.
"""
import argparse
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
PAGE = None


def make_page(kb=20):
    para = "<p>%s</p>\n" % ("The tide rises, the tide falls, the twilight darkens, the curlew calls. " * 5)
    body = para * (kb * 1000 // len(para))
    return ("<!doctype html><html lang=en><head><meta charset=utf-8><title>Bench</title><style>body{font:16px serif}</style></head>"
            "<body><main><h1>Bench</h1><div id=x></div>%s</main><script>x.textContent = 'made by a script'</script></body></html>" % body).encode()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.on_page = lambda: None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/":
            self.server.on_page()
        body = PAGE if self.path == "/" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def tree_cpu(root):
    """CPU seconds of the tree under `root`, reaped children included, by program group."""
    procs = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = open("/proc/%s/stat" % pid).read()
        except OSError:
            continue
        comm = text[text.index("(") + 1:text.rindex(")")]
        f = text[text.rindex(")") + 2:].split()
        procs[int(pid)] = (int(f[1]), comm, sum(map(int, f[11:15])))
    cpu, todo = {}, [(root, None)]
    while todo:
        pid, group = todo.pop()
        if pid not in procs:
            continue
        comm = procs[pid][1]
        group = ("chromium" if "chrom" in comm or "headless" in comm else
                 "extractor" if comm.startswith("riptide-extrac") else
                 "launcher" if comm.startswith("riptide-launch") else
                 "driver" if comm in ("riptide", "node", "MainThread") else group or comm)
        cpu[group] = cpu.get(group, 0) + procs[pid][2] / TICK
        todo += [(p, group) for p, (ppid, _, _) in procs.items() if ppid == pid]
    return cpu


def run(server, cmd, count, warm, env):
    arrivals, cpu = [], []
    proc = None
    started = threading.Event()

    def on_page():
        started.wait()
        arrivals.append(time.monotonic())
        if len(arrivals) in (warm, count):
            cpu.append(tree_cpu(proc.pid))
    server.on_page = on_page
    with tempfile.TemporaryFile() as err:
        proc = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL, env=env)
        started.set()
        out = proc.communicate(timeout=300)[0]
        if proc.returncode != 0 or len(arrivals) != count:
            err.seek(0)
            sys.exit("bench: %s: exit %d, %d of %d pages\n%s" % (cmd, proc.returncode, len(arrivals), count, err.read().decode()))
    assert len(out) > 1
    walls = [(b - a) * 1000 for a, b in zip(arrivals[warm - 1:], arrivals[warm:])]
    n = count - warm
    return walls, {g: (cpu[1].get(g, 0) - cpu[0].get(g, 0)) * 1000 / n for g in cpu[1]}


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * q))]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--rounds", type=int, default=6)
    ap.add_argument("--count", type=int, default=120)
    ap.add_argument("--warm", type=int, default=20)
    ap.add_argument("--kb", type=int, default=20)
    a = ap.parse_args()
    global PAGE
    PAGE = make_page(a.kb)
    server = Server()
    url = "http://127.0.0.1:%d/" % server.server_address[1]
    home = tempfile.mkdtemp()
    os.chmod(home, 0o777)
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    env = {"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home}
    base = [os.path.join(a.bin, "riptide"), "render", url, "--allow-private", "--repeat", str(a.count), "--wait-until", "load"]
    sides = {
        "riptide": base + ["--format", "raw-html"],
        "puppeteer-core": drop + ["node", os.path.join(a.out, "peer.mjs"), url, str(a.count)],
        "riptide+extract": base + ["--format", "markdown"],
    }
    walls, cpus = {s: [] for s in sides}, {s: [] for s in sides}
    for r in range(a.rounds):
        for side in list(sides)[r % 3:] + list(sides)[:r % 3]:
            w, c = run(server, sides[side], a.count, a.warm, env)
            walls[side] += w
            cpus[side].append(c)
            print("round %d %-16s p50 %.1f ms  cpu %s" % (r, side, quantile(w, .5), {k: round(v, 1) for k, v in c.items()}), file=sys.stderr)
    rows = {}
    for side in sides:
        groups = sorted({g for c in cpus[side] for g in c})
        rows[side] = {"wall_p50_ms": round(quantile(walls[side], .5), 2), "wall_p95_ms": round(quantile(walls[side], .95), 2),
                      **{"cpu_%s_ms" % g: round(statistics.median(c.get(g, 0) for c in cpus[side]), 2) for g in groups}}
    p, m = rows["puppeteer-core"], rows["riptide"]
    own = m.get("cpu_driver_ms", 0) + m.get("cpu_launcher_ms", 0)
    ratios = {"wall_p50": round(m["wall_p50_ms"] / p["wall_p50_ms"], 3), "wall_p95": round(m["wall_p95_ms"] / p["wall_p95_ms"], 3),
              "chromium_cpu": round(m["cpu_chromium_ms"] / p["cpu_chromium_ms"], 3), "driver_cpu": round(own / p["cpu_driver_ms"], 3)}
    result = {"page_kb": a.kb, "renders_per_side": a.rounds * (a.count - a.warm), "sides": rows, "ratios_riptide_to_puppeteer": ratios,
              "riptide_and_launcher_cpu_ms": round(own, 2)}
    with open(os.path.join(a.out, "render.json"), "w") as f:
        json.dump(result, f, indent=1)
    print(json.dumps(result, indent=1))
    os.rmdir(home) if not os.listdir(home) else None


if __name__ == "__main__":
    main()
