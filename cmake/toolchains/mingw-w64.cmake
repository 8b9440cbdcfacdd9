# SPDX-License-Identifier: MIT
# Windows on x86-64 by mingw-w64; programs run in Wine where that is installed.
# Debian: gcc-mingw-w64-x86-64-win32 wine64

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static) # not the libraries of Windows
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)

# Debian's is not in the PATH.
find_program(SHMEM_WINE NAMES wine64 PATHS /usr/lib/wine)
if(SHMEM_WINE)
	set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/wine)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
