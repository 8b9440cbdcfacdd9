# SPDX-License-Identifier: MIT
# Which files make the library: for each layer its own files and those of the
# backend's folder. What that folder has no file of the same name for is taken
# from the next: linux/, then posix/, then plain/, which is for any system that
# has nothing better.

set(shmem_layers base handle mapping ownership transport stream)

set(shmem_folders ${SHMEM_BACKEND} plain)
if(SHMEM_BACKEND STREQUAL "linux")
	set(shmem_folders linux posix plain)
endif()

function(shmem_layer_sources layer ret)
	set(dir ${PROJECT_SOURCE_DIR}/src/${layer})
	file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.c)
	set(taken)
	foreach(folder IN LISTS shmem_folders)
		file(GLOB files CONFIGURE_DEPENDS ${dir}/${folder}/*.c)
		foreach(file IN LISTS files)
			get_filename_component(name ${file} NAME)
			if(NOT name IN_LIST taken)
				list(APPEND taken ${name})
				list(APPEND sources ${file})
			endif()
		endforeach()
	endforeach()
	set(${ret} ${sources} PARENT_SCOPE)
endfunction()

set(shmem_sources)
foreach(layer IN LISTS shmem_layers)
	shmem_layer_sources(${layer} layer_sources)
	list(APPEND shmem_sources ${layer_sources})
endforeach()
