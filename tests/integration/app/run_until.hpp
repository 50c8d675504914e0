#pragma once

#include "pixelpass/base/clock.hpp"

#include <boost/asio/io_context.hpp>

namespace pixelpass::test {

/// Lets `io` run until `reached`, 20 s at the most; whether it was.
bool run_until(boost::asio::io_context& io, const auto& reached) {
  const Instant deadline = Clock::now() + std::chrono::seconds(20);
  while (!reached() && Clock::now() < deadline) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(10));
  }
  return reached();
}

}  // namespace pixelpass::test
