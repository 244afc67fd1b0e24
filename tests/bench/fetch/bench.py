#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Engine `fetch` against engine `browser`: the same page from the same server, batches of both in turn through one service, and one page
after the other from the command line. CPU is that of the service's whole process tree, browsers and extractors included."""
import argparse
import json
import multiprocessing
import os
import pathlib
import socketserver
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests", "bench", "render")]


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            while self.rfile.readline().strip():
                pass
            self.wfile.write(self.server.answer)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 256


def serve(page, port):
    s = Server(("127.0.0.1", 0), Handler)
    s.answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(page) + page
    port.value = s.server_address[1]
    s.serve_forever()


def batch(service, url, engine, n, concurrency):
    start = time.monotonic()
    r = service.post("/v1/batch", {"requests": [{"url": url, "engine": engine}] * n, "concurrency": concurrency})
    seconds = time.monotonic() - start
    assert all(row["result"]["status"] == "complete" for row in r.json()["results"]), r.text[:500]
    return seconds


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--rounds", type=int, default=5)
    args = p.parse_args()
    os.environ["RIPTIDE_BIN"] = args.bin
    import bench as render_bench  # of tests/bench/render
    import conftest
    tree_cpu = render_bench.tree_cpu
    port = multiprocessing.Value("i", 0)
    web = multiprocessing.Process(target=serve, args=(render_bench.make_page(), port), daemon=True)
    web.start()
    while not port.value:
        time.sleep(0.01)
    url = "http://127.0.0.1:%d/" % port.value
    out = {}

    def say(key, value):
        out[key] = value
        print("%-46s %s" % (key, value), flush=True)

    service = conftest.Service(pathlib.Path(tempfile.mkdtemp(prefix="riptide-bench-")), "--recycle-jobs", "0", "--canary-interval", "0")
    counts, rates, cpu = {"fetch": 400, "browser": 24}, {"fetch": [], "browser": []}, {"fetch": [], "browser": []}
    for engine in counts:
        batch(service, url, engine, 16, 16)
    for _ in range(args.rounds):
        for engine, n in counts.items():
            before = sum(tree_cpu(service.process.pid).values())
            seconds = batch(service, url, engine, n, 16)
            cpu[engine].append((sum(tree_cpu(service.process.pid).values()) - before) * 1000 / n)
            rates[engine].append(n / seconds)
    service.stop()
    for engine in counts:
        say(engine + ": pages/s, each round", [round(v, 1) for v in rates[engine]])
        say(engine + ": CPU ms a page, each round", [round(v, 2) for v in cpu[engine]])
    say("ratio of pages/s", round(statistics.median(rates["fetch"]) / statistics.median(rates["browser"]), 1))
    say("ratio of CPU", round(statistics.median(cpu["browser"]) / statistics.median(cpu["fetch"]), 1))

    wall = {"fetch": [], "browser": []}
    for _ in range(2 * args.rounds):
        for engine in wall:
            start = time.monotonic()
            subprocess.run([args.bin + "/riptide", "render", url, "--engine", engine, "--allow-private", "-o", os.devnull], check=True,
                           stderr=subprocess.DEVNULL)
            wall[engine].append((time.monotonic() - start) * 1000)
    for engine in wall:
        say(engine + ": riptide render, wall ms, best and median", [round(min(wall[engine])), round(statistics.median(wall[engine]))])
    with open(os.path.join(args.out, "fetch.json"), "w") as f:
        json.dump(out, f, indent=1)
    web.terminate()


if __name__ == "__main__":
    main()
