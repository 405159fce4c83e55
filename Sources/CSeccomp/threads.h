// Inside this target only.
#pragma once

// Runs `action` in every thread of the process, the calling one last; 0 or the first errno.
// Some walls hold for one thread and for those it starts, and the codecs' threads may be older.
int in_every_thread(int (*action)(void));
