#!/usr/bin/env bash
# Measures letra, its peers and the machine, in turn in one run, and prints tables in Markdown.
#
#     LETRA=./letra BENCH=build/release/tests/bench tests/bench/run.sh [SECTION...]
#
# Sections: speed (training and sampling beside the peers), vocabulary (training with many symbols), patterns
# (writing under them, beside writing freely), cells (training, beside an LSTM), quality (validation loss after so many
# seconds), parts (where a step's time goes). `make bench` runs all of them and keeps the result as
# tests/bench/results.md. Figures of a machine on which other programs run are worthless: leave it alone meanwhile. Read
# from the environment besides what common.sh reads: PYTHON, one that has torch.
set -eu

cd "$(dirname "$0")/../.."
source tests/bench/common.sh

python=$(find_python)
threads=$(nproc)
rounds=4

# LAYERS HIDDEN T B, and for PyTorch how many steps and sampled characters
sizes='2 128 50 50 30 400
2 256 50 64 12 300
3 512 64 64 4 150'

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

# --- One measurement each --------------------------------------------------------------------------------------

# train PRECISION THREADS LAYERS HIDDEN T B: characters a second, the median line of a run of some seconds
train() {
    local options=()
    ! has_precision train || options=(--precision "$1")
    "${runner[@]}" "$letra" train "$scratch/text" -o "$scratch/model.safetensors" --threads "$2" --layers "$3" \
        --hidden "$4" --seq-length "$5" --batch-size "$6" --time 2s --val 0 --dropout 0 --average 0 \
        --log "$scratch/log" -q "${options[@]}" 2>/dev/null || { echo 0; return; }
    median_speed
}

# timed COMMAND...: seconds, taken inside the runner, which may wait before it runs anything
timed() {
    # shellcheck disable=SC2016 # the inner shell expands it
    "${runner[@]}" bash -c 'begin=$EPOCHREALTIME; "$@" >/dev/null 2>&1 || exit 1; echo "$begin $EPOCHREALTIME"' \
        timed "$@" | awk '{ print $2 - $1; found = 1 } END { if (!found) print 0 }'
}

# sample PRECISION: characters a second of one stream of the last model trained, start-up not counted. As many are
# written as take a good part of a second; the quickest of three times, because one that was disturbed measures that.
sample() {
    local options=(--seed 1) count=500 start seconds
    ! has_precision sample || options+=(--precision "$1")
    start=$(timed "$letra" sample "$scratch/model.safetensors" "${options[@]}" -n 1)
    while true; do
        seconds=$(timed "$letra" sample "$scratch/model.safetensors" "${options[@]}" -n "$count")
        if awk -v s="$seconds" 'BEGIN { exit !(s == 0 || s > 0.8) }'; then
            seconds=$({
                echo "$seconds"
                for _ in 1 2; do timed "$letra" sample "$scratch/model.safetensors" "${options[@]}" -n "$count"; done
            } | sort -g | head -n 1)
            awk -v a="$start" -v b="$seconds" -v n="$count" \
                'BEGIN { print (b > a ? int((n - 1) / (b - a)) : 0) }'
            return
        fi
        count=$((count * 3))
    done
}

# The settings that PyTorch is tried with: OpenMP's threads, OpenBLAS's threads, how OpenMP waits, and the processor
# that OpenBLAS shall take this one for. A version older than the processor takes it for one of twenty years ago (0.3.21
# does so with Emerald Rapids, and is two and a half times slower), so that it is told what the processor is like.
torch_settings() {
    local core=- flags
    flags=$(sed -n 's/^flags[^:]*://p' /proc/cpuinfo | head -n 1)
    case " $flags " in
    *' avx512f '*) core=SkylakeX ;;
    *' avx2 '*) core=Haswell ;;
    esac
    printf '%s\n' "$threads $threads PASSIVE -" "$threads $threads PASSIVE $core" "$threads 1 PASSIVE $core" \
        "1 1 ACTIVE $core"
}

# The best figure of each thing that is measured several times, by a name. A machine that is shared has seconds in which
# everything is slow: what counts of all peers, and of letra, is the best of some rounds in turn.
declare -A figures

# note NAME FIGURE
note() {
    figures[$1]=$(larger "${figures[$1]:-0}" "${2:-0}")
}

# try_torch SETTING LAYERS HIDDEN T B STEPS CHARACTERS, with a line of torch_settings: notes how fast it trains and
# samples
try_torch() {
    local omp blas policy core setting training sampling
    read -r omp blas policy core <<<"$1"
    shift
    setting=("OMP_NUM_THREADS=$omp" "OPENBLAS_NUM_THREADS=$blas" "OMP_WAIT_POLICY=$policy")
    [[ $core == - ]] || setting+=("OPENBLAS_CORETYPE=$core")
    read -r training sampling < <(env "${setting[@]}" "${runner[@]}" "$python" tests/bench/torch_speed.py "$@" \
        2>/dev/null </dev/null || echo 0 0)
    note torch_train "$training"
    note torch_sample "$sampling"
    now=$training
}

# torch ROUND LAYERS HIDDEN T B STEPS CHARACTERS: every setting in the first round, then the one that trained fastest
torch() {
    local round=$1 line now fastest=0
    shift
    [[ -n $python ]] || return 0
    if ((round > 1)); then
        try_torch "$torch_setting" "$@"
        return
    fi
    while read -r line; do
        try_torch "$line" "$@"
        if awk -v a="$now" -v b="$fastest" 'BEGIN { exit !(a >= b) }'; then
            fastest=$now
            torch_setting=$line
        fi
    done < <(torch_settings)
}

# onednn PRECISION LAYERS HIDDEN T B: at its best number of threads
onednn() {
    local best=0 count now
    for count in 1 "$threads"; do
        now=$(OMP_NUM_THREADS=$count "${runner[@]}" "$programs/onednn_lstm" "$@" 0.7 2>/dev/null) || now=0
        best=$(larger "$best" "$now")
    done
    echo "$best"
}

# --- Speed -----------------------------------------------------------------------------------------------------

# shown NUMBER: of a peer
shown() {
    if (($1 > 0)); then shorten "$1"; else echo missing; fi
}

# limit WHAT PRECISION LAYERS HIDDEN T B: of all threads
limit() {
    "$programs/machine" limits "$scratch/machine" "$3" "$4" 64 65 "$5" "$6" |
        awk -v what="$1" -v precision="$2" '$1 == what && $2 == precision && $3 == "all" { print $4 }'
}

# Whether the precision is one that the machine and letra's command $2 have; else why not.
absent() {
    if [[ $1 == bf16 && $(figure peak_bf16_all) == 0 ]]; then
        echo 'not on this processor'
    elif [[ $1 != f32 ]] && ! has_precision "$2"; then
        echo 'not in this build'
    fi
}

# train_round ROUND LAYERS HIDDEN T B STEPS CHARACTERS: everything that trains, once
train_round() {
    local round=$1 precision count
    torch "$@"
    shift
    for precision in f32 bf16; do
        note "onednn_$precision" "$(onednn "$precision" "${@:1:4}")"
        [[ -z $(absent "$precision" train) ]] || continue
        for count in 1 "$threads"; do
            note "train-$precision-$count" "$(train "$precision" "$count" "${@:1:4}")"
        done
    done
}

# train_row PRECISION LAYERS HIDDEN T B: of what was noted
train_row() {
    local precision=$1 peer=${figures[torch_train]:-0} library=${figures[onednn_$1]:-0} one all why
    shift
    why=$(absent "$precision" train)
    if [[ -n $why ]]; then
        printf '| %s×%s, T %s, B %s | %s | %s | | | %s | | %s | | |\n' "$@" "$precision" "$why" "$(shown "$peer")" \
            "$(shown "$library")"
        return
    fi
    one=${figures[train-$precision-1]}
    all=${figures[train-$precision-$threads]}
    printf '| %s×%s, T %s, B %s | %s | %s | **%s** | %s | %s | **%s** | %s | **%s** | %s |\n' "$@" "$precision" \
        "$(shorten "$one")" "$(shorten "$all")" "$(ratio "$all" "$one")" "$(shown "$peer")" \
        "$(ratio "$all" "$peer")" "$(shown "$library")" "$(ratio "$all" "$library")" \
        "$(percent "$all" "$(limit train "$precision" "$@")")"
}

# sample_row PRECISION TORCH LAYERS HIDDEN T B
sample_row() {
    local precision=$1 peer=$2 ours why
    shift 2
    why=$(absent "$precision" sample)
    if [[ -n $why ]]; then
        printf '| %s×%s | %s | %s | | | |\n' "$1" "$2" "$precision" "$why"
        return
    fi
    ours=$(sample "$precision")
    printf '| %s×%s | %s | **%s** | %s | **%s** | %s |\n' "$1" "$2" "$precision" "$(shorten "$ours")" \
        "$(shown "$peer")" "$(ratio "$ours" "$peer")" "$(percent "$ours" "$(limit sample "$precision" "$@")")"
}

measure_speed() {
    local layers hidden steps batch torch_steps characters round precision
    make_text >"$scratch/text"
    while read -r layers hidden steps batch torch_steps characters; do
        figures=()
        for ((round = 1; round <= rounds; round++)); do
            train_round "$round" "$layers" "$hidden" "$steps" "$batch" "$torch_steps" "$characters"
        done
        for precision in f32 bf16; do
            train_row "$precision" "$layers" "$hidden" "$steps" "$batch" >>"$scratch/train"
        done
        for precision in f32 bf16 int8; do
            sample_row "$precision" "${figures[torch_sample]:-0}" "$layers" "$hidden" "$steps" "$batch" \
                >>"$scratch/sample"
        done
    done <<<"$sizes"
}

print_speed() {
    measure_speed
    local more="PyTorch | ratio | oneDNN LSTM | ratio | share of the roofline"
    cat <<END

## Training, characters a second

| size | precision | letra, 1 thread | $threads threads | threads help | $more |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
END
    cat "$scratch/train"
    cat <<END

The best of $rounds rounds in turn. Forward, backward and update, 65 symbols, embedding 64; PyTorch in fp32 with an
embedding as wide as its layers; oneDNN's LSTM primitive in the row's precision, forward and backward only: no
embedding, no softmax, no update. Peers at their best setting of threads. The roofline is six operations for each
multiplied weight and character at the peak above, or reading the weights and the optimiser's blocks, whichever takes
longer.

## Sampling, characters a second, one stream

| size | weights | letra | PyTorch | ratio | share of the streaming limit |
| --- | --- | ---: | ---: | ---: | ---: |
END
    cat "$scratch/sample"
    cat <<END

The streaming limit: every weight is read once for every character, by all threads, from their own caches if they fit
in.
END
}

# --- Vocabulary ------------------------------------------------------------------------------------------------

# 600,000 characters of so many symbols, of three bytes each, all of which occur.
make_large_text() {
    LC_ALL=C awk -v count="$1" 'BEGIN {
        seed = 1
        for (i = 0; i < 600000; i++) {
            seed = (seed * 16807) % 2147483647
            symbol = 19968 + (i < count ? i : seed % count)
            printf "%c%c%c", 224 + int(symbol / 4096), 128 + int(symbol / 64) % 64, 128 + symbol % 64
        }
    }'
}

# That a large vocabulary costs what its softmax costs.
print_vocabulary() {
    local count now limit
    printf '\n## Many symbols, training, characters a second\n\n'
    printf '| symbols | 2×256, T 50, B 64, f32 | share of the roofline |\n| ---: | ---: | ---: |\n'
    for count in 65 5000 20000; do
        if ((count == 65)); then make_text; else make_large_text "$count"; fi >"$scratch/text"
        now=$(train f32 "$threads" 2 256 50 64)
        now=$(larger "$now" "$(train f32 "$threads" 2 256 50 64)")
        limit=$("$programs/machine" limits "$scratch/machine" 2 256 64 "$count" 50 64 |
            awk '$1 == "train" && $2 == "f32" && $3 == "all" { print $4 }')
        printf '| %s | **%s** | %s |\n' "$count" "$(shorten "$now")" "$(percent "$now" "$limit")"
    done
    printf '\nThe roofline grows with the softmax: each symbol more is 256 weights more that are multiplied.\n'
}

# --- Patterns --------------------------------------------------------------------------------------------------

# The English corpus, and behind it so many symbols of three bytes each that hardly ever come.
make_text_with_symbols() {
    cat corpora/english.txt
    LC_ALL=C awk -v count="$1" 'BEGIN {
        for (k = 0; k < count; k++) {
            symbol = 19968 + k
            printf "%c%c%c", 224 + int(symbol / 4096), 128 + int(symbol / 64) % 64, 128 + symbol % 64
        }
        print ""
    }'
}

# What it costs to keep to a pattern.
print_patterns() {
    local count
    printf '\n## Keeping to a pattern, 2×256, one stream\n'
    for count in 0 4930; do
        make_text_with_symbols "$count" >"$scratch/text"
        "${runner[@]}" "$letra" train "$scratch/text" -o "$scratch/model.safetensors" --layers 2 --hidden 256 \
            --time 20s --val 0.02 -q 2>/dev/null
        echo
        "${runner[@]}" "$programs/constraint" "$scratch/model.safetensors" 3
    done
    printf '\nTexts of 300 characters at most, temperature 0.8, one thread; the patterns: tests/bench/constraint.c.\n'
}

# --- Cells -----------------------------------------------------------------------------------------------------

# train_cell CELL LAYERS HIDDEN: characters a second
train_cell() {
    "${runner[@]}" "$letra" train "$scratch/text" -o "$scratch/cell.safetensors" --cell "$1" --layers "$2" \
        --hidden "$3" --seq-length 64 --batch-size 64 --time 3s --val 0 --dropout 0 --average 0 --log "$scratch/log" \
        -q 2>/dev/null || { echo 0; return; }
    median_speed
}

# Each cell before and after an LSTM, the better figure counting.
print_cells() {
    local cell layers hidden now lstm
    make_text >"$scratch/text"
    printf '\n## Cells, training, characters a second\n\n'
    printf '| cell | units | parameters | T 64, B 64 | times slower than lstm |\n| --- | ---: | ---: | ---: | ---: |\n'
    while read -r cell layers hidden; do
        now=$(train_cell "$cell" "$layers" "$hidden")
        lstm=$(train_cell lstm 2 288)
        now=$(larger "$now" "$(train_cell "$cell" "$layers" "$hidden")")
        # shellcheck disable=SC2016 # the backticks are Markdown's
        printf '| `%s` | %s × %s | %s | **%s** | %s |\n' "$cell" "$layers" "$hidden" \
            "$(shorten "$(parameters_of "$scratch/cell.safetensors")")" "$(shorten "$now")" "$(ratio "$lstm" "$now")"
    done <<<"$equal_cells"
    printf '\nAbout as many parameters each; an LSTM is measured beside each.\n'
}

# --- Quality ---------------------------------------------------------------------------------------------------

print_quality() {
    local text seconds loss chars
    text=$(find_shakespeare)
    printf '\n## Tiny Shakespeare: validation loss, default options\n\n'
    if [[ -z $text ]]; then
        echo 'The text is missing; "corpora/get.sh tinyshakespeare" fetches it.'
        return
    fi
    printf '| time | nats a character | characters read |\n| ---: | ---: | ---: |\n'
    for seconds in 3 10 45 150; do
        "${runner[@]}" "$letra" train "$text" -o "$scratch/quality.safetensors" --time "${seconds}s" -q \
            --log "$scratch/log" 2>/dev/null
        loss=$("$letra" show --json "$scratch/quality.safetensors" | grep -o '"best_val_loss": *[0-9.]*' |
            sed 's/.*: *//')
        chars=$(grep -o '"chars": *[0-9]*' "$scratch/log" | tail -n 1 | sed 's/.*: *//')
        printf '| %s s | **%.4f** | %s |\n' "$seconds" "$loss" "$(shorten "$chars")"
    done
    printf '\nFirst 90 %% / last 10 %%, each a run of its own, validation included in the time.\n'
}

# --- Parts -----------------------------------------------------------------------------------------------------

print_parts() {
    local list=() precision
    while read -r layers hidden steps batch _; do
        list+=("${layers}x${hidden}x${steps}x$batch")
    done <<<"$sizes"
    for precision in f32 bf16; do
        [[ -z $(absent "$precision" train) ]] || continue
        printf '\n## Where a training step goes, %s, %s threads\n\n' "$precision" "$threads"
        "${runner[@]}" "$programs/parts" "$precision" "$threads" "${list[@]}"
    done
    cat <<'END'

Each part alone, on the shapes of the step, with the functions that the step calls (tests/bench/parts.c); the gates are
an upper layer's loops less the products in them. The whole step's rate counts its products' operations.
END
}

# --- All of it -------------------------------------------------------------------------------------------------

sections=("$@")
((${#sections[@]} > 0)) || sections=(speed vocabulary patterns cells quality parts)
measure_machine
printf '# Benchmark of letra\n\n'
print_surroundings
if [[ -n $python ]]; then
    version=$("$python" -c 'import torch; print(torch.__version__)')
    printf -- '- PyTorch %s, at its best setting of threads and kernels\n' "$version"
else
    printf -- '- PyTorch is missing (Debian: python3-torch)\n'
fi
printf '\nMade by "make bench". Ratios are of figures that were measured in turn in one run.\n\n## The machine\n\n'
print_machine
for section in "${sections[@]}"; do
    "print_$section"
done
