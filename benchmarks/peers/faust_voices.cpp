// Faust as its polyphonic hosts run it: one compiled voice, N instances, one reverb.
// Usage: faust_voices VOICES.txt SECONDS OUT.wav
#include "faust_host.hpp"
#include VOICE_FILE
#include REVERB_FILE

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: faust_voices VOICES.txt SECONDS OUT.wav\n"); return 2; }
  const std::vector<Voice> table = read_voices(argv[1]);
  const double duration = atof(argv[2]), release_at = gate_off_s(duration);
  SNDFILE* wav = open_wav(argv[3]);
  flush_denormals();
  const size_t count = table.size();
  std::vector<PadVoice> voices(count);
  std::vector<float*> gate(count), cutoff(count);
  PadReverb reverb;
  reverb.init(int(SAMPLE_RATE));
  for (size_t i = 0; i < count; i++) {
    voices[i].init(int(SAMPLE_RATE));
    UI ui;
    voices[i].buildUserInterface(&ui);
    *ui.zone["frequency"] = table[i].frequency; *ui.zone["gain"] = table[i].gain;
    *ui.zone["pan"] = (table[i].pan + 1) / 2;
    gate[i] = ui.zone["gate"]; *gate[i] = 1;
    cutoff[i] = ui.zone["cutoff"];
  }
  float left[BLOCK], right[BLOCK], mix_left[BLOCK], mix_right[BLOCK], out_left[BLOCK], out_right[BLOCK], out[2 * BLOCK];
  float *voice_out[2] = {left, right}, *mix[2] = {mix_left, mix_right}, *reverb_out[2] = {out_left, out_right};
  for (long b = 0; b < long(duration * SAMPLE_RATE / BLOCK); b++) {
    const double t = b * BLOCK / SAMPLE_RATE;
    memset(mix_left, 0, sizeof mix_left); memset(mix_right, 0, sizeof mix_right);
    for (size_t i = 0; i < count; i++) {
      *cutoff[i] = cutoff_hz(table[i], t);
      if (t > release_at) *gate[i] = 0;
      voices[i].compute(BLOCK, nullptr, voice_out);
      for (int k = 0; k < BLOCK; k++) { mix_left[k] += left[k]; mix_right[k] += right[k]; }
    }
    reverb.compute(BLOCK, mix, reverb_out);
    for (int k = 0; k < BLOCK; k++) { out[2 * k] = out_left[k]; out[2 * k + 1] = out_right[k]; }
    sf_writef_float(wav, out, BLOCK);
  }
  sf_close(wav);
}
