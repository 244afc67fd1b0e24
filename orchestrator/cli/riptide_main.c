// SPDX-License-Identifier: Apache-2.0
// The program `riptide`. Everything is in the orchestrator library, where tests reach it.
#include "orchestrator/cli/cli.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
