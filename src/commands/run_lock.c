/* Locks of models: see run_lock.h. A lock holds a line with process number, seconds since 1970 and name of the host. */
#include "commands/run_lock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/shown.h"

enum { HOST_SIZE = 256 };

/* What this machine is called; "" if that cannot be told. */
static void find_host(char host[HOST_SIZE]) {
    if (gethostname(host, HOST_SIZE) != 0) {
        host[0] = '\0';
    }
    host[HOST_SIZE - 1] = '\0';
}

/* " (process 12, since 2026-11-30 21:40:12, on HOST)": what the one who has it wrote; "" if that is not legible. */
static void describe(const char *holder, char *out, size_t size) {
    long process = 0;
    long long since = 0;
    int length = 0;
    out[0] = '\0';
    /* NOLINTNEXTLINE(cert-err34-c): what does not fit is no number of a process, and is shown as it comes */
    if (holder == NULL || sscanf(holder, "%ld %lld %n", &process, &since, &length) != 2) {
        return;
    }
    char host[HOST_SIZE];
    char other[HOST_SIZE];
    char shown[SHOWN_SIZE];
    char time_text[64] = "?";
    time_t seconds = (time_t)since;
    struct tm parts;
    find_host(host);
    snprintf(other, sizeof other, "%.*s", (int)strcspn(holder + length, "\n"), holder + length);
    if (localtime_r(&seconds, &parts) != NULL) {
        (void)strftime(time_text, sizeof time_text, "%Y-%m-%d %H:%M:%S", &parts);
    }
    bool elsewhere = strcmp(host, other) != 0;
    snprintf(out, size, " (process %ld, since %s%s%s)", process, time_text, elsewhere ? ", on " : "",
             elsewhere ? shown_text(other, shown) : "");
}

bool run_lock_take(const char *path, FileLock **lock, Error *error) {
    char host[HOST_SIZE];
    char owner[HOST_SIZE + 64];
    char who[HOST_SIZE + 128];
    Bytes holder = {0};
    find_host(host);
    snprintf(owner, sizeof owner, "%ld %lld %s\n", (long)getpid(), (long long)time(NULL), host);
    FileLockOutcome outcome = file_lock_take(path, owner, lock, &holder, error);
    if (outcome == FILE_LOCK_HELD) {
        describe(holder.data, who, sizeof who);
        error_set(error,
                  "%s is being written by another letra%s: let that come to its end, or stop it, or give "
                  "another name with -o",
                  path, who);
    }
    bytes_free(&holder);
    return outcome == FILE_LOCK_TAKEN;
}
