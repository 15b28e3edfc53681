// The little that generated Faust code needs to run alone: its base classes and a map from zone name to value.
#pragma once
#include "pad_host.hpp"
#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#ifndef FAUSTFLOAT
#define FAUSTFLOAT float
#endif

struct Meta { void declare(const char*, const char*) {} };

struct UI {
  std::map<std::string, float*> zone;
  void openVerticalBox(const char*) {}
  void openHorizontalBox(const char*) {}
  void openTabBox(const char*) {}
  void closeBox() {}
  void declare(float*, const char*, const char*) {}
  void addButton(const char* name, float* z) { zone[name] = z; }
  void addCheckButton(const char* name, float* z) { zone[name] = z; }
  void addNumEntry(const char* name, float* z, float, float, float, float) { zone[name] = z; }
  void addVerticalSlider(const char* name, float* z, float, float, float, float) { zone[name] = z; }
  void addHorizontalSlider(const char* name, float* z, float, float, float, float) { zone[name] = z; }
};

struct dsp { virtual ~dsp() {} };
