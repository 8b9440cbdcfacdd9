# SPDX-License-Identifier: MIT
# Runs PROGRAM, by LAUNCHER where there is one: it must end with 0, print exactly
# EXPECTED.out, and on standard error a match for each line of EXPECTED.err, or
# nothing where there is none. Where a BACKEND has other things to tell, these are
# in EXPECTED-BACKEND.*.

execute_process(COMMAND ${LAUNCHER} ${PROGRAM} RESULT_VARIABLE code
	OUTPUT_VARIABLE out ERROR_VARIABLE err)
if(BACKEND STREQUAL "windows")
	string(REPLACE "\r\n" "\n" out "${out}")
	# Wine says that a program has crashed; Windows would show a window.
	string(REGEX REPLACE "(^|\n)wine: [^\n]*" "\\1" err "${err}")
	string(STRIP "${err}" err)
endif()
foreach(kind out err)
	set(${kind}_file ${EXPECTED}.${kind})
	if(EXISTS ${EXPECTED}-${BACKEND}.${kind})
		set(${kind}_file ${EXPECTED}-${BACKEND}.${kind})
	endif()
endforeach()
file(READ ${out_file} expected)
if(NOT code EQUAL 0)
	message(FATAL_ERROR "ended with ${code}\n${out}${err}")
endif()
if(NOT out STREQUAL expected)
	message(FATAL_ERROR "printed:\n${out}instead of:\n${expected}")
endif()

if(NOT EXISTS ${err_file})
	if(NOT err STREQUAL "")
		message(FATAL_ERROR "standard error: ${err}")
	endif()
	return()
endif()
file(STRINGS ${err_file} lines)
foreach(line IN LISTS lines)
	if(NOT err MATCHES "${line}")
		message(FATAL_ERROR "no match for ${line} in:\n${err}")
	endif()
endforeach()
