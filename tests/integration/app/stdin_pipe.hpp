#pragma once

#include "pixelpass/base/own_file.hpp"

#include "../../unit/mpegts/ts_splitter_streams.hpp"
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>

namespace pixelpass::test {

/// A pipe in place of this process's standard input, which comes back at the end.
class StdinPipe {
 public:
  StdinPipe() : kept_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    writer_.emplace(ends[1]);
  }
  ~StdinPipe() { ::dup2(kept_.get(), STDIN_FILENO); }
  StdinPipe(const StdinPipe&) = delete;
  StdinPipe& operator=(const StdinPipe&) = delete;

  /// A second of MPEG-TS, which the pipe has room for. Whether it was written.
  bool give_stream() {
    const auto stream = mpegts::Stream().run(30);
    return ::write(writer_->get(), stream.data(), stream.size()) == static_cast<ssize_t>(stream.size());
  }
  /// Nothing more comes.
  void finish() { writer_.reset(); }

 private:
  const Descriptor kept_;
  std::optional<Descriptor> writer_;
};

}  // namespace pixelpass::test
