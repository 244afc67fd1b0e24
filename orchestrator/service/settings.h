// SPDX-License-Identifier: Apache-2.0
// The settings of the daemon, one table: name, type, default, range, unit, reloadable, text. Read
// from a file of `key = value` lines, the environment (RIPTIDE_NAME) and options (--name), the
// later winning. The same rows print `riptide config print`, --help and docs/OPERATIONS.md.
#ifndef ORCHESTRATOR_SERVICE_SETTINGS_H
#define ORCHESTRATOR_SERVICE_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/opts.h"

#include <stdint.h>

enum setting_type {
	SETTING_STRING,
	SETTING_INT,
	SETTING_MS,
	SETTING_BYTES,
	SETTING_BOOL,
	SETTING_ENUM
};

// X(TYPE, name, C type, default text, min, max, reloadable, "text")
// Bytes take k, M, G, T (powers of 1024); times take ms (default), s, m, h, d.
#define SETTINGS_TABLE(X)                                                                                                           \
	X(STRING, listen, const char *, "127.0.0.1:8377", 0, 0, false,                                                              \
	    "Address and port to listen on.")                                                                                       \
	X(STRING, state_dir, const char *, "", 0, 0, false,                                                                         \
	    "Where the database and artifacts are; empty: the XDG state directory, /var/lib/riptide for root.")                     \
	X(BOOL, allow_private, bool, "false", 0, 0, true,                                                                           \
	    "Render private and loopback addresses, too.")                                                                          \
	X(STRING, allow_hosts, const char *, "", 0, 0, true,                                                                        \
	    "Values of Host that are accepted beside the address itself, comma-separated.")                                         \
	X(STRING, cors_origins, const char *, "", 0, 0, true,                                                                       \
	    "Origins whose pages may call the API, comma-separated; empty: none.")                                                  \
	X(STRING, tls_cert, const char *, "", 0, 0, false,                                                                          \
	    "PEM certificate chain; with tls_key the API speaks TLS. SIGHUP reads the files anew.")                                 \
	X(STRING, tls_key, const char *, "", 0, 0, false, "PEM private key.")                                                       \
	X(STRING, tls_client_ca, const char *, "", 0, 0, false,                                                                     \
	    "PEM certificates of authorities; clients must show a certificate of one.")                                             \
	X(STRING, jwt_issuer, const char *, "", 0, 0, true,                                                                         \
	    "`iss` that JSON Web Tokens must carry; with jwt_key_file tokens are accepted.")                                        \
	X(STRING, jwt_audience, const char *, "", 0, 0, true,                                                                       \
	    "`aud` that JSON Web Tokens must carry.")                                                                               \
	X(STRING, jwt_key_file, const char *, "", 0, 0, true,                                                                       \
	    "Secret (HS256) or PEM public key (RS256, ES256) that tokens are signed with.")                                         \
	X(INT, browsers, int64_t, "0", 0, 64, false,                                                                                \
	    "Browsers kept ready; 0: by cores and memory.")                                                                         \
	X(INT, pages_per_browser, int64_t, "0", 0, 64, false,                                                                       \
	    "Pages in use at a time in one browser; 0: by cores.")                                                                  \
	X(INT, warm_pages, int64_t, "1", 0, 8, true, "Pages that stand ready in each browser.")                                     \
	X(ENUM, browser, int64_t, "headless-shell", 0, 0, false,                                                                    \
	    "Which browser: headless-shell or chromium.")                                                                           \
	X(INT, recycle_jobs, int64_t, "100", 0, 1000000, true,                                                                      \
	    "Jobs of a browser before it is replaced; 0: no limit.")                                                                \
	X(MS, recycle_age, int64_t, "30m", 0, 604800000, true,                                                                      \
	    "Age of a browser at which it is replaced; 0: no limit.")                                                               \
	X(INT, recycle_crashes, int64_t, "3", 0, 1000, true,                                                                        \
	    "Page crashes of a browser before it is replaced; 0: no limit.")                                                        \
	X(BYTES, browser_memory, int64_t, "1500M", 0, 1LL << 40, true,                                                              \
	    "Memory of one browser with all its processes, over which it is replaced; 0: no limit. Browsers that run keep theirs.") \
	X(MS, browser_idle, int64_t, "10m", 0, 604800000, true,                                                                     \
	    "Browsers end after so long without a job; 0: never.")                                                                  \
	X(MS, canary_interval, int64_t, "30s", 0, 3600000, true,                                                                    \
	    "Time between test renders in an idle browser; 0: none.")                                                               \
	X(BOOL, isolate_principals, bool, "true", 0, 0, false,                                                                      \
	    "No two API keys' pages in one browser process at a time.")                                                             \
	X(INT, max_fetching, int64_t, "32", 1, 1000, false,                                                                         \
	    "Jobs of engine `fetch` at a time, beside those in browsers.")                                                          \
	X(INT, max_queue, int64_t, "200", 1, 100000, true, "Jobs that may wait.")                                                   \
	X(INT, max_queue_per_key, int64_t, "100", 1, 100000, true,                                                                  \
	    "Jobs of one API key that may wait.")                                                                                   \
	X(BOOL, adaptive_concurrency, bool, "true", 0, 0, true,                                                                     \
	    "The number of jobs at a time follows latency and errors.")                                                             \
	X(MS, job_retention, int64_t, "10m", 0, 86400000, true,                                                                     \
	    "How long a finished job can be asked for.")                                                                            \
	X(BYTES, job_retention_bytes, int64_t, "128M", 0, 1LL << 40, true,                                                          \
	    "Memory that finished jobs may take.")                                                                                  \
	X(MS, drain_grace, int64_t, "30s", 0, 600000, true,                                                                         \
	    "After SIGTERM running jobs have so long to end.")                                                                      \
	X(BYTES, max_body, int64_t, "16M", 1024, 1 << 30, true, "Size of a request body.")                                          \
	X(INT, max_connections, int64_t, "6000", 10, 100000, false, "Open client connections.")                                     \
	X(INT, max_connections_per_ip, int64_t, "0", 0, 100000, false,                                                              \
	    "Open connections of one address; 0: no limit of its own.")                                                             \
	X(INT, rate_per_ip, int64_t, "0", 0, 1000000, true,                                                                         \
	    "Requests a second of one address; 0: no limit.")                                                                       \
	X(INT, rate_global, int64_t, "0", 0, 1000000, true,                                                                         \
	    "Requests a second of all; 0: no limit.")                                                                               \
	X(INT, key_rate, int64_t, "0", 0, 1000000, true,                                                                            \
	    "Requests a second of one API key unless the key says otherwise; 0: no limit.")                                         \
	X(INT, key_concurrency, int64_t, "0", 0, 100000, true,                                                                      \
	    "Jobs at a time of one API key unless the key says otherwise; 0: no limit.")                                            \
	X(INT, session_max_per_key, int64_t, "100", 0, 100000, true, "Sessions of one API key.")                                    \
	X(INT, session_max_live, int64_t, "32", 1, 10000, true,                                                                     \
	    "Sessions whose browser context is kept warm.")                                                                         \
	X(MS, session_idle, int64_t, "30m", 1000, 2592000000, true,                                                                 \
	    "Sessions end after so long without a job.")                                                                            \
	X(MS, session_lifetime, int64_t, "24h", 1000, 2592000000, true,                                                             \
	    "Sessions end at this age.")                                                                                            \
	X(MS, artifact_ttl, int64_t, "24h", 1000, 31536000000, true,                                                                \
	    "How long artifacts are kept.")                                                                                         \
	X(BYTES, artifact_quota, int64_t, "2G", 0, 1LL << 50, true,                                                                 \
	    "Artifacts of one API key; 0: no limit.")                                                                               \
	X(BYTES, min_free_disk, int64_t, "500M", 0, 1LL << 50, true,                                                                \
	    "Free space below which nothing is stored.")                                                                            \
	X(MS, idempotency_ttl, int64_t, "24h", 1000, 604800000, true,                                                               \
	    "How long an Idempotency-Key is remembered.")                                                                           \
	X(INT, max_streams, int64_t, "2000", 1, 100000, true, "Open event streams.")                                                \
	X(MS, heartbeat, int64_t, "15s", 1000, 600000, true,                                                                        \
	    "Silence after which a stream gets a heartbeat.")                                                                       \
	X(ENUM, log_level, int64_t, "info", 0, 0, true, "error, warn, info or debug.")                                              \
	X(ENUM, log_format, int64_t, "human", 0, 0, true, "human or json.")                                                         \
	X(BOOL, insecure_no_sandbox, bool, "false", 0, 0, false,                                                                    \
	    "Start Chromium without its sandbox. Don't.")

enum setting_id {
#define X(TYPE, name, ...) SET_##name,
	SETTINGS_TABLE(X)
#undef X
	    SETTING_COUNT
};

struct settings {
#define X(TYPE, name, ctype, ...) ctype name;
	SETTINGS_TABLE(X)
#undef X
	struct settings_meta *meta; // the module's own: where each value came from, the count
};

// --- reading ---
struct setting_source { // an option of the command line: --name value
	const char *name, *value;
};
// Reads all sources. `file` NULL: the first of $XDG_CONFIG_HOME/riptide/riptide.conf (unset:
// ~/.config/…), /etc/riptide/riptide.conf that exists; a file asked for must exist. Errors
// (ERR_CONFIG) name the file and line, variable or option, the setting, and the nearest known name.
int settings_load(const char *file, const struct setting_source *options, size_t n,
    struct settings *out, struct err *err) MUST_CHECK;
void settings_done(struct settings *s);
// Warns of variables of the environment that look like misspelt settings.
void settings_say_strays(void);
// The file that was read; NULL: none.
const char *settings_file(const struct settings *s);

// --- the command line: --config FILE and an option a setting (dashes for underscores) ---
struct settings_args {
	const char *config;
	const char *text[SETTING_COUNT];
	int flag[SETTING_COUNT]; // of BOOL settings: --name, --no-name; -1: not given
};
// Rows over a struct settings_args at offset 0 of what opts_parse fills. Main thread, static
// storage.
const struct opt *settings_opts(size_t *n);
void settings_args_init(struct settings_args *a);
// settings_load with what the command line said; kept for SIGHUP, so that options go on winning.
int settings_load_args(
    const struct settings_args *a, struct settings *out, struct err *err) MUST_CHECK;

// --- the settings in force: immutable counted snapshots ---
// Takes the first ones; once.
void settings_publish(struct settings *s);
// The snapshot in force; the reader's until settings_release, whatever is reloaded meanwhile. Any
// thread.
const struct settings *settings_current(void);
void settings_release(const struct settings *s);
void settings_releasep(const struct settings **s);
#define cleanup_settings __attribute__((cleanup(settings_releasep))) const struct settings
// SIGHUP: takes `next` and puts it in force, but for what is not reloadable: that stays as it is.
// Names of changed settings are appended to *changed, of changed ones that need a restart to
// *ignored (comma-separated).
void settings_reload(struct settings *next, struct buf *changed, struct buf *ignored);

// --- printing ---
// As a file that gives the same settings, each with where it came from.
void settings_print(const struct settings *s, struct buf *out);
void settings_example(struct buf *out);  // deploy/riptide.conf: all commented out, with the texts
void settings_markdown(struct buf *out); // docs/SETTINGS.md
// "30d", "16M", as in a settings file; false: not such a text.
bool settings_read_time(const char *text, int64_t *out_ms);
bool settings_read_size(const char *text, int64_t *out_bytes);

#endif
