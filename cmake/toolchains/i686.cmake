# SPDX-License-Identifier: MIT
# 32-bit x86 with glibc. Programs run as they are on x86-64 Linux; the libraries
# that they are linked to stay where the cross compiler has them, and by RPATH
# those, too, that the C library loads later (libgcc_s, for call stacks). (Not static:
# glibc 2.36 then crashes now and then as it reads GLIBC_TUNABLES.)
# Debian: gcc-i686-linux-gnu libc6-dev-i386-cross

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(CMAKE_C_COMPILER i686-linux-gnu-gcc)
set(libraries /usr/i686-linux-gnu/lib)
set(CMAKE_EXE_LINKER_FLAGS_INIT
	"-Wl,--dynamic-linker=${libraries}/ld-linux.so.2 -Wl,--disable-new-dtags,-rpath,${libraries}")
set(CMAKE_C_STANDARD_LIBRARIES_INIT -lm)
include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
