# shellcheck shell=bash
# What the scripts of the benchmark share. Read with `source`, after which these are set:
#
#     letra     the program that is measured ($LETRA)
#     programs  the folder of the benchmark's programs ($BENCH)
#     runner    what each measurement runs under ($BENCH_RUNNER: `nice -n -20`, `taskset -c 0-3`; empty: nothing)
#     scratch   a folder that is removed at the end

export LC_ALL=C.UTF-8 # decimal points
letra=${LETRA:-./letra}
programs=${BENCH:-build/release/tests/bench}
read -r -a runner <<<"${BENCH_RUNNER:-}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# CELL LAYERS HIDDEN of networks to compare: 1.1 million parameters each, with 65 symbols
# shellcheck disable=SC2034 # for those who read this
equal_cells='lstm 2 288
rnn 2 592
rnn-relu 2 592
gru 2 336
gru-before 2 336
slstm 2 240
mlstm 2 288
mlstm,slstm 2 264'

for needed in "$letra" "$programs/machine"; do
    [[ -x $needed ]] || {
        echo "$0: there is no $needed: run make bench" >&2
        exit 1
    }
done

# A Python that has torch, or nothing.
find_python() {
    local python
    for python in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3; do
        if "$python" -c 'import torch' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

# shorten NUMBER: 56.1 k
shorten() {
    awk -v x="$1" 'BEGIN {
        if (x >= 999500) printf "%.2f M\n", x / 1e6
        else if (x >= 99950) printf "%.0f k\n", x / 1e3
        else if (x >= 1000) printf "%.1f k\n", x / 1e3
        else printf "%d\n", x
    }'
}

# ratio A B: 3.9× , or - where there is no B
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.1f×\n", a / b; else print "-" }'
}

# percent A B
percent() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.0f %%\n", 100 * a / b; else print "-" }'
}

larger() {
    echo $(($1 > $2 ? $1 : $2))
}

# figure NAME: of the machine, whose measurement is in $scratch/machine
figure() {
    awk -v name="$1" '$1 == name { print $2 }' "$scratch/machine"
}

# billions NAME: the same in 10⁹
billions() {
    figure "$1" | awk '{ printf "%.0f\n", $1 / 1e9 }'
}

measure_machine() {
    "${runner[@]}" "$programs/machine" measure >"$scratch/machine"
}

# median_speed: of the run in $scratch/log, characters a second
median_speed() {
    grep -o '"chars_per_second": *[0-9.]*' "$scratch/log" | sed 's/.*: *//' | sort -n |
        awk '{ x[NR] = $1 } END { printf "%d\n", x[int((NR + 1) / 2)] }'
}

# parameters_of MODEL
parameters_of() {
    "$letra" show --json "$1" | sed -n 's/.*"parameters": *\([0-9]*\).*/\1/p'
}

# Whether letra's command $1 has --precision.
has_precision() {
    "$letra" "$1" --help | grep -q -e '--precision'
}

# Where and with what it was measured.
print_surroundings() {
    local cpu instructions
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    instructions=$(sed -n 's/^flags[^:]*://p' /proc/cpuinfo | head -n 1 | tr ' ' '\n' |
        grep -x -E 'avx2|avx512f|avx512_bf16|amx_bf16|amx_int8|avx512_vnni|avx_vnni' | tr '\n' ' ')
    printf -- '- %s: letra %s (%s), compiled by %s, oneDNN %s\n' "$(date +%F)" \
        "$("$letra" --version | awk 'NR == 1 { print $NF }')" \
        "$(git describe --always --dirty --exclude '*' 2>/dev/null || echo 'no git')" \
        "$(${CC:-gcc} --version | head -n 1)" "$(onednn_version)"
    printf -- '- %s, %s cores; %s\n' "${cpu:-unknown processor}" "$(nproc)" "${instructions:-}"
}

# oneDNN's version, as its header says.
onednn_version() {
    local version
    version=$(
        printf '%s\n' '#include <oneapi/dnnl/dnnl_version.h>' \
            DNNL_VERSION_MAJOR.DNNL_VERSION_MINOR.DNNL_VERSION_PATCH | ${CC:-gcc} -E -P - 2>/dev/null | tail -n 1
    )
    echo "${version// /}"
}

print_machine() {
    local name title unit threads
    threads=$(figure threads_all)
    printf '| | one thread | %d threads |\n| --- | ---: | ---: |\n' "$threads"
    while read -r name title unit; do
        printf '| %s | %s %s | %s %s |\n' "${title//_/ }" "$(billions "${name}_one")" "$unit" \
            "$(billions "${name}_all")" "$unit"
    done <<'ROWS'
peak_f32 fp32_arithmetic,_peak GFLOP/s
product_f32 fp32,_oneDNN's_product_of_1024×1024_matrices GFLOP/s
peak_bf16 bf16_arithmetic,_peak GFLOP/s
product_bf16 bf16,_oneDNN's_product GFLOP/s
read_l1 reading_from_L1 GB/s
read_l2 reading_from_L2 GB/s
read_beyond reading_from_beyond GB/s
ROWS
}

# Where Tiny Shakespeare is; empty: nowhere.
find_shakespeare() {
    local file
    for file in corpora/tinyshakespeare.txt ../shared/data/tinyshakespeare.txt; do
        if [[ -f $file ]]; then
            echo "$file"
            return
        fi
    done
}
