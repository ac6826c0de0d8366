#!/usr/bin/env bash
# Runs tests and sums up: one line for each program with its counts and time, the output of what failed, how
# many tests were skipped if any were, and as the last line "N passed, N failed". The exit status tells whether
# all passed.
#
#     LETRA=./letra tests/run.sh PROGRAM...
#
# A PROGRAM is a cmocka program, a .bats file (both speak TAP here), or a .sh script, which is one test. A
# crash, a time-out, a program that ran fewer tests than it announced or none, and a report of a sanitizer
# each count as a failed test. Read from the environment: LETRA, the program under test; TEST, a text: only
# programs with it in their path run, and of other .bats files the tests with it in their name;
# TEST_TIMEOUT, seconds for each program; TEST_JOBS, how many programs run at a time (as many as there are
# processors). They are started and reported in the order given, but for those that run alone, which come last.
# UNDER is a command that runs the cmocka programs (valgrind).
set -um

limit=${TEST_TIMEOUT:-600}
jobs=${TEST_JOBS:-$(nproc)}
filter=${TEST:-}
top=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'stop_running; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# What runs alone: what compares two times.
alone=' eval_symbols.bats '

# The same surroundings for everyone: no make above, no settings of the person at the terminal.
unset MAKEFLAGS MFLAGS MAKELEVEL TEST NO_COLOR
export LETRA=${LETRA:-$top/letra}
export CMOCKA_MESSAGE_OUTPUT=TAP INPUTRC=/dev/null LC_ALL=C.UTF-8
# Threads without work sleep, instead of taking a processor from the program beside them; what they compute is the same.
export OMP_WAIT_POLICY=passive

# Reports go to files, so that none is lost in the output of a command that a test expects to fail. Exit 99 is
# what no command of letra ends with. An allocation that the machine cannot hold must fail as without ASan.
# watch_for_reports FOLDER: there they go
watch_for_reports() {
    local all="log_path=$1/sanitizer:exitcode=99:halt_on_error=1:print_stacktrace=1"
    export ASAN_OPTIONS="$all:detect_leaks=1:detect_stack_use_after_return=1:handle_segv=2:handle_sigbus=2\
:allocator_may_return_null=1:max_allocation_size_mb=8192${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
    export UBSAN_OPTIONS="$all${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
    export TSAN_OPTIONS="$all:ignore_noninstrumented_modules=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
    export LSAN_OPTIONS="suppressions=$top/tests/lsan.supp:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
}

passed=0 failed=0 skipped=0

# What the tests of the .bats file $1 that match the filter are; the whole file where its path does.
bats_arguments() {
    if [[ -n $filter && $1 != *"$filter"* ]]; then
        # shellcheck disable=SC2001 # no simpler with ${filter//}
        printf '%s\n' --filter "$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$filter")"
    fi
}

selected() {
    [[ -z $filter || ${1#"$top"/} == *"$filter"* ]] ||
        { [[ $1 == *.bats ]] && grep -F '@test' "$1" | grep -q -F -- "$filter"; }
}

# run_one PROGRAM FOLDER: its output into FOLDER; becomes the process that runs it
run_one() {
    local run=("$1")
    case $1 in
    *.bats)
        mapfile -t arguments < <(bats_arguments "$1")
        run=(bats --formatter tap "${arguments[@]}" "$1")
        ;;
    *.sh) run=(sh "$1") ;;
    */*) ;;
    *) run=("./$1") ;;
    esac
    if [[ -n ${UNDER:-} && $1 != *.bats && $1 != *.sh ]]; then
        read -ra under <<<"$UNDER"
        run=("${under[@]}" "${run[@]}")
    fi
    watch_for_reports "$2"
    exec timeout -k 10 "$limit" "${run[@]}" >"$2/output" 2>&1 </dev/null
}

# count_tap OUTPUT: "passed failed skipped planned" of TAP. cmocka writes "not ok 3 # SKIP name" for a skipped test.
count_tap() {
    awk '
        /^1\.\.[0-9]+$/ { planned += substr($0, 4) }
        /^(not )?ok [0-9]+ .*# (SKIP|skip)/ { skipped++; next }
        /^ok [0-9]+/ { passed++ }
        /^not ok [0-9]+/ { failed++ }
        END { print passed + 0, failed + 0, skipped + 0, planned + 0 }' "$1"
}

# show_failure OUTPUT: what there is to show of a program that failed: everything but the tests that passed
show_failure() {
    grep -v -E '^(ok [0-9]+ |not ok [0-9]+ # SKIP|1\.\.[0-9]+$|# ok )' "$1" |
        tail -n 200 | sed 's/^/    /'
}

# report NAME STATUS SECONDS FOLDER
report() {
    local name=$1 status=$2 seconds=$3 folder=$4 ok bad skip planned why='' log
    read -r ok bad skip planned < <(count_tap "$folder/output")
    if [[ $name == *.sh ]]; then
        ok=$((status == 0)) bad=0 skip=0 planned=1
    fi
    if ((status == 124 || status == 137)); then
        why="stopped after $limit s"
    elif ((status > 128)); then
        why="crashed: signal $((status - 128)), $(kill -l $((status - 128)))"
    elif ((status != 0 && bad == 0)); then
        why="ended with exit status $status"
    elif ((planned == 0)); then
        why="holds no test"
    elif ((ok + bad + skip < planned)); then
        why="ran $((ok + bad + skip)) of $planned tests"
    fi
    [[ -z $why ]] || bad=$((bad + 1))
    for log in "$folder"/sanitizer.*; do
        if [[ -f $log ]] && grep -q -E 'ERROR: |runtime error: |WARNING: ThreadSanitizer' "$log"; then
            bad=$((bad + 1))
            cat "$log" >>"$folder/output"
        fi
    done
    printf '%-44s %4d passed' "$name" "$ok"
    ((bad == 0)) || printf ', %d FAILED' "$bad"
    ((skip == 0)) || printf ', %d skipped' "$skip"
    printf '  (%s s)%s\n' "$seconds" "${why:+: $why}"
    ((bad == 0)) || show_failure "$folder/output"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

# What runs and what ran, by the program's place in the list: `running` holds the places by process id.
programs=() running=() begins=() statuses=() seconds=() reported=0

stop_running() {
    local id
    # Not those in `running`, where one that was started right now may not be yet; and their groups, since timeout
    # forgets a child that it has only just made.
    for id in $(jobs -p); do
        kill -TERM -- "-$id" 2>/dev/null
    done
    wait
}

# Waits until one of those that run has ended, and reports what can be reported in order.
finish_one() {
    local id status end place microseconds
    # The shell's own word on a crash stays out of the way.
    { wait -n -p id "${!running[@]}"; } 2>/dev/null
    status=$?
    # What died of a signal while this shell ran another command has been told of then, and `wait -n` tells nothing
    # twice: it leaves `id` unset once only such are left. Their status is kept, by process.
    if [[ -z ${id:-} ]]; then
        for id in "${!running[@]}"; do
            kill -0 "$id" 2>/dev/null || break
        done
        { wait "$id"; } 2>/dev/null
        status=$?
    fi
    end=$EPOCHREALTIME
    place=${running[id]}
    unset "running[$id]"
    microseconds=$((${end/[.,]/} - ${begins[place]/[.,]/}))
    seconds[place]=$((microseconds / 1000000)).$((microseconds / 100000 % 10))
    statuses[place]=$status
    while [[ -n ${statuses[reported]:-} ]]; do
        report "${programs[reported]#"$top"/}" "${statuses[reported]}" "${seconds[reported]}" "$scratch/$reported"
        rm -rf "${scratch:?}/$reported"
        reported=$((reported + 1))
    done
}

# run_at_a_time JOBS PROGRAM...
run_at_a_time() {
    local most=$1 program place
    shift
    for program in "$@"; do
        while ((${#running[@]} >= most)); do
            finish_one
        done
        place=${#programs[@]}
        programs+=("$program")
        mkdir "$scratch/$place"
        begins[place]=$EPOCHREALTIME
        run_one "$program" "$scratch/$place" &
        running[$!]=$place
    done
    while ((${#running[@]} > 0)); do
        finish_one
    done
}

together=() apart=()
for program in "$@"; do
    selected "$program" || continue
    name=${program##*/}
    if [[ $alone == *" $name "* ]]; then
        apart+=("$program")
    else
        together+=("$program")
    fi
done
run_at_a_time "$jobs" "${together[@]}"
run_at_a_time 1 "${apart[@]}"

if ((passed + failed + skipped == 0)); then
    echo "tests/run.sh: no tests${filter:+ with \"$filter\" in their name}" >&2
    failed=1
fi
((skipped == 0)) || echo "$skipped skipped"
echo "$passed passed, $failed failed"
((failed == 0))
