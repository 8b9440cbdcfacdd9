# SPDX-License-Identifier: MIT
# This machine's processor with musl instead of glibc.
# Debian: musl-tools linux-libc-dev

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
set(CMAKE_C_COMPILER musl-gcc)
set(SHMEM_PLATFORM "Linux musl")

# The kernel's headers, which musl's compiler does not look for, alone: beside
# them lie glibc's.
set(kernel ${CMAKE_BINARY_DIR}/kernel-headers)
if(CMAKE_PROJECT_NAME STREQUAL "CMAKE_TRY_COMPILE")
	set(kernel ${SHMEM_KERNEL_HEADERS})
else()
	file(MAKE_DIRECTORY ${kernel})
	execute_process(COMMAND gcc -print-multiarch
		OUTPUT_VARIABLE machine OUTPUT_STRIP_TRAILING_WHITESPACE)
	file(CREATE_LINK /usr/include/linux ${kernel}/linux SYMBOLIC)
	file(CREATE_LINK /usr/include/asm-generic ${kernel}/asm-generic SYMBOLIC)
	file(CREATE_LINK /usr/include/${machine}/asm ${kernel}/asm SYMBOLIC)
	set(SHMEM_KERNEL_HEADERS ${kernel})
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SHMEM_KERNEL_HEADERS)
# Its CMSG_NXTHDR() converts signs.
set(CMAKE_C_FLAGS_INIT "-isystem ${kernel} -Wno-sign-conversion")
include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
