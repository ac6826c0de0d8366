#!/bin/sh
# Whether the program is built so that a mistake in it is hard to exploit: buffers on the stack are guarded, calls into
# libc know how long their buffers are, the program lies at another address each time, what is linked is fixed before it
# starts and cannot be written to, and no stack can be executed. `make test` runs it on ./letra and its objects.
#
#     LETRA=./letra tests/hardening.sh [FOLDER of objects]
set -u
export LC_ALL=C
program=${LETRA:-./letra}
objects=${1:-build/release}
failed=0

# must OPTION WORDS PATTERN: the pattern is in what readelf says with the option
must() {
    if ! readelf "$1" -W "$program" | grep -q -E -e "$3"; then
        echo "$program: $2"
        failed=1
    fi
}

must -h 'is no position-independent program (-fPIE -pie)' 'Type: +DYN'
must -d 'is no position-independent program (-pie)' 'Flags:.*PIE'
must -d 'does not bind its symbols at the start (-z now)' 'BIND_NOW|Flags:.*NOW'
must -l 'has writable tables of symbols (-z relro)' 'GNU_RELRO'
must -l 'has a stack that can be executed (-z noexecstack)' 'GNU_STACK .* RW '
must -s 'does not guard its stack (-fstack-protector-strong)' '__stack_chk_fail'
must -s 'does not check buffers (_FORTIFY_SOURCE)' '__[a-z]+_chk[@ ]'

# Most objects have something to guard and to check; one of them alone might stand for all above.
count() {
    find "$objects" -name '*.o' -not -path '*/tests/*' -exec grep -l -E -e "$1" {} + | wc -l
}
guarded=$(count '__stack_chk_fail')
checked=$(count '__[a-z]+_chk')
if [ "$guarded" -lt 100 ] || [ "$checked" -lt 30 ]; then
    echo "$objects: only $guarded objects guard their stack, only $checked check their buffers"
    failed=1
fi
exit $failed
