// The control: a JACK client in C that plays a ramp, k / 65536 modulo 1, and does nothing else.
// What it loses is what this machine itself loses. Plays until its standard input closes.
#include <jack/jack.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

static jack_port_t* output;
static double k;

static int on_cycle(jack_nframes_t frames, void* unused) {
  (void)unused;
  float* out = jack_port_get_buffer(output, frames);
  for (jack_nframes_t i = 0; i < frames; i++, k++) out[i] = k / 65536 - floor(k / 65536);
  return 0;
}

int main(void) {
  jack_client_t* client = jack_client_open("idle", JackNoStartServer, NULL);
  if (!client) { fprintf(stderr, "idle_client: no JACK server.\n"); return 1; }
  output = jack_port_register(client, "out_0", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  jack_set_process_callback(client, on_cycle, NULL);
  jack_activate(client);
  while (getchar() != EOF) {}
  puts("{}");
  fflush(stdout);
  _exit(0);
}
