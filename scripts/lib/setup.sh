# SPDX-License-Identifier: MIT
# For the other scripts to source: gets the packages that they need.
# shellcheck shell=bash

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

is_installed() {
	[[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" \
		== installed ]]
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

# need PACKAGE...: installs those that are missing, by their Debian names.
# Where that can't be done it names them: elsewhere than on Debian and its
# children it is left to the build to find out whether they are there.
need() {
	local package missing=()
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null
	then
		say "not a Debian system; needed are the likes of: $*"
		return 0
	fi
	for package; do
		is_installed "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -eq 0 ]] && return 0
	if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
		die "missing packages; as root: apt-get install ${missing[*]}"
	fi
	say "installing ${missing[*]}"
	local get=(apt-get -qq -o DPkg::Lock::Timeout=300)
	as_root "${get[@]}" update || say "apt-get update failed; going on"
	as_root env DEBIAN_FRONTEND=noninteractive "${get[@]}" install -y \
		--no-install-recommends "${missing[@]}" >/dev/null ||
		die "could not install ${missing[*]}"
}
