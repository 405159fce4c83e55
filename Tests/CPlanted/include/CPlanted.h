// What code injected into a decoder would try, by plain calls of the C library.
#pragma once

// Starts a thread that does its part of `in-older-thread`; before the walls go up.
int CPlanted_prepare(void);

// 0 when the attempt worked, 1 when it was refused, -1 when there is none of that name.
int CPlanted_attempt(const char *_Nonnull name);
