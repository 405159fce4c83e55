// The walls a process raises around itself: privileges, resource limits, Landlock, seccomp. Each
// function returns 0 or an errno, and what it did can not be taken back.
#pragma once
#include <stdint.h>

// Of this process, before any other wall: no capabilities, no new privileges by exec (in every
// thread), not dumpable, so that no process of the same user can read it.
int CSeccomp_drop_privileges(void);

// Address space, size of a file and number of descriptors; no core, no locked
// memory, no message queue. ENOMEM when more address space than that is in use already.
int CSeccomp_limit(uint64_t memory_bytes, uint64_t file_bytes, uint64_t descriptors);

// Seconds of processor time from now on, after which SIGXCPU ends the process.
int CSeccomp_renew_processor_time(uint32_t seconds);

// The highest version of Landlock that the kernel has, 0 for none.
int CSeccomp_landlock_version(void);

// No path at all, in every thread; where the kernel knows them no TCP port, no abstract socket
// and no signal out of here either.
int CSeccomp_landlock(void);

// From now on, in every thread: only calls on memory, threads and the descriptors that are there.
// Names of files are refused with EACCES, everything else that is not on the list ends the process.
int CSeccomp_filter(void);
