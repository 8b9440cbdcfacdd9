# SPDX-License-Identifier: MIT
# What this system's C library has.

include(CheckSymbolExists)
if(NOT WIN32)
	set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
	if(SHMEM_BACKEND STREQUAL "posix") # which does without GNU's
		set(CMAKE_REQUIRED_DEFINITIONS -D_DEFAULT_SOURCE)
	endif()
	check_symbol_exists(posix_spawn_file_actions_addclosefrom_np spawn.h
		SHMEM_HAVE_SPAWN_CLOSEFROM)
	unset(CMAKE_REQUIRED_DEFINITIONS)
endif()

set(shmem_system_libraries)
if(WIN32)
	list(APPEND shmem_system_libraries bcrypt ntdll)
endif()

foreach(have SHMEM_HAVE_SPAWN_CLOSEFROM)
	if(${have})
		target_compile_definitions(shmem_flags INTERFACE ${have})
	endif()
endforeach()
