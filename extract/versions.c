// SPDX-License-Identifier: Apache-2.0
// Library versions as the linked libraries say them, not as the headers said at build time.
#include "extract/versions.h"

#include <libxml/parser.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/json.h"

// "20914" or "20914-GITv2.9.14" -> "2.9.14"
static void
dotted(const char *number, struct buf *out)
{
	long n = strtol(number, NULL, 10);

	buf_fmt(out, "%ld.%ld.%ld", n / 10000, n / 100 % 100, n % 100);
}

void
extract_versions(struct buf *out)
{
	cleanup_buf xml = BUF_INIT;
	char pcre[64] = "";
	cJSON *v = json_obj();

	dotted(xmlParserVersion, &xml);
	pcre2_config(PCRE2_CONFIG_VERSION, pcre);
	pcre[strcspn(pcre, " ")] = '\0'; // the date follows
	json_set_str(v, "libxml2", xml.p);
	json_set_str(v, "pcre2", pcre);
	json_print(out, v, false);
	cJSON_Delete(v);
}
