#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The service, measured: CPU over the command line's job, memory idle and with 1,000 streams, /livez under load, /v1/extract by wrk against
the extractor alone, and five times more work than it can take. Writes serve.json; prints a line a figure."""
import argparse
import asyncio
import gzip
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
TICK = os.sysconf("SC_CLK_TCK")


def cpu_ms(pid):
    """User and system time of a process (not of its children)."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICK


def rss_anon_mb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1)) / 1024


PAGE = os.path.join(ROOT, "tests", "data", "corpus", "html", "4221.html.gz")  # a real page of 101,691 bytes


class Bench:
    def __init__(self, args):
        os.environ["RIPTIDE_BIN"] = args.bin
        import conftest
        self.conftest, self.bin, self.seconds = conftest, args.bin, args.seconds
        self.site = conftest.server.Site().start()
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="riptide-bench-"))
        self.out, self.n = {}, 0

    def serve(self, *args):
        self.n += 1
        home = self.tmp / str(self.n)
        home.mkdir()
        return self.conftest.Service(home, *args)

    def say(self, key, value):
        self.out[key] = value
        print("%-40s %s" % (key, value), flush=True)

    # --- CPU of riptide a render: the service's and the command line's ---
    def overhead(self):
        n, url = 60, self.site.url + "/"
        cli, srv = [], []
        s = self.serve("--recycle-jobs", "0")
        body = {"url": url, "wait_until": "load"}
        for _ in range(10):
            s.render(body)
        for _ in range(3):
            before = cpu_ms(s.pid)
            for _ in range(n):
                assert s.render(body).status_code == 200
            srv.append((cpu_ms(s.pid) - before) / n)
            cli.append(self.cli_cpu(url, n))
        s.stop()
        self.say("render_cpu_ms_service", round(statistics.median(srv), 2))
        self.say("render_cpu_ms_cli", round(statistics.median(cli), 2))
        self.say("render_cpu_overhead_ms (limit 2)", round(statistics.median(srv) - statistics.median(cli), 2))

    def cli_cpu(self, url, n):
        """CPU of one more render of `riptide render --repeat`, by the difference of two runs."""
        def run(count):
            p = subprocess.Popen([os.path.join(self.bin, "riptide"), "render", url, "--allow-private", "--wait-until", "load", "--format", "json",
                                  "--repeat", str(count)], stdout=subprocess.DEVNULL)
            # wait4's usage holds waited-for helpers, too: take the process's own before it is reaped
            os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
            ms = cpu_ms(p.pid)
            p.wait()
            return ms
        return (run(n + 5) - run(5)) / n

    # --- memory ---
    def memory(self):
        s = self.serve()
        time.sleep(2)
        idle = rss_anon_mb(s.pid)
        self.say("idle_rss_anon_mb (limit 8)", round(idle, 1))
        job = s.render({"url": self.site.url + "/hang", "detach": True, "timeouts": {"hard_cap_ms": 120000}}).json()["job_id"]
        s.wait(lambda: s.get("/v1/jobs/" + job).json().get("state") == "running")
        before = rss_anon_mb(s.pid)
        asyncio.run(self.hold_streams(s, job, 1000, before))
        s.delete("/v1/jobs/" + job)
        s.stop()

    async def hold_streams(self, s, job, n, before):
        host, port = s.address.rsplit(":", 1)
        conns = []
        for _ in range(n):
            r, w = await asyncio.open_connection(host, int(port))
            w.write(("GET /v1/jobs/%s/events HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n" % (job, s.address)).encode())
            await w.drain()
            conns.append((r, w))
        for r, _ in conns:
            await r.readuntil(b"event: started")
        self.say("streams_1000_add_mb (limit 45)", round(rss_anon_mb(s.pid) - before, 1))
        loop = asyncio.get_running_loop()
        t0 = time.monotonic()
        ok = await loop.run_in_executor(None, lambda: [s.render({"html": "<p>%d</p>" % i}).status_code for i in range(20)])
        self.say("renders_beside_1000_streams", "%d of 20 in %.1f s" % (ok.count(200), time.monotonic() - t0))
        self.say("rss_anon_mb_then", round(rss_anon_mb(s.pid), 1))
        for _, w in conns:
            w.close()

    # --- extraction over HTTP against the extractor alone ---
    def extract(self):
        page = self.tmp / "page.html"
        page.write_bytes(gzip.decompress(pathlib.Path(PAGE).read_bytes()))
        s = self.serve()
        stop, slow = threading.Event(), []

        def probe():
            import requests
            session = requests.Session()
            session.trust_env = False
            while not stop.is_set():
                t = time.monotonic()
                session.get(s.url + "/livez", timeout=10)
                slow.append((time.monotonic() - t) * 1000)
                stop.wait(0.05)
        for seconds, final in ((2, False), (self.seconds, True)):
            if final:
                threading.Thread(target=probe, daemon=True).start()
            r = subprocess.run(["wrk", "-t1", "-c64", "-d%ds" % seconds, "-s", os.path.join(HERE, "extract.lua"), s.url + "/v1/extract"],
                               env={**os.environ, "PAGE": str(page)}, capture_output=True, text=True, check=True)
        stop.set()
        n, us, bad, p50, p99 = map(int, re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", r.stdout).groups())
        s.stop()
        self.say("extract_page_bytes", page.stat().st_size)
        self.say("extract_requests_per_s (aim 1000)", round(n / us * 1e6))
        self.say("extract_errors", bad)
        self.say("extract_p50_ms", p50 / 1000)
        self.say("extract_p99_ms", p99 / 1000)
        self.say("livez_under_extract_p99_ms (limit 50)", round(sorted(slow)[int(len(slow) * .99)], 1))
        self.extract_alone(page)

    def extract_alone(self, page):
        """The extractor by itself: whole documents of the same page, a thousand in two processes: no HTTP, no sandbox, no daemon."""
        tool = os.path.join(self.bin, "extract_corpus")
        if not os.path.exists(tool):
            self.say("extract_alone", "not measured: build the target extract_corpus")
            return
        folder, out = self.tmp / "pages", self.tmp / "texts"
        folder.mkdir(exist_ok=True)
        out.mkdir(exist_ok=True)
        for i in range(500):
            (folder / ("%d.html" % i)).write_bytes(page.read_bytes())
        t = time.monotonic()
        ps = [subprocess.Popen([tool, str(folder), str(out), "document"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        for p in ps:
            p.wait()
        self.say("extract_alone_docs_per_s", round(1000 / (time.monotonic() - t)))

    # --- five times more than it can take ---
    def overload(self):
        s = self.serve("--recycle-jobs", "0")
        body = {"url": self.site.url + "/", "wait_until": "load", "timeouts": {"hard_cap_ms": 10000}, "extract": {"document": ["title"]}}
        capacity = asyncio.run(Load(s, body).closed(4, self.seconds))
        rate = 5 * capacity["ok"] / capacity["seconds"]
        self.say("capacity_renders_per_s", round(capacity["ok"] / capacity["seconds"], 1))
        over = asyncio.run(Load(s, body).open(rate, 60 if self.seconds >= 10 else 4 * self.seconds))
        again = asyncio.run(Load(s, body).closed(4, self.seconds))
        s.stop()
        base = (capacity["ok"] / capacity["seconds"] + again["ok"] / again["seconds"]) / 2
        self.say("overload_offered_per_s", round(rate, 1))
        self.say("overload_ok_per_s", round(over["ok"] / over["seconds"], 1))
        self.say("overload_throughput_share (limit 0.95)", round(over["ok"] / over["seconds"] / base, 3))
        self.say("overload_refused", over["refused"])
        self.say("overload_refusal_p50_ms", over["refusal_p50"])
        self.say("overload_refusal_p99_ms (limit 10)", over["refusal_p99"])
        self.say("overload_accepted_late", over["late"])
        self.say("overload_other_answers", over["other"])


class Load:
    """A client of few words: one asyncio connection a request, raw HTTP."""

    def __init__(self, service, body):
        self.host, port = service.address.rsplit(":", 1)
        self.port, text = int(port), json.dumps(body).encode()
        self.cap = body["timeouts"]["hard_cap_ms"]
        self.request = (b"POST /v1/render HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                        % (service.address.encode(), len(text))) + text
        self.answers = []

    async def one(self):
        t = time.monotonic()
        try:
            r, w = await asyncio.open_connection(self.host, self.port)
            w.write(self.request)
            head = await r.readuntil(b"\r\n")
            status, at = int(head.split()[1]), time.monotonic()
            await r.read()
            w.close()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            status, at = 0, time.monotonic()
        self.answers.append((status, (at - t) * 1000))

    async def closed(self, clients, seconds):
        end = time.monotonic() + seconds

        async def loop():
            while time.monotonic() < end:
                await self.one()
        t = time.monotonic()
        await asyncio.gather(*[loop() for _ in range(clients)])
        return self.summary(time.monotonic() - t)

    async def open(self, rate, seconds):
        start, tasks, n = time.monotonic(), set(), 0
        while time.monotonic() - start < seconds:
            while n < (time.monotonic() - start) * rate:
                task = asyncio.ensure_future(self.one())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                n += 1
            await asyncio.sleep(0.002)
        done_by_then = sum(1 for s, _ in self.answers if s == 200)
        await asyncio.gather(*tasks)
        result = self.summary(seconds)
        result["ok"] = done_by_then
        return result

    def summary(self, seconds):
        refused = sorted(ms for s, ms in self.answers if s in (429, 503))
        return {"seconds": seconds, "ok": sum(1 for s, _ in self.answers if s == 200), "refused": len(refused),
                "late": sum(1 for s, ms in self.answers if s not in (429, 503) and ms > self.cap + 250),
                "other": sorted({s for s, _ in self.answers} - {200, 429, 503}),
                "refusal_p50": round(refused[len(refused) // 2], 1) if refused else None,
                "refusal_p99": round(refused[int(len(refused) * .99)], 1) if refused else None}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--seconds", type=int, default=10)
    ap.add_argument("parts", nargs="*", default=["overhead", "memory", "extract", "overload"])
    a = ap.parse_args()
    a.bin = os.path.abspath(a.bin)
    b = Bench(a)
    try:
        for part in a.parts:
            getattr(b, part)()
    finally:
        b.site.stop()
        shutil.rmtree(b.tmp, ignore_errors=True)
        with open(os.path.join(a.out, "serve.json"), "w") as f:
            json.dump(b.out, f, indent=1)


if __name__ == "__main__":
    main()
