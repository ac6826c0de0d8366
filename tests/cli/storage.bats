#!/usr/bin/env bats
# Storage that fails or is shared: two runs of one model, damaged files, a disk that is full or read-only for a while, a
# folder that vanishes, a log that cannot be written.
# shellcheck disable=SC2154,SC2164,SC2016,SC2030,SC2031,SC2314
# (bats sets status and output, and ends a test where cd fails; what stands in single quotes is for another shell)

load letra

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    make_model old.safetensors
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR"/* .
    run_pid=''
}

teardown() {
    [ -z "$run_pid" ] || kill -KILL "$run_pid" 2>/dev/null || true
    ! mountpoint -q "$BATS_TEST_TMPDIR/disk" || umount -l "$BATS_TEST_TMPDIR/disk"
}

# begin ARGUMENT...: a run that goes on until it is stopped; what it says is in `messages`
begin() {
    "$LETRA" train text.txt "${small[@]}" --epochs 100000 "$@" 2>messages 3>&- &
    run_pid=$!
}

# ended: waits for that run; $status and $stderr are there
ended() {
    status=0
    wait "$run_pid" || status=$?
    run_pid='' output='' stderr=$(<messages)
}

messages_have() {
    grep -q -e "$1" messages
}

# --- two runs ---

@test "a second run of the same model is told who has it, and touches nothing" {
    begin -o m.safetensors
    until_true test -s m.safetensors
    ln -s m.safetensors link.safetensors
    ln -s . here
    local path
    for path in m.safetensors ./m.safetensors "$PWD/m.safetensors" link.safetensors here/m.safetensors m; do
        letra train text.txt -o "$path" "${small[@]}" --epochs 1 --log log
        ends 1 "is being written by another letra (process $run_pid, since 2" "give another name with -o"
        [[ $stderr != *", on "* ]] || complain 'it is the same machine'
    done
    [ ! -e log ]
    "$LETRA" show --json old.safetensors | sed -n '/^  "symbols": \[/,/^  \]/p' | sed '1s/.*/[/; $s/.*/]/' >vocab.json
    letra import old.safetensors --vocab vocab.json -o m.safetensors
    ends 1 "m.safetensors is being written by another letra (process $run_pid, since 2"
    letra show m.safetensors # reading is not hindered
    ends 0
    letra sample m.safetensors -n 5 --seed 1
    ends 0
    letra eval m.safetensors text.txt
    ends 0
    letra train text.txt -o other.safetensors "${small[@]}" --epochs 0.5 -q
    ends 0
    kill -INT "$run_pid"
    ended
    ends 130
    [ -z "$(find . -name '.*' -type f)" ] || complain 'left over:' "$(find . -name '.*' -type f)"
    letra train text.txt -o m.safetensors "${small[@]}" --epochs 0.5 -q
    ends 0
}

@test "a run that was killed holds nothing, and what it left goes with the next" {
    begin -o m.safetensors
    until_true test -s m.safetensors
    kill -KILL "$run_pid"
    ended
    [ -e .m.safetensors.lock ]
    letra train text.txt -o m.safetensors "${small[@]}" --epochs 0.5 -q
    ends 0
    [ -z "$(find . -name '.*' -type f)" ] || complain 'left over:' "$(find . -name '.*' -type f)"
}

@test "a lock of another machine says which; one that is not legible is one all the same" {
    printf '77 1700000000 elsewhere\n' >.m.safetensors.lock
    exec 9>>.m.safetensors.lock
    flock 9
    letra train text.txt -o m.safetensors "${small[@]}" --epochs 0.5 -q
    ends 1 "another letra (process 77, since 2023-11-1" ", on elsewhere)"
    printf 'gibberish' >.m.safetensors.lock
    letra train text.txt -o m.safetensors "${small[@]}" --epochs 0.5 -q
    ends 1 "m.safetensors is being written by another letra: "
    exec 9>&-
    letra train text.txt -o m.safetensors "${small[@]}" --epochs 0.5 -q
    ends 0
}

# --- damage ---

# damage FILE: changes one bit near its end
damage() {
    local at byte
    at=$(($(stat -c %s "$1") - 100))
    byte=$(tail -c 100 "$1" | head -c 1 | od -An -tu1)
    printf %b "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek=$at conv=notrunc status=none
}

@test "a damaged model or checkpoint is told, with what can be used instead" {
    letra show old.safetensors
    says "checksum      holds"
    damage old.safetensors
    letra sample old.safetensors -n 5
    ends 1 "old.safetensors: damaged: its checksum is wrong" "use old.checkpoint.safetensors, the checkpoint beside it"
    letra sample old.checkpoint.safetensors -n 5 --seed 1
    ends 0
    cp "$BATS_FILE_TMPDIR"/old.safetensors .
    damage old.checkpoint.safetensors
    letra train text.txt -o old.safetensors "${small[@]}" --epochs 3 --resume
    ends 1 "old.checkpoint.safetensors: damaged" "use old.safetensors, the model beside it"
    rm old.safetensors
    letra show old.checkpoint.safetensors
    ends 1 "use a copy of it, if there is one"
}

@test "a file without a checksum, as older ones are, loads" {
    LC_ALL=C sed -i 's/"checksum":/"checkless":/' old.safetensors
    [ "$(LC_ALL=C grep -c '"checkless":' old.safetensors)" = 1 ]
    letra show old.safetensors
    ends 1 # the header is one byte longer than it says
    cp "$BATS_FILE_TMPDIR"/old.safetensors .
    LC_ALL=C sed -i 's/"checksum":/"checkSUM":/' old.safetensors
    letra show old.safetensors
    ends 0
    says "checksum      none"
}

# --- disks ---

# mount_disk SIZE: a small disk in ./disk
mount_disk() {
    mkdir disk
    mount -t tmpfs -o "size=$1" tmpfs disk 2>/dev/null || skip 'nothing can be mounted here'
}

@test "a disk that is full for a while: training goes on, and saves when there is room" {
    mount_disk 400k
    begin -o disk/m.safetensors --checkpoint-every 0.2s --log disk/log
    until_true test -s disk/m.checkpoint.safetensors
    until_true test -s disk/m.safetensors
    dd if=/dev/zero of=disk/ballast bs=1k status=none 2>/dev/null || true
    until_true messages_have "the checkpoint could not be saved; training goes on: cannot write disk/m.checkpoint"
    until_true messages_have "cannot write the log disk/log: No space left on device"
    "$LETRA" show disk/m.checkpoint.safetensors >/dev/null # the last good one
    "$LETRA" show disk/m.safetensors >/dev/null
    sleep 1
    rm disk/ballast
    until_true messages_have "the checkpoint is saved now"
    until_true messages_have "the log disk/log is written again"
    kill -INT "$run_pid"
    ended
    ends 130
    [ "$(grep -c "the checkpoint could not be saved" messages)" = 1 ] || complain 'it says it again and again'
    [ -z "$(find disk -name '.*' -type f)" ] || complain 'left over'
    "$LETRA" show disk/m.checkpoint.safetensors >/dev/null
    run ! grep -v '^{"step":[0-9].*}$' disk/log
    sed 's/^{"step":\([0-9]*\),.*/\1/' disk/log | sort -n -c
}

@test "a disk that is full at the end: it is waited for, and then all is saved" {
    mount_disk 400k
    begin -o disk/m.safetensors --checkpoint-every 0
    until_true messages_have "epoch"
    sleep 3
    dd if=/dev/zero of=disk/ballast bs=1k status=none 2>/dev/null || true
    kill -INT "$run_pid"
    until_true messages_have "the end of the run could not be saved: .*No space left on device; this is tried again"
    rm disk/ballast
    ended
    ends 130 "the end of the run is saved now" "interrupted at step" "saved disk/m.safetensors"
    "$LETRA" show disk/m.checkpoint.safetensors >/dev/null
    "$LETRA" show disk/m.safetensors >/dev/null
}

@test "a disk that becomes read-only for a while, and a folder that vanishes" {
    mount_disk 4m
    mkdir disk/models
    begin -o disk/models/m.safetensors --checkpoint-every 0.2s
    until_true test -s disk/models/m.checkpoint.safetensors
    mount -o remount,ro disk
    until_true messages_have "could not be saved; training goes on: .*Read-only file system"
    mount -o remount,rw disk
    until_true messages_have "is saved now"
    mv disk/models disk/away
    until_true messages_have "could not be saved; training goes on: .*the folder disk/models does not exist"
    "$LETRA" show disk/away/m.checkpoint.safetensors >/dev/null
    mv disk/away disk/models
    until_true grep -q -z 'is saved now.*does not exist.*is saved now' messages
    kill -INT "$run_pid"
    ended
    ends 130
    "$LETRA" show disk/models/m.checkpoint.safetensors >/dev/null
}
