#pragma once

#include "pixelpass/wire/control.hpp"
#include "pixelpass/wire/stream_kind.hpp"

#include "sim_network.hpp"
#include "tunnel/connection_set.hpp"
#include "tunnel/knock.hpp"

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace pixelpass::sim {

/// What a test says and hears over one connection; outlives the connection.
struct RawLine {
  tunnel::Connection* connection = nullptr;  ///< null once it is closed
  tunnel::ConnectionSet* set = nullptr;      ///< that has the connection
  bool is_host = false;                      ///< it was accepted, not dialed
  bool ready = false;                        ///< the handshake is completed
  bool deaf = false;                         ///< hears nothing more, and so acknowledges nothing
  std::optional<tunnel::CloseInfo> closed;
  std::map<std::int64_t, Bytes> received;  ///< by stream, with its kind
  std::set<std::int64_t> ended;            ///< streams whose end has come
  std::vector<wire::ControlMessage> messages;
  wire::ControlReader reader;
  std::list<tunnel::SendStream> sends;  ///< the first is the control stream, once it is open

  /// Opens a stream for these bytes, whatever its kind may be; false when the other side allows no more for
  /// now.
  bool send_on_new_stream(Bytes bytes, bool bidirectional);
  /// Opens a stream of this kind, and says so in front of these bytes.
  bool send_on_new_stream(wire::StreamKind kind, ByteView bytes);
  void send(const wire::ControlMessage& message);
  /// Opens the control stream and introduces us with the right proof.
  void say_hello(const Secret& secret, wire::Hello hello);
  template <class T>
  [[nodiscard]] const T* last() const {
    for (auto message = messages.rbegin(); message != messages.rend(); ++message)
      if (const auto* found = std::get_if<T>(&*message)) return found;
    return nullptr;
  }
};

/// An end with nothing but QUIC in it: a test plays viewer or host by hand, and does what ours never would.
/// Knows no network: RawPeer is one over a simulated network, and a driver can run one over a socket.
class RawEnd : public net::DatagramCore {
 public:
  /// A viewer's end.
  RawEnd(const SocketAddress& address, Random random);
  /// A host's end: takes any Initial.
  RawEnd(const SocketAddress& address, Random random, const tunnel::Identity& identity);

  std::shared_ptr<RawLine> dial(const Ticket& ticket, UnixTime wall_now, Instant now);
  /// With a knock of somebody else's.
  std::shared_ptr<RawLine> dial(const Ticket& ticket, const tunnel::Knock& knock, Instant now);
  /// Lines that were dialed or accepted, in order.
  std::vector<std::shared_ptr<RawLine>> lines;
  /// What has been given to a line goes out with the next flush.
  void touch_all();
  [[nodiscard]] const tunnel::TlsContext& tls() const { return tls_; }
  /// Datagrams above this size are not heard, and so not acknowledged: what was sent first in a large one is
  /// sent again for ever, while small ones pass.
  std::optional<std::size_t> deaf_above;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override { set_.on_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return set_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) override { return set_.flush(sink, now); }

 private:
  SocketAddress address_;
  Random random_;
  tunnel::TlsContext tls_;
  bool accepts_;
  tunnel::ConnectionSet set_;
};

class RawPeer final : public RawEnd {
 public:
  RawPeer(Network& network, const SocketAddress& address, std::uint64_t seed);
  RawPeer(Network& network, const SocketAddress& address, std::uint64_t seed,
          const tunnel::Identity& identity);

  std::shared_ptr<RawLine> dial(const Ticket& ticket, UnixTime wall_now);
  /// What has been given to a line goes out.
  void flush_soon();
  [[nodiscard]] Network::NodeId node() const { return node_; }

 private:
  Network& network_;
  Network::NodeId node_;
};

}  // namespace pixelpass::sim
