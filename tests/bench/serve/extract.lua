-- SPDX-License-Identifier: Apache-2.0
-- wrk: POST /v1/extract with the page named by the environment.
local file = io.open(os.getenv("PAGE"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "text/html; charset=utf-8"
function done(summary, latency, requests)
	io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
		summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout,
		latency:percentile(50), latency:percentile(99)))
end
