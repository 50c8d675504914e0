#include "pixelpass/traversal/agent.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>

namespace pixelpass {
namespace {

/// Does nothing, so that what is measured is the agent.
class Idle final : public net::DatagramCore, public net::DatagramSink {
 public:
  void on_datagram(const net::Path&, ByteView bytes, net::Ecn, Instant) override {
    benchmark::DoNotOptimize(bytes.data());
  }
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink& sink, Instant) override { return sink.send(path, batch, 1200, 0); }
  bool send(const net::Path&, ByteView bytes, std::size_t, net::Ecn) override {
    benchmark::DoNotOptimize(bytes.data());
    return true;
  }

  net::Path path{SocketAddress(), *SocketAddress::parse("203.0.113.7:5000")};
  Bytes batch = Bytes(20 * std::size_t{1200}, 0x47);
};

/// One datagram to the core: range(0) 0: without an agent, 1: with one, 2: with one that has a relay.
void receive(benchmark::State& state) {
  Idle idle;
  traversal::Agent agent(idle, seeded_random(1));
  const Instant now{std::chrono::hours(1)};
  if (state.range(0) == 2) agent.add_relay(*SocketAddress::parse("198.51.100.1:3478"), {}, now);
  net::DatagramCore* core = &agent;
  if (state.range(0) == 0) core = &idle;
  benchmark::DoNotOptimize(core);
  const Bytes packet(1200, 0x47);
  for (auto _ : state) core->on_datagram(idle.path, packet, 0, now);
}
BENCHMARK(receive)->DenseRange(0, 2);

/// One batch from the core, and what a driver asks around it; the same three.
void flush_a_batch(benchmark::State& state) {
  Idle idle;
  traversal::Agent agent(idle, seeded_random(1));
  const Instant now{std::chrono::hours(1)};
  if (state.range(0) == 2) agent.add_relay(*SocketAddress::parse("198.51.100.1:3478"), {}, now);
  net::DatagramCore* core = &agent;
  if (state.range(0) == 0) core = &idle;
  benchmark::DoNotOptimize(core);
  for (auto _ : state) {
    benchmark::DoNotOptimize(core->flush(idle, now));
    benchmark::DoNotOptimize(core->next_timeout());
  }
}
BENCHMARK(flush_a_batch)->DenseRange(0, 2);

}  // namespace
}  // namespace pixelpass
