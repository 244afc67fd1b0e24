// SPDX-License-Identifier: Apache-2.0
// The pool of browsers and the leases of their pages. Thread-safe; see pool.h.
#include "orchestrator/pool/pool.h"

const char *const pool_isolation_names[] = {"context", "session", "browser", NULL};
