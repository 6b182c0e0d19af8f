#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs iolas into a prefix of its own and builds programs against it the
# way embedders do: pkg-config, CMake, Meson subproject, copied sources.
#     check_consumers.sh FOLDER
# FOLDER is emptied first.  Prints TAP; what commands say is shown when they fail.
set -u

source=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$1"
mkdir -p "$1" || exit 1
work=$(cd "$1" && pwd)
prefix=$work/prefix
consumers=$source/test/consumers
number=0

# check NAME COMMAND...: one case; passes when the command does.
check() {
	name=$1
	shift
	number=$((number + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		sed 's/^/# /' "$work/said"
	fi
}

# check_with PROGRAM PACKAGE NAME COMMAND...: skipped without the program.
check_with() {
	program=$1
	package=$2
	shift 2
	if command -v "$program" >/dev/null; then
		check "$@"
	else
		number=$((number + 1))
		echo "ok $number - $1 # SKIP needs the package $package"
	fi
}

installs() {
	meson setup "$work/build" "$source" --prefix="$prefix" \
		--buildtype=release -Dtests=false -Dexamples=false \
		-Dbench=false &&
		meson compile -C "$work/build" &&
		meson install -C "$work/build"
}

# Where the pkg-config files went: libdir differs between systems.
pkg_config() {
	PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name iolas.pc)") \
		pkg-config "$@"
}

pkg_config_shared() {
	libdir=$(pkg_config --variable=libdir iolas) || return
	# Flags are meant to be split.
	# shellcheck disable=SC2046
	cc -o "$work/shared" "$consumers/consumer.c" \
		$(pkg_config --cflags --libs iolas) &&
		LD_LIBRARY_PATH=$libdir "$work/shared"
}

pkg_config_static() {
	libdir=$(pkg_config --variable=libdir iolas) || return
	# shellcheck disable=SC2046
	cc -o "$work/static" "$consumers/consumer.c" \
		$(pkg_config --cflags iolas) "$libdir/libiolas.a" \
		$(pkg_config --static --libs-only-other iolas) &&
		"$work/static"
}

# libiolas-jemalloc is there when jemalloc was.
pkg_config_jemalloc() {
	libdir=$(pkg_config --variable=libdir iolas) || return
	# shellcheck disable=SC2046
	cc -o "$work/jemalloc" "$consumers/consumer_jemalloc.c" \
		$(pkg_config --cflags --libs iolas-jemalloc) &&
		LD_LIBRARY_PATH=$libdir "$work/jemalloc"
}

# <ntddk.h> and the like are ours.
pkg_config_dxgk() {
	libdir=$(pkg_config --variable=libdir iolas) || return
	# shellcheck disable=SC2046
	cc -o "$work/driver" "$consumers/consumer_driver.c" \
		$(pkg_config --cflags --libs iolas-dxgk) &&
		LD_LIBRARY_PATH=$libdir "$work/driver"
}

cmake_package() {
	cmake -S "$consumers/cmake" -B "$work/cmake" \
		-DCMAKE_PREFIX_PATH="$prefix" &&
		cmake --build "$work/cmake" &&
		"$work/cmake/consumer" && "$work/cmake/consumer-static" &&
		"$work/cmake/consumer-driver"
}

# An installed tree still works when somebody moves it.
cmake_moved() {
	cp -r "$prefix" "$work/moved" &&
		cmake -S "$consumers/cmake" -B "$work/cmake-moved" \
			-DCMAKE_PREFIX_PATH="$work/moved" &&
		cmake --build "$work/cmake-moved" &&
		"$work/cmake-moved/consumer"
}

subproject() {
	mkdir -p "$work/subproject/subprojects" &&
		cp "$consumers/subproject/meson.build" "$consumers/consumer.c" \
			"$work/subproject/" &&
		ln -s "$source" "$work/subproject/subprojects/iolas" &&
		meson setup "$work/subproject/build" "$work/subproject" "$@" &&
		meson compile -C "$work/subproject/build" &&
		"$work/subproject/build/consumer" &&
		rm -rf "$work/subproject"
}

# The core's folders and headers in a tree of somebody else's, no Meson at all.
copied_sources() {
	mkdir -p "$work/copied" &&
		cp -r "$source/include" "$source/lib" "$work/copied/" || return
	# shellcheck disable=SC2046
	cc -std=c11 -O2 -D_GNU_SOURCE -DIOLAS_BUILDING \
		-I"$work/copied/include" -I"$work/copied/lib" \
		-o "$work/copied/consumer" "$consumers/consumer.c" \
		$(find "$work/copied/lib" -name '*.c' \
			! -path '*/dxgk/*' ! -path '*/jemalloc/*') -pthread &&
		"$work/copied/consumer"
}

check 'it installs into a prefix' installs
check_with pkg-config pkg-config \
	'a program finds it with pkg-config' pkg_config_shared
check 'a program links the static library' pkg_config_static
check 'a driver finds the Windows headers and what they declare' \
	pkg_config_dxgk
if [ -n "$(find "$prefix" -name iolas-jemalloc.pc)" ]; then
	check 'a program takes its memory from jemalloc' pkg_config_jemalloc
else
	number=$((number + 1))
	echo "ok $number - jemalloc # SKIP needs the package libjemalloc-dev"
fi
check_with cmake cmake 'a CMake project finds the package' cmake_package
check_with cmake cmake 'a CMake project finds a moved prefix' cmake_moved
check 'a Meson project carries it as a subproject' subproject
check 'a Meson project carries it and links statically' \
	subproject -Ddefault_library=static
check 'a program compiles the copied sources' copied_sources
echo "1..$number"
