#pragma once

/// Makes the calling process the child subreaper of its descendants (`prctl` is variadic, which Swift cannot call).
///
/// Returns 0, or -1 with `errno` set.
int troupe_become_subreaper(void);
