# SPDX-License-Identifier: Apache-2.0
# Unit files with the path of the installed program; a prefix that is chosen later (cmake --install --prefix, cpack) counts.
install(CODE "
	file(READ \"${CMAKE_SOURCE_DIR}/deploy/riptide.service\" unit)
	string(REPLACE \"/usr/bin/riptide\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/riptide\" unit \"\${unit}\")
	string(REPLACE \"/usr/share/doc\" \"\${CMAKE_INSTALL_PREFIX}/share/doc\" unit \"\${unit}\")
	file(WRITE \"${CMAKE_BINARY_DIR}/deploy/riptide.service\" \"\${unit}\")
	file(INSTALL \"${CMAKE_BINARY_DIR}/deploy/riptide.service\" \"${CMAKE_SOURCE_DIR}/deploy/riptide.socket\"
		DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\" TYPE FILE)
")
install(FILES deploy/riptide.sysusers DESTINATION lib/sysusers.d RENAME riptide.conf)
install(FILES deploy/riptide.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/deploy/debian/postinst;${CMAKE_SOURCE_DIR}/deploy/debian/prerm;${CMAKE_SOURCE_DIR}/deploy/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
