#pragma once

#include "pixelpass/gst/glib.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace pixelpass::capture::test {

/// A message bus of one test's own: a dbus-daemon that ends with it.
class PrivateBus {
 public:
  /// What it needs and this machine lacks; empty: nothing.
  static std::string missing();

  PrivateBus();
  ~PrivateBus();
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;

  /// Another connection.
  [[nodiscard]] gst::Object<GDBusConnection> connect() const;
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::string address_;
  pid_t daemon_ = -1;
};

}  // namespace pixelpass::capture::test
