// SPDX-License-Identifier: Apache-2.0
// The classes of bytes in HTML's tags.
#include "extract/html/parse_bytes.h"

#define S (BYTE_SPACE | BYTE_ENDS_TAG)
#define D BYTE_ALNUM
#define U (BYTE_ALPHA | BYTE_UPPER | BYTE_ALNUM)
#define L (BYTE_ALPHA | BYTE_ALNUM)

// clang-format off
const uint8_t byte_classes[256] = {
    [0] = BYTE_NUL,
    ['\t'] = S, ['\n'] = S, ['\f'] = S, ['\r'] = S, [' '] = S,
    ['/'] = BYTE_ENDS_TAG, ['>'] = BYTE_ENDS_TAG | BYTE_GREATER, ['='] = BYTE_EQUALS,
    ['0'] = D, ['1'] = D, ['2'] = D, ['3'] = D, ['4'] = D, ['5'] = D, ['6'] = D, ['7'] = D,
    ['8'] = D, ['9'] = D,
    ['A'] = U, ['B'] = U, ['C'] = U, ['D'] = U, ['E'] = U, ['F'] = U, ['G'] = U, ['H'] = U,
    ['I'] = U, ['J'] = U, ['K'] = U, ['L'] = U, ['M'] = U, ['N'] = U, ['O'] = U, ['P'] = U,
    ['Q'] = U, ['R'] = U, ['S'] = U, ['T'] = U, ['U'] = U, ['V'] = U, ['W'] = U, ['X'] = U,
    ['Y'] = U, ['Z'] = U,
    ['a'] = L, ['b'] = L, ['c'] = L, ['d'] = L, ['e'] = L, ['f'] = L, ['g'] = L, ['h'] = L,
    ['i'] = L, ['j'] = L, ['k'] = L, ['l'] = L, ['m'] = L, ['n'] = L, ['o'] = L, ['p'] = L,
    ['q'] = L, ['r'] = L, ['s'] = L, ['t'] = L, ['u'] = L, ['v'] = L, ['w'] = L, ['x'] = L,
    ['y'] = L, ['z'] = L,
};
// clang-format on
