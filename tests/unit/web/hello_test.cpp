#include "hello_fixture.hpp"
#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

UnixTime hello_time() {
  return UnixTime(std::chrono::seconds(kHelloTime));
}

TEST(Hello, SaysWhatTheBrowserTakesAndWhichCertificateItHas) {
  HelloText text;
  text.certificate.fill(0xab);
  text.transport_id = 3;
  text.flags = 7;
  const auto hello = parse_hello(text.text());
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->certificate, text.certificate);
  EXPECT_EQ(hello->media.video_type, 102);
  EXPECT_EQ(hello->media.rtx_type, 103);
  EXPECT_EQ(hello->media.audio_type, 111);
  EXPECT_EQ(hello->media.playout_delay_id, 6);
  EXPECT_EQ(hello->media.transport_id, 3);
  EXPECT_TRUE(hello->media.wrapped);
  EXPECT_TRUE(hello->media.numbers_audio);
  EXPECT_TRUE(hello->is_handheld);
  EXPECT_EQ(hello->kind, BrowserKind::kFirefox);
  EXPECT_EQ(hello->made_at, hello_time());
  EXPECT_EQ(name_of(*hello), "Firefox on a phone or tablet");
}

TEST(Hello, OfAKindThatALaterPageKnowsIsABrowsers) {
  HelloText text;
  text.kind = 77;
  const auto hello = parse_hello(text.text());
  ASSERT_TRUE(hello);
  EXPECT_EQ(name_of(*hello), "a browser");
}

TEST(Hello, OfAnotherVersionIsNone) {
  HelloText text;
  text.version = kHelloVersion + 1;
  EXPECT_FALSE(parse_hello(text.text()));
}

TEST(Hello, WithNumbersThatRtpDoesNotHaveIsNone) {
  for (const auto spoil : {&HelloText::video_type, &HelloText::rtx_type, &HelloText::audio_type}) {
    HelloText text;
    text.*spoil = 128;
    EXPECT_FALSE(parse_hello(text.text()));
  }
  HelloText no_video;
  no_video.video_type = 0;
  EXPECT_FALSE(parse_hello(no_video.text()));
  for (const auto spoil : {&HelloText::playout_delay_id, &HelloText::transport_id}) {
    HelloText long_header;  // an id of 15 is reserved (RFC 8285)
    long_header.*spoil = 15;
    EXPECT_FALSE(parse_hello(long_header.text()));
  }
}

TEST(Hello, ThatIsNotBase64ToTheLetterIsNone) {
  const std::string text = HelloText().text();
  ASSERT_TRUE(parse_hello(text));
  EXPECT_FALSE(parse_hello(text.substr(1)));
  EXPECT_FALSE(parse_hello(text + "A"));
  EXPECT_FALSE(parse_hello(""));
  for (const char foreign : {' ', '\n', '=', '-', '\0', '\xff'}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{30}, kHelloChars - 1}) {
      auto spoilt = text;
      spoilt[at] = foreign;
      EXPECT_FALSE(parse_hello(spoilt)) << static_cast<int>(foreign) << " at " << at;
    }
  }
}

TEST(Hello, MayBeADayOff) {
  const auto hello = parse_hello(HelloText().text());
  ASSERT_TRUE(hello);
  EXPECT_TRUE(is_timely(*hello, hello_time() + std::chrono::hours(24)));
  EXPECT_TRUE(is_timely(*hello, hello_time() - std::chrono::hours(24)));
  EXPECT_FALSE(is_timely(*hello, hello_time() + std::chrono::hours(24) + 1s));
  EXPECT_FALSE(is_timely(*hello, hello_time() - std::chrono::hours(24) - 1s));
}

/// Reckoned by Python's hmac and base64: pages do the same in JavaScript.
TEST(IcePassword, IsWhatAPageReckonsToo) {
  Secret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i);
  const std::string user_name(kHelloChars, 'A');
  EXPECT_EQ(ice_password(make_ice_key(secret), user_name), "5IfSrMWxcicKx0CnpfKU8oEt3lfuYrO9");
}

TEST(IcePassword, IsAnotherOneForEachHelloAndEachSecret) {
  const auto key = make_ice_key(Secret{1});
  HelloText other;
  other.random = 1;
  EXPECT_NE(ice_password(key, HelloText().text()), ice_password(key, other.text()));
  EXPECT_NE(ice_password(key, other.text()), ice_password(make_ice_key(Secret{2}), other.text()));
}

}  // namespace
}  // namespace pixelpass::web
