# SPDX-License-Identifier: MIT
# For scripts/test to source: Wine, in a folder of its own and without a window,
# a word or a process that stays.
# shellcheck shell=bash

wine_folder=/usr/lib/wine # Debian's; not in the PATH

# cross_libevent TOOLCHAIN SOURCES FOLDER: like cross_check.
cross_libevent() {
	local toolchain=$1 sources=$2 folder=$3
	[[ -e $folder/lib/pkgconfig/libevent_core.pc ]] && return
	debian_source libevent "$sources" || return
	mkdir -p "$folder"
	folder=$(cd "$folder" && pwd)
	(
		set -e
		cmake -S "$sources/libevent" -B "$folder/build-libevent" \
			-G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/$toolchain" \
			-DCMAKE_BUILD_TYPE=Release \
			-DCMAKE_INSTALL_PREFIX="$folder" \
			-DEVENT__LIBRARY_TYPE=STATIC \
			-DEVENT__DISABLE_OPENSSL=ON \
			-DEVENT__DISABLE_TESTS=ON \
			-DEVENT__DISABLE_SAMPLES=ON \
			-DEVENT__DISABLE_BENCHMARK=ON \
			-DEVENT__DISABLE_REGRESS=ON
		cmake --build "$folder/build-libevent" -j "$(jobs_at_once)"
		cmake --install "$folder/build-libevent"
	) >"$folder-libevent.log" 2>&1 && return
	tail -n 20 "$folder-libevent.log" >&2
	say "libevent could not be built by $toolchain"
	return 1
}

# wine_start FOLDER: what Wine needs of a user is made there, and its services
# run, so that no test is the one that starts them.
wine_start() {
	mkdir -p "$1/prefix"
	WINEPREFIX=$(cd "$1" && pwd)/prefix
	export WINEPREFIX WINEDEBUG=-all
	export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
	unset DISPLAY
	"$wine_folder/wineserver64" -p &&
		wine_run wineboot &&
		wine_set 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' \
			Auto 0 &&
		wine_set 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' \
			Debugger '' &&
		wine_set 'HKCU\Software\Wine' Version win10
}

wine_run() {
	"$wine_folder/wine64" "$@" </dev/null >/dev/null 2>&1
}

# What crashes dies at once, and the system says that it is a new one.
wine_set() {
	wine_run reg add "$1" /v "$2" /d "$3" /f
}

wine_stop() {
	"$wine_folder/wineserver64" -k
	"$wine_folder/wineserver64" -w
}
