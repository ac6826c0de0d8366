# What the tests of the commands share: running letra, looking at what it said, small texts and models.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

bats_require_minimum_version 1.5.0
: "${LETRA:=$BATS_TEST_DIRNAME/../../letra}"
LETRA=$(realpath "$LETRA")
export LETRA
unset NO_COLOR

# letra ARGUMENT...: runs it; afterwards $status, $output (standard output) and $stderr are there
letra() {
    run --separate-stderr "$LETRA" "$@"
}

# What was run did not do what the test wants.
complain() {
    printf '%s\n' "$@" "status $status" "--- standard output:" "$output" "--- standard error:" "${stderr:-}" >&2
    return 1
}

# ends STATUS [WORDS...]: it ended so, and each of WORDS is on standard error
ends() {
    local words
    [ "$status" -eq "$1" ] || complain "expected status $1"
    shift
    for words in "$@"; do
        [[ $stderr == *"$words"* ]] || complain "not on standard error: $words"
    done
}

# says WORDS...: each is on standard output
says() {
    local words
    for words in "$@"; do
        [[ $output == *"$words"* ]] || complain "not on standard output: $words"
    done
}

# is_silent: nothing on standard error
is_silent() {
    [ -z "$stderr" ] || complain 'expected nothing on standard error'
}

# until_true COMMAND...: runs it again and again until it succeeds; after 20 seconds it fails, and says so
until_true() {
    local k
    for k in $(seq 1 400); do
        if "$@"; then
            return 0
        fi
        sleep 0.05
    done
    printf 'never came true: %s\n' "$*" >&2
    return 1
}

# shown MODEL KEY: the value of a key of show --json
shown() {
    "$LETRA" show --json "$1" | sed -n "s/^  \"$2\": \(.*[^,]\),\?\$/\1/p"
}

# A text of several scripts, some 12,000 characters.
make_text() {
    local k
    for k in $(seq 1 130); do
        printf 'The quick brown fox %d jumps over the lazy dog.\nEl niño comió piña; 漢字 too!\n' "$k"
    done
}

# What a small network is: quick even with the sanitizers.
small=(--layers 1 --hidden 16 --embed 8 --seq-length 16 --batch-size 16 --threads 1)

# make_model FILE: a model of make_text, and the text beside it as text.txt
make_model() {
    make_text >text.txt
    "$LETRA" train text.txt -o "$1" "${small[@]}" --epochs 2 -q
}
