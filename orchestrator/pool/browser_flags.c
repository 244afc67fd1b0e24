// SPDX-License-Identifier: Apache-2.0
// The flags that Chromium is started with, each with its reason: the one table, printed into the
// docs. A flag stands at the browser whose binary knows it (156). Left out on purpose:
// - made for trusted pages elsewhere: --disable-ipc-flooding-protection, --disable-popup-blocking,
//   --disable-hang-monitor, --disable-web-security, --single-process, --no-zygote,
//   --remote-allow-origins=*, --allow-file-access-from-files, --ignore-certificate-errors;
// - --disable-threaded-compositing saves 11 ms CPU a render by never drawing: no
// requestAnimationFrame,
//   no CSS animation, no IntersectionObserver (tried with both browsers);
// - NetworkServiceInProcess2 saves 5 ms but ends the browser with the network stack;
// - gone from Chromium: --dns-prefetch-disable, --disable-client-side-phishing-detection.
#include "orchestrator/pool/browser_priv.h"

#include "sandbox/launch.h"

#include <stdio.h>

#define SHELL BROWSER_FLAG_KIND(BROWSER_HEADLESS_SHELL)
#define FULL  BROWSER_FLAG_KIND(BROWSER_CHROMIUM)
#define BOTH  (SHELL | FULL)

const char *const browser_flag_when_names[] = {
    [FLAG_ALWAYS] = "always",
    [FLAG_NO_SANDBOX] = "with --insecure-no-sandbox",
    [FLAG_SMALL_SHM] = "without a mount namespace, when /dev/shm is below 512 MB",
    [FLAG_FEATURES] = "always",
    [FLAG_EGRESS] = "with the egress guard",
};

const struct browser_flag browser_flags[] = {
    {"--headless=new", FULL, FLAG_ALWAYS, "the full browser without a window system"},
    {"--remote-debugging-port=0", BOTH, FLAG_ALWAYS,
	"DevTools over a WebSocket on a free loopback port, told on stderr"},
    {"--user-data-dir=" LAUNCH_DIR "/profile", BOTH, FLAG_ALWAYS,
	"a profile of its own that goes with the browser"},
    {"--no-startup-window", BOTH, FLAG_ALWAYS,
	"no first page that nobody uses: saves 55 ms CPU and 37 MB at start (full: 760 ms, 135 MB)"},
    {"--no-sandbox", BOTH, FLAG_NO_SANDBOX, "only when the user takes the risk explicitly"},
    {"--disable-dev-shm-usage", BOTH, FLAG_SMALL_SHM,
	"shared memory in files instead: Docker gives 64 MB and large pages crash on it"},

    {"--no-first-run", FULL, FLAG_ALWAYS, "no welcome page, no import"},
    {"--no-default-browser-check", FULL, FLAG_ALWAYS, "no question, no settings lookup"},
    {"--disable-default-apps", FULL, FLAG_ALWAYS, "nothing is installed into a new profile"},
    {"--disable-extensions", FULL, FLAG_ALWAYS, "no code but the page's"},
    {"--disable-component-extensions-with-background-pages", FULL, FLAG_ALWAYS,
	"saves renderers at start"},
    {"--disable-component-update", FULL, FLAG_ALWAYS, "no traffic but the page's"},
    {"--disable-background-networking", FULL, FLAG_ALWAYS,
	"no variations, safe browsing or update traffic"},
    {"--disable-sync", FULL, FLAG_ALWAYS, "no account, no sync server"},
    {"--disable-domain-reliability", FULL, FLAG_ALWAYS, "no error reports to page owners"},
    {"--metrics-recording-only", FULL, FLAG_ALWAYS, "no usage reports leave"},
    {"--no-pings", FULL, FLAG_ALWAYS, "no hyperlink auditing requests"},
    {"--disable-prompt-on-repost", FULL, FLAG_ALWAYS, "no dialog that nobody can answer"},
    {"--disable-breakpad", BOTH, FLAG_ALWAYS, "no crash handler process, no dump files"},
    {"--disable-crash-reporter", SHELL, FLAG_ALWAYS, "no crash handler process, no dump files"},

    {"--block-new-web-contents", BOTH, FLAG_ALWAYS,
	"window.open gives nothing: each window would cost 20 ms that a storm of them takes from the page"},
    {"--disable-quic", BOTH, FLAG_ALWAYS, "UDP would go past the egress guard"},
    {"--proxy-server=socks5://127.0.0.1:" LAUNCH_EGRESS, BOTH, FLAG_EGRESS,
	"each context has an address of its own; what belongs to no page comes by this one and may dial nothing"},
    {"--proxy-bypass-list=<-loopback>", BOTH, FLAG_EGRESS,
	"loopback and link-local addresses would go past the guard"},
    {"--force-webrtc-ip-handling-policy=disable_non_proxied_udp", SHELL, FLAG_ALWAYS,
	"WebRTC would tell local addresses and send UDP past any proxy"},
    {"--webrtc-ip-handling-policy=disable_non_proxied_udp", FULL, FLAG_ALWAYS,
	"the same; each browser heeds only its own spelling"},

    {"--disable-background-timer-throttling", BOTH, FLAG_ALWAYS,
	"many pages at once: none is in the foreground"},
    {"--disable-backgrounding-occluded-windows", BOTH, FLAG_ALWAYS,
	"as above: a page nobody sees must still finish"},
    {"--disable-renderer-backgrounding", BOTH, FLAG_ALWAYS,
	"as above: no lower priority for hidden pages"},
    {"--disable-back-forward-cache", BOTH, FLAG_ALWAYS,
	"left pages would keep memory and timers in a renderer"},
    {"--password-store=basic", BOTH, FLAG_ALWAYS, "no key ring, no D-Bus"},
    {"--mute-audio", BOTH, FLAG_ALWAYS, "no audio output"},
    {"--hide-scrollbars", BOTH, FLAG_ALWAYS, "screenshots of the page, not of the browser"},

    {"Translate", BOTH, FLAG_FEATURES, "no translation bar, no language model"},
    {"AcceptCHFrame", BOTH, FLAG_FEATURES, "a server could restart the navigation"},
    {"MediaRouter", FULL, FLAG_FEATURES, "no cast discovery on the local network"},
    {"DialMediaRouteProvider", FULL, FLAG_FEATURES, "no SSDP on the local network"},
    {"OptimizationHints", BOTH, FLAG_FEATURES, "no hint downloads"},
    {"HttpsUpgrades", FULL, FLAG_FEATURES, "the URL asked for is the URL loaded"},
    {"RenderDocument", BOTH, FLAG_FEATURES,
	"no new frame host for the first navigation: 3 ms CPU a render; the peers leave it off too"},
    {"SpareRendererForSitePerProcess", BOTH, FLAG_FEATURES,
	"no spare process for a next site: a fresh context never uses it"},
};
const size_t browser_flags_count = ARRAY_LEN(browser_flags);

void
browser_flags_for(const struct browser_opts *o, enum browser_flag_when when, cJSON *argv)
{
	for (size_t i = 0; i < browser_flags_count; i++) {
		const struct browser_flag *f = &browser_flags[i];
		if (f->when == when && (f->kinds & BROWSER_FLAG_KIND(o->kind)))
			json_push(argv, cJSON_CreateString(f->flag));
	}
}

// One list: of several --disable-features Chromium heeds only the last.
void
browser_flags_features(const struct browser_opts *o, struct buf *out)
{
	cJSON *names = json_arr();
	browser_flags_for(o, FLAG_FEATURES, names);
	buf_str(out, "--disable-features=");
	json_foreach (name, names) {
		if (name != names->child)
			buf_ch(out, ',');
		buf_str(out, name->valuestring);
	}
	cJSON_Delete(names);
}

static const char *
kinds_text(unsigned kinds)
{
	if (kinds == BOTH)
		return "both";
	return browser_kind_names[kinds == SHELL ? BROWSER_HEADLESS_SHELL : BROWSER_CHROMIUM];
}

void
browser_flags_markdown(struct buf *out)
{
	buf_str(out, "| flag | browser | when | reason |\n|---|---|---|---|\n");
	for (size_t i = 0; i < browser_flags_count; i++) {
		const struct browser_flag *f = &browser_flags[i];
		const char *in = f->when == FLAG_FEATURES ? "--disable-features: " : "";
		buf_fmt(out, "| `%s%s` | %s | %s | %s |\n", in, f->flag, kinds_text(f->kinds),
		    browser_flag_when_names[f->when], f->reason);
	}
}
