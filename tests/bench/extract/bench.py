#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time per page on one core: the extractor against readability + linkedom, turndown, defuddle and trafilatura, interleaved.

Each tool is one process that stays; pages go to the tools in turn, BATCH at a time, so that what else the machine does hits all.
The first batch warms up and is not counted, nor is the first page of a batch the first time: what the others left in the caches is
not a tool's own cost. The sample is every n-th page of the corpus. A page that takes a peer more than CAP_MS is
stopped and counts with what it took until then. Then the memory of one document: what the process grows by, the page's bytes included.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 10
CAP_MS = 5000
OURS = {"riptide: Markdown + metadata": "metadata", "riptide: Markdown": "markdown", "riptide: whole document": "document"}
NPM = {"@mozilla/readability": "0.6.0", "linkedom": "0.18.12", "turndown": "7.2.5", "defuddle": "0.19.4"}
PEERS = ["readability + linkedom", "readability + linkedom + turndown", "turndown, whole page", "defuddle + linkedom"]


class Tool:
    def __init__(self, name, argv):
        self.name, self.times, self.late, self.errors, self.bytes_out, self.peaks = name, [], 0, 0, 0, {}
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def page(self, path, counted):
        self.process.stdin.write(path + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise SystemExit("bench: %s ended at %s" % (self.name, path))
        self.peaks[path] = int(answer[2]) if len(answer) == 3 and answer[0].isdigit() else 0
        if not counted:
            return
        self.late += answer[0] == "late"
        self.errors += answer[0] == "error"
        self.bytes_out += int(answer[1]) if answer[0].isdigit() else 0
        self.times.append(int(answer[0] if answer[0].isdigit() else answer[1]) / 1e9)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def npm_install(folder):
    """The peers in `folder`, or why there are none."""
    def there(name):
        try:
            return json.load(open(os.path.join(folder, "node_modules", name, "package.json")))["version"] == NPM[name]
        except OSError:
            return False
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not here"
    if not all(map(there, NPM)):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--silent",
                        *("%s@%s" % p for p in NPM.items())], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    missing = [n for n in NPM if not there(n)]
    return "npm gave no " + ", ".join(missing) if missing else None


def start_tools(args):
    tools = [Tool(name, [os.path.join(args.bin, "page_timer"), mode]) for name, mode in OURS.items()]
    why = npm_install(args.npm)
    if why:
        print("bench: no npm peers: %s" % why, file=sys.stderr)
    else:
        modules = os.path.join(args.npm, "node_modules")
        tools += [Tool(name, ["node", os.path.join(HERE, "peers.mjs"), modules, name, str(CAP_MS)]) for name in PEERS]
    if subprocess.run([sys.executable, "-c", "import trafilatura"], stderr=subprocess.DEVNULL).returncode == 0:
        tools.append(Tool("trafilatura", [sys.executable, os.path.join(HERE, "peer_trafilatura.py")]))
    else:
        print("bench: no trafilatura: Debian 12 has no package of it and %s can't import it" % sys.executable, file=sys.stderr)
    return tools


def run_batches(tools, pages):
    batches = [pages[i:i + BATCH] for i in range(0, len(pages), BATCH)]
    for k, batch in enumerate([batches[-1]] + batches):
        for tool in tools[k % len(tools):] + tools[:k % len(tools)]:
            tool.page(batch[0], False)
            for page in batch:
                tool.page(page, k > 0)


def report(tools, pages):
    size = sum(os.path.getsize(p) for p in pages)
    ours = sum(tools[0].times)
    rows = []
    print("%d pages, %.1f MB, %.0f kB on average; CPU time, one process each\n" % (len(pages), size / 1e6, size / 1e3 / len(pages)))
    print("%-36s %9s %9s %8s %14s %8s %s" % ("", "ms/page", "pages/s", "MB/s", "174 kB pages/s", "times", "late, failed"))
    for t in tools:
        total = sum(t.times)
        row = {"tool": t.name, "ms_per_page": total * 1e3 / len(pages), "pages_per_s": len(pages) / total, "mb_per_s": size / 1e6 / total,
               "pages_174kb_per_s": size / 174e3 / total, "ratio": total / ours, "late": t.late, "failed": t.errors, "bytes_out": t.bytes_out}
        rows.append(row)
        print("%-36s %9.2f %9.1f %8.1f %14.1f %8.1f %d, %d" % (t.name, row["ms_per_page"], row["pages_per_s"], row["mb_per_s"],
                                                              row["pages_174kb_per_s"], row["ratio"], t.late, t.errors))
    return {"pages": len(pages), "bytes": size, "cap_ms": CAP_MS, "tools": rows}


def memory(args, pages):
    """Peak memory of the whole document of each page of 0.8 MB and more, in a process that has done one small page before."""
    ratios = []
    for page in pages:
        size = os.path.getsize(page)
        if size < 800_000:
            continue
        tool = Tool("memory", [os.path.join(args.bin, "page_timer"), "document"])
        tool.page(pages[0], False)
        tool.page(page, True)
        tool.end()
        ratios.append((tool.peaks[page] / size, os.path.basename(page), size))
    if not ratios:
        return {}
    ratios.sort()
    worst = ratios[-1]
    print("\nmemory of a whole document, %d pages of 0.8 MB and more: median %.1f, most %.1f times the page (%s, %.1f MB)"
          % (len(ratios), ratios[len(ratios) // 2][0], worst[0], worst[1], worst[2] / 1e6))
    return {"pages": len(ratios), "median": ratios[len(ratios) // 2][0], "most": worst[0], "most_page": worst[1]}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--bin", required=True)
    ap.add_argument("--pages", required=True, help="folder with *.html")
    ap.add_argument("--npm", required=True, help="folder that npm installs into")
    ap.add_argument("--out", required=True, help="the JSON to write")
    ap.add_argument("--count", type=int, default=150, help="pages of the sample")
    args = ap.parse_args()
    everything = sorted(os.path.join(args.pages, n) for n in os.listdir(args.pages) if n.endswith(".html"))
    step = max(1, len(everything) // args.count)
    pages = everything[::step][:args.count]
    tools = start_tools(args)
    run_batches(tools, pages)
    for tool in tools:
        tool.end()
    result = report(tools, pages)
    result["memory"] = memory(args, everything)
    with open(args.out, "w") as f:
        json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()
