#!/usr/bin/env bats
# letra train --init-from: a run that starts from another model's weights.
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
}

# train ARGUMENT...: hardly learns anything, so that what is found is what it started from
train() {
    letra train text.txt -o new.safetensors "${small[@]}" --epochs 0.02 --lr 1e-9 --average 0 "$@"
}

# nats MODEL [TEXT]: its loss
nats() {
    "$LETRA" eval "$1" "${2:-text.txt}" --json --threads 1 | sed -n 's/^ *"nats_per_char": \([0-9.]*\),$/\1/p'
}

# is FORMULA: whether it holds
is() {
    awk "BEGIN { exit !($1) }" || complain "not so: $1"
}

@test "a run starts where the model ended, and says so" {
    train --init-from model.safetensors
    ends 0 "start   the weights of model.safetensors, which knew 47 of the vocabulary"
    local old new
    old=$(nats model.safetensors)
    new=$(nats new.safetensors)
    is "$new - $old < 0.001 && $old - $new < 0.001"
    train
    ends 0
    [[ $stderr != *"start   "* ]] || complain 'random weights are no model'
    is "$(nats new.safetensors) > $old + 0.2"
}

@test "a checkpoint is a model to start from" {
    train --init-from "$BATS_FILE_TMPDIR/model.checkpoint.safetensors"
    ends 0 "model.checkpoint.safetensors, which knew"
}

@test "what only the text or only the model knows is known in the end" {
    { head -n 60 text.txt | tr -d 'z'; printf 'ж%.0s' $(seq 1 20); } >other.txt
    letra train other.txt -o new.safetensors "${small[@]}" --epochs 0.1 --lr 1e-9 --init-from model.safetensors
    ends 0 "a vocabulary of 48" "which knew 47 of the vocabulary"
    [ "$(shown new.safetensors vocabulary)" = 48 ]
    letra show new.safetensors
    says "'z' 0" "'ж' 20"
    letra sample new.safetensors --prime 'lazy ж' -n 20 --seed 1
    ends 0
    # Characters that both know are predicted as well as before, but for what the new one takes.
    head -n 60 text.txt >known.txt
    is "$(nats new.safetensors known.txt) - $(nats model.safetensors known.txt) < 0.2"
}

@test "a model of other sizes is refused with the option that fits" {
    train --init-from model.safetensors --hidden 8
    ends 1 "letra: --init-from: model.safetensors was trained with --hidden 16, but 8 is asked for; give --hidden 16"
    train --init-from model.safetensors --layers 2
    ends 1 "give --layers 1"
    train --init-from model.safetensors --embed 0
    ends 1 "give --embed 8"
    train --init-from model.safetensors --unit byte
    ends 1 "letra: --init-from: model.safetensors was trained with --unit char; leave --unit out"
    train --init-from missing.safetensors
    ends 1 "cannot open missing.safetensors"
    train --init-from text.txt
    ends 1 "text.txt is no letra model"
    [ ! -e new.safetensors ]
    run --separate-stderr bash -c '"$LETRA" train - --init-from - -o new.safetensors <text.txt'
    ends 2 "'-' can be given once"
}

@test "sizes, cell and unit that no option says are the model's" {
    "$LETRA" train text.txt -o gru.safetensors --cell gru --layers 2 --hidden 12 --embed 4 --unit byte --epochs 0.2 \
        --threads 1 -q
    letra train text.txt -o new.safetensors --init-from gru.safetensors --epochs 0.1 --threads 1
    ends 0 "model   gru, 2 layers of 12 units, embedding 4" "bytes, a vocabulary of"
    [ "$(shown new.safetensors unit)" = '"byte"' ]
    letra train text.txt -o new.safetensors --init-from gru.safetensors --epochs 0.2 --threads 1 --resume
    ends 0 "going on from step" "model   gru, 2 layers of 12 units, embedding 4"
    letra train text.txt -o other.safetensors --init-from gru.safetensors --cell lstm --epochs 0.1
    ends 1 "gru.safetensors was trained with --cell gru, but lstm is asked for; give --cell gru"
    [ ! -e other.safetensors ]
}

@test "the text goes the way of the model's text" {
    "$LETRA" train text.txt -o small.safetensors "${small[@]}" --case lower --newlines keep --replace 's/fox/cat/g' \
        --join '\n' --epochs 0.2 -q
    printf 'THE FOX, THE FOX, THE FOX.\r\n%.0s' $(seq 1 40) >capitals.txt
    letra train capitals.txt -o new.safetensors --init-from small.safetensors --epochs 0.1 --threads 1
    ends 0
    letra show new.safetensors
    says "small letters" "'\\r' 40" "s/fox/cat/g" "'c' 120" "'q' 0"
    letra train capitals.txt -o other.safetensors --init-from small.safetensors --case lower --newlines keep \
        --replace 's/fox/cat/g' --join '\n' --epochs 0.1 --threads 1
    ends 0
    local option
    for option in '--case fold' '--newlines lf' '--normalize nfd' '--replace s/a/b/' '--join x' '--invalid skip'; do
        # shellcheck disable=SC2086
        letra train capitals.txt -o third.safetensors --init-from small.safetensors $option
        ends 1 "${option%% *}: the text goes the way that the text of small.safetensors went, and that was another"
    done
    [ ! -e third.safetensors ]
}

@test "--resume goes before it, and needs neither the option nor the model" {
    head -n 60 text.txt | tr -d 'z' >text.tmp
    mv text.tmp text.txt
    train --init-from model.safetensors --resume
    ends 0 "there is no checkpoint of it to resume from" "start   the weights of model.safetensors"
    train --init-from missing.safetensors --resume --epochs 0.5
    ends 0 "note    --init-from missing.safetensors is not used: the run goes on from its checkpoint" \
        "going on from step"
    train --resume --epochs 0.8
    ends 0 "going on from step"
    [[ $stderr != *init-from* ]] || complain 'it was not given'
}

@test "one-hot models, too" {
    "$LETRA" train text.txt -o onehot.safetensors "${small[@]}" --embed 0 --epochs 1 -q
    { cat text.txt; printf 'ж%.0s' $(seq 1 20); } >text.tmp
    letra train text.tmp -o new.safetensors "${small[@]}" --embed 0 --epochs 0.02 --lr 1e-9 --average 0 \
        --init-from onehot.safetensors
    ends 0 "a vocabulary of 48"
    is "$(nats new.safetensors) - $(nats onehot.safetensors) < 0.2"
}
