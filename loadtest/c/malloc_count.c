// Counts a process's calls to the allocator. Preloaded into it, writes the running totals to the
// shared page MALLOC_COUNT_PAGE.<pid>: calls that allocate, then calls that free, 8 bytes each.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

struct totals { uint64_t allocations, frees; };

static struct totals before_the_page;
static struct totals *totals = &before_the_page;

__attribute__((constructor)) static void open_page(void) {
    const char *prefix = getenv("MALLOC_COUNT_PAGE");
    char path[512];
    if (!prefix) return;
    snprintf(path, sizeof path, "%s.%d", prefix, getpid());
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || ftruncate(descriptor, sizeof *totals)) abort();
    void *page = mmap(NULL, sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page == MAP_FAILED) abort();
    close(descriptor);
    totals = page;
}

static void count_allocation(void) { __atomic_fetch_add(&totals->allocations, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
    count_allocation();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_allocation();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    count_allocation();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count_allocation();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *memory = memalign(alignment, size);
    if (!memory) return ENOMEM;
    *out = memory;
    return 0;
}

void free(void *memory) {
    if (memory) __atomic_fetch_add(&totals->frees, 1, __ATOMIC_RELAXED);
    __libc_free(memory);
}
