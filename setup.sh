#!/bin/sh
# Makes a fresh clone ready for make: installs what is missing (Debian, Ubuntu), then runs autoreconf and configure with the
# arguments given. With --dev first it installs what developers' targets need besides (make fuzz, tidy, cppcheck, coverage, docs).
# Safe to run again: what is there already is neither installed nor configured a second time.
set -eu
cd "$(dirname "$0")"

packages="build-essential autoconf automake libtool pkg-config libopenblas-openmp-dev libgsl-dev libhdf5-dev zlib1g-dev
libpng-dev libcairo2-dev libyaml-dev libjansson-dev libcunit1-dev help2man fonts-dejavu-core"
developers_packages="clang libclang-rt-14-dev libomp-dev clang-tidy cppcheck gcovr doxygen"
programs="cc make autoconf automake libtoolize pkg-config"
modules="openblas gsl zlib libpng cairo yaml-0.1 jansson cunit"

if [ "${1-}" = --dev ]; then
    shift
    packages="$packages $developers_packages"
fi

newer() { test -n "$(find "$1" -newer "$2")"; }

say() { printf 'setup.sh: %s\n' "$*" >&2; }

installed() { test "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed; }

install_packages() {
    missing=
    for package in $packages; do
        installed "$package" || missing="$missing $package"
    done
    test -n "$missing" || return 0
    say "installing$missing"
    sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { say "not root and no sudo; as root run: apt-get install$missing"; exit 1; }
        sudo=sudo
    fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
    # The names are words of the list above, meant to be split.
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing </dev/null
}

# On a system that is not known here: say what cgm needs and what of it was not found.
check_others() {
    missing=
    for program in $programs; do
        command -v "$program" >/dev/null || missing="$missing $program"
    done
    if command -v pkg-config >/dev/null; then
        for module in $modules; do
            pkg-config --exists "$module" || missing="$missing $module"
        done
        pkg-config --exists hdf5-serial || pkg-config --exists hdf5 || missing="$missing hdf5"
    fi
    say "packages are installed by name on Debian and Ubuntu only; here it looked for"
    say "  programs: $programs"
    say "  pkg-config modules: $modules, and hdf5-serial or hdf5"
    test -z "$missing" || { say "missing:$missing"; exit 1; }
    say "all of them are there"
}

if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    install_packages
else
    check_others
fi

if ! [ -f configure ] || newer configure.ac configure || newer Makefile.am Makefile.in; then
    say "autoreconf"
    autoreconf -i
fi
# The same arguments as last time and nothing newer: make itself sees to the rest.
arguments="$*"
if ! [ -f Makefile ] || newer configure config.status || [ "$arguments" != "$(cat .setup-arguments 2>/dev/null)" ]; then
    ./configure "$@"
    printf '%s\n' "$arguments" >.setup-arguments
else
    say "already configured"
fi
