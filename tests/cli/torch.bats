#!/usr/bin/env bats
# Model files against PyTorch, both ways: what letra wrote is loaded there, and what was made there is
# brought here; the losses must be the same. Without a python3 that has torch (PYTHON, or Debian's
# python3-torch) this is skipped.

load letra

setup_file() {
    local python
    TORCH_PYTHON=
    for python in "${PYTHON:-}" python3 /usr/bin/python3; do
        if [ -n "$python" ] && "$python" -c 'import torch' 2>/dev/null; then
            TORCH_PYTHON=$python
            break
        fi
    done
    export TORCH_PYTHON
    export REFERENCE="$BATS_TEST_DIRNAME/../reference/torch_load.py"
    cp "$BATS_TEST_DIRNAME/../../corpora/scripts.txt" "$BATS_FILE_TMPDIR/text.txt"
}

setup() {
    [ -n "$TORCH_PYTHON" ] || skip 'no python3 with torch; on Debian: apt-get install python3-torch'
    ! grep -q __asan_init "$LETRA" || skip 'what letra does here the sanitizers see in other tests, without the wait'
    cd "$BATS_TEST_TMPDIR" || return
    text=$BATS_FILE_TMPDIR/text.txt
}

# train OPTION...: a small model of the text
train() {
    letra train "$text" -o model.safetensors --layers 2 --hidden 16 --epochs 3 --threads 1 -q "$@"
    ends 0
}

# agrees KIND FILE...: PyTorch and `letra eval` say the same about the text
agrees() {
    letra eval --json model.safetensors "$text"
    ends 0
    printf '%s\n' "$output" >eval.json
    run "$TORCH_PYTHON" "$REFERENCE" "$@" "$text" eval.json
    [ "$status" -eq 0 ] || complain 'PyTorch says something else'
}

# imports OPTION...: a fresh state dict is brought here and agrees
imports() {
    "$TORCH_PYTHON" "$REFERENCE" fresh dict.safetensors vocab.json "$text" "$@"
    letra import dict.safetensors --vocab vocab.json -o model.safetensors
    ends 0 'imported lstm, 2 layers'
    agrees dict dict.safetensors vocab.json
}

# imports_cell CELL OPTION...: the same of another cell; options are the import's
imports_cell() {
    local cell=$1
    shift
    "$TORCH_PYTHON" "$REFERENCE" fresh dict.safetensors vocab.json "$text" --cell "$cell"
    letra import dict.safetensors --vocab vocab.json -o model.safetensors "$@"
    ends 0 "imported $cell, 2 layers"
    agrees dict dict.safetensors vocab.json --cell "$cell"
}

@test "a model with an embedding is PyTorch's" {
    train --embed 8 --forget-bias 1
    agrees model model.safetensors
}

@test "a model with one-hot vectors is PyTorch's" {
    train --embed 0
    agrees model model.safetensors
}

@test "models of the other cells that PyTorch has are PyTorch's" {
    local cell
    for cell in rnn rnn-relu gru; do
        train --cell "$cell" --embed 8
        agrees model model.safetensors
    done
}

@test "state dicts of the other cells are imported" {
    imports_cell rnn
    imports_cell rnn-relu --relu
    imports_cell gru
    letra import dict.safetensors --vocab vocab.json -o other.safetensors --relu
    ends 1 'that of the cell gru: it has no rectified units'
}

@test "a model of bytes is PyTorch's" {
    train --embed 8 --unit byte
    agrees model model.safetensors
}

@test "a checkpoint is PyTorch's too" {
    train --embed 8
    mv model.checkpoint.safetensors model.safetensors
    agrees model model.safetensors
}

@test "the comparison notices a difference" {
    train --embed 8
    letra eval --json model.safetensors "$text"
    printf '%s\n' "$output" | sed 's/"nats_per_char": \([0-9]\)/"nats_per_char": 1\1/' >eval.json
    run "$TORCH_PYTHON" "$REFERENCE" model model.safetensors "$text" eval.json
    [ "$status" -eq 1 ] || complain 'a wrong loss was accepted'
}

@test "a state dict with an embedding and a vocabulary in disorder is imported" {
    imports
}

@test "a state dict with one-hot vectors is imported" {
    imports --embed 0
}

@test "a state dict of bytes is imported" {
    imports --bytes
}

@test "a state dict without biases is imported" {
    imports --no-bias
}

@test "a state dict with tied weights is imported" {
    imports --tied --embed 10
}

@test "state dicts of other precisions are imported" {
    local dtype
    for dtype in F64 F16 BF16; do
        imports --dtype "$dtype"
    done
}
