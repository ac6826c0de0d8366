#!/bin/sh
# Checks that includes only go down: a file of src/ may include from its own folder and from floors below.
#
#     tests/layers.sh [ROOT]      ROOT holds src/; default: this tree
#
# Prints each include that goes up or sideways as FILE:LINE: why, and fails if there is one.
set -eu
cd "${1:-$(dirname "$0")/..}"

files=$(find src -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' \) | sort)
[ -n "$files" ] || {
    echo "tests/layers.sh: no sources under $(pwd)/src" >&2
    exit 1
}

# The names of our sources hold no spaces.
# shellcheck disable=SC2086
awk '
    # What each folder may include besides itself. The floors: base < text, math < model < generate, train
    # < ui < commands < main.c; text and math do not know each other, nor do generate and train.
    BEGIN {
        below["base"] = " "
        below["text"] = " base "
        below["math"] = " base "
        below["model"] = " base text math "
        below["generate"] = " base text math model "
        below["train"] = below["generate"]
        below["ui"] = " base text math model generate train "
        below["commands"] = " base text math model generate train ui "
        below["main.c"] = " base text math model generate train ui commands "
    }
    function report(why) {
        print FILENAME ":" FNR ": " why
        failed = 1
    }
    FNR == 1 {
        split(FILENAME, parts, "/")
        own = parts[2]
        if (!(own in below)) {
            report("src/" own " is on no floor of the house")
        }
    }
    /^[ \t]*#[ \t]*include[ \t]*["<]/ {
        path = $0
        quoted = path ~ /^[^<]*"/
        sub(/^[^"<]*["<]/, "", path)
        sub(/[">].*$/, "", path)
        folder = path
        sub(/\/.*$/, "", folder)
        if (path !~ /\// || !(folder in below)) {
            if (quoted) {
                report("\"" path "\" does not start with a folder of src/")
            }
        } else if (folder != own && index(below[own], " " folder " ") == 0) {
            report(own " may not include from " folder " (\"" path "\")")
        }
    }
    END { exit failed }
' $files
