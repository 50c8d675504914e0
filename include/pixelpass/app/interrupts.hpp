#pragma once

#include <boost/asio/signal_set.hpp>

#include <functional>

namespace pixelpass::app {

/// SIGINT and SIGTERM. The first one calls `on_first` on the network thread; a second one ends the process at
/// once with kInterrupted.
class Interrupts {
 public:
  Interrupts(boost::asio::io_context& io, std::function<void()> on_first);

 private:
  void wait();

  boost::asio::signal_set signals_;
  std::function<void()> on_first_;
  bool seen_ = false;
};

}  // namespace pixelpass::app
