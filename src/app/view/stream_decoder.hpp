#pragma once

#include "pixelpass/base/error.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::app {

/// Decodes the stream of a local endpoint in this process and counts pictures: proves that the stream plays
/// where there is no display. Thread: network.
class StreamDecoder {
 public:
  struct Counters {
    std::uint64_t pictures = 0;  ///< decoded
    std::uint64_t errors = 0;    ///< errors and warnings of the decoder, and a connection that broke
  };

  /// The H.264 decoder that GStreamer has here; nullopt: none.
  static std::optional<std::string> find_decoder();
  /// The command that installs a decoder on this machine.
  static std::string install_command();

  /// `url`: http://ADDRESS:PORT/PATH with a numeric address. Throws StartupError when GStreamer cannot make
  /// the pipeline.
  StreamDecoder(boost::asio::io_context& io, const std::string& url, const std::string& decoder);
  ~StreamDecoder();

  /// The counters, with GStreamer's messages since the last call.
  Counters counters();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  ///< shared with reads under way
};

}  // namespace pixelpass::app
