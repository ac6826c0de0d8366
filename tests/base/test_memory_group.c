/* Limits of control groups, read from files that look like the kernel's. */
#include "support/cmocka_all.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory_group.h"
#include "support/scratch.h"

/* Writes a file below the scratch folder, and makes the folders on the way. */
static void put(Scratch *scratch, const char *path, const char *text) {
    char folder[256];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        (void)mkdir(scratch_path(scratch, folder), 0777);
    }
    scratch_write_text(scratch, path, text);
}

static void put_group2(Scratch *scratch, const char *group, const char *limit, const char *used) {
    char path[256];
    snprintf(path, sizeof path, "sys/fs/cgroup%s/memory.max", group);
    put(scratch, path, limit);
    snprintf(path, sizeof path, "sys/fs/cgroup%s/memory.current", group);
    put(scratch, path, used);
}

static void put_group1(Scratch *scratch, const char *group, const char *limit, const char *used) {
    char path[256];
    snprintf(path, sizeof path, "sys/fs/cgroup/memory%s/memory.limit_in_bytes", group);
    put(scratch, path, limit);
    snprintf(path, sizeof path, "sys/fs/cgroup/memory%s/memory.usage_in_bytes", group);
    put(scratch, path, used);
}

static void without_groups_there_is_no_limit(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    assert_true(memory_group_available(scratch->folder) == SIZE_MAX);
    put(scratch, "proc/self/cgroup", "0::/\n");
    put_group2(scratch, "", "max\n", "700\n");
    assert_true(memory_group_available(scratch->folder) == SIZE_MAX);
    scratch_remove(scratch);
}

/* As a container sees it: its group is the uppermost. */
static void a_container_has_its_limit(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    put_group2(scratch, "", "1000\n", "700\n");
    assert_int_equal(memory_group_available(scratch->folder), 300); /* no name of a group at all */
    put(scratch, "proc/self/cgroup", "0::/\n");
    assert_int_equal(memory_group_available(scratch->folder), 300);
    put(scratch, "proc/self/cgroup", "0::/docker/of/the/host\n"); /* not seen */
    assert_int_equal(memory_group_available(scratch->folder), 300);
    put(scratch, "sys/fs/cgroup/memory.stat", "anon 5\ninactive_file 200\nactive_file 9\n");
    assert_int_equal(memory_group_available(scratch->folder), 500);
    put_group2(scratch, "", "100\n", "700\n");
    assert_int_equal(memory_group_available(scratch->folder), 1);
    scratch_remove(scratch);
}

/* As a service sees it: the groups above it count, too, and the least is left. */
static void all_groups_above_count(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    put(scratch, "proc/self/cgroup", "0::/user.slice/job\n");
    put_group2(scratch, "/user.slice/job", "max\n", "50\n");
    put_group2(scratch, "/user.slice", "1000\n", "100\n");
    assert_int_equal(memory_group_available(scratch->folder), 900);
    put_group2(scratch, "/user.slice/job", "400\n", "50\n");
    assert_int_equal(memory_group_available(scratch->folder), 350);
    put_group2(scratch, "/user.slice", "1000\n", "900\n");
    assert_int_equal(memory_group_available(scratch->folder), 100);
    scratch_remove(scratch);
}

static void version_1_has_limits(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    put(scratch, "proc/self/cgroup", "5:cpu,cpuacct:/a\n4:hugetlb,memory:/b/c\n1:name=systemd:/d\n0::/e\n");
    put_group1(scratch, "", "9223372036854771712\n", "9000\n");
    put_group1(scratch, "/b", "5000\n", "2000\n");
    put_group1(scratch, "/a", "20\n", "10\n"); /* of others */
    assert_int_equal(memory_group_available(scratch->folder), 3000);
    put_group1(scratch, "/b/c", "1000\n", "900\n");
    assert_int_equal(memory_group_available(scratch->folder), 100);
    put(scratch, "sys/fs/cgroup/memory/b/c/memory.stat", "inactive_file 1\ntotal_inactive_file 300\n");
    assert_int_equal(memory_group_available(scratch->folder), 400);
    scratch_remove(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_groups_there_is_no_limit),
        cmocka_unit_test(a_container_has_its_limit),
        cmocka_unit_test(all_groups_above_count),
        cmocka_unit_test(version_1_has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
