# SPDX-License-Identifier: Apache-2.0
execute_process(COMMAND git -C ${SRC} rev-parse --short=12 HEAD OUTPUT_VARIABLE sha
	OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT sha)
	set(sha "unknown")
endif()
set(text "#pragma once\n#define RIPTIDE_VERSION \"${VERSION}\"\n#define RIPTIDE_GIT_SHA \"${sha}\"\n")
if(EXISTS ${OUT})
	file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
	file(WRITE ${OUT} "${text}")
endif()
