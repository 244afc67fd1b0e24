// SPDX-License-Identifier: Apache-2.0
// The npm peers of bench.py: one tool, one warm process. Reads a path a line, answers
// "CPU_NANOSECONDS OUTPUT_BYTES" a line, "late CPU_NANOSECONDS" for a page that was stopped after CAP_MS, or
// "error CPU_NANOSECONDS MESSAGE". The file is read before the clock starts; CPU is the process', all its threads.
// usage: node peers.mjs NODE_MODULES TOOL CAP_MS <PATHS
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import vm from "node:vm";
import { createRequire } from "node:module";

const [modules, tool, cap] = process.argv.slice(2);
const require = createRequire(path.resolve(modules) + "/");
const file = name => path.join(path.resolve(modules), name);

const linkedom = () => require("linkedom").parseHTML;
const tools = {
	"readability + linkedom": () => {
		const parseHTML = linkedom(), { Readability } = require("@mozilla/readability");
		return html => new Readability(parseHTML(html).document).parse()?.content ?? "";
	},
	"readability + linkedom + turndown": () => {
		const article = tools["readability + linkedom"](), Turndown = require("turndown");
		return html => new Turndown().turndown(article(html));
	},
	"turndown, whole page": () => {
		const Turndown = require("turndown");
		return html => new Turndown().remove(["script", "style"]).turndown(html);
	},
	"defuddle + linkedom": () => { // with its own Markdown and metadata
		const parseHTML = linkedom(), { Defuddle } = require(file("defuddle/dist/defuddle.js"));
		const { toMarkdown } = require(file("defuddle/dist/markdown.js"));
		return html => {
			const url = "https://example.org/", options = { url, markdown: true };
			const result = new Defuddle(parseHTML(html).document, options).parse();
			toMarkdown(result, options, url);
			return result.content;
		};
	},
};

console.log = console.warn = console.error = () => {};
const run = tools[tool]();
const script = new vm.Script("__run()");
const nanoseconds = t => { const c = process.cpuUsage(t); return (c.user + c.system) * 1000; };

for await (const line of readline.createInterface({ input: process.stdin })) {
	const bytes = fs.readFileSync(line);
	let out = "", failed = "";
	globalThis.__run = () => { out = run(bytes.toString("utf8")); };
	const start = process.cpuUsage();
	try {
		script.runInThisContext({ timeout: Number(cap) });
	} catch (e) {
		failed = e.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "late" : "error " ;
		if (failed !== "late") out = String(e.message).split("\n")[0];
	}
	const ns = nanoseconds(start);
	process.stdout.write(failed === "late" ? `late ${ns}\n` : failed ? `error ${ns} ${out}\n` : `${ns} ${Buffer.byteLength(out)}\n`);
}
