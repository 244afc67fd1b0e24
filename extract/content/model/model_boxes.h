// SPDX-License-Identifier: Apache-2.0
// clang-format off
// Written by extract/train/third.py (./run train) from the WCXB development split (CC-BY-4.0), rendered in Chromium; not to be edited.
#define THIRD_DEFAULT {0}
// clang-format on
