// SPDX-License-Identifier: Apache-2.0
// What is to be known of a page that no browser has run: how much there is to read without its
// scripts, signs that they would bring the rest, and where it sends its readers. Pure.
#ifndef EXTRACT_UNRENDERED_H
#define EXTRACT_UNRENDERED_H

#include "extract/page.h"

// {"refresh": the first <meta http-equiv=refresh>'s content or null, "letters": of what can be
// read, "scripts": elements, "asks_for_scripts": a <noscript> names JavaScript, "empty_root": an
// element that frameworks fill has no text}. Owned by the caller.
cJSON *unrendered_facts(const struct tree *t);

#endif
