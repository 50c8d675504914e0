#include "pixelpass/base/process_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace pixelpass {

std::chrono::microseconds process_cpu_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::size_t process_resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

double CpuMeter::percent_since_last(Instant now) {
  const auto cpu = process_cpu_time();
  const double wall = to_ms(now - since_);
  const double used = to_ms(cpu - cpu_);
  since_ = now;
  cpu_ = cpu;
  return wall > 0 ? used / wall * 100 : 0;
}

}  // namespace pixelpass
