# SPDX-License-Identifier: MIT
# The libraries: shmem shared and static, and one for tests, which also exposes
# the private functions and can make system calls fail.

function(shmem_configure target)
	target_include_directories(${target} PUBLIC
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
	target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:shmem_flags>
		${shmem_system_libraries})
	# Its own code does without what only GNU and Linux have, unlike tests
	# and tools; what POSIX and the BSDs have, too, is _DEFAULT_SOURCE.
	if(SHMEM_BACKEND STREQUAL "posix")
		target_compile_options(${target} PRIVATE
			-U_GNU_SOURCE -D_DEFAULT_SOURCE)
	endif()
endfunction()

# Both libraries are made of the same objects, but on Windows, where those of a
# DLL are compiled to export.
if(WIN32)
	set(shared_objects ${shmem_sources})
	set(static_objects ${shmem_sources})
else()
	add_library(shmem_objects OBJECT ${shmem_sources})
	shmem_configure(shmem_objects)
	set(shared_objects $<TARGET_OBJECTS:shmem_objects>)
	set(static_objects ${shared_objects})
endif()

add_library(shmem SHARED ${shared_objects})
shmem_configure(shmem)
target_compile_definitions(shmem PRIVATE SHMEM_BUILDING_SHARED
	INTERFACE SHMEM_USING_SHARED)
set_target_properties(shmem PROPERTIES
	VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
if(MINGW) # Nothing is needed beside it.
	target_link_options(shmem PRIVATE -static-libgcc)
endif()
if(SHMEM_BACKEND STREQUAL "linux")
	set(version_map ${PROJECT_SOURCE_DIR}/src/shmem.map)
	target_link_options(shmem PRIVATE -Wl,--version-script=${version_map})
	set_property(TARGET shmem APPEND PROPERTY LINK_DEPENDS ${version_map})
endif()

add_library(shmem_static STATIC ${static_objects})
shmem_configure(shmem_static)
set_target_properties(shmem_static PROPERTIES OUTPUT_NAME shmem)

add_library(shmem::shmem ALIAS shmem)
add_library(shmem::static ALIAS shmem_static)

if(SHMEM_BUILD_TESTS)
	add_library(shmem_test STATIC ${shmem_sources})
	shmem_configure(shmem_test)
	target_compile_definitions(shmem_test PUBLIC SHMEM_FAULT_INJECTION)
	target_include_directories(shmem_test INTERFACE ${PROJECT_SOURCE_DIR}/src)
endif()

if(SHMEM_BUILD_EVENT AND EXISTS ${PROJECT_SOURCE_DIR}/src/event)
	include(${CMAKE_CURRENT_LIST_DIR}/event.cmake)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/protocol.cmake)
