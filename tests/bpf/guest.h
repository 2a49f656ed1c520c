/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests on a real kernel share. They use sched.h as the daemon does, and need root and a
 * kernel with sched_ext: elsewhere they say what is missing and count as skipped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/kernel.h"
#include "daemon/sched.h"
#include "tests/test.h"

#define MSEC UINT64_C(1000000)
#define SEC UINT64_C(1000000000)

extern const struct bpfland_tunables guest_tunables;	/* those of the profile "balanced" */

/* Exits with 77 and a sentence unless the test can run here with at least @cpus CPUs. */
void guest_require(unsigned cpus);

/* Whether time is what the guest computes, and nothing else on the machine can delay it. */
bool guest_is_exact(void);

/* Starts the scheduler, or says why not and exits with 1. */
struct sched *guest_start(uint32_t timeout_msec);

struct kernel_sched_ext guest_kernel(void);
uint64_t guest_counter(struct sched *s, enum bpfland_counter c);

/*
 * The number that follows @word in the scheduler's dump, at or after the first @after: what it
 * knows of one queue or CPU. UINT64_MAX if there is none.
 */
uint64_t guest_dumped(struct sched *s, const char *after, const char *word);

uint64_t guest_now(void);			/* CLOCK_MONOTONIC */
void guest_pass(uint64_t ns);			/* lets that much time go by */

/* A child that computes for ever, on @cpu only unless that is -1. Killed with its parent. */
pid_t guest_hog(int cpu, int nice);

/*
 * One that counts in *@ret_rounds, for as long as the test lives, how much it has computed. Linux
 * 7.3 does not count, as a task's CPU time, what it ran between the last tick and a switch to idle.
 */
pid_t guest_counting_hog(int cpu, volatile uint64_t **ret_rounds);
uint64_t guest_cpu_time(pid_t pid);
uint64_t guest_involuntary_switches(pid_t pid);

/*
 * Waits until a turn of @pid, which computes, has just ended; for 10 s at most. Between two such
 * moments it has run for whole turns: of a hundredth of a CPU, few tell as much as many.
 */
void guest_pass_turn(pid_t pid);
void guest_kill(pid_t pid);
void guest_pin(int cpu);

/* Waits until nothing is left of an earlier scheduler: before that no CPU may go offline. */
void guest_settle(void);

/* False if @cpu cannot come or go here. */
bool guest_set_online(unsigned cpu, bool online);

/* A SCHED_FIFO child that computes on @cpu for @ns and exits. */
pid_t guest_rt(int cpu, uint64_t ns);
void guest_wait(pid_t pid);
