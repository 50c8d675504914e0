#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::cli {

/// A configuration file of this test's own.
class ConfigFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    file_ = std::filesystem::path(::testing::TempDir()) /
            (std::string(test->name()) + "-" + std::to_string(getpid()) + ".toml");
  }
  void TearDown() override { std::filesystem::remove(file_); }

  void write(const std::string& text) const { std::ofstream(file_) << text; }
  [[nodiscard]] Result<CommandLine> parsed(const std::vector<std::string>& arguments) const {
    Environment environment;
    environment.config_file = file_.string();
    return parse(arguments, environment);
  }
  [[nodiscard]] app::HostOptions host(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_TRUE(line) << line.error().what;
    return line ? std::get<app::HostOptions>(line->command) : app::HostOptions{};
  }
  [[nodiscard]] std::string error(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_FALSE(line);
    return line ? std::string() : line.error().what;
  }

  [[nodiscard]] Error mistake(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_FALSE(line);
    return line ? Error{} : line.error();
  }
  [[nodiscard]] std::string report(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_TRUE(line) << line.error().what;
    return line ? std::get<ShowText>(line->command).text : std::string();
  }

  std::filesystem::path file_;
};

}  // namespace pixelpass::cli
