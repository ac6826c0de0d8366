#!/usr/bin/env bats
# letra show: a model described; letra import: what is wrong with it (that it is right, torch.bats tests).
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    { make_text; printf 'tab\there\u00a0\u200d\e\n'; } >text.txt
    "$LETRA" train text.txt -o model.safetensors "${small[@]}" --epochs 1 --seed 5 --replace 's/fox/cat/' -q
    printf '\x00\xFFab%.0s' $(seq 1 200) >bytes
    "$LETRA" train bytes -o bytes.safetensors "${small[@]}" --unit byte --epochs 0.2 -q
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

@test "a table: network, training, text, vocabulary" {
    letra show model.safetensors
    ends 0
    is_silent
    says "model.safetensors: a letra model, " "cell " "lstm" "layers " "hidden " "16" "embed " "parameters " \
        "best val loss " " nats/char, " " bits/char" "optimizer " "adamw" "seed " "unit " \
        "char (UTF-8, NFC, newlines lf)" "replace " "s/fox/cat/" "corpus " "digest " "validation 0.1, test 0" \
        "written by "
    letra show model.checkpoint.safetensors
    ends 0
    says "model.checkpoint.safetensors: a checkpoint of a letra model, to go on training from, "
}

@test "the vocabulary, counted and escaped, within the width" {
    letra show model.safetensors
    says "Vocabulary: " "'\\n' 261" "'\\t' 1" "U+00A0 1" "U+200D 1" "U+001B 1" "'漢' 130" "'ñ' 260"
    "$LETRA" show model.safetensors >out
    [ "$(wc -L <out)" -le 80 ]
    letra show bytes.safetensors
    says "unit          byte" "byte 0x00 200" "byte 0xFF 200" "'a' 200"
}

@test "a model from standard input is called so, with its size where it has one" {
    run --separate-stderr bash -c 'cat model.safetensors | "$LETRA" show -'
    ends 0
    [ "${lines[0]}" = 'standard input: a letra model' ] || complain 'the first line is another'
    run --separate-stderr bash -c 'cat model.safetensors | "$LETRA" show --json -'
    says '"bytes": null'
    run --separate-stderr bash -c '"$LETRA" show - <model.safetensors'
    letra_size=$(head -n 1 <<<"$output")
    letra show model.safetensors
    [ "${lines[0]#model.safetensors}" = "${letra_size#standard input}" ] || complain 'the size is another'
    [[ ${lines[0]} == *" kB" ]] || complain 'no size'
}

@test "--json: one object with what scripts ask for" {
    letra show --json model.safetensors
    ends 0
    is_silent
    [ "${lines[0]}" = "{" ]
    [ "${lines[-1]}" = "}" ]
    says '"cell": "lstm"' '"layers": 1' '"hidden": 16' '"embed": 8' '"parameters": ' '"vocabulary": 51' \
        '"best_val_loss": ' '"train_loss": ' '"chars_trained": ' '"steps": ' '"optimizer": "adamw"' '"seed": 5' \
        '"unit": "char"' '"s/fox/cat/"' '"corpus_digest": "' '"val_fraction": 0.1' '"version": "'
    letra show model.safetensors --json
    says '"cell": "lstm"'
}

@test "--json: what was not measured is null" {
    "$LETRA" train text.txt -o unvalidated.safetensors "${small[@]}" --epochs 0.2 --val 0 -q
    letra show --json unvalidated.safetensors
    says '"best_val_loss": null'
}

@test "--json: an expression that is no UTF-8 is its bytes" {
    "$LETRA" train bytes -o replaced.safetensors "${small[@]}" --unit byte --replace $'s/\xff/x/g' --epochs 0.2 -q
    letra show --json replaced.safetensors
    ends 0
    is_silent
    [[ ${output//[[:space:]]/} == *'"rules":[{"replace":[115,47,255,47,120,47,103]}]'* ]] || complain 'not its bytes'
    says '"unit": "byte"'
}

@test "--json: the keys" {
    local keys key
    keys=$(xargs -n 1 <<<'average batch_size best_val_loss beta1 beta2 bytes cell chars_trained clip clip_value
        corpus_digest corpus_units dropout dropout_input dropout_output variational weight_drop zoneout
        embed epochs epsilon file finished forget_bias hidden init_range layers learning_rate lr_decay
        lr_decay_after lr_decay_every momentum nesterov optimizer
        parameters preset rho rules run normalization newlines case invalid join
        sampling_precision schedule seconds seed seq_length steps symbol_counts symbols test_fraction
        train_loss training_precision unit val_fraction version vocabulary warmup weight_decay')
    letra show --json model.safetensors
    for key in $keys; do
        [ "$(grep -c "^  \"$key\": " <<<"$output")" -eq 1 ] || complain "no $key, or more than one"
    done
}

@test "a standard output that is full is an error" {
    run --separate-stderr bash -c '"$LETRA" show model.safetensors >/dev/full'
    ends 1 "letra: could not write to standard output: No space left on device"
    run --separate-stderr bash -c '"$LETRA" show --json model.safetensors >/dev/full'
    ends 1 "could not write to standard output"
    run --separate-stderr bash -c 'set -o pipefail; "$LETRA" show model.safetensors | true'
    ends 0
    is_silent
}

@test "import refuses what is no state dict, and what would be lost" {
    printf '["a", "b"]' >vocab.json
    letra import text.txt --vocab vocab.json -o imported.safetensors
    ends 1 "text.txt"
    letra import missing --vocab vocab.json -o imported.safetensors
    ends 1 "missing"
    letra import model.safetensors --vocab missing.json -o imported.safetensors
    ends 1 "missing.json"
    letra import model.safetensors --vocab vocab.json -o -
    ends 2 "not to standard output"
    [ ! -e imported.safetensors ]
}

@test "import takes the tensors of a model of our own, with its vocabulary" {
    "$LETRA" train text.txt -o plain.safetensors "${small[@]}" --epochs 0.5 -q
    "$LETRA" show --json plain.safetensors | sed -n '/"symbols": \[/,/\]/{s/"symbols": //; s/\],/]/; p}' >symbols.json
    letra import plain.safetensors --vocab symbols.json -o plain.safetensors
    ends 1 "would be lost"
    letra import plain.safetensors --vocab symbols.json -o imported.safetensors
    ends 0 "imported lstm, 1 layer of 16 units" "the model is imported.safetensors"
    [ -z "$output" ]
    [[ $stderr != *replaced* ]] || complain 'nothing was there'
    letra import plain.safetensors --vocab symbols.json -o imported.safetensors
    ends 0 "the model is imported.safetensors (what was there was replaced)"
    "$LETRA" sample plain.safetensors --prime 'The ' -t 0 -n 100 --seed 1 >a
    "$LETRA" sample imported.safetensors --prime 'The ' -t 0 -n 100 --seed 1 >b
    cmp a b
    letra show --json imported.safetensors
    says '"best_val_loss": null' '"optimizer": null' '"schedule": null' '"seq_length": null' '"batch_size": null' \
        '"corpus_units": null' '"corpus_digest": null' '"steps": 0'
    letra eval imported.safetensors text.txt --split val
    ends 1 "--split val: imported.safetensors was not trained by letra and does not know how its text was split"
    [ -z "$output" ] || complain 'a figure of no part'
    letra eval imported.safetensors text.txt
    ends 0
    mkdir -p elsewhere
    (cd elsewhere && "$LETRA" import ../plain.safetensors --vocab ../symbols.json)
    [ -s elsewhere/models/plain.safetensors ]
}
