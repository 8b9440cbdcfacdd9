# SPDX-License-Identifier: MIT
# For the other scripts to source: what they need of the machine.
# shellcheck shell=bash

# What every build needs, for `need`.
# shellcheck disable=SC2034
build_packages=(build-essential cmake ninja-build pkg-config)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# How many things to do at a time.
jobs_at_once() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN; }

# Whether what a package is wanted for is there, wherever it came from.
is_there() {
	case $1 in
	build-essential) command -v cc && command -v c++ && command -v make ;;
	ninja-build) command -v ninja ;;
	check) command -v pkg-config && pkg-config --exists 'check >= 0.15' ;;
	*) [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" \
		== installed ]] || { [[ $1 != *-dev ]] && command -v "$1"; } ;;
	esac &>/dev/null
}

# Runs a command as root: as it is, or by sudo, which may ask for a password
# where there is somebody to ask.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	elif [[ -t 0 ]]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

can_be_root() {
	[[ $EUID -eq 0 ]] && return
	command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		--no-install-recommends "$@" >/dev/null
}

# need PACKAGE...: installs those that are missing, by their Debian names.
# Where that can't be done it names them and ends the script.
need() {
	local package missing=()
	for package; do
		is_there "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -eq 0 ]] && return 0
	command -v apt-get >/dev/null ||
		die "missing (names of Debian packages): ${missing[*]}"
	can_be_root ||
		die "missing packages; as root: apt-get install ${missing[*]}"
	say "installing ${missing[*]}"
	# The list of packages is fetched only if the one at hand won't do.
	apt_install "${missing[@]}" 2>/dev/null && return
	as_root apt-get -qq update -o DPkg::Lock::Timeout=300 ||
		say "apt-get update failed; going on"
	apt_install "${missing[@]}" || die "could not install ${missing[*]}"
}

# configure PRESET FOLDER [ARGUMENT...]: by a preset of CMakePresets.json.
configure() {
	local preset=$1 folder=$2 arguments=("${@:3}")
	[[ -e $folder/CMakeCache.txt ]] || arguments+=(-G Ninja)
	command -v ccache >/dev/null &&
		arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
	cmake --preset "$preset" -B "$folder" "${arguments[@]}" >/dev/null
}

# build FOLDER [ARGUMENT...]: silent, but for what goes wrong.
build() {
	local log
	log=$(cmake --build "$1" -j "$(jobs_at_once)" "${@:2}" 2>&1) || {
		grep -vE '^\[[0-9]+/[0-9]+\] ' <<<"$log" >&2
		return 1
	}
}
