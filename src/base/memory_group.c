/* Control groups: see memory_group.h. */
#include "base/memory_group.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/kernel_file.h"

/* Where a version keeps its numbers. */
typedef struct Version {
    const char *folder;
    const char *limit, *used, *statistics, *unused; /* the last one is a line of the statistics */
} Version;

static const Version version2 = {"sys/fs/cgroup", "memory.max", "memory.current", "memory.stat",
                                 "inactive_file "};
static const Version version1 = {"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                                 "memory.stat", "total_inactive_file "};

/* The line of a group is NUMBER:CONTROLLERS:/PATH; of version 2 the number is 0, and there are no controllers. Returns
 * the path without the end of the line if it is that of memory; NULL: it is not. */
static char *path_in_line(char *line, const Version *version) {
    char *controllers = strchr(line, ':');
    char *path = controllers != NULL ? strchr(++controllers, ':') : NULL;
    if (path == NULL) {
        return NULL;
    }
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    if (version == &version2) {
        return controllers[0] == '\0' ? path : NULL;
    }
    char *rest = NULL;
    const char *name = strtok_r(controllers, ",", &rest);
    while (name != NULL && strcmp(name, "memory") != 0) {
        name = strtok_r(NULL, ",", &rest);
    }
    return name != NULL ? path : NULL;
}

/* The path of the process's group, "" if it is not told or the uppermost. */
static void find_path(const char *root, const Version *version, char path[PATH_MAX]) {
    char line[PATH_MAX];
    path[0] = '\0';
    snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    while (file != NULL && path[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        const char *found = path_in_line(line, version);
        if (found != NULL && strcmp(found, "/") != 0) {
            snprintf(path, PATH_MAX, "%s", found);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static size_t read_number(const char *root, const Version *version, const char *path, const char *name,
                          const char *key) {
    char file[2 * PATH_MAX];
    int length = snprintf(file, sizeof file, "%s/%s%s/%s", root, version->folder, path, name);
    return length < (int)sizeof file ? kernel_file_number(file, key, 0) : SIZE_MAX;
}

/* What one group leaves. */
static size_t available_in(const char *root, const Version *version, const char *path) {
    size_t limit = read_number(root, version, path, version->limit, "");
    size_t used = read_number(root, version, path, version->used, "");
    size_t unused = read_number(root, version, path, version->statistics, version->unused);
    if (limit == SIZE_MAX || used == SIZE_MAX) {
        return SIZE_MAX;
    }
    used -= unused < used ? unused : 0;
    return limit > used ? limit - used : 1;
}

/* What the group and all above it leave. */
static size_t available_of(const char *root, const Version *version) {
    char path[PATH_MAX];
    size_t least = SIZE_MAX;
    bool more = true;
    find_path(root, version, path);
    while (more) {
        size_t available = available_in(root, version, path);
        least = available < least ? available : least;
        char *last = strrchr(path, '/');
        more = last != NULL;
        if (more) {
            *last = '\0';
        }
    }
    return least;
}

size_t memory_group_available(const char *root) {
    size_t newer = available_of(root, &version2);
    size_t older = available_of(root, &version1);
    return newer < older ? newer : older;
}
