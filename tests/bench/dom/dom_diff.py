#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Are our trees those of Chromium's DOMParser (and innerHTML, for fragments)? Pages of the corpus and mutated fragments go
through both; what is compared is the tree as html5lib-tests write it, line by line.

usage: dom_diff.py BIN_DIR CORPUS PAGES FRAGMENTS [SEED]; only in a namespace with nothing but loopback (tests/isolated.sh)
"""
import difflib
import glob
import gzip
import http.server
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

LOOP = """
(async () => {
	for (;;) {
		const batch = await (await fetch("/batch")).json();
		if (!batch.length)
			break;
		await fetch("/trees", {method: "POST", body: JSON.stringify(batch.map(answer))});
	}
})();
"""


def page_of(script):
    """A page for Browser, whose function `answer` gives what parse() returns for each item of a batch."""
    return "<!doctype html><meta charset=utf-8><script>%s%s</script>" % (script, LOOP)


PAGE = page_of(r"""
const NS = {"http://www.w3.org/1999/xhtml": "", "http://www.w3.org/2000/svg": "svg ", "http://www.w3.org/1998/Math/MathML": "math "};
const ANS = {"http://www.w3.org/1999/xlink": "xlink ", "http://www.w3.org/XML/1998/namespace": "xml ", "http://www.w3.org/2000/xmlns/": "xmlns "};
const pad = n => "| " + "  ".repeat(n);
function dump(node, level, out) {
	for (let c = node.firstChild; c; c = c.nextSibling) {
		switch (c.nodeType) {
		case 1: {
			out.push(pad(level) + "<" + (NS[c.namespaceURI] ?? "?") + c.localName + ">");
			const attrs = [...c.attributes].map(a => [a.namespaceURI ? (ANS[a.namespaceURI] ?? "?") + a.localName : a.name, a.value]);
			for (const [name, value] of attrs.sort((x, y) => x[0] < y[0] ? -1 : 1))
				out.push(pad(level + 1) + name + '="' + value + '"');
			if (c.content instanceof DocumentFragment) {
				out.push(pad(level + 1) + "content");
				dump(c.content, level + 2, out);
			}
			dump(c, level + 1, out);
			break;
		}
		case 3: out.push(pad(level) + '"' + c.data + '"'); break;
		case 7: out.push(pad(level) + "<?>"); break;
		case 8: out.push(pad(level) + "<!-- " + c.data + " -->"); break;
		case 10: out.push(pad(level) + "<!DOCTYPE " + c.name + (c.publicId || c.systemId ? ' "' + c.publicId + '" "' + c.systemId + '"' : "") + ">"); break;
		}
	}
}
function answer([html, context]) {
	const out = [];
	if (!context) {
		dump(new DOMParser().parseFromString(html, "text/html"), 0, out);
	} else {
		// An XML document keeps the fragment out of quirks mode, as ours is.
		const doc = document.implementation.createHTMLDocument("");
		const ns = context.startsWith("svg ") ? "http://www.w3.org/2000/svg" : context.startsWith("math ") ? "http://www.w3.org/1998/Math/MathML" : "http://www.w3.org/1999/xhtml";
		const el = doc.createElementNS(ns, context.split(" ").pop());
		el.innerHTML = html;
		dump(el.content instanceof DocumentFragment ? el.content : el, 0, out);
	}
	return out.join("\n");
}
""")

# --- inputs ---

TAGS = ("a abbr address applet article b base big blockquote body br button caption center code col colgroup dd desc details div dl dt em embed "
        "fieldset font foreignObject form frame frameset h1 h2 h6 head hr html i iframe image img input li link listing marquee math menu meta mi "
        "mo mtext annotation-xml mglyph nav nobr noembed noframes noscript object ol optgroup option p param plaintext pre rb rp rt rtc ruby s "
        "script section select small source span strike strong style sub summary svg table tbody td template textarea tfoot th thead title tr tt "
        "u ul wbr xmp x-a path").split()
COMMON = "a b i font p div table tr td tbody li ul select option form span button svg math template".split()
TEXTS = ["x", " ", "\n", "a b", "&amp;", "&lt", "&notit;", "&#x41;", "&#0;", "&#128;", "&copy=", "<", "</", "<!", "\r\n", "é", "\0", "-->", "]]>", "&nbsp"]
ATTRS = ["", "", "", " a=b", " a='b&amp;'", " A=1 a=2", ' c="d"', " type=hidden", " type=text", " color=red", " encoding=text/html", "/", " /", " b c=",
         " x='", ' href="?a=1&copy=2"', " xlink:href=a", " viewBox=1", " definitionURL=2", " shadowrootmode=open"]
OTHERS = ["<!-- c -->", "<!--", "<!-->", "<!---->", "<!--a--!>", "<!-- a -- b -->", "<!doctype html>", "<!doctype>", "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 3.2//EN\">",
          "<!doctype html system 'about:legacy-compat'>", "<?pi x?>", "<![CDATA[x<y]]>", "</ >", "</>", "<a", "</p", "<3", "<!bogus>", "<script><!--<script></script>--></script>"]
CONTEXTS = ["div", "body", "table", "tbody", "tr", "td", "caption", "colgroup", "select", "template", "svg svg", "svg foreignObject", "math math", "math mi",
            "html", "head", "frameset", "title", "textarea", "style", "p", "a"]

DEEP = ["<!doctype html>" + "<div>x" * n + "</div>y" * n for n in (511, 512, 700)] + ["<div><b>x" * 600 + "</div>y" * 600]


def token(rng):
    r = rng.random()
    tag = rng.choice(COMMON if rng.random() < 0.6 else TAGS)
    if rng.random() < 0.05:
        tag = tag.upper()
    if r < 0.48:
        return "<%s%s>" % (tag, rng.choice(ATTRS))
    if r < 0.76:
        return "</%s>" % tag
    return rng.choice(TEXTS if r < 0.94 else OTHERS)


def soup(rng):
    start = "<!doctype html>" if rng.random() < 0.5 else ""
    return start + "".join(token(rng) for _ in range(rng.randint(2, 28)))


MARKUP = re.compile(r"<[^>]*>|[^<]+")


def mutated(rng, text):
    at = rng.randrange(max(len(text) - 100, 1))
    parts = MARKUP.findall(text[at:at + rng.randint(100, 1500)])
    for _ in range(rng.randint(1, 8)):
        if not parts:
            break
        i = rng.randrange(len(parts))
        r = rng.random()
        if r < 0.35:
            parts.insert(i, token(rng))
        elif r < 0.6:
            del parts[i]
        elif r < 0.75:
            j = rng.randrange(len(parts))
            parts[i], parts[j] = parts[j], parts[i]
        elif r < 0.85:
            parts.insert(i, parts[rng.randrange(len(parts))])
        elif parts[i]:
            k = rng.randrange(len(parts[i]))
            parts[i] = parts[i][:k] + rng.choice(["", "<", ">", '"', "'", "/", "&", " ", "\0"]) + parts[i][k + 1:]
    return "".join(parts)


def read_page(path):
    with gzip.open(path) as f:
        return f.read().decode("utf-8", "replace").removeprefix("\ufeff")


def inputs(corpus, n_pages, n_fragments, seed):
    """[(html, context)]: whole pages first."""
    rng = random.Random(seed)
    paths = sorted(glob.glob(os.path.join(corpus, "html", "*.html.gz")))
    pages = [read_page(p) for p in rng.sample(paths, min(n_pages, len(paths)))]
    out = [(p, "") for p in pages]
    for i in range(n_fragments):
        if i < len(DEEP):
            out.append((DEEP[i], ""))
            continue
        html = mutated(rng, rng.choice(pages)) if pages and i % 2 else soup(rng)
        out.append((html, rng.choice(CONTEXTS) if rng.random() < 0.2 else ""))
    return out


# --- the two parsers ---

def ours(bin_dir, batch):
    p = subprocess.Popen([os.path.join(bin_dir, "dom_dump")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    blobs = [(html.encode(), context) for html, context in batch]
    data = b"".join(b"%d %s\n%s" % (len(html), context.encode(), html) for html, context in blobs)
    out, _ = p.communicate(data, timeout=600)
    assert p.returncode == 0, "dom_dump: exit status %d" % p.returncode
    trees, at = [], 0
    while at < len(out):
        lf = out.index(b"\n", at)
        n = int(out[at:lf])
        trees.append(out[lf + 1:lf + 1 + n].decode().rstrip("\n"))
        at = lf + 1 + n
    assert len(trees) == len(batch)
    return trees


class Browser:
    """Chromium behind a queue of batches on loopback."""

    def __init__(self, page=PAGE):
        self.batches, self.trees = [], {}
        self.changed = threading.Condition()
        self.handed = self.taken = 0
        self.dir = tempfile.mkdtemp()
        browser = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body, kind):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path != "/batch":
                    self.answer(page.encode() if self.path == "/" else b"", "text/html; charset=utf-8")
                    return
                with browser.changed:
                    browser.changed.wait_for(lambda: browser.handed < len(browser.batches), timeout=3600)
                    batch = browser.batches[browser.handed]
                    browser.handed += 1
                self.answer(json.dumps(batch).encode(), "application/json")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with browser.changed:
                    browser.trees[browser.taken] = json.loads(body)
                    browser.taken += 1
                    browser.changed.notify_all()
                self.answer(b"", "text/plain")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        self.process = subprocess.Popen(
            [program, "--headless", "--disable-gpu", "--no-sandbox", "--no-first-run", "--user-data-dir=" + self.dir, "--disable-background-networking",
             "--remote-debugging-port=0", "http://127.0.0.1:%d/" % self.server.server_port], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)

    def parse(self, batch, timeout=300):
        with self.changed:
            number = len(self.batches)
            self.batches.append(batch)
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: number in self.trees, timeout=timeout), "no trees from Chromium in time"
            return self.trees.pop(number)

    def close(self):
        with self.changed:
            self.batches.append([])
            self.changed.notify_all()
        os.killpg(self.process.pid, signal.SIGTERM)  # the program is a script that starts the browser
        self.process.wait(30)
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.dir, ignore_errors=True)


# --- comparing ---

def equal_lines(a, b):
    if a == b:
        return len(b)
    same = 0
    while same < len(a) and same < len(b) and a[same] == b[same]:
        same += 1
    end = 0
    while end < len(a) - same and end < len(b) - same and a[-1 - end] == b[-1 - end]:
        end += 1
    middle = difflib.SequenceMatcher(None, a[same:len(a) - end], b[same:len(b) - end], autojunk=False)
    return same + end + sum(m.size for m in middle.get_matching_blocks())


def without_instructions(tree):
    """Chromium makes nodes of their own of `<?x y>`, which the standard's tests want as comments."""
    return re.sub(r"<!-- \?.*? -->$", "<?>", tree, flags=re.M | re.S)


class Result:
    def __init__(self):
        self.inputs = self.equal = self.lines = self.equal_lines = 0
        self.different = []

    def add(self, item, mine, theirs):
        mine, theirs = without_instructions(mine), without_instructions(theirs)
        a, b = mine.split("\n"), theirs.split("\n")
        self.inputs += 1
        self.equal += a == b
        self.lines += max(len(a), len(b))
        self.equal_lines += equal_lines(a, b)
        if a != b and len(self.different) < 2000:
            self.different.append((item, mine, theirs))

    def share(self):
        return self.equal_lines / max(self.lines, 1)

    def __str__(self):
        return "%d of %d trees equal, %.4f %% of %d nodes and attributes" % (self.equal, self.inputs, 100 * self.share(), self.lines)


def compare(bin_dir, corpus, n_pages, n_fragments, seed):
    items = inputs(corpus, n_pages, n_fragments, seed)
    pages, fragments = Result(), Result()
    browser = Browser()
    try:
        at = 0
        while at < len(items):
            n = 5 if at < n_pages else 500
            batch = items[at:min(at + n, n_pages) if at < n_pages else at + n]
            theirs = browser.parse(batch)
            for item, a, b in zip(batch, ours(bin_dir, batch), theirs):
                (pages if at < n_pages else fragments).add(item, a, b.rstrip("\n"))
            at += len(batch)
    finally:
        browser.close()
    return pages, fragments


def main():
    bin_dir, corpus, n_pages, n_fragments = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    pages, fragments = compare(bin_dir, corpus, n_pages, n_fragments, int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    print("pages:     %s\nfragments: %s" % (pages, fragments))
    if os.environ.get("VERBOSE"):
        for (html, context), mine, theirs in pages.different[:20] + sorted(fragments.different, key=lambda d: len(d[0][0]))[:int(os.environ["VERBOSE"])]:
            diff = difflib.unified_diff(theirs.split("\n"), mine.split("\n"), "chromium", "ours", lineterm="", n=2)
            print("=== %r in %r" % (html[:400], context))
            print("\n".join(line[:200] for line in list(diff)[:40]))
    return 0 if min(pages.share(), fragments.share()) >= 0.999 else 1


if __name__ == "__main__":
    sys.exit(main())
