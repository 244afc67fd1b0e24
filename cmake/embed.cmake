# SPDX-License-Identifier: Apache-2.0
# riptide_embed_js(target dir): each dir/NAME.js becomes `const char js_NAME[]` in generated/<dir>.c, declared in
# generated/<dir>.h ("cdp/js" -> "cdp_js.h"). A string literal per line keeps the compiler's limits away.
function(riptide_embed_js target dir)
	string(REPLACE "/" "_" stem ${dir})
	file(GLOB scripts CONFIGURE_DEPENDS ${dir}/*.js)
	set(out ${CMAKE_BINARY_DIR}/generated/${stem})
	add_custom_command(OUTPUT ${out}.c ${out}.h
		COMMAND ${CMAKE_COMMAND} "-DSCRIPTS=${scripts}" -DOUT=${out} -DSTEM=${stem}
			-P ${CMAKE_SOURCE_DIR}/cmake/embed_run.cmake
		DEPENDS ${scripts} ${CMAKE_SOURCE_DIR}/cmake/embed_run.cmake VERBATIM)
	target_sources(${target} PRIVATE ${out}.c)
endfunction()
