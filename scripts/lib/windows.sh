# SPDX-License-Identifier: MIT
# For scripts/test to source: Wine, in a folder of its own and without a window,
# a word or a process that stays.
# shellcheck shell=bash

wine_folder=/usr/lib/wine # Debian's; not in the PATH

# cross_libevent TOOLCHAIN SOURCES FOLDER: like cross_check, of its core.
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
		# The core alone; cmake --install would want all of it.
		cmake --build "$folder/build-libevent" -j "$(jobs_at_once)" \
			--target event_core_static
		mkdir -p "$folder/include" "$folder/lib/pkgconfig"
		cp "$folder/build-libevent/lib/libevent_core.a" "$folder/lib/"
		cp -R "$sources/libevent/include/event2" \
			"$folder/build-libevent/include/event2" \
			"$folder/include/"
		cp "$folder/build-libevent/libevent_core.pc" \
			"$folder/lib/pkgconfig/"
	) >"$folder-libevent.log" 2>&1 && return
	tail -n 20 "$folder-libevent.log" >&2
	say "libevent could not be built by $toolchain"
	return 1
}

# wine_start FOLDER: what Wine needs of a user is made there, and its services
# run, so that no test is the one that starts them. Whatever a run before this
# one left behind there, because somebody killed it, ends first; what it had made
# by half is made anew.
wine_start() {
	mkdir -p "$1/prefix"
	wine_prefix=$(cd "$1" && pwd)/prefix
	wine_log=$1/wine.log
	export WINEPREFIX=$wine_prefix WINEDEBUG=-all
	export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
	unset DISPLAY WAYLAND_DISPLAY
	: >"$wine_log"
	wine_stop
	wine_boot && return
	wine_stop
	rm -rf "$wine_prefix"
	mkdir "$wine_prefix"
	wine_boot && return
	tail -n 5 "$wine_log" >&2
	say "Wine does not work here; see $wine_log"
	wine_stop
	return 1
}

wine_boot() {
	local key='HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug'
	"$wine_folder/wineserver64" -p >>"$wine_log" 2>&1 &&
		wine_run wineboot &&
		wine_set "$key" Auto 0 &&
		wine_set "$key" Debugger '' &&
		wine_set 'HKCU\Software\Wine' Version win10
}

wine_run() {
	cmake/toolchains/wine "$@" </dev/null >>"$wine_log" 2>&1
}

# What crashes dies at once, and the system says that it is a new one.
wine_set() {
	wine_run reg add "$1" /v "$2" /d "$3" /f
}

# All programs of the prefix end, and then their server; never those of a user's
# own. Debian's makes a folder in /tmp for each prefix, and notes its name there.
wine_stop() {
	local name
	[[ -n ${wine_prefix-} ]] || return 0
	"$wine_folder/wineserver64" -k >/dev/null 2>&1
	"$wine_folder/wineserver64" -w >/dev/null 2>&1
	name=$(cat "$wine_prefix/wineserver" 2>/dev/null)
	[[ $name =~ ^wine-[[:alnum:]]+$ ]] &&
		rm -rf "/tmp/$name" "$wine_prefix/wineserver"
	return 0
}
