// SPDX-License-Identifier: GPL-2.0-or-later

/** A fix of the series below, with the script that shows its fault. */
interface HandMadeFix {
  readonly id: string;
  readonly patch: string;
  readonly probe: string;
}

/**
 * A series of ten fixes, of which later ones change what earlier ones changed: a function three times, a module twice.
 * `pipe-limit` sets a value in a callback and says so with a state; `loadavg-count` has a shadow variable, whose probe
 * wants it to live on when levels replace each other.
 */
export const TEN_FIXES: readonly HandMadeFix[] = [
  {
    id: 'cmdline-mark',
    patch: `--- a/fs/proc/cmdline.c
+++ b/fs/proc/cmdline.c
@@ -9,2 +9,3 @@
 \tseq_puts(m, saved_command_line);
+\tseq_puts(m, " [first]");
 \tseq_putc(m, '\\n');
`,
    probe: `grep -qF '[first]' /proc/cmdline
`,
  },
  {
    id: 'version-mark',
    patch: `--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -15,2 +15,3 @@
 \t\tutsname()->version);
+\tseq_puts(m, "[version]\\n");
 \treturn 0;
`,
    probe: `grep -qxF '[version]' /proc/version
`,
  },
  {
    id: 'cmdline-more',
    patch: `--- a/fs/proc/cmdline.c
+++ b/fs/proc/cmdline.c
@@ -10,2 +10,3 @@
 \tseq_puts(m, " [first]");
+\tseq_puts(m, " [second]");
 \tseq_putc(m, '\\n');
`,
    probe: `grep -qF '[second]' /proc/cmdline
`,
  },
  {
    id: 'pipe-least',
    patch: `--- a/fs/pipe.c
+++ b/fs/pipe.c
@@ -1240,2 +1240,5 @@
 {
+\tif (size < 8192)
+\t\tsize = 8192;
+
 \tif (size > (1U << 31))
`,
    probe: `cd /proc/sys/fs
old=$(cat pipe-max-size)
echo 1 >pipe-max-size || exit 2
now=$(cat pipe-max-size)
echo $old >pipe-max-size
[ $now -ge 8192 ]
`,
  },
  {
    id: 'pipe-limit',
    patch: `--- a/fs/pipe.c
+++ b/fs/pipe.c
@@ -33,2 +33,3 @@
 #include "internal.h"
+#include <uptide.h>
 
@@ -53,3 +54,3 @@
  */
-static unsigned int pipe_max_size = 1048576;
+static unsigned int pipe_max_size = 524288;
 
@@ -1500,2 +1501,17 @@
 
+static int lower_limit(struct klp_object *obj)
+{
+\tcmpxchg(&pipe_max_size, 1048576, 524288);
+\treturn 0;
+}
+UPTIDE_PRE_PATCH(lower_limit);
+
+static void restore_limit(struct klp_object *obj)
+{
+\tcmpxchg(&pipe_max_size, 524288, 1048576);
+}
+UPTIDE_POST_UNPATCH(restore_limit);
+UPTIDE_STATE(0x5550000a, 1);
+UPTIDE_IGNORE(pipe_max_size, "lower_limit sets it");
+
 static int __init init_pipe_fs(void)
`,
    probe: `[ $(cat /proc/sys/fs/pipe-max-size) = 524288 ]
`,
  },
  {
    id: 'binfmt-status',
    patch: `--- a/fs/binfmt_misc.c
+++ b/fs/binfmt_misc.c
@@ -838,3 +838,3 @@
 {
-\tchar *s = enabled ? "enabled\\n" : "disabled\\n";
+\tchar *s = enabled ? "enabled, fixed\\n" : "disabled\\n";
 
`,
    probe: `mkdir -p /tmp/m
mount -t binfmt_misc none /tmp/m || exit 2
read -r status </tmp/m/status
umount /tmp/m
[ "$status" = 'enabled, fixed' ]
`,
  },
  {
    id: 'loadavg-count',
    patch: `--- a/fs/proc/loadavg.c
+++ b/fs/proc/loadavg.c
@@ -12,2 +12,25 @@
 #include "internal.h"
+#include <uptide.h>
+
+struct reads {
+\tatomic_long_t count;
+};
+
+static int reads_make(void *inode, struct reads *reads)
+{
+\treturn 0;
+}
+
+static void reads_clean(void *inode, struct reads *reads)
+{
+}
+
+UPTIDE_SHADOW(struct reads, reads, 0x5550000b);
+
+static void forget_reads(struct klp_object *obj)
+{
+\treads_drop_all();
+}
+UPTIDE_PRE_UNPATCH(forget_reads);
+UPTIDE_STATE(0x5550000b, 1);
 
@@ -15,2 +38,3 @@
 {
+\tstruct reads *reads = reads_get_or_make(file_inode(m->file), GFP_KERNEL);
 \tunsigned long avnrun[3];
@@ -25,2 +49,4 @@
 \t\tidr_get_cursor(&task_active_pid_ns(current)->idr) - 1);
+\tif (reads)
+\t\tseq_printf(m, "read %ld times\\n", atomic_long_inc_return(&reads->count));
 \treturn 0;
`,
    probe: `now=$(sed -n 's/^read \\([0-9]*\\) times.*/\\1/p' /proc/loadavg)
if [ -z "$now" ]; then rm -f /tmp/reads; exit 1; fi
last=0
[ ! -e /tmp/reads ] || read -r last </tmp/reads
echo $now >/tmp/reads
[ $now -gt $last ]
`,
  },
  {
    id: 'version-more',
    patch: `--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -16,2 +16,3 @@
 \tseq_puts(m, "[version]\\n");
+\tseq_puts(m, "[more]\\n");
 \treturn 0;
`,
    probe: `grep -qxF '[more]' /proc/version
`,
  },
  {
    id: 'pipe-least-more',
    patch: `--- a/fs/pipe.c
+++ b/fs/pipe.c
@@ -1241,4 +1241,4 @@
 {
-\tif (size < 8192)
-\t\tsize = 8192;
+\tif (size < 16384)
+\t\tsize = 16384;
 
`,
    probe: `cd /proc/sys/fs
old=$(cat pipe-max-size)
echo 1 >pipe-max-size || exit 2
now=$(cat pipe-max-size)
echo $old >pipe-max-size
[ $now -ge 16384 ]
`,
  },
  {
    id: 'all-more',
    patch: `--- a/fs/proc/loadavg.c
+++ b/fs/proc/loadavg.c
@@ -50,3 +50,3 @@
 \tif (reads)
-\t\tseq_printf(m, "read %ld times\\n", atomic_long_inc_return(&reads->count));
+\t\tseq_printf(m, "read %ld times, as seen last\\n", atomic_long_inc_return(&reads->count));
 \treturn 0;
--- a/fs/proc/cmdline.c
+++ b/fs/proc/cmdline.c
@@ -11,2 +11,3 @@
 \tseq_puts(m, " [second]");
+\tseq_puts(m, " [third]");
 \tseq_putc(m, '\\n');
--- a/fs/binfmt_misc.c
+++ b/fs/binfmt_misc.c
@@ -838,3 +838,3 @@
 {
-\tchar *s = enabled ? "enabled, fixed\\n" : "disabled\\n";
+\tchar *s = enabled ? "enabled, fixed\\n" : "disabled, fixed\\n";
 
`,
    probe: `grep -qF '[third]' /proc/cmdline
`,
  },
];
