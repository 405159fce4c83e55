// Counts the calls that wait for the disk (LD_PRELOAD), in the file that SYNC_COUNT names. Each takes
// SYNC_MICROSECONDS more, as on a disk that is slower.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic long *counter;
static useconds_t delay;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SYNC_COUNT"), *microseconds = getenv("SYNC_MICROSECONDS");
    if (microseconds) delay = (useconds_t)atoi(microseconds);
    int file = path ? open(path, O_RDWR) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) counter = map;
    close(file);
}

static int counted(const char *name, int descriptor) {
    if (counter) atomic_fetch_add(counter, 1);
    if (delay) usleep(delay);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
}

int fsync(int descriptor) { return counted("fsync", descriptor); }
int fdatasync(int descriptor) { return counted("fdatasync", descriptor); }
