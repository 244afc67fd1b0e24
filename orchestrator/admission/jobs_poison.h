// SPDX-License-Identifier: Apache-2.0
// Addresses whose jobs crash the browser: after POISON_CRASHES in a row a key's jobs with that URL
// are refused for a while, then one more crash doubles the while, and one success clears it. Other
// keys and other addresses are not concerned. No lock: the caller's.
#ifndef ORCHESTRATOR_ADMISSION_JOBS_POISON_H
#define ORCHESTRATOR_ADMISSION_JOBS_POISON_H

#include <stdbool.h>
#include <stdint.h>

#define POISON_CRASHES  3
#define POISON_FIRST_MS 60000
#define POISON_MOST_MS  960000
#define POISON_ENTRIES  256

struct poison_entry {
	char *key, *url;
	unsigned crashes; // in a row
	int64_t seen_us;  // the last of them
	int64_t until_us;
};

struct poison {
	struct poison_entry entries[POISON_ENTRIES];
};

// How much longer this key's jobs with that URL are refused, in ms; 0: they are not.
int64_t poison_left_ms(const struct poison *p, const char *key, const char *url, int64_t now_us);
bool poison_known(const struct poison *p, const char *key, const char *url); // it crashed before
// A job ended. True: this crash began (or prolonged) a quarantine.
bool poison_note(struct poison *p, const char *key, const char *url, bool crashed, int64_t now_us);
void poison_done(struct poison *p);

#endif
