#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace pixelpass::cli {

using Arguments = std::vector<std::string>;

/// What is taken.
inline CommandLine good(const Arguments& arguments, const Environment& environment = {}) {
  auto line = parse(arguments, environment);
  EXPECT_TRUE(line) << line.error().what;
  return line ? *line : CommandLine{};
}

/// What is printed, and nothing else done.
inline std::string shown(const Arguments& arguments, const Environment& environment = {}) {
  return std::get<ShowText>(good(arguments, environment).command).text;
}

/// What is refused, which is a usage error.
inline Error bad(const Arguments& arguments, const Environment& environment = {}) {
  const auto line = parse(arguments, environment);
  EXPECT_FALSE(line);
  Error error = line ? Error{} : line.error();
  EXPECT_EQ(error.exit_code, ExitCode::kUsage);
  EXPECT_FALSE(error.hint.empty());
  EXPECT_THAT(error.what, ::testing::Not(::testing::HasSubstr("\n"))) << "one sentence";
  return error;
}

inline app::HostOptions host(const Arguments& arguments) {
  return std::get<app::HostOptions>(good(arguments).command);
}
inline app::ViewOptions view(const Arguments& arguments, const Environment& environment = {}) {
  return std::get<app::ViewOptions>(good(arguments, environment).command);
}
inline app::DemoOptions demo(const Arguments& arguments) {
  return std::get<app::DemoOptions>(good(arguments).command);
}

}  // namespace pixelpass::cli
