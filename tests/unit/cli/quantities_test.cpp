#include "cli/quantities.hpp"

#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

TEST(DurationTest, takes_units_and_counts_a_bare_number_in_the_unit_of_the_option) {
  EXPECT_EQ(parse_duration("200ms", 1s), 200ms);
  EXPECT_EQ(parse_duration("10", 1s), 10s);
  EXPECT_EQ(parse_duration("10", 1ms), 10ms);
  EXPECT_EQ(parse_duration("1.5s", 1s), 1500ms);
  EXPECT_EQ(parse_duration("90m", 1s), 90min);
  EXPECT_EQ(parse_duration("8h", 1s), 8h);
  EXPECT_EQ(parse_duration("2d", 1s), 48h);
  EXPECT_EQ(parse_duration("0s", 1s), 0s);
  EXPECT_EQ(parse_duration("200MS", 1s), 200ms);
  EXPECT_EQ(parse_duration("8H", 1s), 8h);
}

TEST(DurationTest, takes_nothing_else) {
  for (const char* text :
       {"", "h", "-1s", "+1s", "8 h", "8hours", "inf", "nan", "1e3s", "99999d", "8h30m", " 8h"})
    EXPECT_FALSE(parse_duration(text, 1s)) << text;
}

TEST(BitrateTest, takes_mega_kilo_and_plain_bits) {
  EXPECT_EQ(parse_bitrate("6M"), 6'000'000);
  EXPECT_EQ(parse_bitrate("2.5M"), 2'500'000);
  EXPECT_EQ(parse_bitrate("800k"), 800'000);
  EXPECT_EQ(parse_bitrate("6000000"), 6'000'000);
  for (const char* text : {"6m", "6Mbit", "6mbit/s", "6MBIT/S", "6000K", "6000kbit"})
    EXPECT_EQ(parse_bitrate(text), 6'000'000) << text;
}

TEST(BitrateTest, takes_nothing_else_and_nothing_absurd) {
  for (const char* text :
       {"", "M", "-6M", "6G", "6MB", "6Mbps", "6Mbits", "6000000bit", "1k", "2000M", "6 M", "0"})
    EXPECT_FALSE(parse_bitrate(text)) << text;
}

TEST(SizeTest, takes_width_x_height_in_even_pixels) {
  EXPECT_EQ(parse_size("1280x720"), (Size{1280, 720}));
  EXPECT_EQ(parse_size("1280X720"), (Size{1280, 720}));
  for (const char* text : {"", "1280", "1280x", "x720", "1281x720", "1280x721", "0x0", "1280x720x2",
                           "1280Xx720", "-1280x720", "10000x720", "8x8", "1280 x 720"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(FpsTest, is_a_number_with_or_without_its_unit) {
  for (const char* text : {"60", "60fps", "60FPS", "60Fps"}) EXPECT_EQ(parse_fps(text), 60) << text;
  for (const char* text :
       {"", "fps", "0", "0fps", "241", "60f", "60 fps", "59.94", "-60", "60fpsfps", "60Hz"})
    EXPECT_FALSE(parse_fps(text)) << text;
}

TEST(AskedBitrateTest, is_fixed_whatever_the_case) {
  for (const char* text : {"fixed:6M", "FIXED:6m", "Fixed:6000k"}) {
    const auto asked = parse_asked_bitrate(text);
    ASSERT_TRUE(asked) << text;
    EXPECT_TRUE(asked->is_fixed) << text;
    EXPECT_EQ(asked->bits_per_second, 6'000'000) << text;
  }
  EXPECT_FALSE(parse_asked_bitrate("6m")->is_fixed);
  for (const char* text : {"fixed", "fixed:", "fixed:fixed:6M", "fix:6M"})
    EXPECT_FALSE(parse_asked_bitrate(text)) << text;
}

TEST(ShownTest, is_a_number_from_1_on_or_all) {
  EXPECT_EQ(parse_shown("2"), 2);
  EXPECT_EQ(parse_shown("all"), 0);
  for (const char* text : {"", "0", "-1", "1.5", "one", "All", "2 ", "99999999999"})
    EXPECT_FALSE(parse_shown(text)) << text;
}

TEST(PageUrlTest, takes_what_a_fragment_can_be_added_to) {
  for (const auto* text : {"https://pages.example/watch", "http://[2001:db8::1]:80/", "https://a.example",
                           "file:///home/anna/page.html", "https://a.example/?x=1&y=%20"})
    EXPECT_TRUE(is_page_url(text)) << text;
  for (const auto* text : {"", "https://", "http:///x", "file://", "file:///", "https://a.example/#",
                           "ftp://a.example/", "javascript:alert(1)", "a.example", "https://a.example/ x",
                           "https://a.example/\n", "https://a.example/\"", "https://\xc3\xa4.example/"})
    EXPECT_FALSE(is_page_url(text)) << text;
  EXPECT_FALSE(is_page_url("https://" + std::string(1100, 'a')));
}

TEST(BindTest, takes_an_address_a_port_or_both) {
  EXPECT_EQ(parse_bind("127.0.0.1:4433")->to_string(), "127.0.0.1:4433");
  EXPECT_EQ(parse_bind("127.0.0.1")->to_string(), "127.0.0.1:0");
  EXPECT_EQ(parse_bind("[::1]:4433")->to_string(), "[::1]:4433");
  EXPECT_EQ(parse_bind(":4433")->to_string(), "0.0.0.0:4433");
  EXPECT_EQ(parse_bind("4433")->to_string(), "0.0.0.0:4433");
  for (const char* text : {"", "example.com:80", "127.0.0.1:99999", "127.0.0.1:", "eth0"})
    EXPECT_FALSE(parse_bind(text)) << text;
}

TEST(BitrateTextTest, is_short) {
  EXPECT_EQ(bitrate_text(6'000'000), "6.0 Mbit/s");
  EXPECT_EQ(bitrate_text(800'000), "800 kbit/s");
}

}  // namespace
}  // namespace pixelpass::cli
