#!/bin/sh
# SPDX-License-Identifier: MIT
# ./dev on machines that lack things: what it says, does and exits with.  The
# machines are folders of links and of stand-ins that write down how they were
# called.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0

# answers NAME STATUS: the last run of dev ended so.
answers() {
	number=$((number + 1))
	if [ "$status" -eq "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "# exit status $status, expected $2"
		sed 's/^/# /' "$work/stdout" "$work/stderr"
	fi
}

# shows NAME FILE TEXT: the last run left TEXT in FILE.
shows() {
	number=$((number + 1))
	if grep -qF -e "$3" "$work/$2"; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "# no \"$3\" in $2:"
		sed 's/^/# /' "$work/$2"
	fi
}

# machine: $work/bin becomes all there is in $PATH, with everyday commands only.
machine() {
	rm -rf "${work:?}/bin"
	mkdir "$work/bin"
	for tool in sh dirname id env cat sed grep rm mkdir; do
		ln -s "$(command -v "$tool")" "$work/bin/$tool"
	done
	: >"$work/calls"
}

# stand_in NAME STATUS: a command that notes its arguments.
stand_in() {
	cat >"$work/bin/$1" <<-STAND_IN
		#!/bin/sh
		echo "$1 \$*" >>"$work/calls"
		echo "frontend \${DEBIAN_FRONTEND-}" >>"$work/calls"
		${3-}
		exit $2
	STAND_IN
	chmod +x "$work/bin/$1"
}

# user_id NUMBER: who is working at the machine.
user_id() {
	rm "$work/bin/id"
	printf '#!/bin/sh\necho %s\n' "$1" >"$work/bin/id"
	chmod +x "$work/bin/id"
}

# dev ARGUMENTS...: runs it on the machine at hand, without a home.
dev() {
	env -i PATH="$work/bin" sh "$root/dev" "$@" \
		>"$work/stdout" 2>"$work/stderr" </dev/null
	status=$?
}

machine
dev help
answers 'help works where nothing is installed' 0
shows 'help lists the words on stdout' stdout 'usage: ./dev'
dev
answers 'no word is an error' 2
shows 'and gets the usage on stderr' stderr 'usage: ./dev'
dev frobnicate
answers 'an unknown word is an error' 2
shows 'it is named' stderr 'unknown word: frobnicate'
shows 'and gets the usage on stderr' stderr 'usage: ./dev'

dev test
answers 'without apt-get nothing can be installed' 1
shows 'the packages are listed instead' stderr 'libcmocka-dev'
shows 'so is the build tool' stderr 'ninja-build'

# An ordinary user without sudo.
machine
user_id 1000
stand_in apt-get 0
dev setup
answers 'an ordinary user without sudo cannot install' 1
shows 'what to ask for is printed' stderr 'apt-get install'
number=$((number + 1))
if grep -q '^apt-get' "$work/calls"; then
	echo "not ok $number - apt-get is left alone then"
else
	echo "ok $number - apt-get is left alone then"
fi

# The same user with sudo; the installation fails, and that is the end.
# shellcheck disable=SC2016
stand_in sudo 1 'exec "$@"'
stand_in apt-get 1
dev setup
answers 'a failed installation is an error' 1
shows 'it says what it is going to install' stderr \
	'installing with sudo apt-get: gcc'
shows 'sudo is asked' calls 'sudo env'
shows 'no package is ever removed' calls '--no-remove'
shows 'none is taken on a recommendation' calls '--no-install-recommends'
shows 'and nobody is asked a question' calls 'frontend noninteractive'

# apt-get says it has installed everything, yet nothing came.
machine
user_id 0
stand_in apt-get 0
dev setup
answers 'packages that do not help are an error' 1
shows 'what is still missing is listed' stderr 'still missing'

echo "1..$number"
