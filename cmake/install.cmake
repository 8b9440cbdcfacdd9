# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: headers, libraries, and how programs find
# them: find_package(shmem [COMPONENTS event protocol]) and pkg-config.

include(CMakePackageConfigHelpers)

set(shmem_config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/shmem)

# A library that was not built has no header either.
set(headers_left_out)
foreach(name event)
	if(NOT TARGET shmem_${name}_static)
		list(APPEND headers_left_out PATTERN ${name}.h EXCLUDE)
	endif()
endforeach()
install(DIRECTORY include/shmem DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	COMPONENT dev FILES_MATCHING PATTERN "*.h" ${headers_left_out})

# A library of a component keeps its targets in a file of its own, so that who
# does not ask for it need not have what it needs.
function(shmem_install_library component)
	set(export shmem-${component}-targets)
	install(TARGETS ${ARGN} EXPORT ${export}
		RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
			NAMELINK_COMPONENT dev
		ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
	install(EXPORT ${export} NAMESPACE shmem:: COMPONENT dev
		DESTINATION ${shmem_config_folder})
endfunction()

# Writes and installs NAME.pc. The folders are found from where the file lies,
# so that the installed tree can be moved.
function(shmem_install_pkgconfig name description requires requires_private)
	file(RELATIVE_PATH pc_root
		/${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
	if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
		set(pc_prefix ${CMAKE_INSTALL_PREFIX})
	else()
		string(REGEX REPLACE "/$" "" pc_root ${pc_root})
		set(pc_prefix "\${pcfiledir}/${pc_root}")
	endif()
	foreach(folder INCLUDEDIR LIBDIR)
		if(IS_ABSOLUTE ${CMAKE_INSTALL_${folder}})
			set(pc_${folder} ${CMAKE_INSTALL_${folder}})
		else()
			set(pc_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
		endif()
	endforeach()
	set(pc_libs_private)
	if(name STREQUAL shmem)
		list(TRANSFORM shmem_system_libraries PREPEND -l
			OUTPUT_VARIABLE pc_libs_private)
		list(JOIN pc_libs_private " " pc_libs_private)
	endif()
	set(pc_name ${name})
	set(pc_description ${description})
	set(pc_requires ${requires})
	set(pc_requires_private ${requires_private})
	configure_file(${PROJECT_SOURCE_DIR}/cmake/library.pc.in
		${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
	install(FILES ${PROJECT_BINARY_DIR}/${name}.pc COMPONENT dev
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

set_target_properties(shmem_static PROPERTIES EXPORT_NAME static)
shmem_install_library(core shmem shmem_static)
shmem_install_pkgconfig(shmem ${PROJECT_DESCRIPTION} "" "")
set(event_targets shmem_event_static)
if(TARGET shmem_event)
	list(APPEND event_targets shmem_event)
endif()
if(TARGET shmem_event_static)
	shmem_install_library(event ${event_targets})
	shmem_install_pkgconfig(shmem_event "Channels of shmem in a libevent loop"
		shmem libevent_core)
endif()

# The compiler goes with the library that its code needs.
set(protocol_targets shmem_protocol_static)
if(TARGET shmem_protocol)
	list(APPEND protocol_targets shmem_protocol)
	shmem_install_pkgconfig(shmem_protocol
		"What C code made by shmemc needs" shmem "")
endif()
if(TARGET shmemc)
	list(APPEND protocol_targets shmemc)
endif()
shmem_install_library(protocol ${protocol_targets})
install(FILES cmake/shmem_add_protocol.cmake
	DESTINATION ${shmem_config_folder} COMPONENT dev)

configure_package_config_file(cmake/shmem-config.cmake.in
	${PROJECT_BINARY_DIR}/shmem-config.cmake
	INSTALL_DESTINATION ${shmem_config_folder}
	NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/shmem-config-version.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/shmem-config.cmake
	${PROJECT_BINARY_DIR}/shmem-config-version.cmake
	DESTINATION ${shmem_config_folder} COMPONENT dev)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
