#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the API reference; a warning is an error.
#     build_docs.sh FOLDER
set -eu

mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
python=/usr/bin/python3
[ -x $python ] || python=python3
{
	cat docs/Doxyfile
	echo "PROJECT_NUMBER = $(sh scripts/version.sh)"
	echo "OUTPUT_DIRECTORY = \"$folder\""
	echo "INPUT_FILTER = \"$python scripts/doxygen_filter.py\""
} | doxygen -
