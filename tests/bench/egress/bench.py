#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the egress guard costs: CPU and time a megabyte, time a connection, beside the same on the loopback without it.
usage: bench.py --bin DIR --out DIR"""
import argparse
import json
import os
import socket
import statistics
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests", "integration")]

ROUNDS = 9


def cpu_ms(guard):
    with open("/proc/%d/schedstat" % guard.process.pid) as f:
        return int(f.read().split()[0]) / 1e6


def transfer(connect, server, size, piece):
    """Seconds for `size` bytes from the server's side to the client, in writes of `piece` bytes."""
    client = connect()
    theirs = server.accept()[0]
    data = memoryview(bytes(piece))

    def write():
        for _ in range(size // piece):
            theirs.sendall(data)
    t = threading.Thread(target=write)
    room = bytearray(1 << 18)
    began, left = time.perf_counter(), size
    t.start()
    while left:
        left -= client.recv_into(room)
    took = time.perf_counter() - began
    t.join()
    client.close()
    theirs.close()
    return took


def round_trips(connect, server, n):
    """Seconds for `n` requests of 500 bytes with answers of 20 kB, one connection each."""
    began = time.perf_counter()
    for _ in range(n):
        client = connect()
        theirs = server.accept()[0]
        client.sendall(bytes(500))
        theirs.recv(65536)
        theirs.sendall(bytes(20000))
        theirs.close()
        while client.recv(65536):
            pass
        client.close()
    return time.perf_counter() - began


def connects(connect, server, n):
    began = time.perf_counter()
    for _ in range(n):
        client = connect()
        theirs = server.accept()[0]
        client.close()
        theirs.close()
    return time.perf_counter() - began


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--bin", required=True)
    a.add_argument("--out", required=True)
    a = a.parse_args()
    os.environ["RIPTIDE_BIN"] = a.bin
    from test_egress_guard import Guard, request
    out, guard = [], Guard()
    guard.grant()
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        port = server.getsockname()[1]

        def direct():
            return socket.create_connection(("127.0.0.1", port))

        def through():
            s = guard.client()
            s.sendall(b"\5\1\0" + request("127.0.0.1", port))
            got = 0
            while got < 12:
                got += len(s.recv(12 - got))
            return s

        def compare(what, run, per):
            took, cpu = {"direct": [], "through": []}, []
            for _ in range(ROUNDS):
                took["direct"].append(run(direct))
                before = cpu_ms(guard)
                took["through"].append(run(through))
                cpu.append(cpu_ms(guard) - before)
            best = {k: min(v) / per for k, v in took.items()}
            out.append({"what": what, **{k + "_us": round(v * 1e6, 1) for k, v in best.items()},
                        "guard_cpu_us": round(min(cpu) * 1e3 / per, 1), "guard_cpu_median_us": round(statistics.median(cpu) * 1e3 / per, 1)})
            print(json.dumps(out[-1]), flush=True)
        compare("MB, writes of 256 kB", lambda c: transfer(c, server, 256 << 20, 1 << 18), 256)
        compare("MB, writes of 16 kB", lambda c: transfer(c, server, 64 << 20, 1 << 14), 64)
        compare("MB, writes of 1400 bytes", lambda c: transfer(c, server, 1400 * 10000, 1400), 14)
        compare("connection", lambda c: connects(c, server, 500), 500)
        compare("request with 20 kB", lambda c: round_trips(c, server, 500), 500)
    guard.close()
    with open(os.path.join(a.out, "egress.json"), "w") as f:
        json.dump(out, f, indent=1)


if __name__ == "__main__":
    main()
