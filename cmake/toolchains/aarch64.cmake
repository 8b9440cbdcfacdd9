# SPDX-License-Identifier: MIT
# 64-bit ARM with glibc. Programs are static and run in qemu-user.
# Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_C_STANDARD_LIBRARIES_INIT -lm)
find_program(SHMEM_QEMU qemu-aarch64)
set(CMAKE_CROSSCOMPILING_EMULATOR ${SHMEM_QEMU})
include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
