// SPDX-License-Identifier: Apache-2.0
// Media types: what stands before the parameters, and whether it is XML. Any thread.
#include "base/mime.h"

struct sv
mime_essence(struct sv header)
{
	const char *semicolon = header.p ? memchr(header.p, ';', header.n) : NULL;

	if (semicolon)
		header.n = (size_t)(semicolon - header.p);
	return sv_trim(header);
}

bool
mime_is_xml(struct sv v)
{
	return sv_ieq_str(v, "text/xml") || sv_ieq_str(v, "application/xml") ||
	       (v.n > 4 && sv_ieq_str((struct sv){v.p + v.n - 4, 4}, "+xml"));
}
