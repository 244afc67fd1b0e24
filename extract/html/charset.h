// SPDX-License-Identifier: Apache-2.0
// Bytes of any web encoding -> UTF-8 (Encoding standard, HTML standard 13.2.3). Pure but for
// charset_init.
#ifndef EXTRACT_CHARSET_H
#define EXTRACT_CHARSET_H

#include "base/buf.h"
#include "base/err.h"

// The encoding is told by the BOM, `charset` (HTTP header, may be NULL; but one of Western Europe,
// which servers say of anything, is none of bytes that are clearly UTF-8), the bytes being UTF-8
// beyond ASCII, a <meta> or XML declaration near the start, else by what the bytes look like
// (charset_detect.c). *name is the Encoding standard's name of it. Never fails for what the bytes
// are: what can't be read becomes U+FFFD. ERR_TOO_LARGE by out->max.
int charset_to_utf8(struct sv bytes, const char *charset, struct buf *out, const char **name,
    struct err *err) MUST_CHECK;
// The same without a copy of bytes that are UTF-8 already: *utf8 is a view of them, or of
// `scratch`, which is empty before.
int charset_view(struct sv bytes, const char *charset, struct buf *scratch, struct sv *utf8,
    const char **name, struct err *err) MUST_CHECK;
// The same for a `charset` that somebody knows: nothing but a BOM is believed before it.
int charset_view_as(struct sv bytes, const char *charset, struct buf *scratch, struct sv *utf8,
    const char **name, struct err *err) MUST_CHECK;
// Open the converters for East Asian encodings (reads files): once, before the process is confined.
// Without it such pages keep their ASCII only.
void charset_init(void);

#endif
