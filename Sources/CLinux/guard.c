#include "CLinux.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>

// Where the thread goes when the page it copies can not be read. Only frames of this file and of
// memcpy lie in between: nothing that would have to be unwound.
static _Thread_local jmp_buf *volatile landing;
static struct sigaction before;

static void fall(int signal, siginfo_t *info, void *context) {
    if (landing != NULL) _longjmp(*landing, 1);
    // Not ours: as if this handler were not there.
    if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(signal, info, context);
    sigaction(signal, &before, NULL);
    raise(signal);
}

void CLinux_guard_maps(void) {
    // A jump leaves the handler without its end: the signal must not be blocked meanwhile.
    struct sigaction action = {
        .sa_sigaction = fall, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

int CLinux_copy_mapped(void *to, const void *from, size_t count) {
    jmp_buf here;
    if (_setjmp(here) != 0) {
        landing = NULL;
        return 0;
    }
    landing = &here;
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(to, from, count);
    atomic_signal_fence(memory_order_seq_cst);
    landing = NULL;
    return 1;
}
