#!/bin/sh
#
# get.sh: download a public text to train on.
#
#     corpora/get.sh NAME [FOLDER]    fetch a text into FOLDER (here: corpora/)
#     corpora/get.sh --list           the texts: name, size and address
#
# In this folder: english.txt, spanish.txt and scripts.txt are original texts
# written for letra, CC0 1.0 (public domain); known-entropy.awk writes a text
# whose entropy rate is known. What get.sh downloads is not part of letra.
#
# A text is kept only if its SHA-256 is the one known here.
#
# Environment, for tests and mirrors:
#     LETRA_CORPORA_BASE     fetch LETRA_CORPORA_BASE/NAME.txt instead of the
#                            address in the table (http, https or file)
#     LETRA_CORPORA_TABLE    a file with other texts instead of the table
#                            below: lines of NAME SHA-256 ADDRESS [BYTES]

set -u

# The texts: name, SHA-256, address, bytes.
table() {
    if [ -n "${LETRA_CORPORA_TABLE:-}" ]; then
        cat -- "$LETRA_CORPORA_TABLE"
    else
        cat <<'END'
tinyshakespeare 86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt 1115394
warpeace fb66ba999dafe24017cdd59e04c56d385a9c8466993d374fd4c6f08b2142985e https://cs.stanford.edu/people/karpathy/char-rnn/warpeace_input.txt 3258246
END
    fi
}

say() {
    printf 'get.sh: %s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

# The comment at the top of this file.
usage() {
    sed -n '3,/^$/s/^# \{0,1\}//p' "$0"
}

list() {
    printf '%s\n' "$texts" | while read -r name _ address bytes; do
        [ -n "$name" ] || continue
        printf '%-16s %9s bytes  %s\n' "$name" "${bytes:-?}" "$address"
    done
}

wrong_usage() {
    say "$1"
    {
        echo "The texts are:"
        list
    } >&2
    exit 2
}

# Sets known_digest and address to those of the text $1; fails if there is none.
look_up() {
    known_digest='' address=''
    while read -r name sum where _; do
        if [ "$name" = "$1" ]; then
            known_digest=$sum address=$where
        fi
    done <<END
$texts
END
    [ -n "$address" ] || return 1
    if [ -n "${LETRA_CORPORA_BASE:-}" ]; then
        address=${LETRA_CORPORA_BASE%/}/$1.txt
    fi
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Prints the SHA-256 of the file $1.
digest() {
    if have sha256sum; then
        sha256sum <"$1"
    else
        shasum -a 256 <"$1"
    fi | cut -d ' ' -f 1
}

check_tools() {
    have sha256sum || have shasum ||
        fail "neither sha256sum nor shasum is here: install coreutils or perl"
    have curl || have wget ||
        fail "neither curl nor wget is here: install one of them (apt-get install curl)"
}

# Downloads the address $1 to the file $2.
download() {
    if have curl; then
        curl --fail --location --silent --show-error \
            --connect-timeout 20 --speed-limit 1 --speed-time 60 --output "$2" "$1"
    else
        wget -q -T 20 -t 2 -O "$2" "$1"
    fi
}

# Ends well if the text is in its place already, and badly if another file is.
check_present() {
    [ -e "$file" ] || return 0
    [ -f "$file" ] || fail "$file is in the way: it is not a regular file"
    found=$(digest "$file")
    if [ "$found" = "$known_digest" ]; then
        say "$file is already there, with the right SHA-256"
        exit 0
    fi
    fail "$file is already there, but it is another text:
    SHA-256 expected  $known_digest
    SHA-256 found     $found
Move it away, or name another folder, and try again."
}

fetch() {
    part=$folder/.$1.part.$$
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    say "downloading $address"
    if ! download "$address" "$part" || [ ! -f "$part" ]; then
        fail "could not download $address (no network?)"
    fi
    found=$(digest "$part")
    if [ "$found" != "$known_digest" ]; then
        fail "what $address gives is not the text known here:
    SHA-256 expected  $known_digest
    SHA-256 found     $found
Nothing was kept."
    fi
    mv -- "$part" "$file" || fail "could not write $file"
    say "wrote $file"
}

texts=$(table) || fail "could not read the table of texts"

case ${1:-} in
'' | -h | --help)
    usage
    echo
    list
    exit 0
    ;;
--list)
    list
    echo
    echo "english.txt, spanish.txt and scripts.txt, in corpora/, are original texts"
    echo "written for letra, CC0 1.0 (public domain)."
    exit 0
    ;;
esac

[ $# -le 2 ] || wrong_usage "too many arguments: a name, and perhaps a folder"
look_up "$1" || wrong_usage "no text is called '$1'"
folder=${2:-$(dirname -- "$0")}
[ -d "$folder" ] || fail "there is no folder $folder"
[ -w "$folder" ] || fail "cannot write in the folder $folder"
case $folder in
-*) folder=./$folder ;;
esac
file=$folder/$1.txt
check_tools
check_present
fetch "$1"
