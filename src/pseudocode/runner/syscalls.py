"""Numbers of the system calls that a worker may make, and when.

The columns are those of x86_64 (arch/x86/entry/syscalls/syscall_64.tbl) and of aarch64
(scripts/syscall.tbl); `-` where an architecture has no such call. Imported by the worker.
"""

from __future__ import annotations

NEWEST_KNOWN = 469
"""The newest call there was when this list was made (Linux 6.18)."""

ALWAYS = """
read 0 63  write 1 64  pread64 17 67  pwrite64 18 68  readv 19 65  writev 20 66
preadv 295 69  pwritev 296 70  preadv2 327 286  pwritev2 328 287  lseek 8 62
close 3 57  close_range 436 436  dup 32 23  dup2 33 -  dup3 292 24  pipe 22 -  pipe2 293 59
stat 4 -  lstat 6 -  fstat 5 80  newfstatat 262 79  statx 332 291  statfs 137 43  fstatfs 138 44
access 21 -  faccessat 269 48  faccessat2 439 439  readlink 89 -  readlinkat 267 78
getdents 78 -  getdents64 217 61  getcwd 79 17  chdir 80 49  fchdir 81 50  umask 95 166
flock 73 32  fsync 74 82  fdatasync 75 83  ftruncate 77 46  fallocate 285 47
copy_file_range 326 285  sendfile 40 71  fadvise64 221 223  readahead 187 213
getxattr 191 8  lgetxattr 192 9  fgetxattr 193 10
listxattr 194 11  llistxattr 195 12  flistxattr 196 13
select 23 -  pselect6 270 72  poll 7 -  ppoll 271 73  eventfd 284 -  eventfd2 290 19
epoll_create 213 -  epoll_create1 291 20  epoll_ctl 233 21  epoll_wait 232 -
epoll_pwait 281 22  epoll_pwait2 441 441  signalfd 282 -  signalfd4 289 74
timerfd_create 283 85  timerfd_settime 286 86  timerfd_gettime 287 87
brk 12 214  munmap 11 215  mremap 25 216  mprotect 10 226  madvise 28 233
msync 26 227  mincore 27 232  mlock 149 228  munlock 150 229  membarrier 324 283
map_shadow_stack 453 453  mseal 462 462
getpid 39 172  gettid 186 178  getppid 110 173  getpgid 121 155  getpgrp 111 -  getsid 124 156
getuid 102 174  geteuid 107 175  getgid 104 176  getegid 108 177
getresuid 118 148  getresgid 120 150  getgroups 115 158  capget 125 90
setsid 112 157  setpgid 109 154  exit 60 93  exit_group 231 94  wait4 61 260  waitid 247 95
execve 59 221  arch_prctl 158 -  set_tid_address 218 96  set_robust_list 273 99  rseq 334 293
futex 202 98  futex_waitv 449 449  futex_wake 454 454  futex_wait 455 455  futex_requeue 456 456
sched_yield 24 124  sched_getaffinity 204 123  sched_getparam 143 121
sched_getscheduler 145 120  sched_get_priority_max 146 125  sched_get_priority_min 147 126
sched_rr_get_interval 148 127  getpriority 140 141  getcpu 309 168
getrlimit 97 163  setrlimit 160 164  getrusage 98 165  times 100 153  sysinfo 99 179  uname 63 160
rt_sigaction 13 134  rt_sigprocmask 14 135  rt_sigreturn 15 139  rt_sigpending 127 136
rt_sigsuspend 130 133  rt_sigtimedwait 128 137  sigaltstack 131 132  pause 34 -  alarm 37 -
getitimer 36 102  setitimer 38 103  timer_create 222 107  timer_settime 223 110
timer_gettime 224 108  timer_getoverrun 225 109  timer_delete 226 111
nanosleep 35 101  clock_nanosleep 230 115  clock_gettime 228 113  clock_getres 229 114
gettimeofday 96 169  time 201 -  getrandom 318 278  restart_syscall 219 128
sendto 44 206  recvfrom 45 207  sendmsg 46 211  recvmsg 47 212  shutdown 48 210
getsockopt 55 209  getsockname 51 204  getpeername 52 205
"""

WRITING = """
creat 85 -  mkdir 83 -  mkdirat 258 34  rmdir 84 -  unlink 87 -  unlinkat 263 35
rename 82 -  renameat 264 38  renameat2 316 276  link 86 -  linkat 265 37
symlink 88 -  symlinkat 266 36
"""
"""Changes to folders; whoever may make none has no use for them."""

METADATA = """
chmod 90 -  fchmod 91 52  fchmodat 268 53  fchmodat2 452 452
utime 132 -  utimes 235 -  futimesat 261 -  utimensat 280 88
"""
"""Modes and times of files, which Landlock does not look after."""

NETWORK = """
connect 42 203  bind 49 200  listen 50 201  accept 43 202  accept4 288 242
sendmmsg 307 269  recvmmsg 299 243
"""

CONDITIONAL = """
open 2 -  openat 257 56  openat2 437 437  truncate 76 45  socket 41 198  socketpair 53 199
ioctl 16 29  fcntl 72 25  prctl 157 167  prlimit64 302 261  kill 62 129  tgkill 234 131
clone 56 220  clone3 435 435  fork 57 -  vfork 58 -  setsockopt 54 208
mmap 9 222
"""
"""Calls whose arguments decide."""


def numbers(table: str, column: int) -> dict[str, int]:
    """The calls of a table that an architecture has: 0 is x86_64, 1 is aarch64."""
    words = iter(table.split())
    rows = zip(words, words, words, strict=True)
    return {name: int(both[column]) for name, *both in rows if both[column] != "-"}
