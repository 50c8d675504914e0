#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/publish/publisher.hpp"

#include "encoded_stream.hpp"
#include "publish/rtc_pipeline.hpp"
#include "test_stream.hpp"
#include "whip_endpoint.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace pixelpass::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The one authority that is trusted while it lives.
class TrustedAuthority {
 protected:
  traversal::test::Authority authority_;

 private:
  traversal::test::Trust trust_{authority_.file()};
};

class WhipTest : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    for (const char* element : {"webrtcbin", "nicesink", "avdec_h264", "x264enc", "opusenc"})
      if (!gst::has_element(element)) GTEST_SKIP() << "GStreamer lacks " << element << ": gstreamer1.0-nice";
  }
  /// Runs until it is so, and keeps the stream going.
  void wait_for(const auto& condition) { run_until(io_, condition); }
  std::unique_ptr<Publisher> publish(const std::string& url, bool has_audio = true) {
    auto publisher = std::make_unique<Publisher>(
        io_, parse_target(url).value(), broadcast_,
        Publisher::Handlers{
            .on_publishing = [this] { ++published_; },
            .on_failed = [this](const Error& error, Duration) { failures_.push_back(error.what); },
            .on_notice = [](const Error&) {},
            .on_keyframe_wanted = [this] { ++keyframes_wanted_; }},
        has_audio);
    publisher->start();
    stream_.to(publisher.get());
    return publisher;
  }
  /// What comes of such an answer to the offer.
  std::string failure_of(const std::function<HttpAnswered(const HttpAsked&)>& make) {
    WhipEndpoint endpoint(io_);
    endpoint.serve = [make](const HttpAsked& asked, const auto& reply) { reply(make(asked)); };
    const auto publisher = publish(endpoint.url());
    wait_for([&] { return !failures_.empty(); });
    stream_.to(nullptr);
    return failures_.front();
  }
  static HttpAnswered created(const std::string& body) {
    HttpAnswered answered(http::status::created, 11);
    answered.set(http::field::location, "/session/2");
    answered.body() = body;
    answered.prepare_payload();
    return answered;
  }

  boost::asio::io_context io_;
  Broadcast broadcast_;
  EncodedStream stream_{io_};
  int published_ = 0;
  int keyframes_wanted_ = 0;
  std::vector<std::string> failures_;
};

TEST_F(WhipTest, an_engine_decodes_the_pictures_and_the_sound) {
  WhipEndpoint endpoint(io_);
  const auto publisher = publish(endpoint.url());
  wait_for(
      [&] { return endpoint.engine && endpoint.engine->pictures > 30 && endpoint.engine->audio_units > 30; });
  EXPECT_EQ(published_, 1);
  EXPECT_EQ(publisher->state(), Publisher::State::kPublishing);
  EXPECT_TRUE(publisher->wants_opus());
  EXPECT_GT(publisher->counters().bytes_sent, 0U);
  EXPECT_THAT(failures_, IsEmpty());
  const auto& offer = endpoint.asked.front();
  EXPECT_EQ(offer[http::field::content_type], "application/sdp");
  EXPECT_THAT(offer.body(), HasSubstr("a=sendonly"));
  EXPECT_THAT(offer.body(), Not(HasSubstr("a=sendrecv")));
}

TEST_F(WhipTest, a_host_without_sound_offers_none) {
  WhipEndpoint endpoint(io_);
  const auto publisher = publish(endpoint.url(), false);
  wait_for([&] { return endpoint.engine && endpoint.engine->pictures > 5; });
  EXPECT_THAT(endpoint.asked.front().body(), Not(HasSubstr("m=audio")));
  EXPECT_FALSE(publisher->wants_opus());
}

TEST_F(WhipTest, a_keyframe_that_the_engine_wants_is_asked_for) {
  WhipEndpoint endpoint(io_);
  const auto publisher = publish(endpoint.url());
  wait_for([&] { return endpoint.engine && endpoint.engine->pictures > 5; });
  endpoint.engine->ask_for_keyframe();
  wait_for([&] { return keyframes_wanted_ > 0; });
}

TEST_F(WhipTest, what_the_engine_reports_of_its_line_is_told) {
  WhipEndpoint endpoint(io_);
  const auto publisher = publish(endpoint.url());
  EXPECT_EQ(publisher->line().rtt, Duration{});
  wait_for([&] { return publisher->line().rtt > Duration{}; });
  EXPECT_LT(publisher->line().rtt, std::chrono::seconds(5));
}

TEST_F(WhipTest, its_end_is_told_to_the_engine) {
  WhipEndpoint endpoint(io_);
  const auto publisher = publish(endpoint.url());
  wait_for([&] { return published_ > 0; });
  bool is_over = false;
  publisher->stop([&] { is_over = true; });
  wait_for([&] { return is_over; });
  ASSERT_EQ(endpoint.asked.size(), 2U);
  EXPECT_EQ(endpoint.asked.back().method(), http::verb::delete_);
  EXPECT_EQ(endpoint.asked.back().target(), "/session/1");
}

TEST_F(WhipTest, an_engine_that_goes_away_and_comes_back_gets_it_again) {
  auto endpoint = std::make_unique<WhipEndpoint>(io_);
  const auto port = endpoint->port();
  const auto publisher = publish(endpoint->url());
  wait_for([&] { return endpoint->engine && endpoint->engine->pictures > 5; });
  endpoint.reset();
  wait_for([&] { return !failures_.empty(); });
  ASSERT_FALSE(failures_.empty());
  EXPECT_THAT(failures_.front(), HasSubstr("ended the connection"));
  endpoint = std::make_unique<WhipEndpoint>(io_, port);
  wait_for([&] { return endpoint->engine && endpoint->engine->pictures > 5; });
}

/// As Janus does with who is kicked. Its silence is missed after twelve seconds.
TEST_F(WhipTest, an_engine_that_closes_the_connection_is_left_and_called_again) {
  WhipEndpoint endpoint(io_);
  const auto publisher = publish(endpoint.url());
  wait_for([&] { return endpoint.engine && endpoint.engine->pictures > 5; });
  endpoint.engine->close();
  run_until(
      io_, [&] { return !failures_.empty(); }, std::chrono::seconds(10));
  EXPECT_THAT(failures_, ElementsAre(HasSubstr("ended the connection")));
  wait_for([&] { return published_ == 2; });
  ASSERT_EQ(endpoint.asked.size(), 3U);
  EXPECT_EQ(endpoint.asked[1].method(), http::verb::delete_);
}

TEST_F(WhipTest, the_token_goes_with_each_request_to_the_named_server) {
  WhipEndpoint endpoint(io_);
  auto url = endpoint.url();
  url.insert(url.find("://") + 3, "tree-token@");
  const auto publisher = publish(url);
  wait_for([&] { return published_ > 0; });
  bool is_over = false;
  publisher->stop([&] { is_over = true; });
  wait_for([&] { return is_over; });
  for (const auto& asked : endpoint.asked)
    EXPECT_EQ(asked[http::field::authorization], "Bearer tree-token") << asked.method_string();
  EXPECT_EQ(endpoint.asked.size(), 2U);
}

TEST_F(WhipTest, a_redirect_is_followed_and_takes_no_token_elsewhere) {
  WhipEndpoint elsewhere(io_);
  WhipEndpoint endpoint(io_);
  endpoint.serve = [&](const HttpAsked&, const auto& reply) {
    auto moved = WhipEndpoint::answer(307);
    moved.set(http::field::location, elsewhere.url("/other"));
    reply(moved);
  };
  auto url = endpoint.url();
  url.insert(url.find("://") + 3, "tree-token@");
  const auto publisher = publish(url);
  wait_for([&] { return elsewhere.engine && elsewhere.engine->pictures > 5; });
  EXPECT_EQ(elsewhere.asked.front().target(), "/other");
  EXPECT_EQ(elsewhere.asked.front().count(http::field::authorization), 0U);
}

TEST_F(WhipTest, who_redirects_for_ever_is_given_up) {
  int asked = 0;
  const auto failure = failure_of([&](const HttpAsked&) {
    ++asked;
    auto moved = WhipEndpoint::answer(308);
    moved.set(http::field::location, "/again");
    return moved;
  });
  EXPECT_THAT(failure, HasSubstr("too many"));
  EXPECT_EQ(asked, 6);
}

TEST_F(WhipTest, a_wrong_token_is_said_so) {
  EXPECT_THAT(failure_of([](const HttpAsked&) { return WhipEndpoint::answer(401); }), HasSubstr("token"));
}

TEST_F(WhipTest, an_engine_without_room_is_said_so) {
  EXPECT_THAT(failure_of([](const HttpAsked&) { return WhipEndpoint::answer(503); }),
              HasSubstr("cannot take a stream now"));
}

TEST_F(WhipTest, an_answer_without_end_is_not_kept) {
  EXPECT_THAT(failure_of([](const HttpAsked&) { return created(std::string(200'000, 'v')); }),
              HasSubstr("far too long"));
}

TEST_F(WhipTest, an_answer_that_is_none_is_said_so) {
  EXPECT_THAT(failure_of([](const HttpAsked&) { return created("hello\nm=video 9 x\n"); }),
              HasSubstr("no session description"));
}

TEST_F(WhipTest, an_answer_that_takes_no_picture_is_said_so) {
  EXPECT_THAT(failure_of([](const HttpAsked&) {
                return created(
                    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n");
              }),
              HasSubstr("takes no picture"));
}

TEST_F(WhipTest, a_turn_server_that_webrtcbin_does_not_take_is_no_end_and_is_kept_to_be_said) {
  const auto obstacle_with = [](const std::string& turn) {
    gst::MediaThread thread;
    std::promise<void> offered;
    auto pipeline = std::make_unique<RtcPipeline>(
        RtcPipeline::Told{.on_offer = [&](const std::string&) { offered.set_value(); },
                          .on_connected = [] {},
                          .on_keyframe_wanted = [] {},
                          .on_failed = [](const std::string&) {}});
    thread.call([&] { pipeline->start(thread.context(), false); });
    EXPECT_EQ(offered.get_future().wait_for(20s), std::future_status::ready);
    thread.call([&] { pipeline->answer("", {{true, turn}}); });
    auto obstacle = pipeline->obstacle();
    thread.call([&] { pipeline.reset(); });
    return obstacle;
  };
  EXPECT_EQ(obstacle_with("turn://user:word@127.0.0.1:3478?transport=udp"), "");
  EXPECT_THAT(obstacle_with("turn://127.0.0.1:3478?transport=pigeon"), HasSubstr("TURN server"));
}

TEST_F(WhipTest, what_speaks_no_http_is_said_so) {
  using boost::asio::ip::tcp;
  tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
  tcp::socket socket(io_);
  acceptor.async_accept(socket, [&](const auto&) {
    boost::asio::write(socket, boost::asio::buffer(std::string("220 mail.example.com ESMTP\r\n\r\n")));
  });
  const auto publisher =
      publish("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/whip");
  wait_for([&] { return !failures_.empty(); });
  EXPECT_THAT(failures_, ElementsAre(HasSubstr("does not speak HTTP")));
}

TEST_F(WhipTest, what_speaks_no_tls_gets_nothing) {
  WhipEndpoint endpoint(io_);
  auto url = endpoint.url();
  url.replace(0, 4, "https");
  const auto publisher = publish(url);
  wait_for([&] { return !failures_.empty(); });
  EXPECT_THAT(failures_, ElementsAre(testing::AnyOf(HasSubstr("TLS"), HasSubstr("ended the connection"))));
  EXPECT_THAT(endpoint.asked, IsEmpty());
}

/// The environment is changed before there is a thread of GStreamer's.
class WhipOverTlsTest : protected TrustedAuthority, public WhipTest {
 protected:
  std::unique_ptr<Publisher> publish_with_a_token(const WhipEndpoint& endpoint) {
    auto url = endpoint.url();
    url.insert(url.find("://") + 3, "tree-token@");
    return publish(url);
  }
};

TEST_F(WhipOverTlsTest, an_engine_that_is_trusted_decodes_the_pictures_and_is_told_of_the_end) {
  WhipEndpoint endpoint(io_, authority_.issue({"IP:127.0.0.1"}));
  const auto publisher = publish_with_a_token(endpoint);
  wait_for(
      [&] { return endpoint.engine && endpoint.engine->pictures > 5 && endpoint.engine->audio_units > 5; });
  EXPECT_THAT(failures_, IsEmpty());
  bool is_over = false;
  publisher->stop([&] { is_over = true; });
  wait_for([&] { return is_over; });
  ASSERT_EQ(endpoint.asked.size(), 2U);
  EXPECT_EQ(endpoint.asked.back().method(), http::verb::delete_);
  EXPECT_EQ(endpoint.asked.back()[http::field::authorization], "Bearer tree-token");
}

TEST_F(WhipOverTlsTest, an_engine_that_nobody_vouches_for_gets_nothing) {
  traversal::test::Authority nobodys;
  WhipEndpoint endpoint(io_, nobodys.issue({"IP:127.0.0.1"}));
  const auto publisher = publish_with_a_token(endpoint);
  wait_for([&] { return !failures_.empty(); });
  EXPECT_THAT(failures_, ElementsAre("the certificate of " + endpoint.url("") +
                                     " is from nobody whom this machine trusts"));
  EXPECT_THAT(endpoint.asked, IsEmpty());
}

TEST_F(WhipOverTlsTest, an_engine_whose_certificate_is_for_another_name_gets_nothing) {
  WhipEndpoint endpoint(io_, authority_.issue({"DNS:other.example.com"}));
  const auto publisher = publish_with_a_token(endpoint);
  wait_for([&] { return !failures_.empty(); });
  EXPECT_THAT(failures_, ElementsAre("the certificate of " + endpoint.url("") +
                                     " is for another name (other.example.com)"));
  EXPECT_THAT(endpoint.asked, IsEmpty());
}

TEST_F(WhipOverTlsTest, a_redirect_out_of_it_is_not_followed) {
  WhipEndpoint unsafe(io_);
  WhipEndpoint endpoint(io_, authority_.issue({"IP:127.0.0.1"}));
  endpoint.serve = [&](const HttpAsked&, const auto& reply) {
    auto moved = WhipEndpoint::answer(307);
    moved.set(http::field::location, unsafe.url());
    reply(moved);
  };
  const auto publisher = publish_with_a_token(endpoint);
  wait_for([&] { return !failures_.empty(); });
  EXPECT_THAT(failures_, ElementsAre(HasSubstr("names another place that is none to go to")));
  EXPECT_THAT(unsafe.asked, IsEmpty());
}

}  // namespace
}  // namespace pixelpass::publish
