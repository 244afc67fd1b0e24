// SPDX-License-Identifier: Apache-2.0
// Library versions as the linked libraries say them, not as the headers said at build time.
#include "extract/versions.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/json.h"

void
extract_versions(struct buf *out)
{
	char pcre[64] = "";
	cJSON *v = json_obj();

	pcre2_config(PCRE2_CONFIG_VERSION, pcre);
	pcre[strcspn(pcre, " ")] = '\0'; // the date follows
	json_set_str(v, "pcre2", pcre);
	json_print(out, v, false);
	cJSON_Delete(v);
}
