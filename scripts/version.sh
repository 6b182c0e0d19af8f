#!/bin/sh
# Prints the version that include/iolas/base.h declares, as MAJOR.MINOR.PATCH.
set -eu
header="$(dirname "$0")/../include/iolas/base.h"
part() {
	sed -n "s/^#define IOLAS_VERSION_$1[[:space:]]*\([0-9][0-9]*\)\$/\1/p" "$header"
}
printf '%s.%s.%s\n' "$(part MAJOR)" "$(part MINOR)" "$(part PATCH)"
