/* Numbers in the files in which the kernel tells of the machine (/proc, /sys/fs/cgroup). */
#ifndef LETRA_BASE_KERNEL_FILE_H
#define LETRA_BASE_KERNEL_FILE_H

#include <stddef.h>

/* Number `index`, from 0 on, after `key` at the start of a line; SIZE_MAX if there is none ("max", no such line, no
 * such file) or it is negative. */
size_t kernel_file_number(const char *path, const char *key, size_t index);

#endif
