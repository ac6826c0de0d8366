#!/usr/bin/env bash
# Measures letra against PyTorch, in turn in one run, and prints one table.
#
#     LETRA=./letra tests/bench/run.sh        (make bench)
#
# Training: characters a second, forward, backward and update, on synthetic text at the sizes of the table, two
# runs each in turn with the peer's, the better of them counting on either side. Sampling: one stream, from a
# model of each size, its weights stored in each precision. The peer is torch.nn.LSTM with Adam through a Python
# that has torch (PYTHON=...; Debian's python3-torch is found by itself); where there is none the table says so.
# Figures of other programs that run at the same time are worthless: leave the machine alone meanwhile.
set -eu

letra=${LETRA:-./letra}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

find_python() {
    local python
    for python in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3; do
        if "$python" -c 'import torch' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

# 65 symbols in no order that could be learnt: only the speed counts.
make_text() {
    awk 'BEGIN {
        symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,"
        seed = 1
        for (i = 0; i < 600000; i++) {
            seed = (seed * 16807) % 2147483647
            line = line substr(symbols, seed % 65 + 1, 1)
            if (length(line) == 1000) { printf "%s", line; line = "" }
        }
    }'
}

# train LAYERS HIDDEN T B: characters a second, the median line of a run of some seconds
train() {
    "$letra" train "$scratch/text" -o "$scratch/$1x$2.safetensors" --layers "$1" --hidden "$2" --seq-length "$3" \
        --batch-size "$4" --time 6s --val 0 --dropout 0 --average 0 --log "$scratch/log" -q
    grep -o '"chars_per_second": *[0-9.]*' "$scratch/log" | sed 's/.*: *//' | sort -n |
        awk '{ x[NR] = $1 } END { printf "%d\n", x[int((NR + 1) / 2)] }'
}

# sample LAYERS HIDDEN PRECISION N: characters a second of one stream, start-up not counted
sample() {
    local model="$scratch/$1x$2.safetensors" begin middle end
    begin=$EPOCHREALTIME
    "$letra" sample "$model" -n 1 --seed 1 --precision "$3" >/dev/null 2>&1
    middle=$EPOCHREALTIME
    "$letra" sample "$model" -n "$4" --seed 1 --precision "$3" >/dev/null 2>&1
    end=$EPOCHREALTIME
    awk -v a="$begin" -v b="$middle" -v c="$end" -v n="$4" 'BEGIN { printf "%d\n", (n - 1) / ((c - b) - (b - a)) }'
}

# torch KIND ARGUMENTS...: the best of some thread settings
torch() {
    local best=0 now setting
    [[ -n $python ]] || { echo 0; return; }
    for setting in "1 1 ACTIVE" "2 1 PASSIVE" "2 2 PASSIVE"; do
        read -r omp blas policy <<<"$setting"
        now=$(OMP_NUM_THREADS=$omp OPENBLAS_NUM_THREADS=$blas OMP_WAIT_POLICY=$policy \
            "$python" "$here/torch_speed.py" "$@" 2>/dev/null) || now=0
        best=$((now > best ? now : best))
    done
    echo "$best"
}

row() { # WHAT OURS PEER
    if (($3 > 0)); then
        printf '| %-28s | %9d | %9d | %5s |\n' "$1" "$2" "$3" \
            "$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.1f", a / b }')"
    else
        printf '| %-28s | %9d | %9s | %5s |\n' "$1" "$2" missing -
    fi
}

larger() {
    echo $(($1 > $2 ? $1 : $2))
}

python=$(find_python)
make_text >"$scratch/text"
printf 'letra %s, %s, %s processors, %s\n' "$("$letra" --version | awk '{ print $NF }')" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(date +%F)"
if [[ -n $python ]]; then
    printf 'PyTorch %s, its best thread setting\n' "$("$python" -c 'import torch; print(torch.__version__)')"
else
    echo 'PyTorch is missing (Debian: python3-torch)'
fi
printf '\n| characters a second          |     letra |   PyTorch | ratio |\n| --- | --- | --- | --- |\n'
while read -r layers hidden steps batch torch_steps samples; do
    ours=$(train "$layers" "$hidden" "$steps" "$batch")
    peer=$(torch train "$layers" "$hidden" "$steps" "$batch" "$torch_steps")
    ours=$(larger "$ours" "$(train "$layers" "$hidden" "$steps" "$batch")")
    row "train ${layers}x$hidden, T $steps, B $batch" "$ours" "$peer"
    peer=$(torch sample "$layers" "$hidden" 400)
    for precision in f32 bf16 int8; do
        row "sample ${layers}x$hidden, $precision, 1 stream" "$(sample "$layers" "$hidden" "$precision" "$samples")" \
            "$peer"
    done
done <<'SIZES'
2 128 50 50 40 100000
2 256 50 64 15 40000
3 512 64 64 4 6000
SIZES
