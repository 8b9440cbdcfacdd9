# SPDX-License-Identifier: MIT
# shmem_protocol: the runtime of what shmemc generates, in libraries of its own,
# which use the core by its public functions only.

shmem_layer_sources(protocol protocol_sources)

if(NOT WIN32)
	add_library(shmem_protocol SHARED ${protocol_sources})
	shmem_configure(shmem_protocol)
	target_link_libraries(shmem_protocol PUBLIC shmem)
	set_target_properties(shmem_protocol PROPERTIES
		VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
		EXPORT_NAME protocol)
	add_library(shmem::protocol ALIAS shmem_protocol)
endif()

add_library(shmem_protocol_static STATIC ${protocol_sources})
shmem_configure(shmem_protocol_static)
target_link_libraries(shmem_protocol_static PUBLIC shmem_static)
set_target_properties(shmem_protocol_static PROPERTIES
	OUTPUT_NAME shmem_protocol EXPORT_NAME protocol_static)
add_library(shmem::protocol_static ALIAS shmem_protocol_static)

if(SHMEM_BUILD_TESTS)
	add_library(shmem_protocol_test STATIC ${protocol_sources})
	shmem_configure(shmem_protocol_test)
	target_compile_definitions(shmem_protocol_test PRIVATE
		SHMEM_FAULT_INJECTION)
	target_link_libraries(shmem_protocol_test PUBLIC shmem_test)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/shmem_add_protocol.cmake)
