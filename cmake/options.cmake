# SPDX-License-Identifier: MIT
# What a builder may choose, and the warnings that everything is built with.

option(SHMEM_BUILD_TESTS "Build the tests (needs Check)" ${PROJECT_IS_TOP_LEVEL})
option(SHMEM_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(SHMEM_BUILD_TOOLS "Build shmemc" ON)
option(SHMEM_BUILD_COMPAT "Build the NSPR layer where NSPR's headers are" ON)
option(SHMEM_BUILD_BENCH "Build the benchmark" OFF)
option(SHMEM_BUILD_EVENT "Build shmem_event where libevent is" ON)
option(SHMEM_INSTALL "Install headers, libraries and tools" ${PROJECT_IS_TOP_LEVEL})
option(SHMEM_WERROR "Warnings are errors" OFF)
option(SHMEM_COVERAGE "Instrument for gcov" OFF)
option(SHMEM_TIDY "A test runs clang-tidy" OFF)
set(SHMEM_TEST_LAUNCHER "" CACHE STRING "Command that runs the test programs")
option(SHMEM_FUZZ "Build the fuzz targets for libFuzzer (clang)" OFF)
set(SHMEM_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

if(WIN32)
	set(backend_default windows)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
	set(backend_default linux)
else()
	set(backend_default posix)
endif()
set(SHMEM_BACKEND ${backend_default} CACHE STRING "linux, posix or windows")
set_property(CACHE SHMEM_BACKEND PROPERTY STRINGS linux posix windows)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
	set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Carried by every target of this project, never by those who use it.
add_library(shmem_flags INTERFACE)
target_compile_options(shmem_flags INTERFACE
	-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wvla -fno-omit-frame-pointer)
if(SHMEM_WERROR)
	target_compile_options(shmem_flags INTERFACE -Werror)
endif()
if(WIN32)
	target_compile_definitions(shmem_flags INTERFACE _WIN32_WINNT=0x0A00
		__USE_MINGW_ANSI_STDIO=1)
else()
	target_compile_definitions(shmem_flags INTERFACE _GNU_SOURCE
		_FILE_OFFSET_BITS=64)
endif()
if(SHMEM_SANITIZE)
	target_compile_options(shmem_flags INTERFACE
		-fsanitize=${SHMEM_SANITIZE} -fno-sanitize-recover=all)
	target_link_options(shmem_flags INTERFACE -fsanitize=${SHMEM_SANITIZE})
endif()
if(SHMEM_FUZZ)
	target_compile_options(shmem_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SHMEM_COVERAGE)
	target_compile_options(shmem_flags INTERFACE --coverage -O0)
	target_link_options(shmem_flags INTERFACE --coverage)
endif()
