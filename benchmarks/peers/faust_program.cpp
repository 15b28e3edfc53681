// Faust as one program that holds all N voices. Usage: faust_programN VOICES.txt SECONDS OUT.wav
#include "faust_host.hpp"
#include PROGRAM_FILE

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: faust_program VOICES.txt SECONDS OUT.wav\n"); return 2; }
  const std::vector<Voice> table = read_voices(argv[1]);
  const double duration = atof(argv[2]), release_at = gate_off_s(duration);
  SNDFILE* wav = open_wav(argv[3]);
  flush_denormals();
  static PadProgram program;
  program.init(int(SAMPLE_RATE));
  UI ui;
  program.buildUserInterface(&ui);
  const size_t count = table.size();
  std::vector<float*> gate(count), cutoff(count);
  for (size_t i = 0; i < count; i++) {
    const std::string prefix = "v" + std::to_string(i) + "_";
    gate[i] = ui.zone.at(prefix + "gate"); *gate[i] = 1;
    cutoff[i] = ui.zone.at(prefix + "cutoff");
  }
  float left[BLOCK], right[BLOCK], out[2 * BLOCK], *outputs[2] = {left, right};
  for (long b = 0; b < long(duration * SAMPLE_RATE / BLOCK); b++) {
    const double t = b * BLOCK / SAMPLE_RATE;
    for (size_t i = 0; i < count; i++) {
      *cutoff[i] = cutoff_hz(table[i], t);
      if (t > release_at) *gate[i] = 0;
    }
    program.compute(BLOCK, nullptr, outputs);
    for (int k = 0; k < BLOCK; k++) { out[2 * k] = left[k]; out[2 * k + 1] = right[k]; }
    sf_writef_float(wav, out, BLOCK);
  }
  sf_close(wav);
}
