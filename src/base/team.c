/* Threads through OpenMP, and a barrier of our own: see team.h.
 *
 * The members of a team meet some hundred times in a step of a few milliseconds, so waiting must not cost a
 * system call; but other programs run on the machine too, and a thread that spins while the one it waits for
 * has lost its processor makes everything hundreds of times slower (measured with libgomp's barrier on a busy
 * machine). So a waiting member spins for about as long as a wake-up would take, and then sleeps on a futex.
 */
#define _GNU_SOURCE
#include "base/team.h"

#include <limits.h>
#include <linux/futex.h>
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS = 2000 }; /* some 50 to 100 microseconds */

enum { CACHE_LINE = 64 };

struct Team {
    _Atomic uint32_t phase; /* how often the team has met; members sleep on it */
    _Atomic uint32_t sleepers;
    char apart[CACHE_LINE];   /* who waits reads `phase` only, and is not disturbed by who arrives */
    _Atomic uint32_t arrived; /* members that are here */
    size_t spins;
};

static void pause_briefly(void) {
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}

void team_barrier(Member member) {
    Team *team = member.team;
    if (team == NULL) {
        return;
    }
    uint32_t phase = atomic_load(&team->phase);
    if (atomic_fetch_add(&team->arrived, 1) + 1 == member.count) {
        atomic_store(&team->arrived, 0);
        atomic_store(&team->phase, phase + 1);
        if (atomic_load(&team->sleepers) > 0) {
            syscall(SYS_futex, &team->phase, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
        }
        return;
    }
    for (size_t k = 0; k < team->spins; k++) {
        if (atomic_load_explicit(&team->phase, memory_order_acquire) != phase) {
            return;
        }
        pause_briefly();
    }
    atomic_fetch_add(&team->sleepers, 1);
    while (atomic_load(&team->phase) == phase) {
        syscall(SYS_futex, &team->phase, FUTEX_WAIT_PRIVATE, phase, NULL, NULL, 0);
    }
    atomic_fetch_sub(&team->sleepers, 1);
}

size_t team_default_size(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) > 0) {
        return (size_t)CPU_COUNT(&processors);
    }
    return 1;
}

void team_run(size_t count, void (*work)(void *context, Member member), void *context) {
    if (count <= 1) {
        int threads = omp_get_max_threads();
        omp_set_num_threads(1); /* so that no library starts a team of its own */
        work(context, (Member){0, 1, NULL});
        omp_set_num_threads(threads);
        return;
    }
    Team team = {.spins = count <= team_default_size() ? SPINS : 0};
#pragma omp parallel num_threads((int)count)
    {
        /* OpenMP may give fewer threads than were asked for: the shares follow what is really there. */
        size_t members = (size_t)omp_get_num_threads();
        work(context, (Member){(size_t)omp_get_thread_num(), members, members > 1 ? &team : NULL});
    }
}

Range member_share(Member member, size_t parts) {
    return (Range){parts * member.index / member.count, parts * (member.index + 1) / member.count};
}

Range range_part(size_t length, size_t grain, size_t parts, size_t part) {
    size_t grains = (length + grain - 1) / grain;
    size_t begin = grains * part / parts * grain;
    size_t end = grains * (part + 1) / parts * grain;
    return (Range){begin < length ? begin : length, end < length ? end : length};
}
