// SPDX-License-Identifier: Apache-2.0
// Media types: what stands before the parameters, whether it is XML, and what is no text at all.
// Any thread.
#include "base/mime.h"

#include <string.h>

struct sv
mime_essence(struct sv header)
{
	const char *semicolon = header.p ? memchr(header.p, ';', header.n) : NULL;

	if (semicolon)
		header.n = (size_t)(semicolon - header.p);
	return sv_trim(header);
}

void
mime_charset(struct sv type, struct buf *out)
{
	for (size_t i = 0; i + 8 < type.n; i++) {
		struct sv rest = {type.p + i, type.n - i};

		if (!sv_istarts(rest, "charset="))
			continue;
		for (size_t k = 8; k < rest.n && rest.p[k] != ';' && rest.p[k] != ' '; k++)
			if (rest.p[k] != '"')
				buf_ch(out, rest.p[k]);
		return;
	}
}

bool
mime_is_xml(struct sv v)
{
	return sv_ieq_str(v, "text/xml") || sv_ieq_str(v, "application/xml") ||
	       (v.n > 4 && sv_ieq_str((struct sv){v.p + v.n - 4, 4}, "+xml"));
}

bool
mime_is_page(struct sv mime)
{
	static const char *const exact[] = {"application/xhtml+xml", "application/xml",
	    "application/json", "multipart/related",
	    // JavaScript's that are not text/… (WHATWG MIME Sniffing, 4.6)
	    "application/javascript", "application/ecmascript", "application/x-javascript",
	    "application/x-ecmascript"};

	if (mime.n == 0 || sv_istarts(mime, "text/"))
		return true;
	if (sv_istarts(mime, "image/"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(exact); i++)
		if (sv_ieq_str(mime, exact[i]))
			return true;
	return (mime.n > 4 && strncasecmp(mime.p + mime.n - 4, "+xml", 4) == 0) ||
	       (mime.n > 5 && strncasecmp(mime.p + mime.n - 5, "+json", 5) == 0);
}

#define M(offset, first, magic, type)                                                              \
	{                                                                                          \
		offset, first, magic, sizeof(magic) - 1, type                                      \
	}
static const struct {
	size_t offset;
	char first; // at 0, when the magic is not
	const char *magic;
	size_t n;
	const char *type;
} magics[] = {
    M(0, 0, "%PDF-", "application/pdf"),
    M(0, 0, "\x89PNG\r\n\x1a\n", "image/png"),
    M(0, 0, "GIF87a", "image/gif"),
    M(0, 0, "GIF89a", "image/gif"),
    M(0, 0, "\xff\xd8\xff", "image/jpeg"),
    M(8, 'R', "WEBPVP8", "image/webp"),
    M(4, '\0', "ftyp", "video/mp4"),
    M(0, 0, "\x1a\x45\xdf\xa3", "video/webm"),
    M(0, 0, "OggS\0", "application/ogg"),
    M(0, 0, "ID3\3", "audio/mpeg"),
    M(0, 0, "ID3\4", "audio/mpeg"),
    M(0, 0, "\x1f\x8b\x08", "application/gzip"),
    M(0, 0, "PK\3\4", "application/zip"),
    M(0, 0, "\xfd\x37zXZ\0", "application/x-xz"),
    M(0, 0, "\x28\xb5\x2f\xfd", "application/zstd"),
    M(0, 0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    M(0, 0, "BZh91AY&SY", "application/x-bzip2"),
    M(0, 0, "\x7f\x45LF", "application/x-executable"),
    M(0, 0, "\0asm", "application/wasm"),
    M(0, 0, "wOF2", "font/woff2"),
    M(0, 0, "SQLite format 3\0", "application/vnd.sqlite3"),
};

// What text does not hold: "binary data bytes" of the MIME Sniffing standard, 3.
static bool
is_data(unsigned char c)
{
	return c < 0x20 && !strchr("\t\n\f\r\x1b", c);
}

// More of them in the first 1445 bytes than a page with stray ones has. UTF-16 is text, too: its
// NULs stand on one side of the pairs.
static bool
is_data_throughout(struct sv v)
{
	size_t n = MIN(v.n, (size_t)1445), data = 0, nul[2] = {0};

	if (sv_starts(v, "\xfe\xff") || sv_starts(v, "\xff\xfe"))
		return false;
	for (size_t i = 0; i < n; i++)
		if (v.p[i] == '\0')
			nul[i & 1]++;
		else
			data += is_data((unsigned char)v.p[i]);
	if ((nul[0] + nul[1]) * 20 >= n && MIN(nul[0], nul[1]) * 20 <= MAX(nul[0], nul[1]))
		return false;
	return data + nul[0] + nul[1] >= 8 && (data + nul[0] + nul[1]) * 30 >= n;
}

bool
mime_is_packed(const char *type)
{
	static const char *const packed[] = {"application/gzip", "application/zip",
	    "application/x-xz", "application/zstd", "application/x-7z-compressed",
	    "application/x-bzip2"};

	for (size_t i = 0; i < ARRAY_LEN(packed); i++)
		if (strcmp(type, packed[i]) == 0)
			return true;
	return false;
}

const char *
mime_of_binary(struct sv bytes)
{
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (bytes.n >= magics[i].offset + magics[i].n &&
		    (magics[i].offset == 0 || bytes.p[0] == magics[i].first) &&
		    memcmp(bytes.p + magics[i].offset, magics[i].magic, magics[i].n) == 0)
			return magics[i].type;
	if (is_data_throughout(bytes))
		return "application/octet-stream";
	return NULL;
}
