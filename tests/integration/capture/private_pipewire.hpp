#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::capture::test {

/// PipeWire and WirePlumber (and the bus that it wants) for one test, in a runtime folder of their own, with
/// two outputs that nobody hears: "test_sink", the default, and "other_sink". While it lives the environment
/// of this process points at it, so that whatever connects to PipeWire finds this one. Everything ends with
/// it.
class PrivatePipeWire {
 public:
  /// What the tests need and this machine lacks; empty: nothing.
  static std::string missing();

  /// Does not start them yet. `speakers`: the outputs' channels, as PipeWire names them.
  explicit PrivatePipeWire(const std::string& speakers = "FL FR");
  ~PrivatePipeWire();
  PrivatePipeWire(const PrivatePipeWire&) = delete;
  PrivatePipeWire& operator=(const PrivatePipeWire&) = delete;

  /// Returns once applications can be linked to the outputs.
  void start();
  /// Returns once PipeWire takes connections.
  void start_without_session_manager();
  /// Ends the session manager, whose links go with it.
  void stop_session_manager();
  void start_session_manager();
  /// SIGKILL to all.
  void kill();
  /// Runs one of PipeWire's tools to its end, or for so many seconds; its standard output.
  static std::string run(const std::vector<std::string>& command, const std::string& seconds = "20");

 private:
  static bool is_managed();
  void write_configuration(const std::string& speakers) const;
  void do_without_logind() const;
  void point_environment_here();
  [[nodiscard]] pid_t spawn(const std::vector<std::string>& command) const;

  std::filesystem::path folder_;
  std::map<std::string, std::optional<std::string>> environment_before_;
  std::vector<pid_t> children_;
};

}  // namespace pixelpass::capture::test
