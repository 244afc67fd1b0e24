// SPDX-License-Identifier: Apache-2.0
// Structured log lines on stderr: human text, or one JSON object a line. Only orchestrator/ and the
// programs' main files log above debug; libraries return errors.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_HUMAN, LOG_JSON };
extern const char *const log_level_names[];  // NULL-terminated
extern const char *const log_format_names[]; // NULL-terminated

// At start, and again when the settings change. `program` is kept.
void log_init(enum log_level level, enum log_format format, const char *program);
bool log_enabled(enum log_level level);
// What this thread works for from now on: named in each of its lines. NULL: none. Copied, cut to 64
// bytes. An id of a key, never its secret.
void log_context(const char *request_id, const char *job_id, const char *key);
// Control characters in the text are escaped, so that page-made text can't forge lines.
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                                             \
	do {                                                                                       \
		if (log_enabled(LOG_DEBUG))                                                        \
			log_line(LOG_DEBUG, __VA_ARGS__);                                          \
	} while (0)

#endif
