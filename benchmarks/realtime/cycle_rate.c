// Prints how many ticks a second the processor's cycle counter makes: the unit of the callback's own times.
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static uint64_t cycles(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "no cycle counter is known for this processor"
#endif
}

static double seconds(void) {
  struct timespec clock;
  clock_gettime(CLOCK_MONOTONIC, &clock);
  return clock.tv_sec + clock.tv_nsec * 1e-9;
}

int main(void) {
  const double start = seconds();
  const uint64_t first = cycles();
  usleep(200000);
  const uint64_t last = cycles();
  printf("%.0f\n", (last - first) / (seconds() - start));
}
