# SPDX-License-Identifier: MIT
# Which files make the library: for each layer its own files and those of the
# backend's folder. The linux backend takes from posix/ whatever linux/ does not
# have a file of the same name for.

set(shmem_layers base handle mapping ownership transport stream)

function(shmem_layer_sources layer ret)
	set(dir ${PROJECT_SOURCE_DIR}/src/${layer})
	file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.c)
	file(GLOB own CONFIGURE_DEPENDS ${dir}/${SHMEM_BACKEND}/*.c)
	list(APPEND sources ${own})
	if(SHMEM_BACKEND STREQUAL "linux")
		file(GLOB posix CONFIGURE_DEPENDS ${dir}/posix/*.c)
		foreach(file IN LISTS posix)
			get_filename_component(name ${file} NAME)
			if(NOT EXISTS ${dir}/linux/${name})
				list(APPEND sources ${file})
			endif()
		endforeach()
	endif()
	set(${ret} ${sources} PARENT_SCOPE)
endfunction()

set(shmem_sources)
foreach(layer IN LISTS shmem_layers)
	shmem_layer_sources(${layer} layer_sources)
	list(APPEND shmem_sources ${layer_sources})
endforeach()
