// SPDX-License-Identifier: Apache-2.0
// The rule table of consent managers and overlays (overlay_rules.c), and what overlays.js is given.
#ifndef ACTIONS_OVERLAYS_H
#define ACTIONS_OVERLAYS_H

#include <stddef.h>

// What a rule's buttons do, in the order we like them.
struct overlay_rule {
	const char *name;
	const char *present; // the banner itself; `host >>> inner` looks into that open shadow root
	const char *reject;  // buttons tried in turn: refuse,
	const char *accept;  // else accept or close,
	const char *remove;  // else these elements are taken out
};
extern const struct overlay_rule overlay_rules[];
extern const size_t overlay_rules_n;

#endif
