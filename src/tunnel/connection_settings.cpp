#include "tunnel/connection_settings.hpp"

#include "tunnel/connection_ids.hpp"
#include "tunnel/quic_values.hpp"

namespace pixelpass::tunnel {
namespace {

/// The viewer's flow control window: above any home line's bandwidth-delay product, but below the socket's
/// receive buffer, since a larger window would only move loss into the kernel.
constexpr std::uint64_t kMediaWindowBytes = 8 << 20;
/// The host's window for what a viewer sends: control messages.
constexpr std::uint64_t kControlWindowBytes = 64 << 10;
/// The window of a stream that is ignored, until the other side has heard that.
constexpr std::uint64_t kOtherWindowBytes = 16 << 10;
/// The initial RTT, between a LAN's and an intercontinental one: decides when a lost first packet is
/// repeated.
constexpr Duration kInitialRtt = 100ms;

}  // namespace

ngtcp2_settings make_settings(const Random& random, Instant now) {
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = to_quic_time(now);
  // CUBIC collapses at 1 % loss (p50 1.8 s); paced BBR holds p50 at the path's delay.
  settings.cc_algo = NGTCP2_CC_ALGO_BBR;
  settings.initial_rtt = to_quic_duration(kInitialRtt);
  settings.handshake_timeout = to_quic_duration(kHandshakeTimeout);
  settings.rand_ctx.native_handle = const_cast<Random*>(&random);
  return settings;
}

ngtcp2_transport_params viewer_transport_params() {
  ngtcp2_transport_params params;
  ngtcp2_transport_params_default(&params);
  params.initial_max_data = kMediaWindowBytes;
  params.initial_max_stream_data_uni = kMediaWindowBytes;
  params.initial_max_stream_data_bidi_local = kControlWindowBytes;
  params.initial_max_stream_data_bidi_remote = kOtherWindowBytes;
  params.initial_max_streams_uni = kMaxGroupStreams + kMaxOtherStreams;
  params.initial_max_streams_bidi = kMaxOtherStreams;
  params.max_idle_timeout = to_quic_duration(kIdleTimeout);
  return params;
}

ngtcp2_transport_params host_transport_params(const ngtcp2_cid& original_destination) {
  ngtcp2_transport_params params;
  ngtcp2_transport_params_default(&params);
  params.original_dcid = original_destination;
  params.original_dcid_present = 1;
  params.initial_max_data = kControlWindowBytes;
  params.initial_max_stream_data_bidi_remote = kControlWindowBytes;
  params.initial_max_stream_data_uni = kOtherWindowBytes;
  params.initial_max_streams_bidi = 1 + kMaxOtherStreams;
  params.initial_max_streams_uni = kMaxOtherStreams;
  params.max_idle_timeout = to_quic_duration(kIdleTimeout);
  return params;
}

ngtcp2_cid random_id(const Random& random) {
  ngtcp2_cid id;
  id.datalen = kConnectionIdBytes;
  random(std::span(id.data, id.datalen));
  return id;
}

}  // namespace pixelpass::tunnel
