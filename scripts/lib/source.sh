# SPDX-License-Identifier: MIT
# For the other scripts to source: libraries that are built from Debian's
# source packages, for machines that Debian has no binary packages for here.
# shellcheck shell=bash

# Lists of source packages, private ones: apt's own stay as they are.
write_source_lists() {
	local folder=$1 file
	mkdir -p "$folder"/{lists/partial,cache/archives/partial,parts}
	for file in /etc/apt/sources.list.d/*.sources; do
		[[ -e $file ]] && grep -q 'debian\.org\|ubuntu\.com' "$file" &&
			sed 's/^Types:.*/Types: deb-src/' "$file" \
				>"$folder/parts/${file##*/}"
	done
	[[ -e /etc/apt/sources.list ]] &&
		sed -n 's/^deb /deb-src /p' /etc/apt/sources.list \
			>"$folder/parts/sources.list"
	cat >"$folder/apt.conf" <<-END
	Dir::State::lists "$folder/lists";
	Dir::Etc::sourcelist "-";
	Dir::Etc::sourceparts "$folder/parts";
	Dir::Cache "$folder/cache";
	APT::Sandbox::User "$(id -un)";
	Acquire::Retries "2";
	END
}

# debian_source PACKAGE FOLDER: unpacks what its authors released into
# FOLDER/PACKAGE, unless it is there.
debian_source() {
	local package=$1 folder
	mkdir -p "$2"
	folder=$(cd "$2" && pwd)
	[[ -d $folder/$package ]] && return
	command -v apt-get >/dev/null || {
		say "missing: the source of $package in $folder/$package"
		return 1
	}
	say "fetching the source of $package"
	(
		set -e
		write_source_lists "$folder"
		export APT_CONFIG=$folder/apt.conf
		cd "$folder"
		apt-get -qq update
		apt-get -qq source --download-only "$package"
		mkdir -p "$package.new"
		tar -xf "${package}"_*.orig.tar.* --strip-components=1 \
			-C "$package.new"
		mv "$package.new" "$package"
	) >"$folder/$package.log" 2>&1 && return
	tail -n 3 "$folder/$package.log" >&2
	say "could not get the source of $package; see $folder/$package.log"
	return 1
}

# cross_check TOOLCHAIN SOURCES FOLDER: builds Check by a toolchain file, as a
# static library, into FOLDER, unless it is there.
cross_check() {
	local toolchain=$1 sources=$2 folder=$3
	[[ -e $folder/lib/pkgconfig/check.pc ]] && return
	debian_source check "$sources" || return
	mkdir -p "$folder"
	folder=$(cd "$folder" && pwd)
	(
		set -e
		cmake -S "$sources/check" -B "$folder/build" -G Ninja \
			-DCMAKE_TOOLCHAIN_FILE="$PWD/$toolchain" \
			-DCMAKE_BUILD_TYPE=Release \
			-DCMAKE_INSTALL_PREFIX="$folder" \
			-DCMAKE_INSTALL_LIBDIR=lib -DBUILD_TESTING=OFF \
			-DENABLE_SUBUNIT=OFF -DINSTALL_CHECKMK=OFF
		cmake --build "$folder/build" -j "$(jobs_at_once)"
		cmake --install "$folder/build"
		# A shared one would be found first.
		rm -f "$folder"/lib/libcheck.so*
	) >"$folder.log" 2>&1 && return
	tail -n 20 "$folder.log" >&2
	say "Check could not be built by $toolchain"
	return 1
}
