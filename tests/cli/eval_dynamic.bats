#!/usr/bin/env bats
# letra eval --dynamic: a model that goes on learning as it reads.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model model.safetensors
    head -n 40 text.txt | tr 'aeiou' 'eioua' >other.txt
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

# value KEY: of the JSON in $output
value() {
    sed -n "s/^ *\"$1\": \([-0-9.e]*\),\?\$/\1/p" <<<"$output"
}

@test "both figures and the gain, which is one on a text that is unlike the model's; the model stays as it is" {
    local before
    before=$(cksum <model.safetensors)
    letra eval model.safetensors other.txt --threads 1
    local plain
    plain=$(sed -n 's/^nats\/char *//p' <<<"$output")
    letra eval model.safetensors other.txt --threads 1 --dynamic
    ends 0
    is_silent
    [ "${#lines[@]}" -eq 5 ]
    grep -qE '^ +static +dynamic +gain$' <<<"$output"
    grep -qE "^nats/char    $plain +[0-9.]+ +[0-9.]+$" <<<"$output"
    awk '$1 == "nats/char" { exit !($4 > 0.1 && $2 - $3 - $4 < 2e-4 && $4 - ($2 - $3) < 2e-4) }' <<<"$output"
    [ "$(cksum <model.safetensors)" = "$before" ]
}

@test "a shipped model gains on what it was validated on, and more on another book" {
    local models=$BATS_TEST_DIRNAME/../../models corpora=$BATS_TEST_DIRNAME/../../corpora
    tail -c 14897 "$corpora/english.txt" | head -c 8000 >known.txt
    letra eval "$models/letra-english.safetensors" known.txt --dynamic --json
    ends 0
    awk -v g="$(value gain_nats_per_char)" 'BEGIN { exit !(g > 0.03) }'
    head -c 3000 "$corpora/spanish.txt" | iconv -c -f UTF-8 -t UTF-8 >spanish.txt
    letra eval "$models/letra-english.safetensors" spanish.txt --unknown skip --dynamic --json
    awk -v g="$(value gain_nats_per_char)" 'BEGIN { exit !(g > 0.5) }'
}

@test "--json has the figures of plain eval, and those of dynamic evaluation beside them" {
    letra eval model.safetensors other.txt --threads 1 --dynamic --json
    ends 0
    awk -v s="$(value nats_per_char)" -v d="$(value dynamic_nats_per_char)" -v g="$(value gain_nats_per_char)" \
        'BEGIN { exit !(s - d - g < 1e-9 && g - (s - d) < 1e-9) }'
    [ "$(value dynamic_rate)" = 0.001 ]
    says '"dynamic_bits_per_char": ' '"dynamic_perplexity": ' '"chars": '
}

@test "a rate of 0 gains nothing, to the last bit; another rate another gain" {
    letra eval model.safetensors other.txt --threads 1 --dynamic --dynamic-rate 0 --json
    ends 0
    [ "$(value gain_nats_per_char)" = 0.0 ]
    [ "$(value nats_per_char)" = "$(value dynamic_nats_per_char)" ]
    letra eval model.safetensors other.txt --threads 1 --dynamic --json
    local gain
    gain=$(value gain_nats_per_char)
    letra eval model.safetensors other.txt --threads 1 --dynamic --dynamic-rate 0.0001 --json
    awk -v a="$gain" -v b="$(value gain_nats_per_char)" 'BEGIN { exit !(b > 0 && b < a) }'
}

@test "a rate that spoils the model: figures that are too large for decimals" {
    head -c 1000 "$BATS_TEST_DIRNAME/../../corpora/english.txt" >known.txt
    letra eval "$BATS_TEST_DIRNAME/../../models/letra-english.safetensors" known.txt --dynamic --dynamic-rate 1
    ends 0
    grep -qE '^perplexity   [0-9.]{6} {5}[0-9.]+e\+[0-9]+ +-[0-9.]+e\+[0-9]+$' <<<"$output"
}

@test "every cell can go on learning" {
    local cell
    for cell in gru gru-before rnn rnn-relu slstm mlstm mlstm,slstm; do
        "$LETRA" train text.txt -o cell.safetensors --cell $cell --layers 2 --hidden 16 --seq-length 16 \
            --batch-size 16 --threads 1 --epochs 0.3 -q
        letra eval cell.safetensors other.txt --threads 1 --dynamic --json
        ends 0
        awk -v g="$(value gain_nats_per_char)" 'BEGIN { exit !(g > 0) }' || complain "$cell gains nothing"
    done
}

@test "options that have no meaning" {
    letra eval model.safetensors other.txt --dynamic-rate 0.1
    ends 2 "--dynamic-rate is for --dynamic, which is not given"
    letra eval model.safetensors other.txt --dynamic --dynamic-rate 2
    ends 2 "--dynamic-rate 2: must be from 0 to 1"
    letra eval model.safetensors other.txt --dynamic --dynamic-rate -1
    ends 2 "--dynamic-rate -1: must be from 0 to 1"
}
