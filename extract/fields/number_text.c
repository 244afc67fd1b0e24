// SPDX-License-Identifier: Apache-2.0
// Numbers as text (XPath 1.0, 4.2).
#include "extract/fields/number_text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t
number_text(double d, char out[NUMBER_TEXT_MAX])
{
	size_t n;
	int exponent;

	if (isnan(d))
		return (size_t)snprintf(out, NUMBER_TEXT_MAX, "NaN");
	if (isinf(d))
		return (size_t)snprintf(out, NUMBER_TEXT_MAX, d < 0 ? "-Infinity" : "Infinity");
	if (floor(d) == d)
		return (size_t)snprintf(out, NUMBER_TEXT_MAX, "%.0f", d == 0 ? 0 : d);
	exponent = (int)floor(log10(fabs(d)));
	for (int digits = fabs(d) < DBL_MIN ? 0 : 14;; digits++) {
		int behind = digits > exponent ? digits - exponent : 0;

		n = (size_t)snprintf(out, NUMBER_TEXT_MAX, "%.*f", behind, d);
		if (digits > 16 || strtod(out, NULL) == d)
			break;
	}
	while (out[n - 1] == '0')
		out[--n] = '\0';
	return n;
}
