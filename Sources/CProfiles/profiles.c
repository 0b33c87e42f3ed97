// Generated: SANDBOX_REGENERATE=1 swift test --filter GeneratedSourcesTests renews it, the same test fails when it is stale.
#include "tables.h"

static const char agent_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against what the agent does inside the project: review its changes before they leave the sandbox\",\n"
    "    \"against secrets that lie in the project or in the environment it is given\",\n"
    "    \"against sending out what it can read, when the network is on\",\n"
    "    \"against everything the profile \\\"default\\\" does not protect against\"\n"
    "  ],\n"
    "  \"description\": \"Commands an AI coding agent runs in a project.\",\n"
    "  \"extends\": \"default\",\n"
    "  \"environment\": [\n"
    "    \"CI\", \"GIT_AUTHOR_NAME\", \"GIT_AUTHOR_EMAIL\", \"GIT_COMMITTER_NAME\", \"GIT_COMMITTER_EMAIL\",\n"
    "    \"GIT_TERMINAL_PROMPT\", \"CARGO_*\", \"GO*\", \"NPM_CONFIG_*\", \"PIP_*\"\n"
    "  ],\n"
    "  \"rlimits\": {\n"
    "    \"RLIMIT_NPROC\": {\"soft\": 4096, \"hard\": 4096}\n"
    "  }\n"
    "}\n";

static const char agent_settings[] =
    "{\"doesNotProtect\":[\"against what the agent does inside the project: review its changes before they leave the sandbox\",\"against secrets that lie in the project or in the environment it is given\",\"against sending out what it can read, when the network is on\",\"against everything the profile \\\"default\\\" does not protect against\"],\"description\":\"Commands an AI coding agent runs in a project.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/sys/devices/virtual/powercap\",\"/sys/firmware\",\"/sys/kernel/debug\",\"/sys/kernel/security\",\"/sys/kernel/tracing\"],\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],\"environment\":[\"CLICOLOR\",\"CLICOLOR_FORCE\",\"COLORTERM\",\"COLUMNS\",\"EDITOR\",\"FORCE_COLOR\",\"LANG\",\"LANGUAGE\",\"LC_*\",\"LINES\",\"LS_COLORS\",\"NO_COLOR\",\"PAGER\",\"PATH\",\"TERM\",\"TZ\",\"VISUAL\",\"CI\",\"GIT_AUTHOR_NAME\",\"GIT_AUTHOR_EMAIL\",\"GIT_COMMITTER_NAME\",\"GIT_COMMITTER_EMAIL\",\"GIT_TERMINAL_PROMPT\",\"CARGO_*\",\"GO*\",\"NPM_CONFIG_*\",\"PIP_*\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0},\"RLIMIT_NPROC\":{\"soft\":4096,\"hard\":4096}},\"network\":\"none\",\"landlock\":{\"files\":true,\"scope\":[\"abstractUnixSocket\",\"signal\"]}}";

static const uint64_t agent_x86_64[] = {
    0x400000020, 0xc000003e4a000015, 0x20, 0x4000000000460035, 0x12a002e0035, 0x9d001e0035, 0x8600110035,
    0x65000e0035, 0x1003000015, 0x1800000020, 0x541200400015, 0x541c3c3f0015, 0x2906000015, 0x1000000020,
    0x100390015, 0x200380015, 0xa00370015, 0x1000360015, 0x5006100000006, 0x3834000015, 0x1000000020,
    0x7e02000032350045, 0x6800310035, 0x6633300015, 0x8900090035, 0x8731000015, 0x1400000020, 0x2f000015,
    0x1000000020, 0x2a0015, 0x800290015, 0x2000000280015, 0x2000800270015, 0xffffffff29260015, 0x9900280035,
    0x8b24270015, 0xec00050035, 0xa300010035, 0xa121240015, 0xba23000035, 0xd400220015, 0xe31e210015,
    0xf800020035, 0xf01f000035, 0xf61b1e0015, 0xfb1d000035, 0x100001c0015, 0x11002000015, 0x1000000020,
    0x7e02008016190045, 0x11715180015, 0x15000090035, 0x13a00050035, 0x12d00010035, 0x12b14110015,
    0x13600130035, 0x13000120015, 0x1340e110015, 0x1400d000035, 0x144000c0035, 0x1420e0b0015, 0x1bc00060035,
    0x1b200010035, 0x1a80b080015, 0x1ba000a0035, 0x1b300070015, 0x1b600080015, 0x1b804070015, 0x1ce00020035,
    0x1cb00050035, 0x1c201040015, 0x1d300010035, 0x7fff000000000006, 0x5002600000006, 0xffffffff01000015,
    0x5000100000006, 0x6,
};

static const uint64_t agent_aarch64[] = {
    0x400000020, 0xc00000b74b000015, 0x20, 0xe0002d0035, 0x74001b0035, 0x59000a0035, 0x2700050035,
    0x1200410015, 0x1d42000015, 0x1800000020, 0x5412003e0015, 0x541c3f3d0015, 0x2b3c000035, 0x33003b0015,
    0x3a003a0015, 0x3c3b390015, 0x68000d0035, 0x5a37000035, 0x5c08000015, 0x1400000020, 0x34000015,
    0x1000000020, 0x340015, 0x800330015, 0x2000000320015, 0x2000800310015, 0xffffffff2e300015, 0x612f000015,
    0x1000000020, 0x7e0200802d2b0045, 0x6b2a000035, 0x702b290015, 0xa300030035, 0x7627000035, 0xa100260035,
    0x8e27250015, 0xdc00090035, 0xd900230035, 0xaa00220015, 0xc623000015, 0x1000000020, 0x100210015,
    0x200200015, 0xa001f0015, 0x10001e0015, 0x5006100000006, 0xdd001c0035, 0x1000000020, 0x7e0200001a180045,
    0x112000a0035, 0xf200030035, 0xe215000035, 0xeb16000035, 0xf013150015, 0x10400010035, 0xf413110035,
    0x10e00100035, 0x106000f0015, 0x109000e0015, 0x10c0f0d0015, 0x1bc00090035, 0x1b200040035, 0x12600020035,
    0x11800090015, 0x11a0a080015, 0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015, 0x1b805030015,
    0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006,
    0x5002600000006, 0x6,
};

static const uint64_t agent_riscv64[] = {
    0x400000020, 0xc00000f34b000015, 0x20, 0xe0002d0035, 0x74001b0035, 0x59000a0035, 0x2600050035,
    0x1200410015, 0x1d42000015, 0x1800000020, 0x5412003e0015, 0x541c3f3d0015, 0x2b3c000035, 0x33003b0015,
    0x3a003a0015, 0x3c3b390015, 0x68000d0035, 0x5a37000035, 0x5c08000015, 0x1400000020, 0x34000015,
    0x1000000020, 0x340015, 0x800330015, 0x2000000320015, 0x2000800310015, 0xffffffff2e300015, 0x612f000015,
    0x1000000020, 0x7e0200802d2b0045, 0x6b2a000035, 0x702b290015, 0xa300030035, 0x7627000035, 0xa100260035,
    0x8e27250015, 0xdc00090035, 0xd900230035, 0xaa00220015, 0xc623000015, 0x1000000020, 0x100210015,
    0x200200015, 0xa001f0015, 0x10001e0015, 0x5006100000006, 0xdd001c0035, 0x1000000020, 0x7e0200001a180045,
    0x112000a0035, 0xf200030035, 0xe215000035, 0xeb16000035, 0xf013150015, 0x10200010035, 0xf413110035,
    0x10e00100035, 0x106000f0015, 0x109000e0015, 0x10c0f0d0015, 0x1bc00090035, 0x1b200040035, 0x12600020035,
    0x11800090015, 0x11a0a080015, 0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015, 0x1b805030015,
    0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006,
    0x5002600000006, 0x6,
};

static const char build_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against a build script that changes the project itself, if that is writable\",\n"
    "    \"against output that does harm where it runs later\",\n"
    "    \"against everything the profile \\\"default\\\" does not protect against but the network\"\n"
    "  ],\n"
    "  \"description\": \"Compilers and package managers: no network beyond unix sockets.\",\n"
    "  \"extends\": \"default\",\n"
    "  \"environment\": [\n"
    "    \"CC\", \"CXX\", \"CFLAGS\", \"CXXFLAGS\", \"LDFLAGS\", \"MAKEFLAGS\", \"CARGO_*\", \"RUST*\", \"GO*\", \"NPM_CONFIG_*\",\n"
    "    \"PIP_*\", \"PKG_CONFIG_PATH\", \"CMAKE_*\", \"CCACHE_*\", \"SOURCE_DATE_EPOCH\", \"JAVA_HOME\"\n"
    "  ],\n"
    "  \"network\": \"none\",\n"
    "  \"seccomp\": {\n"
    "    \"syscalls\": [\n"
    "      {\n"
    "        \"comment\": \"Unix sockets.\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"valueTwo\": 1, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"No other address family: a build that needs the network fails as on a machine without one (EAFNOSUPPORT).\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 97\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";

static const char build_settings[] =
    "{\"doesNotProtect\":[\"against a build script that changes the project itself, if that is writable\",\"against output that does harm where it runs later\",\"against everything the profile \\\"default\\\" does not protect against but the network\"],\"description\":\"Compilers and package managers: no network beyond unix sockets.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/sys/devices/virtual/powercap\",\"/sys/firmware\",\"/sys/kernel/debug\",\"/sys/kernel/security\",\"/sys/kernel/tracing\"],\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],\"environment\":[\"CLICOLOR\",\"CLICOLOR_FORCE\",\"COLORTERM\",\"COLUMNS\",\"EDITOR\",\"FORCE_COLOR\",\"LANG\",\"LANGUAGE\",\"LC_*\",\"LINES\",\"LS_COLORS\",\"NO_COLOR\",\"PAGER\",\"PATH\",\"TERM\",\"TZ\",\"VISUAL\",\"CC\",\"CXX\",\"CFLAGS\",\"CXXFLAGS\",\"LDFLAGS\",\"MAKEFLAGS\",\"CARGO_*\",\"RUST*\",\"GO*\",\"NPM_CONFIG_*\",\"PIP_*\",\"PKG_CONFIG_PATH\",\"CMAKE_*\",\"CCACHE_*\",\"SOURCE_DATE_EPOCH\",\"JAVA_HOME\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0}},\"network\":\"none\",\"landlock\":{\"files\":true,\"scope\":[\"abstractUnixSocket\",\"signal\"]}}";

static const uint64_t build_x86_64[] = {
    0x400000020, 0xc000003e47000015, 0x20, 0x4000000000430035, 0x12a002b0035, 0x9d001b0035, 0x86000e0035,
    0x65000b0035, 0x1003000015, 0x1800000020, 0x5412003d0015, 0x541c393c0015, 0x2903000015, 0x1000000020,
    0x100360015, 0x5006100000006, 0x3834000015, 0x1000000020, 0x7e02000032350045, 0x6800310035, 0x6633300015,
    0x8900090035, 0x8731000015, 0x1400000020, 0x2f000015, 0x1000000020, 0x2a0015, 0x800290015,
    0x2000000280015, 0x2000800270015, 0xffffffff29260015, 0x9900280035, 0x8b24270015, 0xec00050035,
    0xa300010035, 0xa121240015, 0xba23000035, 0xd400220015, 0xe31e210015, 0xf800020035, 0xf01f000035,
    0xf61b1e0015, 0xfb1d000035, 0x100001c0015, 0x11002000015, 0x1000000020, 0x7e02008016190045, 0x11715180015,
    0x15000090035, 0x13a00050035, 0x12d00010035, 0x12b14110015, 0x13600130035, 0x13000120015, 0x1340e110015,
    0x1400d000035, 0x144000c0035, 0x1420e0b0015, 0x1bc00060035, 0x1b200010035, 0x1a80b080015, 0x1ba000a0035,
    0x1b300070015, 0x1b600080015, 0x1b804070015, 0x1ce00020035, 0x1cb00050035, 0x1c201040015, 0x1d300010035,
    0x7fff000000000006, 0x5002600000006, 0xffffffff01000015, 0x5000100000006, 0x6,
};

static const uint64_t build_aarch64[] = {
    0x400000020, 0xc00000b748000015, 0x20, 0xe0002a0035, 0x74001b0035, 0x59000a0035, 0x2700050035,
    0x12003e0015, 0x1d3f000015, 0x1800000020, 0x5412003b0015, 0x541c3c3a0015, 0x2b39000035, 0x3300380015,
    0x3a00370015, 0x3c38360015, 0x68000d0035, 0x5a34000035, 0x5c08000015, 0x1400000020, 0x31000015,
    0x1000000020, 0x310015, 0x800300015, 0x20000002f0015, 0x20008002e0015, 0xffffffff2b2d0015, 0x612c000015,
    0x1000000020, 0x7e0200802a280045, 0x6b27000035, 0x7028260015, 0xa300030035, 0x7624000035, 0xa100230035,
    0x8e24220015, 0xdc00060035, 0xd900200035, 0xaa001f0015, 0xc620000015, 0x1000000020, 0x1001e0015,
    0x5006100000006, 0xdd001c0035, 0x1000000020, 0x7e0200001a180045, 0x112000a0035, 0xf200030035,
    0xe215000035, 0xeb16000035, 0xf013150015, 0x10400010035, 0xf413110035, 0x10e00100035, 0x106000f0015,
    0x109000e0015, 0x10c0f0d0015, 0x1bc00090035, 0x1b200040035, 0x12600020035, 0x11800090015, 0x11a0a080015,
    0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015, 0x1b805030015, 0x1ce00030035, 0x1cb00010035,
    0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006, 0x5002600000006, 0x6,
};

static const uint64_t build_riscv64[] = {
    0x400000020, 0xc00000f348000015, 0x20, 0xe0002a0035, 0x74001b0035, 0x59000a0035, 0x2600050035,
    0x12003e0015, 0x1d3f000015, 0x1800000020, 0x5412003b0015, 0x541c3c3a0015, 0x2b39000035, 0x3300380015,
    0x3a00370015, 0x3c38360015, 0x68000d0035, 0x5a34000035, 0x5c08000015, 0x1400000020, 0x31000015,
    0x1000000020, 0x310015, 0x800300015, 0x20000002f0015, 0x20008002e0015, 0xffffffff2b2d0015, 0x612c000015,
    0x1000000020, 0x7e0200802a280045, 0x6b27000035, 0x7028260015, 0xa300030035, 0x7624000035, 0xa100230035,
    0x8e24220015, 0xdc00060035, 0xd900200035, 0xaa001f0015, 0xc620000015, 0x1000000020, 0x1001e0015,
    0x5006100000006, 0xdd001c0035, 0x1000000020, 0x7e0200001a180045, 0x112000a0035, 0xf200030035,
    0xe215000035, 0xeb16000035, 0xf013150015, 0x10200010035, 0xf413110035, 0x10e00100035, 0x106000f0015,
    0x109000e0015, 0x10c0f0d0015, 0x1bc00090035, 0x1b200040035, 0x12600020035, 0x11800090015, 0x11a0a080015,
    0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015, 0x1b805030015, 0x1ce00030035, 0x1cb00010035,
    0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006, 0x5002600000006, 0x6,
};

static const char default_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against bugs in the system calls that are allowed: some 300 of the kernel's 380 stay reachable\",\n"
    "    \"against reading or changing what is mounted for the command: that is what the mounts decide\",\n"
    "    \"against using up processor time, memory, processes or disk, unless limits are given\",\n"
    "    \"against sending what it can read to wherever the network mode lets it\",\n"
    "    \"against side channels between programs on one machine\"\n"
    "  ],\n"
    "  \"description\": \"Any untrusted command.\",\n"
    "  \"noNewPrivileges\": true,\n"
    "  \"capabilities\": {\n"
    "    \"bounding\": [],\n"
    "    \"effective\": [],\n"
    "    \"permitted\": [],\n"
    "    \"inheritable\": [],\n"
    "    \"ambient\": []\n"
    "  },\n"
    "  \"namespaces\": [\"user\", \"pid\", \"mount\", \"ipc\", \"uts\", \"cgroup\", \"network\"],\n"
    "  \"maskedPaths\": [\n"
    "    \"/proc/acpi\", \"/proc/asound\", \"/proc/interrupts\", \"/proc/kcore\", \"/proc/keys\", \"/proc/latency_stats\",\n"
    "    \"/proc/sched_debug\", \"/proc/scsi\", \"/proc/timer_list\", \"/proc/timer_stats\", \"/sys/devices/virtual/powercap\",\n"
    "    \"/sys/firmware\", \"/sys/kernel/debug\", \"/sys/kernel/security\", \"/sys/kernel/tracing\"\n"
    "  ],\n"
    "  \"readonlyPaths\": [\"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\"],\n"
    "  \"environment\": [\n"
    "    \"CLICOLOR\", \"CLICOLOR_FORCE\", \"COLORTERM\", \"COLUMNS\", \"EDITOR\", \"FORCE_COLOR\", \"LANG\", \"LANGUAGE\", \"LC_*\",\n"
    "    \"LINES\", \"LS_COLORS\", \"NO_COLOR\", \"PAGER\", \"PATH\", \"TERM\", \"TZ\", \"VISUAL\"\n"
    "  ],\n"
    "  \"rlimits\": {\n"
    "    \"RLIMIT_CORE\": {\"soft\": 0, \"hard\": 0}\n"
    "  },\n"
    "  \"network\": \"none\",\n"
    "  \"landlock\": {\"files\": true, \"scope\": [\"abstractUnixSocket\", \"signal\"]},\n"
    "  \"seccomp\": {\n"
    "    \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
    "    \"defaultErrnoRet\": 1,\n"
    "    \"syscalls\": [\n"
    "      {\n"
    "        \"comment\": \"Files and folders.\",\n"
    "        \"names\": [\n"
    "          \"access\", \"chdir\", \"chmod\", \"close\", \"close_range\", \"copy_file_range\", \"creat\", \"dup\", \"dup2\", \"dup3\",\n"
    "          \"faccessat\", \"faccessat2\", \"fadvise64\", \"fadvise64_64\", \"arm_fadvise64_64\", \"fallocate\", \"fchdir\",\n"
    "          \"fchmod\", \"fchmodat\", \"fchmodat2\", \"fcntl\", \"fcntl64\", \"fdatasync\", \"flock\", \"fstat\", \"fstat64\",\n"
    "          \"fstatat64\", \"fstatfs\", \"fstatfs64\", \"fsync\", \"ftruncate\", \"ftruncate64\", \"futimesat\", \"getcwd\",\n"
    "          \"getdents\", \"getdents64\", \"link\", \"linkat\", \"_llseek\", \"lseek\", \"lstat\", \"lstat64\", \"mkdir\",\n"
    "          \"mkdirat\", \"newfstatat\", \"open\", \"openat\", \"openat2\", \"pread64\", \"preadv\", \"preadv2\", \"pwrite64\",\n"
    "          \"pwritev\", \"pwritev2\", \"read\", \"readahead\", \"readlink\", \"readlinkat\", \"readv\", \"rename\", \"renameat\",\n"
    "          \"renameat2\", \"rmdir\", \"sendfile\", \"sendfile64\", \"splice\", \"stat\", \"stat64\", \"statfs\", \"statfs64\",\n"
    "          \"statx\", \"symlink\", \"symlinkat\", \"sync\", \"sync_file_range\", \"sync_file_range2\", \"arm_sync_file_range\",\n"
    "          \"syncfs\", \"tee\", \"truncate\", \"truncate64\", \"umask\", \"unlink\", \"unlinkat\", \"utime\", \"utimensat\",\n"
    "          \"utimensat_time64\", \"utimes\", \"vmsplice\", \"write\", \"writev\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Owners, and named pipes: the kernel checks capabilities for the rest.\",\n"
    "        \"names\": [\n"
    "          \"chown\", \"chown32\", \"fchown\", \"fchown32\", \"fchownat\", \"lchown\", \"lchown32\", \"mknod\", \"mknodat\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Extended attributes.\",\n"
    "        \"names\": [\n"
    "          \"fgetxattr\", \"flistxattr\", \"fremovexattr\", \"fsetxattr\", \"getxattr\", \"getxattrat\", \"lgetxattr\",\n"
    "          \"listxattr\", \"listxattrat\", \"llistxattr\", \"lremovexattr\", \"lsetxattr\", \"removexattr\", \"removexattrat\",\n"
    "          \"setxattr\", \"setxattrat\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Watching files. fanotify_mark is of no use without fanotify_init, which is refused.\",\n"
    "        \"names\": [\n"
    "          \"inotify_add_watch\", \"inotify_init\", \"inotify_init1\", \"inotify_rm_watch\", \"fanotify_mark\",\n"
    "          \"name_to_handle_at\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Typing into the terminal the sandbox shares with its caller: TIOCSTI (CVE-2017-5226).\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 1,\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21522, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Pasting into a virtual console: TIOCLINUX.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 1,\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21532, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Device and terminal requests.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Memory.\",\n"
    "        \"names\": [\n"
    "          \"brk\", \"madvise\", \"map_shadow_stack\", \"membarrier\", \"memfd_create\", \"mincore\", \"mlock\", \"mlock2\",\n"
    "          \"mlockall\", \"mmap\", \"mmap2\", \"mprotect\", \"mremap\", \"mseal\", \"msync\", \"munlock\", \"munlockall\",\n"
    "          \"munmap\", \"pkey_alloc\", \"pkey_free\", \"pkey_mprotect\", \"process_mrelease\", \"remap_file_pages\",\n"
    "          \"cachestat\", \"memfd_secret\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Processes.\",\n"
    "        \"names\": [\n"
    "          \"execve\", \"execveat\", \"exit\", \"exit_group\", \"fork\", \"vfork\", \"wait4\", \"waitid\", \"waitpid\", \"getpgid\",\n"
    "          \"getpgrp\", \"getpid\", \"getppid\", \"getsid\", \"gettid\", \"setpgid\", \"setsid\", \"set_tid_address\",\n"
    "          \"pidfd_open\", \"pidfd_send_signal\", \"set_robust_list\", \"get_robust_list\", \"rseq\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"New processes and threads, without new namespaces.\",\n"
    "        \"names\": [\"clone\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 2114060288, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Its flags lie in memory, where no filter sees them; the C libraries fall back to clone.\",\n"
    "        \"names\": [\"clone3\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 38\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Unsharing files, memory and the working folder, no namespaces.\",\n"
    "        \"names\": [\"unshare\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 2114060416, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Who I am.\",\n"
    "        \"names\": [\n"
    "          \"capget\", \"capset\", \"getegid\", \"getegid32\", \"geteuid\", \"geteuid32\", \"getgid\", \"getgid32\", \"getgroups\",\n"
    "          \"getgroups32\", \"getresgid\", \"getresgid32\", \"getresuid\", \"getresuid32\", \"getuid\", \"getuid32\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Changing ids, within what the user namespace maps.\",\n"
    "        \"names\": [\n"
    "          \"setfsgid\", \"setfsgid32\", \"setfsuid\", \"setfsuid32\", \"setgid\", \"setgid32\", \"setgroups\", \"setgroups32\",\n"
    "          \"setregid\", \"setregid32\", \"setresgid\", \"setresgid32\", \"setresuid\", \"setresuid32\", \"setreuid\",\n"
    "          \"setreuid32\", \"setuid\", \"setuid32\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Signals, to processes of the pid namespace.\",\n"
    "        \"names\": [\n"
    "          \"kill\", \"pause\", \"rt_sigaction\", \"rt_sigpending\", \"rt_sigprocmask\", \"rt_sigqueueinfo\", \"rt_sigreturn\",\n"
    "          \"rt_sigsuspend\", \"rt_sigtimedwait\", \"rt_sigtimedwait_time64\", \"rt_tgsigqueueinfo\", \"sigaltstack\",\n"
    "          \"signalfd\", \"signalfd4\", \"sigprocmask\", \"sigreturn\", \"tgkill\", \"tkill\", \"restart_syscall\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Limits, priorities and facts about the machine.\",\n"
    "        \"names\": [\n"
    "          \"getpriority\", \"getrlimit\", \"getrusage\", \"ioprio_get\", \"ioprio_set\", \"prlimit64\",\n"
    "          \"sched_get_priority_max\", \"sched_get_priority_min\", \"sched_getaffinity\", \"sched_getattr\",\n"
    "          \"sched_getparam\", \"sched_getscheduler\", \"sched_rr_get_interval\", \"sched_rr_get_interval_time64\",\n"
    "          \"sched_setaffinity\", \"sched_setattr\", \"sched_setparam\", \"sched_setscheduler\", \"sched_yield\",\n"
    "          \"setpriority\", \"setrlimit\", \"ugetrlimit\", \"getcpu\", \"times\", \"sysinfo\", \"uname\", \"getrandom\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Clocks and timers.\",\n"
    "        \"names\": [\n"
    "          \"alarm\", \"clock_getres\", \"clock_getres_time64\", \"clock_gettime\", \"clock_gettime64\", \"clock_nanosleep\",\n"
    "          \"clock_nanosleep_time64\", \"getitimer\", \"gettimeofday\", \"nanosleep\", \"setitimer\", \"time\",\n"
    "          \"timer_create\", \"timer_delete\", \"timer_getoverrun\", \"timer_gettime\", \"timer_gettime64\",\n"
    "          \"timer_settime\", \"timer_settime64\", \"timerfd_create\", \"timerfd_gettime\", \"timerfd_gettime64\",\n"
    "          \"timerfd_settime\", \"timerfd_settime64\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Reading the clock's discipline; setting needs CAP_SYS_TIME.\",\n"
    "        \"names\": [\"adjtimex\", \"clock_adjtime\", \"clock_adjtime64\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Waiting, pipes and futexes.\",\n"
    "        \"names\": [\n"
    "          \"epoll_create\", \"epoll_create1\", \"epoll_ctl\", \"epoll_ctl_old\", \"epoll_pwait\", \"epoll_pwait2\",\n"
    "          \"epoll_wait\", \"epoll_wait_old\", \"eventfd\", \"eventfd2\", \"futex\", \"futex_requeue\", \"futex_time64\",\n"
    "          \"futex_wait\", \"futex_waitv\", \"futex_wake\", \"_newselect\", \"pipe\", \"pipe2\", \"poll\", \"ppoll\",\n"
    "          \"ppoll_time64\", \"pselect6\", \"pselect6_time64\", \"select\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Asynchronous reads and writes of the old kind; io_uring is refused.\",\n"
    "        \"names\": [\n"
    "          \"io_cancel\", \"io_destroy\", \"io_getevents\", \"io_pgetevents\", \"io_pgetevents_time64\", \"io_setup\",\n"
    "          \"io_submit\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"System V and POSIX message queues, semaphores and shared memory, of the ipc namespace.\",\n"
    "        \"names\": [\n"
    "          \"mq_getsetattr\", \"mq_notify\", \"mq_open\", \"mq_timedreceive\", \"mq_timedreceive_time64\", \"mq_timedsend\",\n"
    "          \"mq_timedsend_time64\", \"mq_unlink\", \"msgctl\", \"msgget\", \"msgrcv\", \"msgsnd\", \"semctl\", \"semget\",\n"
    "          \"semop\", \"semtimedop\", \"semtimedop_time64\", \"shmat\", \"shmctl\", \"shmdt\", \"shmget\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Unix sockets.\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"valueTwo\": 1, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"IPv4.\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"valueTwo\": 2, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"IPv6.\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"valueTwo\": 10, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Netlink, for the list of addresses and routes; the network namespace and capabilities confine it.\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"valueTwo\": 16, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Every other address family, as a kernel without it would answer (EAFNOSUPPORT): among them AF_ALG, AF_VSOCK, AF_PACKET, AF_XDP and Bluetooth.\",\n"
    "        \"names\": [\"socket\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 97\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Sockets, once opened.\",\n"
    "        \"names\": [\n"
    "          \"accept\", \"accept4\", \"bind\", \"connect\", \"getpeername\", \"getsockname\", \"getsockopt\", \"listen\", \"recv\",\n"
    "          \"recvfrom\", \"recvmmsg\", \"recvmmsg_time64\", \"recvmsg\", \"send\", \"sendmmsg\", \"sendmsg\", \"sendto\",\n"
    "          \"setsockopt\", \"shutdown\", \"socketpair\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Walls a program puts up around itself, thread state, and facts about mounts.\",\n"
    "        \"names\": [\n"
    "          \"landlock_add_rule\", \"landlock_create_ruleset\", \"landlock_restrict_self\", \"prctl\", \"seccomp\",\n"
    "          \"arch_prctl\", \"get_thread_area\", \"set_thread_area\", \"riscv_hwprobe\", \"riscv_flush_icache\",\n"
    "          \"cacheflush\", \"set_tls\", \"breakpoint\", \"uretprobe\", \"listmount\", \"statmount\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Personalities that only change what uname and addresses look like: Linux, 32-bit names, 2.6 version numbers, and the question.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 0, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Personalities that only change what uname and addresses look like: Linux, 32-bit names, 2.6 version numbers, and the question.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 8, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Personalities that only change what uname and addresses look like: Linux, 32-bit names, 2.6 version numbers, and the question.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 131072, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Personalities that only change what uname and addresses look like: Linux, 32-bit names, 2.6 version numbers, and the question.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 131080, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Personalities that only change what uname and addresses look like: Linux, 32-bit names, 2.6 version numbers, and the question.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";

static const char default_settings[] =
    "{\"doesNotProtect\":[\"against bugs in the system calls that are allowed: some 300 of the kernel's 380 stay reachable\",\"against reading or changing what is mounted for the command: that is what the mounts decide\",\"against using up processor time, memory, processes or disk, unless limits are given\",\"against sending what it can read to wherever the network mode lets it\",\"against side channels between programs on one machine\"],\"description\":\"Any untrusted command.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/sys/devices/virtual/powercap\",\"/sys/firmware\",\"/sys/kernel/debug\",\"/sys/kernel/security\",\"/sys/kernel/tracing\"],\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],\"environment\":[\"CLICOLOR\",\"CLICOLOR_FORCE\",\"COLORTERM\",\"COLUMNS\",\"EDITOR\",\"FORCE_COLOR\",\"LANG\",\"LANGUAGE\",\"LC_*\",\"LINES\",\"LS_COLORS\",\"NO_COLOR\",\"PAGER\",\"PATH\",\"TERM\",\"TZ\",\"VISUAL\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0}},\"network\":\"none\",\"landlock\":{\"files\":true,\"scope\":[\"abstractUnixSocket\",\"signal\"]}}";

static const uint64_t default_x86_64[] = {
    0x400000020, 0xc000003e4a000015, 0x20, 0x4000000000460035, 0x12a002e0035, 0x9d001e0035, 0x8600110035,
    0x65000e0035, 0x1003000015, 0x1800000020, 0x541200400015, 0x541c3c3f0015, 0x2906000015, 0x1000000020,
    0x100390015, 0x200380015, 0xa00370015, 0x1000360015, 0x5006100000006, 0x3834000015, 0x1000000020,
    0x7e02000032350045, 0x6800310035, 0x6633300015, 0x8900090035, 0x8731000015, 0x1400000020, 0x2f000015,
    0x1000000020, 0x2a0015, 0x800290015, 0x2000000280015, 0x2000800270015, 0xffffffff29260015, 0x9900280035,
    0x8b24270015, 0xec00050035, 0xa300010035, 0xa121240015, 0xba23000035, 0xd400220015, 0xe31e210015,
    0xf800020035, 0xf01f000035, 0xf61b1e0015, 0xfb1d000035, 0x100001c0015, 0x11002000015, 0x1000000020,
    0x7e02008016190045, 0x11715180015, 0x15000090035, 0x13a00050035, 0x12d00010035, 0x12b14110015,
    0x13600130035, 0x13000120015, 0x1340e110015, 0x1400d000035, 0x144000c0035, 0x1420e0b0015, 0x1bc00060035,
    0x1b200010035, 0x1a80b080015, 0x1ba000a0035, 0x1b300070015, 0x1b600080015, 0x1b804070015, 0x1ce00020035,
    0x1cb00050035, 0x1c201040015, 0x1d300010035, 0x7fff000000000006, 0x5002600000006, 0xffffffff01000015,
    0x5000100000006, 0x6,
};

static const uint64_t default_aarch64[] = {
    0x400000020, 0xc00000b74b000015, 0x20, 0xe0002d0035, 0x74001b0035, 0x59000a0035, 0x2700050035,
    0x1200410015, 0x1d42000015, 0x1800000020, 0x5412003e0015, 0x541c3f3d0015, 0x2b3c000035, 0x33003b0015,
    0x3a003a0015, 0x3c3b390015, 0x68000d0035, 0x5a37000035, 0x5c08000015, 0x1400000020, 0x34000015,
    0x1000000020, 0x340015, 0x800330015, 0x2000000320015, 0x2000800310015, 0xffffffff2e300015, 0x612f000015,
    0x1000000020, 0x7e0200802d2b0045, 0x6b2a000035, 0x702b290015, 0xa300030035, 0x7627000035, 0xa100260035,
    0x8e27250015, 0xdc00090035, 0xd900230035, 0xaa00220015, 0xc623000015, 0x1000000020, 0x100210015,
    0x200200015, 0xa001f0015, 0x10001e0015, 0x5006100000006, 0xdd001c0035, 0x1000000020, 0x7e0200001a180045,
    0x112000a0035, 0xf200030035, 0xe215000035, 0xeb16000035, 0xf013150015, 0x10400010035, 0xf413110035,
    0x10e00100035, 0x106000f0015, 0x109000e0015, 0x10c0f0d0015, 0x1bc00090035, 0x1b200040035, 0x12600020035,
    0x11800090015, 0x11a0a080015, 0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015, 0x1b805030015,
    0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006,
    0x5002600000006, 0x6,
};

static const uint64_t default_riscv64[] = {
    0x400000020, 0xc00000f34b000015, 0x20, 0xe0002d0035, 0x74001b0035, 0x59000a0035, 0x2600050035,
    0x1200410015, 0x1d42000015, 0x1800000020, 0x5412003e0015, 0x541c3f3d0015, 0x2b3c000035, 0x33003b0015,
    0x3a003a0015, 0x3c3b390015, 0x68000d0035, 0x5a37000035, 0x5c08000015, 0x1400000020, 0x34000015,
    0x1000000020, 0x340015, 0x800330015, 0x2000000320015, 0x2000800310015, 0xffffffff2e300015, 0x612f000015,
    0x1000000020, 0x7e0200802d2b0045, 0x6b2a000035, 0x702b290015, 0xa300030035, 0x7627000035, 0xa100260035,
    0x8e27250015, 0xdc00090035, 0xd900230035, 0xaa00220015, 0xc623000015, 0x1000000020, 0x100210015,
    0x200200015, 0xa001f0015, 0x10001e0015, 0x5006100000006, 0xdd001c0035, 0x1000000020, 0x7e0200001a180045,
    0x112000a0035, 0xf200030035, 0xe215000035, 0xeb16000035, 0xf013150015, 0x10200010035, 0xf413110035,
    0x10e00100035, 0x106000f0015, 0x109000e0015, 0x10c0f0d0015, 0x1bc00090035, 0x1b200040035, 0x12600020035,
    0x11800090015, 0x11a0a080015, 0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015, 0x1b805030015,
    0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006,
    0x5002600000006, 0x6,
};

static const char dev_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against one process of the sandbox reading or steering another: ptrace is what debuggers need\",\n"
    "    \"against bugs in ptrace and modify_ldt, which the profile \\\"default\\\" refuses\",\n"
    "    \"against everything the profile \\\"default\\\" does not protect against\"\n"
    "  ],\n"
    "  \"description\": \"Interactive shells and debuggers: may trace its own processes.\",\n"
    "  \"extends\": \"default\",\n"
    "  \"environment\": [\n"
    "    \"DEBUGINFOD_URLS\", \"GDBHISTFILE\", \"HISTFILE\", \"INPUTRC\", \"PS1\", \"EMAIL\", \"GIT_AUTHOR_NAME\",\n"
    "    \"GIT_AUTHOR_EMAIL\", \"GIT_COMMITTER_NAME\", \"GIT_COMMITTER_EMAIL\"\n"
    "  ],\n"
    "  \"rlimits\": {\n"
    "    \"RLIMIT_CORE\": {\"soft\": 0, \"hard\": 18446744073709551615}\n"
    "  },\n"
    "  \"seccomp\": {\n"
    "    \"syscalls\": [\n"
    "      {\n"
    "        \"comment\": \"Tracing processes of the sandbox: gdb, strace, lldb, rr's parts that need no perf events.\",\n"
    "        \"names\": [\n"
    "          \"ptrace\", \"process_vm_readv\", \"process_vm_writev\", \"kcmp\", \"pidfd_getfd\", \"process_madvise\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"16-bit and 32-bit segments, for Wine and old debuggers.\",\n"
    "        \"names\": [\"modify_ldt\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Addresses that are the same in each run (ADDR_NO_RANDOMIZE), as gdb asks for.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 262144, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Addresses that are the same in each run (ADDR_NO_RANDOMIZE), as gdb asks for.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 393216, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";

static const char dev_settings[] =
    "{\"doesNotProtect\":[\"against one process of the sandbox reading or steering another: ptrace is what debuggers need\",\"against bugs in ptrace and modify_ldt, which the profile \\\"default\\\" refuses\",\"against everything the profile \\\"default\\\" does not protect against\"],\"description\":\"Interactive shells and debuggers: may trace its own processes.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/sys/devices/virtual/powercap\",\"/sys/firmware\",\"/sys/kernel/debug\",\"/sys/kernel/security\",\"/sys/kernel/tracing\"],\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],\"environment\":[\"CLICOLOR\",\"CLICOLOR_FORCE\",\"COLORTERM\",\"COLUMNS\",\"EDITOR\",\"FORCE_COLOR\",\"LANG\",\"LANGUAGE\",\"LC_*\",\"LINES\",\"LS_COLORS\",\"NO_COLOR\",\"PAGER\",\"PATH\",\"TERM\",\"TZ\",\"VISUAL\",\"DEBUGINFOD_URLS\",\"GDBHISTFILE\",\"HISTFILE\",\"INPUTRC\",\"PS1\",\"EMAIL\",\"GIT_AUTHOR_NAME\",\"GIT_AUTHOR_EMAIL\",\"GIT_COMMITTER_NAME\",\"GIT_COMMITTER_EMAIL\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":18446744073709551615}},\"network\":\"none\",\"landlock\":{\"files\":true,\"scope\":[\"abstractUnixSocket\",\"signal\"]}}";

static const uint64_t dev_x86_64[] = {
    0x400000020, 0xc000003e49000015, 0x20, 0x4000000000450035, 0xfb002a0035, 0x9d00200035, 0x8600100035,
    0x67000e0035, 0x1003000015, 0x1800000020, 0x5412003f0015, 0x541c3b3e0015, 0x2906000015, 0x1000000020,
    0x100380015, 0x200370015, 0xa00360015, 0x1000350015, 0x5006100000006, 0x3833000015, 0x1000000020,
    0x7e02000031340045, 0x6833300035, 0x89000b0035, 0x8731000015, 0x1400000020, 0x2f000015, 0x1000000020,
    0x40000002a0015, 0x6000000290015, 0x280015, 0x800270015, 0x2000000260015, 0x2000800250015,
    0xffffffff27240015, 0x9b00260035, 0x8b00250015, 0x9921240015, 0xec00050035, 0xa300010035, 0xa11e210015,
    0xba20000035, 0xd4001f0015, 0xe31b1e0015, 0xf01d000035, 0xf8001c0035, 0xf6181b0015, 0x1b200100035,
    0x140000b0035, 0x12a00050035, 0x10000170015, 0x11002000015, 0x1000000020, 0x7e02008011140045,
    0x11710130015, 0x12d00010035, 0x12b110e0015, 0x13000100015, 0x134000f0015, 0x1390b0e0015, 0x14400010035,
    0x1420c090015, 0x15008000035, 0x1a80a070015, 0x1cb00040035, 0x1ba00010035, 0x1b304050015, 0x1bc06000035,
    0x1c202050015, 0x1ce04000035, 0x1d300010035, 0x7fff000000000006, 0x5002600000006, 0xffffffff01000015,
    0x5000100000006, 0x6,
};

static const uint64_t dev_aarch64[] = {
    0x400000020, 0xc00000b74a000015, 0x20, 0xe2002f0035, 0x6b001b0035, 0x59000a0035, 0x2700050035,
    0x1200400015, 0x1d41000015, 0x1800000020, 0x5412003d0015, 0x541c3e3c0015, 0x2b3b000035, 0x33003a0015,
    0x3a00390015, 0x3c3a380015, 0x5a37000035, 0x6800360035, 0x5c0a000015, 0x1400000020, 0x33000015,
    0x1000000020, 0x4000000330015, 0x6000000320015, 0x310015, 0x800300015, 0x20000002f0015, 0x20008002e0015,
    0xffffffff2b2d0015, 0x612c000015, 0x1000000020, 0x7e0200802a280045, 0xd9000d0035, 0xa100030035,
    0x7000250015, 0x7400240015, 0x8e25230015, 0xa322000035, 0xaa00210015, 0xc622000015, 0x1000000020,
    0x100200015, 0x2001f0015, 0xa001e0015, 0x10001d0015, 0x5006100000006, 0xdd00030035, 0xdc18000035,
    0x1000000020, 0x7e02000018160045, 0xe017150035, 0x126000c0035, 0xf400030035, 0xeb14000035, 0xf200130035,
    0xf010120015, 0x11100040035, 0x1040e000035, 0x106000d0015, 0x109000c0015, 0x10c0d0b0015, 0x1120a000035,
    0x11800090015, 0x11a0a080015, 0x1bc00040035, 0x1b200010035, 0x1a805070015, 0x1ba00040035, 0x1b305060015,
    0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006,
    0x5002600000006, 0x6,
};

static const uint64_t dev_riscv64[] = {
    0x400000020, 0xc00000f34a000015, 0x20, 0xe2002f0035, 0x6b001b0035, 0x59000a0035, 0x2600050035,
    0x1200400015, 0x1d41000015, 0x1800000020, 0x5412003d0015, 0x541c3e3c0015, 0x2b3b000035, 0x33003a0015,
    0x3a00390015, 0x3c3a380015, 0x5a37000035, 0x6800360035, 0x5c0a000015, 0x1400000020, 0x33000015,
    0x1000000020, 0x4000000330015, 0x6000000320015, 0x310015, 0x800300015, 0x20000002f0015, 0x20008002e0015,
    0xffffffff2b2d0015, 0x612c000015, 0x1000000020, 0x7e0200802a280045, 0xd9000d0035, 0xa100030035,
    0x7000250015, 0x7400240015, 0x8e25230015, 0xa322000035, 0xaa00210015, 0xc622000015, 0x1000000020,
    0x100200015, 0x2001f0015, 0xa001e0015, 0x10001d0015, 0x5006100000006, 0xdd00030035, 0xdc18000035,
    0x1000000020, 0x7e02000018160045, 0xe017150035, 0x126000c0035, 0xf400030035, 0xeb14000035, 0xf200130035,
    0xf010120015, 0x11100040035, 0x1020e000035, 0x106000d0015, 0x109000c0015, 0x10c0d0b0015, 0x1120a000035,
    0x11800090015, 0x11a0a080015, 0x1bc00040035, 0x1b200010035, 0x1a805070015, 0x1ba00040035, 0x1b305060015,
    0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035, 0x7fff000000000006,
    0x5002600000006, 0x6,
};

static const char gui_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against another window's keys and pictures when the display is X11: all its clients see each other\",\n"
    "    \"against bugs in the graphics driver, which takes complex requests straight from the command\",\n"
    "    \"against recording sound: the sound server is handed over\",\n"
    "    \"against everything the profile \\\"default\\\" does not protect against\"\n"
    "  ],\n"
    "  \"description\": \"Programs with windows: display, sound and graphics sockets.\",\n"
    "  \"extends\": \"default\",\n"
    "  \"desktop\": [\"display\", \"sound\", \"gpu\"],\n"
    "  \"environment\": [\n"
    "    \"DISPLAY\", \"WAYLAND_DISPLAY\", \"XAUTHORITY\", \"XDG_RUNTIME_DIR\", \"XDG_SESSION_TYPE\", \"XDG_CURRENT_DESKTOP\",\n"
    "    \"XCURSOR_*\", \"PULSE_SERVER\", \"PIPEWIRE_*\", \"GDK_*\", \"QT_*\", \"SDL_*\", \"LIBGL_*\", \"MESA_*\", \"__GLX_*\"\n"
    "  ],\n"
    "  \"landlock\": {\"files\": true, \"scope\": [\"signal\"]},\n"
    "  \"seccomp\": {\n"
    "    \"syscalls\": [\n"
    "      {\n"
    "        \"comment\": \"Telling whether two descriptors are one graphics device (Mesa).\",\n"
    "        \"names\": [\"kcmp\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Placing a sound server's and a graphics driver's memory.\",\n"
    "        \"names\": [\"get_mempolicy\", \"mbind\", \"set_mempolicy\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";

static const char gui_settings[] =
    "{\"doesNotProtect\":[\"against another window's keys and pictures when the display is X11: all its clients see each other\",\"against bugs in the graphics driver, which takes complex requests straight from the command\",\"against recording sound: the sound server is handed over\",\"against everything the profile \\\"default\\\" does not protect against\"],\"description\":\"Programs with windows: display, sound and graphics sockets.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/sys/devices/virtual/powercap\",\"/sys/firmware\",\"/sys/kernel/debug\",\"/sys/kernel/security\",\"/sys/kernel/tracing\"],\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],\"environment\":[\"CLICOLOR\",\"CLICOLOR_FORCE\",\"COLORTERM\",\"COLUMNS\",\"EDITOR\",\"FORCE_COLOR\",\"LANG\",\"LANGUAGE\",\"LC_*\",\"LINES\",\"LS_COLORS\",\"NO_COLOR\",\"PAGER\",\"PATH\",\"TERM\",\"TZ\",\"VISUAL\",\"DISPLAY\",\"WAYLAND_DISPLAY\",\"XAUTHORITY\",\"XDG_RUNTIME_DIR\",\"XDG_SESSION_TYPE\",\"XDG_CURRENT_DESKTOP\",\"XCURSOR_*\",\"PULSE_SERVER\",\"PIPEWIRE_*\",\"GDK_*\",\"QT_*\",\"SDL_*\",\"LIBGL_*\",\"MESA_*\",\"__GLX_*\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0}},\"network\":\"none\",\"desktop\":[\"display\",\"sound\",\"gpu\"],\"landlock\":{\"files\":true,\"scope\":[\"signal\"]}}";

static const uint64_t gui_x86_64[] = {
    0x400000020, 0xc000003e4a000015, 0x20, 0x4000000000460035, 0x12d002f0035, 0x9d001e0035, 0x8600110035,
    0x65000e0035, 0x1003000015, 0x1800000020, 0x541200400015, 0x541c3c3f0015, 0x2906000015, 0x1000000020,
    0x100390015, 0x200380015, 0xa00370015, 0x1000360015, 0x5006100000006, 0x3834000015, 0x1000000020,
    0x7e02000032350045, 0x6800310035, 0x6633300015, 0x8900090035, 0x8731000015, 0x1400000020, 0x2f000015,
    0x1000000020, 0x2a0015, 0x800290015, 0x2000000280015, 0x2000800270015, 0xffffffff29260015, 0x9900280035,
    0x8b24270015, 0xf600060035, 0xa300010035, 0xa121240015, 0xba23000035, 0xd400220015, 0xe300210015,
    0xec1d200015, 0xfb00010035, 0xf71e1b0015, 0x12a00050035, 0x100001c0015, 0x11002000015, 0x1000000020,
    0x7e02008016190045, 0x11715180015, 0x12b17140015, 0x1b2000a0035, 0x14000050035, 0x13600020035,
    0x13000130015, 0x1340f120015, 0x13a000e0035, 0x138100d0015, 0x14400010035, 0x1420e0b0015, 0x1500a000035,
    0x1a80c090015, 0x1cb00060035, 0x1ba00030035, 0x1b300070015, 0x1b600080015, 0x1b804070015, 0x1bc06000035,
    0x1c202050015, 0x1ce04000035, 0x1d300010035, 0x7fff000000000006, 0x5002600000006, 0xffffffff01000015,
    0x5000100000006, 0x6,
};

static const uint64_t gui_aarch64[] = {
    0x400000020, 0xc00000b74c000015, 0x20, 0xe0002d0035, 0x74001b0035, 0x59000a0035, 0x2700050035,
    0x1200420015, 0x1d43000015, 0x1800000020, 0x5412003f0015, 0x541c403e0015, 0x2b3d000035, 0x33003c0015,
    0x3a003b0015, 0x3c3c3a0015, 0x68000d0035, 0x5a38000035, 0x5c08000015, 0x1400000020, 0x35000015,
    0x1000000020, 0x350015, 0x800340015, 0x2000000330015, 0x2000800320015, 0xffffffff2f310015, 0x6130000015,
    0x1000000020, 0x7e0200802e2c0045, 0x6b2b000035, 0x702c2a0015, 0xa300030035, 0x7628000035, 0xa100270035,
    0x8e28260015, 0xdc00090035, 0xd900240035, 0xaa00230015, 0xc624000015, 0x1000000020, 0x100220015,
    0x200210015, 0xa00200015, 0x10001f0015, 0x5006100000006, 0xdd001d0035, 0x1000000020, 0x7e0200001b190045,
    0x112000b0035, 0xf200030035, 0xe216000035, 0xee17000035, 0xf014160015, 0x10400010035, 0xf414120035,
    0x10e00030035, 0x10600100015, 0x109000f0015, 0x10c100e0015, 0x1100d0f0015, 0x1bc00090035, 0x1b200040035,
    0x12600020035, 0x11800090015, 0x11a0a080015, 0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015,
    0x1b805030015, 0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035,
    0x7fff000000000006, 0x5002600000006, 0x6,
};

static const uint64_t gui_riscv64[] = {
    0x400000020, 0xc00000f34c000015, 0x20, 0xe0002d0035, 0x74001b0035, 0x59000a0035, 0x2600050035,
    0x1200420015, 0x1d43000015, 0x1800000020, 0x5412003f0015, 0x541c403e0015, 0x2b3d000035, 0x33003c0015,
    0x3a003b0015, 0x3c3c3a0015, 0x68000d0035, 0x5a38000035, 0x5c08000015, 0x1400000020, 0x35000015,
    0x1000000020, 0x350015, 0x800340015, 0x2000000330015, 0x2000800320015, 0xffffffff2f310015, 0x6130000015,
    0x1000000020, 0x7e0200802e2c0045, 0x6b2b000035, 0x702c2a0015, 0xa300030035, 0x7628000035, 0xa100270035,
    0x8e28260015, 0xdc00090035, 0xd900240035, 0xaa00230015, 0xc624000015, 0x1000000020, 0x100220015,
    0x200210015, 0xa00200015, 0x10001f0015, 0x5006100000006, 0xdd001d0035, 0x1000000020, 0x7e0200001b190045,
    0x112000b0035, 0xf200030035, 0xe216000035, 0xee17000035, 0xf014160015, 0x10200010035, 0xf414120035,
    0x10e00030035, 0x10600100015, 0x109000f0015, 0x10c100e0015, 0x1100d0f0015, 0x1bc00090035, 0x1b200040035,
    0x12600020035, 0x11800090015, 0x11a0a080015, 0x1a807090015, 0x1ba00060035, 0x1b300080015, 0x1b600040015,
    0x1b805030015, 0x1ce00030035, 0x1cb00010035, 0x1c202000015, 0x5000100000006, 0x1d300010035,
    0x7fff000000000006, 0x5002600000006, 0x6,
};

static const char nested_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against bugs in the kernel code behind new namespaces, mounts and nf_tables: most local root exploits of recent years went through it\",\n"
    "    \"against everything the profile \\\"default\\\" does not protect against\"\n"
    "  ],\n"
    "  \"description\": \"May make user namespaces and mounts inside: sandboxes in sandboxes, rootless podman, Chromium.\",\n"
    "  \"extends\": \"default\",\n"
    "  \"maskedPaths\": [],\n"
    "  \"readonlyPaths\": [],\n"
    "  \"environment\": [\"CHROME_*\", \"CONTAINERS_*\", \"XDG_*\"],\n"
    "  \"landlock\": {\"scope\": []},\n"
    "  \"seccomp\": {\n"
    "    \"syscalls\": [\n"
    "      {\n"
    "        \"comment\": \"Processes with new namespaces; clone3 too, since there is nothing left to hide from it.\",\n"
    "        \"names\": [\"clone\", \"clone3\", \"unshare\", \"setns\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Mounts, which need capabilities in the mount namespace's user namespace.\",\n"
    "        \"names\": [\n"
    "          \"mount\", \"umount\", \"umount2\", \"move_mount\", \"open_tree\", \"open_tree_attr\", \"fsopen\", \"fsconfig\",\n"
    "          \"fsmount\", \"fspick\", \"mount_setattr\", \"pivot_root\", \"chroot\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Names of the uts namespace.\",\n"
    "        \"names\": [\"sethostname\", \"setdomainname\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"What container engines and Chromium look at in processes they start.\",\n"
    "        \"names\": [\"ptrace\", \"process_vm_readv\", \"kcmp\", \"pidfd_getfd\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Keyrings are not namespaced, but joining a new session keyring is how engines hide theirs.\",\n"
    "        \"names\": [\"keyctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";

static const char nested_settings[] =
    "{\"doesNotProtect\":[\"against bugs in the kernel code behind new namespaces, mounts and nf_tables: most local root exploits of recent years went through it\",\"against everything the profile \\\"default\\\" does not protect against\"],\"description\":\"May make user namespaces and mounts inside: sandboxes in sandboxes, rootless podman, Chromium.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[],\"readonlyPaths\":[],\"environment\":[\"CLICOLOR\",\"CLICOLOR_FORCE\",\"COLORTERM\",\"COLUMNS\",\"EDITOR\",\"FORCE_COLOR\",\"LANG\",\"LANGUAGE\",\"LC_*\",\"LINES\",\"LS_COLORS\",\"NO_COLOR\",\"PAGER\",\"PATH\",\"TERM\",\"TZ\",\"VISUAL\",\"CHROME_*\",\"CONTAINERS_*\",\"XDG_*\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0}},\"network\":\"none\",\"landlock\":{\"scope\":[]}}";

static const uint64_t nested_x86_64[] = {
    0x400000020, 0xc000003e47000015, 0x20, 0x4000000000430035, 0xf000240035, 0xa5001c0035, 0x9900180035,
    0x86000c0035, 0x1003000015, 0x1800000020, 0x5412003d0015, 0x541c393c0015, 0x2906000015, 0x1000000020,
    0x100360015, 0x200350015, 0xa00340015, 0x1000330015, 0x5006100000006, 0x6731340015, 0x8900090035,
    0x8732000015, 0x1400000020, 0x30000015, 0x1000000020, 0x2b0015, 0x8002a0015, 0x2000000290015,
    0x2000800280015, 0xffffffff2a270015, 0x8b26290015, 0x9d00010035, 0x9b27240015, 0xa323260035, 0xac00020035,
    0xa721000035, 0xaa23200035, 0xba22000035, 0xec00210035, 0xd400200015, 0xe31c1f0015, 0x14000100035,
    0xfb00070035, 0xf800010035, 0xf6181b0015, 0xfa1a000035, 0x1400000020, 0x18000015, 0x1000000020,
    0x116130015, 0x12c00030035, 0x10000140015, 0x11700130015, 0x12a0f120015, 0x12d11000035, 0x13000100015,
    0x137000f0015, 0x1390b0e0015, 0x1ac00040035, 0x14400010035, 0x1420b080015, 0x15007000035, 0x1a809060015,
    0x1ce00040035, 0x1cb00070035, 0x1b800060015, 0x1bb00050015, 0x1c201040015, 0x1d400010035,
    0x7fff000000000006, 0x5002600000006, 0xffffffff01000015, 0x5000100000006, 0x6,
};

static const uint64_t nested_aarch64[] = {
    0x400000020, 0xc00000b743000015, 0x20, 0xe200290035, 0xaa00180035, 0x3d00080035, 0x3a00060035,
    0x1200390015, 0x1d03000015, 0x1800000020, 0x541200360015, 0x541c37350015, 0x2a36340015, 0x3b33350015,
    0x68000a0035, 0x5900310015, 0x5c32000015, 0x1400000020, 0x2e000015, 0x1000000020, 0x2e0015, 0x8002d0015,
    0x20000002c0015, 0x20008002b0015, 0xffffffff282a0015, 0x6b27000035, 0x7000260015, 0x7400250015,
    0x8e26240015, 0xdb00090035, 0xab22000035, 0xd900210035, 0xc622000015, 0x1000000020, 0x100200015,
    0x2001f0015, 0xa001e0015, 0x10001d0015, 0x5006100000006, 0xdc00040035, 0x1400000020, 0x17000015,
    0x1000000020, 0x115170015, 0xe016140035, 0x11200090035, 0xf400030035, 0xeb13000035, 0xf200120035,
    0xf00f110015, 0x1040e000035, 0x111000d0035, 0x106000c0015, 0x109000b0015, 0x10f0c0a0015, 0x1cb00080035,
    0x12600020035, 0x11800070015, 0x11a08060015, 0x1ac00010035, 0x1a804060015, 0x1b800030015, 0x1bb00020015,
    0x1c203010015, 0x1ce00010035, 0x5000100000006, 0x1d400010035, 0x7fff000000000006, 0x5002600000006, 0x6,
};

static const uint64_t nested_riscv64[] = {
    0x400000020, 0xc00000f345000015, 0x20, 0xe0002a0035, 0x6b00160035, 0x5c000b0035, 0x2a00060035,
    0x12003b0015, 0x1d03000015, 0x1800000020, 0x541200380015, 0x541c39370015, 0x2638360015, 0x2b35000035,
    0x3a00340015, 0x3c00330015, 0x5934320015, 0x5d00080035, 0x1400000020, 0x2f000015, 0x1000000020, 0x2f0015,
    0x8002e0015, 0x20000002d0015, 0x20008002c0015, 0xffffffff292b0015, 0x682a280035, 0xd9000c0035,
    0xaa00030035, 0x7000250015, 0x7400240015, 0x8e25230015, 0xab22000035, 0xc623000015, 0x1000000020,
    0x100210015, 0x200200015, 0xa001f0015, 0x10001e0015, 0x5006100000006, 0xdb1a000035, 0xdc001b0035,
    0x1400000020, 0x17000015, 0x1000000020, 0x115170015, 0x11100090035, 0xf200030035, 0xe212000035,
    0xeb13000035, 0xf010120015, 0xf411000035, 0x1020e000035, 0x106000d0015, 0x109000c0015, 0x10f0d0b0015,
    0x1ac00050035, 0x11209000035, 0x12600020035, 0x11800070015, 0x11a08060015, 0x1a805070015, 0x1ce00050035,
    0x1cb00030035, 0x1b800020015, 0x1bb00010015, 0x1c202000015, 0x5000100000006, 0x1d400010035,
    0x7fff000000000006, 0x5002600000006, 0x6,
};

static const char privileged_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against anything the user who starts it may do: it is a package, not a wall\"\n"
    "  ],\n"
    "  \"description\": \"Bundles that are to be root: every capability, no filter.\",\n"
    "  \"noNewPrivileges\": false,\n"
    "  \"capabilities\": {\n"
    "    \"bounding\": [\"ALL\"],\n"
    "    \"effective\": [\"ALL\"],\n"
    "    \"permitted\": [\"ALL\"],\n"
    "    \"inheritable\": [],\n"
    "    \"ambient\": []\n"
    "  },\n"
    "  \"namespaces\": [\"pid\", \"mount\", \"ipc\", \"uts\"],\n"
    "  \"maskedPaths\": [],\n"
    "  \"readonlyPaths\": [],\n"
    "  \"environment\": [\"*\"],\n"
    "  \"rlimits\": {},\n"
    "  \"network\": \"host\",\n"
    "  \"landlock\": {\"scope\": []},\n"
    "  \"seccomp\": {\n"
    "    \"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
    "    \"syscalls\": []\n"
    "  }\n"
    "}\n";

static const char privileged_settings[] =
    "{\"doesNotProtect\":[\"against anything the user who starts it may do: it is a package, not a wall\"],\"description\":\"Bundles that are to be root: every capability, no filter.\",\"noNewPrivileges\":false,\"capabilities\":{\"bounding\":[\"ALL\"],\"effective\":[\"ALL\"],\"permitted\":[\"ALL\"],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"pid\",\"mount\",\"ipc\",\"uts\"],\"maskedPaths\":[],\"readonlyPaths\":[],\"environment\":[\"*\"],\"rlimits\":{},\"network\":\"host\",\"landlock\":{\"scope\":[]}}";

static const char strict_source[] =
    "{\n"
    "  \"doesNotProtect\": [\n"
    "    \"against a wrong result: what it computes is its own affair\",\n"
    "    \"against bugs in the system calls that are allowed, some 220\",\n"
    "    \"against using up processor time or memory, unless limits are given\",\n"
    "    \"against side channels between programs on one machine\"\n"
    "  ],\n"
    "  \"description\": \"Pure computation on given files: no sockets but pairs, no shared memory by name, no changes of ownership.\",\n"
    "  \"noNewPrivileges\": true,\n"
    "  \"capabilities\": {\n"
    "    \"bounding\": [],\n"
    "    \"effective\": [],\n"
    "    \"permitted\": [],\n"
    "    \"inheritable\": [],\n"
    "    \"ambient\": []\n"
    "  },\n"
    "  \"namespaces\": [\"user\", \"pid\", \"mount\", \"ipc\", \"uts\", \"cgroup\", \"network\"],\n"
    "  \"maskedPaths\": [\n"
    "    \"/proc/acpi\", \"/proc/asound\", \"/proc/interrupts\", \"/proc/kcore\", \"/proc/keys\", \"/proc/latency_stats\",\n"
    "    \"/proc/sched_debug\", \"/proc/scsi\", \"/proc/timer_list\", \"/proc/timer_stats\", \"/sys/devices/virtual/powercap\",\n"
    "    \"/sys/firmware\", \"/sys/kernel/debug\", \"/sys/kernel/security\", \"/sys/kernel/tracing\", \"/proc/cpuinfo\",\n"
    "    \"/proc/modules\", \"/proc/mounts\", \"/proc/version\", \"/sys\"\n"
    "  ],\n"
    "  \"readonlyPaths\": [\"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\"],\n"
    "  \"environment\": [\"PATH\", \"LANG\", \"LC_*\", \"TZ\", \"TERM\"],\n"
    "  \"rlimits\": {\n"
    "    \"RLIMIT_CORE\": {\"soft\": 0, \"hard\": 0}\n"
    "  },\n"
    "  \"network\": \"none\",\n"
    "  \"landlock\": {\"files\": true, \"scope\": [\"abstractUnixSocket\", \"signal\"]},\n"
    "  \"seccomp\": {\n"
    "    \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
    "    \"defaultErrnoRet\": 1,\n"
    "    \"syscalls\": [\n"
    "      {\n"
    "        \"comment\": \"Files and folders.\",\n"
    "        \"names\": [\n"
    "          \"access\", \"chdir\", \"chmod\", \"close\", \"close_range\", \"copy_file_range\", \"creat\", \"dup\", \"dup2\", \"dup3\",\n"
    "          \"faccessat\", \"faccessat2\", \"fadvise64\", \"fadvise64_64\", \"arm_fadvise64_64\", \"fallocate\", \"fchdir\",\n"
    "          \"fchmod\", \"fchmodat\", \"fchmodat2\", \"fcntl\", \"fcntl64\", \"fdatasync\", \"flock\", \"fstat\", \"fstat64\",\n"
    "          \"fstatat64\", \"fstatfs\", \"fstatfs64\", \"fsync\", \"ftruncate\", \"ftruncate64\", \"futimesat\", \"getcwd\",\n"
    "          \"getdents\", \"getdents64\", \"link\", \"linkat\", \"_llseek\", \"lseek\", \"lstat\", \"lstat64\", \"mkdir\",\n"
    "          \"mkdirat\", \"newfstatat\", \"open\", \"openat\", \"openat2\", \"pread64\", \"preadv\", \"preadv2\", \"pwrite64\",\n"
    "          \"pwritev\", \"pwritev2\", \"read\", \"readahead\", \"readlink\", \"readlinkat\", \"readv\", \"rename\", \"renameat\",\n"
    "          \"renameat2\", \"rmdir\", \"sendfile\", \"sendfile64\", \"splice\", \"stat\", \"stat64\", \"statfs\", \"statfs64\",\n"
    "          \"statx\", \"symlink\", \"symlinkat\", \"sync\", \"sync_file_range\", \"sync_file_range2\", \"arm_sync_file_range\",\n"
    "          \"syncfs\", \"tee\", \"truncate\", \"truncate64\", \"umask\", \"unlink\", \"unlinkat\", \"utime\", \"utimensat\",\n"
    "          \"utimensat_time64\", \"utimes\", \"vmsplice\", \"write\", \"writev\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Reading extended attributes.\",\n"
    "        \"names\": [\n"
    "          \"fgetxattr\", \"flistxattr\", \"getxattr\", \"getxattrat\", \"lgetxattr\", \"listxattr\", \"listxattrat\",\n"
    "          \"llistxattr\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Typing into the terminal the sandbox shares with its caller: TIOCSTI (CVE-2017-5226).\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 1,\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21522, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Pasting into a virtual console: TIOCLINUX.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 1,\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21532, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21505, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21506, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21507, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21508, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21523, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21531, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21537, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21584, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21585, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21519, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Terminal size and modes, bytes waiting, close-on-exec.\",\n"
    "        \"names\": [\"ioctl\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 1, \"value\": 4294967295, \"valueTwo\": 21520, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Memory, without nameless executables and secret memory.\",\n"
    "        \"names\": [\n"
    "          \"brk\", \"madvise\", \"map_shadow_stack\", \"membarrier\", \"mincore\", \"mlock\", \"mlock2\", \"mlockall\", \"mmap\",\n"
    "          \"mmap2\", \"mprotect\", \"mremap\", \"mseal\", \"msync\", \"munlock\", \"munlockall\", \"munmap\", \"pkey_alloc\",\n"
    "          \"pkey_free\", \"pkey_mprotect\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Processes and threads.\",\n"
    "        \"names\": [\n"
    "          \"execve\", \"exit\", \"exit_group\", \"fork\", \"vfork\", \"wait4\", \"waitid\", \"waitpid\", \"getpgid\", \"getpgrp\",\n"
    "          \"getpid\", \"getppid\", \"getsid\", \"gettid\", \"setpgid\", \"setsid\", \"set_tid_address\", \"set_robust_list\",\n"
    "          \"get_robust_list\", \"rseq\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"New processes and threads, without new namespaces.\",\n"
    "        \"names\": [\"clone\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 2114060288, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"}]\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Its flags lie in memory, where no filter sees them; the C libraries fall back to clone.\",\n"
    "        \"names\": [\"clone3\"],\n"
    "        \"action\": \"SCMP_ACT_ERRNO\",\n"
    "        \"errnoRet\": 38\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Who I am.\",\n"
    "        \"names\": [\n"
    "          \"capget\", \"getegid\", \"getegid32\", \"geteuid\", \"geteuid32\", \"getgid\", \"getgid32\", \"getgroups\",\n"
    "          \"getgroups32\", \"getresgid\", \"getresgid32\", \"getresuid\", \"getresuid32\", \"getuid\", \"getuid32\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Signals.\",\n"
    "        \"names\": [\n"
    "          \"kill\", \"pause\", \"rt_sigaction\", \"rt_sigpending\", \"rt_sigprocmask\", \"rt_sigreturn\", \"rt_sigsuspend\",\n"
    "          \"rt_sigtimedwait\", \"rt_sigtimedwait_time64\", \"sigaltstack\", \"signalfd\", \"signalfd4\", \"sigprocmask\",\n"
    "          \"sigreturn\", \"tgkill\", \"tkill\", \"restart_syscall\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Limits and facts.\",\n"
    "        \"names\": [\n"
    "          \"getpriority\", \"getrlimit\", \"getrusage\", \"prlimit64\", \"ugetrlimit\", \"setrlimit\", \"sched_getaffinity\",\n"
    "          \"sched_yield\", \"sched_get_priority_max\", \"sched_get_priority_min\", \"sched_getparam\",\n"
    "          \"sched_getscheduler\", \"getcpu\", \"times\", \"sysinfo\", \"uname\", \"getrandom\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Clocks and timers.\",\n"
    "        \"names\": [\n"
    "          \"alarm\", \"clock_getres\", \"clock_getres_time64\", \"clock_gettime\", \"clock_gettime64\", \"clock_nanosleep\",\n"
    "          \"clock_nanosleep_time64\", \"getitimer\", \"gettimeofday\", \"nanosleep\", \"setitimer\", \"time\",\n"
    "          \"timer_create\", \"timer_delete\", \"timer_getoverrun\", \"timer_gettime\", \"timer_gettime64\",\n"
    "          \"timer_settime\", \"timer_settime64\", \"timerfd_create\", \"timerfd_gettime\", \"timerfd_gettime64\",\n"
    "          \"timerfd_settime\", \"timerfd_settime64\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Waiting, pipes and futexes.\",\n"
    "        \"names\": [\n"
    "          \"epoll_create\", \"epoll_create1\", \"epoll_ctl\", \"epoll_ctl_old\", \"epoll_pwait\", \"epoll_pwait2\",\n"
    "          \"epoll_wait\", \"epoll_wait_old\", \"eventfd\", \"eventfd2\", \"futex\", \"futex_requeue\", \"futex_time64\",\n"
    "          \"futex_wait\", \"futex_waitv\", \"futex_wake\", \"_newselect\", \"pipe\", \"pipe2\", \"poll\", \"ppoll\",\n"
    "          \"ppoll_time64\", \"pselect6\", \"pselect6_time64\", \"select\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Pairs of sockets, which reach nobody else.\",\n"
    "        \"names\": [\n"
    "          \"socketpair\", \"getpeername\", \"getsockname\", \"getsockopt\", \"recvfrom\", \"recvmsg\", \"recvmmsg\",\n"
    "          \"recvmmsg_time64\", \"sendmmsg\", \"sendmsg\", \"sendto\", \"shutdown\", \"setsockopt\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Walls a program puts up around itself, and thread state.\",\n"
    "        \"names\": [\n"
    "          \"landlock_add_rule\", \"landlock_create_ruleset\", \"landlock_restrict_self\", \"prctl\", \"seccomp\",\n"
    "          \"arch_prctl\", \"get_thread_area\", \"set_thread_area\", \"riscv_hwprobe\", \"riscv_flush_icache\"\n"
    "        ],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\"\n"
    "      },\n"
    "      {\n"
    "        \"comment\": \"Asking for the personality.\",\n"
    "        \"names\": [\"personality\"],\n"
    "        \"action\": \"SCMP_ACT_ALLOW\",\n"
    "        \"args\": [{\"index\": 0, \"value\": 4294967295, \"op\": \"SCMP_CMP_EQ\"}]\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";

static const char strict_settings[] =
    "{\"doesNotProtect\":[\"against a wrong result: what it computes is its own affair\",\"against bugs in the system calls that are allowed, some 220\",\"against using up processor time or memory, unless limits are given\",\"against side channels between programs on one machine\"],\"description\":\"Pure computation on given files: no sockets but pairs, no shared memory by name, no changes of ownership.\",\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[],\"inheritable\":[],\"ambient\":[]},\"namespaces\":[\"user\",\"pid\",\"mount\",\"ipc\",\"uts\",\"cgroup\",\"network\"],\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/sys/devices/virtual/powercap\",\"/sys/firmware\",\"/sys/kernel/debug\",\"/sys/kernel/security\",\"/sys/kernel/tracing\",\"/proc/cpuinfo\",\"/proc/modules\",\"/proc/mounts\",\"/proc/version\",\"/sys\"],\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],\"environment\":[\"PATH\",\"LANG\",\"LC_*\",\"TZ\",\"TERM\"],\"rlimits\":{\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0}},\"network\":\"none\",\"landlock\":{\"files\":true,\"scope\":[\"abstractUnixSocket\",\"signal\"]}}";

static const uint64_t strict_x86_64[] = {
    0x400000020, 0xc000003e6d000015, 0x20, 0x4000000000690035, 0xbf003b0035, 0x7100200035, 0x3300140035,
    0x2900110035, 0x1d000f0035, 0x1061000015, 0x1800000020, 0x541200620015, 0x541c00610015, 0x5401005d0015,
    0x5402005c0015, 0x5403005b0015, 0x5404005a0015, 0x541300590015, 0x541b00580015, 0x542100570015,
    0x545000560015, 0x545100550015, 0x540f00540015, 0x541056530015, 0x2055520035, 0x2c54000035, 0x3150530035,
    0x5c00050035, 0x4000030035, 0x384d000015, 0x1000000020, 0x7e0200004b4e0045, 0x484d4a0035, 0x6900030035,
    0x5f4b000035, 0x65004a0015, 0x6746490015, 0x6b48450035, 0x8d000f0035, 0x7c00040035, 0x7800020035,
    0x7300410015, 0x7643400015, 0x7a3f420035, 0x8500020035, 0x7e00400015, 0x813c3f0015, 0x8900050035,
    0x873d000015, 0x1400000020, 0x3b000015, 0x1000000020, 0xffffffff39360015, 0x8b35380015, 0x9d00040035,
    0x9100010035, 0x8f35320015, 0x9900340035, 0x9430330015, 0xba00030035, 0xa300310035, 0x9f00300015,
    0xa12c2f0015, 0xbc2b2e0035, 0x13600180035, 0x101000b0035, 0xce00030035, 0xc527000035, 0xc829000035,
    0xcb25280015, 0xd500010035, 0xd326230015, 0xec00030035, 0xd800240015, 0xdc00230015, 0xe31f220015,
    0xf7211e0015, 0x12600050035, 0x1031c000035, 0x1051e000035, 0x110001d0015, 0x117001c0015, 0x120181b0015,
    0x12900010035, 0x12719160035, 0x13200020035, 0x12b00140015, 0x12e16130015, 0x13412150015, 0x1ba00090035,
    0x14400020035, 0x13c12000035, 0x13f0e110035, 0x1b300020035, 0x14f000f0035, 0x14d0b0e0015, 0x1b40b000035,
    0x1b6000c0015, 0x1b8080b0015, 0x1c400030035, 0x1bc09000035, 0x1bf05000035, 0x1c107040015, 0x1d000020035,
    0x1c902000035, 0x1ce04010015, 0x1d200010035, 0x7fff000000000006, 0x5002600000006, 0xffffffff01000015,
    0x5000100000006, 0x6,
};

static const uint64_t strict_aarch64[] = {
    0x400000020, 0xc00000b75e000015, 0x20, 0xb400380035, 0x5c001f0035, 0x2200150035, 0xe00010035, 0x854560035,
    0x1300010035, 0x1152540015, 0x1a53000035, 0x1d0e000015, 0x1800000020, 0x5412004e0015, 0x541c004d0015,
    0x5401004e0015, 0x5402004d0015, 0x5403004c0015, 0x5404004b0015, 0x5413004a0015, 0x541b00490015,
    0x542100480015, 0x545000470015, 0x545100460015, 0x540f00450015, 0x541042440015, 0x2041430015,
    0x3600030035, 0x2741000035, 0x2b3e000035, 0x333f3d0015, 0x383c000035, 0x5b003b0035, 0x3a003a0015,
    0x3c00390015, 0x593a380015, 0x8c000e0035, 0x6b00070035, 0x5d00040035, 0x1400000020, 0x33000015,
    0x1000000020, 0xffffffff31330015, 0x6800300035, 0x61312f0015, 0x7400010035, 0x702f2d0015, 0x782c000035,
    0x7a002b0015, 0x7f002a0015, 0x8a2b290015, 0xa300060035, 0x9900030035, 0x8d00280015, 0x9400270015,
    0x9624260015, 0xa100230035, 0x9f24220015, 0xaa23000035, 0xac20220035, 0x11700100035, 0xe000070035,
    0xd900020035, 0xcc001e0035, 0xc71b1d0015, 0xdc1a000035, 0xdd001b0035, 0x1000000020, 0x7e02000019170045,
    0x10400030035, 0xe215000035, 0xea16000035, 0xf313150015, 0x10614000035, 0x11400130035, 0x10b00120015,
    0x10d0f110015, 0x1bc00080035, 0x1b300030035, 0x11b0c000035, 0x126000b0035, 0x1240c0a0015, 0x1b40c000035,
    0x1ba00080035, 0x1b600070015, 0x1b808060015, 0x1c900030035, 0x1bf06000035, 0x1c400050035, 0x1c102040015,
    0x1d000020035, 0x1ce00020015, 0x5000100000006, 0x1d200010035, 0x7fff000000000006, 0x5002600000006, 0x6,
};

static const uint64_t strict_riscv64[] = {
    0x400000020, 0xc00000f35e000015, 0x20, 0xb400380035, 0x5c001f0035, 0x2200150035, 0xe00010035, 0x854560035,
    0x1300010035, 0x1152540015, 0x1a53000035, 0x1d0e000015, 0x1800000020, 0x5412004e0015, 0x541c004d0015,
    0x5401004e0015, 0x5402004d0015, 0x5403004c0015, 0x5404004b0015, 0x5413004a0015, 0x541b00490015,
    0x542100480015, 0x545000470015, 0x545100460015, 0x540f00450015, 0x541042440015, 0x2041430015,
    0x3600030035, 0x2641000035, 0x2b3e000035, 0x333f3d0015, 0x383c000035, 0x5b003b0035, 0x3a003a0015,
    0x3c00390015, 0x593a380015, 0x8c000e0035, 0x6b00070035, 0x5d00040035, 0x1400000020, 0x33000015,
    0x1000000020, 0xffffffff31330015, 0x6800300035, 0x61312f0015, 0x7400010035, 0x702f2d0015, 0x782c000035,
    0x7a002b0015, 0x7f002a0015, 0x8a2b290015, 0xa300060035, 0x9900030035, 0x8d00280015, 0x9400270015,
    0x9624260015, 0xa100230035, 0x9f24220015, 0xaa23000035, 0xac20220035, 0x11700100035, 0xe000070035,
    0xd900020035, 0xcc001e0035, 0xc71b1d0015, 0xdc1a000035, 0xdd001b0035, 0x1000000020, 0x7e02000019170045,
    0x10200030035, 0xe215000035, 0xea16000035, 0xf313150015, 0x10614000035, 0x11400130035, 0x10b00120015,
    0x10d0f110015, 0x1bc00080035, 0x1b300030035, 0x11b0c000035, 0x126000b0035, 0x1240c0a0015, 0x1b40c000035,
    0x1ba00080035, 0x1b600070015, 0x1b808060015, 0x1c900030035, 0x1bf06000035, 0x1c400050035, 0x1c102040015,
    0x1d000020035, 0x1ce00020015, 0x5000100000006, 0x1d200010035, 0x7fff000000000006, 0x5002600000006, 0x6,
};

const struct cprofiles_profile cprofiles_profiles[] = {
    { "agent", agent_source, agent_settings, 704, 1453,
      { { agent_x86_64, 77, 4 }, { agent_aarch64, 78, 4 }, { agent_riscv64, 78, 4 }, } },
    { "build", build_source, build_settings, 1096, 1362,
      { { build_x86_64, 74, 4 }, { build_aarch64, 75, 4 }, { build_riscv64, 75, 4 }, } },
    { "default", default_source, default_settings, 13758, 1339,
      { { default_x86_64, 77, 4 }, { default_aarch64, 78, 4 }, { default_riscv64, 78, 4 }, } },
    { "dev", dev_source, dev_settings, 1679, 1385,
      { { dev_x86_64, 76, 4 }, { dev_aarch64, 77, 4 }, { dev_riscv64, 77, 4 }, } },
    { "gui", gui_source, gui_settings, 1210, 1502,
      { { gui_x86_64, 77, 4 }, { gui_aarch64, 79, 4 }, { gui_riscv64, 79, 4 }, } },
    { "nested", nested_source, nested_settings, 1758, 856,
      { { nested_x86_64, 74, 4 }, { nested_aarch64, 70, 4 }, { nested_riscv64, 72, 4 }, } },
    { "privileged", privileged_source, privileged_settings, 622, 453,
      { { 0 }, { 0 }, { 0 }, } },
    { "strict", strict_source, strict_settings, 10826, 1203,
      { { strict_x86_64, 112, 4 }, { strict_aarch64, 97, 4 }, { strict_riscv64, 97, 4 }, } },
};
const unsigned cprofiles_profiles_count = 8;
