// SPDX-License-Identifier: Apache-2.0
// Media types as headers write them. Pure.
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/buf.h"

// "text/xml" of "text/xml; charset=utf-8"; SV_NULL gives SV_NULL.
struct sv mime_essence(struct sv header);
// Is an essence XML's: text/xml, application/xml or …+xml (RFC 7303)?
bool mime_is_xml(struct sv essence);
// Append the parameter `charset` of a whole header, without its quotes; nothing if there is none.
void mime_charset(struct sv header, struct buf *out);
// Is it what a browser shows as a page: text, markup, JSON, JavaScript? SV_NULL is.
bool mime_is_page(struct sv essence);
// The type of bytes that begin as no text does: a picture, a PDF, an archive … (MIME Sniffing
// standard, 6), application/octet-stream when the bytes are no text's. NULL: they may be text.
const char *mime_of_binary(struct sv bytes);
// Is that type a packed file's, in which a page may be?
bool mime_is_packed(const char *type);

#endif
