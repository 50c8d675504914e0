#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/traversal/port_mapping.hpp"

#include "traversal/default_gateway.hpp"
#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace pixelpass::traversal {

/// Has the router map ports by UPnP, in a thread of its own, since libminiupnpc's calls wait. Constructed,
/// used and destroyed on the network thread, which never waits for it but in finish().
class UpnpMapper {
 public:
  /// On the network thread, and never from within a call of ours. Each address of a job comes to on_mapped or
  /// on_over.
  struct Handlers {
    /// Also when the outer address has become another one.
    std::function<void(const PortMapping&)> on_mapped;
    /// No more of this address until the next job. Also of what was dropped after it had been mapped.
    std::function<void(const SocketAddress& inner, const std::string& why)> on_over;
  };
  struct Job {
    std::vector<SocketAddress> inner;  ///< ours, with the port; IPv4 and IPv6
    std::optional<Gateway> v4;
    std::optional<Gateway> v6;
    MappedTransport transport = MappedTransport::kUdp;  ///< the same in all jobs of a mapper
    std::chrono::seconds lifetime{};
  };

  UpnpMapper(const boost::asio::any_io_executor& executor, Handlers handlers);
  /// finish(now).
  ~UpnpMapper();
  UpnpMapper(const UpnpMapper&) = delete;
  UpnpMapper& operator=(const UpnpMapper&) = delete;

  /// Instead of the job before. What that one has mapped and this one has not is given back, the rest is
  /// renewed and told again.
  void start(Job job);
  /// Ends the mapping of this address.
  void drop(const SocketAddress& inner);
  /// Gives everything back; the thread is asked to. finish() waits for it.
  void stop();
  /// Waits until it is done, or this moment; a thread that then still waits for a router that does not answer
  /// ends by itself, and touches nothing of ours any more.
  void finish(Instant deadline);

 private:
  struct Shared;
  class Work;

  bool has_thread();

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace pixelpass::traversal
