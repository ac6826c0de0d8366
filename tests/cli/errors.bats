#!/usr/bin/env bats
# Bad input: each with a message that says what and where, and nothing lost.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model model.safetensors
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR/text.txt" "$BATS_FILE_TMPDIR/model.safetensors" .
    models=$(models_there)
}

# The models and checkpoints that are there, each with its checksum.
models_there() {
    find . -type f -name '*.safetensors' -exec cksum {} + | sort
}

# letra ARGUMENT...: as everywhere, and $models is what was there before
letra() {
    models=$(models_there)
    run --separate-stderr "$LETRA" "$@"
}

# train TEXT ARGUMENT...: with a model at out.safetensors that must stay as it is unless training succeeds
train() {
    letra train "$@" -o out.safetensors "${small[@]}" --epochs 0.2
}

# refused STATUS WORDS...: the models that were there are there as they were, and no half of another
refused() {
    ends "$@"
    [ "$(models_there)" = "$models" ] || complain 'there were other models before:' "$models"
    [ -z "$output" ] || complain 'expected nothing on standard output'
    [ -z "$(find . -name '*.tmp')" ] || complain 'a temporary file is left'
}

# reads_not FILE WORDS...: no command takes this file for a model
reads_not() {
    local file=$1
    shift
    letra show "$file"
    refused 1 "letra: " "$file" "$@"
    letra sample "$file" --length 1
    refused 1 "letra: " "$file" "$@"
}

# --- texts ---

@test "a text that is missing, a folder, empty" {
    cp model.safetensors out.safetensors
    train missing.txt
    refused 1 "letra: cannot open missing.txt: No such file or directory"
    mkdir folder
    train folder
    refused 1 "letra: there is no file in the folder folder"
    : >empty.txt
    train empty.txt
    refused 1 "letra: empty.txt is empty"
    train text.txt missing.txt
    refused 1 "letra: cannot open missing.txt"
    cmp model.safetensors out.safetensors
    letra train ''
    refused 1 "letra: the name of the file to read is empty"
    train text.txt --log ''
    refused 1 "letra: --log: the name of the file is empty"
    letra eval model.safetensors missing.txt
    refused 1 "letra: cannot open missing.txt"
    letra eval model.safetensors folder
    refused 1 "there is no file in the folder folder"
    letra sample model.safetensors --prime-file folder
    refused 1 "folder is a folder"
    letra eval model.safetensors empty.txt
    refused 1 "empty.txt is empty"
    run --separate-stderr bash -c '"$LETRA" train - -o out.safetensors </dev/null'
    refused 1 "standard input is empty"
}

@test "one character; one and the same character" {
    printf a >one.txt
    train one.txt
    refused 1 "letra: the text has only one character"
    [ ! -e out.safetensors ]
    printf 'a%.0s' $(seq 1 500) >same.txt
    train same.txt
    refused 1 "letra: the text has only one distinct character"
}

@test "invalid UTF-8 in the middle, with line and byte" {
    printf 'abc\ndef\nghi\xFFjkl\n' >bad.txt
    train bad.txt
    refused 1 "letra: bad.txt: line 3, byte 11: 0xFF is not valid UTF-8" "--unit byte"
    letra eval model.safetensors bad.txt
    refused 1 "bad.txt: line 3, byte 11"
}

@test "NUL bytes are text like any other" {
    printf 'a\0b\n%.0s' $(seq 1 200) >nul.txt
    train nul.txt
    ends 0 "a vocabulary of 4"
    "$LETRA" sample out.safetensors --length 200 --seed 1 >sampled
    [ "$(tr -d -c '\000' <sampled | wc -c)" -gt 0 ]
    printf 'a\0b' >prime
    "$LETRA" sample out.safetensors --prime-file prime --length 0 --seed 1 | cmp - <(printf 'a\0b\n')
}

# --- where the model goes ---

@test "an output folder that is missing or cannot be written, before the text is read" {
    letra train text.txt -o missing/model.safetensors
    refused 1 "letra: cannot write missing/model.safetensors: the folder missing does not exist; make it first"
    letra train nothing.txt -o missing/model.safetensors
    refused 1 "the folder missing does not exist"
    mkdir locked
    chmod 555 locked
    local folder=locked
    [ "$(id -u)" -ne 0 ] || folder=/proc/self # nothing is locked for root
    letra train text.txt -o $folder/model.safetensors
    refused 1 "letra: cannot write $folder/model.safetensors"
    printf x >models
    letra train text.txt "${small[@]}" --epochs 0.2
    refused 1 "letra: cannot make the folder models: a file is there"
}

@test "-o on a folder, a device, a pipe, a read-only file, one of the texts" {
    letra train text.txt -o /dev/null
    refused 1 "letra: cannot write /dev/null: it is a device"
    mkdir folder
    letra train text.txt -o folder
    refused 1 "letra: cannot write folder: it is a folder"
    mkfifo pipe
    letra train text.txt -o pipe
    refused 1 "letra: cannot write pipe: it is a pipe"
    letra train text.txt -o text.txt
    refused 1 "letra: -o text.txt: that is the file text.txt, which would be lost"
    ln text.txt link.txt
    letra train text.txt -o link.txt
    refused 1 "would be lost"
    letra train text.txt -o model.safetensors --log text.txt
    refused 1 "letra: --log text.txt: that is the file text.txt"
    letra train text.txt -o model.safetensors --log model.safetensors
    refused 1 "--log model.safetensors"
    cmp text.txt "$BATS_FILE_TMPDIR/text.txt"
    cmp model.safetensors "$BATS_FILE_TMPDIR/model.safetensors"
}

@test "a checkpoint that cannot be written, or would replace a text or the log" {
    mkdir c.checkpoint.safetensors
    letra train text.txt -o c.safetensors "${small[@]}" --epochs 0.2
    refused 1 "letra: cannot write c.checkpoint.safetensors: it is a folder"
    [[ $stderr != *"epoch "* ]] || complain 'training had started'
    [ ! -e c.safetensors ]
    cp text.txt d.checkpoint.safetensors
    letra train d.checkpoint.safetensors -o d.safetensors "${small[@]}" --epochs 0.2
    refused 1 "letra: the checkpoint d.checkpoint.safetensors: that is the file d.checkpoint.safetensors, " \
        "which would be lost"
    letra train text.txt -o d.safetensors --log d.checkpoint.safetensors "${small[@]}" --epochs 0.2
    refused 1 "letra: --log d.checkpoint.safetensors: that is the file d.checkpoint.safetensors"
    cmp text.txt d.checkpoint.safetensors
    letra train text.txt -o e.safetensors --log e.checkpoint.safetensors "${small[@]}" --epochs 0.2
    refused 1 "letra: --log e.checkpoint.safetensors: that is the file"
    letra train text.txt -o e.safetensors --log e.safetensors "${small[@]}" --epochs 0.2
    refused 1 "letra: --log e.safetensors: that is the file"
}

@test "no memory for the size asked, said before training starts" {
    letra train text.txt -o out.safetensors --layers 64 --hidden 16384
    refused 1 "letra: " "memory"
    [[ $stderr != *"epoch "* ]] || complain 'training had started'
    [ ! -e out.safetensors ]
}

@test "no memory for so many samples, said before any is written" {
    ! grep -q __asan_init "$LETRA" || skip 'AddressSanitizer takes all addresses for itself'
    cp "$BATS_TEST_DIRNAME/../../models/letra-english.safetensors" large.safetensors
    models=$(models_there)
    run --separate-stderr bash -c 'ulimit -v 500000 && "$LETRA" sample large.safetensors --count 65536 -n 1 --threads 1'
    refused 1 "letra: writing 65536 texts side by side would take 1." " GB more memory, and 0." \
        " GB are free: use a smaller --count"
    run --separate-stderr bash -c 'ulimit -v 500000 && "$LETRA" sample large.safetensors --count 2 -n 1 --threads 1'
    ends 0
}

# --- models ---

@test "a model that is missing, a folder, empty, a text" {
    reads_not missing.safetensors "cannot open missing.safetensors: No such file or directory"
    mkdir folder
    reads_not folder "is a folder"
    : >empty.safetensors
    reads_not empty.safetensors
    reads_not text.txt "text.txt is no letra model; letra train makes one of a text"
    letra eval text.txt model.safetensors
    refused 1 "letra: text.txt is no letra model; the model comes first: " "eval MODEL TEXT..."
    letra repl text.txt
    refused 1 "letra: text.txt is no letra model"
    letra import text.txt --vocab text.txt -o imported.safetensors
    refused 1 "letra: text.txt: begins as a text does, and is no safetensors file"
}

@test "a model whose name is not written out, and one where a text should be" {
    mkdir models
    cp model.safetensors models/mine.safetensors
    letra sample mine -n 1
    refused 1 "letra: there is no file mine; did you mean models/mine.safetensors?"
    letra show mine.safetensors
    refused 1 "did you mean models/mine.safetensors?"
    letra train text.txt --init-from models/mine -o out.safetensors
    refused 1 "letra: there is no file models/mine; did you mean models/mine.safetensors?"
    letra show ''
    refused 1 "the name of the file to read is empty"
    train model.safetensors
    refused 1 "letra: model.safetensors is a model and no text; leave it out"
    letra corpus models
    refused 1 "letra: models/mine.safetensors is a model and no text; leave it out (of a folder, --include '*.txt'"
    letra eval model.safetensors text.txt models/mine.safetensors
    refused 1 "letra: models/mine.safetensors is a model and no text"
}

@test "what has no end is no model, and a pipe that ends may be one" {
    local command limit='ulimit -v 500000'
    ! grep -q __asan_init "$LETRA" || limit=true # AddressSanitizer takes all addresses for itself
    for command in 'show /dev/zero' 'sample /dev/zero' 'repl /dev/zero' 'eval /dev/zero text.txt' \
        'train text.txt --init-from /dev/zero'; do
        # shellcheck disable=SC2086 # they are words
        run --separate-stderr bash -c "$limit"' && exec timeout 60 "$LETRA" "$@"' letra $command
        ends 1 "letra: " "/dev/zero: the header (byte 8) does not start with '{'"
    done
    run --separate-stderr bash -c 'yes | timeout 60 "$LETRA" show -'
    ends 1 "letra: standard input: begins as a text does, and is no safetensors file"
    run --separate-stderr bash -c 'cat model.safetensors /dev/zero 2>/dev/null | timeout 60 "$LETRA" show -'
    ends 1 "letra: standard input: the file goes on beyond its tensors"
    run --separate-stderr bash -c '"$LETRA" show <(cat model.safetensors)'
    ends 0
    mkfifo pipe
    cat model.safetensors >pipe &
    letra sample pipe --length 1
    ends 0
}

@test "a model cut short at many places" {
    local size cut header
    size=$(wc -c <model.safetensors)
    header=$(od -An -tu8 -N8 model.safetensors | tr -d ' ')
    for cut in 1 7 8 9 100 $((header / 2)) $((header + 7)) $((header + 8)) $((header + 9)) $((size / 2)) \
        $((size - 4)) $((size - 1)); do
        head -c "$cut" model.safetensors >cut.safetensors
        letra show cut.safetensors
        refused 1 "letra: cut.safetensors"
    done
    cat model.safetensors text.txt >long.safetensors
    reads_not long.safetensors
}

@test "random bytes, and a header that claims 2^60 bytes" {
    "$LETRA" --help | head -c 5000 | tr 'a-z\n' '\000-\032\377' >random.safetensors
    reads_not random.safetensors
    { printf '\0\0\0\0\0\0\0\020'; tail -c +9 model.safetensors; } >huge.safetensors
    reads_not huge.safetensors
    { printf '\377\377\377\377\377\377\377\377'; tail -c +9 model.safetensors; } >huger.safetensors
    reads_not huger.safetensors
}

# altered SED: the model with its header changed, in which the length must stay the same
altered() {
    LC_ALL=C sed "$1" model.safetensors >altered.safetensors
    [ "$(wc -c <altered.safetensors)" -eq "$(wc -c <model.safetensors)" ] || complain "the length changed: $1"
    run ! cmp -s model.safetensors altered.safetensors
    [ "$status" -ne 0 ]
    reads_not altered.safetensors
}

@test "tensors that overlap or leave the file, wrong types and shapes, a vocabulary that does not match" {
    altered '1s/"F32"/"F16"/'
    altered '1s/"F32"/"I32"/'
    altered '1s/"F32"/"XXX"/'
    altered '1s/"data_offsets":\[0,/"data_offsets":[4,/'
    altered '1s/"data_offsets":\[0,1/"data_offsets":[0,9/'
    altered '1s/"shape":\[47,8\]/"shape":[8,47]/'
    altered '1s/"shape":\[47,8\]/"shape":[46,8]/'
    altered '1s/decoder\.bias/decoder.bits/'
    altered '1s/hidden/hodden/'
    altered '1s/lstm/lxtm/'
    altered '1s/"format":"letra"/"format":"lotra"/'
    altered '1s/\\"T\\"/\\"t\\"/'
}

@test "numbers in a model that are none" {
    { head -c -4 model.safetensors; printf '\0\0\300\177'; } >nan.safetensors
    reads_not nan.safetensors
}

@test "a checkpoint that does not fit: other sizes, another text, or no checkpoint at all" {
    train text.txt -q
    letra train text.txt -o out.safetensors "${small[@]}" --hidden 8 --epochs 1 --resume
    refused 1 "letra: " "out.checkpoint.safetensors"
    head -n 50 text.txt >other.txt
    letra train other.txt -o out.safetensors "${small[@]}" --epochs 1 --resume
    refused 1 "letra: " "out.checkpoint.safetensors"
    cp text.txt out.checkpoint.safetensors
    train text.txt --resume
    refused 1 "out.checkpoint.safetensors"
    cp out.safetensors out.checkpoint.safetensors
    train text.txt --resume
    refused 1 "out.checkpoint.safetensors"
}

@test "names of files that would steer the terminal are shown harmless" {
    letra train $'no\e[31msuch'
    refused 1 'no\e[31msuch'
    [[ $stderr != *$'\e'* ]] || complain 'an escape came through'
}
