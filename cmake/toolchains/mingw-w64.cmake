# SPDX-License-Identifier: MIT
# Windows on x86-64 by mingw-w64, tried out by Wine where that is installed.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# What SHMEM_SYSROOT adds, e.g. Check and libevent, comes before the system's.
set(CMAKE_FIND_ROOT_PATH ${SHMEM_SYSROOT} /usr/x86_64-w64-mingw32)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SHMEM_SYSROOT)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# What is for this system is not for that one.
set(ENV{PKG_CONFIG_LIBDIR} "${SHMEM_SYSROOT}/lib/pkgconfig")

# Debian's wine64 is not in the PATH.
find_program(SHMEM_WINE NAMES wine64 PATHS /usr/lib/wine)
if(SHMEM_WINE)
	set(CMAKE_CROSSCOMPILING_EMULATOR ${SHMEM_WINE})
endif()
