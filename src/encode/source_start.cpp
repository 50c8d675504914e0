#include "pixelpass/encode/source_start.hpp"

#include <exception>
#include <string>
#include <utility>

namespace pixelpass::encode {
namespace {

SourceStart::Outcome outcome_of(const SourceStart::Make& make, const std::stop_token& stop) {
  try {
    return make(stop);
  } catch (const StartupError& error) {
    return error.error();
  } catch (const std::exception& error) {
    return Error{std::string("unexpected: ") + error.what(), "run it again with --log-level debug"};
  }
}

}  // namespace

SourceStart::SourceStart(Make make, std::function<void()> on_over)
    : make_(std::move(make)),
      on_over_(std::move(on_over)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SourceStart::~SourceStart() {
  thread_.request_stop();
  thread_.join();
}

void SourceStart::run(const std::stop_token& stop) {
  auto outcome = outcome_of(make_, stop);
  {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
  }
  on_over_();
}

SourceStart::Outcome SourceStart::take() {
  const std::lock_guard lock(mutex_);
  return *std::exchange(outcome_, std::nullopt);
}

}  // namespace pixelpass::encode
