#pragma once

/// Makes the calling process the child subreaper of its descendants (`prctl` is variadic, which Swift cannot call).
///
/// Returns 0, or -1 with `errno` set.
int troupe_become_subreaper(void);

/// Opens `path` below the open directory `directory`, and nothing else (openat2(2), which glibc does not wrap).
///
/// The kernel refuses every way out and every symbolic link on the way, the last component included. `flags` are those of
/// open(2) without `O_CREAT`; `O_CLOEXEC` is added.
///
/// Returns a descriptor, or -1 with `errno` set: `ENOSYS` on Linux before 5.6, `EPERM` where a sandbox forbids the call.
int troupe_open_beneath(int directory, const char *path, int flags);
