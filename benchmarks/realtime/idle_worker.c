// The control for tests in seconds: an ordinary process in C that asks for 50 ms of a processor every second
// and prints how many times as long that took. What it has to wait for, every program here waits for.
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double WORK_S = 0.05, EVERY_S = 1.0;

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(void) {
  while (1) {
    const double began = now(CLOCK_MONOTONIC), worked = now(CLOCK_THREAD_CPUTIME_ID);
    while (now(CLOCK_THREAD_CPUTIME_ID) - worked < WORK_S) {}
    printf("%.3f\n", (now(CLOCK_MONOTONIC) - began) / WORK_S);
    if (fflush(stdout)) return 0;
    usleep((useconds_t)(EVERY_S * 1e6));
  }
}
