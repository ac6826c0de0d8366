/* What the control groups of this process leave it of memory: the limits of containers and of services. */
#ifndef LETRA_BASE_MEMORY_GROUP_H
#define LETRA_BASE_MEMORY_GROUP_H

#include <stddef.h>

/* Bytes that the process can still take within the limits of its control group of version 2 or 1, and of all groups
 * above it; at least 1. File pages that nobody uses count as free. SIZE_MAX: there is no limit. The kernel's files are
 * looked for under `root`, which is "" but for tests: proc/self/cgroup names the group, sys/fs/cgroup has its numbers.
 * In a container, whose own group is seen as the uppermost, the name may be of a group that is not seen. */
size_t memory_group_available(const char *root);

#endif
