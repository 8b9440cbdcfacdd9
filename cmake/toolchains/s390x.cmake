# SPDX-License-Identifier: MIT
# IBM Z with glibc: big-endian. Programs are static and run in qemu-user.
# Debian: gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(CMAKE_C_COMPILER s390x-linux-gnu-gcc)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_C_STANDARD_LIBRARIES_INIT -lm)
find_program(SHMEM_QEMU qemu-s390x)
set(CMAKE_CROSSCOMPILING_EMULATOR ${SHMEM_QEMU})
include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
