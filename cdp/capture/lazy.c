// SPDX-License-Identifier: Apache-2.0
// Lazy images, before a picture or a print shows more than the window does. Job threads.
#include "cdp/capture/capture_priv.h"

#include "cdp_js.h"

#define LIMIT_MS 3000 // of the pass

int
capture_load_lazy(struct cdp_page *p, struct deadline dl, struct err *err)
{
	struct err ignored = ERR_INIT;
	int rc = cdp_page_call(p, WORLD_ISOLATED, js_lazy, NULL, LIMIT_MS,
	    deadline_step(dl, LIMIT_MS), NULL, &ignored);

	if (rc == ERR_TIMEOUT && !deadline_passed(dl))
		return 0;
	if (rc == 0 || rc == ERR_SCRIPT_TIMEOUT || rc == ERR_SCRIPT_FAILED)
		return 0;
	*err = ignored;
	return rc;
}
