# SPDX-License-Identifier: MIT
# shmem_add_protocol(target file.shmem... [INCLUDES folder...] [LIBRARY library])
#
# Compiles protocol files with shmemc and adds the C code to the target, which
# can then include "file.h". Files that others include are named, too: each has
# C code of its own. INCLUDES are folders in which their includes are
# looked for; LIBRARY is what to link instead of shmem::protocol (for example
# shmem::protocol_static). When cross-compiling, set SHMEM_SHMEMC to a shmemc
# that runs on the build machine.

# What runs shmemc here, in a list of one; an empty one where nothing can.
function(shmem_find_shmemc ret)
	set(${ret} "" PARENT_SCOPE)
	if(SHMEM_SHMEMC)
		set(${ret} ${SHMEM_SHMEMC} PARENT_SCOPE)
	elseif(TARGET shmem::shmemc AND (NOT CMAKE_CROSSCOMPILING OR
			CMAKE_CROSSCOMPILING_EMULATOR))
		set(${ret} shmem::shmemc PARENT_SCOPE)
	endif()
endfunction()

function(shmem_add_protocol target)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "LIBRARY" "INCLUDES")
	shmem_find_shmemc(compiler)
	if(NOT compiler)
		message(FATAL_ERROR "shmem_add_protocol: there is no shmemc; "
			"set SHMEM_SHMEMC to one")
	endif()
	if(NOT arg_LIBRARY)
		set(arg_LIBRARY shmem::protocol)
	endif()
	if(NOT arg_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "shmem_add_protocol: no file was given")
	endif()

	set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.protocols)
	file(MAKE_DIRECTORY ${folder})
	set(options)
	foreach(include IN LISTS arg_INCLUDES)
		get_filename_component(include ${include} ABSOLUTE)
		list(APPEND options -I ${include})
	endforeach()
	foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
		get_filename_component(path ${file} ABSOLUTE)
		get_filename_component(stem ${path} NAME)
		string(REGEX REPLACE "\\.shmem$" "" stem ${stem})
		set(out ${folder}/${stem})
		add_custom_command(OUTPUT ${out}.c ${out}.h
			COMMAND ${compiler} ${options} -o ${folder}
				-M ${out}.d ${path}
			DEPENDS ${path} ${compiler}
			DEPFILE ${out}.d
			COMMENT "Compiling the protocol ${stem}" VERBATIM)
		target_sources(${target} PRIVATE ${out}.c ${out}.h)
	endforeach()

	# By properties, so that it does not matter in which of its two ways the
	# caller uses target_link_libraries().
	set_property(TARGET ${target} APPEND PROPERTY
		INCLUDE_DIRECTORIES ${folder})
	set_property(TARGET ${target} APPEND PROPERTY
		INTERFACE_INCLUDE_DIRECTORIES $<BUILD_INTERFACE:${folder}>)
	set_property(TARGET ${target} APPEND PROPERTY
		LINK_LIBRARIES ${arg_LIBRARY})
	set_property(TARGET ${target} APPEND PROPERTY
		INTERFACE_LINK_LIBRARIES ${arg_LIBRARY})
endfunction()
