#include "raw_peer.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::int64_t kControlStream = 0;

class RawProtocol final : public Connection::Protocol {
 public:
  explicit RawProtocol(std::shared_ptr<RawLine> line) : line_(std::move(line)) {}

  void on_handshake_completed() override { line_->ready = true; }
  void on_stream_data(std::int64_t stream, ByteView bytes, bool fin) override {
    const bool may_answer = stream == kControlStream && !line_->sends.empty();
    if (may_answer && line_->sends.front().id == kNoStream)
      line_->connection->attach(stream, line_->sends.front());
    auto& received = line_->received[stream];
    const bool begins_with_kind = line_->is_host && received.empty() && !bytes.empty();
    received.insert(received.end(), bytes.begin(), bytes.end());
    if (stream == kControlStream)
      line_->reader.feed(bytes.subspan(begins_with_kind ? wire::kKindBytes : 0), line_->messages);
    if (fin) line_->ended.insert(stream);
  }
  bool on_stream_closed(std::int64_t, SendStream* send) override {
    if (send) send->cancel();
    return true;
  }
  void on_stop_sending(SendStream& send) override { send.cancel(); }
  SendStream* prepare_next() override {
    for (auto& send : line_->sends)
      if (send.id != kNoStream && send.wants_to_send()) return &send;
    return nullptr;
  }
  [[nodiscard]] bool wants_to_send() const override {
    return std::ranges::any_of(
        line_->sends, [](const SendStream& send) { return send.id != kNoStream && send.wants_to_send(); });
  }
  void on_closed(const CloseInfo& info) override {
    line_->closed = info;
    line_->set->touch(*std::exchange(line_->connection, nullptr));
  }

 private:
  std::shared_ptr<RawLine> line_;
};

}  // namespace

bool RawLine::send_on_new_stream(Bytes bytes, bool bidirectional) {
  auto& stream = sends.emplace_back();
  const bool opened =
      bidirectional ? connection->open_bidirectional(stream) : connection->open_unidirectional(stream);
  if (opened)
    stream.append({}, SharedBytes::adopt(std::move(bytes)));
  else
    sends.pop_back();
  return opened;
}

bool RawLine::send_on_new_stream(wire::StreamKind kind, ByteView bytes) {
  const auto encoded = wire::encode(kind);
  Bytes stream(encoded.begin(), encoded.end());
  stream.insert(stream.end(), bytes.begin(), bytes.end());
  return send_on_new_stream(std::move(stream), kind == wire::StreamKind::kControl);
}

void RawLine::send(const wire::ControlMessage& message) {
  if (sends.empty())
    send_on_new_stream(wire::StreamKind::kControl, wire::encode(message));
  else
    sends.front().append({}, SharedBytes::adopt(wire::encode(message)));
}

void RawLine::say_hello(const Secret& secret, wire::Hello hello) {
  hello.proof = make_proof(secret, hello.session, *connection->export_keying_material());
  send(hello);
}

RawEnd::RawEnd(const SocketAddress& address, Random random)
    : address_(address), random_(std::move(random)), tls_(TlsContext::viewer()), accepts_(false) {}

RawEnd::RawEnd(const SocketAddress& address, Random random, const Identity& identity)
    : address_(address), random_(std::move(random)), tls_(TlsContext::host(identity)), accepts_(true) {}

std::shared_ptr<RawLine> RawEnd::dial(const Ticket& ticket, UnixTime wall_now, Instant now) {
  return dial(ticket, KnockKey(ticket.secret).make(wall_now, random_), now);
}

std::shared_ptr<RawLine> RawEnd::dial(const Ticket& ticket, const tunnel::Knock& knock, Instant now) {
  auto line = std::make_shared<RawLine>();
  auto connection = Connection::dial({tls_, set_.ids(), random_}, {address_, ticket.candidates.at(0).address},
                                     knock, ticket.fingerprint, std::make_unique<RawProtocol>(line), now);
  line->set = &set_;
  line->connection = &set_.add(std::move(connection));
  lines.push_back(line);
  return line;
}

void RawEnd::touch_all() {
  for (const auto& line : lines)
    if (line->connection) set_.touch(*line->connection);
}

void RawEnd::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  if (deaf_above && bytes.size() > *deaf_above) return;
  ByteView destination;
  Connection* connection = set_.route(bytes, destination);
  if (!connection && accepts_) {
    auto line = std::make_shared<RawLine>();
    auto accepted = Connection::accept({tls_, set_.ids(), random_}, path, bytes,
                                       std::make_unique<RawProtocol>(line), now);
    if (!accepted) return;
    line->set = &set_;
    connection = line->connection = &set_.add(std::move(accepted));
    line->is_host = true;
    line->sends.emplace_back();  // the control stream's answers
    lines.push_back(line);
  }
  const auto is_deaf = [&](const auto& line) { return line->deaf && line->connection == connection; };
  if (!connection || std::ranges::any_of(lines, is_deaf)) return;
  connection->on_datagram(path, bytes, ecn, now);
  set_.touch(*connection);
}

RawPeer::RawPeer(Network& network, const SocketAddress& address, std::uint64_t seed)
    : RawEnd(address, seeded_random(seed)), network_(network), node_(network.add(*this, address)) {}

RawPeer::RawPeer(Network& network, const SocketAddress& address, std::uint64_t seed, const Identity& identity)
    : RawEnd(address, seeded_random(seed), identity), network_(network), node_(network.add(*this, address)) {}

std::shared_ptr<RawLine> RawPeer::dial(const Ticket& ticket, UnixTime wall_now) {
  auto line = RawEnd::dial(ticket, wall_now, network_.now());
  flush_soon();
  return line;
}

void RawPeer::flush_soon() {
  touch_all();
  network_.touch(node_);
}

}  // namespace pixelpass::sim
