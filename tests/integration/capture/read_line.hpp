#pragma once

#include <unistd.h>

#include <string>

namespace pixelpass::capture::test {

/// Waits for a line, or the end: a server writes there where it can be reached, once it can.
inline std::string read_line(int file) {
  std::string line;
  for (char next = 0; ::read(file, &next, 1) == 1 && next != '\n';) line += next;
  return line;
}

}  // namespace pixelpass::capture::test
