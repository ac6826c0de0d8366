#!/usr/bin/env bats
#
# corpora/get.sh and corpora/known-entropy.awk.  Nothing here needs a network:
# get.sh fetches file:// addresses, from a folder made by the test.

bats_require_minimum_version 1.5.0

setup() {
    root=$BATS_TEST_DIRNAME/../..
    get=$root/corpora/get.sh
    source_awk=$root/corpora/known-entropy.awk
    there=$BATS_TEST_TMPDIR/there
    here=$BATS_TEST_TMPDIR/here
    mkdir "$there" "$here"
    unset LETRA_CORPORA_BASE LETRA_CORPORA_TABLE
}

# ---- get.sh --------------------------------------------------------------

sha256() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -d ' ' -f 1
    else
        shasum -a 256 <"$1" | cut -d ' ' -f 1
    fi
}

# A table of one text, "poem", whose address is a file of this machine.
make_table() {
    printf 'una letra\nsola\n' >"$there/poem.txt"
    printf 'poem %s file://%s/poem.txt 15\n' "$(sha256 "$there/poem.txt")" "$there" \
        >"$BATS_TEST_TMPDIR/table"
    export LETRA_CORPORA_TABLE=$BATS_TEST_TMPDIR/table
    command -v curl >/dev/null || fake_curl
}

# A curl that knows file:// only, for machines without one.
fake_curl() {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/bin/curl" <<'END'
#!/bin/sh
while [ $# -gt 1 ]; do
    [ "$1" = --output ] && output=$2
    shift
done
exec cp -- "${1#file://}" "$output"
END
    chmod +x "$BATS_TEST_TMPDIR/bin/curl"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# A PATH with what get.sh needs, save a way to download.
bare_path() {
    mkdir "$BATS_TEST_TMPDIR/bare"
    local tool
    for tool in sh sed cat cut dirname rm mv cp sha256sum shasum perl; do
        if command -v "$tool" >/dev/null; then
            ln -s "$(command -v "$tool")" "$BATS_TEST_TMPDIR/bare/$tool"
        fi
    done
}

# The folder $1 has nothing in it, hidden files included.
is_empty() {
    [ -z "$(ls -A "$1")" ]
}

@test "get.sh downloads a text and leaves nothing else" {
    make_table
    run --separate-stderr "$get" poem "$here"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    cmp "$there/poem.txt" "$here/poem.txt"
    [ "$(ls -A "$here")" = poem.txt ]
}

@test "get.sh runs under dash" {
    command -v dash >/dev/null || skip "no dash here"
    make_table
    dash "$get" poem "$here"
    cmp "$there/poem.txt" "$here/poem.txt"
}

@test "get.sh puts a text into its own folder when none is named" {
    make_table
    cp "$get" "$here/get.sh"
    (cd / && "$here/get.sh" poem)
    cmp "$there/poem.txt" "$here/poem.txt"
}

@test "get.sh says that a text is already there, and downloads nothing" {
    make_table
    "$get" poem "$here"
    rm "$there/poem.txt"
    run "$get" poem "$here"
    [ "$status" -eq 0 ]
    [[ $output == *"already there"* ]]
}

@test "get.sh keeps a different file of the same name" {
    make_table
    echo mine >"$here/poem.txt"
    run "$get" poem "$here"
    [ "$status" -eq 1 ]
    [[ $output == *"another text"* ]]
    [ "$(cat "$here/poem.txt")" = mine ]
}

@test "get.sh refuses a text with the wrong digest, and names both digests" {
    make_table
    wanted=$(sha256 "$there/poem.txt")
    echo more >>"$there/poem.txt"
    run "$get" poem "$here"
    [ "$status" -eq 1 ]
    [[ $output == *"$wanted"* ]]
    [[ $output == *"$(sha256 "$there/poem.txt")"* ]]
    is_empty "$here"
}

@test "get.sh says that it could not download, and leaves nothing" {
    make_table
    rm "$there/poem.txt"
    run "$get" poem "$here"
    [ "$status" -eq 1 ]
    [[ $output == *"could not download file://$there/poem.txt (no network?)"* ]]
    is_empty "$here"
}

@test "get.sh takes another base address from the environment" {
    make_table
    mkdir "$BATS_TEST_TMPDIR/mirror"
    mv "$there/poem.txt" "$BATS_TEST_TMPDIR/mirror/poem.txt"
    LETRA_CORPORA_BASE=file://$BATS_TEST_TMPDIR/mirror/ "$get" poem "$here"
    cmp "$BATS_TEST_TMPDIR/mirror/poem.txt" "$here/poem.txt"
}

@test "get.sh checks its own texts by their digests" {
    make_table
    unset LETRA_CORPORA_TABLE
    cp "$there/poem.txt" "$there/tinyshakespeare.txt"
    LETRA_CORPORA_BASE=file://$there run "$get" tinyshakespeare "$here"
    [ "$status" -eq 1 ]
    [[ $output == *86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed* ]]
    is_empty "$here"
}

@test "get.sh uses wget where there is no curl" {
    make_table
    bare_path
    cat >"$BATS_TEST_TMPDIR/bare/wget" <<'END'
#!/bin/sh
while [ $# -gt 1 ]; do
    [ "$1" = -O ] && output=$2
    shift
done
exec cp "${1#file://}" "$output"
END
    chmod +x "$BATS_TEST_TMPDIR/bare/wget"
    PATH=$BATS_TEST_TMPDIR/bare "$get" poem "$here"
    cmp "$there/poem.txt" "$here/poem.txt"
}

@test "get.sh says what to install without curl and wget" {
    make_table
    bare_path
    PATH=$BATS_TEST_TMPDIR/bare run "$get" poem "$here"
    [ "$status" -eq 1 ]
    [[ $output == *"neither curl nor wget"*install* ]]
    is_empty "$here"
}

@test "get.sh answers an unknown name with the list and status 2" {
    run --separate-stderr "$get" tinyshakespear "$here"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ $stderr == *"'tinyshakespear'"* ]]
    [[ $stderr == *warpeace* ]]
    is_empty "$here"
}

@test "get.sh answers too many arguments with status 2" {
    run "$get" warpeace "$here" more
    [ "$status" -eq 2 ]
}

@test "get.sh answers a missing folder with status 1" {
    run "$get" warpeace "$here/none"
    [ "$status" -eq 1 ]
    [[ $output == *"$here/none"* ]]
    [ ! -e "$here/none" ]
}

@test "get.sh --list names the texts, their sizes, addresses and the licence" {
    run --separate-stderr "$get" --list
    [ "$status" -eq 0 ]
    [[ $output == *tinyshakespeare*1115394*https://raw.githubusercontent.com/* ]]
    [[ $output == *warpeace*3258246*https://cs.stanford.edu/* ]]
    [[ $output == *"CC0 1.0"* ]]
    [ -z "$stderr" ]
}

@test "get.sh without arguments explains itself and lists the texts" {
    run --separate-stderr "$get"
    [ "$status" -eq 0 ]
    [[ $output == *"get.sh NAME [FOLDER]"* ]]
    [[ $output == *"scripts.txt"* ]]
    [[ $output == *https://cs.stanford.edu/* ]]
}

@test "git ignores what get.sh downloads" {
    command -v git >/dev/null || skip "no git here"
    git -C "$root" rev-parse 2>/dev/null || skip "not a git checkout"
    "$get" --list | sed -n 's/^\([a-z]*\) .*https:.*/\1/p' >"$here/names"
    [ "$(wc -l <"$here/names")" -eq 2 ]
    while read -r name; do
        git -C "$root" check-ignore -q "corpora/$name.txt"
        git -C "$root" check-ignore -q "corpora/.$name.part.123"
    done <"$here/names"
}

# ---- known-entropy.awk ---------------------------------------------------

# The value of $1= in the line of the generator, $stderr.
field() {
    printf '%s\n' "$stderr" | sed -n "s/^known-entropy:.* $1=\([^ ]*\).*/\1/p"
}

# Whether $1 is within the fraction $3 of $2.
near() {
    LC_ALL=C awk -v a="$1" -v b="$2" -v by="$3" \
        'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a != "" && b > 0 && d <= by * b) }'
}

@test "the generator writes exactly n characters of its alphabet" {
    for n in 3 1000 200000; do
        "$source_awk" -v n=$n >"$here/text" 2>/dev/null
        [ "$(wc -c <"$here/text")" -eq $n ]
        [ "$(tr -d 'aeioklmnt ' <"$here/text" | wc -c)" -eq 0 ]
    done
}

@test "the generator gives one text per seed" {
    "$source_awk" -v n=5000 -v seed=7 >"$here/a" 2>/dev/null
    "$source_awk" -v n=5000 -v seed=7 >"$here/b" 2>/dev/null
    "$source_awk" -v n=5000 -v seed=8 >"$here/c" 2>/dev/null
    cmp "$here/a" "$here/b"
    run ! cmp -s "$here/a" "$here/c"
}

@test "the generator's text is the same on every machine" {
    "$source_awk" -v n=200000 -v seed=1 >"$here/text" 2>/dev/null
    [ "$(sha256 "$here/text")" = 57579ebc55bd436aec2ef8862c06acd8fb969cc43d88185c5ffd625a708c53f3 ]
}

@test "mawk and gawk write the same text and the same figures" {
    command -v mawk >/dev/null || skip "no mawk here"
    command -v gawk >/dev/null || skip "no gawk here"
    mawk -f "$source_awk" -v seed=3 >"$here/mawk" 2>"$here/mawk.line"
    gawk -f "$source_awk" -v seed=3 >"$here/gawk" 2>"$here/gawk.line"
    cmp "$here/mawk" "$here/gawk"
    cmp "$here/mawk.line" "$here/gawk.line"
}

@test "the generator's line has the rate in nats and in bits" {
    run --separate-stderr "$source_awk" -v n=100 -v seed=5
    [ "$status" -eq 0 ]
    local x='[0-9.]+'
    [[ $stderr =~ ^known-entropy:\ rate_nats=$x\ rate_bits=$x\ text_nats=$x\ tail_nats=$x\ n=100\ seed=5$ ]]
    near "$(field rate_nats)" 1.358445 0.000001
    near "$(field rate_bits)" 1.959822 0.000001
}

@test "the text's own figure is within 2 % of the rate, whatever the seed" {
    for seed in 0 1 2 3 2147483397; do
        run --separate-stderr "$source_awk" -v n=200000 -v seed=$seed
        near "$(field text_nats)" "$(field rate_nats)" 0.02
        near "$(field tail_nats)" "$(field rate_nats)" 0.02
    done
}

# Counts say the same as the tables: the entropy of a character given the two
# before it, estimated from a long text, is the rate.
@test "the counts of a long text give the rate" {
    run --separate-stderr "$source_awk" -v entropy_only=1
    rate=$output
    "$source_awk" -v n=500000 2>/dev/null | fold -b -w 1000 >"$here/lines"
    counted=$(LC_ALL=C awk '{
        for (i = 3; i <= length($0); i++) {
            pairs[substr($0, i - 2, 2)]++
            triples[substr($0, i - 2, 3)]++
            n++
        }
    } END {
        for (t in triples) sum += triples[t] * log(pairs[substr(t, 1, 2)] / triples[t])
        printf "%.6f\n", sum / n
    }' "$here/lines")
    near "$counted" "$rate" 0.005
}

@test "a tail of 1 is the whole text" {
    run --separate-stderr "$source_awk" -v n=1000 -v tail=1
    [ "$(field tail_nats)" = "$(field text_nats)" ]
    run --separate-stderr "$source_awk" -v n=1000 -v tail=0.25
    [ "$(field tail_nats)" != "$(field text_nats)" ]
}

@test "entropy_only prints the rate and writes no text" {
    run --separate-stderr "$source_awk" -v entropy_only=1
    [ "$status" -eq 0 ]
    [ "$output" = 1.358445 ]
    [ -z "$stderr" ]
}

@test "the generator refuses bad options with status 2 and no text" {
    for bad in n=0 n=2 n=-5 n=many n=1e5 n=2.5 n=99999999999 seed=-1 seed=x \
        seed=2147483398 tail=0 tail=1.5 tail=x entropy_only=yes; do
        run --separate-stderr "$source_awk" -v $bad
        [ "$status" -eq 2 ]
        [ -z "$output" ]
        [[ $stderr == "known-entropy.awk: ${bad%%=*} must be "*"'${bad#*=}'" ]]
    done
    run --separate-stderr "$source_awk" n=1000
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ $stderr == *"-v NAME=VALUE"* ]]
}

# ---- scripts.txt ---------------------------------------------------------

@test "scripts.txt is valid UTF-8 of the promised size, without stray bytes" {
    text=$root/corpora/scripts.txt
    iconv -f UTF-8 -t UTF-8 "$text" >"$here/copy"
    cmp "$text" "$here/copy"
    size=$(wc -c <"$text")
    [ "$size" -ge 6000 ]
    [ "$size" -le 10000 ]
    run ! grep -q "$(printf '\r')" "$text"
    run ! grep -q ' $' "$text"
    [ "$(tail -c 1 "$text" | od -An -tx1 | tr -d ' ')" = 0a ]
}
