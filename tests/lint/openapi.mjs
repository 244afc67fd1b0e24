// SPDX-License-Identifier: Apache-2.0
// Redocly's recommended rules over an OpenAPI file. usage: node openapi.mjs NODE_MODULES FILE
// Prints a line a problem; exit 1 when there is one.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(path.resolve(process.argv[2]), "x.js"));
const { createConfig, lint } = require("@redocly/openapi-core");
const found = await lint({ ref: process.argv[3], config: await createConfig({ extends: ["recommended"] }) });
// A WebSocket answers 101 and nothing else.
const problems = found.filter((p) => p.ruleId !== "operation-2xx-response" || !p.location[0].pointer.startsWith("#/paths/~1v1~1ws/"));
for (const p of problems)
	console.log(`${p.severity} ${p.ruleId} ${p.location[0]?.pointer}: ${p.message}`);
process.exit(problems.length ? 1 : 0);
