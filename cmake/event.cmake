# SPDX-License-Identifier: MIT
# shmem_event: channels in a libevent loop. A library of its own, so that the
# core needs no libevent.

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
	pkg_check_modules(LIBEVENT QUIET IMPORTED_TARGET libevent_core>=2.1)
endif()
if(NOT LIBEVENT_FOUND)
	message(STATUS "No libevent 2.1: shmem_event is not built")
	return()
endif()

if(WIN32)
	set(event_os windows)
	# What a static libevent needs, which its own files do not always say.
	set_property(TARGET PkgConfig::LIBEVENT APPEND PROPERTY
		INTERFACE_LINK_LIBRARIES ws2_32 iphlpapi bcrypt)
else()
	set(event_os posix)
endif()
file(GLOB event_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/event/*.c
	${PROJECT_SOURCE_DIR}/src/event/${event_os}/*.c)
add_library(shmem_event_objects OBJECT ${event_sources})
target_include_directories(shmem_event_objects PRIVATE
	${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(shmem_event_objects PRIVATE shmem_flags
	PkgConfig::LIBEVENT)

# A DLL would bring a libevent of its own, with other loops than the program's.
if(NOT WIN32)
	add_library(shmem_event SHARED $<TARGET_OBJECTS:shmem_event_objects>)
	target_link_libraries(shmem_event PUBLIC shmem PRIVATE
		$<BUILD_INTERFACE:shmem_flags>
		$<BUILD_INTERFACE:PkgConfig::LIBEVENT>)
	set_target_properties(shmem_event PROPERTIES EXPORT_NAME event
		VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
	add_library(shmem::event ALIAS shmem_event)
endif()

add_library(shmem_event_static STATIC $<TARGET_OBJECTS:shmem_event_objects>)
target_link_libraries(shmem_event_static INTERFACE shmem_static
	$<BUILD_INTERFACE:PkgConfig::LIBEVENT> $<INSTALL_INTERFACE:event_core>)
set_target_properties(shmem_event_static PROPERTIES EXPORT_NAME event_static
	OUTPUT_NAME shmem_event)

add_library(shmem::event_static ALIAS shmem_event_static)
