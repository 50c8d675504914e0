#include "config_file_fixture.hpp"
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;

/// The line of a report that begins so, without what pads it.
std::string line_of(const std::string& report, const std::string& begin, const std::string& section = "") {
  std::istringstream lines(section.empty() ? report : report.substr(report.find("[" + section + "]")));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(begin)) return std::regex_replace(line, std::regex(" +"), " ");
  return "no such line";
}

TEST_F(ConfigFileTest, the_report_says_where_each_value_comes_from) {
  write("log-level = \"info\"\nname = \"Anna\"\n[host]\nfps = 60\nsize = \"640x360\"\n");
  const auto text = report({"config", "host", "--fps", "15", "--no-port-mapping"});
  EXPECT_EQ(line_of(text, "log-level"), "log-level = \"info\" # file, line 1");
  EXPECT_EQ(line_of(text, "fps", "host"), "fps = 15 # command line");
  EXPECT_EQ(line_of(text, "size", "host"), "size = \"640x360\" # file, line 5");
  EXPECT_EQ(line_of(text, "no-port-mapping", "host"), "no-port-mapping = true # command line");
  EXPECT_EQ(line_of(text, "# bitrate", "host"), "# bitrate = \"6M\" # default");
  EXPECT_EQ(line_of(text, "name", "view"), "name = \"Anna\" # file, line 2");
  EXPECT_EQ(line_of(text, "# fps", "demo"), "# fps = 30 # default");
  EXPECT_EQ(line_of(report({"config", "--log-level=off"}), "log-level"),
            "log-level = \"off\" # command line");
}

TEST_F(ConfigFileTest, the_report_has_the_figures_that_a_quality_stands_for) {
  write("[host]\nfps = 15\nquality = \"low\"\n");
  const auto of_file = report({"config"});
  EXPECT_EQ(line_of(of_file, "# bitrate", "host"), "# bitrate = \"1500k\" # quality low, file, line 3");
  EXPECT_EQ(line_of(of_file, "# size", "host"), "# size = \"1280x720\" # quality low, file, line 3");
  EXPECT_EQ(line_of(of_file, "fps", "host"), "fps = 15 # file, line 2");
  const auto typed = report({"config", "host", "--quality", "ultra", "--bitrate", "9M"});
  EXPECT_EQ(line_of(typed, "bitrate", "host"), "bitrate = \"9M\" # command line");
  EXPECT_EQ(line_of(typed, "# fps", "host"), "# fps = 60 # quality ultra, command line");
}

TEST_F(ConfigFileTest, the_report_can_be_read_back_and_means_the_same) {
  write(
      "name = \"Anna #1 \\\"x\\\"\"\nhost.fps = 60\n[status]\nhost = \"two\"\n[host]\napp = [\"a\", "
      "\"b,c\"]\n");
  write(report({"config"}));
  EXPECT_EQ(host({"host"}).name, "Anna #1 \"x\"");
  EXPECT_EQ(host({"host"}).picture.fps, 60);
  EXPECT_EQ(host({"host"}).audio.only_apps, (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(std::get<app::ControlOptions>(parsed({"status"})->command).host, "two");
}

TEST_F(ConfigFileTest, the_report_shows_no_secret) {
  write("relay = \"turn:anna:hunter2@one\"\n");
  Environment environment;
  environment.config_file = file_.string();
  environment.ticket = "pp1hunter2";
  const auto line = parse({"config", "doctor", "--relay", "turn:b:hunter2@two"}, environment);
  ASSERT_TRUE(line) << line.error().what;
  const auto& text = std::get<ShowText>(line->command).text;
  EXPECT_THAT(text, ::testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(line_of(text, "relay", "host"), "relay = [\"turn:…\"] # file, line 1");
  EXPECT_EQ(line_of(text, "# TICKET", "view"), "# TICKET = (not shown) # environment, PIXELPASS_TICKET");
}

/// The objects of a report for scripts, by command and key.
std::map<std::string, boost::json::object> objects_of(const std::string& report) {
  std::map<std::string, boost::json::object> objects;
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    auto object = boost::json::parse(line).as_object();
    const std::string command = object.contains("command") ? object["command"].as_string().c_str() : "";
    objects[command + "." + object["key"].as_string().c_str()] = std::move(object);
  }
  return objects;
}

TEST_F(ConfigFileTest, the_report_for_scripts_has_the_figures_that_a_quality_stands_for) {
  write("quality = \"low\"\n");
  auto objects = objects_of(report({"config", "--json"}));
  EXPECT_EQ(objects["host.fps"]["value"], "30");
  EXPECT_EQ(objects["host.fps"]["quality"], "low");
  EXPECT_EQ(objects["host.fps"]["line"], 1);
  objects = objects_of(report({"config", "host", "--json", "--quality", "high"}));
  EXPECT_EQ(objects["host.bitrate"]["value"], "12000k");
  EXPECT_EQ(objects["host.bitrate"]["source"], "command line");
}

TEST_F(ConfigFileTest, the_report_for_scripts_is_an_object_a_line_with_each_values_source) {
  write("log-level = \"info\"\nname = \"Anna\"\n[host]\nfps = 60\napp = [\"a\", \"b\"]\n");
  auto objects = objects_of(report({"config", "host", "--json", "--size", "640x360", "--no-port-mapping"}));
  const std::string file = file_.string();
  EXPECT_EQ(objects["host.fps"], (boost::json::object{{"key", "fps"},
                                                      {"command", "host"},
                                                      {"value", "60"},
                                                      {"source", "file"},
                                                      {"file", file},
                                                      {"line", 4}}));
  EXPECT_EQ(objects["host.app"]["value"], (boost::json::array{"a", "b"}));
  EXPECT_EQ(objects["view.name"]["value"], "Anna");
  EXPECT_EQ(objects["view.name"]["line"], 2);
  EXPECT_EQ(objects[".log-level"]["source"], "file");
  EXPECT_EQ(objects["host.size"],
            (boost::json::object{
                {"key", "size"}, {"command", "host"}, {"value", "640x360"}, {"source", "command line"}}));
  EXPECT_EQ(objects["host.no-port-mapping"]["value"], true);
  EXPECT_EQ(objects["view.no-catch-up"]["value"], false);
  EXPECT_EQ(objects["demo.fps"]["value"], "30");
  EXPECT_EQ(objects["demo.fps"]["source"], "default");
  EXPECT_TRUE(objects["view.stun"]["value"].is_null()) << "more than a word";
  EXPECT_TRUE(objects["view.stun"]["default"].is_string());
}

TEST_F(ConfigFileTest, the_report_for_scripts_shows_no_secret_either) {
  write("relay = \"turn:anna:hunter2@one\"\njson = true\n");
  Environment environment;
  environment.config_file = file_.string();
  environment.ticket = "pp1hunter2";
  const auto line = parse({"config"}, environment);
  ASSERT_TRUE(line) << line.error().what;
  const auto& text = std::get<ShowText>(line->command).text;
  EXPECT_THAT(text, ::testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(objects_of(text)["view.TICKET"]["variable"], "PIXELPASS_TICKET");
}

TEST_F(ConfigFileTest, the_report_is_there_for_commands_that_could_not_run_so) {
  for (const auto& known : app::kControlNames)
    EXPECT_THAT(report({"config", std::string(known.name)}), HasSubstr("[host]")) << known.name;
  EXPECT_THAT(report({"config", "view"}), HasSubstr("[host]"));
}

TEST_F(ConfigFileTest, the_report_has_paths_whole_and_nothing_that_steers_a_terminal) {
  const std::string path = "/" + std::string(400, 'x') + "/film";
  write("[view]\nrecord = \"" + path + "\\u001b[31m.ts\"\n");
  EXPECT_EQ(line_of(report({"config"}), "record", "view"), "record = \"" + path + "[31m.ts\" # file, line 2");
  EXPECT_THAT(report({"config", "--json"}), HasSubstr("\"" + path + "[31m.ts\""));
  file_ = file_.parent_path() / (std::string(200, 'y') + std::to_string(getpid())) / std::string(200, 'z');
  std::filesystem::create_directories(file_.parent_path());
  write("nonsense");
  EXPECT_THAT(error({"config"}), HasSubstr(file_.string()));
  std::filesystem::remove_all(file_.parent_path());
}

TEST_F(ConfigFileTest, the_template_has_every_key_and_changes_nothing_until_a_line_is_uncommented) {
  const auto line = parsed({"config", "--init"});
  ASSERT_TRUE(line) << line.error().what;
  const auto& config = std::get<WriteConfig>(line->command);
  EXPECT_EQ(config.file, file_.string());
  write(config.text);
  EXPECT_EQ(host({"host"}).picture.fps, 30);
  const std::regex key("\n# ([a-z-]+) = ");
  const auto help = std::get<ShowText>(parsed({"--help-all"})->command).text;
  for (const char* option : {"fps", "relay", "player", "log-level", "json", "host", "dry-run", "no-catch-up"})
    EXPECT_THAT(config.text, HasSubstr("\n# " + std::string(option) + " = "));
  std::size_t keys = 0;
  for (std::sregex_iterator at(config.text.begin(), config.text.end(), key), end; at != end; ++at, ++keys)
    EXPECT_THAT(help, HasSubstr("--" + at->str(1)));
  EXPECT_GT(keys, 40U);
  // What is no placeholder is the default as it may be typed.
  write(std::regex_replace(config.text, std::regex("\n# ([a-z-]+ = (\"[^A-Z\\n]*\"|\"6M\"|[0-9]+|false)\n)"),
                           "\n$1"));
  EXPECT_EQ(host({"host"}).picture.bitrate_bps, 6'000'000);
  EXPECT_EQ(host({"host"}).max_viewers, 2U);
  EXPECT_TRUE(host({"host"}).port_mapping);
  EXPECT_EQ(line_of(report({"config"}), "fps", "host").substr(0, 16), "fps = 30 # file,");
}

TEST_F(ConfigFileTest, a_template_is_written_whatever_is_in_the_way_of_reading_one) {
  write("nonsense");
  EXPECT_TRUE(parsed({"config", "--init"}));
  const auto line = parsed({"config", "--init", "--config", "/nonexistent/x.toml"});
  ASSERT_TRUE(line) << line.error().what;
  EXPECT_EQ(std::get<WriteConfig>(line->command).file, "/nonexistent/x.toml");
  EXPECT_FALSE(parsed({"config", "--init", "--nonsense"}));
}

}  // namespace
}  // namespace pixelpass::cli
