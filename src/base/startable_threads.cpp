#include "pixelpass/base/startable_threads.hpp"

#include <exception>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace pixelpass {
namespace {

constexpr const char* kHint =
    "end other programs, or raise the limit: ulimit -u or -v; of a container or a service pids.max "
    "(TasksMax)";

}  // namespace

unsigned startable_threads(unsigned most) {
  std::latch over(1);
  std::vector<std::jthread> threads;
  threads.reserve(most);
  try {
    while (threads.size() < most) threads.emplace_back([&over] { over.wait(); });
  } catch (const std::exception&) {
    // The threads started until then are the answer.
  }
  over.count_down();
  return static_cast<unsigned>(threads.size());
}

std::optional<Error> too_few_threads(unsigned startable) {
  if (startable >= kFewestThreads) return std::nullopt;
  return Error{"no more than " + std::to_string(startable) + " threads can be started here, and at least " +
                   std::to_string(kFewestThreads) + " have to be",
               kHint};
}

Error no_thread(const std::string& that_does, const std::system_error& why) {
  return {"no thread can be started that " + that_does + ": " + why.code().message(), kHint};
}

}  // namespace pixelpass
