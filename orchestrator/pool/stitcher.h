// SPDX-License-Identifier: Apache-2.0
// The daemon's side of riptide-stitch: one confined helper process per tall image, tiles streamed
// in, the finished PNG or JPEG streamed out. Gives the struct cdp_stitcher that captures use.
#ifndef ORCHESTRATOR_POOL_STITCHER_H
#define ORCHESTRATOR_POOL_STITCHER_H

#include "cdp/capture.h"

struct stitcher;
// For one picture at a time, each with a helper of its own. Never NULL.
struct stitcher *stitcher_new(void);
void stitcher_free(struct stitcher *s); // kills a helper that is still there
const struct cdp_stitcher *stitcher_iface(struct stitcher *s);

#endif
