#!/usr/bin/env bats
# letra train and eval with folders: what is read, in which order, what stands between, and what is wrong.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p poems/sub/deep poems/.hidden
    yes 'bbb b' | head -n 40 >poems/b.txt
    yes 'aaa a' | head -n 40 >poems/a.txt
    yes 'ccc c' | head -n 40 >poems/sub/c.md
    yes 'ddd d' | head -n 40 | head -c 239 >poems/sub/deep/d.txt
    yes 'xxx x' | head -n 40 >poems/.hidden/x.txt
    yes 'yyy y' | head -n 40 >poems/.y.txt
}

# train ARGUMENT...
train() {
    letra train "$@" "${small[@]}" --epochs 0.2
}

# digest MODEL: of the text that it learned
digest() {
    shown "$1" corpus_digest
}

@test "a folder is read as the files in it and below it, by their names" {
    train poems
    ends 0 "text    poems (4 files): 959 characters, a vocabulary of 6" "output  models/poems.safetensors"
    cat poems/a.txt poems/b.txt poems/sub/c.md poems/sub/deep/d.txt >all.txt
    train all.txt
    ends 0
    [ "$(digest models/poems.safetensors)" = "$(digest models/all.safetensors)" ] || complain 'another text'
    train poems/ -o slash.safetensors
    ends 0 "text    poems/ (4 files)"
    [ "$(digest slash.safetensors)" = "$(digest models/all.safetensors)" ] || complain 'with a slash'
    letra eval models/poems.safetensors poems --json
    ends 0
    says '"chars": 958'
}

@test "files, folders and standard input in any order" {
    run --separate-stderr bash -c 'echo zzz | "$LETRA" train poems/sub - poems/a.txt -o m.safetensors "$@"' x \
        "${small[@]}" --epochs 0.2
    ends 0 "text    poems/sub and 2 more (4 files): "
    { cat poems/sub/c.md poems/sub/deep/d.txt && printf '\nzzz\n' && cat poems/a.txt; } >all.txt
    train all.txt
    [ "$(digest m.safetensors)" = "$(digest models/all.safetensors)" ] || complain 'another text'
}

@test "--include chooses by the name, or by the path below the folder" {
    train poems --include '*.txt' -o m.safetensors
    ends 0 "text    poems (3 files): 719 characters"
    train poems --include 'sub/*' -o m.safetensors
    ends 0 "text    poems (1 file): 240 characters"
    train poems --include 'sub/*/*.txt' -o m.safetensors
    ends 0 "text    poems (1 file): 239 characters"
    letra eval m.safetensors poems --include 'd.*' --json
    ends 0
    says '"chars": 238'
    train poems --include '*.tex' -o n.safetensors
    ends 1 "no file in the folder poems matches --include '*.tex'"
    train poems/a.txt --include '*.txt' -o n.safetensors
    ends 1 "--include '*.txt' is for folders, and none of the texts is one"
    [ ! -e n.safetensors ]
}

@test "--join stands between files, is shown, and holds for eval" {
    train poems --join '\n***\n' -o m.safetensors
    ends 0 "characters, a vocabulary of 7"
    letra show m.safetensors
    says "join          '\\n***\\n'" "'*' 9"
    letra eval m.safetensors poems --json
    ends 0
    says '"chars": 973'
    letra eval m.safetensors poems --split val
    ends 0
    train poems --join '' -o m.safetensors
    letra eval m.safetensors poems --json
    says '"chars": 958'
    train poems --join $'\xff' -o m.safetensors
    ends 2 "--join: what joins the files is not valid UTF-8"
}

@test "what is wrong with a folder is said by its name" {
    mkdir empty nothing
    touch nothing/.hidden
    train empty
    ends 1 "there is no file in the folder empty"
    train nothing
    ends 1 "there is no file in the folder nothing"
    printf 'se\xf1or\n' >poems/sub/deep/latin.txt
    train poems
    ends 1 "poems/sub/deep/latin.txt: line 1, byte 2: 0xF1 is not valid UTF-8"
    rm poems/sub/deep/latin.txt
    train .
    ends 2 "this folder has no name that a model could be named after: say with -o where the model shall be"
    train poems -o poems/a.txt
    ends 1 "-o poems/a.txt: that is the file poems/a.txt, which would be lost"
    : >empty/one
    : >empty/two
    train empty
    ends 1 "all 2 files are empty: there is nothing to learn from"
}

@test "a file or a folder that cannot be read is named" {
    chmod 000 poems/b.txt
    [ ! -r poems/b.txt ] || skip "root reads everything"
    train poems
    ends 1 "cannot open poems/b.txt: Permission denied"
    chmod 644 poems/b.txt
    chmod 000 poems/sub
    train poems
    ends 1 "cannot read the folder poems/sub: Permission denied"
    chmod 755 poems/sub
}

@test "links are files where they lead to files, and never circles" {
    ln -s ../poems poems/sub/circle
    ln -s b.txt poems/link.txt
    ln -s nowhere poems/broken.txt
    mkfifo poems/pipe.txt
    train poems
    ends 0 "text    poems (5 files): "
}
