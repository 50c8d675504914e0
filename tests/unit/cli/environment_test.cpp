#include "pixelpass/cli/command_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace pixelpass::cli {
namespace {

/// An environment variable, with its former value back in the end.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value, 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* const name_;
  std::optional<std::string> before_;
};

TEST(ProcessEnvironment, HasTheConfigurationWhereTheUserKeepsIt) {
  const Variable home("HOME", "/home/anna");
  const Variable config("XDG_CONFIG_HOME", "/etc/anna");
  EXPECT_EQ(process_environment().config_file, "/etc/anna/pixelpass/config.toml");
}

TEST(ProcessEnvironment, LooksForNoConfigurationBesideTheWorkingFolder) {
  const Variable home("HOME", "/home/anna");
  for (const char* folder : {"", "relative", "./relative"}) {
    const Variable config("XDG_CONFIG_HOME", folder);
    EXPECT_EQ(process_environment().config_file, "/home/anna/.config/pixelpass/config.toml") << folder;
  }
}

}  // namespace
}  // namespace pixelpass::cli
