#include "pixelpass/app/interrupts.hpp"

#include "pixelpass/base/error.hpp"

#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace pixelpass::app {

Interrupts::Interrupts(boost::asio::io_context& io, std::function<void()> on_first)
    : signals_(io, SIGINT, SIGTERM), on_first_(std::move(on_first)) {
  wait();
}

void Interrupts::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    if (seen_) _exit(static_cast<int>(ExitCode::kInterrupted));
    seen_ = true;
    wait();
    on_first_();
  });
}

}  // namespace pixelpass::app
