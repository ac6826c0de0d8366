/* Threads through OpenMP, and a barrier of our own: see team.h.
 *
 * The members of a team meet some hundred times in a step of a few milliseconds, so waiting must not cost a
 * system call; but other programs run on the machine too, and a thread that spins while the one it waits for
 * has lost its processor makes everything hundreds of times slower (measured with libgomp's barrier on a busy
 * machine). So a waiting member spins for about as long as a wake-up would take, and then sleeps on a futex.
 *
 * Signals wait until the work is done. Code that oneDNN 2.6 generates keeps numbers far below the stack pointer, where
 * a signal's handler writes: a Ctrl-C in the wrong microsecond destroyed the heap (tests/model/test_signals.c). To make
 * them wait takes two system calls, as long as a small model takes for a character: what calls nothing of oneDNN's
 * does without.
 */
#define _GNU_SOURCE
#include "base/team.h"

#include <limits.h>
#include <linux/futex.h>
#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/kernel_file.h"

enum { SPINS = 2000 }; /* some 50 to 100 microseconds */

enum { CACHE_LINE = 64 };

/* Counters are only touched atomically. Who waits is not disturbed by who arrives. */
struct Team {
    uint32_t phase;    /* how often the team has met; members sleep on it */
    uint32_t sleepers; /* members that sleep, or are about to */
    size_t spins;      /* never changes */
    char apart[CACHE_LINE];
    uint32_t arrived; /* members that are here */
};

static void pause_briefly(void) {
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}

static uint32_t load(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Lets everybody go: the last one to come does it. */
static void open_barrier(Team *team, uint32_t phase) {
    __atomic_store_n(&team->arrived, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&team->phase, phase + 1, __ATOMIC_SEQ_CST);
    if (load(&team->sleepers) > 0) {
        syscall(SYS_futex, &team->phase, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
}

void team_barrier(Member member) {
    Team *team = member.team;
    if (team == NULL) {
        return;
    }
    uint32_t phase = load(&team->phase);
    if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_SEQ_CST) == member.count) {
        open_barrier(team, phase);
        return;
    }
    for (size_t k = 0; k < team->spins; k++) {
        if (load(&team->phase) != phase) {
            return;
        }
        pause_briefly();
    }
    __atomic_add_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
    while (load(&team->phase) == phase) {
        syscall(SYS_futex, &team->phase, FUTEX_WAIT_PRIVATE, phase, NULL, NULL, 0);
    }
    __atomic_sub_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
}

static size_t processor_count(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) > 0) {
        return (size_t)CPU_COUNT(&processors);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more than fit into a cpu_set_t */
    return online > 0 ? (size_t)online : 1;
}

/* How many processors' time a container may take, where its control group (version 2, then 1) is seen as the root;
 * SIZE_MAX: all. Threads beyond it would only stop each other. */
static size_t processor_quota(void) {
    size_t quota = kernel_file_number("/sys/fs/cgroup/cpu.max", "", 0);
    size_t period = kernel_file_number("/sys/fs/cgroup/cpu.max", "", 1);
    if (quota == SIZE_MAX || period == SIZE_MAX) {
        quota = kernel_file_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "", 0);
        period = kernel_file_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "", 0);
    }
    bool limited = quota > 0 && quota != SIZE_MAX && period > 0 && period != SIZE_MAX;
    return limited ? (quota + period - 1) / period : SIZE_MAX;
}

size_t team_default_size(void) {
    size_t processors = processor_count();
    size_t quota = processor_quota();
    return quota < processors ? quota : processors;
}

/* Makes all signals wait that the processor does not raise itself; `before` (may be NULL) becomes what the thread
 * had. */
static void hold_signals(sigset_t *before) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    sigset_t held;
    sigfillset(&held);
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++) {
        sigdelset(&held, faults[k]);
    }
    pthread_sigmask(SIG_BLOCK, &held, before);
}

/* Makes the thread take numbers too small for a full mantissa as 0, and returns what it did before. What is forgotten
 * a little at each step ends there, and a processor is up to a hundred times slower about such numbers: after a minute
 * an mLSTM trained six times slower. */
static uint32_t flush_subnormals(void) {
#ifdef __x86_64__
    enum { FLUSH_TO_ZERO = 0x8000, SUBNORMALS_ARE_ZEROS = 0x0040 };
    uint32_t before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | FLUSH_TO_ZERO | SUBNORMALS_ARE_ZEROS);
    return before;
#else
    return 0;
#endif
}

static void restore_float_mode(uint32_t before) {
#ifdef __x86_64__
    __builtin_ia32_ldmxcsr(before);
#else
    (void)before;
#endif
}

static void run_alone(TeamWork work, void *context) {
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* so that no library starts a team of its own */
    uint32_t float_mode = flush_subnormals();
    work(context, (Member){0, 1, NULL});
    restore_float_mode(float_mode);
    omp_set_num_threads(threads);
}

static void run_together(size_t count, TeamWork work, void *context, bool hold) {
    Team team = {.spins = count <= processor_count() ? SPINS : 0};
#pragma omp parallel num_threads((int)count)
    {
        if (hold) {
            hold_signals(NULL); /* in threads that were there before, too */
        }
        uint32_t float_mode = flush_subnormals();
        /* OpenMP may give fewer threads than were asked for: the shares follow what is really there. */
        size_t members = (size_t)omp_get_num_threads();
        work(context, (Member){(size_t)omp_get_thread_num(), members, members > 1 ? &team : NULL});
        restore_float_mode(float_mode);
    }
}

static void run(size_t count, TeamWork work, void *context, bool hold) {
    if (count <= 1) {
        run_alone(work, context);
    } else {
        run_together(count, work, context, hold);
    }
}

void team_run(size_t count, TeamWork work, void *context) {
    sigset_t before;
    hold_signals(&before);
    run(count, work, context, true);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void team_run_interruptible(size_t count, TeamWork work, void *context) {
    run(count, work, context, false);
}

Range member_share(Member member, size_t parts) {
    return (Range){parts * member.index / member.count, parts * (member.index + 1) / member.count};
}
