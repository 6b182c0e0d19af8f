#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""libiolas.so, loaded into a running Python by ctypes: argv[1] is its path,
argv[2] the version that the headers declare.  Prints TAP."""
import ctypes
import sys


def check(number, is_true, sentence):
    print("%s %d - %s" % ("ok" if is_true else "not ok", number, sentence))
    return is_true


def main():
    path, version = sys.argv[1:3]
    print("1..3")
    try:
        library = ctypes.CDLL(path)
    except OSError as why:
        print("# %s" % why)
        print("not ok 1 - the library loads")
        return 1
    library.iolas_version.restype = ctypes.c_uint32
    library.iolas_strerror.restype = ctypes.c_char_p
    number = library.iolas_version()
    spelled = "%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255)
    good = check(1, True, "the library loads")
    good &= check(2, spelled == version, "its version is the headers'")
    good &= check(3, library.iolas_strerror(0) == b"success",
                  "its functions can be called")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
