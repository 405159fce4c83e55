#include "CLinux.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

// Where the linker put the program; its own places are told from there, as `addr2line` takes them.
extern const char __executable_start[], etext[];

static const struct {
    int number;
    const char *name;
} traps[] = {
    {SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"}, {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},   {SIGABRT, "SIGABRT"}, {SIGSYS, "SIGSYS"},
};
enum { trap_count = sizeof traps / sizeof *traps };
// What was there before: the runtime's own, if it was asked to tell of traps.
static struct sigaction before[trap_count];

// A line that is put together without the C library's help.
typedef struct Line {
    char bytes[256];
    size_t count;
} Line;

static void add(Line *line, const char *text) {
    while (*text != 0 && line->count < sizeof line->bytes) line->bytes[line->count++] = *text++;
}

static void add_number(Line *line, uintptr_t number) {
    char digits[2 + 2 * sizeof number + 1];
    char *start = digits + sizeof digits - 1;
    *start = 0;
    do *--start = "0123456789abcdef"[number & 15];
    while ((number >>= 4) != 0);
    *--start = 'x';
    *--start = '0';
    add(line, start);
}

static uintptr_t place_of(const void *context) {
    const ucontext_t *where = context;
#if defined(__x86_64__)
    return (uintptr_t)where->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)where->uc_mcontext.pc;
#else
    (void)where;
    return 0;
#endif
}

void CLinux_tell_trap(int number, siginfo_t *info, void *context) {
    int index = 0;
    while (index < trap_count - 1 && traps[index].number != number) index++;
    char thread[16] = "";
    prctl(PR_GET_NAME, thread);
    uintptr_t place = place_of(context), start = (uintptr_t)__executable_start;
    Line line = {.count = 0};
    add(&line, "{\"level\":\"error\",\"event\":\"trapped\",\"signal\":\"");
    add(&line, traps[index].name);
    add(&line, "\",\"thread\":\"");
    add(&line, thread);
    add(&line, "\",\"place\":\"");
    if (place >= start && place < (uintptr_t)etext) {
        add(&line, "program+");
        add_number(&line, place - start);
    } else {
        add_number(&line, place);
    }
    // Of a signal that the kernel sent for what the program did.
    if (info->si_code > 0 && number != SIGABRT) {
        add(&line, "\",\"address\":\"");
        add_number(&line, (uintptr_t)info->si_addr);
    }
    add(&line, "\"}\n");
    ssize_t ignored = write(STDERR_FILENO, line.bytes, line.count);
    (void)ignored;
    if ((before[index].sa_flags & SA_SIGINFO) && before[index].sa_sigaction != NULL) {
        before[index].sa_sigaction(number, info, context);
        return;
    }
    // Then as if nobody had looked: by the same signal, with its core.
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
    raise(number);
}

void CLinux_tell_traps(void) {
    CLinux_take_signal_stack();
    for (int index = 0; index < trap_count; index++) {
        struct sigaction action = {
            .sa_sigaction = CLinux_tell_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigfillset(&action.sa_mask);
        sigaction(traps[index].number, &action, &before[index]);
    }
}

// A stack that has overflowed can not run a handler.
void CLinux_take_signal_stack(void) {
    static _Thread_local char bytes[32 << 10];
    stack_t stack = {.ss_sp = bytes, .ss_size = sizeof bytes};
    sigaltstack(&stack, NULL);
}
