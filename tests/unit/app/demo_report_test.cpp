#include "app/demo/demo_report.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

boost::json::object event(const char* text) {
  return boost::json::parse(text).as_object();
}

TEST(DemoReportTest, adds_up_what_both_sides_say) {
  DemoReport report;
  report.on_host_event(event(R"({"event":"sharing","source":"test","width":640,"height":360,"fps":30,
                                 "encoder":"x264enc","audio":"test","bitrate_bps":1000000})"));
  report.on_viewer_event(event(R"({"event":"connected","took_ms":1.5})"));
  report.on_viewer_event(event(R"({"event":"first_frame","took_ms":40.25,"since_connect_ms":20})"));
  for (const char* stats : {R"({"event":"stats","cpu_percent":2,"fps":29,"bitrate_bps":900000})",
                            R"({"event":"stats","cpu_percent":4,"fps":30,"bitrate_bps":1000000,
                                "lag_ms_p50":3.5,"skipped_groups":1})",
                            R"({"event":"stats","cpu_percent":6,"fps":31,"bitrate_bps":1100000,
                                "lag_ms_p50":4.5,"skipped_groups":1})"})
    report.on_viewer_event(event(stats));
  report.on_host_event(event(R"({"event":"stats","cpu_percent":10})"));
  report.on_viewer_event(event(R"({"event":"ended","lag_ms_p50":4,"lag_ms_p95":8})"));

  const auto result = report.result();
  EXPECT_TRUE(report.saw_picture());
  EXPECT_EQ(result.stream.width, 640);
  EXPECT_EQ(result.stream.encoder, "x264enc");
  EXPECT_EQ(result.connect, Duration(1500us));
  EXPECT_EQ(result.first_picture, Duration(40250us));
  EXPECT_EQ(result.bitrate_bps, 1000000);
  EXPECT_DOUBLE_EQ(result.fps, 30);
  EXPECT_DOUBLE_EQ(result.viewer_cpu_percent, 4);
  EXPECT_DOUBLE_EQ(result.host_cpu_percent, 10);
  EXPECT_EQ(result.lag_p95, Duration(8ms));
  EXPECT_EQ(result.skipped_groups, 1U);
  EXPECT_DOUBLE_EQ(report.progress().fps, 31);
  EXPECT_EQ(report.progress().lag_p50, Duration(4500us));
}

TEST(DemoReportTest, what_was_measured_before_the_first_picture_does_not_count) {
  DemoReport report;
  report.on_host_event(event(R"({"event":"stats","cpu_percent":90})"));
  report.on_viewer_event(event(R"({"event":"stats","cpu_percent":90,"fps":1})"));
  EXPECT_FALSE(report.saw_picture());
  EXPECT_DOUBLE_EQ(report.result().host_cpu_percent, 0);
  EXPECT_DOUBLE_EQ(report.result().fps, 0);
}

TEST(DemoReportTest, tells_a_closed_player_from_other_ends) {
  DemoReport report;
  report.on_viewer_event(event(R"({"event":"ended","reason":"the host ended: interrupted"})"));
  EXPECT_FALSE(report.player_was_closed());
  report.on_viewer_event(event(R"({"event":"ended","reason":"the player was closed"})"));
  EXPECT_TRUE(report.player_was_closed());
}

TEST(DemoReportTest, keeps_the_first_error_of_either_side) {
  DemoReport report;
  EXPECT_FALSE(report.failure());
  report.on_host_event(event(R"({"event":"error","what":"no encoder","hint":"install one","exit_code":1})"));
  report.on_viewer_event(event(R"({"event":"error","what":"lost","hint":"","exit_code":5})"));
  ASSERT_TRUE(report.failure());
  EXPECT_EQ(report.failure()->what, "no encoder");
  EXPECT_EQ(report.failure()->exit_code, ExitCode::kCouldNotStart);
}

TEST(DemoReportTest, fields_of_another_kind_are_read_as_nothing) {
  DemoReport report;
  report.on_viewer_event(event(R"({"event":7,"took_ms":"soon"})"));
  report.on_viewer_event(event(R"({"event":"connected","took_ms":"soon"})"));
  EXPECT_EQ(report.result().connect, Duration::zero());
}

}  // namespace
}  // namespace pixelpass::app
