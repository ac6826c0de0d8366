#!/usr/bin/env bats
# letra train and eval with --cache: the same as without it, texts larger than memory, and folders that are of no use.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

# A text of more than two blocks of a million units, in one of which units take a byte, and in one two.
make_long_text() {
    local k
    make_text >start.txt
    for k in $(seq 1 110); do cat start.txt; done
    for k in $(seq 0 299); do printf %b "\\u$(printf %x $((0x4e00 + k)))"; done
    for k in $(seq 1 110); do cat start.txt; done
}

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_long_text >text.txt
    head -c 60000 text.txt >short.txt
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    ln -s "$BATS_FILE_TMPDIR/text.txt" "$BATS_FILE_TMPDIR/short.txt" .
    mkdir kept-here
}

# train NAME ARGUMENT...: a small network, at NAME.safetensors
train() {
    letra train "${@:2}" -o "$1.safetensors" "${small[@]}"
}

# numbers FILE: all tensors of a model, byte by byte
numbers() {
    local header
    header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    tail -c +$((header + 9)) "$1" | cksum
}

# equal NAME NAME: two models learned the same of the same
equal() {
    local key
    [ "$(numbers "$1.safetensors")" = "$(numbers "$2.safetensors")" ] || complain "$1 and $2 differ"
    for key in corpus_digest vocabulary best_val_loss; do
        [ "$(shown "$1.safetensors" "$key")" = "$(shown "$2.safetensors" "$key")" ] || complain "$key differs"
    done
}

# leaves_nothing: neither in the folder nor, of its name, in the models
leaves_nothing() {
    [ -z "$(find kept-here -mindepth 1)" ] || complain 'something is left in the folder'
    ! grep -l kept-here ./*.safetensors || complain 'a model names the folder'
}

@test "the same model with --cache and without it, and the same figures" {
    train memory text.txt --epochs 0.01
    ends 0 "2,178,740 characters, a vocabulary of 347"
    [[ $stderr != *"cache   "* ]] || complain 'no cache was asked for'
    train cached text.txt --epochs 0.01 --cache kept-here
    ends 0 "cache   kept-here, of which the text takes 3.2" "MB until the end"
    equal memory cached
    leaves_nothing
    letra eval memory.safetensors short.txt --json
    ends 0
    local figures=$output
    letra eval memory.safetensors short.txt --json --cache kept-here
    ends 0
    [ "$output" = "$figures" ] || complain "not $figures"
    leaves_nothing
}

@test "records are kept and shuffled there, too" {
    train memory short.txt --records --epochs 0.2
    ends 0
    train cached short.txt --records --epochs 0.2 --cache kept-here
    ends 0 "cache   kept-here"
    equal memory cached
    letra eval memory.safetensors short.txt --split val --json
    local figures=$output
    letra eval memory.safetensors short.txt --split val --json --cache kept-here
    ends 0
    [ "$output" = "$figures" ] || complain "not $figures"
    leaves_nothing
}

@test "--resume and --init-from go on with --cache as without it" {
    train memory short.txt --epochs 0.5
    train memory short.txt --epochs 1 --resume
    ends 0
    train cached short.txt --epochs 0.5
    train cached short.txt --epochs 1 --resume --cache kept-here
    ends 0 "going on from step" "cache   kept-here"
    equal memory cached
    train again short.txt text.txt --epochs 0.005 --init-from memory.safetensors
    ends 0
    train anew short.txt text.txt --epochs 0.005 --init-from memory.safetensors --cache kept-here
    ends 0
    equal again anew
    leaves_nothing
}

@test "a folder that is missing, none, or cannot be written is refused before the text is read" {
    local start='letra: cannot keep the text (--cache): '
    train out nothing.txt --cache missing
    ends 1 "${start}the folder missing does not exist; make it first"
    mkfifo never
    run --separate-stderr timeout 20 "$LETRA" train never -o out.safetensors --cache missing
    ends 1 "${start}the folder missing does not exist; make it first"
    run --separate-stderr timeout 20 "$LETRA" train never -o out.safetensors --cache short.txt
    ends 1 "${start}short.txt is no folder"
    run --separate-stderr timeout 20 "$LETRA" train never -o out.safetensors --cache ''
    ends 1 "${start}the name of the folder is empty"
    mkdir locked
    chmod 555 locked
    local folder=locked
    [ "$(id -u)" -ne 0 ] || folder=/sys # nothing else is locked for root
    run --separate-stderr timeout 20 "$LETRA" train never -o out.safetensors --cache "$folder"
    ends 1 "${start}no file can be made in the folder $folder: "
    letra eval "$BATS_TEST_DIRNAME/../../models/letra-english.safetensors" short.txt --cache missing
    ends 1 "${start}the folder missing does not exist"
    [ ! -e out.safetensors ]
}

@test "a full disk is said, with what to do, and leaves nothing" {
    local command='mount -t tmpfs -o size=1m none kept-here && "$LETRA" train text.txt -o out.safetensors \
        --cache kept-here; status=$?; find kept-here -mindepth 1; exit $status'
    unshare -rm true 2>/dev/null || skip 'no file system can be mounted here'
    run --separate-stderr unshare -rm bash -c "$command"
    ends 1 "letra: cannot keep the text in the folder kept-here: No space left on device after 1.0 MB; give --cache " \
        "one with more room (about a byte for each character of an alphabet, two of Chinese, " \
        "and twice as much for records)"
    [ -z "$output" ] || complain 'something is left'
    [ ! -e out.safetensors ]
}

@test "a file that may not grow (ulimit -f) is said" {
    run --separate-stderr bash -c 'ulimit -f 1000 && "$LETRA" train text.txt -o out.safetensors --cache kept-here'
    ends 1 "letra: cannot keep the text in the folder kept-here: File too large after 0.0 MB; give --cache one "
    run --separate-stderr bash -c 'ulimit -f 4 && "$LETRA" train short.txt -o out.safetensors "$@"' x "${small[@]}" \
        --epochs 0.1
    ends 1 "cannot write out.safetensors: File too large"
    [ ! -e out.safetensors ]
    leaves_nothing
}

@test "a text larger than memory trains with --cache, and without it is refused with that advice" {
    ! grep -q __asan_init "$LETRA" || skip 'AddressSanitizer takes all addresses for itself'
    local command='ulimit -v 250000 && yes "The lazy dog" | head -c 200000000 | "$LETRA" train - -o out.safetensors \
        --layers 1 --hidden 16 --threads 1 --epochs 0.00005 --val 0'
    run --separate-stderr bash -c "$command"
    ends 1 "letra: the text does not fit into memory: " \
        "MB of it are there, and it goes on; --cache FOLDER keeps it on a disk"
    [ ! -e out.safetensors ]
    run --separate-stderr bash -c "$command --cache kept-here"
    ends 0 "200,000,000 characters" "cache   kept-here, of which the text takes 200 MB"
    leaves_nothing
}

@test "a file that shrinks while it is read is said" {
    # What the kernel makes up says that it has 4096 bytes, and has less.
    local file=/sys/kernel/mm/transparent_hugepage/enabled
    [ -r "$file" ] && [ "$(stat -c %s "$file")" -gt 1000 ] || skip "there is no $file"
    train out "$file"
    ends 1 "letra: $file became shorter while it was read: "
    [ ! -e out.safetensors ]
}
