// SPDX-License-Identifier: Apache-2.0
// `riptide serve`: the parts of the service, started in order, run until a signal, ended in the
// opposite order. Main thread.
#ifndef ORCHESTRATOR_SERVICE_DAEMON_H
#define ORCHESTRATOR_SERVICE_DAEMON_H

#include "orchestrator/service/settings.h"

// Returns the exit code: 0 after a drain, an error's otherwise (*err says which).
int daemon_run(const struct settings_args *args, struct err *err);

#endif
