#pragma once

#include "pixelpass/app/view/view.hpp"
#include "pixelpass/base/process_usage.hpp"
#include "pixelpass/playback/http_endpoint.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include "app/view/player_choice.hpp"
#include "app/view/player_session.hpp"
#include "app/view/viewer_session.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::app {

/// Outputs whose end could not be written.
struct MissingEnds {
  std::optional<Error> recording;
  std::optional<Error> pipe;
  bool recorder_hangs = false;  ///< `recording` has what is missing, if anything is
};

/// The outputs of a view's stream: the endpoint, the recording, standard output, and the player that is
/// opened. Tells the session what becomes of them. Thread: network. `session` outlives it.
class ViewOutputs {
 public:
  /// `told` is called whenever the session was told something. Throws StartupError.
  ViewOutputs(boost::asio::io_context& io, const ViewOptions& options, const ChosenPlayer& chosen,
              ViewerSession& session, std::function<void()> told);
  ~ViewOutputs();
  ViewOutputs(const ViewOutputs&) = delete;
  ViewOutputs& operator=(const ViewOutputs&) = delete;

  [[nodiscard]] ViewPlace place() const;
  [[nodiscard]] ViewLoad load();
  void open_player();
  /// Lets players read what is left, and tells the session when they have.
  void drain();
  /// Ends the player, the recording, which may take a while, and the pipe, after what its reader takes in a
  /// moment. `done` is called when all have ended, but not after destruction.
  void close(std::function<void(MissingEnds)> done);

 private:
  using WhenEnded = std::function<void(std::optional<Error>)>;

  void finish(std::unique_ptr<playback::StreamWriter>& writer, WhenEnded ended);
  void end_failed_recorder();
  void on_recorder_failed(const Error& error);
  void on_pipe_ended(const Error& why);
  [[nodiscard]] bool on_player_begins();

  boost::asio::io_context& io_;
  const ViewOptions options_;
  std::optional<std::string> recording_;  ///< the file that it goes into
  const ChosenPlayer chosen_;
  ViewerSession& session_;
  const std::function<void()> told_;
  CpuMeter cpu_{Clock::now()};
  playback::HttpEndpoint endpoint_;
  std::unique_ptr<playback::StreamWriter> recorder_;
  std::unique_ptr<playback::StreamWriter> failed_recorder_;  ///< while it ends
  std::function<void()> on_failed_recorder_over_;            ///< empty: nobody waits
  std::unique_ptr<playback::StreamWriter> pipe_;             ///< standard output
  std::unique_ptr<PlayerSession> player_;
};

}  // namespace pixelpass::app
