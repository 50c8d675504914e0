#pragma once

#include "pixelpass/net/path.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::sim {

/// A host's core that has an allocation on a relay besides its own address: what comes to that is told to
/// have come over it, what leaves is looked at.
class RelayedHost final : public net::DatagramCore {
 public:
  RelayedHost(net::DatagramCore& core, const SocketAddress& relayed) : core_(core), relayed_(relayed) {}
  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override {
    auto labelled = path;
    if (path.local == relayed_) labelled.via = net::Via::kOwnRelay;
    core_.on_datagram(labelled, bytes, ecn, now);
  }
  void on_timeout(Instant now) override { core_.on_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return core_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) override {
    Out out(sink, *this, now);
    return core_.flush(out, now);
  }
  /// Datagrams that were sent.
  std::size_t sent_relayed = 0;
  std::size_t sent_direct = 0;
  /// Each batch that left over the relay.
  struct Batch {
    Instant at;
    std::size_t bytes;
  };
  std::vector<Batch> relayed_batches;

 private:
  struct Out final : net::DatagramSink {
    Out(net::DatagramSink& to, RelayedHost& relayed, Instant now) : sink(to), counts(relayed), at(now) {}
    bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
      if (path.is_relayed()) counts.relayed_batches.push_back({at, bytes.size()});
      ++(path.is_relayed() ? counts.sent_relayed : counts.sent_direct);
      return sink.send(path, bytes, segment, ecn);
    }
    net::DatagramSink& sink;
    RelayedHost& counts;
    Instant at;
  };
  net::DatagramCore& core_;
  SocketAddress relayed_;
};

}  // namespace pixelpass::sim
