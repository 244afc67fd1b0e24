// SPDX-License-Identifier: Apache-2.0
// Asking programs for their version: run with --version, bounded in time and output. Main thread.
#ifndef ORCHESTRATOR_CLI_PROBE_H
#define ORCHESTRATOR_CLI_PROBE_H

#include "base/err.h"

// "156.0.8078.79", or NULL with the reason in `err` (may be NULL). Owned by the caller.
char *probe_browser_version(int kind, struct err *err);
// The JSON that riptide-extract --version prints, or NULL. Owned by the caller.
char *probe_extractor_version(void);

#endif
