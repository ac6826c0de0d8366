#!/usr/bin/env bats
# The build itself: Makefile, .ci/deps.sh, tests/run.sh and tests/layers.sh, tried on a tree of three files.

bats_require_minimum_version 1.5.0

setup() {
    # What the make that runs these tests was told is none of the tiny tree's business.
    unset CC CFLAGS CPPFLAGS LDFLAGS VARIANT TEST WERROR READLINE PREFIX DESTDIR V Q
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    cd "$BATS_TEST_TMPDIR"
    mkdir -p tree/src/base tree/tests tree/corpora tree/models fake
    cp -R "$TOP/Makefile" "$TOP/.ci" tree
    cp "$TOP/tests/run.sh" "$TOP/tests/layers.sh" tree/tests
    cd tree
    printf 'int word(void);\n' >src/base/word.h
    printf '#include "base/word.h"\n\nint word(void) {\n    return 0;\n}\n' >src/base/word.c
    cat >src/main.c <<'END'
#include "base/word.h"
#include <stdio.h>
int main(int argc, char **argv) {
    printf("letra %s %d:", LETRA_VERSION, LETRA_READLINE);
    for (int k = 1; k < argc; k++) {
        printf(" %s", argv[k]);
    }
    printf("\n");
    return word();
}
END
    printf 'Once.\n' >corpora/english.txt
    printf 'Downloaded.\n' >corpora/public.txt
    printf '# downloads\n/public.txt\n' >corpora/.gitignore
    printf 'weights' >models/letra-tiny.safetensors
    printf 'weights' >models/letra-tiny.checkpoint.safetensors
    printf 'weights' >models/mine.safetensors
}

# fake NAME BODY: a program NAME before all others in PATH, as `fake_path COMMAND...` sees it
fake() {
    printf '#!/bin/sh\n%s\n' "$2" >"$BATS_TEST_TMPDIR/fake/$1"
    chmod +x "$BATS_TEST_TMPDIR/fake/$1"
}

fake_path() {
    PATH="$BATS_TEST_TMPDIR/fake:$PATH" FAKE="$BATS_TEST_TMPDIR/fake" "$@"
}

# A machine that lacks utf8proc until apt-get has installed it; apt-get notes what it was asked for.
lack_utf8proc() {
    # shellcheck disable=SC2016 # the fake programs expand these
    fake pkg-config 'case "$*" in *--exists*libutf8proc*) test -e "$FAKE/installed" ;; *) exit 0 ;; esac'
    fake apt-cache 'exit 0'
    # shellcheck disable=SC2016
    fake apt-get 'echo "$@" >>"$FAKE/asked"
case "$*" in *install*) touch "$FAKE/installed" ;; *) touch "$FAKE/updated" ;; esac'
}

@test "make help lists every target" {
    targets=$(sed -n 's/^\.PHONY: \(all .*\|bench .*\)$/\1/p' Makefile)
    [ "$(wc -w <<<"$targets")" -ge 21 ]
    run -0 make help
    for target in $targets; do
        [[ $output == *$'\n'"$target "* || $output == "$target "* ]] || {
            echo "make help does not list $target"
            return 1
        }
    done
}

@test "make builds, and nothing more when nothing changed" {
    run -0 make
    [[ $output == *"CC   src/base/word.c"* && $output == *"LD   letra"* ]]
    run -0 ./letra
    [[ $output == "letra "[0-9]*.[0-9]*.[0-9]*" 1:" ]]
    run -0 make -q
    run -0 make
    [[ $output == *"Nothing to be done"* ]]
}

@test "make rebuilds what a header, the flags or a new file touch" {
    make
    sleep 0.01
    touch src/base/word.h
    run -0 make
    [[ $output == *src/main.c* && $output == *src/base/word.c* ]]
    printf 'int other;\n' >src/base/other.c
    run -0 make
    [[ $output == *src/base/other.c* && $output == *"LD   letra"* && $output != *src/main.c* ]]
    rm src/base/other.c
    run -0 make
    [[ $output == *"LD   letra"* && $output != *CC* ]]
    run -0 make READLINE=0 CFLAGS=-O0 V=1
    [[ $output == *" -O0 "*" src/main.c"* && $output != *"-O2"* && $output != *_FORTIFY_SOURCE* ]]
    [[ $output == *-std=gnu11* && $output != *-lreadline* ]]
    run -0 ./letra
    [[ $output == *" 0:" ]]
}

@test "lint-length finds lines of more than 120 columns and files of more than 500 lines" {
    run -0 make lint-length
    printf '/* %s */\n' "$(printf 'é%.0s' $(seq 1 114))" >src/base/wide.h
    run -0 make lint-length
    printf '/* %s */\n' "$(printf 'é%.0s' $(seq 1 115))" >>src/base/wide.h
    run -2 make lint-length
    [[ $output == *"src/base/wide.h:2: more than 120 columns"* ]]
    rm src/base/wide.h
    printf '\n%.0s' $(seq 1 501) >src/base/long.c
    run -2 make lint-length
    [[ $output == *"src/base/long.c: more than 500 lines"* ]]
    rm src/base/long.c
    printf '# %s\n# https://%s\n' "$(printf 'e%.0s' $(seq 1 119))" "$(printf 'e%.0s' $(seq 1 119))" >tests/wide.bats
    printf '\n%.0s' $(seq 1 501) >tests/long.sh
    run -2 make lint-length
    [[ $output == *"tests/wide.bats:1: more than 120 columns"* && $output != *"wide.bats:2"* ]]
    [[ $output == *"tests/long.sh: more than 500 lines"* ]]
}

@test "VARIANT=plain builds without Readline, in its own folder" {
    run -0 make VARIANT=plain V=1
    [[ $output != *-lreadline* ]]
    run -0 build/plain/letra
    [[ $output == *" 0:" ]]
    [ ! -e letra ]
}

@test "make -j8 builds the sanitized variant in its own folder" {
    run -0 make -j8 VARIANT=asan
    [ -x build/asan/letra ]
    [ ! -e letra ]
    [ ! -e build/release ]
}

@test "VARIANT=coverage counts what ran, and tests/coverage.sh sums it up" {
    cat >src/base/other.c <<'END'
#include "base/word.h"
int other(int x);
int other(int x) {
    return x ? word() : 1;
}
END
    run -0 make VARIANT=coverage
    run -1 sh "$TOP/tests/coverage.sh" build/release
    [[ $output == *"nothing was counted under build/release"* ]]
    run -0 build/coverage/letra
    run -0 sh "$TOP/tests/coverage.sh" build/coverage
    [[ $(tr -s ' ' <<<"$output") == *"src 6 83.3 % 2 50.0 %"*"src/base 4 50.0 % 2 0.0 %"*"all 10 70.0 % 4 25.0 %"* ]]
    [[ $output == *"Below 80 % of the lines:"*src/base/other.c* && $output != *src/main.c* ]]
    run -0 sh "$TOP/tests/coverage.sh" build/coverage src/base/other.c
    [[ ${lines[0]} == src/base/other.c:*"3:int other(int x) {" && ${#lines[@]} == 2 ]]
}

@test "an unknown variant is refused" {
    run -2 make VARIANT=fast
    [[ $output == *"VARIANT=fast is none of: release plain asan double asan-double fuzz coverage"* ]]
}

@test "the double variants make no program, and say so" {
    run -2 make VARIANT=double
    [[ $output == *"VARIANT=double is for the tests of gradients and makes no program"* ]]
    run -2 make VARIANT=asan-double all
    [[ $output == *"VARIANT=asan-double is for the tests"* && $output != *CC* ]]
}

@test "install puts everything under DESTDIR and PREFIX, and uninstall leaves nothing" {
    printf '#!/bin/sh\n' >corpora/get.sh
    run -0 bash -c 'umask 077; make install "$@"' make DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/opt
    run -0 find "$BATS_TEST_TMPDIR/root" -type f
    [ "$(sort <<<"$output")" = "$BATS_TEST_TMPDIR/root/opt/bin/letra
$BATS_TEST_TMPDIR/root/opt/share/letra/corpora/english.txt
$BATS_TEST_TMPDIR/root/opt/share/letra/corpora/get.sh
$BATS_TEST_TMPDIR/root/opt/share/letra/models/letra-tiny.safetensors" ]
    # Everyone can read them, whatever the umask was.
    run -0 find "$BATS_TEST_TMPDIR/root/opt" -type f -perm 644
    [ "${#lines[@]}" -eq 2 ]
    run -0 find "$BATS_TEST_TMPDIR/root/opt" -type f -perm 755
    [ "${#lines[@]}" -eq 2 ]
    run -0 find "$BATS_TEST_TMPDIR/root/opt/share" "$BATS_TEST_TMPDIR/root/opt/bin" -mindepth 1 -type d ! -perm 755
    [ -z "$output" ]
    run -0 make uninstall DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/opt
    run -0 find "$BATS_TEST_TMPDIR/root" -name '*letra*'
    [ -z "$output" ]
}

@test "clean removes what was built and nothing else" {
    find . | sort >../before
    make
    [ -x letra ]
    make clean
    find . | sort | diff ../before -
}

@test "make demo builds, trains and samples, and says what it runs" {
    run -0 make demo
    [[ $output == *"./letra train corpora/english.txt -o models/demo.safetensors --time 40s
letra "*": train corpora/english.txt -o models/demo.safetensors --time 40s
./letra sample models/demo.safetensors --length 600 --temperature 0.8
letra "*": sample models/demo.safetensors --length 600 --temperature 0.8" ]]
}

@test "nothing is asked of apt when nothing is missing" {
    # shellcheck disable=SC2016
    fake apt-get 'touch "$FAKE/asked"; exit 1'
    fake_path make deps
    [ ! -e "$BATS_TEST_TMPDIR/fake/asked" ]
}

@test "make deps without root and sudo prints the line to run and fails" {
    lack_utf8proc
    fake id 'echo 1000'
    fake sudo 'exit 1'
    run -2 fake_path make deps
    [[ $output == *"    sudo apt-get install -y --no-install-recommends libutf8proc-dev"$'\n'* ]]
    [ ! -e "$BATS_TEST_TMPDIR/fake/asked" ]
    # Where apt has no lists, they come first.
    fake apt-cache 'exit 100'
    run -2 fake_path make demo
    [[ $output == *"    sudo apt-get update && sudo apt-get install -y --no-install-recommends libutf8proc-dev"* ]]
    [[ $output != *"train"* ]]
}

@test "make deps as root installs what is missing, with fresh lists only where needed" {
    lack_utf8proc
    fake id 'echo 0'
    fake_path make deps
    run -0 cat "$BATS_TEST_TMPDIR/fake/asked"
    [[ $output == *"install -y --no-install-recommends libutf8proc-dev" && ${#lines[@]} == 1 ]]
    rm "$BATS_TEST_TMPDIR/fake/installed" "$BATS_TEST_TMPDIR/fake/asked"
    fake apt-cache 'exit 100'
    fake_path make deps
    run -0 cat "$BATS_TEST_TMPDIR/fake/asked"
    [[ ${lines[0]} == *" update" && ${lines[1]} == *" libutf8proc-dev" && ${#lines[@]} == 2 ]]
}

@test "make deps uses sudo where it asks for no password" {
    lack_utf8proc
    fake id 'echo 1000'
    # shellcheck disable=SC2016
    fake sudo 'printf "%s\n" "$*" >>"$FAKE/sudo"; shift; exec "$@"'
    fake_path make deps
    grep -q -e '-n env DEBIAN_FRONTEND=noninteractive apt-get .* libutf8proc-dev' "$BATS_TEST_TMPDIR/fake/sudo"
}

@test "make deps fails when what was installed is still not usable" {
    lack_utf8proc
    fake id 'echo 0'
    fake apt-get 'exit 0'
    run -2 fake_path make deps
    [[ $output == *"still not usable: libutf8proc-dev"* ]]
}

@test "make alone names what is missing and installs nothing" {
    lack_utf8proc
    run -2 fake_path make
    [[ $output == *"lacks: libutf8proc-dev"* && $output == *"apt-get install"*"libutf8proc-dev"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/fake/asked" ]
    [ ! -e build/release/main.o ]
}

@test "the layer check accepts this tree" {
    run -0 "$TOP/tests/layers.sh"
    [ -z "$output" ]
}

@test "the layer check finds an include that goes up or sideways" {
    mkdir -p src/math src/text src/generate src/train
    printf '#include "base/word.h"\n#include "math/gemm.h"\n#include <math.h>\n' >src/math/gemm.c
    run -0 tests/layers.sh
    printf '#include "math/gemm.h"\n' >src/base/up.h
    printf '/* a */\n  #  include "text/vocab.h" /* sideways */\n' >src/math/sideways.c
    printf '#include "train/trainer.h"\n' >src/generate/sideways.c
    printf '#include "../base/word.h"\n' >src/train/relative.c
    printf '#include "word.h"\n' >src/train/bare.c
    printf '#include <sys/stat.h>\n#include <train/trainer.h> /* "so" */\n' >src/generate/angle.c
    run -1 tests/layers.sh
    [ "${#lines[@]}" -eq 6 ]
    [[ $output == *"src/generate/angle.c:2: generate may not include from train"* ]]
    [[ $output == *"src/base/up.h:1: base may not include from math"* ]]
    [[ $output == *"src/math/sideways.c:2: math may not include from text"* ]]
    [[ $output == *"src/generate/sideways.c:1: generate may not include from train"* ]]
    [[ $output == *'src/train/relative.c:1: "../base/word.h" does not start with a folder of src/'* ]]
    [[ $output == *'src/train/bare.c:1: "word.h" does not start with a folder of src/'* ]]
}

@test "the layer check finds a folder on no floor" {
    mkdir src/utils
    printf '\n' >src/utils/misc.c
    run -1 tests/layers.sh
    [[ $output == *"src/utils/misc.c:1: src/utils is on no floor"* ]]
}

# program NAME BODY: an executable that stands for a test program
program() {
    printf '#!/bin/sh\n%s\n' "$2" >"tests/$1"
    chmod +x "tests/$1"
}

@test "the runner counts what passed, failed and was skipped" {
    program good 'printf "1..2\nok 1 - a\nok 2 - b\n"'
    program mixed 'printf "1..3\nok 1 - a\nnot ok 2 - b\n# why\nnot ok 3 # SKIP c\n"; exit 1'
    run -0 tests/run.sh tests/good
    [ "${lines[-1]}" = "2 passed, 0 failed" ]
    run -1 tests/run.sh tests/good tests/mixed
    [[ $output == *"not ok 2 - b"*"# why"* ]]
    [ "${lines[-2]}" = "1 skipped" ]
    [ "${lines[-1]}" = "3 passed, 1 failed" ]
}

@test "the runner takes a crash, a time-out, silence and missing tests for failures" {
    program crash 'echo 1..1; kill -s SEGV $$'
    program slow 'echo 1..1; sleep 60'
    program silent 'exit 0'
    program short 'printf "1..2\nok 1 - a\n"'
    program leaves 'printf "1..1\nok 1 - a\n"; exit 3'
    TEST_TIMEOUT=3 run -1 tests/run.sh tests/crash tests/slow tests/silent tests/short tests/leaves
    [[ $output == *"crashed: signal 11, SEGV"* ]]
    [[ $output == *"stopped after 3 s"* && $output == *"holds no test"* ]]
    [[ $output == *"ran 1 of 2 tests"* && $output == *"ended with exit status 3"* ]]
    [ "${lines[-1]}" = "2 passed, 5 failed" ]
}

@test "the runner hears of a crash that came while it did something else" {
    program crash 'echo 1..1; kill -s SEGV $$'
    program good 'sleep 1; printf "1..1\nok 1 - a\n"'
    # Between two starts it makes a folder, for which it takes its time here.
    mkdir slow
    printf '#!/bin/sh\nsleep 0.3\nexec /bin/mkdir "$@"\n' >slow/mkdir
    chmod +x slow/mkdir
    PATH=$PWD/slow:$PATH TEST_JOBS=2 run -1 tests/run.sh tests/crash tests/good tests/crash tests/good
    [ "$(grep -c "crashed: signal 11, SEGV" <<<"$output")" -eq 2 ]
    [ "${lines[-1]}" = "2 passed, 2 failed" ]
}

@test "the runner picks tests by name, and fails where none has it" {
    program alpha 'printf "1..1\nok 1 - a\n"'
    printf '@test "beta (one)" {\n    true\n}\n@test "gamma" {\n    false\n}\n' >tests/some.bats
    TEST='alpha' run -0 tests/run.sh tests/alpha tests/some.bats
    [[ $output == *tests/alpha* && ${lines[-1]} == "1 passed, 0 failed" ]]
    TEST='beta (' run -0 tests/run.sh tests/alpha tests/some.bats
    [[ $output != *tests/alpha* && ${lines[-1]} == "1 passed, 0 failed" ]]
    TEST='delta' run -1 tests/run.sh tests/alpha tests/some.bats
    [ "${lines[-1]}" = "0 passed, 1 failed" ]
}

@test "the runner has several run at a time, in their order, and what compares times alone" {
    # Each of two waits for the other one, the first for longer.
    program first 'touch a; until [ -e b ]; do sleep 0.01; done; sleep 0.3; printf "1..1\nok 1 - a\n"'
    program second 'touch b; until [ -e a ]; do sleep 0.01; done; printf "1..1\nok 1 - b\n"'
    printf '@test "alone" {\n    touch begun\n    [ -e b ]\n    [ ! -e busy ]\n}\n' >tests/eval_symbols.bats
    program third 'touch busy; sleep 0.3; rm busy; [ ! -e begun ] || exit 1; printf "1..1\nok 1 - c\n"'
    TEST_TIMEOUT=200 TEST_JOBS=2 run -0 tests/run.sh tests/eval_symbols.bats tests/first tests/second tests/third
    [[ $output == "tests/first "*$'\n'"tests/second "*$'\n'"tests/third "*$'\n'"tests/eval_symbols.bats "* ]]
    [ "${lines[-1]}" = "4 passed, 0 failed" ]
    rm a b
    TEST_TIMEOUT=1 TEST_JOBS=1 run -1 tests/run.sh tests/first
    [[ $output == *"stopped after 1 s"* ]]
}

@test "the runner that is stopped leaves nothing running" {
    program long 'echo $$ >id; exec sleep 100'
    tests/run.sh tests/long >stopped 3>&- &
    until [ -s id ]; do sleep 0.01; done
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" -eq 130 ]
    for _ in $(seq 1 400); do
        kill -0 "$(cat id)" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}
